//! `node_affinity`, `pod_affinity`, `pod_anti_affinity`: beside what pods run.

use plimsoll_model::{Diagnostic, Node, Origin, Report, Span};

use super::matching::{Match, check_match, check_near, check_together, expression};
use super::pod::Pod;
use super::scheduling::selected_anyway;
use crate::declare::{Block, Labeled, Nested, Tree, Val};
use crate::handles::AppRef;
use crate::identity;
use crate::syntax;
use crate::world::{Item, World};

/// Which nodes take the pods, by the nodes' labels.
#[derive(Debug, Clone, Block)]
#[block(name = "node_affinity")]
pub struct NodeAffinity {
    /// What a node must have; where there are several blocks, one of them is enough.
    #[nested(manual)]
    pub required: Vec<Nested<NodeRequired>>,
    /// What is better than nothing; weights of what holds are summed.
    #[nested(manual)]
    pub preferred: Vec<Nested<NodePreferred>>,
}

/// A term of labels that a node must have, all of them.
#[derive(Debug, Clone, Block)]
#[block(name = "required")]
pub struct NodeRequired {
    /// What holds for one label.
    #[nested(name = "match", min = 1, manual)]
    pub matches: Vec<Labeled<Match>>,
}

/// A term of labels that a node should have, all of them.
#[derive(Debug, Clone, Block)]
#[block(name = "preferred")]
pub struct NodePreferred {
    /// What the term counts.
    #[attr(manual, range = 1..=100, default = 1)]
    pub weight: Val<u32>,
    /// What holds for one label.
    #[nested(name = "match", min = 1, manual)]
    pub matches: Vec<Labeled<Match>>,
}

/// Beside, or away from, which other pods they run.
#[derive(Debug, Clone, Block)]
#[block(name = "pod_affinity")]
pub struct PodAffinity {
    /// What must hold; all blocks.
    #[nested(manual)]
    pub required: Vec<Nested<PodRequired>>,
    /// What is better than nothing; weights of what holds are summed.
    #[nested(manual)]
    pub preferred: Vec<Nested<PodPreferred>>,
}

/// Other pods, and what counts as beside them.
#[derive(Debug, Clone, Block)]
#[block(name = "required")]
pub struct PodRequired {
    /// The other pods.
    #[flatten]
    pub term: PodTerm,
}

/// Other pods, and what counts as beside them, weighed.
#[derive(Debug, Clone, Block)]
#[block(name = "preferred")]
pub struct PodPreferred {
    /// What the term counts.
    #[attr(manual, range = 1..=100, default = 1)]
    pub weight: Val<u32>,
    /// The other pods.
    #[flatten]
    pub term: PodTerm,
}

/// Other pods, and what counts as beside them.
#[derive(Debug, Clone, Block)]
#[block(name = "term")]
pub struct PodTerm {
    /// The node label whose equal values count as the same place: `kubernetes.io/hostname`.
    #[attr(manual, known, syntax = syntax::LABEL_KEY)]
    pub topology_key: Val<String>,
    /// The namespaces of the other pods; by default the app's own.
    #[attr(manual, known, syntax = syntax::DNS_LABEL)]
    pub namespaces: Option<Val<Vec<Val<String>>>>,
    /// The namespaces of the other pods, by the namespaces' labels; all of them where it is empty.
    #[nested(manual)]
    pub namespace_selector: Option<Nested<NamespaceSelector>>,
    /// Labels that the other pods have with the same value as the app's own: `["pod-template-hash"]`.
    #[attr(manual, known, syntax = syntax::LABEL_KEY)]
    pub match_label_keys: Option<Val<Vec<Val<String>>>>,
    /// Labels that the other pods have with another value.
    #[attr(manual, known, syntax = syntax::LABEL_KEY)]
    pub mismatch_label_keys: Option<Val<Vec<Val<String>>>>,
    /// The app whose pods they are: `app.redis` or `self`.
    #[attr(manual)]
    pub app: Option<Val<AppRef>>,
    /// What holds for one label of theirs.
    #[nested(name = "match", manual)]
    pub matches: Vec<Labeled<Match>>,
    /// Where the block stands.
    #[header]
    pub header: Span,
}

