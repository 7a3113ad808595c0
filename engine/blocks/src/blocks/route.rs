//! An `ingress` with a `gateway`: one HTTPRoute for each of its hosts, and what routes cannot say.
//!
//! An Ingress has its hosts in its rules, a route has them for all of its rules. So the rules of one
//! host become one route. All of them are parts of the block (`ingress.web:route`): where a block goes
//! from a class to a gateway, the route is made before the Ingress, which has the block's address, goes.
//! Paths that lead to one backend share a rule, since a route has few. The limits are those of the
//! definition of the Gateway API (standard channel, v1). Paths and hosts themselves are `ingress`'s.

use std::collections::BTreeSet;

use plimsoll_model::{Diagnostic, Gvk, Node, Origin, Report, Span};

use super::ingress::{Ingress, IngressPath, PathType, Rule};
use super::service_exports::handle_number;
use crate::compile::Objects;
use crate::declare::{Labeled, Nested, Tree, Val};
use crate::handles::{ServicePortRef, text};
use crate::naming;
use crate::syntax::{is_dns_label, is_dns_name};
use crate::world::{Item, World};

/// The most rules of a route: one for each backend of a host.
const RULES: usize = 16;
/// The most matches of a rule: one for each path to a backend.
const MATCHES: usize = 64;
/// The most matches of all rules of a route together.
const ALL_MATCHES: usize = 128;
/// The longest path.
const PATH: usize = 1024;
/// The longest host, `*.` included.
const HOST: usize = 253;

/// The part of the block that the first host's route is; `raw` is merged into it.
pub const PART: &str = "route";

/// The rules of one host.
struct Route<'a> {
    host: Option<&'a Val<String>>,
    rules: Vec<&'a Nested<Rule>>,
}

impl<'a> Route<'a> {
    /// The paths by the backend that they lead to, in the order of their first ones.
    fn by_backend(&self) -> Vec<Vec<&'a Labeled<IngressPath>>> {
        let mut groups: Vec<Vec<&'a Labeled<IngressPath>>> = Vec::new();
        for path in self.rules.iter().flat_map(|rule| &rule.path) {
            let same = |other: &Labeled<IngressPath>| match (path.backend.known(), other.backend.known()) {
                (Some(a), Some(b)) => a.address == b.address && port_name(a) == port_name(b),
                _ => false,
            };
            match groups.iter_mut().find(|group| group.iter().any(|p| same(p))) {
                Some(group) => group.push(path),
                None => groups.push(vec![path]),
            }
        }
        groups
    }

    /// The host in a name of an object or a part.
    fn slug(&self) -> String {
        let host = self.host.and_then(Val::text).unwrap_or("any");
        host.replace('*', "any").replace('.', "-")
    }
}

fn port_name(reference: &ServicePortRef) -> Option<&str> {
    text(&reference.handle, "name")
}

/// The routes of an ingress, in the order of their hosts.
fn routes(ingress: &Ingress) -> Vec<Route<'_>> {
    let mut routes: Vec<Route<'_>> = Vec::new();
    for rule in &ingress.rule {
        let host = rule.host.as_ref();
        let same = |route: &Route<'_>| match (route.host, host) {
            (None, None) => true,
            (Some(a), Some(b)) => a.text().is_some() && a.text() == b.text(),
            _ => false,
        };
        match routes.iter().position(same).and_then(|i| routes.get_mut(i)) {
            Some(route) => route.rules.push(rule),
            None => routes.push(Route { host, rules: vec![rule] }),
        }
    }
    routes
}

/// Namespace and name of a gateway: `infra/public`, or `public` in the namespace of the environment.
fn parsed(gateway: &str) -> Option<(Option<&str>, &str)> {
    let (namespace, name) = match gateway.split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, gateway),
    };
    (namespace.is_none_or(is_dns_label) && is_dns_name(name)).then_some((namespace, name))
}

