//! Walking a plan: what is ready to begin begins, what needs something that failed is skipped,
//! independent branches go on.
//!
//! Decides when; what an operation sends stands in `write.rs`, what is waited for in `wait.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use plimsoll_model::{Address, Config, Desired, DesiredObject, Diagnostic, EdgeKind, ObjectId};
use plimsoll_plan::mask::Key;
use plimsoll_plan::schedule::Schedule;
use plimsoll_plan::{Action, Operation, Plan};
use plimsoll_state::{Journal, State};
use serde_json::Value as Json;
use tokio::time::Instant;

use crate::cluster::Readiness;
use crate::event::{Because, Event, Outcome, Sink, Subject};
use crate::hub::{Hub, lock};
use crate::informed::Told;
use crate::retry::Retry;
use crate::secrets::Secrets;
use crate::session::Session;
use crate::signals::Signals;
use crate::write::{self, Failed};
use crate::{facts::LiveFacts, limit, wait};

/// Everything that the operations of one apply share.
pub(crate) struct Run<'r> {
    pub session: &'r Session<'r>,
    pub plan: &'r Plan,
    pub config: &'r Config,
    /// What the configuration wants, with what the cluster told before.
    pub wanted: &'r Desired,
    pub desired: BTreeMap<Address, &'r DesiredObject>,
    /// What was read from the cluster before, with salts for the secrets that have none yet.
    pub told: &'r Told,
    /// How strongly each address needs another one.
    pub edges: BTreeMap<&'r Address, BTreeMap<&'r Address, EdgeKind>>,
    /// Whether the plan declares types: their objects may have to wait until they are served.
    pub new_types: bool,
    /// The state that the apply started from.
    pub state: &'r State,
    pub retry: Retry,
    pub key: Key,
    pub journal: &'r Journal,
    pub hub: Hub,
    /// Objects as they were last seen.
    pub live: Mutex<BTreeMap<ObjectId, Json>>,
    /// Jobs that ran to their end, with the digest of what they ran.
    pub jobs: Mutex<BTreeMap<Address, String>>,
    pub secrets: Secrets,
    pub sink: Sink<'r>,
}

impl Run<'_> {
    pub(crate) fn project(&self) -> &str {
        &self.config.project.name
    }

    pub(crate) fn environment(&self) -> &str {
        &self.config.environment.name
    }

    /// The digest of what an operation makes its object from, by the key that every later plan has as well.
    pub(crate) fn digest(&self, op: &Operation) -> String {
        match self.desired.get(&op.address) {
            Some(object) => plimsoll_plan::digest::made_from(object, &self.key),
            None => op.desired_digest.clone(),
        }
    }

    pub(crate) fn manager(&self) -> String {
        plimsoll_plan::manager(self.project())
    }

    /// The object as it was last seen.
    pub(crate) fn seen(&self, id: &ObjectId) -> Option<Json> {
        lock(&self.live).get(id).cloned()
    }

    pub(crate) fn saw(&self, id: &ObjectId, object: Option<Json>) {
        let mut live = lock(&self.live);
        match object {
            Some(object) => drop(live.insert(id.clone(), object)),
            None => drop(live.remove(id)),
        }
    }

    /// Whether the object is ready as it was last seen, as far as that is told by itself alone.
    fn is_ready(&self, object: &Json) -> bool {
        let generation = object["metadata"]["generation"].as_i64().unwrap_or(0);
        self.session.cluster.readiness(object, generation, &[]) == Readiness::Ready
    }

    /// Writes down a job that is seen complete: once its time to live is over it is gone, and must not run
    /// again.
    fn note_end(&self, op: &Operation, object: &Json) {
        // What stands there where ours is forgotten is another one.
        let goes = matches!(op.action, Action::Delete | Action::Forget | Action::Release);
        if !goes && op.id.gvk.kind == "Job" && wait::completed(object) {
            lock(&self.jobs).insert(op.address.clone(), self.digest(op));
        }
    }

    /// What the cluster told so far, by address.
    pub(crate) fn facts(&self) -> LiveFacts {
        let live = lock(&self.live);
        let mut objects = self.told.objects.clone();
        let own = self.desired.iter().map(|(address, object)| (address, &object.id));
        let found =
            own.chain(&self.told.made_here).filter_map(|(a, id)| Some((a.clone(), live.get(id)?.clone())));
        objects.extend(found);
        LiveFacts { objects, live: self.told.live.clone() }
    }

    /// The labels of everything that is ours in this environment.
    pub(crate) fn selector(&self) -> String {
        plimsoll_plan::observe::selector(self.project(), self.environment())
    }
}

/// The edges of a configuration by where they start.
pub(crate) fn edges(desired: &Desired) -> BTreeMap<&Address, BTreeMap<&Address, EdgeKind>> {
    let mut out: BTreeMap<&Address, BTreeMap<&Address, EdgeKind>> = BTreeMap::new();
    for edge in &desired.edges {
        let strongest = out.entry(&edge.from).or_default().entry(&edge.to).or_insert(edge.kind);
        *strongest = (*strongest).max(edge.kind);
    }
    out
}