/// Namespaces by their labels.
#[derive(Debug, Clone, Block)]
#[block(name = "namespace_selector")]
pub struct NamespaceSelector {
    /// What holds for one label of a namespace.
    #[nested(name = "match", manual)]
    pub matches: Vec<Labeled<Match>>,
}

/// Operators, and selectors that select something.
pub fn check(pod: &Pod, world: &World<'_>, report: &mut Report) {
    if let Some(nodes) = &pod.node_affinity {
        let required = nodes.required.iter().flat_map(|r| &r.matches);
        for matching in required.chain(nodes.preferred.iter().flat_map(|p| &p.matches)) {
            check_match(matching, true, report);
        }
        nodes.required.iter().for_each(|r| check_together(&r.matches, report));
        nodes.preferred.iter().for_each(|p| check_together(&p.matches, report));
        check_not_empty("node_affinity", nodes.header, nodes.required.len() + nodes.preferred.len(), report);
    }
    for (name, block) in [("pod_affinity", &pod.pod_affinity), ("pod_anti_affinity", &pod.pod_anti_affinity)]
    {
        let Some(block) = block else { continue };
        let terms = block.required.iter().map(|r| &r.term).chain(block.preferred.iter().map(|p| &p.term));
        for term in terms {
            for matching in &term.matches {
                check_match(matching, false, report);
            }
            for matching in term.namespace_selector.iter().flat_map(|n| &n.matches) {
                check_match(matching, false, report);
            }
            check_label_keys(term, world, report);
            check_together(&term.matches, report);
            if term.namespaces.is_none() && term.namespace_selector.is_none() {
                check_near(&term.matches, world, report);
            }
            if term.app.is_none() && term.matches.is_empty() {
                report.push(
                    Diagnostic::error("no-selector", "affinity selects no pods")
                        .detail("A term names the other pods by `app`, by `match` blocks, or by both.")
                        .at(term.header, "")
                        .help("app = self"),
                );
            }
        }
        check_not_empty(name, block.header, block.required.len() + block.preferred.len(), report);
    }
}

/// A label is compared in one way.
fn check_label_keys(term: &PodTerm, world: &World<'_>, report: &mut Report) {
    let keys = |list: &Option<Val<Vec<Val<String>>>>| -> Vec<Val<String>> {
        list.as_ref().and_then(|l| l.known().cloned()).unwrap_or_default()
    };
    let (same, other) = (keys(&term.match_label_keys), keys(&term.mismatch_label_keys));
    let found = term
        .app
        .as_ref()
        .and_then(|app| Some((app.span, world.item(&app.known()?.address)?.declared.app()?)));
    if let Some((at, app)) = found {
        let selector = identity::selector_keys(&app.selector);
        for key in &same {
            if let Some(text) = key.text().filter(|text| selector.contains(text)) {
                report.push(selected_anyway(text, key.span, at));
            }
        }
    }
    for (i, key) in same.iter().chain(&other).enumerate() {
        let before = same.iter().chain(&other).take(i);
        let twice = before.into_iter().find(|k| k.text().is_some() && k.text() == key.text()).map(|k| k.span);
        let matching = term.matches.iter().find(|m| Some(m.label.as_str()) == key.text()).map(|m| m.header);
        if let Some(first) = twice.or(matching) {
            report.push(
                Diagnostic::error("label-matched-twice", "label is compared twice")
                    .detail(format!(
                        "{} stands once in `match`, `match_label_keys` and `mismatch_label_keys`.",
                        key.shown()
                    ))
                    .at(key.span, "")
                    .related(first, "compared here"),
            );
        }
    }
}

