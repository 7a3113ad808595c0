//! Everything that a cluster holds of the kinds that matter here, at one moment.

use std::collections::BTreeMap;

use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, ListParams};
use serde_json::Value as Json;

use crate::place::Place;

/// The kinds that configurations make, and those that bystanders are of: group, version, kind, whether in namespaces.
pub const KINDS: &[(&str, &str, &str, bool)] = &[
    ("apps", "v1", "Deployment", true),
    ("apps", "v1", "StatefulSet", true),
    ("apps", "v1", "DaemonSet", true),
    ("", "v1", "Service", true),
    ("networking.k8s.io", "v1", "Ingress", true),
    ("autoscaling", "v2", "HorizontalPodAutoscaler", true),
    ("", "v1", "ConfigMap", true),
    ("", "v1", "Secret", true),
    ("", "v1", "PersistentVolumeClaim", true),
    ("", "v1", "PersistentVolume", false),
    ("batch", "v1", "Job", true),
    ("batch", "v1", "CronJob", true),
    ("networking.k8s.io", "v1", "NetworkPolicy", true),
    ("policy", "v1", "PodDisruptionBudget", true),
    ("", "v1", "ServiceAccount", true),
    ("rbac.authorization.k8s.io", "v1", "Role", true),
    ("rbac.authorization.k8s.io", "v1", "RoleBinding", true),
    ("rbac.authorization.k8s.io", "v1", "ClusterRole", false),
    ("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", false),
    ("", "v1", "Namespace", false),
    ("", "v1", "ResourceQuota", true),
    ("", "v1", "LimitRange", true),
    ("", "v1", "PodTemplate", true),
    ("apiextensions.k8s.io", "v1", "CustomResourceDefinition", false),
    ("gateway.networking.k8s.io", "v1", "HTTPRoute", true),
];

/// Objects by `kind namespace/name`.
#[derive(Debug, Clone, Default)]
pub struct Snapshot(pub BTreeMap<String, Json>);

/// How an object is called here.
pub fn name_of(object: &Json) -> String {
    let text = |json: &Json| json.as_str().unwrap_or_default().to_string();
    let metadata = &object["metadata"];
    format!("{} {}/{}", text(&object["kind"]), text(&metadata["namespace"]), text(&metadata["name"]))
}

impl Snapshot {
    /// What there is now.
    pub async fn take(place: &Place) -> Result<Snapshot, String> {
        let group = format!("{}.example.com", place.unique);
        let custom = [(group.as_str(), "v1", "Widget", true)];
        let lists = KINDS.iter().chain(&custom).map(|kind| list(place, kind));
        let mut all = BTreeMap::new();
        for found in futures::future::join_all(lists).await {
            all.extend(found?.into_iter().map(|object| (name_of(&object), object)));
        }
        Ok(Snapshot(all))
    }
}

/// The objects of a kind; on a real cluster, which others use too, those of the place alone.
async fn list(place: &Place, kind: &(&str, &str, &str, bool)) -> Result<Vec<Json>, String> {
    let (group, version, kind, namespaced) = *kind;
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    let mut out = Vec::new();
    let namespaces = match (namespaced, place.real) {
        (true, true) => vec![Some(place.unique.clone()), Some(format!("{}-more", place.unique))],
        _ => vec![None],
    };
    for namespace in namespaces {
        let api: Api<DynamicObject> = match namespace {
            Some(namespace) => Api::namespaced_with(place.client.clone(), &namespace, &resource),
            None => Api::all_with(place.client.clone(), &resource),
        };
        let found = match api.list(&ListParams::default()).await {
            Ok(list) => list.items,
            // A type that is not there has no objects.
            Err(kube::Error::Api(status)) if status.code == 404 => Vec::new(),
            Err(e) => return Err(format!("listing {kind}: {e}")),
        };
        for object in found {
            let mut object = serde_json::to_value(object).map_err(|e| e.to_string())?;
            object["apiVersion"] =
                if group.is_empty() { version.into() } else { format!("{group}/{version}").into() };
            object["kind"] = kind.into();
            if namespaced || !place.real || is_near(&object, &place.unique) {
                out.push(object);
            }
        }
    }
    Ok(out)
}

/// Whether an object of the cluster as a whole belongs to the place.
fn is_near(object: &Json, unique: &str) -> bool {
    object["metadata"].to_string().contains(unique)
}
