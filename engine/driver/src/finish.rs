//! The end of an apply: what the state learns that no operation told it, outputs, and the address
//! under which the application answers.

use std::collections::BTreeMap;

use plimsoll_model::{Address, Node, ObjectId, Report, Value};
use plimsoll_plan::observe::ADDRESS_ANNOTATION;
use plimsoll_plan::{Action, Operation, Verdict};
use plimsoll_state::{Effect, HistoryEntry, Resource, RetainedClaim, State};
use serde_json::Value as Json;

use crate::address_line::answers_at;
use crate::event::Outcome;
use crate::execute::Run;
use crate::hub::lock;
use crate::signals::Signals;
use crate::write::resource;

/// What the checkpoint adds to a state.
pub(crate) struct Ending {
    effects: Vec<Effect>,
    outputs: Option<BTreeMap<String, Json>>,
    history: Option<HistoryEntry>,
}

impl Ending {
    pub(crate) fn apply(self, state: &mut State) {
        for effect in self.effects {
            state.apply(effect);
        }
        if let Some(outputs) = self.outputs {
            state.outputs = outputs;
        }
        if let Some(history) = self.history {
            state.remember(history);
        }
    }
}

/// Gathers what the checkpoint adds, and completes the outcome.
///
/// Once nothing new may begin, the cluster is not asked any more.
pub(crate) async fn ending(run: &Run<'_>, outcome: &mut Outcome, signals: &Signals) -> Ending {
    let mut effects = Vec::new();
    for op in &run.plan.operations {
        effects.extend(recorded_anew(run, op));
    }
    for (address, hash) in &*lock(&run.jobs) {
        if run.state.completed_jobs.get(address) == Some(hash) {
            continue;
        }
        effects.push(Effect::CompleteJob { address: address.clone(), hash: hash.clone() });
    }
    let complete = outcome.failed.is_empty() && outcome.skipped.is_empty();
    let kept = kept(run, signals).await;
    effects.extend(claims(run, &kept, complete));
    outcome.retained_claims = kept;
    let header = &run.plan.header;
    let outputs = match header.destroy {
        // The plan left them as they were.
        _ if header.named.is_partial() => None,
        true => complete.then(BTreeMap::new),
        false => outputs(run, outcome),
    };
    outcome.answers_at = if run.plan.header.destroy { None } else { address(run) };
    Ending { effects, outputs, history: history(run, outcome) }
}

/// Moves, forgotten objects, and objects that the state did not know (after it was lost).
fn recorded_anew(run: &Run<'_>, op: &Operation) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some(from) = &op.moved_from {
        effects.push(Effect::Move { from: from.clone(), to: op.address.clone() });
    }
    if op.action == Action::Forget {
        effects.push(Effect::Remove { address: op.address.clone() });
    }
    if op.action == Action::None
        && let Some(uid) = run.seen(&op.id).and_then(|o| o["metadata"]["uid"].as_str().map(str::to_string))
    {
        let known = run.state.resources.get(op.moved_from.as_ref().unwrap_or(&op.address));
        let now = resource(run, op);
        // What is proven to be as declared is as if it were applied, however it is written; else
        // the object is what was applied last.
        let digest = match known {
            Some(known) if op.verdict != Verdict::Unchanged => known.digest.clone(),
            _ => now.digest.clone(),
        };
        let resource = Resource { uid, digest, ..now };
        let same = known == Some(&resource);
        if !same {
            effects.push(Effect::Put { address: op.address.clone(), resource });
        }
    }
    effects
}

/// The claims that the plan keeps and that are there: one of a pod that never came is not.
async fn kept(run: &Run<'_>, signals: &Signals) -> Vec<ObjectId> {
    let mut kept = Vec::new();
    for id in &run.plan.retained_claims {
        if (run.seen(id).is_some() && !namespace_goes(run, id)) || still_there(run, id, signals).await {
            kept.push(id.clone());
        }
    }
    kept
}

/// Whether the plan deletes the namespace of an object: what was seen in it is gone with it.
fn namespace_goes(run: &Run<'_>, id: &ObjectId) -> bool {
    run.plan.operations.iter().any(|op| {
        let namespace = op.id.gvk.group.is_empty() && op.id.gvk.kind == "Namespace";
        op.action == Action::Delete && namespace && id.namespace.as_ref() == Some(&op.id.name)
    })
}

