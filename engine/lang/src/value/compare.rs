//! Equality and order of values.

use std::cmp::Ordering;

use plimsoll_model::{Data, Type, Value};

/// Whether two known values are equal as `==` means it: of the same type and content; `null`
/// equals `null`.
pub fn equal(a: &Value, b: &Value) -> bool {
    match (&a.data, &b.data) {
        (Data::Null(_), Data::Null(_)) => true,
        (Data::Bool(a), Data::Bool(b)) => a == b,
        (Data::Number(a), Data::Number(b)) => a == b,
        (Data::String(a), Data::String(b)) => a == b,
        (Data::List(t, a), Data::List(u, b)) | (Data::Set(t, a), Data::Set(u, b)) => {
            t == u && all_equal(a, b)
        }
        (Data::Tuple(a), Data::Tuple(b)) => all_equal(a, b),
        (Data::Map(t, a), Data::Map(u, b)) => {
            t == u
                && a.len() == b.len()
                && a.iter().zip(b.iter()).all(|((k, v), (l, w))| k == l && equal(v, w))
        }
        (Data::Object(a), Data::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|((k, v), (l, w))| k == l && equal(v, w))
        }
        (Data::Handle(a), Data::Handle(b)) => {
            a.kind == b.kind && a.address == b.address && a.scalar == b.scalar
        }
        _ => false,
    }
}

/// Whether a type is not settled: part of it may turn out to be anything.
pub fn open(ty: &Type) -> bool {
    match ty {
        Type::Any | Type::Handle(_) => true,
        Type::String | Type::Number | Type::Bool => false,
        Type::List(t) | Type::Set(t) | Type::Map(t) => open(t),
        Type::Tuple(ts) => ts.iter().any(open),
        Type::Object(fields) => fields.values().any(|f| open(&f.ty)),
    }
}

/// Whether two values are equal; none where that depends on what is unknown. Values of different
/// types are not equal whatever they turn out to be, unless both turn out to be null.
pub fn equal_if_known(a: &Value, b: &Value) -> Option<bool> {
    let something = |v: &Value| !v.is_unknown() && !v.is_null();
    if (something(a) || something(b)) && !open(&a.ty()) && !open(&b.ty()) && a.ty() != b.ty() {
        return Some(false);
    }
    (!a.contains_unknown() && !b.contains_unknown()).then(|| equal(a, b))
}

fn all_equal(a: &[Value], b: &[Value]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(v, w)| equal(v, w))
}

/// A total order, for the elements of sets: booleans, numbers and texts as one expects.
pub fn order(a: &Value, b: &Value) -> Ordering {
    match (&a.data, &b.data) {
        (Data::Bool(a), Data::Bool(b)) => a.cmp(b),
        (Data::Number(a), Data::Number(b)) => a.cmp(b),
        (Data::String(a), Data::String(b)) => a.cmp(b),
        (
            Data::List(_, a) | Data::Set(_, a) | Data::Tuple(a),
            Data::List(_, b) | Data::Set(_, b) | Data::Tuple(b),
        ) => items(a, b),
        (Data::Map(_, a) | Data::Object(a), Data::Map(_, b) | Data::Object(b)) => {
            for ((k, v), (l, w)) in a.iter().zip(b.iter()) {
                let o = k.cmp(l).then_with(|| order(v, w));
                if o.is_ne() {
                    return o;
                }
            }
            a.len().cmp(&b.len())
        }
        (Data::Handle(a), Data::Handle(b)) => (&a.kind, &a.address).cmp(&(&b.kind, &b.address)),
        (Data::Unknown(_, a), Data::Unknown(_, b)) => a.cmp(b),
        _ => rank(a).cmp(&rank(b)),
    }
}

fn items(a: &[Value], b: &[Value]) -> Ordering {
    for (v, w) in a.iter().zip(b) {
        let o = order(v, w);
        if o.is_ne() {
            return o;
        }
    }
    a.len().cmp(&b.len())
}

fn rank(v: &Value) -> u8 {
    match &v.data {
        Data::Bool(_) => 0,
        Data::Number(_) => 1,
        Data::String(_) => 2,
        Data::List(..) | Data::Set(..) | Data::Tuple(_) => 3,
        Data::Map(..) | Data::Object(_) => 4,
        Data::Handle(_) => 5,
        Data::Unknown(..) => 6,
        Data::Poison => 7,
        Data::Null(_) => 8,
    }
}

/// Sorts values and drops repeats, as a set holds them.
pub fn into_set(mut items: Vec<Value>) -> Vec<Value> {
    items.sort_by(order);
    items.dedup_by(|a, b| equal(a, b));
    items
}
