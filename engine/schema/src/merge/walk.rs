//! Merges two values: maps key by key, keyed lists and sets item by item in an order that suits both, the
//! rest as a whole.

use std::collections::BTreeMap;

use serde_json::Map;

use crate::{
    Json, Lists, Shape, Type, TypeRef,
    field_set::{PathElement, element_of, is_atomic, is_map},
};

/// As what a value of a type is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Map,
    Scalar,
    List,
}

/// The form of a value; of one that does not fit, what its type would have.
pub(super) fn form(ty: &Type, value: Option<&Json>) -> Form {
    let own = match &ty.shape {
        Shape::List { .. } => Form::List,
        _ if is_map(ty) => Form::Map,
        _ => Form::Scalar,
    };
    match (&ty.shape, value) {
        (Shape::Any | Shape::Raw, Some(Json::Array(_))) => Form::List,
        (Shape::Any | Shape::Raw, Some(Json::String(_) | Json::Number(_) | Json::Bool(_))) => Form::Scalar,
        _ => own,
    }
}

pub(super) type Object = Map<String, Json>;

pub(super) fn map_of(value: Option<&Json>) -> Option<&Object> {
    value.and_then(Json::as_object)
}

pub(super) fn items_of(value: Option<&Json>) -> &[Json] {
    value.and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// The right value over the left; none where nothing is left.
pub(super) fn merge(ty: &'static Type, lhs: Option<&Json>, rhs: Option<&Json>) -> Option<Json> {
    let leaf = || rhs.or(lhs).cloned();
    match form(ty, rhs.or(lhs)) {
        Form::Scalar => leaf(),
        Form::Map => {
            let (l, r) = (map_of(lhs), map_of(rhs));
            let empty = l.is_none_or(Map::is_empty) && r.is_none_or(Map::is_empty);
            if is_atomic(ty) || empty { leaf() } else { maps(ty, l, r) }
        }
        Form::List => {
            let (l, r) = (items_of(lhs), items_of(rhs));
            match &ty.shape {
                Shape::List { item, merge } if *merge != Lists::Atomic && !(l.is_empty() && r.is_empty()) => {
                    lists(*item, merge, l, r)
                }
                _ => leaf(),
            }
        }
    }
}

fn maps(ty: &'static Type, lhs: Option<&Object>, rhs: Option<&Object>) -> Option<Json> {
    let mut out = Map::new();
    let names = lhs.into_iter().chain(rhs).flat_map(Map::keys);
    for name in names {
        if out.contains_key(name) {
            continue;
        }
        let (l, r) = (lhs.and_then(|m| m.get(name)), rhs.and_then(|m| m.get(name)));
        let merged = match ty.child(name) {
            Some(child) => merge(child.get(), l, r),
            None => r.or(l).cloned(),
        };
        if let Some(merged) = merged {
            out.insert(name.clone(), merged);
        }
    }
    (!out.is_empty()).then_some(Json::Object(out))
}

/// The items of both lists: shared ones in the order of the right list, and those that only the left has
/// stay where they are between them.
fn lists(item: TypeRef, how: &Lists, lhs: &[Json], rhs: &[Json]) -> Option<Json> {
    static NULL: Json = Json::Null;
    let index = |items: &'_ [Json]| -> Vec<(PathElement, usize)> {
        let elements = items.iter().enumerate().filter_map(|(i, v)| Some((element_of(how, item, v)?, i)));
        elements.collect()
    };
    let (left, right) = (index(lhs), index(rhs));
    // Doubles of the left list merge with nothing.
    let mut observed_left: BTreeMap<&PathElement, &Json> = BTreeMap::new();
    for (element, i) in &left {
        observed_left.entry(element).and_modify(|v| *v = &NULL).or_insert(&lhs[*i]);
    }
    let observed_right: BTreeMap<&PathElement, &Json> = right.iter().map(|(e, i)| (e, &rhs[*i])).collect();
    let mut shared = right.iter().map(|(e, _)| e).filter(|e| observed_left.contains_key(e));
    let mut next = shared.next();
    let mut merged: Vec<&PathElement> = Vec::new();
    let mut out = Vec::with_capacity(left.len().max(right.len()));
    let ty = item.get();
    let both = |e: &PathElement| merge(ty, observed_left.get(e).copied(), observed_right.get(e).copied());

    let (mut l, mut r) = (0, 0);
    while l < left.len() || r < right.len() {
        if let (Some((le, _)), Some((re, _))) = (left.get(l), right.get(r)) {
            if le == re {
                merged.push(le);
                out.extend(both(le));
                (l, r, next) = (l + 1, r + 1, shared.next());
                continue;
            }
            if observed_right.contains_key(le) && next.is_some_and(|n| n != le) {
                l += 1;
                continue;
            }
        }
        if let Some((le, i)) = left.get(l) {
            if !observed_right.contains_key(le) {
                out.extend(merge(ty, Some(&lhs[*i]), None));
                l += 1;
                continue;
            }
            if merged.contains(&le) {
                l += 1;
            }
        }
        if let Some((re, _)) = right.get(r) {
            merged.push(re);
            out.extend(both(re));
            r += 1;
            if next == Some(re) {
                next = shared.next();
            }
        }
    }
    (!out.is_empty()).then_some(Json::Array(out))
}
