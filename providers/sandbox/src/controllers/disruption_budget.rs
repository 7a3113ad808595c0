//! PodDisruptionBudgets: how many pods may be evicted at the moment.

use serde_json::{Value as Json, json};

use crate::cluster::Cluster;
use crate::controllers::condition::Condition;
use crate::controllers::{MANAGER, pod, rollout};
use crate::object::{at, int};
use crate::resource::{Key, Known};
use crate::selector;

pub(crate) fn reconcile(cluster: &mut Cluster, known: &Known, key: &Key) {
    let Some(budget) = cluster.get(key) else { return };
    let pods: Vec<_> = cluster
        .store
        .scan(known.pods, Some(&key.namespace))
        .filter(|p| selector::selects(at(&budget, &["spec", "selector"]), &p["metadata"]["labels"]))
        .filter(|p| !pod::is_finished(p))
        .collect();
    let expected = i64::try_from(pods.len()).unwrap_or(i64::MAX);
    let healthy = i64::try_from(pods.iter().filter(|p| pod::is_ready(p)).count()).unwrap_or(i64::MAX);
    let desired = match (at(&budget, &["spec", "maxUnavailable"]), at(&budget, &["spec", "minAvailable"])) {
        (Json::Null, min) => rollout::share(min, expected, true),
        (max, _) => (expected - rollout::share(max, expected, true)).max(0),
    };
    let allowed = (healthy - desired).max(0);
    let reason = if allowed > 0 { "SufficientPods" } else { "InsufficientPods" };
    let condition = Condition { kind: "DisruptionAllowed", status: allowed > 0, reason, message: "" };
    let mut condition = condition.to_json(&budget["status"], &cluster.time());
    condition["message"] = json!("");
    let generation = int(&budget, &["metadata", "generation"]);
    if let Some(generation) = generation {
        condition["observedGeneration"] = json!(generation);
    }
    let status = json!({
        "conditions": [condition], "currentHealthy": healthy, "desiredHealthy": desired,
        "disruptionsAllowed": allowed, "expectedPods": expected, "observedGeneration": generation,
    });
    cluster.set_status(key, MANAGER, status);
}
