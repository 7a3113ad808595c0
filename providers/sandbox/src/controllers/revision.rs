//! ControllerRevisions: the templates that a StatefulSet or DaemonSet has had.

use std::sync::Arc;

use plimsoll_schema::Json;
use serde_json::json;

use crate::cluster::{Cluster, content_hash};
use crate::controllers::{MANAGER, pods_of};
use crate::delete::DeleteOptions;
use crate::object::{self, at, int, set};
use crate::resource::{Key, Known};

/// The label that tells which template a pod was made from.
pub(crate) const HASH: &str = "controller-revision-hash";

/// The revision for the present template of `owner`, made where there is none. Returns it, and all by number.
pub(crate) fn current(
    cluster: &mut Cluster,
    known: &Known,
    owner: &Json,
) -> Option<(Arc<Json>, Vec<Arc<Json>>)> {
    let mut template = at(owner, &["spec", "template"]).clone();
    set(&mut template, &["$patch"], json!("replace"));
    let data = json!({"spec": {"template": template}});
    let mut all = pods_of::claimed(cluster, known.controller_revisions, owner);
    all.sort_by_key(|r| number(r));
    let newest = all.last().map_or(0, |r| number(r));
    let found = all.iter().find(|r| r["data"] == data).cloned();
    let revision = match found {
        Some(revision) if number(&revision) == newest => revision,
        // A template that was used before becomes the latest again.
        Some(revision) => {
            cluster.modify(&Key::of(&revision)?, MANAGER, |r| set(r, &["revision"], json!(newest + 1)))?
        }
        None => {
            let hash = content_hash(&[&data]);
            let mut labels = at(owner, &["spec", "template", "metadata", "labels"]).clone();
            let label = if owner["kind"] == "DaemonSet" { HASH } else { "controller.kubernetes.io/hash" };
            set(&mut labels, &[label], json!(hash));
            let revision = json!({
                "apiVersion": "apps/v1", "kind": "ControllerRevision",
                "metadata": {
                    "name": format!("{}-{hash}", object::name(owner)), "namespace": object::namespace(owner),
                    "labels": labels,
                    "annotations": at(owner, &["metadata", "annotations"]), "ownerReferences": [object::controller_reference(owner)],
                },
                "data": data, "revision": newest + 1,
            });
            cluster.create_as(revision, MANAGER).ok()?
        }
    };
    let mut all = cluster.controlled_by(known.controller_revisions, owner);
    all.sort_by_key(|r| number(r));
    Some((revision, all))
}

fn number(revision: &Json) -> i64 {
    int(revision, &["revision"]).unwrap_or_default()
}

/// The template that a revision holds.
pub(crate) fn template(revision: &Json) -> Json {
    let mut template = at(revision, &["data", "spec", "template"]).clone();
    object::take(&mut template, &["$patch"]);
    template
}

/// Deletes the oldest revisions that nobody uses, beyond those that are kept.
pub(crate) fn clean_up(cluster: &mut Cluster, owner: &Json, all: &[Arc<Json>], used: &[&str]) {
    let kept =
        usize::try_from(int(owner, &["spec", "revisionHistoryLimit"]).unwrap_or(10)).unwrap_or_default();
    let spare: Vec<&Arc<Json>> = all.iter().filter(|r| !used.contains(&object::name(r))).collect();
    for revision in spare.iter().take(spare.len().saturating_sub(kept)) {
        if let Some(key) = Key::of(revision) {
            // Gone already is as good.
            let _ = cluster.delete(&key, &DeleteOptions::default());
        }
    }
}
