//! Routes: usable as soon as they exist. That a gateway has accepted them is not waited for, as the
//! address of an Ingress is not: there may be no controller.

use plimsoll_driver::Readiness;

/// Ready.
pub(super) fn readiness() -> Readiness {
    Readiness::Ready
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::readiness::tests::check;

    #[test]
    fn a_route_that_no_gateway_accepted_is_ready() {
        let refused = json!({"parents": [{"conditions": [{"type": "Accepted", "status": "False"}]}]});
        check(
            json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {}, "status": refused}),
            1,
            &[],
            expect!["ready"],
        );
    }
}
