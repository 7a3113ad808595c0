//! Lists, maps and objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_model::{Data, Number, Type, Value};

use super::number::whole;
use super::string::{characters, strings};
use super::{Fault, Function, Inside, Param, Want, items, nullable, param, text};
use crate::load::Loaded;
use crate::value::compare::{equal, order};
use crate::value::constraint::Constraint;
use crate::value::convert::convert;
use crate::value::unify::unify;

const LIST: Param = param("list", Want::Any);

/// Functions of collections.
pub const FUNCTIONS: &[Function] = &[
    Function {
        returns: Want::Number,
        ..keeps(
            "length",
            "How many elements a collection has, or characters a text.",
            &[param("value", Want::Any)],
            length,
        )
    },
    reads(
        "contains",
        "Whether a list or set holds a value.",
        &[LIST, param("value", Want::Any)],
        Want::Bool,
        contains,
    ),
    Function {
        rest: Some(param("seqs", Want::Any)),
        ..keeps("concat", "Lists one after the other.", &[], concat)
    },
    reads(
        "compact",
        "A list of strings without null and empty ones.",
        &[param("list", Want::Strings)],
        Want::Any,
        |_, a| {
            Ok(strings(
                items(a, 0).iter().filter_map(Value::as_str).filter(|s| !s.is_empty()).map(String::from),
            ))
        },
    ),
    reads("distinct", "A list without repeats.", &[param("list", Want::List)], Want::Any, distinct),
    keeps("flatten", "A list with the lists inside it replaced by their elements.", &[LIST], flatten),
    keeps("keys", "The keys of a map or object, sorted.", &[param("inputMap", Want::Any)], keys),
    keeps(
        "values",
        "The values of a map or object, in the order of its keys.",
        &[param("mapping", Want::Any)],
        values,
    ),
    Function {
        rest: Some(nullable("default", Want::Any)),
        ..keeps(
            "lookup",
            "The value of a key, or a default where there is none.",
            &[param("inputMap", Want::Any), param("key", Want::String)],
            lookup,
        )
    },
    Function {
        rest: Some(nullable("maps", Want::Any)),
        ..keeps("merge", "The entries of maps and objects; later ones win.", &[], merge)
    },
    keeps(
        "element",
        "The element at an index, which starts again after the last one.",
        &[LIST, param("index", Want::Number)],
        element,
    ),
    reads(
        "index",
        "The index of a value in a list.",
        &[LIST, param("value", Want::Any)],
        Want::Number,
        index,
    ),
    keeps(
        "slice",
        "The elements from one index to before another.",
        &[LIST, param("start_index", Want::Number), param("end_index", Want::Number)],
        slice,
    ),
    Function {
        rest: Some(param("params", Want::Number)),
        ..reads("range", "Numbers from a start to before a limit, by a step.", &[], Want::Any, range)
    },
    keeps("reverse", "A list in reverse.", &[LIST], reverse),
    reads(
        "sort",
        "Strings in the order of their characters.",
        &[param("list", Want::Strings)],
        Want::Any,
        sort,
    ),
    Function {
        rest: Some(nullable("vals", Want::Any)),
        ..keeps("coalesce", "The first value that is neither null nor an empty string.", &[], coalesce)
    },
    Function {
        rest: Some(nullable("vals", Want::Any)),
        ..keeps("coalescelist", "The first list that is not empty.", &[], coalescelist)
    },
    keeps(
        "zipmap",
        "A map of keys and values that stand in two lists.",
        &[param("keys", Want::Strings), param("values", Want::Any)],
        zipmap,
    ),
    keeps("one", "The only element of a list or set, null where it is empty.", &[LIST], one),
    reads("alltrue", "Whether every element is true.", &[LIST], Want::Bool, |_, a| {
        Ok(Value::bool(bools(a)?.iter().all(|b| *b)))
    }),
    reads("anytrue", "Whether any element is true.", &[LIST], Want::Bool, |_, a| {
        Ok(Value::bool(bools(a)?.iter().any(|b| *b)))
    }),
    keeps(
        "chunklist",
        "A list in pieces of a size.",
        &[param("list", Want::List), param("size", Want::Number)],
        chunklist,
    ),
    reads(
        "matchkeys",
        "The values whose keys stand in a list.",
        &[param("values", Want::List), param("keys", Want::List), param("searchset", Want::List)],
        Want::Any,
        matchkeys,
    ),
    reads(
        "transpose",
        "A map of lists with keys and values exchanged.",
        &[param("values", Want::Any)],
        Want::Any,
        transpose,
    ),
];

type Call = fn(&Loaded, &[Value]) -> Result<Value, Fault>;

