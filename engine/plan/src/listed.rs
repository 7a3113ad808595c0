//! A live object as a list told it: its text, and the little that says which one it is and whose.
//!
//! A plan starts from every object of the environment, and most of them stay as they are: as trees they took more
//! memory than all the rest of a plan. So an object is read again whenever somebody looks at it. `fieldsV1` stays
//! text even then: `managedFields` are the larger part of most objects, and most are read once, straight into a
//! field set, and some never.

use std::sync::Arc;

use plimsoll_model::{Gvk, ObjectId};
use plimsoll_schema::merge;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use crate::observe::{ENVIRONMENT_LABEL, PROJECT_LABEL};
use crate::owners;
use crate::world::{id_of, uid_of};

/// A live object as a list told it.
#[derive(Debug, Clone)]
pub struct Listed {
    id: ObjectId,
    uid: Option<String>,
    project: Option<String>,
    environment: Option<String>,
    /// Who applied it.
    appliers: Vec<String>,
    is_cleared: bool,
    text: Arc<str>,
}

impl Listed {
    /// The object that `text` holds; of type `gvk` where it does not say so itself, as in the lists of built-in types.
    ///
    /// # Errors
    /// Where it holds something else, in words.
    pub fn read(text: &str, gvk: &Gvk) -> Result<Listed, String> {
        let object = typed(tree(text).map_err(|e| e.to_string())?, gvk);
        let id = id_of(&object).ok_or("an object has no name")?;
        let label = |name: &str| object["metadata"]["labels"][name].as_str().map(str::to_string);
        Ok(Listed {
            uid: uid_of(&object),
            project: label(PROJECT_LABEL),
            environment: label(ENVIRONMENT_LABEL),
            appliers: merge::appliers(&object).map(str::to_string).collect(),
            is_cleared: owners::is_cleared(&object),
            id,
            text: text.into(),
        })
    }

    /// Which object it is.
    pub fn id(&self) -> &ObjectId {
        &self.id
    }

    /// The whole object, with `apiVersion` and `kind`; read anew each time.
    pub fn object(&self) -> Json {
        // The same text was read by the same rules before.
        tree(&self.text).map(|object| typed(object, &self.id.gvk)).unwrap_or_default()
    }

    pub(crate) fn uid(&self) -> Option<&str> {
        self.uid.as_deref()
    }

    /// Whether it carries the labels of a project and an environment.
    pub(crate) fn has_labels(&self, project: &str, environment: &str) -> bool {
        self.project.as_deref() == Some(project) && self.environment.as_deref() == Some(environment)
    }

    /// Whether a manager applied it.
    pub(crate) fn has_manager(&self, manager: &str) -> bool {
        self.appliers.iter().any(|applier| applier == manager)
    }

    /// As [`owners::is_cleared`].
    pub(crate) fn is_cleared(&self) -> bool {
        self.is_cleared
    }
}

/// With the type that the objects of a list may leave out.
fn typed(mut object: Json, gvk: &Gvk) -> Json {
    if let Some(map) = object.as_object_mut() {
        map.entry("apiVersion").or_insert_with(|| gvk.api_version().into());
        map.entry("kind").or_insert_with(|| gvk.kind.clone().into());
    }
    object
}

fn tree(text: &str) -> serde_json::Result<Json> {
    let mut from = serde_json::Deserializer::from_str(text);
    let object = Level::Object.deserialize(&mut from)?;
    from.end()?;
    Ok(Json::Object(object))
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
    let text = map.next_value::<&RawValue>()?;
    // Depth and shape are looked at when it is read; that it is an object is all that is asked here.
    if !text.get().starts_with('{') {
        return Err(A::Error::custom("fieldsV1 is no object"));
    }
    Ok(text.get().to_string())
}

/// An entry of `managedFields`.
struct Entry(Map<String, Json>);

impl<'de> serde::Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Entry, D::Error> {
        deserializer.deserialize_map(Level::Entry).map(Entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_schema::field_set::FieldSet;
    use serde_json::json;

    fn read(object: &Json) -> Result<Listed, String> {
        Listed::read(&object.to_string(), &Gvk::new("example.com", "v1", "Thing"))
    }

    #[test]
    fn field_sets_stay_text_and_say_the_same() {
        let fields = json!({"f:spec": {"f:ports": {"k:{\"port\":80}": {".": {}, "f:port": {}}}}});
        let object = json!({"metadata": {"name": "a", "managedFields": [
            {"manager": "m", "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": fields}]},
            "spec": {"x": [1.5, {"fieldsV1": {}}]}});
        let mut opened = read(&object).unwrap().object();
        let text = opened["metadata"]["managedFields"][0]["fieldsV1"].take();
        assert_eq!(text, json!(fields.to_string()));
        assert_eq!(FieldSet::from_fields_v1(&text), FieldSet::from_fields_v1(&fields));
        opened["metadata"]["managedFields"][0]["fieldsV1"] = fields;
        let mut object = object;
        object["apiVersion"] = "example.com/v1".into();
        object["kind"] = "Thing".into();
        assert_eq!(opened, object);
    }

    #[test]
    fn whose_it_is_is_known_without_reading_it_again() {
        let entry = |manager: &str, operation: &str, subresource: &str| json!({"manager": manager, "operation": operation, "subresource": subresource, "fieldsV1": {}});
        let object = json!({"apiVersion": "example.com/v2", "kind": "Thing", "metadata": {"name": "a", "namespace": "n",
            "uid": "u", "labels": {PROJECT_LABEL: "shop", ENVIRONMENT_LABEL: "dev"},
            "managedFields": [entry("a", "Apply", ""), entry("b", "Update", ""), entry("c", "Apply", "status")]}});
        let listed = read(&object).unwrap();
        assert_eq!(listed.id().to_string(), id_of(&object).unwrap().to_string());
        assert_eq!(listed.id().gvk.version, "v2");
        assert_eq!(listed.uid(), Some("u"));
        assert!(listed.has_labels("shop", "dev"));
        assert!(!listed.has_labels("shop", "prod") && !listed.has_labels("other", "dev"));
        assert!(listed.has_manager("a") && !listed.has_manager("b") && !listed.has_manager("c"));
        assert!(!listed.is_cleared());
        let cleared = |managers: Json| {
            read(&json!({"metadata": {"name": "a", "managedFields": managers}})).unwrap().is_cleared()
        };
        assert!(cleared(json!(null)) && cleared(json!([])) && cleared(json!([{}])));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for wrong in [
            "1",
            "[]",
            "{",
            r#"{"metadata": []}"#,
            r#"{"metadata": {}}"#,
            r#"{"metadata": {"name": "a"}} x"#,
            r#"{"metadata": {"name": "a", "managedFields": [{"fieldsV1": 1}]}}"#,
        ] {
            assert!(Listed::read(wrong, &Gvk::new("", "v1", "Thing")).is_err(), "{wrong}");
        }
    }
}
