//! What a state holds, and the rules by which operations change it.
//!
//! How it is written to a file stands in `snapshot`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_model::{Address, EdgeKind, ObjectId};
use serde::{Deserialize, Serialize};

use crate::error::StateError;
use crate::operation::{Effect, IllegalTransition, Intent, OperationId, Outcome, Phase};

/// How many entries of the history are kept.
pub const HISTORY_LIMIT: usize = 50;

/// What a state belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The project's name.
    pub project: String,
    /// The environment's name.
    pub environment: String,
    /// The uid of the cluster's `kube-system` namespace.
    pub cluster_uid: String,
}

/// The state of one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Drawn once when the state is made; two states with different lineages have nothing in common.
    pub lineage: String,
    /// Grows by one with each state that is written.
    pub serial: u64,
    /// What it belongs to.
    #[serde(flatten)]
    pub identity: Identity,
    /// The object that each address stands for.
    #[serde(default)]
    pub resources: BTreeMap<Address, Resource>,
    /// Where addresses went, old to new.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub moved: BTreeMap<Address, Address>,
    /// Claims that outlived what they were made for, sorted by namespace and name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retained_claims: Vec<RetainedClaim>,
    /// Jobs that ran to their end, with the hash of what they ran.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub completed_jobs: BTreeMap<Address, String>,
    /// Outputs that are not sensitive.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, serde_json::Value>,
    /// Operations of which nobody knows yet how they ended.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unresolved: BTreeMap<OperationId, Unresolved>,
    /// The last applies, oldest first, at most [`HISTORY_LIMIT`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<HistoryEntry>,
}

/// The object that an address stands for. The block's type is part of the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Which object.
    pub object: ObjectId,
    /// Its uid; empty only in an intent to create it.
    pub uid: String,
    /// A digest of what was applied; what goes into it is the caller's choice.
    pub digest: String,
    /// What it needed when it was applied: deletions follow these edges.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub edges: BTreeMap<Address, EdgeKind>,
    /// Where it holds sensitive values, never the values: a plan hides what stands there although the
    /// configuration no longer calls it sensitive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sensitive_paths: Vec<String>,
    /// Whether `lifecycle` forbids to delete it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub prevent_destroy: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the signature that serde asks for
fn is_false(value: &bool) -> bool {
    !value
}

/// A volume claim that outlived what it was made for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RetainedClaim {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// The address that it was made for, where anything tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Address>,
}

/// An operation of which nobody knows yet how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unresolved {
    /// [`Phase::Intended`] or [`Phase::Unknown`].
    pub phase: Phase,
    /// What was to be done.
    pub intent: Intent,
}

/// One apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// The serial that it led to.
    pub serial: u64,
    /// When it ended.
    pub at: Timestamp,
    /// The command, such as `apply`.
    pub command: String,
    /// How many objects it created.
    pub created: u64,
    /// How many it changed.
    pub updated: u64,
    /// How many it deleted.
    pub deleted: u64,
    /// How many operations failed.
    pub failed: u64,
}

impl State {
    /// A state that holds nothing and was never written. `lineage` is a random text.
    pub fn new(identity: Identity, lineage: impl Into<String>) -> State {
        State {
            lineage: lineage.into(),
            serial: 0,
            identity,
            resources: BTreeMap::new(),
            moved: BTreeMap::new(),
            retained_claims: Vec::new(),
            completed_jobs: BTreeMap::new(),
            outputs: BTreeMap::new(),
            unresolved: BTreeMap::new(),
            history: Vec::new(),
        }
    }

    /// Checks that the state belongs to `expected`.
    ///
    /// # Errors
    /// It is the state of another project, environment or cluster.
    pub fn verify(&self, expected: &Identity) -> Result<(), StateError> {
        let pairs = [
            ("project", &self.identity.project, &expected.project),
            ("environment", &self.identity.environment, &expected.environment),
            ("cluster", &self.identity.cluster_uid, &expected.cluster_uid),
        ];
        match pairs.into_iter().find(|(_, found, wanted)| found != wanted) {
            Some((what, found, wanted)) => Err(StateError::WrongIdentity {
                what,
                found: found.clone().into(),
                expected: wanted.clone().into(),
            }),
            None => Ok(()),
        }
    }

