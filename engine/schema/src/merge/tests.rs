//! Server-side apply by its rules.

use expect_test::{Expect, expect};
use plimsoll_model::Gvk;
use serde_json::json;

use super::*;
use crate::kind;

const T1: &str = "2026-01-01T00:00:00Z";
const T2: &str = "2026-01-02T00:00:00Z";

fn of(object: &Json) -> &'static Kind {
    let text = |name: &str| object[name].as_str().unwrap();
    kind(&Gvk::from_api_version(text("apiVersion"), text("kind"))).unwrap()
}

fn config(data: Json) -> Json {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n"}, "data": data})
}

fn deployment(spec: Json) -> Json {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec})
}

fn containers(names: &[&str]) -> Json {
    let list: Vec<Json> = names.iter().map(|n| json!({"name": n, "image": format!("{n}:1")})).collect();
    deployment(json!({"template": {"spec": {"containers": list}}}))
}

fn applied(live: Option<&Json>, object: &Json, manager: &str) -> Json {
    apply(of(object), live, object, manager, false, T1).unwrap()
}

/// Each entry on a line: manager, operation, subresource, time and what it owns.
fn owners(object: &Json) -> String {
    let managers = Managers::of(object).unwrap();
    let mut lines = Vec::new();
    for entry in object["metadata"]["managedFields"].as_array().into_iter().flatten() {
        let subresource = entry["subresource"].as_str();
        let operation = if entry["operation"] == "Apply" { Operation::Apply } else { Operation::Update };
        let name = entry["manager"].as_str().unwrap();
        let set = &managers.find(name, operation, subresource).unwrap().set;
        let paths: Vec<String> = set.paths().iter().map(ToString::to_string).collect();
        let through = subresource.map(|s| format!("/{s}")).unwrap_or_default();
        let day = entry["time"].as_str().map_or("never", |t| &t[..10]);
        lines.push(format!("{name} {operation:?}{through} {day}: {}", paths.join(", ")));
    }
    lines.join("\n")
}

fn check_owners(object: &Json, want: Expect) {
    want.assert_eq(&owners(object));
}

#[test]
fn an_apply_creates_and_owns_what_it_sets() {
    let live = applied(None, &config(json!({"a": "1"})), "m");
    assert_eq!(live["data"], json!({"a": "1"}));
    check_owners(&live, expect!["m Apply 2026-01-01: data.a"]);
}

#[test]
fn what_an_applier_leaves_out_goes() {
    let live = applied(None, &config(json!({"a": "1", "b": "2"})), "m");
    let live = applied(Some(&live), &config(json!({"b": "2"})), "m");
    assert_eq!(live["data"], json!({"b": "2"}));
}

