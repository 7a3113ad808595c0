//! Field sets: which fields of an object somebody owns.
//!
//! The form in `managedFields` (`f:`, `k:`, `v:`, `.`) is in [`fields_v1`]; how an object's own set is
//! found is in [`of`]. Who owns what is [`crate::merge`]'s.

mod fields_v1;
mod of;

use std::cmp::Ordering;

use crate::{Json, Kind, Shape, Type, TypeRef};
pub use fields_v1::NotFieldsV1;
pub use of::element_of;
pub(crate) use of::{is_atomic, is_map, marked_field_set, strip};
pub use plimsoll_model::path::{Path, PathElement, get};

/// A set of fields, as a tree. A list item or a map may be a member itself, and have members below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSet {
    /// Sorted by element.
    nodes: Vec<(PathElement, Node)>,
}

/// Never empty: a member, or with members below.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Node {
    member: bool,
    below: FieldSet,
}

impl Node {
    fn is_empty(&self) -> bool {
        !self.member && self.below.is_empty()
    }
}

impl FieldSet {
    /// The empty set.
    pub fn new() -> FieldSet {
        FieldSet::default()
    }

    /// The fields that `object` sets, as the API server records them for an apply: leaves, atomic maps and
    /// lists as a whole, items of keyed lists and sets, keys of maps. Without `apiVersion`, `kind` and the
    /// metadata that nobody owns (name, namespace, uid and the like).
    ///
    /// Values that do not fit the schema are taken as far as they do; [`crate::validate`] names them.
    pub fn of(kind: &Kind, object: &Json) -> FieldSet {
        let mut set = FieldSet::of_type(kind.root, object);
        strip(&mut set);
        set
    }

    /// As [`FieldSet::of`]; none where a list has two items with the same key.
    pub(crate) fn of_distinct(kind: &Kind, object: &Json) -> Option<FieldSet> {
        let mut set = of::field_set_of_distinct(kind.root.get(), object)?;
        strip(&mut set);
        Some(set)
    }

    /// As [`FieldSet::of`] for a value of any type, with nothing left out.
    pub fn of_type(ty: TypeRef, value: &Json) -> FieldSet {
        of::field_set(ty.get(), value)
    }

    /// The set of those paths.
    pub fn from_paths(paths: impl IntoIterator<Item = Path>) -> FieldSet {
        let mut set = FieldSet::new();
        paths.into_iter().for_each(|path| set.insert(&path.0));
        set
    }

    fn find(&self, element: &PathElement) -> Result<usize, usize> {
        // Most sets are made in order.
        match self.nodes.last().map(|(last, _)| last.cmp(element)) {
            None | Some(Ordering::Less) => Err(self.nodes.len()),
            Some(Ordering::Equal) => Ok(self.nodes.len() - 1),
            Some(Ordering::Greater) => self.nodes.binary_search_by(|(e, _)| e.cmp(element)),
        }
    }

    fn node(&self, element: &PathElement) -> Option<&Node> {
        self.find(element).ok().and_then(|i| self.nodes.get(i)).map(|(_, node)| node)
    }

    fn update(&mut self, element: PathElement, change: impl FnOnce(&mut Node)) {
        match self.find(&element) {
            Ok(i) => {
                if let Some((_, node)) = self.nodes.get_mut(i) {
                    change(node);
                }
            }
            Err(i) => {
                let mut node = Node::default();
                change(&mut node);
                self.nodes.insert(i, (element, node));
            }
        }
    }

    /// Adds the field at `path`, and nothing above it.
    pub fn insert(&mut self, path: &[PathElement]) {
        match path {
            [] => {}
            [last] => self.add_member(last.clone()),
            [first, rest @ ..] => self.update(first.clone(), |node| node.below.insert(rest)),
        }
    }

    pub(crate) fn add_member(&mut self, element: PathElement) {
        self.update(element, |node| node.member = true);
    }

    /// Adds an element as a member or not, with everything of `below` under it; nothing where both are empty.
    pub(crate) fn add(&mut self, element: PathElement, member: bool, below: FieldSet) {
        if !member && below.is_empty() {
            return;
        }
        self.update(element, |node| {
            node.member |= member;
            node.below = if node.below.is_empty() { below } else { node.below.union(&below) };
        });
    }

    /// Nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// How many fields are in it.
    pub fn len(&self) -> usize {
        self.nodes.iter().map(|(_, n)| usize::from(n.member) + n.below.len()).sum()
    }

    /// Whether the field at `path` is in it.
    pub fn contains(&self, path: &Path) -> bool {
        match path.0.split_last() {
            None => false,
            Some((last, above)) => {
                let set = above.iter().try_fold(self, |set, e| set.below(e));
                set.is_some_and(|set| set.has(last))
            }
        }
    }

    pub(crate) fn has(&self, element: &PathElement) -> bool {
        self.node(element).is_some_and(|n| n.member)
    }

