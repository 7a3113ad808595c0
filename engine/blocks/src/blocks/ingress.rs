//! `ingress`: from a host and a path to a service, as an Ingress.
//!
//! With a `gateway` it becomes routes instead: `route` has what is different then.

use std::collections::BTreeMap;

use plimsoll_model::{BlockScope, Diagnostic, Export, Gvk, Node, Origin, Report, Span, Type, Value};

use super::annotations;
use super::meta::Meta;
use super::route;
use super::service_exports::handle_number;
use crate::compile::Objects;
use crate::declare::{Block, Keyword, Labeled, Nested, Tree, Val};
use crate::handles::{SecretRef, ServicePortRef, text};
use crate::naming;
use crate::syntax::{self, is_host};
use crate::world::{Item, World};

/// From a host and a path to a service.
#[derive(Debug, Clone, Block)]
#[block(name = "ingress", label = "name")]
pub struct Ingress {
    /// What every top-level block takes.
    #[flatten]
    pub meta: Meta,
    /// The ingress class; by default the cluster's.
    #[attr(to = "ingressClassName", syntax = syntax::DNS_NAME)]
    pub class: Option<Val<String>>,
    /// The gateway that takes the requests, as `namespace/name`: the block then becomes an HTTPRoute of the
    /// Gateway API, one for each host, instead of an Ingress. In place of `class`, and without `tls`.
    #[attr(manual, known)]
    pub gateway: Option<Val<String>>,
    /// Where requests go that no rule takes.
    #[attr(manual)]
    pub default_backend: Option<Val<ServicePortRef>>,
    /// What happens to the requests of one host.
    #[nested(manual)]
    pub rule: Vec<Nested<Rule>>,
    /// Which hosts are served over TLS.
    #[nested(manual)]
    pub tls: Vec<Nested<Tls>>,
}

/// What happens to the requests of one host.
#[derive(Debug, Clone, Block)]
#[block(name = "rule")]
pub struct Rule {
    /// The host; its first part may be `*`. Every host where it is left out.
    #[attr(manual)]
    pub host: Option<Val<String>>,
    /// What happens to the requests of one path.
    #[nested(manual, min = 1)]
    pub path: Vec<Labeled<IngressPath>>,
}

/// What happens to the requests of one path.
#[derive(Debug, Clone, Block)]
#[block(name = "path", label = "path")]
pub struct IngressPath {
    /// The service's port: `service.web.ports.http`.
    #[attr(manual)]
    pub backend: Val<ServicePortRef>,
    /// How the path is compared.
    #[attr(manual, known, default = "Prefix")]
    pub r#type: Val<PathType>,
}

/// How a path is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Keyword)]
pub enum PathType {
    /// By its first elements.
    Prefix,
    /// As a whole.
    Exact,
    /// As the ingress class does.
    ImplementationSpecific,
}

/// Which hosts are served over TLS.
#[derive(Debug, Clone, Block)]
#[block(name = "tls")]
pub struct Tls {
    /// The hosts; by default all of the ingress.
    #[attr(manual)]
    pub hosts: Option<Val<Vec<Val<String>>>>,
    /// The secret with `tls.crt` and `tls.key`; by default the ingress class's own.
    #[attr(manual)]
    pub secret: Option<Val<SecretRef>>,
}

/// What expressions read from an ingress.
pub static EXPORTS: &[Export] = &[
    Export { name: "name", doc: "The name of its object.", eval: naming::exported },
    Export { name: "host", doc: "The host of its first rule.", eval: host },
    Export {
        name: "address",
        doc: "The address under which it is served; known after apply, and null with a `gateway`, which has it.",
        eval: address,
    },
];

fn host(scope: &mut dyn BlockScope) -> Value {
    let rules = scope.nested(&["rule"]);
    rules.iter().find_map(|r| r.body.value("host").cloned()).unwrap_or_else(Value::null)
}

fn address(scope: &mut dyn BlockScope) -> Value {
    if scope.attr("gateway").is_some_and(|gateway| !gateway.is_null()) {
        return Value::null();
    }
    let ingress = "status.loadBalancer.ingress[0]";
    let known = scope
        .fact(None, &format!("{ingress}.hostname"))
        .or_else(|| scope.fact(None, &format!("{ingress}.ip")));
    known.unwrap_or_else(|| Value::unknown(Type::String, format!("{}.address", scope.address())))
}

