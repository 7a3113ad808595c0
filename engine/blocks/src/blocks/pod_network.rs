//! The network of a pod: whose it is, what it is called there, how it finds others.
//!
//! Does not hold the ports of containers (`port.rs`).

use plimsoll_model::{Diagnostic, Node, Origin, Report};

use crate::declare::{Block, Keyword, Labeled, Map, Nested, Tree, Val};
use crate::syntax;

/// The network of a pod.
#[derive(Debug, Clone, Block)]
#[block(name = "network")]
pub struct PodNetwork {
    /// Whether the pods use their node's network.
    #[attr(section = "pod")]
    pub host_network: Option<Val<bool>>,
    /// What the pods call themselves, instead of their names.
    #[attr(section = "pod", syntax = syntax::DNS_LABEL)]
    pub hostname: Option<Val<String>>,
    /// The domain under which a headless service of that name knows them by `hostname`.
    #[attr(section = "pod", syntax = syntax::DNS_LABEL)]
    pub subdomain: Option<Val<String>>,
    /// Whether a pod's own host name is its whole name in the cluster's network.
    #[attr(section = "pod", to = "setHostnameAsFQDN")]
    pub set_hostname_as_fqdn: Option<Val<bool>>,
    /// How names are resolved.
    #[attr(section = "pod")]
    pub dns_policy: Option<Val<DnsPolicy>>,
    /// Name servers, search domains and options, beside those of `dns_policy`.
    #[nested(manual)]
    pub dns_config: Option<Nested<DnsConfig>>,
    /// Further names of an address, in the `/etc/hosts` of all containers.
    #[nested(section = "pod", to = "hostAliases")]
    pub host_alias: Vec<Labeled<HostAlias>>,
    /// Whether services stand in the environment of containers.
    #[attr(section = "pod")]
    pub enable_service_links: Option<Val<bool>>,
}

/// How names are resolved in a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum DnsPolicy {
    /// By the cluster, then as the node does.
    ClusterFirst,
    /// The same, for pods on their node's network.
    ClusterFirstWithHostNet,
    /// As the node does.
    Default,
    /// By `dns_config` alone.
    None,
}

/// How names are resolved, beside what `dns_policy` says.
#[derive(Debug, Clone, Block)]
#[block(name = "dns_config")]
pub struct DnsConfig {
    /// Addresses of name servers, 3 at most.
    #[attr(syntax = syntax::IP)]
    pub nameservers: Option<Val<Vec<Val<String>>>>,
    /// Domains in which short names are looked up, 32 at most.
    #[attr(syntax = syntax::SEARCH_DOMAIN)]
    pub searches: Option<Val<Vec<Val<String>>>>,
    /// Options of the resolver: `{ ndots = 2, edns0 = "" }`; an empty value stands for none.
    #[attr(manual, known, keys = syntax::SOMETHING)]
    pub options: Map<String>,
}

/// Further names of an address.
#[derive(Debug, Clone, Block)]
#[block(name = "host_alias", label = "ip", label_key = "ip")]
pub struct HostAlias {
    /// The names.
    #[attr(syntax = syntax::DNS_NAME)]
    pub hostnames: Val<Vec<Val<String>>>,
}

/// How many name servers a resolver asks.
const NAMESERVERS: usize = 3;
/// How many search domains the API takes, and how many characters of them together.
const SEARCHES: (usize, usize) = (32, 2048);

impl PodNetwork {
    /// Whether the pods use their node's network.
    pub fn on_host(&self) -> Option<&Val<bool>> {
        self.host_network.as_ref().filter(|h| h.known() == Some(&true))
    }

    /// Resolvers that know somebody to ask, and addresses that are some.
    pub fn check(&self, report: &mut Report) {
        self.check_dns(report);
        for (i, alias) in self.host_alias.iter().enumerate() {
            if !(syntax::IP.holds)(&alias.label) {
                report.push(
                    Diagnostic::error("bad-ip", "address is malformed")
                        .detail(format!("\"{}\" is no IP address: {}.", alias.label, syntax::IP.rule))
                        .at(alias.label_span, "")
                        .help("host_alias \"10.9.8.7\" { hostnames = [\"db.shop.io\"] }"),
                );
            }
            if let Some(first) = self.host_alias[..i].iter().find(|a| a.label == alias.label) {
                report.push(
                    Diagnostic::error("duplicate-host-alias", "address stands twice")
                        .detail(format!("One `host_alias` block lists all names of {}.", alias.label))
                        .at(alias.label_span, "the second one")
                        .related(first.label_span, "the first one"),
                );
            }
        }
    }

