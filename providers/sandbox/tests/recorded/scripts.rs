//! The requests of scenarios in which the API server answers alone.

use serde_json::{Value as Json, json};

use crate::play::Step;
use crate::steps::{APPLY, JSON, apply, db, delete, json_patch, merge, path, post, put, step, web, whole};

fn service(name: &str, spec: Json) -> Json {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "labels": {"app": "web"}}, "spec": spec})
}

pub fn networking(ns: &str) -> Vec<Step> {
    let at = |name| path(ns, "services", name);
    let ports = json!([{"name": "http", "port": 80, "targetPort": "http"}]);
    let selector = json!({"app": "web"});
    let ingress = |host: &str| {
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web"},
            "spec": {"ingressClassName": "nginx", "rules": [{"host": host, "http": {"paths": [{
                "path": "/", "pathType": "Prefix",
                "backend": {"service": {"name": "web", "port": {"name": "http"}}},
            }]}}]},
        })
    };
    vec![
        apply("an app", &path(ns, "deployments", "web"), "", web(2, "nginx:1.27")),
        apply("an address", &at("web"), "", service("web", json!({"selector": selector, "ports": ports}))),
        apply(
            "without one",
            &at("headless"),
            "",
            service("headless", json!({"clusterIP": "None", "selector": selector, "ports": ports})),
        ),
        apply(
            "for no app",
            &at("external"),
            "",
            service("external", json!({"clusterIP": "None", "ports": [{"port": 80}]})),
        ),
        apply(
            "elsewhere",
            &at("alias"),
            "",
            service("alias", json!({"type": "ExternalName", "externalName": "example.com"})),
        ),
        apply(
            "a node port",
            &at("node"),
            "",
            service(
                "node",
                json!({"type": "NodePort", "selector": selector, "ports": [
                    {"name": "http", "port": 80, "targetPort": 80, "nodePort": 30080}, {"name": "udp", "port": 53, "protocol": "UDP"},
                ]}),
            ),
        ),
        apply(
            "a taken node port",
            &at("other"),
            "",
            service(
                "other",
                json!({"type": "NodePort", "selector": selector, "ports": [
                    {"port": 80, "nodePort": 30080},
                ]}),
            ),
        ),
        apply(
            "a node port out of range",
            &at("other"),
            "",
            service(
                "other",
                json!({"type": "NodePort", "selector": selector, "ports": [
                    {"port": 80, "nodePort": 80},
                ]}),
            ),
        ),
        apply(
            "a balancer",
            &at("lb"),
            "",
            service("lb", json!({"type": "LoadBalancer", "selector": selector, "ports": ports})),
        ),
        apply(
            "no balancer any more",
            &at("lb"),
            "",
            service("lb", json!({"type": "ClusterIP", "selector": selector, "ports": ports})),
        ),
        apply(
            "a second port",
            &at("web"),
            "",
            service(
                "web",
                json!({"selector": selector, "ports": [
                    {"name": "http", "port": 80, "targetPort": "http"}, {"name": "alt", "port": 8080, "targetPort": 80},
                ]}),
            ),
        ),
        apply(
            "another address",
            &at("web"),
            "",
            service("web", json!({"clusterIP": "10.96.200.200", "selector": selector, "ports": ports})),
        ),
        whole(apply("a way in", &path(ns, "ingresses", "web"), "", ingress("a.example.com"))),
        apply("another host", &path(ns, "ingresses", "web"), "", ingress("b.example.com")),
        apply("an address as host", &path(ns, "ingresses", "web"), "", ingress("10.0.0.1")),
        delete("no way in", &path(ns, "ingresses", "web"), Json::Null),
        delete("no address", &at("web"), Json::Null),
    ]
}

