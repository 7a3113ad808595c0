//! Namespaces: what each one holds from the beginning, and emptying those that are deleted.

use plimsoll_schema::Json;
use serde_json::json;

use crate::cluster::Cluster;
use crate::controllers::MANAGER;
use crate::delete::DeleteOptions;
use crate::object::{self, take};
use crate::resource::{Key, Known};
use crate::write::deletable;

/// The certificate of a server that needs none: the sandbox speaks no TLS.
const NO_CERTIFICATE: &str = "";

pub(crate) fn reconcile(cluster: &mut Cluster, known: &Known, key: &Key) {
    let Some(namespace) = cluster.get(key) else { return };
    if object::terminating(&namespace) {
        empty(cluster, key, &namespace);
        return;
    }
    let name = &key.name;
    if cluster.store.get(&known.service_accounts.key(name, "default")).is_none() {
        let account = json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name},
        });
        // There is none, and the namespace stands: nothing can refuse it.
        let _ = cluster.create_as(account, MANAGER);
    }
    if cluster.store.get(&known.config_maps.key(name, "kube-root-ca.crt")).is_none() {
        let note = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";
        let certificate = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {
                "name": "kube-root-ca.crt", "namespace": name, "annotations": {"kubernetes.io/description": note},
            },
            "data": {"ca.crt": NO_CERTIFICATE},
        });
        let _ = cluster.create_as(certificate, MANAGER);
    }
}

/// Deletes what the namespace holds, then the namespace.
fn empty(cluster: &mut Cluster, key: &Key, namespace: &Json) {
    let contents = contents(cluster, &key.name);
    for content in &contents {
        if cluster.store.get(content).is_some_and(|o| !object::terminating(o)) {
            // What is gone meanwhile is what was wanted.
            let _ = cluster.delete(content, &DeleteOptions::default());
        }
    }
    if !self::contents(cluster, &key.name).is_empty() {
        return;
    }
    let mut last = namespace.clone();
    take(&mut last, &["spec", "finalizers"]);
    if deletable(key.resource, &last) {
        cluster.remove(key, last);
    }
}

fn contents(cluster: &Cluster, name: &str) -> Vec<Key> {
    cluster
        .store
        .resources()
        .filter(|r| r.namespaced())
        .flat_map(|r| {
            cluster.store.scan(r, Some(name)).map(move |o| r.key(object::namespace(o), object::name(o)))
        })
        .collect()
}
