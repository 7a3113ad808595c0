//! Deployments: one ReplicaSet for each state of the template, and the way from one to the next.

use std::sync::Arc;

use plimsoll_schema::Json;
use serde_json::json;

use crate::cluster::{Cluster, content_hash};
use crate::controllers::condition::{Condition, find};
use crate::controllers::rollout::{Bounds, Set};
use crate::controllers::{MANAGER, pods_of};
use crate::delete::DeleteOptions;
use crate::object::{self, at, entries, int, set, take, text};
use crate::resource::{Key, Known};
use crate::write::{Ownership, Writer};

const HASH: &str = "pod-template-hash";
const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";

pub(crate) fn reconcile(cluster: &mut Cluster, known: &Known, key: &Key) {
    let Some(deployment) = cluster.get(key) else { return };
    let sets = pods_of::claimed(cluster, known.replica_sets, &deployment);
    let going = object::terminating(&deployment);
    let rollout = Rollout::new(deployment, sets);
    let created = match (going, &rollout.new) {
        (false, _) => rollout.advance(cluster, known),
        (true, Some(new)) => {
            rollout.annotate(cluster, new);
            None
        }
        (true, None) => None,
    };
    // Read again: what was written above is part of the status.
    let Some(deployment) = cluster.get(key) else { return };
    let sets = cluster.controlled_by(known.replica_sets, &deployment);
    let rollout = Rollout::new(deployment, sets);
    rollout.report(cluster, key, created);
    rollout.clean_up(cluster);
}

/// A Deployment with its ReplicaSets.
struct Rollout {
    deployment: Arc<Json>,
    new: Option<Arc<Json>>,
    /// The others, oldest first.
    old: Vec<Arc<Json>>,
    bounds: Bounds,
}

fn replicas(object: &Json) -> i64 {
    int(object, &["spec", "replicas"]).unwrap_or(1)
}

fn revision(object: &Json) -> i64 {
    object::annotation(object, REVISION).parse().unwrap_or_default()
}

fn in_numbers(set: &Json) -> Set {
    Set { wanted: replicas(set), available: int(set, &["status", "availableReplicas"]).unwrap_or_default() }
}

/// The template without the label that the controller adds.
fn plain_template(set: &Json) -> Json {
    let mut template = at(set, &["spec", "template"]).clone();
    take(&mut template, &["metadata", "labels", HASH]);
    template
}

impl Rollout {
    fn new(deployment: Arc<Json>, mut sets: Vec<Arc<Json>>) -> Rollout {
        sets.sort_by_key(|s| {
            (text(s, &["metadata", "creationTimestamp"]).to_owned(), revision(s), object::name(s).to_owned())
        });
        let template = at(&deployment, &["spec", "template"]);
        let new = sets.iter().position(|s| plain_template(s) == *template);
        let new = new.map(|i| sets.remove(i));
        let strategy = at(&deployment, &["spec", "strategy", "rollingUpdate"]);
        let bounds = Bounds::new(replicas(&deployment), &strategy["maxSurge"], &strategy["maxUnavailable"]);
        Rollout { deployment, new, old: sets, bounds }
    }

    fn recreates(&self) -> bool {
        text(&self.deployment, &["spec", "strategy", "type"]) == "Recreate"
    }

    /// Takes one step towards the template and number asked for; the name of a ReplicaSet that was made.
    fn advance(&self, cluster: &mut Cluster, known: &Known) -> Option<String> {
        if at(&self.deployment, &["spec", "paused"]) == true {
            if let ([], Some(new)) = (self.old.as_slice(), &self.new) {
                self.scale(cluster, new, self.bounds.replicas);
            }
            return None;
        }
        if self.recreates() {
            for set in self.old.iter().filter(|s| replicas(s) > 0) {
                self.scale(cluster, set, 0);
            }
            let running = |s: &Arc<Json>| {
                cluster.controlled_by(known.pods, s).iter().any(|p| !crate::controllers::pod::is_finished(p))
            };
            if self.old.iter().any(running) {
                return None;
            }
        }
        let Some(new) = &self.new else {
            return self.create(cluster);
        };
        self.annotate(cluster, new);
        let all = replicas(new) + self.old.iter().map(|s| replicas(s)).sum::<i64>();
        let wanted =
            if self.recreates() { self.bounds.replicas } else { self.bounds.new_set(replicas(new), all) };
        self.scale(cluster, new, wanted);
        let numbers: Vec<Set> = self.old.iter().map(|s| in_numbers(s)).collect();
        let new = Set { wanted, available: in_numbers(new).available.min(wanted) };
        for (set, wanted) in self.old.iter().zip(self.bounds.old_sets(new, &numbers)) {
            self.scale(cluster, set, wanted);
        }
        None
    }

