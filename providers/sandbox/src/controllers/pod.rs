//! Pods: given to a node, then run by it. What can start is ready at once; what cannot says why.

use plimsoll_schema::Json;
use serde_json::json;

use crate::cluster::Cluster;
use crate::controllers::condition::{Condition, holds};
use crate::controllers::{happening, scheduler};
use crate::object::{self, at, items, set, text};
use crate::resource::{Key, Known};
use crate::status::Failure;

/// The field manager of the nodes.
const KUBELET: &str = "kubelet";

/// The names of the claims that a pod mounts.
pub(crate) fn claims(pod: &Json) -> impl Iterator<Item = &str> {
    items(pod, &["spec", "volumes"])
        .iter()
        .filter_map(|v| at(v, &["persistentVolumeClaim", "claimName"]).as_str())
}

pub(crate) fn uses_claim(pod: &Json, claim: &str) -> bool {
    claims(pod).any(|c| c == claim)
}

/// The pod has run and will not run again.
pub(crate) fn is_finished(pod: &Json) -> bool {
    matches!(text(pod, &["status", "phase"]), "Succeeded" | "Failed")
}

/// The pod runs, and its readiness checks pass.
pub(crate) fn is_ready(pod: &Json) -> bool {
    !object::terminating(pod) && holds(&pod["status"], "Ready")
}

pub(crate) fn reconcile(cluster: &mut Cluster, known: &Known, key: &Key) {
    let Some(pod) = cluster.get(key) else { return };
    if object::terminating(&pod) {
        stop(cluster, key, &pod);
    } else if is_finished(&pod) {
        // It stays as it ended.
    } else if text(&pod, &["spec", "nodeName"]).is_empty() {
        schedule(cluster, known, key, &pod);
    } else {
        let status = status(cluster, known, &pod);
        warn_of_waiting(cluster, &pod, &status);
        cluster.set_status(key, KUBELET, status);
    }
}

/// The node ends the containers at once, whatever grace was given.
fn stop(cluster: &mut Cluster, key: &Key, pod: &Json) {
    if items(pod, &["metadata", "finalizers"]).is_empty() {
        cluster.remove(key, pod.clone());
    } else if object::int(pod, &["metadata", "deletionGracePeriodSeconds"]) != Some(0) {
        let mut stopped = pod.clone();
        set(&mut stopped, &["metadata", "deletionGracePeriodSeconds"], json!(0));
        cluster.store.put(key.clone(), stopped);
    }
}

fn schedule(cluster: &mut Cluster, known: &Known, key: &Key, pod: &Json) {
    let now = cluster.time();
    match scheduler::place(cluster, known, pod) {
        Ok(node) => {
            // Binding is no update: it leaves no trace in managedFields.
            let mut bound = pod.clone();
            set(&mut bound, &["spec", "nodeName"], json!(node));
            for label in ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"] {
                let place = cluster
                    .store
                    .get(&known.nodes.key("", &node))
                    .map(|n| n["metadata"]["labels"][label].clone());
                if let Some(place) = place.filter(|p| !p.is_null()) {
                    set(&mut bound, &["metadata", "labels", label], place);
                }
            }
            let scheduled = Condition { kind: "PodScheduled", status: true, reason: "", message: "" };
            set(&mut bound, &["status", "conditions"], json!([scheduled.to_json(&pod["status"], &now)]));
            cluster.store.put(key.clone(), bound);
        }
        Err(why) => {
            let waits =
                Condition { kind: "PodScheduled", status: false, reason: "Unschedulable", message: &why };
            let mut status = pod["status"].clone();
            set(&mut status, &["conditions"], json!([waits.to_json(&pod["status"], &now)]));
            happening::warn(cluster, pod, "default-scheduler", "FailedScheduling", &why);
            cluster.set_status(key, "kube-scheduler", status);
        }
    }
}

/// Why a container does not run.
struct Waiting {
    reason: &'static str,
    message: String,
}

fn waiting(reason: &'static str, message: impl Into<String>) -> Option<Waiting> {
    Some(Waiting { reason, message: message.into() })
}

