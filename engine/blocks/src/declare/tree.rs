//! Writing decoded attributes into object trees, every leaf with its origin.

use indexmap::IndexMap;
use plimsoll_model::{Leaf, Node, Origin};
use serde_json::Value as Json;

use super::scalar::Map;
use super::val::{Content, Val};

/// A map of an object under construction.
#[derive(Debug, Default)]
pub struct Tree(IndexMap<String, Node>);

impl Tree {
    /// An empty map.
    pub fn new() -> Tree {
        Tree::default()
    }

    /// Sets a key, unless there is nothing to set it to.
    pub fn put(&mut self, key: impl Into<String>, node: impl Into<Option<Node>>) -> &mut Tree {
        if let Some(node) = node.into() {
            self.0.insert(key.into(), node);
        }
        self
    }

    /// Sets a key to an attribute's value.
    pub fn attr(&mut self, key: impl Into<String>, value: &impl ToNode) -> &mut Tree {
        self.put(key, value.to_node())
    }

    /// Sets a key to what nobody wrote.
    pub fn fixed(&mut self, key: impl Into<String>, json: impl Into<Json>) -> &mut Tree {
        self.put(key, Node::from_json(&json.into()))
    }

    /// Sets a key to a list, unless it is empty.
    pub fn list(&mut self, key: impl Into<String>, items: Vec<Node>) -> &mut Tree {
        if !items.is_empty() {
            self.put(key, Node::List(items, Origin::NONE));
        }
        self
    }

    /// Sets a key to a map, unless it is empty.
    pub fn map(&mut self, key: impl Into<String>, tree: Tree) -> &mut Tree {
        let node = tree.some();
        self.put(key, node)
    }

    /// Changes what a key was set to, where it was.
    pub fn change(&mut self, key: &str, f: impl FnOnce(&mut Node)) {
        if let Some(node) = self.0.get_mut(key) {
            f(node);
        }
    }

    /// Takes a key away.
    pub fn remove(&mut self, key: &str) {
        self.0.shift_remove(key);
    }

    /// Whether nothing was set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys that were set.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// The finished map. Most have a few keys, and all of them are kept until the plan is done: room for more
    /// would be half of what they take.
    pub fn node(mut self) -> Node {
        self.0.shrink_to_fit();
        Node::Map(self.0, Origin::NONE)
    }

    /// The finished map, unless it is empty.
    pub fn some(self) -> Option<Node> {
        (!self.0.is_empty()).then(|| self.node())
    }

    /// The entries, to be put elsewhere.
    pub fn into_entries(self) -> IndexMap<String, Node> {
        self.0
    }
}

/// A scalar as JSON.
pub trait ToJson {
    /// As the API takes it.
    fn to_json(&self) -> Json;
}

macro_rules! to_json {
    ($($ty:ty),*) => { $(impl ToJson for $ty {
        fn to_json(&self) -> Json {
            self.clone().into()
        }
    })* };
}

to_json!(String, bool, i64, i32, u32, u16);

/// Something that becomes a node of an object; nothing where it is absent or failed.
pub trait ToNode {
    /// The node.
    fn to_node(&self) -> Option<Node>;
}

impl<T: ToJson> ToNode for Val<T> {
    fn to_node(&self) -> Option<Node> {
        let leaf = |value, unknown| {
            Node::Leaf(Leaf { value, unknown, sensitive: self.sensitive, origin: self.origin.clone() })
        };
        match &self.content {
            Content::Known(v) => Some(leaf(v.to_json(), None)),
            Content::Unknown(what) => Some(leaf(Json::Null, Some(what.to_string()))),
            Content::Poison => None,
        }
    }
}

impl<T> ToNode for Vec<Val<T>>
where
    Val<T>: ToNode,
{
    fn to_node(&self) -> Option<Node> {
        Some(Node::List(self.iter().filter_map(ToNode::to_node).collect(), Origin::NONE))
    }
}

impl<T> ToNode for Map<T>
where
    Val<T>: ToNode,
{
    fn to_node(&self) -> Option<Node> {
        let entries = self.iter().filter_map(|(k, v)| Some((k.clone(), v.to_node()?)));
        Some(Node::Map(entries.collect(), Origin::NONE))
    }
}

/// Marks of the whole on a list or map; a whole that is unknown is one unknown leaf.
fn whole<T: ToNode>(value: &Val<T>) -> Option<Node> {
    match &value.content {
        Content::Known(inner) => inner.to_node().map(|node| match node {
            Node::List(items, _) => Node::List(items, value.origin.clone()),
            Node::Map(entries, _) => Node::Map(entries, value.origin.clone()),
            leaf => leaf,
        }),
        Content::Unknown(what) => Some(Node::Leaf(Leaf {
            value: Json::Null,
            unknown: Some(what.to_string()),
            sensitive: value.sensitive,
            origin: value.origin.clone(),
        })),
        Content::Poison => None,
    }
}

impl<T> ToNode for Val<Vec<Val<T>>>
where
    Val<T>: ToNode,
{
    fn to_node(&self) -> Option<Node> {
        whole(self)
    }
}

impl<T> ToNode for Val<Map<T>>
where
    Val<T>: ToNode,
{
    fn to_node(&self) -> Option<Node> {
        whole(self)
    }
}

impl<T: ToNode> ToNode for Option<T> {
    fn to_node(&self) -> Option<Node> {
        self.as_ref().and_then(ToNode::to_node)
    }
}
