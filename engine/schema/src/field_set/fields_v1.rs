//! The form of a field set in `managedFields`: `f:name`, `k:{"name":"web"}`, `v:"x"`, `i:0`, and `.` for an
//! item or map that is itself a member.

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, json};

use super::{FieldSet, PathElement};
use crate::Json;

/// A field set that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFieldsV1 {
    /// The key or value that is wrong.
    pub at: String,
}

impl std::fmt::Display for NotFieldsV1 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not a field set: {}", self.at)
    }
}

impl std::error::Error for NotFieldsV1 {}

impl FieldSet {
    /// Reads `fieldsV1`: the map itself, or its text, which is how lists of objects keep it.
    ///
    /// # Errors
    /// Where the value is no map of maps, or a key has no known form.
    pub fn from_fields_v1(fields: &Json) -> Result<FieldSet, NotFieldsV1> {
        let wrong = |e: serde_json::Error| NotFieldsV1 { at: e.to_string() };
        match fields {
            Json::String(text) => serde_json::from_str(text).map_err(wrong),
            map => FieldSet::deserialize(map).map_err(wrong),
        }
    }

    /// Writes `fieldsV1`.
    pub fn to_fields_v1(&self) -> Json {
        write(self, false)
    }
}

impl<'de> Deserialize<'de> for FieldSet {
    /// From `fieldsV1`, without a tree of JSON in between.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FieldSet, D::Error> {
        deserializer.deserialize_map(Level).map(|(set, _)| set)
    }
}

/// One level of `fieldsV1`: the set, and whether the value stands for a member itself, because it is empty
/// or has a `.`.
struct Level;

impl<'de> DeserializeSeed<'de> for Level {
    type Value = (FieldSet, bool);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = (FieldSet, bool);

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a map of fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut set = FieldSet::new();
        let mut member = false;
        while let Some(key) = map.next_key_seed(Key)? {
            match key {
                Named::Member => {
                    map.next_value::<IgnoredAny>()?;
                    member = true;
                }
                // A later server may know more forms: they are dropped, as the API server does.
                Named::Newer => drop(map.next_value::<IgnoredAny>()?),
                Named::Element(element) => {
                    let (below, member) = map.next_value_seed(Level)?;
                    set.add(element, member, below);
                }
            }
        }
        let member = member || set.is_empty();
        Ok((set, member))
    }
}

/// What a key of `fieldsV1` stands for.
enum Named {
    Member,
    Element(PathElement),
    Newer,
}

struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Named;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Named, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = Named;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("f:, k:, v:, i: or a dot")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<Named, E> {
        named(key).ok_or_else(|| E::custom(key))
    }
}

fn named(key: &str) -> Option<Named> {
    if key == "." {
        return Some(Named::Member);
    }
    let (form, rest) = key.split_once(':')?;
    Some(Named::Element(match form {
        "f" => PathElement::field(rest),
        "v" => PathElement::Value(serde_json::from_str(rest).ok()?),
        "k" => match serde_json::from_str(rest).ok()? {
            Json::Object(fields) => PathElement::Key(fields.into_iter().collect()),
            _ => return None,
        },
        "i" => PathElement::Index(rest.parse().ok()?),
        _ => return Some(Named::Newer),
    }))
}

fn write(set: &FieldSet, member: bool) -> Json {
    let mut map = Map::new();
    if member && !set.is_empty() {
        map.insert(".".into(), json!({}));
    }
    for (element, node) in &set.nodes {
        let key = match element {
            PathElement::Field(name) => format!("f:{name}"),
            PathElement::Key(fields) => {
                let map: Map<String, Json> = fields.iter().cloned().collect();
                format!("k:{}", escaped(&Json::Object(map)))
            }
            PathElement::Value(value) => format!("v:{}", escaped(value)),
            PathElement::Index(i) => format!("i:{i}"),
        };
        map.insert(key, write(&node.below, node.member));
    }
    Json::Object(map)
}

/// JSON with the characters escaped that Go escapes for HTML, so that equal sets are equal text.
fn escaped(value: &Json) -> String {
    let text = value.to_string();
    if !text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out
}
