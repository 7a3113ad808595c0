//! StatefulSets: pods with names and claims that stay, made in ascending and deleted in descending order.

use std::sync::Arc;

use plimsoll_schema::Json;
use serde_json::json;

use crate::cluster::Cluster;
use crate::controllers::{MANAGER, pod, pods_of, revision};
use crate::delete::DeleteOptions;
use crate::object::{self, at, entries, int, items, list, set, text};
use crate::resource::{Key, Known};

pub(crate) fn reconcile(cluster: &mut Cluster, known: &Known, key: &Key) {
    let Some(set) = cluster.get(key) else { return };
    if object::terminating(&set) {
        return;
    }
    let pods = pods_of::claimed(cluster, known.pods, &set);
    let Some((update, revisions)) = revision::current(cluster, known, &set) else { return };
    let current = match text(&set, &["status", "currentRevision"]) {
        "" => object::name(&update).to_owned(),
        name => name.to_owned(),
    };
    let ordered = Ordered { known, set: Arc::clone(&set), pods, update, current, revisions };
    ordered.own_claims(cluster);
    ordered.step(cluster);
    ordered.report(cluster, key);
}

/// A StatefulSet with its pods and revisions.
struct Ordered<'a> {
    known: &'a Known,
    set: Arc<Json>,
    pods: Vec<Arc<Json>>,
    update: Arc<Json>,
    current: String,
    revisions: Vec<Arc<Json>>,
}

/// The ordinal of a pod, from its name.
fn ordinal(pod: &Json) -> Option<i64> {
    object::name(pod).rsplit_once('-')?.1.parse().ok()
}

fn revision_of(pod: &Json) -> &str {
    text(pod, &["metadata", "labels", revision::HASH])
}

