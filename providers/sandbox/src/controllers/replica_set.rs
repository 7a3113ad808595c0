//! ReplicaSets: as many pods as asked for.

use std::cmp::Reverse;
use std::sync::Arc;

use plimsoll_schema::Json;
use serde_json::json;

use crate::cluster::Cluster;
use crate::controllers::condition::Condition;
use crate::controllers::{MANAGER, pod, pods_of};
use crate::delete::DeleteOptions;
use crate::object::{self, at, entries, int, text};
use crate::resource::{Key, Known};

pub(crate) fn reconcile(cluster: &mut Cluster, known: &Known, key: &Key) {
    let Some(set) = cluster.get(key) else { return };
    let pods = pods_of::claimed(cluster, known.pods, &set);
    let mut failure = None;
    if !object::terminating(&set) {
        failure = match_number(cluster, &set, &pods);
    }
    let Some(set) = cluster.get(key) else { return };
    let pods = cluster.controlled_by(known.pods, &set);
    let status = status(&set, &pods, failure, &cluster.time());
    cluster.set_status(key, MANAGER, status);
}

/// Makes or deletes pods; why a pod could not be made.
fn match_number(cluster: &mut Cluster, set: &Json, pods: &[Arc<Json>]) -> Option<String> {
    let wanted = usize::try_from(int(set, &["spec", "replicas"]).unwrap_or(1)).unwrap_or_default();
    let mut active: Vec<&Arc<Json>> =
        pods.iter().filter(|p| !object::terminating(p) && !pod::is_finished(p)).collect();
    for _ in active.len()..wanted {
        if let Err(refused) =
            cluster.create_as(pods_of::from_template(at(set, &["spec", "template"]), set), MANAGER)
        {
            return Some(refused.message);
        }
    }
    if active.len() > wanted {
        active.sort_by_key(|p| dispensable(p));
        for pod in active.iter().take(active.len() - wanted) {
            if let Some(key) = Key::of(pod) {
                // A pod that is gone already need not be deleted.
                let _ = cluster.delete(&key, &DeleteOptions::default());
            }
        }
    }
    None
}

/// The order in which pods are given up: without a node, not running, not ready, the youngest first.
fn dispensable(pod: &Json) -> (bool, bool, bool, Reverse<String>, String) {
    (
        !text(pod, &["spec", "nodeName"]).is_empty(),
        text(pod, &["status", "phase"]) == "Running",
        pod::is_ready(pod),
        Reverse(text(pod, &["metadata", "creationTimestamp"]).to_owned()),
        object::name(pod).to_owned(),
    )
}

fn status(set: &Json, pods: &[Arc<Json>], failure: Option<String>, now: &str) -> Json {
    let count = pods_of::count(pods);
    let labeled = pods
        .iter()
        .filter(|p| !object::terminating(p) && !pod::is_finished(p))
        .filter(|p| {
            entries(set, &["spec", "template", "metadata", "labels"])
                .all(|(k, v)| p["metadata"]["labels"][k] == *v)
        })
        .count();
    let mut status = pods_of::numbers(&[
        ("fullyLabeledReplicas", i64::try_from(labeled).unwrap_or_default()),
        ("readyReplicas", count.ready),
        ("availableReplicas", count.ready),
        ("observedGeneration", int(set, &["metadata", "generation"]).unwrap_or_default()),
    ]);
    status["replicas"] = json!(count.all);
    status["terminatingReplicas"] = json!(count.terminating);
    if let Some(message) = failure {
        let condition =
            Condition { kind: "ReplicaFailure", status: true, reason: "FailedCreate", message: &message };
        status["conditions"] = json!([condition.to_json(&set["status"], now)]);
    }
    status
}
