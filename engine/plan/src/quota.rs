//! Whether the quotas of a namespace leave room for the pods of a plan.
//!
//! A quota refuses a pod when it is made, long after the apply of its workload went through: the rollout
//! never finishes. What cannot fit is refused here, with the numbers. Quotas that count only some pods (with
//! scopes) and resources that a container leaves to a LimitRange are not judged.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::{Diagnostic, Gvk, Report};
use plimsoll_schema::Quantity;
use serde_json::Value as Json;

use crate::effect::Pods;
use crate::plan::{Action, Operation};
use crate::pod_size::{self, Side};
use crate::replicas;
use crate::request::Request;
use crate::survey::{self, Survey, Touched};
use crate::world::World;

fn gvk() -> Gvk {
    Gvk::new("", "v1", "ResourceQuota")
}

/// Whether the number of its pods is the configuration's, and known.
fn is_counted(touched: &Touched<'_>) -> bool {
    touched.is("Deployment") || touched.is("StatefulSet")
}

/// Namespaces that exist and in which pods are to start.
fn namespaces<'t>(touched: &'t [Touched<'_>], world: &World<'_>) -> BTreeSet<&'t str> {
    let starts = |t: &&Touched<'_>| is_counted(t) && t.starts_pods() && !world.makes_namespace_of(&t.op.id);
    touched.iter().filter(starts).filter_map(|t| t.op.id.namespace.as_deref()).collect()
}

/// The quotas of each namespace in which pods are to start.
pub(crate) fn questions(touched: &[Touched<'_>], world: &World<'_>) -> Vec<Request> {
    namespaces(touched, world).into_iter().map(|ns| survey::everything(gvk(), Some(ns))).collect()
}

/// A resource that a quota bounds.
struct Bound<'q> {
    quota: &'q str,
    resource: &'q str,
    hard: Quantity,
    used: Quantity,
}

impl Bound<'_> {
    fn free(&self) -> Quantity {
        self.hard.minus(&self.used)
    }

    /// What a pod counts for; none where nobody says.
    fn of(&self, template: &Json) -> Option<Quantity> {
        let (side, name) = match self.resource {
            "pods" | "count/pods" => return Quantity::parse("1"),
            name @ ("cpu" | "memory" | "ephemeral-storage") => (Side::Requests, name),
            name => match (name.strip_prefix("requests."), name.strip_prefix("limits.")) {
                (Some("storage"), _) => return None,
                (Some(name), _) => (Side::Requests, name),
                (_, Some(name)) => (Side::Limits, name),
                _ => return None,
            },
        };
        match pod_size::of(template, side).remove(name) {
            // An extended resource that no container asks for counts for nothing.
            None if name.contains('/') => Quantity::parse("0"),
            Some(amount) if name.contains('/') || pod_size::says(template, side, name) => Some(amount),
            _ => None,
        }
    }
}

fn bounds(quotas: &[Json]) -> Vec<Bound<'_>> {
    let whole = |q: &&Json| {
        let empty = |field: &Json| field.as_array().is_none_or(Vec::is_empty);
        empty(&q["spec"]["scopes"]) && empty(&q["spec"]["scopeSelector"]["matchExpressions"])
    };
    let mut out = Vec::new();
    for quota in quotas.iter().filter(whole) {
        let used = pod_size::read(&quota["status"]["used"]);
        let Some(hard) = quota["status"]["hard"].as_object() else { continue };
        let amounts = pod_size::read(&quota["status"]["hard"]);
        for resource in hard.keys() {
            if let (Some(hard), Some(used)) = (amounts.get(resource), used.get(resource)) {
                let name = quota["metadata"]["name"].as_str().unwrap_or_default();
                out.push(Bound { quota: name, resource, hard: hard.clone(), used: used.clone() });
            }
        }
    }
    out
}

