//! Deployments, StatefulSets, DaemonSets, ReplicaSets, Jobs, autoscalers.

use plimsoll_schema::Json;
use serde_json::json;

use super::{Faults, claim, metadata, pod};
use crate::object::{at, items, text};
use crate::selector;
use crate::status::Fault;

pub(super) fn deployment(deployment: &Json, faults: &mut Faults) {
    replicated(deployment, faults);
    let spec = &deployment["spec"];
    let strategy = &spec["strategy"];
    faults.one_of(&strategy["type"], "spec.strategy.type", &["Recreate", "RollingUpdate"]);
    if text(strategy, &["type"]) == "Recreate" && !strategy["rollingUpdate"].is_null() {
        let why = "may not be specified when strategy `type` is 'Recreate'";
        faults.add(Fault::forbidden("spec.strategy.rollingUpdate", why));
    }
    let zero = |v: &Json| v == 0 || v == "0%";
    let rolling = &strategy["rollingUpdate"];
    if zero(&rolling["maxSurge"]) && zero(&rolling["maxUnavailable"]) {
        let why = "may not be 0 when `maxSurge` is 0";
        faults.add(Fault::invalid(
            "spec.strategy.rollingUpdate.maxUnavailable",
            &rolling["maxUnavailable"],
            why,
        ));
    }
    if let (Some(deadline), ready) =
        (spec["progressDeadlineSeconds"].as_i64(), spec["minReadySeconds"].as_i64().unwrap_or(0))
        && deadline <= ready
    {
        let why = "must be greater than minReadySeconds";
        faults.add(Fault::invalid("spec.progressDeadlineSeconds", &json!(deadline), why));
    }
}

/// What everything with replicas, a selector and a template has in common.
pub(super) fn replicated(object: &Json, faults: &mut Faults) {
    let spec = &object["spec"];
    for field in ["replicas", "minReadySeconds", "revisionHistoryLimit"] {
        faults.not_negative(&spec[field], format!("spec.{field}"));
    }
    let labels = at(spec, &["template", "metadata", "labels"]);
    if spec["selector"].is_null() {
        faults.add(Fault::required("spec.selector", ""));
    } else {
        let empty = at(&spec["selector"], &["matchLabels"]).as_object().is_none_or(serde_json::Map::is_empty)
            && items(&spec["selector"], &["matchExpressions"]).is_empty();
        if empty {
            let kind = text(object, &["kind"]).to_lowercase();
            let why = format!("empty selector is invalid for {kind}");
            faults.add(Fault::invalid("spec.selector", &spec["selector"], &why));
        } else if !selector::selects(&spec["selector"], labels) {
            let shown = if labels.is_null() { json!({}) } else { labels.clone() };
            let why = "`selector` does not match template `labels`";
            faults.add(Fault::invalid("spec.template.metadata.labels", &shown, why));
        }
    }
    metadata::labels(labels, "spec.template.labels", faults);
    pod::spec(at(spec, &["template", "spec"]), "spec.template.spec", faults);
    let policy = text(spec, &["template", "spec", "restartPolicy"]);
    if !matches!(policy, "" | "Always") {
        faults.add(Fault::unsupported("spec.template.spec.restartPolicy", policy, &["Always"]));
    }
}

