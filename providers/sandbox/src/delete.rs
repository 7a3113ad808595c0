//! Deleting: preconditions, grace, finalizers, what becomes of dependents. The garbage collector does the rest.

use std::sync::Arc;

use plimsoll_schema::Json;
use serde_json::json;

use crate::clock::rfc3339;
use crate::cluster::Cluster;
use crate::controllers::custom;
use crate::object::{self, add_finalizer, at, int, items, remove_finalizer, set, text};
use crate::resource::{Key, Resource};
use crate::status::Failure;
use crate::write::deletable;

/// The finalizer of an object that waits for its dependents.
pub(crate) const FOREGROUND: &str = "foregroundDeletion";
/// The finalizer of an object whose dependents are still to be let go.
pub(crate) const ORPHAN: &str = "orphan";

/// What a delete asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DeleteOptions {
    pub uid: Option<String>,
    pub resource_version: Option<String>,
    pub propagation: Option<String>,
    pub grace: Option<i64>,
    /// Only try.
    pub dry_run: bool,
}

impl DeleteOptions {
    /// From the body of a request.
    ///
    /// # Errors
    /// Where the body is no set of options, or the policy is unknown.
    pub fn parse(body: &Json) -> Result<DeleteOptions, Failure> {
        let kind = body["kind"].as_str().unwrap_or("DeleteOptions");
        if kind != "DeleteOptions" {
            return Err(Failure::bad_request(format!("{kind} cannot be handled as DeleteOptions")));
        }
        let owned = |path: &[&str]| at(body, path).as_str().map(str::to_owned);
        let propagation = owned(&["propagationPolicy"]);
        if let Some(policy) = &propagation
            && !matches!(policy.as_str(), "Background" | "Foreground" | "Orphan")
        {
            return Err(Failure::bad_request(format!(
                "propagationPolicy: Unsupported value: {policy:?}: supported values: \"Background\", \"Foreground\", \"Orphan\""
            )));
        }
        let dry_run = items(body, &["dryRun"]);
        if dry_run.iter().any(|d| d != "All") {
            return Err(Failure::bad_request("dryRun: Unsupported value: supported values: \"All\""));
        }
        Ok(DeleteOptions {
            dry_run: !dry_run.is_empty(),
            uid: owned(&["preconditions", "uid"]),
            resource_version: owned(&["preconditions", "resourceVersion"]),
            propagation,
            grace: int(body, &["gracePeriodSeconds"]),
        })
    }
}

/// How far a delete came.
#[derive(Debug, Clone)]
pub(crate) enum Deleted {
    /// The object is gone; this was its last state.
    Gone(Arc<Json>),
    /// The object waits for something.
    Pending(Arc<Json>),
}

impl Deleted {
    pub fn object(&self) -> &Arc<Json> {
        match self {
            Deleted::Gone(object) | Deleted::Pending(object) => object,
        }
    }
}

