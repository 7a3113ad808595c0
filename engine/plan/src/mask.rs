//! Secrets in plans: which values are sensitive, and the keyed hash that stands for one.
//!
//! A value is sensitive where the configuration says so, in the data of every Secret, in the copy
//! of an object that `kubectl apply` keeps in an annotation, and wherever a known secret text
//! turns up again, in the clear or in base64.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use plimsoll_model::{Desired, Gvk, Value};
use plimsoll_schema::{Kind, Path, PathElement};
use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use crate::change::Side;
use crate::document::Document;
use crate::fields;

/// What stands for a sensitive value in objects that are shown.
pub const PLACEHOLDER: &str = "(sensitive value)";

/// The annotation in which `kubectl apply` keeps a copy of the whole object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The annotation of a Secret that keys the hash of its data: with both, the data could be guessed.
const SALT: &str = "plimsoll.dev/salt";

/// The shortest secret text that is looked for in other places than its own.
const SEARCHED_FROM: usize = 5;

/// What stands in place of a hash where there is no key yet: nothing that could be guessed from.
pub const NO_HASH: &str = "known after apply";

/// The key of the hashes that stand for secret values.
#[derive(Clone)]
pub struct Key(Option<[u8; 32]>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// From the caller's secret bytes; none where no apply made them yet.
    pub fn new(secret: impl Into<Option<[u8; 32]>>) -> Key {
        let derived = |secret: [u8; 32]| blake3::derive_key("plimsoll.dev plan secret values v1", &secret);
        Key(secret.into().map(derived))
    }

    /// The hash of a value: equal for equal values under the same key. Without a key it is always
    /// [`NO_HASH`], which tells nothing and compares with nothing.
    pub fn hash(&self, value: &Json) -> String {
        let Some(key) = &self.0 else { return NO_HASH.to_string() };
        let hash = blake3::keyed_hash(key, value.to_string().as_bytes());
        hash.to_hex().as_str().chars().take(32).collect()
    }
}

/// The sensitive texts of a configuration, and the key that hashes them.
#[derive(Debug, Clone)]
pub(crate) struct Secrets {
    key: Key,
    texts: BTreeSet<String>,
    /// The texts by how they begin, so that a search is as long as the text that is searched.
    starts: BTreeMap<[u8; SEARCHED_FROM], Vec<String>>,
}

impl Secrets {
    pub(crate) fn of(desired: &Desired, more: &BTreeSet<String>, key: Key) -> Secrets {
        let mut texts = more.clone();
        for object in &desired.objects {
            let kind = plimsoll_schema::kind(&object.id.gvk);
            // Only in these is a place sensitive whatever the configuration says.
            let by_place = is_secret(&object.id.gvk) || declares_copy(&object.root);
            for (path, leaf) in fields::leaves_that(kind, &object.root, |leaf| by_place || leaf.sensitive) {
                if leaf.sensitive || is_sensitive_place(&object.id.gvk, &path) {
                    texts.extend(leaf.value.as_str().map(str::to_owned));
                }
            }
        }
        for output in &desired.outputs {
            collect(&output.value, false, &mut texts);
        }
        texts.retain(|t| t.len() >= SEARCHED_FROM);
        let engine = base64::engine::general_purpose::STANDARD;
        let encoded: Vec<String> = texts.iter().map(|t| engine.encode(t)).collect();
        // What stands in `data` is base64 already: its plain form is as secret.
        let decode = |t: &String| engine.decode(t).ok().and_then(|b| String::from_utf8(b).ok());
        let decoded: Vec<String> =
            texts.iter().filter_map(decode).filter(|t| t.len() >= SEARCHED_FROM).collect();
        texts.extend(encoded);
        texts.extend(decoded);
        // A server that refuses a value quotes it.
        let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
        texts.extend(quoted);
        let mut starts: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for text in &texts {
            if let Some(start) = text.as_bytes().first_chunk() {
                starts.entry(*start).or_default().push(text.clone());
            }
        }
        Secrets { key, texts, starts }
    }

    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// Whether a text is a secret or holds one.
    pub(crate) fn holds(&self, text: &str) -> bool {
        if self.starts.is_empty() {
            return false;
        }
        let bytes = text.as_bytes();
        (0..bytes.len()).any(|i| {
            let rest = bytes.get(i..).unwrap_or_default();
            let start = rest.first_chunk().and_then(|start| self.starts.get(start));
            start.into_iter().flatten().any(|secret| rest.starts_with(secret.as_bytes()))
        })
    }

