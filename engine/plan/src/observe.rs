//! What the planner needs to see before its first step: one list per kind and namespace.
//!
//! Knows which lists to ask for and what they mean; sends nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use plimsoll_model::{Desired, Gvk};

use crate::input::Recorded;
use crate::listed::Listed;

/// The label that names the project.
pub const PROJECT_LABEL: &str = "plimsoll.dev/project";
/// The label that names the environment.
pub const ENVIRONMENT_LABEL: &str = "plimsoll.dev/environment";
/// The annotation that names the address.
pub const ADDRESS_ANNOTATION: &str = "plimsoll.dev/address";

/// Every kind that the vocabulary compiles to, with whether it lives in namespaces. All of them
/// are listed on every plan, so that a lost state never leads to duplicates.
pub const LISTED: &[(&str, &str, &str, bool)] = &[
    ("", "v1", "ConfigMap", true),
    ("", "v1", "Namespace", false),
    ("", "v1", "PersistentVolume", false),
    ("", "v1", "PersistentVolumeClaim", true),
    ("", "v1", "Secret", true),
    ("", "v1", "Service", true),
    ("", "v1", "ServiceAccount", true),
    ("apps", "v1", "DaemonSet", true),
    ("apps", "v1", "Deployment", true),
    ("apps", "v1", "StatefulSet", true),
    ("autoscaling", "v2", "HorizontalPodAutoscaler", true),
    ("batch", "v1", "CronJob", true),
    ("batch", "v1", "Job", true),
    ("gateway.networking.k8s.io", "v1", "HTTPRoute", true),
    ("networking.k8s.io", "v1", "Ingress", true),
    ("networking.k8s.io", "v1", "NetworkPolicy", true),
    ("policy", "v1", "PodDisruptionBudget", true),
    ("rbac.authorization.k8s.io", "v1", "ClusterRole", false),
    ("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", false),
    ("rbac.authorization.k8s.io", "v1", "Role", true),
    ("rbac.authorization.k8s.io", "v1", "RoleBinding", true),
];

/// A LIST: a type, a namespace (none: all of the cluster) and a label selector (empty: everything).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListRequest {
    /// Which type.
    pub gvk: Gvk,
    /// Which namespace; none for cluster-wide objects.
    pub namespace: Option<String>,
    /// A label selector; empty for everything.
    pub selector: String,
}

impl fmt::Display for ListRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(ns) => write!(f, "{} in {ns}", self.gvk.kind),
            None => write!(f, "{}", self.gvk.kind),
        }
    }
}

/// What the lists told.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// The objects of each list that [`requests`] asked for.
    pub lists: BTreeMap<ListRequest, Vec<Listed>>,
    /// Types that the cluster does not have; their lists are left out.
    pub missing_kinds: BTreeSet<Gvk>,
}

impl Observed {
    /// Every object of every list.
    pub fn objects(&self) -> impl Iterator<Item = &Listed> {
        self.lists.values().flatten()
    }
}

/// The selector of everything that belongs to a project and an environment.
pub fn selector(project: &str, environment: &str) -> String {
    format!("{PROJECT_LABEL}={project},{ENVIRONMENT_LABEL}={environment}")
}

/// The lists that a plan starts from, sorted: every kind of the vocabulary and every kind that the
/// configuration or the state names, in every namespace that they name.
///
/// `default_namespace` is the environment's: it is listed even where nothing is declared in it.
pub fn requests(
    desired: &Desired,
    recorded: &Recorded,
    project: &str,
    environment: &str,
    default_namespace: &str,
) -> Vec<ListRequest> {
    let declared = desired.objects.iter().map(|o| &o.id);
    let ids: Vec<_> = declared.chain(recorded.resources.values().map(|r| &r.id)).collect();
    let mut namespaces: BTreeSet<&str> = ids.iter().filter_map(|id| id.namespace.as_deref()).collect();
    namespaces.insert(default_namespace);
    let mut kinds: BTreeMap<Gvk, bool> =
        LISTED.iter().map(|(g, v, k, namespaced)| (Gvk::new(*g, *v, *k), *namespaced)).collect();
    for id in &ids {
        kinds.entry(id.gvk.clone()).or_insert(id.namespace.is_some());
    }
    let selector = selector(project, environment);
    let mut out = Vec::new();
    for (gvk, namespaced) in kinds {
        let request = |namespace: Option<String>| ListRequest {
            gvk: gvk.clone(),
            namespace,
            selector: selector.clone(),
        };
        match namespaced {
            true => out.extend(namespaces.iter().map(|ns| request(Some((*ns).to_string())))),
            false => out.push(request(None)),
        }
    }
    out
}
