//! `env` and `env_from`: what a container finds in its environment.

use std::collections::BTreeMap;

use plimsoll_model::value::Data;
use plimsoll_model::{Address, Diagnostic, Leaf, Node, Origin, Report, Value};
use serde_json::Value as Json;

use crate::declare::{Content, Context, FromValue, Map, Tree, TypeSchema, Val};
use crate::handles::{self, CONFIG_KEY, FIELD, RESOURCE, SECRET_KEY};
use crate::syntax;
use crate::world::World;

/// The value of an environment variable.
#[derive(Debug, Clone, PartialEq)]
pub enum EnvValue {
    /// Text.
    Text(String),
    /// A key of a config.
    ConfigKey(Address, String),
    /// A key of a secret.
    SecretKey(Address, String),
    /// A field of the pod.
    Field(String),
    /// A resource of the container.
    Resource(String),
}

impl FromValue for EnvValue {
    const TYPE: &'static TypeSchema = &TypeSchema::Other(
        "a string, a key of a config or secret, field(…) or resource(…)",
        "secret.db.keys.password",
    );
    const REFERENCES: bool = true;

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        let found = match &value.data {
            Data::Handle(h) => match (h.kind.as_str(), &h.address) {
                (CONFIG_KEY, Some(a)) => {
                    handles::text(h, "key").map(|k| EnvValue::ConfigKey(a.clone(), k.into()))
                }
                (SECRET_KEY, Some(a)) => {
                    handles::text(h, "key").map(|k| EnvValue::SecretKey(a.clone(), k.into()))
                }
                (FIELD, _) => handles::text(h, "path")
                    .filter(|p| !matches!(*p, "metadata.labels" | "metadata.annotations"))
                    .map(|p| EnvValue::Field(p.into())),
                (RESOURCE, _) => handles::text(h, "resource").map(|r| EnvValue::Resource(r.into())),
                _ => h.scalar.as_ref().and_then(plain),
            },
            _ => plain(value),
        };
        if found.is_none() {
            cx.wrong_type(value, Self::TYPE);
        }
        found
    }
}

fn plain(value: &Value) -> Option<EnvValue> {
    let text = match &value.data {
        Data::String(s) => s.to_string(),
        Data::Number(n) => n.to_string(),
        Data::Bool(b) => b.to_string(),
        _ => return None,
    };
    Some(EnvValue::Text(text))
}

/// The items of `env`, in the order of their names.
pub fn nodes(env: &Map<EnvValue>, world: &World<'_>) -> Vec<Node> {
    env.iter().filter_map(|(name, value)| node(name, value, world)).collect()
}

fn node(name: &str, value: &Val<EnvValue>, world: &World<'_>) -> Option<Node> {
    let origin = &value.origin;
    let leaf = |json: Json, unknown: Option<String>| {
        Node::Leaf(Leaf { value: json, unknown, sensitive: value.sensitive, origin: origin.clone() })
    };
    let from = |key: &str, inner: Tree| {
        let mut tree = Tree::new();
        tree.put(key, Node::Map(inner.into_entries(), origin.clone()));
        Node::Map(tree.into_entries(), origin.clone())
    };
    let text = |t: &str| Node::leaf(t, origin.clone());
    let key_of = |address: &Address, key: &str| {
        let mut tree = Tree::new();
        tree.put("name", text(&world.object_name(address)?)).put("key", text(key));
        Some(tree)
    };
    let mut tree = Tree::new();
    tree.put("name", text(name));
    match &value.content {
        Content::Poison => return None,
        Content::Unknown(what) => tree.put("value", leaf(Json::Null, Some(what.to_string()))),
        Content::Known(EnvValue::Text(t)) => tree.put("value", leaf(t.clone().into(), None)),
        Content::Known(EnvValue::ConfigKey(a, key)) => {
            tree.put("valueFrom", from("configMapKeyRef", key_of(a, key)?))
        }
        Content::Known(EnvValue::SecretKey(a, key)) => {
            tree.put("valueFrom", from("secretKeyRef", key_of(a, key)?))
        }
        Content::Known(EnvValue::Field(path)) => {
            let mut inner = Tree::new();
            inner.put("fieldPath", text(path));
            tree.put("valueFrom", from("fieldRef", inner))
        }
        Content::Known(EnvValue::Resource(resource)) => {
            let mut inner = Tree::new();
            inner.put("resource", text(resource));
            tree.put("valueFrom", from("resourceFieldRef", inner))
        }
    };
    Some(Node::Map(tree.into_entries(), origin.clone()))
}

