//! The canonical form of a desired object: as the API server would store what it says.

use serde_json::{Map, json};

use crate::{Json, Kind, Shape, Type, TypeRef};

/// The object as the API server would store it: defaults filled in (inside atomic lists and maps too),
/// quantities in their canonical form, `stringData` in `data`, nulls dropped.
///
/// What the server allocates, and what controllers or webhooks add, is not in it.
pub fn canonical(kind: &Kind, object: &Json) -> Json {
    let mut object = without_nulls(kind, object);
    crate::defaults::apply_defaults(kind, &mut object);
    object
}

/// Without nulls, except where the schema lets anything stand.
pub fn without_nulls(kind: &Kind, object: &Json) -> Json {
    strip_nulls(kind.root.get(), object)
}

fn strip_nulls(ty: &'static Type, value: &Json) -> Json {
    match (value, &ty.shape) {
        (Json::Object(map), Shape::Struct { .. } | Shape::Map { .. }) => {
            let kept = map.iter().filter(|(_, v)| !v.is_null());
            let stripped = kept.map(|(name, v)| {
                let v = ty.child(name).map_or_else(|| v.clone(), |child| strip_nulls(child.get(), v));
                (name.clone(), v)
            });
            Json::Object(stripped.collect())
        }
        (Json::Array(items), Shape::List { item, .. }) => {
            Json::Array(items.iter().map(|v| strip_nulls(item.get(), v)).collect())
        }
        _ => value.clone(),
    }
}

/// An object of the kind that says nothing: only the fields that the API server never leaves out.
pub(crate) fn skeleton(kind: &Kind) -> Json {
    let mut object = empty(kind.root.get());
    if let Some(map) = object.as_object_mut() {
        map.insert("apiVersion".into(), json!(kind.gvk.api_version()));
        map.insert("kind".into(), json!(kind.gvk.kind));
    }
    object
}

fn empty(ty: &'static Type) -> Json {
    match &ty.shape {
        Shape::Struct { fields, .. } => {
            let always = fields.iter().filter(|f| f.always);
            let map: Map<String, Json> = always
                .map(|f| (f.name.clone(), f.default.clone().unwrap_or_else(|| empty(TypeRef::get(f.ty)))))
                .collect();
            Json::Object(map)
        }
        _ => Json::Null,
    }
}
