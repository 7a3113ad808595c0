//! Who owns what in an object: whether it is ours, what others added, and whom a conflict is with.

use plimsoll_model::{Ignored, ObjectId};
use plimsoll_schema::field_set::FieldSet;
use plimsoll_schema::merge::{Managers, Operation, applied_by, has_applied};
use plimsoll_schema::{Path, get, parse_path};
use serde_json::Value as Json;

use crate::change::{Addition, Owner};
use crate::fields;
use crate::ignored;
use crate::mask::{Secrets, View};
use crate::observe::{ENVIRONMENT_LABEL, PROJECT_LABEL};
use crate::replicas;
use crate::request::ConflictCause;

/// Components of the control plane: what they write is the cluster at work, nobody's edit.
const CONTROL_PLANE: &[&str] = &[
    "cloud-controller-manager",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kwok",
    "plimsoll-sandbox",
];

/// Programs in which people edit objects, by the whole name of their manager: what begins alike may be
/// a controller, such as `rancher-webhook`. Consoles in a browser go by the browser's name.
const HUMAN_EDITORS: &[&str] = &[
    "Headlamp",
    "Lens",
    "Mozilla",
    "OpenLens",
    "dashboard",
    "dashboard-api",
    "headlamp",
    "headlamp-server",
    "k9s",
    "kubectl",
    "kubernetes-dashboard",
    "lens",
    "node-fetch",
    "octant",
    "rancher",
];

/// What follows `kubectl-` in the names that `kubectl` itself uses: the command that wrote.
const KUBECTL_COMMANDS: &[&str] = &[
    "annotate",
    "autoscale",
    "client-side-apply",
    "cordon",
    "create",
    "drain",
    "edit",
    "expose",
    "label",
    "patch",
    "replace",
    "rollout",
    "run",
    "scale",
    "set",
    "taint",
];

/// Whether people edit objects under that manager's name.
pub(crate) fn is_human(owner: &Owner) -> bool {
    let name = owner.manager.as_str();
    let command = name.strip_prefix("kubectl-").is_some_and(|c| KUBECTL_COMMANDS.contains(&c));
    owner.operation == "Update" && (command || HUMAN_EDITORS.contains(&name))
}

/// Whether an object carries the labels of a project and an environment.
pub(crate) fn has_labels(object: &Json, project: &str, environment: &str) -> bool {
    let label = |name: &str| object["metadata"]["labels"][name].as_str();
    label(PROJECT_LABEL) == Some(project) && label(ENVIRONMENT_LABEL) == Some(environment)
}

/// Whether our manager applied the object: labels alone are copied by controllers.
pub(crate) fn has_manager(object: &Json, manager: &str) -> bool {
    has_applied(object, manager)
}

/// Whether nobody holds any field of the object: somebody cleared its field managers. One of whose managers
/// only ours is missing was taken over instead.
pub(crate) fn is_cleared(object: &Json) -> bool {
    let all = object["metadata"]["managedFields"].as_array();
    // What clears them is one empty entry; a server keeps none.
    all.is_none_or(|all| all.iter().all(|entry| entry["operation"].is_null()))
}

/// The fields that a manager applied.
pub(crate) fn applied_set(object: &Json, manager: &str) -> FieldSet {
    applied_by(object, manager).ok().flatten().map(|entry| entry.set).unwrap_or_default()
}

/// Whether a manager applied the field at `path` and nobody wrote it since.
pub fn holds(object: &Json, manager: &str, path: &Path) -> bool {
    applied_set(object, manager).contains(path)
}

/// Everybody who wrote to an object except the control plane's status, in words.
pub(crate) fn who(object: &Json) -> Vec<Owner> {
    let managers = Managers::of(object).unwrap_or_default();
    let all = managers.iter().filter(|(_, _, subresource, _)| *subresource != Some("status"));
    all.map(|(name, operation, subresource, entry)| {
        owner(name, operation, subresource, entry.time.as_deref())
    })
    .collect()
}

