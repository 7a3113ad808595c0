//! Whether the quotas of a namespace leave room for the pods of a plan.
//!
//! A quota refuses a pod when it is made, long after the apply of its workload went through: the rollout
//! never finishes. What cannot fit is refused here, with the numbers; where it fits once something else of the
//! plan is gone, that is a warning. Quotas that count only some pods (with scopes) and resources that a container
//! leaves to a LimitRange are not judged.

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
use crate::world::{World, id_of, identity};

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
struct Bound {
    quota: String,
    resource: String,
    hard: Quantity,
    used: Quantity,
}

impl Bound {
    fn free(&self) -> Quantity {
        self.hard.minus(&self.used)
    }

    /// What a pod counts for; none where nobody says.
    fn of(&self, template: &Json) -> Option<Quantity> {
        let (side, name) = match self.resource.as_str() {
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

/// What the quotas of a namespace allow when the plan is done: one that it changes bounds by its new numbers, and one
/// that it deletes bounds nothing.
fn bounds(quotas: &[Json], operations: &[Operation], world: &World<'_>) -> Vec<Bound> {
    let whole = |q: &&Json| {
        let empty = |field: &Json| field.as_array().is_none_or(Vec::is_empty);
        empty(&q["spec"]["scopes"]) && empty(&q["spec"]["scopeSelector"]["matchExpressions"])
    };
    let mut out = Vec::new();
    for quota in quotas.iter().filter(whole) {
        let own = |op: &&Operation| id_of(quota).is_some_and(|id| identity(&id) == identity(&op.id));
        let hard = match operations.iter().find(own) {
            Some(op) => world.afterwards(op)["spec"]["hard"].clone(),
            None => quota["status"]["hard"].clone(),
        };
        let used = pod_size::read(&quota["status"]["used"]);
        for (resource, hard) in pod_size::read(&hard) {
            if let Some(used) = used.get(&resource).cloned() {
                let quota = quota["metadata"]["name"].as_str().unwrap_or_default().to_string();
                out.push(Bound { quota, resource, hard, used });
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
        let leaving = leaving(operations, namespace, world);
        for bound in bounds(quotas, operations, world) {
            let freed = freed(&bound, &leaving);
            if !ends_above(&bound, &here, &freed, world, report) {
                here.iter().for_each(|t| stalls(&bound, t, &here, &freed, world, report));
            }
        }
    }
}

/// Pods that go with this plan: their room is free afterwards.
struct Leaving {
    workload: Json,
    /// How many; none where nobody counted them.
    count: Option<i64>,
}

/// The pods of a namespace that go because their workload is deleted, or their job suspended.
fn leaving(operations: &[Operation], namespace: &str, world: &World<'_>) -> Vec<Leaving> {
    let here = operations.iter().filter(|op| op.id.namespace.as_deref() == Some(namespace));
    let leaves = |op: &Operation| {
        let count = match survey::pods(op)? {
            Pods::Stop { count } if op.action == Action::Delete || op.id.gvk.kind == "Job" => *count,
            Pods::Ends => {
                let status = world.ours.get(&identity(&op.id)).map(|live| live.object()["status"].take());
                // A number that is nought is left out; a job without any status was never looked at.
                let known = status.filter(|status| status.as_object().is_some_and(|s| !s.is_empty()));
                known.map(|status| status["active"].as_i64().unwrap_or(0))
            }
            _ => return None,
        };
        Some(Leaving { workload: op.before.value(), count })
    };
    here.filter_map(leaves).collect()
}

/// How much of a resource becomes free.
struct Freed {
    amount: Quantity,
    /// Whether there is more, and nobody knows how much.
    open: bool,
}

fn freed(bound: &Bound, leaving: &[Leaving]) -> Freed {
    let mut out = Freed { amount: bound.hard.times(0), open: false };
    for Leaving { workload, count } in leaving {
        match bound.of(survey::template(workload)).zip(*count) {
            Some((each, count)) => out.amount = out.amount.plus(&each.times(count)),
            None => out.open |= *count != Some(0),
        }
    }
    out
}

fn count(object: &Json) -> i64 {
    if object.is_null() { 0 } else { replicas::number(object).unwrap_or(1) }
}

/// What a pod of a workload counts for, and how much more all of them do when the plan is done; none where nobody
/// says. Pods that are not replaced go on as they are: those of a paused Deployment, all of them with `OnDelete`, and
/// those below a partition.
fn growth(bound: &Bound, touched: &Touched<'_>) -> Option<(Quantity, Quantity)> {
    let each = bound.of(touched.template())?;
    let (had, has) = (count(&touched.before), count(&touched.after));
    if touched.pods() == Some(&Pods::Held) {
        return Some((each.clone(), each.times(0)));
    }
    if touched.before.is_null() {
        return Some((each.clone(), each.times(has)));
    }
    let before = bound.of(survey::template(&touched.before))?;
    let kept = match touched.pods() {
        Some(Pods::Paused) => has,
        Some(Pods::OnDelete { .. }) => has.min(had),
        Some(Pods::Rolling { kept, .. }) => (*kept).min(had),
        _ => 0,
    };
    let grows = before.times(kept).plus(&each.times(has - kept)).minus(&before.times(had));
    Some((each, grows))
}

/// Whether all pods of a namespace come to more than the quota when the plan is done.
fn ends_above(
    bound: &Bound,
    here: &[&Touched<'_>],
    freed: &Freed,
    world: &World<'_>,
    report: &mut Report,
) -> bool {
    let nothing = bound.hard.times(0);
    let (mut more, mut by) = (nothing.clone(), BTreeMap::new());
    for touched in here {
        let Some((each, grows)) = growth(bound, touched) else { continue };
        more = more.plus(&grows);
        if nothing.less_than(&grows) {
            by.insert(touched.op.address.clone(), (*touched, each, grows));
        }
    }
    more = more.minus(&freed.amount);
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
        freed.open.then_some("How much becomes free with this plan is not known"),
        world,
    ));
    true
}

/// Refuses a rollout whose first new pod does not fit beside the old ones, which all stay until it is ready. Where it
/// fits once something else of the plan is gone, only the order decides.
fn stalls(
    bound: &Bound,
    touched: &Touched<'_>,
    here: &[&Touched<'_>],
    freed: &Freed,
    world: &World<'_>,
    report: &mut Report,
) {
    let Some(Pods::Rolling { no_gap: true, .. }) = touched.pods() else { return };
    if !touched.is("Deployment") || count(&touched.after) < count(&touched.before) {
        return;
    }
    let Some(each) = bound.of(touched.template()) else { return };
    let nothing = bound.hard.times(0);
    if !nothing.less_than(&each) || !bound.free().less_than(&each) {
        return;
    }
    let shrink = here.iter().filter_map(|other| growth(bound, other)).map(|(_, grows)| nothing.minus(&grows));
    let room = shrink
        .filter(|less| nothing.less_than(less))
        .fold(bound.free().plus(&freed.amount), |room, less| room.plus(&less));
    let may_fit = freed.open || !room.less_than(&each);
    let what = format!(
        "{}: its pods are replaced without a gap, so a new one, {} {}, has to fit beside the {} old ones",
        touched.name(),
        bound.resource,
        each.canonical(),
        count(&touched.before)
    );
    let doubt = "Other pods go with this plan and leave room, but nothing says that they go first";
    report.push(too_small(bound, touched, &what, may_fit.then_some(doubt), world));
}

/// The finding: an error, or with a doubt a warning.
fn too_small(
    bound: &Bound,
    touched: &Touched<'_>,
    what: &str,
    doubt: Option<&str>,
    world: &World<'_>,
) -> Diagnostic {
    let Bound { quota, resource, hard, used } = bound;
    let namespace = touched.op.id.namespace.as_deref().unwrap_or_default();
    let (diagnostic, doubt) = match doubt {
        None => (
            Diagnostic::error(
                "quota-too-small",
                "the quota leaves no room, and the rollout could not finish",
            ),
            String::new(),
        ),
        Some(doubt) => (
            Diagnostic::warning("quota-too-small", "the quota may leave no room for the rollout"),
            format!(" {doubt}."),
        ),
    };
    diagnostic
        .detail(format!(
            "{what}. ResourceQuota {namespace}/{quota} allows {resource} {}, of which {} is used: {} is left.{doubt}",
            hard.canonical(),
            used.canonical(),
            bound.free().canonical()
        ))
        .at_some(touched.want(world).map(|want| want.span), "its pods")
        .help("ask for less, or have the quota raised; with max_surge = 0 and max_unavailable = 1 in update_strategy, a rollout needs no room beside the old pods")
}
