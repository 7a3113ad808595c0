//! `network_policy`: which traffic reaches pods, and which they may send, as a NetworkPolicy.

use std::net::IpAddr;

use plimsoll_model::{Diagnostic, Export, Gvk, Node, Origin, Report, Span};

use super::meta::Meta;
use super::port::{PortTarget, Protocol};
use crate::compile::Objects;
use crate::declare::{Block, Keyword, Map, Nested, ToNode, Tree, Val};
use crate::handles::AppRef;
use crate::identity;
use crate::naming;
use crate::syntax::{self, is_port_name};
use crate::world::{Item, World};

/// Which traffic reaches the pods of an app, and which they may send; all else is kept away.
#[derive(Debug, Clone, Block)]
#[block(name = "network_policy", label = "name")]
pub struct NetworkPolicy {
    /// What every top-level block takes.
    #[flatten]
    pub meta: Meta,
    /// The app whose pods it is about; every pod of the namespace, where `selector` is left out too.
    #[attr(manual)]
    pub app: Option<Val<AppRef>>,
    /// Labels of the pods that it is about, instead of an app.
    #[attr(manual, known, keys = syntax::LABEL_KEY, syntax = syntax::LABEL_VALUE)]
    pub selector: Map<String>,
    /// The directions that it restricts; by default those that have rules, and `Ingress` where none has.
    #[attr(manual, known)]
    pub policy_types: Vec<Val<Direction>>,
    /// Traffic that reaches the pods.
    #[nested(manual)]
    pub ingress: Vec<Nested<IngressRule>>,
    /// Traffic that the pods may send.
    #[nested(manual)]
    pub egress: Vec<Nested<EgressRule>>,
}

/// A direction of traffic, as the pods see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum Direction {
    /// Towards the pods.
    Ingress,
    /// From the pods.
    Egress,
}

/// Traffic that reaches the pods.
#[derive(Debug, Clone, Block)]
#[block(name = "ingress_rule")]
pub struct IngressRule {
    /// Where it comes from; anywhere, where there is none.
    #[nested(manual)]
    pub from: Vec<Nested<Peer>>,
    /// Which ports it is for; any, where there is none.
    #[nested(manual)]
    pub port: Vec<Nested<PolicyPort>>,
}

/// Traffic that the pods may send.
#[derive(Debug, Clone, Block)]
#[block(name = "egress_rule")]
pub struct EgressRule {
    /// Where it goes; anywhere, where there is none.
    #[nested(manual)]
    pub to: Vec<Nested<Peer>>,
    /// Which ports it is for; any, where there is none.
    #[nested(manual)]
    pub port: Vec<Nested<PolicyPort>>,
}

/// The other end: an app, pods by their labels, or a network.
#[derive(Debug, Clone, Block)]
#[block(name = "peer")]
pub struct Peer {
    /// An app of the same namespace.
    #[attr(manual)]
    pub app: Option<Val<AppRef>>,
    /// Labels of the pods.
    #[attr(manual, known, keys = syntax::LABEL_KEY, syntax = syntax::LABEL_VALUE)]
    pub pods: Option<Val<Map<String>>>,
    /// Labels of their namespaces, `{}` for all of them; the same namespace where left out.
    #[attr(manual, known, keys = syntax::LABEL_KEY, syntax = syntax::LABEL_VALUE)]
    pub namespaces: Option<Val<Map<String>>>,
    /// A network.
    #[attr(manual, known, syntax = syntax::NETWORK)]
    pub cidr: Option<Val<String>>,
    /// Networks within `cidr` that are left out.
    #[attr(manual, known, syntax = syntax::NETWORK)]
    pub except: Vec<Val<String>>,
}

/// Ports of the pods that traffic goes to.
#[derive(Debug, Clone, Block)]
#[block(name = "policy_port")]
pub struct PolicyPort {
    /// The port: a reference, a name or a number; any, where it is left out.
    #[attr(manual, known)]
    pub port: Option<Val<PortTarget>>,
    /// The last port of a range that starts with `port`.
    #[attr(known)]
    pub end_port: Option<Val<u16>>,
    /// The transport protocol.
    #[attr(known, default = "TCP")]
    pub protocol: Val<Protocol>,
}

