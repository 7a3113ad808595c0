//! `service`: a name and an address for an app's pods, as a Service.

use std::collections::BTreeMap;

use plimsoll_model::value::Data;
use plimsoll_model::{
    Address, BlockScope, Diagnostic, Export, Gvk, Handle, Node, Origin, Report, Span, Type, Value,
};

use super::app::App;
use super::meta::Meta;
use super::port::{self, Port, PortTarget, Protocol};
use crate::compile::Objects;
use crate::declare::{Block, Keyword, Labeled, Nested, ToNode, Tree, Val};
use crate::handles::{APP_PORT, AppRef, SERVICE_PORT, handle};
use crate::identity;
use crate::naming;
use crate::syntax::is_dns_1035_label;
use crate::world::{Item, World};

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
    /// Whether traffic from outside stays on the node that it arrived at.
    pub external_traffic_policy: Option<Val<TrafficPolicy>>,
    /// Whether traffic from inside stays on its node.
    pub internal_traffic_policy: Option<Val<TrafficPolicy>>,
    /// The class of the load balancer; cannot change.
    pub load_balancer_class: Option<Val<String>>,
    /// From which networks a load balancer takes traffic.
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

/// Settings of Alibaba's load balancer, as annotations.
#[derive(Debug, Clone, Block)]
#[block(name = "alibaba")]
pub struct Alibaba {
    /// Whether its address is public.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type")]
    pub address_type: Option<Val<AddressType>>,
    /// The id of an instance that exists already.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-id")]
    pub id: Option<Val<String>>,
    /// Whether listeners of an existing instance are replaced.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-force-override-listeners")]
    pub force_override_listeners: Option<Val<String>>,
    /// The instance's name.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-name")]
    pub name: Option<Val<String>>,
    /// The instance's size: `slb.s1.small`.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-spec")]
    pub spec: Option<Val<String>>,
    /// How the instance is paid: `PayBySpec` or `PayByCLCU`.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-instance-charge-type")]
    pub instance_charge_type: Option<Val<String>>,
    /// How traffic is paid: `paybytraffic` or `paybybandwidth`.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-charge-type")]
    pub charge_type: Option<Val<String>>,
    /// The bandwidth in Mbit/s.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-bandwidth")]
    pub bandwidth: Option<Val<String>>,
    /// The switch of an intranet instance.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-vswitch-id")]
    pub vswitch_id: Option<Val<String>>,
    /// Listeners by port: `https:443,http:80`.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-protocol-port")]
    pub protocol_port: Option<Val<String>>,
    /// The id of the certificate of HTTPS listeners.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-cert-id")]
    pub cert_id: Option<Val<String>>,
    /// The id of the access list.
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-acl-id")]
    pub acl_id: Option<Val<String>>,
    /// How pods are picked: `wrr`, `rr`, …
    #[attr(to = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-scheduler")]
    pub scheduler: Option<Val<String>>,
}

/// Whether a load balancer's address is public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum AddressType {
    /// Public.
    #[keyword("internet")]
    Internet,
    /// Inside the network.
    #[keyword("intranet")]
    Intranet,
}

const ALIBABA: &str = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-";
const ALIBABA_OLD: &str = "service.beta.kubernetes.io/alicloud-loadbalancer-";

/// What expressions read from a service.
pub static EXPORTS: &[Export] = &[
    Export { name: "name", doc: "The name of its object.", eval: naming::exported },
    Export { name: "host", doc: "The name under which it is reached in the cluster.", eval: host },
    Export {
        name: "ports",
        doc: "Its ports by name: `service.api.ports.http.url`, `.port`, `.host`, `.node_port`.",
        eval: ports,
    },
    Export { name: "cluster_ip", doc: "Its address in the cluster; known after apply.", eval: cluster_ip },
    Export {
        name: "load_balancer_address",
        doc: "The address or name of its load balancer; known after apply.",
        eval: load_balancer_address,
    },
];

fn host(scope: &mut dyn BlockScope) -> Value {
    let namespace = scope.namespace();
    let name = naming::exported(scope);
    match name.as_str() {
        Some(text) => Value::string(format!("{text}.{namespace}.svc")).sensitive_if(name.sensitive),
        None => name,
    }
}

fn cluster_ip(scope: &mut dyn BlockScope) -> Value {
    fact(scope, "spec.clusterIP", "cluster_ip", Type::String)
}

fn load_balancer_address(scope: &mut dyn BlockScope) -> Value {
    let ingress = "status.loadBalancer.ingress[0]";
    scope
        .fact(None, &format!("{ingress}.hostname"))
        .unwrap_or_else(|| fact(scope, &format!("{ingress}.ip"), "load_balancer_address", Type::String))
}

