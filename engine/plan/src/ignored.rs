//! What is ignored of an object that exists: fields that stay as the cluster has them.
//!
//! A field that our manager holds is applied as it is in the cluster, so that it stays ours and what
//! it is; one that somebody else holds is left out. Whoever makes an object or a list item sets it.

use plimsoll_model::{DesiredObject, Ignored};
use plimsoll_schema::field_set::FieldSet;
use plimsoll_schema::{Kind, Path, PathElement, canonical, equal, get};
use serde_json::Value as Json;

use crate::change::{Left, Side};
use crate::fields::{self, Ty};
use crate::owners;
use crate::subject::Subject;
use crate::world::World;

/// Those that hold for a live object: a list item that is not there yet is made as it is declared.
pub(crate) fn in_force<'w>(want: &'w DesiredObject, live: &Json) -> Vec<&'w Ignored> {
    let is_there = |ignored: &&Ignored| {
        let above = ignored.path.0.len().saturating_sub(1);
        (1..=above).all(|end| {
            let path = Path(ignored.path.0.iter().take(end).cloned().collect());
            !matches!(path.0.last(), Some(PathElement::Key(_))) || get(live, &path).is_some()
        })
    };
    want.ignored.iter().filter(is_there).collect()
}

/// Whether a field is one of those that are ignored.
pub(crate) fn covers(ignored: &[&Ignored], path: &Path) -> bool {
    ignored.iter().any(|one| one.covers(path))
}

/// A set of fields without those that are ignored.
pub(crate) fn without(ignored: &[&Ignored], set: &FieldSet) -> FieldSet {
    if ignored.is_empty() {
        return set.clone();
    }
    FieldSet::from_paths(set.paths().into_iter().filter(|path| !covers(ignored, path)))
}

/// Makes `body`, which is what `want` says, leave to `live` what is ignored: what `manager` holds there
/// is set to what it is, the rest is taken out.
pub fn leave(want: &DesiredObject, body: &mut Json, live: &Json, manager: &str) {
    let ignored = in_force(want, live);
    if ignored.is_empty() {
        return;
    }
    let kind = plimsoll_schema::kind(&want.id.gvk);
    let held = held(kind, live, manager);
    let kept = |path: &Path| ignored.iter().any(|one| one.except.iter().any(|ours| path.is_prefix_of(ours)));
    let declared = fields::field_set(kind, body).paths();
    for path in declared.iter().rev().filter(|path| covers(&ignored, path)) {
        if !held.contains(path) && !kept(path) {
            fields::remove(body, &path.0);
        }
    }
    for path in held.paths().iter().filter(|path| covers(&ignored, path)) {
        let inner = has_below(&held, path);
        match get(live, path) {
            Some(value) if inner || kept(path) => {
                place(fields::root(kind), body, live, &path.0, hollow(value))
            }
            Some(value) => place(fields::root(kind), body, live, &path.0, Some(value.clone())),
            None => {}
        }
    }
}

/// Makes `body`, which is what `want` says of an object that is made anew around its pods, go on with what is
/// ignored as `live` has it, whoever set it: nobody else will set it again.
pub fn carry(want: &DesiredObject, body: &mut Json, live: &Json) {
    let kind = plimsoll_schema::kind(&want.id.gvk);
    let declared = body.clone();
    for one in in_force(want, live) {
        match get(live, &one.path) {
            Some(value) => place(fields::root(kind), body, live, &one.path.0, Some(value.clone())),
            None => fields::remove(body, &one.path.0),
        }
        for ours in &one.except {
            match get(&declared, ours) {
                Some(value) => place(fields::root(kind), body, &declared, &ours.0, Some(value.clone())),
                None => fields::remove(body, &ours.0),
            }
        }
    }
}

/// The fields that a manager applied; of a kind that the schema does not know, a list is one of them.
fn held(kind: Option<&'static Kind>, live: &Json, manager: &str) -> FieldSet {
    let set = owners::applied_set(live, manager);
    if kind.is_some() {
        return set;
    }
    let field = |element: &&PathElement| matches!(element, PathElement::Field(_));
    let whole = |path: Path| Path(path.0.iter().take_while(field).cloned().collect());
    FieldSet::from_paths(set.paths().into_iter().map(whole))
}

/// What is declared, without what is ignored.
pub(crate) fn taken_out(want: &DesiredObject) -> Json {
    let mut out = want.root.to_json();
    let set = fields::field_set(plimsoll_schema::kind(&want.id.gvk), &out);
    for path in set.paths().iter().rev().filter(|path| want.ignored.iter().any(|one| one.covers(path))) {
        fields::remove(&mut out, &path.0);
    }
    out
}

/// Whether a set holds something below a path.
fn has_below(set: &FieldSet, path: &Path) -> bool {
    path.0.iter().try_fold(set, |set, element| set.below(element)).is_some_and(|below| !below.is_empty())
}

