//! Ingresses: usable as soon as they exist. The address of a controller is not waited for: there
//! may be none.

use k8s_openapi::api::networking::v1::Ingress;
use plimsoll_driver::Readiness;

/// Ready.
pub(super) fn readiness(_ingress: Ingress) -> Readiness {
    Readiness::Ready
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::readiness::tests::check;

    #[test]
    fn an_ingress_without_an_address_is_ready() {
        check(
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {}}),
            0,
            &[],
            expect!["ready"],
        );
    }
}
