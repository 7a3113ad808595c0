//! Defaults of services, network policies and role bindings' subjects.

use serde_json::json;

use super::{Object, items_in, map_in, set, text};
use crate::Json;

pub(super) fn service(spec: &mut Object) {
    match text(spec, "sessionAffinity").as_deref() {
        Some("None") => {
            spec.remove("sessionAffinityConfig");
        }
        Some("ClientIP") => {
            let timeout =
                spec.get("sessionAffinityConfig").and_then(|c| c.pointer("/clientIP/timeoutSeconds"));
            if timeout.is_none() {
                spec.insert("sessionAffinityConfig".into(), json!({"clientIP": {"timeoutSeconds": 10800}}));
            }
        }
        _ => {}
    }
    for port in items_in(spec, "ports") {
        let target = port.get("targetPort");
        if target.is_none_or(|t| t.is_null() || *t == json!(0) || *t == json!("")) {
            let number = port.get("port").cloned().unwrap_or(json!(0));
            port.insert("targetPort".into(), number);
        }
    }
    let kind = text(spec, "type").unwrap_or_default();
    let external_ips = spec.get("externalIPs").and_then(Json::as_array).is_some_and(|ips| !ips.is_empty());
    if matches!(kind.as_str(), "LoadBalancer" | "NodePort") || (kind == "ClusterIP" && external_ips) {
        set(spec, "externalTrafficPolicy", json!("Cluster"));
    }
    if matches!(kind.as_str(), "LoadBalancer" | "NodePort" | "ClusterIP") {
        set(spec, "internalTrafficPolicy", json!("Cluster"));
    }
    if kind == "LoadBalancer" {
        set(spec, "allocateLoadBalancerNodePorts", json!(true));
    }
}

/// The ingress addresses of a load balancer that name no mode.
pub(super) fn load_balancer_status(object: &mut Object) {
    let kind = object.get("spec").and_then(|s| s.get("type")).and_then(Json::as_str);
    if kind == Some("LoadBalancer") {
        let balancer = map_in(object, "status").and_then(|status| map_in(status, "loadBalancer"));
        for ingress in balancer.into_iter().flat_map(|b| items_in(b, "ingress")) {
            if text(ingress, "ip").is_some() {
                set(ingress, "ipMode", json!("VIP"));
            }
        }
    }
}

pub(super) fn policy(spec: &mut Object) {
    let some = |name: &str| spec.get(name).and_then(Json::as_array).is_some_and(|l| !l.is_empty());
    if !some("policyTypes") {
        let types = if some("egress") { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
        spec.insert("policyTypes".into(), types);
    }
}

/// Users and groups of role bindings are of the group that defines roles; service accounts of the core.
pub(super) fn subject(subject: &mut Object) {
    // Flow schemas have subjects of another form, whose user or group is a map of its own.
    let nested = ["user", "group", "serviceAccount"].iter().any(|k| subject.contains_key(*k));
    if !nested && matches!(text(subject, "kind").as_deref(), Some("User" | "Group")) {
        set(subject, "apiGroup", json!("rbac.authorization.k8s.io"));
    }
}
