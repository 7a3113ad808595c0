//! Who takes the requests of an Ingress or a route: a class or a gateway that somebody else runs.
//!
//! The API server takes a name that nothing has, and nothing ever answers. So what changes is looked
//! up, once for each name, and a missing one is a warning.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::{Address, Diagnostic, Gvk, ObjectId, Report, Span};
use serde_json::Value as Json;

use crate::fields;
use crate::request::Request;
use crate::survey::{self, Survey, Touched};
use crate::world::World;

const GATEWAY_API: &str = "gateway.networking.k8s.io";

/// The gateways of the routes that change and that the configuration does not make itself, each with the
/// first route that names it.
fn gateways<'t, 'o>(touched: &'t [Touched<'o>], world: &World<'_>) -> BTreeMap<ObjectId, &'t Touched<'o>> {
    let mut out = BTreeMap::new();
    for route in touched.iter().filter(|t| t.op.id.gvk.group == GATEWAY_API && t.is("HTTPRoute")) {
        let parent = &route.after["spec"]["parentRefs"][0];
        let Some(name) = parent["name"].as_str() else { continue };
        if parent["kind"].as_str().is_some_and(|kind| kind != "Gateway")
            || world.input.observed.missing_kinds.contains(&route.op.id.gvk)
        {
            continue;
        }
        let namespace = parent["namespace"].as_str().map(str::to_string);
        let id = ObjectId {
            gvk: Gvk::new(GATEWAY_API, "v1", "Gateway"),
            namespace: namespace.or_else(|| route.op.id.namespace.clone()),
            name: name.to_string(),
        };
        if !survey::is_made_here(&id, world) {
            out.entry(id).or_insert(route);
        }
    }
    out
}

fn classes() -> Gvk {
    Gvk::new(GATEWAY_API, "v1", "GatewayClass")
}

/// Each gateway, and the classes that gateways may have.
pub(crate) fn questions(touched: &[Touched<'_>], world: &World<'_>) -> Vec<Request> {
    let gateways: Vec<Request> = gateways(touched, world).into_keys().map(Request::Get).collect();
    let classes = (!gateways.is_empty()).then(|| survey::everything(classes(), None));
    gateways.into_iter().chain(classes).collect()
}

/// Tells which gateways are missing, and which classes of them.
pub(crate) fn check(touched: &[Touched<'_>], survey: &Survey, world: &World<'_>, report: &mut Report) {
    let mut told = BTreeSet::new();
    for (id, route) in gateways(touched, world) {
        let absent = match survey.object(&id) {
            None => continue,
            Some(None) => Some(id),
            Some(Some(gateway)) => class_of(gateway).filter(|class| {
                let there = survey.list(classes(), None);
                let known = |c: &Json| c["metadata"]["name"] == class.name.as_str();
                !survey::is_made_here(class, world) && there.is_some_and(|there| !there.iter().any(known))
            }),
        };
        if let Some(absent) = absent.filter(|absent| told.insert(absent.clone())) {
            report.push(missing(&absent, &route.op.address, place(route, world)));
        }
    }
}

fn place(route: &Touched<'_>, world: &World<'_>) -> Option<Span> {
    let want = route.want(world)?;
    let path = plimsoll_schema::parse_path("spec.parentRefs[0].name");
    Some(fields::written_at(&want.root, &path).unwrap_or(want.span))
}

/// The class of a gateway, which has to exist as well.
fn class_of(gateway: &Json) -> Option<ObjectId> {
    let name = gateway["spec"]["gatewayClassName"].as_str()?.to_string();
    Some(ObjectId { gvk: classes(), namespace: None, name })
}

/// What is said of one that does not exist, or of a class of ingresses.
pub(crate) fn missing(id: &ObjectId, address: &Address, span: Option<Span>) -> Diagnostic {
    let (plural, all) = match id.gvk.kind.as_str() {
        "Gateway" => ("gateways", " -A"),
        "GatewayClass" => ("gatewayclasses", ""),
        _ => ("ingressclasses", ""),
    };
    Diagnostic::warning("nothing-serves", "nothing takes the requests")
        .detail(format!(
            "The cluster has no {id}, so nobody takes the requests of {address} until there is one."
        ))
        .at_some(span, "named here")
        .help(format!("name one that exists: kubectl get {plural}{all}"))
}
