//! The planner: a machine that asks and decides, one step at a time.
//!
//! Holds the rounds and the last act of a plan. What becomes of one object is [`crate::subject`]'s.

use std::collections::BTreeMap;

use plimsoll_model::{Address, Diagnostic, Gvk, Node, ObjectId, Output, Report, Span};
use serde_json::Value as Json;

use crate::adoption;
use crate::change::{Consequence, Side};
use crate::consequence;
use crate::each::each;
use crate::hosts;
use crate::input::PlanInput;
use crate::job_end;
use crate::kept;
use crate::losses;
use crate::mask::View;
use crate::not_kept;
use crate::occupants;
use crate::operation;
use crate::order;
use crate::orphans;
use crate::plan::{Action, FORMAT, Header, Notice, Operation, OutputChange, Plan};
use crate::refusal;
use crate::removal;
use crate::renamed;
use crate::request::{Answer, Contents, Request};
use crate::scope;
use crate::subject::{Outcome, SALT_OF, Stage, Subject};
use crate::survey::{self, Survey};
use crate::users;
use crate::world::{Identity, World, identity};

/// What the planner wants next.
#[derive(Debug)]
pub enum Step {
    /// Answers to these questions, in this order. The questions of one step do not depend on each
    /// other.
    Probe(Vec<Request>),
    /// Nothing: here is the plan.
    Done(Box<Plan>),
}

/// Makes one plan.
#[derive(Debug)]
pub struct Planner<'a> {
    world: World<'a>,
    subjects: Vec<Subject<'a>>,
    /// What a look at recorded objects that no list showed found.
    looked: BTreeMap<Identity, Option<Json>>,
    /// What namespaces that would be deleted hold.
    inside: BTreeMap<String, Contents>,
    /// What is wanted, once that is known of every object.
    wanted: Option<Wanted>,
    survey: Survey,
    pending: Vec<Asker>,
    started: bool,
}

/// What is to be done to the objects of the configuration.
#[derive(Debug)]
struct Wanted {
    operations: Vec<Operation>,
    /// What the new objects of moved addresses stand in the place of.
    replaced: removal::Replaced,
}

/// Who asked a question.
#[derive(Debug, Clone)]
enum Asker {
    Subject(usize),
    Removal(Identity),
    Namespace(String),
    Survey(Request),
}

type Questions = Vec<(Asker, Request)>;

