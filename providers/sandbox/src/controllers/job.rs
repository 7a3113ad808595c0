//! Jobs: pods that run once. Here they end as soon as they start, and well.

use plimsoll_schema::Json;
use serde_json::json;

use crate::cluster::Cluster;
use crate::controllers::condition::{Condition, holds};
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
}

pub(crate) fn reconcile(cluster: &mut Cluster, known: &Known, key: &Key) {
    let Some(job) = cluster.get(key) else { return };
    let done = holds(&job["status"], "Complete");
    if object::terminating(&job) || at(&job, &["spec", "suspend"]) == true {
        return;
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
    if succeeded >= wanted {
        let message = "Reached expected number of succeeded pods";
        let conditions = ["SuccessCriteriaMet", "Complete"].map(|kind| {
            let condition = Condition { kind, status: true, reason: "CompletionsReached", message };
            let mut condition = condition.to_json(&job["status"], &now);
            condition["lastProbeTime"] = json!(now);
            condition
        });
        status["conditions"] = json!(conditions);
        status["completionTime"] = json!(now);
    }
    cluster.set_status(key, MANAGER, status);
}

fn count(pods: &[std::sync::Arc<Json>], which: impl Fn(&Json) -> bool) -> i64 {
    i64::try_from(pods.iter().filter(|p| which(p)).count()).unwrap_or_default()
}