/// What an ingress with a gateway gets wrong.
pub fn check(ingress: &Ingress, gateway: &Val<String>, item: &Item<'_>, report: &mut Report) {
    if gateway.text().is_some_and(|name| parsed(name).is_none()) {
        report.push(
            Diagnostic::error("bad-gateway", "gateway is malformed")
                .detail(format!(
                    "{} is no gateway: its namespace and its name, in lower case.",
                    gateway.shown()
                ))
                .at(gateway.span, "")
                .help("gateway = \"infra/public\""),
        );
    }
    check_words(ingress, gateway, report);
    let routes = routes(ingress);
    for route in &routes {
        if let Some(host) = route.host.filter(|h| h.text().is_some_and(|name| name.len() > HOST)) {
            report.push(
                Diagnostic::error("bad-host", "host is malformed")
                    .detail(format!("A route's host has at most {HOST} characters, `*.` included."))
                    .at(host.span, ""),
            );
        }
        let unknown = |host: &&Val<String>| host.text().is_none() && !host.is_poison();
        if let Some(host) = route.host.filter(unknown).filter(|_| routes.len() > 1) {
            report.push(
                Diagnostic::error("unknown-not-allowed", "value is known only after apply")
                    .detail("Each host of an ingress with a `gateway` is a route of its own, whose name follows from the host.")
                    .at(host.span, "")
                    .help(format!("put this rule into an ingress of its own: ingress \"{}_2\" {{ … }}", item.block.address.name)),
            );
        }
        check_size(route, report);
    }
}

/// Words that only an Ingress has.
fn check_words(ingress: &Ingress, gateway: &Val<String>, report: &mut Report) {
    let mut refuse = |what: &str, why: &str, at: Span, help: &str| {
        report.push(
            Diagnostic::error("not-with-gateway", "a route has no such thing")
                .detail(format!("{what}: {why}"))
                .at(at, "")
                .related(gateway.span, "this makes it a route")
                .help(help),
        );
    };
    if let Some(class) = &ingress.class {
        let why = "the gateway has a class of its own, and an ingress is either one or the other.";
        refuse("`class` and `gateway`", why, class.span, "keep one of the two lines");
    }
    if let Some(backend) = &ingress.default_backend {
        let why = "what no other rule takes goes to a rule without host.";
        refuse("`default_backend`", why, backend.span, "rule {\n  path \"/\" { backend = … }\n}");
    }
    for tls in &ingress.tls {
        let why = "TLS ends at the gateway's listener, where the certificate is named.";
        refuse("`tls`", why, tls.header, "remove `tls`, and name the secret in the Gateway: certificateRefs");
    }
    for path in ingress.rule.iter().flat_map(|rule| &rule.path) {
        if path.r#type.known() == Some(&PathType::ImplementationSpecific) {
            let why = "a route compares paths by their elements or as a whole.";
            refuse("`ImplementationSpecific`", why, path.r#type.span, "type = \"Prefix\"");
        }
    }
    for path in ingress.rule.iter().flat_map(|rule| &rule.path) {
        check_path(path, gateway, report);
    }
}

/// A path of characters that the definition does not take, or too many of them.
fn check_path(path: &Labeled<IngressPath>, gateway: &Val<String>, report: &mut Report) {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-/._~!$&'()*+,;=:@".contains(&b);
    let bytes = path.label.as_bytes();
    let odd = (0..bytes.len()).find(|i| match bytes.get(*i) {
        Some(b'%') => {
            let digits = bytes.get(i + 1..i + 3);
            !digits.is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit))
        }
        Some(b) => !plain(*b),
        None => false,
    });
    let rest = odd.and_then(|at| path.label.get(at..)).and_then(|rest| rest.chars().next());
    let (why, fixed) = if let Some(odd) = rest {
        let escaped: String =
            odd.to_string().bytes().map(|b| format!("%{b:02X}")).collect::<Vec<_>>().concat();
        (format!("a path of a route has no `{}`.", odd.escape_debug()), format!("write it as {escaped}"))
    } else if bytes.len() > PATH {
        (format!("a path of a route has at most {PATH} characters."), "shorten the path".to_string())
    } else {
        return;
    };
    let shown: String = path.label.chars().take(60).collect();
    report.push(
        Diagnostic::error("bad-path", "path is malformed")
            .detail(format!("\"{}\": {why}", shown.escape_debug()))
            .at(path.label_span, "")
            .related(gateway.span, "this makes it a route")
            .help(fixed),
    );
}

