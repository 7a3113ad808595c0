//! Numbers.

use plimsoll_model::{Data, Number, Value};

use super::{Compute, Fault, Function, Want, param};
use crate::load::Loaded;
use crate::value::constraint::Constraint;
use crate::value::convert::convert;

const NUM: super::Param = param("num", Want::Number);
const NUMBERS: super::Param = param("numbers", Want::Number);

/// Functions of numbers.
pub const FUNCTIONS: &[Function] = &[
    number("abs", "The absolute value of a number.", &[NUM], |_, a| Ok(of(num(a, 0).abs())))
        .example(&[("abs(-2.5)", "2.5")]),
    number("ceil", "The closest whole number that is not below a number.", &[NUM], |_, a| {
        Ok(of(num(a, 0).ceil()))
    })
    .example(&[("ceil(5.1)", "6")]),
    number("floor", "The closest whole number that is not above a number.", &[NUM], |_, a| {
        Ok(of(num(a, 0).floor()))
    })
    .example(&[("floor(-5.1)", "-6")]),
    number("max", "The largest of numbers.", &[], max).rest(NUMBERS).example(&[("max(1, 3, 2)", "3")]),
    number("min", "The smallest of numbers.", &[], min).rest(NUMBERS).example(&[("min([3, 1, 2]...)", "1")]),
    number("log", "The logarithm of a number in a base.", &[NUM, param("base", Want::Number)], log)
        .example(&[("log(16, 2)", "4")])
        .note("A result that is not finite is an error: there is no infinity."),
    number("pow", "A number raised to a power.", &[NUM, param("power", Want::Number)], pow)
        .example(&[("pow(2, 10)", "1024")])
        .note("A result that is not finite is an error: there is no infinity."),
    number("signum", "The sign of a whole number: -1, 0 or 1.", &[NUM], signum)
        .example(&[("signum(-13)", "-1")]),
    number(
        "parseint",
        "The whole number that a text means in a base from 2 to 62.",
        &[param("number", Want::Any), param("base", Want::Number)],
        parseint,
    )
    .example(&[("parseint(\"ff\", 16)", "255")]),
    number("sum", "The sum of the elements of a list or set.", &[param("list", Want::Any)], sum)
        .example(&[("sum([1, 2.5])", "3.5")]),
];

const fn number(
    name: &'static str,
    doc: &'static str,
    params: &'static [super::Param],
    call: Compute,
) -> Function {
    Function::new(name, doc, params, call).gives(Want::Number)
}

fn of(n: Number) -> Value {
    Value::new(Data::Number(n))
}

fn num(args: &[Value], i: usize) -> Number {
    args.get(i).and_then(Value::as_number).cloned().unwrap_or_else(|| Number::from(0))
}

/// A whole number that fits 64 bits.
pub(super) fn whole(args: &[Value], i: usize) -> Result<i64, String> {
    num(args, i)
        .as_i64()
        .ok_or_else(|| format!("value must be a whole number, between {} and {}", i64::MIN, i64::MAX))
}

/// A double as the shortest decimal that means it.
fn from_double(d: f64, what: &str) -> Result<Value, Fault> {
    let number = if d.is_finite() { format!("{d}").parse().ok() } else { None };
    number.map(of).ok_or_else(|| Fault::call(format!("{what} is not a finite number")))
}

fn max(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    args.iter().filter_map(Value::as_number).max().cloned().map(of).ok_or_else(no_numbers)
}

fn min(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    args.iter().filter_map(Value::as_number).min().cloned().map(of).ok_or_else(no_numbers)
}

fn no_numbers() -> Fault {
    Fault::call("must pass at least one number")
}

fn log(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let (n, base) = (num(args, 0).to_f64(), num(args, 1).to_f64());
    if base <= 0.0 {
        return Err(Fault::argument(1, "base must be above zero"));
    }
    from_double(n.ln() / base.ln(), "the logarithm")
}

fn pow(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    from_double(num(args, 0).to_f64().powf(num(args, 1).to_f64()), "the power")
}

fn signum(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    Ok(of(Number::from(whole(args, 0).map_err(Fault::call)?.signum())))
}

fn parseint(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let Some(given) = args.first().and_then(Value::as_str) else {
        let ty = args.first().map_or_else(String::new, |a| a.ty().to_string());
        return Err(Fault::argument(0, format!("first argument must be a string, not {ty}")).of_types());
    };
    let base = num(args, 1).as_i64().filter(|b| (2..=62).contains(b));
    let Some(base) = base else {
        return Err(Fault::argument(1, "base must be a whole number between 2 and 62 inclusive"));
    };
    let bad = || Fault::argument(0, format!("cannot parse {given:?} as a base {base} integer"));
    let (negative, digits) = match given.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, given.strip_prefix('+').unwrap_or(given)),
    };
    if digits.is_empty() || digits.len() > 10_000 {
        return Err(bad());
    }
    let radix = Number::from(base);
    let mut out = Number::from(0);
    for c in digits.chars() {
        let digit = match c {
            '0'..='9' => c as i64 - '0' as i64,
            'a'..='z' => c as i64 - 'a' as i64 + 10,
            'A'..='Z' if base <= 36 => c as i64 - 'A' as i64 + 10,
            'A'..='Z' => c as i64 - 'A' as i64 + 36,
            _ => return Err(bad()),
        };
        if digit >= base {
            return Err(bad());
        }
        out = out.mul(&radix).ok_or_else(bad)?.add(&Number::from(digit));
    }
    Ok(of(if negative { out.neg() } else { out }))
}

fn sum(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let list = &args[0];
    let Some(all) = list.as_items() else {
        let fault = match &list.data {
            Data::Object(_) => Fault::argument(0, "argument must be list, set, or tuple. Received object"),
            Data::Map(..) => Fault::argument(0, "argument must be list, set, or tuple. Received map"),
            _ => Fault::argument(0, "cannot sum noniterable"),
        };
        return Err(fault.of_types());
    };
    if all.is_empty() {
        return Err(Fault::argument(0, "cannot sum an empty list"));
    }
    let mut out = Number::from(0);
    for v in all {
        let n = convert(v, &Constraint::Number).ok().and_then(|v| v.as_number().cloned());
        match n {
            Some(n) => out = out.add(&n),
            None => return Err(Fault::argument(0, "argument must be list, set, or tuple of number values")),
        }
    }
    Ok(of(out))
}
