//! What a configuration wants in a cluster: the vocabulary's output, the planner's input.

use std::collections::BTreeMap;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::config::Released;
use crate::node::Node;
use crate::object::ObjectId;
use crate::path::Path;
use crate::source::Span;
use crate::value::Value;

/// Everything that one environment of a configuration wants.
#[derive(Debug, Clone, Default)]
pub struct Desired {
    /// Objects, sorted by address.
    pub objects: Vec<DesiredObject>,
    /// Edges between addresses, sorted.
    pub edges: Vec<Edge>,
    /// What is taken over where it exists already, by the address of its block, with the header of the
    /// `import` block.
    pub imports: BTreeMap<Address, Span>,
    /// What is let go without being deleted.
    pub released: Vec<Released>,
    /// Outputs by name, in source order.
    pub outputs: Vec<Output>,
}

/// One object.
#[derive(Debug, Clone)]
pub struct DesiredObject {
    /// Its address; a block's main object has no part.
    pub address: Address,
    /// Which object it is.
    pub id: ObjectId,
    /// The whole object, `apiVersion` and `kind` included, ready for server-side apply.
    pub root: Node,
    /// The header of the block that it comes from.
    pub span: Span,
    /// Set where an autoscaler owns `spec.replicas`: the first number, applied once under the
    /// manager `plimsoll-replicas` and absent from `root`.
    pub first_replicas: Option<i64>,
    /// `lifecycle { prevent_destroy = true }`.
    pub prevent_destroy: bool,
    /// `lifecycle { ignore_changes = […] }`.
    pub ignored: Vec<Ignored>,
    /// `lifecycle { drift = … }`.
    pub drift: Drift,
    /// `lifecycle { conflict "…" { … } }`, in source order.
    pub conflicts: Vec<ConflictRule>,
    /// Whether apply waits until the object is ready.
    pub wait: bool,
    /// How long it waits, where the block says so.
    pub timeouts: Timeouts,
}

/// What stays as the cluster has it once the object exists: one place of the object that a name of
/// `ignore_changes` stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// The field, with everything below it; the object as a whole for `all`.
    pub path: Path,
    /// What lies below it and stays ours all the same: other attributes and Plimsoll itself set it.
    pub except: Vec<Path>,
    /// The name, where it is written.
    pub span: Span,
}

impl Ignored {
    /// Whether a field is one of those that stay as they are.
    pub fn covers(&self, path: &Path) -> bool {
        self.path.is_prefix_of(path) && !self.except.iter().any(|ours| ours.is_prefix_of(path))
    }
}

/// What is done about what others added to an object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Drift {
    /// It is told.
    #[default]
    Report,
    /// It is taken out again.
    Revert,
    /// It is counted, and not told.
    Ignore,
}

/// Whose value stands where another field manager sets what the configuration sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictRule {
    /// The manager's name, in which `*` stands for any text.
    pub manager: String,
    /// The subresource that was written through; none: whichever.
    pub subresource: Option<String>,
    /// The field, with everything below it, as it is written.
    pub path: String,
    /// What is done.
    pub policy: ConflictPolicy,
    /// The header of the rule.
    pub span: Span,
}

/// What is done about a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictPolicy {
    /// Our value is set.
    Force,
    /// Theirs stays, and the field is theirs.
    Yield,
    /// Theirs stays, and is applied with ours.
    Match,
}

/// How long an apply waits for an object; none: as long as for every other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a new object is ready.
    pub create: Option<Timeout>,
    /// Until a changed object is ready.
    pub update: Option<Timeout>,
    /// Until an object is gone.
    pub delete: Option<Timeout>,
}

/// A time, and where it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeout {
    /// How long.
    pub limit: Duration,
    /// Its expression.
    pub span: Span,
}

/// Why one address comes before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKind {
    /// A wish: dropped, in address order, where it would close a cycle.
    Order,
    /// The other must have been written.
    Applied,
    /// The other must be ready.
    Ready,
}

/// `from` needs `to`: `to` is created first and deleted last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// The address that needs.
    pub from: Address,
    /// The address that is needed.
    pub to: Address,
    /// How strongly.
    pub kind: EdgeKind,
    /// Where the need is written.
    pub span: Option<Span>,
}

/// An output of the configuration.
#[derive(Debug, Clone)]
pub struct Output {
    /// Its label.
    pub name: String,
    /// What it yields; may be unknown or sensitive.
    pub value: Value,
    /// Its header.
    pub span: Span,
}
