//! Removes fields and items from a value.

use serde_json::Map;

use super::walk::{Form, form};
use crate::{
    Json, Shape, Type,
    field_set::{FieldSet, PathElement, element_of, is_atomic},
};

/// The value without what is in `gone`; null where nothing remains.
pub(super) fn remove(ty: &'static Type, value: &Json, gone: &FieldSet) -> Json {
    match (form(ty, Some(value)), value) {
        (Form::Scalar, value) => value.clone(),
        (Form::Map, Json::Object(map)) if !is_atomic(ty) => maps(ty, map, gone),
        (Form::List, Json::Array(items)) if !is_atomic(ty) => lists(ty, items, gone),
        _ => Json::Null,
    }
}

fn maps(ty: &'static Type, map: &Map<String, Json>, gone: &FieldSet) -> Json {
    let mut out = Map::new();
    for (name, value) in map {
        let element = PathElement::field(name);
        if gone.has(&element) {
            continue;
        }
        let value = match (gone.below(&element), ty.child(name)) {
            (Some(below), Some(child)) => remove(child.get(), value, below),
            _ => value.clone(),
        };
        out.insert(name.clone(), value);
    }
    if out.is_empty() { Json::Null } else { Json::Object(out) }
}

fn lists(ty: &'static Type, items: &[Json], gone: &FieldSet) -> Json {
    let Shape::List { item, merge } = &ty.shape else { return Json::Null };
    let mut out = Vec::with_capacity(items.len());
    for value in items {
        let element = element_of(merge, *item, value);
        match element.as_ref().map(|e| (gone.has(e), gone.below(e))) {
            Some((true, _)) => {}
            Some((false, Some(below))) => out.push(remove(item.get(), value, below)),
            _ => out.push(value.clone()),
        }
    }
    if out.is_empty() { Json::Null } else { Json::Array(out) }
}
