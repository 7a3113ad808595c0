//! What a new cluster holds: namespaces, nodes, storage and ingress classes, and one gateway.

use serde_json::{Value as Json, json};

use crate::cluster::Cluster;
use crate::write::Writer;

/// The nodes of a cluster.
const NODES: usize = 3;

/// A new cluster.
pub(crate) fn cluster(seed: String, now: i64) -> Cluster {
    let mut cluster = Cluster::empty(seed);
    cluster.now = now;
    for object in objects() {
        // Nothing here can be refused: a test opens a cluster and finds everything.
        let _ = cluster.create_with_status(object, &Writer::named("kube-apiserver"));
    }
    cluster.react();
    cluster
}

fn objects() -> Vec<Json> {
    let mut objects = Vec::new();
    for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        objects.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
    }
    for i in 0..NODES {
        objects.push(node(&format!("sandbox-{i}"), i));
    }
    let is_default = json!({"storageclass.kubernetes.io/is-default-class": "true"});
    for (name, annotations) in [("alicloud-disk-ssd", json!({})), ("standard", is_default)] {
        objects.push(json!({
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
            "metadata": {"name": name, "annotations": annotations},
            "provisioner": "kubernetes.io/host-path", "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate",
        }));
    }
    objects.push(json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "nginx"},
        "spec": {"controller": "k8s.io/ingress-nginx"},
    }));
    let gateway = "gateway.networking.k8s.io/v1";
    objects.push(json!({
        "apiVersion": gateway, "kind": "GatewayClass", "metadata": {"name": "nginx"},
        "spec": {"controllerName": "gateway.nginx.org/nginx-gateway-controller"},
    }));
    objects.push(json!({
        "apiVersion": gateway, "kind": "Gateway", "metadata": {"name": "public", "namespace": "default"},
        "spec": {"gatewayClassName": "nginx", "listeners": [
            {"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}},
        ]},
    }));
    objects.push(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {
            "name": "kubernetes", "namespace": "default",
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
        "spec": {
            "clusterIP": "10.96.0.1", "type": "ClusterIP",
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}],
        },
    }));
    objects
}

fn node(name: &str, index: usize) -> Json {
    let capacity = json!({
        "cpu": "32", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "1000",
    });
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {
            "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
            "topology.kubernetes.io/zone": format!("sandbox-{index}"),
        }},
        "spec": {"podCIDR": format!("10.244.{index}.0/24"), "podCIDRs": [format!("10.244.{index}.0/24")]},
        "status": {
            "capacity": capacity, "allocatable": capacity,
            "addresses": [
                {"type": "InternalIP", "address": format!("192.168.0.{}", index + 10)},
                {"type": "Hostname", "address": name},
            ],
            "conditions": [
                {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "the sandbox plays this node"},
            ],
            "nodeInfo": {
                "architecture": "amd64", "operatingSystem": "linux", "kubeletVersion": crate::discovery::VERSION,
                "bootID": "", "containerRuntimeVersion": "", "kernelVersion": "", "kubeProxyVersion": "",
                "machineID": "", "osImage": "", "systemUUID": "",
            },
        },
    })
}