    fn check_dns(&self, report: &mut Report) {
        let servers = self.dns_config.as_ref().and_then(|c| c.nameservers.as_ref());
        let none = self.dns_policy.as_ref().filter(|p| p.known() == Some(&DnsPolicy::None));
        let nobody = servers.is_none_or(|s| s.known().is_some_and(Vec::is_empty));
        if let (Some(policy), true) = (none, nobody) {
            let found = Diagnostic::error("dns-without-server", "nobody resolves names")
                .detail("With the policy None, the pods ask the name servers of `dns_config` alone.")
                .at(policy.span, "")
                .help("nameservers = [\"10.9.8.7\"] in dns_config");
            report.push(match &self.dns_config {
                Some(config) => found.related(config.header, "no name server stands here"),
                None => found,
            });
        }
        let with_host = self.dns_policy.as_ref().filter(|p| p.known() == Some(&DnsPolicy::ClusterFirst));
        if let (Some(policy), Some(host)) = (with_host, self.on_host()) {
            report.push(
                Diagnostic::warning("dns-of-node", "names of services do not resolve")
                    .detail("On their node's network, pods with the policy ClusterFirst ask whom their node asks.")
                    .at(policy.span, "")
                    .related(host.span, "the network of the node")
                    .help("dns_policy = \"ClusterFirstWithHostNet\""),
            );
        }
        if let Some(servers) = servers
            && servers.known().is_some_and(|s| s.len() > NAMESERVERS)
        {
            report.push(
                Diagnostic::error("too-many-nameservers", "too many name servers")
                    .detail(format!("A pod asks {NAMESERVERS} name servers at most."))
                    .at(servers.span, ""),
            );
        }
        let searches = self.dns_config.as_ref().and_then(|c| c.searches.as_ref());
        if let Some(searches) = searches
            && searches.known().is_some_and(|s| {
                let characters: usize = s.iter().filter_map(Val::text).map(|t| t.len() + 1).sum();
                s.len() > SEARCHES.0 || characters > SEARCHES.1 + 1
            })
        {
            report.push(
                Diagnostic::error("too-many-searches", "too many search domains")
                    .detail(format!(
                        "A pod looks up short names in {} domains at most, of {} characters together.",
                        SEARCHES.0, SEARCHES.1
                    ))
                    .at(searches.span, ""),
            );
        }
    }

    /// Adds what needs more than writing down.
    pub fn write_dns(&self, spec: &mut Tree) {
        let Some(config) = &self.dns_config else { return };
        let mut tree = Tree::new();
        config.block.write("", &mut tree);
        let option = |(name, value): (&String, &Val<String>)| {
            let mut option = Tree::new();
            option.put("name", Node::leaf(name.clone(), value.origin.clone()));
            if value.text() != Some("") {
                option.attr("value", value);
            }
            Node::Map(option.into_entries(), value.origin.clone())
        };
        tree.list("options", config.options.iter().map(option).collect());
        spec.put("dnsConfig", Node::Map(tree.into_entries(), Origin::at(config.header)));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, object};

    #[test]
    fn names_and_resolvers() {
        let text = r#"
hostname             = "front"
subdomain            = "web"
set_hostname_as_fqdn = true
dns_policy           = "None"
dns_config {
  nameservers = ["10.9.8.7"]
  searches    = ["shop.io"]
  options     = { ndots = 2, edns0 = "" }
}
host_alias "10.0.0.9" { hostnames = ["db.shop.io", "db"] }
enable_service_links = false
"#;
        object(
            &app("", text),
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
                  - image: web:1
                    name: web
                    ports:
                    - containerPort: 80
                      name: http
                      protocol: TCP
                  dnsConfig:
                    nameservers:
                    - "10.9.8.7"
                    options:
                    - name: edns0
                    - name: ndots
                      value: "2"
                    searches:
                    - shop.io
                  dnsPolicy: None
                  enableServiceLinks: false
                  hostAliases:
                  - hostnames:
                    - db.shop.io
                    - db
                    ip: "10.0.0.9"
                  hostname: front
                  setHostnameAsFQDN: true
                  subdomain: web
        "#]],
        );
    }
}
