//! Whether a plan came true: each object that it showed, compared with the one that is there now.

use kube::Client;
use serde_json::Value as Json;

use crate::planned::{Change, Planned, differences, left_open_without_a_rule};

/// What the cluster holds otherwise than the plan said, in a text for each object.
pub async fn broken(client: &Client, planned: &Planned) -> Vec<String> {
    let mut out = Vec::new();
    // What is forgotten was gone before, unless it stays: there is nothing to look for.
    for change in planned.changes().into_iter().filter(|c| c.action != "forget" || !c.after.is_null()) {
        let object = if change.action == "delete" { &change.before } else { &change.after };
        let live = get(client, object).await;
        out.extend(broken_by(&change, live).map(|what| format!("{} {what}", change.address)));
        for (name, size) in &change.grows {
            let claim = serde_json::json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
                "metadata": {"name": name, "namespace": object["metadata"]["namespace"]}});
            let live = get(client, &claim).await.unwrap_or_default();
            let is = &live["spec"]["resources"]["requests"]["storage"];
            if is != size.as_str() {
                out.push(format!("{} lets claim {name} grow to {size}, and it is {is}", change.address));
            }
        }
    }
    out
}

/// What one object has become otherwise than the plan said.
pub fn broken_by(change: &Change, live: Option<Json>) -> Option<String> {
    let open = left_open_without_a_rule(change);
    if !open.is_empty() {
        return Some(format!("is left open by the plan at {open:?}"));
    }
    let uid = &change.before["metadata"]["uid"];
    let Some(mut live) = live else {
        return (change.action != "delete").then(|| "is not there".to_string());
    };
    let same = &live["metadata"]["uid"] == uid;
    if change.action == "delete" {
        return same.then(|| "was not deleted".to_string());
    }
    if change.action == "forget" && !same {
        return Some("is another object".to_string());
    }
    if change.action == "replace" && same {
        return Some("was not replaced".to_string());
    }
    let mut after = change.after.clone();
    for tree in [&mut live, &mut after] {
        forget_what_moves(tree);
    }
    let different = differences(&after, &live, [&change.after_unknown, &change.after_sensitive]);
    (!different.is_empty()).then(|| format!("is not what the plan showed:\n{}", different.join("\n")))
}

/// What changes without anybody's plan: the status, and the server's bookkeeping.
pub fn forget_what_moves(object: &mut Json) {
    let Some(map) = object.as_object_mut() else { return };
    map.remove("status");
    if let Some(metadata) = map.get_mut("metadata").and_then(Json::as_object_mut) {
        for key in ["managedFields", "resourceVersion", "uid", "creationTimestamp", "generation"] {
            metadata.remove(key);
        }
        // Written by the Deployment controller when it has seen the new generation.
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Json::as_object_mut) {
            annotations.remove("deployment.kubernetes.io/revision");
        }
    }
}

/// The live object that has the type, namespace and name of `object`.
pub async fn get(client: &Client, object: &Json) -> Option<Json> {
    let api_version = object["apiVersion"].as_str().expect("apiVersion");
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let gvk = kube::api::GroupVersionKind::gvk(group, version, object["kind"].as_str().expect("kind"));
    let resource = kube::api::ApiResource::from_gvk(&gvk);
    let api: kube::Api<kube::api::DynamicObject> = match object["metadata"]["namespace"].as_str() {
        Some(namespace) => kube::Api::namespaced_with(client.clone(), namespace, &resource),
        None => kube::Api::all_with(client.clone(), &resource),
    };
    let name = object["metadata"]["name"].as_str().expect("a name");
    let found = match api.get_opt(name).await {
        // A type that went takes its path with it.
        Err(kube::Error::Api(status)) if status.code == 404 => None,
        found => found.expect("the object is read"),
    };
    found.map(|o| serde_json::to_value(o).unwrap())
}
