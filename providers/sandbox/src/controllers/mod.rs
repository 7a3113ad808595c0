//! The controllers: what follows from a write, run inside the request that wrote, event by event, until nothing
//! follows any more.
//!
//! Each file holds one controller; each controller looks at what is, not at what happened, and may be run any
//! number of times. Here stand the queue and who is woken by which event.

pub(crate) mod autoscaler;
pub(crate) mod claim;
pub(crate) mod condition;
pub(crate) mod custom;
pub(crate) mod daemon_set;
pub(crate) mod deployment;
pub(crate) mod disruption_budget;
pub(crate) mod endpoints;
pub(crate) mod garbage;
pub(crate) mod happening;
pub(crate) mod ingress;
pub(crate) mod job;
pub(crate) mod namespace;
pub(crate) mod pod;
pub(crate) mod pods_of;
pub(crate) mod replica_set;
pub(crate) mod revision;
pub(crate) mod rollout;
pub(crate) mod scheduler;
pub(crate) mod service;
pub(crate) mod stateful_set;
pub(crate) mod volume;

use std::collections::{BTreeSet, VecDeque};

use plimsoll_schema::Json;

use crate::cluster::Cluster;
use crate::object::{self, items, text};
use crate::resource::{Key, Known, known};
use crate::selector;
use crate::store::{Change, Event, Mark};

/// The field manager of all controllers but the node's.
pub(crate) const MANAGER: &str = "kube-controller-manager";

/// The most steps that one request may cause: far more than any real one needs, so that a controller that never
/// comes to rest ends all the same.
const STEPS: usize = 100_000;

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Work {
    /// An object, by the controller of its kind.
    Reconcile(Key),
    /// An object whose deletion waits for its dependents, or whose owners may be gone.
    Collect(Key),
    /// The dependents of an owner that is gone, by its uid.
    Bereave(String),
}

/// Work in the order in which it came up, each piece once.
#[derive(Debug, Default)]
struct Queue {
    order: VecDeque<Work>,
    waiting: BTreeSet<Work>,
}

impl Queue {
    fn push(&mut self, work: Work) {
        if self.waiting.insert(work.clone()) {
            self.order.push_back(work);
        }
    }

    fn pop(&mut self) -> Option<Work> {
        let work = self.order.pop_front()?;
        self.waiting.remove(&work);
        Some(work)
    }
}

impl Cluster {
    /// Runs the controllers on everything that has happened.
    pub fn react(&mut self) {
        self.react_after(0);
    }

    /// Runs the controllers on what has happened since a moment.
    pub fn react_since(&mut self, mark: Mark) {
        self.react_after(mark.version());
    }

    fn react_after(&mut self, mut seen: u64) {
        let Some(known) = known() else { return };
        let mut queue = Queue::default();
        for _ in 0..STEPS {
            let events: Vec<Event> = self.store.after(seen).cloned().collect();
            seen = self.store.version();
            for event in &events {
                wake(self, known, event, &mut queue);
            }
            match queue.pop() {
                Some(Work::Reconcile(key)) => reconcile(self, known, &key),
                Some(Work::Collect(key)) => garbage::collect(self, &key),
                Some(Work::Bereave(uid)) => garbage::bereave(self, &uid),
                None => return,
            }
        }
    }
}

fn reconcile(cluster: &mut Cluster, known: &Known, key: &Key) {
    let controller: fn(&mut Cluster, &Known, &Key) = match (key.resource.group(), key.resource.name()) {
        ("", "Namespace") => namespace::reconcile,
        ("", "PersistentVolume") => volume::reconcile,
        ("", "PersistentVolumeClaim") => claim::reconcile,
        ("", "Pod") => pod::reconcile,
        ("", "Service") => service::reconcile,
        ("apiextensions.k8s.io", "CustomResourceDefinition") => custom::reconcile,
        ("apps", "DaemonSet") => daemon_set::reconcile,
        ("apps", "Deployment") => deployment::reconcile,
        ("apps", "ReplicaSet") => replica_set::reconcile,
        ("apps", "StatefulSet") => stateful_set::reconcile,
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaler::reconcile,
        ("batch", "Job") => job::reconcile,
        ("networking.k8s.io", "Ingress") => ingress::reconcile,
        ("policy", "PodDisruptionBudget") => disruption_budget::reconcile,
        _ => return,
    };
    controller(cluster, known, key);
}