async fn still_there(run: &Run<'_>, id: &ObjectId, signals: &Signals) -> bool {
    let asked = run.retry.idempotent(|| run.session.cluster.get(id));
    let answer = tokio::select! {
        biased;
        () = signals.drained() => return true,
        answer = asked => answer,
    };
    match answer {
        Ok(object) => {
            run.saw(id, Some(object));
            true
        }
        // Whether it is there is not known: better one too many than one forgotten.
        Err(e) => !e.is_not_found(),
    }
}

/// Claims that stay without an object that needs them, and those that are used again.
fn claims(run: &Run<'_>, wanted: &[ObjectId], complete: bool) -> Vec<Effect> {
    if !complete {
        return Vec::new();
    }
    let mut effects: Vec<Effect> = run
        .state
        .retained_claims
        .iter()
        .filter(|c| !wanted.iter().any(|w| w.name == c.name && w.namespace.as_deref() == Some(&c.namespace)))
        .map(|c| Effect::Release { namespace: c.namespace.clone(), name: c.name.clone() })
        .collect();
    for id in wanted {
        let namespace = id.namespace.clone().unwrap_or_default();
        let known = run.state.retained_claims.iter().any(|c| c.name == id.name && c.namespace == namespace);
        if known {
            continue;
        }
        let live = run.seen(id);
        let uid = live.as_ref().and_then(|l| l["metadata"]["uid"].as_str()).unwrap_or_default().to_string();
        let from = owner(run, id, live.as_ref());
        effects.push(Effect::Retain { claim: RetainedClaim { namespace, name: id.name.clone(), uid, from } });
    }
    effects
}

/// The address that a claim was made for: its app by label, else the longest name that its own ends with, else its own.
fn owner(run: &Run<'_>, id: &ObjectId, live: Option<&Json>) -> Option<Address> {
    let label = live.and_then(|l| l["metadata"]["labels"]["plimsoll.dev/app"].as_str());
    let sets = || {
        run.plan
            .operations
            .iter()
            .filter(|o| o.id.gvk.kind == "StatefulSet" && o.id.namespace == id.namespace)
    };
    let by_label = sets().find(|o| Some(o.id.name.as_str()) == label);
    let by_name = || {
        let stem = id.name.rsplit_once('-').map_or(id.name.as_str(), |(stem, _)| stem);
        sets().filter(|o| stem.ends_with(&format!("-{}", o.id.name))).max_by_key(|o| o.id.name.len())
    };
    let own = || live?["metadata"]["annotations"][ADDRESS_ANNOTATION].as_str()?.parse().ok();
    by_label.or_else(by_name).map(|op| op.address.clone()).or_else(own)
}

/// The outputs, evaluated again where the cluster had to tell something.
fn outputs(run: &Run<'_>, outcome: &mut Outcome) -> Option<BTreeMap<String, Json>> {
    let planned = &run.wanted.outputs;
    let again = match planned.iter().any(|o| o.value.contains_unknown()) {
        true => run.session.offline.with_facts(&run.facts(), &mut Report::new()).map(|d| d.outputs),
        false => None,
    };
    let all = again.as_ref().unwrap_or(planned);
    for output in all {
        if output.value.contains_sensitive() {
            outcome.sensitive_outputs.push(output.name.clone());
        } else if let Some(json) = plain(&output.value) {
            outcome.outputs.insert(output.name.clone(), json);
        }
    }
    Some(outcome.outputs.clone())
}

fn plain(value: &Value) -> Option<Json> {
    (!value.contains_unknown() && !value.contains_poison()).then(|| Node::from_value(value).to_json())
}

/// Live objects in the order of the configuration tell where the application answers.
fn address(run: &Run<'_>) -> Option<String> {
    let live = lock(&run.live);
    let objects: Vec<&Json> = run.desired.values().filter_map(|o| live.get(&o.id)).collect();
    answers_at(objects.into_iter())
}

/// The line of the history; none where nothing was done.
fn history(run: &Run<'_>, outcome: &Outcome) -> Option<HistoryEntry> {
    let count = |action: Action| outcome.done.iter().filter(|(s, _)| s.action == action).count() as u64;
    let touched = run.plan.operations.iter().any(Operation::acts);
    touched.then(|| HistoryEntry {
        serial: run.journal.serial(),
        at: (run.session.surroundings.now)(),
        command: if run.plan.header.destroy { "destroy" } else { "apply" }.to_string(),
        created: count(Action::Create) + count(Action::Replace),
        updated: count(Action::Update),
        deleted: count(Action::Delete) + count(Action::Replace),
        failed: outcome.failed.len() as u64,
    })
}
