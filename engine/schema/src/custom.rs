//! Kinds that custom resource definitions declare: their types, and what their schemas check beyond types.
//!
//! A definition becomes kinds like those of the embedded schemas, so that whatever takes a [`Kind`] works on custom
//! resources too. Rules in CEL (`x-kubernetes-validations`), conversion webhooks and the scale subresource are not
//! here.

mod check;
mod shape;

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use plimsoll_model::Gvk;
use serde_json::json;

use crate::{Json, Kind, Subresource};

pub use check::{Broken, Rule, broken};

/// One version of a definition.
#[derive(Debug, Clone, Copy)]
pub struct Declared {
    /// The kind. Equal declarations give the same one, and it lives as long as the process: what a process holds is
    /// bounded by the different declarations that it met.
    pub kind: &'static Kind,
    /// The API serves this version.
    pub served: bool,
    /// Objects are stored in this version.
    pub storage: bool,
}

/// The kinds that a definition (`apiextensions.k8s.io/v1`) declares, in its order; none where it lacks what a
/// kind needs, such as a name.
pub fn declared(definition: &Json) -> Vec<Declared> {
    let versions = definition.pointer("/spec/versions").and_then(Json::as_array);
    let flag = |version: &Json, name: &str| version.get(name) == Some(&Json::Bool(true));
    let of = |version: &Json| {
        let kind = interned(definition.get("spec")?, version)?;
        Some(Declared { kind, served: flag(version, "served"), storage: flag(version, "storage") })
    };
    versions.into_iter().flatten().filter_map(of).collect()
}

/// The kind of a version, made once for equal declarations.
fn interned(spec: &Json, version: &Json) -> Option<&'static Kind> {
    static KINDS: OnceLock<Mutex<BTreeMap<String, &'static Kind>>> = OnceLock::new();
    let part = |name: &str| spec.get(name).unwrap_or(&Json::Null);
    let key = json!([
        part("group"),
        part("names"),
        part("scope"),
        version.get("name"),
        version.get("schema"),
        version.get("subresources")
    ]);
    let mut kinds = KINDS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let key = key.to_string();
    if let Some(kind) = kinds.get(&key) {
        return Some(kind);
    }
    let kind: &'static Kind = Box::leak(Box::new(kind_of(spec, version)?));
    kinds.insert(key, kind);
    Some(kind)
}

fn kind_of(spec: &Json, version: &Json) -> Option<Kind> {
    let named = |name: &str| spec.pointer(&format!("/names/{name}")).and_then(Json::as_str);
    let gvk = Gvk::new(spec.get("group")?.as_str()?, version.get("name")?.as_str()?, named("kind")?);
    let schema = version.pointer("/schema/openAPIV3Schema").cloned().unwrap_or_else(|| json!({}));
    let mut subresources = BTreeMap::new();
    let has =
        |name: &str| version.get("subresources").and_then(|s| s.get(name)).is_some_and(|s| !s.is_null());
    if has("status") {
        let verbs = ["get", "patch", "update"].map(str::to_owned).to_vec();
        subresources.insert("status".to_owned(), Subresource { gvk: gvk.clone(), verbs });
    }
    let short = spec.pointer("/names/shortNames").and_then(Json::as_array);
    let verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    Some(Kind {
        plural: named("plural")?.to_owned(),
        singular: named("singular").map_or_else(|| gvk.kind.to_lowercase(), str::to_owned),
        namespaced: spec.get("scope").and_then(Json::as_str) != Some("Cluster"),
        short_names: short.into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect(),
        verbs: verbs.map(str::to_owned).to_vec(),
        subresources,
        root: shape::root(&schema),
        custom: true,
        schema: Some(schema),
        gvk,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{Lists, Shape, canonical, field_set::FieldSet, merge, validate};
    use expect_test::expect;

    /// A definition whose one version has these properties in `spec`.
    pub(crate) fn definition(spec: Json) -> Json {
        json!({"spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": {"kind": "Thing", "plural": "things", "shortNames": ["th"]},
            "versions": [{"name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": spec, "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}}}]}})
    }

    pub(crate) fn thing(spec: Json) -> &'static Kind {
        declared(&definition(spec))[0].kind
    }

    fn properties() -> Json {
        json!({"type": "object", "required": ["size"], "properties": {
            "size": {"type": "integer", "minimum": 1, "default": 3},
            "port": {"x-kubernetes-int-or-string": true},
            "parts": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                "items": {"type": "object", "required": ["name"], "properties": {
                    "name": {"type": "string"}, "mode": {"type": "string", "default": "on"}}}},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
                "properties": {"known": {"type": "boolean"}}},
            "texts": {"type": "object", "additionalProperties": {"type": "string"}}}})
    }

    #[test]
    fn a_definition_declares_a_kind_with_lists_and_subresources() {
        let kind = thing(properties());
        assert_eq!((kind.plural.as_str(), kind.namespaced), ("things", true));
        assert!(kind.subresources.contains_key("status"));
        let spec = kind.root.get().child("spec").unwrap().get();
        let Shape::List { merge, .. } = &spec.child("parts").unwrap().get().shape else { panic!() };
        assert_eq!(*merge, Lists::Map(vec!["name".into()]));
        assert!(std::ptr::eq(kind, thing(properties())), "equal declarations give the same kind");
        assert!(!std::ptr::eq(kind, thing(json!({"type": "object"}))));
        assert!(declared(&json!({"spec": {"group": "x", "versions": [{"name": "v1"}]}})).is_empty());
    }

    #[test]
    fn defaults_are_filled_in_and_empty_values_stay() {
        let object = json!({"metadata": {"name": "a"}, "spec": {"parts": [{"name": "x"}], "texts": {}, "port": "80%"}});
        let full = canonical::canonical(thing(properties()), &object);
        let want = json!({"size": 3, "parts": [{"name": "x", "mode": "on"}], "texts": {}, "port": "80%"});
        assert_eq!(full["spec"], want);
        assert_eq!(full["kind"], "Thing");
    }

    #[test]
    fn unknown_fields_are_told_but_where_they_are_preserved() {
        let object = json!({"spec": {"free": {"known": true, "other": {"x": 1}}, "sise": 2, "size": "3"}});
        let shown: Vec<String> =
            validate::faults(thing(properties()), &object).iter().map(|m| m.to_string()).collect();
        expect![[r#"
            spec.sise: unknown field
            spec.size: expected integer, found string"#]]
        .assert_eq(&shown.join("\n"));
    }

    #[test]
    fn items_of_keyed_lists_are_owned_one_by_one() {
        let kind = thing(properties());
        let object = json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"},
            "spec": {"parts": [{"name": "x"}, {"name": "y"}]}});
        let first = merge::apply(kind, None, &object, "one", false, "2026-01-01T00:00:00Z").unwrap();
        let more = json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"},
            "spec": {"parts": [{"name": "z"}]}});
        let both = merge::apply(kind, Some(&first), &more, "two", false, "2026-01-01T00:00:00Z").unwrap();
        assert_eq!(both["spec"]["parts"].as_array().unwrap().len(), 3);
        let paths: Vec<String> = FieldSet::of(kind, &more).paths().iter().map(ToString::to_string).collect();
        assert!(paths.contains(&"spec.parts[name=z].name".to_owned()), "{paths:?}");
    }
}
