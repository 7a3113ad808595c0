//! The ports of an app's pods together: two that want one, and probes that name them.
//!
//! What a port is by itself stands in `port.rs`.

use std::collections::BTreeMap;

use plimsoll_model::{Address, Diagnostic, Report, Span};

use super::container::{Place, check_asked_port};
use super::pod::Pod;
use super::port::{PortTarget, Protocol};

impl Pod {
    /// Containers of a pod share its network: a port is taken once.
    pub(super) fn check_ports_taken(&self, report: &mut Report) {
        let mut seen: BTreeMap<(u16, Protocol), Span> = BTreeMap::new();
        let mut on_node: BTreeMap<(u16, Protocol, Option<&str>), Span> = BTreeMap::new();
        for (place, container) in self.containers() {
            for port in &container.port {
                let (Some(number), Some(protocol)) = (port.container_port.known(), port.protocol.known())
                else {
                    continue;
                };
                let at = port.container_port.span;
                if place != Place::Init
                    && let Some(first) = seen.insert((*number, *protocol), at)
                {
                    report.push(
                        Diagnostic::warning("port-taken", "two ports of a pod have one number")
                            .detail(format!(
                                "Containers of a pod share its network, so one program at most listens on {} {number}.",
                                protocol.text()
                            ))
                            .at(at, "the second one")
                            .related(first, "the first one"),
                    );
                }
                let Some(host) = &port.host_port else { continue };
                let Some(host_number) = host.known() else { continue };
                let address = port.host_ip.as_ref().and_then(|ip| ip.text());
                if let Some(first) = on_node.insert((*host_number, *protocol, address), host.span) {
                    report.push(
                        Diagnostic::error("duplicate-host-port", "port of the node is taken twice")
                            .detail(format!(
                                "A pod takes {} {host_number} of its node once, init containers included.",
                                protocol.text()
                            ))
                            .at(host.span, "the second one")
                            .related(first, "the first one"),
                    );
                }
                if let Some(network) = self.network.on_host()
                    && host_number != number
                {
                    report.push(
                        Diagnostic::error("host-port-differs", "port of the node is another one")
                            .detail(format!(
                                "On its node's network, what listens on {number} has the node's port {number}."
                            ))
                            .at(host.span, "")
                            .related(at, "the port of the container")
                            .related(network.span, "the network of the node")
                            .help(format!("host_port = {number}")),
                    );
                }
            }
        }
    }

    /// A probe or hook asks its own container: a port that it refers to is one of that.
    pub fn check_asked(&self, own: &Address, report: &mut Report) {
        for (_, container) in self.containers() {
            let probes = container.probes().flat_map(|(role, p)| p.ports().map(move |t| (role.block(), t)));
            let hooks = container.hooks().filter_map(|(name, h)| Some((name, &h.http_get.as_ref()?.port)));
            for (asking, target) in probes.chain(hooks) {
                let Some(PortTarget::Reference { app, name }) = target.known() else { continue };
                if app == own {
                    check_asked_port(container, asking, name, target.span, report);
                    continue;
                }
                report.push(
                    Diagnostic::error("port-of-other-app", "port belongs to another app")
                        .detail(format!(
                            "The {asking} asks container \"{}\" itself, and the port \"{name}\" is one of {app}.",
                            container.label
                        ))
                        .at(target.span, "")
                        .related(container.header, "the container")
                        .help(format!("port = \"{name}\"")),
                );
            }
        }
    }
}
