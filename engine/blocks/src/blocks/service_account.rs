//! `service_account`: as whom pods speak to the cluster's API, and what they may do there.

use std::collections::BTreeSet;

use plimsoll_model::value::Data;
use plimsoll_model::{Address, Diagnostic, Export, Gvk, Node, Origin, Report, Value};

use super::meta::Meta;
use crate::compile::Objects;
use crate::declare::{Block, Content, Context, FromValue, Nested, ToNode, Tree, TypeSchema, Val, nearest};
use crate::handles::SecretRef;
use crate::naming;
use crate::syntax::{self, is_dns_name};
use crate::world::{Item, World};

/// As whom pods speak to the cluster's API, and what they may do there.
#[derive(Debug, Clone, Block)]
#[block(name = "service_account", label = "name")]
pub struct ServiceAccount {
    /// What every top-level block takes.
    #[flatten]
    pub meta: Meta,
    /// Whether its token is mounted in pods that do not say otherwise.
    #[attr(to = "automountServiceAccountToken")]
    pub automount_token: Option<Val<bool>>,
    /// Secrets that registries are asked with, for all pods that run as it.
    #[attr(manual, known)]
    pub image_pull_secrets: Vec<Val<SecretRef>>,
    /// What it may do in its namespace.
    #[nested(manual)]
    pub role: Vec<Nested<Rule>>,
    /// What it may do in the whole cluster.
    #[nested(manual)]
    pub cluster_role: Vec<Nested<ClusterRule>>,
}

/// What a service account may do in its namespace.
#[derive(Debug, Clone, Block)]
#[block(name = "role")]
pub struct Rule {
    /// The groups of the resources, `""` for the core one; the core one where left out.
    #[attr(manual, known)]
    pub api_groups: Option<Val<Vec<Val<String>>>>,
    /// The resources, in the plural: `["pods", "pods/log"]`.
    #[attr(manual, known)]
    pub resources: Val<Vec<Val<String>>>,
    /// What it may do with them: `["get", "list", "watch"]`.
    #[attr(manual, known)]
    pub verbs: Val<Vec<Val<String>>>,
    /// The names of the objects; all, where left out.
    #[attr(manual)]
    pub resource_names: Vec<Val<String>>,
}

/// What a service account may do in the whole cluster.
#[derive(Debug, Clone, Block)]
#[block(name = "cluster_role")]
pub struct ClusterRule {
    /// The groups of the resources, `""` for the core one; the core one where left out.
    #[attr(manual, known)]
    pub api_groups: Option<Val<Vec<Val<String>>>>,
    /// The resources, in the plural: `["nodes"]`.
    #[attr(manual, known)]
    pub resources: Option<Val<Vec<Val<String>>>>,
    /// What it may do with them: `["get", "list", "watch"]`.
    #[attr(manual, known)]
    pub verbs: Val<Vec<Val<String>>>,
    /// The names of the objects; all, where left out.
    #[attr(manual)]
    pub resource_names: Vec<Val<String>>,
    /// Paths of the API server that are no resources, such as `["/metrics"]`.
    #[attr(manual, known, to = "nonResourceURLs")]
    pub non_resource_urls: Option<Val<Vec<Val<String>>>>,
}

/// What expressions read from a service account.
pub static EXPORTS: &[Export] =
    &[Export { name: "name", doc: "The name of its object.", eval: naming::exported }];

const RBAC: &str = "rbac.authorization.k8s.io";

const VERBS: &[&str] = &[
    "*",
    "approve",
    "bind",
    "create",
    "delete",
    "deletecollection",
    "escalate",
    "get",
    "impersonate",
    "list",
    "patch",
    "sign",
    "update",
    "use",
    "watch",
];