fn check_not_empty(name: &str, header: Span, terms: usize, report: &mut Report) {
    if terms == 0 {
        report.push(
            Diagnostic::error("no-terms", "affinity says nothing")
                .detail(format!("`{name}` holds `required` and `preferred` blocks; this one has neither."))
                .at(header, "")
                .help("required { … }"),
        );
    }
}

/// `affinity` of the pod's spec.
pub fn nodes(pod: &Pod, item: &Item<'_>, world: &World<'_>) -> Tree {
    let mut tree = Tree::new();
    if let Some(block) = &pod.node_affinity {
        tree.map("nodeAffinity", node_affinity(block));
    }
    for (key, block) in [("podAffinity", &pod.pod_affinity), ("podAntiAffinity", &pod.pod_anti_affinity)] {
        if let Some(block) = block {
            tree.map(key, pod_affinity(block, item, world));
        }
    }
    tree
}

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

fn node_affinity(block: &NodeAffinity) -> Tree {
    let mut tree = Tree::new();
    let term = |matches: &[Labeled<Match>], header: Span| {
        let mut term = Tree::new();
        term.list("matchExpressions", matches.iter().map(expression).collect());
        Node::Map(term.into_entries(), Origin::at(header))
    };
    let mut required = Tree::new();
    required.list("nodeSelectorTerms", block.required.iter().map(|r| term(&r.matches, r.header)).collect());
    tree.map(REQUIRED, required);
    let preferred = block.preferred.iter().map(|p| {
        let mut weighted = Tree::new();
        weighted.attr("weight", &p.weight);
        weighted.put("preference", term(&p.matches, p.header));
        Node::Map(weighted.into_entries(), Origin::at(p.header))
    });
    tree.list(PREFERRED, preferred.collect());
    tree
}

fn pod_affinity(block: &PodAffinity, item: &Item<'_>, world: &World<'_>) -> Tree {
    let mut tree = Tree::new();
    tree.list(REQUIRED, block.required.iter().map(|r| pod_term(&r.term, item, world)).collect());
    let preferred = block.preferred.iter().map(|p| {
        let mut weighted = Tree::new();
        weighted.attr("weight", &p.weight);
        weighted.put("podAffinityTerm", pod_term(&p.term, item, world));
        Node::Map(weighted.into_entries(), Origin::at(p.header))
    });
    tree.list(PREFERRED, preferred.collect());
    tree
}

