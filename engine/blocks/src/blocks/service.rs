//! `service`: a name and an address for an app's pods, as a Service.

use plimsoll_model::{Diagnostic, Gvk, Node, Report};

use super::alibaba::{self, Alibaba};
use super::app::App;
use super::meta::Meta;
use super::port;
use super::service_port::{ServicePort, check_duplicates, check_target, port_node};
use crate::compile::Objects;
use crate::declare::{Block, Keyword, Labeled, Nested, Tree, Val};
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
    /// The app whose pods answer.
    #[attr(manual)]
    pub app: Val<AppRef>,
    /// From where it can be reached.
    #[attr(manual, known, default = "ClusterIP")]
    pub r#type: Val<ServiceType>,
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

impl Service {
    /// The app that it leads to.
    pub fn target<'w>(&self, world: &'w World<'_>) -> Option<(&'w Item<'w>, &'w App)> {
        self.app.known().and_then(|r| world.app(&r.address))
    }

    /// Everything that can be judged offline.
    pub fn check(&self, item: &Item<'_>, world: &World<'_>, report: &mut Report) {
        self.meta.check(report);
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
        alibaba::check_annotations(self, report);
        let target = self.target(world);
        let ports = self.effective(target.map(|(_, app)| app));
        if let Some((app_item, app)) = target {
            if ports.is_empty() && self.r#type.known().is_some_and(|t| *t != ServiceType::Headless) {
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

    /// A time after which a client may move needs clients that stay.
    fn check_session(&self, report: &mut Report) {
        let Some(timeout) = &self.session_affinity_timeout_seconds else { return };
        let none = match &self.session_affinity {
            Some(affinity) if affinity.known() != Some(&SessionAffinity::None) => return,
            Some(affinity) => Some(affinity.span),
            None => None,
        };
        let found = Diagnostic::error("timeout-without-affinity", "clients do not stay with a pod")
            .detail("Only with `ClientIP` a client stays with one pod, and so for a time.")
            .at(timeout.span, "")
            .help("session_affinity = \"ClientIP\"");
        report.push(match none {
            Some(none) => found.related(none, ""),
            None => found,
        });
    }

    fn check_type(&self, report: &mut Report) {
        let Some(kind) = self.r#type.known() else { return };
        let inside = matches!(kind, ServiceType::ClusterIp | ServiceType::Headless);
        for node_port in self.port.iter().filter_map(|p| p.node_port.as_ref()) {
            if inside {
                report.push(
                    Diagnostic::error("node-port-inside", "service has no node port")
                        .detail(format!("A {} service is reached from inside only.", kind.text()))
                        .at(node_port.span, "")
                        .related(self.r#type.span, "the type")
                        .help("type = \"NodePort\""),
                );
            } else if node_port.known().is_some_and(|n| !(30000..=32767).contains(n)) {
                report.push(
                    Diagnostic::warning("node-port-range", "node port lies outside the usual range")
                        .detail("Clusters give out 30000 to 32767, unless they were told otherwise.")
                        .at(node_port.span, ""),
                );
            }
        }
        self.check_session(report);
        let balancer = *kind == ServiceType::LoadBalancer;
        let wanted = [
            (
                "allocate_load_balancer_node_ports",
                self.allocate_load_balancer_node_ports.as_ref().map(|v| v.span),
                balancer,
            ),
            ("load_balancer_class", self.load_balancer_class.as_ref().map(|v| v.span), balancer),
            (
                "load_balancer_source_ranges",
                self.load_balancer_source_ranges.as_ref().map(|v| v.span),
                balancer,
            ),
            ("external_traffic_policy", self.external_traffic_policy.as_ref().map(|v| v.span), !inside),
        ];
        for (name, span) in
            wanted.into_iter().filter_map(|(name, span, ok)| Some((name, span.filter(|_| !ok)?)))
        {
            report.push(
                Diagnostic::error("not-for-type", "setting does not exist for this type of service")
                    .detail(format!(
                        "`{name}` is about traffic from outside, which a {} service does not get.",
                        kind.text()
                    ))
                    .at(span, "")
                    .related(self.r#type.span, "the type")
                    .help("type = \"LoadBalancer\""),
            );
        }
        if let Some(alibaba) = &self.alibaba
            && *kind != ServiceType::LoadBalancer
        {
            report.push(
                Diagnostic::error("alibaba-without-load-balancer", "service has no load balancer")
                    .detail(format!(
                        "`alibaba` sets up a load balancer, which a {} service does not have.",
                        kind.text()
                    ))
                    .at(alibaba.header, "")
                    .related(self.r#type.span, "the type")
                    .help("type = \"LoadBalancer\""),
            );
        }
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
        spec.put("selector", target.map(|(item, app)| identity::selector(world, item, &app.selector)));
        spec.list("ports", self.effective(target.map(|(_, app)| app)).iter().map(port_node).collect());
        self.write("", &mut spec);
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