/// Puts into the queue what an event concerns.
fn wake(cluster: &Cluster, known: &Known, event: &Event, queue: &mut Queue) {
    let (key, object) = (&event.key, &*event.object);
    queue.push(Work::Reconcile(key.clone()));
    wake_owners(cluster, object, queue);
    let gone = event.change == Change::Deleted;
    if gone && key.resource.is_declared() {
        queue.push(Work::Reconcile(known.definitions.key("", &custom::definition_of(key.resource))));
    }
    if gone {
        queue.push(Work::Bereave(object::uid(object).to_owned()));
        if let Some(namespace) = cluster.get(&known.namespaces.key("", &key.namespace))
            && object::terminating(&namespace)
        {
            queue.push(Work::Reconcile(known.namespaces.key("", &key.namespace)));
        }
    } else if object::terminating(object) || !items(object, &["metadata", "ownerReferences"]).is_empty() {
        queue.push(Work::Collect(key.clone()));
    }
    match (key.resource.group(), key.resource.name()) {
        ("", "Pod") => wake_by_pod(cluster, known, event, queue),
        ("", "ConfigMap" | "Secret") => {
            wake_pods(cluster, known, &key.namespace, queue, |p| !pod::is_ready(p))
        }
        ("", "PersistentVolumeClaim") => {
            wake_pods(cluster, known, &key.namespace, queue, |p| pod::uses_claim(p, &key.name));
            let volume = text(object, &["spec", "volumeName"]);
            if !volume.is_empty() {
                queue.push(Work::Reconcile(known.volumes.key("", volume)));
            }
        }
        ("", "PersistentVolume") => {
            let claim = |field| text(object, &["spec", "claimRef", field]);
            if !claim("name").is_empty() {
                queue.push(Work::Reconcile(known.claims.key(claim("namespace"), claim("name"))));
            }
            wake_pending_claims(cluster, known, queue);
        }
        ("storage.k8s.io", "StorageClass") => wake_pending_claims(cluster, known, queue),
        ("", "Node") => {
            for set in cluster.store.scan(known.daemon_sets, None).filter_map(|o| Key::of(o)) {
                queue.push(Work::Reconcile(set));
            }
            for pod in
                cluster.store.scan(known.pods, None).filter(|p| text(p, &["spec", "nodeName"]).is_empty())
            {
                queue.extend(Key::of(pod));
            }
        }
        ("apps", "Deployment" | "StatefulSet" | "ReplicaSet") => {
            for autoscaler in cluster.store.scan(known.autoscalers, Some(&key.namespace)) {
                if text(autoscaler, &["spec", "scaleTargetRef", "name"]) == key.name {
                    queue.extend(Key::of(autoscaler));
                }
            }
        }
        ("networking.k8s.io", "IngressClass") => {
            for ingress in cluster.store.scan(known.ingresses, None) {
                queue.extend(Key::of(ingress));
            }
        }
        _ => {}
    }
}

impl Queue {
    fn extend(&mut self, key: Option<Key>) {
        if let Some(key) = key {
            self.push(Work::Reconcile(key));
        }
    }
}

/// Whoever owns an object hears of it: controllers count what they own, the garbage collector waits for it.
fn wake_owners(cluster: &Cluster, object: &Json, queue: &mut Queue) {
    for owner in items(object, &["metadata", "ownerReferences"]) {
        if let Some(key) = garbage::owner_key(cluster, object::namespace(object), owner) {
            queue.push(Work::Reconcile(key.clone()));
            queue.push(Work::Collect(key));
        }
    }
}

fn wake_by_pod(cluster: &Cluster, known: &Known, event: &Event, queue: &mut Queue) {
    let (key, pod) = (&event.key, &*event.object);
    let labels = &pod["metadata"]["labels"];
    let before = event.previous.as_ref().map_or(&Json::Null, |p| &p["metadata"]["labels"]);
    for service in cluster.store.scan(known.services, Some(&key.namespace)) {
        let selector = &service["spec"]["selector"];
        if selector::selects_plainly(selector, labels) || selector::selects_plainly(selector, before) {
            queue.extend(Key::of(service));
        }
    }
    for budget in cluster.store.scan(known.disruption_budgets, Some(&key.namespace)) {
        if selector::selects(&budget["spec"]["selector"], labels) {
            queue.extend(Key::of(budget));
        }
    }
    if event.change != Change::Modified {
        for claim in pod::claims(pod) {
            queue.push(Work::Reconcile(known.claims.key(&key.namespace, claim)));
        }
    }
}

fn wake_pods(
    cluster: &Cluster,
    known: &Known,
    namespace: &str,
    queue: &mut Queue,
    which: impl Fn(&Json) -> bool,
) {
    for pod in cluster.store.scan(known.pods, Some(namespace)).filter(|p| which(p)) {
        queue.extend(Key::of(pod));
    }
}

fn wake_pending_claims(cluster: &Cluster, known: &Known, queue: &mut Queue) {
    for claim in cluster.store.scan(known.claims, None).filter(|c| text(c, &["status", "phase"]) == "Pending")
    {
        queue.extend(Key::of(claim));
    }
}
