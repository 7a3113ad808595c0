//! Random changes to stored objects: which of them the API server refuses as immutable.

use serde_json::json;

use super::{Case, agree, gvk};
use crate::{Json, immutable, kind};

/// Objects as a real server stored them, by name.
fn stored() -> Vec<Json> {
    let all: serde_json::Map<String, Json> =
        serde_json::from_str(include_str!("../../tests/real/applied.json")).unwrap();
    // The oracle knows no strategy for these.
    let unknown = ["CustomResourceDefinition", "PriorityClass"];
    all.into_iter()
        .map(|(_, object)| object)
        .filter(|o| !unknown.contains(&o["kind"].as_str().unwrap()))
        .collect()
}

/// What the server says of a change that it forbids on principle, whatever the new value.
const TEXTS: &[&str] = &[
    "field is immutable",
    "updates to statefulset spec",
    "immutable after creation",
    "may not change once set",
    "cannot change roleRef",
    "updates to parameters are forbidden",
    "updates to provisioner are forbidden",
    "field can not be less than previous value",
    "updates to reclaimPolicy",
    "pod updates may not change fields",
];

#[test]
fn refused_changes_are_those_that_the_api_server_refuses() {
    let objects = stored();
    agree(
        "immutable",
        |random| {
            let old = random.pick(&objects).clone();
            let gvk_of = plimsoll_model::Gvk::from_api_version(
                old["apiVersion"].as_str().unwrap(),
                old["kind"].as_str().unwrap(),
            );
            let kind = kind(&gvk_of).unwrap();
            let mut new = random.part(kind.root.get(), &old, 99);
            new["metadata"] = old["metadata"].clone();
            Case { request: json!({"op": "validate", "gvk": gvk(kind), "object": new, "old": old}) }
        },
        |request, answer| {
            let Some(errors) = answer["errors"].as_array() else { return Ok(()) };
            let gvk = serde_json::from_value(request["gvk"].clone()).unwrap();
            let ours = immutable::changes(&gvk, &request["old"], &request["object"]);
            let detail =
                |e: &&Json| e["detail"].as_str().is_some_and(|d| TEXTS.iter().any(|t| d.contains(t)));
            let theirs: Vec<&Json> = errors.iter().filter(detail).collect();
            if !ours.is_empty() && errors.is_empty() {
                return Err(format!("only ours: {ours:?}"));
            }
            if ours.is_empty() && !theirs.is_empty() {
                return Err(format!("only theirs: {theirs:?}"));
            }
            Ok(())
        },
    );
}