    /// What is in it below `element`.
    pub fn below(&self, element: &PathElement) -> Option<&FieldSet> {
        self.node(element).map(|n| &n.below).filter(|s| !s.is_empty())
    }

    /// What is in either.
    pub fn union(&self, other: &FieldSet) -> FieldSet {
        if other.is_empty() {
            return self.clone();
        }
        let mut nodes = Vec::with_capacity(self.nodes.len().max(other.nodes.len()));
        walk(self, other, |element, ours, theirs| {
            let node = match (ours, theirs) {
                (Some(a), Some(b)) => Node { member: a.member || b.member, below: a.below.union(&b.below) },
                (Some(one), None) | (None, Some(one)) => one.clone(),
                (None, None) => return,
            };
            nodes.push((element.clone(), node));
        });
        FieldSet { nodes }
    }

    /// What is in both.
    pub fn intersection(&self, other: &FieldSet) -> FieldSet {
        let mut nodes = Vec::new();
        walk(self, other, |element, ours, theirs| {
            if let (Some(a), Some(b)) = (ours, theirs) {
                let node = Node { member: a.member && b.member, below: a.below.intersection(&b.below) };
                if !node.is_empty() {
                    nodes.push((element.clone(), node));
                }
            }
        });
        FieldSet { nodes }
    }

    /// What is in this one and not in the other; a field does not take those below it along.
    pub fn difference(&self, other: &FieldSet) -> FieldSet {
        let mut set = self.clone();
        set.subtract(other, false);
        set
    }

    /// As [`FieldSet::difference`], and a field takes everything below it along.
    pub fn recursive_difference(&self, other: &FieldSet) -> FieldSet {
        let mut set = self.clone();
        set.subtract(other, true);
        set
    }

    /// Takes the other's fields out of this set.
    pub(crate) fn subtract(&mut self, other: &FieldSet, recursive: bool) {
        if other.is_empty() {
            return;
        }
        self.nodes.retain_mut(|(element, node)| {
            let Some(theirs) = other.node(element) else { return true };
            if theirs.member {
                if recursive {
                    return false;
                }
                node.member = false;
            }
            node.below.subtract(&theirs.below, recursive);
            !node.is_empty()
        });
    }

    /// Some field is in both.
    pub fn intersects(&self, other: &FieldSet) -> bool {
        self.nodes.iter().any(|(element, node)| {
            let theirs = other.node(element);
            theirs.is_some_and(|t| (node.member && t.member) || node.below.intersects(&t.below))
        })
    }

    /// Every field of this set is in the other.
    pub fn is_subset_of(&self, other: &FieldSet) -> bool {
        self.nodes.iter().all(|(element, node)| {
            let theirs = other.node(element);
            theirs.is_some_and(|t| (t.member || !node.member) && node.below.is_subset_of(&t.below))
        })
    }

    /// Every path in it, in the API server's order: members of a level first, then what is below them.
    pub fn paths(&self) -> Vec<Path> {
        let mut out = Vec::new();
        self.collect(&Path::default(), &mut out);
        out
    }

    fn collect(&self, above: &Path, out: &mut Vec<Path>) {
        let members = self.nodes.iter().filter(|(_, n)| n.member);
        out.extend(members.map(|(e, _)| above.join(e.clone())));
        for (element, node) in &self.nodes {
            if !node.below.is_empty() {
                node.below.collect(&above.join(element.clone()), out);
            }
        }
    }

    /// With every named field that has members below it as a member itself; keys of maps are not.
    pub(crate) fn with_named_fields(&self, ty: Option<&'static Type>) -> FieldSet {
        let nodes = self.nodes.iter().map(|(element, node)| {
            let (named, child) = match (element, ty) {
                (PathElement::Field(name), Some(ty)) => (ty.field(name).is_some(), ty.child(name)),
                (PathElement::Key(_), Some(ty)) => (false, ty.item()),
                _ => (false, None),
            };
            let below = node.below.with_named_fields(child.map(TypeRef::get));
            (element.clone(), Node { member: node.member || (named && !below.is_empty()), below })
        });
        FieldSet { nodes: nodes.collect() }
    }

    /// Whether [`FieldSet::reconciled`] would change nothing.
    pub(crate) fn is_reconciled(&self, ty: &'static Type) -> bool {
        self.nodes.iter().all(|(element, node)| match child_of(ty, element) {
            Some(child) if !node.below.is_empty() => !is_atomic(child) && node.below.is_reconciled(child),
            _ => true,
        })
    }

    /// Repairs a set that was written when the schema said something else: what is atomic now is owned as
    /// a whole.
    pub(crate) fn reconciled(&self, ty: &'static Type) -> FieldSet {
        let nodes = self.nodes.iter().map(|(element, node)| {
            let Some(child) = child_of(ty, element) else { return (element.clone(), node.clone()) };
            let node = match is_atomic(child) && !node.below.is_empty() {
                true => Node { member: true, below: FieldSet::new() },
                false => Node { member: node.member, below: node.below.reconciled(child) },
            };
            (element.clone(), node)
        });
        FieldSet { nodes: nodes.collect() }
    }
}

