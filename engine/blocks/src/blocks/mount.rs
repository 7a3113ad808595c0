//! `mount`: where a container sees a volume.

use plimsoll_model::{Diagnostic, Node, Origin, Report};

use super::container::Container;
use super::pod_volume::pod_volume_name;
use crate::declare::{Block, Keyword, Labeled, Tree, Val, nearest};
use crate::handles::VolumeRef;
use crate::syntax;
use crate::world::World;

/// Where a container sees a volume.
#[derive(Debug, Clone, Block)]
#[block(name = "mount", label = "path")]
pub struct Mount {
    /// The volume.
    #[attr(manual)]
    pub volume: Val<VolumeRef>,
    /// A path in the volume to mount instead of its root.
    #[attr(syntax = syntax::RELATIVE_PATH)]
    pub sub_path: Option<Val<String>>,
    /// The same, with variables of the container: `$(POD_NAME)`.
    #[attr(syntax = syntax::RELATIVE_PATH)]
    pub sub_path_expr: Option<Val<String>>,
    /// Whether the container cannot write to it.
    pub read_only: Option<Val<bool>>,
    /// Whether what is mounted below it is read only too; needs `read_only`.
    pub recursive_read_only: Option<Val<RecursiveReadOnly>>,
    /// Whether mounts travel between the container and its host.
    pub mount_propagation: Option<Val<Propagation>>,
}

/// Whether what is mounted below a mount is read only too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum RecursiveReadOnly {
    /// It is not.
    Disabled,
    /// It is, where the node can do that.
    IfPossible,
    /// It is, or the container does not start.
    Enabled,
}

/// How mounts travel between a container and its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum Propagation {
    /// Not at all.
    None,
    /// From the host to the container.
    HostToContainer,
    /// Both ways; privileged containers only.
    Bidirectional,
}

/// The items of `volumeMounts`.
pub fn nodes(mounts: &[Labeled<Mount>], world: &World<'_>) -> Vec<Node> {
    let item = |mount: &Labeled<Mount>| {
        let (volume, declared) = world.volume(&mount.volume.known()?.address)?;
        let mut tree = Tree::new();
        tree.put("name", Node::leaf(pod_volume_name(volume, declared), mount.volume.origin.clone()));
        tree.put("mountPath", Node::leaf(mount.label.clone(), Origin::at(mount.label_span)));
        mount.block.write("", &mut tree);
        Some(Node::Map(tree.into_entries(), Origin::at(mount.header)))
    };
    mounts.iter().filter_map(item).collect()
}

/// Paths are absolute and unique in the container.
pub fn check(mounts: &[Labeled<Mount>], privileged: bool, report: &mut Report) {
    for (i, mount) in mounts.iter().enumerate() {
        if !mount.label.starts_with('/') || mount.label.contains(':') {
            report.push(
                Diagnostic::error("bad-mount-path", "mount path is not absolute")
                    .detail(format!("\"{}\" does not start with `/`, or has a `:`.", mount.label))
                    .at(mount.label_span, "")
                    .help(format!(
                        "mount \"/{}\" {{ … }}",
                        mount.label.trim_start_matches(['.', '/']).replace(':', "-")
                    )),
            );
        }
        let same =
            |other: &&Labeled<Mount>| other.label.trim_end_matches('/') == mount.label.trim_end_matches('/');
        if let Some(first) = mounts[..i].iter().find(same) {
            report.push(
                Diagnostic::error("duplicate-mount", "mount path stands twice")
                    .detail(format!("A container mounts one volume at `{}`.", mount.label))
                    .at(mount.label_span, "the second one")
                    .related(first.label_span, "the first one"),
            );
        }
        if let Some(propagation) = &mount.mount_propagation
            && propagation.known() == Some(&Propagation::Bidirectional)
            && !privileged
        {
            report.push(
                Diagnostic::error("propagation-without-privilege", "mount would reach the node")
                    .detail("Only privileged containers may make mounts that their node sees.")
                    .at(propagation.span, "")
                    .help("security_context { privileged = true }"),
            );
        }
        check_recursion(mount, report);
        if mount.label.trim_end_matches('/').is_empty() && mount.label.starts_with('/') {
            report.push(
                Diagnostic::error("mount-over-root", "mount hides the image")
                    .detail("At `/` the volume would hide the container's own files, so it cannot start.")
                    .at(mount.label_span, "")
                    .help("mount \"/data\" { … }"),
            );
        }
        if let (Some(path), Some(expr)) = (&mount.sub_path, &mount.sub_path_expr) {
            report.push(
                Diagnostic::error("two-sub-paths", "sub path stands twice")
                    .detail("A mount takes `sub_path` or `sub_path_expr`, not both.")
                    .at(expr.span, "")
                    .related(path.span, ""),
            );
        }
    }
}