impl Ingress {
    /// The service ports that it leads to.
    fn backends(&self) -> impl Iterator<Item = &Val<ServicePortRef>> {
        self.default_backend.iter().chain(self.rule.iter().flat_map(|r| &r.path).map(|p| &p.backend))
    }

    /// Everything that can be judged offline.
    pub fn check(&self, item: &Item<'_>, world: &World<'_>, report: &mut Report) {
        self.meta.check(report);
        annotations::check_of_ingresses(&self.meta.annotations, self.class.as_ref(), report);
        if self.rule.is_empty() && self.default_backend.is_none() {
            report.push(
                Diagnostic::error("no-rules", "ingress leads nowhere")
                    .detail("An ingress has `rule` blocks, a `default_backend`, or both.")
                    .at(item.block.header_span, "")
                    .help("rule { … }"),
            );
        }
        for rule in &self.rule {
            if let Some(host) = &rule.host {
                check_host(host, report);
            }
            for path in &rule.path {
                check_path(path, report);
            }
        }
        if let Some(gateway) = &self.gateway {
            route::check(self, gateway, item, report);
        }
        for tls in &self.tls {
            for host in tls.hosts.iter().filter_map(|h| h.known()).flatten() {
                check_host(host, report);
                let ruled = |r: &Nested<Rule>| {
                    r.host.as_ref().is_none_or(|h| h.text().is_none() || h.text() == host.text())
                };
                if host.text().is_some() && !self.rule.iter().any(ruled) {
                    report.push(
                        Diagnostic::warning("tls-without-rule", "no rule has this host")
                            .detail(format!(
                                "{} is served over TLS, but no rule takes its requests.",
                                host.shown()
                            ))
                            .at(host.span, ""),
                    );
                }
            }
        }
        for backend in self.backends() {
            check_backend(backend, world, report);
        }
    }

    /// The Ingress, or the routes.
    pub fn compile(&self, item: &Item<'_>, world: &World<'_>, out: &mut Objects) {
        if let Some(gateway) = &self.gateway {
            return route::compile(self, gateway, item, world, out);
        }
        let gvk = Gvk::new("networking.k8s.io", "v1", "Ingress");
        let mut object = out.object(item, None, gvk, &item.name, &self.meta.labels, world);
        if !object.is_filled() {
            return out.push(object);
        }
        let mut spec = Tree::new();
        self.write("", &mut spec);
        spec.put("defaultBackend", self.default_backend.as_ref().and_then(|b| backend_node(b, world)));
        spec.list("tls", self.tls.iter().map(|t| self.tls_node(t, world)).collect());
        spec.list("rules", self.rule.iter().map(|r| rule_node(r, world)).collect());
        object.body.map("spec", spec);
        out.push(object);
    }

    fn tls_node(&self, tls: &Nested<Tls>, world: &World<'_>) -> Node {
        let mut tree = Tree::new();
        match &tls.hosts {
            Some(hosts) => {
                tree.attr("hosts", hosts);
            }
            None => {
                let hosts = self.rule.iter().filter_map(|r| crate::declare::ToNode::to_node(&r.host));
                tree.list("hosts", hosts.collect());
            }
        }
        if let Some(secret) = &tls.secret {
            let name = secret.known().and_then(|s| world.object_name(&s.address));
            tree.put("secretName", name.map(|n| Node::leaf(n, secret.origin.clone())));
        }
        Node::Map(tree.into_entries(), Origin::at(tls.header))
    }
}

