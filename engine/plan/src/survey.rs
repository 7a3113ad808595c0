//! What the plan asks about the cluster around its objects, once it is known what changes: classes, hosts of
//! others, room for pods.
//!
//! Asked in one round, a LIST for each kind, and only for what changes: an unchanged plan asks nothing. A
//! question that is not answered fails nothing; the plan says what it could not check.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::{DesiredObject, Diagnostic, Gvk, ObjectId, Report};
use serde_json::Value as Json;

use crate::change::Consequence;
use crate::classes;
use crate::each::each;
use crate::effect::Pods;
use crate::front;
use crate::hosts;
use crate::nodes;
use crate::observe::ListRequest;
use crate::orphans;
use crate::plan::{Action, Operation};
use crate::quota;
use crate::request::{Answer, Request};
use crate::single_writer;
use crate::world::{World, identity};

/// Kinds whose changes ask something.
const ASKING: &[&str] = &[
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
    "PersistentVolumeClaim",
    "Ingress",
    "HTTPRoute",
];

/// An object that the plan makes or changes, before and after; null where it is not there.
pub(crate) struct Touched<'o> {
    pub(crate) op: &'o Operation,
    pub(crate) before: Json,
    pub(crate) after: Json,
}

impl Touched<'_> {
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.op.id.gvk.kind == kind
    }

    /// What becomes of its pods, where it has some.
    pub(crate) fn pods(&self) -> Option<&Pods> {
        pods(self.op)
    }

    /// Whether new pods start.
    pub(crate) fn starts_pods(&self) -> bool {
        let starts = |pods: &Pods| match pods {
            Pods::Rolling { count, .. } => *count != Some(0),
            Pods::Start { .. }
            | Pods::Recreate { .. }
            | Pods::Runs
            | Pods::RunsAgain
            | Pods::BySchedule(_) => true,
            _ => false,
        };
        self.pods().is_some_and(starts)
    }

    /// The template of its pods.
    pub(crate) fn template(&self) -> &Json {
        template(&self.after)
    }

    /// The block that declares it.
    pub(crate) fn want<'w>(&self, world: &'w World<'_>) -> Option<&'w DesiredObject> {
        world.input.desired.objects.iter().find(|o| o.address == self.op.address && o.id == self.op.id)
    }

    /// `app.web (Deployment shop/web)`.
    pub(crate) fn name(&self) -> String {
        format!("{} ({})", self.op.address, self.op.id)
    }
}

/// What becomes of the pods of an object, where it has some.
pub(crate) fn pods(operation: &Operation) -> Option<&Pods> {
    operation.consequences.iter().find_map(|c| match c {
        Consequence::Effect(effect) => Some(&effect.pods),
        _ => None,
    })
}

/// The template of the pods of a workload; of a CronJob, that of its jobs.
pub(crate) fn template(object: &Json) -> &Json {
    match object["spec"]["jobTemplate"].is_object() {
        true => &object["spec"]["jobTemplate"]["spec"]["template"],
        false => &object["spec"]["template"],
    }
}

/// What is made or changed, of the kinds that ask something.
pub(crate) fn touched(operations: &[Operation]) -> Vec<Touched<'_>> {
    let asks = |op: &&Operation| {
        matches!(op.action, Action::Create | Action::Update | Action::Replace)
            && ASKING.contains(&op.id.gvk.kind.as_str())
    };
    let changed: Vec<&Operation> = operations.iter().filter(asks).collect();
    each(&changed, |op| Touched { op, before: op.before.value(), after: op.after.value() })
}

/// All objects of a type in a namespace; in the whole cluster without one.
pub(crate) fn everything(gvk: Gvk, namespace: Option<&str>) -> Request {
    Request::List(ListRequest { gvk, namespace: namespace.map(str::to_string), selector: String::new() })
}

/// The questions about what changes, sorted, each once.
pub(crate) fn questions(touched: &[Touched<'_>], world: &World<'_>) -> Vec<Request> {
    let parts = [
        classes::questions,
        front::questions,
        hosts::questions,
        nodes::questions,
        orphans::questions,
        quota::questions,
        single_writer::questions,
    ];
    let all = parts.iter().flat_map(|part| part(touched, world));
    let sorted: BTreeMap<String, Request> = all.map(|request| (format!("{request:?}"), request)).collect();
    sorted.into_values().collect()
}

/// The answers.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    lists: BTreeMap<ListRequest, Vec<Json>>,
    objects: BTreeMap<ObjectId, Option<Json>>,
    /// Why a question was not answered, with the question.
    unanswered: BTreeMap<String, BTreeSet<String>>,
}

impl Survey {
    /// Takes the answer to a question.
    pub(crate) fn take(&mut self, request: Request, answer: Answer) {
        let why = match (request, answer) {
            (Request::List(list), Answer::Listed(items)) => {
                self.lists.insert(list, items);
                return;
            }
            (Request::Get(id), Answer::Found(found)) => {
                self.objects.insert(id, found);
                return;
            }
            (request, Answer::Failed(why)) => (request, why),
            (request, Answer::Refused(refusal)) => (request, refusal.message),
            (request, _) => (request, "the answer does not fit the question".to_string()),
        };
        let question = match &why.0 {
            Request::List(list) => match &list.namespace {
                Some(namespace) => format!("{}s of namespace {namespace}", list.gvk.kind),
                None => format!("{}s of the cluster", list.gvk.kind),
            },
            other => other.to_string(),
        };
        self.unanswered.entry(why.1).or_default().insert(question);
    }

    /// The objects of a list; none where it was not answered.
    pub(crate) fn list(&self, gvk: Gvk, namespace: Option<&str>) -> Option<&[Json]> {
        let Request::List(list) = everything(gvk, namespace) else { return None };
        self.lists.get(&list).map(Vec::as_slice)
    }

    /// One object; none where it was not answered.
    pub(crate) fn object(&self, id: &ObjectId) -> Option<Option<&Json>> {
        self.objects.get(id).map(Option::as_ref)
    }

    /// Says what was not checked.
    pub(crate) fn say_what_is_open(&self, world: &World<'_>, report: &mut Report) {
        if self.unanswered.is_empty() {
            return;
        }
        let lines = self.unanswered.iter().map(|(why, questions)| {
            let questions: Vec<&str> = questions.iter().map(String::as_str).collect();
            format!("{}: {}", questions.join(", "), world.secrets.redact_text(why))
        });
        report.push(
            Diagnostic::warning("not-checked", "something around the objects could not be checked")
                .detail(lines.collect::<Vec<_>>().join("\n"))
                .help("whoever plans needs the right to list them; without it, an apply finds out"),
        );
    }
}

/// Everything that the answers say about what changes.
pub(crate) fn findings(operations: &[Operation], survey: &Survey, world: &World<'_>, report: &mut Report) {
    let touched = touched(operations);
    classes::check(&touched, survey, world, report);
    front::check(&touched, survey, world, report);
    hosts::check(&touched, survey, world, report);
    nodes::check(&touched, survey, world, report);
    quota::check(&touched, operations, survey, world, report);
    single_writer::check(&touched, survey, world, report);
    survey.say_what_is_open(world, report);
}

/// Whether the configuration makes an object itself.
pub(crate) fn is_made_here(id: &ObjectId, world: &World<'_>) -> bool {
    world.wanted.contains(&identity(id))
}
