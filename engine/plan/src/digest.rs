//! Digests: of what is applied, and of the live values that a plan was made from.
//!
//! All are keyed, because they cover secrets.

use plimsoll_model::{DesiredObject, Gvk, Node};
use plimsoll_schema::field_set::FieldSet;
use plimsoll_schema::merge::Managers;
use plimsoll_schema::{Kind, Path, PathElement, canonical, get};
use serde_json::Value as Json;

use crate::fields;
use crate::ignored;
use crate::mask::{Key, NO_HASH};
use crate::owners;
use crate::predict;

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

/// A digest of what an object was made from, without what is ignored: that may change afterwards.
pub fn made_from(want: &DesiredObject, key: &Key) -> String {
    if want.ignored.is_empty() {
        return desired_digest(&want.root, key);
    }
    let kind = plimsoll_schema::kind(&want.id.gvk);
    let unknown: Vec<Json> = fields::leaves_that(kind, &want.root, |leaf| leaf.unknown.is_some())
        .into_iter()
        .filter(|(path, _)| !want.ignored.iter().any(|one| one.covers(path)))
        .filter_map(|(path, leaf)| Some(Json::from(format!("{path}={}", leaf.unknown.as_ref()?))))
        .collect();
    key.hash(&Json::Array(vec![ignored::taken_out(want), Json::Array(unknown)]))
}

/// Whether an object that has the digest `made` ([`made_from`]) was made from what is declared; also one of
/// which nothing was ignored yet.
pub fn is_of(made: &str, want: &DesiredObject, key: &Key) -> bool {
    made == made_from(want, key) || made == desired_digest(&want.root, key)
}

/// A digest of the live values at the fields of `set` and of
/// everybody but `manager` who owns one of them. What others do elsewhere, and the status, does not
/// move it; an edit at one of these fields does, and so does another order of list items.
pub(crate) fn live_digest(live: &Json, gvk: &Gvk, set: &FieldSet, manager: &str, key: &Key) -> String {
    let managers = Managers::of(live).unwrap_or_default();
    let kind = plimsoll_schema::kind(gvk);
    let owners = |path: &Path| owners::exact_owners(&managers, path, manager);
    key.hash(&values(kind, live, set, owners))
}

/// A digest of the fields that `manager` applied to an object, with their values and the order of
/// list items: whether an apply of its came through. None without a key, and for a type that the
/// embedded schemas do not know.
pub fn held_digest(object: &Json, gvk: &Gvk, manager: &str, key: &Key) -> Option<String> {
    let kind = plimsoll_schema::kind(gvk)?;
    let object = canonical::canonical(kind, object);
    let set = owners::applied_set(&object, manager);
    let hash = key.hash(&values(Some(kind), &object, &set, |_| Vec::new()));
    Some(hash).filter(|h| h != NO_HASH)
}

/// The [`held_digest`] that `live` has when `manager` has applied `body` to it.
pub fn expected_digest(live: &Json, gvk: &Gvk, body: &Json, manager: &str, key: &Key) -> Option<String> {
    let kind = plimsoll_schema::kind(gvk)?;
    // The time of the write is in no digest.
    let after = predict::after(Some(kind), Some(live), body, manager, "").ok()?;
    held_digest(&after, gvk, manager, key)
}

/// The values at the fields of a set, whoever else owns each of them, and the order of list items.
fn values(
    kind: Option<&'static Kind>,
    object: &Json,
    set: &FieldSet,
    owners: impl Fn(&Path) -> Vec<String>,
) -> Json {
    let mut lines = Vec::new();
    for path in set.paths() {
        // A map or an item is as it is by what is below it; only its being there counts.
        let inner = path.0.split_last().is_some_and(|(last, above)| {
            let at = above.iter().try_fold(set, |set, element| set.below(element));
            at.is_some_and(|set| set.below(last).is_some())
        });
        let value = match get(object, &path).or_else(|| get(object, &stored(&path))) {
            None => Json::Null,
            Some(_) if inner => true.into(),
            Some(value) => value.clone(),
        };
        let names = owners(&path).into_iter().map(Json::from).collect();
        lines.push(Json::Array(vec![path.to_string().into(), value, Json::Array(names)]));
    }
    lines.push(Json::Array(fields::orders(kind, object, set)));
    Json::Array(lines)
}

/// Where the server keeps a field: `stringData` is found in `data`.
fn stored(path: &Path) -> Path {
    let mut path = path.clone();
    if let Some(PathElement::Field(first)) =
        path.0.first_mut().filter(|e| **e == PathElement::field("stringData"))
    {
        *first = "data".into();
    }
    path
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn secret() -> Gvk {
        Gvk::new("", "v1", "Secret")
    }

    fn applied(live: Option<&Json>, body: &Json) -> Json {
        predict::after(plimsoll_schema::kind(&secret()), live, body, "plimsoll:shop", "2026-01-01T00:00:00Z")
            .unwrap()
    }

    #[test]
    fn an_apply_is_told_from_the_one_before_by_fields_and_values() {
        let key = Key::new([7; 32]);
        let body = |field: &str, text: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, field: {"a": text}});
        let live = applied(None, &body("data", "eA=="));
        let held = |object: &Json| held_digest(object, &secret(), "plimsoll:shop", &key).unwrap();
        for next in [body("data", "eQ=="), body("stringData", "y"), body("stringData", "x")] {
            let expected = expected_digest(&live, &secret(), &next, "plimsoll:shop", &key).unwrap();
            assert_ne!(expected, held(&live), "{next}");
            assert_eq!(expected, held(&applied(Some(&live), &next)), "{next}");
        }
        // Lists keep the fields of managers as text.
        let mut listed = live.clone();
        let fields = listed["metadata"]["managedFields"][0]["fieldsV1"].to_string();
        listed["metadata"]["managedFields"][0]["fieldsV1"] = fields.into();
        assert_eq!(held(&listed), held(&live));
        let next = body("data", "eQ==");
        let expected = expected_digest(&listed, &secret(), &next, "plimsoll:shop", &key);
        assert_eq!(expected, Some(held(&applied(Some(&live), &next))));
        // Fields of others are theirs.
        let mut theirs = live.clone();
        theirs["data"]["b"] = "eg==".into();
        assert_eq!(held(&theirs), held(&live));
        assert_eq!(held_digest(&live, &secret(), "plimsoll:shop", &Key::new(None)), None);
    }
}