impl<'a> Planner<'a> {
    /// A planner that has asked nothing yet.
    pub fn new(input: PlanInput<'a>) -> Planner<'a> {
        let world = World::new(input);
        Planner {
            world,
            subjects: Vec::new(),
            looked: BTreeMap::new(),
            inside: BTreeMap::new(),
            wanted: None,
            survey: Survey::default(),
            pending: Vec::new(),
            started: false,
        }
    }

    /// Takes the answers to the questions of the step before (none at first) and goes on.
    ///
    /// Findings go to `report`. A plan made with an error says so and cannot be applied.
    pub fn step(&mut self, answers: Vec<Answer>, report: &mut Report) -> Step {
        let mut questions = if self.started { self.take(answers, report) } else { self.start(report) };
        self.started = true;
        while questions.is_empty() {
            match self.settle_unknown(report) {
                Some(more) => questions = more,
                None => match self.wanted.take() {
                    None => questions = self.look_around(report),
                    Some(wanted) => return Step::Done(Box::new(self.finish(wanted, report))),
                },
            }
        }
        let (pending, requests) = questions.into_iter().unzip();
        self.pending = pending;
        Step::Probe(requests)
    }

    fn start(&mut self, report: &mut Report) -> Questions {
        let mut questions = Questions::new();
        if !self.world.input.options.destroy {
            let world = &self.world;
            let wanted: Vec<_> =
                world.input.desired.objects.iter().filter(|o| world.scope.holds(&o.address)).collect();
            let begun = each(&wanted, |want| {
                let mut found = Report::new();
                let (subject, request) = Subject::start(want, world, &mut found);
                (subject, request, found)
            });
            for (subject, request, found) in begun {
                questions.extend(request.map(|r| (Asker::Subject(self.subjects.len()), r)));
                self.subjects.push(subject);
                report.extend(found);
            }
        }
        // A look is no dry run: without it, an object that lost its labels would be taken for gone.
        let missing = removal::missing(&self.world);
        questions.extend(missing.into_iter().map(|id| (Asker::Removal(identity(&id)), Request::Get(id))));
        for name in occupants::leaving(&self.world) {
            questions.push((Asker::Namespace(name.clone()), Request::Contents(name)));
        }
        questions
    }

    fn take(&mut self, answers: Vec<Answer>, report: &mut Report) -> Questions {
        let mut questions = Questions::new();
        let mut answers = answers.into_iter();
        for asker in std::mem::take(&mut self.pending) {
            let answer = answers.next().unwrap_or_else(|| Answer::Failed("no answer".to_string()));
            match &asker {
                Asker::Subject(i) => {
                    let Some(subject) = self.subjects.get_mut(*i) else { continue };
                    let next = subject.answer(answer, &self.world, report);
                    questions.extend(next.map(|request| (asker.clone(), request)));
                }
                Asker::Removal(identity) => self.look(identity, answer, report),
                Asker::Survey(request) => self.survey.take(request.clone(), answer),
                Asker::Namespace(name) => self.look_inside(name, answer, report),
            }
        }
        questions
    }

    fn look_inside(&mut self, namespace: &str, answer: Answer, report: &mut Report) {
        let why = match answer {
            Answer::Contents(contents) => {
                self.inside.insert(namespace.to_string(), contents);
                return;
            }
            Answer::Failed(why) => why,
            Answer::Refused(refusal) => refusal.message,
            _ => "the answer does not fit the question".to_string(),
        };
        report.push(occupants::unanswered(namespace, &self.world.secrets.redact_text(&why)));
    }

    fn look(&mut self, identity: &Identity, answer: Answer, report: &mut Report) {
        match answer {
            Answer::Found(found) => {
                self.looked.insert(identity.clone(), found);
            }
            other => {
                let why = match other {
                    Answer::Failed(why) => why,
                    Answer::Refused(refusal) => refusal.message,
                    _ => "the answer does not fit the question".to_string(),
                };
                let (address, id) = match self.world.recorded.get(identity) {
                    Some((address, resource)) => (address.to_string(), resource.id.to_string()),
                    None => (String::new(), String::new()),
                };
                let why = self.world.secrets.redact_text(&why);
                report.push(Diagnostic::error("not-verified", "the cluster did not answer").detail(format!(
                    "Whether {address} ({id}) is still there could not be found out: {why}"
                )));
            }
        }
    }

    /// Goes on with objects whose unknown leaves can be decided now; none where none is left.
    fn settle_unknown(&mut self, report: &mut Report) -> Option<Questions> {
        let waiting: Vec<usize> = (0..self.subjects.len())
            .filter(|i| self.subjects.get(*i).is_some_and(|s| s.stage == Stage::Others))
            .collect();
        let settled: BTreeMap<Address, Vec<(bool, bool)>> = self.settled_blocks();
        let decided = |subject: &Subject<'_>| {
            subject.unknown.iter().all(|(_, what)| match source(what, &settled) {
                Some(states) => states.iter().all(|(settled, _)| *settled),
                None => true,
            })
        };
        // Objects that wait for each other are decided in the order of their addresses.
        let ready: Vec<usize> =
            waiting.iter().copied().filter(|i| self.subjects.get(*i).is_some_and(&decided)).collect();
        let ready = if ready.is_empty() { waiting.first().copied().into_iter().collect() } else { ready };
        if ready.is_empty() {
            return None;
        }
        let mut questions = Questions::new();
        for i in ready {
            let Some(subject) = self.subjects.get_mut(i) else { continue };
            let stays = |what: &str| match source(what, &settled) {
                // One that is not ours any more is replaced, whatever stands there.
                _ if what.starts_with(SALT_OF) => None,
                Some(states) => states.iter().all(|(settled, same)| *settled && *same).then_some(true),
                // Decided outside of the configuration: most likely as it was.
                None => Some(false),
            };
            let request = subject.resolve(stays, &self.world, report);
            questions.extend(request.map(|r| (Asker::Subject(i), r)));
        }
        Some(questions)
    }

    /// For each block, for each of its objects, whether it is settled and whether it stays as it is.
    fn settled_blocks(&self) -> BTreeMap<Address, Vec<(bool, bool)>> {
        let mut out: BTreeMap<Address, Vec<(bool, bool)>> = BTreeMap::new();
        for subject in &self.subjects {
            let state = (subject.outcome().is_some(), matches!(subject.outcome(), Some(Outcome::Unchanged)));
            out.entry(subject.want.address.block_address()).or_default().push(state);
        }
        out
    }

    /// Decides what is done to the objects of the configuration, and asks what that depends on around them.
    fn look_around(&mut self, report: &mut Report) -> Questions {
        let replaced = removal::replaced(&self.world, report);
        for subject in &mut self.subjects {
            // Neither the one nor the other: the finding says what would have to happen.
            if replaced.addresses.contains(&subject.want.address) {
                subject.stage = Stage::Settled(Outcome::Failed);
            }
        }
        let world = &self.world;
        let operations: Vec<Operation> = each(&self.subjects, |s| operation::of_subject(s, world));
        let requests = survey::questions(&survey::touched(&operations), world);
        self.wanted = Some(Wanted { operations, replaced });
        requests.into_iter().map(|request| (Asker::Survey(request.clone()), request)).collect()
    }

