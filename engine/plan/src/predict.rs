//! What an apply would make of an object, computed here: only where the cluster cannot be asked.

use plimsoll_schema::merge::{self, MergeError};
use plimsoll_schema::{Kind, canonical};
use serde_json::Value as Json;

/// The object after an apply, with the defaults that the embedded schemas know.
///
/// # Errors
/// What does not fit the schema, one line each.
pub(crate) fn after(
    kind: Option<&'static Kind>,
    live: Option<&Json>,
    applied: &Json,
    manager: &str,
    now: &str,
) -> Result<Json, Vec<String>> {
    let Some(kind) = kind else {
        let mut out = live.cloned().unwrap_or(Json::Null);
        overlay(&mut out, applied);
        return Ok(out);
    };
    match merge::apply(kind, live, applied, manager, true, now) {
        Ok(merged) => Ok(canonical::canonical(kind, &merged)),
        Err(MergeError::Invalid(misfits)) => Err(misfits.iter().map(ToString::to_string).collect()),
        Err(other) => Err(vec![other.to_string()]),
    }
}

fn overlay(below: &mut Json, above: &Json) {
    match (below, above) {
        (Json::Object(b), Json::Object(a)) => {
            for (name, value) in a {
                overlay(b.entry(name).or_insert(Json::Null), value);
            }
        }
        (below, above) => *below = above.clone(),
    }
}
