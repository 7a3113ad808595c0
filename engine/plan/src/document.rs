//! A JSON document of a plan that is mostly kept and rarely looked into: held as its text.
//!
//! A plan holds several whole objects for each object of the cluster. As trees they take ten times
//! the memory of their text.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;
use serde_json::value::RawValue;

/// JSON as text; equal texts are equal documents. A copy shares the text.
#[derive(Clone)]
pub struct Document(Arc<RawValue>);

impl Document {
    /// The document as a tree.
    pub fn value(&self) -> Json {
        // A raw value is JSON by construction.
        serde_json::from_str(self.0.get()).unwrap_or_default()
    }

    /// The document as text, as it stands in a saved plan.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        self.text() == "null"
    }

    /// What something serialises to.
    pub(crate) fn of(value: &impl Serialize) -> Document {
        serde_json::value::to_raw_value(value)
            .map_or_else(|_| Document::default(), |raw| Document(raw.into()))
    }
}

impl Default for Document {
    fn default() -> Document {
        Document(RawValue::NULL.to_owned().into())
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Document) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.text() == other.text()
    }
}

impl From<Json> for Document {
    fn from(value: Json) -> Document {
        Document::of(&value)
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Document, D::Error> {
        Ok(Document(Box::<RawValue>::deserialize(deserializer)?.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_is_written_as_it_was_read() {
        let document: Document = serde_json::from_str(r#"{"b":[1.50,null],"a":"x"}"#).unwrap();
        assert_eq!(document.value(), json!({"a": "x", "b": [1.50, null]}));
        assert_eq!(serde_json::to_string(&document).unwrap(), r#"{"b":[1.50,null],"a":"x"}"#);
        assert_eq!(serde_json::to_value(&document).unwrap(), document.value());
        assert!(Document::default().is_null() && !document.is_null());
        assert_eq!(Document::from(json!({"a": 1})), Document::of(&json!({"a": 1})));
    }
}
