//! Cluster addresses and node ports of Services: handed out, kept, given back.
//!
//! The cluster has one address family, IPv4. What is in use is read from the Services themselves.

use std::collections::BTreeSet;

use plimsoll_schema::Json;
use serde_json::json;

use crate::cluster::Cluster;
use crate::object::{self, at, items, list, set, take, text};
use crate::resource::known;
use crate::status::{Failure, Fault};

const FIRST_PORT: i64 = 30_000;
const LAST_PORT: i64 = 32_767;

/// Completes a new Service.
pub(crate) fn create(cluster: &Cluster, service: &mut Json) -> Result<(), Failure> {
    complete(cluster, None, service)
}

/// Completes the new state of a Service.
pub(crate) fn update(cluster: &Cluster, old: &Json, new: &mut Json) -> Result<(), Failure> {
    keep_allocated(old, new);
    drop_what_the_type_does_not_have(old, new);
    complete(cluster, Some(old), new)
}

fn has_cluster_ip(service: &Json) -> bool {
    text(service, &["spec", "type"]) != "ExternalName"
}

fn has_node_ports(service: &Json) -> bool {
    match text(service, &["spec", "type"]) {
        "NodePort" => true,
        "LoadBalancer" => at(service, &["spec", "allocateLoadBalancerNodePorts"]) != false,
        _ => false,
    }
}

fn is_external(service: &Json) -> bool {
    matches!(text(service, &["spec", "type"]), "NodePort" | "LoadBalancer")
}

/// What was allocated stays where the new state says nothing about it.
fn keep_allocated(old: &Json, new: &mut Json) {
    if has_cluster_ip(old) && has_cluster_ip(new) {
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            let empty = matches!(at(new, &["spec", field]), Json::Null) || at(new, &["spec", field]) == "";
            if empty {
                object::put(new, &["spec", field], at(old, &["spec", field]));
            }
        }
    }
    if has_node_ports(old) && has_node_ports(new) {
        let taken: BTreeSet<i64> = node_ports(new).collect();
        for port in list(new, &["spec", "ports"]) {
            if node_port(port) != 0 {
                continue;
            }
            let before =
                items(old, &["spec", "ports"]).iter().find(|p| p["name"] == port["name"]).map(node_port);
            if let Some(before) = before.filter(|b| *b != 0 && !taken.contains(b)) {
                port["nodePort"] = json!(before);
            }
        }
    }
}

fn drop_what_the_type_does_not_have(old: &Json, new: &mut Json) {
    let same = |new: &Json, field: &str| at(old, &["spec", field]) == at(new, &["spec", field]);
    if has_cluster_ip(old) && !has_cluster_ip(new) {
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"] {
            if same(new, field) {
                take(new, &["spec", field]);
            }
        }
    }
    if has_node_ports(old) && !has_node_ports(new) && node_ports(old).eq(node_ports(new)) {
        for port in list(new, &["spec", "ports"]) {
            take(port, &["nodePort"]);
        }
    }
    if text(old, &["spec", "type"]) == "LoadBalancer" && text(new, &["spec", "type"]) != "LoadBalancer" {
        for field in ["allocateLoadBalancerNodePorts", "loadBalancerClass"] {
            if same(new, field) {
                take(new, &["spec", field]);
            }
        }
    }
    if is_external(old) && !is_external(new) && same(new, "externalTrafficPolicy") {
        take(new, &["spec", "externalTrafficPolicy"]);
    }
}

fn complete(cluster: &Cluster, old: Option<&Json>, service: &mut Json) -> Result<(), Failure> {
    let fill = |service: &mut Json, field: &str, value: Json| {
        if at(service, &["spec", field]).is_null() {
            set(service, &["spec", field], value);
        }
    };
    if has_cluster_ip(service) {
        fill(service, "internalTrafficPolicy", json!("Cluster"));
        cluster_ip(cluster, old, service)?;
        let no_selector =
            at(service, &["spec", "selector"]).as_object().is_none_or(serde_json::Map::is_empty);
        let any_family = text(service, &["spec", "clusterIP"]) == "None" && no_selector;
        let (policy, families) = if any_family {
            ("RequireDualStack", json!(["IPv4", "IPv6"]))
        } else {
            ("SingleStack", json!(["IPv4"]))
        };
        fill(service, "ipFamilyPolicy", json!(policy));
        fill(service, "ipFamilies", families);
    }
    if text(service, &["spec", "type"]) == "LoadBalancer" {
        fill(service, "allocateLoadBalancerNodePorts", json!(true));
    }
    if is_external(service) {
        fill(service, "externalTrafficPolicy", json!("Cluster"));
    }
    if has_node_ports(service) {
        ports(cluster, service)?;
    }
    Ok(())
}