const fn keeps(name: &'static str, doc: &'static str, params: &'static [Param], call: Call) -> Function {
    Function { name, doc, params, rest: None, inside: Inside::Keeps, returns: Want::Any, call }
}

const fn reads(
    name: &'static str,
    doc: &'static str,
    params: &'static [Param],
    returns: Want,
    call: Call,
) -> Function {
    Function { name, doc, params, rest: None, inside: Inside::Reads, returns, call }
}

fn list(ty: Type, all: Vec<Value>) -> Value {
    Value::new(Data::List(ty, Arc::new(all)))
}

/// A collection of the same kind with other elements: a list stays a list.
fn like(v: &Value, all: Vec<Value>) -> Value {
    match &v.data {
        Data::List(t, _) | Data::Set(t, _) => list(t.clone(), all),
        _ => Value::tuple(all),
    }
}

/// What a type is called in a message.
fn friendly(v: &Value) -> String {
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
        _ => match (v.as_items(), v.as_entries()) {
            (Some(all), _) => all.len(),
            (_, Some(entries)) => entries.len(),
            _ => {
                return Err(Fault::call(
                    "argument must be a string, a collection type, or a structural type",
                ));
            }
        },
    };
    Ok(Value::number(n as i64))
}

fn contains(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    match args[0].as_items() {
        Some(all) => Ok(Value::bool(all.iter().any(|v| equal(v, &args[1])))),
        None => Err(Fault::call("argument must be list, tuple, or set")),
    }
}

fn concat(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    if args.is_empty() {
        return Err(Fault::call("at least one argument is required"));
    }
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
                ));
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
    fn walk(v: &Value, out: &mut Vec<Value>) {
        match v.as_items() {
            Some(all) => all.iter().for_each(|c| walk(&c.clone().sensitive_if(v.sensitive), out)),
            None => out.push(v.clone()),
        }
    }
    if args[0].as_items().is_none() {
        return Err(Fault::call("can only flatten lists, sets and tuples"));
    }
    let mut out = Vec::new();
    walk(&args[0], &mut out);
    Ok(Value::tuple(out))
}

fn keys(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    match &args[0].data {
        Data::Map(_, m) => Ok(strings(m.keys().cloned())),
        Data::Object(m) => Ok(Value::tuple(m.keys().map(|k| Value::string(k.as_str())).collect())),
        _ => Err(Fault::argument(0, "must have map or object type")),
    }
}

fn values(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    match &args[0].data {
        Data::Map(t, m) => Ok(list(t.clone(), m.values().cloned().collect())),
        Data::Object(m) => Ok(Value::tuple(m.values().cloned().collect())),
        _ => Err(Fault::call("values() requires a map as the first argument")),
    }
}

fn lookup(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    if args.len() > 3 {
        return Err(Fault::call(format!("lookup() takes two or three arguments, got {}", args.len())));
    }
    let (map, key) = (&args[0], text(args, 1));
    let Some(entries) = map.as_entries() else {
        return Err(Fault::argument(0, "lookup() requires a map as the first argument"));
    };
    let default = args.get(2);
    if let (Data::Map(t, _), Some(d)) = (&map.data, default)
        && !d.is_null()
        && *t != Type::Any
        && d.ty() != *t
    {
        return Err(Fault::argument(2, "the default value must have the same type as the map elements"));
    }
    match entries.get(key).or(default) {
        Some(v) => Ok(v.clone()),
        None if matches!(map.data, Data::Object(_)) => {
            Err(Fault::argument(0, format!("the given object has no attribute {key:?}")))
        }
        None => Err(Fault::call(format!("lookup failed to find key {key:?}"))),
    }
}

fn merge(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let mut out = BTreeMap::new();
    let mut maps: Vec<Type> = Vec::new();
    let mut only_maps = true;
    for a in args.iter().filter(|a| !a.is_null()) {
        match &a.data {
            Data::Map(t, _) => maps.push(t.clone()),
            Data::Object(_) => only_maps = false,
            _ => {
                return Err(Fault::call(format!("arguments must be maps or objects, got {:?}", friendly(a))));
            }
        }
        for (k, v) in a.as_entries().into_iter().flatten() {
            out.insert(k.clone(), v.clone().sensitive_if(a.sensitive));
        }
    }
    maps.dedup();
    match maps.as_slice() {
        [ty] if only_maps => Ok(Value::new(Data::Map(ty.clone(), Arc::new(out)))),
        _ => Ok(Value::object(out)),
    }
}

