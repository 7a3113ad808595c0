//! Who holds a lock.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who holds a lock, as those who wait for it are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The user's name.
    pub user: String,
    /// The machine's name.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// What it does, such as `apply`: never the whole command line, which may hold a secret.
    pub command: String,
    /// Since when.
    pub since: Timestamp,
}

impl Holder {
    /// This process.
    pub fn current(command: impl Into<String>, now: Timestamp) -> Holder {
        let user =
            ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok().filter(|u| !u.is_empty()));
        Holder {
            user: user.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw())),
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            pid: std::process::id(),
            command: command.into(),
            since: now,
        }
    }
}
