//! The form of a field set in `managedFields`: `f:name`, `k:{"name":"web"}`, `v:"x"`, `i:0`, and `.` for an
//! item or map that is itself a member.

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
    /// Reads `fieldsV1`.
    ///
    /// # Errors
    /// Where the value is no map of maps, or a key has no known form.
    pub fn from_fields_v1(fields: &Json) -> Result<FieldSet, NotFieldsV1> {
        read(fields).map(|(set, _)| set)
    }

    /// Writes `fieldsV1`.
    pub fn to_fields_v1(&self) -> Json {
        write(self, false)
    }
}

/// The set, and whether the value stands for a member itself: it is empty or has a `.`.
fn read(fields: &Json) -> Result<(FieldSet, bool), NotFieldsV1> {
    let wrong = |at: &str| NotFieldsV1 { at: at.to_owned() };
    let map = fields.as_object().ok_or_else(|| wrong(&fields.to_string()))?;
    let mut set = FieldSet::new();
    let mut member = false;
    for (key, value) in map {
        if key == "." {
            member = true;
            continue;
        }
        let (form, rest) = key.split_once(':').ok_or_else(|| wrong(key))?;
        let parsed = || serde_json::from_str::<Json>(rest).map_err(|_| wrong(key));
        let element = match form {
            "f" => PathElement::field(rest),
            "v" => PathElement::Value(parsed()?),
            "k" => match parsed()? {
                Json::Object(fields) => PathElement::Key(fields.into_iter().collect()),
                _ => return Err(wrong(key)),
            },
            "i" => PathElement::Index(rest.parse().map_err(|_| wrong(key))?),
            // A later server may know more forms: they are dropped, as the API server does.
            _ => continue,
        };
        let (below, member) = read(value)?;
        set.add(element, member, below);
    }
    let member = member || set.is_empty();
    Ok((set, member))
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
