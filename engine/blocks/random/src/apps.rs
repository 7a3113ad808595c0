//! Apps, and what stands around them: services, an ingress, an autoscale, volumes.
//!
//! What pods and volumes consist of stands in `pods.rs` and `volumes.rs`.

use crate::limits;
use crate::pods::{APP, CONTAINER, ENVIRONMENTS, STATEFUL};
use crate::volumes::VOLUMES;
use crate::{Random, lines};

/// What stands in a service.
pub const SERVICE: &[&[&str]] = &[
    &["", "type = \"NodePort\"", "type = \"LoadBalancer\"", "type = \"Headless\""],
    &[
        "",
        "port \"http\" { port = 80 }",
        "port \"x\" {\nport = 443\ntarget_port = \"http\"\n}",
        "port \"x\" {\nport = 443\ntarget_port = 80\nnode_port = 30001\n}",
        "port \"x\" {\nport = 53\ntarget_port = \"dns\"\nprotocol = \"UDP\"\n}",
        "port \"x\" {\nport = 1\ntarget_port = 1\napp_protocol = \"a b\"\n}",
    ],
    &[
        "",
        "session_affinity = \"ClientIP\"",
        "session_affinity = \"ClientIP\"\nsession_affinity_timeout_seconds = 60",
        "allocate_load_balancer_node_ports = false",
        "publish_not_ready_addresses = true",
        "external_traffic_policy = \"Local\"",
        "internal_traffic_policy = \"Local\"",
        "load_balancer_class = \"x/y\"",
        "load_balancer_source_ranges = [\"10.0.0.0/8\"]",
        "load_balancer_source_ranges = [\"x\"]",
        "load_balancer_ip = \"10.1.2.3\"",
        "external_ips = [\"192.0.2.7\"]",
        "external_ips = [\"127.0.0.1\"]",
        "external_ips = [\"fe80::1\"]",
        "external_ips = [\"::ffff:1.2.3.4\"]",
        "traffic_distribution = \"PreferSameNode\"",
        "traffic_distribution = \"PreferClose\"",
        "external_traffic_policy = \"Local\"\nhealth_check_node_port = 30002",
        "health_check_node_port = 30002",
    ],
    &[
        "",
        "ip_families = [\"IPv4\", \"IPv6\"]\nip_family_policy = \"PreferDualStack\"",
        "ip_families = [\"IPv6\"]",
        "ip_family_policy = \"RequireDualStack\"",
        "ip_families = [\"IPv4\"]\ncluster_ips = [\"10.96.0.9\"]",
        "cluster_ips = [\"10.96.0.9\", \"fd00::9\"]\nip_family_policy = \"PreferDualStack\"",
        "ip_families = [\"IPv4\", \"IPv6\"]",
        "ip_families = [\"IPv4\", \"IPv4\"]\nip_family_policy = \"PreferDualStack\"",
        "ip_families = []",
        "cluster_ips = [\"10.96.0.9\", \"10.96.0.8\"]",
        "ip_families = [\"IPv4\"]\ncluster_ips = [\"fd00::9\"]",
        "cluster_ips = [\"x\"]",
        "cluster_ips = []",
    ],
    &["", "name = \"s\"", "name = \"0s\"", "name = \"a.b\""],
    &["", "alibaba { address_type = \"intranet\" }"],
];

/// What stands in a service that no app of the configuration answers.
pub const OTHER_SERVICE: &[&[&str]] = &[
    &[
        "type = \"ExternalName\"\nexternal_name = \"db.example.com\"",
        "selector = { a = \"b\" }\nport \"x\" {\nport = 80\ntarget_port = \"http\"\n}",
        "type = \"ExternalName\"\nexternal_name = \"DB.example.com.\"",
        "type = \"ExternalName\"\nexternal_name = \"db.example.com.\"",
        "type = \"ExternalName\"\nexternal_name = \"a..b\"",
        "type = \"ExternalName\"\nexternal_name = \"10.1.2.3\"",
        "type = \"ExternalName\"",
        "type = \"Headless\"\nselector = { a = \"b\" }",
        "selector = { \"a b\" = \"b\" }\nport \"x\" { port = 80 }",
        "selector = {}\nport \"x\" { port = 80 }",
        "selector = { a = \"b\" }",
    ],
    &[
        "",
        "port \"y\" { port = 5432 }",
        "port \"y\" {}",
        "session_affinity = \"None\"",
        "internal_traffic_policy = \"Local\"",
        "publish_not_ready_addresses = true",
        "ip_families = [\"IPv4\"]",
        "ip_family_policy = \"SingleStack\"",
        "traffic_distribution = \"PreferSameZone\"",
        "external_ips = [\"192.0.2.7\"]",
        "cluster_ips = [\"10.96.0.9\"]",
    ],
];

/// An ingress, and a rule of it.
pub const INGRESS: &[&[&str]] = &[
    &["", "class = \"nginx\"", "class = \"A b\""],
    &["host = \"a.io\"", "host = \"*.a.io\"", "", "host = \"1.2.3.4\"", "host = \"a_b.io\"", "host = \"*\""],
    &[
        "path \"/\" { backend = service.web.ports.http }",
        "path \"/a\" {\nbackend = service.web.ports.http\ntype = \"Exact\"\n}",
        "path \"a\" { backend = service.web.ports.http }",
        "path \"/a//b\" { backend = service.web.ports.http }",
        "path \"/a/../b\" { backend = service.web.ports.http }",
    ],
];