    /// Writes down that an operation is about to be sent.
    pub fn intend(&mut self, id: OperationId, intent: Intent) {
        self.unresolved.insert(id, Unresolved { phase: Phase::Intended, intent });
    }

    /// Writes down how an operation ended; one that is done changes the state.
    ///
    /// # Errors
    /// The operation is not open, or cannot end in this way: see [`Phase::next`].
    pub fn settle(&mut self, id: OperationId, outcome: &Outcome) -> Result<(), IllegalTransition> {
        let open =
            self.unresolved.get_mut(&id).ok_or(IllegalTransition { from: None, to: outcome.phase() })?;
        open.phase = open.phase.next(outcome)?;
        if !open.phase.is_unresolved() {
            self.unresolved.remove(&id);
        }
        if let Outcome::Done { effects } = outcome {
            for effect in effects {
                self.apply(effect.clone());
            }
        }
        Ok(())
    }

    /// Changes the state.
    pub fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Put { address, resource } => {
                self.moved.remove(&address);
                self.resources.insert(address, resource);
            }
            Effect::Remove { address } => {
                self.resources.remove(&address);
                // A job that is deleted runs again where it is declared again.
                self.completed_jobs.remove(&address);
            }
            Effect::Move { from, to } => self.rename(&from, to),
            Effect::Retain { claim } => match self.claim(&claim.namespace, &claim.name) {
                Ok(place) => self.retained_claims[place] = claim,
                Err(place) => self.retained_claims.insert(place, claim),
            },
            Effect::Release { namespace, name } => {
                if let Ok(place) = self.claim(&namespace, &name) {
                    self.retained_claims.remove(place);
                }
            }
            Effect::CompleteJob { address, hash } => {
                self.completed_jobs.insert(address, hash);
            }
            Effect::ForgetJob { address } => {
                self.completed_jobs.remove(&address);
            }
        }
    }

    /// Adds an apply to the history, which forgets the oldest ones.
    pub fn remember(&mut self, entry: HistoryEntry) {
        self.history.push(entry);
        let surplus = self.history.len().saturating_sub(HISTORY_LIMIT);
        self.history.drain(..surplus);
    }

    /// Where an address is found now, after all moves; the address itself where it never moved.
    pub fn moved_to<'a>(&'a self, address: &'a Address) -> &'a Address {
        let mut now = address;
        for _ in 0..=self.moved.len() {
            match self.moved.get(now) {
                Some(next) => now = next,
                None => break,
            }
        }
        now
    }

    /// Where a retained claim stands, or would stand.
    fn claim(&self, namespace: &str, name: &str) -> Result<usize, usize> {
        self.retained_claims
            .binary_search_by(|c| (c.namespace.as_str(), c.name.as_str()).cmp(&(namespace, name)))
    }

    /// Edges and claims that name the old address follow.
    fn rename(&mut self, from: &Address, to: Address) {
        if *from == to {
            return;
        }
        if let Some(resource) = self.resources.remove(from) {
            // What was written under the new address meanwhile is newer.
            self.resources.entry(to.clone()).or_insert(resource);
        }
        if let Some(hash) = self.completed_jobs.remove(from) {
            self.completed_jobs.insert(to.clone(), hash);
        }
        for resource in self.resources.values_mut() {
            if let Some(kind) = resource.edges.remove(from) {
                resource.edges.insert(to.clone(), kind);
            }
        }
        for claim in self.retained_claims.iter_mut().filter(|c| c.from.as_ref() == Some(from)) {
            claim.from = Some(to.clone());
        }
        self.moved.remove(&to);
        self.moved.insert(from.clone(), to);
    }
}
