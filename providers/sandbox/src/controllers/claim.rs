//! PersistentVolumeClaims: bound to a volume that fits, or to one made for them; protected while a pod uses them.

use std::sync::Arc;

use plimsoll_schema::Json;
use serde_json::json;

use crate::cluster::Cluster;
use crate::controllers::{MANAGER, happening, pod, volume};
use crate::object::{self, at, items, remove_finalizer, set, text};
use crate::resource::{Key, Known};
use crate::{quantity::amount, selector};

const PROTECTION: &str = "kubernetes.io/pvc-protection";

pub(crate) fn is_bound(claim: &Json) -> bool {
    text(claim, &["status", "phase"]) == "Bound"
}

/// The claim is to be bound only once a pod needs it.
pub(crate) fn waits_for_consumer(cluster: &Cluster, known: &Known, claim: &Json) -> bool {
    class(cluster, known, claim).is_some_and(|c| text(&c, &["volumeBindingMode"]) == "WaitForFirstConsumer")
}

fn class(cluster: &Cluster, known: &Known, claim: &Json) -> Option<Arc<Json>> {
    cluster.get(&known.storage_classes.key("", text(claim, &["spec", "storageClassName"])))
}

pub(crate) fn reconcile(cluster: &mut Cluster, known: &Known, key: &Key) {
    let Some(claim) = cluster.get(key) else { return };
    if object::terminating(&claim) {
        let users = cluster.store.scan(known.pods, Some(&key.namespace));
        let used = users.filter(|p| !pod::is_finished(p)).any(|p| pod::uses_claim(p, &key.name));
        if !used && object::has_finalizer(&claim, PROTECTION) {
            cluster.modify(key, MANAGER, |c| remove_finalizer(c, PROTECTION));
        }
        return;
    }
    if is_bound(&claim) {
        return grow(cluster, known, key, &claim);
    }
    let named = text(&claim, &["spec", "volumeName"]);
    let volume = if named.is_empty() {
        let consumer =
            || cluster.store.scan(known.pods, Some(&key.namespace)).any(|p| pod::uses_claim(p, &key.name));
        if waits_for_consumer(cluster, known, &claim) && !consumer() {
            return;
        }
        let found = cluster.store.scan(known.volumes, None).find(|v| fits(v, &claim)).cloned();
        found.or_else(|| provision(cluster, known, &claim))
    } else {
        cluster.get(&known.volumes.key("", named)).filter(|v| is_free_for(v, &claim))
    };
    match volume {
        Some(volume) => bind(cluster, known, key, &claim, &volume),
        None if named.is_empty() && !text(&claim, &["spec", "storageClassName"]).is_empty() => {
            let class = text(&claim, &["spec", "storageClassName"]);
            let why = format!("storageclass.storage.k8s.io {class:?} not found");
            happening::warn(cluster, &claim, "persistentvolume-controller", "ProvisioningFailed", &why);
        }
        None => {}
    }
}

fn is_free_for(volume: &Json, claim: &Json) -> bool {
    let reference = at(volume, &["spec", "claimRef"]);
    let ours = reference["name"] == object::name(claim)
        && reference["namespace"] == object::namespace(claim)
        && (reference["uid"].is_null() || reference["uid"] == object::uid(claim));
    !object::terminating(volume) && (reference.is_null() || ours)
}

fn fits(volume: &Json, claim: &Json) -> bool {
    let class = |o: &Json| text(o, &["spec", "storageClassName"]).to_owned();
    let modes = items(volume, &["spec", "accessModes"]);
    let wanted = amount(at(claim, &["spec", "resources", "requests", "storage"]));
    let selector = at(claim, &["spec", "selector"]);
    is_free_for(volume, claim)
        && matches!(text(volume, &["status", "phase"]), "Available" | "Pending")
        && class(volume) == class(claim)
        && items(claim, &["spec", "accessModes"]).iter().all(|m| modes.contains(m))
        && amount(at(volume, &["spec", "capacity", "storage"])) >= wanted
        && (selector.is_null() || selector::selects(selector, &volume["metadata"]["labels"]))
}

