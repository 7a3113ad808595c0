//! What can go wrong with a state, and how it is told.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use plimsoll_model::Diagnostic;
use rustix::io::Errno;

use crate::holder::Holder;
use crate::operation::IllegalTransition;

/// A copy of a state that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodCopy {
    /// Where it is.
    pub path: PathBuf,
    /// Its serial.
    pub serial: u64,
}

/// What went wrong with a state.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StateError {
    /// The operating system refused a call.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried: `read`, `write`, `sync`, …
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        source: Arc<io::Error>,
    },
    /// A file of the state is a symbolic link.
    #[error("{} is a symbolic link", path.display())]
    Symlink {
        /// Which file.
        path: PathBuf,
    },
    /// Somebody else holds the lock.
    #[error("the state is locked")]
    Held {
        /// The lock's file.
        path: PathBuf,
        /// Who; none where the holder has not said so yet.
        holder: Option<Box<Holder>>,
        /// For how long the holder has it.
        age: Duration,
        /// How long we waited.
        waited: Duration,
    },
    /// The snapshot is not what was written.
    #[error("{} is damaged: {why}", path.display())]
    Damaged {
        /// The snapshot.
        path: PathBuf,
        /// What is wrong.
        why: String,
        /// The last good copy.
        good: Option<Box<GoodCopy>>,
    },
    /// The key of the state is not what was written.
    #[error("{} is damaged", path.display())]
    BadKey {
        /// The key's file.
        path: PathBuf,
    },
    /// A file was written by a newer version.
    #[error("{} has format version {version}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u64,
    },
    /// The journal is not what was written.
    #[error("{} is damaged at line {line}, byte {byte}: {why}", path.display())]
    JournalDamaged {
        /// The journal.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The line's first byte, from 0.
        byte: usize,
        /// What is wrong.
        why: String,
    },
    /// The snapshot is older than a file beside it.
    #[error("{} has serial {serial}, but {} has serial {other_serial}", path.display(), other.display())]
    Older {
        /// The snapshot.
        path: PathBuf,
        /// Its serial.
        serial: u64,
        /// The file beside it.
        other: PathBuf,
        /// Its serial.
        other_serial: u64,
    },
    /// The snapshot and a file beside it have nothing in common.
    #[error("{} and {} have different lineages", path.display(), other.display())]
    Lineage {
        /// The snapshot.
        path: PathBuf,
        /// The file beside it.
        other: PathBuf,
    },
    /// The state belongs to something else.
    #[error("the state belongs to {what} {found}, not {expected}")]
    WrongIdentity {
        /// `project`, `environment` or `cluster`.
        what: &'static str,
        /// What it belongs to.
        found: Box<str>,
        /// What it should belong to.
        expected: Box<str>,
    },
    /// The state was changed by somebody else since it was read.
    #[error("{} was changed since it was read", path.display())]
    Changed {
        /// The snapshot.
        path: PathBuf,
    },
    /// An append to the journal failed, and no operation may start any more.
    #[error("an earlier write to {} failed", path.display())]
    JournalClosed {
        /// The journal.
        path: PathBuf,
        /// Why it failed.
        why: String,
    },
    /// An operation cannot end in this way.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// The name of an environment cannot name a folder.
    #[error("`{0}` cannot name a folder")]
    BadName(String),
}

impl StateError {
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> StateError {
        if source.raw_os_error() == Some(Errno::LOOP.raw_os_error()) {
            return StateError::Symlink { path: path.to_path_buf() };
        }
        StateError::Io { action, path: path.to_path_buf(), source: Arc::new(source) }
    }

    /// Whether somebody else holds the lock, which has an exit code of its own.
    pub fn is_held(&self) -> bool {
        matches!(self, StateError::Held { .. })
    }