/// Whether a plan declares types of its own.
pub(crate) fn declares_types(plan: &Plan) -> bool {
    plan.operations.iter().any(|o| {
        o.id.gvk.kind == "CustomResourceDefinition"
            && matches!(o.action, Action::Create | Action::Update | Action::Replace)
    })
}

/// What an operation is about, for events.
pub(crate) fn subject(op: &Operation) -> Subject {
    Subject { index: op.index, address: op.address.clone(), id: op.id.clone(), action: op.action }
}

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Pending,
    Writing,
    /// Written; its readiness is waited for.
    Waiting,
    /// Done, and ready where that was asked for.
    Done,
    Failed,
    Skipped,
}

/// What a task of the walk ends with.
enum Step {
    Written(usize, Result<(), Failed>),
    Ready(usize, Result<(), Diagnostic>),
}

struct Walk<'w, 'r> {
    run: &'w Run<'r>,
    phases: Vec<Phase>,
    /// How many needs of an operation are not yet met.
    missing: Vec<usize>,
    /// Who waits for whom.
    schedule: Schedule<'w>,
    ready: BTreeSet<usize>,
    begun: Vec<Option<Instant>>,
    /// Which ones nothing is sent for and that are waited for.
    waited: Vec<bool>,
    writing: usize,
    stopping: bool,
    broken: bool,
    outcome: Outcome,
    tasks: FuturesUnordered<BoxFuture<'w, Step>>,
}

/// Carries out everything that can be carried out.
pub(crate) async fn walk(run: &Run<'_>, signals: &Signals) -> Outcome {
    let mut walk = Walk::new(run);
    loop {
        walk.begin_what_can();
        if walk.tasks.is_empty() || (walk.stopping && walk.writing == 0) {
            break;
        }
        tokio::select! {
            biased;
            () = signals.left() => {
                walk.outcome.left = true;
                walk.outcome.stopped = true;
                break;
            }
            () = signals.drained(), if !walk.stopping => walk.stop(),
            Some(step) = walk.tasks.next() => walk.took(step),
        }
    }
    walk.end()
}

impl<'w, 'r> Walk<'w, 'r> {
    fn new(run: &'w Run<'r>) -> Walk<'w, 'r> {
        let count = run.plan.operations.len();
        let schedule = Schedule::of(run.plan);
        let missing: Vec<usize> = (0..count).map(|index| schedule.needs(index).count()).collect();
        Walk {
            run,
            phases: vec![Phase::Pending; count],
            ready: (0..count).filter(|i| missing[*i] == 0).collect(),
            missing,
            schedule,
            begun: vec![None; count],
            waited: vec![false; count],
            writing: 0,
            stopping: false,
            broken: false,
            outcome: Outcome::default(),
            tasks: FuturesUnordered::new(),
        }
    }