impl ServiceAccount {
    /// Everything that can be judged offline.
    pub fn check(&self, _: &Item<'_>, _: &World<'_>, report: &mut Report) {
        self.meta.check(report);
        for rule in &self.role {
            check_list(&rule.resources, "resources", "[\"pods\"]", report);
            check_groups(rule.api_groups.as_ref(), report);
            check_verbs(&rule.verbs, report);
            check_resources(rule.api_groups.as_ref(), &rule.resources, report);
        }
        for rule in &self.cluster_role {
            check_verbs(&rule.verbs, report);
            match (&rule.resources, &rule.non_resource_urls) {
                (Some(resources), Some(urls)) => report.push(
                    Diagnostic::error("two-subjects", "rule is about two things")
                        .detail("A rule is about `resources` or `non_resource_urls`, not both.")
                        .at(urls.span, "")
                        .related(resources.span, "")
                        .help("make two rules of it"),
                ),
                (None, None) => report.push(
                    Diagnostic::error("no-subject", "rule is about nothing")
                        .detail("A rule is about `resources` or `non_resource_urls`.")
                        .at(rule.header, "")
                        .help("resources = [\"nodes\"]"),
                ),
                (Some(resources), None) => {
                    check_list(resources, "resources", "[\"nodes\"]", report);
                    check_groups(rule.api_groups.as_ref(), report);
                    check_resources(rule.api_groups.as_ref(), resources, report);
                }
                (None, Some(urls)) => {
                    check_list(urls, "non_resource_urls", "[\"/metrics\"]", report);
                    if let Some(groups) = &rule.api_groups {
                        report.push(
                            Diagnostic::error("two-subjects", "rule is about two things")
                                .detail("A path that is no resource has no group.")
                                .at(groups.span, "")
                                .related(urls.span, ""),
                        );
                    }
                }
            }
        }
    }

    /// The ServiceAccount, its roles and what binds them to it.
    pub fn compile(&self, item: &Item<'_>, world: &World<'_>, out: &mut Objects) {
        let labels = &self.meta.labels;
        let account = Gvk::new("", "v1", "ServiceAccount");
        let mut object = out.object(item, None, account, &item.name, labels, world);
        self.write("", &mut object.body);
        let secrets = self.image_pull_secrets.iter().filter_map(|s| {
            let mut name = Tree::new();
            name.put("name", Node::leaf(world.object_name(&s.known()?.address)?, s.origin.clone()));
            Some(Node::Map(name.into_entries(), s.origin.clone()))
        });
        object.body.list("imagePullSecrets", secrets.collect());
        out.push(object);
        if !self.role.is_empty() {
            let rules = self.role.iter().map(|r| {
                let rule = rule_tree(r.api_groups.as_ref(), Some(&r.resources), &r.verbs, &r.resource_names);
                Node::Map(rule.into_entries(), Origin::at(r.header))
            });
            let parts = Parts { role: "Role", binding: "RoleBinding", part: "role", name: item.name.clone() };
            self.compile_role(item, world, parts, rules.collect(), out);
        }
        if !self.cluster_role.is_empty() {
            let rules = self.cluster_role.iter().map(|r| {
                let resources = r.resources.as_ref();
                let mut rule = rule_tree(r.api_groups.as_ref(), resources, &r.verbs, &r.resource_names);
                rule.attr("nonResourceURLs", &r.non_resource_urls);
                Node::Map(rule.into_entries(), Origin::at(r.header))
            });
            let name = format!("{}-{}", world.namespace(), item.name);
            let parts =
                Parts { role: "ClusterRole", binding: "ClusterRoleBinding", part: "cluster-role", name };
            self.compile_role(item, world, parts, rules.collect(), out);
        }
    }

    fn compile_role(
        &self,
        item: &Item<'_>,
        world: &World<'_>,
        parts: Parts,
        rules: Vec<Node>,
        out: &mut Objects,
    ) {
        let labels = &self.meta.labels;
        let gvk = Gvk::new(RBAC, "v1", parts.role);
        let mut role = out.object(item, Some(parts.part), gvk, &parts.name, labels, world);
        role.body.list("rules", rules);
        out.push(role);
        let gvk = Gvk::new(RBAC, "v1", parts.binding);
        let part = format!("{}-binding", parts.part);
        let mut binding = out.object(item, Some(&part), gvk, &parts.name, labels, world);
        let mut reference = Tree::new();
        reference.fixed("apiGroup", RBAC);
        reference.fixed("kind", parts.role);
        reference.fixed("name", parts.name);
        binding.body.map("roleRef", reference);
        let mut subject = Tree::new();
        subject.fixed("kind", "ServiceAccount");
        subject.fixed("name", item.name.clone());
        subject.fixed("namespace", world.namespace());
        binding.body.list("subjects", vec![subject.node()]);
        out.push(binding);
    }
}

