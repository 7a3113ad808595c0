//! What a namespace still holds when it is to be deleted. The API server deletes a namespace with
//! everything in it: what nobody planned to lose keeps the namespace.

use plimsoll_model::{Address, Diagnostic, Gvk, ObjectId};
use plimsoll_plan::observe::LISTED;
use serde_json::Value as Json;

use crate::cluster::Scope;
use crate::error::ClusterError;
use crate::execute::Run;
use crate::locked::id_of;

/// How many objects a finding names.
const NAMED: usize = 10;

/// Everything in the namespace that would be lost with it: of the kinds that hold something of
/// their own, without what the server puts into every namespace and what has an owner.
pub(crate) async fn of(run: &Run<'_>, namespace: &str) -> Result<Vec<ObjectId>, ClusterError> {
    let mut left = Vec::new();
    let kinds = LISTED.iter().filter(|(_, _, _, namespaced)| *namespaced).map(|(g, v, k, _)| (*g, *v, *k));
    for (group, version, kind) in kinds.chain([("", "v1", "Pod")]) {
        let scope = Scope {
            gvk: Gvk::new(group, version, kind),
            namespace: Some(namespace.to_string()),
            selector: String::new(),
        };
        match run.retry.idempotent(|| run.session.cluster.list(&scope)).await {
            Ok(listing) => left.extend(listing.items.iter().filter(|o| is_lost(o)).map(id_of)),
            // A cluster without this kind holds none of it.
            Err(e) if e.is_not_found() => {}
            Err(e) => return Err(e),
        }
    }
    left.sort();
    Ok(left)
}

fn is_lost(object: &Json) -> bool {
    let metadata = &object["metadata"];
    let of_the_server = match object["kind"].as_str() {
        Some("ConfigMap") => metadata["name"] == "kube-root-ca.crt",
        Some("ServiceAccount") => metadata["name"] == "default",
        _ => false,
    };
    let owned = metadata["ownerReferences"].as_array().is_some_and(|o| !o.is_empty());
    !of_the_server && !owned && !metadata["deletionTimestamp"].is_string()
}

/// What is said of a namespace that is not empty.
pub(crate) fn diagnostic(address: &Address, namespace: &str, left: &[ObjectId]) -> Diagnostic {
    let mut names: Vec<String> = left.iter().take(NAMED).map(ToString::to_string).collect();
    if left.len() > NAMED {
        names.push(format!("and {} more", left.len() - NAMED));
    }
    Diagnostic::error("namespace-not-empty", "the namespace still holds something")
        .detail(format!(
            "Deleting Namespace {namespace} would delete what this configuration did not make or keeps: {}.",
            names.join(", ")
        ))
        .help(format!("delete what may go, or keep the namespace: plimsoll state rm {address}"))
}
