//! Objects without what differs from run to run: uids, times, versions, addresses, generated names.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

/// Words that stand for generated ones.
#[derive(Debug, Default)]
pub struct Words {
    replace: Vec<(String, String)>,
}

fn text<'a>(object: &'a Json, path: &str) -> &'a str {
    object.pointer(path).and_then(Json::as_str).unwrap_or_default()
}

impl Words {
    pub fn new(objects: &[Json]) -> Words {
        let mut words: BTreeMap<String, String> = BTreeMap::new();
        let of = |kind: &'static str| objects.iter().filter(move |o| o["kind"] == kind);
        for set in of("ReplicaSet") {
            let revision = text(set, "/metadata/annotations/deployment.kubernetes.io~1revision");
            let hash = text(set, "/metadata/labels/pod-template-hash");
            words.insert(hash.to_owned(), format!("HASH{revision}"));
        }
        for revision in of("ControllerRevision") {
            let name = text(revision, "/metadata/name");
            let hash = name.rsplit_once('-').map_or(name, |(_, h)| h);
            words.insert(hash.to_owned(), format!("HASH{}", revision["revision"]));
        }
        for volume in of("PersistentVolume") {
            let name = text(volume, "/metadata/name");
            let claim = text(volume, "/spec/claimRef/name");
            words.insert(name.to_owned(), format!("VOLUME-{claim}"));
            words.insert(name.trim_start_matches("pvc-").to_owned(), "UID".into());
        }
        for object in objects {
            words.insert(
                text(object, "/metadata/uid").to_owned(),
                format!("UID-{}", object["kind"].as_str().unwrap()),
            );
            let (name, prefix) = (text(object, "/metadata/name"), text(object, "/metadata/generateName"));
            let generated = !prefix.is_empty() && name.len() == prefix.len() + 5;
            if let (true, Some(end)) = (generated, name.strip_prefix(prefix)) {
                words.insert(end.to_owned(), "RAND".into());
            }
        }
        let mut replace: Vec<_> = words.into_iter().filter(|(from, _)| from.len() > 4).collect();
        replace.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
        Words { replace }
    }

    /// The object under a name that stays the same; objects with one generated name are counted.
    pub fn object(&mut self, object: &Json) -> (String, Json) {
        let mut clean = self.clean(object, &mut Vec::new());
        if clean["kind"] == "Pod" {
            clean = without_the_node(clean);
        }
        if clean["kind"] == "EndpointSlice" {
            clean = without_the_way(clean);
        }
        let name = format!("{}/{}", text(&clean, "/kind"), text(&clean, "/metadata/name"));
        if name.ends_with("RAND") {
            // Several pods of one ReplicaSet are alike; which is which does not matter.
            let n = self.replace.iter().filter(|(_, to)| to.starts_with(&format!("seen {name}"))).count();
            self.replace.push((String::new(), format!("seen {name}")));
            return (format!("{name} {}", n + 1), clean);
        }
        (name, clean)
    }

    /// An answer, cleaned in the same way.
    pub fn text_of(&self, answer: &Json) -> Json {
        self.clean(answer, &mut Vec::new())
    }

    fn clean(&self, value: &Json, path: &mut Vec<String>) -> Json {
        match value {
            Json::Object(map) => {
                let mut out = Map::new();
                for (name, value) in map {
                    if dropped(name, path) || value.is_null() {
                        continue;
                    }
                    path.push(name.clone());
                    let cleaned = match masked(name, value, path) {
                        Some(mask) => mask,
                        None => self.clean(value, path),
                    };
                    path.pop();
                    out.insert(self.word(name), cleaned);
                }
                Json::Object(out)
            }
            Json::Array(list) => {
                let mut list: Vec<Json> = list.iter().map(|v| self.clean(v, path)).collect();
                // Orders that depend on timing, not on the rules.
                match path.last().map(String::as_str) {
                    Some("endpoints" | "conditions" | "ports") => list.sort_by_key(ToString::to_string),
                    Some("managedFields") => return by_manager(list),
                    _ => {}
                }
                Json::Array(list)
            }
            Json::String(text) if is_node(text) => json!("NODE"),
            Json::String(text) => json!(self.word(text)),
            other => other.clone(),
        }
    }

    fn word(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (from, to) in self.replace.iter().filter(|(from, _)| !from.is_empty()) {
            text = text.replace(from, to);
        }
        if let Some((start, end)) = text.split_once("kube-api-access-") {
            text = format!("{start}kube-api-access-RAND{}", end.get(5..).unwrap_or_default());
        }
        // A rollout that is over before it is noticed leaves the name of the one before.
        if text.starts_with("ReplicaSet ") && text.ends_with(" has successfully progressed.") {
            text = "ReplicaSet has successfully progressed.".into();
        }
        // The server prints Go structs of its own here.
        if let (Some(from), Some(to)) = (text.find("Invalid value: {"), text.rfind("}: field is immutable")) {
            text.replace_range(from + 15..to + 1, "OBJECT");
        }
        if let Some((start, end)) = text.split_once("ResourceVersion in record (") {
            text = format!(
                "{start}ResourceVersion in record (VERSION{}",
                end.trim_start_matches(|c: char| c.is_ascii_digit())
            );
        }
        for (before, after) in [(" at 20", "Z"), ("\"time\":\"20", "\"")] {
            if let Some(start) = text.find(before) {
                let from = start + before.len() - 2;
                if let Some(length) = text[from..].find(after) {
                    text.replace_range(from..from + length + 1, "TIME");
                }
            }
        }
        text
    }
}

