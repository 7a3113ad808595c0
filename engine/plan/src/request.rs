//! What the planner asks the cluster while it plans, and the answers, in plain data.
//!
//! Nothing here writes: an apply is always a dry run. Who sends a request, how often it is tried
//! and in which order is the driver's.

use std::collections::BTreeSet;
use std::fmt;

use plimsoll_model::ObjectId;
use serde_json::Value as Json;

use crate::observe::ListRequest;

/// One question to the cluster.
#[derive(Clone, PartialEq)]
pub enum Request {
    /// Server-side apply with `dryRun=All` and `fieldValidation=Strict`.
    DryRun(DryRun),
    /// A JSON patch with `dryRun=All`.
    Patch(Patch),
    /// One object.
    Get(ObjectId),
    /// All objects of a scope that the first lists did not cover.
    List(ListRequest),
    /// Everything in a namespace, of every type that the cluster serves but the passing ones of
    /// [`crate::occupants::PASSING`].
    Contents(String),
}

/// A server-side apply that writes nothing.
#[derive(Clone, PartialEq)]
pub struct DryRun {
    /// Which object.
    pub id: ObjectId,
    /// The object to apply. It may hold secrets in the clear.
    pub object: Json,
    /// The field manager.
    pub manager: String,
    /// Whether fields of other managers are taken over.
    pub force: bool,
}

/// A JSON patch that writes nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    /// Which object.
    pub id: ObjectId,
    /// The operations.
    pub operations: Json,
    /// The field manager.
    pub manager: String,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_string())
    }
}

impl fmt::Debug for DryRun {
    /// Without the object, which may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dry-run {} as {}{}", self.id, self.manager, if self.force { ", force" } else { "" })
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Request::DryRun(d) => write!(f, "{d:?}"),
            Request::Patch(p) => write!(f, "dry-run a patch of {} as {}", p.id, p.manager),
            Request::Get(id) => write!(f, "get {id}"),
            Request::List(l) => write!(f, "list {l}"),
            Request::Contents(namespace) => write!(f, "list everything in {namespace}"),
        }
    }
}

/// The answer to a [`Request`] at the same position.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A dry run went through.
    Applied {
        /// 200 for an object that exists, 201 for one that does not.
        status: u16,
        /// The object as it would be.
        object: Json,
    },
    /// Other managers own fields that the apply would change (409 with causes).
    Conflict(Vec<ConflictCause>),
    /// The server refuses.
    Refused(Refusal),
    /// The object, or that it is absent.
    Found(Option<Json>),
    /// The objects of a list.
    Listed(Vec<Json>),
    /// What a namespace holds.
    Contents(Contents),
    /// No usable answer came; the text says why.
    Failed(String),
}

/// Everything in a namespace.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contents {
    /// The objects, each with `apiVersion` and `kind`.
    pub objects: Vec<Json>,
    /// The types that were asked for, by group and kind.
    pub kinds: BTreeSet<(String, String)>,
}

/// One cause of a conflict, as the server words it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConflictCause {
    /// The path, such as `.spec.template.spec.containers[name="web"].image`.
    pub field: String,
    /// Such as `conflict with "kubectl-edit" using apps/v1`.
    pub message: String,
}

/// Why a server refuses an object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Its word for it, such as `Invalid`, `Forbidden`, `NotFound`.
    pub reason: String,
    /// Its sentence.
    pub message: String,
    /// One entry for each field.
    pub causes: Vec<RefusalCause>,
}

/// A field that a server refuses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RefusalCause {
    /// Its path; may be empty.
    pub field: String,
    /// A word, such as `FieldValueInvalid`.
    pub reason: String,
    /// A sentence.
    pub message: String,
}
