//! Load, observe, plan, execute: the one way through that every command drives.
//!
//! Holds the border to a cluster, the planning loop, the execution of a plan with its journal and
//! waits, and events for whoever shows progress. Prints nothing, and speaks to clusters only
//! through [`Cluster`].
//!
//! ```text
//! let offline = offline(dir, env, &inputs);
//! let session = Session::new(&offline, cluster, &store, options);
//! let planned = session.plan().await?;                        // no lock, nothing written
//! let mut locked = session.lock("apply", timeout).await?;      // resolves what was left open
//! let planned = locked.plan().await?;
//! let outcome = locked.apply(&planned.plan, sink, &signals).await?;
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod address_line;
mod around;
mod body;
pub mod cluster;
mod diagnose;
pub mod error;
pub mod event;
mod execute;
mod facts;
mod finish;
mod grow;
mod hub;
mod informed;
mod limit;
mod locked;
pub mod modules;
mod observe;
mod occupants;
pub mod offline;
mod probe;
pub mod rebuild;
mod recorded;
mod release;
pub mod resolve;
pub mod retry;
mod revert;
mod scaled;
#[cfg(test)]
mod scripted;
mod secrets;
pub mod session;
mod signals;
pub mod status;
pub mod stop;
pub mod surroundings;
#[cfg(test)]
mod tests;
mod verify;
mod wait;
mod write;

pub use cluster::{
    Answer, Applied, Apply, Cluster, Deleted, Failure, Happening, Identity, Listing, LogRequest,
    Preconditions, Propagation, Readiness, Resource, Scope, Watch, WatchEvent,
};
pub use diagnose::diagnostic;
pub use error::{Cause, ClusterError, FieldCause, FieldConflict};
pub use event::{Because, Event, Outcome, Sink, Subject};
pub use locked::Locked;
pub use offline::{Offline, check_all, offline, offline_of, offline_texts};
pub use plimsoll_plan::Listed;
pub use resolve::{Ending, Resolved};
pub use session::{Options, Planned, Session};
pub use signals::Signals;
pub use stop::{Reason, Stop};
pub use surroundings::Surroundings;