pub(super) fn stateful_set(set: &Json, faults: &mut Faults) {
    // Mounts may name claim templates, so those count as volumes.
    let mut set = set.clone();
    let claims = items(&set, &["spec", "volumeClaimTemplates"]).to_vec();
    for template in &claims {
        let name = &template["metadata"]["name"];
        let volumes = crate::object::list(&mut set, &["spec", "template", "spec", "volumes"]);
        if volumes.iter().all(|v| v["name"] != *name) {
            volumes.push(json!({"name": name, "persistentVolumeClaim": {"claimName": name}}));
        }
    }
    replicated(&set, faults);
    let spec = &set["spec"];
    faults.one_of(&spec["podManagementPolicy"], "spec.podManagementPolicy", &["OrderedReady", "Parallel"]);
    faults.one_of(
        at(spec, &["updateStrategy", "type"]),
        "spec.updateStrategy.type",
        &["OnDelete", "RollingUpdate"],
    );
    faults.not_negative(
        at(spec, &["updateStrategy", "rollingUpdate", "partition"]),
        "spec.updateStrategy.rollingUpdate.partition",
    );
    faults.not_negative(at(spec, &["ordinals", "start"]), "spec.ordinals.start");
    for when in ["whenDeleted", "whenScaled"] {
        let path = format!("spec.persistentVolumeClaimRetentionPolicy.{when}");
        faults.one_of(at(spec, &["persistentVolumeClaimRetentionPolicy", when]), path, &["Delete", "Retain"]);
    }
    for (i, template) in claims.iter().enumerate() {
        claim(&template["spec"], &format!("spec.volumeClaimTemplates[{i}].spec"), faults);
    }
}

/// The `spec` of a Job, or of what a CronJob makes.
pub(super) fn job(spec: &Json, path: &str, faults: &mut Faults) {
    for field in
        ["parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"]
    {
        faults.not_negative(&spec[field], format!("{path}.{field}"));
    }
    pod::spec(at(spec, &["template", "spec"]), &format!("{path}.template.spec"), faults);
    let policy = text(spec, &["template", "spec", "restartPolicy"]);
    if !matches!(policy, "OnFailure" | "Never") {
        let where_ = format!("{path}.template.spec.restartPolicy");
        match policy {
            "" => faults.add(Fault::required(where_, "valid values: \"OnFailure\", \"Never\"")),
            policy => faults.add(Fault::unsupported(where_, policy, &["OnFailure", "Never"])),
        }
    }
}

pub(super) fn cron_job(cron: &Json, faults: &mut Faults) {
    let spec = &cron["spec"];
    if faults.require(&spec["schedule"], "spec.schedule", "") {
        let schedule = text(spec, &["schedule"]);
        let fields = schedule.split_whitespace().count();
        if fields != 5 && !schedule.starts_with('@') {
            let why = format!("expected exactly 5 fields, found {fields}: {schedule:?}");
            faults.add(Fault::invalid("spec.schedule", &spec["schedule"], &why));
        }
    }
    faults.one_of(&spec["concurrencyPolicy"], "spec.concurrencyPolicy", &["Allow", "Forbid", "Replace"]);
    job(at(spec, &["jobTemplate", "spec"]), "spec.jobTemplate.spec", faults);
}

pub(super) fn autoscaler(autoscaler: &Json, faults: &mut Faults) {
    let spec = &autoscaler["spec"];
    let (min, max) = (spec["minReplicas"].as_i64().unwrap_or(1), spec["maxReplicas"].as_i64().unwrap_or(0));
    if min < 1 {
        faults.add(Fault::invalid("spec.minReplicas", &json!(min), "must be greater than or equal to 1"));
    }
    if max < 1 {
        faults.add(Fault::invalid("spec.maxReplicas", &json!(max), "must be greater than 0"));
    }
    if max < min {
        faults.add(Fault::invalid(
            "spec.maxReplicas",
            &json!(max),
            "must be greater than or equal to `minReplicas`",
        ));
    }
    for field in ["kind", "name"] {
        faults.require(at(spec, &["scaleTargetRef", field]), format!("spec.scaleTargetRef.{field}"), "");
    }
    for (i, metric) in items(spec, &["metrics"]).iter().enumerate() {
        let path = format!("spec.metrics[{i}]");
        if faults.require(&metric["type"], format!("{path}.type"), "must specify a metric source type") {
            let types = ["ContainerResource", "External", "Object", "Pods", "Resource"];
            faults.one_of(&metric["type"], format!("{path}.type"), &types);
        }
        let utilization = at(metric, &["resource", "target", "averageUtilization"]);
        faults.positive(utilization, format!("{path}.resource.target.averageUtilization"));
    }
}
