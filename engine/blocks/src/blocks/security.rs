//! `security_context` of a pod and of a container.

use plimsoll_model::{Diagnostic, Node, Origin, Report, Span};

use super::capabilities::Capabilities;
use super::container::Container;
use crate::declare::{Block, Keyword, Labeled, Map, Nested, Syntax, Tree, Val};
use crate::syntax;

/// Under which rights all containers of a pod run.
#[derive(Debug, Clone, Block)]
#[block(name = "security_context")]
pub struct PodSecurity {
    /// The user's number.
    #[attr(range = 0..=2147483647)]
    pub run_as_user: Option<Val<i64>>,
    /// The group's number.
    #[attr(range = 0..=2147483647)]
    pub run_as_group: Option<Val<i64>>,
    /// Whether root is refused.
    pub run_as_non_root: Option<Val<bool>>,
    /// The group that owns volumes.
    #[attr(range = 0..=2147483647)]
    pub fs_group: Option<Val<i64>>,
    /// When volumes are handed to `fs_group`.
    pub fs_group_change_policy: Option<Val<FsGroupChange>>,
    /// Further groups.
    #[attr(range = 0..=2147483647)]
    pub supplemental_groups: Option<Val<Vec<Val<i64>>>>,
    /// Whether groups that the image gives its user count too.
    pub supplemental_groups_policy: Option<Val<GroupsPolicy>>,
    /// Settings of the kernel that are the pod's own: `{ "net.core.somaxconn" = 1024 }`.
    #[attr(manual, known, keys = SYSCTL)]
    pub sysctls: Map<String>,
    /// Which system calls are allowed.
    #[nested]
    pub seccomp_profile: Option<Nested<Seccomp>>,
    /// What AppArmor allows.
    #[nested]
    pub app_armor_profile: Option<Nested<AppArmor>>,
    /// The labels of SELinux.
    #[nested]
    pub se_linux_options: Option<Nested<SeLinux>>,
    /// How volumes get the labels of SELinux, where the node would set them at once by an option of the mount.
    pub se_linux_change_policy: Option<Val<SeLinuxChange>>,
}

/// Under which rights a container runs; over the pod's.
#[derive(Debug, Clone, Block)]
#[block(name = "security_context")]
pub struct ContainerSecurity {
    /// The user's number.
    #[attr(range = 0..=2147483647)]
    pub run_as_user: Option<Val<i64>>,
    /// The group's number.
    #[attr(range = 0..=2147483647)]
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
    /// What AppArmor allows.
    #[nested]
    pub app_armor_profile: Option<Nested<AppArmor>>,
    /// The labels of SELinux.
    #[nested]
    pub se_linux_options: Option<Nested<SeLinux>>,
}

/// The attributes and blocks of some that are there, with where they stand.
macro_rules! present {
    ($of:expr, $($attr:ident),*; $($block:ident),*) => {{
        let mut all = Vec::new();
        $(all.extend($of.$attr.as_ref().map(|v| (stringify!($attr), v.span)));)*
        $(all.extend($of.$block.as_ref().map(|b| (stringify!($block), b.header)));)*
        all
    }};
}

impl PodSecurity {
    /// Profiles have a file or none.
    pub fn check(&self, report: &mut Report) {
        self.seccomp_profile.iter().for_each(|s| s.check(s, report));
        self.app_armor_profile.iter().for_each(|s| s.check(s, report));
    }

    /// What is there and means something on Linux only.
    pub fn of_linux(&self) -> Vec<(&'static str, Span)> {
        let mut all = present!(
            self, run_as_user, run_as_group, fs_group, fs_group_change_policy, supplemental_groups,
            supplemental_groups_policy, se_linux_change_policy;
            seccomp_profile, app_armor_profile, se_linux_options
        );
        all.extend(self.sysctls.values().next().map(|v| ("sysctls", v.span)));
        all
    }

    /// Settings of the kernel that a pod can have for itself.
    pub fn check_sysctls(&self, network: Option<Span>, ipc: Option<Span>, report: &mut Report) {
        const IPC: &[&str] = &["kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue."];
        for (name, value) in &self.sysctls {
            let dotted = name.replace('/', ".");
            let of_network = dotted.starts_with("net.");
            let of_ipc = IPC.iter().any(|p| dotted.starts_with(p));
            let shared = if of_network { network } else { ipc.filter(|_| of_ipc) };
            if let Some(shared) = shared {
                report.push(
                    Diagnostic::error("sysctl-of-host", "setting of the kernel is the node's")
                        .detail(format!("`{name}` belongs to what the pods share with their node."))
                        .at(value.span, "")
                        .related(shared, "shared here"),
                );
            } else if !of_network && !of_ipc {
                report.push(
                    Diagnostic::error("sysctl-without-namespace", "setting of the kernel is the node's")
                        .detail(format!(
                            "`{name}` holds for the whole node; a pod has its own `net.*`, `kernel.shm*`, `kernel.msg*`, `kernel.sem` and `fs.mqueue.*`."
                        ))
                        .at(value.span, ""),
                );
            }
        }
    }

    /// Adds what needs more than writing down.
    pub fn write_sysctls(&self, context: &mut Node) {
        let setting = |(name, value): (&String, &Val<String>)| {
            let mut tree = Tree::new();
            tree.put("name", Node::leaf(name.clone(), value.origin.clone()));
            tree.attr("value", value);
            Node::Map(tree.into_entries(), value.origin.clone())
        };
        if let (Node::Map(entries, _), false) = (context, self.sysctls.is_empty()) {
            let all = self.sysctls.iter().map(setting).collect();
            entries.insert("sysctls".into(), Node::List(all, Origin::NONE));
        }
    }
}

