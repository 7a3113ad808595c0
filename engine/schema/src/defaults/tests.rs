//! Defaults, by the rule.

use plimsoll_model::Gvk;
use serde_json::json;

use super::*;
use crate::{kind, kinds};

fn filled(api: &str, name: &str, object: Json) -> Json {
    let mut object = object;
    apply_defaults(kind(&Gvk::from_api_version(api, name)).unwrap(), &mut object);
    object
}

fn pod_spec(spec: Json) -> Json {
    filled("v1", "Pod", json!({"spec": spec}))["spec"].clone()
}

#[test]
fn the_table_can_be_read_and_names_types_and_fields_that_exist() {
    let types: Vec<&Type> = {
        let mut seen: Vec<&Type> = Vec::new();
        let mut open: Vec<&Type> = kinds().map(|k| k.root.get()).collect();
        while let Some(ty) = open.pop() {
            if seen.iter().any(|s| std::ptr::eq(*s, ty)) {
                continue;
            }
            seen.push(ty);
            match &ty.shape {
                Shape::Struct { fields, .. } => open.extend(fields.iter().map(|f| f.ty.get())),
                Shape::Map { value, .. } => open.push(value.get()),
                Shape::List { item, .. } => open.push(item.get()),
                _ => {}
            }
        }
        seen
    };
    assert!(!table().is_empty());
    for (name, fields) in table() {
        for field in fields.keys() {
            assert!(types.iter().any(|t| t.name == *name && t.field(field).is_some()), "{name}.{field}");
        }
    }
}

#[test]
fn every_harvested_default_is_ours() {
    // Harvested from the API server's code by tests/oracle; here each is looked for where it belongs.
    let harvested: Map<String, Json> =
        serde_json::from_str(include_str!("../../../../tests/oracle/defaults.json")).unwrap();
    let mut count = 0;
    for (name, paths) in harvested.iter().filter(|(name, _)| name.contains('/') || name.starts_with("v1")) {
        let (api, kind_name) = name.rsplit_once('/').unwrap();
        let kind = kind(&Gvk::from_api_version(api, kind_name)).unwrap();
        for (path, value) in paths.as_object().unwrap() {
            if path.contains("sessionAffinityConfig") {
                // Only where sessionAffinity is ClientIP; has a test of its own.
                continue;
            }
            let (above, last) = path.rsplit_once('.').unwrap_or(("", path));
            let mut object = json!({});
            build(&mut object, above);
            apply_defaults(kind, &mut object);
            let mut at = &object;
            for step in above.split('.').filter(|s| !s.is_empty()).chain([last]) {
                at = match step.strip_suffix("[]") {
                    Some(step) => &at[step][0],
                    None => &at[step],
                };
            }
            // A struct is there, with what its own fields have.
            let same = if *value == json!({}) { at.is_object() } else { at == value };
            assert!(same, "{name} {path}: ours {at}, theirs {value}");
            count += 1;
        }
    }
    assert!(count > 500, "{count}");
}

/// Makes maps and one-item lists along a path.
fn build(object: &mut Json, path: &str) {
    let mut at = object;
    for step in path.split('.').filter(|s| !s.is_empty()) {
        at = match step.strip_suffix("[]") {
            Some(step) => {
                at[step] = json!([{}]);
                &mut at[step][0]
            }
            None => {
                at[step] = json!({});
                &mut at[step]
            }
        };
    }
}

#[test]
fn a_deployment_rolls_a_quarter_at_a_time() {
    let of = |strategy: Json| {
        filled("apps/v1", "Deployment", json!({"spec": {"strategy": strategy}}))["spec"]["strategy"].clone()
    };
    let full =
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}});
    assert_eq!(of(json!(null)), full);
    assert_eq!(of(json!({"rollingUpdate": {}})), full);
    assert_eq!(
        of(json!({"rollingUpdate": {"maxSurge": 1}}))["rollingUpdate"],
        json!({"maxSurge": 1, "maxUnavailable": "25%"})
    );
    assert_eq!(of(json!({"type": "Recreate"})), json!({"type": "Recreate"}));
}

#[test]
fn a_stateful_set_retains_claims_and_starts_at_partition_zero() {
    let spec = filled("apps/v1", "StatefulSet", json!({"spec": {}}))["spec"].clone();
    assert_eq!(spec["updateStrategy"], json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}));
    assert_eq!(
        spec["persistentVolumeClaimRetentionPolicy"],
        json!({"whenDeleted": "Retain", "whenScaled": "Retain"})
    );
    assert_eq!(spec["podManagementPolicy"], json!("OrderedReady"));
    let given =
        filled("apps/v1", "StatefulSet", json!({"spec": {"updateStrategy": {"type": "RollingUpdate"}}}));
    assert_eq!(given["spec"]["updateStrategy"], json!({"type": "RollingUpdate"}));
}

#[test]
fn a_service_forwards_to_the_same_port_over_tcp() {
    let of = |spec: Json| filled("v1", "Service", json!({"spec": spec}))["spec"].clone();
    let spec = of(json!({"ports": [{"port": 80}, {"port": 53, "protocol": "UDP", "targetPort": "dns"}]}));
    assert_eq!(
        spec,
        json!({"type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster", "ports": [
            {"port": 80, "protocol": "TCP", "targetPort": 80}, {"port": 53, "protocol": "UDP", "targetPort": "dns"}]})
    );
    let balancer = of(json!({"type": "LoadBalancer", "sessionAffinity": "ClientIP"}));
    assert_eq!(balancer["allocateLoadBalancerNodePorts"], json!(true));
    assert_eq!(balancer["externalTrafficPolicy"], json!("Cluster"));
    assert_eq!(balancer["sessionAffinityConfig"], json!({"clientIP": {"timeoutSeconds": 10800}}));
    assert_eq!(of(json!({"type": "ExternalName"})).get("internalTrafficPolicy"), None);
}

