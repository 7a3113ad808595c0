//! Deployments: every replica updated and available, no old one left.

use k8s_openapi::api::apps::v1::Deployment;
use plimsoll_driver::{Failure, Readiness};
use serde_json::Value as Json;

use super::{count, pod, seen};

/// `updated = replicas = available = spec`, and progress not failed.
pub(super) fn readiness(deployment: Deployment, generation: i64, pods: &[Json]) -> Readiness {
    let status = deployment.status.clone().unwrap_or_default();
    let spec = deployment.spec.clone().unwrap_or_default();
    if let Some(wait) = seen(status.observed_generation, generation) {
        return wait;
    }
    if spec.paused == Some(true) {
        return Readiness::Waiting("the rollout is paused".into());
    }
    let condition = |ty: &str| status.conditions.iter().flatten().find(|c| c.type_ == ty);
    if let Some(c) = condition("Progressing").filter(|c| c.status == "False") {
        let why = c.message.clone().or_else(|| c.reason.clone()).unwrap_or_default();
        let failure =
            Failure { reason: format!("the rollout failed: {why}"), certain: true, container: None };
        return Readiness::Failing(match failing_pod(&deployment, pods) {
            Some(known) => Failure { certain: true, ..known },
            None => failure,
        });
    }
    let wanted = spec.replicas.unwrap_or(1);
    let updated = status.updated_replicas.unwrap_or(0);
    let all = status.replicas.unwrap_or(0);
    let available = status.available_replicas.unwrap_or(0);
    let waiting = if updated < wanted {
        format!("{updated} of {} updated", count(wanted, "pod"))
    } else if all > updated {
        format!("{} of the old revision still there", count(all - updated, "pod"))
    } else if available < updated {
        format!("{available} of {} available", count(updated, "pod"))
    } else {
        return Readiness::Ready;
    };
    if let Some(failure) = failing_pod(&deployment, pods) {
        return Readiness::Failing(failure);
    }
    match condition("ReplicaFailure").filter(|c| c.status == "True") {
        Some(c) => Readiness::Failing(Failure {
            reason: c.message.clone().unwrap_or_else(|| "pods cannot be created".into()),
            certain: false,
            container: None,
        }),
        None => Readiness::Waiting(waiting),
    }
}

/// What is wrong with a pod of the newest revision: that of the replica set whose revision is the
/// Deployment's.
fn failing_pod(deployment: &Deployment, pods: &[Json]) -> Option<Failure> {
    const REVISION: &str = "deployment.kubernetes.io/revision";
    let uid = deployment.metadata.uid.as_deref()?;
    let revision = deployment.metadata.annotations.as_ref()?.get(REVISION)?;
    let newest = pods.iter().find(|o| {
        o["kind"] == "ReplicaSet"
            && pod::owned_by(o, uid)
            && o["metadata"]["annotations"][REVISION].as_str() == Some(revision)
    })?;
    let newest = newest["metadata"]["uid"].as_str()?;
    pods.iter().filter(|o| o["kind"] == "Pod" && pod::owned_by(o, newest)).find_map(pod::failure)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value as Json, json};

    use crate::readiness::tests::check;

    fn deployment(status: Json) -> Json {
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"uid": "d", "generation": 2, "annotations": {"deployment.kubernetes.io/revision": "2"}},
            "spec": {"replicas": 3, "selector": {}, "template": {}}, "status": status})
    }

    fn pods(new: &str, old: &str) -> Vec<Json> {
        let set = |uid: &str, revision: &str| {
            json!({"kind": "ReplicaSet", "metadata": {"uid": uid, "ownerReferences": [{"uid": "d"}],
                "annotations": {"deployment.kubernetes.io/revision": revision}}})
        };
        let pod = |owner: &str, reason: &str| {
            json!({"kind": "Pod", "metadata": {"name": format!("web-{owner}"), "ownerReferences": [{"uid": owner}]},
                "status": {"containerStatuses": [{"name": "web", "state": {"waiting": {"reason": reason}}}]}})
        };
        vec![set("old", "1"), set("new", "2"), pod("old", old), pod("new", new)]
    }

    #[test]
    fn the_rollout_passes_through_its_stages() {
        let stage = |generation: i64, updated: i32, replicas: i32, available: i32| {
            deployment(
                json!({"observedGeneration": generation, "updatedReplicas": updated, "replicas": replicas,
                "availableReplicas": available}),
            )
        };
        check(stage(1, 3, 3, 3), 2, &[], expect!["waiting: the controller has not seen the change yet"]);
        check(stage(2, 1, 4, 3), 2, &[], expect!["waiting: 1 of 3 pods updated"]);
        check(stage(2, 3, 4, 3), 2, &[], expect!["waiting: 1 pod of the old revision still there"]);
        check(stage(2, 3, 3, 2), 2, &[], expect!["waiting: 2 of 3 pods available"]);
        check(stage(2, 3, 3, 3), 2, &[], expect!["ready"]);
        check(deployment(json!({})), 2, &[], expect!["waiting: the controller has not seen the change yet"]);
    }

    #[test]
    fn no_replicas_are_ready_at_once() {
        let mut object = deployment(json!({"observedGeneration": 2}));
        object["spec"]["replicas"] = 0.into();
        check(object, 2, &[], expect!["ready"]);
    }

    #[test]
    fn only_pods_of_the_new_revision_fail_a_rollout() {
        let rolling = deployment(json!({"observedGeneration": 2, "updatedReplicas": 1, "replicas": 4}));
        check(
            rolling.clone(),
            2,
            &pods("ImagePullBackOff", "ContainerCreating"),
            expect!["failing: container web of pod web-new: ImagePullBackOff"],
        );
        check(
            rolling,
            2,
            &pods("ContainerCreating", "CrashLoopBackOff"),
            expect!["waiting: 1 of 3 pods updated"],
        );
    }

    #[test]
    fn an_exceeded_deadline_is_certain() {
        let failed = deployment(json!({"observedGeneration": 2, "updatedReplicas": 1, "conditions": [
            {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
             "message": "ReplicaSet \"web\" has timed out progressing."}]}));
        check(
            failed,
            2,
            &[],
            expect![[r#"failed: the rollout failed: ReplicaSet "web" has timed out progressing."#]],
        );
    }
}
