//! Strings and regular expressions.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex};

use plimsoll_model::{Data, Type, Value};
use regex::{Regex, RegexBuilder};
use unicode_segmentation::UnicodeSegmentation;

use super::limits::{text_fits, values_fit};
use super::number::whole;
use super::re2::{DIGIT_NAME, translate};
use super::{Compute, Fault, Function, Param, Want, items, param, text};
use crate::load::Loaded;
use crate::value::marks::unknown_of;

const STR: Param = param("str", Want::String);

/// Functions of strings.
pub const FUNCTIONS: &[Function] = &[
    string("upper", "A text in upper case.", &[STR], |_, a| {
        Ok(Value::string(text(a, 0).chars().map(upper).collect::<String>()))
    })
    .example(&[("upper(\"hello\")", "\"HELLO\"")]),
    string("lower", "A text in lower case.", &[STR], |_, a| {
        Ok(Value::string(text(a, 0).chars().map(lower).collect::<String>()))
    })
    .example(&[("lower(\"HELLO\")", "\"hello\"")]),
    string("title", "A text with the first letter of each word in upper case.", &[STR], |_, a| {
        Ok(Value::string(title(text(a, 0))))
    })
    .example(&[("title(\"hello world\")", "\"Hello World\"")]),
    string("trim", "A text without the given characters at its ends.", &[STR, param("cutset", Want::String)], |_, a| {
        let cut: Vec<char> = text(a, 1).chars().collect();
        Ok(Value::string(text(a, 0).trim_matches(cut.as_slice())))
    })
    .example(&[("trim(\"?!hello?!\", \"!?\")", "\"hello\"")]),
    string("trimspace", "A text without blanks at its ends.", &[STR], |_, a| Ok(Value::string(text(a, 0).trim())))
        .example(&[("trimspace(\"  hello\\n\")", "\"hello\"")]),
    string("trimprefix", "A text without the given start.", &[STR, param("prefix", Want::String)], |_, a| {
        Ok(Value::string(text(a, 0).strip_prefix(text(a, 1)).unwrap_or(text(a, 0))))
    })
    .example(&[("trimprefix(\"v1.2\", \"v\")", "\"1.2\"")]),
    string("trimsuffix", "A text without the given end.", &[STR, param("suffix", Want::String)], |_, a| {
        Ok(Value::string(text(a, 0).strip_suffix(text(a, 1)).unwrap_or(text(a, 0))))
    })
    .example(&[("trimsuffix(\"site.conf\", \".conf\")", "\"site\"")]),
    string("chomp", "A text without line breaks at its end.", &[STR], |_, a| {
        Ok(Value::string(text(a, 0).trim_end_matches(['\r', '\n'])))
    })
    .example(&[("chomp(\"hello\\n\\n\")", "\"hello\"")]),
    string("indent", "A text with blanks before each line but the first.", &[param("spaces", Want::Number), STR], indent)
        .example(&[("indent(2, \"a:\\nb\")", "\"a:\\n  b\"")])
        .note("At most 10000 blanks."),
    string("strrev", "A text in reverse.", &[STR], |_, a| {
        Ok(Value::string(characters(text(a, 0)).into_iter().rev().collect::<String>()))
    })
    .example(&[("strrev(\"abc\")", "\"cba\"")]),
    string(
        "substr",
        "A part of a text, by offset and length in characters; -1 takes the rest.",
        &[STR, param("offset", Want::Number), param("length", Want::Number)],
        substr,
    )
    .example(&[("substr(\"hello\", 1, 3)", "\"ell\""), ("substr(\"hello\", -3, -1)", "\"llo\"")]),
    string("split", "The parts of a text between separators.", &[param("separator", Want::String), STR], |_, a| {
        split(text(a, 0), text(a, 1)).map(strings)
    })
    .gives(Want::Strings)
    .example(&[("split(\",\", \"a,b\")", "[\"a\",\"b\"]")]),
    string("join", "The elements of lists as one text, with a separator.", &[param("separator", Want::String)], join)
        .rest(param("lists", Want::Strings))
        .example(&[("join(\", \", [\"a\", \"b\"])", "\"a, b\"")]),
    string(
        "replace",
        "A text with each occurrence of another replaced.",
        &[STR, param("substr", Want::String), param("replace", Want::String)],
        replace,
    )
    .example(&[
        ("replace(\"a.b.c\", \".\", \"-\")", "\"a-b-c\""),
        ("replace(\"web-01\", \"/(\\\\w+)-(\\\\d+)/\", \"$2.$1\")", "\"01.web\""),
    ])
    .note("What stands between slashes is a regular expression; `$1` and `${name}` in the replacement are its groups."),
    string(
        "regex",
        "The first match of a regular expression: the text, or its groups as a list or an object.",
        &[param("pattern", Want::String), param("string", Want::String)],
        regex,
    )
    .gives(Want::Any)
    .takes_unknown().example(&[
        ("regex(\"[a-z]+\", \"123abc\")", "\"abc\""),
        ("regex(\"(\\\\d+)-(\\\\d+)\", \"10-20\")", "[\"10\",\"20\"]"),
        ("regex(\"(?P<name>\\\\w+):(?P<tag>.+)\", \"nginx:1.27\")", "{\"name\":\"nginx\",\"tag\":\"1.27\"}"),
    ])
    .note(REGEX),
    string(
        "regexall",
        "Every match of a regular expression.",
        &[param("pattern", Want::String), param("string", Want::String)],
        regexall,
    )
    .gives(Want::List)
    .takes_unknown().example(&[("regexall(\"[a-z]+\", \"1ab2c\")", "[\"ab\",\"c\"]")])
    .note(REGEX),
    string("startswith", "Whether a text starts with another.", &[STR, param("prefix", Want::String)], |_, a| {
        Ok(Value::bool(text(a, 0).starts_with(text(a, 1))))
    })
    .gives(Want::Bool)
    .example(&[("startswith(\"hello\", \"he\")", "true")]),
    string("endswith", "Whether a text ends with another.", &[STR, param("suffix", Want::String)], |_, a| {
        Ok(Value::bool(text(a, 0).ends_with(text(a, 1))))
    })
    .gives(Want::Bool)
    .example(&[("endswith(\"hello\", \"he\")", "false")]),
    string("strcontains", "Whether a text holds another.", &[STR, param("substr", Want::String)], |_, a| {
        Ok(Value::bool(text(a, 0).contains(text(a, 1))))
    })
    .gives(Want::Bool)
    .example(&[("strcontains(\"hello\", \"ell\")", "true")]),
];

