//! What a scalar of YAML means: plain text that is a number, a bool, null or a timestamp.
//!
//! Terraform reads the words of YAML 1.1 (`yes`, `on`) and the numbers of YAML 1.2.

use std::sync::LazyLock;

use plimsoll_model::{Number, Value};
use regex::Regex;

use crate::functions::timestamp::Timestamp;

/// The start of the tags that YAML itself defines.
pub const CORE: &str = "tag:yaml.org,2002:";

/// What a plain scalar without a tag means.
///
/// # Errors
/// A number that is none of ours, as the end of a sentence.
pub fn plain(text: &str) -> Result<Value, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::null(),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Value::bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Value::bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => return Err("floating point NaN is not supported".into()),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF" => {
            return Err("a number is never infinite".into());
        }
        _ => match timestamp(text).map(Value::string).or_else(|| number(text).map(Value::number)) {
            Some(value) => value,
            None => Value::string(text),
        },
    })
}

/// What a scalar with one of YAML's own tags means; none where it is not of that kind.
pub fn tagged(text: &str, kind: &str) -> Option<Value> {
    let value = plain(text).ok()?;
    match kind {
        "str" | "binary" => Some(Value::string(text)),
        "timestamp" => timestamp(text).map(Value::string),
        "int" => value.as_number().filter(|n| n.is_integer()).map(|_| value.clone()),
        "float" => value.as_number().map(|_| value.clone()),
        "bool" => value.as_bool().map(|_| value.clone()),
        "null" => value.is_null().then_some(value),
        _ => None,
    }
}

static NUMBER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$").ok());

fn number(text: &str) -> Option<Number> {
    let radix = |digits: &str, base: u32| {
        let valid = !digits.is_empty() && digits.chars().all(|c| c.is_digit(base));
        let mut out = Number::from(0);
        for c in digits.chars().filter(|_| valid) {
            out = out.mul(&Number::from(i64::from(base)))?.add(&Number::from(i64::from(c.to_digit(base)?)));
        }
        valid.then_some(out)
    };
    if text.len() > 1_000 {
        return None;
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    let plain = NUMBER.as_ref().is_some_and(|r| r.is_match(text));
    // `5.` and `.5` are numbers here, and nowhere else.
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    let digits = digits.replace(".e", ".0e").replace(".E", ".0E");
    let zero = if digits.ends_with('.') { "0" } else { "" };
    plain.then(|| format!("{sign}0{digits}{zero}").parse().ok()).flatten()
}

static TIMESTAMP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2}))|(?: ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(\.[0-9]+)?))?$",
    )
    .ok()
});

/// A date or a point in time, as RFC 3339 writes it.
fn timestamp(text: &str) -> Option<String> {
    let found = TIMESTAMP.as_ref()?.captures(text)?;
    let part = |i: usize, or: usize| found.get(i).or(found.get(or)).map_or("0", |m| m.as_str());
    let zone = found.get(8).map_or("Z", |m| m.as_str());
    let whole = format!(
        "{}-{:0>2}-{:0>2}T{:0>2}:{:0>2}:{:0>2}{zone}",
        part(1, 1),
        part(2, 2),
        part(3, 3),
        part(4, 9),
        part(5, 10),
        part(6, 11)
    );
    Timestamp::read(&whole).ok().map(Timestamp::text)
}
