//! StatefulSets: updated down to the partition, one revision, every pod ready.

use k8s_openapi::api::apps::v1::StatefulSet;
use plimsoll_driver::{Failure, Readiness};
use serde_json::Value as Json;

use super::{count, pod, seen};

/// `updated ≥ spec − partition`, revisions equal, all ready; `OnDelete` waits only for readiness.
pub(super) fn readiness(set: StatefulSet, generation: i64, pods: &[Json]) -> Readiness {
    let Some(status) = set.status.clone() else {
        return Readiness::Waiting("the controller has not seen the change yet".into());
    };
    if let Some(wait) = seen(status.observed_generation, generation) {
        return wait;
    }
    let spec = set.spec.clone().unwrap_or_default();
    let wanted = spec.replicas.unwrap_or(1);
    let strategy = spec.update_strategy.unwrap_or_default();
    let by_hand = strategy.type_.as_deref() == Some("OnDelete");
    let partition = strategy.rolling_update.and_then(|r| r.partition).unwrap_or(0);
    let ready = status.ready_replicas.unwrap_or(0);
    let updated = status.updated_replicas.unwrap_or(0);
    let must_update = (wanted - partition).max(0);
    let waiting = if status.replicas < wanted {
        format!("{} of {} created", status.replicas, count(wanted, "pod"))
    } else if status.replicas > wanted {
        format!("{} too many still there", count(status.replicas - wanted, "pod"))
    } else if ready < wanted {
        format!("{ready} of {} ready", count(wanted, "pod"))
    } else if !by_hand && updated < must_update {
        format!("{updated} of {} updated", count(must_update, "pod"))
    } else if !by_hand && partition == 0 && status.current_revision != status.update_revision {
        "the new revision is not yet the current one".to_string()
    } else if spec.min_ready_seconds.unwrap_or(0) > 0 && status.available_replicas.unwrap_or(0) < wanted {
        format!("{} of {} available", status.available_replicas.unwrap_or(0), count(wanted, "pod"))
    } else {
        return Readiness::Ready;
    };
    match failing_pod(&set, status.update_revision.as_deref(), pods) {
        Some(failure) => Readiness::Failing(failure),
        None => Readiness::Waiting(waiting),
    }
}

/// What is wrong with a pod of the newest revision.
fn failing_pod(set: &StatefulSet, revision: Option<&str>, pods: &[Json]) -> Option<Failure> {
    let uid = set.metadata.uid.as_deref()?;
    pods.iter()
        .filter(|o| o["kind"] == "Pod" && pod::owned_by(o, uid))
        .filter(|o| {
            let label = o["metadata"]["labels"]["controller-revision-hash"].as_str();
            revision.is_none() || label.is_none() || label == revision
        })
        .find_map(pod::failure)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value as Json, json};

    use crate::readiness::tests::check;

    fn set(strategy: Json, status: Json) -> Json {
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"uid": "s", "generation": 3},
            "spec": {"replicas": 2, "selector": {}, "template": {}, "updateStrategy": strategy}, "status": status})
    }

    fn status(replicas: i32, ready: i32, updated: i32, current: &str) -> Json {
        json!({"observedGeneration": 3, "replicas": replicas, "readyReplicas": ready, "updatedReplicas": updated,
            "currentRevision": current, "updateRevision": "b"})
    }

    #[test]
    fn pods_are_created_made_ready_and_updated() {
        check(
            set(json!({}), Json::Null),
            3,
            &[],
            expect!["waiting: the controller has not seen the change yet"],
        );
        check(set(json!({}), status(1, 1, 1, "b")), 3, &[], expect!["waiting: 1 of 2 pods created"]);
        check(set(json!({}), status(3, 3, 3, "b")), 3, &[], expect!["waiting: 1 pod too many still there"]);
        check(set(json!({}), status(2, 1, 2, "b")), 3, &[], expect!["waiting: 1 of 2 pods ready"]);
        check(set(json!({}), status(2, 2, 1, "a")), 3, &[], expect!["waiting: 1 of 2 pods updated"]);
        check(
            set(json!({}), status(2, 2, 2, "a")),
            3,
            &[],
            expect!["waiting: the new revision is not yet the current one"],
        );
        check(set(json!({}), status(2, 2, 2, "b")), 3, &[], expect!["ready"]);
        check(
            set(json!({}), status(2, 2, 2, "b")),
            4,
            &[],
            expect!["waiting: the controller has not seen the change yet"],
        );
    }

    #[test]
    fn a_partition_and_on_delete_ask_for_less() {
        let partition = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 1}});
        check(set(partition, status(2, 2, 1, "a")), 3, &[], expect!["ready"]);
        check(set(json!({"type": "OnDelete"}), status(2, 2, 0, "a")), 3, &[], expect!["ready"]);
    }

    #[test]
    fn a_pod_of_the_new_revision_that_cannot_start_fails_it() {
        let pod = |revision: &str, reason: &str| {
            json!({"kind": "Pod", "metadata": {"name": "db-1", "labels": {"controller-revision-hash": revision},
                "ownerReferences": [{"uid": "s"}]},
                "status": {"containerStatuses": [{"name": "db", "state": {"waiting": {"reason": reason}}}]}})
        };
        let waiting = set(json!({}), status(2, 1, 1, "a"));
        check(
            waiting.clone(),
            3,
            &[pod("b", "CrashLoopBackOff")],
            expect!["failing: container db of pod db-1: CrashLoopBackOff"],
        );
        check(waiting, 3, &[pod("a", "CrashLoopBackOff")], expect!["waiting: 1 of 2 pods ready"]);
    }
}