/// The entries of managedFields by who wrote them, so that differences are found where they are.
fn by_manager(entries: Vec<Json>) -> Json {
    let mut all = Map::new();
    // No ingress controller and no load balancer runs on the recorded cluster.
    let absent = ["cloud-controller-manager", "nginx-ingress-controller"];
    for entry in entries.into_iter().filter(|e| absent.iter().all(|a| e["manager"] != *a)) {
        let word = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
        all.insert(format!("{} {} {}", word("manager"), word("operation"), word("subresource")), entry);
    }
    Json::Object(all)
}

/// An EndpointSlice without what tells how many steps led to it: the real controller gathers several into one.
fn without_the_way(mut slice: Json) -> Json {
    let metadata = slice["metadata"].as_object_mut().unwrap();
    for field in ["generation", "annotations", "managedFields"] {
        metadata.remove(field);
    }
    slice
}

/// A pod without what only its node writes: the recorded nodes are played too, by another program. What
/// controllers and people look at stays.
fn without_the_node(mut pod: Json) -> Json {
    if let Some(managed) = pod["metadata"]["managedFields"].as_object_mut() {
        // Whether the scheduler had to wait for a claim is a matter of timing.
        managed.retain(|_, m| m["manager"] != "NODE" && m["manager"] != "kube-scheduler");
    }
    let status = &pod["status"];
    let mut kept = json!({"phase": status["phase"], "qosClass": status["qosClass"]});
    // What has ended is still ready for the one, no longer for a kubelet and for us.
    let conditions = status["conditions"].as_array().filter(|_| status["phase"] != "Succeeded");
    for condition in conditions.into_iter().flatten() {
        let kind = condition["type"].as_str().unwrap_or_default();
        if matches!(kind, "Ready" | "ContainersReady" | "Initialized") {
            kept[kind] = condition["status"].clone();
        }
    }
    for group in ["initContainerStatuses", "containerStatuses"] {
        for container in status[group].as_array().into_iter().flatten() {
            let states: Vec<&String> =
                container["state"].as_object().into_iter().flatten().map(|(k, _)| k).collect();
            let name = container["name"].as_str().unwrap_or_default();
            kept[group][name] =
                json!({"image": container["image"], "ready": container["ready"], "state": states});
        }
    }
    pod["status"] = kept;
    pod
}

fn dropped(name: &str, path: &[String]) -> bool {
    let parent = path.last().map(String::as_str).unwrap_or_default();
    match name {
        "resourceVersion" | "uid" | "creationTimestamp" | "selfLink" | "imageID" | "containerID" => true,
        // No ingress controller and no load balancer runs on the recorded cluster.
        "loadBalancer" => parent == "status",
        // The certificate of the server.
        "ca.crt" => parent == "data",
        _ => false,
    }
}

/// `node-1` on the real cluster, `sandbox-0` here.
fn is_node(text: &str) -> bool {
    text.strip_prefix("node-").or(text.strip_prefix("sandbox-")).is_some_and(|n| n.len() == 1)
}

fn masked(name: &str, value: &Json, path: &[String]) -> Option<Json> {
    let time = |t: &str| t.len() == 20 && t.as_bytes()[10] == b'T' && t.ends_with('Z');
    if value.as_str().is_some_and(time) {
        return Some(json!("TIME"));
    }
    let fields = path.iter().any(|p| p == "fieldsV1");
    match (name, value) {
        ("clusterIP" | "podIP" | "ip" | "hostIP", Json::String(ip)) if ip != "None" && !fields => {
            Some(json!("IP"))
        }
        ("clusterIPs" | "addresses", Json::Array(_)) => {
            Some(json!([if value[0] == "None" { "None" } else { "IP" }]))
        }
        ("nodeName" | "zone" | "topology.kubernetes.io/zone", Json::String(_)) => Some(json!("NODE")),
        ("path", Json::String(p)) if p.starts_with("/tmp/hostpath_pv/") => Some(json!("PATH")),
        ("nodePort", Json::Number(n)) if n.as_i64() == Some(30_080) => Some(value.clone()),
        ("nodePort", Json::Number(_)) => Some(json!("PORT")),
        ("manager", Json::String(m)) if m == "kwok" || m == "kubelet" => Some(json!("NODE")),
        _ => None,
    }
}

/// Where two values differ, as `path: left != right`.
pub fn differences(path: &str, left: &Json, right: &Json, out: &mut Vec<String>) {
    match (left, right) {
        (Json::Object(a), Json::Object(b)) => {
            let null = Json::Null;
            for key in a.keys().chain(b.keys().filter(|k| !a.contains_key(*k))) {
                let (x, y) = (a.get(key).unwrap_or(&null), b.get(key).unwrap_or(&null));
                differences(&format!("{path}.{key}"), x, y, out);
            }
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            for (i, (x, y)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}[{i}]"), x, y, out);
            }
        }
        (a, b) if a == b => {}
        (a, b) => out.push(format!("{path}: {a} != {b}")),
    }
}
