//! Plays requests against a cluster and keeps what came of each.

use std::collections::BTreeMap;
use std::time::Duration;

use http::Request;
use http_body_util::BodyExt;
use kube::client::Body;
use serde_json::{Value as Json, json};

use crate::normal;

/// One request.
#[derive(Debug, Clone)]
pub struct Step {
    pub name: String,
    pub method: &'static str,
    pub path: String,
    pub media: &'static str,
    pub body: Json,
    /// Keep the whole answer, not only its code and message.
    pub whole: bool,
    /// How long a real cluster needs before it even begins, in seconds.
    pub slow: u64,
}

/// A cluster to play on.
pub struct Play {
    pub client: kube::Client,
    pub namespace: String,
    /// Controllers need time.
    pub settles: bool,
}

/// Everything that is looked at after each step.
const RESOURCES: &[&str] = &[
    "apis/apps/v1/{}/deployments",
    "apis/apps/v1/{}/replicasets",
    "apis/apps/v1/{}/statefulsets",
    "apis/apps/v1/{}/daemonsets",
    "apis/apps/v1/{}/controllerrevisions",
    "api/v1/{}/pods",
    "api/v1/{}/services",
    "api/v1/{}/persistentvolumeclaims",
    "api/v1/persistentvolumes",
    "api/v1/{}/configmaps",
    "api/v1/{}/secrets",
    "api/v1/{}/serviceaccounts",
    "apis/discovery.k8s.io/v1/{}/endpointslices",
    "apis/networking.k8s.io/v1/{}/ingresses",
    "apis/networking.k8s.io/v1/{}/networkpolicies",
    "apis/autoscaling/v2/{}/horizontalpodautoscalers",
    "apis/policy/v1/{}/poddisruptionbudgets",
    "apis/batch/v1/{}/jobs",
    "apis/batch/v1/{}/cronjobs",
];

impl Play {
    async fn send(&self, step: &Step) -> (u16, Json) {
        let body = if step.body.is_null() { Vec::new() } else { step.body.to_string().into_bytes() };
        let request = Request::builder()
            .method(step.method)
            .uri(&step.path)
            .header("content-type", step.media)
            .header("accept", "application/json")
            .body(Body::from(body))
            .unwrap();
        let response = self.client.send(request).await.unwrap();
        let code = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (code, serde_json::from_slice(&bytes).unwrap_or(Json::Null))
    }

    async fn get(&self, path: &str) -> Json {
        let step = Step {
            name: String::new(),
            method: "GET",
            path: path.to_owned(),
            media: "application/json",
            body: Json::Null,
            whole: true,
            slow: 0,
        };
        self.send(&step).await.1
    }

    async fn all(&self) -> Vec<Json> {
        let mut objects = Vec::new();
        for resource in RESOURCES {
            let path = format!("/{}", resource.replace("{}", &format!("namespaces/{}", self.namespace)));
            let list = self.get(&path).await;
            let kind = list["kind"].as_str().unwrap_or_default().trim_end_matches("List").to_owned();
            for mut item in list["items"].as_array().cloned().unwrap_or_default() {
                item["kind"] = json!(kind);
                item["apiVersion"] = list["apiVersion"].clone();
                if kind == "PersistentVolume"
                    && item["spec"]["claimRef"]["namespace"] != self.namespace.as_str()
                {
                    continue;
                }
                objects.push(item);
            }
        }
        objects
    }

    /// The objects once nothing changes any more.
    async fn settled(&self, slow: u64) -> Vec<Json> {
        if !self.settles {
            return self.all().await;
        }
        tokio::time::sleep(Duration::from_secs(slow)).await;
        let mut last = self.all().await;
        let mut quiet = 0;
        for _ in 0..300 {
            tokio::time::sleep(Duration::from_millis(250)).await;
            let now = self.all().await;
            quiet = if now == last { quiet + 1 } else { 0 };
            last = now;
            if quiet >= 10 {
                break;
            }
        }
        last
    }
}

/// Plays the steps in a namespace of their own.
pub async fn play(play: Play, script: Vec<Step>) -> Vec<Json> {
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": play.namespace}});
    let create = crate::steps::post("make the namespace", "/api/v1/namespaces", namespace);
    let (code, answer) = play.send(&create).await;
    assert_eq!(code, 201, "{answer}");
    let mut record = Vec::new();
    let mut before: BTreeMap<String, Json> = BTreeMap::new();
    for step in script {
        let (code, answer) = play.send(&step).await;
        let raw = play.settled(step.slow).await;
        let mut words = normal::Words::new(&raw);
        let now: BTreeMap<String, Json> = raw.iter().map(|o| words.object(o)).collect();
        let mut changed: BTreeMap<String, Json> = now
            .iter()
            .filter(|(name, o)| before.get(*name) != Some(*o))
            .map(|(n, o)| (n.clone(), o.clone()))
            .collect();
        for name in before.keys().filter(|n| !now.contains_key(*n)) {
            changed.insert(name.clone(), Json::Null);
        }
        let answer = if step.whole || code >= 400 { words.text_of(&answer) } else { Json::Null };
        record.push(json!({"step": step.name, "code": code, "answer": answer, "objects": changed}));
        before = now;
    }
    play.send(&crate::steps::delete("end", &format!("/api/v1/namespaces/{}", play.namespace), Json::Null))
        .await;
    record
}
