//! What the cluster tells by itself: one list and one watch for each kind and namespace, shared by
//! everybody who waits.
//!
//! A watch that is cut, expires or falls silent is begun again from a fresh list, so nothing that
//! happened meanwhile is missed. Judges nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use plimsoll_model::{Gvk, ObjectId};
use serde_json::Value as Json;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::cluster::{Cluster, Scope, WatchEvent};
use crate::error::Cause;

/// A watch that says nothing for this long is not trusted any more.
const SILENCE: Duration = Duration::from_secs(330);
/// The pause before a watch is begun again after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// All views of a run.
pub(crate) struct Hub {
    cluster: Arc<dyn Cluster>,
    views: Mutex<BTreeMap<Scope, Arc<View>>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// The objects of one scope as they are known now.
#[derive(Default)]
pub(crate) struct View {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    objects: BTreeMap<String, Arc<Json>>,
    /// Uids that were seen to go; of jobs with their last form, which tells how they ended.
    gone: BTreeMap<String, Option<Arc<Json>>>,
    waiting: BTreeMap<String, Arc<Notify>>,
    /// Names by the uid of an owner.
    owned: BTreeMap<String, BTreeSet<String>>,
    /// Whether the cluster refuses to list or watch: whoever waits must ask by itself.
    refused: bool,
    /// Whether a list has come.
    listed: bool,
}

impl Inner {
    fn put(&mut self, object: Json) {
        let name = name(&object);
        for owner in owners(&object) {
            self.owned.entry(owner.to_string()).or_default().insert(name.clone());
        }
        self.objects.insert(name, Arc::new(object));
    }

    fn went(&mut self, object: Arc<Json>) {
        let uid = uid(&object);
        self.gone.insert(uid, (object["kind"] == "Job").then_some(object));
    }
}

/// What is known of one object.
#[derive(Debug, Clone)]
pub(crate) enum Known {
    /// Nothing yet.
    Nothing,
    /// It is in no list and no event came about it: gone before the first list, without the labels
    /// that are listed, or not told of yet.
    Unseen,
    /// Its last form.
    Object(Arc<Json>),
    /// The object with that uid is gone; of a job, its last form.
    Gone(Option<Arc<Json>>),
    /// The cluster does not tell by itself.
    Refused,
}

impl Hub {
    pub(crate) fn new(cluster: Arc<dyn Cluster>) -> Hub {
        Hub { cluster, views: Mutex::default(), tasks: Mutex::default() }
    }

    /// The view of a scope; begins to watch it if nobody did.
    pub(crate) fn view(&self, scope: &Scope) -> Arc<View> {
        let mut views = lock(&self.views);
        if let Some(view) = views.get(scope) {
            return view.clone();
        }
        let view = Arc::new(View::default());
        views.insert(scope.clone(), view.clone());
        let task = tokio::spawn(keep(self.cluster.clone(), scope.clone(), view.clone()));
        lock(&self.tasks).push(task);
        view
    }

    /// The replica sets and pods that belong to the object with that uid, near or far, as far as
    /// they are known.
    pub(crate) fn pods(&self, namespace: &str, selector: &str, uid: &str) -> Vec<Json> {
        let view = |group: &str, kind: &str| {
            let gvk = Gvk::new(group, "v1", kind);
            self.view(&Scope { gvk, namespace: Some(namespace.into()), selector: selector.into() })
        };
        let mut own = view("apps", "ReplicaSet").owned_by(uid);
        let pods = view("", "Pod");
        let sets: Vec<String> = own.iter().map(self::uid).collect();
        for owner in sets.iter().map(String::as_str).chain([uid]) {
            own.extend(pods.owned_by(owner));
        }
        own
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        for task in lock(&self.tasks).drain(..) {
            task.abort();
        }
    }
}

impl View {
    /// What is known of the object with that name; with `uid`, of that very object.
    pub(crate) fn know(&self, name: &str, uid: &str) -> Known {
        let inner = lock(&self.inner);
        match (inner.objects.get(name), inner.gone.get(uid)) {
            (Some(object), _) if object["metadata"]["uid"] == uid => Known::Object(object.clone()),
            (_, Some(last)) => Known::Gone(last.clone()),
            _ if inner.refused => Known::Refused,
            _ if inner.listed => Known::Unseen,
            _ => Known::Nothing,
        }
    }