/// Whether a field is the key of the list item that it stands in: which one it is, not what it is.
fn is_key(path: &Path) -> bool {
    match path.0.as_slice() {
        [.., PathElement::Key(key), PathElement::Field(name)] => key.iter().any(|(k, _)| k == name),
        _ => false,
    }
}

/// What a map or a list is before anything is put into it; none of a scalar.
fn hollow(value: &Json) -> Option<Json> {
    match value {
        Json::Object(_) => Some(Json::Object(serde_json::Map::new())),
        Json::Array(_) => Some(Json::Array(Vec::new())),
        _ => None,
    }
}

/// Sets the field at `path`; a hollow value only where there is none. Maps, lists and list items on the
/// way are made where they are missing, items at the place that they have in `live`.
fn place(ty: Ty, body: &mut Json, live: &Json, path: &[PathElement], value: Option<Json>) {
    let Some((first, rest)) = path.split_first() else {
        let is_hollow = |v: &Json| match v {
            Json::Object(map) => map.is_empty(),
            Json::Array(items) => items.is_empty(),
            _ => false,
        };
        match value {
            Some(value) if body.is_null() || !is_hollow(&value) => *body = value,
            _ => {}
        }
        return;
    };
    let here = Path(vec![first.clone()]);
    let below = get(live, &here).unwrap_or(&Json::Null);
    match first {
        PathElement::Field(name) => {
            if !body.is_object() {
                *body = Json::Object(serde_json::Map::new());
            }
            if let Some(map) = body.as_object_mut() {
                let at = map.entry(name).or_insert(Json::Null);
                place(fields::child(ty, name), at, below, rest, value);
            }
        }
        PathElement::Key(_) | PathElement::Value(_) => {
            if !body.is_array() {
                *body = Json::Array(Vec::new());
            }
            let Some(items) = body.as_array_mut() else { return };
            let found = items.iter().enumerate().position(|(i, v)| fields::element(ty, v, i) == *first);
            let at = found.unwrap_or_else(|| {
                let at = position(ty, items, live, first);
                items.insert(at, of_key(first));
                at
            });
            if let Some(item) = items.get_mut(at) {
                place(fields::item(ty), item, below, rest, value);
            }
        }
        // A list without keys is one field: nothing is held below it.
        PathElement::Index(_) => {}
    }
}

/// Where an item belongs among others: behind the last one that stands before it in `live`.
fn position(ty: Ty, items: &[Json], live: &Json, key: &PathElement) -> usize {
    let keys = |items: &[Json]| -> Vec<PathElement> {
        items.iter().enumerate().map(|(i, v)| fields::element(ty, v, i)).collect()
    };
    let (ours, theirs) = (keys(items), keys(fields::items_of(Some(live))));
    let before = theirs.iter().take_while(|k| *k != key);
    before.filter_map(|k| ours.iter().position(|own| own == k)).max().map_or(0, |last| last + 1)
}

/// An item that has nothing but its key.
fn of_key(element: &PathElement) -> Json {
    match element {
        PathElement::Key(fields) => fields.iter().cloned().collect(),
        PathElement::Value(value) => value.clone(),
        _ => Json::Null,
    }
}

/// What is left as it is, and is not what the configuration says, by path.
pub(crate) fn left(subject: &Subject<'_>, live: &Json, world: &World<'_>) -> Vec<Left> {
    let (want, kind) = (subject.want, subject.kind);
    let ignored = in_force(want, live);
    if ignored.is_empty() {
        return Vec::new();
    }
    let stored =
        |object: &Json| kind.map_or_else(|| object.clone(), |kind: &Kind| canonical::canonical(kind, object));
    let root = want.root.to_json();
    let (declared, held) = (fields::field_set(kind, &root), held(kind, live, &world.manager));
    let (ours, theirs) = (stored(&root), stored(live));
    let set = declared.union(&held);
    let unknown = |path: &Path| fields::node_at(&want.root, path).is_some_and(|node| node.contains_unknown());
    let mut out = Vec::new();
    for path in set.paths() {
        let Some(one) = ignored.iter().find(|one| one.covers(&path)) else { continue };
        if has_below(&set, &path) || is_key(&path) || unknown(&path) {
            continue;
        }
        let said = get(&ours, &path).filter(|_| declared.contains(&path));
        let is = get(&theirs, &path);
        let same = match (said, is) {
            (Some(said), Some(is)) => equal(said, is),
            (said, is) => said.is_none() && is.is_none(),
        };
        if !same {
            let side = |value: Option<&Json>| -> Side { world.secrets.side(&subject.view, &path, value) };
            out.push(Left {
                path: path.to_string(),
                value: side(is),
                ours: side(said),
                source: world.input.sources.locate(one.span),
            });
        }
    }
    out
}
