//! Object trees: Kubernetes objects in which every leaf knows where it came from.

use indexmap::IndexMap;
use serde_json::Value as Json;

use crate::origin::Origin;
use crate::value::{Data, Value};

/// A node of an object tree. Maps keep the order in which they were filled.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// A scalar.
    Leaf(Leaf),
    /// A list, with the origin of the whole.
    List(Vec<Node>, Origin),
    /// A map, with the origin of the whole.
    Map(IndexMap<String, Node>, Origin),
}

/// A scalar of an object tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// Null, bool, number or string; [`Json::Null`] while `unknown` is set.
    pub value: Json,
    /// What only the cluster knows, such as `service.api.cluster_ip`.
    pub unknown: Option<String>,
    /// Whether it may never be shown.
    pub sensitive: bool,
    /// Where it came from.
    pub origin: Origin,
}

impl Node {
    /// An empty map that nobody wrote.
    pub fn map() -> Node {
        Node::Map(IndexMap::new(), Origin::NONE)
    }

    /// A known leaf.
    pub fn leaf(value: impl Into<Json>, origin: Origin) -> Node {
        Node::Leaf(Leaf { value: value.into(), unknown: None, sensitive: false, origin })
    }

    /// A known leaf that nobody wrote.
    pub fn generated(value: impl Into<Json>) -> Node {
        Node::leaf(value, Origin::NONE)
    }

    /// A tree of leaves that nobody wrote.
    pub fn from_json(json: &Json) -> Node {
        match json {
            Json::Array(items) => Node::List(items.iter().map(Node::from_json).collect(), Origin::NONE),
            Json::Object(map) => {
                Node::Map(map.iter().map(|(k, v)| (k.clone(), Node::from_json(v))).collect(), Origin::NONE)
            }
            scalar => Node::generated(scalar.clone()),
        }
    }

    /// The tree of a value of the language, as it would stand in JSON. A reference becomes its
    /// scalar; nulls inside maps are left out, as Kubernetes treats them as absent.
    pub fn from_value(value: &Value) -> Node {
        let leaf = |json: Json, unknown: Option<String>| {
            Node::Leaf(Leaf {
                value: json,
                unknown,
                sensitive: value.sensitive,
                origin: value.origin.clone(),
            })
        };
        match &value.data {
            Data::Null(_) | Data::Poison => leaf(Json::Null, None),
            Data::Bool(b) => leaf((*b).into(), None),
            Data::Number(n) => leaf(n.to_json(), None),
            Data::String(s) => leaf(s.to_string().into(), None),
            Data::Unknown(_, what) => leaf(Json::Null, Some(what.to_string())),
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => Node::List(
                items.iter().map(|v| Node::from_value(&v.clone().sensitive_if(value.sensitive))).collect(),
                value.origin.clone(),
            ),
            Data::Map(_, entries) | Data::Object(entries) => Node::Map(
                entries
                    .iter()
                    .filter(|(_, v)| !v.is_null())
                    .map(|(k, v)| (k.clone(), Node::from_value(&v.clone().sensitive_if(value.sensitive))))
                    .collect(),
                value.origin.clone(),
            ),
            Data::Handle(h) => match &h.scalar {
                Some(s) => Node::from_value(
                    &s.clone().sensitive_if(value.sensitive).with_origin(value.origin.clone()),
                ),
                None => leaf(Json::Null, None),
            },
        }
    }

    /// Plain JSON; unknown leaves become null.
    pub fn to_json(&self) -> Json {
        match self {
            Node::Leaf(l) => l.value.clone(),
            Node::List(items, _) => Json::Array(items.iter().map(Node::to_json).collect()),
            Node::Map(map, _) => Json::Object(map.iter().map(|(k, v)| (k.clone(), v.to_json())).collect()),
        }
    }

    /// The child of a map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Node::Map(map, _) => map.get(key),
            _ => None,
        }
    }

    /// The text of a string leaf.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Node::Leaf(l) => l.value.as_str(),
            _ => None,
        }
    }

    /// Sets `path` (keys of maps, made where missing) to `node`. Something on the way that is no
    /// map is replaced by one.
    pub fn set(&mut self, path: &[&str], node: Node) {
        let Some((first, rest)) = path.split_first() else {
            *self = node;
            return;
        };
        if !matches!(self, Node::Map(..)) {
            *self = Node::map();
        }
        if let Node::Map(map, _) = self {
            map.entry((*first).to_string()).or_insert_with(Node::map).set(rest, node);
        }
    }

    /// Sets `path` where there is a node.
    pub fn set_some(&mut self, path: &[&str], node: Option<Node>) {
        if let Some(node) = node {
            self.set(path, node);
        }
    }

    /// Every leaf with its path: keys, and indices as decimal text.
    pub fn leaves(&self) -> Vec<(Vec<String>, &Leaf)> {
        let mut out = Vec::new();
        self.walk(&mut Vec::new(), &mut out);
        out
    }

    fn walk<'a>(&'a self, path: &mut Vec<String>, out: &mut Vec<(Vec<String>, &'a Leaf)>) {
        match self {
            Node::Leaf(l) => out.push((path.clone(), l)),
            Node::List(items, _) => {
                for (i, item) in items.iter().enumerate() {
                    path.push(i.to_string());
                    item.walk(path, out);
                    path.pop();
                }
            }
            Node::Map(map, _) => {
                for (k, v) in map {
                    path.push(k.clone());
                    v.walk(path, out);
                    path.pop();
                }
            }
        }
    }

    /// The node's own origin.
    pub fn origin(&self) -> &Origin {
        match self {
            Node::Leaf(l) => &l.origin,
            Node::List(_, o) | Node::Map(_, o) => o,
        }
    }

    /// Whether any leaf is unknown.
    pub fn contains_unknown(&self) -> bool {
        match self {
            Node::Leaf(l) => l.unknown.is_some(),
            Node::List(items, _) => items.iter().any(Node::contains_unknown),
            Node::Map(map, _) => map.values().any(Node::contains_unknown),
        }
    }
}