impl Ordered<'_> {
    fn start(&self) -> i64 {
        int(&self.set, &["spec", "ordinals", "start"]).unwrap_or_default()
    }

    fn replicas(&self) -> i64 {
        int(&self.set, &["spec", "replicas"]).unwrap_or(1)
    }

    fn wanted(&self) -> std::ops::Range<i64> {
        self.start()..self.start() + self.replicas()
    }

    fn one_by_one(&self) -> bool {
        text(&self.set, &["spec", "podManagementPolicy"]) != "Parallel"
    }

    fn pod(&self, ordinal: i64) -> Option<&Arc<Json>> {
        self.pods.iter().find(|p| self::ordinal(p) == Some(ordinal))
    }

    fn name(&self, ordinal: i64) -> String {
        format!("{}-{ordinal}", object::name(&self.set))
    }

    fn rolls(&self) -> bool {
        text(&self.set, &["spec", "updateStrategy", "type"]) != "OnDelete"
    }

    /// How many pods, from the lowest, keep the old revision.
    fn partition(&self) -> i64 {
        int(&self.set, &["spec", "updateStrategy", "rollingUpdate", "partition"]).unwrap_or_default()
    }

    /// Makes, deletes or replaces pods, as far as the order allows it now.
    fn step(&self, cluster: &mut Cluster) {
        for ordinal in self.wanted() {
            let Some(pod) = self.pod(ordinal) else {
                self.create(cluster, ordinal);
                if self.one_by_one() {
                    return;
                }
                continue;
            };
            if pod::is_finished(pod) && !object::terminating(pod) {
                self.delete(cluster, pod);
                if self.one_by_one() {
                    return;
                }
            } else if !pod::is_ready(pod) && self.one_by_one() {
                return;
            }
        }
        let mut surplus: Vec<&Arc<Json>> =
            self.pods.iter().filter(|p| ordinal(p).is_none_or(|o| !self.wanted().contains(&o))).collect();
        surplus.sort_by_key(|p| std::cmp::Reverse(ordinal(p)));
        for pod in surplus {
            if !object::terminating(pod) {
                self.delete(cluster, pod);
            }
            if self.one_by_one() {
                return;
            }
        }
        if self.rolls() {
            self.roll(cluster);
        }
    }

    /// Replaces the highest pod that is of an old revision, once those above it are ready.
    fn roll(&self, cluster: &mut Cluster) {
        let lowest = self.start() + self.partition();
        for ordinal in self.wanted().rev().take_while(|o| *o >= lowest) {
            let Some(pod) = self.pod(ordinal) else { return };
            if revision_of(pod) != object::name(&self.update) && !object::terminating(pod) {
                return self.delete(cluster, pod);
            }
            if !pod::is_ready(pod) {
                return;
            }
        }
    }

    fn delete(&self, cluster: &mut Cluster, pod: &Json) {
        if let Some(key) = Key::of(pod) {
            // A pod that is gone already need not be deleted.
            let _ = cluster.delete(&key, &DeleteOptions::default());
        }
    }

    /// The revision that a new pod is made from: below the partition it is still the old one.
    fn revision_for(&self, ordinal: i64) -> &Json {
        let below = if at(&self.set, &["spec", "updateStrategy", "rollingUpdate"]).is_null() {
            ordinal < self.start() + int(&self.set, &["status", "currentReplicas"]).unwrap_or_default()
        } else {
            ordinal < self.start() + self.partition()
        };
        let old = self.revisions.iter().find(|r| object::name(r) == self.current);
        match old {
            Some(old) if self.rolls() && below && self.current != object::name(&self.update) => old,
            _ => &self.update,
        }
    }

    fn create(&self, cluster: &mut Cluster, ordinal: i64) {
        let revision = self.revision_for(ordinal);
        let template = revision::template(revision);
        let mut pod = pods_of::from_template(&template, &self.set);
        let name = self.name(ordinal);
        set(&mut pod, &["metadata", "name"], json!(name));
        set(&mut pod, &["metadata", "labels", "statefulset.kubernetes.io/pod-name"], json!(name));
        set(&mut pod, &["metadata", "labels", "apps.kubernetes.io/pod-index"], json!(ordinal.to_string()));
        set(&mut pod, &["metadata", "labels", revision::HASH], json!(object::name(revision)));
        set(&mut pod, &["spec", "hostname"], json!(name));
        let service = text(&self.set, &["spec", "serviceName"]);
        if !service.is_empty() {
            set(&mut pod, &["spec", "subdomain"], json!(service));
        }
        let mut volumes = Vec::new();
        for template in items(&self.set, &["spec", "volumeClaimTemplates"]) {
            let claim = self.claim_name(template, ordinal);
            volumes
                .push(json!({"name": object::name(template), "persistentVolumeClaim": {"claimName": claim}}));
            self.create_claim(cluster, template, &claim);
        }
        if !volumes.is_empty() {
            let others = list(&mut pod, &["spec", "volumes"]);
            others.retain(|v| volumes.iter().all(|c| c["name"] != v["name"]));
            volumes.append(others);
            *others = volumes;
        }
        if let Err(refused) = cluster.create_as(pod, MANAGER) {
            let why = format!(
                "create Pod {name} in StatefulSet {} failed error: {}",
                object::name(&self.set),
                refused.message
            );
            crate::controllers::happening::warn(
                cluster,
                &self.set,
                "statefulset-controller",
                "FailedCreate",
                &why,
            );
        }
    }

    fn claim_name(&self, template: &Json, ordinal: i64) -> String {
        format!("{}-{}", object::name(template), self.name(ordinal))
    }

    fn create_claim(&self, cluster: &mut Cluster, template: &Json, name: &str) {
        let key = self.known.claims.key(object::namespace(&self.set), name);
        if cluster.store.get(&key).is_some() {
            return;
        }
        let mut metadata = json!({"name": name, "namespace": key.namespace});
        object::put(&mut metadata, &["annotations"], at(template, &["metadata", "annotations"]));
        object::put(&mut metadata, &["labels"], at(template, &["metadata", "labels"]));
        for (label, value) in entries(&self.set, &["spec", "selector", "matchLabels"]) {
            set(&mut metadata, &["labels", label], value.clone());
        }
        let claim = json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": template["spec"],
        });
        // Where it cannot be made, the pod says that it is missing.
        let _ = cluster.create_as(claim, MANAGER);
    }

    /// Lets claims go with the set, or with their pod when the set shrinks, where the retention policy says so.
    fn own_claims(&self, cluster: &mut Cluster) {
        let policy =
            |when| text(&self.set, &["spec", "persistentVolumeClaimRetentionPolicy", when]) == "Delete";
        let (with_set, with_pod) = (policy("whenDeleted"), policy("whenScaled"));
        let reference = |o: &Json| {
            json!({
                "apiVersion": o["apiVersion"], "kind": o["kind"], "name": object::name(o), "uid": object::uid(o),
                "controller": true, "blockOwnerDeletion": true,
            })
        };
        for pod in &self.pods {
            let Some(ordinal) = ordinal(pod) else { continue };
            let condemned = !self.wanted().contains(&ordinal);
            let owner = match (with_set, with_pod && condemned) {
                (_, true) => Some(reference(pod)),
                (true, false) => Some(reference(&self.set)),
                (false, false) => None,
            };
            for template in items(&self.set, &["spec", "volumeClaimTemplates"]) {
                let key =
                    self.known.claims.key(object::namespace(&self.set), &self.claim_name(template, ordinal));
                let Some(claim) = cluster.get(&key) else { continue };
                let ours = |r: &Json| r["uid"] == object::uid(&self.set) || r["uid"] == object::uid(pod);
                let before = items(&claim, &["metadata", "ownerReferences"]);
                let mut after: Vec<Json> = before.iter().filter(|r| !ours(r)).cloned().collect();
                after.extend(owner.clone());
                if after != before {
                    cluster.modify(&key, MANAGER, |c| match after.is_empty() {
                        true => drop(object::take(c, &["metadata", "ownerReferences"])),
                        false => set(c, &["metadata", "ownerReferences"], Json::Array(after)),
                    });
                }
            }
        }
    }

    fn report(&self, cluster: &mut Cluster, key: &Key) {
        let Some(now) = cluster.get(key) else { return };
        let pods = cluster.controlled_by(self.known.pods, &now);
        let update = object::name(&self.update);
        let of = |revision: &str| pods_of::count(pods.iter().filter(|p| revision_of(p) == revision));
        let count = pods_of::count(&pods);
        let all = count.all + count.terminating;
        let updated = of(update).all;
        let mut current = self.current.as_str();
        let mut on_current = of(current).all;
        if self.rolls()
            && updated == all
            && count.ready == all
            && self.partition() == 0
            && count.terminating == 0
        {
            current = update;
            on_current = updated;
        }
        let mut status = pods_of::numbers(&[
            ("observedGeneration", int(&now, &["metadata", "generation"]).unwrap_or_default()),
            ("currentReplicas", on_current),
            ("readyReplicas", count.ready),
            ("updatedReplicas", updated),
        ]);
        status["replicas"] = json!(all);
        status["availableReplicas"] = json!(count.ready);
        status["collisionCount"] = json!(0);
        status["currentRevision"] = json!(current);
        status["updateRevision"] = json!(update);
        cluster.set_status(key, MANAGER, status);
        let mut used: Vec<&str> = pods.iter().map(|p| revision_of(p)).collect();
        used.extend([current, update]);
        revision::clean_up(cluster, &now, &self.revisions, &used);
    }
}
