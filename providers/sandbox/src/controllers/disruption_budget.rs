//! PodDisruptionBudgets: how many pods may be evicted at the moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::cluster::Cluster;
use crate::controllers::condition::Condition;
use crate::controllers::{MANAGER, garbage, pod};
use crate::object::{self, at, int, set};
use crate::resource::{Key, Known};
use crate::selector;
use crate::status::qualified;

pub(crate) fn reconcile(cluster: &mut Cluster, known: &Known, key: &Key) {
    let Some(budget) = cluster.get(key) else { return };
    let pods: Vec<Arc<Json>> = cluster
        .store
        .scan(known.pods, Some(&key.namespace))
        .filter(|p| selector::selects(at(&budget, &["spec", "selector"]), &p["metadata"]["labels"]))
        .filter(|p| !pod::is_finished(p))
        .cloned()
        .collect();
    let status = match counts(cluster, &budget, &pods) {
        Ok((expected, desired)) => {
            let healthy = i64::try_from(pods.iter().filter(|p| pod::is_ready(p)).count()).unwrap_or(i64::MAX);
            let allowed = if expected > 0 { (healthy - desired).max(0) } else { 0 };
            let reason = if allowed > 0 { "SufficientPods" } else { "InsufficientPods" };
            let condition = Condition { kind: "DisruptionAllowed", status: allowed > 0, reason, message: "" };
            let mut condition = condition.to_json(&budget["status"], &cluster.time());
            condition["message"] = json!("");
            let generation = at(&budget, &["metadata", "generation"]);
            object::put(&mut condition, &["observedGeneration"], generation);
            json!({
                "conditions": [condition], "currentHealthy": healthy, "desiredHealthy": desired,
                "disruptionsAllowed": allowed, "expectedPods": expected, "observedGeneration": generation,
            })
        }
        Err(why) => {
            let failed =
                Condition { kind: "DisruptionAllowed", status: false, reason: "SyncFailed", message: &why };
            let mut status = budget["status"].clone();
            let condition = failed.to_json(&budget["status"], &cluster.time());
            set(&mut status, &["conditions"], json!([condition]));
            set(&mut status, &["disruptionsAllowed"], json!(0));
            status
        }
    };
    cluster.set_status(key, MANAGER, status);
}

/// How many pods there should be, and how many of them must be healthy. A share needs to know how many there
/// should be, which only a controller with a scale can tell.
fn counts(cluster: &Cluster, budget: &Json, pods: &[Arc<Json>]) -> Result<(i64, i64), String> {
    let (least, most) = (at(budget, &["spec", "minAvailable"]), at(budget, &["spec", "maxUnavailable"]));
    if let (Json::Null, Some(least)) = (most, least.as_i64()) {
        return Ok((i64::try_from(pods.len()).unwrap_or(i64::MAX), least));
    }
    let mut controllers = BTreeMap::new();
    for pod in pods {
        let namespace = object::namespace(pod);
        let Some(mut key) = garbage::owner_key(cluster, namespace, object::controller(pod)) else { continue };
        // A ReplicaSet's own controller is the one that says how many.
        if let Some(above) =
            cluster.get(&key).and_then(|set| garbage::owner_key(cluster, namespace, object::controller(&set)))
        {
            key = above;
        }
        if !key.resource.has_subresource("scale") {
            let resource = qualified(key.resource.group(), key.resource.plural());
            return Err(format!("{resource} does not implement the scale subresource"));
        }
        let wanted = cluster.get(&key).map_or(0, |o| int(&o, &["spec", "replicas"]).unwrap_or(1));
        controllers.insert(key, wanted);
    }
    let expected = controllers.values().sum();
    let desired = match most {
        Json::Null => plimsoll_schema::share(least, expected, true),
        most => (expected - plimsoll_schema::share(most, expected, true)).max(0),
    };
    Ok((expected, desired))
}