/// Makes a volume for the claim, where its class can.
fn provision(cluster: &mut Cluster, known: &Known, claim: &Json) -> Option<Arc<Json>> {
    let class = class(cluster, known, claim)?;
    let provisioner = text(&class, &["provisioner"]).to_owned();
    if provisioner == "kubernetes.io/no-provisioner" {
        return None;
    }
    let key = Key::of(claim)?;
    let bound = cluster.modify(&key, MANAGER, |c| {
        for prefix in ["volume.beta.kubernetes.io", "volume.kubernetes.io"] {
            let annotation = format!("{prefix}/storage-provisioner");
            set(c, &["metadata", "annotations", &annotation], json!(provisioner));
        }
    })?;
    let name = format!("pvc-{}", object::uid(&bound));
    let reclaim = match text(&class, &["reclaimPolicy"]) {
        "" => "Delete",
        policy => policy,
    };
    let volume = json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": {
            "kubernetes.io/createdby": "hostpath-dynamic-provisioner",
            "pv.kubernetes.io/bound-by-controller": "yes", "pv.kubernetes.io/provisioned-by": provisioner,
        }, "finalizers": ["kubernetes.io/pv-controller"]},
        "spec": {
            "accessModes": at(&bound, &["spec", "accessModes"]),
            "capacity": {"storage": at(&bound, &["spec", "resources", "requests", "storage"])},
            "claimRef": reference(&bound), "hostPath": {"path": format!("/tmp/hostpath_pv/{}", object::uid(&bound)), "type": ""},
            "persistentVolumeReclaimPolicy": reclaim, "storageClassName": object::name(&class),
            "volumeMode": at(&bound, &["spec", "volumeMode"]),
        },
    });
    cluster.create_as(volume, MANAGER).ok()
}

fn reference(claim: &Json) -> Json {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": object::name(claim),
        "namespace": object::namespace(claim), "resourceVersion": object::resource_version(claim),
        "uid": object::uid(claim),
    })
}

fn bind(cluster: &mut Cluster, known: &Known, key: &Key, claim: &Json, volume: &Json) {
    let name = object::name(volume).to_owned();
    let volume_key = known.volumes.key("", &name);
    if at(volume, &["spec", "claimRef", "uid"]) != object::uid(claim) {
        let reference = reference(claim);
        cluster.modify(&volume_key, MANAGER, |v| {
            set(v, &["metadata", "annotations", "pv.kubernetes.io/bound-by-controller"], json!("yes"));
            set(v, &["spec", "claimRef"], reference);
        });
    }
    volume::set_phase(cluster, &volume_key, "Bound");
    let by_name = !text(claim, &["spec", "volumeName"]).is_empty();
    cluster.modify(key, MANAGER, |c| {
        set(c, &["metadata", "annotations", "pv.kubernetes.io/bind-completed"], json!("yes"));
        if !by_name {
            set(c, &["metadata", "annotations", "pv.kubernetes.io/bound-by-controller"], json!("yes"));
            set(c, &["spec", "volumeName"], json!(name));
        }
    });
    let status = json!({
        "phase": "Bound", "accessModes": at(volume, &["spec", "accessModes"]),
        "capacity": at(volume, &["spec", "capacity"]),
    });
    cluster.set_status(key, MANAGER, status);
}

/// Gives a bound claim the size that it asks for, where its class allows growing.
fn grow(cluster: &mut Cluster, known: &Known, key: &Key, claim: &Json) {
    let wanted = at(claim, &["spec", "resources", "requests", "storage"]).clone();
    let has = at(claim, &["status", "capacity", "storage"]);
    let larger = amount(&wanted) > amount(has);
    let allowed = class(cluster, known, claim).is_some_and(|c| c["allowVolumeExpansion"] == true);
    if !larger || !allowed {
        return;
    }
    let volume = known.volumes.key("", text(claim, &["spec", "volumeName"]));
    let size = wanted.clone();
    cluster.modify(&volume, MANAGER, |v| set(v, &["spec", "capacity", "storage"], size));
    let mut status = claim["status"].clone();
    set(&mut status, &["capacity", "storage"], wanted);
    cluster.set_status(key, MANAGER, status);
}
