//! Custom resource definitions: their names are accepted, they are established, and when they go, so does what they
//! declare.

use plimsoll_schema::Json;
use serde_json::json;

use crate::cluster::Cluster;
use crate::delete::DeleteOptions;
use crate::object::{self, at, items, remove_finalizer, set, text};
use crate::resource::{Key, Known, Resource};
use crate::write::Writer;

/// The finalizer of a definition that is being deleted.
pub(crate) const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";
/// The server itself looks after definitions.
const MANAGER: &str = "kube-apiserver";

pub(crate) fn reconcile(cluster: &mut Cluster, known: &Known, key: &Key) {
    let Some(definition) = cluster.get(key) else { return };
    if object::terminating(&definition) {
        return clean_up(cluster, &definition);
    }
    let names = at(&definition, &["spec", "names"]).clone();
    let taken = taken(cluster, known, key, &definition);
    let accepted = match &taken {
        Some(what) => condition("NamesAccepted", false, "KindConflict", &format!("{what} is already in use")),
        None => condition("NamesAccepted", true, "NoConflicts", "no conflicts found"),
    };
    let was = is_established(&definition);
    let established = match (&taken, was) {
        (Some(_), false) => condition("Established", false, "NotAccepted", "not all names are accepted"),
        _ => condition("Established", true, "InitialNamesAccepted", "the initial names have been accepted"),
    };
    let now = cluster.time();
    let before = items(&definition, &["status", "conditions"]).to_vec();
    let mut conditions = before.clone();
    for wanted in [accepted, established] {
        put_condition(&mut conditions, wanted, &now);
    }
    let mut status = at(&definition, &["status"]).clone();
    if !status.is_object() {
        status = json!({});
    }
    status["conditions"] = json!(conditions);
    if taken.is_none() {
        status["acceptedNames"] = names;
    }
    cluster.set_status(key, MANAGER, status);
}

/// Another definition of the group that has the kind already.
fn taken(cluster: &Cluster, known: &Known, key: &Key, definition: &Json) -> Option<String> {
    let (group, kind) = (text(definition, &["spec", "group"]), text(definition, &["spec", "names", "kind"]));
    let mut others = cluster.store.scan(known.definitions, None).filter(|o| object::name(o) != key.name);
    let same = |o: &&std::sync::Arc<Json>| {
        text(o, &["spec", "group"]) == group && text(o, &["status", "acceptedNames", "kind"]) == kind
    };
    others.find(same).map(|_| format!("{kind:?}"))
}

fn is_established(definition: &Json) -> bool {
    let conditions = items(definition, &["status", "conditions"]);
    conditions.iter().any(|c| c["type"] == "Established" && c["status"] == "True")
}

fn condition(ty: &str, holds: bool, reason: &str, message: &str) -> Json {
    let status = if holds { "True" } else { "False" };
    json!({"type": ty, "status": status, "reason": reason, "message": message})
}

/// Sets a condition; its time stays where its status does.
fn put_condition(conditions: &mut Vec<Json>, mut wanted: Json, now: &str) {
    let found = conditions.iter_mut().find(|c| c["type"] == wanted["type"]);
    match found {
        Some(old) => {
            let same = old["status"] == wanted["status"];
            wanted["lastTransitionTime"] = if same { old["lastTransitionTime"].clone() } else { json!(now) };
            *old = wanted;
        }
        None => {
            wanted["lastTransitionTime"] = json!(now);
            conditions.push(wanted);
        }
    }
}

/// Deletes all objects of the type, then lets the definition go.
fn clean_up(cluster: &mut Cluster, definition: &Json) {
    if let Some(resource) = Resource::declared(definition) {
        for content in contents(cluster, resource) {
            if cluster.store.get(&content).is_some_and(|o| !object::terminating(o)) {
                // What is gone meanwhile is what was wanted.
                let _ = cluster.delete(&content, &DeleteOptions::default());
            }
        }
        if !contents(cluster, resource).is_empty() {
            return;
        }
    }
    let mut last = definition.clone();
    remove_finalizer(&mut last, CLEANUP);
    // Nothing refuses to be let go.
    let _ = cluster.update(last, crate::write::Ownership::Record(Writer::named(MANAGER)));
}

fn contents(cluster: &Cluster, resource: Resource) -> Vec<Key> {
    let objects = cluster.store.scan(resource, None);
    objects.map(|o| resource.key(object::namespace(o), object::name(o))).collect()
}

/// The name of the definition that declares a resource.
pub(crate) fn definition_of(resource: Resource) -> String {
    format!("{}.{}", resource.plural(), resource.group())
}

/// What the server fills into a definition.
pub(crate) fn complete(definition: &mut Json) {
    let kind = text(definition, &["spec", "names", "kind"]).to_owned();
    for (name, value) in [("singular", kind.to_lowercase()), ("listKind", format!("{kind}List"))] {
        if text(definition, &["spec", "names", name]).is_empty() {
            set(definition, &["spec", "names", name], json!(value));
        }
    }
    if at(definition, &["spec", "conversion"]).is_null() {
        set(definition, &["spec", "conversion"], json!({"strategy": "None"}));
    }
    let stored = items(definition, &["spec", "versions"]).iter().find(|v| v["storage"] == true);
    let stored = stored.map(|v| v["name"].clone());
    let mut versions = items(definition, &["status", "storedVersions"]).to_vec();
    versions.extend(stored.filter(|v| !items(definition, &["status", "storedVersions"]).contains(v)));
    set(definition, &["status", "storedVersions"], json!(versions));
}

/// What the deletion of a definition begins with.
pub(crate) fn begin_deletion(definition: &mut Json, now: &str) {
    object::add_finalizer(definition, CLEANUP);
    let mut conditions = items(definition, &["status", "conditions"]).to_vec();
    let message = "CustomResource deletion is in progress";
    put_condition(&mut conditions, condition("Terminating", true, "InstanceDeletionPending", message), now);
    set(definition, &["status", "conditions"], json!(conditions));
}