    fn op(&self, index: usize) -> &'w Operation {
        let run = self.run;
        &run.plan.operations[index]
    }

    /// Whether somebody asks that the operation's object be ready.
    fn must_be_ready(&self, index: usize) -> bool {
        let (op, wait) = (self.op(index), self.run.session.options.wait);
        self.schedule.until_ready(index, wait) || (op.wait && wait && self.is_left_unready(op))
    }

    /// Whether the object stays as it is and is not ready: an earlier apply did not wait for it, or its
    /// rollout failed. Told by the lists that the apply starts from.
    fn is_left_unready(&self, op: &Operation) -> bool {
        op.action == Action::None && self.run.seen(&op.id).is_some_and(|o| !self.run.is_ready(&o))
    }

    fn begin_what_can(&mut self) {
        let most = self.run.session.options.parallelism.max(1);
        while !self.stopping && self.writing < most {
            let Some(index) = self.ready.pop_first() else { return };
            let op = self.op(index);
            self.begun[index] = Some(Instant::now());
            if !op.sends() {
                self.written(index);
                continue;
            }
            (self.run.sink)(Event::Started(subject(op)));
            self.phases[index] = Phase::Writing;
            self.writing += 1;
            let run = self.run;
            self.tasks.push(Box::pin(async move { Step::Written(index, write::carry_out(run, op).await) }));
        }
    }

    fn took(&mut self, step: Step) {
        match step {
            Step::Written(index, result) => {
                self.writing -= 1;
                match result {
                    Ok(()) => self.written(index),
                    Err(Failed::Refused(diagnostic)) => self.failed(index, *diagnostic),
                    Err(Failed::Journal(diagnostic)) => {
                        // What cannot be written down is not begun: nothing more is.
                        if !self.broken {
                            self.outcome.notes.push(*diagnostic);
                        }
                        self.broken = true;
                        self.stopping = true;
                        self.skip(index, Because::Journal);
                    }
                }
            }
            Step::Ready(index, Ok(())) => self.done(index),
            Step::Ready(index, Err(diagnostic)) => self.failed(index, diagnostic),
        }
    }

    /// The operation's object is written (or is as it should be).
    fn written(&mut self, index: usize) {
        let op = self.op(index);
        let waits = self.must_be_ready(index);
        self.phases[index] = Phase::Waiting;
        self.met(index, false);
        if !waits {
            if let Some(object) = self.run.seen(&op.id) {
                self.run.note_end(op, &object);
            }
            return self.done(index);
        }
        if op.sends() {
            (self.run.sink)(Event::Written(subject(op)));
        }
        self.waited[index] = self.is_left_unready(op);
        let run = self.run;
        self.tasks.push(Box::pin(async move { Step::Ready(index, become_ready(run, op).await) }));
    }

    fn done(&mut self, index: usize) {
        let op = self.op(index);
        self.phases[index] = Phase::Done;
        self.met(index, true);
        let seconds = self.begun[index].map_or(0.0, |b| b.elapsed().as_secs_f64());
        if op.acts() {
            self.outcome.done.push((subject(op), seconds));
            (self.run.sink)(Event::Done { subject: subject(op), seconds });
        } else if self.waited[index] {
            (self.run.sink)(Event::Ready { subject: subject(op), seconds });
        }
    }

    /// Tells those who needed the operation to be written (or ready) that it is.
    fn met(&mut self, index: usize, ready: bool) {
        for (dependent, wants_ready) in self.schedule.dependents(index).to_vec() {
            if wants_ready == ready {
                self.missing[dependent] -= 1;
                if self.missing[dependent] == 0 && self.phases[dependent] == Phase::Pending {
                    self.ready.insert(dependent);
                }
            }
        }
    }

    fn failed(&mut self, index: usize, diagnostic: Diagnostic) {
        let op = self.op(index);
        let diagnostic = self.run.secrets.hide(diagnostic);
        let was_written = self.phases[index] == Phase::Waiting;
        self.phases[index] = Phase::Failed;
        (self.run.sink)(Event::Failed { subject: subject(op), diagnostic: diagnostic.clone() });
        self.outcome.failed.push((subject(op), diagnostic));
        self.skip_dependents(index, was_written);
    }

    fn skip(&mut self, index: usize, because: Because) {
        let op = self.op(index);
        self.phases[index] = Phase::Skipped;
        self.ready.remove(&index);
        if op.acts() {
            (self.run.sink)(Event::Skipped { subject: subject(op), because: because.clone() });
            self.outcome.skipped.push((subject(op), because));
        }
    }

    /// Everything that needs the operation, near or far, is not begun. Where it was written and
    /// only did not become ready, those who need no more than that go on.
    fn skip_dependents(&mut self, index: usize, was_written: bool) {
        let mut queue = vec![(index, was_written)];
        while let Some((failed, written)) = queue.pop() {
            let address = self.op(failed).address.clone();
            for (dependent, ready) in self.schedule.dependents(failed).to_vec() {
                if self.phases[dependent] == Phase::Pending && (ready || !written) {
                    self.skip(dependent, Because::Needs(address.clone()));
                    queue.push((dependent, false));
                }
            }
        }
    }

    fn stop(&mut self) {
        self.stopping = true;
        self.outcome.stopped = true;
        (self.run.sink)(Event::Draining { under_way: self.writing });
    }

    fn end(mut self) -> Outcome {
        for index in 0..self.phases.len() {
            match self.phases[index] {
                Phase::Pending if !self.outcome.left => {
                    let because = if self.broken { Because::Journal } else { Because::Stopped };
                    self.skip(index, because);
                }
                Phase::Waiting => self.outcome.unready.push(subject(self.op(index))),
                _ => {}
            }
        }
        self.outcome.done.sort_by_key(|(s, _)| s.index);
        self.outcome.failed.sort_by_key(|(s, _)| s.index);
        self.outcome.skipped.sort_by_key(|(s, _)| s.index);
        self.outcome
    }
}

/// Waits until the operation's object is ready.
async fn become_ready(run: &Run<'_>, op: &Operation) -> Result<(), Diagnostic> {
    let Some(object) = run.seen(&op.id) else { return Ok(()) };
    let options = &run.session.options;
    let selector = run.selector();
    let pod_selector = format!("{}={}", plimsoll_plan::observe::PROJECT_LABEL, run.project());
    let wait = wait::Wait {
        id: &op.id,
        uid: object["metadata"]["uid"].as_str().unwrap_or_default().to_string(),
        generation: object["metadata"]["generation"].as_i64().unwrap_or(0),
        span: run.desired.get(&op.address).map(|o| o.span),
        limit: limit::ready(run, op),
        grace: options.grace,
        selector: &selector,
        pod_selector: &pod_selector,
    };
    let told = |reason: &str| {
        (run.sink)(Event::Waiting { subject: subject(op), reason: run.secrets.hidden(reason) })
    };
    let cluster = &*run.session.cluster;
    let ready = wait::ready(cluster, &run.hub, &run.retry, wait, Some(&object), told).await?;
    if op.id.gvk.kind == "CustomResourceDefinition" {
        cluster.rediscover().await;
    }
    run.note_end(op, &ready);
    run.saw(&op.id, Some(ready));
    Ok(())
}
