//! `toleration` and `topology_spread`: which nodes take a pod, besides affinity.

use plimsoll_model::{Diagnostic, Node, Origin, Report, Span};

use super::matching::{Match, check_match, check_together, expression};
use crate::declare::{Block, Keyword, Labeled, Nested, Tree, Val};
use crate::syntax;

/// A taint of nodes that the pods put up with.
#[derive(Debug, Clone, Block)]
#[block(name = "toleration")]
pub struct Toleration {
    /// The taint's key; every taint where it is left out.
    #[attr(syntax = syntax::LABEL_KEY)]
    pub key: Option<Val<String>>,
    /// How the value is compared.
    pub operator: Option<Val<TolerationOperator>>,
    /// The taint's value.
    #[attr(syntax = syntax::LABEL_VALUE)]
    pub value: Option<Val<String>>,
    /// The taint's effect; every effect where it is left out.
    pub effect: Option<Val<Effect>>,
    /// How long a pod stays on a node that gets the taint, for `NoExecute`.
    pub toleration_seconds: Option<Val<i64>>,
}

impl Toleration {
    /// What belongs together.
    pub fn check(&self, at: &Nested<Toleration>, report: &mut Report) {
        let exists = self.operator.as_ref().is_some_and(|o| o.known() == Some(&TolerationOperator::Exists));
        let mut wrong = |span, detail: &str, help: &str| {
            let found = Diagnostic::error("bad-toleration", "toleration contradicts itself")
                .detail(detail)
                .at(span, "")
                .help(help);
            report.push(if span == at.header { found } else { found.related(at.header, "") });
        };
        if let Some(value) = &self.value
            && exists
        {
            wrong(
                value.span,
                "`Exists` holds for any value of the taint, so none can be given.",
                "remove `value`",
            );
        }
        if self.key.is_none() && !exists && self.operator.as_ref().is_none_or(|o| o.known().is_some()) {
            wrong(
                at.header,
                "Without a key every taint is meant, whatever its value.",
                "operator = \"Exists\"",
            );
        }
        let evicts = self.effect.as_ref().is_some_and(|e| e.known().is_none_or(|e| *e == Effect::NoExecute));
        if let Some(seconds) = &self.toleration_seconds
            && !evicts
        {
            wrong(seconds.span, "Only `NoExecute` drives pods away after a time.", "effect = \"NoExecute\"");
        }
    }
}

/// How a toleration compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum TolerationOperator {
    /// The values are equal.
    Equal,
    /// The taint is there.
    Exists,
}

/// What a taint does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum Effect {
    /// Keeps new pods away.
    NoSchedule,
    /// Keeps new pods away where there are other nodes.
    PreferNoSchedule,
    /// Drives pods away.
    NoExecute,
}

/// How evenly an app's own pods spread over the nodes.
#[derive(Debug, Clone, Block)]
#[block(name = "topology_spread")]
pub struct TopologySpread {
    /// How many pods more one place may have than another.
    #[attr(range = 1.., default = 1)]
    pub max_skew: Val<u32>,
    /// The node label whose values are the places: `topology.kubernetes.io/zone`.
    #[attr(syntax = syntax::LABEL_KEY)]
    pub topology_key: Val<String>,
    /// What happens where it cannot be kept.
    #[attr(default = "DoNotSchedule")]
    pub when_unsatisfiable: Val<Unsatisfiable>,
    /// How many places there must be at least, for `DoNotSchedule`.
    #[attr(range = 1..)]
    pub min_domains: Option<Val<u32>>,
    /// Whether nodes that affinity rules out count as places.
    pub node_affinity_policy: Option<Val<Inclusion>>,
    /// Whether nodes whose taints the pods do not put up with count as places.
    pub node_taints_policy: Option<Val<Inclusion>>,
    /// Labels of which only pods with the same value are counted together: `["pod-template-hash"]`.
    #[attr(known, syntax = syntax::LABEL_KEY)]
    pub match_label_keys: Option<Val<Vec<Val<String>>>>,
    /// What else holds for one label of the app's pods that are counted.
    #[nested(name = "match", manual)]
    pub matches: Vec<Labeled<Match>>,
}

/// Whether nodes count that could not take a pod anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum Inclusion {
    /// They do not count.
    Honor,
    /// They count.
    Ignore,
}

