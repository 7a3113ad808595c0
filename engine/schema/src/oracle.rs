//! Property tests: our answers against those of the API server's own code.
//!
//! The oracle (`tests/oracle`) is asked where `PLIMSOLL_ORACLE` names its binary; elsewhere its recorded
//! answers in `tests/recorded` are read. `PLIMSOLL_CASES` says how many cases each test makes (500 when
//! unset), `PLIMSOLL_SEED` where it begins; `PLIMSOLL_RECORD=1` writes the recorded answers anew.

mod ask;
mod defaults;
mod immutable;
mod random;
mod required;
mod sets;
mod writes;

use ask::{Case, agree};
use random::Random;

use crate::{Json, Kind};

/// Nulls and what is no difference to the server: both sides without them.
fn plain(value: &Json) -> Json {
    match value {
        Json::Object(map) => Json::Object(
            map.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), plain(v))).collect(),
        ),
        Json::Array(items) => Json::Array(items.iter().map(plain).collect()),
        other => other.clone(),
    }
}

fn gvk(kind: &Kind) -> Json {
    serde_json::json!({"group": kind.gvk.group, "version": kind.gvk.version, "kind": kind.gvk.kind})
}
