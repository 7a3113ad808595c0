//! What a plan is made from: parameters in plain data, among them everything that a clock, a file
//! or a random source would have to give.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::{Address, Desired, ObjectId, Selection, SourceMap, Span};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::observe::Observed;

/// Everything that a plan is made from.
#[derive(Debug, Clone)]
pub struct PlanInput<'a> {
    /// What the configuration wants.
    pub desired: &'a Desired,
    /// What the lists of [`crate::observe::requests`] told.
    pub observed: Observed,
    /// What the state knows.
    pub recorded: Recorded,
    /// The files that the configuration was read from.
    pub sources: &'a SourceMap,
    /// Which cluster.
    pub cluster: ClusterIdentity,
    /// What goes into the plan's header as it is.
    pub about: About,
    /// How to plan.
    pub options: Options,
    /// The key of the hashes that stand for secret values, never part of the plan; none where no
    /// apply made it yet.
    pub secret_key: Option<[u8; 32]>,
    /// Sensitive texts that the caller knows beside those in `desired`, such as variables: they are
    /// masked wherever they turn up.
    pub sensitive: BTreeSet<String>,
}

/// The cluster that is planned against.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClusterIdentity {
    /// The uid of the namespace `kube-system`.
    pub uid: String,
    /// `major.minor`, such as `1.36`.
    pub version: String,
}

impl ClusterIdentity {
    /// Whether the embedded schemas know this minor version, so that "unchanged" can be proven here.
    pub fn minor_known(&self) -> bool {
        self.version == plimsoll_schema::MINOR
    }
}

/// What a plan says about itself, given by the caller.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct About {
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
    /// The environment's namespace.
    pub namespace: String,
    /// Where the environment names it.
    pub namespace_span: Option<Span>,
    /// A digest of the files and variables that the configuration was evaluated from.
    pub configuration: String,
    /// Resolved variables: plain ones by value, sensitive ones as the hash of [`crate::mask::Key::hash`].
    pub variables: BTreeMap<String, Variable>,
    /// When the plan is made, RFC 3339.
    pub created: String,
    /// When it is no longer accepted, RFC 3339.
    pub expires: String,
}

/// The value of a variable that a plan was made with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Variable {
    /// A plain value.
    Value(Json),
    /// The keyed hash of a sensitive one.
    Hash(String),
}

/// What was named for this plan alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// What the plan is about, with what that needs; everything where empty.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub targets: BTreeSet<Selection>,
    /// What the plan is not about, with what needs that.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub exclude: BTreeSet<Selection>,
    /// Objects (or blocks) that are replaced although nothing forces it, by address.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub replace: BTreeSet<Address>,
    /// Whether a part may be planned where the environment is protected.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allowed: bool,
}

impl Named {
    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        !self.is_partial() && self.replace.is_empty()
    }

    /// Whether the plan is about a part of the configuration.
    pub fn is_partial(&self) -> bool {
        !self.targets.is_empty() || !self.exclude.is_empty()
    }
}

/// How to plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Plan the deletion of everything.
    pub destroy: bool,
    /// Ask the cluster with dry runs; otherwise everything that is not proven is predicted, and said not to be verified.
    pub probe: bool,
    /// Also plan the deletes of objects that only their labels mark as ours.
    pub delete_unrecorded: bool,
    /// The objects (or blocks) whose replacement is allowed where it has to be, by address.
    pub allow_replace: BTreeSet<Address>,
    /// The objects (or blocks) that may lose what they lose where the environment is protected, by address.
    pub allow_loss: BTreeSet<Address>,
    /// What was named for this plan alone.
    pub named: Named,
    /// Describe objects that stay as they are, too. Who saves the plan, shows all of it or carries it out needs
    /// that; to tell what changes, it is half of the work for nothing.
    pub describe_unchanged: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            destroy: false,
            probe: true,
            delete_unrecorded: false,
            allow_replace: BTreeSet::new(),
            allow_loss: BTreeSet::new(),
            named: Named::default(),
            describe_unchanged: true,
        }
    }
}

/// What the planner needs to know from the state of an environment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recorded {
    /// The state's lineage; empty for a state that does not exist yet.
    pub lineage: String,
    /// Its serial.
    pub serial: u64,
    /// Whether there is no state although there may be objects: it was lost, or never made.
    pub absent: bool,
    /// Resources by address.
    pub resources: BTreeMap<Address, RecordedResource>,
    /// Claims that stayed when their app was scaled down or deleted.
    pub retained_claims: BTreeSet<ObjectId>,
    /// The digest ([`crate::digest::made_from`]) of each job that completed, by address.
    pub completed_jobs: BTreeMap<Address, String>,
    /// Outputs of the last apply, never sensitive ones.
    pub outputs: BTreeMap<String, Json>,
}

/// One resource of the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedResource {
    /// Which object.
    pub id: ObjectId,
    /// Its uid.
    pub uid: String,
    /// The digest ([`crate::digest::made_from`]) of what was applied last.
    pub digest: String,
    /// The addresses that it needed.
    pub edges: Vec<Address>,
    /// Where it held sensitive values when it was written: [`crate::Operation::sensitive_paths`].
    pub sensitive_paths: Vec<String>,
    /// `lifecycle { prevent_destroy = true }` when it was written.
    pub protected: bool,
}
