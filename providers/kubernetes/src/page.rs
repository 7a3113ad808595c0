//! One page of a LIST as it is decoded: like any JSON, but `fieldsV1` stays the text that the server sent.
//!
//! `managedFields` are the larger part of most objects, and as a tree many times their text. Most are read
//! once, straight into a field set, and some never.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    /// The type of the list, such as `ServiceList`: every server sends it, and what has none is no list.
    kind: String,
    /// Version and continuation.
    #[serde(default)]
    pub metadata: PageMetadata,
    /// The objects, without their types where the server leaves them out.
    #[serde(default)]
    pub items: Option<Vec<Item>>,
}

impl Page {
    /// The page that a body holds.
    ///
    /// # Errors
    /// Where it holds something else: an empty answer must not pass for an empty list.
    pub(crate) fn read(body: &[u8]) -> Result<Page, String> {
        let page: Page = serde_json::from_slice(body).map_err(|e| e.to_string())?;
        if page.kind.ends_with("List") { Ok(page) } else { Err(format!("it is a {:?}", page.kind)) }
    }
}

/// What a page says of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageMetadata {
    /// The version at which the list was made.
    #[serde(default)]
    pub resource_version: String,
    /// Where the next page begins; empty on the last.
    #[serde(default)]
    pub r#continue: String,
}

/// An object of a list.
#[derive(Debug)]
pub(crate) struct Item(pub Json);

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Item, D::Error> {
        deserializer.deserialize_map(Level::Object).map(|map| Item(Json::Object(map)))
    }
}

/// Where in an object a map stands.
#[derive(Clone, Copy)]
enum Level {
    Object,
    Metadata,
    Entry,
}

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Map<String, Json>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Map<String, Json>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut out = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = match (self, key.as_str()) {
                (Level::Object, "metadata") => Json::Object(map.next_value_seed(Level::Metadata)?),
                (Level::Metadata, "managedFields") => {
                    let entries = map.next_value::<Option<Vec<Entry>>>()?.unwrap_or_default();
                    Json::Array(entries.into_iter().map(|e| Json::Object(e.0)).collect())
                }
                (Level::Entry, "fieldsV1") => Json::String(fields(&mut map)?),
                _ => map.next_value()?,
            };
            out.insert(key, value);
        }
        Ok(out)
    }
}

/// The text of a field set.
fn fields<'de, A: MapAccess<'de>>(map: &mut A) -> Result<String, A::Error> {
    let text = map.next_value::<Box<RawValue>>()?;
    // Depth and shape are looked at when it is read; that it is an object is all that is asked here.
    if !text.get().starts_with('{') {
        return Err(A::Error::custom("fieldsV1 is no object"));
    }
    Ok(text.get().to_string())
}

/// An entry of `managedFields`.
struct Entry(Map<String, Json>);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Entry, D::Error> {
        deserializer.deserialize_map(Level::Entry).map(Entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_schema::field_set::FieldSet;
    use serde_json::json;

    #[test]
    fn field_sets_stay_text_and_say_the_same() {
        let fields = json!({"f:spec": {"f:ports": {"k:{\"port\":80}": {".": {}, "f:port": {}}}}});
        let object = json!({"metadata": {"name": "a", "managedFields": [
            {"manager": "m", "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": fields}]},
            "spec": {"x": [1.5, {"fieldsV1": {}}]}});
        let list = json!({"kind": "ThingList", "metadata": {"resourceVersion": "7", "continue": "c"}, "items": [object]});
        let page: Page = Page::read(list.to_string().as_bytes()).unwrap();
        assert_eq!((page.metadata.resource_version.as_str(), page.metadata.r#continue.as_str()), ("7", "c"));
        let mut item = page.items.unwrap().remove(0).0;
        let text = item["metadata"]["managedFields"][0]["fieldsV1"].take();
        assert_eq!(text, json!(fields.to_string()));
        assert_eq!(FieldSet::from_fields_v1(&text), FieldSet::from_fields_v1(&fields));
        item["metadata"]["managedFields"][0]["fieldsV1"] = fields;
        assert_eq!(item, object);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let wrong = [
            r#"{"kind": "TList", "items": 1}"#,
            r#"{"kind": "TList", "items": [1]}"#,
            r#"{"kind": "TList", "items": [{"metadata": []}]}"#,
            r#"{"kind": "Status", "items": []}"#,
            r#"{"items": []}"#,
            "{}",
            "[]",
        ];
        for wrong in wrong {
            assert!(Page::read(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(Page::read(br#"{"kind": "TList", "items": null, "metadata": {}}"#).unwrap().items.is_none());
    }
}