/// Refuses what cannot fit, and says by how much.
pub(crate) fn check(
    touched: &[Touched<'_>],
    operations: &[Operation],
    survey: &Survey,
    world: &World<'_>,
    report: &mut Report,
) {
    for namespace in namespaces(touched, world) {
        let Some(quotas) = survey.list(gvk(), Some(namespace)) else { continue };
        let here: Vec<&Touched<'_>> = touched
            .iter()
            .filter(|t| is_counted(t) && t.op.id.namespace.as_deref() == Some(namespace))
            .collect();
        for bound in bounds(quotas) {
            if !ends_above(&bound, &here, &leaving(operations, namespace), world, report) {
                here.iter().for_each(|t| stalls(&bound, t, world, report));
            }
        }
    }
}

/// Workloads of a namespace that go with this plan: their room is free afterwards.
fn leaving(operations: &[Operation], namespace: &str) -> Vec<Json> {
    let goes = |op: &&Operation| {
        op.action == Action::Delete
            && op.id.namespace.as_deref() == Some(namespace)
            && matches!(op.id.gvk.kind.as_str(), "Deployment" | "StatefulSet")
    };
    operations.iter().filter(goes).map(|op| op.before.value()).collect()
}

fn count(object: &Json) -> i64 {
    if object.is_null() { 0 } else { replicas::number(object).unwrap_or(1) }
}

/// Whether all pods of a namespace come to more than the quota when the plan is done.
fn ends_above(
    bound: &Bound<'_>,
    here: &[&Touched<'_>],
    leaving: &[Json],
    world: &World<'_>,
    report: &mut Report,
) -> bool {
    let nothing = bound.hard.times(0);
    let (mut more, mut by) = (nothing.clone(), BTreeMap::new());
    for touched in here {
        let Some(each) = bound.of(touched.template()) else { continue };
        let had = match touched.before.is_null() {
            true => nothing.clone(),
            false => match bound.of(survey::template(&touched.before)) {
                Some(each) => each.times(count(&touched.before)),
                None => continue,
            },
        };
        let grows = each.times(count(&touched.after)).minus(&had);
        if nothing.less_than(&grows) {
            by.insert(touched.op.address.clone(), (*touched, each, grows.clone()));
        }
        more = more.plus(&grows);
    }
    for object in leaving {
        let freed = bound.of(survey::template(object)).map(|each| each.times(count(object)));
        more = freed.map_or(more.clone(), |freed| more.minus(&freed));
    }
    if !nothing.less_than(&more) || !bound.free().less_than(&more) {
        return false;
    }
    let Some((first, ..)) = by.values().next() else { return false };
    let parts: Vec<String> = by
        .values()
        .map(|(t, each, grows)| {
            let pods = count(&t.after);
            let pods = if pods == 1 { "1 pod".to_string() } else { format!("{pods} pods") };
            format!(
                "{}: {pods} of {} {} need {} more",
                t.name(),
                bound.resource,
                each.canonical(),
                grows.canonical()
            )
        })
        .collect();
    report.push(too_small(
        bound,
        first,
        &format!("{}. Together that is {}", parts.join("; "), more.canonical()),
        world,
    ));
    true
}

/// Refuses a rollout whose first new pod does not fit beside the old ones, which all stay until it is ready.
fn stalls(bound: &Bound<'_>, touched: &Touched<'_>, world: &World<'_>, report: &mut Report) {
    let Some(Pods::Rolling { no_gap: true, .. }) = touched.pods() else { return };
    if !touched.is("Deployment") || count(&touched.after) < count(&touched.before) {
        return;
    }
    let Some(each) = bound.of(touched.template()) else { return };
    if bound.hard.times(0).less_than(&each) && bound.free().less_than(&each) {
        let what = format!(
            "{}: its pods are replaced without a gap, so a new one, {} {}, has to fit beside the {} old ones",
            touched.name(),
            bound.resource,
            each.canonical(),
            count(&touched.before)
        );
        report.push(too_small(bound, touched, &what, world));
    }
}

fn too_small(bound: &Bound<'_>, touched: &Touched<'_>, what: &str, world: &World<'_>) -> Diagnostic {
    let Bound { quota, resource, hard, used } = bound;
    let namespace = touched.op.id.namespace.as_deref().unwrap_or_default();
    Diagnostic::error("quota-too-small", "the quota leaves no room, and the rollout could not finish")
        .detail(format!(
            "{what}. ResourceQuota {namespace}/{quota} allows {resource} {}, of which {} is used: {} is left.",
            hard.canonical(),
            used.canonical(),
            bound.free().canonical()
        ))
        .at_some(touched.want(world).map(|want| want.span), "its pods")
        .help("ask for less, or have the quota raised; with max_surge = 0 and max_unavailable = 1 in update_strategy, a rollout needs no room beside the old pods")
}
