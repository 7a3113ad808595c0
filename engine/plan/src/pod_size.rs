//! What a pod asks of its node, as the scheduler and quotas count it.
//!
//! Exact numbers: quantities are added as thousand-millionths.

use std::collections::BTreeMap;

use plimsoll_schema::Quantity;
use serde_json::Value as Json;

/// Amounts by the name of the resource.
pub(crate) type Amounts = BTreeMap<String, Quantity>;

/// Which side of `resources` is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Requests,
    Limits,
}

/// What the pods of a template ask for: the containers together, or the greediest of the init containers
/// where that is more; containers that start before and go on count with both. A request that is left out is
/// the limit.
pub(crate) fn of(template: &Json, side: Side) -> Amounts {
    let pod = &template["spec"];
    let list = |name: &str| pod[name].as_array().into_iter().flatten();
    let mut together = Amounts::new();
    for container in list("containers") {
        together = plus(&together, &amounts(&container["resources"], side));
    }
    let (mut beside, mut before) = (Amounts::new(), Amounts::new());
    for container in list("initContainers") {
        let own = amounts(&container["resources"], side);
        if container["restartPolicy"] == "Always" {
            beside = plus(&beside, &own);
            before = most(before, beside.clone());
        } else {
            before = most(before, plus(&beside, &own));
        }
    }
    let mut all = most(plus(&together, &beside), before);
    // What is said of the pod as a whole counts instead.
    all.extend(amounts(&pod["resources"], side));
    plus(&all, &read(&pod["overhead"]))
}

/// Whether every container says how much of a resource it may have: else a rule of the namespace may.
pub(crate) fn says(template: &Json, side: Side, resource: &str) -> bool {
    let pod = &template["spec"];
    let own = |container: &Json| amounts(&container["resources"], side).contains_key(resource);
    let list = |name: &str| pod[name].as_array().into_iter().flatten();
    own(pod) || list("containers").chain(list("initContainers")).all(own)
}

fn amounts(resources: &Json, side: Side) -> Amounts {
    let limits = read(&resources["limits"]);
    match side {
        Side::Limits => limits,
        Side::Requests => {
            let mut out = limits;
            out.extend(read(&resources["requests"]));
            out
        }
    }
}

/// A list of resources of the API.
pub(crate) fn read(resources: &Json) -> Amounts {
    let entries = resources.as_object().into_iter().flatten();
    let read = |value: &Json| match value {
        Json::String(text) => Quantity::parse(text),
        Json::Number(number) => Quantity::parse(&number.to_string()),
        _ => None,
    };
    entries.filter_map(|(name, value)| Some((name.clone(), read(value)?))).collect()
}

fn plus(one: &Amounts, other: &Amounts) -> Amounts {
    let mut out = one.clone();
    for (name, amount) in other {
        let sum = out.get(name).map_or_else(|| amount.clone(), |had| had.plus(amount));
        out.insert(name.clone(), sum);
    }
    out
}

fn most(one: Amounts, other: Amounts) -> Amounts {
    let mut out = one;
    for (name, amount) in other {
        if out.get(&name).is_none_or(|had| had.less_than(&amount)) {
            out.insert(name, amount);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(template: Json, side: Side) -> String {
        let all = of(&template, side);
        all.iter()
            .map(|(name, amount)| format!("{name} {}", amount.canonical()))
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[test]
    fn containers_add_up_and_the_greediest_init_container_counts() {
        let ask = |cpu: &str| json!({"requests": {"cpu": cpu}});
        let pod = |init: Json| json!({"spec": {"containers": [{"resources": ask("250m")}, {"resources": ask("1")}], "initContainers": init}});
        assert_eq!(told(pod(json!([])), Side::Requests), "cpu 1250m");
        assert_eq!(
            told(pod(json!([{"resources": ask("2")}, {"resources": ask("1")}])), Side::Requests),
            "cpu 2"
        );
        let sidecar = json!({"resources": ask("500m"), "restartPolicy": "Always"});
        assert_eq!(told(pod(json!([sidecar, {"resources": ask("1500m")}])), Side::Requests), "cpu 2");
        assert_eq!(told(pod(json!([{"resources": ask("1")}, sidecar])), Side::Requests), "cpu 1750m");
    }

    #[test]
    fn a_limit_stands_for_a_request_that_is_left_out() {
        let template = json!({"spec": {"containers": [
            {"resources": {"limits": {"memory": "1Gi", "cpu": "2"}, "requests": {"cpu": 1}}},
            {"resources": {"limits": {"memory": "512Mi"}}},
        ], "overhead": {"memory": "64Mi"}}});
        assert_eq!(told(template.clone(), Side::Requests), "cpu 1, memory 1600Mi");
        assert_eq!(told(template.clone(), Side::Limits), "cpu 2, memory 1600Mi");
        assert!(says(&template, Side::Limits, "memory") && !says(&template, Side::Limits, "cpu"));
        let whole = json!({"spec": {"resources": {"requests": {"cpu": "3"}}, "containers": [{}]}});
        assert_eq!(told(whole.clone(), Side::Requests), "cpu 3");
        assert!(says(&whole, Side::Requests, "cpu"));
    }
}
