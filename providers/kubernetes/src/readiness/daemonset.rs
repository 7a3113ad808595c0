//! DaemonSets: a pod of the new template on every node that wants one.

use k8s_openapi::api::apps::v1::DaemonSet;
use plimsoll_driver::{Failure, Readiness};
use serde_json::Value as Json;

use super::{count, pod, seen};

/// `updated = desired`, `unavailable = 0`; `OnDelete` waits only for readiness.
pub(super) fn readiness(set: DaemonSet, generation: i64, pods: &[Json]) -> Readiness {
    let Some(status) = set.status.clone() else {
        return Readiness::Waiting("the controller has not seen the change yet".into());
    };
    if let Some(wait) = seen(status.observed_generation, generation) {
        return wait;
    }
    let strategy =
        set.spec.as_ref().and_then(|s| s.update_strategy.as_ref()).and_then(|s| s.type_.as_deref());
    let wanted = status.desired_number_scheduled;
    let updated = status.updated_number_scheduled.unwrap_or(0);
    let unavailable = status.number_unavailable.unwrap_or(0);
    let waiting = if strategy != Some("OnDelete") && updated < wanted {
        format!("{updated} of {} updated", count(wanted, "pod"))
    } else if unavailable > 0 {
        format!("{} not available", count(unavailable, "pod"))
    } else if status.number_ready < wanted {
        format!("{} of {} ready", status.number_ready, count(wanted, "pod"))
    } else {
        return Readiness::Ready;
    };
    match failing_pod(&set, pods) {
        Some(failure) => Readiness::Failing(failure),
        None => Readiness::Waiting(waiting),
    }
}

/// What is wrong with a pod of the newest template.
fn failing_pod(set: &DaemonSet, pods: &[Json]) -> Option<Failure> {
    let uid = set.metadata.uid.as_deref()?;
    let template =
        set.metadata.annotations.as_ref().and_then(|a| a.get("deprecated.daemonset.template.generation"));
    pods.iter()
        .filter(|o| o["kind"] == "Pod" && pod::owned_by(o, uid))
        .filter(|o| match (template, o["metadata"]["labels"]["pod-template-generation"].as_str()) {
            (Some(wanted), Some(label)) => wanted == label,
            _ => true,
        })
        .find_map(pod::failure)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value as Json, json};

    use crate::readiness::tests::check;

    fn set(updated: i32, unavailable: i32, ready: i32) -> Json {
        json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"uid": "s",
            "annotations": {"deprecated.daemonset.template.generation": "2"}},
            "spec": {"selector": {}, "template": {}},
            "status": {"observedGeneration": 1, "desiredNumberScheduled": 2, "currentNumberScheduled": 2,
                "numberMisscheduled": 0, "numberReady": ready, "updatedNumberScheduled": updated,
                "numberUnavailable": unavailable}})
    }

    #[test]
    fn every_node_has_an_available_pod_of_the_new_template() {
        check(set(1, 0, 2), 1, &[], expect!["waiting: 1 of 2 pods updated"]);
        check(set(2, 1, 1), 1, &[], expect!["waiting: 1 pod not available"]);
        check(set(2, 0, 2), 1, &[], expect!["ready"]);
        check(set(2, 0, 2), 2, &[], expect!["waiting: the controller has not seen the change yet"]);
    }

    #[test]
    fn a_pod_of_the_new_template_that_cannot_start_fails_it() {
        let pod = |template: &str| {
            json!({"kind": "Pod", "metadata": {"name": "d-x", "labels": {"pod-template-generation": template},
                "ownerReferences": [{"uid": "s"}]},
                "status": {"containerStatuses": [{"name": "d", "state": {"waiting": {"reason": "ErrImagePull"}}}]}})
        };
        check(set(2, 1, 1), 1, &[pod("1")], expect!["waiting: 1 pod not available"]);
        check(set(2, 1, 1), 1, &[pod("2")], expect!["failing: container d of pod d-x: ErrImagePull"]);
    }
}
