//! What each type of service takes and needs: settings, pods behind it, addresses.
//!
//! Rules: `ValidateService` of `k8s.io/kubernetes/pkg/apis/core/validation`. Ports stand in `service_port.rs`.

use std::net::IpAddr;

use plimsoll_model::{Diagnostic, Report, Span};

use super::service::{IpFamily, IpFamilyPolicy, Service, ServiceType, SessionAffinity, TrafficPolicy};
use crate::declare::Val;
use crate::world::Item;

/// What a setting needs of the type of its service.
#[derive(Clone, Copy)]
enum Needs {
    /// Traffic from outside.
    Outside,
    /// A load balancer.
    Balancer,
    /// An address of its own.
    Address,
    /// Pods behind it.
    Pods,
    /// A name that it stands for.
    Name,
}

impl Needs {
    fn met_by(self, kind: ServiceType) -> bool {
        match self {
            Needs::Outside => matches!(kind, ServiceType::NodePort | ServiceType::LoadBalancer),
            Needs::Balancer => kind == ServiceType::LoadBalancer,
            Needs::Address => kind.has_address(),
            Needs::Pods => kind != ServiceType::ExternalName,
            Needs::Name => kind == ServiceType::ExternalName,
        }
    }

    /// What a service of the type lacks, as the rest of a sentence about the setting.
    fn unmet(self, kind: ServiceType) -> String {
        match self {
            Needs::Outside | Needs::Balancer => {
                format!("is about traffic from outside, which {} service does not get", one(kind))
            }
            Needs::Address => {
                format!("is about an address of its own, which {} service does not have", one(kind))
            }
            Needs::Pods => format!("is about pods, to which {} service does not lead", one(kind)),
            Needs::Name => format!("is another name to ask for, but {} service has addresses", one(kind)),
        }
    }

    /// The type to write instead; none where it would have to be another service.
    fn help(self) -> Option<&'static str> {
        match self {
            Needs::Outside | Needs::Balancer => Some("type = \"LoadBalancer\""),
            Needs::Address | Needs::Pods => None,
            Needs::Name => Some("type = \"ExternalName\""),
        }
    }
}

/// The type with its article.
fn one(kind: ServiceType) -> String {
    let article = if kind == ServiceType::ExternalName { "an" } else { "a" };
    format!("{article} {}", kind.text())
}

