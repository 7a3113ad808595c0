//! Exit codes: a contract with pipelines, see `docs/reference/exit-codes.md`.

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked, or there was nothing to do.
    Success,
    /// It did not.
    Error,
    /// There are changes, and `-detailed-exitcode` asked.
    Changes,
    /// Somebody else holds the lock.
    Locked,
    /// The plan no longer fits the configuration, the cluster or the state.
    Stale,
    /// `fmt` left a file alone because it does not parse (2, as Terraform's `fmt`).
    NotFormattable,
    /// `fmt -check` found files whose layout differs (3, as Terraform's `fmt`).
    Unformatted,
}

impl Exit {
    /// The number that the caller sees.
    pub fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Error => 1,
            Exit::Changes | Exit::NotFormattable => 2,
            Exit::Locked | Exit::Unformatted => 3,
            Exit::Stale => 4,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit.code())
    }
}