fn status(cluster: &Cluster, known: &Known, pod: &Json) -> Json {
    let now = cluster.time();
    let before = &pod["status"];
    let started = match text(before, &["startTime"]) {
        "" => now.clone(),
        since => since.to_owned(),
    };
    let once = text(object::controller(pod), &["kind"]) == "Job";
    let blocked = unmountable(cluster, known, pod);
    let mut held = blocked.is_some();
    let state = |container: &Json, held: bool| match (&blocked, held) {
        (Some(_), _) => waiting("ContainerCreating", ""),
        (None, true) => waiting("PodInitializing", ""),
        (None, false) => obstacle(cluster, known, pod, container),
    };
    let mut init = Vec::new();
    for container in items(pod, &["spec", "initContainers"]) {
        let wait = state(container, held);
        held |= wait.is_some();
        let ends = text(container, &["restartPolicy"]) != "Always";
        init.push(container_status(container, items(before, &["initContainerStatuses"]), wait, ends, &now));
    }
    let initialized = !held;
    let mut main = Vec::new();
    for container in items(pod, &["spec", "containers"]) {
        let wait = state(container, !initialized);
        held |= wait.is_some();
        let mut status = container_status(container, items(before, &["containerStatuses"]), wait, once, &now);
        // An init container that has ended well counts as ready, any other does not.
        status["ready"] = json!(status["ready"] == true && !once);
        main.push(status);
    }
    let ready = !held && !once;
    let phase = match (held, once) {
        (true, _) => "Pending",
        (false, true) => "Succeeded",
        (false, false) => "Running",
    };
    let not_ready = not_ready(&main, phase);
    let mut status = json!({
        "phase": phase, "qosClass": before["qosClass"], "startTime": started,
        "conditions": conditions(before, &now, initialized, ready, &not_ready, blocked.is_none()),
        "containerStatuses": main,
    });
    if let Some(generation) = object::int(pod, &["metadata", "generation"]) {
        status["observedGeneration"] = json!(generation);
    }
    if !init.is_empty() {
        status["initContainerStatuses"] = Json::Array(init);
    }
    let node = known.nodes.key("", text(pod, &["spec", "nodeName"]));
    let addresses =
        cluster.store.get(&node).map(|n| items(n, &["status", "addresses"]).to_vec()).unwrap_or_default();
    if let Some(host) = addresses.iter().find(|a| a["type"] == "InternalIP") {
        status["hostIP"] = host["address"].clone();
        status["hostIPs"] = json!([{"ip": host["address"]}]);
    }
    if blocked.is_none() {
        let ip = match text(before, &["podIP"]) {
            "" => address(pod),
            ip => ip.to_owned(),
        };
        status["podIP"] = json!(ip);
        status["podIPs"] = json!([{"ip": ip}]);
    }
    status
}

/// An address for the pod, from its uid.
fn address(pod: &Json) -> String {
    let hash = blake3::hash(object::uid(pod).as_bytes());
    let [a, b, c, ..] = *hash.as_bytes();
    format!("10.{}.{b}.{}", 244 + a % 8, 1 + c % 254)
}

/// The reason and message of the conditions of a pod that is not ready.
fn not_ready(containers: &[Json], phase: &str) -> (&'static str, String) {
    if phase == "Succeeded" {
        return ("PodCompleted", String::new());
    }
    let names: Vec<&str> = containers
        .iter()
        .filter(|c| c["ready"] != true)
        .map(|c| c["name"].as_str().unwrap_or_default())
        .collect();
    ("ContainersNotReady", format!("containers with unready status: [{}]", names.join(" ")))
}

fn conditions(
    before: &Json,
    now: &str,
    initialized: bool,
    ready: bool,
    not_ready: &(&str, String),
    sandboxed: bool,
) -> Json {
    let (reason, message) = if ready { ("", "") } else { (not_ready.0, not_ready.1.as_str()) };
    let plain = |kind, status| Condition { kind, status, reason: "", message: "" };
    let mut uninitialized = plain("Initialized", initialized);
    if !initialized {
        uninitialized.reason = "ContainersNotInitialized";
    }
    let all = [
        plain("PodReadyToStartContainers", sandboxed),
        uninitialized,
        Condition { kind: "Ready", status: ready, reason, message },
        Condition { kind: "ContainersReady", status: ready, reason, message },
        plain("PodScheduled", true),
    ];
    all.map(|c| c.to_json(before, now)).to_vec().into()
}

fn container_status(container: &Json, before: &[Json], wait: Option<Waiting>, ends: bool, now: &str) -> Json {
    let name = &container["name"];
    let old = before.iter().find(|s| s["name"] == *name).unwrap_or(&Json::Null);
    let since = ["running", "terminated"]
        .iter()
        .find_map(|s| at(old, &["state", s, "startedAt"]).as_str())
        .unwrap_or(now);
    let image = text(container, &["image"]);
    let runs = wait.is_none();
    let state = match wait {
        Some(wait) if wait.message.is_empty() => json!({"waiting": {"reason": wait.reason}}),
        Some(wait) => json!({"waiting": {"reason": wait.reason, "message": wait.message}}),
        None if ends => json!({"terminated": {
            "exitCode": 0, "reason": "Completed", "startedAt": since, "finishedAt": since,
        }}),
        None => json!({"running": {"startedAt": since}}),
    };
    let mut status = json!({
        "name": name, "image": image, "imageID": "", "lastState": {}, "restartCount": 0, "state": state,
        "ready": runs, "started": runs && !ends,
    });
    if runs {
        status["containerID"] =
            json!(format!("sandbox://{}", blake3::hash(format!("{since}{name}{image}").as_bytes()).to_hex()));
    }
    status
}

/// Whether the name of an image, or its tag, says that it cannot be pulled.
fn is_broken(image: &str) -> bool {
    let image = image.split('@').next().unwrap_or_default();
    let (name, tag) = match image.rsplit_once(':') {
        // A colon before a slash is part of the registry's address.
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (image, ""),
    };
    name.ends_with("broken") || tag.ends_with("broken")
}

