//! `service`: a name and an address for an app's pods, as a Service.

use plimsoll_model::{Diagnostic, Gvk, Node, Report};

use super::alibaba::{self, Alibaba};
use super::app::App;
use super::meta::Meta;
use super::service_port::{ServicePort, check_duplicates, check_target, port_node};
use super::{annotations, port};
use crate::compile::Objects;
use crate::declare::{Block, Keyword, Labeled, Map, Nested, ToNode, Tree, Val};
use crate::handles::AppRef;
use crate::identity;
use crate::syntax::{self, is_dns_1035_label};
use crate::world::{Item, World};

pub use super::service_exports::EXPORTS;

/// A name and an address for an app's pods.
#[derive(Debug, Clone, Block)]
#[block(name = "service", label = "name")]
pub struct Service {
    /// What every top-level block takes.
    #[flatten]
    pub meta: Meta,
    /// The app whose pods answer; required unless there is a `selector`, or the type is `ExternalName`.
    #[attr(manual)]
    pub app: Option<Val<AppRef>>,
    /// The labels of the pods that answer, where no `app` of the configuration makes them.
    #[attr(manual, known, keys = syntax::LABEL_KEY, syntax = syntax::LABEL_VALUE)]
    pub selector: Option<Val<Map<String>>>,
    /// From where it can be reached.
    #[attr(manual, known, default = "ClusterIP")]
    pub r#type: Val<ServiceType>,
    /// The name that it stands for, for `ExternalName`: `db.example.com`.
    #[attr(syntax = syntax::EXTERNAL_NAME)]
    pub external_name: Option<Val<String>>,
    /// A port; by default all of the app's.
    #[nested(manual)]
    pub port: Vec<Labeled<ServicePort>>,
    /// Settings of Alibaba's load balancer.
    #[nested(manual)]
    pub alibaba: Option<Nested<Alibaba>>,
    /// Whether a client stays with one pod.
    pub session_affinity: Option<Val<SessionAffinity>>,
    /// Seconds after which a client may come to another pod, for `ClientIP`; 10800 where left out.
    #[attr(manual, range = 1..=86400)]
    pub session_affinity_timeout_seconds: Option<Val<u32>>,
    /// Whether a load balancer also gets a port of every node; it does where left out.
    #[attr(to = "allocateLoadBalancerNodePorts")]
    pub allocate_load_balancer_node_ports: Option<Val<bool>>,
    /// Whether traffic from outside stays on the node that it arrived at.
    pub external_traffic_policy: Option<Val<TrafficPolicy>>,
    /// Whether traffic from inside stays on its node.
    pub internal_traffic_policy: Option<Val<TrafficPolicy>>,
    /// The class of the load balancer; cannot change.
    #[attr(syntax = syntax::LABEL_KEY)]
    pub load_balancer_class: Option<Val<String>>,
    /// From which networks a load balancer takes traffic.
    #[attr(syntax = syntax::CIDR)]
    pub load_balancer_source_ranges: Option<Val<Vec<Val<String>>>>,
    /// Whether pods that are not ready are named too.
    pub publish_not_ready_addresses: Option<Val<bool>>,
    /// The versions of IP that its addresses have, the first one first; the cluster's own where left out.
    #[attr(known)]
    pub ip_families: Option<Val<Vec<Val<IpFamily>>>>,
    /// Whether it has addresses of one version of IP or of both; `SingleStack` where left out.
    #[attr(known)]
    pub ip_family_policy: Option<Val<IpFamilyPolicy>>,
    /// Its addresses in the cluster, one for each version of IP; assigned where left out, and cannot change.
    #[attr(manual, known, syntax = syntax::IP)]
    pub cluster_ips: Option<Val<Vec<Val<String>>>>,
    /// Further addresses under which nodes take its traffic; somebody must route them to the nodes.
    #[attr(to = "externalIPs", syntax = syntax::EXTERNAL_IP)]
    pub external_ips: Option<Val<Vec<Val<String>>>>,
    /// The address that a load balancer is asked to have; not every kind of balancer heeds it.
    #[attr(to = "loadBalancerIP", syntax = syntax::IP)]
    pub load_balancer_ip: Option<Val<String>>,
    /// The port by which a load balancer asks each node for pods, with `external_traffic_policy` `Local`; assigned where left out.
    pub health_check_node_port: Option<Val<u16>>,
    /// Which pods are preferred; none where left out.
    pub traffic_distribution: Option<Val<TrafficDistribution>>,
}

/// From where a service can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum ServiceType {
    /// From inside, by one address.
    #[keyword("ClusterIP")]
    ClusterIp,
    /// From outside too, by a port of every node.
    NodePort,
    /// From outside too, by a load balancer.
    LoadBalancer,
    /// From inside, by the addresses of the pods.
    Headless,
    /// Not at all: its name stands for another one, outside.
    ExternalName,
}

