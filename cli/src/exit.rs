//! Exit codes: a contract with pipelines, see `docs/reference/exit-codes.md`.

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked, or there was nothing to do.
    Success = 0,
    /// It did not.
    Error = 1,
    /// There are changes, and `-detailed-exitcode` asked.
    Changes = 2,
    /// Somebody else holds the lock.
    Locked = 3,
    /// The plan no longer fits the configuration, the cluster or the state.
    Stale = 4,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit as u8)
    }
}