/// What expressions read from a network policy.
pub static EXPORTS: &[Export] =
    &[Export { name: "name", doc: "The name of its object.", eval: naming::exported }];

impl NetworkPolicy {
    /// Everything that can be judged offline.
    pub fn check(&self, item: &Item<'_>, world: &World<'_>, report: &mut Report) {
        self.meta.check(report);
        if let (Some(app), Some(first)) = (&self.app, self.selector.values().next()) {
            report.push(
                Diagnostic::error("two-selectors", "pods are selected twice")
                    .detail(format!("{} takes `app` or `selector`, not both.", item.block.address))
                    .at(first.span, "")
                    .related(app.span, ""),
            );
        }
        for rule in &self.ingress {
            rule.from.iter().for_each(|p| p.check(p.header, report));
            for port in &rule.port {
                port.check(port.header, report);
                if let Some(app) = self.app.as_ref().and_then(|a| a.known()) {
                    port.check_app(app, world, report);
                }
            }
        }
        for rule in &self.egress {
            rule.to.iter().for_each(|p| p.check(p.header, report));
            for port in &rule.port {
                port.check(port.header, report);
                if let [peer] = rule.to.as_slice()
                    && let Some(app) = &peer.app
                    && let Some(app) = app.known()
                {
                    port.check_app(app, world, report);
                }
            }
        }
        self.check_directions(report);
    }

    /// Rules of a direction that is not restricted mean nothing.
    fn check_directions(&self, report: &mut Report) {
        if self.policy_types.is_empty() {
            return;
        }
        let listed = |direction| self.policy_types.iter().any(|t| t.known().is_none_or(|t| *t == direction));
        let ingress = self.ingress.first().map(|r| (Direction::Ingress, r.header));
        let egress = self.egress.first().map(|r| (Direction::Egress, r.header));
        for (direction, header) in ingress.into_iter().chain(egress).filter(|(d, _)| !listed(*d)) {
            report.push(
                Diagnostic::error(
                    "direction-not-restricted",
                    "rule is of a direction that is not restricted",
                )
                .detail(format!(
                    "Without `{}` in `policy_types` all such traffic passes, whatever the rules say.",
                    direction.text()
                ))
                .at(header, "")
                .related(self.policy_types[0].span, "")
                .help("remove `policy_types`"),
            );
        }
    }

    fn directions(&self) -> Vec<Node> {
        if !self.policy_types.is_empty() {
            return self.policy_types.iter().filter_map(ToNode::to_node).collect();
        }
        let mut all = Vec::new();
        if !self.ingress.is_empty() || self.egress.is_empty() {
            all.push(Node::generated("Ingress"));
        }
        if !self.egress.is_empty() {
            all.push(Node::generated("Egress"));
        }
        all
    }

    /// The NetworkPolicy.
    pub fn compile(&self, item: &Item<'_>, world: &World<'_>, out: &mut Objects) {
        let gvk = Gvk::new("networking.k8s.io", "v1", "NetworkPolicy");
        let mut object = out.object(item, None, gvk, &item.name, &self.meta.labels, world);
        if !object.is_filled() {
            return out.push(object);
        }
        let mut selector = Tree::new();
        match self.app.as_ref().and_then(|a| a.known()).and_then(|a| world.app(&a.address)) {
            Some((app_item, app)) => {
                selector.put("matchLabels", identity::selector(world, app_item, &app.selector));
            }
            None if !self.selector.is_empty() => {
                selector.attr("matchLabels", &self.selector);
            }
            None => {}
        }
        let mut spec = Tree::new();
        spec.put("podSelector", selector.node());
        spec.list("policyTypes", self.directions());
        let rules = self.ingress.iter().map(|r| rule_node("from", &r.from, &r.port, r.header, world));
        spec.list("ingress", rules.collect());
        let rules = self.egress.iter().map(|r| rule_node("to", &r.to, &r.port, r.header, world));
        spec.list("egress", rules.collect());
        object.body.map("spec", spec);
        out.push(object);
    }
}

fn rule_node(
    key: &str,
    peers: &[Nested<Peer>],
    ports: &[Nested<PolicyPort>],
    header: Span,
    world: &World<'_>,
) -> Node {
    let mut tree = Tree::new();
    tree.list(key, peers.iter().map(|p| p.node(p.header, world)).collect());
    let ports = ports.iter().map(|port| {
        let mut tree = Tree::new();
        tree.attr("port", &port.port);
        port.block.write("", &mut tree);
        Node::Map(tree.into_entries(), Origin::at(port.header))
    });
    tree.list("ports", ports.collect());
    Node::Map(tree.into_entries(), Origin::at(header))
}

