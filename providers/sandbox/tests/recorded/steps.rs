//! The requests that scenarios are made of, and the objects in them.

use serde_json::{Value as Json, json};

use crate::play::Step;

pub const JSON: &str = "application/json";
pub const APPLY: &str = "application/apply-patch+yaml";

pub fn step(name: &str, method: &'static str, path: &str, media: &'static str, body: Json) -> Step {
    Step { name: name.to_owned(), method, path: path.to_owned(), media, body, whole: false, slow: 0 }
}

pub fn post(name: &str, path: &str, body: Json) -> Step {
    step(name, "POST", path, JSON, body)
}

pub fn delete(name: &str, path: &str, body: Json) -> Step {
    step(name, "DELETE", path, JSON, body)
}

pub fn put(name: &str, path: &str, body: Json) -> Step {
    step(name, "PUT", path, JSON, body)
}

pub fn merge(name: &str, path: &str, body: Json) -> Step {
    step(name, "PATCH", path, "application/merge-patch+json", body)
}

pub fn json_patch(name: &str, path: &str, body: Json) -> Step {
    step(name, "PATCH", path, "application/json-patch+json", body)
}

/// A server-side apply of the manager `plimsoll:test`; `query` adds to it.
pub fn apply(name: &str, path: &str, query: &str, body: Json) -> Step {
    let path = format!("{path}?fieldManager=plimsoll:test&fieldValidation=Strict{query}");
    step(name, "PATCH", &path, APPLY, body)
}

pub fn whole(step: Step) -> Step {
    Step { whole: true, ..step }
}

pub fn path(namespace: &str, resource: &str, name: &str) -> String {
    let base = match resource {
        "deployments" | "statefulsets" | "replicasets" | "daemonsets" => "apis/apps/v1",
        "ingresses" | "networkpolicies" => "apis/networking.k8s.io/v1",
        "horizontalpodautoscalers" => "apis/autoscaling/v2",
        "poddisruptionbudgets" => "apis/policy/v1",
        "jobs" | "cronjobs" => "apis/batch/v1",
        _ => "api/v1",
    };
    format!("/{base}/namespaces/{namespace}/{resource}/{name}").trim_end_matches('/').to_owned()
}

pub fn web(replicas: i64, image: &str) -> Json {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{
                    "name": "web", "image": image, "ports": [{"name": "http", "containerPort": 80}],
                    "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "0.5Gi"}},
                    "readinessProbe": {"httpGet": {"path": "/", "port": "http"}},
                }]},
            },
        },
    })
}

pub fn db(replicas: i64, image: &str) -> Json {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet",
        "metadata": {"name": "db", "labels": {"app": "db", "extra": "x"}, "annotations": {"note": "a"}},
        "spec": {
            "replicas": replicas, "serviceName": "db-headless", "selector": {"matchLabels": {"app": "db"}},
            "template": {
                "metadata": {"labels": {"app": "db"}},
                "spec": {
                    "containers": [{
                        "name": "db", "image": image, "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                    }],
                    "initContainers": [{"name": "prep", "image": "busybox:1.36", "command": ["true"]}],
                },
            },
            "volumeClaimTemplates": [{
                "metadata": {"name": "data", "labels": {"owner": "test"}},
                "spec": {
                    "accessModes": ["ReadWriteOnce"], "storageClassName": "alicloud-disk-ssd",
                    "resources": {"requests": {"storage": "1024Mi"}},
                },
            }],
        },
    })
}