/// More than fits into one route.
fn check_size(route: &Route<'_>, report: &mut Report) {
    let groups = route.by_backend();
    let host = route.host.and_then(Val::text).unwrap_or("any host");
    let mut refuse = |count: usize, what: &str, most: usize, at: Span| {
        report.push(
            Diagnostic::error("route-too-large", "more than fits into one route")
                .detail(format!("{host} has {count} {what}, and a route has at most {most}."))
                .at(at, "the first one too many")
                .help("put some of the paths into another ingress with the same host and gateway"),
        );
    };
    if let Some(first) = groups.get(RULES).and_then(|group| group.first()) {
        refuse(groups.len(), "backends", RULES, first.header);
    }
    for group in &groups {
        if let Some(first) = group.get(MATCHES) {
            refuse(group.len(), "paths to one backend", MATCHES, first.header);
        }
    }
    let paths: Vec<_> = route.rules.iter().flat_map(|rule| &rule.path).collect();
    if let Some(first) = paths.get(ALL_MATCHES) {
        refuse(paths.len(), "paths", ALL_MATCHES, first.header);
    }
}

/// The routes.
pub fn compile(
    ingress: &Ingress,
    gateway: &Val<String>,
    item: &Item<'_>,
    world: &World<'_>,
    out: &mut Objects,
) {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for (i, route) in routes(ingress).iter().enumerate() {
        let gvk = Gvk::new("gateway.networking.k8s.io", "v1", "HTTPRoute");
        let slug = route.slug();
        let labels = &ingress.meta.labels;
        let mut object = if i == 0 {
            let mut object = out.object(item, Some(PART), gvk, &item.name, labels, world);
            object.raw(ingress.meta.raw.as_ref());
            object
        } else if taken.insert(slug.clone()) {
            let name = naming::joined(&item.name, &slug);
            out.object(item, Some(&format!("{PART}-{slug}")), gvk, &name, labels, world)
        } else {
            // Reported: its host is unknown. Two hosts never have one slug but where dots stand for dashes.
            let slug = format!("{slug}-{i}");
            let name = naming::joined(&item.name, &slug);
            out.object(item, Some(&format!("{PART}-{slug}")), gvk, &name, labels, world)
        };
        let mut spec = Tree::new();
        spec.list("parentRefs", parent(gateway).into_iter().collect());
        if let Some(host) = route.host.and_then(crate::declare::ToNode::to_node) {
            spec.list("hostnames", vec![host]);
        }
        spec.list("rules", route.by_backend().iter().map(|paths| rule(paths, world)).collect());
        object.body.map("spec", spec);
        out.push(object);
    }
}

fn parent(gateway: &Val<String>) -> Option<Node> {
    let origin = &gateway.origin;
    let mut tree = Tree::new();
    match gateway.text() {
        Some(text) => {
            let (namespace, name) = parsed(text)?;
            tree.put("name", Node::leaf(name, origin.clone()));
            tree.put("namespace", namespace.map(|n| Node::leaf(n, origin.clone())));
        }
        None => return None,
    }
    Some(Node::Map(tree.into_entries(), origin.clone()))
}