impl Peer {
    fn check(&self, header: Span, report: &mut Report) {
        let pods = [
            self.app.as_ref().map(|v| v.span),
            self.pods.as_ref().map(|v| v.span),
            self.namespaces.as_ref().map(|v| v.span),
        ];
        let first = pods.iter().flatten().next();
        match (&self.cidr, first) {
            (Some(cidr), Some(pods)) => report.push(
                Diagnostic::error("two-peers", "the other end is given twice")
                    .detail("The other end is pods or a network, not both; make two blocks of it.")
                    .at(cidr.span, "")
                    .related(*pods, ""),
            ),
            (None, None) => report.push(
                Diagnostic::error("no-peer", "the other end is missing")
                    .detail("The other end is `app`, `pods`, `namespaces` or `cidr`.")
                    .at(header, "")
                    .help("app = app.web"),
            ),
            _ => {}
        }
        if let (Some(app), Some(pods)) = (&self.app, &self.pods) {
            report.push(
                Diagnostic::error("two-peers", "the other end is given twice")
                    .detail("Pods are those of `app` or those with the labels of `pods`, not both.")
                    .at(pods.span, "")
                    .related(app.span, ""),
            );
        }
        for except in &self.except {
            let Some(cidr) = &self.cidr else {
                report.push(
                    Diagnostic::error("except-without-cidr", "nothing to leave a network out of")
                        .detail("`except` leaves networks out of `cidr`.")
                        .at(except.span, "")
                        .help("cidr = \"0.0.0.0/0\""),
                );
                return;
            };
            let (Some(outer), Some(inner)) = (cidr.text().and_then(network), except.text().and_then(network))
            else {
                continue;
            };
            if !contains(outer, inner) {
                report.push(
                    Diagnostic::error("except-outside", "network to leave out is not within the other one")
                        .detail(format!("{} is no smaller part of {}.", except.shown(), cidr.shown()))
                        .at(except.span, "")
                        .related(cidr.span, ""),
                );
            }
        }
    }

    fn node(&self, header: Span, world: &World<'_>) -> Node {
        let mut tree = Tree::new();
        if let Some(cidr) = &self.cidr {
            let mut block = Tree::new();
            block.attr("cidr", cidr);
            if !self.except.is_empty() {
                block.attr("except", &self.except);
            }
            tree.map("ipBlock", block);
        }
        let mut pods = Tree::new();
        if let Some((app_item, app)) =
            self.app.as_ref().and_then(|a| a.known()).and_then(|a| world.app(&a.address))
        {
            pods.put("matchLabels", identity::selector(world, app_item, &app.selector));
        }
        if let Some(labels) = self.pods.as_ref().and_then(|p| p.known()) {
            if !labels.is_empty() {
                pods.attr("matchLabels", labels);
            }
            tree.put("podSelector", pods.node());
        } else {
            tree.map("podSelector", pods);
        }
        if let Some(labels) = self.namespaces.as_ref().and_then(|n| n.known()) {
            let mut namespaces = Tree::new();
            if !labels.is_empty() {
                namespaces.attr("matchLabels", labels);
            }
            tree.put("namespaceSelector", namespaces.node());
        }
        Node::Map(tree.into_entries(), Origin::at(header))
    }
}

impl PolicyPort {
    fn check(&self, header: Span, report: &mut Report) {
        let port = self.port.as_ref();
        if let Some(name) = port.and_then(|p| p.known()).and_then(PortTarget::name)
            && let Some(port) = port
            && !is_port_name(name)
        {
            report.push(
                Diagnostic::error("bad-port-name", "port name is malformed")
                    .detail(format!("\"{name}\" is no port name: at most 15 lower-case letters, digits and single `-`, with a letter in it."))
                    .at(port.span, ""),
            );
        }
        let Some(end) = &self.end_port else { return };
        let why = match port.map(|p| p.known()) {
            None => "A range starts with `port`.".to_string(),
            Some(Some(PortTarget::Number(n))) if end.known().is_some_and(|e| e < n) => {
                format!("The range would start at {n}.")
            }
            Some(Some(PortTarget::Number(_)) | None) => return,
            Some(Some(_)) => "A range is of numbers, and `port` is a name.".to_string(),
        };
        report.push(
            Diagnostic::error("bad-port-range", "range of ports is malformed")
                .detail(why)
                .at(end.span, "")
                .related(port.map_or(header, |p| p.span), ""),
        );
    }

