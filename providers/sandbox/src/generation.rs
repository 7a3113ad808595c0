//! `metadata.generation`: which kinds count it, and what counts as a change.

use plimsoll_schema::Json;
use serde_json::json;

use crate::object::{at, int, set, text};
use crate::resource::Resource;

/// Whether objects of this resource carry a generation.
pub(crate) fn counted(resource: Resource) -> bool {
    if resource.is_custom() {
        return true;
    }
    matches!(
        (resource.group(), resource.name()),
        ("", "Pod" | "PodTemplate" | "ReplicationController")
            | ("apps", "DaemonSet" | "Deployment" | "ReplicaSet" | "StatefulSet")
            | ("batch", "CronJob" | "Job")
            | ("networking.k8s.io", "Ingress" | "IngressClass" | "NetworkPolicy")
            | ("discovery.k8s.io", "EndpointSlice")
            | ("policy", "PodDisruptionBudget")
            | ("scheduling.k8s.io", "PriorityClass")
            | ("apiextensions.k8s.io", "CustomResourceDefinition")
            | ("resource.k8s.io", "DeviceClass" | "ResourceSlice")
            | ("flowcontrol.apiserver.k8s.io" | "admissionregistration.k8s.io", _)
    )
}

/// Counts the generation up where the update changes what is desired.
pub(crate) fn count(resource: Resource, old: &Json, new: &mut Json) {
    if !counted(resource) {
        return;
    }
    if resource.is("apps", "DaemonSet") {
        count_template(old, new);
    }
    let before = int(old, &["metadata", "generation"]).unwrap_or_default();
    let annotations = &["metadata", "annotations"];
    // A Deployment's annotations are handed down to its ReplicaSets, so they count too.
    let annotated = resource.is("apps", "Deployment") && at(old, annotations) != at(new, annotations);
    if annotated || !same_desire(old, new) {
        set(new, &["metadata", "generation"], json!(before + 1));
    }
}

/// A DaemonSet counts changes of its template once more, in an annotation.
fn count_template(old: &Json, new: &mut Json) {
    let annotation = &["metadata", "annotations", "deprecated.daemonset.template.generation"];
    let before: i64 = text(old, annotation).parse().unwrap_or(1);
    let changed = at(old, &["spec", "template"]) != at(new, &["spec", "template"]);
    set(new, annotation, json!((before + i64::from(changed)).to_string()));
}

/// Whether two states of an object want the same, whatever their metadata and status say.
pub(crate) fn same_desire(old: &Json, new: &Json) -> bool {
    desired(old) == desired(new)
}

fn desired(object: &Json) -> Vec<(&String, &Json)> {
    let aside = ["apiVersion", "kind", "metadata", "status"];
    object.as_object().into_iter().flatten().filter(|(name, _)| !aside.contains(&name.as_str())).collect()
}
