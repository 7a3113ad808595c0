//! One page of a LIST as it is decoded.

use plimsoll_driver::Listed;
use plimsoll_model::Gvk;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A page of a list.
#[derive(Debug)]
pub(crate) struct Page {
    /// Version and continuation.
    pub metadata: PageMetadata,
    /// The objects.
    pub items: Vec<Listed>,
}

/// A page as it is sent.
#[derive(Deserialize)]
struct Sent<'b> {
    /// The type of the list, such as `ServiceList`: every server sends it, and what has none is no list.
    kind: String,
    #[serde(default)]
    metadata: PageMetadata,
    /// The objects, without their types where the server leaves them out.
    #[serde(borrow, default)]
    items: Option<Vec<&'b RawValue>>,
}

impl Page {
    /// The page that a body holds, with objects of type `gvk` where they do not say theirs.
    ///
    /// # Errors
    /// Where it holds something else: an empty answer must not pass for an empty list.
    pub(crate) fn read(body: &[u8], gvk: &Gvk) -> Result<Page, String> {
        let sent: Sent<'_> = serde_json::from_slice(body).map_err(|e| e.to_string())?;
        if !sent.kind.ends_with("List") {
            return Err(format!("it is a {:?}", sent.kind));
        }
        let items = sent.items.unwrap_or_default();
        let items = items.into_iter().map(|item| Listed::read(item.get(), gvk)).collect::<Result<_, _>>()?;
        Ok(Page { metadata: sent.metadata, items })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Page, String> {
        Page::read(body.as_bytes(), &Gvk::new("example.com", "v1", "T"))
    }

    #[test]
    fn a_page_says_where_the_next_one_begins() {
        let page = read(
            r#"{"kind": "TList", "metadata": {"resourceVersion": "7", "continue": "c"}, "items": [{"metadata": {"name": "a"}}]}"#,
        );
        let page = page.unwrap();
        assert_eq!((page.metadata.resource_version.as_str(), page.metadata.r#continue.as_str()), ("7", "c"));
        assert_eq!(page.items[0].object()["kind"], "T");
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
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read(r#"{"kind": "TList", "items": null, "metadata": {}}"#).unwrap().items.is_empty());
    }
}
