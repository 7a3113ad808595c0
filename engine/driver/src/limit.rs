//! How long an object is waited for: what its block says, else the option of the whole run.

use std::time::Duration;

use plimsoll_model::{Timeout, Timeouts};
use plimsoll_plan::{Operation, limit};

use crate::execute::Run;

/// A time, and the line of `timeouts` that says so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    pub limit: Duration,
    pub said: Option<Timeout>,
}

/// Until the operation's object is ready.
pub(crate) fn ready(run: &Run<'_>, op: &Operation) -> Limit {
    of(run, op, |times| limit::ready(times, op.action))
}

/// Until the operation's object is gone.
pub(crate) fn gone(run: &Run<'_>, op: &Operation) -> Limit {
    of(run, op, limit::gone)
}

fn of(run: &Run<'_>, op: &Operation, which: impl Fn(&Timeouts) -> Option<Timeout>) -> Limit {
    let wanted = run.desired.get(&op.address).copied().or_else(|| {
        // An object that the block makes no longer.
        let block = op.address.block_address();
        run.desired.iter().find(|(address, _)| address.block_address() == block).map(|(_, want)| *want)
    });
    let said = wanted.and_then(|want| which(&want.timeouts));
    Limit { limit: said.map_or(run.session.options.wait_timeout, |t| t.limit), said }
}
