//! Fields that cannot be changed once an object exists.

use plimsoll_model::Gvk;

use crate::{Json, Path};

/// A change that the API server would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Immutable {
    /// The field.
    pub path: Path,
    /// The rule that forbids the change.
    pub rule: &'static str,
}

/// Changes from `old` to `new` that cannot be made to an existing object.
pub fn changes(gvk: &Gvk, old: &Json, new: &Json) -> Vec<Immutable> {
    let _ = (gvk, old, new);
    Vec::new()
}
