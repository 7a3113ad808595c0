//! The plan: what apply will do, in order, with everything that it needs and nothing to choose.
//!
//! Serialisable, deterministic, and without secrets: a secret stands as a keyed hash.

use std::collections::BTreeMap;

use plimsoll_model::source::Location;
use plimsoll_model::{Address, Diagnostic, ObjectId, Severity, SourceMap};
use plimsoll_schema::{Path, parse_path};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::change::{Addition, Cause, Consequence, FieldChange, Left, Side, Yielded};
use crate::document::Document;
use crate::growth::Grown;
use crate::input::{Named, Variable};
use crate::limit::Limit;

/// The version of the plan's format: it goes up with every change of what is below, and an older plan is refused. A
/// plan is made anew in seconds, and one that means something else than it did when it was reviewed is worse
/// than none.
///
/// 1 was written until operations said why they wait, and grew fields on the way; 2 knew neither claims that grow
/// nor objects that are let go. `fixtures` holds a plan of each
/// format before this one.
pub const FORMAT: u32 = 3;

/// What apply will do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What the plan was made for.
    pub header: Header,
    /// One entry for each object, in an order that respects `needs`; unchanged ones included.
    pub operations: Vec<Operation>,
    /// Deletes of objects that only their labels mark as ours (the state does not know them). They
    /// are not carried out unless [`crate::Options::delete_unrecorded`] asked for it: then they are
    /// among the operations instead.
    pub unrecorded_deletes: Vec<Operation>,
    /// Outputs, by name.
    pub outputs: Vec<OutputChange>,
    /// Errors and warnings of the planning; a plan with an error cannot be applied.
    pub notices: Vec<Notice>,
    /// Claims that exist, or will, without an object of the configuration that needs them: what the
    /// state remembers after the apply.
    pub retained_claims: Vec<ObjectId>,
}

/// What a plan was made for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`].
    pub format: u32,
    /// The project.
    pub project: String,
    /// The environment.
    pub environment: String,
    /// The cluster in a user's words: `sandbox`, or the context's name.
    pub target: String,
    /// Whether the cluster is the embedded one.
    pub sandbox: bool,
    /// Whether changes need a saved plan.
    pub protected: bool,
    /// Whether everything is to be deleted.
    pub destroy: bool,
    /// The cluster's uid.
    pub cluster: String,
    /// Its version.
    pub cluster_version: String,
    /// The state's lineage.
    pub lineage: String,
    /// The state's serial.
    pub serial: u64,
    /// A digest of the configuration.
    pub configuration: String,
    /// The configuration's folder as it is found from the working directory; none where it is that
    /// one. Never an absolute path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Resolved variables.
    pub variables: BTreeMap<String, Variable>,
    /// When it was made, RFC 3339.
    pub created: String,
    /// When it is no longer accepted, RFC 3339.
    pub expires: String,
    /// Whether deletes of objects that only their labels mark as ours are among the operations.
    pub delete_unrecorded: bool,
    /// What was named for this plan alone, on the command line.
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub named: Named,
}

/// What is done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing.
    None,
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is deleted, and when it is gone made again: a field changes that cannot change in place.
    Replace,
    /// It is deleted.
    Delete,
    /// It is gone already; only the state forgets it.
    Forget,
    /// It stays, and is managed no longer: what marks it as ours is taken from it, and the state forgets it.
    Release,
}

/// How far a plan can be relied on for an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It changes, and the server computed the result.
    Changed,
    /// Proven to be as declared.
    Unchanged,
    /// Nobody verified it yet; the text says why. It is dry-run when it is applied.
    NotVerified(String),
}