pub fn conflicts(ns: &str) -> Vec<Step> {
    let at = path(ns, "configmaps", "site");
    let config = |data: Json| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "site"}, "data": data});
    let with = |field: &str, value: &str| {
        let mut config = config(json!({"a": "1"}));
        config["metadata"][field] = json!(value);
        config
    };
    let by = |name: &str, manager: &str, data: Json| {
        step(name, "PATCH", &format!("{at}?fieldManager={manager}"), APPLY, config(data))
    };
    vec![
        apply("a uid of nothing", &at, "", with("uid", "6d1ea8d0-0000-4000-8000-000000000000")),
        whole(apply("a version of nothing", &at, "", with("resourceVersion", "1"))),
        by("ours", "plimsoll:test", json!({"a": "1", "b": "2"})),
        by("the same of another", "other", json!({"a": "1"})),
        by("another value of another", "other", json!({"a": "3", "b": "3"})),
        merge("by hand", &format!("{at}?fieldManager=kubectl-edit"), json!({"data": {"a": "4", "c": "5"}})),
        by("against all", "plimsoll:test", json!({"a": "1", "b": "2", "c": "6"})),
        by("less of ours", "plimsoll:test", json!({"b": "2"})),
        apply("a stale version", &at, "", with("resourceVersion", "1")),
        apply("a wrong uid", &at, "&force=true", with("uid", "6d1ea8d0-0000-4000-8000-000000000000")),
        put("a stale version by hand", &at, with("resourceVersion", "1")),
        put("a wrong uid by hand", &at, with("uid", "6d1ea8d0-0000-4000-8000-000000000000")),
        post("made twice", &path(ns, "configmaps", ""), config(json!({}))),
        delete("another uid", &at, json!({"preconditions": {"uid": "6d1ea8d0-0000-4000-8000-000000000000"}})),
        delete("another version", &at, json!({"preconditions": {"resourceVersion": "1"}})),
        json_patch("a failed test", &at, json!([{"op": "test", "path": "/data/b", "value": "9"}])),
        whole(delete("try to delete", &format!("{at}?dryRun=All"), Json::Null)),
        whole(delete("delete", &at, Json::Null)),
        delete("delete again", &at, Json::Null),
        step("no manager", "PATCH", &at, APPLY, config(json!({}))),
        by("nowhere", "x", json!({})),
    ]
}

pub fn refusals(ns: &str) -> Vec<Step> {
    let at = path(ns, "deployments", "web");
    let changed = |pointer: &str, value: Json| {
        let mut web = web(1, "nginx:1.27");
        *web.pointer_mut(pointer).unwrap() = value;
        web
    };
    let mut unknown_in_container = web(1, "nginx:1.27");
    unknown_in_container["spec"]["template"]["spec"]["containers"][0]["imagge"] = json!("x");
    let mut unknown = web(1, "nginx:1.27");
    unknown["spec"]["replica"] = json!(3);
    unknown["spec"]["template"]["spec"]["containers"][0]["imagge"] = json!("x");
    let db_path = path(ns, "statefulsets", "db");
    let mut other_service = db(1, "postgres:16");
    other_service["spec"]["serviceName"] = json!("other");
    let mut no_image = web(1, "nginx:1.27");
    no_image["spec"]["template"]["spec"]["containers"][0].as_object_mut().unwrap().remove("image");
    let mut mount = web(1, "nginx:1.27");
    mount["spec"]["template"]["spec"]["containers"][0]["volumeMounts"] =
        json!([{"name": "x", "mountPath": "/x"}]);
    vec![
        apply(
            "labels that do not match",
            &at,
            "",
            changed("/spec/template/metadata/labels", json!({"app": "other"})),
        ),
        apply("no image", &at, "", no_image),
        apply("a mount of nothing", &at, "", mount),
        apply(
            "a port beyond",
            &at,
            "",
            changed("/spec/template/spec/containers/0/ports", json!([{"containerPort": 99999}])),
        ),
        apply("a negative number", &at, "", changed("/spec/replicas", json!(-1))),
        apply("text for a number", &at, "", changed("/spec/replicas", json!("two"))),
        apply("an unknown field", &at, "", unknown_in_container),
        post(
            "unknown fields by hand",
            &format!("{}?fieldValidation=Strict", path(ns, "deployments", "")),
            unknown,
        ),
        post(
            "text for a number by hand",
            &path(ns, "deployments", ""),
            changed("/spec/replicas", json!("two")),
        ),
        apply("a bad name", &path(ns, "deployments", "Web"), "", changed("/metadata/name", json!("Web"))),
        apply("another name", &at, "", changed("/metadata/name", json!("other"))),
        apply("no such namespace", &path("nowhere", "deployments", "web"), "", web(1, "nginx:1.27")),
        apply("a good one", &at, "", web(0, "nginx:1.27")),
        apply("another selector", &at, "", {
            let mut web = web(0, "nginx:1.27");
            web["spec"]["selector"]["matchLabels"]["app"] = json!("x");
            web["spec"]["template"]["metadata"]["labels"]["app"] = json!("x");
            web
        }),
        apply("a stateful one", &db_path, "", db(0, "postgres:16")),
        apply("another service", &db_path, "", other_service),
        post("no ports", &path(ns, "services", ""), service("web", json!({}))),
        post(
            "two ports without names",
            &path(ns, "services", ""),
            service("web", json!({"ports": [{"port": 1}, {"port": 2}]})),
        ),
        post(
            "no such type",
            &path(ns, "services", ""),
            service("web", json!({"type": "X", "ports": [{"port": 1}]})),
        ),
        post(
            "no size",
            &path(ns, "persistentvolumeclaims", ""),
            json!({
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"}, "spec": {"accessModes": ["ReadWriteOnce"]},
            }),
        ),
        step("no such patch", "PATCH", &at, "application/x-thing", json!({})),
        step("no such resource", "GET", &path(ns, "widgets", "x"), JSON, Json::Null),
        step("no such object", "GET", &path(ns, "pods", "x"), JSON, Json::Null),
        delete("a protected namespace", "/api/v1/namespaces/kube-system", Json::Null),
    ]
}

