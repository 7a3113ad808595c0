//! Walking objects with their types: differences by field, leaves, and the node that a path names.
//!
//! Lists are walked by the keys of server-side apply where the schema has keys, whole where they
//! hold scalars, else by position. A kind that the schema does not know is walked without keys.

use std::collections::BTreeSet;

use plimsoll_model::{Leaf, Node, Origin, VariableOrigin};
use plimsoll_schema::field_set::FieldSet;
use plimsoll_schema::{Kind, Lists, Path, PathElement, Shape, Type, equal};
use serde_json::Value as Json;

/// A field that is not the same in two objects.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Difference {
    pub(crate) path: Path,
    pub(crate) before: Option<Json>,
    pub(crate) after: Option<Json>,
    /// Only the order of the items differs; both sides hold their keys.
    pub(crate) reorder: bool,
}

pub(crate) type Ty = Option<&'static Type>;

pub(crate) fn root(kind: Option<&'static Kind>) -> Ty {
    kind.map(|k| k.root.get())
}

pub(crate) fn child(ty: Ty, name: &str) -> Ty {
    ty.and_then(|t| t.child(name)).map(|t| t.get())
}

pub(crate) fn item(ty: Ty) -> Ty {
    ty.and_then(Type::item).map(|t| t.get())
}

pub(crate) fn merge(ty: Ty) -> &'static Lists {
    match ty.map(|t| &t.shape) {
        Some(Shape::List { merge, .. }) => merge,
        _ => &Lists::Atomic,
    }
}

/// Every field that differs, parents before what is below them, in the order of names.
pub(crate) fn differences(kind: Option<&'static Kind>, before: &Json, after: &Json) -> Vec<Difference> {
    let mut out = Vec::new();
    compare(root(kind), &mut Vec::new(), Some(before), Some(after), &mut out);
    out
}

fn compare(
    ty: Ty,
    path: &mut Vec<PathElement>,
    before: Option<&Json>,
    after: Option<&Json>,
    out: &mut Vec<Difference>,
) {
    if let (Some(b), Some(a)) = (before, after)
        && equal(b, a)
    {
        return;
    }
    match (before, after) {
        (None, None) => {}
        (Some(Json::Object(_)) | None, Some(Json::Object(_)) | None) => {
            let (b, a) = (before.and_then(Json::as_object), after.and_then(Json::as_object));
            let names: BTreeSet<&String> = b.into_iter().chain(a).flat_map(|m| m.keys()).collect();
            if names.is_empty() {
                return emit(path, before, after, out);
            }
            for name in names {
                let (b, a) = (b.and_then(|m| m.get(name)), a.and_then(|m| m.get(name)));
                step(PathElement::field(name), path, |path| compare(child(ty, name), path, b, a, out));
            }
        }
        (Some(Json::Array(_)) | None, Some(Json::Array(_)) | None) => {
            lists(ty, path, before, after, out);
        }
        _ => emit(path, before, after, out),
    }
}

fn step(element: PathElement, path: &mut Vec<PathElement>, go: impl FnOnce(&mut Vec<PathElement>)) {
    path.push(element);
    go(path);
    path.pop();
}

fn emit(path: &[PathElement], before: Option<&Json>, after: Option<&Json>, out: &mut Vec<Difference>) {
    out.push(Difference {
        path: Path(path.to_vec()),
        before: before.cloned(),
        after: after.cloned(),
        reorder: false,
    });
}

