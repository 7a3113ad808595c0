//! What every top-level block takes: name, labels, annotations, lifecycle.

use plimsoll_model::{ConflictRule, Diagnostic, Gvk, Report};

use super::annotations;
use super::conflict;
use super::lifecycle::{Drift, Ignoring, Lifecycle};
use super::timeouts::Timeouts;
use crate::declare::{Block, Map, Nested, Val};
use crate::identity::is_reserved;
use crate::raw::Raw;
use crate::syntax;

/// What every top-level block takes.
#[derive(Debug, Clone, Block)]
#[block(name = "meta")]
pub struct Meta {
    /// The object's name in the cluster; by default it follows from the block's label.
    #[attr(manual, known, syntax = syntax::DNS_NAME)]
    pub name: Option<Val<String>>,
    /// Labels of the object; those of an app also go to its pods.
    #[attr(manual, keys = syntax::LABEL_KEY, syntax = syntax::LABEL_VALUE)]
    pub labels: Map<String>,
    /// Annotations of the object; those of an app also go to its pods.
    #[attr(manual, keys = syntax::ANNOTATION_KEY)]
    pub annotations: Map<String>,
    /// Any field of the API that has no word, in the API's own spelling; merged into the block's main
    /// object by the list keys of server-side apply.
    #[attr(manual)]
    pub raw: Option<Val<Raw>>,
    /// What may happen to the block's objects.
    #[nested(manual)]
    pub lifecycle: Option<Nested<Lifecycle>>,
    /// How long an apply waits for the block's objects.
    #[nested(manual)]
    pub timeouts: Option<Nested<Timeouts>>,
}

impl Meta {
    /// Whether the block's objects may not be deleted.
    pub fn prevent_destroy(&self) -> bool {
        self.lifecycle.as_ref().and_then(|l| l.prevent_destroy.as_ref()?.known().copied()).unwrap_or(false)
    }

    /// What is ignored of the block's objects once they exist.
    pub fn ignoring(&self) -> Option<&Val<Ignoring>> {
        self.lifecycle.as_ref()?.ignore_changes.as_ref()
    }

    /// Whether an attribute, or a part of it, is ignored.
    pub fn ignores(&self, steps: &[&str]) -> bool {
        match self.ignoring().and_then(|val| val.known()) {
            None => false,
            Some(Ignoring::All) => true,
            Some(Ignoring::Names(names)) => names.iter().any(|name| {
                name.steps.len() <= steps.len() && name.steps.iter().zip(steps).all(|(a, b)| a == b)
            }),
        }
    }

    /// What is done about what others add to the block's objects.
    pub fn drift(&self) -> plimsoll_model::Drift {
        match self.lifecycle.as_ref().and_then(|l| l.drift.as_ref()?.known()) {
            None | Some(Drift::Report) => plimsoll_model::Drift::Report,
            Some(Drift::Revert) => plimsoll_model::Drift::Revert,
            Some(Drift::Ignore) => plimsoll_model::Drift::Ignore,
        }
    }

    /// The rules about conflicts on an object of the block, of type `gvk`.
    pub fn conflicts(&self, gvk: &Gvk, report: &mut Report) -> Vec<ConflictRule> {
        self.lifecycle.as_ref().map_or_else(Vec::new, |l| conflict::rules(&l.conflict, gvk, report))
    }

    /// How long an apply waits for the block's objects.
    pub fn limits(&self) -> plimsoll_model::Timeouts {
        self.timeouts.as_ref().map(|t| t.limits()).unwrap_or_default()
    }

    /// Labels and annotations that are ours cannot be set.
    pub fn check(&self, report: &mut Report) {
        reserved(&self.labels, "label", report);
        reserved(&self.annotations, "annotation", report);
        annotations::check_size(&[&self.annotations], report);
    }
}

/// Reports keys that only Plimsoll writes.
pub fn reserved(map: &Map<String>, what: &str, report: &mut Report) {
    for (key, value) in map {
        if is_reserved(key) {
            report.push(
                Diagnostic::error("reserved-key", "label or annotation is reserved")
                    .detail(format!(
                        "The {what} `{key}` is how Plimsoll knows its objects, so it alone writes it."
                    ))
                    .at(value.span, "")
                    .help(format!("remove `{key}`")),
            );
        }
    }
}
