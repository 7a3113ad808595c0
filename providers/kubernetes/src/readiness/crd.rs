//! Custom resource definitions: established, with their names accepted.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use plimsoll_driver::{Failure, Readiness};

/// `Established` and `NamesAccepted`.
pub(super) fn readiness(crd: CustomResourceDefinition) -> Readiness {
    let conditions = crd.status.and_then(|s| s.conditions).unwrap_or_default();
    let condition = |ty: &str| conditions.iter().find(|c| c.type_ == ty);
    if let Some(c) = condition("NamesAccepted").filter(|c| c.status == "False") {
        let why = c.message.clone().unwrap_or_default();
        return Readiness::Failing(Failure {
            reason: format!("its names are not accepted: {why}"),
            certain: true,
            container: None,
        });
    }
    match condition("Established") {
        Some(c) if c.status == "True" => Readiness::Ready,
        _ => Readiness::Waiting("it is not established yet".into()),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value as Json, json};

    use crate::readiness::tests::check;

    #[test]
    fn established_is_ready_and_refused_names_are_not() {
        let crd = |conditions: Json| {
            json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {},
                "spec": {"group": "g", "names": {"kind": "K", "plural": "ks"}, "scope": "Namespaced", "versions": []},
                "status": {"conditions": conditions}})
        };
        check(crd(json!([])), 0, &[], expect!["waiting: it is not established yet"]);
        check(
            crd(
                json!([{"type": "NamesAccepted", "status": "True"}, {"type": "Established", "status": "True"}]),
            ),
            0,
            &[],
            expect!["ready"],
        );
        check(
            crd(json!([{"type": "NamesAccepted", "status": "False", "message": "\"ks\" is taken"}])),
            0,
            &[],
            expect![[r#"failed: its names are not accepted: "ks" is taken"#]],
        );
    }
}