fn lists(
    ty: Ty,
    path: &mut Vec<PathElement>,
    before: Option<&Json>,
    after: Option<&Json>,
    out: &mut Vec<Difference>,
) {
    let (b, a) = (items_of(before), items_of(after));
    if b.is_empty() && a.is_empty() {
        return emit(path, before, after, out);
    }
    let how = merge(ty);
    if matches!(how, Lists::Atomic) {
        let scalar = |v: &Json| !v.is_object() && !v.is_array();
        if b.iter().chain(a).all(scalar) {
            return emit(path, before, after, out);
        }
        for i in 0..b.len().max(a.len()) {
            step(PathElement::Index(i), path, |path| compare(item(ty), path, b.get(i), a.get(i), out));
        }
        return;
    }
    let keys =
        |v: &[Json]| -> Vec<PathElement> { v.iter().enumerate().map(|(i, v)| element(ty, v, i)).collect() };
    let (of_b, of_a) = (keys(b), keys(a));
    let find = |keys: &[PathElement], key: &PathElement| keys.iter().position(|k| k == key);
    // An item whose key changes and whose name stays, as a port that moves to another number, is
    // one changed item and not two.
    let alone = |key: &PathElement, other: &[PathElement]| find(other, key).is_none();
    let renamed: Vec<(usize, usize)> = of_a
        .iter()
        .enumerate()
        .filter(|(_, key)| alone(key, &of_b))
        .filter_map(|(j, _)| {
            let name = a.get(j)?.get("name")?;
            let same = |i: &usize| b.get(*i).and_then(|v| v.get("name")) == Some(name);
            let old = (0..b.len()).filter(same).find(|i| of_b.get(*i).is_some_and(|k| alone(k, &of_a)))?;
            Some((old, j))
        })
        .collect();
    for (i, key) in of_b.iter().enumerate().filter(|(i, _)| !renamed.iter().any(|(old, _)| old == i)) {
        let theirs = find(&of_a, key).and_then(|j| a.get(j));
        step(key.clone(), path, |path| compare(item(ty), path, b.get(i), theirs, out));
    }
    for (j, key) in of_a.iter().enumerate().filter(|(_, k)| alone(k, &of_b)) {
        let old = renamed.iter().find(|(_, new)| *new == j).and_then(|(i, _)| b.get(*i));
        step(key.clone(), path, |path| compare(item(ty), path, old, a.get(j), out));
    }
    let common = |keys: &[PathElement], other: &[PathElement]| -> Vec<PathElement> {
        keys.iter().filter(|k| find(other, k).is_some()).cloned().collect()
    };
    let (x, y) = (common(&of_b, &of_a), common(&of_a, &of_b));
    if x != y && matches!(how, Lists::Map(_)) {
        let names = |keys: &[PathElement]| Json::Array(keys.iter().map(key_name).collect());
        let (before, after) = (Some(names(&x)), Some(names(&y)));
        out.push(Difference { path: Path(path.clone()), before, after, reorder: true });
    }
}

pub(crate) fn items_of(list: Option<&Json>) -> &[Json] {
    list.and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// A list item's key in a few characters: the name, or all values of the key.
fn key_name(element: &PathElement) -> Json {
    match element {
        PathElement::Key(fields) => match fields.as_slice() {
            [(_, value)] => value.clone(),
            many => {
                let plain = |v: &Json| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
                Json::String(many.iter().map(|(_, v)| plain(v)).collect::<Vec<_>>().join("/"))
            }
        },
        PathElement::Value(v) => v.clone(),
        other => Json::String(format!("{other:?}")),
    }
}

/// How a path names an item of a list of this type.
pub(crate) fn element(ty: Ty, value: &Json, position: usize) -> PathElement {
    match merge(ty) {
        Lists::Set => PathElement::Value(value.clone()),
        Lists::Map(names) => {
            let of = |name: &String| -> Option<(String, Json)> {
                let default = || item(ty).and_then(|t| t.field(name)).and_then(|f| f.default.clone());
                Some((name.clone(), value.get(name).cloned().or_else(default)?))
            };
            let mut key: Vec<(String, Json)> = names.iter().filter_map(of).collect();
            key.sort_by(|a, b| a.0.cmp(&b.0));
            if key.is_empty() { PathElement::Index(position) } else { PathElement::Key(key) }
        }
        Lists::Atomic => PathElement::Index(position),
    }
}

/// Every leaf of a node tree with its path; a list of scalars gives its items by position.
pub(crate) fn node_leaves<'n>(kind: Option<&'static Kind>, node: &'n Node) -> Vec<(Path, &'n Leaf)> {
    let mut out = Vec::new();
    walk(root(kind), &mut Vec::new(), node, &mut out);
    out
}

/// As [`node_leaves`], those that `is` says. Most objects have none, and paths are made only where there
/// is one.
pub(crate) fn leaves_that<'n>(
    kind: Option<&'static Kind>,
    node: &'n Node,
    is: impl Fn(&Leaf) -> bool,
) -> Vec<(Path, &'n Leaf)> {
    if !any_leaf(node, &is) {
        return Vec::new();
    }
    let mut out = node_leaves(kind, node);
    out.retain(|(_, leaf)| is(leaf));
    out
}

