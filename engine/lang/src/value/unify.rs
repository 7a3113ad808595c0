//! The one type that values of several types convert to, as Terraform finds it.

use std::collections::BTreeMap;

use plimsoll_model::Type;
use plimsoll_model::types::Field;

/// The type that all of `types` convert to; none where there is none. `any` stands for the type of
/// `null` and does not count.
pub fn unify(types: &[Type]) -> Option<Type> {
    let known: Vec<&Type> = types.iter().filter(|t| **t != Type::Any).collect();
    let Some((first, rest)) = known.split_first() else { return Some(Type::Any) };
    if rest.iter().all(|t| t == first) {
        return Some((*first).clone());
    }
    let count = |f: fn(&Type) -> bool| known.iter().filter(|t| f(t)).count();
    let all = known.len();
    let lists = count(|t| matches!(t, Type::List(_)));
    let sets = count(|t| matches!(t, Type::Set(_)));
    let maps = count(|t| matches!(t, Type::Map(_)));
    let objects = count(|t| matches!(t, Type::Object(_)));
    let tuples = count(|t| matches!(t, Type::Tuple(_)));
    if objects == all {
        return objects_of(&known).or_else(|| elements(&known).map(|t| Type::Map(Box::new(t))));
    }
    if tuples == all {
        return tuples_of(&known).or_else(|| elements(&known).map(|t| Type::List(Box::new(t))));
    }
    if maps + objects == all {
        return elements(&known).map(|t| Type::Map(Box::new(t)));
    }
    if lists + tuples == all {
        return elements(&known).map(|t| Type::List(Box::new(t)));
    }
    if sets > 0 && sets + lists + tuples == all {
        return elements(&known).map(|t| Type::Set(Box::new(t)));
    }
    let primitive = |t: &Type| matches!(t, Type::String | Type::Number | Type::Bool);
    // A string takes any primitive; a number and a bool never meet without one.
    (known.iter().all(|t| primitive(t)) && known.contains(&&Type::String)).then_some(Type::String)
}

fn elements(types: &[&Type]) -> Option<Type> {
    let mut inner = Vec::new();
    for t in types {
        match t {
            Type::List(t) | Type::Set(t) | Type::Map(t) => inner.push((**t).clone()),
            Type::Tuple(ts) => inner.extend(ts.iter().cloned()),
            Type::Object(fields) => inner.extend(fields.values().map(|f| f.ty.clone())),
            _ => return None,
        }
    }
    unify(&inner)
}

fn objects_of(types: &[&Type]) -> Option<Type> {
    let mut columns: BTreeMap<&String, Vec<Type>> = BTreeMap::new();
    for t in types {
        let Type::Object(fields) = t else { return None };
        for (k, f) in fields {
            columns.entry(k).or_default().push(f.ty.clone());
        }
    }
    let mut out = BTreeMap::new();
    for (k, column) in columns {
        if column.len() != types.len() {
            return None;
        }
        out.insert(k.clone(), Field { ty: unify(&column)?, optional: false });
    }
    Some(Type::Object(out))
}

fn tuples_of(types: &[&Type]) -> Option<Type> {
    let mut columns: Vec<Vec<Type>> = Vec::new();
    for (row, t) in types.iter().enumerate() {
        let Type::Tuple(items) = t else { return None };
        if row == 0 {
            columns = items.iter().map(|t| vec![t.clone()]).collect();
        } else if items.len() != columns.len() {
            return None;
        } else {
            columns.iter_mut().zip(items).for_each(|(c, t)| c.push(t.clone()));
        }
    }
    Some(Type::Tuple(columns.iter().map(|c| unify(c)).collect::<Option<_>>()?))
}
