//! What happens while a plan is carried out, for whoever shows progress; and how it ended.

use std::collections::BTreeMap;

use plimsoll_model::{Address, Diagnostic, ObjectId};
use plimsoll_plan::Action;
use serde_json::Value as Json;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// An operation is being sent.
    Started(Subject),
    /// It was written; apply waits for it now.
    Written(Subject),
    /// What it still waits for; sent when the reason changes.
    Waiting {
        /// Which one.
        subject: Subject,
        /// Such as `1 of 3 pods available`.
        reason: String,
    },
    /// It is done, and ready where that was waited for.
    Done {
        /// Which one.
        subject: Subject,
        /// Since it started.
        seconds: f64,
    },
    /// Nothing was sent, and what an earlier apply left unready is ready now.
    Ready {
        /// Which one.
        subject: Subject,
        /// How long it was waited for.
        seconds: f64,
    },
    /// It failed.
    Failed {
        /// Which one.
        subject: Subject,
        /// Why.
        diagnostic: Diagnostic,
    },
    /// It was not begun.
    Skipped {
        /// Which one.
        subject: Subject,
        /// Why not.
        because: Because,
    },
    /// A sentence about the run as a whole, such as what an interrupted run had left open.
    Message(String),
    /// The run was told to stop: what is under way is finished, nothing new begins.
    Draining {
        /// How many requests are under way.
        under_way: usize,
    },
}

/// One operation of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its position in the plan.
    pub index: usize,
    /// The address.
    pub address: Address,
    /// The object.
    pub id: ObjectId,
    /// What is done to it.
    pub action: Action,
}

/// Why an operation was not begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    /// What it needs failed or was itself not begun.
    Needs(Address),
    /// The run was told to stop.
    Stopped,
    /// The journal cannot be written: what cannot be written down is not begun.
    Journal,
}

/// Where events go.
pub type Sink<'a> = &'a (dyn Fn(Event) + Send + Sync);

/// How an apply ended.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// What was carried out, in the order of the plan, with the seconds that each took.
    pub done: Vec<(Subject, f64)>,
    /// What was waited for and did not become ready before the run was told to stop.
    pub unready: Vec<Subject>,
    /// What failed, and why.
    pub failed: Vec<(Subject, Diagnostic)>,
    /// What was not begun.
    pub skipped: Vec<(Subject, Because)>,
    /// Warnings, and failures that belong to no operation.
    pub notes: Vec<Diagnostic>,
    /// Outputs that are known and not sensitive.
    pub outputs: BTreeMap<String, Json>,
    /// Names of outputs that are sensitive.
    pub sensitive_outputs: Vec<String>,
    /// The address under which the application answers, such as `http://foo.bar.com/`.
    pub answers_at: Option<String>,
    /// Claims that stay without an object that needs them, sorted.
    pub retained_claims: Vec<ObjectId>,
    /// Whether the run was told to stop.
    pub stopped: bool,
    /// Whether it left at once: the journal holds what the state does not know yet.
    pub left: bool,
}

impl Outcome {
    /// Whether everything that was planned is done.
    pub fn succeeded(&self) -> bool {
        self.failed.is_empty()
            && self.skipped.is_empty()
            && self.unready.is_empty()
            && !self.left
            && !self.notes.iter().any(|d| d.severity == plimsoll_model::Severity::Error)
    }
}
