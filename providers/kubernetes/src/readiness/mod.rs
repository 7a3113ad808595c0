//! Whether an object does what it is for: one pure predicate for each kind.
//!
//! A status counts only when it speaks of the generation that was written. Kinds without a rule
//! of their own are ready as soon as they exist, unless they report a `Ready` condition.

mod autoscaler;
mod claim;
mod conditions;
mod crd;
mod daemonset;
mod deployment;
mod ingress;
mod job;
mod namespace;
mod pod;
mod route;
mod service;
mod statefulset;

use plimsoll_driver::Readiness;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

/// Whether `object` is ready, its status speaking of `generation` or a later one. `pods` are the
/// pods and replica sets of its namespace.
pub fn of(object: &Json, generation: i64, pods: &[Json]) -> Readiness {
    let text = |key: &str| object[key].as_str().unwrap_or_default();
    let group = text("apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
    match (group, text("kind")) {
        ("apps", "Deployment") => typed(object, |o| deployment::readiness(o, generation, pods)),
        ("apps", "StatefulSet") => typed(object, |o| statefulset::readiness(o, generation, pods)),
        ("apps", "DaemonSet") => typed(object, |o| daemonset::readiness(o, generation, pods)),
        ("batch", "Job") => typed(object, |o| job::readiness(o, pods)),
        ("", "Pod") => pod::readiness(object),
        ("", "PersistentVolumeClaim") => typed(object, claim::readiness),
        ("", "Service") => typed(object, service::readiness),
        ("", "Namespace") => typed(object, namespace::readiness),
        ("networking.k8s.io", "Ingress") => typed(object, ingress::readiness),
        ("gateway.networking.k8s.io", "HTTPRoute") => route::readiness(),
        ("autoscaling", "HorizontalPodAutoscaler") => typed(object, |o| autoscaler::readiness(o, generation)),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => typed(object, crd::readiness),
        _ => conditions::readiness(object, generation),
    }
}

/// Reads the object as its type; one that does not fit is waited for, as a later form may.
fn typed<T: DeserializeOwned>(object: &Json, judge: impl FnOnce(T) -> Readiness) -> Readiness {
    match T::deserialize(object) {
        Ok(known) => judge(known),
        Err(e) => Readiness::Waiting(format!("the status cannot be read ({e})")),
    }
}

/// The generation gate.
fn seen(observed: Option<i64>, generation: i64) -> Option<Readiness> {
    (observed.unwrap_or(0) < generation)
        .then(|| Readiness::Waiting("the controller has not seen the change yet".into()))
}

/// `1 pod`, `2 pods`.
fn count(n: i32, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::{Value as Json, json};

    use super::*;

    pub(super) fn check(object: Json, generation: i64, pods: &[Json], expected: Expect) {
        expected.assert_eq(&show(&of(&object, generation, pods)));
    }

    fn show(readiness: &Readiness) -> String {
        match readiness {
            Readiness::Ready => "ready".into(),
            Readiness::Waiting(reason) => format!("waiting: {reason}"),
            Readiness::Failing(f) if f.certain => format!("failed: {}", f.reason),
            Readiness::Failing(f) => format!("failing: {}", f.reason),
        }
    }

    #[test]
    fn kinds_without_a_rule_are_ready_when_they_exist() {
        check(json!({"apiVersion": "v1", "kind": "ConfigMap"}), 0, &[], expect!["ready"]);
        check(json!({"apiVersion": "v1", "kind": "Secret"}), 0, &[], expect!["ready"]);
    }

    #[test]
    fn a_status_of_another_shape_is_waited_for() {
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {}, "status": {"replicas": "x"}});
        let Readiness::Waiting(reason) = of(&object, 1, &[]) else { panic!("not waiting") };
        assert!(reason.starts_with("the status cannot be read"), "{reason}");
    }
}
