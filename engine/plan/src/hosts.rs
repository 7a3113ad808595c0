//! Hosts that Ingresses and routes answer for: which ones stop answering, and which ones somebody else claims.

use std::collections::BTreeSet;

use plimsoll_model::{Diagnostic, Gvk, Node, ObjectId, Report, Span};
use serde_json::Value as Json;

use crate::change::Consequence;
use crate::plan::{Action, Operation};
use crate::request::Request;
use crate::survey::{self, Survey, Touched};
use crate::world::{Identity, World, id_of, identity, is_terminating};

const KINDS: &[(&str, &str)] =
    &[("networking.k8s.io", "Ingress"), ("gateway.networking.k8s.io", "HTTPRoute")];

fn has_hosts(id: &ObjectId) -> bool {
    KINDS.contains(&(id.gvk.group.as_str(), id.gvk.kind.as_str()))
}

/// The hosts that an Ingress or a route names.
fn of(object: &Json) -> BTreeSet<String> {
    let rules = object["spec"]["rules"].as_array().into_iter().flatten();
    let named = object["spec"]["hostnames"].as_array().into_iter().flatten();
    rules.map(|rule| &rule["host"]).chain(named).filter_map(Json::as_str).map(str::to_string).collect()
}

/// Whether one of `hosts` answers for a host: the same one, or a wildcard above it.
fn answers(hosts: &BTreeSet<String>, host: &str) -> bool {
    let wild = host.split_once('.').map(|(_, rest)| format!("*.{rest}"));
    hosts.contains(host) || wild.is_some_and(|wild| hosts.contains(&wild))
}

/// Tells the hosts that nothing of ours answers for any more, each at the object that did.
pub(crate) fn stops(operations: &mut [Operation], world: &World<'_>) {
    let moves = |op: &Operation| {
        has_hosts(&op.id) && matches!(op.action, Action::Update | Action::Replace | Action::Delete)
    };
    if !operations.iter().any(moves) {
        return;
    }
    let mut kept: BTreeSet<String> =
        operations.iter().filter(|op| has_hosts(&op.id)).flat_map(|op| of(&world.afterwards(op))).collect();
    // What the plan is not about stays and answers as it does.
    let judged: BTreeSet<Identity> = operations.iter().map(|op| identity(&op.id)).collect();
    let others = world.ours.iter().filter(|(id, object)| has_hosts(object.id()) && !judged.contains(*id));
    let stay = others.map(|(_, object)| object.object()).filter(|object| !is_terminating(object));
    kept.extend(stay.flat_map(|object| of(&object)));
    for op in operations.iter_mut().filter(|op| moves(op)) {
        let gone = of(&op.before.value()).into_iter().filter(|host| !answers(&kept, host));
        op.consequences.extend(gone.map(Consequence::HostStops));
    }
}

/// The hosts that an object did not name before.
fn new(touched: &Touched<'_>) -> BTreeSet<String> {
    match has_hosts(&touched.op.id) {
        true => of(&touched.after).difference(&of(&touched.before)).cloned().collect(),
        false => BTreeSet::new(),
    }
}

/// All Ingresses of the cluster, or all routes, where an object of that kind gets a host.
pub(crate) fn questions(touched: &[Touched<'_>], _: &World<'_>) -> Vec<Request> {
    let kinds: BTreeSet<&Gvk> = touched.iter().filter(|t| !new(t).is_empty()).map(|t| &t.op.id.gvk).collect();
    kinds.into_iter().map(|gvk| survey::everything(gvk.clone(), None)).collect()
}

/// Tells which new hosts somebody else claims.
pub(crate) fn check(touched: &[Touched<'_>], survey: &Survey, world: &World<'_>, report: &mut Report) {
    for touched in touched {
        let Some(there) = survey.list(touched.op.id.gvk.clone(), None) else { continue };
        for host in new(touched) {
            let claims = |other: &&Json| {
                let own = id_of(other).is_none_or(|id| world.wanted.contains(&identity(&id)));
                !own && !world.is_going_away(other)
                    && meet(&touched.after, other)
                    && of(other).contains(&host)
            };
            let others: Vec<String> =
                there.iter().filter(claims).filter_map(id_of).map(|id| id.to_string()).collect();
            if !others.is_empty() {
                report.push(claimed(touched, &host, &others, world));
            }
        }
    }
}

/// Who takes the requests of an object: a class, or gateways with their namespaces; empty where the cluster's
/// default does.
fn served_by(object: &Json) -> BTreeSet<(String, String)> {
    let class = object["spec"]["ingressClassName"].as_str();
    let own = object["metadata"]["namespace"].as_str().unwrap_or_default();
    let gateways = object["spec"]["parentRefs"].as_array().into_iter().flatten();
    let gateways = gateways.filter_map(|parent| {
        let namespace = parent["namespace"].as_str().unwrap_or(own);
        Some((namespace.to_string(), parent["name"].as_str()?.to_string()))
    });
    class.map(|class| (String::new(), class.to_string())).into_iter().chain(gateways).collect()
}

/// Whether the same controller may take the requests of both: one that names none may be anybody's.
fn meet(one: &Json, other: &Json) -> bool {
    let (one, other) = (served_by(one), served_by(other));
    one.is_empty() || other.is_empty() || !one.is_disjoint(&other)
}

fn claimed(touched: &Touched<'_>, host: &str, others: &[String], world: &World<'_>) -> Diagnostic {
    let want = touched.want(world);
    let place = want.map(|want| written(&want.root, host).unwrap_or(want.span));
    let claim = if others.len() == 1 { "claims" } else { "claim" };
    Diagnostic::warning("host-claimed", "somebody else claims the host")
        .detail(format!(
            "{} is to answer for {host}, which {} {claim} already. Whose paths win is up to the controller.",
            touched.name(),
            others.join(", ")
        ))
        .at_some(place, "this host")
        .help("give it another host, or take it away there first")
}

/// Where a host is written.
fn written(root: &Node, host: &str) -> Option<Span> {
    let spec = root.get("spec")?;
    let items = |name: &str| match spec.get(name) {
        Some(Node::List(items, _)) => items.as_slice(),
        _ => &[],
    };
    let hosts = items("rules").iter().filter_map(|rule| rule.get("host")).chain(items("hostnames"));
    let found = hosts.into_iter().find(|node| node.as_str() == Some(host))?;
    found.origin().shown()
}