pub fn claims(ns: &str) -> Vec<Step> {
    let at = |name| path(ns, "persistentvolumeclaims", name);
    let claim = |name: &str, size: &str| {
        json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}},
        })
    };
    let mut missing = claim("missing", "1Gi");
    missing["spec"]["storageClassName"] = json!("nothing");
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "user"},
        "spec": {
            "containers": [{"name": "c", "image": "busybox", "volumeMounts": [{"name": "d", "mountPath": "/d"}]}],
            "volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}],
        },
    });
    vec![
        apply("a claim", &at("data"), "", claim("data", "1024Mi")),
        apply("of no class", &at("missing"), "", missing),
        apply("another size", &at("data"), "", claim("data", "2Gi")),
        apply("a user of it", &path(ns, "pods", "user"), "", pod),
        whole(delete("delete it in use", &at("data"), Json::Null)),
        Step {
            slow: 8,
            ..delete("no user any more", &path(ns, "pods", "user"), json!({"gracePeriodSeconds": 0}))
        },
    ]
}

pub fn deletion(ns: &str) -> Vec<Step> {
    let at = path(ns, "deployments", "web");
    let mut held = web(1, "nginx:1.27");
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    vec![
        apply("one", &at, "", web(1, "nginx:1.27")),
        whole(delete("leave the rest", &at, json!({"propagationPolicy": "Orphan"}))),
        apply("take them in again", &at, "", web(1, "nginx:1.27")),
        apply("held", &at, "", held),
        whole(delete("delete what is held", &at, Json::Null)),
        apply("touch it", &at, "", {
            let mut web = web(1, "nginx:1.27");
            web["metadata"]["annotations"] = json!({"a": "b"});
            web["metadata"]["finalizers"] = json!(["example.com/hold"]);
            web
        }),
        merge("let go", &at, json!({"metadata": {"finalizers": null}})),
    ]
}

pub fn settings(ns: &str) -> Vec<Step> {
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "stringData": {"password": "x", "user": "y"},
    });
    let mut changed = secret.clone();
    changed["stringData"] = json!({"password": "z"});
    let mut typed = secret.clone();
    typed["type"] = json!("kubernetes.io/basic-auth");
    let frozen = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "frozen"}, "data": {"a": "b"}, "immutable": true,
    });
    let mut thawed = frozen.clone();
    thawed["data"]["a"] = json!("c");
    vec![
        whole(apply("a secret", &path(ns, "secrets", "db"), "", secret)),
        apply("another password", &path(ns, "secrets", "db"), "", changed),
        apply("another type", &path(ns, "secrets", "db"), "", typed),
        apply("what stays", &path(ns, "configmaps", "frozen"), "", frozen),
        apply("does not change", &path(ns, "configmaps", "frozen"), "", thawed),
        apply(
            "a bad key",
            &path(ns, "configmaps", "bad"),
            "",
            json!({
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "bad"}, "data": {"a b": "c"},
            }),
        ),
        apply(
            "a policy",
            &path(ns, "networkpolicies", "web"),
            "",
            json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "web"},
                "spec": {"podSelector": {}, "ingress": [{"ports": [{"port": 80}]}]},
            }),
        ),
        apply(
            "a job by the clock",
            &path(ns, "cronjobs", "tick"),
            "",
            json!({
                "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick"},
                "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": {"spec": {
                    "restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox:1"}],
                }}}}},
            }),
        ),
    ]
}

