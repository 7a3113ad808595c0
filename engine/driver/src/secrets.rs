//! Secret values in what the cluster says: a refusal may quote a value, a container may print it.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plimsoll_model::{Desired, Diagnostic, Report};

/// What stands in place of a secret value.
const PLACEHOLDER: &str = "(sensitive value)";
/// Shorter values are part of every text.
const SHORTEST: usize = 3;

/// Texts that may never be shown, longest first.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// Every sensitive leaf of what a configuration wants, and `more`, as they are and in base64.
    pub(crate) fn of(desired: &Desired, more: &BTreeSet<String>) -> Secrets {
        let mut texts: BTreeSet<String> = more.iter().flat_map(|t| [t.clone(), STANDARD.encode(t)]).collect();
        for object in &desired.objects {
            let is_secret = object.id.gvk.kind == "Secret" && object.id.gvk.group.is_empty();
            for (path, leaf) in object.root.leaves() {
                let is_data =
                    is_secret && matches!(path.first().map(String::as_str), Some("data" | "stringData"));
                let Some(text) = leaf.value.as_str().filter(|_| leaf.sensitive || is_data) else { continue };
                texts.insert(text.to_string());
                texts.insert(STANDARD.encode(text));
                if let Some(plain) = STANDARD.decode(text).ok().and_then(|b| String::from_utf8(b).ok()) {
                    texts.insert(plain);
                }
            }
        }
        // A server that refuses a value quotes it.
        let quoted: Vec<String> = texts.iter().map(|text| plimsoll_plan::mask::quoted(text)).collect();
        texts.extend(quoted);
        let mut texts: Vec<String> = texts.into_iter().filter(|t| t.trim().len() >= SHORTEST).collect();
        texts.sort_by_key(|t| std::cmp::Reverse(t.len()));
        Secrets(texts)
    }

    /// The same with more texts.
    pub(crate) fn with<'t>(&'t self, more: impl Iterator<Item = &'t String>) -> Secrets {
        let mut texts: Vec<String> = self.0.iter().chain(more).cloned().collect();
        texts.sort_by_key(|t| std::cmp::Reverse(t.len()));
        Secrets(texts)
    }

    /// The diagnostic without secret values.
    pub(crate) fn hide(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        diagnostic.detail = self.hidden(&diagnostic.detail);
        diagnostic.help = diagnostic.help.map(|help| self.hidden(&help));
        diagnostic
    }

    /// All findings without secret values.
    pub(crate) fn hide_all(&self, report: &Report) -> Report {
        let mut hidden = Report::new();
        report.items().iter().for_each(|d| hidden.push(self.hide(d.clone())));
        hidden
    }

    /// The text without secret values.
    pub(crate) fn hidden(&self, text: &str) -> String {
        self.0.iter().fold(text.to_string(), |text, secret| match text.contains(secret.as_str()) {
            true => text.replace(secret.as_str(), PLACEHOLDER),
            false => text,
        })
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{Address, DesiredObject, Gvk, Node, ObjectId, SourceId, Span};
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_hidden_raw_and_in_base64() {
        let root = Node::from_json(
            &json!({"kind": "Secret", "stringData": {"password": "hunter22", "key": "a\"b\nc"}}),
        );
        let object = DesiredObject {
            address: Address::new("secret", "db"),
            id: ObjectId {
                gvk: Gvk::new("", "v1", "Secret"),
                namespace: Some("x".into()),
                name: "db".into(),
            },
            root,
            span: Span::new(SourceId(0), 0, 0),
            first_replicas: None,
            prevent_destroy: false,
            ignored: Vec::new(),
            drift: Default::default(),
            conflicts: Vec::new(),
            timeouts: Default::default(),
            wait: true,
        };
        let secrets = Secrets::of(&Desired { objects: vec![object], ..Desired::default() }, &BTreeSet::new());
        assert_eq!(
            secrets.hidden("is hunter22, is aHVudGVyMjI=, is a Secret"),
            "is (sensitive value), is (sensitive value), is a Secret"
        );
        assert_eq!(
            secrets.hidden(r#"invalid value: "a\"b\nc": too long"#),
            r#"invalid value: "(sensitive value)": too long"#
        );
    }
}