/// A role and what binds it.
struct Parts {
    role: &'static str,
    binding: &'static str,
    part: &'static str,
    name: String,
}

fn rule_tree(
    groups: Option<&Val<Vec<Val<String>>>>,
    resources: Option<&Val<Vec<Val<String>>>>,
    verbs: &Val<Vec<Val<String>>>,
    names: &[Val<String>],
) -> Tree {
    let mut tree = Tree::new();
    if let Some(resources) = resources {
        match groups {
            Some(groups) => tree.attr("apiGroups", groups),
            None => tree.put("apiGroups", Node::List(vec![Node::generated("")], Origin::NONE)),
        };
        tree.attr("resources", resources);
    }
    tree.attr("verbs", verbs);
    tree.list("resourceNames", names.iter().filter_map(ToNode::to_node).collect());
    tree
}

fn check_list(list: &Val<Vec<Val<String>>>, name: &str, example: &str, report: &mut Report) {
    if list.known().is_some_and(Vec::is_empty) {
        report.push(
            Diagnostic::error("empty-list", "list is empty")
                .detail(format!("`{name}` names at least one."))
                .at(list.span, "")
                .help(format!("{name} = {example}")),
        );
    }
}

fn check_groups(groups: Option<&Val<Vec<Val<String>>>>, report: &mut Report) {
    if let Some(groups) = groups {
        check_list(groups, "api_groups", "[\"\"]", report);
    }
}

fn check_verbs(verbs: &Val<Vec<Val<String>>>, report: &mut Report) {
    check_list(verbs, "verbs", "[\"get\", \"list\", \"watch\"]", report);
    for verb in verbs.known().into_iter().flatten() {
        let Some(text) = verb.text().filter(|t| !VERBS.contains(t)) else { continue };
        let found = Diagnostic::warning("unknown-verb", "the API has no such verb")
            .detail(format!("{} allows nothing that the API server asks about.", verb.shown()))
            .at(verb.span, "");
        report.push(match nearest(text, VERBS.iter().copied()) {
            Some(near) => found.help(format!("\"{near}\"")),
            None => found.help(format!("one of {}", VERBS.join(", "))),
        });
    }
}

/// Resources of groups that every cluster has are known by name.
fn check_resources(
    groups: Option<&Val<Vec<Val<String>>>>,
    resources: &Val<Vec<Val<String>>>,
    report: &mut Report,
) {
    let named: Option<Vec<&str>> = match groups {
        None => Some(vec![""]),
        Some(groups) => groups.known().map(|g| g.iter().filter_map(Val::text).collect()),
    };
    let Some(named) = named else { return };
    let known: BTreeSet<(&str, &str)> = plimsoll_schema::kinds()
        .filter(|k| !k.plural.is_empty())
        .map(|k| (k.gvk.group.as_str(), k.plural.as_str()))
        .collect();
    let all_known = named.iter().all(|group| known.iter().any(|(g, _)| g == group));
    if named.is_empty() || !all_known {
        return;
    }
    for resource in resources.known().into_iter().flatten() {
        let Some(text) = resource.text() else { continue };
        let plural = text.split('/').next().unwrap_or_default();
        if plural == "*" || known.iter().any(|(g, p)| named.contains(g) && *p == plural) {
            continue;
        }
        let found = Diagnostic::warning("unknown-resource", "the API has no such resource")
            .detail(format!(
                "None of the groups {} has resources called {}.",
                named.iter().map(|g| format!("\"{g}\"")).collect::<Vec<_>>().join(", "),
                resource.shown()
            ))
            .at(resource.span, "");
        let elsewhere = known.iter().find(|(_, p)| *p == plural);
        report.push(match elsewhere {
            Some((group, _)) => found.help(format!("api_groups = [\"{group}\"]")),
            None => match nearest(plural, known.iter().filter(|(g, _)| named.contains(g)).map(|(_, p)| *p)) {
                Some(near) => found.help(format!("\"{near}\"")),
                None => found,
            },
        });
    }
}