/// The reference application, as it is compiled.
pub fn reference(ns: &str) -> Vec<Step> {
    let labels = json!({
        "app": "nginx", "app.kubernetes.io/managed-by": "plimsoll", "app.kubernetes.io/name": "nginx",
        "app.kubernetes.io/part-of": "nginx", "plimsoll.dev/app": "nginx", "plimsoll.dev/environment": "default",
        "plimsoll.dev/project": "nginx",
    });
    let selector = json!({"plimsoll.dev/app": "nginx", "plimsoll.dev/project": "nginx"});
    let set = |replicas: i64, image: &str| {
        json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet",
            "metadata": {"name": "nginx", "labels": labels, "annotations": {"plimsoll.dev/address": "app.nginx"}},
            "spec": {
                "replicas": replicas, "serviceName": "nginx-headless", "selector": {"matchLabels": selector},
                "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
                "template": {"metadata": {"labels": labels}, "spec": {
                    "initContainers": [{
                        "name": "prep", "image": "busybox:1.36", "command": ["sh", "-c", "date > /data/init"],
                        "volumeMounts": [{"name": "disk-ssd", "mountPath": "/data"}],
                    }],
                    "containers": [{
                        "name": "nginx", "image": image, "imagePullPolicy": "Always", "command": ["nginx"],
                        "args": ["-g", "daemon off;"], "stdin": true, "tty": true,
                        "env": [
                            {"name": "TIER", "value": "web"},
                            {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                            {"name": "aliyun_logs_nginx-stdout", "value": "stdout"},
                        ],
                        "ports": [{"name": "http", "containerPort": 80}],
                        "resources": {
                            "requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"cpu": "500m", "memory": "512Mi"},
                        },
                        "livenessProbe": {
                            "httpGet": {"path": "/", "port": "http", "httpHeaders": [{"name": "X-Probe", "value": "1"}]},
                            "initialDelaySeconds": 3, "periodSeconds": 10, "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3,
                        },
                        "readinessProbe": {"tcpSocket": {"port": "http"}, "initialDelaySeconds": 15},
                        "lifecycle": {
                            "postStart": {"exec": {"command": ["sh", "-c", "date > /data/started"]}},
                            "preStop": {"exec": {"command": ["nginx", "-s", "quit"]}},
                        },
                        "volumeMounts": [
                            {"name": "disk-ssd", "mountPath": "/data"}, {"name": "logs", "mountPath": "/var/log/nginx"},
                        ],
                    }],
                    "volumes": [{"name": "logs", "emptyDir": {}}],
                    "affinity": {
                        "nodeAffinity": {
                            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                                {"matchExpressions": [{"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}]},
                            ]},
                            "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 50, "preference": {
                                "matchExpressions": [{"key": "disk", "operator": "NotIn", "values": ["hdd"]}],
                            }}],
                        },
                        "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{
                            "weight": 100, "podAffinityTerm": {
                                "topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": selector},
                            },
                        }]},
                    },
                }},
                "volumeClaimTemplates": [{
                    "metadata": {"name": "disk-ssd", "labels": {
                        "plimsoll.dev/app": "nginx", "plimsoll.dev/environment": "default", "plimsoll.dev/project": "nginx",
                    }},
                    "spec": {
                        "accessModes": ["ReadWriteOnce"], "storageClassName": "alicloud-disk-ssd",
                        "resources": {"requests": {"storage": "20Gi"}},
                    },
                }],
            },
        })
    };
    let service = |name: &str, spec: Json| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "labels": labels}, "spec": spec});
    let at = path(ns, "statefulsets", "nginx");
    let ports = json!([{"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http"}]);
    vec![
        apply(
            "headless",
            &path(ns, "services", "nginx-headless"),
            "",
            service(
                "nginx-headless",
                json!({
                    "clusterIP": "None", "selector": selector, "ports": ports, "publishNotReadyAddresses": true,
                }),
            ),
        ),
        whole(apply("the app", &at, "", set(2, "nginx:1.27"))),
        apply(
            "the service",
            &path(ns, "services", "nginx-svc"),
            "",
            service("nginx-svc", json!({"selector": selector, "ports": ports})),
        ),
        apply("three", &at, "", set(3, "nginx:1.27")),
        apply("another image", &at, "", set(3, "nginx:1.28")),
        delete("lose a pod", &path(ns, "pods", "nginx-1"), Json::Null),
        apply("two again", &at, "", set(2, "nginx:1.28")),
        delete("the end", &at, json!({"propagationPolicy": "Background"})),
    ]
}