    /// A text from elsewhere, such as a server's message, without the secrets in it.
    pub(crate) fn redact_text(&self, text: &str) -> String {
        let longest_first = {
            let mut all: Vec<&String> = self.texts.iter().collect();
            all.sort_by_key(|t| std::cmp::Reverse(t.len()));
            all
        };
        longest_first
            .into_iter()
            .fold(text.to_string(), |text, secret| text.replace(secret.as_str(), PLACEHOLDER))
    }

    /// A value as one side of a change.
    pub(crate) fn side(&self, view: &View, path: &Path, value: Option<&Json>) -> Side {
        match value {
            None => Side::Absent,
            Some(v) if view.is_sensitive(path) || self.any_text(v) => Side::Sensitive(self.key.hash(v)),
            Some(v) => Side::Known(v.clone()),
        }
    }

    fn any_text(&self, value: &Json) -> bool {
        match value {
            Json::String(text) => self.holds(text),
            Json::Array(items) => items.iter().any(|v| self.any_text(v)),
            Json::Object(map) => map.contains_key(LAST_APPLIED) || map.values().any(|v| self.any_text(v)),
            _ => false,
        }
    }

    /// An object as a plan shows it: [`trimmed`], with placeholders for what is sensitive, and the shape of
    /// those places.
    pub(crate) fn shown(&self, view: &View, object: &Json) -> (Document, Json) {
        if view.is_plain() && self.starts.is_empty() && !has_copy(object) {
            return (Document::of(&Trimmed(object)), json!({}));
        }
        let (shown, marks) = self.redact(view, &trimmed(object));
        (shown.into(), marks)
    }

    /// An object with placeholders for what is sensitive, and the shape of those places.
    pub(crate) fn redact(&self, view: &View, object: &Json) -> (Json, Json) {
        self.redact_at(view, &mut Vec::new(), object)
    }

    fn redact_at(&self, view: &View, path: &mut Vec<PathElement>, value: &Json) -> (Json, Json) {
        match value {
            Json::Object(map) => {
                let (mut shown, mut marks) = (serde_json::Map::new(), serde_json::Map::new());
                for (name, value) in map {
                    path.push(PathElement::field(name));
                    let (v, m) = self.redact_at(view, path, value);
                    path.pop();
                    if is_marked(&m) {
                        marks.insert(name.clone(), m);
                    }
                    shown.insert(name.clone(), v);
                }
                (Json::Object(shown), Json::Object(marks))
            }
            Json::Array(items) => {
                let mut parts = Vec::new();
                for (i, value) in items.iter().enumerate() {
                    path.push(PathElement::Index(i));
                    parts.push(self.redact_at(view, path, value));
                    path.pop();
                }
                let (shown, marks) = parts.into_iter().unzip();
                (Json::Array(shown), Json::Array(marks))
            }
            _ if view.is_sensitive_position(path, value) || self.any_text(value) => {
                (Json::String(PLACEHOLDER.into()), Json::Bool(true))
            }
            scalar => (scalar.clone(), Json::Bool(false)),
        }
    }
}

/// A text as it stands between quotes in a message: with its quotes, backslashes and line ends escaped, as JSON
/// and Go do it alike.
pub fn quoted(text: &str) -> String {
    let json = Json::from(text).to_string();
    json.get(1..json.len() - 1).unwrap_or_default().to_string()
}

/// Whether `kubectl apply` keeps a copy of the object in it.
fn has_copy(object: &Json) -> bool {
    !object["metadata"]["annotations"][LAST_APPLIED].is_null()
}

/// Whether the configuration itself sets that copy.
fn declares_copy(root: &plimsoll_model::Node) -> bool {
    let annotations = root.get("metadata").and_then(|m| m.get("annotations"));
    annotations.is_some_and(|a| a.get(LAST_APPLIED).is_some())
}

/// An object without its status and the server's list of managers, which no plan decides.
pub(crate) fn trimmed(object: &Json) -> Json {
    Document::of(&Trimmed(object)).value()
}

/// Serialises as the object without its status and the server's list of managers.
struct Trimmed<'j>(&'j Json);

impl Serialize for Trimmed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Json::Object(map) = self.0 else { return self.0.serialize(serializer) };
        let kept = map.iter().filter(|(name, _)| *name != "status");
        serializer.collect_map(kept.map(|(name, value)| (name, Managed(name == "metadata", value))))
    }
}

/// Serialises as the value, without the list of managers where it is the metadata.
struct Managed<'j>(bool, &'j Json);

