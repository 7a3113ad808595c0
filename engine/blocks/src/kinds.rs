//! Which block becomes which kind of object: for whoever looks for a word by its Kubernetes name.

use plimsoll_schema::Kind;

/// Blocks by the kinds that they become. Every other kind that the API has is a `manifest`.
const BLOCKS: &[(&str, &str)] = &[
    ("ClusterRole", "service_account"),
    ("ClusterRoleBinding", "service_account"),
    ("ConfigMap", "config"),
    ("CronJob", "job"),
    ("DaemonSet", "app"),
    ("Deployment", "app"),
    ("HTTPRoute", "ingress"),
    ("HorizontalPodAutoscaler", "autoscale"),
    ("Ingress", "ingress"),
    ("Job", "job"),
    ("Namespace", "namespace"),
    ("NetworkPolicy", "network_policy"),
    ("PersistentVolume", "volume"),
    ("PersistentVolumeClaim", "volume"),
    ("Pod", "app"),
    ("PodDisruptionBudget", "app.disruption_budget"),
    ("ReplicaSet", "app"),
    ("Role", "service_account"),
    ("RoleBinding", "service_account"),
    ("Secret", "secret"),
    ("Service", "service"),
    ("ServiceAccount", "service_account"),
    ("StatefulSet", "app"),
];

/// The kind that `kubectl` knows by a name (`deployment`, `deployments`, `deploy`, `Deployment`), and what
/// explains it: the path of a block for `plimsoll explain`.
pub fn block_of(name: &str) -> Option<(&'static str, &'static str)> {
    let name = name.to_lowercase();
    let fits = |k: &&Kind| {
        let names = [&k.singular, &k.plural].into_iter().chain(&k.short_names);
        k.gvk.kind.to_lowercase() == name || names.into_iter().any(|n| *n == name)
    };
    let kind = plimsoll_schema::kinds().filter(|k| !k.plural.is_empty()).find(fits)?.gvk.kind.as_str();
    let block = BLOCKS.iter().find(|(known, _)| *known == kind).map_or("manifest", |(_, block)| block);
    Some((kind, block))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_lead_to_blocks_that_can_be_explained() {
        for (name, kind, block) in [
            ("deployment", "Deployment", "app"),
            ("sts", "StatefulSet", "app"),
            ("cronjobs", "CronJob", "job"),
            ("hpa", "HorizontalPodAutoscaler", "autoscale"),
            ("pvc", "PersistentVolumeClaim", "volume"),
            ("pdb", "PodDisruptionBudget", "app.disruption_budget"),
            ("httproute", "HTTPRoute", "ingress"),
            ("ResourceQuota", "ResourceQuota", "manifest"),
        ] {
            assert_eq!(block_of(name), Some((kind, block)), "{name}");
        }
        assert_eq!(block_of("nothing"), None);
        for (kind, block) in BLOCKS {
            assert!(crate::explain::explain(block).is_ok(), "{block}");
            assert!(plimsoll_schema::kinds().any(|k| k.gvk.kind == *kind), "{kind}");
        }
    }
}
