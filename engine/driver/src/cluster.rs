//! The border to a cluster: what the driver asks of a Kubernetes API, in plain data.
//!
//! Holds the trait and its nouns. No client library's type stands here, and no policy: what is
//! retried, in which order things are written and what a failure means is decided by its callers.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use plimsoll_model::{Gvk, ObjectId};
use plimsoll_plan::Listed;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::error::ClusterError;

/// The result of a question to the cluster.
pub type Answer<T> = Result<T, ClusterError>;

/// Which cluster this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The uid of the namespace `kube-system`: what plans and states are bound to.
    pub uid: String,
    /// `major.minor` of the server, such as `1.36`.
    pub version: String,
}

/// What discovery tells of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The type.
    pub gvk: Gvk,
    /// Its name in paths, such as `deployments`.
    pub plural: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

/// The answer to a LIST, all pages of it.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// The objects, sorted by namespace and name.
    pub items: Vec<Listed>,
    /// Where a watch may go on.
    pub resource_version: String,
}

impl Listing {
    /// The objects themselves, one read at a time.
    pub fn objects(&self) -> impl Iterator<Item = Json> {
        self.items.iter().map(Listed::object)
    }
}

/// How a server-side apply is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apply {
    /// The field manager.
    pub manager: String,
    /// Whether fields of other managers are taken over.
    pub force: bool,
    /// Whether the server only computes the result.
    pub dry_run: bool,
}

/// What a server-side apply made.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// Whether the object was absent before (status 201 instead of 200).
    pub created: bool,
    /// The object as it is now, or would be.
    pub object: Json,
}

/// What must hold for a delete to happen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preconditions {
    /// The object's uid.
    pub uid: Option<String>,
    /// The version that was last seen.
    pub resource_version: Option<String>,
}

/// What becomes of an object's dependents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagation {
    /// The garbage collector deletes them afterwards.
    Background,
    /// They are deleted first; the object stays until they are gone.
    Foreground,
    /// They stay.
    Orphan,
}

impl Propagation {
    /// The name in `propagationPolicy`.
    pub fn name(self) -> &'static str {
        match self {
            Propagation::Background => "Background",
            Propagation::Foreground => "Foreground",
            Propagation::Orphan => "Orphan",
        }
    }
}

/// How a delete went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// The object is gone.
    Gone,
    /// It is being deleted: finalizers or a grace period hold it.
    Terminating,
}

/// One event of a watch.
#[derive(Debug, Clone, PartialEq)]
pub enum WatchEvent {
    /// An object was made or changed.
    Changed(Json),
    /// An object is gone; this is its last form.
    Deleted(Json),
    /// Nothing happened up to this version.
    Bookmark(String),
}

/// A running watch. It ends when the server ends it; an error is its last item.
pub type Watch = BoxStream<'static, Answer<WatchEvent>>;

/// A kind's objects in one namespace (or in all, or cluster-wide), by label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// Which type.
    pub gvk: Gvk,
    /// Which namespace; none for cluster-wide types and for all namespaces at once.
    pub namespace: Option<String>,
    /// A label selector, such as `plimsoll.dev/project=shop`; empty for everything.
    pub selector: String,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(ns) => write!(f, "{} in namespace {ns}", self.gvk.kind),
            None => write!(f, "{}", self.gvk.kind),
        }
    }
}

/// A container's output, as `kubectl logs` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRequest {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub pod: String,
    /// The container.
    pub container: String,
    /// Whether the previous run of the container is meant.
    pub previous: bool,
    /// How many of the last lines.
    pub lines: u32,
}

/// An event that the cluster recorded about an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Happening {
    /// Whether it is a warning.
    pub warning: bool,
    /// A word, such as `FailedScheduling`.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// How often it happened.
    pub count: u64,
}

/// Whether an object does what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It does.
    Ready,
    /// Not yet; the text says what is missing, such as `1 of 3 pods available`.
    Waiting(String),
    /// Something is wrong that seldom goes away by itself.
    Failing(Failure),
}

/// Why an object will not become ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// One line, such as `container web of pod web-1: ImagePullBackOff`.
    pub reason: String,
    /// Whether it is certain now. Otherwise it counts only when it lasts for a grace period.
    pub certain: bool,
    /// The container whose output tells more: pod and container name.
    pub container: Option<(String, String)>,
}

/// A Kubernetes API.
///
/// Every method is one question; none retries. Deadlines are the callee's: a call that hangs ends
/// as [`crate::error::Cause::Timeout`].
///
/// # Errors
/// Every method that asks the cluster answers with a [`ClusterError`] that names what was asked
/// and why it failed.
#[async_trait]
pub trait Cluster: Send + Sync {
    /// Which cluster this is.
    async fn identity(&self) -> Answer<Identity>;

    /// What discovery tells of a type; none where the cluster does not have it.
    async fn resource(&self, gvk: &Gvk) -> Answer<Option<Resource>>;

    /// Every type whose objects can be listed, each in the version that the server prefers.
    async fn types(&self) -> Answer<Vec<Resource>>;

    /// Forgets what discovery told: a new type was declared.
    async fn rediscover(&self);

    /// All objects of a scope.
    async fn list(&self, scope: &Scope) -> Answer<Listing>;

    /// One object.
    async fn get(&self, id: &ObjectId) -> Answer<Json>;

    /// Server-side apply with strict field validation. `metadata.uid` and
    /// `metadata.resourceVersion` inside `object` are preconditions.
    async fn apply(&self, id: &ObjectId, object: &Json, how: &Apply) -> Answer<Applied>;

    /// A JSON patch (RFC 6902).
    async fn json_patch(&self, id: &ObjectId, patch: &Json, manager: &str, dry_run: bool) -> Answer<Json>;

    /// Deletes an object.
    async fn delete(&self, id: &ObjectId, when: &Preconditions, dependents: Propagation) -> Answer<Deleted>;

    /// Watches a scope from a version on.
    async fn watch(&self, scope: &Scope, from: &str) -> Answer<Watch>;

    /// The last lines of a container.
    async fn logs(&self, request: &LogRequest) -> Answer<String>;

    /// What the cluster recorded about an object, newest last.
    async fn happenings(&self, id: &ObjectId) -> Answer<Vec<Happening>>;

    /// Whether `object` is ready. Its status counts only when it speaks of `generation` or a later
    /// one. `pods` are the pods and replica sets of its namespace, as far as they are known; the
    /// object's own are found by their owners.
    fn readiness(&self, object: &Json, generation: i64, pods: &[Json]) -> Readiness;
}

/// How long one call may take.
pub const CALL_DEADLINE: Duration = Duration::from_secs(30);
