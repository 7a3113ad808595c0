//! What makes an object invalid beyond its schema: names, ranges, fields that belong together.
//!
//! A reasonable part of what a real server checks, with its wordings; the kinds that controllers run, and names of all.

mod custom;
mod metadata;
mod network;
mod pod;
mod workload;

use plimsoll_schema::Json;
use serde_json::json;

use crate::object::at;
use crate::resource::Resource;
use crate::status::Fault;

/// What is wrong with an object.
pub(crate) fn object(resource: Resource, object: &Json) -> Vec<Fault> {
    let mut faults = Faults::default();
    metadata::check(resource, object, &mut faults);
    match (resource.group(), resource.name()) {
        ("", "Pod") => pod::spec(&object["spec"], "spec", &mut faults),
        ("", "Service") => network::service(object, &mut faults),
        ("", "PersistentVolumeClaim") => claim(&object["spec"], "spec", &mut faults),
        ("", "ConfigMap" | "Secret") => metadata::data(object, &mut faults),
        ("apps", "Deployment") => workload::deployment(object, &mut faults),
        ("apps", "ReplicaSet" | "DaemonSet") => workload::replicated(object, &mut faults),
        ("apps", "StatefulSet") => workload::stateful_set(object, &mut faults),
        ("batch", "Job") => workload::job(&object["spec"], "spec", &mut faults),
        ("batch", "CronJob") => workload::cron_job(object, &mut faults),
        ("autoscaling", "HorizontalPodAutoscaler") => workload::autoscaler(object, &mut faults),
        ("networking.k8s.io", "Ingress") => network::ingress(object, &mut faults),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => custom::definition(object, &mut faults),
        _ if resource.is_declared() => custom::declared(resource, object, &mut faults),
        _ => {}
    }
    faults.0
}

/// The faults found so far.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// The value must be given and not empty.
    fn require(&mut self, value: &Json, path: impl Into<String>, detail: &str) -> bool {
        let missing = match value {
            Json::Null => true,
            Json::String(text) => text.is_empty(),
            Json::Array(list) => list.is_empty(),
            _ => false,
        };
        if missing {
            self.add(Fault::required(path, detail));
        }
        !missing
    }

    /// The value must be one of these, where it is given.
    fn one_of(&mut self, value: &Json, path: impl Into<String>, allowed: &[&str]) {
        if let Some(text) = value.as_str()
            && !allowed.contains(&text)
        {
            self.add(Fault::unsupported(path, text, allowed));
        }
    }

    /// The number must not be negative, where it is given.
    fn not_negative(&mut self, value: &Json, path: impl Into<String>) {
        if let Some(number) = value.as_i64().filter(|n| *n < 0) {
            self.add(Fault::invalid(path, &json!(number), "must be greater than or equal to 0"));
        }
    }

    /// The number must be at least one, where it is given.
    fn positive(&mut self, value: &Json, path: impl Into<String>) {
        if let Some(number) = value.as_i64().filter(|n| *n < 1) {
            self.add(Fault::invalid(path, &json!(number), "must be greater than 0"));
        }
    }

    /// The number must be a port.
    fn port(&mut self, value: &Json, path: impl Into<String>) {
        if let Some(number) = value.as_i64().filter(|n| !(1..=65_535).contains(n)) {
            self.add(Fault::invalid(path, &json!(number), "must be between 1 and 65535, inclusive"));
        }
    }
}

/// The `spec` of a claim, or of a claim template.
fn claim(spec: &Json, path: &str, faults: &mut Faults) {
    faults.require(&spec["accessModes"], format!("{path}.accessModes"), "at least 1 access mode is required");
    let modes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
    for mode in crate::object::items(spec, &["accessModes"]) {
        faults.one_of(mode, format!("{path}.accessModes"), &modes);
    }
    faults.require(at(spec, &["resources", "requests", "storage"]), format!("{path}.resources[storage]"), "");
}
