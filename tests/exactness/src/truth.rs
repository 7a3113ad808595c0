//! The server's own word on what is there: applying the configuration once more would change nothing.
//!
//! The planner proves "unchanged" without asking. Here the server is asked, for every object.

use std::collections::BTreeMap;

use kube::api::{Patch, PatchParams};
use plimsoll_driver::Offline;
use plimsoll_model::Node;
use plimsoll_plan::{Action, Operation, Plan};
use plimsoll_tests::planned::differences;
use plimsoll_tests::promises::forget_what_moves;
use serde_json::Value as Json;

use crate::check::named;
use crate::fields;
use crate::outside::{OURS, api};
use crate::place::Place;
use crate::snapshot::Snapshot;

/// Objects that are not what the configuration says.
pub async fn untrue(
    place: &Place,
    plan: &Plan,
    offline: &Offline,
    after: &Snapshot,
) -> Result<Vec<String>, String> {
    let yielded: BTreeMap<_, _> = plan.operations.iter().map(|o| (&o.address, &o.yielded)).collect();
    let objects = offline.desired.iter().flat_map(|d| &d.objects).filter(|object| {
        // A field that is left to somebody else is not applied; the planner's own checks look at it.
        yielded.get(&object.address).is_none_or(|y| y.is_empty())
    });
    let asked = objects.map(async |object| {
        let Some(live) = after.0.get(&named(&object.id)) else {
            // A job that has ended is not made again, whoever deleted it.
            let ended = |o: &Operation| o.address == object.address && o.action == Action::None;
            if object.id.gvk.kind == "Job" && plan.operations.iter().any(ended) {
                return Ok(None);
            }
            return Ok(Some(format!("{} is declared, and not there", object.address)));
        };
        let mut live = live.clone();
        loop {
            let wanted = known(&object.root, Some(&live));
            let api = api(place, &live);
            let parameters =
                PatchParams { dry_run: true, field_manager: Some(OURS.into()), ..Default::default() };
            let would = match api.patch(&object.id.name, &parameters, &Patch::Apply(&wanted)).await {
                Ok(would) => serde_json::to_value(would).map_err(|e| e.to_string())?,
                Err(e) => {
                    return Ok(Some(format!("{}: applied once more it is refused: {e}", object.address)));
                }
            };
            let Some(what) = otherwise(&live, &would) else { return Ok(None) };
            // A controller (of volumes, of autoscalers) may have written between the look and the question.
            let now = api.get(&object.id.name).await.map_err(|e| e.to_string())?;
            let now = serde_json::to_value(now).map_err(|e| e.to_string())?;
            if now["metadata"]["resourceVersion"] == live["metadata"]["resourceVersion"] {
                return Ok(Some(format!("{}: applied once more it is another one:\n{what}", object.address)));
            }
            live = now;
        }
    });
    let answers: Vec<Result<Option<String>, String>> = futures::future::join_all(asked).await;
    Ok(answers.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// What is wanted; where it is not known, what is there.
fn known(node: &Node, live: Option<&Json>) -> Json {
    match node {
        Node::Leaf(leaf) if leaf.unknown.is_some() => live.cloned().unwrap_or_default(),
        Node::Leaf(leaf) => leaf.value.clone(),
        Node::List(items, _) => Json::Array(
            items.iter().enumerate().map(|(i, n)| known(n, live.and_then(|l| l.get(i)))).collect(),
        ),
        Node::Map(map, _) => {
            let of = |key: &str| live.and_then(|l| l.get(key));
            Json::Object(map.iter().map(|(k, n)| (k.clone(), known(n, of(k)))).collect())
        }
    }
}

/// How an object differs from what it would become, in values or in what we hold.
fn otherwise(live: &Json, would: &Json) -> Option<String> {
    let held = |object: &Json| {
        let all = object["metadata"]["managedFields"].as_array().into_iter().flatten();
        let ours = all.filter(|e| fields::is_of(e, OURS) && e["operation"] == "Apply");
        ours.map(|e| e["fieldsV1"].clone()).collect::<Vec<_>>()
    };
    let (mut a, mut b) = (live.clone(), would.clone());
    // The server's answer to a dry run may leave them out.
    for key in ["apiVersion", "kind"] {
        b[key] = a[key].clone();
    }
    for tree in [&mut a, &mut b] {
        forget_what_moves(tree);
    }
    let mut different = differences(&a, &b, [&Json::Null, &Json::Null]);
    let (was, is) = (held(live), held(would));
    if was != is {
        different.push(format!("our fields: {was:?}, would be {is:?}"));
    }
    (!different.is_empty()).then(|| different.join("\n"))
}
