//! Which resources are served, and the keys of their objects. Those that definitions declare are known to the
//! [`crate::store::Store`], which holds the definitions.
//!
//! Where a group serves a kind in several versions (`autoscaling/v1` and `v2`), only the newest is served here, and
//! of a custom resource only the stored one: objects are stored in the version they are written in, and nothing is
//! converted.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use plimsoll_model::Gvk;
use plimsoll_schema::{Json, Kind};

use crate::object;
use crate::status::Failure;

/// A served resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resource(&'static Kind);

impl Resource {
    /// By group, version and plural name.
    pub fn by_path(group: &str, version: &str, plural: &str) -> Option<Resource> {
        let found = served().get(&(group, plural))?;
        (found.0.gvk.version == version).then_some(*found)
    }

    /// By type.
    pub fn by_gvk(gvk: &Gvk) -> Option<Resource> {
        let kind = plimsoll_schema::kind(gvk)?;
        Resource::by_path(&gvk.group, &gvk.version, &kind.plural)
    }

    /// The resource of an object that names its type, where that is always served.
    pub fn of(object: &Json) -> Option<Resource> {
        let api_version = object["apiVersion"].as_str()?;
        Resource::by_gvk(&Gvk::from_api_version(api_version, object["kind"].as_str()?))
    }

    /// The resource that a custom resource definition declares, in the version that objects are stored in; none
    /// where the definition is not established.
    pub fn declared(definition: &Json) -> Option<Resource> {
        let established = object::items(definition, &["status", "conditions"])
            .iter()
            .any(|c| c["type"] == "Established" && c["status"] == "True");
        let versions = plimsoll_schema::custom::declared(definition);
        let stored = versions.into_iter().find(|v| v.storage && v.served)?;
        established.then_some(Resource(stored.kind))
    }

    /// Whether a definition in the cluster declares it.
    pub fn is_declared(self) -> bool {
        self.0.schema.is_some()
    }

    /// The resources that are always served, by group and plural name.
    pub fn all() -> impl Iterator<Item = Resource> {
        served().values().copied()
    }

    /// What the schemas know of it.
    pub fn kind(self) -> &'static Kind {
        self.0
    }

    pub fn group(self) -> &'static str {
        &self.0.gvk.group
    }

    pub fn version(self) -> &'static str {
        &self.0.gvk.version
    }

    pub fn plural(self) -> &'static str {
        &self.0.plural
    }

    /// Its name in texts, which is the kind: `Deployment`.
    pub fn name(self) -> &'static str {
        &self.0.gvk.kind
    }

    pub fn namespaced(self) -> bool {
        self.0.namespaced
    }

    /// Whether a definition declares it; such objects all carry a generation.
    pub fn is_custom(self) -> bool {
        self.0.custom
    }

    pub fn has_subresource(self, name: &str) -> bool {
        self.0.subresources.contains_key(name)
    }

    /// Is it that resource? By group and kind.
    pub fn is(self, group: &str, kind: &str) -> bool {
        self.group() == group && self.name() == kind
    }

    /// The key of an object of this resource.
    pub fn key(self, namespace: &str, name: &str) -> Key {
        let namespace = if self.namespaced() { namespace.to_owned() } else { String::new() };
        Key { resource: self, namespace, name: name.to_owned() }
    }

    pub fn not_found(self, name: &str) -> Failure {
        Failure::not_found(self.group(), self.plural(), name)
    }
}

impl PartialEq for Resource {
    fn eq(&self, other: &Resource) -> bool {
        // A definition that changes declares another kind, of the same resource.
        std::ptr::eq(self.0, other.0) || (self.group(), self.plural()) == (other.group(), other.plural())
    }
}

impl Eq for Resource {}

impl PartialOrd for Resource {
    fn partial_cmp(&self, other: &Resource) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Resource {
    fn cmp(&self, other: &Resource) -> Ordering {
        if self == other {
            return Ordering::Equal;
        }
        (self.group(), self.plural()).cmp(&(other.group(), other.plural()))
    }
}

/// Names one object of the store. Orders by resource, namespace, name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub resource: Resource,
    pub namespace: String,
    pub name: String,
}

impl Key {
    /// The key under which an object is stored, of a resource that is always served; [`crate::store::Store::key_of`]
    /// knows the others.
    pub fn of(object: &Json) -> Option<Key> {
        Some(Resource::of(object)?.key(object::namespace(object), object::name(object)))
    }
}

type Served = BTreeMap<(&'static str, &'static str), Resource>;

fn served() -> &'static Served {
    static SERVED: OnceLock<Served> = OnceLock::new();
    SERVED.get_or_init(|| {
        let mut served = Served::new();
        for kind in plimsoll_schema::kinds().filter(|k| !k.plural.is_empty()) {
            let place = (kind.gvk.group.as_str(), kind.plural.as_str());
            let newer = served.get(&place).is_none_or(|r: &Resource| r.0.gvk.version < kind.gvk.version);
            if newer {
                served.insert(place, Resource(kind));
            }
        }
        served
    })
}

macro_rules! well_known {
    ($($function:ident: $group:literal $version:literal $plural:literal;)*) => {
        /// The resources that controllers name. All of them are part of the embedded schemas; a test holds that.
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct Known {
            $(pub $function: Resource,)*
        }

        /// The well-known resources; none where the embedded schemas lack one.
        pub(crate) fn known() -> Option<&'static Known> {
            static KNOWN: OnceLock<Option<Known>> = OnceLock::new();
            KNOWN.get_or_init(|| Some(Known { $($function: Resource::by_path($group, $version, $plural)?,)* })).as_ref()
        }
    };
}

well_known! {
    config_maps: "" "v1" "configmaps";
    endpoint_slices: "discovery.k8s.io" "v1" "endpointslices";
    events: "" "v1" "events";
    namespaces: "" "v1" "namespaces";
    nodes: "" "v1" "nodes";
    claims: "" "v1" "persistentvolumeclaims";
    volumes: "" "v1" "persistentvolumes";
    pods: "" "v1" "pods";
    secrets: "" "v1" "secrets";
    service_accounts: "" "v1" "serviceaccounts";
    services: "" "v1" "services";
    controller_revisions: "apps" "v1" "controllerrevisions";
    definitions: "apiextensions.k8s.io" "v1" "customresourcedefinitions";
    daemon_sets: "apps" "v1" "daemonsets";
    replica_sets: "apps" "v1" "replicasets";
    autoscalers: "autoscaling" "v2" "horizontalpodautoscalers";
    ingress_classes: "networking.k8s.io" "v1" "ingressclasses";
    ingresses: "networking.k8s.io" "v1" "ingresses";
    disruption_budgets: "policy" "v1" "poddisruptionbudgets";
    storage_classes: "storage.k8s.io" "v1" "storageclasses";
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_resource_that_controllers_name_is_served() {
        assert!(known().is_some());
    }

    #[test]
    fn only_the_newest_version_of_a_kind_is_served() {
        assert!(Resource::by_path("autoscaling", "v2", "horizontalpodautoscalers").is_some());
        assert!(Resource::by_path("autoscaling", "v1", "horizontalpodautoscalers").is_none());
    }

    #[test]
    fn keys_of_cluster_wide_objects_have_no_namespace() {
        let object = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "namespace": "x"}});
        assert_eq!(Key::of(&object).unwrap().namespace, "");
        assert!(Key::of(&json!({"apiVersion": "example.com/v1", "kind": "Thing"})).is_none());
    }
}