    /// The finding: what happened, why, and what to type.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            StateError::Io { action, path, source } => io_diagnostic(action, path, source),
            StateError::Symlink { path } => Diagnostic::error("state-symlink", "a file of the state is a symbolic link")
                .detail(format!(
                    "{} points somewhere else. State is never read or written through a link, because the file behind it may belong to something else.",
                    path.display()
                ))
                .help(format!("replace the link with the file itself: ls -l {}", path.display())),
            StateError::Held { path, holder, age, waited } => {
                held_diagnostic(path, holder.as_deref(), *age, *waited)
            }
            StateError::Damaged { path, why, good } => damaged_diagnostic(path, why, good.as_deref()),
            StateError::BadKey { path } => Diagnostic::error("state-key", "the key of the state is damaged")
                .detail(format!(
                    "{} is not the line of 64 hexadecimal digits that an apply wrote. It only compares secret values between a plan and its apply.",
                    path.display()
                ))
                .help(format!("remove it, and plan again: rm {}", path.display())),
            StateError::Newer { path, version } => Diagnostic::error("state-newer", "the state was written by a newer version")
                .detail(format!(
                    "{} has format version {version}; this version reads {} and older.",
                    path.display(),
                    crate::snapshot::VERSION
                ))
                .help("use the version of plimsoll that wrote it, or a later one"),
            StateError::JournalDamaged { path, line, byte, why } => {
                Diagnostic::error("journal-damaged", "the journal is damaged")
                    .detail(format!(
                        "{}, line {line} (byte {byte}): {why}. What follows cannot be trusted, so nothing of it is used.",
                        path.display()
                    ))
                    .help(format!(
                        "put it aside, and the next plan finds what it recorded by labels in the cluster: mv {0} {0}.damaged",
                        path.display()
                    ))
            }
            StateError::Older { path, serial, other, other_serial } => {
                Diagnostic::error("state-older", "the state is older than the files beside it")
                    .detail(format!(
                        "{} has serial {serial}, but {} has serial {other_serial}. Somebody put an older state in place.",
                        path.display(),
                        other.display()
                    ))
                    .help(older_help(path, other))
            }
            StateError::Lineage { path, other } => {
                Diagnostic::error("state-lineage", "the state has another lineage than the files beside it")
                    .detail(format!(
                        "{} and {} come from states that have nothing in common. Somebody put the state of something else in place.",
                        path.display(),
                        other.display()
                    ))
                    .help(format!("if the state is the right one, put the other file aside: mv {0} {0}.other", other.display()))
            }
            StateError::WrongIdentity { what, found, expected } => wrong_identity_diagnostic(what, found, expected),
            StateError::Changed { path } => Diagnostic::error("state-changed", "the state was changed since it was read")
                .detail(format!("{} is not the one that this run started from.", path.display()))
                .help("run the command again"),
            StateError::JournalClosed { path, why } => {
                Diagnostic::error("journal-closed", "no operation may start any more")
                    .detail(format!(
                        "Writing to {} failed ({why}). What cannot be written down is not begun.",
                        path.display()
                    ))
                    .help("remove the cause and run the command again: it goes on from here")
            }
            StateError::Illegal(transition) => {
                Diagnostic::error("journal-transition", "an operation was recorded in an impossible order")
                    .detail(format!("In the journal, {transition}. This is a fault of plimsoll."))
                    .help("run the command again; the journal is kept")
            }
            StateError::BadName(name) => Diagnostic::error("state-name", "the environment cannot name a folder")
                .detail(format!("The state of an environment is kept in a folder of its name, and `{name}` cannot be one."))
                .help("use letters, digits, `-`, `_` and `.`, and begin with a letter or digit"),
        }
    }
}

impl From<&StateError> for Diagnostic {
    fn from(error: &StateError) -> Diagnostic {
        error.diagnostic()
    }
}

fn io_diagnostic(action: &str, path: &Path, source: &io::Error) -> Diagnostic {
    let detail = format!("Cannot {action} {}: {source}.", path.display());
    let help = match source.kind() {
        io::ErrorKind::FileTooLarge => {
            "raise the limit on the size of files and run the command again: ulimit -f unlimited".to_string()
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space and run the command again; nothing was lost".to_string()
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            format!("see whom it belongs to: ls -ld {}", path.display())
        }
        _ => "run the command again; where it fails again, the disk may be failing".to_string(),
    };
    Diagnostic::error("state-io", "the state cannot be read or written").detail(detail).help(help)
}

fn held_diagnostic(path: &Path, holder: Option<&Holder>, age: Duration, waited: Duration) -> Diagnostic {
    let who = match holder {
        Some(h) => format!(
            "{}@{} (process {}) has been running `{}` for {}, since {}.",
            h.user,
            h.host,
            h.pid,
            h.command,
            duration(age),
            h.since
        ),
        None => format!("Another process holds {}.", path.display()),
    };
    let waited = match waited.as_secs() {
        0 => String::new(),
        _ => format!(" Waited {} for it.", duration(waited)),
    };
    Diagnostic::error("lock-held", "the state is locked")
        .detail(format!("{who}{waited} The lock ends with that process."))
        .help("wait for it: add --lock-timeout=5m")
}

fn damaged_diagnostic(path: &Path, why: &str, good: Option<&GoodCopy>) -> Diagnostic {
    let diagnostic = Diagnostic::error("state-damaged", "the state is damaged");
    let folder = path.parent().unwrap_or(Path::new("."));
    match good {
        Some(copy) => diagnostic
            .detail(format!(
                "{}: {why}. The last good copy is {}, serial {}.",
                path.display(),
                copy.path.display(),
                copy.serial
            ))
            .help(format!("cp {} {}", copy.path.display(), path.display())),
        None => diagnostic.detail(format!("{}: {why}. There is no good copy beside it.", path.display())).help(
            format!(
                "put the folder aside, and the next plan finds the objects by their labels: mv {0} {0}.damaged",
                folder.display()
            ),
        ),
    }
}

fn older_help(path: &Path, other: &Path) -> String {
    if other.extension().is_some_and(|e| e == "backup") {
        format!("put the later one back: cp {} {}", other.display(), path.display())
    } else {
        format!("if the older state is meant, put the other file aside: mv {0} {0}.newer", other.display())
    }
}

fn wrong_identity_diagnostic(what: &str, found: &str, expected: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error("state-identity", "the state belongs to something else")
        .detail(format!("It was written for {what} `{found}`, and this run is for {what} `{expected}`."));
    match what {
        "cluster" => diagnostic.help(
            "point the environment at the cluster of the state; a cluster is known by the uid of its kube-system namespace",
        ),
        _ => diagnostic.help(format!("use the folder of {what} `{found}`, or put this state aside")),
    }
}

/// `45 s`, `3 min 5 s`, `2 h 10 min`.
fn duration(d: Duration) -> String {
    match d.as_secs() {
        s @ 0..60 => format!("{s} s"),
        s @ 60..3600 => format!("{} min {} s", s / 60, s % 60),
        s => format!("{} h {} min", s / 3600, s / 60 % 60),
    }
}
