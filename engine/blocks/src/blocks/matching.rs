//! `match`: what holds for one label of a node, a pod or a namespace.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::{Diagnostic, Node, Origin, Report, Span};

use crate::declare::{Block, Labeled, ToNode, Tree, Val, nearest};
use crate::syntax;
use crate::world::World;

/// What holds for one label: exactly one operator.
#[derive(Debug, Clone, Block)]
#[block(name = "match", label = "key")]
pub struct Match {
    /// It has one of these values.
    #[attr(manual, known, syntax = syntax::LABEL_VALUE)]
    pub r#in: Option<Val<Vec<Val<String>>>>,
    /// It has none of these values.
    #[attr(manual, known, syntax = syntax::LABEL_VALUE)]
    pub not_in: Option<Val<Vec<Val<String>>>>,
    /// It is there (`true`), or is not (`false`).
    #[attr(manual, known)]
    pub exists: Option<Val<bool>>,
    /// It is a number above this one.
    #[attr(manual, known)]
    pub gt: Option<Val<i64>>,
    /// It is a number below this one.
    #[attr(manual, known)]
    pub lt: Option<Val<i64>>,
}

impl Match {
    /// The operators that are there, by their attributes.
    fn operators(&self) -> Vec<(&'static str, Span)> {
        let mut all = Vec::new();
        all.extend(self.r#in.as_ref().map(|v| ("in", v.span)));
        all.extend(self.not_in.as_ref().map(|v| ("not_in", v.span)));
        all.extend(self.exists.as_ref().map(|v| ("exists", v.span)));
        all.extend(self.gt.as_ref().map(|v| ("gt", v.span)));
        all.extend(self.lt.as_ref().map(|v| ("lt", v.span)));
        all
    }
}

/// Exactly one operator, and one that compares what the labels are of.
pub fn check_match(matching: &Labeled<Match>, of_nodes: bool, report: &mut Report) {
    if !(syntax::LABEL_KEY.holds)(&matching.label) {
        report.push(
            Diagnostic::error("bad-key", "key is malformed")
                .detail(format!("\"{}\" is no label key: {}.", matching.label, syntax::LABEL_KEY.rule))
                .at(matching.label_span, ""),
        );
    }
    match matching.operators().as_slice() {
        [] => report.push(
            Diagnostic::error("match-operator", "match takes exactly one operator")
                .detail("This one has none of `in`, `not_in`, `exists`, `gt` and `lt`.")
                .at(matching.header, "")
                .help("in = [\"…\"]"),
        ),
        [(name @ ("gt" | "lt"), span)] if !of_nodes => report.push(
            Diagnostic::error("match-operator-of-nodes", "operator compares nodes only")
                .detail(format!(
                    "`{name}` compares labels of nodes; labels of pods take `in`, `not_in` and `exists`."
                ))
                .at(*span, ""),
        ),
        [_] => {}
        [(first, one), (second, other), ..] => report.push(
            Diagnostic::error("match-operator", "match takes exactly one operator")
                .detail(format!("This one has `{first}` and `{second}`."))
                .at(*other, "")
                .related(*one, "")
                .help(format!("a second match \"{}\" {{ … }} must hold too", matching.label)),
        ),
    }
    for (name, list) in [("in", &matching.r#in), ("not_in", &matching.not_in)] {
        if let Some(list) = list
            && list.known().is_some_and(Vec::is_empty)
        {
            report.push(
                Diagnostic::error("match-empty", "list of values is empty")
                    .detail(format!("`{name}` compares with one value at least."))
                    .at(list.span, "")
                    .help("exists = true holds for any value"),
            );
        }
    }
}

/// Reports blocks that cannot hold together.
pub fn check_together(matches: &[Labeled<Match>], report: &mut Report) {
    for (i, matching) in matches.iter().enumerate() {
        let others = matches[..i].iter().filter(|other| other.label == matching.label);
        for other in others {
            let clash = |one: &Match, two: &Match| {
                let texts = |list: &Option<Val<Vec<Val<String>>>>| -> Option<BTreeSet<String>> {
                    list.as_ref()?.known()?.iter().map(|v| v.text().map(str::to_string)).collect()
                };
                let absent = one.exists.as_ref().is_some_and(|e| e.known() == Some(&false));
                let present = two.exists.as_ref().is_some_and(|e| e.known() == Some(&true));
                match (texts(&one.r#in), texts(&two.r#in), texts(&two.not_in)) {
                    (Some(values), Some(wanted), _) => values.is_disjoint(&wanted),
                    (Some(values), _, Some(refused)) => values.is_subset(&refused),
                    _ => absent && (present || two.r#in.is_some()),
                }
            };
            if clash(matching, other) || clash(other, matching) {
                report.push(
                    Diagnostic::error("match-contradiction", "no label can be both")
                        .detail(format!(
                            "Both `match` blocks must hold, but no value of \"{}\" satisfies them.",
                            matching.label
                        ))
                        .at(matching.header, "this one")
                        .related(other.header, "and this one"),
                );
            }
        }
    }
}

/// Reports a value that no declared pod has, where a declared pod has nearly the same one.
pub fn check_near(matches: &[Labeled<Match>], world: &World<'_>, report: &mut Report) {
    for matching in matches {
        let Some(values) = matching.r#in.as_ref().and_then(|l| l.known()) else { continue };
        let declared = declared(&matching.label, world);
        if values.iter().any(|v| v.text().is_none_or(|t| declared.contains_key(t))) {
            continue;
        }
        for value in values {
            let near = nearest(value.text().unwrap_or_default(), declared.keys().map(String::as_str));
            let Some((near, span)) = near.and_then(|n| Some((n, declared.get(n)?))) else { continue };
            report.push(
                Diagnostic::warning("match-near-miss", "no pod has this label, but one nearly has")
                    .detail(format!("No app has the label {} = {}.", matching.label, value.shown()))
                    .at(value.span, "")
                    .related(*span, "nearly the same")
                    .help(format!("\"{near}\"")),
            );
        }
    }
}

/// The values that a label has on the pods of apps, with where each is said.
fn declared(key: &str, world: &World<'_>) -> BTreeMap<String, Span> {
    let apps = world.items.iter().filter_map(|item| item.declared.app());
    let values = apps.flat_map(|app| [app.meta.labels.get(key), app.selector.get(key)]).flatten();
    values.filter_map(|v| Some((v.text()?.to_string(), v.span))).collect()
}

/// An item of `matchExpressions`.
pub fn expression(matching: &Labeled<Match>) -> Node {
    let mut tree = Tree::new();
    tree.put("key", Node::leaf(matching.label.clone(), Origin::at(matching.label_span)));
    let mut operator = |name: &str, origin: &Origin, values: Option<Node>| {
        tree.put("operator", Node::leaf(name, origin.clone()));
        tree.put("values", values);
    };
    if let Some(list) = &matching.r#in {
        operator("In", &list.origin, list.to_node());
    } else if let Some(list) = &matching.not_in {
        operator("NotIn", &list.origin, list.to_node());
    } else if let Some(exists) = &matching.exists {
        let name = if exists.known() == Some(&false) { "DoesNotExist" } else { "Exists" };
        operator(name, &exists.origin, None);
    } else if let Some((name, number)) =
        matching.gt.as_ref().map(|n| ("Gt", n)).or(matching.lt.as_ref().map(|n| ("Lt", n)))
    {
        let value = number.known().map(|n| {
            Node::List(vec![Node::leaf(n.to_string(), number.origin.clone())], number.origin.clone())
        });
        operator(name, &number.origin, value);
    }
    Node::Map(tree.into_entries(), Origin::at(matching.header))
}
