//! `security_context` of a pod and of a container.

use crate::declare::{Block, Keyword, Nested, Val};

/// Under which rights all containers of a pod run.
#[derive(Debug, Clone, Block)]
#[block(name = "security_context")]
pub struct PodSecurity {
    /// The user's number.
    #[attr(range = 0..)]
    pub run_as_user: Option<Val<i64>>,
    /// The group's number.
    #[attr(range = 0..)]
    pub run_as_group: Option<Val<i64>>,
    /// Whether root is refused.
    pub run_as_non_root: Option<Val<bool>>,
    /// The group that owns volumes.
    #[attr(range = 0..)]
    pub fs_group: Option<Val<i64>>,
    /// When volumes are handed to `fs_group`.
    pub fs_group_change_policy: Option<Val<FsGroupChange>>,
    /// Further groups.
    #[attr(range = 0..)]
    pub supplemental_groups: Option<Val<Vec<Val<i64>>>>,
    /// Which system calls are allowed.
    #[nested]
    pub seccomp_profile: Option<Nested<Seccomp>>,
}

/// Under which rights a container runs; over the pod's.
#[derive(Debug, Clone, Block)]
#[block(name = "security_context")]
pub struct ContainerSecurity {
    /// The user's number.
    #[attr(range = 0..)]
    pub run_as_user: Option<Val<i64>>,
    /// The group's number.
    #[attr(range = 0..)]
    pub run_as_group: Option<Val<i64>>,
    /// Whether root is refused.
    pub run_as_non_root: Option<Val<bool>>,
    /// Whether the container cannot write outside its volumes.
    pub read_only_root_filesystem: Option<Val<bool>>,
    /// Whether a process may gain more rights than its parent.
    pub allow_privilege_escalation: Option<Val<bool>>,
    /// Whether it is root on its node.
    pub privileged: Option<Val<bool>>,
    /// Which of root's rights it has.
    #[nested]
    pub capabilities: Option<Nested<Capabilities>>,
    /// Which system calls are allowed.
    #[nested]
    pub seccomp_profile: Option<Nested<Seccomp>>,
}

/// When volumes are handed to the pod's group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum FsGroupChange {
    /// Where the root of the volume belongs to another.
    OnRootMismatch,
    /// At every mount.
    Always,
}

/// Which of root's rights a container has.
#[derive(Debug, Clone, Block)]
#[block(name = "capabilities")]
pub struct Capabilities {
    /// Given: `["NET_BIND_SERVICE"]`.
    pub add: Option<Val<Vec<Val<String>>>>,
    /// Taken: `["ALL"]`.
    pub drop: Option<Val<Vec<Val<String>>>>,
}

/// Which system calls are allowed.
#[derive(Debug, Clone, Block)]
#[block(name = "seccomp_profile")]
pub struct Seccomp {
    /// Whose profile.
    pub r#type: Val<SeccompType>,
    /// Its file on the node, for `Localhost`.
    pub localhost_profile: Option<Val<String>>,
}

/// Whose seccomp profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum SeccompType {
    /// The container runtime's.
    RuntimeDefault,
    /// One on the node.
    Localhost,
    /// None: all calls are allowed.
    Unconfined,
}
