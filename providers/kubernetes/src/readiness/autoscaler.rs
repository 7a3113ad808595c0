//! Autoscalers: able to scale.

use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use plimsoll_driver::Readiness;

/// `AbleToScale`. Where no controller has looked at it yet, it is waited for; missing metrics do
/// not count, as they come after the pods.
pub(super) fn readiness(autoscaler: HorizontalPodAutoscaler, generation: i64) -> Readiness {
    let status = autoscaler.status.unwrap_or_default();
    if let Some(wait) = status.observed_generation.and_then(|seen| super::seen(Some(seen), generation)) {
        return wait;
    }
    match status.conditions.iter().flatten().find(|c| c.type_ == "AbleToScale") {
        Some(c) if c.status == "True" => Readiness::Ready,
        Some(c) => {
            Readiness::Waiting(c.message.clone().unwrap_or_else(|| "it cannot scale its target".into()))
        }
        None => Readiness::Waiting("the controller has not looked at it yet".into()),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value as Json, json};

    use crate::readiness::tests::check;

    #[test]
    fn able_to_scale_is_ready() {
        let hpa = |conditions: Json| {
            json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {},
                "status": {"conditions": conditions, "desiredReplicas": 0}})
        };
        check(hpa(json!([])), 0, &[], expect!["waiting: the controller has not looked at it yet"]);
        check(hpa(json!([{"type": "AbleToScale", "status": "True"}])), 0, &[], expect!["ready"]);
        check(
            hpa(
                json!([{"type": "AbleToScale", "status": "False", "message": "deployments.apps \"web\" not found"}]),
            ),
            0,
            &[],
            expect![[r#"waiting: deployments.apps "web" not found"#]],
        );
    }
}
