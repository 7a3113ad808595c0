//! Event objects: what a person finds under `kubectl describe`. One for each object and reason.

use serde_json::{Value as Json, json};

use crate::cluster::Cluster;
use crate::object;
use crate::resource::known;

/// Tells of an object that something went wrong, once for each reason and message.
pub(crate) fn warn(cluster: &mut Cluster, about: &Json, source: &str, reason: &str, message: &str) {
    let Some(known) = known() else { return };
    let namespace = match object::namespace(about) {
        "" => "default",
        namespace => namespace,
    };
    let digest = blake3::hash(format!("{}\n{reason}\n{message}", object::uid(about)).as_bytes()).to_hex();
    let short: String = digest.chars().take(16).collect();
    let name = format!("{}.{short}", object::name(about));
    if cluster.get(&known.events.key(namespace, &name)).is_some() {
        return;
    }
    let now = cluster.time();
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": name, "namespace": namespace},
        "involvedObject": {
            "apiVersion": about["apiVersion"], "kind": about["kind"], "name": object::name(about),
            "namespace": object::namespace(about), "uid": object::uid(about),
            "resourceVersion": object::resource_version(about),
        },
        "reason": reason, "message": message, "type": "Warning", "count": 1,
        "firstTimestamp": now, "lastTimestamp": now,
        "source": {"component": source}, "reportingComponent": source, "reportingInstance": "",
    });
    // In a namespace that is being terminated nothing can be told any more.
    let _ = cluster.create_as(event, source);
}
