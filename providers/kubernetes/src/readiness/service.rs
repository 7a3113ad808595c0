//! Services: usable as soon as they exist. A load balancer's address is not waited for: there may
//! be nobody who assigns one.

use k8s_openapi::api::core::v1::Service;
use plimsoll_driver::Readiness;

/// Ready.
pub(super) fn readiness(_service: Service) -> Readiness {
    Readiness::Ready
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::readiness::tests::check;

    #[test]
    fn a_load_balancer_without_an_address_is_ready() {
        let service =
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {}, "spec": {"type": "LoadBalancer"}});
        check(service, 0, &[], expect!["ready"]);
    }
}
