//! Garbage collection by `ownerReferences`: background, foreground, orphan.

use plimsoll_model::Gvk;
use plimsoll_schema::Json;

use crate::cluster::Cluster;
use crate::controllers::MANAGER;
use crate::delete::{DeleteOptions, FOREGROUND, ORPHAN};
use crate::object::{self, items, list, remove_finalizer, take};
use crate::resource::Key;

fn options(policy: &str) -> DeleteOptions {
    DeleteOptions { propagation: Some(policy.to_owned()), ..DeleteOptions::default() }
}

/// Lets go of, or deletes, what depended on an owner that is gone.
pub(crate) fn bereave(cluster: &mut Cluster, uid: &str) {
    for key in cluster.store.dependents(uid) {
        release_or_delete(cluster, &key);
    }
}

/// An object whose owners are all gone is deleted; references to owners that are gone are taken away.
fn release_or_delete(cluster: &mut Cluster, key: &Key) {
    let Some(object) = cluster.get(key) else { return };
    let references = items(&object, &["metadata", "ownerReferences"]);
    let (kept, gone): (Vec<&Json>, Vec<&Json>) =
        references.iter().partition(|r| owner_exists(cluster, key, r));
    if gone.is_empty() {
        return;
    }
    if kept.is_empty() {
        if !object::terminating(&object) {
            // Gone already, or about to be: both are what is wanted.
            let _ = cluster.delete(key, &options("Background"));
        }
        return;
    }
    let gone: Vec<Json> = gone.into_iter().cloned().collect();
    cluster.modify(key, MANAGER, |o| list(o, &["metadata", "ownerReferences"]).retain(|r| !gone.contains(r)));
}

/// The key of the owner that a reference in that namespace means.
pub(crate) fn owner_key(cluster: &Cluster, namespace: &str, reference: &Json) -> Option<Key> {
    let gvk = Gvk::from_api_version(reference["apiVersion"].as_str()?, reference["kind"].as_str()?);
    Some(cluster.store.by_gvk(&gvk)?.key(namespace, reference["name"].as_str()?))
}

/// Owners of kinds that are not served cannot be looked up; they count as there.
fn owner_exists(cluster: &Cluster, dependent: &Key, reference: &Json) -> bool {
    match owner_key(cluster, &dependent.namespace, reference) {
        Some(key) => cluster.store.get(&key).is_some_and(|o| reference["uid"] == object::uid(o)),
        None => true,
    }
}

/// Ends a deletion that waits for dependents, and deletes an object whose owners never were.
pub(crate) fn collect(cluster: &mut Cluster, key: &Key) {
    let Some(object) = cluster.get(key) else { return };
    if !object::terminating(&object) {
        return release_or_delete(cluster, key);
    }
    let uid = object::uid(&object).to_owned();
    if object::has_finalizer(&object, ORPHAN) {
        for dependent in cluster.store.dependents(&uid) {
            cluster.modify(&dependent, MANAGER, |o| {
                let owners = list(o, &["metadata", "ownerReferences"]);
                owners.retain(|r| r["uid"] != uid.as_str());
                if owners.is_empty() {
                    take(o, &["metadata", "ownerReferences"]);
                }
            });
        }
        cluster.modify(key, MANAGER, |o| remove_finalizer(o, ORPHAN));
        return;
    }
    if object::has_finalizer(&object, FOREGROUND) {
        let mut blocking = false;
        for dependent in cluster.store.dependents(&uid) {
            let Some(found) = cluster.get(&dependent) else { continue };
            let references = items(&found, &["metadata", "ownerReferences"]);
            blocking |=
                references.iter().any(|r| r["uid"] == uid.as_str() && r["blockOwnerDeletion"] == true);
            if !object::terminating(&found) {
                // What cannot be deleted keeps its owner waiting.
                let _ = cluster.delete(&dependent, &options("Foreground"));
            }
        }
        blocking &= !cluster.store.dependents(&uid).is_empty();
        if !blocking {
            cluster.modify(key, MANAGER, |o| remove_finalizer(o, FOREGROUND));
        }
    }
}