pub(crate) fn owner(
    manager: &str,
    operation: Operation,
    subresource: Option<&str>,
    time: Option<&str>,
) -> Owner {
    Owner {
        manager: manager.to_string(),
        operation: format!("{operation:?}"),
        subresource: subresource.map(str::to_string),
        time: time.map(str::to_string),
    }
}

/// Everybody but us who owns exactly the field at `path`, as sorted text without times.
pub(crate) fn exact_owners(managers: &Managers, path: &Path, manager: &str) -> Vec<String> {
    let mut out: Vec<String> = managers
        .iter()
        .filter(|(name, operation, ..)| !(*name == manager && *operation == Operation::Apply))
        .filter(|(.., entry)| entry.set.contains(path))
        .map(|(name, operation, subresource, _)| {
            format!("{name}/{operation:?}/{}", subresource.unwrap_or_default())
        })
        .collect();
    out.sort();
    out
}

/// What others set in our object and we do not, as it is told.
pub(crate) fn additions(
    live: &Json,
    ours: &FieldSet,
    ignored: &[&Ignored],
    manager: &str,
    autoscaled: bool,
    secrets: &Secrets,
    view: &View,
) -> Vec<Addition> {
    let told = |(path, owner): (Path, Owner)| Addition {
        value: secrets.side(view, &path, get(live, &path)),
        path: path.to_string(),
        owner,
    };
    let mut out: Vec<Addition> =
        added(live, ours, ignored, manager, autoscaled).into_iter().map(told).collect();
    out.sort_by(|a, b| (&a.path, &a.owner).cmp(&(&b.path, &b.owner)));
    out
}

/// What others set in our object and we do not: the outermost fields that are wholly theirs.
///
/// `ours` is what we set and what we set before. Left out are the control plane's own writes, the
/// status, what is ignored, and `spec.replicas` where an autoscaler owns it.
pub(crate) fn added(
    live: &Json,
    ours: &FieldSet,
    ignored: &[&Ignored],
    manager: &str,
    autoscaled: bool,
) -> Vec<(Path, Owner)> {
    let managers = Managers::of(live).unwrap_or_default();
    let mut out = Vec::new();
    for (name, operation, subresource, entry) in managers.iter() {
        let known =
            CONTROL_PLANE.contains(&name) || name == replicas::MANAGER || subresource == Some("status");
        // What the server filled in where we took something out is kept under our own name.
        if known || name == manager {
            continue;
        }
        let mut outermost: Vec<Path> = Vec::new();
        for path in entry.set.difference(ours).paths() {
            let shared = fields::covers(ours, &path);
            let replicas = autoscaled && path.to_string() == "spec.replicas";
            if shared
                || replicas
                || ignored::covers(ignored, &path)
                || outermost.iter().any(|p| p.is_prefix_of(&path))
            {
                continue;
            }
            outermost.push(path);
        }
        // A parent may come after its child: members of a level come before what is below them.
        let parents = outermost.clone();
        outermost.retain(|p| !parents.iter().any(|other| other != p && other.is_prefix_of(p)));
        for path in outermost {
            if get(live, &path).is_some() {
                out.push((path, owner(name, operation, subresource, entry.time.as_deref())));
            }
        }
    }
    out
}

/// A conflict with everything that a reader needs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Clash {
    pub(crate) path: Path,
    pub(crate) owner: Owner,
    pub(crate) ours: Option<Json>,
    pub(crate) theirs: Option<Json>,
}

/// Finds out whom a conflict is with: the server's message names manager and subresource, the live
/// object's managedFields the operation and the time.
pub(crate) fn clash(cause: &ConflictCause, live: &Json, applied: &Json) -> Clash {
    let (manager, subresource) = named(&cause.message);
    let managers = Managers::of(live).unwrap_or_default();
    let mut found: Option<(Path, Owner)> = None;
    for (name, operation, sub, entry) in managers.iter() {
        if name != manager || sub != subresource.as_deref() {
            continue;
        }
        if let Some(path) = entry.set.paths().into_iter().find(|p| p.server_form() == cause.field) {
            found = Some((path, owner(name, operation, sub, entry.time.as_deref())));
            break;
        }
    }
    let (path, owner) = found.unwrap_or_else(|| {
        let path = parse_path(&cause.field);
        // An Apply's message ends after the name, an Update's goes on with `using`.
        let operation =
            if cause.message.contains("\" using ") { Operation::Update } else { Operation::Apply };
        (path, owner(&manager, operation, subresource.as_deref(), None))
    });
    Clash { ours: get(applied, &path).cloned(), theirs: get(live, &path).cloned(), path, owner }
}

