//! How objects come into the store: metadata of the system, defaults, admission, checks, ownership of fields.
//!
//! Requests and controllers write through the same functions, so that a pod made by a ReplicaSet is as complete as
//! one that was posted.

use std::sync::Arc;

use plimsoll_schema::{Json, Shape, TypeRef, canonical, immutable, merge};
use serde_json::json;

use crate::cluster::Cluster;
use crate::object::{self, at, put, set, take, text};
use crate::resource::{Key, Resource};
use crate::status::{Failure, Fault};
use crate::{admission, generation, validate};

/// Who writes an object, as managedFields name it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Writer<'a> {
    pub manager: &'a str,
    pub subresource: Option<&'a str>,
}

impl<'a> Writer<'a> {
    /// A writer of the object itself.
    pub fn named(manager: &'a str) -> Writer<'a> {
        Writer { manager, subresource: None }
    }

    /// A writer of the status.
    pub fn of_status(manager: &'a str) -> Writer<'a> {
        Writer { manager, subresource: Some("status") }
    }
}

/// Whether managedFields are still to be recorded for the writer, or are already part of the object.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ownership<'a> {
    /// A plain write.
    Record(Writer<'a>),
    /// A server-side apply: the merge has recorded it.
    Merged,
}

impl Cluster {
    /// Stores a new object.
    ///
    /// # Errors
    /// As a real server refuses it.
    pub fn create(&mut self, object: Json, ownership: Ownership<'_>) -> Result<Arc<Json>, Failure> {
        self.create_object(object, ownership, false)
    }

    /// Stores a new object of a controller.
    ///
    /// # Errors
    /// As a real server refuses it.
    pub fn create_as(&mut self, object: Json, manager: &str) -> Result<Arc<Json>, Failure> {
        self.create_object(object, Ownership::Record(Writer::named(manager)), false)
    }

    /// Stores a new object and keeps the status that it comes with.
    ///
    /// # Errors
    /// As a real server refuses it.
    pub fn create_with_status(&mut self, object: Json, writer: &Writer<'_>) -> Result<Arc<Json>, Failure> {
        self.create_object(object, Ownership::Record(*writer), true)
    }

    fn create_object(
        &mut self,
        mut object: Json,
        ownership: Ownership<'_>,
        keep_status: bool,
    ) -> Result<Arc<Json>, Failure> {
        let resource = self.store.resource_of(&object).ok_or_else(Failure::no_such_path)?;
        let kind = resource.kind();
        admission::namespace(self, resource, &object)?;
        self.generate_name(&mut object);
        let status = take(&mut object, &["status"]);
        if keep_status || !resource.has_subresource("status") {
            put(&mut object, &["status"], &status);
        }
        let mut object = canonical::canonical(kind, &object);
        if let Ownership::Record(writer) = ownership {
            object = merge::update(kind, None, &object, writer.manager, writer.subresource, &self.time());
        }
        let key = resource.key(object::namespace(&object), object::name(&object));
        self.system_metadata(&key, &mut object);
        let shows_status = resource.has_subresource("status") && !resource.is_declared();
        if at(&object, &["status"]).is_null() && shows_status {
            put(&mut object, &["status"], &initial_status(resource));
        }
        admission::create(self, resource, &mut object)?;
        let faults = validate::object(resource, &object);
        if !faults.is_empty() {
            return Err(Failure::invalid(resource.group(), resource.name(), &key.name, &faults));
        }
        if self.store.get(&key).is_some() {
            return Err(Failure::already_exists(resource.group(), resource.plural(), &key.name));
        }
        Ok(self.store.put(key, object))
    }

    fn generate_name(&self, object: &mut Json) {
        let prefix = text(object, &["metadata", "generateName"]).to_owned();
        if object::name(object).is_empty() && !prefix.is_empty() {
            let short: String = prefix.chars().take(58).collect();
            let name = format!("{short}{}", self.suffix(&prefix));
            set(object, &["metadata", "name"], json!(name));
        }
    }

    /// What only the server decides about a new object.
    fn system_metadata(&self, key: &Key, object: &mut Json) {
        for field in
            ["deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion", "selfLink", "generation"]
        {
            take(object, &["metadata", field]);
        }
        set(object, &["metadata", "uid"], json!(self.uid(key)));
        set(object, &["metadata", "creationTimestamp"], json!(self.time()));
        if key.resource.namespaced() {
            set(object, &["metadata", "namespace"], json!(key.namespace));
        }
        if generation::counted(key.resource) {
            set(object, &["metadata", "generation"], json!(1));
        }
    }

    /// Stores a new state of an existing object; without a change nothing is written. An object whose deletion
    /// waited for nothing but the finalizers that the new state lacks is removed.
    ///
    /// # Errors
    /// As a real server refuses it.
    pub fn update(&mut self, new: Json, ownership: Ownership<'_>) -> Result<Arc<Json>, Failure> {
        let key = self.store.key_of(&new).ok_or_else(Failure::no_such_path)?;
        let old = self.get(&key).ok_or_else(|| key.resource.not_found(&key.name))?;
        let (resource, kind) = (key.resource, key.resource.kind());
        let writer = match ownership {
            Ownership::Record(writer) => Some(writer),
            Ownership::Merged => None,
        };
        let mut new = new;
        let given = object::resource_version(&new);
        if !given.is_empty() && given != "0" && given != object::resource_version(&old) {
            return Err(Failure::stale(resource.group(), resource.plural(), &key.name));
        }
        keep_what_no_writer_changes(resource, &old, &mut new, writer.and_then(|w| w.subresource));
        let mut new = canonical::canonical(kind, &new);
        if let Some(writer) = writer {
            new = merge::update(kind, Some(&old), &new, writer.manager, writer.subresource, &self.time());
            if writer.subresource == Some("scale") {
                without_time(&mut new, writer.manager);
            }
        }
        admission::update(self, resource, &old, &mut new)?;
        if writer.is_none_or(|w| w.subresource != Some("status")) {
            generation::count(resource, &old, &mut new);
        }
        self.check_update(&key, &old, &new)?;
        let new = merge::settle(&old, new);
        if new == *old {
            return Ok(old);
        }
        if object::terminating(&new) && deletable(resource, &new) {
            return Ok(self.remove(&key, new));
        }
        Ok(self.store.put(key, new))
    }

    fn check_update(&self, key: &Key, old: &Json, new: &Json) -> Result<(), Failure> {
        let resource = key.resource;
        let mut faults = Vec::new();
        if object::uid(new) != object::uid(old) {
            // Checked for all kinds, and once more for each: so it is said twice.
            let fault = Fault::invalid("metadata.uid", at(new, &["metadata", "uid"]), "field is immutable");
            faults.extend([fault.clone(), fault]);
        }
        // The checks below look at what is desired; a status or a version is no part of that.
        if generation::same_desire(old, new) && old["metadata"]["labels"] == new["metadata"]["labels"] {
            return match faults.is_empty() {
                true => Ok(()),
                false => Err(Failure::invalid(resource.group(), resource.name(), &key.name, &faults)),
            };
        }
        for change in immutable::changes(&resource.kind().gvk, old, new) {
            let path = change.path.to_string();
            // A claim gets its volume once, from the controller or by hand.
            if path == "spec.volumeName" && text(old, &["spec", "volumeName"]).is_empty() {
                continue;
            }
            let fault = if resource.is("", "Service") && path.starts_with("spec.clusterIP") {
                Fault::invalid("spec.clusterIPs[0]", at(new, &["spec", "clusterIPs"]), change.rule)
            } else if change.rule.contains("`immutable`") {
                Fault::forbidden(path, change.rule)
            } else if change.rule.contains("field is immutable") || change.rule.contains("may not change") {
                let value = plimsoll_schema::get(new, &change.path).unwrap_or(&Json::Null);
                Fault::invalid(path, value, change.rule)
            } else {
                Fault::forbidden("spec", change.rule)
            };
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
        faults.extend(validate::object(resource, new));
        match faults.is_empty() {
            true => Ok(()),
            false => Err(Failure::invalid(resource.group(), resource.name(), &key.name, &faults)),
        }
    }

    /// Stores the outcome of a server-side apply through the status: `merged` holds its managedFields.
    ///
    /// # Errors
    /// As a real server refuses it.
    pub fn apply_status(
        &mut self,
        live: &Json,
        mut merged: Json,
        status: Json,
    ) -> Result<Arc<Json>, Failure> {
        let key = self.store.key_of(live).ok_or_else(Failure::no_such_path)?;
        let resource = key.resource;
        if object::resource_version(&merged) != object::resource_version(live) {
            return Err(Failure::stale(resource.group(), resource.plural(), &key.name));
        }
        put(&mut merged, &["status"], &status);
        let merged = merge::settle(live, canonical::canonical(resource.kind(), &merged));
        match self.get(&key) {
            Some(old) if *old == merged => Ok(old),
            _ => Ok(self.store.put(key, merged)),
        }
    }

    /// Changes an object as a controller does. An object that is gone stays gone.
    pub fn modify(&mut self, key: &Key, manager: &str, change: impl FnOnce(&mut Json)) -> Option<Arc<Json>> {
        self.modify_by(key, Writer::named(manager), change)
    }

    /// Writes the status of an object as a controller does.
    pub fn set_status(&mut self, key: &Key, manager: &str, status: Json) -> Option<Arc<Json>> {
        self.modify_by(key, Writer::of_status(manager), |object| set(object, &["status"], status))
    }

    fn modify_by(
        &mut self,
        key: &Key,
        writer: Writer<'_>,
        change: impl FnOnce(&mut Json),
    ) -> Option<Arc<Json>> {
        let old = self.get(key)?;
        let mut object = (*old).clone();
        change(&mut object);
        if object == *old {
            return Some(old);
        }
        self.update(object, Ownership::Record(writer)).ok()
    }

    /// Takes an object out of the store; the garbage collector sees the event.
    pub fn remove(&mut self, key: &Key, last: Json) -> Arc<Json> {
        self.store.remove(key, last)
    }
}

/// An object whose deletion has begun goes when nothing holds it: no finalizer, and for a pod no grace period.
pub(crate) fn deletable(resource: Resource, object: &Json) -> bool {
    let held_by_namespace =
        resource.is("", "Namespace") && !object::items(object, &["spec", "finalizers"]).is_empty();
    let grace = object::int(object, &["metadata", "deletionGracePeriodSeconds"]).unwrap_or_default();
    object::items(object, &["metadata", "finalizers"]).is_empty() && grace == 0 && !held_by_namespace
}

/// The way through a Scale and back loses the time of the entry.
fn without_time(object: &mut Json, manager: &str) {
    for entry in object::list(object, &["metadata", "managedFields"]) {
        if entry["manager"] == manager && entry["subresource"] == "scale" {
            take(entry, &["time"]);
        }
    }
}

/// Restores the fields that no update may touch through this subresource.
fn keep_what_no_writer_changes(resource: Resource, old: &Json, new: &mut Json, subresource: Option<&str>) {
    let has_status = resource.has_subresource("status");
    match subresource {
        Some("status") => {
            let status = take(new, &["status"]);
            let asked = object::resource_version(new).to_owned();
            let managed = at(new, &["metadata", "managedFields"]).clone();
            let annotations = at(new, &["metadata", "annotations"]).clone();
            let uid = object::uid(new).to_owned();
            *new = old.clone();
            put(new, &["status"], &status);
            put(new, &["metadata", "managedFields"], &managed);
            put(new, &["metadata", "annotations"], &annotations);
            if !asked.is_empty() {
                set(new, &["metadata", "resourceVersion"], json!(asked));
            }
            if !uid.is_empty() {
                set(new, &["metadata", "uid"], json!(uid));
            }
        }
        Some("finalize") => {}
        _ if has_status => put(new, &["status"], at(old, &["status"])),
        _ => {}
    }
    if object::uid(new).is_empty() {
        set(new, &["metadata", "uid"], json!(object::uid(old)));
    }
    for field in ["creationTimestamp", "resourceVersion", "generation"] {
        put(new, &["metadata", field], at(old, &["metadata", field]));
    }
    for field in ["deletionTimestamp", "deletionGracePeriodSeconds"] {
        // Deleting is not done by updates; what has begun stays begun.
        put(new, &["metadata", field], at(old, &["metadata", field]));
    }
}

/// The status of an object that no controller has seen yet.
fn initial_status(resource: Resource) -> Json {
    let mut status = match resource.kind().root.get().field("status") {
        Some(field) => empty(field.ty),
        None => return Json::Null,
    };
    match (resource.group(), resource.name()) {
        ("", "Namespace") => status["phase"] = json!("Active"),
        ("", "Pod" | "PersistentVolume" | "PersistentVolumeClaim") => status["phase"] = json!("Pending"),
        _ => {}
    }
    status
}

/// A value of a type that says nothing but what the server never leaves out.
fn empty(ty: TypeRef) -> Json {
    match &ty.get().shape {
        Shape::Struct { fields, .. } => fields
            .iter()
            .filter(|f| f.always)
            .map(|f| (f.name.clone(), f.default.clone().unwrap_or_else(|| empty(f.ty))))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Shape::Int32 | Shape::Int64 | Shape::Number => json!(0),
        _ => Json::Null,
    }
}
