//! Claims: bound, or pending until a pod uses them.

use k8s_openapi::api::core::v1::PersistentVolumeClaim;
use plimsoll_driver::{Failure, Readiness};

/// `Bound` and `Pending` are both as they should be: whether a class binds at once or waits for
/// the first consumer is not written on the claim, and waiting for a pod that comes later would
/// never end. A workload that mounts the claim waits for its pods, and with them for the claim.
pub(super) fn readiness(claim: PersistentVolumeClaim) -> Readiness {
    match claim.status.and_then(|s| s.phase).as_deref() {
        Some("Lost") => Readiness::Failing(Failure {
            reason: "the volume behind the claim is gone".into(),
            certain: true,
            container: None,
        }),
        Some("Bound" | "Pending") => Readiness::Ready,
        _ => Readiness::Waiting("the claim has no phase yet".into()),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::readiness::tests::check;

    #[test]
    fn bound_and_pending_are_ready_lost_is_not() {
        let claim = |phase: &str| json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {}, "status": {"phase": phase}});
        check(claim("Bound"), 0, &[], expect!["ready"]);
        check(claim("Pending"), 0, &[], expect!["ready"]);
        check(claim("Lost"), 0, &[], expect!["failed: the volume behind the claim is gone"]);
    }
}
