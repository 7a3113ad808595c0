//! Who owns what: the entries of `managedFields`, read, changed and written back in the server's order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

use super::{Comparison, Write};
use crate::{
    Json, Kind,
    field_set::{FieldSet, NotFieldsV1, Path, strip},
};

/// How an entry came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Operation {
    /// Server-side apply.
    Apply,
    /// Any other write.
    Update,
}

/// What tells entries apart. The API version only counts for updates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ManagerId {
    pub(super) manager: String,
    pub(super) operation: Operation,
    pub(super) api_version: Option<String>,
    pub(super) subresource: Option<String>,
}

impl ManagerId {
    pub(super) fn new(write: &Write<'_>, operation: Operation, api_version: &str) -> ManagerId {
        let manager = if write.manager.is_empty() { "unknown" } else { write.manager };
        ManagerId {
            manager: manager.to_owned(),
            operation,
            api_version: (operation == Operation::Update).then(|| api_version.to_owned()),
            subresource: write.subresource.filter(|s| !s.is_empty()).map(str::to_owned),
        }
    }

    /// The server's own text form, which breaks ties when the oldest entries are merged.
    fn text(&self) -> String {
        let mut text = format!(r#"{{"manager":{},"operation":"{:?}""#, json!(self.manager), self.operation);
        if let Some(version) = &self.api_version {
            text += &format!(r#","apiVersion":{}"#, json!(version));
        }
        if let Some(subresource) = &self.subresource {
            text += &format!(r#","subresource":{}"#, json!(subresource));
        }
        text + "}"
    }
}

/// What a manager owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The fields.
    pub set: FieldSet,
    /// In which version of the kind.
    pub api_version: String,
    /// When it last changed anything.
    pub time: Option<String>,
}

/// All entries of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Managers {
    entries: BTreeMap<ManagerId, Entry>,
}

impl Managers {
    /// The entries of an object.
    ///
    /// # Errors
    /// Where an entry is not one, or its field set cannot be read.
    pub fn of(object: &Json) -> Result<Managers, NotFieldsV1> {
        entries_of(object)
    }

    /// Nobody owns anything.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry of that manager, operation and subresource, in whatever API version.
    pub fn find(&self, manager: &str, operation: Operation, subresource: Option<&str>) -> Option<&Entry> {
        let same = |id: &ManagerId| {
            id.manager == manager && id.operation == operation && id.subresource.as_deref() == subresource
        };
        self.entries.iter().find(|(id, _)| same(id)).map(|(_, entry)| entry)
    }

    /// Every entry with its manager's name, operation and subresource.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Operation, Option<&str>, &Entry)> {
        self.entries.iter().map(|(id, e)| (id.manager.as_str(), id.operation, id.subresource.as_deref(), e))
    }

    /// Whether both hold the same entries, times aside.
    fn same_owners(&self, other: &Managers) -> bool {
        let pairs = self.entries.iter().zip(&other.entries);
        let same = |((a, x), (b, y)): ((&ManagerId, &Entry), (&ManagerId, &Entry))| {
            a == b && x.api_version == y.api_version && x.set == y.set
        };
        self.entries.len() == other.entries.len() && pairs.into_iter().all(same)
    }

    /// Nobody owns any of those fields.
    pub(super) fn share_nothing_of(&self, fields: &FieldSet) -> bool {
        self.entries.values().all(|entry| !entry.set.intersects(fields))
    }

    pub(super) fn get(&self, id: &ManagerId) -> Option<&Entry> {
        self.entries.get(id)
    }

    /// Replaces an entry; the time stays until it is set.
    pub(super) fn put(&mut self, id: ManagerId, mut entry: Entry) {
        entry.time = self.entries.get(&id).and_then(|before| before.time.clone());
        self.entries.insert(id, entry);
    }

    pub(super) fn set_time(&mut self, id: &ManagerId, time: Option<&str>) {
        if let (Some(entry), Some(time)) = (self.entries.get_mut(id), time) {
            entry.time = Some(time.to_owned());
        }
    }

