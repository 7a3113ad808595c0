//! Proofs, by the rule.

use plimsoll_model::Gvk;
use serde_json::json;

use super::*;
use crate::{canonical::canonical, kind, merge::apply};

const T: &str = "2026-01-01T00:00:00Z";
const US: &str = "plimsoll:shop";

fn of(object: &Json) -> &'static Kind {
    let text = |name: &str| object[name].as_str().unwrap();
    kind(&Gvk::from_api_version(text("apiVersion"), text("kind"))).unwrap()
}

/// As the server would store the object after our apply.
fn stored(desired: &Json) -> Json {
    canonical(of(desired), &apply(of(desired), None, desired, US, false, T).unwrap())
}

fn check(desired: &Json, live: &Json) -> String {
    match prove(of(desired), desired, live, US) {
        Proof::Unchanged => "unchanged".into(),
        Proof::Doubt(why) => why,
    }
}

fn deployment(spec: Json) -> Json {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": spec}},
    })
}

fn web() -> Json {
    deployment(json!({
        "initContainers": [{"name": "first", "image": "x:1"}, {"name": "second", "image": "x:1"}],
        "containers": [{"name": "web", "image": "nginx:1", "resources": {"requests": {"memory": "1024Mi"}},
            "env": [{"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]}],
    }))
}

#[test]
fn what_was_applied_is_unchanged() {
    assert_eq!(check(&web(), &stored(&web())), "unchanged");
}

#[test]
fn a_null_counts_as_left_out() {
    let mut desired = web();
    desired["spec"]["paused"] = Json::Null;
    // The server records a null as owned.
    assert_eq!(check(&desired, &stored(&web())), "spec.paused: not owned before and now");
    assert_eq!(check(&desired, &stored(&desired)), "unchanged");
}

#[test]
fn another_value_is_doubt() {
    let mut live = stored(&web());
    live["spec"]["template"]["spec"]["containers"][0]["image"] = json!("nginx:2");
    assert_eq!(check(&web(), &live), "spec.template.spec.containers[0].image: another value");
}

#[test]
fn a_field_more_or_less_is_doubt() {
    let live = stored(&web());
    let mut desired = web();
    desired["spec"]["minReadySeconds"] = json!(0);
    assert_eq!(check(&desired, &live), "spec.minReadySeconds: not owned before and now");
    let live = stored(&desired);
    assert_eq!(check(&web(), &live), "spec.minReadySeconds: not owned before and now");
}

#[test]
fn two_swapped_init_containers_are_doubt() {
    let live = stored(&web());
    let mut desired = web();
    desired["spec"]["template"]["spec"]["initContainers"].as_array_mut().unwrap().reverse();
    assert_eq!(
        check(&desired, &live),
        "spec.template.spec.initContainers[0].image: another value".replace("image", "name")
    );
}

#[test]
fn a_container_of_somebody_else_is_no_change_of_ours() {
    let mut live = stored(&web());
    let extra = json!({"name": "extra", "image": "x:1"});
    live["spec"]["template"]["spec"]["containers"].as_array_mut().unwrap().insert(0, extra);
    let kind = of(&live);
    let live = canonical(kind, &merge::update(kind, Some(&stored(&web())), &live, "kubectl-edit", None, T));
    assert_eq!(check(&web(), &live), "unchanged");
}

#[test]
fn empty_labels_are_owned_and_stored_nowhere() {
    let mut desired = web();
    desired["metadata"]["labels"] = json!({});
    let live = stored(&desired);
    assert_eq!(live["metadata"].get("labels"), None);
    assert_eq!(check(&desired, &live), "unchanged");
    assert_eq!(check(&web(), &live), "metadata.labels: not owned before and now");
}

#[test]
fn a_claim_template_gains_what_the_server_adds() {
    let desired = json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "s"},
        "spec": {"serviceName": "s", "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "x:1"}]}},
            "volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": {"resources": {"requests": {"storage": "1024Mi"}}}}]},
    });
    let live = stored(&desired);
    assert_eq!(
        live["spec"]["volumeClaimTemplates"][0],
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "d"},
            "spec": {"resources": {"requests": {"storage": "1Gi"}}, "volumeMode": "Filesystem"}, "status": {"phase": "Pending"}})
    );
    assert_eq!(check(&desired, &live), "unchanged");
    let mut live = live;
    live["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] = json!("2Gi");
    assert!(check(&desired, &live).ends_with("requests.storage: another value"));
}

#[test]
fn a_quantity_that_another_owns_in_other_words_is_doubt() {
    // The server compares what is applied as text, before it is stored: that is a conflict.
    let mut live = stored(&web());
    let entry = live["metadata"]["managedFields"][0].clone();
    let mut other = entry;
    other["manager"] = json!("vpa");
    live["metadata"]["managedFields"].as_array_mut().unwrap().push(other);
    assert!(check(&web(), &live).contains("conflict with \"vpa\""), "{}", check(&web(), &live));
}

#[test]
fn string_data_is_looked_for_in_data() {
    let desired =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "x"}});
    let mut live = stored(&desired);
    assert_eq!(live["data"], json!({"a": "eA=="}));
    assert_eq!(check(&desired, &live), "unchanged");
    live["data"]["a"] = json!("eQ==");
    assert_eq!(check(&desired, &live), "data.a: another value");
}

#[test]
fn another_manager_version_or_object_is_doubt() {
    let live = stored(&web());
    assert_eq!(prove(of(&live), &web(), &live, "other"), Proof::Doubt("other has applied nothing".into()));
    let mut older = live.clone();
    older["metadata"]["managedFields"][0]["apiVersion"] = json!("apps/v1beta2");
    assert_eq!(check(&web(), &older), "last applied as apps/v1beta2");
    let mut update = live.clone();
    update["metadata"]["managedFields"][0]["operation"] = json!("Update");
    assert_eq!(check(&web(), &update), "plimsoll:shop has applied nothing");
    let mut broken = live;
    broken["metadata"]["managedFields"][0]["fieldsV1"] = json!({"x": {}});
    assert_eq!(check(&web(), &broken), "managedFields: not a field set: x");
}

#[test]
fn the_order_of_others_items_does_not_matter_but_ours_does() {
    let mut desired = web();
    desired["metadata"]["finalizers"] = json!(["a/1", "b/2"]);
    let mut live = stored(&desired);
    live["metadata"]["finalizers"] = json!(["z/0", "a/1", "y/0", "b/2"]);
    assert_eq!(check(&desired, &live), "unchanged");
    live["metadata"]["finalizers"] = json!(["b/2", "a/1"]);
    assert_eq!(check(&desired, &live), "metadata.finalizers[0]: another value");
}

#[test]
fn odd_input_is_doubt_and_no_panic() {
    let kind = of(&web());
    for odd in [json!(null), json!([]), json!("x"), json!({}), json!({"apiVersion": 1})] {
        assert!(matches!(prove(kind, &web(), &odd, US), Proof::Doubt(_)));
        assert!(matches!(prove(kind, &odd, &stored(&web()), US), Proof::Doubt(_)));
        assert!(matches!(prove(kind, &odd, &odd, US), Proof::Doubt(_)));
    }
}
