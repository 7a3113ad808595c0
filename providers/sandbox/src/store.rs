//! The objects of the cluster, every change as an event in order, and undoing what is not to be kept.
//!
//! Knows nothing of requests or files, and of kinds only that custom resource definitions declare them. A change is
//! a put or a removal; each takes the next resource version, as etcd's revisions do.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use plimsoll_model::Gvk;
use plimsoll_schema::Json;
use serde_json::json;

use crate::object;
use crate::resource::{Key, Resource};

/// How many events are kept for watches and for lists in pages; whoever asks for older ones gets 410.
const KEPT: usize = 20_000;

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Added,
    Modified,
    Deleted,
}

/// A change of one object.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub version: u64,
    pub change: Change,
    pub key: Key,
    /// The object afterwards; where it was deleted, its last state with the version of the deletion.
    pub object: Arc<Json>,
    /// The object before.
    pub previous: Option<Arc<Json>>,
}

/// A moment to return to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark(u64);

impl Mark {
    /// The version of the latest change before it.
    pub fn version(self) -> u64 {
        self.0
    }
}

/// All objects and the latest events.
#[derive(Debug, Default)]
pub(crate) struct Store {
    objects: BTreeMap<Key, Arc<Json>>,
    /// By uid of the owner.
    dependents: BTreeMap<String, BTreeSet<Key>>,
    /// Objects that no owner controls.
    free: BTreeSet<Key>,
    /// What established definitions declare, by name of the definition.
    declared: BTreeMap<String, Resource>,
    events: VecDeque<Event>,
    version: u64,
    /// Events up to this version are gone.
    forgotten: u64,
}

impl Store {
    /// A store whose history starts after `version`, with these objects.
    pub fn restore(version: u64, objects: impl IntoIterator<Item = (Key, Json)>) -> Store {
        let mut store = Store { version, forgotten: version, ..Store::default() };
        for (key, object) in objects {
            store.index(&key, &object);
            store.objects.insert(key, Arc::new(object));
        }
        store
    }

    /// The version of the latest change.
    pub fn version(&self) -> u64 {
        self.version
    }

    pub fn get(&self, key: &Key) -> Option<&Arc<Json>> {
        self.objects.get(key)
    }

    /// The objects of a resource, of one namespace or of all, by namespace and name.
    pub fn scan(&self, resource: Resource, namespace: Option<&str>) -> impl Iterator<Item = &Arc<Json>> {
        let start = resource.key(namespace.unwrap_or_default(), "");
        let namespace = namespace.map(str::to_owned);
        self.objects
            .range((Bound::Included(start), Bound::Unbounded))
            .take_while(move |(key, _)| {
                key.resource == resource && namespace.as_ref().is_none_or(|n| *n == key.namespace)
            })
            .map(|(_, object)| object)
    }

    /// The resources that definitions declare.
    pub fn declared(&self) -> impl Iterator<Item = Resource> {
        self.declared.values().copied()
    }

    /// All served resources.
    pub fn resources(&self) -> impl Iterator<Item = Resource> {
        Resource::all().chain(self.declared())
    }

    /// A resource by group, version and plural name.
    pub fn by_path(&self, group: &str, version: &str, plural: &str) -> Option<Resource> {
        Resource::by_path(group, version, plural).or_else(|| {
            let mut declared = self.declared();
            declared.find(|r| (r.group(), r.version(), r.plural()) == (group, version, plural))
        })
    }

    /// A resource by type.
    pub fn by_gvk(&self, gvk: &Gvk) -> Option<Resource> {
        Resource::by_gvk(gvk).or_else(|| self.declared().find(|r| r.kind().gvk == *gvk))
    }

    /// The resource of an object that names its type.
    pub fn resource_of(&self, object: &Json) -> Option<Resource> {
        let api_version = object["apiVersion"].as_str()?;
        self.by_gvk(&Gvk::from_api_version(api_version, object["kind"].as_str()?))
    }

    /// The key under which an object is stored.
    pub fn key_of(&self, object: &Json) -> Option<Key> {
        Some(self.resource_of(object)?.key(object::namespace(object), object::name(object)))
    }