    /// What is owned in the kind's version, by anybody.
    pub(super) fn owned(&self, kind: &Kind) -> FieldSet {
        let version = kind.gvk.api_version();
        let same = self.entries.values().filter(|e| e.api_version == version);
        same.fold(FieldSet::new(), |all, entry| all.union(&entry.set))
    }

    pub(super) fn reconcile(&mut self, kind: &Kind) {
        let version = kind.gvk.api_version();
        for entry in self.entries.values_mut().filter(|e| e.api_version == version) {
            if !entry.set.is_reconciled(kind.root.get()) {
                entry.set = entry.set.reconciled(kind.root.get());
            }
        }
    }

    /// Takes what changed from everybody but `except`, and what they own of it is returned: their entry as
    /// it was, and the paths.
    pub(super) fn take_away(
        &mut self,
        except: Option<&ManagerId>,
        version: &str,
        changes: &Comparison,
    ) -> Vec<(ManagerId, Entry, Vec<Path>)> {
        let written = changes.modified.union(&changes.added);
        let mut taken = Vec::new();
        for (id, entry) in &mut self.entries {
            if Some(id) == except || entry.api_version != version {
                continue;
            }
            let clash = entry.set.intersection(&written);
            if !clash.is_empty() {
                taken.push((id.clone(), entry.clone(), clash.paths()));
                entry.set.subtract(&clash, false);
            }
            entry.set.subtract(&changes.removed, false);
        }
        self.entries.retain(|_, entry| !entry.set.is_empty());
        taken
    }

    /// Takes from an entry what nobody owns; without anything left it goes.
    pub(super) fn strip(&mut self, id: &ManagerId) {
        if let Some(entry) = self.entries.get_mut(id) {
            strip(&mut entry.set);
            if entry.set.is_empty() {
                self.entries.remove(id);
            }
        }
    }

    /// Merges the oldest updaters of each version into `ancient-changes` until there are few enough.
    pub(super) fn cap(&mut self, most: usize) {
        let updaters = self.entries.iter().filter(|(id, _)| id.operation == Operation::Update);
        let mut updaters: Vec<(String, String, ManagerId)> =
            updaters.map(|(id, e)| (e.time.clone().unwrap_or_default(), id.text(), id.clone())).collect();
        let mut count = updaters.len();
        updaters.sort();
        let mut first: BTreeMap<String, ManagerId> = BTreeMap::new();
        for (_, _, id) in updaters {
            if count <= most {
                return;
            }
            let Some(entry) = self.entries.get(&id).cloned() else { continue };
            let Some(oldest) = first.get(&entry.api_version).cloned() else {
                first.insert(entry.api_version, id);
                continue;
            };
            let bucket = ManagerId {
                manager: "ancient-changes".into(),
                operation: Operation::Update,
                api_version: Some(entry.api_version.clone()),
                subresource: None,
            };
            if !self.entries.contains_key(&bucket)
                && let Some(start) = self.entries.remove(&oldest)
            {
                self.entries.insert(bucket.clone(), start);
            }
            self.entries.remove(&id);
            if let Some(ancient) = self.entries.get_mut(&bucket) {
                ancient.set = ancient.set.union(&entry.set);
                ancient.time = entry.time;
            }
            count -= 1;
        }
    }
}

/// Reads the entries of an object.
pub(super) fn entries_of(object: &Json) -> Result<Managers, NotFieldsV1> {
    let mut managers = Managers::default();
    for entry in list_of(object) {
        let (id, entry) = read_entry(entry)?;
        managers.entries.insert(id, entry);
    }
    Ok(managers)
}

