//! Sets.

use std::sync::Arc;

use plimsoll_model::{Data, Type, Value};

use super::limits::values_fit;
use super::{Fault, Function, Want, param};
use crate::load::Loaded;
use crate::value::compare::{equal, into_set};
use crate::value::constraint::Constraint;
use crate::value::convert::convert;
use crate::value::marks::unknown_of;
use crate::value::unify::unify;

const FIRST: super::Param = param("first_set", Want::Set);
const OTHERS: super::Param = param("other_sets", Want::Set);

/// Functions of sets.
pub const FUNCTIONS: &[Function] = &[
    Function::new("setunion", "The elements of any of the sets.", &[FIRST], |_, a| combine(a, union))
        .rest(OTHERS)
        .gives(Want::Set)
        .typed()
        .example(&[("setunion([\"a\"], [\"b\", \"a\"])", "[\"a\",\"b\"]")]),
    Function::new("setintersection", "The elements that all of the sets hold.", &[FIRST], |_, a| {
        combine(a, intersection)
    })
    .rest(OTHERS)
    .gives(Want::Set)
    .typed()
    .example(&[("setintersection([\"a\", \"b\"], [\"b\", \"c\"])", "[\"b\"]")]),
    Function::new(
        "setsubtract",
        "The elements of the first set that the second does not hold.",
        &[param("a", Want::Set), param("b", Want::Set)],
        |_, a| combine(a, difference),
    )
    .gives(Want::Set)
    .typed()
    .example(&[("setsubtract([\"a\", \"b\"], [\"b\"])", "[\"a\"]")]),
    Function::new("setproduct", "Every combination of one element of each list or set.", &[], product)
        .rest(param("sets", Want::Any))
        .keeps()
        .typed()
        .example(&[("setproduct([\"a\", \"b\"], [1, 2])", "[[\"a\",1],[\"a\",2],[\"b\",1],[\"b\",2]]")])
        .note("At most 100000 combinations."),
];

fn holds(all: &[Value], v: &Value) -> bool {
    all.binary_search_by(|e| crate::value::compare::order(e, v)).is_ok() || all.iter().any(|e| equal(e, v))
}

fn union(mut a: Vec<Value>, b: &[Value]) -> Vec<Value> {
    a.extend(b.iter().cloned());
    into_set(a)
}

fn intersection(a: Vec<Value>, b: &[Value]) -> Vec<Value> {
    a.into_iter().filter(|v| holds(b, v)).collect()
}

fn difference(a: Vec<Value>, b: &[Value]) -> Vec<Value> {
    a.into_iter().filter(|v| !holds(b, v)).collect()
}

fn combine(args: &[Value], with: fn(Vec<Value>, &[Value]) -> Vec<Value>) -> Result<Value, Fault> {
    let types: Vec<Type> = args
        .iter()
        .filter_map(|a| match a.ty() {
            Type::Set(t) => Some(*t),
            _ => None,
        })
        .collect();
    let ty = unify(&types)
        .ok_or_else(|| Fault::call("given sets must all have compatible element types").of_types())?;
    let want = Constraint::Set(Box::new(Constraint::of(&ty)));
    let mut out: Option<Vec<Value>> = None;
    for (i, a) in args.iter().enumerate() {
        let a = convert(a, &want).map_err(|e| Fault::argument(i, e.to_string()))?;
        let all = a.as_items().unwrap_or(&[]);
        out = Some(match out {
            None => all.to_vec(),
            Some(before) => with(before, all),
        });
    }
    Ok(Value::new(Data::Set(ty, Arc::new(out.unwrap_or_default()))))
}

/// More combinations than this are a mistake.
const MAX_PRODUCT: usize = 100_000;

fn product(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    if args.len() < 2 {
        return Err(Fault::call("at least two arguments are required"));
    }
    let mut types = Vec::new();
    for (i, a) in args.iter().enumerate() {
        types.push(match a.ty() {
            Type::List(t) | Type::Set(t) => *t,
            Type::Tuple(ts) => unify(&ts)
                .ok_or_else(|| Fault::argument(i, "all elements must be of the same type").of_types())?,
            _ => return Err(Fault::argument(i, "a set or a list is required").of_types()),
        });
    }
    let set = args.iter().find(|a| matches!(a.data, Data::Set(..)));
    let row = Type::Tuple(types);
    if let Some(what) = set.and_then(unknown_of) {
        return Ok(Value::unknown(Type::Set(Box::new(row)), what));
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for a in args {
        let all = a.as_items().unwrap_or(&[]);
        values_fit(rows.len().saturating_mul(all.len()).saturating_mul(args.len()))?;
        if rows.len().saturating_mul(all.len()) > MAX_PRODUCT {
            return Err(Fault::call(format!("more than {MAX_PRODUCT} combinations")));
        }
        let with = |row: &Vec<Value>, v: &Value| row.iter().chain([v]).cloned().collect();
        rows = rows.iter().flat_map(|row| all.iter().map(|v| with(row, v)).collect::<Vec<_>>()).collect();
    }
    let list = Value::tuple(rows.into_iter().map(Value::tuple).collect());
    let row = Box::new(Constraint::of(&row));
    let want = if set.is_some() { Constraint::Set(row) } else { Constraint::List(row) };
    convert(&list, &want).map_err(|e| Fault::call(e.to_string()))
}
