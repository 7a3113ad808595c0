//! Field sets: which fields of an object somebody owns.
//!
//! The form in `managedFields` (`f:`, `k:`, `v:`, `.`) is in [`fields_v1`]; how an object's own set is
//! found is in [`of`]. Who owns what is [`crate::merge`]'s.

mod fields_v1;
mod of;

use std::collections::BTreeMap;

pub use crate::path::{Path, PathElement, get};
use crate::{Json, Kind, Shape, Type, TypeRef};
pub use fields_v1::NotFieldsV1;
pub(crate) use of::{element_of, field_set as raw, is_atomic, is_map, strip};

/// A set of fields, as a tree. A list item or a map may be a member itself, and have members below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSet {
    nodes: BTreeMap<PathElement, Node>,
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
        strip(&FieldSet::of_type(kind.root, object))
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

    /// Adds the field at `path`, and nothing above it.
    pub fn insert(&mut self, path: &[PathElement]) {
        match path {
            [] => {}
            [last] => self.add_member(last.clone()),
            [first, rest @ ..] => match self.nodes.get_mut(first) {
                Some(node) => node.below.insert(rest),
                None => self.nodes.entry(first.clone()).or_default().below.insert(rest),
            },
        }
    }

    pub(crate) fn add_member(&mut self, element: PathElement) {
        self.nodes.entry(element).or_default().member = true;
    }

    /// Adds everything of `below` under `element`.
    pub(crate) fn add_below(&mut self, element: PathElement, below: FieldSet) {
        if !below.is_empty() {
            let node = self.nodes.entry(element).or_default();
            node.below = if node.below.is_empty() { below } else { node.below.union(&below) };
        }
    }

    /// Nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// How many fields are in it.
    pub fn len(&self) -> usize {
        self.nodes.values().map(|n| usize::from(n.member) + n.below.len()).sum()
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
        self.nodes.get(element).is_some_and(|n| n.member)
    }

    /// What is in it below `element`.
    pub fn below(&self, element: &PathElement) -> Option<&FieldSet> {
        self.nodes.get(element).map(|n| &n.below).filter(|s| !s.is_empty())
    }

    /// What is in either.
    pub fn union(&self, other: &FieldSet) -> FieldSet {
        let mut nodes = self.nodes.clone();
        for (element, theirs) in &other.nodes {
            let node = nodes.entry(element.clone()).or_default();
            node.member |= theirs.member;
            node.below =
                if node.below.is_empty() { theirs.below.clone() } else { node.below.union(&theirs.below) };
        }
        FieldSet { nodes }
    }

    /// What is in both.
    pub fn intersection(&self, other: &FieldSet) -> FieldSet {
        self.combine(
            other,
            |a, b| Node { member: a.member && b.member, below: a.below.intersection(&b.below) },
            false,
        )
    }

    /// What is in this one and not in the other; a field does not take those below it along.
    pub fn difference(&self, other: &FieldSet) -> FieldSet {
        self.combine(
            other,
            |a, b| Node { member: a.member && !b.member, below: a.below.difference(&b.below) },
            true,
        )
    }

    /// As [`FieldSet::difference`], and a field takes everything below it along.
    pub fn recursive_difference(&self, other: &FieldSet) -> FieldSet {
        let without = |a: &Node, b: &Node| match b.member {
            true => Node::default(),
            false => Node { member: a.member, below: a.below.recursive_difference(&b.below) },
        };
        self.combine(other, without, true)
    }

    fn combine(&self, other: &FieldSet, both: impl Fn(&Node, &Node) -> Node, keep: bool) -> FieldSet {
        let nodes = self.nodes.iter().filter_map(|(element, node)| {
            let node = match other.nodes.get(element) {
                Some(theirs) => both(node, theirs),
                None if keep => node.clone(),
                None => return None,
            };
            (!node.is_empty()).then(|| (element.clone(), node))
        });
        FieldSet { nodes: nodes.collect() }
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

    /// Repairs a set that was written when the schema said something else: what is atomic now is owned as
    /// a whole.
    pub(crate) fn reconciled(&self, ty: &'static Type) -> FieldSet {
        let free = matches!(ty.shape, Shape::Any | Shape::Object | Shape::Raw);
        let nodes = self.nodes.iter().map(|(element, node)| {
            let child = match element {
                _ if free => None,
                PathElement::Field(name) => ty.child(name),
                PathElement::Key(_) | PathElement::Value(_) => ty.item(),
                PathElement::Index(_) => None,
            };
            let Some(child) = child.map(TypeRef::get) else { return (element.clone(), node.clone()) };
            let node = match is_atomic(child) && !node.below.is_empty() {
                true => Node { member: true, below: FieldSet::new() },
                false => Node { member: node.member, below: node.below.reconciled(child) },
            };
            (element.clone(), node)
        });
        FieldSet { nodes: nodes.collect() }
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