impl Serialize for Managed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.1 {
            Json::Object(map) if self.0 => {
                serializer.collect_map(map.iter().filter(|(name, _)| *name != "managedFields"))
            }
            value => value.serialize(serializer),
        }
    }
}

fn is_marked(marks: &Json) -> bool {
    match marks {
        Json::Bool(b) => *b,
        Json::Array(items) => items.iter().any(is_marked),
        Json::Object(map) => !map.is_empty(),
        _ => false,
    }
}

fn collect(value: &Value, inherited: bool, out: &mut BTreeSet<String>) {
    let sensitive = inherited || value.sensitive;
    if let (true, Some(text)) = (sensitive, value.as_str()) {
        out.insert(text.to_string());
    }
    value.children().for_each(|child| collect(child, sensitive, out));
}

/// Which fields of one object are sensitive.
#[derive(Debug, Clone)]
pub(crate) struct View {
    gvk: Gvk,
    /// Sensitive leaves, each path with names only where a list item stood: positions shift.
    paths: BTreeSet<Vec<Option<String>>>,
}

impl View {
    /// From the node tree of the configuration, where there is one.
    pub(crate) fn new(gvk: &Gvk, root: Option<&plimsoll_model::Node>) -> View {
        let kind: Option<&'static Kind> = plimsoll_schema::kind(gvk);
        let sensitive = root.map(|r| fields::leaves_that(kind, r, |leaf| leaf.sensitive)).unwrap_or_default();
        View { gvk: gvk.clone(), paths: sensitive.iter().map(|(path, _)| names(&path.0)).collect() }
    }

    /// The same with places that were sensitive when the object was last written.
    pub(crate) fn with(mut self, recorded: &[String]) -> View {
        self.paths.extend(recorded.iter().map(|text| parse_names(text)));
        self
    }

    /// The sensitive places as text, sorted: names and the positions of list items, never a value.
    pub(crate) fn places(&self) -> Vec<String> {
        self.paths.iter().map(|path| names_text(path)).collect()
    }

    /// Whether nothing of the object is sensitive by its place.
    fn is_plain(&self) -> bool {
        self.paths.is_empty() && !is_secret(&self.gvk)
    }

    /// Whether the value at `path`, or anything in it, is sensitive.
    pub(crate) fn is_sensitive(&self, path: &Path) -> bool {
        let names = names(&path.0);
        is_sensitive_place(&self.gvk, path)
            || self.paths.iter().any(|p| p.starts_with(&names) || names.starts_with(p))
    }

    fn is_sensitive_position(&self, path: &[PathElement], value: &Json) -> bool {
        // The same path in every item of a list: a little too much rather than too little. A list
        // item's own key tells nothing, and stays readable.
        let in_place = is_sensitive_place(&self.gvk, &Path(path.to_vec()));
        let names = names(path);
        in_place || (!value.is_null() && self.paths.contains(&names) && !ends_in_key(path))
    }
}

fn ends_in_key(path: &[PathElement]) -> bool {
    matches!(path, [.., PathElement::Index(_), PathElement::Field(name)] if name == "name")
}

fn names(path: &[PathElement]) -> Vec<Option<String>> {
    path.iter()
        .map(|e| match e {
            PathElement::Field(name) => Some(name.clone()),
            _ => None,
        })
        .collect()
}

/// Names with `/` between them, and `*` for a list item.
fn names_text(names: &[Option<String>]) -> String {
    let name = |n: &String| n.replace('~', "~0").replace('/', "~1").replace('*', "~2");
    let steps: Vec<String> = names.iter().map(|n| n.as_ref().map_or("*".to_string(), name)).collect();
    steps.join("/")
}

fn parse_names(text: &str) -> Vec<Option<String>> {
    let name = |t: &str| t.replace("~2", "*").replace("~1", "/").replace("~0", "~");
    text.split('/').map(|step| (step != "*").then(|| name(step))).collect()
}

fn is_secret(gvk: &Gvk) -> bool {
    gvk.group.is_empty() && gvk.kind == "Secret"
}

/// Places that are sensitive whatever the configuration says.
fn is_sensitive_place(gvk: &Gvk, path: &Path) -> bool {
    let field = |i: usize| match path.0.get(i) {
        Some(PathElement::Field(name)) => name.as_str(),
        _ => "",
    };
    (is_secret(gvk) && matches!(field(0), "data" | "stringData"))
        || (is_secret(gvk) && field(0) == "metadata" && field(1) == "annotations" && field(2) == SALT)
        || (field(0) == "metadata" && field(1) == "annotations" && field(2) == LAST_APPLIED)
}