#[test]
fn pods_take_requests_from_limits_and_templates_do_not() {
    let containers = json!([{"name": "c", "image": "x:1", "resources": {"limits": {"cpu": "1000m"}, "requests": {"memory": "1Gi"}}}]);
    let spec = pod_spec(json!({"containers": containers}));
    assert_eq!(spec["containers"][0]["resources"]["requests"], json!({"cpu": "1", "memory": "1Gi"}));
    assert_eq!(spec["enableServiceLinks"], json!(true));
    let object = json!({"spec": {"template": {"spec": {"containers": containers}}}});
    let template = filled("apps/v1", "Deployment", object)["spec"]["template"]["spec"].clone();
    assert_eq!(template["containers"][0]["resources"]["requests"], json!({"memory": "1Gi"}));
    assert_eq!(template.get("enableServiceLinks"), None);
}

#[test]
fn inside_atomic_parts_defaults_are_filled_in_too() {
    let spec = pod_spec(json!({
        "containers": [{"name": "c", "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}]}],
        "volumes": [{"name": "a"}, {"name": "b", "secret": {"secretName": "s"}}, {"name": "h", "hostPath": {"path": "/"}}],
    }));
    assert_eq!(
        spec["containers"][0]["env"][0]["valueFrom"]["fieldRef"],
        json!({"fieldPath": "x", "apiVersion": "v1"})
    );
    assert_eq!(
        spec["volumes"],
        json!([{"name": "a", "emptyDir": {}}, {"name": "b", "secret": {"secretName": "s", "defaultMode": 420}},
            {"name": "h", "hostPath": {"path": "/", "type": ""}}])
    );
    let policy = filled(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        json!({"spec": {"egress": [{"ports": [{"port": 1}]}]}}),
    );
    assert_eq!(policy["spec"]["egress"], json!([{"ports": [{"port": 1, "protocol": "TCP"}]}]));
    assert_eq!(policy["spec"]["policyTypes"], json!(["Ingress", "Egress"]));
}

#[test]
fn empty_values_go_unless_the_server_keeps_them() {
    let object = json!({"metadata": {"labels": {}, "annotations": null}, "spec": {"replicas": 0, "minReadySeconds": 0, "paused": false}});
    let filled = filled("apps/v1", "Deployment", object);
    assert_eq!(filled["metadata"], json!({}));
    assert_eq!(filled["spec"]["replicas"], json!(0));
    assert_eq!((filled["spec"].get("minReadySeconds"), filled["spec"].get("paused")), (None, None));
}

#[test]
fn an_autoscaler_states_its_behaviour_in_full_once_it_states_some() {
    let of = |spec: Json| {
        filled("autoscaling/v2", "HorizontalPodAutoscaler", json!({"spec": spec}))["spec"].clone()
    };
    assert_eq!(of(json!({})).get("behavior"), None);
    let behavior = of(json!({"behavior": {"scaleDown": {"selectPolicy": "Min"}}}))["behavior"].clone();
    assert_eq!(
        behavior["scaleDown"],
        json!({"selectPolicy": "Min", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]})
    );
    assert_eq!(behavior["scaleUp"]["stabilizationWindowSeconds"], json!(0));
    assert_eq!(of(json!({}))["metrics"][0]["resource"]["target"]["averageUtilization"], json!(80));
}

#[test]
fn jobs_run_once_and_cron_jobs_leave_their_jobs_alone() {
    let spec = filled("batch/v1", "Job", json!({"spec": {}}))["spec"].clone();
    let value = |name: &str| spec[name].clone();
    assert_eq!(
        (value("completions"), value("parallelism"), value("backoffLimit")),
        (json!(1), json!(1), json!(6))
    );
    let given =
        filled("batch/v1", "Job", json!({"spec": {"parallelism": 3, "backoffLimitPerIndex": 1}}))["spec"]
            .clone();
    assert_eq!((given.get("completions"), &given["backoffLimit"]), (None, &json!(i32::MAX)));
    let cron = filled("batch/v1", "CronJob", json!({"spec": {"jobTemplate": {"spec": {}}}}))["spec"].clone();
    assert_eq!(cron["jobTemplate"]["spec"].get("completions"), None);
    assert_eq!(cron["concurrencyPolicy"], json!("Allow"));
}

#[test]
fn defaults_do_not_change_what_they_made() {
    for kind in kinds().filter(|k| !k.plural.is_empty()) {
        let mut once = json!({"metadata": {"name": "x"}, "spec": {}});
        apply_defaults(kind, &mut once);
        let mut twice = once.clone();
        apply_defaults(kind, &mut twice);
        assert_eq!(once, twice, "{}", kind.gvk);
    }
}

#[test]
fn wrong_types_are_left_as_they_are() {
    for odd in
        [json!(null), json!(1), json!("x"), json!([1]), json!({"spec": 1}), json!({"spec": {"template": []}})]
    {
        let mut object = odd.clone();
        apply_defaults(kind(&Gvk::new("apps", "v1", "Deployment")).unwrap(), &mut object);
        if !odd.is_object() {
            assert_eq!(object, odd);
        }
    }
}
