//! Merges two values: maps key by key, keyed lists and sets item by item in an order that suits both, the
//! rest as a whole.

use std::collections::BTreeSet;

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

/// Puts `rhs` over `lhs`.
pub(super) fn merge_onto(ty: &'static Type, lhs: &mut Json, rhs: &Json) {
    match form(ty, Some(rhs)) {
        Form::Scalar => replace(lhs, rhs),
        Form::Map => {
            let left = lhs.as_object_mut().filter(|m| !m.is_empty());
            let right = rhs.as_object().filter(|m| !m.is_empty());
            match (left, right) {
                _ if is_atomic(ty) => replace(lhs, rhs),
                (Some(left), Some(right)) => maps(ty, left, right),
                (Some(_), None) => {}
                _ => replace(lhs, rhs),
            }
        }
        Form::List => {
            let left = lhs.as_array_mut().filter(|l| !l.is_empty());
            let right = rhs.as_array().filter(|l| !l.is_empty());
            match (&ty.shape, left, right) {
                (Shape::List { merge: Lists::Atomic, .. }, ..) => replace(lhs, rhs),
                (Shape::List { item, merge }, Some(left), Some(right)) => lists(*item, merge, left, right),
                (Shape::List { .. }, Some(_), None) => {}
                _ => replace(lhs, rhs),
            }
        }
    }
}

fn replace(lhs: &mut Json, rhs: &Json) {
    if lhs != rhs {
        *lhs = rhs.clone();
    }
}

fn maps(ty: &'static Type, lhs: &mut Object, rhs: &Object) {
    for (name, right) in rhs {
        match (lhs.get_mut(name), ty.child(name)) {
            (Some(left), Some(child)) => merge_onto(child.get(), left, right),
            (Some(left), None) => replace(left, right),
            (None, _) => {
                lhs.insert(name.clone(), right.clone());
            }
        }
    }
}

/// The items of both lists: shared ones in the order of the right list, and those that only the left has
/// stay where they are between them.
fn lists(item: TypeRef, how: &Lists, lhs: &mut Vec<Json>, rhs: &[Json]) {
    let ty = item.get();
    let index = |items: &[Json]| -> Vec<PathElement> {
        items.iter().filter_map(|v| element_of(how, item, v)).collect()
    };
    let (left, right) = (index(lhs), index(rhs));
    if left.len() != lhs.len() || right.len() != rhs.len() {
        // An item without a key: validated objects have none.
        *lhs = rhs.to_vec();
        return;
    }
    let distinct = |keys: &[PathElement]| keys.iter().collect::<BTreeSet<_>>().len() == keys.len();
    if left == right && distinct(&left) {
        lhs.iter_mut().zip(rhs).for_each(|(left, right)| merge_onto(ty, left, right));
        return;
    }
    let in_left: BTreeSet<&PathElement> = left.iter().collect();
    let in_right: BTreeSet<&PathElement> = right.iter().collect();
    let mut out: Vec<Json> = Vec::with_capacity(left.len().max(right.len()));
    let mut items: Vec<Option<Json>> = std::mem::take(lhs).into_iter().map(Some).collect();
    let mut merged: BTreeSet<&PathElement> = BTreeSet::new();
    let mut shared = right.iter().filter(|e| in_left.contains(e));
    let mut next = shared.next();
    let both = |items: &mut Vec<Option<Json>>, r: usize| {
        let mut same = left.iter().enumerate().filter(|(_, e)| **e == right[r]).map(|(i, _)| i);
        match (same.next(), same.next()) {
            // Doubles of the left list merge with nothing.
            (Some(only), None) => {
                let mut value = items[only].take().unwrap_or(Json::Null);
                merge_onto(ty, &mut value, &rhs[r]);
                value
            }
            _ => rhs[r].clone(),
        }
    };
    let (mut l, mut r) = (0, 0);
    while l < left.len() || r < right.len() {
        if let (Some(le), Some(re)) = (left.get(l), right.get(r)) {
            if le == re {
                merged.insert(le);
                out.push(both(&mut items, r));
                (l, r, next) = (l + 1, r + 1, shared.next());
                continue;
            }
            if in_right.contains(le) && next.is_some_and(|n| n != le) {
                l += 1;
                continue;
            }
        }
        if let Some(le) = left.get(l) {
            if !in_right.contains(le) {
                out.extend(items[l].take());
                l += 1;
                continue;
            }
            if merged.contains(le) {
                l += 1;
            }
        }
        if let Some(re) = right.get(r) {
            merged.insert(re);
            out.push(both(&mut items, r));
            r += 1;
            if next == Some(re) {
                next = shared.next();
            }
        }
    }
    *lhs = out;
}
