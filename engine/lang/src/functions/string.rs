//! Strings and regular expressions.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex};

use plimsoll_model::{Data, Type, Value};
use regex::Regex;

use super::number::whole;
use super::{Fault, Function, Inside, Param, Want, items, nullable, param, text};
use crate::load::Loaded;

const STR: Param = param("str", Want::String);

/// Functions of strings.
pub const FUNCTIONS: &[Function] = &[
    string("upper", "A text in upper case.", &[STR], |_, a| Ok(Value::string(text(a, 0).to_uppercase()))),
    string("lower", "A text in lower case.", &[STR], |_, a| Ok(Value::string(text(a, 0).to_lowercase()))),
    string("title", "A text with the first letter of each word in upper case.", &[STR], |_, a| {
        Ok(Value::string(title(text(a, 0))))
    }),
    string(
        "trim",
        "A text without the given characters at its ends.",
        &[STR, param("cutset", Want::String)],
        |_, a| {
            let cut: Vec<char> = text(a, 1).chars().collect();
            Ok(Value::string(text(a, 0).trim_matches(cut.as_slice())))
        },
    ),
    string("trimspace", "A text without blanks at its ends.", &[STR], |_, a| {
        Ok(Value::string(text(a, 0).trim()))
    }),
    string("trimprefix", "A text without the given start.", &[STR, param("prefix", Want::String)], |_, a| {
        Ok(Value::string(text(a, 0).strip_prefix(text(a, 1)).unwrap_or(text(a, 0))))
    }),
    string("trimsuffix", "A text without the given end.", &[STR, param("suffix", Want::String)], |_, a| {
        Ok(Value::string(text(a, 0).strip_suffix(text(a, 1)).unwrap_or(text(a, 0))))
    }),
    string("chomp", "A text without line breaks at its end.", &[STR], |_, a| {
        Ok(Value::string(text(a, 0).trim_end_matches(['\r', '\n'])))
    }),
    string(
        "indent",
        "A text with blanks before each line but the first.",
        &[param("spaces", Want::Number), STR],
        indent,
    ),
    string("strrev", "A text in reverse.", &[STR], |_, a| {
        Ok(Value::string(characters(text(a, 0)).into_iter().rev().collect::<String>()))
    }),
    string(
        "substr",
        "A part of a text, by offset and length in characters; -1 takes the rest.",
        &[STR, param("offset", Want::Number), param("length", Want::Number)],
        substr,
    ),
    Function {
        returns: Want::Any,
        ..string(
            "split",
            "The parts of a text between separators.",
            &[param("separator", Want::String), STR],
            |_, a| Ok(strings(split(text(a, 0), text(a, 1)))),
        )
    },
    Function {
        rest: Some(nullable("lists", Want::Strings)),
        ..string(
            "join",
            "The elements of lists as one text, with a separator.",
            &[param("separator", Want::String)],
            join,
        )
    },
    string(
        "replace",
        "A text with each occurrence of another replaced; /…/ is a regular expression.",
        &[STR, param("substr", Want::String), param("replace", Want::String)],
        replace,
    ),
    Function {
        returns: Want::Any,
        ..string(
            "regex",
            "The first match of a regular expression: the text, or its groups as a list or an object.",
            &[param("pattern", Want::String), param("string", Want::String)],
            regex,
        )
    },
    Function {
        returns: Want::Any,
        ..string(
            "regexall",
            "Every match of a regular expression.",
            &[param("pattern", Want::String), param("string", Want::String)],
            regexall,
        )
    },
    boolean(
        "startswith",
        "Whether a text starts with another.",
        &[STR, param("prefix", Want::String)],
        |_, a| Ok(Value::bool(text(a, 0).starts_with(text(a, 1)))),
    ),
    boolean(
        "endswith",
        "Whether a text ends with another.",
        &[STR, param("suffix", Want::String)],
        |_, a| Ok(Value::bool(text(a, 0).ends_with(text(a, 1)))),
    ),
    boolean("strcontains", "Whether a text holds another.", &[STR, param("substr", Want::String)], |_, a| {
        Ok(Value::bool(text(a, 0).contains(text(a, 1))))
    }),
];

type Call = fn(&Loaded, &[Value]) -> Result<Value, Fault>;

const fn string(name: &'static str, doc: &'static str, params: &'static [Param], call: Call) -> Function {
    Function { name, doc, params, rest: None, inside: Inside::Reads, returns: Want::String, call }
}

const fn boolean(name: &'static str, doc: &'static str, params: &'static [Param], call: Call) -> Function {
    Function { returns: Want::Bool, ..string(name, doc, params, call) }
}

/// A list of strings.
pub(super) fn strings(all: impl IntoIterator<Item = String>) -> Value {
    Value::new(Data::List(Type::String, Arc::new(all.into_iter().map(Value::string).collect())))
}

