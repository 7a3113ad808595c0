//! The state of an environment: snapshot, journal, lock.
//!
//! A [`Store`] is a folder, `.plimsoll/state/<environment>`. [`Store::read`] takes no lock and
//! writes nothing; [`Store::lock`] gives the [`Lock`] through which everything is written:
//!
//! ```text
//! let lock = store.lock(&holder, timeout)?;
//! let mut state = lock.read()?…                  // a journal that was left behind is folded in
//! state.settle(id, &outcome)?                    // what an interrupted run left open, after a GET
//! let journal = lock.begin(&mut state)?;
//! let id = journal.intent(intent).await?;        // durable: the request may be sent now
//! journal.outcome(id, outcome).await?;
//! let state = lock.checkpoint(journal, |state| …)?;
//! ```
//!
//! Knows objects by their names and uids only, never their content, and so holds no secret.
//! Reads no clock and draws no random number: times and the lineage are parameters. Does not
//! print, and does not talk to a cluster.
//!
//! # Ending the process at a named moment
//!
//! With the feature `crash-points` (off by default, and never part of a release) the variable
//! `PLIMSOLL_CRASH` makes the process kill itself as `kill -9` would: see [`crash_point`].
//!
//! # Failing files
//!
//! Every call to the operating system goes through [`Files`]. With the feature `fault-injection`
//! the module `faults` offers two more implementations: one that fails or stops at the nth call,
//! and one in memory that knows what a power loss would leave.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod crash;
mod disk;
mod error;
#[cfg(any(test, feature = "fault-injection"))]
pub mod faults;
mod files;
mod holder;
mod journal;
mod lock;
mod operation;
mod record;
mod snapshot;
mod state;
mod store;

#[cfg(test)]
mod tests;

pub use crash::crash_point;
pub use disk::Disk;
pub use error::{GoodCopy, StateError};
pub use files::{Files, LockFile, NewFile};
pub use holder::Holder;
pub use journal::{Journal, Written};
pub use lock::Lock;
pub use operation::{Effect, Expected, IllegalTransition, Intent, OperationId, Outcome, Phase, Verb};
pub use snapshot::VERSION;
pub use state::{HISTORY_LIMIT, HistoryEntry, Identity, Resource, RetainedClaim, State, Unresolved};
pub use store::{PendingJournal, Reading, Store};
