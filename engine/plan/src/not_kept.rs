//! Declared fields that the API server does not keep.
//!
//! A server drops a field without a word where its version knows it and the feature behind it is off, and a webhook may
//! take one out. What is applied is then less than what is declared, on every apply anew.

use plimsoll_model::{Diagnostic, Report};
use plimsoll_schema::{Path, PathElement, get};
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
    let gvk = &subject.want.id.gvk;
    let is_secret = gvk.group.is_empty() && gvk.kind == "Secret";
    let mut out: Vec<Path> = Vec::new();
    for path in fields::field_set(subject.kind, &subject.applied).paths() {
        // A server keeps what stands in `stringData` in `data`.
        let moved = is_secret && path.0.first() == Some(&PathElement::field("stringData"));
        let inside = out.iter().any(|outer| path.0.starts_with(&outer.0));
        let Some(declared) = get(&subject.applied, &path).filter(|_| !moved && !inside) else { continue };
        below(declared, get(after, &path), &mut path.clone(), &mut out);
    }
    out
}

/// Goes on inside of what is one field for everybody who writes it, such as a list without keys: a server takes fields
/// out of its items as well. Items cannot be told apart where there are fewer or more of them.
fn below(declared: &Json, kept: Option<&Json>, path: &mut Path, out: &mut Vec<Path>) {
    let Some(kept) = kept else {
        if is_said(declared) {
            out.push(path.clone());
        }
        return;
    };
    let mut inner = |element: PathElement, declared: &Json, kept: Option<&Json>| {
        path.0.push(element);
        below(declared, kept, path, out);
        path.0.pop();
    };
    match (declared, kept) {
        (Json::Object(declared), Json::Object(kept)) => {
            declared.iter().for_each(|(name, value)| inner(PathElement::field(name), value, kept.get(name)));
        }
        (Json::Array(declared), Json::Array(kept)) if declared.len() == kept.len() => {
            let pairs = declared.iter().zip(kept).enumerate();
            pairs.for_each(|(i, (declared, kept))| inner(PathElement::Index(i), declared, Some(kept)));
        }
        _ => {}
    }
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
