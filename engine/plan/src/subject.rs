//! One desired object on its way from "unknown" to a verdict: what it asks, what it makes of answers.

mod answers;

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_model::{DesiredObject, Diagnostic, Drift, Report};
use plimsoll_schema::field_set::FieldSet;
use plimsoll_schema::unchanged::{Proof, prove};
use plimsoll_schema::{Kind, Path, canonical, get, immutable};
use serde_json::Value as Json;

use crate::adoption;
use crate::change::{Owner, Yielded};
use crate::consequence::has_controller;
use crate::digest;
use crate::fields;
use crate::growth::{self, Growth};
use crate::ignored;
use crate::listed::Listed;
use crate::mask::View;
use crate::owners::Clash;
use crate::plan::ReplicasStep;
use crate::predict;
use crate::replace::{self, Forced};
use crate::replicas;
use crate::request::{DryRun, Refusal, Request};
use crate::revert::Revert;
use crate::world::{World, identity, is_terminating};

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
