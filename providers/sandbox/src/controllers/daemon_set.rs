//! DaemonSets: one pod on each node.

use std::sync::Arc;

use plimsoll_schema::Json;
use serde_json::json;

use crate::cluster::Cluster;
use crate::controllers::{MANAGER, pod, pods_of, revision};
use crate::delete::DeleteOptions;
use crate::object::{self, at, entries, int, list, set, text};
use crate::resource::{Key, Known};
use crate::selector;

pub(crate) fn reconcile(cluster: &mut Cluster, known: &Known, key: &Key) {
    let Some(daemons) = cluster.get(key) else { return };
    if object::terminating(&daemons) {
        return;
    }
    let pods = pods_of::claimed(cluster, known.pods, &daemons);
    let Some((update, revisions)) = revision::current(cluster, known, &daemons) else { return };
    let hash = text(&update, &["metadata", "labels", revision::HASH]).to_owned();
    let nodes: Vec<Arc<Json>> =
        cluster.store.scan(known.nodes, None).filter(|n| wants(&daemons, n)).cloned().collect();
    for node in &nodes {
        if !pods.iter().any(|p| target(p) == object::name(node)) {
            create(cluster, &daemons, object::name(node), &hash);
        }
    }
    let stray = |p: &Arc<Json>| !nodes.iter().any(|n| object::name(n) == target(p)) || pod::is_finished(p);
    for pod in pods.iter().filter(|p| stray(p)) {
        delete(cluster, pod);
    }
    roll(cluster, &daemons, &pods, &hash, nodes.len());
    report(cluster, known, key, &hash, nodes.len());
    let used: Vec<&str> = revisions
        .iter()
        .filter(|r| {
            pods.iter().any(|p| {
                at(p, &["metadata", "labels", revision::HASH])
                    == at(r, &["metadata", "labels", revision::HASH])
            })
        })
        .map(|r| object::name(r))
        .chain([object::name(&update)])
        .collect();
    revision::clean_up(cluster, &daemons, &revisions, &used);
}

fn wants(daemons: &Json, node: &Json) -> bool {
    let spec = at(daemons, &["spec", "template", "spec"]);
    let labels = &node["metadata"]["labels"];
    let required = at(
        spec,
        &["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"],
    );
    entries(spec, &["nodeSelector"]).all(|(k, v)| labels[k] == *v)
        && required.as_array().is_none_or(|terms| {
            terms.iter().any(|t| {
                object::items(t, &["matchExpressions"]).iter().all(|e| selector::satisfies(e, labels))
            })
        })
}

/// The node that a pod of a DaemonSet is meant for.
fn target(pod: &Json) -> &str {
    let terms = [
        "spec",
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms",
    ];
    object::items(pod, &terms)
        .iter()
        .flat_map(|t| object::items(t, &["matchFields"]))
        .filter(|f| f["key"] == "metadata.name")
        .find_map(|f| f["values"][0].as_str())
        .unwrap_or(text(pod, &["spec", "nodeName"]))
}

fn create(cluster: &mut Cluster, daemons: &Json, node: &str, hash: &str) {
    let mut pod = pods_of::from_template(at(daemons, &["spec", "template"]), daemons);
    set(&mut pod, &["metadata", "labels", revision::HASH], json!(hash));
    set(
        &mut pod,
        &["metadata", "labels", "pod-template-generation"],
        json!(object::annotation(daemons, "deprecated.daemonset.template.generation")),
    );
    let this_node = json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]});
    let terms = [
        "spec",
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms",
    ];
    set(&mut pod, &terms, json!([this_node]));
    for (condition, effect) in [
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    ] {
        let toleration =
            json!({"effect": effect, "key": format!("node.kubernetes.io/{condition}"), "operator": "Exists"});
        list(&mut pod, &["spec", "tolerations"]).push(toleration);
    }
    // Where it is refused, the numbers of the status show it.
    let _ = cluster.create_as(pod, MANAGER);
}

fn delete(cluster: &mut Cluster, pod: &Json) {
    if let (Some(key), false) = (Key::of(pod), object::terminating(pod)) {
        // A pod that is gone already need not be deleted.
        let _ = cluster.delete(&key, &DeleteOptions::default());
    }
}

/// Replaces pods of an old template, as many at once as may be missing.
fn roll(cluster: &mut Cluster, daemons: &Json, pods: &[Arc<Json>], hash: &str, nodes: usize) {
    if text(daemons, &["spec", "updateStrategy", "type"]) == "OnDelete" {
        return;
    }
    let nodes = i64::try_from(nodes).unwrap_or_default();
    let limit = plimsoll_schema::share(
        at(daemons, &["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"]),
        nodes,
        true,
    )
    .max(1);
    let ready = i64::try_from(pods.iter().filter(|p| pod::is_ready(p)).count()).unwrap_or_default();
    let allowed = usize::try_from((limit - (nodes - ready)).max(0)).unwrap_or_default();
    let old = pods.iter().filter(|p| text(p, &["metadata", "labels", revision::HASH]) != hash);
    let (sound, useless): (Vec<_>, Vec<_>) = old.partition(|p| pod::is_ready(p));
    for pod in useless.into_iter().chain(sound.into_iter().take(allowed)) {
        delete(cluster, pod);
    }
}

fn report(cluster: &mut Cluster, known: &Known, key: &Key, hash: &str, nodes: usize) {
    let Some(daemons) = cluster.get(key) else { return };
    let pods = cluster.controlled_by(known.pods, &daemons);
    let count = pods_of::count(&pods);
    let updated =
        pods_of::count(pods.iter().filter(|p| text(p, &["metadata", "labels", revision::HASH]) == hash)).all;
    let desired = i64::try_from(nodes).unwrap_or_default();
    let mut status = pods_of::numbers(&[
        ("observedGeneration", int(&daemons, &["metadata", "generation"]).unwrap_or_default()),
        ("updatedNumberScheduled", updated),
        ("numberAvailable", count.ready),
        ("numberUnavailable", (desired - count.ready).max(0)),
    ]);
    for (field, number) in [
        ("currentNumberScheduled", count.all),
        ("desiredNumberScheduled", desired),
        ("numberMisscheduled", 0),
        ("numberReady", count.ready),
    ] {
        status[field] = json!(number);
    }
    cluster.set_status(key, MANAGER, status);
}