    fn finish(&mut self, wanted: Wanted, report: &mut Report) -> Plan {
        let Wanted { operations: wanted, replaced } = wanted;
        let world = &self.world;
        refusal::missing_namespaces(&self.subjects, world).into_iter().for_each(|d| report.push(d));
        let mut removals = removal::find(world, &self.looked, report);
        removals.recorded.retain(|o| !replaced.objects.contains(&identity(&o.id)));
        report_lost_state(world, report);
        scope::report(&world.scope, &world.input, report);
        self.prevented(report);
        let (mut removed, mut unrecorded) = (removals.recorded, removals.unrecorded);
        if world.input.options.delete_unrecorded {
            removed.append(&mut unrecorded);
        }
        let mut operations = order::arrange(wanted, removed, world, report);
        users::link(&mut operations);
        hosts::stops(&mut operations, world);
        orphans::take_up(&mut operations, &self.subjects, &self.survey, world);
        survey::findings(&operations, &self.survey, world, report);
        occupants::refuse(&operations, &self.inside, world, report);
        kept::refuse(&operations, &self.looked, world, report);
        let unrecorded = order::arrange(Vec::new(), unrecorded, world, report);
        let spans: BTreeMap<&Address, Span> =
            self.subjects.iter().map(|s| (&s.want.address, s.want.span)).collect();
        losses::refuse(&operations, &spans, world, report);
        for operation in &operations {
            let span = spans.get(&operation.address).copied().filter(|_| !order::is_removal(operation));
            let made = operation.action == Action::Create;
            let warnings =
                consequence::warnings(&operation.address, &operation.id, made, &operation.consequences, span);
            warnings.into_iter().for_each(|w| report.push(w));
        }
        renamed::hint(&operations, &spans, report);
        job_end::unseen(&operations, world, report);
        not_kept::tell(&self.subjects, world, report);
        adoption::missing(&operations, world, report);
        let outputs = self.outputs(&operations);
        let retained_claims = self.retained(&operations);
        let notices = report.sorted().into_iter().map(|d| self.notice(d)).collect();
        Plan {
            header: self.header(),
            operations,
            unrecorded_deletes: unrecorded,
            outputs,
            notices,
            retained_claims,
        }
    }

    /// Destroying what the configuration itself protects.
    fn prevented(&self, report: &mut Report) {
        if !self.world.input.options.destroy {
            return;
        }
        let scope = &self.world.scope;
        let objects = self.world.input.desired.objects.iter().filter(|o| scope.holds(&o.address));
        for want in objects.filter(|o| o.prevent_destroy) {
            let recorded = self.world.recorded.get(&identity(&want.id));
            if self.world.ours.contains_key(&identity(&want.id)) && recorded.is_none_or(|(_, r)| !r.protected)
            {
                report.push(
                    Diagnostic::error("prevent-destroy", "a protected object would be deleted")
                        .detail(format!(
                            "{} ({}) has lifecycle {{ prevent_destroy = true }}.",
                            want.address, want.id
                        ))
                        .at(want.span, "protected here")
                        .help("remove prevent_destroy, then destroy"),
                );
            }
        }
    }

    fn notice(&self, diagnostic: &Diagnostic) -> Notice {
        let mut notice = Notice::new(diagnostic, self.world.input.sources);
        notice.detail = self.world.secrets.redact_text(&notice.detail);
        notice
    }

    fn header(&self) -> Header {
        let (input, about) = (&self.world.input, &self.world.input.about);
        Header {
            format: FORMAT,
            project: about.project.clone(),
            environment: about.environment.clone(),
            target: about.target.clone(),
            sandbox: about.sandbox,
            protected: about.protected,
            destroy: input.options.destroy,
            cluster: input.cluster.uid.clone(),
            cluster_version: input.cluster.version.clone(),
            lineage: input.recorded.lineage.clone(),
            serial: input.recorded.serial,
            configuration: about.configuration.clone(),
            folder: None,
            variables: about.variables.clone(),
            created: about.created.clone(),
            expires: about.expires.clone(),
            delete_unrecorded: input.options.delete_unrecorded,
            named: input.options.named.clone(),
        }
    }

    fn retained(&self, operations: &[Operation]) -> Vec<ObjectId> {
        let claim = |op: &Operation, name: &str| ObjectId {
            gvk: Gvk::new("", "v1", "PersistentVolumeClaim"),
            namespace: op.id.namespace.clone(),
            name: name.to_string(),
        };
        let kept = operations.iter().flat_map(|op| {
            op.consequences.iter().filter_map(move |c| match c {
                Consequence::ClaimKept(name) => Some(claim(op, name)),
                _ => None,
            })
        });
        let sets = operations.iter().filter(|op| op.id.gvk.kind == "StatefulSet" && !order::is_removal(op));
        let sets = sets.map(|op| (&op.id, self.world.afterwards(op)));
        consequence::retained(kept, sets, &self.world)
    }

