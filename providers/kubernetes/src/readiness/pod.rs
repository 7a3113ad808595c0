//! Pods: whether one is ready, and what keeps one from starting.
//!
//! A pod that cannot be scheduled is not failing: an autoscaler may be adding its node.

use plimsoll_driver::{Failure, Readiness};
use serde_json::Value as Json;

/// Reasons that seldom go away by themselves, before a container ever ran.
const CANNOT_START: &[&str] = &[
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ErrImagePull",
    "ImageInspectError",
    "ImagePullBackOff",
    "InvalidImageName",
    "RunContainerError",
];

/// Whether an object has an owner with that uid.
pub(super) fn owned_by(object: &Json, uid: &str) -> bool {
    let owners = object["metadata"]["ownerReferences"].as_array();
    owners.is_some_and(|all| all.iter().any(|o| o["uid"].as_str() == Some(uid)))
}

/// A container of a pod that waits for a reason that seldom goes away.
pub(super) fn failure(pod: &Json) -> Option<Failure> {
    waiting_for(pod, |reason| reason == "CrashLoopBackOff" || CANNOT_START.contains(&reason))
}

/// A container of a pod that never ran, for a reason that seldom goes away.
pub(super) fn cannot_start(pod: &Json) -> Option<Failure> {
    waiting_for(pod, |reason| CANNOT_START.contains(&reason))
}

fn waiting_for(pod: &Json, counts: impl Fn(&str) -> bool) -> Option<Failure> {
    if pod["metadata"]["deletionTimestamp"].is_string() {
        return None;
    }
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    containers(pod).find_map(|c| {
        let waiting = &c["state"]["waiting"];
        let reason = waiting["reason"].as_str().filter(|r| counts(r))?;
        let container = c["name"].as_str().unwrap_or_default();
        let more = waiting["message"].as_str().map(|m| format!(" ({m})")).unwrap_or_default();
        Some(Failure {
            reason: format!("container {container} of pod {name}: {reason}{more}"),
            certain: false,
            container: Some((name.to_string(), container.to_string())),
        })
    })
}

/// The pod and the container whose output explains a failure: the first that ended badly.
pub(super) fn last_container(pod: &Json) -> Option<(String, String)> {
    let name = pod["metadata"]["name"].as_str()?;
    let bad = containers(pod).find(|c| {
        ["state", "lastState"]
            .iter()
            .any(|s| c[*s]["terminated"]["exitCode"].as_i64().is_some_and(|code| code != 0))
    })?;
    Some((name.to_string(), bad["name"].as_str()?.to_string()))
}

fn containers(pod: &Json) -> impl Iterator<Item = &Json> {
    ["initContainerStatuses", "containerStatuses"]
        .into_iter()
        .filter_map(|key| pod["status"][key].as_array())
        .flatten()
}

/// Ready, or finished.
pub(super) fn readiness(pod: &Json) -> Readiness {
    match pod["status"]["phase"].as_str() {
        Some("Succeeded") => return Readiness::Ready,
        Some("Failed") => {
            let why = pod["status"]["message"].as_str().unwrap_or("its containers ended with an error");
            return Readiness::Failing(Failure {
                reason: format!("the pod failed: {why}"),
                certain: true,
                container: last_container(pod),
            });
        }
        _ => {}
    }
    let conditions = pod["status"]["conditions"].as_array();
    let condition = |ty: &str| conditions.and_then(|all| all.iter().find(|c| c["type"] == ty));
    if condition("Ready").is_some_and(|c| c["status"] == "True") {
        return Readiness::Ready;
    }
    if let Some(failure) = failure(pod) {
        return Readiness::Failing(failure);
    }
    let unscheduled = condition("PodScheduled").filter(|c| c["status"] == "False");
    Readiness::Waiting(match unscheduled.and_then(|c| c["message"].as_str()) {
        Some(message) => format!("not scheduled: {message}"),
        None => "its containers are not ready".into(),
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value as Json, json};

    use crate::readiness::tests::check;

    fn pod(status: Json) -> Json {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0"}, "status": status})
    }

    #[test]
    fn ready_finished_failed() {
        check(pod(json!({"conditions": [{"type": "Ready", "status": "True"}]})), 0, &[], expect!["ready"]);
        check(pod(json!({"phase": "Succeeded"})), 0, &[], expect!["ready"]);
        check(
            pod(json!({"phase": "Failed", "message": "evicted"})),
            0,
            &[],
            expect!["failed: the pod failed: evicted"],
        );
        check(pod(json!({})), 0, &[], expect!["waiting: its containers are not ready"]);
    }

    #[test]
    fn unschedulable_is_waited_for() {
        let status = json!({"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "message": "0/3 nodes are available"}]});
        check(pod(status), 0, &[], expect!["waiting: not scheduled: 0/3 nodes are available"]);
    }

    #[test]
    fn an_init_container_counts_too_and_the_message_is_kept() {
        let status = json!({"initContainerStatuses": [{"name": "prep", "state": {"waiting":
            {"reason": "CreateContainerConfigError", "message": "secret \"db\" not found"}}}]});
        check(
            pod(status),
            0,
            &[],
            expect![[
                r#"failing: container prep of pod web-0: CreateContainerConfigError (secret "db" not found)"#
            ]],
        );
    }

    #[test]
    fn a_pod_that_is_being_deleted_fails_nothing() {
        let mut object = pod(json!({"containerStatuses": [{"name": "a", "state": {"waiting":
            {"reason": "ImagePullBackOff"}}}]}));
        object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
        check(object, 0, &[], expect!["waiting: its containers are not ready"]);
    }
}