    fn next_revision(&self) -> i64 {
        self.old.iter().map(|s| revision(s)).max().unwrap_or_default() + 1
    }

    fn maximum(&self) -> i64 {
        let surge = if self.recreates() || self.bounds.replicas == 0 { 0 } else { self.bounds.surge };
        self.bounds.replicas + surge
    }

    /// Annotations of a ReplicaSet: those of the Deployment, and the controller's own.
    fn annotations(&self, revision: i64) -> Json {
        let mut annotations = json!({});
        let own = [
            REVISION,
            DESIRED,
            MAXIMUM,
            HISTORY,
            "deprecated.deployment.rollback.to",
            "kubectl.kubernetes.io/last-applied-configuration",
        ];
        for (name, value) in entries(&self.deployment, &["metadata", "annotations"]) {
            if !own.contains(&name) {
                annotations[name] = value.clone();
            }
        }
        annotations[REVISION] = json!(revision.to_string());
        annotations[DESIRED] = json!(self.bounds.replicas.to_string());
        annotations[MAXIMUM] = json!(self.maximum().to_string());
        annotations
    }

    fn create(&self, cluster: &mut Cluster) -> Option<String> {
        let deployment = &self.deployment;
        let mut template = at(deployment, &["spec", "template"]).clone();
        let hash = content_hash(&[&template]);
        set(&mut template, &["metadata", "labels", HASH], json!(hash));
        let mut selector = at(deployment, &["spec", "selector"]).clone();
        set(&mut selector, &["matchLabels", HASH], json!(hash));
        let all: i64 = self.old.iter().map(|s| replicas(s)).sum();
        let wanted = if self.recreates() { self.bounds.replicas } else { self.bounds.new_set(0, all) };
        let revision = self.next_revision();
        let name = format!("{}-{hash}", object::name(deployment));
        let replica_set = json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {
                "name": name, "namespace": object::namespace(deployment),
                "labels": at(&template, &["metadata", "labels"]), "annotations": self.annotations(revision),
                "ownerReferences": [object::controller_reference(deployment)],
            },
            "spec": {"replicas": wanted, "selector": selector, "template": template,
                "minReadySeconds": at(deployment, &["spec", "minReadySeconds"])},
        });
        let created = cluster.create_as(replica_set, MANAGER).ok()?;
        Some(object::name(&created).to_owned())
    }

    /// A template that was used before becomes the latest revision again.
    fn annotate(&self, cluster: &mut Cluster, new: &Json) {
        let newest = self.next_revision();
        let before = revision(new);
        let mut annotations = self.annotations(before.max(newest));
        if before < newest && before > 0 {
            let history = match object::annotation(new, HISTORY) {
                "" => before.to_string(),
                history => format!("{history},{before}"),
            };
            annotations[HISTORY] = json!(history);
        }
        if let Some(key) = Key::of(new) {
            cluster.modify(&key, MANAGER, |s| {
                for (name, value) in annotations.as_object().into_iter().flatten() {
                    set(s, &["metadata", "annotations", name], value.clone());
                }
            });
        }
    }

    fn scale(&self, cluster: &mut Cluster, replica_set: &Json, wanted: i64) {
        let Some(key) = Key::of(replica_set) else { return };
        if replicas(replica_set) == wanted {
            return;
        }
        let (desired, maximum) = (self.bounds.replicas.to_string(), self.maximum().to_string());
        cluster.modify(&key, MANAGER, |s| {
            set(s, &["spec", "replicas"], json!(wanted));
            set(s, &["metadata", "annotations", DESIRED], json!(desired));
            set(s, &["metadata", "annotations", MAXIMUM], json!(maximum));
        });
    }

    fn report(&self, cluster: &mut Cluster, key: &Key, created: Option<String>) {
        let deployment = &self.deployment;
        let sum = |field| {
            self.old
                .iter()
                .chain(&self.new)
                .map(|s| int(s, &["status", field]).unwrap_or_default())
                .sum::<i64>()
        };
        let (all, available) = (sum("replicas"), sum("availableReplicas"));
        let wanted_by_sets: i64 = self.old.iter().chain(&self.new).map(|s| replicas(s)).sum();
        let updated = self.new.as_ref().map_or(0, |s| int(s, &["status", "replicas"]).unwrap_or_default());
        let generation = int(deployment, &["metadata", "generation"]).unwrap_or_default();
        let mut status = pods_of::numbers(&[
            ("observedGeneration", generation),
            ("replicas", all),
            ("updatedReplicas", updated),
            ("readyReplicas", sum("readyReplicas")),
            ("availableReplicas", available),
            ("unavailableReplicas", (wanted_by_sets - available).max(0)),
        ]);
        status["terminatingReplicas"] = json!(sum("terminatingReplicas"));
        let wanted = self.bounds.replicas;
        let complete = updated == wanted && all == wanted && available == wanted;
        let conditions = self.conditions(&cluster.time(), available, complete, created);
        status["conditions"] = Json::Array(conditions);
        let latest = self.new.as_ref().map(|s| revision(s)).filter(|r| *r > 0);
        let mut reported = (**deployment).clone();
        set(&mut reported, &["status"], status);
        if let Some(latest) = latest {
            set(&mut reported, &["metadata", "annotations", REVISION], json!(latest.to_string()));
        }
        debug_assert_eq!(Key::of(&reported).as_ref(), Some(key));
        // A Deployment that went meanwhile needs no status.
        let _ = cluster.update(reported, Ownership::Record(Writer::of_status(MANAGER)));
    }

    fn conditions(&self, now: &str, available: i64, complete: bool, created: Option<String>) -> Vec<Json> {
        let before = &self.deployment["status"];
        let least = self.bounds.replicas - if self.recreates() { 0 } else { self.bounds.unavailable };
        let enough = available >= least;
        let (reason, message) = if enough {
            ("MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            ("MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        };
        let availability =
            Condition { kind: "Available", status: enough, reason, message }.to_json(before, now);
        let mut conditions = vec![dated(availability, before, now)];
        let name = self.new.as_ref().map(|s| object::name(s).to_owned()).unwrap_or_default();
        let paused = at(&self.deployment, &["spec", "paused"]) == true;
        if paused {
            let message = "Deployment is paused";
            let pause = Condition { kind: "Progressing", status: false, reason: "DeploymentPaused", message };
            conditions.push(dated(pause.unknown(before, now), before, now));
            return conditions;
        }
        if object::terminating(&self.deployment) {
            conditions.push(find(before, "Progressing").clone());
            return conditions;
        }
        let (reason, message) = match created {
            Some(created) => ("NewReplicaSetCreated", format!("Created new replica set {created:?}")),
            None if complete => {
                ("NewReplicaSetAvailable", format!("ReplicaSet {name:?} has successfully progressed."))
            }
            // Scaling a complete Deployment is no new rollout.
            None if find(before, "Progressing")["reason"] == "NewReplicaSetAvailable"
                && self.old.iter().all(|s| replicas(s) == 0) =>
            {
                ("NewReplicaSetAvailable", text(find(before, "Progressing"), &["message"]).to_owned())
            }
            None => ("ReplicaSetUpdated", format!("ReplicaSet {name:?} is progressing.")),
        };
        let progress =
            Condition { kind: "Progressing", status: true, reason, message: &message }.to_json(before, now);
        conditions.push(dated(progress, before, now));
        conditions
    }

    /// Deletes old ReplicaSets beyond those that are kept for a way back.
    fn clean_up(&self, cluster: &mut Cluster) {
        let complete = find(&self.deployment["status"], "Progressing")["reason"] == "NewReplicaSetAvailable";
        let kept = usize::try_from(int(&self.deployment, &["spec", "revisionHistoryLimit"]).unwrap_or(10))
            .unwrap_or_default();
        if !complete {
            return;
        }
        let mut empty: Vec<&Arc<Json>> = self
            .old
            .iter()
            .filter(|s| replicas(s) == 0 && int(s, &["status", "replicas"]).unwrap_or_default() == 0)
            .collect();
        empty.sort_by_key(|s| revision(s));
        for set in empty.iter().take(empty.len().saturating_sub(kept)) {
            if let Some(key) = Key::of(set) {
                // Gone already is as good.
                let _ = cluster.delete(&key, &DeleteOptions::default());
            }
        }
    }
}

/// A Deployment's conditions tell also when they were last updated.
fn dated(mut condition: Json, before: &Json, now: &str) -> Json {
    let old = find(before, condition["type"].as_str().unwrap_or_default());
    let same = ["status", "reason", "message"].iter().all(|f| old[*f] == condition[*f]);
    let since = if same { old["lastUpdateTime"].as_str().unwrap_or(now) } else { now };
    condition["lastUpdateTime"] = json!(since);
    condition
}