    /// Wakes when something happens to the object with that name.
    pub(crate) fn notice(&self, name: &str) -> Arc<Notify> {
        lock(&self.inner).waiting.entry(name.to_string()).or_default().clone()
    }

    /// The objects that have an owner with that uid.
    fn owned_by(&self, uid: &str) -> Vec<Json> {
        let inner = lock(&self.inner);
        let names = inner.owned.get(uid).into_iter().flatten();
        names.filter_map(|name| inner.objects.get(name)).map(|o| (**o).clone()).collect()
    }

    /// A fresh list: what is not in it is gone.
    fn replace(&self, items: Vec<Json>) {
        let mut inner = lock(&self.inner);
        let old = std::mem::take(&mut inner.objects);
        inner.owned.clear();
        for item in items {
            inner.put(item);
        }
        let still: BTreeSet<String> = inner.objects.values().map(|o| uid(o)).collect();
        old.into_values().filter(|o| !still.contains(&uid(o))).for_each(|o| inner.went(o));
        inner.refused = false;
        inner.listed = true;
        inner.waiting.values().for_each(|n| n.notify_waiters());
    }

    fn happened(&self, event: WatchEvent) {
        let mut inner = lock(&self.inner);
        let name = match event {
            WatchEvent::Bookmark(_) => return,
            WatchEvent::Changed(object) => {
                let name = name(&object);
                inner.put(object);
                name
            }
            WatchEvent::Deleted(object) => {
                let name = name(&object);
                inner.objects.remove(&name);
                for owner in owners(&object) {
                    if let Some(names) = inner.owned.get_mut(owner) {
                        names.remove(&name);
                    }
                }
                inner.went(Arc::new(object));
                name
            }
        };
        if let Some(notify) = inner.waiting.get(&name) {
            notify.notify_waiters();
        }
    }

    fn refuse(&self) {
        let mut inner = lock(&self.inner);
        inner.refused = true;
        inner.waiting.values().for_each(|n| n.notify_waiters());
    }
}

/// Lists and watches for as long as anybody may want to know.
async fn keep(cluster: Arc<dyn Cluster>, scope: Scope, view: Arc<View>) {
    loop {
        let listing = match cluster.list(&scope).await {
            Ok(listing) => listing,
            Err(e) => {
                if matches!(e.cause, Cause::Forbidden(_) | Cause::NoSuchKind(_)) {
                    view.refuse();
                }
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let from = listing.resource_version.clone();
        view.replace(listing.objects().collect());
        match cluster.watch(&scope, &from).await {
            Ok(mut events) => {
                while let Ok(Some(Ok(event))) = tokio::time::timeout(SILENCE, events.next()).await {
                    view.happened(event);
                }
                // Cut, expired or silent: a moment later, from a fresh list.
                tokio::time::sleep(PAUSE / 10).await;
            }
            Err(e) => {
                if matches!(e.cause, Cause::Forbidden(_) | Cause::NoSuchKind(_)) {
                    view.refuse();
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// The scope that an object is watched in: its kind, its namespace, and the labels of all that is ours.
pub(crate) fn scope_of(id: &ObjectId, selector: &str) -> Scope {
    Scope { gvk: id.gvk.clone(), namespace: id.namespace.clone(), selector: selector.to_string() }
}

fn name(object: &Json) -> String {
    object["metadata"]["name"].as_str().unwrap_or_default().to_string()
}

fn owners(object: &Json) -> impl Iterator<Item = &str> {
    object["metadata"]["ownerReferences"].as_array().into_iter().flatten().filter_map(|o| o["uid"].as_str())
}

fn uid(object: &Json) -> String {
    object["metadata"]["uid"].as_str().unwrap_or_default().to_string()
}

/// Nothing panics while it holds one of these locks, so the data is sound in any case.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