fn fact(scope: &dyn BlockScope, path: &str, what: &str, ty: Type) -> Value {
    scope.fact(None, path).unwrap_or_else(|| Value::unknown(ty, format!("{}.{what}", scope.address())))
}

fn ports(scope: &mut dyn BlockScope) -> Value {
    let own = scope.nested(&["port"]);
    let from_app = app_ports(scope);
    if from_app.is_poison() && own.is_empty() {
        return from_app;
    }
    let app_port = |name: &str| match from_app.as_entries().and_then(|e| e.get(name)).map(|v| &v.data) {
        Some(Data::Handle(h)) if h.kind == APP_PORT => h.scalar.clone(),
        _ => None,
    };
    let mut all = BTreeMap::new();
    if own.is_empty() {
        for name in from_app.as_entries().into_iter().flat_map(|e| e.keys()) {
            let number = app_port(name).unwrap_or_else(Value::poison);
            all.insert(name.clone(), port_handle(scope, name, number, None, None));
        }
        return Value::object(all);
    }
    for block in &own {
        let Some(label) = block.labels.first() else { continue };
        let number = block.body.value("port").filter(|v| !v.is_null()).cloned();
        let number = number.or_else(|| app_port(&label.text)).unwrap_or_else(Value::poison);
        let protocol = block.body.value("app_protocol").and_then(Value::as_str).map(str::to_string);
        let node_port = block.body.value("node_port").filter(|v| !v.is_null()).cloned();
        all.insert(label.text.clone(), port_handle(scope, &label.text, number, protocol, node_port));
    }
    Value::object(all)
}

fn app_ports(scope: &mut dyn BlockScope) -> Value {
    let span = scope.header_span();
    match scope.attr("app").map(|v| (v.origin.span(), v.data)) {
        Some((at, Data::Handle(h))) if h.kind == "app" => match &h.address {
            Some(address) => scope.export_of(address, "ports", at.unwrap_or(span)),
            None => Value::poison(),
        },
        _ => Value::poison(),
    }
}

fn port_handle(
    scope: &mut dyn BlockScope,
    name: &str,
    number: Value,
    protocol: Option<String>,
    node_port: Option<Value>,
) -> Value {
    let host = host(scope);
    let address = scope.address().clone();
    let node_port = node_port.unwrap_or_else(|| {
        fact(
            scope,
            &format!("spec.ports[name={name}].nodePort"),
            &format!("ports.{name}.node_port"),
            Type::Number,
        )
    });
    let mut attrs = vec![
        ("name", Value::string(name)),
        ("port", number.clone()),
        ("number", number.clone()),
        ("node_port", node_port),
        ("host", host.clone()),
    ];
    attrs.extend(url(name, protocol.as_deref(), &host, &number).map(|url| ("url", url)));
    handle(SERVICE_PORT, Some(address), attrs, Some(number))
}

/// The address of a port as a URL, where its scheme is known.
fn url(name: &str, protocol: Option<&str>, host: &Value, number: &Value) -> Option<Value> {
    let scheme = [protocol, Some(name)].into_iter().flatten().find_map(|text| match text {
        "http" | "kubernetes.io/h2c" | "kubernetes.io/ws" => Some("http"),
        "https" | "kubernetes.io/wss" => Some("https"),
        _ => None,
    })?;
    match (host.as_str(), &number.data) {
        (_, Data::Poison) | (None, _) => Some(Value::poison()),
        (Some(host), Data::Number(n)) => Some(Value::string(format!("{scheme}://{host}:{n}"))),
        (Some(host), Data::String(n)) => Some(Value::string(format!("{scheme}://{host}:{n}"))),
        (Some(host), Data::Handle(h)) => {
            let n = h.scalar.as_ref()?.as_number()?;
            Some(Value::string(format!("{scheme}://{host}:{n}")))
        }
        _ => None,
    }
}

