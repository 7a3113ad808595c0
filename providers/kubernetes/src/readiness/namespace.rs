//! Namespaces: active.

use k8s_openapi::api::core::v1::Namespace;
use plimsoll_driver::{Failure, Readiness};

/// `Active`; one that is being deleted takes nothing new.
pub(super) fn readiness(namespace: Namespace) -> Readiness {
    match namespace.status.and_then(|s| s.phase).as_deref() {
        Some("Terminating") => Readiness::Failing(Failure {
            reason: "the namespace is being deleted".into(),
            certain: true,
            container: None,
        }),
        _ => Readiness::Ready,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::readiness::tests::check;

    #[test]
    fn a_namespace_that_goes_is_not_ready() {
        let namespace = |phase: &str| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {}, "status": {"phase": phase}});
        check(namespace("Active"), 0, &[], expect!["ready"]);
        check(namespace("Terminating"), 0, &[], expect!["failed: the namespace is being deleted"]);
    }
}