impl ContainerSecurity {
    /// Whether it is root on its node.
    pub fn is_privileged(&self) -> bool {
        self.privileged.as_ref().is_some_and(|p| p.known() == Some(&true))
    }

    /// What is there and means something on Linux only.
    pub fn of_linux(&self) -> Vec<(&'static str, Span)> {
        present!(
            self, run_as_user, run_as_group, read_only_root_filesystem, allow_privilege_escalation, privileged;
            capabilities, seccomp_profile, app_armor_profile, se_linux_options
        )
    }

    /// Rights that exclude each other.
    pub fn check(&self, report: &mut Report) {
        self.seccomp_profile.iter().for_each(|s| s.check(s, report));
        self.app_armor_profile.iter().for_each(|s| s.check(s, report));
        self.capabilities.iter().for_each(|c| c.check(report));
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

/// Reports a container that would run as root where root is refused.
pub fn check_root(pod: Option<&Nested<PodSecurity>>, container: &Labeled<Container>, report: &mut Report) {
    let own = container.security_context.as_ref();
    let refused = own
        .and_then(|s| s.run_as_non_root.as_ref())
        .or_else(|| pod.and_then(|s| s.run_as_non_root.as_ref()))
        .filter(|v| v.known() == Some(&true));
    let user = own
        .and_then(|s| s.run_as_user.as_ref())
        .or_else(|| pod.and_then(|s| s.run_as_user.as_ref()))
        .filter(|v| v.known() == Some(&0));
    if let (Some(refused), Some(user)) = (refused, user) {
        report.push(
            Diagnostic::error("root-refused", "container runs as root, which is refused")
                .detail(format!(
                    "Container \"{}\" has the user 0 and may not be root, so it never starts.",
                    container.label
                ))
                .at(user.span, "the user")
                .related(refused.span, "root is refused here")
                .help("run_as_user = 1000"),
        );
    }
}

impl Seccomp {
    fn check(&self, at: &Nested<Seccomp>, report: &mut Report) {
        check_profile(
            ("seccomp-without-file", "seccomp-with-file"),
            at.header,
            &self.r#type,
            &self.localhost_profile,
            report,
        );
    }
}

impl AppArmor {
    fn check(&self, at: &Nested<AppArmor>, report: &mut Report) {
        check_profile(
            ("apparmor-without-file", "apparmor-with-file"),
            at.header,
            &self.r#type,
            &self.localhost_profile,
            report,
        );
    }
}

/// A profile of the node is named, and no other one is.
fn check_profile(
    codes: (&'static str, &'static str),
    header: Span,
    ty: &Val<ProfileType>,
    name: &Option<Val<String>>,
    report: &mut Report,
) {
    let local = ty.known().map(|t| *t == ProfileType::Localhost);
    match (local, name) {
        (Some(true), None) => report.push(
            Diagnostic::error(codes.0, "profile has no file")
                .detail("A profile of the node is named by its file.")
                .at(header, "")
                .help("localhost_profile = \"profiles/app.json\""),
        ),
        (Some(false), Some(file)) => report.push(
            Diagnostic::error(codes.1, "profile takes no file")
                .detail("Only a profile of type Localhost is a file of the node.")
                .at(file.span, "")
                .related(ty.span, "the type"),
        ),
        _ => {}
    }
}

static SYSCTL: Syntax = Syntax {
    name: "a setting of the kernel",
    rule: "lower-case letters, digits, `-` and `_`, in parts joined by `.` or `/`, such as net.core.somaxconn",
    holds: |t| {
        let ends = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        t.len() <= 253
            && t.split(['.', '/']).all(|part| {
                let bytes = part.as_bytes();
                ends(bytes.first())
                    && ends(bytes.last())
                    && bytes.iter().all(|b| ends(Some(b)) || matches!(b, b'-' | b'_'))
            })
    },
};

static PROFILE_NAME: Syntax = Syntax {
    name: "the name of a profile",
    rule: "it neither starts nor ends with a space",
    holds: |t| !t.is_empty() && t.trim() == t && t.len() < 4096,
};

/// Whether groups that the image gives its user count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum GroupsPolicy {
    /// They count too.
    Merge,
    /// They do not.
    Strict,
}

/// How volumes get the labels of SELinux.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum SeLinuxChange {
    /// File by file.
    Recursive,
}

/// The labels of SELinux; what is left out is the runtime's.
#[derive(Debug, Clone, Block)]
#[block(name = "se_linux_options")]
pub struct SeLinux {
    /// The user.
    pub user: Option<Val<String>>,
    /// The role.
    pub role: Option<Val<String>>,
    /// The type.
    pub r#type: Option<Val<String>>,
    /// The level: `s0:c123,c456`.
    pub level: Option<Val<String>>,
}

/// What AppArmor allows.
#[derive(Debug, Clone, Block)]
#[block(name = "app_armor_profile")]
pub struct AppArmor {
    /// Whose profile.
    pub r#type: Val<ProfileType>,
    /// Its name on the node, for `Localhost`.
    #[attr(syntax = PROFILE_NAME)]
    pub localhost_profile: Option<Val<String>>,
}

/// When volumes are handed to the pod's group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum FsGroupChange {
    /// Where the root of the volume belongs to another.
    OnRootMismatch,
    /// At every mount.
    Always,
}

/// Which system calls are allowed.
#[derive(Debug, Clone, Block)]
#[block(name = "seccomp_profile")]
pub struct Seccomp {
    /// Whose profile.
    pub r#type: Val<ProfileType>,
    /// Its file on the node, for `Localhost`.
    #[attr(syntax = syntax::RELATIVE_PATH)]
    pub localhost_profile: Option<Val<String>>,
}

/// Whose profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum ProfileType {
    /// The container runtime's.
    RuntimeDefault,
    /// One on the node.
    Localhost,
    /// None: everything is allowed.
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
