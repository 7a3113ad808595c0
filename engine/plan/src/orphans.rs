//! Pods that are there before their StatefulSet: somebody deleted the set without them, or an apply that made it
//! anew was interrupted. The new set takes them up instead of making its own.

use std::collections::BTreeSet;

use plimsoll_model::Gvk;
use serde_json::Value as Json;

use crate::change::Consequence;
use crate::consequence::has_controller;
use crate::effect::Pods;
use crate::plan::{Action, Operation};
use crate::request::Request;
use crate::survey::{self, Survey, Touched};
use crate::world::{World, is_terminating};

fn pods() -> Gvk {
    Gvk::new("", "v1", "Pod")
}

/// Whether claims of a set that is made are there already: only then may its pods be.
fn may_have_pods(op: &Operation) -> bool {
    let reused = |c: &Consequence| matches!(c, Consequence::ClaimReused(_));
    op.action == Action::Create && op.id.gvk.kind == "StatefulSet" && op.consequences.iter().any(reused)
}

/// The pods of the namespaces of such sets.
pub(crate) fn questions(touched: &[Touched<'_>], _: &World<'_>) -> Vec<Request> {
    let sets = touched.iter().filter(|t| may_have_pods(t.op));
    sets.map(|t| survey::everything(pods(), t.op.id.namespace.as_deref())).collect()
}

/// Tells of every pod that a new set would make and that is there already.
pub(crate) fn take_up(operations: &mut [Operation], survey: &Survey) {
    for op in operations.iter_mut().filter(|op| may_have_pods(op)) {
        let Some(there) = survey.list(pods(), op.id.namespace.as_deref()) else { continue };
        let after = op.after.value();
        let found: BTreeSet<&str> = there
            .iter()
            .filter(|pod| !has_controller(pod) && !is_terminating(pod) && selects(&after, pod))
            .filter_map(|pod| pod["metadata"]["name"].as_str())
            .collect();
        let mut taken = 0;
        for consequence in &mut op.consequences {
            if let Consequence::PodAdded(name) = consequence
                && found.contains(name.as_str())
            {
                taken += 1;
                *consequence = Consequence::PodTakenUp(std::mem::take(name));
            }
        }
        for consequence in &mut op.consequences {
            if let Consequence::Effect(effect) = consequence
                && let Pods::Start { count: Some(count), in_turn } = &mut effect.pods
            {
                *count = count.saturating_sub(taken);
                *in_turn &= *count > 1;
                if *count == 0 && taken > 0 {
                    effect.pods = Pods::Stay;
                }
            }
        }
    }
}

/// Whether the labels that a set asks for are those of a pod.
fn selects(set: &Json, pod: &Json) -> bool {
    let wanted = set["spec"]["selector"]["matchLabels"].as_object();
    wanted.is_some_and(|wanted| wanted.iter().all(|(key, value)| pod["metadata"]["labels"][key] == *value))
}