#[test]
fn what_another_owns_too_stays() {
    let live = applied(None, &config(json!({"a": "1", "b": "2"})), "m");
    let live = applied(Some(&live), &config(json!({"a": "1"})), "other");
    let live = applied(Some(&live), &config(json!({"b": "2"})), "m");
    assert_eq!(live["data"], json!({"a": "1", "b": "2"}));
    check_owners(
        &live,
        expect![[r#"
        other Apply never: data.a
        m Apply 2026-01-01: data.b"#]],
    );
}

#[test]
fn another_value_is_a_conflict_with_both_values() {
    let live = applied(None, &config(json!({"a": "1"})), "m");
    let wanted = config(json!({"a": "2"}));
    let error = apply(of(&wanted), Some(&live), &wanted, "other", false, T2).unwrap_err();
    let MergeError::Conflicts(conflicts) = &error else { panic!("{error}") };
    assert_eq!(conflicts.len(), 1);
    let conflict = &conflicts[0];
    assert_eq!((conflict.ours.as_ref(), conflict.theirs.as_ref()), (Some(&json!("2")), Some(&json!("1"))));
    assert_eq!((conflict.manager.as_str(), conflict.operation), ("m", Operation::Apply));
    assert_eq!(error.to_string(), r#"conflict with "m": .data.a"#);
}

#[test]
fn a_conflict_with_an_update_names_its_time_and_subresource() {
    let live = update(of(&deployment(json!({}))), None, &deployment(json!({"replicas": 1})), "m", None, T1);
    let scaled = deployment(json!({"replicas": 3}));
    let live = update(of(&live), Some(&live), &scaled, "kubectl", Some("scale"), T2);
    let wanted = deployment(json!({"replicas": 1}));
    let error = apply(of(&wanted), Some(&live), &wanted, "plimsoll:shop", false, T2).unwrap_err();
    expect![[r#"conflict with "kubectl" with subresource "scale" using apps/v1 at 2026-01-02T00:00:00Z: .spec.replicas"#]]
        .assert_eq(&error.to_string());
}

#[test]
fn force_takes_the_field_and_drops_an_empty_owner() {
    let live = applied(None, &config(json!({"a": "1"})), "m");
    let wanted = config(json!({"a": "2"}));
    let live = apply(of(&wanted), Some(&live), &wanted, "other", true, T2).unwrap();
    assert_eq!(live["data"], json!({"a": "2"}));
    check_owners(&live, expect!["other Apply 2026-01-02: data.a"]);
}

#[test]
fn the_same_value_is_owned_by_both_without_a_conflict() {
    let live = applied(None, &config(json!({"a": "1"})), "m");
    let live = applied(Some(&live), &config(json!({"a": "1"})), "other");
    assert_eq!(owners(&live).matches("data.a").count(), 2);
}

#[test]
fn nothing_changes_times_of_an_apply_without_effect() {
    let wanted = config(json!({"a": "1"}));
    let live = applied(None, &wanted, "m");
    assert_eq!(apply(of(&wanted), Some(&live), &wanted, "m", false, T2).unwrap(), live);
}

#[test]
fn a_change_moves_the_time() {
    let live = applied(None, &config(json!({"a": "1"})), "m");
    let wanted = config(json!({"a": "2"}));
    let live = apply(of(&wanted), Some(&live), &wanted, "m", false, T2).unwrap();
    assert!(owners(&live).starts_with("m Apply 2026-01-02"));
}

#[test]
fn an_update_takes_what_it_changes_and_frees_what_it_removes() {
    let live = applied(None, &config(json!({"a": "1", "b": "2"})), "m");
    let live = update(of(&live), Some(&live), &config(json!({"a": "9"})), "editor", None, T2);
    check_owners(&live, expect!["editor Update 2026-01-02: data.a"]);
}

#[test]
fn an_update_without_a_change_owns_nothing() {
    let live = applied(None, &config(json!({"a": "1"})), "m");
    assert_eq!(update(of(&live), Some(&live), &config(json!({"a": "1"})), "editor", None, T2), live);
}

#[test]
fn items_of_a_keyed_list_merge_by_key() {
    let live = applied(None, &containers(&["web"]), "m");
    let live = applied(Some(&live), &containers(&["side"]), "other");
    let names = |live: &Json| {
        let list = live["spec"]["template"]["spec"]["containers"].as_array().unwrap();
        list.iter().map(|c| c["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&live), ["web", "side"]);
    // The applier's order wins among its own, and the others stay.
    let live = applied(Some(&live), &containers(&["two", "web"]), "m");
    assert_eq!(names(&live), ["two", "web", "side"]);
    let live = applied(Some(&live), &containers(&["web", "two"]), "m");
    assert_eq!(names(&live), ["web", "side", "two"]);
}

#[test]
fn atomic_lists_and_maps_are_replaced_whole() {
    let selected = |labels: Json| deployment(json!({"selector": {"matchLabels": labels}}));
    let live = applied(None, &selected(json!({"a": "1"})), "m");
    let live = applied(Some(&live), &selected(json!({"b": "2"})), "m");
    assert_eq!(live["spec"]["selector"], json!({"matchLabels": {"b": "2"}}));
    check_owners(&live, expect!["m Apply 2026-01-01: spec.selector"]);
}

#[test]
fn ports_of_a_service_are_told_apart_by_port_and_protocol() {
    let service = |ports: Json| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": ports}});
    let live = applied(None, &service(json!([{"port": 53}, {"port": 53, "protocol": "UDP"}])), "m");
    assert_eq!(live["spec"]["ports"].as_array().unwrap().len(), 2);
    let twice = service(json!([{"port": 53}, {"port": 53, "protocol": "TCP"}]));
    let error = apply(of(&twice), None, &twice, "m", false, T1).unwrap_err();
    expect!["spec.ports[port=53,protocol=TCP]: duplicate entry"].assert_eq(&error.to_string());
}

#[test]
fn the_status_is_not_applied_through_the_main_resource() {
    let mut wanted = deployment(json!({"replicas": 1}));
    wanted["status"] = json!({"replicas": 7});
    check_owners(&applied(None, &wanted, "m"), expect!["m Apply 2026-01-01: spec.replicas"]);
    let live =
        canonical::canonical(of(&wanted), &update(of(&wanted), None, &deployment(json!({})), "m", None, T1));
    let mut written = live.clone();
    written["status"] = json!({"replicas": 7});
    written["spec"]["replicas"] = json!(9);
    let live = update(of(&wanted), Some(&live), &written, "controller", Some("status"), T2);
    assert!(
        owners(&live).contains("controller Update/status 2026-01-02: status.replicas"),
        "{}",
        owners(&live)
    );
}

#[test]
fn objects_from_before_anybody_was_tracked_get_an_owner_at_the_first_apply() {
    let mut live = config(json!({"a": "1"}));
    live["metadata"]["uid"] = json!("1");
    assert_eq!(
        update(of(&live), Some(&live), &live, "editor", None, T1).pointer("/metadata/managedFields"),
        None
    );
    let wanted = config(json!({"b": "2"}));
    check_owners(
        &applied(Some(&live), &wanted, "m"),
        expect![[r#"
        m Apply 2026-01-01: data.b
        before-first-apply Update 2026-01-01: data, data.a"#]],
    );
}

#[test]
fn many_updaters_are_merged_into_the_oldest() {
    let mut live = applied(None, &config(json!({})), "m");
    for i in 0..12 {
        let mut data = live["data"].as_object().cloned().unwrap_or_default();
        data.insert(format!("k{i:02}"), json!("v"));
        let time = format!("2026-02-{:02}T00:00:00Z", i + 1);
        live = update(of(&live), Some(&live), &config(Json::Object(data)), &format!("u{i:02}"), None, &time);
    }
    let text = owners(&live);
    assert_eq!(text.matches("Update").count(), 10, "{text}");
    assert!(text.contains("ancient-changes Update 2026-02-03: data.k00, data.k01, data.k02"), "{text}");
}

#[test]
fn an_update_may_reset_the_owners() {
    let live = applied(None, &config(json!({"a": "1"})), "m");
    let mut new = config(json!({"a": "1"}));
    new["metadata"]["managedFields"] = json!([{}]);
    let live = update(of(&live), Some(&live), &new, "editor", None, T2);
    assert_eq!(owners(&live), "");
}

#[test]
fn an_apply_may_not_carry_owners_or_unknown_fields() {
    let mut wanted = config(json!({}));
    wanted["metadata"]["managedFields"] = json!([]);
    assert_eq!(apply(of(&wanted), None, &wanted, "m", false, T1), Err(MergeError::ManagedFieldsGiven));
    let mut wanted = config(json!({}));
    wanted["dat"] = json!({});
    let error = apply(of(&wanted), None, &wanted, "m", false, T1).unwrap_err();
    expect!["dat: unknown field"].assert_eq(&error.to_string());
}

#[test]
fn settling_puts_back_times_that_moved_alone() {
    let live = applied(None, &config(json!({"a": "1"})), "m");
    let mut moved = live.clone();
    moved["metadata"]["managedFields"][0]["time"] = json!(T2);
    assert_eq!(settle(&live, moved.clone()), live);
    moved["data"]["a"] = json!("2");
    assert_eq!(settle(&live, moved.clone()), moved);
}

#[test]
fn replicas_that_two_appliers_share_stay_when_one_leaves_them_out() {
    let live = applied(None, &deployment(json!({"replicas": 5, "paused": true})), "plimsoll:shop");
    let live = applied(Some(&live), &deployment(json!({"replicas": 5})), "plimsoll-replicas");
    let live = applied(Some(&live), &deployment(json!({"paused": true})), "plimsoll:shop");
    assert_eq!(live["spec"]["replicas"], json!(5));
    let live = applied(Some(&live), &deployment(json!({})), "plimsoll-replicas");
    assert_eq!(live["spec"].get("replicas"), None);
}

#[test]
fn a_key_that_is_left_out_is_completed_by_its_default() {
    let service = |port: Json| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": [port]}});
    let live = applied(None, &service(json!({"port": 80, "name": "a"})), "m");
    let live = applied(Some(&live), &service(json!({"port": 80, "protocol": "TCP", "name": "a"})), "m");
    assert_eq!(live["spec"]["ports"].as_array().unwrap().len(), 1);
}

#[test]
fn an_item_without_a_key_leaves_no_owners_at_an_update_and_fails_an_apply() {
    let account = |secrets: Json| json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}, "secrets": secrets});
    let live = update(of(&account(json!([]))), None, &account(json!([{"name": "x"}])), "m", None, T1);
    assert_eq!(owners(&live).lines().count(), 1);
    let odd = update(of(&live), Some(&live), &account(json!([{"namespace": "n"}])), "m", None, T2);
    assert_eq!(owners(&odd), "");
    let error = apply(of(&live), Some(&odd), &account(json!([])), "m", false, T2).unwrap_err();
    expect!["secrets[0]: an item without its key"].assert_eq(&error.to_string());
}

#[test]
fn an_item_that_is_pruned_to_nothing_does_not_take_the_fields_above_it_along() {
    // With the oracle: the server leaves `spec: {containers: null}` here.
    let pod =
        |container: Json| json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]}});
    let live = applied(None, &pod(json!({"env": [{"name": "a"}]})), "m");
    let rules = Rules { empty: json!({}), reset: FieldSet::new(), most_updaters: 10 };
    let write = Write { manager: "m", subresource: None, now: T2 };
    let live = apply_raw(of(&live), Some(&live), &pod(json!({"env": []})), false, &write, &rules).unwrap();
    assert_eq!(live["spec"], json!({"containers": null}));
}
