//! Reading and writing parts of objects by path, without a word about what they mean.

use plimsoll_schema::Json;
use serde_json::{Map, json};

/// The value at a path of field names; `null` where there is none.
pub(crate) fn at<'a>(object: &'a Json, path: &[&str]) -> &'a Json {
    let mut here = object;
    for step in path {
        here = &here[*step];
    }
    here
}

/// The text at a path; empty where there is none.
pub(crate) fn text<'a>(object: &'a Json, path: &[&str]) -> &'a str {
    at(object, path).as_str().unwrap_or_default()
}

/// The integer at a path.
pub(crate) fn int(object: &Json, path: &[&str]) -> Option<i64> {
    at(object, path).as_i64()
}

/// The items of the list at a path; none where there is no list.
pub(crate) fn items<'a>(object: &'a Json, path: &[&str]) -> &'a [Json] {
    at(object, path).as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The entries of the map at a path.
pub(crate) fn entries<'a>(object: &'a Json, path: &[&str]) -> impl Iterator<Item = (&'a str, &'a Json)> {
    at(object, path).as_object().into_iter().flatten().map(|(k, v)| (k.as_str(), v))
}

/// Writes a value at a path, making the maps on the way.
pub(crate) fn set(object: &mut Json, path: &[&str], value: Json) {
    let Some((last, way)) = path.split_last() else { return };
    let mut here = object;
    for step in way {
        here = map(here).entry(*step).or_insert_with(|| json!({}));
    }
    map(here).insert((*last).to_owned(), value);
}

/// Takes the value at a path away; `null` where there was none.
pub(crate) fn take(object: &mut Json, path: &[&str]) -> Json {
    let Some((last, way)) = path.split_last() else { return Json::Null };
    let mut here = object;
    for step in way {
        match here.get_mut(*step) {
            Some(next) => here = next,
            None => return Json::Null,
        }
    }
    here.as_object_mut().and_then(|m| m.remove(*last)).unwrap_or(Json::Null)
}

/// Writes the value, or takes the field away where it is `null`.
pub(crate) fn put(object: &mut Json, path: &[&str], value: &Json) {
    if value.is_null() {
        take(object, path);
    } else {
        set(object, path, value.clone());
    }
}

/// The value as a map; anything else becomes an empty one.
pub(crate) fn map(value: &mut Json) -> &mut Map<String, Json> {
    if !value.is_object() {
        *value = json!({});
    }
    match value {
        Json::Object(map) => map,
        _ => unreachable!("made a map above"),
    }
}

/// The list at a path, made where there is none.
pub(crate) fn list<'a>(object: &'a mut Json, path: &[&str]) -> &'a mut Vec<Json> {
    let mut here = object;
    for step in path {
        here = map(here).entry(*step).or_insert(Json::Null);
    }
    if !here.is_array() {
        *here = json!([]);
    }
    match here {
        Json::Array(list) => list,
        _ => unreachable!("made a list above"),
    }
}

pub(crate) fn name(object: &Json) -> &str {
    text(object, &["metadata", "name"])
}

pub(crate) fn namespace(object: &Json) -> &str {
    text(object, &["metadata", "namespace"])
}

pub(crate) fn uid(object: &Json) -> &str {
    text(object, &["metadata", "uid"])
}

pub(crate) fn resource_version(object: &Json) -> &str {
    text(object, &["metadata", "resourceVersion"])
}

pub(crate) fn annotation<'a>(object: &'a Json, key: &str) -> &'a str {
    text(object, &["metadata", "annotations", key])
}

/// Its deletion has begun.
pub(crate) fn terminating(object: &Json) -> bool {
    !at(object, &["metadata", "deletionTimestamp"]).is_null()
}

/// The reference to the owner that controls the object; `null` where there is none.
pub(crate) fn controller(object: &Json) -> &Json {
    items(object, &["metadata", "ownerReferences"])
        .iter()
        .find(|r| r["controller"] == true)
        .unwrap_or(&Json::Null)
}

/// A reference to that owner, as controllers write it into what they make.
pub(crate) fn controller_reference(owner: &Json) -> Json {
    json!({
        "apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": name(owner), "uid": uid(owner),
        "controller": true, "blockOwnerDeletion": true,
    })
}

pub(crate) fn has_finalizer(object: &Json, finalizer: &str) -> bool {
    items(object, &["metadata", "finalizers"]).iter().any(|f| f == finalizer)
}

pub(crate) fn add_finalizer(object: &mut Json, finalizer: &str) {
    if !has_finalizer(object, finalizer) {
        list(object, &["metadata", "finalizers"]).push(json!(finalizer));
    }
}

pub(crate) fn remove_finalizer(object: &mut Json, finalizer: &str) {
    let finalizers = list(object, &["metadata", "finalizers"]);
    finalizers.retain(|f| f != finalizer);
    if finalizers.is_empty() {
        take(object, &["metadata", "finalizers"]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_read_and_taken() {
        let mut object = json!({"metadata": {"name": "x"}});
        set(&mut object, &["spec", "a", "b"], json!(1));
        assert_eq!(int(&object, &["spec", "a", "b"]), Some(1));
        assert_eq!(take(&mut object, &["spec", "a", "b"]), json!(1));
        assert_eq!(take(&mut object, &["spec", "nothing", "b"]), Json::Null);
        assert_eq!(text(&object, &["metadata", "nothing", "more"]), "");
        add_finalizer(&mut object, "f");
        add_finalizer(&mut object, "f");
        assert_eq!(items(&object, &["metadata", "finalizers"]).len(), 1);
        remove_finalizer(&mut object, "f");
        assert_eq!(object, json!({"metadata": {"name": "x"}, "spec": {"a": {}}}));
    }
}
