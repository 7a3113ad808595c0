//! The one type that values of several types convert to, as Terraform finds it.

use std::collections::BTreeMap;

use plimsoll_model::Type;
use plimsoll_model::types::Field;

/// The type that all of `types` convert to without a failure; none where there is none. `any` stands
/// for the type of `null` and does not count.
pub fn unify(types: &[Type]) -> Option<Type> {
    find(types, false)
}

/// The same, where a conversion may yet fail, as that of a text to a number.
pub fn unify_loosely(types: &[Type]) -> Option<Type> {
    find(types, true)
}

fn find(types: &[Type], loosely: bool) -> Option<Type> {
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
        return match same_names(&known) {
            true => objects_of(&known, loosely),
            false => elements(&known, loosely).map(|t| Type::Map(Box::new(t))),
        };
    }
    if tuples == all {
        return match same_lengths(&known) {
            true => tuples_of(&known, loosely),
            false => elements(&known, loosely).map(|t| Type::List(Box::new(t))),
        };
    }
    if maps + objects == all {
        return elements(&known, loosely).map(|t| Type::Map(Box::new(t)));
    }
    if lists + tuples == all {
        return elements(&known, loosely).map(|t| Type::List(Box::new(t)));
    }
    if sets == all {
        return elements(&known, loosely).map(|t| Type::Set(Box::new(t)));
    }
    if sets + lists + tuples == all {
        // One of the given types is chosen, not one that lies between them; lists before sets.
        let chosen = known.iter().filter(|t| matches!(t, Type::List(_)));
        let chosen = chosen.chain(known.iter().filter(|t| matches!(t, Type::Set(_))));
        return chosen.copied().find(|to| known.iter().all(|t| converts(t, to, loosely))).cloned();
    }
    let primitive = |t: &Type| matches!(t, Type::String | Type::Number | Type::Bool);
    // A string takes any primitive; a number and a bool never meet without one.
    (known.iter().all(|t| primitive(t)) && known.contains(&&Type::String)).then_some(Type::String)
}

/// Whether values of one type convert to another; loosely, whether they may.
fn converts(from: &Type, to: &Type, loosely: bool) -> bool {
    match (from, to) {
        (Type::Any, _) | (_, Type::Any) => true,
        (from, to) if from == to => true,
        (Type::Number | Type::Bool, Type::String) => true,
        (Type::String, Type::Number | Type::Bool) => loosely,
        (Type::List(t) | Type::Set(t), Type::List(u) | Type::Set(u)) | (Type::Map(t), Type::Map(u)) => {
            converts(t, u, loosely)
        }
        (Type::Tuple(ts), Type::List(u) | Type::Set(u)) => ts.iter().all(|t| converts(t, u, loosely)),
        (Type::Object(fields), Type::Map(u)) => fields.values().all(|f| converts(&f.ty, u, loosely)),
        _ => false,
    }
}

fn elements(types: &[&Type], loosely: bool) -> Option<Type> {
    let mut inner = Vec::new();
    for t in types {
        match t {
            Type::List(t) | Type::Set(t) | Type::Map(t) => inner.push((**t).clone()),
            Type::Tuple(ts) => inner.extend(ts.iter().cloned()),
            Type::Object(fields) => inner.extend(fields.values().map(|f| f.ty.clone())),
            _ => return None,
        }
    }
    find(&inner, loosely)
}

fn same_names(types: &[&Type]) -> bool {
    let mut names = types.iter().filter_map(|t| match t {
        Type::Object(fields) => Some(fields.keys().collect::<Vec<_>>()),
        _ => None,
    });
    let first = names.next();
    names.all(|n| Some(&n) == first.as_ref())
}

fn same_lengths(types: &[&Type]) -> bool {
    let mut lengths = types.iter().filter_map(|t| match t {
        Type::Tuple(ts) => Some(ts.len()),
        _ => None,
    });
    let first = lengths.next();
    lengths.all(|n| Some(n) == first)
}

fn objects_of(types: &[&Type], loosely: bool) -> Option<Type> {
    let mut columns: BTreeMap<&String, Vec<Type>> = BTreeMap::new();
    for t in types {
        let Type::Object(fields) = t else { return None };
        for (k, f) in fields {
            columns.entry(k).or_default().push(f.ty.clone());
        }
    }
    let mut out = BTreeMap::new();
    for (k, column) in columns {
        out.insert(k.clone(), Field { ty: find(&column, loosely)?, optional: false });
    }
    Some(Type::Object(out))
}

fn tuples_of(types: &[&Type], loosely: bool) -> Option<Type> {
    let mut columns: Vec<Vec<Type>> = Vec::new();
    for t in types {
        let Type::Tuple(items) = t else { return None };
        columns.resize(items.len(), Vec::new());
        columns.iter_mut().zip(items).for_each(|(c, t)| c.push(t.clone()));
    }
    Some(Type::Tuple(columns.iter().map(|c| find(c, loosely)).collect::<Option<_>>()?))
}