fn element(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let v = &args[0];
    let (Data::List(_, all) | Data::Tuple(all)) = &v.data else {
        return Err(Fault::call(format!("cannot read elements from {}", friendly(v))));
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
    let (Data::List(_, all) | Data::Tuple(all)) = &args[0].data else {
        return Err(Fault::call("argument must be a list or tuple"));
    };
    if all.is_empty() {
        return Err(Fault::call("cannot search an empty list"));
    }
    match all.iter().position(|v| equal(v, &args[1])) {
        Some(i) => Ok(Value::number(i as i64)),
        None => Err(Fault::call("item not found")),
    }
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
        ));
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

fn reverse(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    match args[0].as_items() {
        Some(all) => Ok(like(&args[0], all.iter().rev().cloned().collect())),
        None => Err(Fault::argument(
            0,
            format!("can only reverse list or tuple values, not {}", friendly(&args[0])),
        )),
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

fn coalesce(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let types: Vec<Type> = args.iter().map(Value::ty).collect();
    let handles = args.iter().any(|a| a.as_handle().is_some());
    let ty = if handles { Some(Type::Any) } else { unify(&types) };
    let Some(ty) = ty.filter(|_| !args.is_empty()) else {
        return Err(Fault::call("all arguments must have the same type"));
    };
    for (i, a) in args.iter().enumerate() {
        let a = convert(a, &Constraint::of(&ty)).map_err(|e| Fault::argument(i, e.to_string()))?;
        if !a.is_null() && a.as_str() != Some("") {
            return Ok(a);
        }
    }
    Err(Fault::call("no non-null, non-empty-string arguments"))
}

fn coalescelist(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    if args.is_empty() {
        return Err(Fault::call("at least one argument is required"));
    }
    for a in args.iter().filter(|a| !a.is_null()) {
        match &a.data {
            Data::List(_, all) | Data::Tuple(all) if !all.is_empty() => return Ok(a.clone()),
            Data::List(..) | Data::Tuple(_) => {}
            _ => return Err(Fault::call("coalescelist arguments must be lists or tuples")),
        }
    }
    Err(Fault::call("no non-null arguments"))
}

fn zipmap(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let keys = items(args, 0);
    let (Data::List(_, all) | Data::Tuple(all)) = &args[1].data else {
        return Err(Fault::argument(1, "values must be a list or tuple value"));
    };
    if keys.len() != all.len() {
        return Err(Fault::call(format!(
            "number of keys ({}) does not match number of values ({})",
            keys.len(),
            all.len()
        )));
    }
    let mut out = BTreeMap::new();
    for (k, v) in keys.iter().zip(all.iter()) {
        let Some(k) = k.as_str() else { return Err(Fault::argument(0, "keys must not be null")) };
        out.insert(k.to_string(), v.clone());
    }
    Ok(match &args[1].data {
        Data::List(t, _) => Value::new(Data::Map(t.clone(), Arc::new(out))),
        _ => Value::object(out),
    })
}

fn one(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    match args[0].as_items() {
        Some([]) => Ok(match args[0].ty() {
            Type::List(t) | Type::Set(t) => Value::new(Data::Null(*t)),
            _ => Value::null(),
        }),
        Some([only]) => Ok(only.clone()),
        _ => Err(Fault::argument(0, "must be a list, set, or tuple value with either zero or one elements")),
    }
}

fn bools(args: &[Value]) -> Result<Vec<bool>, Fault> {
    let want = Constraint::List(Box::new(Constraint::Bool));
    let all = convert(&args[0], &want).map_err(|e| Fault::argument(0, e.to_string()))?;
    Ok(all.as_items().unwrap_or(&[]).iter().map(|v| v.as_bool() == Some(true)).collect())
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
    let (all, keys, wanted) = (items(args, 0), items(args, 1), items(args, 2));
    if all.len() != keys.len() {
        return Err(Fault::call("length of keys and values should be equal"));
    }
    let kept =
        all.iter().zip(keys).filter(|(_, k)| wanted.iter().any(|w| equal(w, k))).map(|(v, _)| v.clone());
    Ok(like(&args[0], kept.collect()))
}

fn transpose(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let want = Constraint::Map(Box::new(Constraint::List(Box::new(Constraint::String))));
    let map = convert(&args[0], &want).map_err(|e| Fault::argument(0, e.to_string()))?;
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (k, v) in map.as_entries().into_iter().flatten() {
        for name in v.as_items().unwrap_or(&[]).iter().filter_map(Value::as_str) {
            out.entry(name.to_string()).or_default().push(k.clone());
        }
    }
    let entries = out.into_iter().map(|(k, v)| (k, strings(v))).collect();
    Ok(Value::new(Data::Map(Type::List(Box::new(Type::String)), Arc::new(entries))))
}