fn any_leaf(node: &Node, is: &impl Fn(&Leaf) -> bool) -> bool {
    match node {
        Node::Leaf(leaf) => is(leaf),
        Node::Map(map, _) => map.values().any(|node| any_leaf(node, is)),
        Node::List(items, _) => items.iter().any(|node| any_leaf(node, is)),
    }
}

fn walk<'n>(ty: Ty, path: &mut Vec<PathElement>, node: &'n Node, out: &mut Vec<(Path, &'n Leaf)>) {
    match node {
        Node::Leaf(leaf) => out.push((Path(path.clone()), leaf)),
        Node::Map(map, _) => {
            for (name, node) in map {
                step(PathElement::field(name), path, |path| walk(child(ty, name), path, node, out));
            }
        }
        Node::List(items, _) => {
            for (i, node) in items.iter().enumerate() {
                step(element(ty, &node.to_json(), i), path, |path| walk(item(ty), path, node, out));
            }
        }
    }
}

/// Where a value at `path` was written: the place of the deepest node on the way that has one.
pub(crate) fn written_at(root: &Node, path: &Path) -> Option<plimsoll_model::Span> {
    nodes_to(root, path).filter_map(|node| node.origin().shown()).last()
}

/// The variables that were read for what stands at `path`: those of the deepest node on the way that
/// somebody wrote.
pub(crate) fn variables_at<'n>(root: &'n Node, path: &Path) -> &'n [VariableOrigin] {
    let written = nodes_to(root, path).map(Node::origin).filter(|origin| **origin != Origin::NONE);
    written.last().map_or(&[], Origin::variables)
}

/// The nodes on the way to `path` as far as there are some, without the root: the object's own origin
/// says nothing about a field of it.
fn nodes_to<'n>(root: &'n Node, path: &Path) -> impl Iterator<Item = &'n Node> {
    let mut at = Some(root);
    path.0.iter().map_while(move |element| {
        at = at.and_then(|node| below(node, element));
        at
    })
}

/// Where the first leaf at or below `path` is written that the live object holds another value of.
pub(crate) fn changed_at(root: &Node, live: &Json, path: &Path) -> Option<plimsoll_model::Span> {
    changed_below(node_at(root, path)?, plimsoll_schema::get(live, path))
}

fn changed_below(node: &Node, live: Option<&Json>) -> Option<plimsoll_model::Span> {
    match node {
        Node::Leaf(leaf) if leaf.unknown.is_some() => None,
        Node::Leaf(leaf) => {
            let same = live.is_some_and(|live| equal(live, &leaf.value));
            if same { None } else { leaf.origin.shown() }
        }
        Node::Map(map, _) => {
            map.iter().find_map(|(key, node)| changed_below(node, live.and_then(|l| l.get(key))))
        }
        Node::List(items, _) => {
            items.iter().enumerate().find_map(|(i, node)| changed_below(node, live.and_then(|l| l.get(i))))
        }
    }
}

/// The node at `path`.
pub(crate) fn node_at<'n>(root: &'n Node, path: &Path) -> Option<&'n Node> {
    path.0.iter().try_fold(root, below)
}

fn below<'n>(node: &'n Node, element: &PathElement) -> Option<&'n Node> {
    match (node, element) {
        (Node::Map(map, _), PathElement::Field(name)) => map.get(name),
        (Node::List(items, _), PathElement::Index(i)) => items.get(*i),
        (Node::List(items, _), PathElement::Value(v)) => items.iter().find(|n| equal(&n.to_json(), v)),
        (Node::List(items, _), PathElement::Key(key)) => items.iter().find(|node| {
            let agrees = key.iter().all(|(k, v)| node.get(k).is_none_or(|n| equal(&n.to_json(), v)));
            agrees && key.iter().any(|(k, _)| node.get(k).is_some())
        }),
        _ => None,
    }
}

/// The fields that an object sets, for a kind that the schema may not know: then every leaf counts,
/// and lists count as a whole.
pub(crate) fn field_set(kind: Option<&'static Kind>, object: &Json) -> FieldSet {
    if let Some(kind) = kind {
        return FieldSet::of(kind, object);
    }
    let mut paths = Vec::new();
    free_leaves(&mut Vec::new(), object, &mut paths);
    let bookkeeping = |p: &Path| {
        let text = p.to_string();
        matches!(text.as_str(), "apiVersion" | "kind" | "metadata.name" | "metadata.namespace")
    };
    FieldSet::from_paths(paths.into_iter().filter(|p| !bookkeeping(p)))
}

