//! How long an apply waits for an object: what its block says, else the same time for every one.

use std::time::Duration;

use plimsoll_model::source::Location;
use plimsoll_model::{Timeout, Timeouts};
use serde::{Deserialize, Serialize};

use crate::plan::Action;

/// How long an apply waits for one object where nothing else is said.
pub const USUAL: Duration = Duration::from_secs(600);

/// The time that a block says, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// In milliseconds.
    pub milliseconds: u64,
    /// Where it is written.
    pub at: Location,
}

/// Until the object of an operation is ready.
pub fn ready(times: &Timeouts, action: Action) -> Option<Timeout> {
    match action {
        Action::Create | Action::Replace => times.create,
        _ => times.update,
    }
}

/// Until the object of an operation is gone.
pub fn gone(times: &Timeouts) -> Option<Timeout> {
    times.delete
}
