//! The `scale` subresource: a `Scale` made from an object, and written back into it.

use plimsoll_schema::Json;
use serde_json::json;

use crate::object::{self, at, int, set};
use crate::resource::Resource;
use crate::selector;
use crate::status::{Failure, Fault};

/// The `Scale` of an object.
pub(crate) fn of(object: &Json) -> Json {
    let mut metadata = json!({
        "name": object::name(object), "namespace": object::namespace(object), "uid": object::uid(object),
    });
    for field in ["resourceVersion", "creationTimestamp"] {
        object::put(&mut metadata, &[field], at(object, &["metadata", field]));
    }
    let mut status = json!({"replicas": int(object, &["status", "replicas"]).unwrap_or_default()});
    let text = selector::text(at(object, &["spec", "selector"]));
    if !text.is_empty() {
        status["selector"] = json!(text);
    }
    json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
        "spec": {"replicas": int(object, &["spec", "replicas"]).unwrap_or_default()}, "status": status,
    })
}

/// The object with the replicas, uid and version of a `Scale`.
///
/// # Errors
/// Where the replicas are negative.
pub(crate) fn into(resource: Resource, object: &Json, scale: &Json) -> Result<Json, Failure> {
    let replicas = int(scale, &["spec", "replicas"]).unwrap_or_default();
    if replicas < 0 {
        let fault = Fault::invalid("spec.replicas", &json!(replicas), "must be greater than or equal to 0");
        return Err(Failure::invalid("autoscaling", "Scale", object::name(object), &[fault]));
    }
    let uid = object::uid(scale);
    if !uid.is_empty() && uid != object::uid(object) {
        let why = format!(
            "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
            object::uid(object)
        );
        return Err(Failure::conflict(resource.group(), resource.plural(), object::name(object), &why));
    }
    let mut new = object.clone();
    set(&mut new, &["spec", "replicas"], json!(replicas));
    let version = object::resource_version(scale);
    if !version.is_empty() {
        set(&mut new, &["metadata", "resourceVersion"], json!(version));
    }
    Ok(new)
}
