//! Lists: selectors, pages of one consistent moment, objects reduced to their metadata.

use std::sync::Arc;

use plimsoll_schema::Json;
use serde_json::{Map, json};

use crate::cluster::Cluster;
use crate::object;
use crate::request::{Call, Form};
use crate::resource::Resource;
use crate::selector::{Fields, Labels};
use crate::status::Failure;

/// Which objects of a resource a request is about.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    pub resource: Resource,
    pub namespace: Option<String>,
    labels: Labels,
    fields: Fields,
}

impl Selection {
    /// # Errors
    /// Where a selector is malformed.
    pub fn of(call: &Call, resource: Resource, namespace: Option<&str>) -> Result<Selection, Failure> {
        Ok(Selection {
            resource,
            namespace: namespace.map(str::to_owned),
            labels: Labels::parse(call.parameter("labelSelector"))?,
            fields: Fields::parse(call.parameter("fieldSelector"), resource)?,
        })
    }

    pub fn matches(&self, object: &Json) -> bool {
        self.labels.matches(&object["metadata"]["labels"]) && self.fields.matches(object)
    }

    fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// The selected objects as they are now.
    pub fn now(&self, cluster: &Cluster) -> Vec<Arc<Json>> {
        let all = cluster.store.scan(self.resource, self.namespace.as_deref());
        all.filter(|o| self.matches(o)).cloned().collect()
    }
}

/// Answers a list.
///
/// # Errors
/// Where a parameter is malformed, or the moment of an earlier page is no longer known (410).
pub(crate) fn list(cluster: &Cluster, call: &Call, selection: &Selection) -> Result<Json, Failure> {
    let limit = call.number("limit")?.unwrap_or(0);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let start = match call.parameter("continue") {
        "" => None,
        token => Some(
            Token::parse(token)
                .ok_or_else(|| Failure::bad_request("continue key is not valid: malformed value"))?,
        ),
    };
    let version = start.as_ref().map_or_else(|| cluster.store.version(), |t| t.version);
    let all = cluster.store.scan_at(selection.resource, selection.namespace.as_deref(), version).ok_or_else(|| {
        Failure::expired("The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.")
    })?;
    let place = |o: &Json| (object::namespace(o).to_owned(), object::name(o).to_owned());
    let after =
        |o: &&Arc<Json>| start.as_ref().is_none_or(|t| place(o) > (t.namespace.clone(), t.name.clone()));
    let mut rest = all.iter().filter(after).filter(|o| selection.matches(o));
    let page: Vec<&Arc<Json>> =
        if limit == 0 { rest.by_ref().collect() } else { rest.by_ref().take(limit).collect() };
    let remaining = rest.count();

    let mut metadata = json!({"resourceVersion": version.to_string()});
    if let (true, Some(last)) = (remaining > 0, page.last()) {
        let (namespace, name) = place(last);
        metadata["continue"] = json!(Token { version, namespace, name }.text());
        if selection.is_everything() {
            metadata["remainingItemCount"] = json!(remaining);
        }
    }
    let kind = selection.resource.kind();
    Ok(match call.form() {
        Form::Metadata => json!({
            "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
            "items": page.iter().map(|o| metadata_only(o)).collect::<Vec<_>>(),
        }),
        _ => json!({
            "kind": format!("{}List", kind.gvk.kind), "apiVersion": kind.gvk.api_version(), "metadata": metadata,
            "items": page.iter().map(|o| untyped(o)).collect::<Vec<_>>(),
        }),
    })
}

/// Items of a list do not repeat their type.
fn untyped(object: &Json) -> Json {
    let fields = object.as_object().into_iter().flatten();
    let kept: Map<String, Json> = fields
        .filter(|(name, _)| !matches!(name.as_str(), "apiVersion" | "kind"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Json::Object(kept)
}

/// The object without anything but metadata.
pub(crate) fn metadata_only(object: &Json) -> Json {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
}

/// Where the next page begins, and the moment that the pages show.
#[derive(Debug, PartialEq, Eq)]
struct Token {
    version: u64,
    namespace: String,
    name: String,
}

impl Token {
    fn text(&self) -> String {
        // Names hold no `~`, so the parts can be told apart.
        format!("v1~{}~{}~{}", self.version, self.namespace, self.name)
    }

    fn parse(text: &str) -> Option<Token> {
        let mut parts = text.strip_prefix("v1~")?.splitn(3, '~');
        let version = parts.next()?.parse().ok()?;
        Some(Token { version, namespace: parts.next()?.to_owned(), name: parts.next()?.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back() {
        let token = Token { version: 7, namespace: "a".into(), name: "b".into() };
        assert_eq!(Token::parse(&token.text()), Some(token));
        assert_eq!(Token::parse("v1~x~a~b"), None);
        assert_eq!(Token::parse("nonsense"), None);
    }
}