/// Why a container of a pod whose volumes are mounted does not start.
fn obstacle(cluster: &Cluster, known: &Known, pod: &Json, container: &Json) -> Option<Waiting> {
    let image = text(container, &["image"]);
    if is_broken(image) {
        return waiting("ImagePullBackOff", format!("Back-off pulling image {image:?}: not found"));
    }
    let namespace = object::namespace(pod);
    let missing = |reference: &Json, secret: bool| {
        let name = text(reference, &["name"]);
        let (resource, what, kind) = if secret {
            (known.secrets, "secret", "Secret")
        } else {
            (known.config_maps, "configmap", "ConfigMap")
        };
        if reference["optional"] == true {
            return None;
        }
        let Some(found) = cluster.store.get(&resource.key(namespace, name)) else {
            return Some(format!("{what} {name:?} not found"));
        };
        let key = reference["key"].as_str()?;
        let held = ["data", "binaryData"].iter().any(|field| !at(found, &[field, key]).is_null());
        (!held).then(|| format!("couldn't find key {key} in {kind} {namespace}/{name}"))
    };
    let from = items(container, &["envFrom"])
        .iter()
        .flat_map(|e| [(&e["configMapRef"], false), (&e["secretRef"], true)]);
    let keys = items(container, &["env"]).iter().flat_map(|e| {
        [(at(e, &["valueFrom", "configMapKeyRef"]), false), (at(e, &["valueFrom", "secretKeyRef"]), true)]
    });
    from.chain(keys)
        .filter(|(reference, _)| !reference.is_null())
        .find_map(|(reference, secret)| missing(reference, secret))
        .and_then(|message| waiting("CreateContainerConfigError", message))
}

/// Why the volumes of a pod cannot be mounted.
fn unmountable(cluster: &Cluster, known: &Known, pod: &Json) -> Option<String> {
    let namespace = object::namespace(pod);
    items(pod, &["spec", "volumes"]).iter().find_map(|volume| {
        let refers = [
            ("configMap", "name", known.config_maps, "configmap"),
            ("secret", "secretName", known.secrets, "secret"),
        ];
        let absent = refers.iter().find_map(|(field, name_field, resource, what)| {
            let source = &volume[*field];
            let name = source[*name_field].as_str()?;
            let there =
                source["optional"] == true || cluster.store.get(&resource.key(namespace, name)).is_some();
            (!there).then(|| format!("{what} {name:?} not found"))
        })?;
        Some(format!("MountVolume.SetUp failed for volume {} : {absent}", volume["name"]))
    })
}

/// Tells of every container that waits for something which will not come by itself.
fn warn_of_waiting(cluster: &mut Cluster, pod: &Json, status: &Json) {
    let volumes = crate::resource::known().and_then(|known| unmountable(cluster, known, pod));
    if let Some(message) = volumes {
        happening::warn(cluster, pod, KUBELET, "FailedMount", &message);
    }
    for group in ["initContainerStatuses", "containerStatuses"] {
        for container in items(status, &[group]) {
            let message = text(container, &["state", "waiting", "message"]);
            match text(container, &["state", "waiting", "reason"]) {
                "ImagePullBackOff" => {
                    let image = text(container, &["image"]);
                    let failed = format!("Failed to pull image {image:?}: not found");
                    happening::warn(cluster, pod, KUBELET, "Failed", &failed);
                }
                "CreateContainerConfigError" => {
                    happening::warn(cluster, pod, KUBELET, "Failed", &format!("Error: {message}"));
                }
                _ => {}
            }
        }
    }
}

/// What a container has written: nothing runs here, and that is what the log says.
pub(crate) fn log(pod: &Json, container: &str) -> Result<String, Failure> {
    let name = object::name(pod);
    let all: Vec<&Json> =
        ["containers", "initContainers"].iter().flat_map(|group| items(pod, &["spec", group])).collect();
    let chosen = match container {
        "" => items(pod, &["spec", "containers"]).first(),
        wanted => all.iter().find(|c| c["name"] == wanted).copied(),
    };
    let Some(chosen) = chosen else {
        return Err(Failure::bad_request(format!("container {container} is not valid for pod {name}")));
    };
    let statuses = ["containerStatuses", "initContainerStatuses"];
    let status =
        statuses.iter().flat_map(|g| items(&pod["status"], &[g])).find(|s| s["name"] == chosen["name"]);
    let reason = status.map_or("ContainerCreating", |s| text(s, &["state", "waiting", "reason"]));
    if reason.is_empty() {
        return Ok(format!(
            "sandbox: {} stands for a container and runs no process\n",
            text(chosen, &["image"])
        ));
    }
    let why = if reason == "ImagePullBackOff" { "trying and failing to pull image" } else { reason };
    let container = text(chosen, &["name"]);
    Err(Failure::bad_request(format!("container {container:?} in pod {name:?} is waiting to start: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_images_are_told_by_name_or_tag() {
        for broken in ["web-broken", "web:1-broken", "reg.io:5000/x/broken:2", "web:broken@sha256:00"] {
            assert!(is_broken(broken), "{broken}");
        }
        for sound in ["web", "broken-web:1", "broken:5000/web", "web:1"] {
            assert!(!is_broken(sound), "{sound}");
        }
    }
}
