//! Whatever is sent, the server answers, and goes on answering.
#![allow(clippy::unwrap_used, missing_docs)]

use http::Request;
use http_body_util::BodyExt;
use kube::client::Body;
use plimsoll_sandbox::{ManualClock, Sandbox};
use serde_json::{Value as Json, json};

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.roll(all.len())]
    }
}

fn pointers(value: &Json, here: &str, out: &mut Vec<String>) {
    out.push(here.to_owned());
    match value {
        Json::Object(map) => {
            for (name, value) in map {
                pointers(value, &format!("{here}/{}", name.replace('~', "~0").replace('/', "~1")), out);
            }
        }
        Json::Array(list) => {
            for (i, value) in list.iter().enumerate() {
                pointers(value, &format!("{here}/{i}"), out);
            }
        }
        _ => {}
    }
}

fn objects() -> Vec<(&'static str, Json)> {
    let meta = |name: &str| {
        json!({"name": name, "namespace": "default", "labels": {"app": "x"}, "annotations": {"a": "b"},
            "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "no", "uid": "1"}], "finalizers": ["a/b"]})
    };
    let pod = json!({
        "containers": [{
            "name": "c", "image": "i", "ports": [{"containerPort": 1, "name": "p"}], "env": [{"name": "E", "value": "v"},
                {"name": "F", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
            "resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "1"}},
            "volumeMounts": [{"name": "v", "mountPath": "/v"}], "livenessProbe": {"httpGet": {"port": "p"}},
        }],
        "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}],
        "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
            {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["x"]}]}},
        ]}},
        "tolerations": [{"key": "a", "operator": "Exists"}], "nodeSelector": {"kubernetes.io/os": "linux"},
    });
    let template = json!({"metadata": {"labels": {"app": "x"}}, "spec": pod});
    let claim = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
    let selector = json!({"matchLabels": {"app": "x"}});
    vec![
        (
            "apis/apps/v1/{}/deployments",
            json!({"metadata": meta("x"), "spec": {"replicas": 1, "selector": selector, "template": template,
            "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}}}}),
        ),
        (
            "apis/apps/v1/{}/statefulsets",
            json!({"metadata": meta("y"), "spec": {"replicas": 1, "selector": selector, "template": template,
            "serviceName": "s", "volumeClaimTemplates": [{"metadata": {"name": "v"}, "spec": claim}],
            "updateStrategy": {"rollingUpdate": {"partition": 0}}}}),
        ),
        (
            "apis/apps/v1/{}/daemonsets",
            json!({"metadata": meta("z"), "spec": {"selector": selector, "template": template}}),
        ),
        (
            "apis/batch/v1/{}/jobs",
            json!({"metadata": meta("j"), "spec": {"completions": 2, "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}}}),
        ),
        ("api/v1/{}/pods", json!({"metadata": meta("p"), "spec": pod})),
        (
            "api/v1/{}/services",
            json!({"metadata": meta("s"), "spec": {"type": "NodePort", "selector": {"app": "x"}, "clusterIP": "10.96.7.7",
            "ports": [{"name": "a", "port": 80, "targetPort": "p", "nodePort": 30001}]}}),
        ),
        ("api/v1/{}/persistentvolumeclaims", json!({"metadata": meta("data"), "spec": claim})),
        (
            "apis/networking.k8s.io/v1/{}/ingresses",
            json!({"metadata": meta("i"), "spec": {"ingressClassName": "nginx", "rules": [{"host": "a.b",
            "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "s", "port": {"number": 80}}}}]}}]}}),
        ),
        (
            "apis/autoscaling/v2/{}/horizontalpodautoscalers",
            json!({"metadata": meta("h"), "spec": {"minReplicas": 1, "maxReplicas": 3,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}, "metrics": [{"type": "Resource",
            "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}]}}),
        ),
        (
            "apis/policy/v1/{}/poddisruptionbudgets",
            json!({"metadata": meta("b"), "spec": {"minAvailable": "50%", "selector": selector}}),
        ),
        (
            "api/v1/{}/secrets",
            json!({"metadata": meta("s"), "stringData": {"k": "v"}, "data": {"x": "eA=="}}),
        ),
        (
            "api/v1/persistentvolumes",
            json!({"metadata": meta("pv"), "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"],
            "hostPath": {"path": "/x"}, "claimRef": {"name": "data", "namespace": "default"}}}),
        ),
        (
            "api/v1/nodes",
            json!({"metadata": meta("n"), "spec": {}, "status": {"addresses": [{"type": "InternalIP", "address": "1.2.3.4"}]}}),
        ),
        ("api/v1/namespaces", json!({"metadata": meta("ns"), "spec": {"finalizers": ["kubernetes"]}})),
    ]
}

fn nonsense() -> Vec<Json> {
    vec![
        Json::Null,
        json!(-1),
        json!(0),
        json!(1e300),
        json!(i64::MIN),
        json!(70_000),
        json!(""),
        json!("x"),
        json!("None"),
        json!("9".repeat(400)),
        json!("-5%"),
        json!("é\u{0}"),
        json!([]),
        json!([null]),
        json!([[]]),
        json!({}),
        json!({"": null}),
        json!([{"name": null}]),
        json!(true),
        json!("Recreate"),
        json!("OnDelete"),
        json!("Parallel"),
    ]
}

const QUERIES: &[&str] = &[
    "",
    "fieldManager=m",
    "fieldManager=m&force=true",
    "fieldManager=m&dryRun=All",
    "fieldManager=m&fieldValidation=Strict",
    "dryRun=Some",
    "limit=x",
    "continue=v1~1~~",
    "labelSelector=a%20in%20(",
    "fieldSelector=metadata.name=x",
    "watch=1&timeoutSeconds=0",
    "watch=1&resourceVersion=abc",
    "watch=1&timeoutSeconds=0&resourceVersion=1&sendInitialEvents=true",
];
const MEDIA: &[&str] = &[
    "application/json",
    "application/apply-patch+yaml",
    "application/merge-patch+json",
    "application/json-patch+json",
    "x",
    "",
];
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "PATCH", "PATCH", "DELETE", "OPTIONS"];

#[tokio::test]
async fn nonsense_is_answered() {
    let sandbox = Sandbox::in_memory(3, ManualClock::at(1_700_000_000));
    let client = kube::Client::new(sandbox.service(), "default");
    let (objects, values, mut dice) = (objects(), nonsense(), Dice(11));
    let mut codes = std::collections::BTreeMap::<u16, usize>::new();
    for round in 0..4_000 {
        let (resource, object) = dice.pick(&objects);
        let mut body = object.clone();
        let mut places = Vec::new();
        pointers(&body, "", &mut places);
        // Every fourth request is sound, so that there is something to change.
        for _ in 0..(round % 4).min(2) {
            let (place, value) = (dice.pick(&places).clone(), dice.pick(&values).clone());
            if let Some(found) = body.pointer_mut(&place) {
                *found = value;
            }
        }
        let parts: Vec<&str> = resource.split('/').collect();
        let (api_version, kind) = (&parts[1..parts.len() - 1], *parts.last().unwrap());
        let api_version = api_version.iter().filter(|p| **p != "{}").copied().collect::<Vec<_>>().join("/");
        let found = plimsoll_schema::kinds()
            .find(|k| k.plural == kind && k.gvk.api_version() == api_version)
            .unwrap();
        if let Some(map) = body.as_object_mut() {
            map.entry("apiVersion").or_insert(json!(api_version));
            map.entry("kind").or_insert(json!(found.gvk.kind));
        }
        let name = object["metadata"]["name"].as_str().unwrap();
        let end = *dice.pick(&[
            "",
            "/NAME",
            "/NAME",
            "/NAME",
            "/NAME/scale",
            "/NAME/status",
            "/NAME/log",
            "/a/b/c",
        ]);
        let path = format!("/{}{}", resource.replace("{}", "namespaces/default"), end.replace("NAME", name));
        let patch = json!([{"op": "add", "path": dice.pick(&places), "value": dice.pick(&values)}]);
        let media = *dice.pick(MEDIA);
        let body = match dice.roll(12) {
            0 => Vec::new(),
            1 => b"{\"a\": ".to_vec(),
            2 => vec![0xff, 0xfe],
            _ if media.starts_with("application/json-patch") => patch.to_string().into_bytes(),
            _ => body.to_string().into_bytes(),
        };
        let request = Request::builder()
            .method(if round % 4 == 0 { "PATCH" } else { dice.pick(METHODS) })
            .uri(format!("{path}?{}", if round % 4 == 0 { QUERIES[2] } else { dice.pick(QUERIES) }))
            .header("content-type", if round % 4 == 0 { MEDIA[1] } else { media })
            .body(Body::from(body))
            .unwrap();
        let answer = client.send(request).await.unwrap();
        let code = answer.status().as_u16();
        *codes.entry(code).or_default() += 1;
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        if code >= 400 {
            let status: Json = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(
                (status["kind"].as_str(), status["code"].as_u64()),
                (Some("Status"), Some(code.into())),
                "{status}"
            );
            assert!(!status["message"].as_str().unwrap().is_empty());
        }
    }
    // All of them were met: the test would be worth little if everything were refused at the door.
    for code in [200, 201, 400, 404, 405, 409, 415, 422] {
        assert!(codes.contains_key(&code), "{codes:?}");
    }
}