static CHARACTER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?s)\r\n|.(?:\p{M}|\x{200D}.|[\x{1F3FB}-\x{1F3FF}])*").ok());

/// The characters of a text as a reader counts them: a letter with its accents is one.
pub(super) fn characters(text: &str) -> Vec<&str> {
    match &*CHARACTER {
        Some(r) if !text.is_ascii() => r.find_iter(text).map(|m| m.as_str()).collect(),
        _ => text.split_inclusive(|_| true).collect(),
    }
}

fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut start = true;
    for c in text.chars() {
        if start {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
        start = !(c.is_alphanumeric() || c == '_') && (c.is_ascii() || c.is_whitespace());
    }
    out
}

fn indent(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let spaces = whole(args, 0).map_err(Fault::Call)?;
    let Some(spaces) = usize::try_from(spaces).ok().filter(|s| *s <= 10_000) else {
        return Err(Fault::argument(0, "it must be from 0 to 10000"));
    };
    Ok(Value::string(text(args, 1).replace('\n', &format!("\n{}", " ".repeat(spaces)))))
}

fn substr(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let (mut offset, length) = (whole(args, 1).map_err(Fault::Call)?, whole(args, 2).map_err(Fault::Call)?);
    let all = characters(text(args, 0));
    let count = all.len() as i64;
    if offset < 0 {
        offset = (offset + count).max(0);
    }
    let offset = offset.min(count);
    let end = if length < 0 { count } else { offset.saturating_add(length).min(count) };
    Ok(Value::string(all.get(offset as usize..end as usize).unwrap_or(&[]).concat()))
}

fn split(separator: &str, given: &str) -> Vec<String> {
    if separator.is_empty() {
        return given.chars().map(String::from).collect();
    }
    given.split(separator).map(str::to_string).collect()
}

fn join(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    if args.len() < 2 {
        return Err(Fault::call("at least one list is required"));
    }
    let mut all = Vec::new();
    for i in 1..args.len() {
        if args[i].is_null() {
            return Err(Fault::argument(i, "argument must not be null"));
        }
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
    Ok(Value::string(all.join(text(args, 0))))
}

type Compiled = Result<Regex, String>;
static COMPILED: LazyLock<Mutex<HashMap<String, Compiled>>> = LazyLock::new(Mutex::default);

/// A regular expression, compiled once.
fn compiled(pattern: &str) -> Compiled {
    let Ok(mut known) = COMPILED.lock() else { return Err("unavailable".into()) };
    if let Some(found) = known.get(pattern) {
        return found.clone();
    }
    // The crate's message shows the pattern with a marker over several lines; the last line says what is wrong.
    let made = Regex::new(pattern).map_err(|e| {
        let text = e.to_string();
        let last = text.lines().last().unwrap_or("").trim_start_matches("error: ").to_string();
        format!("{last} in {pattern}")
    });
    known.insert(pattern.to_string(), made.clone());
    made
}

fn replace(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let (given, what, with) = (text(args, 0), text(args, 1), text(args, 2));
    let pattern = what.strip_prefix('/').filter(|p| !p.is_empty()).and_then(|p| p.strip_suffix('/'));
    Ok(Value::string(match pattern {
        Some(p) => {
            let r = compiled(p).map_err(|e| Fault::call(format!("error parsing regexp: {e}")))?;
            r.replace_all(given, with).into_owned()
        }
        None => given.replace(what, with),
    }))
}

fn pattern(args: &[Value]) -> Result<Regex, Fault> {
    let bad = |e: String| Fault::argument(0, format!("invalid regexp pattern: {e}"));
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
    Value::object(
        names.iter().map(|(i, n)| (n.unwrap_or("").to_string(), group(*i))).collect::<BTreeMap<_, _>>(),
    )
}

fn regex(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let r = pattern(args)?;
    match r.captures(text(args, 1)) {
        Some(found) => Ok(captured(&r, &found)),
        None => Err(Fault::call("pattern did not match any part of the given string")),
    }
}

fn regexall(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let r = pattern(args)?;
    let all: Vec<Value> = r.captures_iter(text(args, 1)).map(|c| captured(&r, &c)).collect();
    let names: Vec<_> = r.capture_names().skip(1).collect();
    let field = || plimsoll_model::types::Field { ty: Type::String, optional: false };
    let ty = match names.first() {
        None => Type::String,
        Some(None) => Type::Tuple(vec![Type::String; names.len()]),
        Some(_) => Type::Object(names.iter().map(|n| (n.unwrap_or("").to_string(), field())).collect()),
    };
    Ok(Value::new(Data::List(ty, Arc::new(all))))
}