fn rule(paths: &[&Labeled<IngressPath>], world: &World<'_>) -> Node {
    let matches = |path: &&Labeled<IngressPath>| {
        let kind = if path.r#type.known() == Some(&PathType::Exact) { "Exact" } else { "PathPrefix" };
        let mut at = Tree::new();
        at.put("type", Node::leaf(kind, path.r#type.origin.clone()));
        at.put("value", Node::leaf(path.label.clone(), Origin::at(path.label_span)));
        let mut tree = Tree::new();
        tree.map("path", at);
        Node::Map(tree.into_entries(), Origin::at(path.header))
    };
    let mut tree = Tree::new();
    tree.list("matches", paths.iter().map(matches).collect());
    let backend = paths.first().and_then(|path| backend(&path.backend, world));
    tree.list("backendRefs", backend.into_iter().collect());
    Node::Map(tree.into_entries(), paths.first().map_or(Origin::NONE, |path| Origin::at(path.header)))
}

/// A route names ports by number only.
fn backend(backend: &Val<ServicePortRef>, world: &World<'_>) -> Option<Node> {
    let reference = backend.known()?;
    let origin = &backend.origin;
    let number = handle_number(&reference.handle).or_else(|| {
        let (_, service) = world.service(&reference.address)?;
        let ports = service.effective(service.target(world).map(|(_, app)| app));
        let port = ports.into_iter().find(|p| Some(p.name) == port_name(reference))?;
        port.number.as_ref()?.known().map(|n| i64::from(*n))
    });
    let mut tree = Tree::new();
    tree.put("name", Node::leaf(world.object_name(&reference.address)?, origin.clone()));
    tree.put("port", number.map(|n| Node::leaf(n, origin.clone())));
    Some(Node::Map(tree.into_entries(), origin.clone()))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check, compile, object};

    fn with_service(ingress: &str) -> String {
        format!("{}\nservice \"web\" {{ app = app.web }}\n{ingress}", app("", ""))
    }

    #[test]
    fn a_host_is_a_route_and_a_backend_a_rule() {
        let text = with_service(
            r#"
ingress "web" {
  gateway = "infra/public"
  raw     = { metadata = { finalizers = ["a.io/keep"] } }
  rule {
    host = "a.io"
    path "/" { backend = service.web.ports.http }
  }
  rule {
    path "/" { backend = service.web.ports.http }
  }
  rule {
    host = "a.io"
    path "/x" { backend = service.web.ports.http }
  }
}
"#,
        );
        let all = compile(&text).desired.objects;
        let names: Vec<_> = all.iter().map(|o| format!("{} {}", o.address, o.id)).collect();
        let routes: Vec<_> = names.iter().filter(|n| n.contains("ingress")).collect();
        assert_eq!(
            routes,
            ["ingress.web:route HTTPRoute shop/web", "ingress.web:route-any HTTPRoute shop/web-any"]
        );
        object(
            &text,
            "ingress.web:route",
            expect![[r#"
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata:
              finalizers:
              - a.io/keep
              name: web
            spec:
              hostnames:
              - a.io
              parentRefs:
              - name: public
                namespace: infra
              rules:
              - backendRefs:
                - name: web-svc
                  port: 80
                matches:
                - path:
                    type: PathPrefix
                    value: /
                - path:
                    type: PathPrefix
                    value: /x
        "#]],
        );
    }

    #[test]
    fn a_gateway_of_the_same_namespace_has_a_name_only() {
        let text = with_service(
            "ingress \"web\" {\ngateway = \"public\"\nrule {\npath \"/\" { backend = service.web.ports.http }\n}\n}",
        );
        check(&text, expect![""]);
        object(
            &text,
            "ingress.web:route",
            expect![[r#"
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata:
              name: web
            spec:
              parentRefs:
              - name: public
              rules:
              - backendRefs:
                - name: web-svc
                  port: 80
                matches:
                - path:
                    type: PathPrefix
                    value: /
        "#]],
        );
    }

    #[test]
    fn free_fields_are_those_of_a_route() {
        let text = with_service(
            "ingress \"web\" {\ngateway = \"public\"\nraw = { spec = { ingressClassName = \"x\" } }\nrule {\npath \"/\" { backend = service.web.ports.http }\n}\n}",
        );
        check(
            &text,
            expect![[r#"
            error[raw-unknown-field]: field does not exist in the API
              gateway.networking.k8s.io/v1/HTTPRoute has no field `spec.ingressClassName`.
              t.hcl:13: "x"
        "#]],
        );
    }
}
