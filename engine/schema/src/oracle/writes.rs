//! Random applies and updates by several managers.

use std::collections::BTreeSet;

use serde_json::{Map, json};

use super::{Case, Random, agree, gvk, plain};
use crate::{
    Json, Kind,
    field_set::FieldSet,
    kind,
    merge::{MergeError, Rules, Write, apply_raw, update_raw},
};

const KINDS: &[(&str, &str)] = &[
    ("apps/v1", "Deployment"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("v1", "Pod"),
    ("v1", "Pod"),
    ("v1", "Service"),
    ("v1", "ConfigMap"),
    ("networking.k8s.io/v1", "Ingress"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("batch/v1", "Job"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Secret"),
    ("v1", "ServiceAccount"),
];
const MANAGERS: &[&str] = &["alpha", "beta", "gamma"];

/// As the merge library itself behaves, which is what the oracle runs.
fn rules(kind: &Kind) -> Rules {
    Rules { empty: empty(kind), reset: FieldSet::new(), most_updaters: usize::MAX }
}

fn empty(kind: &Kind) -> Json {
    json!({"apiVersion": kind.gvk.api_version(), "kind": kind.gvk.kind})
}

fn run(kind: &Kind, live: &Json, step: &Json) -> Result<Json, MergeError> {
    let write =
        Write { manager: step["manager"].as_str().unwrap(), subresource: None, now: "2026-01-01T00:00:00Z" };
    let object = &step["object"];
    match step["verb"].as_str() {
        Some("apply") => {
            apply_raw(kind, Some(live), object, step["force"] == json!(true), &write, &rules(kind))
        }
        _ => {
            let mut object = object.clone();
            let fields = live.pointer("/metadata/managedFields").cloned();
            if let (Some(fields), Some(map)) = (fields, object.as_object_mut()) {
                let metadata = map.entry("metadata").or_insert_with(|| json!({}));
                metadata.as_object_mut().unwrap().insert("managedFields".into(), fields);
            }
            update_raw(kind, Some(live), &object, &write, &rules(kind))
        }
    }
}

fn steps(random: &mut Random) -> Case {
    let kind = if random.percent(80) { random.kind(KINDS) } else { random.any_kind() };
    let density = *random.pick(&[15, 30, 45]);
    let nulls = random.percent(50);
    let universe = random.object(kind, density, nulls);
    let ty = kind.root.get();
    let mut live = empty(kind);
    let mut steps = Vec::new();
    for _ in 0..2 + random.below(4) {
        let manager = *random.pick(MANAGERS);
        let step = if random.percent(70) {
            let keep = *random.pick(&[60, 85, 95]);
            let object = random.part(ty, &universe, keep);
            json!({"verb": "apply", "manager": manager, "force": random.percent(40), "object": object})
        } else {
            let mut bare = live.clone();
            if let Some(metadata) = bare.get_mut("metadata").and_then(Json::as_object_mut) {
                metadata.remove("managedFields");
            }
            let from = if random.percent(60) { &bare } else { &universe };
            let keep = *random.pick(&[90, 98]);
            let object = random.part(ty, from, keep);
            json!({"verb": "update", "manager": manager, "object": object})
        };
        if let Ok(next) = run(kind, &live, &step) {
            live = next;
        }
        steps.push(step);
    }
    Case { request: json!({"op": "ssa", "gvk": gvk(kind), "steps": steps}) }
}

/// The owners, without times and order.
fn owners(fields: &Json) -> BTreeSet<String> {
    let entries = fields.as_array().into_iter().flatten();
    let timeless = entries.map(|entry| {
        let mut map: Map<String, Json> = entry.as_object().unwrap().clone();
        map.remove("time");
        Json::Object(map).to_string()
    });
    timeless.collect()
}

fn check(request: &Json, answer: &Json) -> Result<(), String> {
    let kind = kind(&serde_json::from_value(request["gvk"].clone()).unwrap()).unwrap();
    let mut live = empty(kind);
    for (i, step) in request["steps"].as_array().unwrap().iter().enumerate() {
        let theirs = answer["steps"].get(i).ok_or("no answer")?;
        let ours = run(kind, &live, step);
        let (ok, conflicts) = match &ours {
            Ok(_) => (true, BTreeSet::new()),
            Err(MergeError::Conflicts(c)) => {
                let named = c.iter().map(|c| (c.manager.clone(), c.path.server_form()));
                (false, named.collect())
            }
            Err(_) => (false, BTreeSet::new()),
        };
        let named = theirs["conflicts"].as_array().into_iter().flatten();
        let text = |v: &Json| v.as_str().unwrap().to_owned();
        let their_conflicts: BTreeSet<_> = named.map(|c| (text(&c["manager"]), text(&c["path"]))).collect();
        if theirs["ok"] != json!(ok) || conflicts != their_conflicts {
            return Err(format!("step {i}: theirs {theirs}, ours {ok} {conflicts:?} {:?}", ours.err()));
        }
        if let Ok(next) = ours {
            live = next;
        }
    }
    let ours = owners(live.pointer("/metadata/managedFields").unwrap_or(&Json::Null));
    let theirs = owners(&answer["managedFields"]);
    if ours != theirs {
        let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| {
            a.difference(b).cloned().collect::<Vec<_>>().join("\n  ")
        };
        return Err(format!(
            "only ours\n  {}\nonly theirs\n  {}",
            only(&ours, &theirs),
            only(&theirs, &ours)
        ));
    }
    if let Some(metadata) = live.get_mut("metadata").and_then(Json::as_object_mut) {
        metadata.remove("managedFields");
    }
    let (ours, theirs) = (without_empty_metadata(&live), without_empty_metadata(&answer["live"]));
    match crate::equal(&ours, &theirs) {
        true => Ok(()),
        false => Err(format!("live ours   {ours}\nlive theirs {theirs}")),
    }
}

/// Taking managedFields out leaves `metadata: {}` where there was nothing else.
fn without_empty_metadata(object: &Json) -> Json {
    let mut object = plain(object);
    if object.get("metadata").and_then(Json::as_object).is_some_and(Map::is_empty) {
        object.as_object_mut().unwrap().remove("metadata");
    }
    object
}

#[test]
fn applies_and_updates_end_as_on_the_api_server() {
    agree("writes", steps, check);
}
