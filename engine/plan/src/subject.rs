//! One desired object on its way from "unknown" to a verdict: what it asks, what it makes of answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_model::{DesiredObject, Diagnostic, Drift, Report};
use plimsoll_schema::field_set::FieldSet;
use plimsoll_schema::unchanged::{Proof, prove};
use plimsoll_schema::{Kind, Path, canonical, get, immutable};
use serde_json::Value as Json;

use crate::adoption;
use crate::change::{Owner, Yielded};
use crate::conflict::{self, Decision};
use crate::consequence::has_controller;
use crate::digest;
use crate::fields;
use crate::growth::{self, Growth};
use crate::ignored;
use crate::listed::Listed;
use crate::mask::View;
use crate::owners::{self, Clash};
use crate::plan::ReplicasStep;
use crate::predict;
use crate::refusal;
use crate::replace::{self, Forced};
use crate::replicas;
use crate::request::{Answer, ConflictCause, DryRun, Patch, Refusal, Request};
use crate::revert::{self, Revert};
use crate::world::{World, identity, is_terminating};

/// How often a conflict may lead to another dry run.
const MOST_ROUNDS: u8 = 4;

/// How often an object is looked at again because a patch of it was refused.
const MOST_LOOKS: u8 = 2;

/// How what decides the salt of a secret begins.
pub(crate) const SALT_OF: &str = "salt of ";

/// A desired object and what is known of it.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) want: &'a DesiredObject,
    pub(crate) kind: Option<&'static Kind>,
    pub(crate) view: View,
    /// What is applied: without unknown leaves and without what is left to others.
    pub(crate) applied: Json,
    /// As it is in the cluster. One that is proven to be as declared was put back: see [`Subject::proven`].
    pub(crate) live: Option<Arc<Json>>,
    pub(crate) force: bool,
    pub(crate) yielded: Vec<Yielded>,
    /// Where that is: told already, so it is nothing that others added.
    pub(crate) left: FieldSet,
    /// Who set the values that are taken over.
    pub(crate) set_by: BTreeMap<Path, Owner>,
    /// Leaves that nobody knows yet, with what decides them.
    pub(crate) unknown: Vec<(Path, String)>,
    /// Unknown leaves of which the cluster's own value was taken for granted.
    pub(crate) assumed: Vec<String>,
    pub(crate) replicas: Option<ReplicasStep>,
    /// Whether the live object was not ours and is taken over.
    pub(crate) adopted: bool,
    /// Why the object is deleted and made again, where it is.
    pub(crate) replaced: Option<Forced>,
    /// What the replacement of a set does to the size of its claims.
    pub(crate) growth: Option<Growth>,
    /// What others added and is taken out.
    pub(crate) reverts: Vec<Revert>,
    /// The live object without it, as the server would have it.
    pub(crate) reverted: Option<Json>,
    /// Whether the cluster refused it because its namespace is not there.
    pub(crate) lacks_namespace: bool,
    pub(crate) stage: Stage,
    rounds: u8,
}

/// What a subject is waiting for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stage {
    /// The answer to its dry run.
    DryRun,
    /// The answer to the dry run of its replacement.
    Trial,
    /// What is to be known of claims that grow with a replacement.
    Growing(growth::Step),
    /// A look at an object that no list showed, and what the dry run said.
    Look(Option<Refusal>),
    /// A look at a job that completed and that no list showed: it is gone, or its labels are.
    LookAtEnded,
    /// The autoscalers of its namespace, to decide these conflicts.
    Autoscalers(Vec<Clash>),
    /// The answer to a dry run without what others added; then this became of it.
    Reverting(Box<Outcome>),
    /// Other objects, which decide its unknown leaves.
    Others,
    /// Nothing.
    Settled(Outcome),
}

/// What became of a subject.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// Proven to be as declared.
    Unchanged,
    /// A job that completed and is not made again.
    Completed,
    /// The server computed the object after the apply.
    Computed(Json),
    /// We did, and this is why.
    Predicted(Json, String),
    /// An error was reported.
    Failed,
}

