//! `format` and `formatlist`.

use std::sync::Arc;

use bigdecimal::RoundingMode;
use plimsoll_model::{Data, Number, Type, Value};

use super::limits::text_fits;
use super::string::characters;
use super::{Fault, Function, Want, nullable, param, text};
use crate::load::Loaded;
use crate::value::constraint::Constraint;
use crate::value::convert::convert;
use crate::value::marks::unknown_of;
use crate::value::print::json;

/// Functions of formatting.
pub const FUNCTIONS: &[Function] = &[
    Function::new("format", "A text with values in the places of its % verbs.", &[param("format", Want::String)], |_, a| {
        format(text(a, 0), a.get(1..).unwrap_or(&[])).map(Value::string)
    })
    .rest(nullable("args", Want::Any))
    .gives(Want::String)
    .example(&[
        ("format(\"%s-%03d\", \"web\", 7)", "\"web-007\""),
        ("format(\"%.1f%% of %q\", 12.34, \"x\")", "\"12.3% of \\\"x\\\"\""),
    ])
    .note(
        "Verbs: `%v` any value, `%#v` as JSON, `%s` text, `%q` quoted text, `%t` bool, `%d` whole number, `%b` `%o` `%x` `%X` in \
         another base, `%f` `%e` `%g` number, `%%` a percent sign. Between the sign and the letter: `+`, `-`, a blank, `#`, `0`, \
         a width, a precision after a point, and `[n]` for the n-th argument. A width or precision is at most 10000.",
    ),
    Function::new("formatlist", "A list of texts: the same format with the elements of lists.", &[param("format", Want::String)], formatlist)
        .rest(nullable("args", Want::Any))
        .gives(Want::Strings)
        .takes_unknown().example(&[("formatlist(\"%s.%s\", [\"a\", \"b\"], \"example.com\")", "[\"a.example.com\",\"b.example.com\"]")]),
];

/// A verb with its flags.
#[derive(Debug, Default)]
struct Verb {
    plus: bool,
    minus: bool,
    blank: bool,
    sharp: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
    argument: Option<usize>,
    verb: char,
}

/// Widths and precisions beyond this are a mistake.
const MAX_WIDTH: usize = 10_000;

fn format(template: &str, args: &[Value]) -> Result<String, Fault> {
    let mut out = String::new();
    let mut next = 0;
    let mut used = 0;
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let offset = template.len() - rest.len() + at;
        let (verb, len) = parse(&rest[at..], offset)?;
        let raw = &rest[at..at + len];
        rest = &rest[at + len..];
        if verb.verb == '%' {
            out.push('%');
            continue;
        }
        let i = verb.argument.unwrap_or(next);
        next = i + 1;
        used = used.max(next);
        let Some(v) = args.get(i) else {
            let count = args.len();
            return Err(Fault::call(format!(
                "not enough arguments for {raw:?} at {offset}: need index {} but have {count} total",
                i + 1
            )));
        };
        let made = verb.apply(v).map_err(|why| match why {
            Wrong::Verb => {
                Fault::call(format!("unsupported format verb {:?} in {raw:?} at offset {offset}", verb.verb))
            }
            Wrong::Value(why) => Fault::call(format!("unsupported value for {raw:?} at {offset}: {why}")),
        })?;
        out.push_str(&made);
        text_fits(out.len())?;
    }
    out.push_str(rest);
    if used < args.len() {
        return Err(Fault::argument(
            used + 1,
            if used == 0 {
                "too many arguments; no verbs in format string".to_string()
            } else {
                format!("too many arguments; only {used} used by format string")
            },
        ));
    }
    Ok(out)
}

