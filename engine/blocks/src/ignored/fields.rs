//! The fields of an object that only the cluster knows, as server-side apply tells fields apart.

use plimsoll_model::{Node, Path, PathElement};
use plimsoll_schema::{Kind, Lists, Shape, Type};

use super::unknown::{Keys, SENTINEL};

/// What is found in an object.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// Every field that is set, and whether only the cluster knows it.
    pub all: Vec<(Path, bool)>,
    /// Lists and maps that are one value to the cluster, of which it alone knows a part.
    pub in_part: Vec<Path>,
    /// Items of lists whose key only the cluster knows.
    pub keys: Vec<Path>,
}

/// How much of a node only the cluster knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    Nothing,
    Part,
    All,
}

impl Fields {
    /// Those of an object.
    pub fn of(kind: Option<&'static Kind>, root: &Node) -> Fields {
        let mut out = Fields::default();
        out.walk(kind.map(|k| k.root.get()), &mut Path::default(), root);
        out
    }

    fn walk(&mut self, ty: Option<&'static Type>, path: &mut Path, node: &Node) {
        match node {
            Node::Leaf(_) => self.one(path, node),
            Node::Map(..) if is_atomic(ty) => self.one(path, node),
            Node::Map(map, _) => {
                for (name, node) in map {
                    path.0.push(PathElement::field(name));
                    self.walk(ty.and_then(|t| t.child(name)).map(|t| t.get()), path, node);
                    path.0.pop();
                }
            }
            // A list of which everything is meant is meant as a list.
            Node::List(..) if share(node) == Share::All => self.one(path, node),
            Node::List(items, _) => match ty.map(|t| &t.shape) {
                Some(Shape::List { item, merge: merge @ Lists::Map(keys) }) => {
                    for (i, node) in items.iter().enumerate() {
                        let key = plimsoll_schema::element_of(merge, *item, &node.to_json());
                        path.0.push(key.unwrap_or(PathElement::Index(i)));
                        let key = |k: &String| node.get(k).is_some_and(|n| share(n) != Share::Nothing);
                        if keys.iter().any(key) {
                            self.keys.push(path.clone());
                        }
                        self.walk(Some(item.get()), path, node);
                        path.0.pop();
                    }
                }
                _ => self.one(path, node),
            },
        }
    }

    /// A field that has one owner, whatever is in it.
    fn one(&mut self, path: &Path, node: &Node) {
        let share = share(node);
        if share == Share::Part {
            self.in_part.push(path.clone());
        }
        self.all.push((path.clone(), share == Share::All));
    }

    /// The places that are meant, each with what lies below it and is set by something else.
    pub fn places(&self, keys: &Keys) -> Vec<(Path, Vec<Path>)> {
        let mut out: Vec<Path> = Vec::new();
        let mut own: Vec<Path> = Vec::new();
        for (path, _) in self.all.iter().filter(|(_, unknown)| *unknown) {
            let (place, whole) = cut(path, keys);
            own.push(whole);
            if !out.contains(&place) {
                out.push(place);
            }
        }
        let places = out.iter().filter(|p| !out.iter().any(|other| other != *p && other.is_prefix_of(p)));
        let except = |place: &Path| -> Vec<Path> {
            let others = self.all.iter().map(|(path, _)| path).filter(|path| place.is_prefix_of(path));
            others.filter(|path| !own.iter().any(|own| own.is_prefix_of(path))).cloned().collect()
        };
        places.map(|place| (place.clone(), except(place))).collect()
    }
}

/// The place that is meant by a field under one of the keys, and what is there because of that key.
fn cut(path: &Path, keys: &Keys) -> (Path, Path) {
    let (names, with): (&[String], bool) = match keys {
        Keys::None => return (path.clone(), path.clone()),
        Keys::One(key) => (std::slice::from_ref(key), true),
        Keys::All(keys) => (keys, false),
    };
    let is = |element: &PathElement| match element {
        PathElement::Field(name) => names.contains(name),
        PathElement::Key(fields) => {
            fields.iter().any(|(_, v)| v.as_str().is_some_and(|v| names.iter().any(|n| n == v)))
        }
        _ => false,
    };
    let Some(last) = path.0.iter().rposition(is) else { return (path.clone(), path.clone()) };
    let until = |end: usize| Path(path.0.iter().take(end).cloned().collect());
    // The item of a list is there because of its key; what else is in a map may be others'.
    let item = matches!(path.0.get(last), Some(PathElement::Key(_)));
    (until(last + usize::from(with)), if item { until(last + 1) } else { path.clone() })
}

fn is_atomic(ty: Option<&'static Type>) -> bool {
    matches!(
        ty.map(|t| &t.shape),
        Some(Shape::Map { atomic: true, .. } | Shape::Struct { atomic: true, .. } | Shape::Raw)
    )
}

fn share(node: &Node) -> Share {
    let together = |mut shares: Box<dyn Iterator<Item = Share> + '_>| {
        let Some(first) = shares.next() else { return Share::Nothing };
        shares.fold(first, |all, one| if all == one { all } else { Share::Part })
    };
    match node {
        Node::Leaf(leaf) if leaf.unknown.as_deref() == Some(SENTINEL) => Share::All,
        Node::Leaf(_) => Share::Nothing,
        Node::Map(map, _) => together(Box::new(map.values().map(share))),
        Node::List(items, _) => together(Box::new(items.iter().map(share))),
    }
}