fn refuse(service: &Json, fault: Fault) -> Failure {
    Failure::invalid("", "Service", object::name(service), &[fault])
}

/// The other Services of the cluster.
fn others<'a>(cluster: &'a Cluster, service: &Json) -> impl Iterator<Item = &'a Json> {
    let (namespace, name) = (object::namespace(service).to_owned(), object::name(service).to_owned());
    known()
        .into_iter()
        .flat_map(|k| cluster.store.scan(k.services, None))
        .map(|s| &**s)
        .filter(move |s| object::namespace(s) != namespace || object::name(s) != name)
}

fn cluster_ip(cluster: &Cluster, old: Option<&Json>, service: &mut Json) -> Result<(), Failure> {
    if let (Some(first), "") =
        (items(service, &["spec", "clusterIPs"]).first().cloned(), text(service, &["spec", "clusterIP"]))
    {
        set(service, &["spec", "clusterIP"], first);
    }
    let used: BTreeSet<String> =
        others(cluster, service).map(|s| text(s, &["spec", "clusterIP"]).to_owned()).collect();
    let ip = match text(service, &["spec", "clusterIP"]) {
        "" => free_ip(cluster, service, &used)?,
        "None" => "None".to_owned(),
        ip => {
            let kept = old.is_some_and(|o| text(o, &["spec", "clusterIP"]) == ip);
            let why = match within(ip) {
                _ if kept => None,
                None => Some(format!(
                    "failed to allocate IP {ip}: the provided IP ({ip}) is not in the valid range. The range of valid IPs is 10.96.0.0/16"
                )),
                Some(()) if used.contains(ip) => {
                    Some(format!("failed to allocate IP {ip}: provided IP is already allocated"))
                }
                Some(()) => None,
            };
            if let Some(why) = why {
                return Err(refuse(service, Fault::invalid("spec.clusterIPs", &json!([ip]), &why)));
            }
            ip.to_owned()
        }
    };
    set(service, &["spec", "clusterIPs"], json!([ip]));
    set(service, &["spec", "clusterIP"], json!(ip));
    Ok(())
}

/// An address of the range that hands out, 10.96.1.0 to 10.96.255.254: the beginning is left to fixed ones.
fn free_ip(cluster: &Cluster, service: &Json, used: &BTreeSet<String>) -> Result<String, Failure> {
    let [a, b, ..] =
        cluster.unique(&format!("ip\n{}\n{}", object::namespace(service), object::name(service)));
    let start = usize::from(a) * 256 + usize::from(b);
    let size = 254 * 255;
    (0..size)
        .map(|i| (start + i) % size)
        .map(|n| format!("10.96.{}.{}", n / 255 + 1, n % 255))
        .find(|ip| !used.contains(ip))
        .ok_or_else(|| Failure::internal("failed to allocate a serviceIP: range is full"))
}

fn within(ip: &str) -> Option<()> {
    let address: std::net::Ipv4Addr = ip.parse().ok()?;
    (address.octets().starts_with(&[10, 96])).then_some(())
}

fn node_port(port: &Json) -> i64 {
    port["nodePort"].as_i64().unwrap_or_default()
}

fn node_ports(service: &Json) -> impl Iterator<Item = i64> {
    items(service, &["spec", "ports"]).iter().map(node_port)
}

fn ports(cluster: &Cluster, service: &mut Json) -> Result<(), Failure> {
    let mut used: BTreeSet<i64> = others(cluster, service).flat_map(node_ports).collect();
    for (i, given) in node_ports(service).enumerate().filter(|(_, p)| *p != 0) {
        let why = if !(FIRST_PORT..=LAST_PORT).contains(&given) {
            format!(
                "provided port is not in the valid range. The range of valid ports is {FIRST_PORT}-{LAST_PORT}"
            )
        } else if used.contains(&given) {
            "provided port is already allocated".to_owned()
        } else {
            continue;
        };
        return Err(refuse(
            service,
            Fault::invalid(format!("spec.ports[{i}].nodePort"), &json!(given), &why),
        ));
    }
    used.extend(node_ports(service));
    let [a, b, ..] =
        cluster.unique(&format!("port\n{}\n{}", object::namespace(service), object::name(service)));
    let size = LAST_PORT - FIRST_PORT + 1;
    let start = (i64::from(a) * 256 + i64::from(b)) % size;
    let mut free = (0..size)
        .map(|i| FIRST_PORT + (start + i) % size)
        .filter(|p| !used.contains(p))
        .collect::<Vec<_>>()
        .into_iter();
    for port in list(service, &["spec", "ports"]) {
        if node_port(port) == 0 {
            let next = free
                .next()
                .ok_or_else(|| Failure::internal("failed to allocate a nodePort: range is full"))?;
            port["nodePort"] = json!(next);
        }
    }
    Ok(())
}