/// Manager and subresource of `conflict with "x" with subresource "scale" using apps/v1`.
fn named(message: &str) -> (String, Option<String>) {
    let quoted = |text: &str| -> Option<String> {
        let rest = text.strip_prefix('"')?;
        let mut name = String::new();
        let mut chars = rest.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => return Some(name),
                '\\' => name.extend(chars.next()),
                c => name.push(c),
            }
        }
        None
    };
    let manager = message.strip_prefix("conflict with ").and_then(quoted);
    let subresource = message.split_once("with subresource ").and_then(|(_, rest)| quoted(rest));
    (manager.unwrap_or_else(|| message.to_string()), subresource)
}

/// Why an object that we want is not ours to change, in words; none where it is ours.
pub(crate) fn foreign(object: &Json, id: &ObjectId, project: &str, environment: &str) -> String {
    let label = |name: &str| object["metadata"]["labels"][name].as_str();
    let belongs = match (label(PROJECT_LABEL), label(ENVIRONMENT_LABEL)) {
        (Some(p), Some(e)) if p != project || e != environment => {
            format!("It belongs to environment \"{e}\" of project \"{p}\".")
        }
        _ => {
            let who: Vec<String> =
                who(object).iter().map(|o| format!("{} ({})", o.manager, o.operation)).collect();
            match who.as_slice() {
                [] => "Nobody is recorded as its manager.".to_string(),
                some => format!("It is managed by {}.", some.join(", ")),
            }
        }
    };
    format!("{id} is in the cluster already, and this configuration did not make it. {belongs}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_servers_words_name_manager_and_subresource() {
        assert_eq!(named("conflict with \"kubectl-edit\" using apps/v1"), ("kubectl-edit".into(), None));
        assert_eq!(
            named(
                "conflict with \"kube-controller-manager\" with subresource \"scale\" using apps/v1 at 2026-01-01T00:00:00Z"
            ),
            ("kube-controller-manager".into(), Some("scale".into()))
        );
        assert_eq!(named("conflict with \"a\\\"b\""), ("a\"b".into(), None));
    }

    #[test]
    fn paths_are_read_as_servers_write_them() {
        for text in [
            ".spec.template.spec.containers[name=\"web\"].image",
            ".spec.ports[port=80,protocol=\"TCP\"]",
            ".a[=\"x\"].b[2]",
        ] {
            assert_eq!(parse_path(text).server_form(), text);
        }
    }

    #[test]
    fn people_edit_with_update_only() {
        let owner = |manager: &str, operation: &str| Owner {
            manager: manager.into(),
            operation: operation.into(),
            subresource: None,
            time: None,
        };
        assert!(is_human(&owner("kubectl-edit", "Update")) && is_human(&owner("k9s", "Update")));
        assert!(!is_human(&owner("kubectl", "Apply")) && !is_human(&owner("argocd-controller", "Update")));
        for editor in ["kubectl", "kubectl-client-side-apply", "kubectl-rollout", "Mozilla", "rancher"] {
            assert!(is_human(&owner(editor, "Update")), "{editor}");
        }
        for controller in
            ["rancher-webhook", "lens-operator", "kubectl-argo-rollouts", "dashboard-controller"]
        {
            assert!(!is_human(&owner(controller, "Update")), "{controller}");
        }
        assert!(has_labels(
            &json!({"metadata": {"labels": {PROJECT_LABEL: "p", ENVIRONMENT_LABEL: "e"}}}),
            "p",
            "e"
        ));
    }
}