impl Service {
    /// Settings that do not fit every type, with where they stand and what they need.
    fn words(&self) -> [(&'static str, Option<Span>, Needs); 16] {
        fn at<T>(value: &Option<Val<T>>) -> Option<Span> {
            value.as_ref().map(|v| v.span)
        }
        [
            (
                "allocate_load_balancer_node_ports",
                at(&self.allocate_load_balancer_node_ports),
                Needs::Balancer,
            ),
            ("load_balancer_class", at(&self.load_balancer_class), Needs::Balancer),
            ("load_balancer_source_ranges", at(&self.load_balancer_source_ranges), Needs::Balancer),
            ("load_balancer_ip", at(&self.load_balancer_ip), Needs::Balancer),
            ("health_check_node_port", at(&self.health_check_node_port), Needs::Balancer),
            ("external_traffic_policy", at(&self.external_traffic_policy), Needs::Outside),
            ("cluster_ips", at(&self.cluster_ips), Needs::Address),
            ("app", at(&self.app), Needs::Pods),
            ("selector", at(&self.selector), Needs::Pods),
            ("session_affinity", at(&self.session_affinity), Needs::Pods),
            ("internal_traffic_policy", at(&self.internal_traffic_policy), Needs::Pods),
            ("publish_not_ready_addresses", at(&self.publish_not_ready_addresses), Needs::Pods),
            ("ip_families", at(&self.ip_families), Needs::Pods),
            ("ip_family_policy", at(&self.ip_family_policy), Needs::Pods),
            ("traffic_distribution", at(&self.traffic_distribution), Needs::Pods),
            ("external_name", at(&self.external_name), Needs::Name),
        ]
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

    /// What stands in it is for its type.
    pub(super) fn check_type(&self, report: &mut Report) {
        let Some(kind) = self.r#type.known() else { return };
        let inside = !Needs::Outside.met_by(*kind);
        for node_port in self.port.iter().filter_map(|p| p.node_port.as_ref()) {
            if inside {
                report.push(
                    Diagnostic::error("node-port-inside", "service has no node port")
                        .detail(match kind {
                            ServiceType::ExternalName => {
                                "An ExternalName service leads to no node.".to_string()
                            }
                            kind => format!("A {} service is reached from inside only.", kind.text()),
                        })
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
        for (name, span, needs) in self.words() {
            if let Some(span) = span.filter(|_| !needs.met_by(*kind)) {
                report.push(
                    Diagnostic::error("not-for-type", "setting does not exist for this type of service")
                        .detail(format!("`{name}` {}.", needs.unmet(*kind)))
                        .at(span, "")
                        .related(self.r#type.span, "the type")
                        .help(match needs.help() {
                            Some(help) => help.to_string(),
                            None => format!("remove `{name}`"),
                        }),
                );
            }
        }
        if let Some(alibaba) = &self.alibaba
            && *kind != ServiceType::LoadBalancer
        {
            report.push(
                Diagnostic::error("alibaba-without-load-balancer", "service has no load balancer")
                    .detail(format!(
                        "`alibaba` sets up a load balancer, which {} service does not have.",
                        one(*kind)
                    ))
                    .at(alibaba.header, "")
                    .related(self.r#type.span, "the type")
                    .help("type = \"LoadBalancer\""),
            );
        }
    }

    /// An alias has a name, any other service the pods that answer, and ports whose numbers are known.
    pub(super) fn check_pods(&self, item: &Item<'_>, report: &mut Report) {
        let missing = |what: String, help: &str| {
            Diagnostic::error("missing-attribute", "required attribute is missing").detail(what).help(help)
        };
        let Some(kind) = self.r#type.known() else { return };
        let address = &item.block.address;
        if *kind == ServiceType::ExternalName {
            if self.external_name.is_none() {
                report.push(
                    missing(
                        format!("{address} needs `external_name`, the name that it stands for."),
                        "external_name = \"db.example.com\"",
                    )
                    .at(item.block.header_span, "")
                    .related(self.r#type.span, "the type"),
                );
            }
        } else {
            match (&self.app, &self.selector) {
                (None, None) => report.push(
                    missing(format!("{address} needs `app`. The app whose pods answer."), "app = app.web")
                        .at(item.block.header_span, ""),
                ),
                (Some(app), Some(selector)) => report.push(
                    Diagnostic::error("two-selectors", "pods are selected twice")
                        .detail(format!("{address} takes an `app` or a `selector`, not both."))
                        .at(selector.span, "")
                        .related(app.span, "the app"),
                ),
                _ => {}
            }
        }
        if self.app.is_some() {
            return;
        }
        if self.selector.is_some() && kind.has_address() && self.port.is_empty() {
            report.push(
                Diagnostic::error("no-ports", "service has no ports")
                    .detail(format!("{address} names no port, and no app of the configuration has any."))
                    .at(item.block.header_span, "")
                    .help("port \"http\" { port = 80 }"),
            );
        }
        for port in self.port.iter().filter(|p| p.port.is_none()) {
            report.push(
                missing(
                    format!(
                        "Port \"{}\" of {address} needs `port`: there is no app to take it from.",
                        port.label
                    ),
                    "port = 80",
                )
                .at(port.header, ""),
            );
        }
    }

    /// One or two versions of IP, and addresses of just these.
    pub(super) fn check_addresses(&self, report: &mut Report) {
        if let Some(port) = &self.health_check_node_port
            && self.r#type.known() == Some(&ServiceType::LoadBalancer)
            && self
                .external_traffic_policy
                .as_ref()
                .is_none_or(|p| p.known() == Some(&TrafficPolicy::Cluster))
        {
            report.push(
                Diagnostic::error("health-check-without-local", "every node takes traffic")
                    .detail("Only with the policy `Local` a load balancer asks which nodes have pods.")
                    .at(port.span, "")
                    .help("external_traffic_policy = \"Local\""),
            );
        }
        let families = self.ip_families.as_ref().and_then(|f| Some((f.span, f.known()?)));
        let families =
            families.map(|(span, all)| (span, all.iter().filter_map(Val::known).copied().collect()));
        let addresses = self.cluster_ips.as_ref().and_then(|ips| Some((ips.span, ips.known()?)));
        let addresses = addresses.map(|(span, all)| (span, all.iter().filter_map(family).collect()));
        let two = [("ip_families", &families), ("cluster_ips", &addresses)];
        for (name, (span, all)) in two.iter().filter_map(|(n, f)| Some((n, f.as_ref()?))) {
            let all: &Vec<IpFamily> = all;
            let wrong = match all.as_slice() {
                [] => "is empty",
                [one, other] if one == other => "names one version of IP twice",
                [_, _, _, ..] => "has more than two",
                [_, _] if self.is_single() => "has two, but the service is `SingleStack`",
                _ => continue,
            };
            let help = match wrong.starts_with("has two") {
                true => "ip_family_policy = \"PreferDualStack\"".to_string(),
                false => format!("remove `{name}`: the cluster chooses"),
            };
            report.push(wrong_family(format!("`{name}` {wrong}."), *span).help(help));
        }
        if let (Some((at, families)), Some((span, addresses))) = (&families, &addresses)
            && !families.iter().zip(addresses).all(|(family, address)| family == address)
        {
            report.push(
                wrong_family(
                    "`cluster_ips` has addresses of other versions than `ip_families` says.".into(),
                    *span,
                )
                .related(*at, "the versions"),
            );
        }
    }

    fn is_single(&self) -> bool {
        let policy = self.ip_family_policy.as_ref();
        policy.is_none_or(|p| p.known() == Some(&IpFamilyPolicy::SingleStack))
    }
}

fn wrong_family(detail: String, at: Span) -> Diagnostic {
    Diagnostic::error("ip-families", "versions of IP do not fit").detail(detail).at(at, "")
}

fn family(address: &Val<String>) -> Option<IpFamily> {
    Some(match address.text()?.parse().ok()? {
        IpAddr::V4(_) => IpFamily::V4,
        IpAddr::V6(_) => IpFamily::V6,
    })
}
