//! `port` of a service: declared or taken from the app, and what it can get wrong.

use std::collections::BTreeMap;

use plimsoll_model::{Address, Diagnostic, Node, Origin, Report, Span};

use super::app::App;
use super::port::{Port, PortTarget, Protocol};
use super::service::Service;
use crate::declare::{Block, Labeled, ToNode, Tree, Val};
use crate::world::{Item, World};

/// A port of a service.
#[derive(Debug, Clone, Block)]
#[block(name = "port", label = "name", label_key = "name")]
pub struct ServicePort {
    /// The number; by default that of the app's port of the same name.
    #[attr(manual, known)]
    pub port: Option<Val<u16>>,
    /// The app's port: a reference, a name or a number; by default that of the same name, else the same number.
    #[attr(manual, known)]
    pub target_port: Option<Val<PortTarget>>,
    /// The transport protocol; by default that of the app's port.
    #[attr(manual, known)]
    pub protocol: Option<Val<Protocol>>,
    /// The port of every node, for NodePort and LoadBalancer; assigned where left out.
    #[attr(manual, known)]
    pub node_port: Option<Val<u16>>,
    /// What is spoken: `http`, `https`, `kubernetes.io/h2c`, …; gives `url` its scheme.
    pub app_protocol: Option<Val<String>>,
}

/// A port of the Service as it will be: declared, or taken from the app.
pub struct Effective<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it is declared.
    pub header: Span,
    /// Where its name stands.
    pub label_span: Span,
    /// Its number.
    pub number: Option<Val<u16>>,
    target: Option<Node>,
    protocol: Val<Protocol>,
    declared: Option<&'a ServicePort>,
}

impl Service {
    /// The ports of the Service.
    pub fn effective<'a>(&'a self, app: Option<&'a App>) -> Vec<Effective<'a>> {
        let app_port = |name: &str| app.and_then(|a| a.pod.ports().find(|p| p.label == name));
        if self.port.is_empty() {
            let all = app.into_iter().flat_map(|a| a.pod.ports());
            return all
                .map(|p| Effective {
                    name: &p.label,
                    header: p.header,
                    label_span: p.label_span,
                    number: Some(p.container_port.clone()),
                    target: Some(Node::leaf(p.label.clone(), Origin::at(p.label_span))),
                    protocol: p.protocol.clone(),
                    declared: None,
                })
                .collect();
        }
        self.port
            .iter()
            .map(|p| {
                let target = p.target_port.as_ref().and_then(Val::known);
                let of_app = app_port(target.and_then(PortTarget::name).unwrap_or(&p.label));
                let number = p.port.clone().or_else(|| of_app.map(|a| a.container_port.clone()));
                let target = match &p.target_port {
                    Some(target) => target.to_node(),
                    None => match of_app {
                        Some(a) => Some(Node::leaf(a.label.clone(), Origin::at(p.label_span))),
                        None => number.to_node(),
                    },
                };
                let protocol = p.protocol.clone().or_else(|| of_app.map(|a| a.protocol.clone()));
                Effective {
                    name: &p.label,
                    header: p.header,
                    label_span: p.label_span,
                    number,
                    target,
                    protocol: protocol.unwrap_or_else(|| Val::generated(Protocol::Tcp, p.header)),
                    declared: Some(&p.block),
                }
            })
            .collect()
    }
}

/// The port as the API takes it.
pub fn port_node(port: &Effective<'_>) -> Node {
    let mut tree = Tree::new();
    tree.put("name", Node::leaf(port.name, Origin::at(port.label_span)));
    tree.attr("port", &port.number);
    tree.put("targetPort", port.target.clone());
    tree.attr("protocol", &port.protocol);
    if let Some(declared) = port.declared {
        tree.attr("nodePort", &declared.node_port);
        declared.write("", &mut tree);
    }
    Node::Map(tree.into_entries(), Origin::at(port.header))
}

