//! What others added to an object and is taken out again: which fields, the JSON patch that does it, and
//! what the object is afterwards.

use plimsoll_model::{Diagnostic, Drift};
use plimsoll_schema::{Path, PathElement, equal, get};
use serde_json::{Value as Json, json};

use crate::change::Owner;
use crate::fields;
use crate::ignored;
use crate::owners;
use crate::request::Refusal;
use crate::subject::Subject;
use crate::world::World;

/// A field that others added and that is taken out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Revert {
    /// The outermost field that is wholly theirs.
    pub(crate) path: Path,
    /// Who set it.
    pub(crate) owner: Owner,
}

/// What is taken out of the live object, as the configuration says; empty for an object that is made or
/// replaced, where nothing of it stays.
pub(crate) fn wanted(subject: &Subject<'_>, world: &World<'_>) -> Vec<Revert> {
    let Some(live) = subject.live.as_deref() else { return Vec::new() };
    if subject.want.drift != Drift::Revert || subject.replaced.is_some() || !world.input.options.probe {
        return Vec::new();
    }
    let applied = fields::field_set(subject.kind, &subject.applied);
    let owned = applied.union(&owners::applied_set(live, &world.manager)).union(&subject.left);
    let autoscaled = subject.want.first_replicas.is_some();
    let ignored = ignored::in_force(subject.want, live);
    let mut all: Vec<Revert> = owners::added(live, &owned, &ignored, &world.manager, autoscaled)
        .into_iter()
        .map(|(path, owner)| Revert { path, owner })
        .collect();
    all.sort_by(|a, b| a.path.cmp(&b.path));
    // Two managers may hold the same field, or one something below what another holds.
    let outer = all.clone();
    let mut seen = Vec::new();
    all.retain(|one| {
        let inside = outer.iter().any(|o| o.path != one.path && o.path.is_prefix_of(&one.path));
        let again = seen.contains(&one.path);
        seen.push(one.path.clone());
        !inside && !again
    });
    all
}

/// The finding about an object that the server does not want without what others added.
pub(crate) fn refused(subject: &Subject<'_>, refusal: &Refusal, world: &World<'_>) -> Diagnostic {
    let paths: Vec<String> = subject.reverts.iter().map(|r| r.path.to_string()).collect();
    Diagnostic::error("revert-refused", "what others added cannot be taken out")
        .detail(format!(
            "{} ({}): without {} the cluster refuses it: {}",
            subject.want.address,
            subject.want.id,
            paths.join(", "),
            world.secrets.redact_text(&refusal.message)
        ))
        .at(subject.want.span, "lifecycle.drift of this block is \"revert\"")
        .help("set these fields here, or lifecycle { drift = \"report\" }")
}

/// The JSON patch that takes fields out of an object, if they still are what they are in it. It tests their values
/// and not the version of the object: that one moves with every status that a controller writes.
pub fn patch(object: &Json, paths: &[Path]) -> Json {
    let mut rest = object.clone();
    let mut operations =
        vec![json!({"op": "test", "path": "/metadata/uid", "value": object["metadata"]["uid"]})];
    for path in paths {
        let Some(pointer) = pointer(&rest, path) else { continue };
        operations.push(json!({"op": "test", "path": pointer, "value": rest.pointer(&pointer)}));
        take(&mut rest, &pointer);
        operations.push(json!({"op": "remove", "path": pointer}));
    }
    Json::Array(operations)
}

/// `applied`, the object after our own change, without what is taken out; `reverted` is what the server
/// made of the live object without it, and tells which maps stay although they are empty.
pub(crate) fn combined(applied: &Json, reverted: &Json, paths: &[Path]) -> Json {
    let mut out = applied.clone();
    for path in paths {
        if let Some(pointer) = pointer(&out, path) {
            take(&mut out, &pointer);
        }
        // What the server fills in instead.
        if let Some(value) = get(reverted, path) {
            fields::insert(&mut out, path, value.clone());
        }
        let mut above = path.clone();
        while above.0.pop().is_some() && !above.0.is_empty() {
            let empty = get(&out, &above).and_then(Json::as_object).is_some_and(serde_json::Map::is_empty);
            if !empty || get(reverted, &above).is_some() {
                break;
            }
            if let Some(pointer) = pointer(&out, &above) {
                take(&mut out, &pointer);
            }
        }
    }
    out
}

/// The JSON pointer of a path in an object; none where nothing stands there.
fn pointer(object: &Json, path: &Path) -> Option<String> {
    let mut out = String::new();
    let mut at = object;
    for element in &path.0 {
        let (step, next) = match element {
            PathElement::Field(name) => (name.replace('~', "~0").replace('/', "~1"), at.get(name)?),
            other => {
                let items = at.as_array()?;
                let found = get(at, &Path(vec![other.clone()]))?;
                let position = items.iter().position(|item| equal(item, found))?;
                (position.to_string(), items.get(position)?)
            }
        };
        out.push('/');
        out.push_str(&step);
        at = next;
    }
    Some(out)
}

/// Takes out what a pointer points at, and nothing around it.
fn take(object: &mut Json, pointer: &str) {
    let Some((above, last)) = pointer.rsplit_once('/') else { return };
    match object.pointer_mut(above) {
        Some(Json::Object(map)) => drop(map.remove(&last.replace("~1", "/").replace("~0", "~"))),
        Some(Json::Array(items)) => {
            if let Some(position) = last.parse().ok().filter(|i| *i < items.len()) {
                items.remove(position);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_schema::parse_path;

    use super::*;

    #[test]
    fn a_patch_takes_out_what_it_names_and_tests_what_it_is() {
        let object = json!({
            "metadata": {"uid": "7", "annotations": {"a/b": "1", "c": "2"}, "finalizers": ["x", "y"]},
            "list": [{"name": "a"}, {"name": "b"}, {"name": "c"}],
        });
        let paths =
            ["metadata.annotations[a/b]", "metadata.finalizers[=x]", "list[name=a]", "list[name=c]", "gone"];
        let patch = patch(&object, &paths.map(parse_path));
        let written = |o: &Json| format!("{} {} {}", o["op"], o["path"], o["value"]).replace('"', "");
        let operations: Vec<String> = patch.as_array().unwrap().iter().map(written).collect();
        assert_eq!(
            operations,
            [
                "test /metadata/uid 7",
                "test /metadata/annotations/a~1b 1",
                "remove /metadata/annotations/a~1b null",
                "test /metadata/finalizers/0 x",
                "remove /metadata/finalizers/0 null",
                "test /list/0 {name:a}",
                "remove /list/0 null",
                "test /list/1 {name:c}",
                "remove /list/1 null",
            ]
        );
    }

    #[test]
    fn maps_that_become_empty_stay_where_the_server_keeps_them() {
        let applied =
            json!({"metadata": {"annotations": {"a": "1"}}, "spec": {"emptyDir": {"medium": "x"}, "n": 5}});
        let reverted = json!({"metadata": {}, "spec": {"emptyDir": {}, "n": 10}});
        let paths = ["metadata.annotations.a", "spec.emptyDir.medium", "spec.n"].map(parse_path);
        assert_eq!(
            combined(&applied, &reverted, &paths),
            json!({"metadata": {}, "spec": {"emptyDir": {}, "n": 10}})
        );
    }
}