impl Cluster {
    /// Begins the deletion of an object, and ends it where nothing holds the object.
    ///
    /// # Errors
    /// Where there is no such object, a precondition fails, or the object may not be deleted.
    pub fn delete(&mut self, key: &Key, options: &DeleteOptions) -> Result<Deleted, Failure> {
        let resource = key.resource;
        let old = self.get(key).ok_or_else(|| resource.not_found(&key.name))?;
        if resource.is("", "Namespace")
            && matches!(key.name.as_str(), "default" | "kube-system" | "kube-public")
        {
            let why = "this namespace may not be deleted";
            return Err(Failure::forbidden(resource.group(), resource.plural(), &key.name, why));
        }
        check_preconditions(resource, &old, options)?;
        let mut new = (*old).clone();
        match options.propagation.as_deref() {
            Some("Foreground") => {
                remove_finalizer(&mut new, ORPHAN);
                add_finalizer(&mut new, FOREGROUND);
            }
            Some("Orphan") => {
                remove_finalizer(&mut new, FOREGROUND);
                add_finalizer(&mut new, ORPHAN);
            }
            _ => {}
        }
        let grace = if resource.is("", "Pod") { pod_grace(&old, options) } else { 0 };
        let shortened =
            int(&old, &["metadata", "deletionGracePeriodSeconds"]).is_none_or(|before| grace < before);
        if !object::terminating(&old) || shortened {
            set(&mut new, &["metadata", "deletionTimestamp"], json!(rfc3339(self.now + grace)));
            set(&mut new, &["metadata", "deletionGracePeriodSeconds"], json!(grace));
        }
        if !object::terminating(&old)
            && let Some(generation) = int(&old, &["metadata", "generation"])
        {
            set(&mut new, &["metadata", "generation"], json!(generation + 1));
        }
        if resource.is("apiextensions.k8s.io", "CustomResourceDefinition") && !object::terminating(&old) {
            custom::begin_deletion(&mut new, &self.time());
        }
        if resource.is("", "Namespace") {
            set(&mut new, &["status", "phase"], json!("Terminating"));
        }
        if deletable(resource, &new) {
            // What goes at once is shown as it was, not as something that waited.
            let last = if object::terminating(&old) { new } else { (*old).clone() };
            return Ok(Deleted::Gone(self.remove(key, last)));
        }
        if new == *old {
            return Ok(Deleted::Pending(old));
        }
        Ok(Deleted::Pending(self.store.put(key.clone(), new)))
    }
}

/// A pod that runs on a node is given time; one that never got there, or has ended, is not.
fn pod_grace(pod: &Json, options: &DeleteOptions) -> i64 {
    let unscheduled = text(pod, &["spec", "nodeName"]).is_empty();
    if unscheduled || matches!(text(pod, &["status", "phase"]), "Succeeded" | "Failed") {
        return 0;
    }
    let own = int(pod, &["spec", "terminationGracePeriodSeconds"]).unwrap_or(30);
    options.grace.unwrap_or(own).max(0)
}

fn check_preconditions(resource: Resource, object: &Json, options: &DeleteOptions) -> Result<(), Failure> {
    // The server names the kind here, not the resource.
    let conflict =
        |why: String| Failure::conflict(resource.group(), resource.name(), object::name(object), &why);
    let (uid, version) = (object::uid(object), object::resource_version(object));
    if let Some(wanted) = options.uid.as_deref().filter(|w| *w != uid) {
        return Err(conflict(format!(
            "the UID in the precondition ({wanted}) does not match the UID in record ({uid}). The object might have been deleted and then recreated"
        )));
    }
    if let Some(wanted) = options.resource_version.as_deref().filter(|w| *w != version) {
        return Err(conflict(format!(
            "the ResourceVersion in the precondition ({wanted}) does not match the ResourceVersion in record ({version}). The object might have been modified"
        )));
    }
    Ok(())
}

/// The answer to a delete: some resources answer with the object, the others with a status.
pub(crate) fn answer(resource: Resource, deleted: &Deleted) -> Json {
    let shows_object = matches!(
        (resource.group(), resource.name()),
        ("", "Namespace" | "PersistentVolume" | "PersistentVolumeClaim" | "Pod" | "PodTemplate")
            | ("", "ResourceQuota" | "Service" | "ServiceAccount")
            | (
                "storage.k8s.io",
                "CSIDriver" | "CSINode" | "StorageClass" | "VolumeAttachment" | "VolumeAttributesClass"
            )
            | ("resource.k8s.io", _)
    );
    let object = deleted.object();
    if shows_object || matches!(deleted, Deleted::Pending(_)) {
        return (**object).clone();
    }
    let mut details =
        json!({"name": object::name(object), "kind": resource.plural(), "uid": object::uid(object)});
    if !resource.group().is_empty() {
        details["group"] = json!(resource.group());
    }
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}
