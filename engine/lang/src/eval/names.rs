//! Names that are taken as they are written: what `ignore_changes` lists is not read, it is pointed at.
//!
//! Says nothing of what a block has under a name: that is the vocabulary's.

use std::sync::Arc;

use plimsoll_model::{Data, Diagnostic, Origin, Span, Value};

use super::Evaluator;
use super::traversal::step_name;
use crate::syntax::ast::{Expr, Kind, Step, StepKind};

/// The block, and the attribute of it, whose value is names.
pub const OF_NAMES: (&str, &str) = ("lifecycle", "ignore_changes");

/// What stands for every name there is.
const ALL: &str = "all";

impl Evaluator<'_> {
    /// The names in a list, each a list of its steps (`container.web.image` and
    /// `container["web"].image` are the same three), or the text `all`. What is none is reported and left out.
    pub(crate) fn names(&self, e: &Expr) -> Value {
        let value = |data, span| Value { data, sensitive: false, origin: Origin::at(span) };
        let items = match &e.bare().kind {
            Kind::Tuple(items) => items,
            Kind::Variable(name) if &**name == ALL => return value(Data::String(name.clone()), e.span),
            Kind::Invalid => return Value::poison(),
            kind => {
                let quoted = matches!(kind, Kind::String(text) if &**text == ALL);
                let help = if quoted { "ignore_changes = all" } else { "ignore_changes = [replicas]" };
                self.report(bad(e.span, "ignore_changes is a list of names, or `all`.", help));
                return Value::poison();
            }
        };
        let names = items.iter().filter_map(|item| {
            let steps = self.name(item)?;
            let steps = steps.into_iter().map(|text| value(Data::String(text), item.span)).collect();
            Some(value(Data::Tuple(Arc::new(steps)), item.span))
        });
        value(Data::Tuple(Arc::new(names.collect())), e.span)
    }

    fn name(&self, e: &Expr) -> Option<Vec<Arc<str>>> {
        let found = match &e.bare().kind {
            Kind::Invalid => return None,
            Kind::Variable(name) if &**name == ALL => {
                self.report(bad(
                    e.span,
                    "`all` stands for the whole list, not in it.",
                    "ignore_changes = all",
                ));
                return None;
            }
            Kind::Variable(name) => Some(vec![name.clone()]),
            Kind::Traversal(t) => match &t.root.kind {
                Kind::Variable(name) => {
                    std::iter::once(Some(name.clone())).chain(t.steps.iter().map(key)).collect()
                }
                _ => None,
            },
            Kind::String(text) => {
                let help = format!("ignore_changes = [{text}]");
                self.report(bad(e.span, "A name is written without quotes.", help));
                return None;
            }
            _ => None,
        };
        if found.is_none() {
            self.report(bad(
                e.span,
                "Each element names an attribute: it is not computed.",
                "ignore_changes = [replicas, container.web.image, labels[\"team\"]]",
            ));
        }
        found
    }
}

/// The text of a step that is written out.
fn key(step: &Step) -> Option<Arc<str>> {
    match &step.kind {
        StepKind::Index(e) => match &e.bare().kind {
            Kind::String(text) => Some(text.clone()),
            Kind::Number(n) => n.as_u64().map(|n| n.to_string().into()),
            _ => None,
        },
        _ => step_name(step),
    }
}

fn bad(span: Span, detail: &str, help: impl Into<String>) -> Diagnostic {
    Diagnostic::error("bad-ignore-changes", "invalid ignore_changes").detail(detail).at(span, "").help(help)
}
