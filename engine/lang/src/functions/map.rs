//! Maps and objects: what holds values by key.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_model::{Data, Type, Value};

use super::collection::{friendly, list};
use super::limits::values_fit;
use super::string::strings;
use super::{Fault, Function, Want, items, nullable, param, text};
use crate::load::Loaded;
use crate::value::constraint::Constraint;
use crate::value::convert::convert;
use crate::value::marks::unknown_of;

/// Functions of maps and objects.
pub const FUNCTIONS: &[Function] = &[
    Function::new("keys", "The keys of a map or object, sorted.", &[param("inputMap", Want::Any)], keys)
        .keeps()
        .typed()
        .example(&[("keys({ b = 1, a = 2 })", "[\"a\",\"b\"]")]),
    Function::new(
        "values",
        "The values of a map or object, in the order of its keys.",
        &[param("mapping", Want::Any)],
        values,
    )
    .keeps()
    .typed()
    .example(&[("values({ b = 1, a = 2 })", "[2,1]")]),
    Function::new(
        "lookup",
        "The value of a key, or a default where there is none.",
        &[param("inputMap", Want::Any), param("key", Want::String)],
        lookup,
    )
    .rest(nullable("default", Want::Any))
    .keeps()
    .example(&[("lookup({ a = 1 }, \"a\", 0)", "1"), ("lookup({ a = 1 }, \"b\", 0)", "0")]),
    Function::new("merge", "The entries of maps and objects; later ones win.", &[], merge)
        .rest(nullable("maps", Want::Any))
        .keeps()
        .example(&[("merge({ a = 1, b = 2 }, { b = 3 })", "{\"a\":1,\"b\":3}")]),
    Function::new(
        "zipmap",
        "A map of keys and values that stand in two lists.",
        &[param("keys", Want::Strings), param("values", Want::Any)],
        zipmap,
    )
    .keeps()
    .example(&[("zipmap([\"a\", \"b\"], [1, 2])", "{\"a\":1,\"b\":2}")]),
    Function::new(
        "transpose",
        "A map of lists with keys and values exchanged.",
        &[param("values", Want::StringLists)],
        transpose,
    )
    .gives(Want::StringLists)
    .example(&[("transpose({ a = [\"x\", \"y\"], b = [\"y\"] })", "{\"x\":[\"a\"],\"y\":[\"a\",\"b\"]}")]),
];

fn keys(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    match &args[0].data {
        Data::Map(_, m) => Ok(strings(m.keys().cloned())),
        Data::Object(m) => Ok(Value::tuple(m.keys().map(|k| Value::string(k.as_str())).collect())),
        _ => Err(Fault::argument(0, "must have map or object type").of_types()),
    }
}

fn values(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    match &args[0].data {
        Data::Map(t, m) => Ok(list(t.clone(), m.values().cloned().collect())),
        Data::Object(m) => Ok(Value::tuple(m.values().cloned().collect())),
        _ => Err(Fault::call("values() requires a map as the first argument").of_types()),
    }
}

fn lookup(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    if args.len() > 3 {
        return Err(Fault::call(format!("lookup() takes two or three arguments, got {}", args.len())));
    }
    let (map, key) = (&args[0], text(args, 1));
    let Some(entries) = map.as_entries() else {
        return Err(Fault::argument(0, "lookup() requires a map as the first argument").of_types());
    };
    let default = match (&map.data, args.get(2)) {
        (Data::Map(t, _), Some(d)) if *t != Type::Any => {
            let same = "the default value must have the same type as the map elements";
            Some(convert(d, &Constraint::of(t)).map_err(|_| Fault::argument(2, same).of_types())?)
        }
        (_, d) => d.cloned(),
    };
    let default = default.as_ref();
    match entries.get(key).or(default) {
        Some(v) => Ok(v.clone()),
        None if matches!(map.data, Data::Object(_)) => {
            Err(Fault::argument(0, format!("the given object has no attribute {key:?}")))
        }
        None => Err(Fault::call(format!("lookup failed to find key {key:?}"))),
    }
}

fn merge(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    values_fit(args.iter().filter_map(Value::as_entries).map(BTreeMap::len).sum())?;
    let mut out = BTreeMap::new();
    let mut maps: Vec<Type> = Vec::new();
    let mut only_maps = true;
    let nothing = |a: &&Value| matches!(a.data, Data::Null(Type::Any | Type::Map(_) | Type::Object(_)));
    for a in args.iter().filter(|a| !nothing(a)) {
        match &a.data {
            Data::Map(t, _) => maps.push(t.clone()),
            Data::Object(_) => only_maps = false,
            _ => {
                return Err(Fault::call(format!("arguments must be maps or objects, got {:?}", friendly(a)))
                    .of_types());
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

fn zipmap(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let keys = items(args, 0);
    if let Some(what) = unknown_of(&args[0]) {
        return Ok(Value::unknown(Type::Any, what));
    }
    let (Data::List(_, all) | Data::Tuple(all)) = &args[1].data else {
        return Err(Fault::argument(1, "values must be a list or tuple value").of_types());
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
    let made = match &args[1].data {
        Data::List(t, _) => Value::new(Data::Map(t.clone(), Arc::new(out))),
        _ => Value::object(out),
    };
    // The elements of the first list have become keys, which carry no marks.
    Ok(made.sensitive_if(keys.iter().any(|k| k.sensitive)))
}

fn transpose(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (k, v) in args[0].as_entries().into_iter().flatten() {
        let names = v.as_items().ok_or_else(|| Fault::call("input must not contain null list"))?;
        for name in names {
            let name = name.as_str().ok_or_else(|| Fault::call("input list must not contain null string"))?;
            out.entry(name.to_string()).or_default().push(k.clone());
        }
    }
    let entries = out.into_iter().map(|(k, v)| (k, strings(v))).collect();
    Ok(Value::new(Data::Map(Type::List(Box::new(Type::String)), Arc::new(entries))))
}