const REGEX: &str =
    "Regular expressions are RE2's: no look-around, no references back, and no input makes them slow.";

const fn string(name: &'static str, doc: &'static str, params: &'static [Param], call: Compute) -> Function {
    Function::new(name, doc, params, call).gives(Want::String)
}

/// Upper case letter by letter, as Go does it: `ß` stays.
fn upper(c: char) -> char {
    let mut all = c.to_uppercase();
    match (all.next(), all.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// Lower case letter by letter.
fn lower(c: char) -> char {
    let mut all = c.to_lowercase();
    match (all.next(), all.next()) {
        (Some(one), None) => one,
        (Some(first), Some(_)) if c == 'İ' => first,
        _ => c,
    }
}

/// A list of strings.
pub(super) fn strings(all: impl IntoIterator<Item = String>) -> Value {
    Value::new(Data::List(Type::String, Arc::new(all.into_iter().map(Value::string).collect())))
}

/// The characters of a text as a reader counts them: a letter with its accents is one.
pub(super) fn characters(text: &str) -> Vec<&str> {
    text.graphemes(true).collect()
}

fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut start = true;
    for c in text.chars() {
        if start {
            out.push(match c {
                'Ǆ' | 'ǆ' => 'ǅ',
                'Ǉ' | 'ǉ' => 'ǈ',
                'Ǌ' | 'ǌ' => 'ǋ',
                'Ǳ' | 'ǳ' => 'ǲ',
                _ => upper(c),
            });
        } else {
            out.push(c);
        }
        start = !(c.is_alphanumeric() || c == '_') && (c.is_ascii() || c.is_whitespace());
    }
    out
}

fn indent(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let spaces = whole(args, 0).map_err(Fault::call)?;
    let Some(spaces) = usize::try_from(spaces).ok().filter(|s| *s <= 10_000) else {
        return Err(Fault::argument(0, "it must be from 0 to 10000"));
    };
    let breaks = text(args, 1).matches('\n').count();
    text_fits(breaks.saturating_mul(spaces))?;
    Ok(Value::string(text(args, 1).replace('\n', &format!("\n{}", " ".repeat(spaces)))))
}

fn substr(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let (mut offset, length) = (whole(args, 1).map_err(Fault::call)?, whole(args, 2).map_err(Fault::call)?);
    let all = characters(text(args, 0));
    let count = all.len() as i64;
    if offset < 0 {
        offset = (offset + count).max(0);
    }
    let offset = offset.min(count);
    let end = if length < 0 { count } else { offset.saturating_add(length).min(count) };
    Ok(Value::string(all.get(offset as usize..end as usize).unwrap_or(&[]).concat()))
}

fn split(separator: &str, given: &str) -> Result<Vec<String>, Fault> {
    if separator.is_empty() {
        values_fit(given.len())?;
        return Ok(given.chars().map(String::from).collect());
    }
    values_fit(given.matches(separator).count())?;
    Ok(given.split(separator).map(str::to_string).collect())
}

fn join(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    if args.len() < 2 {
        return Err(Fault::call("at least one list is required"));
    }
    let mut all = Vec::new();
    for i in 1..args.len() {
        for (n, v) in items(args, i).iter().enumerate() {
            match v.as_str() {
                Some(s) => all.push(s),
                None => {
                    return Err(Fault::argument(
                        i,
                        format!("element {n} is null; cannot concatenate null values"),
                    ));
                }
            }
        }
    }
    let separators = text(args, 0).len().saturating_mul(all.len());
    text_fits(all.iter().map(|s| s.len()).fold(separators, usize::saturating_add))?;
    Ok(Value::string(all.join(text(args, 0))))
}

/// How large a compiled expression may be, in bytes.
const MAX_REGEX: usize = 4 << 20;

/// How many compiled expressions are kept.
const MAX_COMPILED: usize = 1_000;

type Compiled = Result<Regex, String>;
static COMPILED: LazyLock<Mutex<HashMap<String, Compiled>>> = LazyLock::new(Mutex::default);

/// A regular expression, compiled once.
fn compiled(pattern: &str) -> Compiled {
    let Ok(mut known) = COMPILED.lock() else { return Err("unavailable".into()) };
    if let Some(found) = known.get(pattern) {
        return found.clone();
    }
    // The crate's message shows the pattern with a marker over several lines; the last line says what is wrong.
    let made = translate(pattern).and_then(|p| {
        RegexBuilder::new(&p).size_limit(MAX_REGEX).build().map_err(|e| {
            let text = e.to_string();
            let last = text.lines().last().unwrap_or("").trim_start_matches("error: ").to_string();
            let what = match last.as_str() {
                "unclosed character class" => "missing closing ]",
                "unclosed group" => "missing closing )",
                "unopened group" => "unexpected )",
                other => other,
            };
            format!("{what}: `{pattern}`")
        })
    });
    if known.len() >= MAX_COMPILED {
        known.clear();
    }
    known.insert(pattern.to_string(), made.clone());
    made
}

fn replace(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let (given, what, with) = (text(args, 0), text(args, 1), text(args, 2));
    let expression = what.strip_prefix('/').and_then(|p| p.strip_suffix('/'));
    Ok(Value::string(match expression {
        Some(p) => {
            let r = compiled(p).map_err(|e| Fault::call(format!("error parsing regexp: {e}")))?;
            let mut out = String::new();
            let mut last = 0;
            for found in r.captures_iter(given) {
                let Some(whole) = found.get(0) else { continue };
                out.push_str(given.get(last..whole.start()).unwrap_or(""));
                found.expand(with, &mut out);
                last = whole.end();
                text_fits(out.len())?;
            }
            out.push_str(given.get(last..).unwrap_or(""));
            out
        }
        None => {
            let count = if what.is_empty() { given.chars().count() + 1 } else { given.matches(what).count() };
            text_fits(given.len().saturating_add(count.saturating_mul(with.len())))?;
            given.replace(what, with)
        }
    }))
}

fn pattern(args: &[Value]) -> Result<Regex, Fault> {
    let bad = |e: String| {
        let plain = e.replace(": `", " in ");
        Fault::argument(0, format!("invalid regexp pattern: {}", plain.trim_end_matches('`')))
    };
    let r = compiled(text(args, 0)).map_err(bad)?;
    let named = r.capture_names().skip(1).filter(Option::is_some).count();
    if named > 0 && named + 1 < r.captures_len() {
        return Err(bad("cannot mix both named and unnamed capture groups".into()));
    }
    Ok(r)
}

fn captured(r: &Regex, found: &regex::Captures) -> Value {
    let group = |i: usize| match found.get(i) {
        Some(m) => Value::string(m.as_str()),
        None => Value::new(Data::Null(Type::String)),
    };
    if r.captures_len() == 1 {
        return group(0);
    }
    let names: Vec<_> = r.capture_names().enumerate().skip(1).collect();
    if names.iter().all(|(_, n)| n.is_none()) {
        return Value::tuple(names.iter().map(|(i, _)| group(*i)).collect());
    }
    Value::object(names.iter().map(|(i, n)| (given_name(*n), group(*i))).collect::<BTreeMap<_, _>>())
}

/// The name of a group, as it is written.
fn given_name(name: Option<&str>) -> String {
    let name = name.unwrap_or("");
    name.strip_prefix(DIGIT_NAME).unwrap_or(name).to_string()
}

/// The type of a match.
fn match_type(r: &Regex) -> Type {
    let names: Vec<_> = r.capture_names().skip(1).collect();
    let field = || plimsoll_model::types::Field { ty: Type::String, optional: false };
    match names.first() {
        None => Type::String,
        Some(None) => Type::Tuple(vec![Type::String; names.len()]),
        Some(_) => Type::Object(names.iter().map(|n| (given_name(*n), field())).collect()),
    }
}

fn regex(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    if let Some(what) = unknown_of(&args[0]) {
        return Ok(Value::unknown(Type::Any, what));
    }
    let r = pattern(args)?;
    if let Some(what) = unknown_of(&args[1]) {
        return Ok(Value::unknown(match_type(&r), what));
    }
    match r.captures(text(args, 1)) {
        Some(found) => Ok(captured(&r, &found)),
        None => Err(Fault::call("pattern did not match any part of the given string")),
    }
}

fn regexall(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let list = |t: Type| Type::List(Box::new(t));
    if let Some(what) = unknown_of(&args[0]) {
        return Ok(Value::unknown(list(Type::Any), what));
    }
    let r = pattern(args)?;
    if let Some(what) = unknown_of(&args[1]) {
        return Ok(Value::unknown(list(match_type(&r)), what));
    }
    let mut all = Vec::new();
    for found in r.captures_iter(text(args, 1)) {
        values_fit(all.len())?;
        all.push(captured(&r, &found));
    }
    Ok(Value::new(Data::List(match_type(&r), Arc::new(all))))
}