/// One object of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Its position in the plan, from zero; with the state's serial it names the operation.
    pub index: usize,
    /// What is done.
    pub action: Action,
    /// The address.
    pub address: Address,
    /// The object's address in the state, where that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<Address>,
    /// Which object.
    pub id: ObjectId,
    /// Its uid; none where it does not exist yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// How far the plan can be relied on.
    pub verdict: Verdict,
    /// Whether other managers' fields are taken over, as the conflict policy says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub force: bool,
    /// What is applied; null where nothing is. A secret stands as `{"$sensitive": keyed hash}`, an
    /// unknown leaf as `{"$unknown": what decides it}`.
    pub desired: Document,
    /// The fields that we set or set before, without those that are ignored, in the form of `managedFields`.
    pub owned: Document,
    /// A digest of the live values at [`Operation::owned`] and of who else owns them; none where
    /// the object does not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_digest: Option<String>,
    /// Whether the object is made again: it stood there after the last apply, and somebody deleted it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub vanished: bool,
    /// Whether somebody else made the object, and it is taken over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adopted: bool,
    /// The fields because of which the object is replaced; a server that names none leaves it empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced_by: Vec<String>,
    /// Whether it takes up pods: it is replaced and deleted without them, or is made and they are there before it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keeps_pods: bool,
    /// Claims of a StatefulSet that grow with it, before anything is done to the set itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grows: Vec<Grown>,
    /// Fields that change: ours and removed ones first, by path, then the server's.
    pub changes: Vec<FieldChange>,
    /// Fields that become ours, or are given up, without changing their value.
    pub ownership: Vec<String>,
    /// What others added.
    pub others: Vec<Addition>,
    /// Fields that others added and that are taken out again by a JSON patch, in the form of
    /// [`plimsoll_schema::written`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reverts: Vec<String>,
    /// How many fields that others added are not told, as the configuration says.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hidden: usize,
    /// Fields of ours that are left to others; what is applied has none of them, or their value where it is
    /// shared.
    pub yielded: Vec<Yielded>,
    /// Fields that are ignored and are not what the configuration says: they stay as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Left>,
    /// What controllers will do because of it.
    pub consequences: Vec<Consequence>,
    /// A second apply that gives the number of replicas to an autoscaler.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<ReplicasStep>,
    /// The object before, secrets as null; null where it does not exist.
    pub before: Document,
    /// The object after, secrets and unknown values as null; null where it is deleted.
    pub after: Document,
    /// The shape of `after` with `true` at what is known only after apply or assigned by the cluster.
    pub after_unknown: Json,
    /// The shape of `before` with `true` at what is sensitive.
    pub before_sensitive: Json,
    /// The shape of `after` with `true` at what is sensitive.
    pub after_sensitive: Json,
    /// Indices of the operations that must be done before.
    pub needs: Vec<Need>,
    /// Addresses that this one needs, whether they change or not: what the state keeps.
    pub edges: Vec<Address>,
    /// Whether apply waits until the object is ready.
    pub wait: bool,
    /// How long it waits for the object, where its block says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// Where the object holds sensitive values afterwards, such as
    /// `spec/template/spec/containers/*/env/*/value`: what the state keeps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sensitive_paths: Vec<String>,
    /// `lifecycle { prevent_destroy = true }`: what the state keeps.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protected: bool,
    /// The digest of what is applied ([`crate::digest::desired_digest`]); empty for deletes.
    pub desired_digest: String,
    /// Whether only labels mark the object as ours: its delete needs a confirmation of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unrecorded: bool,
    /// Where the block stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Location>,
}

/// An operation that must be done before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// Its index.
    pub index: usize,
    /// Whether its object must be ready as well.
    pub ready: bool,
    /// Why.
    pub because: NeedCause,
    /// Where that is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Location>,
}

/// Why an operation must be done before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeedCause {
    /// One of the two refers to the other.
    Reference,
    /// `depends_on`.
    DependsOn,
    /// A block's main object comes after the others that it makes.
    Part,
    /// A namespace comes before what lies in it, and goes after that.
    Namespace,
    /// A type comes before its objects, and goes after them.
    Type,
    /// The other one needed it when it was applied last.
    Remembered,
    /// An autoscaler goes before its target changes or goes.
    Autoscaler,
    /// A workload goes before the claim that it mounts.
    Mount,
}

/// A second apply to the same object under [`crate::replicas::MANAGER`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicasStep {
    /// The number.
    pub replicas: i64,
    /// Whether it goes before the main apply (which then gives the field up) instead of after it.
    pub first: bool,
}

/// An output before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutputChange {
    /// Its name.
    pub name: String,
    /// Before.
    pub before: Side,
    /// After.
    pub after: Side,
}