impl<'a> Subject<'a> {
    /// Classifies the object and gives its first question, if it has one.
    pub(crate) fn start(
        want: &'a DesiredObject,
        world: &World<'a>,
        report: &mut Report,
    ) -> (Subject<'a>, Option<Request>) {
        let kind = plimsoll_schema::kind(&want.id.gvk);
        let (applied, unknown) = declared(kind, want);
        let mut subject = Subject {
            want,
            kind,
            view: View::new(&want.id.gvk, Some(&want.root)).with(world.sensitive_places(&want.id)),
            applied,
            live: world.ours.get(&identity(&want.id)).map(|listed| Arc::new(listed.object())),
            force: false,
            yielded: Vec::new(),
            left: FieldSet::new(),
            set_by: BTreeMap::new(),
            unknown,
            assumed: Vec::new(),
            replicas: None,
            adopted: false,
            replaced: None,
            growth: None,
            reverts: Vec::new(),
            reverted: None,
            lacks_namespace: false,
            stage: Stage::Others,
            rounds: 0,
        };
        let request = subject.classify(world, report);
        (subject, request)
    }

    fn classify(&mut self, world: &World<'a>, report: &mut Report) -> Option<Request> {
        let id = &self.want.id;
        if world.input.observed.missing_kinds.contains(&id.gvk) {
            if let Some(declared) = world.declared_kind(id) {
                // Its schema fills in defaults, and refuses what does not fit, as the server will.
                self.kind = Some(declared);
                return self.predict("its type is made by the same plan", world, report);
            }
            let error = Diagnostic::error("kind-missing", "the cluster does not have this type of object")
                .detail(format!("{} is a {}, which the cluster does not serve.", self.want.address, id.gvk))
                .at(self.want.span, format!("becomes a {}", id.gvk));
            return self.fail(error, report);
        }
        if let Some(other) = world.look_alikes.get(&identity(id)).map(Listed::object) {
            if self.may_adopt(&other, world) {
                return self.adopt(Arc::new(other), world, report);
            }
            let error = self.exists(&other, world);
            return self.fail(error, report);
        }
        if self.live.is_none() {
            let completed = world.input.recorded.completed_jobs.get(&self.want.address);
            let same = |digest: &String| digest::is_of(digest, self.want, world.secrets.key());
            if id.gvk.kind == "Job" && completed.is_some_and(same) {
                if !world.input.options.probe {
                    return self.completed();
                }
                self.stage = Stage::LookAtEnded;
                return Some(Request::Get(id.clone()));
            }
        }
        self.take_live(world, report)
    }

    fn may_adopt(&self, object: &Json, world: &World<'a>) -> bool {
        world.imports(self.want).is_some()
            && !adoption::is_elsewhere(object, world)
            && !has_controller(object)
    }

    /// Goes on with an object that is not ours and is taken over: what others manage becomes ours where we
    /// set it.
    fn adopt(&mut self, live: Arc<Json>, world: &World<'a>, report: &mut Report) -> Option<Request> {
        self.live = Some(live);
        self.adopted = true;
        self.take_live(world, report)
    }

