//! Load, observe, plan, execute: the one way through that every command drives.
//!
//! Holds the border to a cluster, the planning loop, the execution of a plan with its journal and
//! waits, and events for whoever shows progress. Prints nothing, and speaks to clusters only
//! through [`Cluster`].
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod cluster;
pub mod error;

pub use cluster::{
    Answer, Applied, Apply, Cluster, Deleted, Failure, Happening, Identity, Listing, LogRequest,
    Preconditions, Propagation, Readiness, Resource, Scope, Watch, WatchEvent,
};
pub use error::{Cause, ClusterError, FieldCause, FieldConflict};