fn free_leaves(path: &mut Vec<PathElement>, value: &Json, out: &mut Vec<Path>) {
    match value {
        Json::Object(map) if !map.is_empty() => {
            for (name, value) in map {
                step(PathElement::field(name), path, |path| free_leaves(path, value, out));
            }
        }
        _ => out.push(Path(path.clone())),
    }
}

/// Whether the set holds the field at `path`: itself, something above it that is held as a whole, or
/// something below it.
pub(crate) fn covers(set: &FieldSet, path: &Path) -> bool {
    let mut below = set;
    for (i, element) in path.0.iter().enumerate() {
        let here = Path(path.0.iter().take(i + 1).cloned().collect());
        let member = set.contains(&here);
        match below.below(element) {
            Some(deeper) => below = deeper,
            None => return member,
        }
    }
    true
}

/// The order of the items of every keyed list in which the set holds items, as text.
pub(crate) fn orders(kind: Option<&'static Kind>, object: &Json, set: &FieldSet) -> Vec<Json> {
    let mut out = Vec::new();
    order_below(root(kind), &mut Vec::new(), object, set, &mut out);
    out
}

fn order_below(ty: Ty, path: &mut Vec<PathElement>, value: &Json, set: &FieldSet, out: &mut Vec<Json>) {
    let mut down = |element: PathElement, ty: Ty, value: &Json, path: &mut Vec<PathElement>| {
        if let Some(below) = set.below(&element) {
            step(element, path, |path| order_below(ty, path, value, below, out));
        }
    };
    match value {
        Json::Object(map) => {
            for (name, value) in map {
                down(PathElement::field(name), child(ty, name), value, path);
            }
        }
        Json::Array(items) => {
            let keys: Vec<PathElement> = items.iter().enumerate().map(|(i, v)| element(ty, v, i)).collect();
            for (key, value) in keys.iter().zip(items) {
                down(key.clone(), item(ty), value, path);
            }
            let held =
                |key: &&PathElement| set.below(key).is_some() || set.contains(&Path(vec![(*key).clone()]));
            if let Lists::Map(_) = merge(ty) {
                let names: Vec<Json> = keys.iter().filter(held).map(key_name).collect();
                out.push(Json::Array(vec![Path(path.clone()).to_string().into(), Json::Array(names)]));
            }
        }
        _ => {}
    }
}

/// Removes the field at `path`, and maps that become empty by it.
pub(crate) fn remove(object: &mut Json, path: &[PathElement]) {
    let Some((first, rest)) = path.split_first() else { return };
    if let (PathElement::Field(name), Json::Object(map)) = (first, &mut *object) {
        if rest.is_empty() {
            map.remove(name);
        } else if let Some(inner) = map.get_mut(name) {
            remove(inner, rest);
            if inner.as_object().is_some_and(serde_json::Map::is_empty) {
                map.remove(name);
            }
        }
        return;
    }
    let Json::Array(items) = object else { return };
    let found = items.iter().position(|item| match first {
        PathElement::Key(key) => key.iter().all(|(k, v)| item.get(k).is_none_or(|w| equal(v, w))),
        PathElement::Value(v) => equal(item, v),
        _ => false,
    });
    let position = match first {
        PathElement::Index(i) => Some(*i).filter(|i| *i < items.len()),
        _ => found,
    };
    match position {
        Some(i) if rest.is_empty() => {
            items.remove(i);
        }
        Some(i) => {
            if let Some(item) = items.get_mut(i) {
                remove(item, rest);
            }
        }
        None => {}
    }
}

