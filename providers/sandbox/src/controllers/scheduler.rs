//! Which node a pod runs on: claims, node selectors, affinities. Nodes never run out of room here.

use std::sync::Arc;

use plimsoll_schema::Json;

use crate::cluster::Cluster;
use crate::controllers::{claim, pod};
use crate::object::{self, at, entries, items, text};
use crate::resource::Known;
use crate::selector;

/// The node for a pod, or why there is none.
pub(crate) fn place(cluster: &Cluster, known: &Known, pod: &Json) -> Result<String, String> {
    let namespace = object::namespace(pod);
    for name in pod::claims(pod) {
        let Some(claim) = cluster.get(&known.claims.key(namespace, name)) else {
            return Err(format!("persistentvolumeclaim {name:?} not found"));
        };
        if object::terminating(&claim) {
            return Err(format!("persistentvolumeclaim {name:?} is being deleted"));
        }
        if !claim::is_bound(&claim) && !claim::waits_for_consumer(cluster, known, &claim) {
            return Err("pod has unbound immediate PersistentVolumeClaims".into());
        }
    }
    let nodes: Vec<Arc<Json>> = cluster.store.scan(known.nodes, None).cloned().collect();
    let total = nodes.len();
    let fitting: Vec<&Arc<Json>> = nodes.iter().filter(|n| fits(cluster, known, pod, n)).collect();
    if fitting.is_empty() {
        return Err(format!("0/{total} nodes are available: {total} node(s) didn't match the pod's rules"));
    }
    // Spread without state: by the last digits of a name that nobody else has.
    let hash = blake3::hash(format!("{namespace}/{}", object::name(pod)).as_bytes());
    let pick = usize::from(hash.as_bytes()[0]) % fitting.len();
    Ok(fitting.get(pick).map(|n| object::name(n).to_owned()).unwrap_or_default())
}

fn fits(cluster: &Cluster, known: &Known, pod: &Json, node: &Json) -> bool {
    let labels = &node["metadata"]["labels"];
    at(node, &["spec", "unschedulable"]) != true
        && entries(pod, &["spec", "nodeSelector"]).all(|(k, v)| labels[k] == *v)
        && fits_node_affinity(pod, node)
        && fits_pod_affinity(cluster, known, pod, node)
}

/// Terms are alternatives; the expressions of a term must all hold.
fn fits_node_affinity(pod: &Json, node: &Json) -> bool {
    let required =
        at(pod, &["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]);
    if required.is_null() {
        return true;
    }
    let fields = serde_json::json!({"metadata.name": object::name(node)});
    items(required, &["nodeSelectorTerms"]).iter().any(|term| {
        let expressions = items(term, &["matchExpressions"]);
        let names = items(term, &["matchFields"]);
        (!expressions.is_empty() || !names.is_empty())
            && expressions.iter().all(|e| selector::satisfies(e, &node["metadata"]["labels"]))
            && names.iter().all(|e| selector::satisfies(e, &fields))
    })
}

fn fits_pod_affinity(cluster: &Cluster, known: &Known, pod: &Json, node: &Json) -> bool {
    let terms = |kind: &str| {
        items(pod, &["spec", "affinity", kind, "requiredDuringSchedulingIgnoredDuringExecution"]).iter()
    };
    let near = |term: &Json| neighbours(cluster, known, pod, term, node);
    // A pod that wants to be near its own kind may be the first of it.
    terms("podAffinity").all(|term| {
        let own = selector::selects(&term["labelSelector"], &pod["metadata"]["labels"]);
        near(term) > 0 || (own && anywhere(cluster, known, pod, term) == 0)
    }) && terms("podAntiAffinity").all(|term| near(term) == 0)
}

fn selected<'a>(
    cluster: &'a Cluster,
    known: &Known,
    pod: &'a Json,
    term: &'a Json,
) -> impl Iterator<Item = &'a Arc<Json>> {
    let own = vec![Json::String(object::namespace(pod).to_owned())];
    let listed = items(term, &["namespaces"]);
    let namespaces = if listed.is_empty() { own } else { listed.to_vec() };
    cluster
        .store
        .scan(known.pods, None)
        .filter(move |p| namespaces.iter().any(|n| n == object::namespace(p)))
        .filter(move |p| !text(p, &["spec", "nodeName"]).is_empty() && object::uid(p) != object::uid(pod))
        .filter(|p| selector::selects(&term["labelSelector"], &p["metadata"]["labels"]))
}

fn anywhere(cluster: &Cluster, known: &Known, pod: &Json, term: &Json) -> usize {
    selected(cluster, known, pod, term).count()
}

/// How many pods that the term selects run in the same place as this node.
fn neighbours(cluster: &Cluster, known: &Known, pod: &Json, term: &Json, node: &Json) -> usize {
    let topology = text(term, &["topologyKey"]);
    let here = &node["metadata"]["labels"][topology];
    selected(cluster, known, pod, term)
        .filter(|other| {
            let key = known.nodes.key("", text(other, &["spec", "nodeName"]));
            !here.is_null()
                && cluster.store.get(&key).is_some_and(|n| n["metadata"]["labels"][topology] == *here)
        })
        .count()
}
