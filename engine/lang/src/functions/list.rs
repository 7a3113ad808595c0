//! Lists: what holds elements in an order.

use plimsoll_model::{Data, Number, Type, Value};

use super::collection::{friendly, like, list};
use super::limits::values_fit;
use super::number::whole;
use super::string::strings;
use super::{Fault, Function, Param, Want, items, nullable, param};
use crate::load::Loaded;
use crate::value::compare::{equal, equal_if_known, into_set, order};
use crate::value::constraint::Constraint;
use crate::value::convert::convert;
use crate::value::marks::unknown_of;
use crate::value::unify::{unify, unify_loosely};

const LIST: Param = param("list", Want::Any);

/// Functions of lists.
pub const FUNCTIONS: &[Function] = &[
    Function::new("concat", "Lists one after the other.", &[], concat)
        .rest(param("seqs", Want::Any))
        .keeps()
        .typed()
        .example(&[("concat([\"a\"], [\"b\", \"c\"])", "[\"a\",\"b\",\"c\"]")]),
    Function::new(
        "compact",
        "A list of strings without null and empty ones.",
        &[param("list", Want::Strings)],
        |_, a| {
            Ok(strings(
                items(a, 0).iter().filter_map(Value::as_str).filter(|s| !s.is_empty()).map(String::from),
            ))
        },
    )
    .gives(Want::Strings)
    .example(&[("compact([\"a\", \"\", null, \"b\"])", "[\"a\",\"b\"]")]),
    Function::new("distinct", "A list without repeats.", &[param("list", Want::List)], distinct)
        .gives(Want::List)
        .typed()
        .example(&[("distinct([\"a\", \"b\", \"a\"])", "[\"a\",\"b\"]")]),
    Function::new("flatten", "A list with the lists inside it replaced by their elements.", &[LIST], flatten)
        .keeps()
        .example(&[("flatten([[\"a\"], [\"b\", [\"c\"]]])", "[\"a\",\"b\",\"c\"]")]),
    Function::new(
        "element",
        "The element at an index, which starts again after the last one.",
        &[LIST, param("index", Want::Number)],
        element,
    )
    .keeps()
    .example(&[("element([\"a\", \"b\"], 3)", "\"b\"")]),
    Function::new("index", "The index of a value in a list.", &[LIST, param("value", Want::Any)], index)
        .gives(Want::Number)
        .takes_unknown()
        .example(&[("index([\"a\", \"b\"], \"b\")", "1")]),
    Function::new(
        "slice",
        "The elements from one index to before another.",
        &[LIST, param("start_index", Want::Number), param("end_index", Want::Number)],
        slice,
    )
    .keeps()
    .example(&[("slice([\"a\", \"b\", \"c\"], 1, 3)", "[\"b\",\"c\"]")]),
    Function::new("range", "Numbers from a start to before a limit, by a step.", &[], range)
        .rest(param("params", Want::Number))
        .gives(Want::Numbers)
        .example(&[("range(3)", "[0,1,2]"), ("range(1, 8, 2)", "[1,3,5,7]")])
        .note("At most 1024 numbers."),
    Function::new("reverse", "A list in reverse.", &[LIST], reverse)
        .keeps()
        .typed()
        .example(&[("reverse([1, 2, 3])", "[3,2,1]")]),
    Function::new("sort", "Strings in the order of their characters.", &[param("list", Want::Strings)], sort)
        .gives(Want::Strings)
        .example(&[("sort([\"b\", \"a\", \"B\"])", "[\"B\",\"a\",\"b\"]")]),
    Function::new("coalescelist", "The first list that is not empty.", &[], coalescelist)
        .rest(nullable("vals", Want::Any))
        .keeps()
        .example(&[("coalescelist([], [\"a\"])", "[\"a\"]")]),
    Function::new("one", "The only element of a list or set, null where it is empty.", &[LIST], one)
        .keeps()
        .example(&[("one([\"a\"])", "\"a\""), ("one([])", "null")]),
    Function::new("alltrue", "Whether every element is true.", &[param("list", Want::Bools)], |_, a| {
        Ok(Value::bool(items(a, 0).iter().all(|v| v.as_bool() == Some(true))))
    })
    .gives(Want::Bool)
    .example(&[("alltrue([true, \"true\"])", "true"), ("alltrue([])", "true")]),
    Function::new("anytrue", "Whether any element is true.", &[param("list", Want::Bools)], |_, a| {
        Ok(Value::bool(items(a, 0).iter().any(|v| v.as_bool() == Some(true))))
    })
    .gives(Want::Bool)
    .example(&[("anytrue([false, true])", "true"), ("anytrue([])", "false")]),
    Function::new(
        "chunklist",
        "A list in pieces of a size.",
        &[param("list", Want::List), param("size", Want::Number)],
        chunklist,
    )
    .keeps()
    .typed()
    .example(&[("chunklist([1, 2, 3], 2)", "[[1,2],[3]]")]),
    Function::new(
        "matchkeys",
        "The values whose keys stand in a list.",
        &[param("values", Want::List), param("keys", Want::List), param("searchset", Want::List)],
        matchkeys,
    )
    .gives(Want::List)
    .typed()
    .example(&[("matchkeys([\"a\", \"b\"], [\"eu\", \"us\"], [\"us\"])", "[\"b\"]")]),
];

