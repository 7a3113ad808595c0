//! Tests that need the whole crate: what a script of applies leaves, whatever happens to it.

mod corruption;
#[cfg(feature = "crash-points")]
mod crash_points;
mod diagnostics;
mod format;
mod group_commit;
mod kill;
mod lifecycle;
mod locking;
mod power_loss;
mod script;
mod transitions;
