//! What the API server fills in where an object says nothing.

use crate::{Json, Kind};

/// Fills in the defaults of the kind's version.
pub fn apply_defaults(kind: &Kind, object: &mut Json) {
    let _ = (kind, object);
}
