//! What a real API server wrote, against what we make of the same objects.
//!
//! The fixtures under `real/` are recorded by `real/record.py` on a control plane of the embedded minor
//! version; here nothing but them is read.

#![allow(clippy::unwrap_used)]

use std::io::Read;

use plimsoll_model::Gvk;
use plimsoll_schema::{
    Json, Kind, canonical::canonical, equal, field_set::FieldSet, kind, merge, unchanged, unchanged::Proof,
};
use serde_json::{Map, json};

const MANAGER: &str = "plimsoll:shop";
const NOW: &str = "2026-01-01T00:00:00Z";

fn objects(text: &str) -> Map<String, Json> {
    serde_json::from_str(text).unwrap()
}

fn packed(data: &[u8]) -> Vec<Json> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(data).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn kind_of(object: &Json) -> &'static Kind {
    let text = |name: &str| object[name].as_str().unwrap();
    kind(&Gvk::from_api_version(text("apiVersion"), text("kind"))).unwrap()
}

/// Every object that was applied: its name, as desired, and as the server stored it.
fn applied() -> Vec<(String, Json, Json)> {
    let mut live = objects(include_str!("real/applied.json"));
    let desired = objects(include_str!("real/desired.json"));
    desired.into_iter().map(|(name, object)| (name.clone(), object, live.remove(&name).unwrap())).collect()
}

/// The entries of an object by manager, operation and subresource, without times.
fn owners(object: &Json) -> Vec<(String, FieldSet)> {
    let entries = object["metadata"]["managedFields"].as_array().unwrap();
    // Controllers write the status whenever they like.
    let mut owners: Vec<(String, FieldSet)> = entries
        .iter()
        .filter(|entry| entry["subresource"] != json!("status"))
        .map(|entry| {
            let name = format!(
                "{} {} {} {}",
                entry["manager"], entry["operation"], entry["apiVersion"], entry["subresource"]
            );
            (name, FieldSet::from_fields_v1(&entry["fieldsV1"]).unwrap())
        })
        .collect();
    owners.sort_by(|a, b| a.0.cmp(&b.0));
    owners
}

fn paths(set: &FieldSet) -> Vec<String> {
    set.paths().iter().map(ToString::to_string).collect()
}

fn same_owners(what: &str, ours: &Json, theirs: &Json) {
    let (ours, theirs) = (owners(ours), owners(theirs));
    let names = |o: &[(String, FieldSet)]| o.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&ours), names(&theirs), "{what}");
    for ((name, a), (_, b)) in ours.iter().zip(&theirs) {
        let (more, less) = (paths(&a.difference(b)), paths(&b.difference(a)));
        assert!(a == b, "{what}: {name}: only ours {more:?}, only theirs {less:?}");
    }
}

/// Where two objects differ.
fn differences(ours: &Json, theirs: &Json, at: &str, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Json::Object(a), Json::Object(b)) => {
            let null = Json::Null;
            for name in a.keys().chain(b.keys().filter(|k| !a.contains_key(*k))) {
                let (x, y) = (a.get(name).unwrap_or(&null), b.get(name).unwrap_or(&null));
                differences(x, y, &format!("{at}.{name}"), found);
            }
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            for (i, (x, y)) in a.iter().zip(b).enumerate() {
                differences(x, y, &format!("{at}[{i}]"), found);
            }
        }
        _ if equal(ours, theirs) => {}
        _ => found.push(format!("{at}: ours {ours}, theirs {theirs}")),
    }
}

/// What the server, its controllers or its admission plugins set, beyond what was applied.
const SET_BY_THE_SERVER: &[&str] = &[
    ".metadata.uid",
    ".metadata.creationTimestamp",
    ".metadata.resourceVersion",
    ".metadata.generation",
    ".metadata.managedFields",
    ".status",
];

#[test]
fn field_sets_are_those_that_the_server_recorded() {
    for (name, desired, live) in applied() {
        let entry =
            live["metadata"]["managedFields"].as_array().unwrap().iter().find(|e| e["manager"] == MANAGER);
        let theirs = FieldSet::from_fields_v1(&entry.unwrap()["fieldsV1"]).unwrap();
        let ours = FieldSet::of(kind_of(&desired), &desired);
        let (more, less) = (paths(&ours.difference(&theirs)), paths(&theirs.difference(&ours)));
        assert!(ours == theirs, "{name}: only ours {more:?}, only theirs {less:?}");
        assert_eq!(ours.to_fields_v1(), entry.unwrap()["fieldsV1"], "{name}");
    }
}

