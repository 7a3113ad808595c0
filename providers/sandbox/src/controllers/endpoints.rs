//! EndpointSlices: which pods stand behind a Service, and on which ports. One slice for each Service.

use std::sync::Arc;

use plimsoll_schema::Json;
use serde_json::{Map, json};

use crate::cluster::Cluster;
use crate::controllers::{MANAGER, pod};
use crate::object::{self, at, items, set, text};
use crate::resource::{Key, Known};
use crate::selector;

const TRIGGER: &str = "endpoints.kubernetes.io/last-change-trigger-time";
const SERVICE: &str = "kubernetes.io/service-name";

pub(crate) fn reconcile(cluster: &mut Cluster, known: &Known, service: &Json) {
    let namespace = object::namespace(service);
    let slices = cluster.controlled_by(known.endpoint_slices, service);
    let pods: Vec<Arc<Json>> = cluster
        .store
        .scan(known.pods, Some(namespace))
        .filter(|p| selector::selects_plainly(at(service, &["spec", "selector"]), &p["metadata"]["labels"]))
        .filter(|p| !text(p, &["status", "podIP"]).is_empty() && !pod::is_finished(p))
        .cloned()
        .collect();
    if at(service, &["spec", "selector"]).as_object().is_none_or(Map::is_empty) {
        return;
    }
    // Nothing is null here, not an empty list.
    let none_if_empty = |list: Vec<Json>| if list.is_empty() { Json::Null } else { Json::Array(list) };
    let endpoints: Vec<Json> = pods.iter().map(|p| endpoint(cluster, known, service, p)).collect();
    let endpoints = none_if_empty(endpoints);
    let ports = none_if_empty(ports(service, &pods));
    let labels = labels(service);
    let Some(slice) = slices.first() else {
        let slice = json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {
                "generateName": format!("{}-", object::name(service)), "namespace": namespace, "labels": labels,
                "annotations": {TRIGGER: cluster.time()}, "ownerReferences": [object::controller_reference(service)],
            },
            "endpoints": endpoints, "ports": ports,
        });
        // In a namespace that is being terminated there is nothing to serve.
        let _ = cluster.create_as(slice, MANAGER);
        return;
    };
    if let Some(key) = Key::of(slice) {
        let now = cluster.time();
        cluster.modify(&key, MANAGER, |s| {
            let same = |field, value: &Json| at(s, &[field]) == value;
            let (same_endpoints, same_ports) = (same("endpoints", &endpoints), same("ports", &ports));
            if !same_endpoints {
                set(s, &["metadata", "annotations", TRIGGER], json!(now));
            } else if !same_ports {
                // What no pod triggered has no time.
                object::take(s, &["metadata", "annotations"]);
            }
            object::put(s, &["endpoints"], &endpoints);
            object::put(s, &["ports"], &ports);
            set(s, &["metadata", "labels"], json!(labels));
        });
    }
}

fn labels(service: &Json) -> Map<String, Json> {
    let mut labels = at(service, &["metadata", "labels"]).as_object().cloned().unwrap_or_default();
    labels.insert(SERVICE.into(), json!(object::name(service)));
    labels.insert("endpointslice.kubernetes.io/managed-by".into(), json!("endpointslice-controller.k8s.io"));
    if text(service, &["spec", "clusterIP"]) == "None" {
        labels.insert("service.kubernetes.io/headless".into(), json!(""));
    }
    labels
}

fn endpoint(cluster: &Cluster, known: &Known, service: &Json, pod: &Json) -> Json {
    let serving = pod::is_ready(pod) || at(service, &["spec", "publishNotReadyAddresses"]) == true;
    let terminating = object::terminating(pod);
    let node = text(pod, &["spec", "nodeName"]);
    let mut endpoint = json!({
        "addresses": [text(pod, &["status", "podIP"])],
        "conditions": {"ready": serving && !terminating, "serving": serving, "terminating": terminating},
        "nodeName": node,
        "targetRef": {
            "kind": "Pod", "name": object::name(pod), "namespace": object::namespace(pod), "uid": object::uid(pod),
        },
    });
    let zone = cluster
        .store
        .get(&known.nodes.key("", node))
        .map(|n| n["metadata"]["labels"]["topology.kubernetes.io/zone"].clone());
    if let Some(zone) = zone.filter(|z| !z.is_null()) {
        endpoint["zone"] = zone;
    }
    let hostname = text(pod, &["spec", "hostname"]);
    if !hostname.is_empty() && text(pod, &["spec", "subdomain"]) == object::name(service) {
        endpoint["hostname"] = json!(hostname);
    }
    endpoint
}

/// The ports of the Service as the pods have them; a name that no pod has gives no port.
fn ports(service: &Json, pods: &[Arc<Json>]) -> Vec<Json> {
    let mut ports = Vec::new();
    for port in items(service, &["spec", "ports"]) {
        let number = match &port["targetPort"] {
            Json::Number(number) => number.as_i64(),
            Json::String(name) => pods.iter().find_map(|p| named_port(p, name)),
            _ => port["port"].as_i64(),
        };
        let Some(number) = number.filter(|_| !pods.is_empty()) else { continue };
        let name = port["name"].as_str().unwrap_or_default();
        let mut found = json!({"name": name, "port": number, "protocol": port["protocol"]});
        object::put(&mut found, &["appProtocol"], &port["appProtocol"]);
        ports.push(found);
    }
    ports
}

fn named_port(pod: &Json, name: &str) -> Option<i64> {
    items(pod, &["spec", "containers"])
        .iter()
        .flat_map(|c| items(c, &["ports"]))
        .find(|p| p["name"] == name)
        .and_then(|p| p["containerPort"].as_i64())
}
