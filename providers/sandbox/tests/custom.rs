//! Definitions of custom resources and what they declare, under the real client.
#![allow(clippy::unwrap_used, missing_docs)]

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::{Client, Discovery};
use plimsoll_sandbox::{ManualClock, Sandbox};
use serde_json::{Value as Json, json};

const NAME: &str = "things.example.com";

fn client() -> Client {
    Client::new(Sandbox::in_memory(7, ManualClock::at(1_700_000_000)).service(), "default")
}

fn definition() -> Json {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": NAME},
        "spec": {
            "group": "example.com", "scope": "Namespaced", "names": {"kind": "Thing", "plural": "things"},
            "versions": [{"name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {"type": "object", "required": ["mode"], "properties": {
                        "mode": {"type": "string", "enum": ["on", "off"]},
                        "size": {"type": "integer", "minimum": 1, "default": 3},
                        "name": {"type": "string", "pattern": "^[a-z]+$"},
                        "port": {"x-kubernetes-int-or-string": true},
                        "parts": {"type": "array", "x-kubernetes-list-type": "map",
                            "x-kubernetes-list-map-keys": ["name"],
                            "items": {"type": "object", "required": ["name"], "properties": {
                                "name": {"type": "string"}, "on": {"type": "boolean", "default": true}}}}}},
                    "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}}}],
        },
    })
}

fn thing(spec: Json) -> Json {
    json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": spec})
}

fn by(manager: &str) -> PatchParams {
    PatchParams { field_manager: Some(manager.into()), ..PatchParams::default() }
}

async fn define(client: &Client) -> Api<CustomResourceDefinition> {
    let api: Api<CustomResourceDefinition> = Api::all(client.clone());
    api.patch(NAME, &by("test"), &Patch::Apply(definition())).await.unwrap();
    api
}

/// The things, found by discovery as any client finds them.
async fn things(client: &Client) -> Api<DynamicObject> {
    let discovery = Discovery::new(client.clone()).filter(&["example.com"]).run().await.unwrap();
    let group = discovery.get("example.com").expect("the group is served");
    let (resource, _) = group.recommended_kind("Thing").expect("the kind is served");
    Api::default_namespaced_with(client.clone(), &resource)
}

