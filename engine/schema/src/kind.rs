//! Kinds: what discovery would tell about a resource, and the type of its objects.

use std::collections::BTreeMap;

use plimsoll_model::Gvk;

use crate::{Json, TypeRef, pack::pack};

/// A kind: of the embedded schemas, or declared by a custom resource definition ([`crate::custom`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    /// Its group, version and kind.
    pub gvk: Gvk,
    /// The name in paths, such as `deployments`; empty for `Scale`, which has no path of its own.
    pub plural: String,
    /// The singular name, such as `deployment`.
    pub singular: String,
    /// Its objects live in namespaces.
    pub namespaced: bool,
    /// Short names, such as `deploy`.
    pub short_names: Vec<String>,
    /// The verbs that the resource answers to, sorted.
    pub verbs: Vec<String>,
    /// Its subresources by name, such as `status` and `scale`.
    pub subresources: BTreeMap<String, Subresource>,
    /// The type of its objects.
    pub root: TypeRef,
    /// A CustomResourceDefinition declares it: a cluster need not have it, and has it in the version that
    /// was installed there.
    pub custom: bool,
    /// Of a custom resource, the schema that it was declared with: what it checks beyond types.
    pub schema: Option<Json>,
}

/// A subresource.
#[derive(Debug, Clone, PartialEq)]
pub struct Subresource {
    /// The kind that it reads and writes: the resource's own for `status`, `Scale` for `scale`.
    pub gvk: Gvk,
    /// Its verbs, sorted.
    pub verbs: Vec<String>,
}

/// The kind of that group, version and name; `None` where the embedded schemas do not know it, as for
/// custom resources.
pub fn kind(gvk: &Gvk) -> Option<&'static Kind> {
    let kinds = &pack().kinds;
    kinds.binary_search_by(|k| k.gvk.cmp(gvk)).ok().and_then(|i| kinds.get(i))
}

/// All known kinds, sorted by group, version and name.
pub fn kinds() -> impl Iterator<Item = &'static Kind> {
    pack().kinds.iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lists, Shape};

    fn of(api: &str, name: &str) -> &'static Kind {
        kind(&Gvk::from_api_version(api, name)).unwrap()
    }

    #[test]
    fn a_deployment_is_known_with_its_path_and_subresources() {
        let deployment = of("apps/v1", "Deployment");
        assert_eq!((deployment.plural.as_str(), deployment.namespaced), ("deployments", true));
        assert_eq!(deployment.short_names, ["deploy"]);
        assert_eq!(deployment.subresources["scale"].gvk, Gvk::new("autoscaling", "v1", "Scale"));
        assert!(deployment.verbs.contains(&"patch".to_owned()));
        assert!(kind(&Gvk::new("autoscaling", "v1", "Scale")).is_some());
    }

    #[test]
    fn a_custom_resource_is_unknown() {
        assert_eq!(kind(&Gvk::new("example.com", "v1", "Thing")), None);
    }

    #[test]
    fn cluster_wide_kinds_are_told_apart() {
        assert!(!of("v1", "Namespace").namespaced);
        assert!(of("v1", "ConfigMap").namespaced);
        assert!(!of("storage.k8s.io/v1", "StorageClass").namespaced);
    }

    #[test]
    fn the_gateway_api_is_known_as_definitions_of_custom_resources() {
        let route = of("gateway.networking.k8s.io/v1", "HTTPRoute");
        assert_eq!((route.plural.as_str(), route.namespaced, route.custom), ("httproutes", true, true));
        assert!(!of("gateway.networking.k8s.io/v1", "GatewayClass").namespaced);
        assert!(!of("networking.k8s.io/v1", "Ingress").custom);
        assert_eq!(of("gateway.networking.k8s.io/v1", "Gateway").short_names, ["gtw"]);
    }

    #[test]
    fn list_keys_are_those_of_server_side_apply() {
        let ports = |path: &[&str], api: &str, name: &str| {
            let mut ty = of(api, name).root.get();
            for step in path {
                ty = match ty.child(step) {
                    Some(child) => child.get(),
                    None => ty.item().unwrap().get().child(step).unwrap().get(),
                };
            }
            match &ty.shape {
                Shape::List { merge, .. } => merge.clone(),
                other => panic!("{other:?}"),
            }
        };
        let keys = |k: &[&str]| Lists::Map(k.iter().map(|s| (*s).to_owned()).collect());
        assert_eq!(ports(&["spec", "ports"], "v1", "Service"), keys(&["port", "protocol"]));
        assert_eq!(
            ports(&["spec", "template", "spec", "containers", "ports"], "apps/v1", "Deployment"),
            keys(&["containerPort", "protocol"])
        );
        assert_eq!(ports(&["metadata", "finalizers"], "v1", "Pod"), Lists::Set);
        assert_eq!(ports(&["spec", "rules"], "networking.k8s.io/v1", "Ingress"), Lists::Atomic);
        assert_eq!(ports(&["spec", "volumeClaimTemplates"], "apps/v1", "StatefulSet"), Lists::Atomic);
    }
}
