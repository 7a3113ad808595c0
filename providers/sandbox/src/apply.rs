//! Server-side apply: the request around the merge, and its refusals in the server's words.

use std::sync::Arc;

use plimsoll_schema::{Json, merge, validate};
use serde_json::json;

use crate::cluster::Cluster;
use crate::decode::{match_name, match_namespace};
use crate::object::{self, set, take};
use crate::request::Call;
use crate::resource::Key;
use crate::status::{Failure, Fault};
use crate::write::Ownership;

/// The field manager, and whether conflicts are overruled.
pub(crate) fn parameters(call: &Call) -> Result<(&str, bool), Failure> {
    let manager = call.parameter("fieldManager");
    if manager.is_empty() {
        let fault = Fault::required("fieldManager", "is required for apply patch");
        return Err(Failure::invalid("meta.k8s.io", "PatchOptions", "", &[fault]));
    }
    Ok((manager, call.flag("force")))
}

/// Applies the body; whether that made the object, and the object.
pub(crate) fn apply(
    cluster: &mut Cluster,
    call: &Call,
    key: &Key,
    subresource: Option<&str>,
) -> Result<(bool, Arc<Json>), Failure> {
    let resource = key.resource;
    let kind = resource.kind();
    let (manager, force) = parameters(call)?;
    let applied = call.object(&kind.gvk.api_version(), &kind.gvk.kind)?;
    let namespace = resource.namespaced().then_some(key.namespace.as_str());
    let live = cluster.get(key);
    if live.is_none() && subresource.is_some() {
        return Err(resource.not_found(&key.name));
    }
    let now = cluster.time();
    let write = merge::Write { manager, subresource, now: &now };
    let mut merged = merge::apply_to(kind, live.as_deref(), &applied, force, &write)
        .map_err(|e| refused(key, &applied, &e))?;
    match_namespace(&mut merged, namespace)?;
    if live.is_none() && !object::uid(&merged).is_empty() {
        let why = format!(
            "uid mismatch: the provided object specified uid {}, and no existing object was found",
            object::uid(&merged)
        );
        return Err(Failure::conflict(resource.group(), resource.plural(), &key.name, &why));
    }
    match_name(&merged, key)?;
    let Some(live) = live else {
        take(&mut merged, &["metadata", "resourceVersion"]);
        return cluster.create(merged, Ownership::Merged).map(|o| (true, o));
    };
    if subresource == Some("status") {
        let (status, managed) =
            (take(&mut merged, &["status"]), take(&mut merged, &["metadata", "managedFields"]));
        let version = object::resource_version(&merged).to_owned();
        merged = (*live).clone();
        object::put(&mut merged, &["metadata", "managedFields"], &managed);
        set(&mut merged, &["metadata", "resourceVersion"], json!(version));
        return cluster.apply_status(&live, merged, status).map(|o| (false, o));
    }
    cluster.update(merged, Ownership::Merged).map(|o| (false, o))
}

pub(crate) fn refused(key: &Key, applied: &Json, error: &merge::MergeError) -> Failure {
    match error {
        merge::MergeError::Conflicts(conflicts) => {
            let list: Vec<_> = conflicts.iter().map(|c| (owner(c), c.path.server_form())).collect();
            Failure::apply_conflict(&list)
        }
        merge::MergeError::Invalid(misfits) => {
            let gvk = &key.resource.kind().gvk;
            let what = format!(
                "{}/{}; {}, Kind={}",
                object::namespace(applied),
                object::name(applied),
                gvk.api_version(),
                gvk.kind
            );
            let list: Vec<_> = misfits.iter().map(server_misfit).collect();
            let list = match list.as_slice() {
                [one] => one.clone(),
                many => format!("errors:\n  {}", many.join("\n  ")),
            };
            Failure::bare(format!("failed to create typed patch object ({what}): {list}"))
        }
        merge::MergeError::ManagedFieldsGiven => Failure::bad_request("metadata.managedFields must be nil"),
    }
}

/// The owner of a field as the server names it: never with a time.
fn owner(conflict: &merge::Conflict) -> String {
    let mut text = format!("{:?}", conflict.manager);
    if let Some(subresource) = &conflict.subresource {
        text += &format!(" with subresource {subresource:?}");
    }
    if conflict.operation == merge::Operation::Update {
        text += &format!(" using {}", conflict.api_version);
    }
    text
}

fn server_misfit(misfit: &validate::Misfit) -> String {
    let path = misfit.path.server_form();
    match &misfit.problem {
        validate::Problem::Unknown => format!("{path}: field not declared in schema"),
        validate::Problem::Type { expected: "integer" | "number", found } => {
            format!("{path}: expected numeric (int or float), got {found}")
        }
        validate::Problem::Type { expected, found } => format!("{path}: expected {expected}, got {found}"),
        validate::Problem::Double => format!("{path}: duplicate entries for key"),
        other => format!("{path}: {other:?}"),
    }
}