/// The type of what an element stands for; none below what may be anything.
fn child_of(ty: &'static Type, element: &PathElement) -> Option<&'static Type> {
    let child = match element {
        _ if matches!(ty.shape, Shape::Any | Shape::Object | Shape::Raw) => None,
        PathElement::Field(name) => ty.child(name),
        PathElement::Key(_) | PathElement::Value(_) => ty.item(),
        PathElement::Index(_) => None,
    };
    child.map(TypeRef::get)
}

/// Visits the elements of both sets in order.
fn walk<'a>(
    a: &'a FieldSet,
    b: &'a FieldSet,
    mut visit: impl FnMut(&'a PathElement, Option<&'a Node>, Option<&'a Node>),
) {
    let (mut left, mut right) = (a.nodes.iter().peekable(), b.nodes.iter().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (Some((a, _)), Some((b, _))) => a.cmp(b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        let ours = if order.is_le() { left.next() } else { None };
        let theirs = if order.is_ge() { right.next() } else { None };
        if let Some((element, _)) = ours.or(theirs) {
            visit(element, ours.map(|(_, n)| n), theirs.map(|(_, n)| n));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind;
    use expect_test::{Expect, expect};
    use plimsoll_model::Gvk;
    use serde_json::json;

    fn check(api: &str, name: &str, object: Json, want: Expect) {
        let set = FieldSet::of(kind(&Gvk::from_api_version(api, name)).unwrap(), &object);
        want.assert_eq(&set.paths().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
        assert_eq!(FieldSet::from_fields_v1(&set.to_fields_v1()).unwrap(), set);
    }

    #[test]
    fn leaves_items_and_map_keys_are_owned_and_names_are_not() {
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "d", "namespace": "n", "labels": {"a": "b"}, "annotations": {}},
            "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"spec": {"containers": [
                {"name": "web", "args": ["x"], "ports": [{"containerPort": 80}]}]}}}});
        check(
            "apps/v1",
            "Deployment",
            object,
            expect![[r#"
                metadata.annotations
                metadata.labels.a
                spec.selector
                spec.template.spec.containers[name=web]
                spec.template.spec.containers[name=web].args
                spec.template.spec.containers[name=web].name
                spec.template.spec.containers[name=web].ports[containerPort=80,protocol=TCP]
                spec.template.spec.containers[name=web].ports[containerPort=80,protocol=TCP].containerPort"#]],
        );
    }

    #[test]
    fn sets_are_owned_value_by_value_and_atomic_lists_whole() {
        check(
            "v1",
            "PersistentVolumeClaim",
            json!({"metadata": {"finalizers": ["a", "b"]}, "spec": {"accessModes": ["ReadWriteOnce"]}}),
            expect![[r#"
                metadata.finalizers[=a]
                metadata.finalizers[=b]
                spec.accessModes"#]],
        );
    }

    #[test]
    fn the_form_in_managed_fields_is_the_servers() {
        let fields = json!({"f:metadata": {"f:finalizers": {".": {}, "v:\"a\"": {}}},
            "f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}}}}});
        let set = FieldSet::from_fields_v1(&fields).unwrap();
        assert_eq!(set.to_fields_v1(), fields);
        assert_eq!(set.len(), 4);
        assert!(set.contains(&Path(vec![PathElement::field("metadata"), PathElement::field("finalizers")])));
        assert!(!set.contains(&Path::fields(["spec", "ports"])));
    }

    #[test]
    fn what_is_no_field_set_is_refused_and_what_is_newer_is_skipped() {
        for wrong in [json!(1), json!({"f:a": 1}), json!({"x": {}}), json!({"k:[]": {}}), json!({"v:{": {}})]
        {
            assert!(FieldSet::from_fields_v1(&wrong).is_err(), "{wrong}");
        }
        assert_eq!(FieldSet::from_fields_v1(&json!({"q:new": {}, "f:a": {}})).unwrap().len(), 1);
    }

    #[test]
    fn sets_are_added_and_taken_away() {
        let of = |paths: &[&str]| FieldSet::from_paths(paths.iter().map(|p| Path::fields(p.split('.'))));
        let (a, b) = (of(&["a", "a.b", "c.d"]), of(&["a", "c", "e"]));
        assert_eq!(a.union(&b), of(&["a", "a.b", "c", "c.d", "e"]));
        assert_eq!(a.intersection(&b), of(&["a"]));
        assert_eq!(a.difference(&b), of(&["a.b", "c.d"]));
        assert_eq!(a.recursive_difference(&b), of(&[]));
        assert!(a.difference(&a).is_empty());
    }
}
