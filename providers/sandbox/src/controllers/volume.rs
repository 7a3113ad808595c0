//! PersistentVolumes: their phase, what becomes of them when their claim is gone, protection while bound.

use serde_json::json;

use crate::cluster::Cluster;
use crate::controllers::MANAGER;
use crate::delete::DeleteOptions;
use crate::object::{self, at, remove_finalizer, text};
use crate::resource::{Key, Known};

const PROTECTION: &str = "kubernetes.io/pv-protection";
const PROVISIONED: &str = "kubernetes.io/pv-controller";

pub(crate) fn reconcile(cluster: &mut Cluster, known: &Known, key: &Key) {
    let Some(volume) = cluster.get(key) else { return };
    let claim = |field| text(&volume, &["spec", "claimRef", field]);
    let reserved = !at(&volume, &["spec", "claimRef"]).is_null();
    let holder = cluster.get(&known.claims.key(claim("namespace"), claim("name")));
    // A reference without a uid reserves the volume for a claim that is to come.
    let held = holder.is_some_and(|c| claim("uid").is_empty() || object::uid(&c) == claim("uid"));
    if object::terminating(&volume) {
        for finalizer in [PROTECTION, PROVISIONED] {
            if !held && object::has_finalizer(&volume, finalizer) {
                cluster.modify(key, MANAGER, |v| remove_finalizer(v, finalizer));
            }
        }
        return;
    }
    let phase = text(&volume, &["status", "phase"]);
    let next = match (reserved && !claim("uid").is_empty(), held) {
        (false, _) => "Available",
        (true, true) => "Bound",
        (true, false) if text(&volume, &["spec", "persistentVolumeReclaimPolicy"]) == "Delete" => {
            // Gone or going: both are what is wanted.
            let _ = cluster.delete(key, &DeleteOptions::default());
            return;
        }
        (true, false) => "Released",
    };
    if next != phase {
        set_phase(cluster, key, next);
    }
}

/// Writes the phase; the time of the transition is the server's own addition.
pub(crate) fn set_phase(cluster: &mut Cluster, key: &Key, phase: &str) {
    let Some(volume) = cluster.get(key) else { return };
    if text(&volume, &["status", "phase"]) == phase {
        return;
    }
    let mut status = volume["status"].clone();
    status["phase"] = json!(phase);
    cluster.set_status(key, MANAGER, status);
}