/// Everything below is read only where the mount itself is, and nothing travels.
fn check_recursion(mount: &Labeled<Mount>, report: &mut Report) {
    let Some(recursive) = mount
        .recursive_read_only
        .as_ref()
        .filter(|r| r.known().is_some_and(|r| *r != RecursiveReadOnly::Disabled))
    else {
        return;
    };
    if mount.read_only.as_ref().is_none_or(|r| r.known() == Some(&false)) {
        let found = Diagnostic::error("recursion-without-read-only", "mount is not read only")
            .detail("What lies below a mount is read only where the mount itself is.")
            .at(recursive.span, "")
            .help("read_only = true");
        report.push(match &mount.read_only {
            Some(own) => found.related(own.span, ""),
            None => found,
        });
    }
    if let Some(propagation) = &mount.mount_propagation
        && propagation.known().is_some_and(|p| *p != Propagation::None)
    {
        report.push(
            Diagnostic::error("recursion-with-propagation", "mounts travel into what is read only")
                .detail("Where everything below a mount is read only, no mounts may come from the host.")
                .at(propagation.span, "")
                .related(recursive.span, "")
                .help("mount_propagation = \"None\""),
        );
    }
}

/// Reports variables of a path that the container does not have.
pub fn check_variables(container: &Container, report: &mut Report) {
    if !container.env_from.is_empty() {
        return;
    }
    for expr in container.mount.iter().filter_map(|m| m.sub_path_expr.as_ref()) {
        for name in variables(expr.text().unwrap_or_default()) {
            if container.env.contains_key(name) {
                continue;
            }
            let found = Diagnostic::error("unknown-variable", "variable does not exist")
                .detail(format!("The container has no environment variable `{name}`, so it never starts."))
                .at(expr.span, "");
            report.push(match nearest(name, container.env.keys().map(String::as_str)) {
                Some(near) => found.help(format!("$({near})")),
                None => found.help(format!("env = {{ {name} = field(\"metadata.name\") }}")),
            });
        }
    }
}

/// The variables `$(NAME)` of a text; `$$` is one dollar.
fn variables(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        rest = &rest[dollar + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|r| r.split_once(')')) {
            found.push(name);
            rest = after;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check};

    #[test]
    fn paths_are_absolute_and_unique() {
        let text = app(
            "mount \"data\" { volume = volume.d }\nmount \"/a\" { volume = volume.d }\nmount \"/a/\" {\nvolume = volume.d\nsub_path = \"/x\"\n}\nmount \"/b\" {}",
            "",
        );
        check(
            &format!("{text}\nvolume \"d\" {{\nempty_dir {{}}\n}}"),
            expect![[r#"
                error[bad-mount-path]: mount path is not absolute
                  "data" does not start with `/`, or has a `:`.
                  t.hcl:6: "data"
                  help: mount "/data" { … }
                error[duplicate-mount]: mount path stands twice
                  A container mounts one volume at `/a/`.
                  t.hcl:8: "/a/"   the second one
                  t.hcl:7: "/a"   the first one
                error[bad-syntax]: value is malformed
                  "/x" is not a relative path, which `sub_path` of mount "/a/" takes: it does not start with `/` and has no `..`.
                  t.hcl:10: "/x"
                  help: sub_path = "x"
                error[missing-attribute]: required attribute is missing
                  Mount "/b" needs `volume`. The volume.
                  t.hcl:12: mount "/b"
                  help: volume = volume.data
            "#]],
        );
    }
}
