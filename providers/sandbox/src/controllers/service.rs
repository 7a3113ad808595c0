//! Services: their endpoints, and the address of a load balancer.

use serde_json::json;

use crate::cluster::Cluster;
use crate::controllers::endpoints;
use crate::object::{self, at, items, text};
use crate::resource::{Key, Known};

pub(crate) fn reconcile(cluster: &mut Cluster, known: &Known, key: &Key) {
    let Some(service) = cluster.get(key) else { return };
    if object::terminating(&service) {
        return;
    }
    endpoints::reconcile(cluster, known, &service);
    let balanced = text(&service, &["spec", "type"]) == "LoadBalancer";
    let addressed = !items(&service, &["status", "loadBalancer", "ingress"]).is_empty();
    let status = match (balanced, addressed) {
        (true, false) => {
            let wanted = text(&service, &["spec", "loadBalancerIP"]);
            let hash = blake3::hash(object::uid(&service).as_bytes());
            // Of the addresses that are reserved for documentation: nobody answers there.
            let ip = if wanted.is_empty() {
                format!("203.0.113.{}", 20 + hash.as_bytes()[0] % 200)
            } else {
                wanted.to_owned()
            };
            json!({"loadBalancer": {"ingress": [{"ip": ip, "ipMode": "VIP"}]}})
        }
        (false, true) => json!({"loadBalancer": {}}),
        _ => return,
    };
    let mut merged = at(&service, &["status"]).clone();
    merged["loadBalancer"] = status["loadBalancer"].clone();
    cluster.set_status(key, "cloud-controller-manager", merged);
}