#[test]
fn what_was_just_applied_is_proven_unchanged() {
    for (name, desired, live) in applied() {
        assert_eq!(unchanged::prove(kind_of(&desired), &desired, &live, MANAGER), Proof::Unchanged, "{name}");
    }
}

#[test]
fn the_stored_form_is_ours_but_for_what_the_server_sets() {
    let mut all = Vec::new();
    for (name, desired, live) in applied() {
        let kind = kind_of(&desired);
        let ours = canonical(kind, &merge::apply(kind, None, &desired, MANAGER, false, NOW).unwrap());
        all.extend(set_by_others(&ours, &live).into_iter().map(|path| format!("{name}: {path}")));
    }
    expect_test::expect![[r#"
        balancer: spec.ports[0].nodePort
        balancer: spec.clusterIP
        balancer: spec.clusterIPs
        balancer: spec.ipFamilies
        balancer: spec.ipFamilyPolicy
        claim: metadata.annotations
        claim: metadata.finalizers
        claim: spec.storageClassName
        claim: spec.volumeName
        deployment: metadata.annotations.deployment.kubernetes.io/revision
        headless: spec.clusterIPs
        headless: spec.ipFamilies
        headless: spec.ipFamilyPolicy
        job: metadata.labels.batch.kubernetes.io/controller-uid
        job: metadata.labels.batch.kubernetes.io/job-name
        job: metadata.labels.controller-uid
        job: metadata.labels.job-name
        job: spec.template.metadata.labels.batch.kubernetes.io/controller-uid
        job: spec.template.metadata.labels.batch.kubernetes.io/job-name
        job: spec.template.metadata.labels.controller-uid
        job: spec.template.metadata.labels.job-name
        job: spec.selector
        namespace: spec.finalizers
        pod: spec.containers[0].volumeMounts
        pod: spec.preemptionPolicy
        pod: spec.priority
        pod: spec.serviceAccount
        pod: spec.serviceAccountName
        pod: spec.tolerations
        pod: spec.volumes
        service: spec.clusterIP
        service: spec.clusterIPs
        service: spec.ipFamilies
        service: spec.ipFamilyPolicy
    "#]]
    .assert_eq(&(all.join("\n") + "\n"));
}

/// Paths at which the live object has something and ours has nothing; anything else fails.
fn set_by_others(ours: &Json, live: &Json) -> Vec<String> {
    let mut found = Vec::new();
    differences(ours, live, "", &mut found);
    found.retain(|f| !SET_BY_THE_SERVER.iter().any(|p| f.starts_with(p)));
    let path = |f: &String| match f.split_once(": ours null, theirs") {
        Some((path, _)) => path.trim_start_matches('.').to_owned(),
        None => panic!("{f}"),
    };
    found.iter().map(path).collect()
}

#[test]
fn plain_writes_are_recorded_as_the_server_does() {
    for write in packed(include_bytes!("real/writes.json.gz")) {
        let (before, after) = (&write["before"], &write["after"]);
        let kind = kind_of(after);
        // What is created is recorded before admission plugins and allocation change it.
        let mut new = if before.is_null() { canonical(kind, &write["given"]) } else { after.clone() };
        if write["subresource"] == json!("scale") {
            // Recorded a moment later, when a controller had written too.
            new = before.clone();
            new["spec"]["replicas"] = after["spec"]["replicas"].clone();
        }
        new["metadata"].as_object_mut().unwrap().remove("managedFields");
        let before = (!before.is_null()).then_some(before);
        let (manager, through) = (write["manager"].as_str().unwrap(), write["subresource"].as_str());
        let ours = merge::update(kind, before, &new, manager, through, NOW);
        same_owners(write["what"].as_str().unwrap(), &ours, after);
    }
}

#[test]
fn later_applies_end_as_on_the_server() {
    for step in packed(include_bytes!("real/applies.json.gz")) {
        let (what, applied) = (step["what"].as_str().unwrap(), &step["applied"]);
        let kind = kind_of(applied);
        let manager = step["manager"].as_str().unwrap();
        let ours =
            merge::apply(kind, Some(&step["before"]), applied, manager, step["force"] == json!(true), NOW);
        let ours = canonical(kind, &ours.unwrap());
        same_owners(what, &ours, &step["after"]);
        assert_eq!(set_by_others(&ours, &step["after"]), Vec::<String>::new(), "{what}");
    }
}
