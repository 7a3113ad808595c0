//! Digests: of what is applied, and of the live values that a plan was made from.
//!
//! All are keyed, because they cover secrets.

use plimsoll_model::{Gvk, Node};
use plimsoll_schema::field_set::FieldSet;
use plimsoll_schema::get;
use serde_json::Value as Json;

use crate::fields;
use crate::mask::{Key, NO_HASH};
use crate::owners;

/// A digest of what is applied; an unknown leaf counts by what decides it.
pub fn desired_digest(root: &Node, key: &Key) -> String {
    let unknown: Vec<Json> = root
        .leaves()
        .into_iter()
        .filter_map(|(path, leaf)| Some(Json::from(format!("{}={}", path.join("/"), leaf.unknown.as_ref()?))))
        .collect();
    key.hash(&Json::Array(vec![root.to_json(), Json::Array(unknown)]))
}

/// Whether `planned`, a digest of a plan, is the one of `root`. A digest that was made without a
/// key fits everything.
pub fn fits(planned: &str, root: &Node, key: &Key) -> bool {
    planned == NO_HASH || planned == desired_digest(root, key)
}

/// A digest of the live values at the fields in `owned` (in the form of `managedFields`) and of
/// everybody but `manager` who owns one of them. What others do elsewhere, and the status, does not
/// move it; an edit at one of these fields does, and so does another order of list items.
pub fn live_digest(live: &Json, gvk: &Gvk, owned: &Json, manager: &str, key: &Key) -> String {
    let set = FieldSet::from_fields_v1(owned).unwrap_or_default();
    let kind = plimsoll_schema::kind(gvk);
    let mut lines = Vec::new();
    for path in set.paths() {
        // A map or an item is as it is by what is below it; only its being there counts.
        let inner = path.0.split_last().is_some_and(|(last, above)| {
            let at = above.iter().try_fold(&set, |set, element| set.below(element));
            at.is_some_and(|set| set.below(last).is_some())
        });
        let value = match get(live, &path) {
            None => Json::Null,
            Some(_) if inner => true.into(),
            Some(value) => value.clone(),
        };
        let names = owners::exact_owners(live, &path, manager).into_iter().map(Json::from).collect();
        lines.push(Json::Array(vec![path.to_string().into(), value, Json::Array(names)]));
    }
    lines.push(Json::Array(fields::orders(kind, live, &set)));
    key.hash(&Json::Array(lines))
}
