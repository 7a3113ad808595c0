//! Defaults of workloads and what they run in: pods, volumes, jobs, strategies, nodes, definitions.

use serde_json::json;

use super::{Object, image, items_in, map_in, resources, set, set_in, text};
use crate::Json;

/// A pod that stands for itself; pod templates do not get these.
pub(super) fn pod(object: &mut Object) {
    let Some(spec) = map_in(object, "spec") else { return };
    resources::requests_from_limits(spec);
    set(spec, "enableServiceLinks", json!(true));
    if spec.get("hostNetwork") == Some(&json!(true)) {
        for list in ["containers", "initContainers"] {
            for container in items_in(spec, list) {
                for port in items_in(container, "ports") {
                    if let Some(number) = port.get("containerPort").cloned()
                        && number != json!(0)
                    {
                        set(port, "hostPort", number);
                    }
                }
            }
        }
    }
}

/// A volume that names no source is an emptyDir.
pub(super) fn volume(volume: &mut Object) {
    if volume.keys().all(|k| k == "name") {
        volume.insert("emptyDir".into(), json!({}));
    }
    if let Some(source) = volume.get_mut("image").and_then(Json::as_object_mut) {
        let policy = image::pull_policy(text(source, "reference").as_deref().unwrap_or(""));
        set(source, "pullPolicy", json!(policy));
    }
}

pub(super) fn stateful_set_strategy(strategy: &mut Object) {
    if text(strategy, "type").is_none() {
        strategy.insert("type".into(), json!("RollingUpdate"));
        set(strategy, "rollingUpdate", json!({}));
    }
    if text(strategy, "type").as_deref() == Some("RollingUpdate")
        && let Some(update) = strategy.get_mut("rollingUpdate").and_then(Json::as_object_mut)
    {
        set(update, "partition", json!(0));
    }
}

pub(super) fn job(object: &mut Object) {
    labels_from_template(object, false);
    let Some(spec) = map_in(object, "spec") else { return };
    if !spec.contains_key("completions") && !spec.contains_key("parallelism") {
        spec.insert("completions".into(), json!(1));
    }
    set(spec, "parallelism", json!(1));
    let limit = if spec.contains_key("backoffLimitPerIndex") { i32::MAX } else { 6 };
    set(spec, "backoffLimit", json!(limit));
    set(spec, "completionMode", json!("NonIndexed"));
    set(spec, "suspend", json!(false));
    let replacement = if spec.contains_key("podFailurePolicy") { "Failed" } else { "TerminatingOrFailed" };
    set(spec, "podReplacementPolicy", json!(replacement));
    set(spec, "manualSelector", json!(false));
}

pub(super) fn replication_controller(object: &mut Object) {
    labels_from_template(object, true);
}

/// The template's labels become the object's, and the selector where asked, if those are absent.
fn labels_from_template(object: &mut Object, selector: bool) {
    let labels = object.get("spec").and_then(|s| s.pointer("/template/metadata/labels")).cloned();
    let Some(labels) = labels.filter(|l| l.as_object().is_some_and(|l| !l.is_empty())) else { return };
    if selector {
        set_in(object, "spec", "selector", labels.clone());
    }
    set_in(object, "metadata", "labels", labels);
}

pub(super) fn node(object: &mut Object) {
    let Some(status) = map_in(object, "status") else { return };
    if let Some(capacity) = status.get("capacity").cloned() {
        set(status, "allocatable", capacity);
    }
}

pub(super) fn custom_resource_definition(object: &mut Object) {
    let Some(spec) = map_in(object, "spec") else { return };
    let is_stored = |v: &&mut Object| v.get("storage") == Some(&json!(true));
    let stored = items_in(spec, "versions").find(is_stored).and_then(|v| text(v, "name"));
    if let Some(names) = map_in(spec, "names")
        && let Some(kind) = text(names, "kind")
    {
        set(names, "singular", json!(kind.to_lowercase()));
        set(names, "listKind", json!(format!("{kind}List")));
    }
    if let Some(stored) = stored {
        set_in(object, "status", "storedVersions", json!([stored]));
    }
}