    fn outputs(&self, operations: &[Operation]) -> Vec<OutputChange> {
        let changes = operations.iter().any(Operation::is_change);
        if self.world.input.options.named.is_partial() {
            // They are made from blocks that the plan may not be about: they stay as they were.
            return Vec::new();
        }
        let mut moving: BTreeMap<Address, bool> = BTreeMap::new();
        for operation in operations {
            let touched = operation.action != Action::None || operation.replicas.is_some();
            *moving.entry(operation.address.block_address()).or_default() |= touched;
        }
        let recorded = &self.world.input.recorded.outputs;
        let destroy = self.world.input.options.destroy;
        let mut out: Vec<OutputChange> = Vec::new();
        for output in &self.world.input.desired.outputs {
            let before = recorded.get(&output.name).map_or(Side::Absent, |v| Side::Known(v.clone()));
            let after = match self.output(output) {
                _ if destroy => Side::Absent,
                // Nothing that it is made from moves, so it does not either. Where the state is lost
                // nobody knows what it was.
                Side::Unknown(_)
                    if (before.is_present() || self.world.input.recorded.absent)
                        && stays(output, &moving, changes) =>
                {
                    before.clone()
                }
                after => after,
            };
            // The state never holds a sensitive output: there is nothing to compare with.
            let before = if matches!(after, Side::Sensitive(_)) { after.clone() } else { before };
            if before.is_present() || after.is_present() {
                out.push(OutputChange { name: output.name.clone(), before, after });
            }
        }
        for (name, value) in recorded {
            if !self.world.input.desired.outputs.iter().any(|o| o.name == *name) {
                out.push(OutputChange {
                    name: name.clone(),
                    before: Side::Known(value.clone()),
                    after: Side::Absent,
                });
            }
        }
        out.sort_by(|a, b| a.name.cmp(&b.name));
        out
    }

    fn output(&self, output: &Output) -> Side {
        let node = Node::from_value(&output.value);
        let unknown = node.leaves().into_iter().find_map(|(_, leaf)| leaf.unknown.clone());
        if output.value.contains_sensitive() {
            return Side::Sensitive(self.world.secrets.key().hash(&node.to_json()));
        }
        match unknown {
            Some(what) => Side::Unknown(what),
            None if output.value.is_poison() => Side::Absent,
            None => {
                let view = View::new(&Gvk::new("", "", ""), None);
                self.world.secrets.side(&view, &Default::default(), Some(&node.to_json()))
            }
        }
    }
}

/// A state that is not there although objects are.
fn report_lost_state(world: &World<'_>, report: &mut Report) {
    if !world.input.recorded.absent {
        return;
    }
    // What is not declared stays unrecorded, and is shown apart.
    let destroy = world.input.options.destroy;
    let ours = world.ours.iter().filter(|(id, _)| destroy || world.wanted.contains(*id));
    let known = ours.filter(|(_, object)| !consequence::has_controller(&object.object())).count();
    if known == 0 {
        return;
    }
    let about = &world.input.about;
    let (objects, them) = if known == 1 { ("object is", "it") } else { ("objects are", "them") };
    let next = match destroy {
        true => String::new(),
        false => format!("; the next apply records {them} again"),
    };
    report.push(Diagnostic::warning("state-not-found", "no state found").detail(format!(
        "{known} {objects} recognised by labels, as part of environment {} of project {}{next}.",
        about.environment, about.project
    )));
}

/// Whether everything that an output does not know yet is decided by blocks that stay as they are.
fn stays(output: &Output, moving: &BTreeMap<Address, bool>, changes: bool) -> bool {
    let node = Node::from_value(&output.value);
    let moves = |what: &String| source(what, moving).copied().unwrap_or(changes);
    !node.leaves().into_iter().filter_map(|(_, leaf)| leaf.unknown.as_ref()).any(moves)
}

/// What is known of the block that decides an unknown value such as `service.api.cluster_ip`; none
/// where no block of the configuration does.
fn source<'s, T>(what: &str, blocks: &'s BTreeMap<Address, T>) -> Option<&'s T> {
    // A hash of a config's data is decided by the config.
    let mut text = what.strip_prefix("hash of ").unwrap_or(what);
    loop {
        if let Some(found) = text.parse::<Address>().ok().and_then(|a| blocks.get(&a.block_address())) {
            return Some(found);
        }
        text = text.rsplit_once('.')?.0;
    }
}
