//! Takes away what an applier set the last time and no longer sets, unless somebody else owns it.

use super::remove::remove;
use crate::{
    Json, Type,
    field_set::{FieldSet, marked_field_set},
};

/// `merged` without what is in `last` and nobody owns now (`owned` holds the applier's new set too).
pub(super) fn prune(ty: &'static Type, merged: &Json, last: &FieldSet, owned: &FieldSet) -> Json {
    let named = |set: &FieldSet| set.with_named_fields(Some(ty));
    let of = |value: &Json| named(&marked_field_set(ty, value));
    let all = of(merged);
    // Remove everything that was applied, put back what is owned, then what was never the applier's.
    let pruned = remove(ty, merged, &named(last));
    let pruned = remove(ty, merged, &all.difference(&of(&pruned).union(&named(owned))));
    remove(ty, merged, &all.difference(&of(&pruned)).intersection(&named(last)))
}
