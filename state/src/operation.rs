//! Operations: one write to a cluster each, from intent to outcome, and what they do to a state.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use plimsoll_model::{Address, ObjectId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::state::{Resource, RetainedClaim};

/// Names one operation for ever: the serial of the apply and the operation's number in it, from 0.
/// Printed as `7.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId {
    /// The serial that the apply leads to.
    pub serial: u64,
    /// The number in that apply.
    pub index: u64,
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.serial, self.index)
    }
}

impl FromStr for OperationId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = text.split_once('.').and_then(|(serial, index)| {
            Some(OperationId { serial: serial.parse().ok()?, index: index.parse().ok()? })
        });
        parsed.ok_or_else(|| format!("`{text}` is not an operation; one looks like 7.0"))
    }
}

impl Serialize for OperationId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OperationId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What a write does to its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Makes it.
    Create,
    /// Changes it.
    Update,
    /// Removes it.
    Delete,
}

/// A write that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// What it does.
    pub verb: Verb,
    /// For which address.
    pub address: Address,
    /// To which object.
    pub object: ObjectId,
    /// The uid that the object must have; none where it must not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// The version that the object must have, where that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
    /// What tells afterwards whether an update came through; none where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// When it was written down.
    pub at: Timestamp,
    /// What the write does to the state if it is done, as far as that is known before: the uid
    /// of a resource to be created is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
}

/// Digests of the fields that a field manager holds of an object, with their values: keyed, since
/// they cover secrets. How they are made is the caller's choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// The field manager that writes.
    pub manager: String,
    /// What it held before the write.
    pub before: String,
    /// What it holds when the write is done.
    pub after: String,
}

impl Intent {
    /// The effects with an empty uid replaced by the one that the cluster gave.
    pub fn effects_with_uid(&self, uid: &str) -> Vec<Effect> {
        let mut effects = self.effects.clone();
        for effect in &mut effects {
            if let Effect::Put { resource, .. } = effect
                && resource.uid.is_empty()
            {
                resource.uid = uid.to_string();
            }
        }
        effects
    }
}

/// How a write ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Outcome {
    /// The cluster holds it.
    Done {
        /// What it does to the state.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        effects: Vec<Effect>,
    },
    /// The cluster refused it, or it was never sent: nothing has changed.
    Failed,
    /// Nobody knows: the answer was lost. A GET resolves it, in this run or in the next.
    Unknown,
}

/// One change of a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// The address stands for this object now.
    Put {
        /// Which address.
        address: Address,
        /// The object.
        resource: Resource,
    },
    /// The address stands for nothing any more.
    Remove {
        /// Which address.
        address: Address,
    },
    /// The resource at one address is found at another from now on.
    Move {
        /// The old address.
        from: Address,
        /// The new address.
        to: Address,
    },
    /// A claim outlives what it was made for.
    Retain {
        /// The claim.
        claim: RetainedClaim,
    },
    /// A retained claim is used again, or is gone.
    Release {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// A job has run to its end.
    CompleteJob {
        /// The job.
        address: Address,
        /// The hash of what it ran.
        hash: String,
    },
    /// A job is to be forgotten.
    ForgetJob {
        /// The job.
        address: Address,
    },
}

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The intent is written; whether the request was sent is not known.
    Intended,
    /// The request was sent and its answer was lost.
    Unknown,
    /// The cluster holds it.
    Done,
    /// Nothing has changed.
    Failed,
}

impl Phase {
    /// The legal transitions: an intended operation becomes done, failed or unknown; an unknown
    /// one is resolved to done or failed; and that is the end.
    ///
    /// # Errors
    /// Any other transition.
    pub fn next(self, outcome: &Outcome) -> Result<Phase, IllegalTransition> {
        match (self, outcome) {
            (Phase::Intended | Phase::Unknown, Outcome::Done { .. }) => Ok(Phase::Done),
            (Phase::Intended | Phase::Unknown, Outcome::Failed) => Ok(Phase::Failed),
            (Phase::Intended, Outcome::Unknown) => Ok(Phase::Unknown),
            (from, outcome) => Err(IllegalTransition { from: Some(from), to: outcome.phase() }),
        }
    }

    /// Whether nobody knows yet how it ended.
    pub fn is_unresolved(self) -> bool {
        matches!(self, Phase::Intended | Phase::Unknown)
    }
}

impl Outcome {
    /// The phase that this outcome leads to.
    pub fn phase(&self) -> Phase {
        match self {
            Outcome::Done { .. } => Phase::Done,
            Outcome::Failed => Phase::Failed,
            Outcome::Unknown => Phase::Unknown,
        }
    }
}

/// A transition that [`Phase::next`] does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IllegalTransition {
    /// The phase it starts from; none where the operation was never intended, or is settled.
    pub from: Option<Phase>,
    /// Where it should lead.
    pub to: Phase,
}

impl fmt::Display for IllegalTransition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |phase: Phase| match phase {
            Phase::Intended => "intended",
            Phase::Unknown => "unknown",
            Phase::Done => "done",
            Phase::Failed => "failed",
        };
        match self.from {
            Some(from) => write!(f, "an operation that is {} cannot become {}", name(from), name(self.to)),
            None => write!(f, "an operation that is not open cannot become {}", name(self.to)),
        }
    }
}

impl std::error::Error for IllegalTransition {}
