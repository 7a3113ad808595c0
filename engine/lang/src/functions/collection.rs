//! What is common to all collections: size, membership, the first that is something.

use std::sync::Arc;

use plimsoll_model::{Data, Type, Value};

use super::string::characters;
use super::{Fault, Function, Want, nullable, param};
use crate::load::Loaded;
use crate::value::compare::equal_if_known;
use crate::value::constraint::Constraint;
use crate::value::convert::convert;
use crate::value::marks::unknown_of;
use crate::value::unify::unify_loosely;

/// Functions of collections.
pub const FUNCTIONS: &[Function] = &[
    Function::new(
        "length",
        "How many elements a collection has, or characters a text.",
        &[param("value", Want::Any)],
        length,
    )
    .gives(Want::Number)
    .keeps()
    .example(&[("length([\"a\", \"b\"])", "2"), ("length(\"hello\")", "5")]),
    Function::new(
        "contains",
        "Whether a list or set holds a value.",
        &[param("list", Want::Any), param("value", Want::Any)],
        contains,
    )
    .gives(Want::Bool)
    .takes_unknown()
    .example(&[("contains([\"a\", \"b\"], \"a\")", "true")]),
    Function::new("coalesce", "The first value that is neither null nor an empty string.", &[], coalesce)
        .rest(nullable("vals", Want::Any))
        .keeps()
        .takes_unknown()
        .example(&[("coalesce(null, \"\", \"a\")", "\"a\"")]),
];

/// A list.
pub(super) fn list(ty: Type, all: Vec<Value>) -> Value {
    Value::new(Data::List(ty, Arc::new(all)))
}

/// A collection of the same kind with other elements: a list stays a list.
pub(super) fn like(v: &Value, all: Vec<Value>) -> Value {
    match &v.data {
        Data::List(t, _) | Data::Set(t, _) => list(t.clone(), all),
        _ => Value::tuple(all),
    }
}

/// What a type is called in a message.
pub(super) fn friendly(v: &Value) -> String {
    match v.ty() {
        Type::Tuple(_) => "tuple".into(),
        Type::Object(_) => "object".into(),
        Type::List(t) => format!("list of {t}"),
        Type::Set(t) => format!("set of {t}"),
        Type::Map(t) => format!("map of {t}"),
        other => other.to_string(),
    }
}

fn length(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let v = &args[0];
    let n = match &v.data {
        Data::String(s) => characters(s).len(),
        // What is unknown may equal another element.
        Data::Set(_, all) if all.len() > 1 && v.contains_unknown() => {
            return Ok(Value::unknown(Type::Number, unknown_of(v).unwrap_or_default()));
        }
        _ => match (v.as_items(), v.as_entries()) {
            (Some(all), _) => all.len(),
            (_, Some(entries)) => entries.len(),
            _ => {
                return Err(Fault::call(
                    "argument must be a string, a collection type, or a structural type",
                )
                .of_types());
            }
        },
    };
    Ok(Value::number(n as i64))
}

fn contains(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let all = match (args[0].as_items(), &args[0].data) {
        (Some(all), _) => all,
        (None, Data::Unknown(Type::Any | Type::List(_) | Type::Set(_) | Type::Tuple(_), what)) => {
            return Ok(Value::unknown(Type::Bool, what.clone()));
        }
        _ => return Err(Fault::call("argument must be list, tuple, or set").of_types()),
    };
    let found: Vec<Option<bool>> = all.iter().map(|v| equal_if_known(v, &args[1])).collect();
    if found.contains(&Some(true)) {
        return Ok(Value::bool(true));
    }
    Ok(match found.iter().position(Option::is_none).and_then(|i| all.get(i)) {
        Some(open) => {
            Value::unknown(Type::Bool, unknown_of(open).or_else(|| unknown_of(&args[1])).unwrap_or_default())
        }
        None => Value::bool(false),
    })
}

fn coalesce(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let types: Vec<Type> = args.iter().map(Value::ty).collect();
    let handles = args.iter().any(|a| a.as_handle().is_some());
    let ty = if handles { Some(Type::Any) } else { unify_loosely(&types) };
    let Some(ty) = ty.filter(|_| !args.is_empty()) else {
        return Err(Fault::call("all arguments must have the same type").of_types());
    };
    for (i, a) in args.iter().enumerate() {
        if let Data::Unknown(_, what) = &a.data {
            return Ok(Value { data: Data::Unknown(ty, what.clone()), ..a.clone() });
        }
        let a = convert(a, &Constraint::of(&ty)).map_err(|e| Fault::argument(i, e.to_string()))?;
        if !a.is_null() && a.as_str() != Some("") {
            return Ok(a);
        }
    }
    Err(Fault::call("no non-null, non-empty-string arguments"))
}
