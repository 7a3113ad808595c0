//! Whether some node can hold a pod of a workload at all.
//!
//! A warning, never a refusal: that nodes can be added, by a person or by an autoscaler, is nothing that the
//! API tells. What other pods take up is not counted; it changes.

use std::collections::BTreeSet;

use plimsoll_model::{Diagnostic, Gvk, Report};
use plimsoll_schema::Quantity;
use serde_json::Value as Json;

use crate::pod_size::{self, Amounts, Side};
use crate::request::Request;
use crate::survey::{self, Survey, Touched};
use crate::world::World;

pub(crate) fn gvk() -> Gvk {
    Gvk::new("", "v1", "Node")
}

/// The labels that a pod wants its node to have.
fn labels(template: &Json) -> Vec<(&str, &str)> {
    let selector = template["spec"]["nodeSelector"].as_object().into_iter().flatten();
    selector.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect()
}

/// Whether a node has all of some labels.
fn has(node: &Json, labels: &[(&str, &str)]) -> bool {
    labels.iter().all(|(name, value)| node["metadata"]["labels"][*name].as_str() == Some(*value))
}

/// What a pod asks of a node that it did not ask before: amounts, and labels.
fn asks<'t>(touched: &'t Touched<'_>) -> Option<(Amounts, Vec<(&'t str, &'t str)>)> {
    if !touched.starts_pods() {
        return None;
    }
    let of = |template: &'t Json| (pod_size::of(template, Side::Requests), labels(template));
    let asked = of(touched.template());
    let (amounts, labels) = &asked;
    if amounts.is_empty() && labels.is_empty() {
        return None;
    }
    // The pods of before found a node with the same wishes: nothing is listed for a new image.
    let same = |before: (Amounts, Vec<(&str, &str)>)| {
        let same_amount = |(name, amount): (&String, &Quantity)| {
            before.0.get(name).is_some_and(|before| before.same_value(amount))
        };
        before.1 == *labels && before.0.len() == amounts.len() && amounts.iter().all(same_amount)
    };
    let is_new = touched.before.is_null() || !same(of(survey::template(&touched.before)));
    is_new.then_some(asked)
}

/// Whether the scheduler may put a pod onto a node: it is not closed, the pod tolerates its taints, and it has the
/// labels that the pod wants. How much room is left there is not asked.
pub(crate) fn takes(node: &Json, template: &Json) -> bool {
    let tolerations = template["spec"]["tolerations"].as_array().map_or(&[][..], Vec::as_slice);
    let taints = node["spec"]["taints"].as_array().into_iter().flatten();
    let mut repelling = taints.filter(|t| t["effect"] == "NoSchedule" || t["effect"] == "NoExecute");
    node["spec"]["unschedulable"] != true
        && has(node, &labels(template))
        && repelling.all(|taint| tolerations.iter().any(|toleration| tolerates(toleration, taint)))
}

/// Whether a toleration is about a taint: an empty key or effect is any, and `Exists` takes every value.
fn tolerates(toleration: &Json, taint: &Json) -> bool {
    let text = |object: &'_ Json, name: &str| object[name].as_str().unwrap_or_default().to_string();
    let any_or_same =
        |name: &str| text(toleration, name).is_empty() || text(toleration, name) == text(taint, name);
    any_or_same("effect")
        && any_or_same("key")
        && (toleration["operator"] == "Exists" || text(toleration, "value") == text(taint, "value"))
}

/// All nodes, where pods start that ask something of them.
pub(crate) fn questions(touched: &[Touched<'_>], _: &World<'_>) -> Vec<Request> {
    let any = touched.iter().any(|t| asks(t).is_some());
    any.then(|| survey::everything(gvk(), None)).into_iter().collect()
}

/// Tells which pods no node can hold, and what is missing.
pub(crate) fn check(touched: &[Touched<'_>], survey: &Survey, world: &World<'_>, report: &mut Report) {
    // A cluster without any node is one that nobody looked at, or that makes them when they are needed.
    let Some(nodes) = survey.list(gvk(), None).filter(|nodes| !nodes.is_empty()) else { return };
    let held: Vec<(&Json, Amounts)> =
        nodes.iter().map(|node| (node, pod_size::read(&node["status"]["allocatable"]))).collect();
    for touched in touched {
        let Some((amounts, labels)) = asks(touched) else { continue };
        let fitting: Vec<&Amounts> =
            held.iter().filter(|(node, _)| has(node, &labels)).map(|(_, a)| a).collect();
        let lacks = |node: &Amounts| -> BTreeSet<&String> {
            let short = |(name, asked): &(&String, &Quantity)| {
                node.get(*name).map_or(!asked.same_value(&asked.times(0)), |there| there.less_than(asked))
            };
            amounts.iter().filter(short).map(|(name, _)| name).collect()
        };
        let why = if fitting.is_empty() {
            let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("a pod goes to a node with {}, and none has that", labels.join(", "))
        } else {
            let short: Vec<BTreeSet<&String>> = fitting.iter().map(|node| lacks(node)).collect();
            if short.iter().any(BTreeSet::is_empty) {
                continue;
            }
            let names: BTreeSet<&String> = short.into_iter().flatten().collect();
            let told = |amount: &dyn Fn(&str) -> Option<String>| -> String {
                let told = names.iter().map(|name| match amount(name) {
                    Some(amount) => format!("{name} {amount}"),
                    None => format!("no {name}"),
                });
                told.collect::<Vec<_>>().join(", ")
            };
            let asked = told(&|name| amounts.get(name).map(Quantity::canonical));
            let most = |name: &str| fitting.iter().filter_map(|node| node.get(name)).reduce(larger);
            let most = told(&|name| most(name).map(Quantity::canonical));
            format!("a pod asks for {asked}, and no node has that much; the most on one is {most}")
        };
        report.push(
            Diagnostic::warning("no-node-holds", "no node of today can hold a pod")
                .detail(format!(
                    "{}: {why} (of {} nodes). The pods wait until a node is added that can.",
                    touched.name(),
                    nodes.len()
                ))
                .at_some(touched.want(world).map(|want| want.span), "its pods")
                .help("ask for less, or see that such a node is added"),
        );
    }
}

fn larger<'q>(one: &'q Quantity, other: &'q Quantity) -> &'q Quantity {
    if one.less_than(other) { other } else { one }
}
