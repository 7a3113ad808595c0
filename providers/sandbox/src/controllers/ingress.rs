//! Ingresses: an address where their class has a controller, which here means that the class exists.

use serde_json::json;

use crate::cluster::Cluster;
use crate::object::{self, items, text};
use crate::resource::{Key, Known};

/// Where the ingress controller would answer; of the addresses that are reserved for documentation.
const ADDRESS: &str = "203.0.113.10";

pub(crate) fn reconcile(cluster: &mut Cluster, known: &Known, key: &Key) {
    let Some(ingress) = cluster.get(key) else { return };
    let class = match text(&ingress, &["spec", "ingressClassName"]) {
        "" => object::annotation(&ingress, "kubernetes.io/ingress.class"),
        class => class,
    };
    let served = cluster.store.get(&known.ingress_classes.key("", class)).is_some();
    let addressed = !items(&ingress, &["status", "loadBalancer", "ingress"]).is_empty();
    let status = match (served, addressed) {
        (true, false) => json!({"loadBalancer": {"ingress": [{"ip": ADDRESS}]}}),
        (false, true) => json!({"loadBalancer": {}}),
        _ => return,
    };
    cluster.set_status(key, "nginx-ingress-controller", status);
}
