//! What the configuration would have to say for a value that drifted to stay: an edit of one attribute where
//! the value is a literal, else the place where it is made.
//!
//! An edit goes into saved plans and into what is printed: nothing that stands beside the attribute may be
//! in it, for that may be a secret.

use std::collections::BTreeMap;

use plimsoll_model::source::SourceMap;
use plimsoll_model::{Desired, DesiredObject, Leaf, Node, Span, VariableOrigin};
use plimsoll_schema::{Path, equal};
use serde_json::Value as Json;

use crate::change::{Accept, Side};
use crate::fields;
use crate::world::World;

/// What would accept `live`, the value in the cluster, at `path` of an object; none where nobody wrote
/// the value that stands there, or it may not be shown.
pub(crate) fn of(want: &DesiredObject, path: &Path, live: &Side, world: &World<'_>) -> Option<Accept> {
    let Some(Node::Leaf(leaf)) = fields::node_at(&want.root, path) else { return None };
    let span = leaf.origin.shown()?;
    let made = || Accept::Made { at: world.input.sources.locate(span) };
    Some(edit(leaf, span, live, world).unwrap_or_else(made))
}

/// The edit of the literal at `span` that makes the leaf what `live` is; none where there is no such edit, or
/// it may not be shown.
fn edit(leaf: &Leaf, span: Span, live: &Side, world: &World<'_>) -> Option<Accept> {
    let sources = world.input.sources;
    let variables = leaf.origin.variables();
    if leaf.sensitive || !is_passed_on(leaf, sources) {
        return None;
    }
    // A file that an expression reads is YAML or the like, without templates.
    let templates = !span.source.is_included();
    let attribute = Attribute::around(sources, span)?;
    if !is_literal(&attribute.value, &leaf.value, templates) {
        return None;
    }
    let becomes = match live {
        // Without the value of a variable, its default would hold.
        Side::Absent if attribute.is_alone && variables.is_empty() => None,
        Side::Known(value) if !value.is_object() && !value.is_array() => {
            Some(attribute.with(&literal(value, templates)))
        }
        _ => return None,
    };
    let line = attribute.with(&attribute.value);
    if world.secrets.holds(&line) || becomes.as_ref().is_some_and(|b| world.secrets.holds(b)) {
        return None;
    }
    let also = world.uses().count(span, variables).saturating_sub(1);
    Some(Accept::Edit { at: sources.locate(span), line, becomes, also })
}

/// Whether the leaf is a variable as it is, or none was read for it: `"v${var.tag}"` may be the text of its
/// variable and yet not follow it.
fn is_passed_on(leaf: &Leaf, sources: &SourceMap) -> bool {
    match leaf.origin.variables() {
        [] => true,
        [one] => {
            let written = leaf.origin.span().map(|span| sources.snippet(span).trim());
            written == Some(format!("var.{}", one.name).as_str())
        }
        _ => false,
    }
}

/// Whether a text of the configuration is a literal, and that value.
fn is_literal(text: &str, value: &Json, templates: bool) -> bool {
    let template = templates && (text.contains("${") || text.contains("%{"));
    !template && serde_json::from_str::<Json>(text).is_ok_and(|written| equal(&written, value))
}

/// A scalar as it is written in a configuration, or in a file that has no templates.
fn literal(value: &Json, templates: bool) -> String {
    match templates {
        true => value.to_string().replace("${", "$${").replace("%{", "%%{"),
        false => value.to_string(),
    }
}

/// An attribute of one line: `replicas = 3`, `replicas: 3`.
struct Attribute {
    /// The name, the sign and the space between them and the value.
    head: String,
    value: String,
    /// Whether its line holds nothing else but a comment, so that it may go.
    is_alone: bool,
}

impl Attribute {
    /// The attribute whose whole value stands at `span`; none where it is the value of something else, or a
    /// part of one.
    fn around(sources: &SourceMap, span: Span) -> Option<Attribute> {
        let text = sources.text(span.source);
        let before = text.get(..span.start as usize)?;
        let before = before.rsplit_once('\n').map_or(before, |(_, line)| line);
        let after = text.get(span.end as usize..)?;
        let after = after.split_once('\n').map_or(after, |(line, _)| line).trim();
        let named = before.trim_end().strip_suffix(['=', ':'])?.trim_end();
        let beside = match named.strip_suffix('"') {
            Some(open) => open.rsplit_once('"')?.0,
            None => named.trim_end_matches(|c: char| c.is_alphanumeric() || "_-./".contains(c)),
        };
        let head = before.get(beside.len()..).filter(|_| beside.len() < named.len())?.to_string();
        let beside = beside.trim_matches(is_around);
        let comment = |text: &str| text.is_empty() || text.starts_with('#') || text.starts_with("//");
        let begins = beside.is_empty() || beside.ends_with(['{', ',', '-', ';']);
        let ends = comment(after) || after.starts_with([',', '}']) || after.starts_with("/*");
        let is_alone = beside.is_empty() && comment(after.strip_prefix(',').unwrap_or(after).trim_start());
        let value = sources.snippet(span).to_string();
        (begins && ends).then_some(Attribute { head, value, is_alone })
    }

