//! Kinds without a rule of their own: custom resources that report conditions, and everything that has no status.

use plimsoll_driver::Readiness;
use serde_json::Value as Json;

/// Ready, unless a `Ready` condition or an old `observedGeneration` says otherwise.
pub(super) fn readiness(object: &Json, generation: i64) -> Readiness {
    let status = &object["status"];
    if let Some(wait) =
        status["observedGeneration"].as_i64().and_then(|seen| super::seen(Some(seen), generation))
    {
        return wait;
    }
    let ready = status["conditions"].as_array().and_then(|all| all.iter().find(|c| c["type"] == "Ready"));
    match ready {
        Some(c) if c["status"] != "True" => Readiness::Waiting(
            c["message"].as_str().filter(|m| !m.is_empty()).unwrap_or("it is not ready").to_string(),
        ),
        _ => Readiness::Ready,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::readiness::tests::check;

    #[test]
    fn a_custom_resource_is_ready_when_its_condition_says_so() {
        let thing = |observed: i64, status: &str| {
            json!({"apiVersion": "example.com/v1", "kind": "Thing", "status": {"observedGeneration": observed,
                "conditions": [{"type": "Ready", "status": status, "message": "no database"}]}})
        };
        check(thing(2, "True"), 2, &[], expect!["ready"]);
        check(thing(1, "True"), 2, &[], expect!["waiting: the controller has not seen the change yet"]);
        check(thing(2, "False"), 2, &[], expect!["waiting: no database"]);
    }
}
