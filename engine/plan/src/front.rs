//! Who takes the requests of an Ingress or a route: a class or a gateway that somebody else runs.
//!
//! The API server takes a name that nothing has, and nothing ever answers. So what changes is looked
//! up, once for each name, and a missing one is a warning. Who may not read it hears nothing: a look
//! that is not allowed says nothing about the application.

use std::collections::BTreeMap;

use plimsoll_model::{Address, DesiredObject, Diagnostic, Gvk, Node, ObjectId, Span};
use serde_json::Value as Json;

use crate::world::{World, identity};

const GATEWAY_API: &str = "gateway.networking.k8s.io";

/// A block that wants to be served, and where it says by whom.
#[derive(Debug, Clone)]
pub(crate) struct Asks {
    address: Address,
    span: Span,
}

/// What serves the objects and is not part of the configuration, each with the first that asks for it.
pub(crate) fn needed<'w>(
    objects: impl Iterator<Item = &'w DesiredObject>,
    world: &World<'_>,
) -> BTreeMap<ObjectId, Asks> {
    let mut out = BTreeMap::new();
    for object in objects {
        let Some((id, span)) = named_by(object) else { continue };
        let missing = &world.input.observed.missing_kinds;
        if !world.wanted.contains(&identity(&id)) && !missing.contains(&object.id.gvk) {
            out.entry(id)
                .or_insert(Asks { address: object.address.clone(), span: span.unwrap_or(object.span) });
        }
    }
    out
}

fn named_by(object: &DesiredObject) -> Option<(ObjectId, Option<Span>)> {
    let spec = object.root.get("spec")?;
    match (object.id.gvk.group.as_str(), object.id.gvk.kind.as_str()) {
        ("networking.k8s.io", "Ingress") => {
            let class = spec.get("ingressClassName")?;
            let gvk = Gvk::new("networking.k8s.io", "v1", "IngressClass");
            let id = ObjectId { gvk, namespace: None, name: class.as_str()?.to_string() };
            Some((id, class.origin().shown()))
        }
        (GATEWAY_API, "HTTPRoute") => {
            let Node::List(parents, _) = spec.get("parentRefs")? else { return None };
            let parent = parents.first()?;
            if parent.get("kind").is_some_and(|kind| kind.as_str() != Some("Gateway")) {
                return None;
            }
            let name = parent.get("name")?;
            let namespace = parent.get("namespace").and_then(Node::as_str).map(str::to_string);
            let id = ObjectId {
                gvk: Gvk::new(GATEWAY_API, "v1", "Gateway"),
                namespace: namespace.or_else(|| object.id.namespace.clone()),
                name: name.as_str()?.to_string(),
            };
            Some((id, name.origin().shown()))
        }
        _ => None,
    }
}

/// The class of a gateway, which has to exist as well.
pub(crate) fn class_of(gateway: &Json) -> Option<ObjectId> {
    if gateway["kind"] != "Gateway" {
        return None;
    }
    let name = gateway["spec"]["gatewayClassName"].as_str()?.to_string();
    Some(ObjectId { gvk: Gvk::new(GATEWAY_API, "v1", "GatewayClass"), namespace: None, name })
}

/// What is said of one that does not exist.
pub(crate) fn missing(id: &ObjectId, asks: &Asks) -> Diagnostic {
    let (plural, all) = match id.gvk.kind.as_str() {
        "Gateway" => ("gateways", " -A"),
        "GatewayClass" => ("gatewayclasses", ""),
        _ => ("ingressclasses", ""),
    };
    Diagnostic::warning("nothing-serves", "nothing takes the requests")
        .detail(format!(
            "The cluster has no {id}, so nobody takes the requests of {} until there is one.",
            asks.address
        ))
        .at(asks.span, "named here")
        .help(format!("name one that exists: kubectl get {plural}{all}"))
}