/// The service account of pods: its name, or a block.
#[derive(Debug, Clone, PartialEq)]
pub enum Account {
    /// The name of one that exists.
    Name(String),
    /// `service_account.web`.
    Reference(Address),
}

impl FromValue for Account {
    const TYPE: &'static TypeSchema =
        &TypeSchema::Other("a service account or the name of one that exists", "service_account.web");
    const REFERENCES: bool = true;

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        match &value.data {
            Data::Handle(h) if h.kind == "service_account" => h.address.clone().map(Account::Reference),
            Data::String(name) if is_dns_name(name) => Some(Account::Name(name.to_string())),
            Data::String(_) => {
                cx.malformed(value, &syntax::DNS_NAME);
                None
            }
            _ => {
                cx.wrong_type(value, Self::TYPE);
                None
            }
        }
    }
}

/// The account as the pod's spec names it.
pub fn account_node(account: &Val<Account>, world: &World<'_>) -> Option<Node> {
    match &account.content {
        Content::Known(Account::Name(name)) => Some(Node::leaf(name.clone(), account.origin.clone())),
        Content::Known(Account::Reference(address)) => {
            Some(Node::leaf(world.object_name(address)?, account.origin.clone()))
        }
        _ => account.map(|_| String::new()).to_node(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{compile, object};

    const TEXT: &str = include_str!("../../clean/network.hcl");

    #[test]
    fn an_account_its_roles_and_the_pods_that_run_as_it() {
        object(
            TEXT,
            "service_account.web",
            expect![[r#"
            apiVersion: v1
            automountServiceAccountToken: true
            imagePullSecrets:
            - name: registry
            kind: ServiceAccount
            metadata:
              name: web
        "#]],
        );
        object(
            TEXT,
            "service_account.web:role",
            expect![[r#"
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata:
              name: web
            rules:
            - apiGroups:
              - ""
              resources:
              - configmaps
              - pods/log
              verbs:
              - get
              - list
            - apiGroups:
              - apps
              resourceNames:
              - web
              resources:
              - deployments
              verbs:
              - patch
        "#]],
        );
        object(
            TEXT,
            "service_account.web:cluster-role",
            expect![[r#"
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata:
              name: shop-web
            rules:
            - apiGroups:
              - ""
              resources:
              - nodes
              verbs:
              - list
            - nonResourceURLs:
              - /metrics
              verbs:
              - get
        "#]],
        );
        object(
            TEXT,
            "service_account.web:cluster-role-binding",
            expect![[r#"
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata:
              name: shop-web
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: ClusterRole
              name: shop-web
            subjects:
            - kind: ServiceAccount
              name: web
              namespace: shop
        "#]],
        );
        object(
            TEXT,
            "app.web:disruption-budget",
            expect![[r#"
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata:
              name: web
            spec:
              minAvailable: 50%
              selector:
                matchLabels:
                  plimsoll.dev/app: web
                  plimsoll.dev/project: shop
        "#]],
        );
        let compiled = compile(TEXT);
        let app = compiled.desired.objects.iter().find(|o| o.address.to_string() == "app.web").unwrap();
        let spec = &app.root.to_json()["spec"]["template"]["spec"];
        assert_eq!(spec["serviceAccountName"], "web");
        let edges = compiled.desired.edges.iter().map(|e| format!("{} -> {}\n", e.from, e.to));
        expect![[r#"
            app.web -> app.web:disruption-budget
            app.web -> service_account.web
            network_policy.web -> app.web
            service_account.web -> app.web
            service_account.web -> service_account.web:cluster-role
            service_account.web -> service_account.web:cluster-role-binding
            service_account.web -> service_account.web:role
            service_account.web -> service_account.web:role-binding
        "#]]
        .assert_eq(&edges.collect::<String>());
    }
}