    /// All objects.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Arc<Json>)> {
        self.objects.iter()
    }

    /// The objects that name the owner with that uid.
    pub fn dependents(&self, uid: &str) -> Vec<Key> {
        self.dependents.get(uid).map(|keys| keys.iter().cloned().collect()).unwrap_or_default()
    }

    /// The objects of a resource in a namespace that no owner controls.
    pub fn uncontrolled(&self, resource: Resource, namespace: &str) -> impl Iterator<Item = &Arc<Json>> {
        let start = resource.key(namespace, "");
        let namespace = start.namespace.clone();
        self.free
            .range(start..)
            .take_while(move |key| key.resource == resource && key.namespace == namespace)
            .filter_map(|key| self.objects.get(key))
    }

    /// Writes an object under the next version.
    pub fn put(&mut self, key: Key, mut object: Json) -> Arc<Json> {
        self.version += 1;
        object::set(&mut object, &["metadata", "resourceVersion"], json!(self.version.to_string()));
        self.place(self.version, key, object)
    }

    /// Removes an object; the event holds `last` with the next version.
    pub fn remove(&mut self, key: &Key, mut last: Json) -> Arc<Json> {
        self.version += 1;
        object::set(&mut last, &["metadata", "resourceVersion"], json!(self.version.to_string()));
        self.displace(self.version, key, last)
    }

    /// Repeats a change that was made elsewhere.
    pub fn replay(&mut self, version: u64, removed: bool, key: Key, object: Json) {
        self.version = version;
        if removed {
            self.displace(version, &key, object);
        } else {
            self.place(version, key, object);
        }
    }

    fn place(&mut self, version: u64, key: Key, object: Json) -> Arc<Json> {
        let object = Arc::new(object);
        let previous = self.objects.insert(key.clone(), Arc::clone(&object));
        if let Some(previous) = &previous {
            self.unindex(&key, previous);
        }
        self.index(&key, &object);
        let change = if previous.is_some() { Change::Modified } else { Change::Added };
        self.push(Event { version, change, key, object: Arc::clone(&object), previous });
        object
    }

    fn displace(&mut self, version: u64, key: &Key, last: Json) -> Arc<Json> {
        let object = Arc::new(last);
        let previous = self.objects.remove(key);
        if let Some(previous) = &previous {
            self.unindex(key, previous);
        }
        self.push(Event {
            version,
            change: Change::Deleted,
            key: key.clone(),
            object: Arc::clone(&object),
            previous,
        });
        object
    }

    fn push(&mut self, event: Event) {
        self.events.push_back(event);
    }

    fn index(&mut self, key: &Key, object: &Json) {
        if is_definition(key)
            && let Some(resource) = Resource::declared(object)
        {
            self.declared.insert(key.name.clone(), resource);
        }
        if object::controller(object).is_null() {
            self.free.insert(key.clone());
        }
        for owner in object::items(object, &["metadata", "ownerReferences"]) {
            if let Some(uid) = owner["uid"].as_str() {
                self.dependents.entry(uid.to_owned()).or_default().insert(key.clone());
            }
        }
    }

    fn unindex(&mut self, key: &Key, object: &Json) {
        if is_definition(key) {
            self.declared.remove(&key.name);
        }
        self.free.remove(key);
        for owner in object::items(object, &["metadata", "ownerReferences"]) {
            let Some(uid) = owner["uid"].as_str() else { continue };
            if let Some(keys) = self.dependents.get_mut(uid) {
                keys.remove(key);
                if keys.is_empty() {
                    self.dependents.remove(uid);
                }
            }
        }
    }

    /// The moment now.
    pub fn mark(&self) -> Mark {
        Mark(self.version)
    }

    /// The events after a moment, oldest first.
    pub fn since(&self, mark: Mark) -> impl Iterator<Item = &Event> {
        self.after(mark.0)
    }

    /// Undoes every change after a moment. The events since then must still be kept: call [`Store::forget`] only
    /// between requests.
    pub fn roll_back(&mut self, mark: Mark) {
        while self.events.back().is_some_and(|e| e.version > mark.0) {
            let Some(event) = self.events.pop_back() else { break };
            if event.change != Change::Deleted {
                self.unindex(&event.key, &event.object);
                self.objects.remove(&event.key);
            }
            if let Some(previous) = event.previous {
                self.index(&event.key, &previous);
                self.objects.insert(event.key, previous);
            }
        }
        self.version = mark.0;
    }

    /// Drops events beyond those that are kept.
    pub fn forget(&mut self) {
        while self.events.len() > KEPT {
            if let Some(event) = self.events.pop_front() {
                self.forgotten = event.version;
            }
        }
    }

    /// Whether all events after `version` are still known.
    pub fn remembers(&self, version: u64) -> bool {
        version >= self.forgotten
    }

    /// The oldest version after which all events are known.
    pub fn horizon(&self) -> u64 {
        self.forgotten
    }

    /// The events after `version`, oldest first.
    pub fn after(&self, version: u64) -> impl Iterator<Item = &Event> {
        let first = self.events.partition_point(|e| e.version <= version);
        self.events.range(first..)
    }

    /// The objects of a resource as they were at `version`; none where that is no longer known.
    pub fn scan_at(
        &self,
        resource: Resource,
        namespace: Option<&str>,
        version: u64,
    ) -> Option<Vec<Arc<Json>>> {
        if version == self.version {
            return Some(self.scan(resource, namespace).cloned().collect());
        }
        if !self.remembers(version) || version > self.version {
            return None;
        }
        let mut then: BTreeMap<(String, String), Arc<Json>> = self
            .scan(resource, namespace)
            .map(|o| ((object::namespace(o).to_owned(), object::name(o).to_owned()), Arc::clone(o)))
            .collect();
        let of_ours =
            |e: &&Event| e.key.resource == resource && namespace.is_none_or(|n| n == e.key.namespace);
        let first = self.events.partition_point(|e| e.version <= version);
        for event in self.events.range(first..).rev().filter(of_ours) {
            let place = (event.key.namespace.clone(), event.key.name.clone());
            match &event.previous {
                Some(previous) => then.insert(place, Arc::clone(previous)),
                None => then.remove(&place),
            };
        }
        Some(then.into_values().collect())
    }
}

