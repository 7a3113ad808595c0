//! The local proof that applying an object would change nothing.
//!
//! The apply is made here, without force, and its outcome is compared with the live object in the form that
//! the server stores. It only ever proves "unchanged": any doubt is for a dry run to settle, and no diff is
//! made here. Whoever asks makes sure that the server is of the minor version that the schemas are of.

use crate::{
    Json, Kind,
    canonical::{canonical, make_canonical},
    field_set::FieldSet,
    merge,
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
    let owned = match merge::applied_by(live, manager) {
        Ok(Some(owned)) => owned,
        Ok(None) => return Some(format!("{manager} has applied nothing")),
        Err(error) => return Some(format!("managedFields: {error}")),
    };
    if owned.api_version != kind.gvk.api_version() {
        return Some(format!("last applied as {}", owned.api_version));
    }
    let Some(mut ours) = FieldSet::of_distinct(kind, desired) else {
        return Some("a list has two items with the same key".into());
    };
    ours.subtract(&merge::unowned(kind), true);
    if let Some(path) = first_of_either(&ours, &owned.set) {
        return Some(format!("{path}: not owned before and now"));
    }
    let mut after = match merge::apply_again(kind, live, desired, manager, &ours) {
        Ok(after) => after,
        Err(error) => return Some(error.to_string()),
    };
    let free = kind.subresources.contains_key("status");
    // What is stored is in canonical form already, so that one side mostly suffices.
    make_canonical(kind, &mut after);
    if same(live, &after, free) {
        return None;
    }
    let mut before = canonical(kind, live);
    for object in [&mut before, &mut after] {
        if let Some(metadata) = object.get_mut("metadata").and_then(Json::as_object_mut) {
            metadata.remove("managedFields");
        }
        if let Some(map) = object.as_object_mut().filter(|_| free) {
            map.remove("status");
        }
    }
    first_difference(&after, &before, &mut String::new())
}

/// Equal but for managedFields, and the status where an apply does not reach it.
fn same(live: &Json, after: &Json, free_status: bool) -> bool {
    let (Json::Object(live), Json::Object(after)) = (live, after) else { return false };
    live.len() == after.len()
        && live.iter().all(|(name, a)| match (name.as_str(), a, after.get(name)) {
            (_, _, None) => false,
            ("status", ..) if free_status => true,
            ("metadata", Json::Object(a), Some(Json::Object(b))) => {
                let owned = usize::from(a.contains_key("managedFields"));
                let mut others = a.iter().filter(|(k, _)| *k != "managedFields");
                a.len() - owned == b.len() && others.all(|(k, v)| b.get(k) == Some(v))
            }
            (_, a, Some(b)) => a == b,
        })
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