fn parse(source: &str, offset: usize) -> Result<(Verb, usize), Fault> {
    let mut v = Verb::default();
    let mut chars = source.char_indices().skip(1).peekable();
    let invalid =
        |at: usize| Fault::call(format!("invalid format string starting at offset {}", offset + at));
    while let Some(&(_, c)) = chars.peek() {
        match c {
            '+' => v.plus = true,
            '-' => v.minus = true,
            ' ' => v.blank = true,
            '#' => v.sharp = true,
            '0' => v.zero = true,
            _ => break,
        }
        chars.next();
    }
    let number = |chars: &mut std::iter::Peekable<std::iter::Skip<std::str::CharIndices>>| {
        let mut n: Option<usize> = None;
        while let Some(digit) = chars.peek().and_then(|(_, c)| c.to_digit(10)) {
            n = Some(n.unwrap_or(0).saturating_mul(10).saturating_add(digit as usize));
            chars.next();
        }
        n
    };
    v.width = number(&mut chars).unwrap_or(0);
    if chars.next_if(|(_, c)| *c == '.').is_some() {
        v.precision = Some(number(&mut chars).unwrap_or(0));
    }
    if chars.next_if(|(_, c)| *c == '[').is_some() {
        let n = number(&mut chars);
        let closed = chars.next_if(|(_, c)| *c == ']').is_some();
        match n {
            Some(n) if closed && n > 0 => v.argument = Some(n - 1),
            _ => return Err(invalid(1)),
        }
    }
    if v.width > MAX_WIDTH || v.precision.is_some_and(|p| p > MAX_WIDTH) {
        return Err(Fault::call(format!("a width or precision above {MAX_WIDTH}")));
    }
    match chars.next() {
        Some((at, c)) if c.is_ascii_alphabetic() || c == '%' => {
            v.verb = c;
            Ok((v, at + c.len_utf8()))
        }
        Some((at, c)) => {
            Err(Fault::call(format!("unrecognized format character {c:?} at offset {}", offset + at)))
        }
        None => Err(invalid(source.len())),
    }
}

enum Wrong {
    Verb,
    Value(String),
}

impl Verb {
    fn apply(&self, v: &Value) -> Result<String, Wrong> {
        let to = |c: &Constraint| {
            if v.is_null() {
                return Err(Wrong::Value("a null value cannot be formatted".into()));
            }
            convert(v, c).map_err(|e| Wrong::Value(e.to_string()))
        };
        let string = || to(&Constraint::String).map(|v| v.as_str().unwrap_or("").to_string());
        let number =
            || to(&Constraint::Number).map(|v| v.as_number().cloned().unwrap_or_else(|| Number::from(0)));
        match self.verb {
            'v' => match &v.data {
                _ if self.sharp => Ok(self.pad(&json(v).map_err(Wrong::Value)?)),
                Data::Number(n) => Ok(Verb { plus: false, blank: false, ..*self }.number(&n.to_string())),
                Data::String(_) | Data::Bool(_) => Ok(self.pad(&string()?)),
                _ => Ok(self.pad(&json(v).map_err(Wrong::Value)?)),
            },
            's' => Ok(self.text(&string()?)),
            'q' => Ok(self.text(&quoted(&string()?))),
            't' => Ok(to(&Constraint::Bool)?.as_bool().unwrap_or(false).to_string()),
            'd' | 'b' | 'o' | 'x' | 'X' => {
                let n = number()?;
                if !n.is_integer() {
                    return Err(Wrong::Value("an integer is required".into()));
                }
                Ok(self.number(&self.digits(self.radix(&n))))
            }
            'f' => Ok(self.number(&fixed(&number()?, self.precision.unwrap_or(6)))),
            'e' | 'E' => {
                let text = exponent(number()?.to_f64(), self.precision.unwrap_or(6));
                Ok(self.number(&if self.verb == 'E' { text.to_uppercase() } else { text }))
            }
            'g' | 'G' => {
                let text = shortest(number()?.to_f64(), self.precision);
                Ok(self.number(&if self.verb == 'G' { text.to_uppercase() } else { text }))
            }
            _ => Err(Wrong::Verb),
        }
    }

    fn radix(&self, n: &Number) -> String {
        let (base, prefix) = match self.verb {
            'b' => (2, "0b"),
            'o' => (8, "0"),
            'x' => (16, "0x"),
            'X' => (16, "0X"),
            _ => return n.to_string(),
        };
        let (digits, _) = n.abs().as_decimal().with_scale(0).into_bigint_and_exponent();
        let digits = digits.to_str_radix(base);
        let digits = if self.verb == 'X' { digits.to_uppercase() } else { digits };
        let sign = if n.is_negative() { "-" } else { "" };
        format!("{sign}{}{digits}", if self.sharp { prefix } else { "" })
    }