fn is_definition(key: &Key) -> bool {
    key.resource.is("apiextensions.k8s.io", "CustomResourceDefinition")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config_map(name: &str, value: &str, owner: Option<&str>) -> (Key, Json) {
        let mut object = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": "default"}, "data": {"k": value},
        });
        if let Some(uid) = owner {
            object["metadata"]["ownerReferences"] = json!([{"uid": uid}]);
        }
        (Key::of(&object).unwrap(), object)
    }

    fn values(store: &Store, key: &Key) -> Vec<String> {
        store
            .scan(key.resource, Some("default"))
            .map(|o| o["data"]["k"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn rolling_back_leaves_no_trace() {
        let mut store = Store::default();
        let (a, object) = config_map("a", "1", Some("owner"));
        store.put(a.clone(), object);
        let mark = store.mark();
        store.put(a.clone(), config_map("a", "2", None).1);
        let (b, object) = config_map("b", "3", Some("owner"));
        store.put(b.clone(), object.clone());
        store.remove(&b, object);
        store.remove(&a, config_map("a", "2", None).1);
        assert_eq!(store.since(mark).count(), 4);
        store.roll_back(mark);
        assert_eq!(values(&store, &a), ["1"]);
        assert_eq!(store.version(), 1);
        assert_eq!(store.since(mark).count(), 0);
        assert_eq!(store.dependents("owner"), [a]);
    }

    #[test]
    fn the_past_can_be_listed_while_its_events_are_kept() {
        let mut store = Store::default();
        let (a, object) = config_map("a", "1", None);
        store.put(a.clone(), object.clone());
        store.put(a.clone(), config_map("a", "2", None).1);
        let (b, other) = config_map("b", "3", None);
        store.put(b, other);
        store.remove(&a, object);
        let at = |version| {
            let objects = store.scan_at(a.resource, Some("default"), version)?;
            Some(objects.iter().map(|o| o["data"]["k"].as_str().unwrap().to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(at(1).unwrap(), ["1"]);
        assert_eq!(at(3).unwrap(), ["2", "3"]);
        assert_eq!(at(4).unwrap(), ["3"]);
        assert_eq!(at(5), None);
    }
}
