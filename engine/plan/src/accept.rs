//! What the configuration would have to say for a value that drifted to stay: an edit of one line where
//! the value is a literal, else the place where it is made.

use plimsoll_model::source::SourceMap;
use plimsoll_model::{DesiredObject, Node, Span, VariableOrigin};
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
    let sources = world.input.sources;
    let at = sources.locate(span);
    if leaf.sensitive {
        return Some(Accept::Made { at });
    }
    let new = match live {
        Side::Absent => None,
        Side::Known(value) if !value.is_object() && !value.is_array() => Some(literal(value)),
        _ => return Some(Accept::Made { at }),
    };
    let text = sources.snippet(span);
    if !is_literal(text, &leaf.value) {
        return Some(Accept::Made { at });
    }
    let (line, becomes) = line(sources, span, new.as_deref());
    let also = uses(span, leaf.origin.variables(), world).saturating_sub(1);
    Some(Accept::Edit { at, line, becomes, also })
}

/// Whether a text of the configuration is a literal, and that value.
fn is_literal(text: &str, value: &Json) -> bool {
    let template = text.contains("${") || text.contains("%{");
    !template && serde_json::from_str::<Json>(text).is_ok_and(|written| equal(&written, value))
}

/// A scalar as it is written in a configuration.
fn literal(value: &Json) -> String {
    value.to_string().replace("${", "$${").replace("%{", "%%{")
}

/// The line that holds a span, as it is and with another text in the span's place.
fn line(sources: &SourceMap, span: Span, new: Option<&str>) -> (String, Option<String>) {
    let text = sources.text(span.source);
    let (start, end) = (span.start as usize, span.end as usize);
    let before = text.get(..start).unwrap_or_default();
    let before = before.rsplit_once('\n').map_or(before, |(_, line)| line);
    let after = text.get(end..).unwrap_or_default();
    let after = after.split_once('\n').map_or(after, |(line, _)| line);
    let with = |middle: &str| format!("{before}{middle}{after}").trim_matches(is_around).to_string();
    (with(sources.snippet(span)), new.map(with))
}

/// Space, and the mark that a file may begin with.
fn is_around(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// How many fields of the configuration are made from the same text.
fn uses(span: Span, variables: &[VariableOrigin], world: &World<'_>) -> usize {
    let leaves = world.input.desired.objects.iter().flat_map(|object| object.root.leaves());
    let same = |leaf: &plimsoll_model::Leaf| match variables {
        [one] => leaf.origin.variables().contains(one),
        _ => leaf.origin.span() == Some(span),
    };
    leaves.filter(|(_, leaf)| same(leaf)).count()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_literal_is_what_stands_there_and_no_template() {
        assert!(is_literal("3", &json!(3)) && is_literal("\"a:1\"", &json!("a:1")));
        assert!(!is_literal("var.n", &json!(3)) && !is_literal("\"${var.x}\"", &json!("${var.x}")));
        assert!(!is_literal("3", &json!("3")));
        assert_eq!(literal(&json!("a ${b}")), "\"a $${b}\"");
    }

    #[test]
    fn only_the_text_of_the_value_changes_in_its_line() {
        let mut sources = SourceMap::new();
        let id = sources.add("web.hcl", "app \"web\" {\n  replicas = 3 # few\n}\n");
        let span = Span::new(id, 25, 26);
        assert_eq!(sources.snippet(span), "3");
        let (before, after) = line(&sources, span, Some("5"));
        assert_eq!((before.as_str(), after.as_deref()), ("replicas = 3 # few", Some("replicas = 5 # few")));
    }
}
