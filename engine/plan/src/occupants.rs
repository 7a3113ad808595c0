//! What a namespace that would be deleted still holds: the server deletes it with everything in it.
//!
//! Knows what to ask and whom the answers speak against; what goes anyway is the plan's.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::{Diagnostic, Gvk, ObjectId, Report};
use serde_json::Value as Json;

use crate::change::Consequence;
use crate::plan::{Action, Operation};
use crate::request::Contents;
use crate::world::{Identity, World, id_of, identity, is_terminating};

/// Types by group and kind whose objects come and go by themselves or mirror others: nobody loses them.
pub const PASSING: &[(&str, &str)] = &[
    ("", "Endpoints"),
    ("", "Event"),
    ("apps", "ControllerRevision"),
    ("coordination.k8s.io", "Lease"),
    ("discovery.k8s.io", "EndpointSlice"),
    ("events.k8s.io", "Event"),
    ("metrics.k8s.io", "PodMetrics"),
];

/// How many objects a finding names.
const NAMED: usize = 10;

fn is_namespace(id: &ObjectId) -> bool {
    id.gvk.group.is_empty() && id.gvk.kind == "Namespace"
}

/// The namespaces that the plan may delete, sorted.
pub(crate) fn leaving(world: &World<'_>) -> BTreeSet<String> {
    let held = world.recorded.values().filter(|(address, _)| world.scope.holds(address));
    let recorded = held.map(|(_, resource)| resource.id.clone());
    let listed = world.ours.values().filter(|_| world.input.options.delete_unrecorded);
    let all = recorded.chain(listed.map(|object| object.id().clone()));
    all.filter(|id| is_namespace(id) && !world.wanted.contains(&identity(id))).map(|id| id.name).collect()
}

/// Refuses deletes of namespaces with something in them that the plan does not delete itself.
pub(crate) fn refuse(
    operations: &[Operation],
    inside: &BTreeMap<String, Contents>,
    world: &World<'_>,
    report: &mut Report,
) {
    let deleted = || operations.iter().filter(|o| o.action == Action::Delete);
    let going: BTreeSet<Identity> =
        deleted().map(|o| identity(&o.id)).chain(lost_claims(deleted())).collect();
    let uids: BTreeSet<&str> = deleted().filter_map(|o| o.uid.as_deref()).collect();
    for operation in deleted().filter(|o| is_namespace(&o.id)) {
        let Some(contents) = inside.get(&operation.id.name) else { continue };
        let left: Vec<ObjectId> =
            left(contents, &uids).into_iter().filter(|id| !going.contains(&identity(id))).collect();
        if !left.is_empty() {
            report.push(diagnostic(operation, &left, world));
        }
    }
}

/// Everything in a namespace that would be lost with it, sorted: without what the server puts into every
/// namespace, what is being deleted, and what goes with an owner. `deleted` holds the uids of objects that
/// are deleted before the namespace is.
pub fn left(contents: &Contents, deleted: &BTreeSet<&str>) -> Vec<ObjectId> {
    let stays =
        |o: &&Json| !is_terminating(o) && !is_of_the_server(o) && !is_owned(o, deleted, &contents.kinds);
    let left: BTreeSet<ObjectId> = contents.objects.iter().filter(stays).filter_map(id_of).collect();
    left.into_iter().collect()
}

/// Claims that their StatefulSet takes along: the plan names them as lost.
fn lost_claims<'o>(deleted: impl Iterator<Item = &'o Operation>) -> impl Iterator<Item = Identity> {
    deleted.flat_map(|operation| {
        operation.consequences.iter().filter_map(|c| match c {
            Consequence::ClaimLost(name) => Some(identity(&ObjectId {
                gvk: Gvk::new("", "v1", "PersistentVolumeClaim"),
                namespace: operation.id.namespace.clone(),
                name: name.clone(),
            })),
            _ => None,
        })
    })
}

/// What controllers of the cluster put into every namespace, and make again wherever it is deleted: those of
/// Kubernetes, of Istio and of OpenShift.
const IN_EVERY_NAMESPACE: &[(&str, &str)] = &[
    ("ConfigMap", "istio-ca-root-cert"),
    ("ConfigMap", "kube-root-ca.crt"),
    ("ConfigMap", "openshift-service-ca.crt"),
    ("RoleBinding", "system:deployers"),
    ("RoleBinding", "system:image-builders"),
    ("RoleBinding", "system:image-pullers"),
    ("ServiceAccount", "builder"),
    ("ServiceAccount", "default"),
    ("ServiceAccount", "deployer"),
];

/// What the cluster puts into every namespace, and the tokens of its accounts there.
fn is_of_the_server(object: &Json) -> bool {
    let (kind, name) = (object["kind"].as_str(), object["metadata"]["name"].as_str());
    let known = |kind: &str, name: &str| IN_EVERY_NAMESPACE.contains(&(kind, name));
    let account = object["metadata"]["annotations"]["kubernetes.io/service-account.name"].as_str();
    let token = object["type"] == "kubernetes.io/service-account-token";
    kind.zip(name).is_some_and(|(kind, name)| known(kind, name))
        || (token && account.is_some_and(|account| known("ServiceAccount", account)))
}

/// Whether an object goes with its owner: one that is deleted, or one of a type that was asked for. Such
/// an owner speaks for itself, and where it is gone already, the garbage collector takes the object. What
/// an object of an unknown type owns is somebody's.
fn is_owned(object: &Json, deleted: &BTreeSet<&str>, kinds: &BTreeSet<(String, String)>) -> bool {
    let owners = object["metadata"]["ownerReferences"].as_array();
    owners.into_iter().flatten().any(|owner| {
        let kind = Gvk::from_api_version(
            owner["apiVersion"].as_str().unwrap_or_default(),
            owner["kind"].as_str().unwrap_or_default(),
        );
        owner["uid"].as_str().is_some_and(|uid| deleted.contains(uid))
            || kinds.contains(&(kind.group, kind.kind))
    })
}

fn diagnostic(operation: &Operation, left: &[ObjectId], world: &World<'_>) -> Diagnostic {
    let kept = |id: &ObjectId| {
        let claim = id.gvk.group.is_empty() && id.gvk.kind == "PersistentVolumeClaim";
        claim && world.claims.contains_key(&identity(id))
    };
    let named = left.iter().take(NAMED).map(|id| match kept(id) {
        true => format!("{id} (retained)"),
        false => id.to_string(),
    });
    let mut names: Vec<String> = named.collect();
    if left.len() > NAMED {
        names.push(format!("and {} more", left.len() - NAMED));
    }
    Diagnostic::error("namespace-not-empty", "the namespace still holds something")
        .detail(format!(
            "Deleting {} ({}) would delete what this plan does not: {}.",
            operation.address,
            operation.id,
            names.join(", ")
        ))
        .help(format!("delete what may go, or keep the namespace: plimsoll state rm {}", operation.address))
}

/// The finding about a list that did not come.
pub(crate) fn unanswered(namespace: &str, why: &str) -> Diagnostic {
    Diagnostic::error("not-verified", "the cluster did not answer")
        .detail(format!("What namespace {namespace} holds could not be found out: {why}"))
        .help("deleting a namespace needs the right to list what is in it")
}
