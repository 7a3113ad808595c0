//! Conversions between types, and marks.

use plimsoll_model::{Data, Type, Value};

use super::{Compute, Fault, Function, Want, nullable};
use crate::value::constraint::Constraint;
use crate::value::convert::{convert, required};
use crate::value::print::type_text;

const V: &[super::Param] = &[nullable("v", Want::Any)];
const VALUE: &[super::Param] = &[nullable("value", Want::Any)];

/// Functions of types and marks.
pub const FUNCTIONS: &[Function] = &[
    conversion("tostring", "A value as a string.", |_, a| to(a, &Constraint::String))
        .gives(Want::String)
        .example(&[("tostring(1.50)", "\"1.5\"")]),
    conversion("tonumber", "A value as a number.", |_, a| to(a, &Constraint::Number))
        .gives(Want::Number)
        .example(&[("tonumber(\"1.50\")", "1.5")]),
    conversion("tobool", "A value as a bool.", |_, a| to(a, &Constraint::Bool))
        .gives(Want::Bool)
        .example(&[("tobool(\"true\")", "true")]),
    conversion("tolist", "A value as a list; its elements get one type.", |_, a| {
        to(a, &Constraint::List(Box::new(Constraint::Any)))
    })
    .gives(Want::List)
    .example(&[("tolist([\"a\", 1])", "[\"a\",\"1\"]")]),
    conversion("toset", "A value as a set: sorted, each element once.", |_, a| {
        to(a, &Constraint::Set(Box::new(Constraint::Any)))
    })
    .gives(Want::Set)
    .example(&[("toset([\"b\", \"a\", \"b\"])", "[\"a\",\"b\"]")]),
    conversion("tomap", "A value as a map; its values get one type.", |_, a| {
        to(a, &Constraint::Map(Box::new(Constraint::Any)))
    })
    .gives(Want::Map)
    .example(&[("tomap({ a = 1, b = \"x\" })", "{\"a\":\"1\",\"b\":\"x\"}")]),
    mark("sensitive", "A value that may never be shown.", |_, a| Ok(a[0].clone().sensitive_if(true)))
        .takes_unknown()
        .example(&[("issensitive(sensitive(\"secret\"))", "true")]),
    mark("nonsensitive", "A value that may be shown although what it comes from may not.", |_, a| {
        Ok(Value { sensitive: false, ..a[0].clone() })
    })
    .takes_unknown()
    .example(&[("nonsensitive(sensitive(\"eu\"))", "\"eu\"")]),
    mark("issensitive", "Whether a value may never be shown.", |_, a| Ok(Value::bool(a[0].sensitive)))
        .gives(Want::Bool)
        .example(&[("issensitive(\"plain\")", "false")]),
    mark("type", "The type of a value, as a text.", |_, a| Ok(Value::string(type_text(&a[0].ty()))))
        .gives(Want::String)
        .example(&[("type(\"a\")", "\"string\""), ("type(tolist([1]))", "\"list(number)\"")]),
];

const fn conversion(name: &'static str, doc: &'static str, call: Compute) -> Function {
    Function::new(name, doc, V, call).keeps().takes_unknown()
}

const fn mark(name: &'static str, doc: &'static str, call: Compute) -> Function {
    Function::new(name, doc, VALUE, call).keeps()
}

fn to(args: &[Value], want: &Constraint) -> Result<Value, Fault> {
    let v = &args[0];
    convert(v, want).map_err(|e| {
        let target = required(want).trim_end_matches(" required").to_string();
        let from = match v.ty() {
            Type::Tuple(_) => "tuple".to_string(),
            Type::Object(_) => "object".to_string(),
            Type::Handle(_) => v.describe(),
            other => other.to_string(),
        };
        Fault::argument(
            0,
            match (&v.data, want) {
                (Data::String(s), Constraint::Number) => {
                    format!("cannot convert {s:?} to number; given string must be a decimal representation of a number")
                }
                (Data::String(s), Constraint::Bool) => {
                    format!("cannot convert {s:?} to bool; only the strings \"true\" or \"false\" are allowed")
                }
                (Data::Handle(_), _) => e.to_string(),
                _ => format!("cannot convert {from} to {target}"),
            },
        )
    })
}
