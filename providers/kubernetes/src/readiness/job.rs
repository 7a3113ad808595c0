//! Jobs: complete, or failed for good. A suspended job is as it should be.

use k8s_openapi::api::batch::v1::Job;
use plimsoll_driver::{Failure, Readiness};
use serde_json::Value as Json;

use super::{count, pod};

/// `Complete` or `Failed`.
pub(super) fn readiness(job: Job, pods: &[Json]) -> Readiness {
    let spec = job.spec.clone().unwrap_or_default();
    let status = job.status.clone().unwrap_or_default();
    let condition =
        |ty: &str| status.conditions.iter().flatten().find(|c| c.type_ == ty && c.status == "True");
    if condition("Complete").is_some() {
        return Readiness::Ready;
    }
    if let Some(c) = condition("Failed") {
        let why = c.message.clone().or_else(|| c.reason.clone()).unwrap_or_default();
        return Readiness::Failing(Failure {
            reason: format!("the job failed: {why}"),
            certain: true,
            container: own(&job, pods).find_map(pod::last_container),
        });
    }
    if spec.suspend == Some(true) {
        return Readiness::Ready;
    }
    if let Some(failure) = own(&job, pods).find_map(pod::cannot_start) {
        return Readiness::Failing(failure);
    }
    let wanted = spec.completions.or(spec.parallelism).unwrap_or(1);
    Readiness::Waiting(format!("{} of {} succeeded", status.succeeded.unwrap_or(0), count(wanted, "pod")))
}

fn own<'a>(job: &Job, pods: &'a [Json]) -> impl Iterator<Item = &'a Json> {
    let uid = job.metadata.uid.clone().unwrap_or_default();
    pods.iter().filter(move |o| o["kind"] == "Pod" && pod::owned_by(o, &uid))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value as Json, json};

    use crate::readiness::tests::check;

    fn job(status: Json) -> Json {
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"uid": "j"},
            "spec": {"completions": 2, "template": {}}, "status": status})
    }

    #[test]
    fn a_job_ends_one_way_or_the_other() {
        check(job(json!({"succeeded": 1})), 1, &[], expect!["waiting: 1 of 2 pods succeeded"]);
        check(job(json!({"conditions": [{"type": "Complete", "status": "True"}]})), 1, &[], expect!["ready"]);
        let failed = json!({"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded",
            "message": "Job has reached the specified backoff limit"}]});
        check(
            job(failed),
            1,
            &[],
            expect!["failed: the job failed: Job has reached the specified backoff limit"],
        );
    }

    #[test]
    fn a_suspended_job_is_not_waited_for() {
        let mut object = job(json!({}));
        object["spec"]["suspend"] = true.into();
        check(object, 1, &[], expect!["ready"]);
    }

    #[test]
    fn a_crashing_pod_is_the_jobs_own_business_but_a_missing_image_is_not() {
        let pod = |reason: &str| {
            json!({"kind": "Pod", "metadata": {"name": "j-x", "ownerReferences": [{"uid": "j"}]},
                "status": {"containerStatuses": [{"name": "main", "state": {"waiting": {"reason": reason}}}]}})
        };
        check(job(json!({})), 1, &[pod("CrashLoopBackOff")], expect!["waiting: 0 of 2 pods succeeded"]);
        check(
            job(json!({})),
            1,
            &[pod("ErrImagePull")],
            expect!["failing: container main of pod j-x: ErrImagePull"],
        );
    }
}