fn list_of(object: &Json) -> &[Json] {
    object.pointer("/metadata/managedFields").and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// Whether one manager has an entry for what it applied through the resource itself. What the entry says is
/// not read.
pub fn has_applied(object: &Json, manager: &str) -> bool {
    appliers(object).any(|applier| applier == manager)
}

/// Whoever has an entry for what they applied through the resource itself. What the entries say is not read.
pub fn appliers(object: &Json) -> impl Iterator<Item = &str> {
    list_of(object).iter().filter(|entry| is_applied(entry)).filter_map(|entry| entry["manager"].as_str())
}

/// What one manager applied through the resource itself, without a look at the other entries.
///
/// # Errors
/// Where that entry cannot be read.
pub fn applied_by(object: &Json, manager: &str) -> Result<Option<Entry>, NotFieldsV1> {
    let ours = list_of(object).iter().find(|entry| is_applied_by(entry, manager));
    ours.map(|entry| read_entry(entry).map(|(_, entry)| entry)).transpose()
}

/// The other entries.
pub(super) fn all_but_applied_by(object: &Json, manager: &str) -> Result<Managers, NotFieldsV1> {
    let others = list_of(object).iter().filter(|entry| !is_applied_by(entry, manager));
    Ok(Managers { entries: others.map(read_entry).collect::<Result<_, _>>()? })
}

fn is_applied_by(entry: &Json, manager: &str) -> bool {
    is_applied(entry) && entry["manager"].as_str() == Some(manager)
}

fn is_applied(entry: &Json) -> bool {
    entry["operation"].as_str() == Some("Apply") && entry["subresource"].as_str().is_none_or(str::is_empty)
}

fn read_entry(entry: &Json) -> Result<(ManagerId, Entry), NotFieldsV1> {
    let wrong = || NotFieldsV1 { at: entry.to_string() };
    let text = |name: &str| entry.get(name).and_then(Json::as_str).map(str::to_owned);
    let operation = match entry.get("operation").and_then(Json::as_str) {
        Some("Apply") => Operation::Apply,
        Some("Update") => Operation::Update,
        _ => return Err(wrong()),
    };
    if entry.get("fieldsType").and_then(Json::as_str) != Some("FieldsV1") {
        return Err(wrong());
    }
    let api_version = text("apiVersion").filter(|v| !v.is_empty()).ok_or_else(wrong)?;
    let set = entry.get("fieldsV1").map_or(Ok(FieldSet::new()), FieldSet::from_fields_v1)?;
    let id = ManagerId {
        manager: text("manager").unwrap_or_default(),
        operation,
        api_version: (operation == Operation::Update).then(|| api_version.clone()),
        subresource: text("subresource").filter(|s| !s.is_empty()),
    };
    Ok((id, Entry { set, api_version, time: text("time") }))
}

/// Writes the entries into an object: applies before updates, older before newer, then by name.
pub(super) fn write_entries(mut object: Json, managers: &Managers) -> Json {
    if managers.is_empty() {
        return object;
    }
    let mut entries: Vec<(&ManagerId, &Entry)> = managers.entries.iter().collect();
    entries.sort_by_key(|(id, e)| {
        (id.operation, e.time.as_deref().unwrap_or(""), &id.manager, &e.api_version, &id.subresource)
    });
    let list: Vec<Json> = entries.into_iter().map(|(id, entry)| entry_json(id, entry)).collect();
    if let Some(map) = object.as_object_mut() {
        let metadata = map.entry("metadata").or_insert_with(|| json!({}));
        if !metadata.is_object() {
            *metadata = json!({});
        }
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert("managedFields".into(), Json::Array(list));
        }
    }
    object
}

fn entry_json(id: &ManagerId, entry: &Entry) -> Json {
    let mut map = Map::new();
    map.insert("manager".into(), json!(id.manager));
    map.insert("operation".into(), json!(id.operation));
    map.insert("apiVersion".into(), json!(entry.api_version));
    map.insert("fieldsType".into(), json!("FieldsV1"));
    map.insert("fieldsV1".into(), entry.set.to_fields_v1());
    if let Some(time) = &entry.time {
        map.insert("time".into(), json!(time));
    }
    if let Some(subresource) = &id.subresource {
        map.insert("subresource".into(), json!(subresource));
    }
    Json::Object(map)
}

/// Whether two objects differ in nothing but the times of their entries.
pub(super) fn same_but_for_times(a: &Json, b: &Json) -> bool {
    let (Ok(x), Ok(y)) = (entries_of(a), entries_of(b)) else { return false };
    x.same_owners(&y) && crate::equal(&super::bare_of(a), &super::bare_of(b))
}