/// Each place and consequence once, and settings that belong together.
pub fn check_spreads(spreads: &[Nested<TopologySpread>], selector: &[&str], report: &mut Report) {
    for (i, spread) in spreads.iter().enumerate() {
        for matching in &spread.matches {
            check_match(matching, false, report);
        }
        check_together(&spread.matches, report);
        let same = |other: &&Nested<TopologySpread>| {
            other.topology_key.known().is_some()
                && other.topology_key.known() == spread.topology_key.known()
                && other.when_unsatisfiable.known() == spread.when_unsatisfiable.known()
        };
        if let Some(first) = spreads[..i].iter().find(same) {
            report.push(
                Diagnostic::error("duplicate-spread", "pods are spread twice over the same places")
                    .detail(format!(
                        "One `topology_spread` says how evenly pods spread over {}.",
                        spread.topology_key.shown()
                    ))
                    .at(spread.header, "the second one")
                    .related(first.header, "the first one"),
            );
        }
        if let Some(least) = &spread.min_domains
            && spread.when_unsatisfiable.known() == Some(&Unsatisfiable::ScheduleAnyway)
        {
            report.push(
                Diagnostic::error("domains-without-waiting", "no pod waits for places")
                    .detail(
                        "Only where pods wait, with DoNotSchedule, can there be a least number of places.",
                    )
                    .at(least.span, "")
                    .related(spread.when_unsatisfiable.span, "the pods go anywhere")
                    .help("when_unsatisfiable = \"DoNotSchedule\""),
            );
        }
        let mut seen: Vec<&Val<String>> = Vec::new();
        for key in spread.match_label_keys.iter().filter_map(Val::known).flatten() {
            if let Some(first) = seen.iter().find(|k| k.text().is_some() && k.text() == key.text()) {
                report.push(
                    Diagnostic::error("duplicate-label-key", "label stands twice")
                        .detail(format!("`match_label_keys` names {} once.", key.shown()))
                        .at(key.span, "the second one")
                        .related(first.span, "the first one"),
                );
            }
            seen.push(key);
            if let Some(text) = key.text().filter(|text| selector.contains(text)) {
                report.push(selected_anyway(text, key.span, spread.header));
            }
            if let Some(matching) = spread.matches.iter().find(|m| Some(m.label.as_str()) == key.text()) {
                report.push(
                    Diagnostic::error("label-matched-twice", "label is compared twice")
                        .detail(format!("A `match` says already which {} counts.", key.shown()))
                        .at(key.span, "")
                        .related(matching.header, "compared here"),
                );
            }
        }
    }
}

/// A label by which the pods are found anyway is compared twice: the API refuses each pod.
pub fn selected_anyway(label: &str, at: Span, found: Span) -> Diagnostic {
    Diagnostic::error("label-matched-twice", "label is compared twice")
        .detail(format!(
            "The pods that are meant are found by their `{label}`, which is the same for all of them."
        ))
        .at(at, "")
        .related(found, "these pods")
        .help(format!("leave \"{label}\" out of `match_label_keys`"))
}

/// What happens where pods cannot be spread evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum Unsatisfiable {
    /// The pod waits.
    DoNotSchedule,
    /// The pod goes where it does least harm.
    ScheduleAnyway,
}

/// The items of `topologySpreadConstraints`, about the pods that `selector` selects.
pub fn spread_nodes(spreads: &[Nested<TopologySpread>], selector: &Node) -> Vec<Node> {
    let item = |spread: &Nested<TopologySpread>| {
        let mut tree = Tree::new();
        spread.block.write("", &mut tree);
        let mut labels = Tree::new();
        labels.put("matchLabels", selector.clone());
        labels.list("matchExpressions", spread.matches.iter().map(expression).collect());
        tree.map("labelSelector", labels);
        Node::Map(tree.into_entries(), Origin::at(spread.header))
    };
    spreads.iter().map(item).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check};

    #[test]
    fn tolerations_agree_with_themselves() {
        let text = "toleration {\nkey = \"a\"\noperator = \"Exists\"\nvalue = \"b\"\n}\ntoleration { effect = \"NoSchedule\" }\ntoleration {\nkey = \"a\"\nvalue = \"b\"\ntoleration_seconds = 3\n}";
        check(
            &app("", text),
            expect![[r#"
                error[bad-toleration]: toleration contradicts itself
                  `Exists` holds for any value of the taint, so none can be given.
                  t.hcl:5: "b"
                  t.hcl:2: toleration
                  help: remove `value`
                error[bad-toleration]: toleration contradicts itself
                  Without a key every taint is meant, whatever its value.
                  t.hcl:7: toleration
                  help: operator = "Exists"
                error[bad-toleration]: toleration contradicts itself
                  Only `NoExecute` drives pods away after a time.
                  t.hcl:11: 3
                  t.hcl:8: toleration
                  help: effect = "NoExecute"
            "#]],
        );
    }
}
