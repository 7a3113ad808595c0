//! Jobs: pods that run once. Here they end as soon as they start, and well.

use plimsoll_schema::Json;
use serde_json::json;

use crate::cluster::Cluster;
use crate::controllers::condition::{Condition, find, holds};
use crate::controllers::{MANAGER, pod, pods_of};
use crate::delete::DeleteOptions;
use crate::object::{self, at, int, set, text};
use crate::resource::{Key, Known};

/// Labels by which a Job finds its pods, where it does not bring a selector of its own.
pub(crate) fn complete(job: &mut Json) {
    if at(job, &["spec", "manualSelector"]) == true || !at(job, &["spec", "selector"]).is_null() {
        return;
    }
    let (uid, name) = (object::uid(job).to_owned(), object::name(job).to_owned());
    for prefix in ["batch.kubernetes.io/", ""] {
        set(job, &["spec", "template", "metadata", "labels", &format!("{prefix}controller-uid")], json!(uid));
        set(job, &["spec", "template", "metadata", "labels", &format!("{prefix}job-name")], json!(name));
    }
    set(job, &["spec", "selector", "matchLabels", "batch.kubernetes.io/controller-uid"], json!(uid));
    if at(job, &["metadata", "labels"]).is_null() {
        let labels = at(job, &["spec", "template", "metadata", "labels"]).clone();
        set(job, &["metadata", "labels"], labels);
    }
}

pub(crate) fn reconcile(cluster: &mut Cluster, known: &Known, key: &Key) {
    let Some(job) = cluster.get(key) else { return };
    let done = holds(&job["status"], "Complete");
    if object::terminating(&job) {
        return;
    }
    if at(&job, &["spec", "suspend"]) == true {
        return suspend(cluster, known, key, &job);
    }
    if done {
        if int(&job, &["spec", "ttlSecondsAfterFinished"]) == Some(0) {
            // Gone already is as good.
            let _ = cluster.delete(key, &DeleteOptions::default());
        }
        return;
    }
    let parallel = int(&job, &["spec", "parallelism"]).unwrap_or(1);
    let wanted = int(&job, &["spec", "completions"]).unwrap_or(parallel.min(1));
    let pods = pods_of::claimed(cluster, known.pods, &job);
    let succeeded = count(&pods, |p| text(p, &["status", "phase"]) == "Succeeded");
    let active = count(&pods, |p| !pod::is_finished(p));
    for index in 0..(wanted - succeeded - active).min(parallel - active).max(0) {
        let mut pod = pods_of::from_template(at(&job, &["spec", "template"]), &job);
        if text(&job, &["spec", "completionMode"]) == "Indexed" {
            let index = (succeeded + active + index).to_string();
            set(
                &mut pod,
                &["metadata", "annotations", "batch.kubernetes.io/job-completion-index"],
                json!(index),
            );
            set(&mut pod, &["metadata", "labels", "batch.kubernetes.io/job-completion-index"], json!(index));
        }
        // Where it is refused, the Job stays active without a pod.
        let _ = cluster.create_as(pod, MANAGER);
    }
    let pods = cluster.controlled_by(known.pods, &job);
    let now = cluster.time();
    let started = match text(&job, &["status", "startTime"]) {
        "" => now.clone(),
        since => since.to_owned(),
    };
    let mut status =
        pods_of::numbers(&[("active", count(&pods, |p| !pod::is_finished(p))), ("succeeded", succeeded)]);
    status["startTime"] = json!(started);
    status["ready"] = json!(0);
    status["terminating"] = json!(0);
    status["uncountedTerminatedPods"] = json!({});
    let resumed =
        Condition { kind: "Suspended", status: false, reason: "JobResumed", message: "Job resumed" };
    let mut conditions = Vec::new();
    if !find(&job["status"], "Suspended").is_null() {
        conditions.push(probed(resumed, &job["status"], &now));
    }
    if succeeded >= wanted {
        let message = "Reached expected number of succeeded pods";
        for kind in ["SuccessCriteriaMet", "Complete"] {
            let condition = Condition { kind, status: true, reason: "CompletionsReached", message };
            conditions.push(probed(condition, &job["status"], &now));
        }
        status["completionTime"] = json!(now);
    }
    if !conditions.is_empty() {
        status["conditions"] = Json::Array(conditions);
    }
    cluster.set_status(key, MANAGER, status);
}

/// A suspended Job has no pods.
fn suspend(cluster: &mut Cluster, known: &Known, key: &Key, job: &Json) {
    for pod in cluster.controlled_by(known.pods, job) {
        if let (Some(key), false) = (Key::of(&pod), pod::is_finished(&pod)) {
            // Gone already is as good.
            let _ = cluster.delete(&key, &DeleteOptions::default());
        }
    }
    let suspended =
        Condition { kind: "Suspended", status: true, reason: "JobSuspended", message: "Job suspended" };
    let condition = probed(suspended, &job["status"], &cluster.time());
    let status =
        json!({"conditions": [condition], "ready": 0, "terminating": 0, "uncountedTerminatedPods": {}});
    cluster.set_status(key, MANAGER, status);
}

/// A Job's conditions tell also when they were last looked at.
fn probed(condition: Condition<'_>, before: &Json, now: &str) -> Json {
    let mut json = condition.to_json(before, now);
    let since = json["lastTransitionTime"].clone();
    json["lastProbeTime"] = since;
    json
}

fn count(pods: &[std::sync::Arc<Json>], which: impl Fn(&Json) -> bool) -> i64 {
    i64::try_from(pods.iter().filter(|p| which(p)).count()).unwrap_or_default()
}
