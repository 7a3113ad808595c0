//! Declared fields that the API server does not keep.
//!
//! A server drops a field without a word where its version knows it and the feature behind it is off, and a webhook may
//! take one out. What is applied is then less than what is declared, on every apply anew.

use plimsoll_model::{Diagnostic, Report};
use plimsoll_schema::{Path, get};
use serde_json::Value as Json;

use crate::fields;
use crate::subject::{Outcome, Subject};
use crate::world::World;

/// Says which declared fields are missing in the server's answer to a dry run, each where it is declared.
pub(crate) fn tell(subjects: &[Subject<'_>], world: &World<'_>, report: &mut Report) {
    for subject in subjects {
        let Some(Outcome::Computed(after)) = subject.outcome() else { continue };
        for path in missing(subject, after) {
            let want = subject.want;
            let path_text = world.secrets.redact_text(&path.to_string());
            report.push(
                Diagnostic::warning("field-not-kept", "the API server does not keep a declared field")
                    .detail(format!(
                        "{} ({}): {path_text} is declared, and is not in the server's answer.",
                        want.address, want.id
                    ))
                    .at(fields::written_at(&want.root, &path).unwrap_or(want.span), "declared here")
                    .help("remove it, or turn on in the cluster what it needs: a feature gate, or a webhook that lets it stand"),
            );
        }
    }
}

/// The outermost declared fields with a value that the answer has nothing for.
fn missing(subject: &Subject<'_>, after: &Json) -> Vec<Path> {
    let mut out: Vec<Path> = Vec::new();
    for path in fields::field_set(subject.kind, &subject.applied).paths() {
        let declared = get(&subject.applied, &path).is_some_and(is_said);
        // A server keeps what stands in `stringData` in `data`.
        let moved = subject.want.id.gvk.kind == "Secret" && path.to_string().starts_with("stringData");
        let inside = out.iter().any(|outer| path.0.starts_with(&outer.0));
        if declared && !moved && !inside && get(after, &path).is_none() {
            out.push(path);
        }
    }
    out
}

/// Whether a value says something: what is empty, zero or false may be left out and mean the same.
fn is_said(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(value) => *value,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(map) => map.values().any(is_said),
    }
}