    /// Goes on with what is known of the live object.
    fn take_live(&mut self, world: &World<'a>, report: &mut Report) -> Option<Request> {
        if let Some(live) = self.live.as_ref().filter(|l| is_terminating(l)) {
            let since = live["metadata"]["deletionTimestamp"].as_str().unwrap_or_default();
            let finalizers = live["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
            let held: Vec<&str> = finalizers.iter().filter_map(Json::as_str).collect();
            let by = if held.is_empty() { String::new() } else { format!(", held by {}", held.join(", ")) };
            let error = Diagnostic::error("object-terminating", "an object is being deleted")
                .detail(format!(
                    "{} ({}) is being deleted since {since}{by}.",
                    self.want.address, self.want.id
                ))
                .at(self.want.span, "wanted here")
                .help("plan again when it is gone");
            return self.fail(error, report);
        }
        if let Some(forced) = replace::asked(self.want, world).filter(|_| self.live.is_some()) {
            return self.replace(forced, world, report);
        }
        if let Some(live) = &self.live {
            ignored::leave(self.want, &mut self.applied, live, &world.manager);
            let ignored = ignored::in_force(self.want, live);
            self.unknown.retain(|(path, _)| !ignored::covers(&ignored, path));
        }
        self.replicas = replicas::step(self.want, self.live.as_deref(), &world.manager);
        if !self.unknown.is_empty() {
            self.stage = Stage::Others;
            return None;
        }
        self.compare(world, report)
    }

    /// Proves that nothing changes, or asks.
    fn compare(&mut self, world: &World<'a>, report: &mut Report) -> Option<Request> {
        if let (Some(live), Some(kind), true) = (&self.live, self.kind, world.input.cluster.minor_known()) {
            let proof = prove(kind, &self.applied, live, &world.manager);
            if proof == Proof::Unchanged {
                // Thousands of these are kept until the plan is done, and hardly anybody asks again.
                if self.unknown.is_empty()
                    && self.assumed.is_empty()
                    && self.yielded.is_empty()
                    && self.replicas.is_none()
                    && self.want.drift != Drift::Revert
                {
                    self.applied = Json::Null;
                    if world.ours.contains_key(&identity(&self.want.id)) {
                        self.live = None;
                    }
                }
                return self.settle(Outcome::Unchanged, world);
            }
        }
        if let Some(forced) = self.immutable_change(world) {
            return self.replace(forced, world, report);
        }
        if self.live.is_none() && world.makes_namespace_of(&self.want.id) {
            let namespace = self.want.id.namespace.clone().unwrap_or_default();
            return self.predict(&format!("namespace {namespace} is made by the same plan"), world, report);
        }
        if !world.input.options.probe {
            return self.predict("planned without a dry run", world, report);
        }
        self.dry_run(world)
    }

    fn dry_run(&mut self, world: &World<'a>) -> Option<Request> {
        self.stage = Stage::DryRun;
        let mut object = self.applied.clone();
        if let (Some(step), Some(_)) = (&self.replicas, &self.live) {
            // The number that the other manager will hold by then.
            set_replicas(&mut object, step.replicas);
        }
        let manager = world.manager.clone();
        Some(Request::DryRun(DryRun { id: self.want.id.clone(), object, manager, force: self.force }))
    }

    /// Goes on with an object that has to be deleted and made again, if it may be.
    fn replace(&mut self, forced: Forced, world: &World<'a>, report: &mut Report) -> Option<Request> {
        self.growth = self.growth_by(&forced, world);
        let shrinks = self.growth.as_ref().and_then(|growth| growth.shrinks(self.want));
        if let Some(error) = shrinks.or_else(|| replace::refused(self, &forced, world)) {
            return self.fail(error, report);
        }
        self.replaced = Some(forced);
        // It is another object: nothing of the old one is taken over or left to anybody.
        self.force = false;
        self.set_by.clear();
        self.yielded.clear();
        // Not even what was ignored of it, or known from it.
        (self.applied, self.unknown) = declared(self.kind, self.want);
        self.assumed.clear();
        if let Some(live) = self.live.as_deref().filter(|_| self.keeps_pods()) {
            // Only where pods go on: they would be made anew by what was ignored of them.
            ignored::carry(self.want, &mut self.applied, live);
            let ignored = ignored::in_force(self.want, live);
            self.unknown.retain(|(path, _)| !ignored::covers(&ignored, path));
        }
        // But an autoscaler's number goes on.
        let number = self.live.as_deref().and_then(replicas::number);
        self.replicas = replicas::step(self.want, None, &world.manager)
            .map(|step| ReplicasStep { replicas: number.unwrap_or(step.replicas), ..step });
        // So does a number that the configuration does not say.
        let is_open = self.keeps_pods()
            && replicas::number(&self.applied).is_none()
            && !self.unknown.iter().any(|(path, _)| *path == replicas::path());
        if let (None, true, Some(number)) = (&self.replicas, is_open, number.filter(|n| *n != 1)) {
            self.replicas = Some(ReplicasStep { replicas: number, first: false });
        }
        match self.begin_to_grow() {
            Some(question) => Some(question),
            None => self.try_replacement(world, report),
        }
    }

    /// Asks what the server makes of the new object, as far as that can be asked while the old one is there.
    pub(crate) fn try_replacement(&mut self, world: &World<'a>, report: &mut Report) -> Option<Request> {
        if !world.input.options.probe {
            return self.predict("planned without a dry run", world, report);
        }
        match replace::trial(self, world) {
            Some(trial) if self.unknown.is_empty() => {
                self.stage = Stage::Trial;
                Some(Request::DryRun(trial))
            }
            _ => self.predict("it cannot be tried while the old one is there", world, report),
        }
    }

    /// What a replacement does to the size of the claims of a set.
    fn growth_by(&self, forced: &Forced, world: &World<'a>) -> Option<Growth> {
        let (live, kind) = (self.live.as_ref()?, self.kind?);
        let now = &world.input.about.created;
        let after = predict::after(Some(kind), Some(live), &self.applied, &world.manager, now).ok()?;
        Growth::of(self.want, kind, live, &after, forced)
    }

    /// Whether the pods of a set stay while it is replaced.
    pub(crate) fn keeps_pods(&self) -> bool {
        self.growth.as_ref().is_some_and(|growth| growth.alone)
    }

    fn immutable_change(&self, world: &World<'a>) -> Option<Forced> {
        let (live, kind) = (self.live.as_ref()?, self.kind?);
        if !immutable::might_change(&self.want.id.gvk, live, &self.applied) {
            return None;
        }
        let after =
            predict::after(Some(kind), Some(live), &self.applied, &world.manager, &world.input.about.created)
                .ok()?;
        let changes = immutable::changes(&self.want.id.gvk, &canonical::canonical(kind, live), &after);
        let first = changes.first()?;
        let root = &self.want.root;
        let place = fields::changed_at(root, live, &first.path);
        let place = place.or_else(|| fields::written_at(root, &first.path)).unwrap_or(self.want.span);
        let paths: Vec<String> = changes.iter().map(|c| c.path.to_string()).collect();
        let rule = format!("{}.", capital(first.rule.trim_end_matches('.')));
        Some(Forced { paths, asked: false, why: rule, place })
    }

    /// Settles with an object that we computed ourselves.
    fn predict(&mut self, why: &str, world: &World<'a>, report: &mut Report) -> Option<Request> {
        let now = &world.input.about.created;
        let live = self.live.as_deref().filter(|_| self.replaced.is_none());
        match predict::after(self.kind, live, &self.applied, &world.manager, now) {
            Ok(after) => {
                self.stage = Stage::Settled(Outcome::Predicted(after, why.to_string()));
                None
            }
            Err(lines) => {
                let error = Diagnostic::error("does-not-fit-schema", "an object does not fit its type")
                    .detail(format!("{} ({}): {}", self.want.address, self.want.id, lines.join("; ")))
                    .at(self.want.span, "made here");
                self.fail(error, report)
            }
        }
    }

    /// Goes on once everything that decides the unknown leaves is settled. `value` gives the live
    /// value that stays, where what decides it does not change: the second is whether that is sure.
    pub(crate) fn resolve(
        &mut self,
        stays: impl Fn(&str) -> Option<bool>,
        world: &World<'a>,
        report: &mut Report,
    ) -> Option<Request> {
        let unknown = std::mem::take(&mut self.unknown);
        for (path, what) in unknown {
            let known = self.live.as_ref().and_then(|l| get(l, &path)).cloned();
            match (known, stays(&what)) {
                (Some(value), Some(sure)) => {
                    fields::insert(&mut self.applied, &path, value);
                    if !sure {
                        self.assumed.push(what);
                    }
                }
                _ => self.unknown.push((path, what)),
            }
        }
        if self.unknown.is_empty() {
            return self.compare(world, report);
        }
        if self.unknown.iter().all(|(_, what)| what.starts_with(SALT_OF)) {
            // Any text stands for one that is drawn later: the server takes them all alike, and tells who
            // else holds the place.
            for (path, _) in &self.unknown {
                fields::insert(&mut self.applied, path, SALT_OF.trim_end().into());
            }
            return self.compare(world, report);
        }
        let mut names: Vec<&str> = self.unknown.iter().map(|(_, what)| what.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let why = format!("{} is known after apply", names.join(", "));
        self.predict(&why, world, report)
    }

    /// Takes the answer to the last question and gives the next one, if there is one.
    pub(crate) fn answer(
        &mut self,
        answer: Answer,
        world: &World<'a>,
        report: &mut Report,
    ) -> Option<Request> {
        match (self.stage.clone(), answer) {
            (Stage::DryRun, Answer::Applied { status, object }) => {
                if self.live.is_none() && status != 201 {
                    self.stage = Stage::Look(None);
                    return Some(Request::Get(self.want.id.clone()));
                }
                self.settle(Outcome::Computed(object), world)
            }
            (Stage::Reverting(outcome), Answer::Applied { object, .. }) => {
                self.reverted = Some(object);
                self.stage = Stage::Settled(*outcome);
                None
            }
            // The patch tests what it takes out, and somebody may have written it meanwhile: it is looked at once more.
            (Stage::Reverting(_), Answer::Refused(refused)) if self.rounds < MOST_LOOKS => {
                self.stage = Stage::Look(Some(refused));
                Some(Request::Get(self.want.id.clone()))
            }
            (Stage::Reverting(_), Answer::Refused(refused)) => {
                let error = revert::refused(self, &refused, world);
                self.fail(error, report)
            }
            (Stage::DryRun, Answer::Conflict(causes)) => match self.live.clone() {
                None => {
                    self.stage = Stage::Look(None);
                    Some(Request::Get(self.want.id.clone()))
                }
                Some(live) => self.conflicts(&causes, &live, world, report),
            },
            (Stage::DryRun, Answer::Refused(refused)) => {
                if refusal::is_about_dry_run(&refused) {
                    let why = format!("an admission webhook cannot be asked: {}", refused.message);
                    return self.predict(&why, world, report);
                }
                if self.live.is_none() && refused.status == 422 {
                    self.stage = Stage::Look(Some(refused));
                    return Some(Request::Get(self.want.id.clone()));
                }
                self.refused(&refused, world, report)
            }
            (Stage::Trial, Answer::Applied { status: 201, object }) => {
                let object = replace::renamed(object, &self.want.id.name);
                self.stage = Stage::Settled(Outcome::Computed(object));
                None
            }
            // What the server does not want of the new object, it will not want when the old one is gone.
            (Stage::Trial, Answer::Refused(refused))
                if !replace::is_about_the_old_one(&refused, &self.want.id.gvk) =>
            {
                let refused = replace::about(refused, &self.want.id.name);
                let error = refusal::diagnostic(self, &refused, world);
                self.fail(error, report)
            }
            (Stage::Trial, Answer::Applied { .. } | Answer::Conflict(_) | Answer::Refused(_)) => {
                self.predict("it cannot be tried while the old one is there", world, report)
            }
            (Stage::Growing(step), answer) => self.grow(step, answer, world, report),
            (Stage::Look(refused), Answer::Found(found)) => self.looked(found, refused, world, report),
            (Stage::LookAtEnded, Answer::Found(found)) => {
                let ours =
                    |live: &Json| world.is_ours_without_labels(live, &self.want.id) && !is_terminating(live);
                match found.filter(ours) {
                    Some(live) => self.looked(Some(live), None, world, report),
                    None => self.completed(),
                }
            }
            // Who may not look, or cannot, plans as if it was tidied up: that is what mostly happens.
            (Stage::LookAtEnded, _) => self.completed(),
            (Stage::Autoscalers(clashes), Answer::Listed(autoscalers)) => {
                let targeted = conflict::is_targeted(&self.want.id, &autoscalers, world);
                let live = self.live.clone().unwrap_or_default();
                self.decide(clashes, &live, Some(targeted), world, report)
            }
            (_, Answer::Refused(refused)) => self.refused(&refused, world, report),
            (_, other) => self.unanswered(other, world, report),
        }
    }

    /// Settles with a job that ran to its end and is gone.
    fn completed(&mut self) -> Option<Request> {
        self.stage = Stage::Settled(Outcome::Completed);
        None
    }

    /// Fails because of an answer that says nothing.
    pub(crate) fn unanswered(
        &mut self,
        answer: Answer,
        world: &World<'a>,
        report: &mut Report,
    ) -> Option<Request> {
        let who = format!("{} ({})", self.want.address, self.want.id);
        let detail = match answer {
            Answer::Failed(why) => {
                format!("{who} could not be verified: {}", world.secrets.redact_text(&why))
            }
            _ => format!("{who}: the answer does not fit the question."),
        };
        let error = Diagnostic::error("not-verified", "the cluster did not answer");
        self.fail(error.detail(detail).at(self.want.span, "declared here"), report)
    }

    /// Settles, or asks first what the object would be without what others added to it.
    fn settle(&mut self, outcome: Outcome, world: &World<'a>) -> Option<Request> {
        self.reverts = revert::wanted(self, world);
        let Some(live) = self.live.as_deref().filter(|_| !self.reverts.is_empty()) else {
            self.stage = Stage::Settled(outcome);
            return None;
        };
        let paths: Vec<Path> = self.reverts.iter().map(|r| r.path.clone()).collect();
        let operations = revert::patch(live, &paths);
        self.stage = Stage::Reverting(Box::new(outcome));
        Some(Request::Patch(Patch { id: self.want.id.clone(), operations, manager: world.manager.clone() }))
    }

    /// An object that no list showed exists all the same.
    fn looked(
        &mut self,
        found: Option<Json>,
        refused: Option<Refusal>,
        world: &World<'a>,
        report: &mut Report,
    ) -> Option<Request> {
        self.rounds += 1;
        match found {
            Some(live) if world.is_ours_without_labels(&live, &self.want.id) => {
                self.live = Some(Arc::new(live));
                self.take_live(world, report)
            }
            Some(live) if self.may_adopt(&live, world) => self.adopt(Arc::new(live), world, report),
            Some(live) => {
                let error = self.exists(&live, world);
                self.fail(error, report)
            }
            None => match refused {
                Some(refused) => self.refused(&refused, world, report),
                // It went while we looked.
                None if self.rounds < MOST_ROUNDS => self.dry_run(world),
                None => self.keeps_moving(report),
            },
        }
    }

    fn conflicts(
        &mut self,
        causes: &[ConflictCause],
        live: &Json,
        world: &World<'a>,
        report: &mut Report,
    ) -> Option<Request> {
        self.rounds += 1;
        if self.rounds > MOST_ROUNDS {
            return self.keeps_moving(report);
        }
        let mut sent = self.applied.clone();
        if let Some(step) = &self.replicas {
            set_replicas(&mut sent, step.replicas);
        }
        let clashes: Vec<Clash> = causes.iter().map(|cause| owners::clash(cause, live, &sent)).collect();
        self.decide(clashes, live, None, world, report)
    }

    fn decide(
        &mut self,
        clashes: Vec<Clash>,
        live: &Json,
        autoscaled: Option<bool>,
        world: &World<'a>,
        report: &mut Report,
    ) -> Option<Request> {
        let decisions: Vec<Decision> = clashes
            .iter()
            .map(|c| conflict::decide(c, live, &self.want.conflicts, autoscaled, world))
            .collect();
        // Whoever takes an object over takes its fields over; an autoscaler keeps its number.
        let taken = |decision: Decision| match decision {
            Decision::Refuse if self.adopted => Decision::Force,
            other => other,
        };
        let decisions: Vec<Decision> = decisions.into_iter().map(taken).collect();
        if decisions.contains(&Decision::AskForAutoscalers) {
            self.stage = Stage::Autoscalers(clashes);
            return Some(Request::List(conflict::autoscalers(&self.want.id)));
        }
        let mut refused = false;
        for (clash, decision) in clashes.iter().zip(&decisions) {
            match decision {
                Decision::Force => {
                    self.force = true;
                    self.set_by.insert(clash.path.clone(), clash.owner.clone());
                }
                Decision::Yield(reason) | Decision::Match(reason) => {
                    let shared = matches!(decision, Decision::Match(_));
                    match clash.theirs.clone().filter(|_| shared) {
                        Some(theirs) => fields::insert(&mut self.applied, &clash.path, theirs),
                        None => fields::remove(&mut self.applied, &clash.path.0),
                    }
                    let side = |v: &Option<Json>| world.secrets.side(&self.view, &clash.path, v.as_ref());
                    self.left.insert(&clash.path.0);
                    self.yielded.push(Yielded {
                        path: clash.path.to_string(),
                        value: side(&clash.theirs),
                        ours: side(&clash.ours),
                        owner: clash.owner.clone(),
                        reason: reason.clone(),
                        shared,
                    });
                }
                _ => {
                    refused = true;
                    report.push(conflict::refusal(self, clash, world));
                }
            }
        }
        if refused {
            self.stage = Stage::Settled(Outcome::Failed);
            return None;
        }
        // What is left to others may leave nothing to change.
        self.compare(world, report)
    }

    fn exists(&self, other: &Json, world: &World<'a>) -> Diagnostic {
        let about = &world.input.about;
        Diagnostic::error("object-exists", "an object of that name exists and is not ours")
            .detail(format!("{}: {}", self.want.address, owners::foreign(other, &self.want.id, &about.project, &about.environment)))
            .at(self.want.span, format!("wants to be {}", self.want.id))
            .help(if has_controller(other) {
                "a controller made it and looks after it: give the block another `name`".to_string()
            } else if adoption::is_elsewhere(other, world) {
                "give the block another `name`, or remove it where it is declared".to_string()
            } else {
                format!(
                "to take it over:\nimport {{\n  to = {}\n  id = \"{}\"\n}}\nelse give the block another `name`",
                self.want.address.block_address(),
                self.want.id.name
            )})
    }

    fn keeps_moving(&mut self, report: &mut Report) -> Option<Request> {
        let error = Diagnostic::error("object-keeps-changing", "an object changes while it is planned")
            .detail(format!("{} ({}) was another one at every look.", self.want.address, self.want.id))
            .at(self.want.span, "declared here")
            .help("find out who else writes to it, then plan again");
        self.fail(error, report)
    }

    fn refused(&mut self, refused: &Refusal, world: &World<'a>, report: &mut Report) -> Option<Request> {
        if refusal::lacks_namespace(self.want, refused) {
            // Told once for all objects that go there, when all of them are known.
            self.lacks_namespace = true;
            self.stage = Stage::Settled(Outcome::Failed);
            return None;
        }
        if let Some(forced) = refusal::immutable(self, refused, world).filter(|_| self.live.is_some()) {
            return self.replace(forced, world, report);
        }
        let error = refusal::diagnostic(self, refused, world);
        self.fail(error, report)
    }

    pub(crate) fn fail(&mut self, error: Diagnostic, report: &mut Report) -> Option<Request> {
        report.push(error);
        self.stage = Stage::Settled(Outcome::Failed);
        None
    }

    /// Whether the live object was proven to be as declared, with nothing left to others, taken for granted
    /// or handed over.
    pub(crate) fn is_proven(&self) -> bool {
        let nothing_left = self.unknown.is_empty() && self.assumed.is_empty() && self.yielded.is_empty();
        let plain = nothing_left && self.replicas.is_none() && self.reverts.is_empty();
        plain && matches!(self.outcome(), Some(Outcome::Unchanged))
    }

    /// The live object of one that is proven to be as declared: read again where it was put back.
    pub(crate) fn proven(&self, world: &World<'a>) -> Option<Arc<Json>> {
        let listed = || world.ours.get(&identity(&self.want.id)).map(|listed| Arc::new(listed.object()));
        self.is_proven().then(|| self.live.clone().or_else(listed)).flatten()
    }

    pub(crate) fn outcome(&self) -> Option<&Outcome> {
        match &self.stage {
            Stage::Settled(outcome) => Some(outcome),
            _ => None,
        }
    }
}

/// What is declared without its unknown leaves, and these, with what decides them.
fn declared(kind: Option<&'static Kind>, want: &DesiredObject) -> (Json, Vec<(Path, String)>) {
    let leaves = fields::leaves_that(kind, &want.root, |leaf| leaf.unknown.is_some());
    let unknown: Vec<(Path, String)> =
        leaves.into_iter().filter_map(|(path, leaf)| Some((path, leaf.unknown.clone()?))).collect();
    let mut declared = want.root.to_json();
    // Backwards, so that positions in lists stay what they are.
    for (path, _) in unknown.iter().rev() {
        fields::remove(&mut declared, &path.0);
    }
    (declared, unknown)
}

/// Sets `spec.replicas`.
pub(crate) fn set_replicas(object: &mut Json, number: i64) {
    if let Some(map) = object.as_object_mut() {
        let spec = map.entry("spec").or_insert_with(|| serde_json::json!({}));
        if let Some(spec) = spec.as_object_mut() {
            spec.insert("replicas".into(), number.into());
        }
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}
