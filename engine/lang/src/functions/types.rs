//! Conversions between types, and marks.

use plimsoll_model::{Data, Type, Value};

use super::{Fault, Function, Inside, Want, nullable};
use crate::load::Loaded;
use crate::value::constraint::Constraint;
use crate::value::convert::{convert, required};
use crate::value::marks::{deep_sensitive, reveal};
use crate::value::print::type_text;

const V: super::Param = nullable("v", Want::Any);

/// Functions of types and marks.
pub const FUNCTIONS: &[Function] = &[
    conversion("tostring", "A value as a string.", Want::String, |_, a| to(a, &Constraint::String)),
    conversion("tonumber", "A value as a number.", Want::Number, |_, a| to(a, &Constraint::Number)),
    conversion("tobool", "A value as a bool.", Want::Bool, |_, a| to(a, &Constraint::Bool)),
    Function {
        inside: Inside::Keeps,
        ..conversion("tolist", "A value as a list; its elements get one type.", Want::Any, |_, a| {
            to(a, &Constraint::List(Box::new(Constraint::Any)))
        })
    },
    Function {
        inside: Inside::Keeps,
        ..conversion("toset", "A value as a set: sorted, each element once.", Want::Any, |_, a| {
            to(a, &Constraint::Set(Box::new(Constraint::Any)))
        })
    },
    Function {
        inside: Inside::Keeps,
        ..conversion("tomap", "A value as a map; its values get one type.", Want::Any, |_, a| {
            to(a, &Constraint::Map(Box::new(Constraint::Any)))
        })
    },
    Function {
        params: &[nullable("value", Want::Any)],
        inside: Inside::Keeps,
        ..conversion("sensitive", "A value that may never be shown.", Want::Any, |_, a| {
            Ok(a[0].clone().sensitive_if(true))
        })
    },
    Function {
        params: &[nullable("value", Want::Any)],
        inside: Inside::Keeps,
        ..conversion(
            "nonsensitive",
            "A value that may be shown although what it comes from may not.",
            Want::Any,
            |_, a| Ok(reveal(&a[0])),
        )
    },
    Function {
        params: &[nullable("value", Want::Any)],
        inside: Inside::Keeps,
        ..conversion(
            "issensitive",
            "Whether a value or something inside it may never be shown.",
            Want::Bool,
            |_, a| Ok(Value::bool(deep_sensitive(&a[0]))),
        )
    },
    Function {
        params: &[nullable("value", Want::Any)],
        inside: Inside::Keeps,
        ..conversion("type", "The type of a value, as a text.", Want::String, |_, a| {
            Ok(Value::string(type_text(&a[0].ty())))
        })
    },
];

type Call = fn(&Loaded, &[Value]) -> Result<Value, Fault>;

const fn conversion(name: &'static str, doc: &'static str, returns: Want, call: Call) -> Function {
    Function { name, doc, params: &[V], rest: None, inside: Inside::Reads, returns, call }
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