/// The number that a handle of a service port stands for.
pub fn handle_number(handle: &Handle) -> Option<i64> {
    handle.attrs.get("number").and_then(|v| v.as_number()?.as_i64())
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
        self.check_annotations(report);
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

    fn check_annotations(&self, report: &mut Report) {
        let balanced = self.r#type.known().is_none_or(|t| *t == ServiceType::LoadBalancer);
        let mut set = Tree::new();
        if let Some(alibaba) = &self.alibaba {
            alibaba.block.write("", &mut set);
        }
        for (key, value) in &self.meta.annotations {
            if let Some(rest) = key.strip_prefix(ALIBABA_OLD) {
                report.push(
                    Diagnostic::warning("old-annotation", "annotation has an old name")
                        .detail(format!("`{key}` still works; its name is now `{ALIBABA}{rest}`."))
                        .at(value.span, "")
                        .help(format!("\"{ALIBABA}{rest}\" = {}", value.shown())),
                );
            }
            if (key.starts_with(ALIBABA) || key.starts_with(ALIBABA_OLD)) && !balanced {
                report.push(
                    Diagnostic::warning("annotation-without-load-balancer", "annotation has no effect")
                        .detail("It sets up a load balancer, which this service does not have.")
                        .at(value.span, "")
                        .related(self.r#type.span, "the type")
                        .help("type = \"LoadBalancer\""),
                );
            }
            if set.keys().any(|k| k == key)
                && let Some(alibaba) = &self.alibaba
            {
                report.push(
                    Diagnostic::error("duplicate-annotation", "annotation is set twice")
                        .detail(format!("`{key}` is what the `alibaba` block sets."))
                        .at(value.span, "")
                        .related(alibaba.header, ""),
                );
            }
        }
    }

    /// The Service.
    pub fn compile(&self, item: &Item<'_>, world: &World<'_>, out: &mut Objects) {
        let gvk = Gvk::new("", "v1", "Service");
        let mut object = out.object(item, None, gvk, &item.name, &self.meta.labels, world);
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
        object.body.map("spec", spec);
        out.push(object);
    }
}

fn port_node(port: &Effective<'_>) -> Node {
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
fn check_target(port: &Labeled<ServicePort>, app_item: &Item<'_>, app: &App, report: &mut Report) {
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
fn check_duplicates(ports: &[Effective<'_>], report: &mut Report) {
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

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check, object};

    #[test]
    fn ports_exist_and_stand_once() {
        let services = r#"
service "a" {
  app = app.web
  port "http" {
    port        = 80
    target_port = "htp"
    protocol    = "UDP"
    node_port   = 30000
  }
  port "other" {
    port        = 80
    target_port = app.api.ports.grpc
  }
  port "plain" {}
  port "num" {
    port        = 80
    target_port = 81
  }
}
service "b" {
  app  = "web"
  name = "0-b"
}
service "c" { app = app.none }
"#;
        let api = "app \"api\" {\ncontainer \"c\" {\nimage = \"c:1\"\nport \"grpc\" { container_port = 9000 }\n}\n}\napp \"none\" {\ncontainer \"c\" { image = \"c:1\" }\n}";
        check(
            &format!("{}{api}{services}", app("", "")),
            expect![[r#"
            error[unknown-port]: port does not exist
              app.web has no port "htp".
              t.hcl:22: "htp"
              t.hcl:1: app "web"   the app
              help: did you mean "http"?
            error[node-port-inside]: service has no node port
              A ClusterIP service is reached from inside only.
              t.hcl:24: 30000
              t.hcl:18: service "a"   the type
              help: type = "NodePort"
            error[port-of-other-app]: port belongs to another app
              The service leads to app.web, this is a port of app.api.
              t.hcl:28: app.api.ports.grpc
              t.hcl:1: app "web"   the app that it leads to
            error[unknown-port]: port does not exist
              app.web has no port "plain".
              t.hcl:30: port "plain"
              t.hcl:1: app "web"   the app
              help: it has "http"
            error[duplicate-service-port]: service port stands twice
              Names are unique in a service, and so are numbers for one protocol.
              t.hcl:31: port "num"   the second one
              t.hcl:26: port "other"   the first one
            error[wrong-type]: wrong type
              `app` of service.b takes a reference to an app, but this is a string.
              t.hcl:37: "web"
              help: name the block by a reference: app = app.web
            error[bad-name]: name is malformed
              "0-b" is no name of a service: at most 63 lower-case letters, digits and `-`, starting with a letter.
              t.hcl:38: "0-b"
            error[no-ports]: service has no ports
              service.c names no port, and app.none has none.
              t.hcl:40: service "c"
              t.hcl:15: app "none"   the app
              help: port "http" { container_port = 80 }
            warning[undeclared-port]: no container declares this port
              app.web may listen there, but does not say so.
              t.hcl:33: 81
              t.hcl:1: app "web"   the app
              help: port "num" { container_port = … }
        "#]],
        );
    }

    #[test]
    fn node_ports_and_protocols() {
        let services = r#"
service "a" {
  app  = app.web
  type = "NodePort"
  port "http" {
    node_port = 30080
    protocol  = "UDP"
  }
}
service "b" {
  app  = app.web
  type = "LoadBalancer"
  port "http" {
    node_port = 30080
    protocol  = "UDP"
  }
  port "low" {
    port        = 81
    target_port = "http"
    node_port   = 80
  }
}
"#;
        check(
            &format!("{}{services}", app("", "")),
            expect![[r#"
            error[protocol-mismatch]: protocols differ
              Port "http" of app.web speaks TCP.
              t.hcl:15: "UDP"
              t.hcl:5: port "http"   the app's port
              help: protocol = "TCP"
            error[duplicate-node-port]: node port is taken twice
              service.a and service.b both want port 30080 of every node.
              t.hcl:22: 30080
              t.hcl:14: 30080   the first one
            error[protocol-mismatch]: protocols differ
              Port "http" of app.web speaks TCP.
              t.hcl:23: "UDP"
              t.hcl:5: port "http"   the app's port
              help: protocol = "TCP"
            warning[node-port-range]: node port lies outside the usual range
              Clusters give out 30000 to 32767, unless they were told otherwise.
              t.hcl:28: 80
        "#]],
        );
    }

    #[test]
    fn annotations_of_the_load_balancer() {
        let services = r#"
service "a" {
  app = app.web
  annotations = {
    "service.beta.kubernetes.io/alicloud-loadbalancer-address-type" = "intranet"
  }
  alibaba { address_type = "intranet" }
}
"#;
        check(
            &format!("{}{services}", app("", "")),
            expect![[r#"
            error[alibaba-without-load-balancer]: service has no load balancer
              `alibaba` sets up a load balancer, which a ClusterIP service does not have.
              t.hcl:15: alibaba
              t.hcl:10: service "a"   the type
              help: type = "LoadBalancer"
            warning[old-annotation]: annotation has an old name
              `service.beta.kubernetes.io/alicloud-loadbalancer-address-type` still works; its name is now `service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type`.
              t.hcl:13: "intranet"
              help: "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type" = "intranet"
            warning[annotation-without-load-balancer]: annotation has no effect
              It sets up a load balancer, which this service does not have.
              t.hcl:13: "intranet"
              t.hcl:10: service "a"   the type
              help: type = "LoadBalancer"
        "#]],
        );
    }

    #[test]
    fn a_load_balancer_and_a_headless_service() {
        let services = r#"
service "a" {
  app                     = app.web
  type                    = "LoadBalancer"
  external_traffic_policy = "Local"
  port "https" {
    port         = 443
    target_port  = app.web.ports.http
    app_protocol = "https"
    node_port    = 30443
  }
  alibaba {
    address_type = "intranet"
    bandwidth    = 10
  }
}
service "h" {
  app  = app.web
  type = "Headless"
}
"#;
        let text = format!("{}{services}", app("", ""));
        object(
            &text,
            "service.a",
            expect![[r#"
            apiVersion: v1
            kind: Service
            metadata:
              name: a-svc
            spec:
              externalTrafficPolicy: Local
              ports:
              - appProtocol: https
                name: https
                nodePort: 30443
                port: 443
                protocol: TCP
                targetPort: http
              selector:
                plimsoll.dev/app: web
                plimsoll.dev/project: shop
              type: LoadBalancer
        "#]],
        );
        object(
            &text,
            "service.h",
            expect![[r#"
            apiVersion: v1
            kind: Service
            metadata:
              name: h-svc
            spec:
              clusterIP: None
              ports:
              - name: http
                port: 80
                protocol: TCP
                targetPort: http
              selector:
                plimsoll.dev/app: web
                plimsoll.dev/project: shop
              type: ClusterIP
        "#]],
        );
    }

    #[test]
    fn what_expressions_read() {
        let text = format!(
            "{}\nservice \"s\" {{ app = app.web }}\nservice \"t\" {{\napp = app.web\nport \"admin\" {{\nport = 8443\ntarget_port = \"http\"\napp_protocol = \"https\"\n}}\n}}",
            app(
                "env = { A = service.s.host, B = service.s.ports.http.url, C = service.t.ports.admin.url, D = service.s.ports.http, E = service.s.name, F = service.t.ports.admin.node_port }",
                ""
            )
        );
        object(
            &text,
            "app.web",
            expect![[r#"
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
            spec:
              selector:
                matchLabels:
                  plimsoll.dev/app: web
                  plimsoll.dev/project: shop
              template:
                metadata:
                  labels:
                    app.kubernetes.io/managed-by: plimsoll
                    app.kubernetes.io/name: web
                    app.kubernetes.io/part-of: shop
                    plimsoll.dev/app: web
                    plimsoll.dev/environment: test
                    plimsoll.dev/project: shop
                spec:
                  containers:
                  - env:
                    - name: A
                      value: s-svc.shop.svc
                    - name: B
                      value: http://s-svc.shop.svc:80
                    - name: C
                      value: https://t-svc.shop.svc:8443
                    - name: D
                      value: "80"
                    - name: E
                      value: s-svc
                    - name: F
                      value: null
                    image: web:1
                    name: web
                    ports:
                    - containerPort: 80
                      name: http
                      protocol: TCP
        "#]],
        );
    }
}