    /// The attribute with another value.
    fn with(&self, value: &str) -> String {
        format!("{}{value}", self.head)
    }
}

/// Space, and the mark that a file may begin with.
fn is_around(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// How many fields of a configuration are made from each text and each variable.
#[derive(Debug)]
pub(crate) struct Uses {
    spans: BTreeMap<Span, usize>,
    variables: BTreeMap<VariableOrigin, usize>,
}

impl Uses {
    pub(crate) fn of(desired: &Desired) -> Uses {
        let mut uses = Uses { spans: BTreeMap::new(), variables: BTreeMap::new() };
        for (_, leaf) in desired.objects.iter().flat_map(|object| object.root.leaves()) {
            if let Some(span) = leaf.origin.span() {
                *uses.spans.entry(span).or_default() += 1;
            }
            for variable in leaf.origin.variables() {
                match uses.variables.get_mut(variable) {
                    Some(count) => *count += 1,
                    None => drop(uses.variables.insert(variable.clone(), 1)),
                }
            }
        }
        uses
    }

    /// How many are made from the text at `span`, which gives the variable its value where there is one.
    fn count(&self, span: Span, variables: &[VariableOrigin]) -> usize {
        let count = match variables {
            [one] => self.variables.get(one),
            _ => self.spans.get(&span),
        };
        count.copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_literal_is_what_stands_there_and_no_template() {
        let holds = |text: &str, value: Json| is_literal(text, &value, true);
        assert!(holds("3", json!(3)) && holds("\"a:1\"", json!("a:1")));
        assert!(!holds("var.n", json!(3)) && !holds("\"${var.x}\"", json!("${var.x}")));
        assert!(!holds("3", json!("3")));
        assert_eq!(literal(&json!("a ${b}"), true), "\"a $${b}\"");
        // Elsewhere these are plain text.
        assert!(is_literal("\"${x}\"", &json!("${x}"), false));
        assert_eq!(literal(&json!("a ${b}"), false), "\"a ${b}\"");
    }

    /// The attribute around the first `3` of a text: as it is, with another value, and whether it may go.
    fn around(text: &str) -> Option<(String, String, bool)> {
        let mut sources = SourceMap::new();
        let id = sources.add("web.hcl", text);
        let start = text.find('3').unwrap();
        let found = Attribute::around(&sources, Span::new(id, start, start + 1))?;
        Some((found.with(&found.value), found.with("5"), found.is_alone))
    }

    #[test]
    fn nothing_but_the_attribute_itself_is_told() {
        let told = |line: &str, becomes: &str, alone| Some((line.to_string(), becomes.to_string(), alone));
        let plain = |alone| told("replicas = 3", "replicas = 5", alone);
        assert_eq!(around("app \"web\" {\n  replicas = 3\r\n}\n"), plain(true));
        assert_eq!(around("\u{feff}replicas = 3 # hunter2"), plain(true));
        assert_eq!(around("  replicas = 3,\n"), plain(true));
        assert_eq!(around("values = { replicas = 3, password = \"hunter2\" }"), plain(false));
        assert_eq!(around("values = { password = \"hunter2\", replicas = 3 }"), plain(false));
        assert_eq!(around("/* hunter2 */ replicas = 3"), None);
        assert_eq!(around("{ \"a b\" : 3 }"), told("\"a b\" : 3", "\"a b\" : 5", false));
        assert_eq!(around("- port: 3 # x"), told("port: 3", "port: 5", false));
    }

    #[test]
    fn a_part_of_an_expression_is_no_attribute() {
        for text in ["x = a ? b : 3", "x = [3]", "x = 3 + 1", "x == 3", "  : 3", "(x) = 3", "x = f(3)"] {
            assert_eq!(around(text), None, "{text}");
        }
    }
}
