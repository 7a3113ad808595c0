//! Why a command cannot go on, with everything that was found on the way.

use plimsoll_model::{Diagnostic, Report};
use plimsoll_state::StateError;

/// Why a command cannot go on: what decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Something is wrong.
    Error,
    /// Somebody else holds the lock.
    Locked,
    /// The plan no longer fits the configuration, the cluster or the state.
    Stale,
}

/// A command that cannot go on.
#[derive(Debug, Clone)]
pub struct Stop {
    /// Why.
    pub reason: Reason,
    /// All findings.
    pub report: Report,
}

impl Stop {
    /// Something is wrong.
    pub fn error(report: Report) -> Stop {
        Stop { reason: Reason::Error, report }
    }

    /// The plan no longer fits.
    pub fn stale(report: Report) -> Stop {
        Stop { reason: Reason::Stale, report }
    }
}

impl From<Diagnostic> for Stop {
    fn from(diagnostic: Diagnostic) -> Stop {
        let mut report = Report::new();
        report.push(diagnostic);
        Stop::error(report)
    }
}

impl From<StateError> for Stop {
    fn from(error: StateError) -> Stop {
        let reason = if error.is_held() { Reason::Locked } else { Reason::Error };
        Stop { reason, ..Stop::from(error.diagnostic()) }
    }
}
