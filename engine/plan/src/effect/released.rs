//! Changes of a template that were held back, and that another change lets go on.
//!
//! A partition, `OnDelete` and `paused` keep pods as they were made. Once they go, the controller replaces
//! those that are outdated, though nothing in the template changes. How many those are is what it says of
//! itself, as long as it has seen the object as it is.

use serde_json::Value as Json;

/// What lets a rollout go on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Released {
    /// How many pods are outdated; none where nobody says.
    pub(super) count: Option<i64>,
    /// The field below `spec` that lets them go.
    pub(super) field: &'static str,
}

/// What a change from `live` to `after` lets go on; none where nothing was held back.
pub(super) fn by(kind: &str, live: &Json, after: &Json) -> Option<Released> {
    let field = match kind {
        "Deployment" => "paused",
        _ => "updateStrategy",
    };
    let lets_go = match kind {
        "Deployment" => is_paused(live) && !is_paused(after),
        _ => !is_on_delete(after) && (is_on_delete(live) || partition(after) < partition(live)),
    };
    let count = if lets_go { outdated(kind, live) } else { Some(0) };
    (count != Some(0)).then_some(Released { count, field })
}

pub(super) fn is_paused(object: &Json) -> bool {
    object["spec"]["paused"] == true
}

/// Whether a Deployment is paused and none of the pods that it asks for was ever made, as its controller says of it
/// as it is now.
pub(super) fn has_no_pods_yet(live: &Json) -> bool {
    let asks = live["spec"]["replicas"].as_i64() != Some(0);
    is_paused(live) && asks && is_seen(live) && live["status"]["replicas"].as_i64().unwrap_or(0) == 0
}

/// Whether the controller has seen an object as it is now.
fn is_seen(live: &Json) -> bool {
    let seen = live["status"]["observedGeneration"].as_i64();
    seen.is_some_and(|seen| seen >= live["metadata"]["generation"].as_i64().unwrap_or(i64::MAX))
}

fn is_on_delete(object: &Json) -> bool {
    object["spec"]["updateStrategy"]["type"] == "OnDelete"
}

/// Below which ordinal the pods of a set stay; other kinds have none.
fn partition(object: &Json) -> i64 {
    object["spec"]["updateStrategy"]["rollingUpdate"]["partition"].as_i64().unwrap_or(0)
}

/// How many pods are not as the template says; none where the controller has not said it of this generation.
fn outdated(kind: &str, live: &Json) -> Option<i64> {
    let status = &live["status"];
    if !is_seen(live) {
        return None;
    }
    // Numbers that are nought are left out.
    let number = |name: &str| status[name].as_i64().unwrap_or(0);
    let (all, updated) = match kind {
        "DaemonSet" => ("desiredNumberScheduled", "updatedNumberScheduled"),
        _ => ("replicas", "updatedReplicas"),
    };
    // Under OnDelete a set never says that its current revision is the new one: the pods tell.
    let current = &status["currentRevision"];
    let is_current = current.is_string() && *current == status["updateRevision"];
    Some(if is_current { 0 } else { (number(all) - number(updated)).max(0) })
}