/// A diagnostic without its source map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Whether it is an error.
    pub error: bool,
    /// Its code.
    pub code: String,
    /// What happened.
    pub summary: String,
    /// Why.
    pub detail: String,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Location>,
    /// What to type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// How many objects a plan adds, changes and deletes, without those that it adopts; one that is replaced is deleted and added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Creates.
    pub add: usize,
    /// Updates.
    pub change: usize,
    /// Deletes.
    pub destroy: usize,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Operation {
    /// Whether anything is sent to the cluster or forgotten by the state.
    pub fn is_change(&self) -> bool {
        self.action != Action::None || self.replicas.is_some() || self.moved_from.is_some()
    }

    /// Whether anything is sent to the cluster for it.
    pub fn sends(&self) -> bool {
        !matches!(self.action, Action::None | Action::Forget) || self.replicas.is_some()
    }

    /// Whether it is a step of an apply: something is sent, or the state forgets the object.
    pub fn acts(&self) -> bool {
        self.sends() || self.action == Action::Forget
    }

    /// Whether it is shown before everything else: something is replaced or lost.
    pub fn stands_first(&self) -> bool {
        self.action == Action::Replace || self.consequences.iter().any(Consequence::is_loss)
    }

    /// Changes of fields that we set or no longer set: what a reviewer approved.
    pub fn owned_changes(&self) -> impl Iterator<Item = &FieldChange> {
        self.changes.iter().filter(|c| c.cause.is_owned())
    }

    /// Changes that the server, its defaults or webhooks make.
    pub fn server_changes(&self) -> impl Iterator<Item = &FieldChange> {
        self.changes.iter().filter(|c| !c.cause.is_owned())
    }

    /// Whether the object is applied; else only what others added is taken out.
    pub fn is_applied(&self) -> bool {
        let reverted = |change: &FieldChange| {
            self.reverts.iter().any(|path| {
                let steps: Vec<String> =
                    parse_path(path).0.into_iter().map(|e| Path(vec![e]).to_string()).collect();
                change.steps.starts_with(&steps)
            })
        };
        self.reverts.is_empty() || !self.ownership.is_empty() || self.owned_changes().any(|c| !reverted(c))
    }

    /// Fields of ours that somebody changed in the cluster since the last apply.
    pub fn drifted(&self) -> impl Iterator<Item = &FieldChange> {
        self.changes.iter().filter(|c| c.cause == Cause::Drift)
    }

    /// Whether nothing but what somebody did in the cluster since the last apply makes it a change.
    pub fn is_drift_alone(&self) -> bool {
        let plain = !self.adopted && self.replicas.is_none() && self.moved_from.is_none();
        let sets_back = self.action == Action::Update && self.drifted().next().is_some();
        plain && (self.vanished || (sets_back && self.owned_changes().all(|c| c.cause == Cause::Drift)))
    }
}

impl Plan {
    /// How many objects are added, changed and deleted.
    pub fn counts(&self) -> Counts {
        let count = |action| self.operations.iter().filter(|o| o.action == action).count();
        let replaced = count(Action::Replace);
        Counts {
            add: count(Action::Create) + replaced,
            change: self.operations.iter().filter(|o| o.action == Action::Update && !o.adopted).count(),
            destroy: count(Action::Delete) + replaced,
        }
    }

    /// Whether apply would do anything: to an object, the state or an output.
    pub fn has_changes(&self) -> bool {
        self.operations.iter().any(Operation::is_change) || self.outputs.iter().any(|o| o.before != o.after)
    }

    /// Whether others added something to our objects.
    pub fn has_additions(&self) -> bool {
        self.operations.iter().any(|o| o.action != Action::Replace && !o.others.is_empty())
    }

    /// Whether the planning found an error, so that the plan cannot be applied.
    pub fn errored(&self) -> bool {
        self.notices.iter().any(|n| n.error)
    }
}

impl Notice {
    /// A diagnostic with its places resolved.
    pub fn new(diagnostic: &Diagnostic, sources: &SourceMap) -> Notice {
        Notice {
            error: diagnostic.severity == Severity::Error,
            code: diagnostic.code.to_string(),
            summary: diagnostic.summary.clone(),
            detail: diagnostic.detail.clone(),
            at: diagnostic.at.as_ref().map(|n| sources.locate(n.span)),
            help: diagnostic.help.clone(),
        }
    }
}
