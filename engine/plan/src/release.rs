//! Letting an object go without deleting it: what marks it as ours is taken from it, and nothing else.
//!
//! Ours is what carries our labels and holds our field manager. Both go: with the labels alone, a later plan would
//! take it for one of ours that nobody declares. What we set stays as it is, and belongs to nobody.

use plimsoll_model::Address;
use serde_json::{Value as Json, json};

use crate::observe::{ADDRESS_ANNOTATION, ENVIRONMENT_LABEL, PROJECT_LABEL};
use crate::replicas;
use crate::world::World;

/// Who looks after an object, as `app.kubernetes.io/managed-by` has it.
const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "plimsoll");

/// Whether the configuration lets go of what stands at an address.
pub(crate) fn is_released(address: &Address, world: &World<'_>) -> bool {
    world.input.desired.released.iter().any(|released| released.from.covers(address))
}

/// The JSON patch that takes our marks from an object, if nobody else began or ceased to manage it in between.
pub fn patch(object: &Json, manager: &str) -> Json {
    let metadata = &object["metadata"];
    let mut operations = vec![json!({"op": "test", "path": "/metadata/uid", "value": metadata["uid"]})];
    let managers = &metadata["managedFields"];
    // Where they were cleared there is nothing to compare with.
    if managers.as_array().is_some_and(|all| !all.is_empty()) {
        operations.push(json!({"op": "test", "path": "/metadata/managedFields", "value": managers}));
        let others = others(metadata, manager);
        if others != *managers {
            operations.push(json!({"op": "replace", "path": "/metadata/managedFields", "value": others}));
        }
    }
    for (map, name) in marks(metadata) {
        let name = name.replace('~', "~0").replace('/', "~1");
        operations.push(json!({"op": "remove", "path": format!("/metadata/{map}/{name}")}));
    }
    Json::Array(operations)
}

/// An object without our marks.
pub fn without_marks(object: &Json, manager: &str) -> Json {
    let mut out = object.clone();
    for (map, name) in marks(&object["metadata"]) {
        let Some(metadata) = out["metadata"].as_object_mut() else { continue };
        if let Some(entries) = metadata.get_mut(map).and_then(Json::as_object_mut) {
            entries.remove(name);
            if entries.is_empty() {
                metadata.remove(map);
            }
        }
    }
    if out["metadata"]["managedFields"].is_array() {
        out["metadata"]["managedFields"] = others(&object["metadata"], manager);
    }
    out
}

/// Labels and annotations that say that an object is ours, and are there.
fn marks(metadata: &Json) -> Vec<(&'static str, &'static str)> {
    let (by, us) = MANAGED_BY;
    let labels = [PROJECT_LABEL, ENVIRONMENT_LABEL].map(|name| ("labels", name));
    let there = |(map, name): &(&str, &str)| metadata[map][name].is_string();
    let ours = (metadata["labels"][by] == us).then_some(("labels", by));
    labels.into_iter().chain([("annotations", ADDRESS_ANNOTATION)]).filter(there).chain(ours).collect()
}

/// The entries of the managers that are not ours; an empty one where there are none, which stands for
/// "nobody": an empty list would say nothing.
fn others(metadata: &Json, manager: &str) -> Json {
    let ours = |entry: &&Json| entry["manager"] == manager || entry["manager"] == replicas::MANAGER;
    let all = metadata["managedFields"].as_array();
    let left: Vec<Json> = all.into_iter().flatten().filter(|entry| !ours(entry)).cloned().collect();
    if left.is_empty() { json!([{}]) } else { Json::Array(left) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_and_everything_else_stays() {
        let object = json!({
            "metadata": {
                "uid": "u", "annotations": {"plimsoll.dev/address": "config.site"},
                "labels": {"plimsoll.dev/project": "shop", "plimsoll.dev/environment": "dev", "app": "web",
                    "app.kubernetes.io/managed-by": "plimsoll"},
                "managedFields": [{"manager": "plimsoll:shop", "operation": "Apply"}, {"manager": "kubectl"}],
            },
            "data": {"a": "b"},
        });
        assert_eq!(
            without_marks(&object, "plimsoll:shop"),
            json!({"metadata": {"uid": "u", "labels": {"app": "web"}, "managedFields": [{"manager": "kubectl"}]}, "data": {"a": "b"}})
        );
        let paths: Vec<String> = patch(&object, "plimsoll:shop")
            .as_array()
            .unwrap()
            .iter()
            .map(|o| o["path"].to_string())
            .collect();
        assert_eq!(
            paths.join(" ").replace('"', ""),
            "/metadata/uid /metadata/managedFields /metadata/managedFields /metadata/labels/plimsoll.dev~1project \
             /metadata/labels/plimsoll.dev~1environment /metadata/annotations/plimsoll.dev~1address \
             /metadata/labels/app.kubernetes.io~1managed-by"
        );
        let alone = json!({"metadata": {"managedFields": [{"manager": "plimsoll:shop"}]}});
        assert_eq!(patch(&alone, "plimsoll:shop")[2]["value"], json!([{}]));
        let cleared = json!({"metadata": {"uid": "u", "labels": {"plimsoll.dev/project": "shop"}}});
        assert_eq!(
            patch(&cleared, "plimsoll:shop"),
            json!([
                {"op": "test", "path": "/metadata/uid", "value": "u"},
                {"op": "remove", "path": "/metadata/labels/plimsoll.dev~1project"},
            ])
        );
    }
}