fn concat(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    if args.is_empty() {
        return Err(Fault::call("at least one argument is required"));
    }
    values_fit(args.iter().filter_map(Value::as_items).map(<[Value]>::len).sum())?;
    let mut all = Vec::new();
    for (i, a) in args.iter().enumerate() {
        match &a.data {
            Data::List(_, items) | Data::Tuple(items) => {
                all.extend(items.iter().map(|v| v.clone().sensitive_if(a.sensitive)));
            }
            _ => {
                return Err(Fault::argument(
                    i,
                    format!("all arguments must be lists or tuples; got {}", friendly(a)),
                )
                .of_types());
            }
        }
    }
    let types: Vec<Type> = args
        .iter()
        .filter_map(|a| match &a.data {
            Data::List(t, _) => Some(t.clone()),
            _ => None,
        })
        .collect();
    // Lists make a list where their elements share a type; with a tuple among them it is a tuple.
    match unify(&types) {
        Some(ty) if types.len() == args.len() => {
            let tuple = Value::tuple(all);
            convert(&tuple, &Constraint::List(Box::new(Constraint::of(&ty))))
                .map_err(|e| Fault::call(e.to_string()))
        }
        _ => Ok(Value::tuple(all)),
    }
}

fn distinct(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let all = items(args, 0);
    let mut by_order: Vec<usize> = (0..all.len()).collect();
    by_order.sort_by(|a, b| order(&all[*a], &all[*b]).then(a.cmp(b)));
    by_order.dedup_by(|a, b| equal(&all[*a], &all[*b]));
    by_order.sort_unstable();
    Ok(like(&args[0], by_order.into_iter().map(|i| all[i].clone()).collect()))
}

fn flatten(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    /// Adds the elements; what is unknown and may turn out to be a list is returned.
    fn walk(v: &Value, out: &mut Vec<Value>) -> Result<Option<Value>, Fault> {
        values_fit(out.len())?;
        match &v.data {
            Data::Unknown(Type::Any | Type::List(_) | Type::Set(_) | Type::Tuple(_), _) => {
                return Ok(Some(v.clone()));
            }
            Data::Set(..) if v.contains_unknown() => {
                let what = unknown_of(v).unwrap_or_default();
                return Ok(Some(Value::unknown(Type::Any, what)));
            }
            _ => {}
        }
        match v.as_items() {
            Some(all) => {
                for c in all {
                    if let Some(open) = walk(&c.clone().sensitive_if(v.sensitive), out)? {
                        return Ok(Some(open));
                    }
                }
            }
            None => out.push(v.clone()),
        }
        Ok(None)
    }
    if args[0].as_items().is_none() {
        return Err(Fault::call("can only flatten lists, sets and tuples").of_types());
    }
    let mut out = Vec::new();
    Ok(match walk(&args[0], &mut out)? {
        Some(open) => Value { data: Data::Unknown(Type::Any, unknown_of(&open).unwrap_or_default()), ..open },
        None => Value::tuple(out),
    })
}

fn element(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let v = &args[0];
    let (Data::List(_, all) | Data::Tuple(all)) = &v.data else {
        return Err(Fault::call(format!("cannot read elements from {}", friendly(v))).of_types());
    };
    if all.is_empty() {
        return Err(Fault::call("cannot use element function with an empty list"));
    }
    let i = whole(args, 1).map_err(|e| Fault::call(format!("invalid index: {e}")))?;
    let i =
        usize::try_from(i).map_err(|_| Fault::call("cannot use element function with a negative index"))?;
    Ok(all[i % all.len()].clone())
}

fn index(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let all = match &args[0].data {
        Data::List(_, all) | Data::Tuple(all) => all,
        Data::Unknown(Type::Any | Type::List(_) | Type::Tuple(_), what) => {
            return Ok(Value::unknown(Type::Number, what.clone()));
        }
        _ => return Err(Fault::call("argument must be a list or tuple").of_types()),
    };
    if all.is_empty() {
        return Err(Fault::call("cannot search an empty list"));
    }
    for (i, v) in all.iter().enumerate() {
        match equal_if_known(v, &args[1]) {
            Some(true) => return Ok(Value::number(i as i64)),
            Some(false) => {}
            None => {
                let what = unknown_of(v).or_else(|| unknown_of(&args[1])).unwrap_or_default();
                return Ok(Value::unknown(Type::Number, what));
            }
        }
    }
    Err(Fault::call("item not found"))
}

