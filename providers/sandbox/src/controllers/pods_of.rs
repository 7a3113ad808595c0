//! What controllers that own pods share: making a pod from a template, adopting, counting.

use std::sync::Arc;

use plimsoll_schema::Json;
use serde_json::{Map, json};

use crate::cluster::Cluster;
use crate::controllers::{MANAGER, pod};
use crate::object::{self, at, list};
use crate::resource::{Key, Resource};
use crate::selector;

/// A pod that a template describes, owned by `owner`.
pub(crate) fn from_template(template: &Json, owner: &Json) -> Json {
    let mut metadata = json!({
        "generateName": format!("{}-", object::name(owner)), "namespace": object::namespace(owner),
        "ownerReferences": [object::controller_reference(owner)],
    });
    for field in ["labels", "annotations", "finalizers"] {
        object::put(&mut metadata, &[field], at(template, &["metadata", field]));
    }
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]})
}

/// Objects of a resource that the owner controls, after it has taken in those which its selector matches and
/// nobody controls.
pub(crate) fn claimed(cluster: &mut Cluster, resource: Resource, owner: &Json) -> Vec<Arc<Json>> {
    let wanted = at(owner, &["spec", "selector"]);
    let orphans: Vec<Key> = if object::terminating(owner) || wanted.is_null() {
        Vec::new()
    } else {
        cluster
            .store
            .uncontrolled(resource, object::namespace(owner))
            .filter(|o| !object::terminating(o))
            .filter(|o| selector::selects(wanted, &o["metadata"]["labels"]))
            .filter_map(|o| Key::of(o))
            .collect()
    };
    for orphan in orphans {
        let reference = object::controller_reference(owner);
        cluster.modify(&orphan, MANAGER, |o| list(o, &["metadata", "ownerReferences"]).push(reference));
    }
    cluster.controlled_by(resource, owner)
}

/// How many of the pods are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub all: i64,
    pub ready: i64,
    pub terminating: i64,
}

/// Counts the pods that are to run.
pub(crate) fn count<'a>(pods: impl IntoIterator<Item = &'a Arc<Json>>) -> Count {
    let mut count = Count::default();
    for pod in pods {
        if pod::is_finished(pod) {
            continue;
        }
        if object::terminating(pod) {
            count.terminating += 1;
            continue;
        }
        count.all += 1;
        count.ready += i64::from(pod::is_ready(pod));
    }
    count
}

/// A status with those numbers that are not zero, as the server leaves zeros out.
pub(crate) fn numbers(all: &[(&str, i64)]) -> Json {
    let map: Map<String, Json> =
        all.iter().filter(|(_, n)| *n != 0).map(|(name, n)| ((*name).to_owned(), json!(n))).collect();
    Json::Object(map)
}
