//! `security_context` of a pod and of a container.

use plimsoll_model::{Diagnostic, Report};

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

impl PodSecurity {
    /// Profiles have a file or none.
    pub fn check(&self, report: &mut Report) {
        self.seccomp_profile.iter().for_each(|s| s.check(s, report));
    }
}

impl ContainerSecurity {
    /// Whether it is root on its node.
    pub fn is_privileged(&self) -> bool {
        self.privileged.as_ref().is_some_and(|p| p.known() == Some(&true))
    }

    /// Rights that exclude each other.
    pub fn check(&self, report: &mut Report) {
        self.seccomp_profile.iter().for_each(|s| s.check(s, report));
        if let (Some(escalation), Some(privileged)) = (&self.allow_privilege_escalation, &self.privileged)
            && escalation.known() == Some(&false)
            && self.is_privileged()
        {
            report.push(
                Diagnostic::error("privileged-without-escalation", "rights exclude each other")
                    .detail(
                        "A privileged process has all rights already, so gaining more cannot be forbidden.",
                    )
                    .at(escalation.span, "")
                    .related(privileged.span, ""),
            );
        }
    }
}

impl Seccomp {
    fn check(&self, at: &Nested<Seccomp>, report: &mut Report) {
        let local = self.r#type.known().map(|t| *t == SeccompType::Localhost);
        match (local, &self.localhost_profile) {
            (Some(true), None) => report.push(
                Diagnostic::error("seccomp-without-file", "profile has no file")
                    .detail("A profile of the node is named by its file.")
                    .at(at.header, "")
                    .help("localhost_profile = \"profiles/app.json\""),
            ),
            (Some(false), Some(file)) => report.push(
                Diagnostic::error("seccomp-with-file", "profile takes no file")
                    .detail("Only a profile of type Localhost is a file of the node.")
                    .at(file.span, "")
                    .related(self.r#type.span, "the type"),
            ),
            _ => {}
        }
    }
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

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check};

    #[test]
    fn rights_that_exclude_each_other() {
        let container = "security_context {\nprivileged = true\nallow_privilege_escalation = false\nseccomp_profile { type = \"Localhost\" }\n}";
        let pod = "security_context {\nseccomp_profile {\ntype = \"RuntimeDefault\"\nlocalhost_profile = \"x\"\n}\n}";
        check(
            &app(container, pod),
            expect![[r#"
            error[seccomp-with-file]: profile takes no file
              Only a profile of type Localhost is a file of the node.
              t.hcl:5: "x"
              t.hcl:4: "RuntimeDefault"   the type
            error[privileged-without-escalation]: rights exclude each other
              A privileged process has all rights already, so gaining more cannot be forbidden.
              t.hcl:13: false
              t.hcl:12: true
            error[seccomp-without-file]: profile has no file
              A profile of the node is named by its file.
              t.hcl:14: seccomp_profile
              help: localhost_profile = "profiles/app.json"
        "#]],
        );
    }
}