fn pod_term(term: &PodTerm, item: &Item<'_>, world: &World<'_>) -> Node {
    let mut tree = Tree::new();
    let mut selector = Tree::new();
    if let Some(reference) = &term.app
        && let Some(address) = reference.known().map(|r| &r.address)
    {
        let other = if *address == item.block.address { Some(item) } else { world.item(address) };
        if let Some((other, app)) = other.and_then(|o| Some((o, o.declared.app()?))) {
            selector.put("matchLabels", identity::selector(world, other, &app.selector));
        }
    }
    selector.list("matchExpressions", term.matches.iter().map(expression).collect());
    tree.map("labelSelector", selector);
    tree.attr("namespaces", &term.namespaces);
    if let Some(namespaces) = &term.namespace_selector {
        let mut selector = Tree::new();
        selector.list("matchExpressions", namespaces.matches.iter().map(expression).collect());
        tree.put("namespaceSelector", Node::Map(selector.into_entries(), Origin::at(namespaces.header)));
    }
    tree.attr("matchLabelKeys", &term.match_label_keys);
    tree.attr("mismatchLabelKeys", &term.mismatch_label_keys);
    tree.attr("topologyKey", &term.topology_key);
    Node::Map(tree.into_entries(), Origin::at(term.header))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check, object};

    #[test]
    fn operators_weights_and_selectors() {
        let text = app(
            "",
            r#"
node_affinity {
  required {
    match "disk" {}
    match "a b" { in = [] }
  }
  preferred {
    weight = 101
    match "x" {
      gt = 1
      lt = 3
    }
  }
}
pod_affinity {
  required {
    topology_key = "kubernetes.io/hostname"
  }
  preferred {
    match "n" { gt = 1.5 }
    app = "web"
  }
}
pod_anti_affinity {}
"#,
        );
        check(
            &text,
            expect![[r#"
                error[match-operator]: match takes exactly one operator
                  This one has none of `in`, `not_in`, `exists`, `gt` and `lt`.
                  t.hcl:5: match "disk"
                  help: in = ["…"]
                error[bad-key]: key is malformed
                  "a b" is no label key: at most 63 letters, digits, `-`, `_` and `.`, starting and ending with a letter or digit, after an optional DNS name and `/`.
                  t.hcl:6: "a b"
                error[match-empty]: list of values is empty
                  `in` compares with one value at least.
                  t.hcl:6: []
                  help: exists = true holds for any value
                error[out-of-range]: number is out of range
                  101 is not between 1 and 100, which `weight` of preferred must be.
                  t.hcl:9: 101
                  help: weight = 100
                error[match-operator]: match takes exactly one operator
                  This one has `gt` and `lt`.
                  t.hcl:12: 3
                  t.hcl:11: 1
                  help: a second match "x" { … } must hold too
                error[no-selector]: affinity selects no pods
                  A term names the other pods by `app`, by `match` blocks, or by both.
                  t.hcl:17: required
                  help: app = self
                error[missing-attribute]: required attribute is missing
                  Preferred needs `topology_key`. The node label whose equal values count as the same place: `kubernetes.io/hostname`.
                  t.hcl:20: preferred
                  help: topology_key = "…"
                error[wrong-type]: wrong type
                  `gt` of match "n" takes a whole number, but this has a fraction or is too large.
                  t.hcl:21: 1.5
                  help: gt = 1
                error[match-operator-of-nodes]: operator compares nodes only
                  `gt` compares labels of nodes; labels of pods take `in`, `not_in` and `exists`.
                  t.hcl:21: 1.5
                error[wrong-type]: wrong type
                  `app` of preferred takes a reference to an app, but this is a string.
                  t.hcl:22: "web"
                  help: name the block by a reference: app = app.web
                error[no-terms]: affinity says nothing
                  `pod_anti_affinity` holds `required` and `preferred` blocks; this one has neither.
                  t.hcl:25: pod_anti_affinity
                  help: required { … }
            "#]],
        );
    }

    #[test]
    fn every_operator() {
        let text = app(
            "",
            r#"
node_affinity {
  required {
    match "a" { exists = true }
    match "b" { exists = false }
  }
  required {
    match "c" { gt = 4 }
    match "d" { lt = 8 }
  }
}
pod_affinity {
  required {
    topology_key = "zone"
    namespaces   = ["shop", "other"]
    app          = app.other
    match "x" { in = ["y"] }
  }
}
"#,
        );
        object(
            &format!("{text}\napp \"other\" {{\ncontainer \"c\" {{ image = \"c:1\" }}\n}}"),
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
                      affinity:
                        nodeAffinity:
                          requiredDuringSchedulingIgnoredDuringExecution:
                            nodeSelectorTerms:
                            - matchExpressions:
                              - key: a
                                operator: Exists
                              - key: b
                                operator: DoesNotExist
                            - matchExpressions:
                              - key: c
                                operator: Gt
                                values:
                                - "4"
                              - key: d
                                operator: Lt
                                values:
                                - "8"
                        podAffinity:
                          requiredDuringSchedulingIgnoredDuringExecution:
                          - labelSelector:
                              matchExpressions:
                              - key: x
                                operator: In
                                values:
                                - "y"
                              matchLabels:
                                plimsoll.dev/app: other
                                plimsoll.dev/project: shop
                            namespaces:
                            - shop
                            - other
                            topologyKey: zone
                      containers:
                      - image: web:1
                        name: web
                        ports:
                        - containerPort: 80
                          name: http
                          protocol: TCP
            "#]],
        );
    }
}