    /// The port is one of the app that traffic goes to.
    fn check_app(&self, app: &AppRef, world: &World<'_>, report: &mut Report) {
        let Some((at, target)) = self.port.as_ref().and_then(|p| Some((p, p.known()?))) else { return };
        let Some((item, declared)) = world.app(&app.address) else { return };
        let mut ports = declared.pod.ports();
        let (fits, what) = match target {
            PortTarget::Number(n) => {
                let range = *n..=self.end_port.as_ref().and_then(|e| e.known().copied()).unwrap_or(*n);
                let within = |p: Option<&u16>| p.is_none_or(|p| range.contains(p));
                (ports.any(|p| within(p.container_port.known())), n.to_string())
            }
            PortTarget::Reference { app: other, .. } if *other != app.address => {
                report.push(
                    Diagnostic::error("port-of-other-app", "port belongs to another app")
                        .detail(format!("The traffic goes to {}, this is a port of {other}.", app.address))
                        .at(at.span, "")
                        .related(item.block.header_span, "the app that it goes to"),
                );
                return;
            }
            PortTarget::Name(name) | PortTarget::Reference { name, .. } => {
                (ports.any(|p| p.label == *name), format!("\"{name}\""))
            }
        };
        if fits {
            return;
        }
        let found = match target {
            PortTarget::Number(_) => {
                Diagnostic::warning("undeclared-port", "no container declares this port")
                    .detail(format!("{} may listen there, but does not say so.", item.block.address))
            }
            _ => Diagnostic::error("unknown-port", "port does not exist")
                .detail(format!("{} has no port {what}.", item.block.address)),
        };
        report.push(found.at(at.span, "").related(item.block.header_span, "the app"));
    }
}

/// The bits of a network's address, from the left, and how many of them count.
fn network(text: &str) -> Option<(bool, u128, u32)> {
    let (address, length) = text.split_once('/')?;
    let length: u32 = length.parse().ok()?;
    Some(match address.parse().ok()? {
        IpAddr::V4(a) => (true, u128::from(u32::from(a)) << 96, length),
        IpAddr::V6(a) => (false, u128::from(a), length),
    })
}

/// Whether a network is a smaller part of another one.
fn contains(outer: (bool, u128, u32), inner: (bool, u128, u32)) -> bool {
    let mask = if outer.2 == 0 { 0 } else { u128::MAX << (128 - outer.2) };
    outer.0 == inner.0 && inner.2 > outer.2 && outer.1 & mask == inner.1 & mask
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::object;

    const TEXT: &str = include_str!("../../clean/network.hcl");

    #[test]
    fn traffic_of_an_app() {
        object(
            TEXT,
            "network_policy.web",
            expect![[r#"
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata:
              name: web
            spec:
              egress:
              - ports:
                - port: http
                  protocol: TCP
                to:
                - podSelector:
                    matchLabels:
                      plimsoll.dev/app: web
                      plimsoll.dev/project: shop
              - ports:
                - port: 53
                  protocol: UDP
                - endPort: 8999
                  port: 8000
                  protocol: TCP
              ingress:
              - from:
                - namespaceSelector:
                    matchLabels:
                      team: shop
                - ipBlock:
                    cidr: 10.0.0.0/8
                    except:
                    - 10.9.0.0/16
                ports:
                - port: http
                  protocol: TCP
              podSelector:
                matchLabels:
                  plimsoll.dev/app: web
                  plimsoll.dev/project: shop
              policyTypes:
              - Ingress
              - Egress
        "#]],
        );
    }

    #[test]
    fn nothing_reaches_any_pod() {
        object(
            TEXT,
            "network_policy.all",
            expect![[r#"
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata:
              name: all
            spec:
              podSelector: {}
              policyTypes:
              - Ingress
        "#]],
        );
    }
}
