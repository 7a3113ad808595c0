//! What an object that is about to be written has otherwise than it was reviewed.
//!
//! Compares our fields only; what became of an object since the plan is `stale.rs`'s.

use plimsoll_model::{Ignored, Node};
use plimsoll_schema::{Kind, Lists, Path, PathElement, equal};
use serde_json::Value as Json;

use crate::fields::{Ty, child, element, item, items_of, merge, root};
use crate::ignored;
use crate::mask::PLACEHOLDER;

/// The first field of a node tree at which an object is another one than a reviewed object. Items of
/// others may stand between ours where a list has keys; a list without keys is ours as a whole. Left out
/// is what nobody knew, what was hidden from the reviewer, and what is ignored.
pub(crate) fn first(
    kind: Option<&'static Kind>,
    ours: &Node,
    ignored: &[&Ignored],
    reviewed: &Json,
    now: &Json,
) -> Option<Path> {
    mismatch(root(kind), ignored, &mut Vec::new(), ours, reviewed, now)
}

fn mismatch(
    ty: Ty,
    ignored: &[&Ignored],
    path: &mut Vec<PathElement>,
    ours: &Node,
    reviewed: &Json,
    now: &Json,
) -> Option<Path> {
    let here =
        |path: &[PathElement]| Some(Path(path.to_vec())).filter(|path| !ignored::covers(ignored, path));
    match ours {
        _ if *reviewed == PLACEHOLDER => None,
        Node::Leaf(l) if l.unknown.is_some() || l.sensitive || reviewed.is_null() => None,
        Node::Leaf(_) if equal(reviewed, now) => None,
        Node::Leaf(_) => here(path),
        Node::Map(map, _) => map.iter().find_map(|(name, ours)| {
            let (reviewed, now) = (&reviewed[name.as_str()], &now[name.as_str()]);
            within(PathElement::field(name), path, |path| {
                mismatch(child(ty, name), ignored, path, ours, reviewed, now)
            })
        }),
        Node::List(ours, _) => {
            let (reviewed, now) = (items_of(Some(reviewed)), items_of(Some(now)));
            if matches!(merge(ty), Lists::Atomic) && reviewed.len() != now.len() {
                return here(path);
            }
            let find = |items: &[Json], key: &PathElement| {
                let at = (0..items.len()).find(|i| items.get(*i).is_some_and(|v| element(ty, v, *i) == *key));
                at.and_then(|i| items.get(i)).cloned()
            };
            ours.iter().enumerate().find_map(|(i, ours)| {
                let key = element(ty, &ours.to_json(), i);
                let reviewed = find(reviewed, &key)?;
                let now = find(now, &key).unwrap_or(Json::Null);
                within(key, path, |path| match now {
                    Json::Null => here(path),
                    now => mismatch(item(ty), ignored, path, ours, &reviewed, &now),
                })
            })
        }
    }
}

fn within<T>(
    element: PathElement,
    path: &mut Vec<PathElement>,
    go: impl FnOnce(&mut Vec<PathElement>) -> T,
) -> T {
    path.push(element);
    let out = go(path);
    path.pop();
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mismatched(reviewed: &Json, now: &Json) -> String {
        let pod = |containers: Json| json!({"spec": {"template": {"spec": {"containers": containers}}}});
        let ours = pod(json!([{"name": "web", "image": "web:1", "args": ["a", "b"]}]));
        let gvk = plimsoll_model::Gvk::new("apps", "v1", "Deployment");
        let (reviewed, now) = (pod(reviewed.clone()), pod(now.clone()));
        let kind = plimsoll_schema::kind(&gvk);
        first(kind, &Node::from_json(&ours), &[], &reviewed, &now).map_or("-".into(), |p| p.to_string())
    }

    #[test]
    fn lists_of_another_length_are_told_unless_the_items_are_others() {
        let web = |args: Json| json!({"name": "web", "image": "web:1", "args": args});
        let sidecar = json!({"name": "sidecar", "image": "x"});
        let reviewed = json!([web(json!(["a", "b"]))]);
        assert_eq!(mismatched(&reviewed, &reviewed), "-");
        // A container of others, before or behind ours, then or now.
        assert_eq!(mismatched(&reviewed, &json!([sidecar, web(json!(["a", "b"]))])), "-");
        assert_eq!(mismatched(&json!([sidecar, web(json!(["a", "b"]))]), &reviewed), "-");
        // A field of ours beside it.
        let image = json!([sidecar, {"name": "web", "image": "evil", "args": ["a", "b"]}]);
        assert_eq!(mismatched(&reviewed, &image), "spec.template.spec.containers[name=web].image");
        // A list that is ours as a whole, and an item that is missing.
        let longer = json!([web(json!(["a", "b", "c"]))]);
        assert_eq!(mismatched(&reviewed, &longer), "spec.template.spec.containers[name=web].args");
        assert_eq!(mismatched(&reviewed, &json!([sidecar])), "spec.template.spec.containers[name=web]");
        assert_eq!(mismatched(&reviewed, &json!([])), "spec.template.spec.containers[name=web]");
    }
}