async fn refused(api: &Api<DynamicObject>, spec: Json) -> (u16, String) {
    let object = serde_json::from_value(thing(spec)).unwrap();
    match api.create(&PostParams::default(), &object).await {
        Err(kube::Error::Api(status)) => (status.code, status.message.clone()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_definition_is_established_and_its_resources_are_served() {
    let client = client();
    let definitions = define(&client).await;
    let crd = serde_json::to_value(definitions.get(NAME).await.unwrap()).unwrap();
    let conditions: Vec<_> = crd["status"]["conditions"].as_array().unwrap().iter().collect();
    assert_eq!((&conditions[0]["type"], &conditions[0]["status"]), (&json!("NamesAccepted"), &json!("True")));
    assert_eq!((&conditions[1]["type"], &conditions[1]["status"]), (&json!("Established"), &json!("True")));
    assert_eq!(crd["spec"]["names"]["listKind"], "ThingList");
    assert_eq!(crd["status"]["storedVersions"], json!(["v1"]));

    let api = things(&client).await;
    let made = api
        .patch(
            "a",
            &by("one"),
            &Patch::Apply(thing(json!({"mode": "on", "port": "80%", "parts": [{"name": "x"}]}))),
        )
        .await
        .unwrap();
    assert_eq!(
        made.data,
        json!({"spec": {"mode": "on", "size": 3, "port": "80%", "parts": [{"name": "x", "on": true}]}})
    );
    assert_eq!(made.metadata.generation, Some(1));
    // Items of keyed lists belong to whoever applied them.
    let both =
        api.patch("a", &by("two"), &Patch::Apply(thing(json!({"parts": [{"name": "y"}]})))).await.unwrap();
    assert_eq!(both.data["spec"]["parts"].as_array().unwrap().len(), 2);
    // The status is written through its subresource only.
    let status = json!({"status": {"phase": "Ready"}, "spec": {"mode": "off"}});
    let after = api.patch_status("a", &PatchParams::default(), &Patch::Merge(&status)).await.unwrap();
    assert_eq!(
        (&after.data["spec"]["mode"], &after.data["status"]["phase"]),
        (&json!("on"), &json!("Ready"))
    );
    let patched =
        api.patch("a", &by("one"), &Patch::Merge(json!({"status": {"phase": "No"}}))).await.unwrap();
    assert_eq!(patched.data["status"]["phase"], "Ready");
}

#[tokio::test]
async fn the_schema_is_held() {
    let client = client();
    define(&client).await;
    let api = things(&client).await;
    let all = refused(&api, json!({"size": 0, "name": "A1", "port": true})).await;
    assert_eq!(all.0, 422);
    for part in [
        "spec.mode: Required value",
        "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1",
        "spec.name in body should match '^[a-z]+$'",
        "spec.port in body must be of type integer,string: \"boolean\"",
    ] {
        assert!(all.1.contains(part), "{part}\n{}", all.1);
    }
    let other = refused(&api, json!({"mode": "of"})).await;
    assert!(
        other.1.contains("spec.mode: Unsupported value: \"of\": supported values: \"on\", \"off\""),
        "{}",
        other.1
    );
    // What the schema does not know is pruned, or refused where it is applied.
    let extra = serde_json::from_value(thing(json!({"mode": "on", "sise": 1}))).unwrap();
    let made = api.create(&PostParams::default(), &extra).await.unwrap();
    assert_eq!(made.data["spec"], json!({"mode": "on", "size": 3}));
    let wrong = api.patch("a", &by("one"), &Patch::Apply(thing(json!({"sise": 1})))).await.unwrap_err();
    assert!(wrong.to_string().contains(".spec.sise: field not declared in schema"), "{wrong}");
}

#[tokio::test]
async fn what_a_definition_declares_goes_with_it() {
    let client = client();
    let definitions = define(&client).await;
    let api = things(&client).await;
    let mut held = thing(json!({"mode": "on"}));
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    api.create(&PostParams::default(), &serde_json::from_value(held).unwrap()).await.unwrap();
    definitions.delete(NAME, &DeleteParams::default()).await.unwrap();
    let waiting = definitions.get(NAME).await.unwrap();
    assert!(waiting.metadata.deletion_timestamp.is_some(), "it waits for the object that is held");
    assert_eq!(api.list(&ListParams::default()).await.unwrap().items.len(), 1);
    let free = json!({"metadata": {"finalizers": null}});
    api.patch("a", &PatchParams::default(), &Patch::Merge(free)).await.unwrap();
    assert!(definitions.get_opt(NAME).await.unwrap().is_none());
    assert!(matches!(api.list(&ListParams::default()).await, Err(kube::Error::Api(s)) if s.code == 404));
}

#[tokio::test]
async fn a_definition_needs_a_name_that_fits_and_one_stored_version() {
    let client = client();
    let api: Api<CustomResourceDefinition> = Api::all(client);
    let mut wrong = definition();
    wrong["metadata"]["name"] = json!("thing.example.com");
    wrong["spec"]["versions"][0]["storage"] = json!(false);
    let error =
        api.patch("thing.example.com", &by("test"), &Patch::Apply(wrong)).await.unwrap_err().to_string();
    assert!(
        error.contains("metadata.name: Invalid value") && error.contains("spec.versions: Invalid value"),
        "{error}"
    );
}

#[tokio::test]
async fn another_process_finds_the_resources_again() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Client::new(Sandbox::open(folder.path()).unwrap().service(), "default");
    let first = open();
    define(&first).await;
    let object = serde_json::from_value(thing(json!({"mode": "on"}))).unwrap();
    things(&first).await.create(&PostParams::default(), &object).await.unwrap();
    drop(first);
    let again = things(&open()).await.get("a").await.unwrap();
    assert_eq!(again.data["spec"], json!({"mode": "on", "size": 3}));
}