/// Sets the field at `path`; maps on the way are made, list items are not, except at the position
/// that a path ends with.
pub fn insert(object: &mut Json, path: &Path, value: Json) {
    let Some((last, above)) = path.0.split_last() else { return };
    let mut at = object;
    for element in above {
        let next = match element {
            PathElement::Field(name) => {
                if !at.is_object() {
                    *at = Json::Object(serde_json::Map::new());
                }
                at.as_object_mut()
                    .map(|map| map.entry(name).or_insert_with(|| Json::Object(serde_json::Map::new())))
            }
            PathElement::Index(i) => at.get_mut(i),
            PathElement::Key(key) => at.as_array_mut().and_then(|items| {
                items.iter_mut().find(|item| key.iter().all(|(k, v)| item.get(k).is_none_or(|w| equal(v, w))))
            }),
            PathElement::Value(_) => None,
        };
        let Some(next) = next else { return };
        at = next;
    }
    match (last, at) {
        (PathElement::Field(name), Json::Object(map)) => {
            map.insert(name.clone(), value);
        }
        (PathElement::Index(i), Json::Array(items)) => items.insert((*i).min(items.len()), value),
        (PathElement::Index(_), at) => *at = Json::Array(vec![value]),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plimsoll_model::Gvk;
    use serde_json::json;

    use super::*;

    fn check(before: Json, after: Json, expect: Expect) {
        let kind = plimsoll_schema::kind(&Gvk::new("", "v1", "Pod"));
        let show = |v: &Option<Json>| v.as_ref().map_or("-".to_string(), Json::to_string);
        let lines: Vec<String> = differences(kind, &before, &after)
            .iter()
            .map(|d| {
                let mark = if d.reorder { " (order)" } else { "" };
                format!("{}: {} -> {}{mark}\n", d.path, show(&d.before), show(&d.after))
            })
            .collect();
        expect.assert_eq(&lines.concat());
    }

    #[test]
    fn list_items_are_compared_by_key_and_scalar_lists_whole() {
        check(
            json!({"spec": {"containers": [{"name": "a", "image": "a:1", "args": ["x"], "ports": [{"containerPort": 80}]}]}}),
            json!({"spec": {"containers": [
                {"name": "b", "image": "b:1"},
                {"name": "a", "image": "a:2", "args": ["y", "z"], "ports": [{"containerPort": 80, "protocol": "TCP", "name": "http"}]},
            ]}}),
            expect![[r#"
                spec.containers[name=a].args: ["x"] -> ["y","z"]
                spec.containers[name=a].image: "a:1" -> "a:2"
                spec.containers[name=a].ports[containerPort=80,protocol=TCP].name: - -> "http"
                spec.containers[name=a].ports[containerPort=80,protocol=TCP].protocol: - -> "TCP"
                spec.containers[name=b].image: - -> "b:1"
                spec.containers[name=b].name: - -> "b"
            "#]],
        );
    }

    #[test]
    fn swapped_items_are_a_change_of_order() {
        check(
            json!({"spec": {"initContainers": [{"name": "a"}, {"name": "b"}]}}),
            json!({"spec": {"initContainers": [{"name": "b"}, {"name": "a"}, {"name": "c"}]}}),
            expect![[r#"
                spec.initContainers[name=c].name: - -> "c"
                spec.initContainers: ["a","b"] -> ["b","a"] (order)
            "#]],
        );
    }

    #[test]
    fn empty_maps_and_whole_values_are_seen() {
        check(
            json!({"spec": {"volumes": [{"name": "x", "emptyDir": {}}], "hostname": "a"}}),
            json!({"spec": {"volumes": [{"name": "x", "hostPath": {"path": "/x"}}], "hostname": {"odd": 1}}}),
            expect![[r#"
                spec.hostname: "a" -> {"odd":1}
                spec.volumes[name=x].emptyDir: {} -> -
                spec.volumes[name=x].hostPath.path: - -> "/x"
            "#]],
        );
    }

    #[test]
    fn a_set_covers_what_is_below_its_leaves_only() {
        let path = |names: &[&str]| Path::fields(names.iter().copied());
        let set = FieldSet::from_paths([
            path(&["spec", "args"]),
            path(&["spec", "item"]),
            path(&["spec", "item", "name"]),
        ]);
        assert!(covers(&set, &path(&["spec", "args", "deep"])));
        assert!(covers(&set, &path(&["spec", "item", "name"])));
        assert!(!covers(&set, &path(&["spec", "item", "image"])));
        assert!(!covers(&set, &path(&["spec", "other"])));
        assert!(covers(&set, &path(&["spec"])));
    }

    #[test]
    fn removing_the_last_field_of_a_map_removes_the_map() {
        let mut object = json!({"spec": {"replicas": 1}, "items": [{"name": "a", "x": 1}]});
        remove(&mut object, &Path::fields(["spec", "replicas"]).0);
        let item = PathElement::Key(vec![("name".into(), json!("a"))]);
        remove(&mut object, &[PathElement::field("items"), item, PathElement::field("x")]);
        assert_eq!(object, json!({"items": [{"name": "a"}]}));
    }
}
