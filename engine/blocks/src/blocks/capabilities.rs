//! `capabilities`: which of root's rights a container has.

use plimsoll_model::{Diagnostic, Report};

use crate::declare::{Block, Val, nearest};

/// Which of root's rights a container has.
#[derive(Debug, Clone, Block)]
#[block(name = "capabilities")]
pub struct Capabilities {
    /// Given: `["NET_BIND_SERVICE"]`.
    pub add: Option<Val<Vec<Val<String>>>>,
    /// Taken: `["ALL"]`.
    pub drop: Option<Val<Vec<Val<String>>>>,
}

impl Capabilities {
    /// Names that the kernel knows.
    pub fn check(&self, report: &mut Report) {
        let lists = [&self.add, &self.drop];
        for name in lists.into_iter().flatten().filter_map(Val::known).flatten() {
            let Some(text) = name.text() else { continue };
            let upper = text.to_ascii_uppercase();
            if upper == "ALL" || CAPABILITIES.contains(&upper.as_str()) {
                continue;
            }
            let bare = upper.strip_prefix("CAP_").unwrap_or(&upper);
            let found = Diagnostic::error("unknown-capability", "capability does not exist")
                .detail(format!(
                    "{} is no right of Linux by the name that Kubernetes gives it: they are written without `CAP_`.",
                    name.shown()
                ))
                .at(name.span, "");
            report.push(match nearest(bare, CAPABILITIES.iter().copied()) {
                Some(near) => found.help(format!("\"{near}\"")),
                None => found.help("\"ALL\" stands for every one"),
            });
        }
    }
}

/// The rights of Linux, as `linux/capability.h` has them.
const CAPABILITIES: &[&str] = &[
    "AUDIT_CONTROL",
    "AUDIT_READ",
    "AUDIT_WRITE",
    "BLOCK_SUSPEND",
    "BPF",
    "CHECKPOINT_RESTORE",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "PERFMON",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_CHROOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PACCT",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "SYSLOG",
    "WAKE_ALARM",
];