fn rule_node(rule: &Nested<Rule>, world: &World<'_>) -> Node {
    let mut tree = Tree::new();
    tree.attr("host", &rule.host);
    let path = |p: &Labeled<IngressPath>| {
        let mut tree = Tree::new();
        tree.put("path", Node::leaf(p.label.clone(), Origin::at(p.label_span)));
        tree.attr("pathType", &p.r#type);
        tree.put("backend", backend_node(&p.backend, world));
        Node::Map(tree.into_entries(), Origin::at(p.header))
    };
    let mut http = Tree::new();
    http.list("paths", rule.path.iter().map(path).collect());
    tree.map("http", http);
    Node::Map(tree.into_entries(), Origin::at(rule.header))
}

fn backend_node(backend: &Val<ServicePortRef>, world: &World<'_>) -> Option<Node> {
    let reference = backend.known()?;
    let origin = &backend.origin;
    let mut port = Tree::new();
    match handle_number(&reference.handle) {
        Some(number) => port.put("number", Node::leaf(number, origin.clone())),
        None => port.put("name", Node::leaf(text(&reference.handle, "name")?, origin.clone())),
    };
    let mut service = Tree::new();
    service.put("name", Node::leaf(world.object_name(&reference.address)?, origin.clone()));
    service.put("port", Node::Map(port.into_entries(), origin.clone()));
    let mut tree = Tree::new();
    tree.put("service", Node::Map(service.into_entries(), origin.clone()));
    Some(Node::Map(tree.into_entries(), origin.clone()))
}

/// Paths are absolute, and plain where they are compared by their elements.
fn check_path(path: &Labeled<IngressPath>, report: &mut Report) {
    let text = &path.label;
    let fixed = format!(
        "/{}",
        text.split('/').filter(|p| !matches!(*p, "" | "." | "..")).collect::<Vec<_>>().join("/")
    );
    let odd = ["//", "/./", "/../", "%2f", "%2F"].into_iter().find(|s| text.contains(s));
    let odd = odd.or_else(|| ["/..", "/."].into_iter().find(|s| text.ends_with(s)));
    let plain = path.r#type.known() == Some(&PathType::ImplementationSpecific);
    let why = match odd {
        _ if !text.starts_with('/') => format!("\"{text}\" does not start with `/`."),
        Some(odd) if !plain => {
            format!("\"{text}\" has `{odd}`, which no request has after it was normalised.")
        }
        _ => return,
    };
    report.push(
        Diagnostic::error("bad-path", "path is malformed")
            .detail(why)
            .at(path.label_span, "")
            .help(format!("path \"{fixed}\" {{ … }}")),
    );
}

fn check_host(host: &Val<String>, report: &mut Report) {
    let Some(name) = host.text() else { return };
    if name.parse::<std::net::IpAddr>().is_ok() {
        report.push(
            Diagnostic::error("host-is-address", "host is an IP address")
                .detail("A host is a DNS name; requests to an address come with that address and match a rule without host.")
                .at(host.span, "")
                .help("remove `host`, or give the address a name"),
        );
    } else if !is_host(name) {
        report.push(
            Diagnostic::error("bad-host", "host is malformed")
                .detail(format!(
                    "{} is no host: a DNS name in lower case, without scheme, port and path.",
                    host.shown()
                ))
                .at(host.span, ""),
        );
    }
}

/// The port exists: a number that was taken from a handle may be gone from the service.
fn check_backend(backend: &Val<ServicePortRef>, world: &World<'_>, report: &mut Report) {
    let Some(reference) = backend.known() else { return };
    let Some((item, service)) = world.service(&reference.address) else { return };
    let Some(name) = text(&reference.handle, "name") else { return };
    let target = service.target(world);
    if service.app.as_ref().is_some_and(Val::is_poison)
        || service.effective(target.map(|(_, a)| a)).iter().any(|p| p.name == name)
    {
        return;
    }
    report.push(
        Diagnostic::error("unknown-port", "port does not exist")
            .detail(format!("{} has no port \"{name}\".", item.block.address))
            .at(backend.span, "")
            .related(item.block.header_span, "the service"),
    );
}

/// A host and path that two rules of the configuration take.
pub fn check_routes(world: &World<'_>, report: &mut Report) {
    let mut seen: BTreeMap<(&str, &str, PathType, &str), Span> = BTreeMap::new();
    for (_, ingress) in world.ingresses() {
        // A name with a slash is a gateway's, and no class has one.
        let way = ingress.gateway.as_ref().or(ingress.class.as_ref());
        let class = way.and_then(|w| w.text()).unwrap_or("");
        for rule in &ingress.rule {
            let host = match &rule.host {
                None => "",
                Some(host) => match host.text() {
                    Some(text) => text,
                    None => continue,
                },
            };
            for path in &rule.path {
                let Some(kind) = path.r#type.known() else { continue };
                let plain = if path.label == "/" { "/" } else { path.label.trim_end_matches('/') };
                if let Some(first) = seen.get(&(host, plain, *kind, class)) {
                    let shown = if host.is_empty() { "any host" } else { host };
                    report.push(
                        Diagnostic::error("duplicate-route", "host and path are declared twice")
                            .detail(format!("Two rules take {} of {shown}.", path.label))
                            .at(path.header, "the second one")
                            .related(*first, "the first one"),
                    );
                } else {
                    seen.insert((host, plain, *kind, class), path.header);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check, object};

    fn with_service(ingress: &str) -> String {
        format!("{}\nservice \"web\" {{ app = app.web }}\n{ingress}", app("", ""))
    }

    #[test]
    fn hosts_paths_and_backends() {
        let text = r#"
ingress "a" {
  rule {
    host = "10.0.0.1"
    path "x" { backend = app.web.ports.http }
  }
  rule {
    host = "Foo.com:80"
  }
}
ingress "b" {
  rule {
    host = "foo.com"
    path "/" { backend = service.web.ports.http }
    path "/api/" { backend = service.web.ports.http }
  }
  tls { hosts = ["bar.com"] }
}
ingress "c" {
  rule {
    host = "foo.com"
    path "/api" { backend = service.web.ports.http }
    path "/api" {
      backend = service.web.ports.http
      type    = "Exact"
    }
  }
}
ingress "d" {}
"#;
        check(
            &with_service(text),
            expect![[r#"
                error[host-is-address]: host is an IP address
                  A host is a DNS name; requests to an address come with that address and match a rule without host.
                  t.hcl:14: "10.0.0.1"
                  help: remove `host`, or give the address a name
                error[bad-path]: path is malformed
                  "x" does not start with `/`.
                  t.hcl:15: "x"
                  help: path "/x" { … }
                error[wrong-type]: wrong type
                  `backend` of path "x" takes a reference to a port of a service, but this is a reference to an app port.
                  t.hcl:15: app.web.ports.http
                  help: name the block by a reference: backend = service.api.ports.http
                error[missing-block]: required block is missing
                  Rule needs a `path` block. What happens to the requests of one path.
                  t.hcl:17: rule
                  help: path "path" { … }
                error[bad-host]: host is malformed
                  "Foo.com:80" is no host: a DNS name in lower case, without scheme, port and path.
                  t.hcl:18: "Foo.com:80"
                error[duplicate-route]: host and path are declared twice
                  Two rules take /api of foo.com.
                  t.hcl:32: path "/api"   the second one
                  t.hcl:25: path "/api/"   the first one
                error[no-rules]: ingress leads nowhere
                  An ingress has `rule` blocks, a `default_backend`, or both.
                  t.hcl:39: ingress "d"
                  help: rule { … }
                warning[tls-without-rule]: no rule has this host
                  "bar.com" is served over TLS, but no rule takes its requests.
                  t.hcl:27: "bar.com"
            "#]],
        );
    }

    #[test]
    fn tls_covers_all_hosts() {
        let text = r#"
ingress "a" {
  class           = "nginx"
  default_backend = service.web.ports.http
  rule {
    host = "*.foo.com"
    path "/" {
      backend = service.web.ports.http
      type    = "ImplementationSpecific"
    }
  }
  tls { secret = secret.cert }
}
secret "cert" { existing = "foo-tls" }
"#;
        object(
            &with_service(text),
            "ingress.a",
            expect![[r#"
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata:
              name: a
            spec:
              defaultBackend:
                service:
                  name: web-svc
                  port:
                    number: 80
              ingressClassName: nginx
              rules:
              - host: "*.foo.com"
                http:
                  paths:
                  - backend:
                      service:
                        name: web-svc
                        port:
                          number: 80
                    path: /
                    pathType: ImplementationSpecific
              tls:
              - hosts:
                - "*.foo.com"
                secretName: foo-tls
        "#]],
        );
    }
}
