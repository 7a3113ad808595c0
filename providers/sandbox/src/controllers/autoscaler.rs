//! HorizontalPodAutoscalers without metrics: they keep their target between the bounds, and say that they see no load.

use serde_json::json;

use crate::cluster::Cluster;
use crate::controllers::MANAGER;
use crate::controllers::condition::Condition;
use crate::object::{self, int, items, set, text};
use crate::resource::{Key, Known};
use crate::write::{Ownership, Writer};

pub(crate) fn reconcile(cluster: &mut Cluster, known: &Known, key: &Key) {
    let Some(autoscaler) = cluster.get(key) else { return };
    if object::terminating(&autoscaler) {
        return;
    }
    let now = cluster.time();
    let reference = &autoscaler["spec"]["scaleTargetRef"];
    let named = json!({
        "apiVersion": reference["apiVersion"], "kind": reference["kind"],
        "metadata": {"name": reference["name"], "namespace": key.namespace},
    });
    let target = cluster
        .store
        .key_of(&named)
        .filter(|k| k.resource.has_subresource("scale"))
        .and_then(|k| cluster.get(&k));
    let Some(target) = target else {
        let kind = text(reference, &["kind"]);
        let message = format!(
            "the HPA controller was unable to get the target's current scale: {}.{} {:?} not found",
            format!("{kind}s").to_lowercase(),
            text(reference, &["apiVersion"]).split('/').next().unwrap_or_default(),
            text(reference, &["name"])
        );
        let unable =
            Condition { kind: "AbleToScale", status: false, reason: "FailedGetScale", message: &message };
        let conditions = json!([unable.to_json(&autoscaler["status"], &now)]);
        let status = json!({"conditions": conditions, "currentReplicas": 0, "desiredReplicas": 0});
        cluster.set_status(key, MANAGER, status);
        return;
    };
    let spec = int(&target, &["spec", "replicas"]).unwrap_or(1);
    let current = int(&target, &["status", "replicas"]).unwrap_or_default();
    let min = int(&autoscaler, &["spec", "minReplicas"]).unwrap_or(1);
    let max = int(&autoscaler, &["spec", "maxReplicas"]).unwrap_or(min);
    let wanted = if spec == 0 { 0 } else { spec.max(min).min(max) };
    let able = |reason, message| Condition { kind: "AbleToScale", status: true, reason, message };
    let active = |reason, message| Condition { kind: "ScalingActive", status: false, reason, message };
    // Without metrics nothing is desired but what the bounds have asked for.
    let before = int(&autoscaler, &["status", "desiredReplicas"]).unwrap_or_default();
    let rescaled = format!("the HPA controller was able to update the target scale to {wanted}");
    let no_metrics = no_metrics(items(&autoscaler, &["spec", "metrics"]));
    let rival = cluster.store.scan(known.autoscalers, Some(&key.namespace)).any(|other| {
        object::name(other) != key.name
            && other["spec"]["scaleTargetRef"] == autoscaler["spec"]["scaleTargetRef"]
    });
    let several = "the HPA controller found more than one autoscaler for the same pods";
    let wanted = if rival { spec } else { wanted };
    let conditions = match (spec, wanted) {
        _ if rival => vec![
            able("SucceededGetScale", "the HPA controller was able to get the target's current scale"),
            active("AmbiguousSelector", several),
        ],
        (0, _) => vec![
            able("SucceededGetScale", "the HPA controller was able to get the target's current scale"),
            active("ScalingDisabled", "scaling is disabled since the replica count of the target is zero"),
        ],
        (spec, wanted) if spec != wanted => vec![able("SucceededRescale", &rescaled)],
        _ => vec![
            able("SucceededGetScale", "the HPA controller was able to get the target's current scale"),
            active("FailedGetResourceMetric", &no_metrics),
        ],
    };
    let conditions: Vec<_> = conditions.into_iter().map(|c| c.to_json(&autoscaler["status"], &now)).collect();
    let mut status = json!({
        "conditions": conditions, "currentReplicas": current,
        "desiredReplicas": if spec == wanted { before } else { wanted },
    });
    if spec == wanted && spec > 0 {
        // One entry for each metric that could not be read: empty, as the controller leaves it.
        status["currentMetrics"] = json!([{"type": ""}]);
    }
    if spec != wanted {
        status["lastScaleTime"] = json!(now);
        let mut scaled = (*target).clone();
        set(&mut scaled, &["spec", "replicas"], json!(wanted));
        let writer = Writer { manager: MANAGER, subresource: Some("scale") };
        // A target that changed or went meanwhile is looked at again.
        let _ = cluster.update(scaled, Ownership::Record(writer));
    } else if let Some(last) = autoscaler["status"]["lastScaleTime"].as_str() {
        status["lastScaleTime"] = json!(last);
    }
    cluster.set_status(key, MANAGER, status);
}

fn no_metrics(metrics: &[plimsoll_schema::Json]) -> String {
    let resource =
        metrics.iter().map(|m| text(m, &["resource", "name"])).find(|n| !n.is_empty()).unwrap_or("cpu");
    format!(
        "the HPA was unable to compute the replica count: failed to get {resource} utilization: unable to get metrics for resource {resource}: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)"
    )
}