fn slice(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let (Data::List(_, all) | Data::Tuple(all)) = &args[0].data else {
        let set = matches!(args[0].data, Data::Set(..));
        return Err(Fault::argument(
            0,
            if set {
                "cannot slice a set, because its elements do not have indices; explicitly convert to a list if the ordering of the result is not important"
            } else {
                "must be a list or tuple value"
            },
        )
        .of_types());
    };
    let start = whole(args, 1).map_err(|e| Fault::argument(1, e))?;
    let end = whole(args, 2).map_err(|e| Fault::argument(2, e))?;
    let Ok(from) = usize::try_from(start) else {
        return Err(Fault::argument(1, "start index must not be less than zero"));
    };
    if from > all.len() {
        return Err(Fault::argument(1, "start index must not be greater than the length of the list"));
    }
    if end > all.len() as i64 {
        return Err(Fault::argument(2, "end index must not be greater than the length of the list"));
    }
    if start > end {
        return Err(Fault::argument(1, "start index must not be greater than end index"));
    }
    Ok(like(&args[0], all[from..end as usize].to_vec()))
}

fn reverse(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    match args[0].as_items() {
        Some(all) => Ok(like(&args[0], all.iter().rev().cloned().collect())),
        None => Err(Fault::argument(
            0,
            format!("can only reverse list or tuple values, not {}", friendly(&args[0])),
        )
        .of_types()),
    }
}

fn sort(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let mut all = Vec::new();
    for (i, v) in items(args, 0).iter().enumerate() {
        match v.as_str() {
            Some(s) => all.push(s.to_string()),
            None => {
                return Err(Fault::call(format!(
                    "given list element {i} is null; a null string cannot be sorted"
                )));
            }
        }
    }
    all.sort();
    Ok(strings(all))
}

fn coalescelist(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    if args.is_empty() {
        return Err(Fault::call("at least one argument is required"));
    }
    if args.iter().any(|a| !matches!(a.ty(), Type::List(_) | Type::Tuple(_))) {
        return Err(Fault::call("coalescelist arguments must be lists or tuples").of_types());
    }
    let full = args.iter().find(|a| a.as_items().is_some_and(|all| !all.is_empty()));
    full.cloned().ok_or_else(|| Fault::call("no non-null arguments"))
}

fn one(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    match args[0].as_items() {
        Some([]) => Ok(match args[0].ty() {
            Type::List(t) | Type::Set(t) => Value::new(Data::Null(*t)),
            _ => Value::null(),
        }),
        Some([only]) => Ok(only.clone()),
        _ => Err(Fault::argument(0, "must be a list, set, or tuple value with either zero or one elements")
            .of_types()),
    }
}

fn chunklist(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let size = whole(args, 1).map_err(|e| Fault::argument(1, e))?;
    let Ok(size) = usize::try_from(size) else {
        return Err(Fault::argument(1, "the size argument must be positive"));
    };
    let Data::List(ty, all) = &args[0].data else { return Err(Fault::argument(0, "a list is required")) };
    let pieces = if size == 0 { vec![all.as_slice()] } else { all.chunks(size).collect() };
    let inner = pieces.into_iter().map(|p| list(ty.clone(), p.to_vec())).collect();
    Ok(list(Type::List(Box::new(ty.clone())), inner))
}

fn matchkeys(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let ty = unify_loosely(&[args[1].ty(), args[2].ty()])
        .ok_or_else(|| Fault::call("keys and searchset must be of the same type").of_types())?;
    let same =
        |i: usize| convert(&args[i], &Constraint::of(&ty)).map_err(|e| Fault::argument(i, e.to_string()));
    let (keys, wanted) = (same(1)?, same(2)?);
    let (all, keys) = (items(args, 0), keys.as_items().unwrap_or(&[]));
    if all.len() != keys.len() {
        return Err(Fault::call("length of keys and values should be equal"));
    }
    let wanted = into_set(wanted.as_items().unwrap_or(&[]).to_vec());
    let among = |k: &Value| wanted.binary_search_by(|w| order(w, k)).is_ok();
    let kept = all.iter().zip(keys).filter(|(_, k)| among(k)).map(|(v, _)| v.clone());
    Ok(like(&args[0], kept.collect()))
}

/// More numbers than this are a mistake.
const MAX_RANGE: usize = 1024;

fn range(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let n = |i: usize| args.get(i).and_then(Value::as_number).cloned();
    let zero = Number::from(0);
    let (start, end) = match (args.len(), n(0), n(1)) {
        (1, Some(end), _) => (zero.clone(), end),
        (2 | 3, Some(start), Some(end)) => (start, end),
        _ => return Err(Fault::call("must have one, two, or three arguments")),
    };
    let down = end < start;
    let step = n(2).unwrap_or_else(|| Number::from(if down { -1 } else { 1 }));
    if step.is_negative() && !down && end != start {
        return Err(Fault::argument(2, "end must be less than start when step is negative"));
    }
    if !step.is_negative() && down {
        return Err(Fault::argument(2, "end must be greater than start when step is positive"));
    }
    let mut out = Vec::new();
    let mut at = start;
    while if down { at > end } else { at < end } {
        if out.len() >= MAX_RANGE {
            return Err(Fault::call(format!(
                "more than {MAX_RANGE} values were generated; either decrease the difference between start and end or use a smaller step"
            )));
        }
        out.push(Value::number(at.clone()));
        at = at.add(&step);
    }
    Ok(list(Type::Number, out))
}
