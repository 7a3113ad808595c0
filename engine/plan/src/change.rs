//! Changes of fields, what others added, and what follows from a change.
//!
//! Data only; how they are found is the planner's, how they are shown the renderers'.

use plimsoll_model::Address;
use plimsoll_model::source::Location;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::effect::Effect;

/// One field of an object before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The path, such as `spec.template.spec.containers[name=web].image`.
    pub path: String,
    /// Its steps, such as `spec`, `containers`, `[name=web]`, `image`: keys of maps may hold dots.
    #[serde(default)]
    pub steps: Vec<String>,
    /// Before.
    pub before: Side,
    /// After.
    pub after: Side,
    /// Why it changes.
    pub cause: Cause,
    /// Whether only the order of list items changes; both sides are then lists of their keys.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reorder: bool,
    /// Where the new value is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Location>,
    /// The variables that were read for the new value, such as `var.tag`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<String>,
    /// Who set the value that is now replaced, where it was not us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_by: Option<Owner>,
    /// Where the value drifted: what the configuration would have to say for it to stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<Accept>,
}

/// What the configuration would have to say for a value of the cluster to stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accept {
    /// One attribute reads otherwise.
    Edit {
        /// Which line.
        at: Location,
        /// The attribute as it is, name and value: nothing that stands beside it, which may be a secret.
        line: String,
        /// The attribute as it would have to be; none: its line would have to go.
        becomes: Option<String>,
        /// How many other fields the same text decides.
        also: usize,
    },
    /// The value is made from more than a literal, here.
    Made {
        /// The expression.
        at: Location,
    },
}

/// The value of a field on one side of a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The field is not there.
    Absent,
    /// A value that may be shown.
    Known(Json),
    /// A secret: the keyed hash of its value. Equal hashes, equal values.
    Sensitive(String),
    /// Known after apply; the text says what decides it, such as `service.api.cluster_ip`.
    Unknown(String),
    /// Assigned by the cluster.
    Assigned,
}

/// Why a field changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The configuration sets it.
    Ours,
    /// The configuration sets it as before, and somebody changed it in the cluster since the last apply.
    Drift,
    /// The configuration no longer sets it.
    Removed,
    /// The server fills it in by itself: a default, or what it assigns.
    Default,
    /// Neither the configuration nor a default explains it: an admission webhook, or a plugin of the server.
    Webhook,
    /// The server sets it, and nobody knows its defaults: the type or the version is not known here.
    Server,
}

impl Cause {
    /// Whether the field is one that we set, or set before: what a reviewer approves.
    pub fn is_owned(self) -> bool {
        matches!(self, Cause::Ours | Cause::Drift | Cause::Removed)
    }
}

/// A field manager.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Owner {
    /// Its name, such as `kubectl-edit`.
    pub manager: String,
    /// `Apply` or `Update`.
    pub operation: String,
    /// Such as `scale`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subresource: Option<String>,
    /// When it last wrote, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
}

/// Something in our object that we do not set and somebody else does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Addition {
    /// The path of the outermost field that is wholly theirs.
    pub path: String,
    /// What stands there.
    pub value: Side,
    /// Who set it.
    pub owner: Owner,
}

/// A field that the configuration sets and that is left to somebody else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Yielded {
    /// The path.
    pub path: String,
    /// The value in the cluster, which stays.
    pub value: Side,
    /// The value in the configuration, which waits.
    pub ours: Side,
    /// Who holds it.
    pub owner: Owner,
    /// Why it is left to them.
    pub reason: String,
    /// Whether their value is applied with ours, so that the field belongs to both.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
}

/// A field that is ignored: it stays as it is, and is not what the configuration says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Left {
    /// The path.
    pub path: String,
    /// The value in the cluster, which stays.
    pub value: Side,
    /// The value in the configuration.
    pub ours: Side,
    /// Where it is ignored.
    pub source: Location,
}

/// What controllers will do because of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consequence {
    /// A pod is made.
    PodAdded(String),
    /// A pod is there already, and is taken up instead of made.
    PodTakenUp(String),
    /// A pod is deleted.
    PodRemoved(String),
    /// A claim is made.
    ClaimAdded(String),
    /// A claim of before is used again, with its data.
    ClaimReused(String),
    /// A claim stays.
    ClaimKept(String),
    /// A claim is deleted, with its data.
    ClaimLost(String),
    /// What happens to the pods of a workload, and why.
    Effect(Effect),
    /// Somebody else made the object, and it is taken over; these are who managed it, such as
    /// `helm (Update)`.
    Adopted(Vec<String>),
    /// A service gets another address; this is the one that it had.
    AddressChanges {
        /// The old ones.
        from: Vec<String>,
        /// Whether it is one outside of the cluster, of a load balancer.
        outside: bool,
    },
    /// A service has no load balancer any more; these were its addresses.
    AddressLost(Vec<String>),
    /// Nothing of the configuration answers for this host any more.
    HostStops(String),
    /// The workloads that are rolled because they read it.
    Rolls(Vec<Address>),
    /// An autoscaler owns the number of replicas; this is the number in force, if there is one.
    ReplicasOwned(Option<i64>),
    /// An autoscaler owns the number of replicas, and made another one of it than the first, which
    /// is all that the configuration says.
    ReplicasLeft {
        /// The autoscaler's address; none where another one than ours.
        by: Option<String>,
        /// The number in the configuration.
        first: i64,
        /// The number in force, which stays.
        now: i64,
    },
    /// The number of replicas is set back from what an autoscaler made of it.
    ReplicasTakenBack {
        /// The number in force.
        from: i64,
        /// The number in the configuration.
        to: i64,
    },
}

impl Consequence {
    /// Whether something is gone afterwards that nobody brings back: data, or an address.
    pub fn is_loss(&self) -> bool {
        crate::losses::words(self).is_some()
    }
}

impl Side {
    /// Whether the field is there.
    pub fn is_present(&self) -> bool {
        !matches!(self, Side::Absent)
    }
}