/// The port of the app exists and speaks the same protocol.
pub fn check_target(port: &Labeled<ServicePort>, app_item: &Item<'_>, app: &App, report: &mut Report) {
    let names: Vec<_> = app.pod.ports().map(|p| p.label.as_str()).collect();
    let target = port.target_port.as_ref().and_then(|t| Some((t, t.known()?)));
    let found: Option<&Labeled<Port>> = match target {
        Some((at, PortTarget::Reference { app: other, .. })) if *other != app_item.block.address => {
            report.push(
                Diagnostic::error("port-of-other-app", "port belongs to another app")
                    .detail(format!(
                        "The service leads to {}, this is a port of {other}.",
                        app_item.block.address
                    ))
                    .at(at.span, "")
                    .related(app_item.block.header_span, "the app that it leads to"),
            );
            return;
        }
        Some((_, PortTarget::Number(n))) => app.pod.ports().find(|p| p.container_port.known() == Some(n)),
        Some((_, target)) => app.pod.ports().find(|p| Some(p.label.as_str()) == target.name()),
        None => match app.pod.ports().find(|p| p.label == port.label) {
            Some(same) => Some(same),
            None => {
                let number = port.port.as_ref().and_then(|p| p.known());
                app.pod.ports().find(|p| number.is_some() && p.container_port.known() == number)
            }
        },
    };
    let at = port
        .target_port
        .as_ref()
        .map(|t| t.span)
        .or(port.port.as_ref().map(|p| p.span))
        .unwrap_or(port.header);
    let Some(of_app) = found else {
        let undeclared =
            matches!(target, Some((_, PortTarget::Number(_)))) || (target.is_none() && port.port.is_some());
        if undeclared {
            report.push(
                Diagnostic::warning("undeclared-port", "no container declares this port")
                    .detail(format!("{} may listen there, but does not say so.", app_item.block.address))
                    .at(at, "")
                    .related(app_item.block.header_span, "the app")
                    .help(format!("port \"{}\" {{ container_port = … }}", port.label)),
            );
            return;
        }
        if port.target_port.as_ref().is_some_and(Val::is_poison) {
            return;
        }
        let name = target.and_then(|(_, t)| t.name()).unwrap_or(&port.label);
        let missing = Diagnostic::error("unknown-port", "port does not exist")
            .detail(format!("{} has no port \"{name}\".", app_item.block.address))
            .at(at, "")
            .related(app_item.block.header_span, "the app");
        report.push(match crate::declare::nearest(name, names.iter().copied()) {
            Some(near) => missing.help(format!("did you mean \"{near}\"?")),
            None if names.is_empty() => missing.help(format!("port \"{name}\" {{ container_port = 80 }}")),
            None => missing.help(format!("it has \"{}\"", names.join("\", \""))),
        });
        return;
    };
    if let (Some(protocol), Some(other)) = (port.protocol.as_ref(), of_app.protocol.known())
        && protocol.known().is_some_and(|p| p != other)
    {
        report.push(
            Diagnostic::error("protocol-mismatch", "protocols differ")
                .detail(format!(
                    "Port \"{}\" of {} speaks {}.",
                    of_app.label,
                    app_item.block.address,
                    other.text()
                ))
                .at(protocol.span, "")
                .related(of_app.header, "the app's port")
                .help(format!("protocol = \"{}\"", other.text())),
        );
    }
}

/// Names and numbers stand once.
pub fn check_duplicates(ports: &[Effective<'_>], report: &mut Report) {
    for (i, port) in ports.iter().enumerate() {
        let number = port.number.as_ref().and_then(|n| n.known());
        let same = |other: &&Effective<'_>| {
            other.name == port.name
                || (number.is_some()
                    && other.number.as_ref().and_then(|n| n.known()) == number
                    && other.protocol.known() == port.protocol.known())
        };
        if let Some(first) = ports[..i].iter().find(same) {
            report.push(
                Diagnostic::error("duplicate-service-port", "service port stands twice")
                    .detail("Names are unique in a service, and so are numbers for one protocol.")
                    .at(port.header, "the second one")
                    .related(first.header, "the first one"),
            );
        }
    }
}

/// Node ports that two services of the configuration want.
pub fn check_node_ports(world: &World<'_>, report: &mut Report) {
    let mut seen: BTreeMap<(u16, Protocol), (Span, &Address)> = BTreeMap::new();
    for (item, service) in world.services() {
        let app = service.target(world).map(|(_, app)| app);
        for port in service.effective(app) {
            let Some(node_port) = port.declared.and_then(|d| d.node_port.as_ref()) else { continue };
            let (Some(number), Some(protocol)) = (node_port.known(), port.protocol.known()) else { continue };
            if let Some((first, other)) = seen.get(&(*number, *protocol)) {
                report.push(
                    Diagnostic::error("duplicate-node-port", "node port is taken twice")
                        .detail(format!(
                            "{other} and {} both want port {number} of every node.",
                            item.block.address
                        ))
                        .at(node_port.span, "")
                        .related(*first, "the first one"),
                );
            } else {
                seen.insert((*number, *protocol), (node_port.span, &item.block.address));
            }
        }
    }
}
