//! The local proof that applying an object would change nothing.
//!
//! The apply is made here, without force, and its outcome is compared with the live object in the form that
//! the server stores. It only ever proves "unchanged": any doubt is for a dry run to settle, and no diff is
//! made here. Whoever asks makes sure that the server is of the minor version that the schemas are of.

use crate::{
    Json, Kind,
    canonical::canonical,
    field_set::FieldSet,
    merge::{self, Managers, Operation, Write},
};

/// The outcome of an attempt to prove that nothing would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Applying would change nothing.
    Unchanged,
    /// Not proven, and why; a dry run has to decide.
    Doubt(String),
}

/// Tries to prove that applying `desired` under `manager` would leave `live` as it is: the same fields owned
/// in the same API version, equal values in stored form, our items in the same order in every keyed list,
/// and nobody else's ownership touched.
pub fn prove(kind: &Kind, desired: &Json, live: &Json, manager: &str) -> Proof {
    match doubt(kind, desired, live, manager) {
        None => Proof::Unchanged,
        Some(why) => Proof::Doubt(why),
    }
}

fn doubt(kind: &Kind, desired: &Json, live: &Json, manager: &str) -> Option<String> {
    if desired.get("apiVersion") != live.get("apiVersion") || desired.get("kind") != live.get("kind") {
        return Some("the live object is of another kind or version".into());
    }
    let managers = match Managers::of(live) {
        Ok(managers) => managers,
        Err(error) => return Some(format!("managedFields: {error}")),
    };
    let Some(owned) = managers.find(manager, Operation::Apply, None) else {
        return Some(format!("{manager} has applied nothing"));
    };
    if owned.api_version != kind.gvk.api_version() {
        return Some(format!("last applied as {}", owned.api_version));
    }
    let write = Write { manager, subresource: None, now: "" };
    let applied = match merge::apply_stored(kind, live, desired, &write) {
        Ok(applied) => applied,
        Err(error) => return Some(error.to_string()),
    };
    let Some(ours) = applied.managers.find(manager, Operation::Apply, None) else {
        return Some("it would own nothing any more".into());
    };
    if let Some(path) = first_of_either(&ours.set, &owned.set) {
        return Some(format!("{path}: not owned before and now"));
    }
    if !applied.managers.same_owners(&managers) {
        return Some("it would take fields from others".into());
    }
    if applied.object == applied.before {
        return None;
    }
    let (after, before) = (canonical(kind, &applied.object), canonical(kind, &applied.before));
    first_difference(&after, &before, &mut String::new())
}

fn first_of_either(a: &FieldSet, b: &FieldSet) -> Option<String> {
    if a == b {
        return None;
    }
    let differs = a.difference(b).union(&b.difference(a));
    differs.paths().first().map(ToString::to_string)
}

/// Where two values first differ.
fn first_difference(a: &Json, b: &Json, path: &mut String) -> Option<String> {
    let length = path.len();
    let mut below = |step: String, a: Option<&Json>, b: Option<&Json>| {
        path.push_str(&step);
        let found = match (a, b) {
            (Some(a), Some(b)) => first_difference(a, b, path),
            _ => Some(format!("{}: set on one side only", path.trim_start_matches('.'))),
        };
        path.truncate(length);
        found
    };
    match (a, b) {
        (Json::Object(x), Json::Object(y)) => {
            let added = y.keys().filter(|k| !x.contains_key(*k));
            x.keys().chain(added).find_map(|k| below(format!(".{k}"), x.get(k), y.get(k)))
        }
        (Json::Array(x), Json::Array(y)) => {
            (0..x.len().max(y.len())).find_map(|i| below(format!("[{i}]"), x.get(i), y.get(i)))
        }
        _ if crate::equal(a, b) => None,
        _ => Some(format!("{}: another value", path.trim_start_matches('.'))),
    }
}

#[cfg(test)]
mod tests;