/// A whole config or secret in the environment.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvFrom {
    /// The config or secret.
    pub from: Address,
    /// What each key is preceded by.
    pub prefix: Option<String>,
}

impl FromValue for EnvFrom {
    const TYPE: &'static TypeSchema =
        &TypeSchema::Other("a config or secret, or { from, prefix }", "config.site");
    const REFERENCES: bool = true;

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        let block = |v: &Value| match &v.data {
            Data::Handle(h) if matches!(h.kind.as_str(), "config" | "secret") => h.address.clone(),
            _ => None,
        };
        if let Some(from) = block(value) {
            return Some(EnvFrom { from, prefix: None });
        }
        let entries = value.as_entries();
        if entries.is_some_and(|e| e.values().any(Value::is_poison)) {
            return None;
        }
        let from = entries.and_then(|e| block(e.get("from")?));
        let prefix = entries.and_then(|e| e.get("prefix").filter(|p| !p.is_null()));
        let extra = entries.is_some_and(|e| e.keys().any(|k| !matches!(k.as_str(), "from" | "prefix")));
        if let Some(bad) =
            prefix.filter(|p| p.as_str().is_some_and(|t| !t.is_empty() && !(syntax::ENV_NAME.holds)(t)))
        {
            cx.malformed(bad, &syntax::ENV_NAME);
            return None;
        }
        match (from, prefix.map(Value::as_str)) {
            (Some(from), None) if !extra => Some(EnvFrom { from, prefix: None }),
            (Some(from), Some(Some(prefix))) if !extra => Some(EnvFrom { from, prefix: Some(prefix.into()) }),
            _ => {
                cx.wrong_type(value, Self::TYPE);
                None
            }
        }
    }
}

/// The items of `envFrom`.
pub fn from_nodes(list: &[Val<EnvFrom>], world: &World<'_>) -> Vec<Node> {
    let item = |value: &Val<EnvFrom>| {
        let from = value.known()?;
        let mut name = Tree::new();
        name.put("name", Node::leaf(world.object_name(&from.from)?, value.origin.clone()));
        let mut tree = Tree::new();
        tree.put("prefix", from.prefix.as_ref().map(|p| Node::leaf(p.clone(), value.origin.clone())));
        let key = if from.from.block == "secret" { "secretRef" } else { "configMapRef" };
        tree.put(key, Node::Map(name.into_entries(), value.origin.clone()));
        Some(Node::Map(tree.into_entries(), value.origin.clone()))
    };
    list.iter().filter_map(item).collect()
}

/// Reports variables that one source takes from another.
pub fn check_sources(list: &[Val<EnvFrom>], world: &World<'_>, report: &mut Report) {
    let mut seen: BTreeMap<String, (&Val<EnvFrom>, Address)> = BTreeMap::new();
    for value in list {
        let Some(from) = value.known() else { continue };
        let Some(keys) = world.item(&from.from).and_then(|i| i.declared.data_keys()) else { continue };
        for key in keys {
            let name = format!("{}{key}", from.prefix.as_deref().unwrap_or_default());
            if let Some((first, other)) = seen.insert(name.clone(), (value, from.from.clone())) {
                report.push(
                    Diagnostic::warning("env-from-hides", "variable comes from two sources")
                        .detail(format!("`{name}` of {} takes the place of that of {other}.", from.from))
                        .at(value.span, "this one counts")
                        .related(first.span, "this one is hidden")
                        .help(format!("{{ from = {}, prefix = \"…\" }}", from.from)),
                );
            }
        }
    }
}

/// The configs whose data a container reads.
pub fn used(env: &Map<EnvValue>, from: &[Val<EnvFrom>]) -> impl Iterator<Item = Address> {
    let keys = env.values().filter_map(|v| match v.known() {
        Some(EnvValue::ConfigKey(a, _) | EnvValue::SecretKey(a, _)) => Some(a.clone()),
        _ => None,
    });
    keys.chain(from.iter().filter_map(|f| f.known().map(|f| f.from.clone()))).collect::<Vec<_>>().into_iter()
}

/// A variable that nobody wrote by that name, such as those of log collection.
pub fn generated(name: String, value: impl Into<Json>, origin: &Origin, sensitive: bool) -> Node {
    let mut tree = Tree::new();
    tree.put("name", Node::leaf(name, origin.clone()));
    tree.put(
        "value",
        Node::Leaf(Leaf { value: value.into(), unknown: None, sensitive, origin: origin.clone() }),
    );
    Node::Map(tree.into_entries(), origin.clone())
}