/// What stands in an autoscale.
pub const AUTOSCALE: &[&[&str]] = &[
    &["max_replicas = 3", "max_replicas = 0"],
    &["", "min_replicas = 2", "min_replicas = 5", "min_replicas = 0"],
    &[
        "metric \"cpu\" { average_utilization = 70 }",
        "metric \"memory\" { average_value = \"1Gi\" }",
        "metric \"rps\" { average_value = 5 }",
        "metric \"cpu\" { average_value = 0 }",
        "metric \"a b\" { average_value = 5 }",
        "metric \"cpu\" {\ncontainer = \"web\"\naverage_value = \"500m\"\n}",
        "metric \"rps\" {\nselector = { verb = \"GET\" }\naverage_value = 5\n}",
        "object_metric \"rps\" {\ndescribes = ingress.web\nvalue = \"2k\"\n}",
        "object_metric \"rps\" {\ndescribes = service.web\naverage_value = 5\nselector = { a = \"b\" }\n}",
        "external_metric \"queue\" {\nselector = { a = \"b\" }\naverage_value = 5\n}",
        "external_metric \"queue\" { value = 5 }",
        "metric \"cpu\" {\ncontainer = \"wbe\"\naverage_value = 1\n}",
        "metric \"a/b\" { average_value = 5 }",
        "metric \"..\" { average_value = 5 }",
        "object_metric \"a%b\" {\ndescribes = app.web\nvalue = 5\n}",
        "external_metric \"queue\" { value = 0 }",
        "external_metric \"queue\" { selector = { \"a b\" = \"c\" } }",
        "external_metric \"\" { value = 5 }",
    ],
    &[
        "",
        "behavior {\nscale_down { stabilization_window_seconds = 5 }\n}",
        "behavior {\nscale_up {\npolicy {\ntype = \"Pods\"\nvalue = 1\nperiod_seconds = 10\n}\n}\n}",
        "behavior {\nscale_up {\nselect_policy = \"Max\"\n}\n}",
        "behavior {\nscale_up {}\n}",
    ],
];

/// What a container has once.
const RESOURCES: &str = "resources {";

/// Lines without a block, which would stand twice.
fn without(block: &str, lines: &str) -> String {
    let Some((before, rest)) = lines.split_once(block) else { return lines.to_string() };
    let after = rest.split_once("\n}").map_or("", |(_, after)| after);
    format!("{before}{after}")
}

/// A configuration: a line for each place.
pub fn configuration(random: &mut Random) -> String {
    // Most places keep their first choice, so that a configuration has few mistakes, or none.
    let one_in = [3, 12, 24, 48][random.below(4)];
    let kind = ["Deployment", "Deployment", "StatefulSet", "DaemonSet"][random.below(4)];
    // A DaemonSet has no number of pods, and so nothing that scales it.
    let places = if kind == "DaemonSet" { &APP[1..] } else { APP };
    let mut stateful = String::new();
    if kind == "StatefulSet" {
        stateful = lines(random, one_in, STATEFUL);
    }
    let environment = lines(random, one_in, ENVIRONMENTS);
    let (own, more) = (lines(random, one_in, CONTAINER), lines(random, one_in, limits::CONTAINER));
    let own = if more.contains(RESOURCES) { without(RESOURCES, &own) } else { own };
    let container = [own, more].join("\n");
    let container: Vec<_> =
        container.lines().filter(|l| environment.is_empty() || !l.starts_with("env =")).collect();
    let mut out = format!(
        "app \"web\" {{\nkind = \"{kind}\"\n{stateful}\n{}\n{}\ncontainer \"web\" {{\n{environment}\n{}\n}}\n}}\nservice \"web\" {{\napp = app.web\n{}\n{}\n}}\nservice \"other\" {{\n{}\n}}\ningress \"web\" {{\n{}\n{}\nrule {{\n{}\n{}\n}}\n}}\n{}\n{}\n",
        lines(random, one_in, places),
        lines(random, one_in, limits::APP),
        container.join("\n"),
        lines(random, one_in, SERVICE),
        lines(random, one_in, limits::SERVICE),
        lines(random, one_in, OTHER_SERVICE),
        lines(random, one_in, &INGRESS[..1]),
        lines(random, one_in, &limits::INGRESS[..1]),
        lines(random, one_in, &INGRESS[1..]),
        lines(random, one_in, &limits::INGRESS[1..]),
        lines(random, one_in, VOLUMES),
        lines(random, one_in, limits::BESIDE),
    );
    if kind != "DaemonSet" {
        let scaling = [lines(random, one_in, AUTOSCALE), lines(random, one_in, limits::AUTOSCALE)].join("\n");
        out.push_str(&format!("autoscale \"web\" {{\ntarget = app.web\n{scaling}\n}}\n"));
    }
    out
}
