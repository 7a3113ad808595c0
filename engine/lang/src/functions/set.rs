//! Sets.

use std::sync::Arc;

use plimsoll_model::{Data, Type, Value};

use super::{Fault, Function, Inside, Want, param};
use crate::load::Loaded;
use crate::value::compare::{equal, into_set};
use crate::value::constraint::Constraint;
use crate::value::convert::convert;
use crate::value::unify::unify;

const FIRST: super::Param = param("first_set", Want::Set);
const OTHERS: super::Param = param("other_sets", Want::Set);

/// Functions of sets.
pub const FUNCTIONS: &[Function] = &[
    set("setunion", "The elements of any of the sets.", &[FIRST], Some(OTHERS), |_, a| combine(a, union)),
    set("setintersection", "The elements that all of the sets hold.", &[FIRST], Some(OTHERS), |_, a| {
        combine(a, intersection)
    }),
    set(
        "setsubtract",
        "The elements of the first set that the second does not hold.",
        &[param("a", Want::Set), param("b", Want::Set)],
        None,
        |_, a| combine(a, difference),
    ),
    set(
        "setproduct",
        "Every combination of one element of each list or set.",
        &[],
        Some(param("sets", Want::Any)),
        product,
    ),
];

type Call = fn(&Loaded, &[Value]) -> Result<Value, Fault>;

const fn set(
    name: &'static str,
    doc: &'static str,
    params: &'static [super::Param],
    rest: Option<super::Param>,
    call: Call,
) -> Function {
    Function { name, doc, params, rest, inside: Inside::Reads, returns: Want::Any, call }
}

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
    let ty = unify(&types).ok_or_else(|| Fault::call("given sets must all have compatible element types"))?;
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
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    let mut types = Vec::new();
    let mut sets = true;
    for (i, a) in args.iter().enumerate() {
        let Some(all) = a.as_items() else {
            return Err(Fault::argument(i, "a set or a list is required"));
        };
        sets &= matches!(a.data, Data::Set(..));
        types.push(unify(&all.iter().map(Value::ty).collect::<Vec<_>>()).unwrap_or(Type::Any));
        if rows.len().saturating_mul(all.len()) > MAX_PRODUCT {
            return Err(Fault::call(format!("more than {MAX_PRODUCT} combinations")));
        }
        rows = rows
            .iter()
            .flat_map(|row| {
                all.iter().map(|v| {
                    let mut row = row.clone();
                    row.push(v.clone());
                    row
                })
            })
            .collect();
    }
    let want = Constraint::List(Box::new(Constraint::of(&Type::Tuple(types))));
    let list = Value::tuple(rows.into_iter().map(Value::tuple).collect());
    let list = convert(&list, &want).map_err(|e| Fault::call(e.to_string()))?;
    if sets {
        let set = Constraint::Set(Box::new(Constraint::Any));
        return convert(&list, &set).map_err(|e| Fault::call(e.to_string()));
    }
    Ok(list)
}