/// A version of IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum IpFamily {
    /// Version 4.
    #[keyword("IPv4")]
    V4,
    /// Version 6.
    #[keyword("IPv6")]
    V6,
}

/// Of how many versions of IP a service has addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum IpFamilyPolicy {
    /// One.
    SingleStack,
    /// Both where the cluster has them, else one.
    PreferDualStack,
    /// Both, or it is refused.
    RequireDualStack,
}

/// Which pods are preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum TrafficDistribution {
    /// Those of the client's zone; the older name of `PreferSameZone`.
    PreferClose,
    /// Those of the client's zone.
    PreferSameZone,
    /// Those of the client's node, then of its zone.
    PreferSameNode,
}

/// Whether a client stays with one pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum SessionAffinity {
    /// No.
    None,
    /// Yes, by its address.
    #[keyword("ClientIP")]
    ClientIp,
}

/// Where traffic may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum TrafficPolicy {
    /// To all pods.
    Cluster,
    /// To pods of the same node, keeping the client's address.
    Local,
}

impl ServiceType {
    /// Whether a service of the type has an address, and so ports.
    pub fn has_address(self) -> bool {
        !matches!(self, ServiceType::Headless | ServiceType::ExternalName)
    }
}

impl Service {
    /// The app that it leads to.
    pub fn target<'w>(&self, world: &'w World<'_>) -> Option<(&'w Item<'w>, &'w App)> {
        self.app.as_ref()?.known().and_then(|r| world.app(&r.address))
    }

    /// Everything that can be judged offline.
    pub fn check(&self, item: &Item<'_>, world: &World<'_>, report: &mut Report) {
        self.meta.check(report);
        annotations::check_of_services(&self.meta.annotations, report);
        if !is_dns_1035_label(&item.name) {
            report.push(
                Diagnostic::error("bad-name", "name is malformed")
                    .detail(format!(
                        "\"{}\" is no name of a service: at most 63 lower-case letters, digits and `-`, starting with a letter.",
                        item.name
                    ))
                    .at(item.name_span(), ""),
            );
        }
        self.check_type(report);
        self.check_pods(item, report);
        self.check_addresses(report);
        alibaba::check_annotations(self, report);
        let target = self.target(world);
        let ports = self.effective(target.map(|(_, app)| app));
        if let Some((app_item, app)) = target {
            if ports.is_empty() && self.r#type.known().is_some_and(|t| t.has_address()) {
                report.push(
                    Diagnostic::error("no-ports", "service has no ports")
                        .detail(format!(
                            "{} names no port, and {} has none.",
                            item.block.address, app_item.block.address
                        ))
                        .at(item.block.header_span, "")
                        .related(app_item.block.header_span, "the app")
                        .help("port \"http\" { container_port = 80 }"),
                );
            }
            for port in &self.port {
                check_target(port, app_item, app, report);
            }
        }
        for port in &self.port {
            port::check_name(port, report);
        }
        check_duplicates(&ports, report);
    }

    /// The Service.
    pub fn compile(&self, item: &Item<'_>, world: &World<'_>, out: &mut Objects) {
        let gvk = Gvk::new("", "v1", "Service");
        let mut object = out.object(item, None, gvk, &item.name, &self.meta.labels, world);
        if !object.is_filled() {
            return out.push(object);
        }
        if let Some(alibaba) = &self.alibaba {
            let mut annotations = Tree::new();
            alibaba.block.write("", &mut annotations);
            object.annotations(annotations);
        }
        let mut spec = Tree::new();
        let kind = self.r#type.known().copied().unwrap_or(ServiceType::ClusterIp);
        let origin = &self.r#type.origin;
        match kind {
            ServiceType::Headless => {
                spec.put("type", Node::leaf("ClusterIP", origin.clone()));
                spec.put("clusterIP", Node::leaf("None", origin.clone()));
            }
            kind => {
                spec.put("type", Node::leaf(kind.text(), origin.clone()));
            }
        }
        let target = self.target(world);
        match &self.selector {
            Some(selector) => spec.attr("selector", selector),
            None => {
                spec.put("selector", target.map(|(item, app)| identity::selector(world, item, &app.selector)))
            }
        };
        spec.list("ports", self.effective(target.map(|(_, app)| app)).iter().map(port_node).collect());
        self.write("", &mut spec);
        if let Some(addresses) = &self.cluster_ips {
            spec.put("clusterIP", addresses.known().and_then(|all| all.first()?.to_node()));
            spec.attr("clusterIPs", addresses);
        }
        let mut client = Tree::new();
        client.attr("timeoutSeconds", &self.session_affinity_timeout_seconds);
        let mut session = Tree::new();
        session.map("clientIP", client);
        spec.map("sessionAffinityConfig", session);
        object.body.map("spec", spec);
        out.push(object);
    }
}

#[cfg(test)]
mod tests;