    /// A whole number with at least as many digits as the precision says.
    fn digits(&self, number: String) -> String {
        let Some(precision) = self.precision else { return number };
        let (sign, digits) = number.strip_prefix('-').map_or(("", number.as_str()), |d| ("-", d));
        format!("{sign}{digits:0>precision$}")
    }

    /// A text cut to the precision.
    fn text(&self, text: &str) -> String {
        match self.precision {
            Some(p) => self.pad(&characters(text).into_iter().take(p).collect::<String>()),
            None => self.pad(text),
        }
    }

    /// A number with its sign and zeros.
    fn number(&self, digits: &str) -> String {
        let (sign, digits) = match digits.strip_prefix('-') {
            Some(d) => ("-", d),
            None if self.plus => ("+", digits),
            None if self.blank => (" ", digits),
            None => ("", digits),
        };
        let missing = self.width.saturating_sub(sign.len() + digits.len());
        if self.zero && !self.minus {
            return format!("{sign}{}{digits}", "0".repeat(missing));
        }
        self.pad(&format!("{sign}{digits}"))
    }

    fn pad(&self, text: &str) -> String {
        let missing = self.width.saturating_sub(characters(text).len());
        let fill = if self.zero && !self.minus { "0" } else { " " }.repeat(missing);
        if self.minus { format!("{text}{fill}") } else { format!("{fill}{text}") }
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn fixed(n: &Number, precision: usize) -> String {
    n.as_decimal().with_scale_round(precision as i64, RoundingMode::HalfEven).to_plain_string()
}

fn exponent(d: f64, precision: usize) -> String {
    let text = format!("{d:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(d) => ('-', d),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// `%g`: the shorter of both forms; large and small exponents use the second.
fn shortest(d: f64, precision: Option<usize>) -> String {
    if d == 0.0 {
        return "0".into();
    }
    let text = match precision {
        Some(p) => format!("{d:.*e}", p.max(1) - 1),
        None => format!("{d:e}"),
    };
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let mantissa =
        if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    let limit = match precision {
        Some(p) => p.max(1) as i32,
        // The shortest digits are still measured by the six that are the default.
        None => 6,
    };
    if power < -4 || power >= limit {
        let sign = if power < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", power.abs());
    }
    format!("{mantissa}e{power}").parse::<f64>().map_or_else(|_| text.clone(), |v| v.to_string())
}

/// Whether it is not known how many elements an argument has.
fn open_list(v: &Value) -> bool {
    match &v.data {
        Data::Unknown(ty, _) => !matches!(ty, Type::String | Type::Number | Type::Bool),
        Data::Set(..) => v.contains_unknown(),
        _ => false,
    }
}

fn formatlist(_: &Loaded, given: &[Value]) -> Result<Value, Fault> {
    let (template, args) = (text(given, 0), given.get(1..).unwrap_or(&[]));
    if let Some(what) =
        args.iter().filter(|a| open_list(a)).find_map(unknown_of).or_else(|| unknown_of(&given[0]))
    {
        return Ok(Value::unknown(Type::List(Box::new(Type::String)), what));
    }
    let mut length: Option<(usize, usize)> = None;
    for (i, a) in args.iter().enumerate() {
        let Some(all) = a.as_items() else { continue };
        match length {
            None => length = Some((i, all.len())),
            Some((first, n)) if n != all.len() => {
                return Err(Fault::argument(
                    i + 1,
                    format!(
                        "argument {} has length {}, which is inconsistent with argument {} of length {n}",
                        i + 1,
                        all.len(),
                        first + 1
                    ),
                ));
            }
            Some(_) => {}
        }
    }
    let mut out = Vec::new();
    let mut size = 0usize;
    for row in 0..length.map_or(1, |l| l.1) {
        let values: Vec<Value> =
            args.iter().map(|a| a.as_items().and_then(|all| all.get(row)).unwrap_or(a).clone()).collect();
        if let Some(what) = values.iter().find_map(unknown_of) {
            out.push(Value::unknown(Type::String, what));
            continue;
        }
        let made = format(template, &values).map_err(|e| match e.argument {
            None => Fault::call(format!("error on format iteration {row}: {}", e.why)),
            Some(_) => e,
        })?;
        size = size.saturating_add(made.len());
        text_fits(size)?;
        out.push(Value::string(made));
    }
    Ok(Value::new(Data::List(Type::String, Arc::new(out))))
}
