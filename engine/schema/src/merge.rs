//! Server-side apply: what the API server makes of an apply or of a plain write, with `managedFields`.
//!
//! Follows the API server's field manager step by step: `apply` merges by the list keys of the schema,
//! prunes what the applier no longer sets, finds conflicts; `update` moves ownership to whoever changed
//! a value. Neither fills in defaults ([`crate::defaults`]) nor decides what a writer may change.
//! Simplified in one point: an entry of another API version of the kind is kept as it is, because
//! nothing here converts between versions.

mod compare;
mod conflict;
mod managers;
mod prune;
mod remove;
mod reset;
mod walk;

use crate::{
    Json, Kind, Path, canonical,
    field_set::{self, FieldSet},
    validate,
};
pub use compare::{Comparison, compare};
pub use conflict::{Conflict, MergeError};
pub use managers::{Entry, Managers, Operation, applied_by, appliers, has_applied};

use managers::{ManagerId, entries_of, write_entries};

/// Who writes, through what, and when.
#[derive(Debug, Clone, Copy)]
pub struct Write<'a> {
    /// The field manager's name.
    pub manager: &'a str,
    /// The subresource that is written; none for the resource itself.
    pub subresource: Option<&'a str>,
    /// The time of the write, RFC 3339 in UTC with seconds, as entries carry it.
    pub now: &'a str,
}

/// Applies `applied` to `live` under `manager`; the new object, with its managedFields.
///
/// Where nothing changes, not even ownership, the result equals `live`, times included.
///
/// # Errors
/// [`MergeError::Conflicts`] where others own different values and `force` is off;
/// [`MergeError::Invalid`] where `applied` does not fit the schema.
pub fn apply(
    kind: &Kind,
    live: Option<&Json>,
    applied: &Json,
    manager: &str,
    force: bool,
    now: &str,
) -> Result<Json, MergeError> {
    apply_to(kind, live, applied, force, &Write { manager, subresource: None, now })
}

/// As [`apply`], through a subresource.
///
/// # Errors
/// As [`apply`].
pub fn apply_to(
    kind: &Kind,
    live: Option<&Json>,
    applied: &Json,
    force: bool,
    write: &Write<'_>,
) -> Result<Json, MergeError> {
    let merged = apply_raw(kind, live, applied, force, write, &Rules::server(kind, write))?;
    Ok(settled(live, canonical::without_nulls(kind, &merged)))
}

/// What an API server adds to the merge library: the form of an object that does not exist yet, fields that
/// a write cannot change, and a limit to the entries of updates.
pub(crate) struct Rules {
    pub(crate) empty: Json,
    pub(crate) reset: FieldSet,
    pub(crate) most_updaters: usize,
}

impl Rules {
    fn server(kind: &Kind, write: &Write<'_>) -> Rules {
        Rules {
            empty: canonical::skeleton(kind),
            reset: reset::fields(kind, write.subresource),
            most_updaters: 10,
        }
    }
}

/// An apply as the merge library leaves it: what was pruned to nothing is null.
pub(crate) fn apply_raw(
    kind: &Kind,
    live: Option<&Json>,
    applied: &Json,
    force: bool,
    write: &Write<'_>,
    rules: &Rules,
) -> Result<Json, MergeError> {
    refuse_misfits(kind, applied)?;
    untyped(kind, live)?;
    let (mut managers, bare) = opened(kind, live, write, rules);
    let api_version = kind.gvk.api_version();
    let id = ManagerId::new(write, Operation::Apply, &api_version);
    let ty = kind.root.get();
    managers.reconcile(kind);

    let mut merged = bare.clone();
    walk::merge_onto(ty, &mut merged, applied);
    let last = managers.get(&id).map(|entry| entry.set.clone()).unwrap_or_default();
    let mut set = FieldSet::of_type(kind.root, applied);
    set.subtract(&rules.reset, true);
    // Nothing is pruned where everything is still applied.
    let prunes = !last.is_subset_of(&set);
    managers.put(id.clone(), Entry { set, api_version: api_version.clone(), time: None });
    let merged = if prunes { prune::prune(ty, &merged, &last, &managers.owned(kind)) } else { merged };
    let changes = compare(kind, &bare, &merged).without(&rules.reset);
    let clash = managers.take_away(Some(&id), &api_version, &changes);
    if !force && !clash.is_empty() {
        return Err(MergeError::Conflicts(conflict::describe(clash, applied, live)));
    }
    let changed = !crate::equal(&bare, &merged);
    managers.strip(&id);
    managers.set_time(&id, changed.then_some(write.now));
    Ok(write_entries(if changed { merged } else { bare }, &managers))
}

fn refuse_misfits(kind: &Kind, applied: &Json) -> Result<(), MergeError> {
    let misfits = validate::misfits(kind, applied);
    if !misfits.is_empty() {
        return Err(MergeError::Invalid(misfits));
    }
    match applied.pointer("/metadata/managedFields").is_some_and(|m| !m.is_null()) {
        true => Err(MergeError::ManagedFieldsGiven),
        false => Ok(()),
    }
}

/// Objects that are stored may hold doubled items, but no items without a key: nobody's ownership can be told
/// then. The managers are read by themselves: lists keep their fields as text.
fn untyped(kind: &Kind, object: Option<&Json>) -> Result<(), MergeError> {
    let mut misfits = object.map(|o| validate::misfits(kind, o)).unwrap_or_default();
    let managers = Path::fields(["metadata", "managedFields"]);
    misfits.retain(|m| m.problem != validate::Problem::Double && !managers.is_prefix_of(&m.path));
    if misfits.is_empty() { Ok(()) } else { Err(MergeError::Invalid(misfits)) }
}

/// An apply that owns `owned` as before, without force: the live object afterwards, without managedFields.
pub(crate) fn apply_again(
    kind: &Kind,
    live: &Json,
    applied: &Json,
    manager: &str,
    owned: &FieldSet,
) -> Result<Json, MergeError> {
    if applied.pointer("/metadata/managedFields").is_some_and(|m| !m.is_null()) {
        return Err(MergeError::ManagedFieldsGiven);
    }
    let mut merged = bare_of(live);
    walk::merge_onto(kind.root.get(), &mut merged, applied);
    // Only a field that somebody else owns too can be in conflict.
    let mut others = managers::all_but_applied_by(live, manager).unwrap_or_default();
    if others.share_nothing_of(owned) {
        return Ok(merged);
    }
    let mut changes = compare(kind, live, &merged).without(&reset::fields(kind, None));
    field_set::strip(&mut changes.removed);
    let clash = others.take_away(None, &kind.gvk.api_version(), &changes);
    match clash.is_empty() {
        true => Ok(merged),
        false => Err(MergeError::Conflicts(conflict::describe(clash, applied, Some(live)))),
    }
}

/// What the server keeps an apply of this kind from owning.
pub(crate) fn unowned(kind: &Kind) -> FieldSet {
    reset::fields(kind, None)
}

/// Records a plain write (create, update, patch): `new` is the object as it will be stored, and what
/// differs from `live` belongs to `manager` afterwards.
///
/// As the API server does, `new`'s own managedFields are the starting point unless they are left out; an
/// empty list, or a list of one empty entry, asks for a reset. Through a subresource those of `live` are.
/// Where an object does not fit its schema, nobody owns anything afterwards.
pub fn update(
    kind: &Kind,
    live: Option<&Json>,
    new: &Json,
    manager: &str,
    subresource: Option<&str>,
    now: &str,
) -> Json {
    let write = Write { manager, subresource, now };
    let updated = update_raw(kind, live, new, &write, &Rules::server(kind, &write));
    let updated = updated.unwrap_or_else(|_| bare_of(new));
    settled(live, canonical::without_nulls(kind, &updated))
}

/// A plain write, with nulls left where they are.
pub(crate) fn update_raw(
    kind: &Kind,
    live: Option<&Json>,
    new: &Json,
    write: &Write<'_>,
    rules: &Rules,
) -> Result<Json, MergeError> {
    let mut managers = starting_point(live, new, write.subresource);
    let new = bare_of(new);
    // Objects that were written before anybody was tracked stay untracked until an apply.
    if managers.is_empty() && live.and_then(|l| l.pointer("/metadata/uid")).is_some() {
        return Ok(new);
    }
    untyped(kind, Some(&new))?;
    untyped(kind, live)?;
    match live {
        Some(live) => track(kind, &bare_of(live), &new, &mut managers, write, rules),
        None => track(kind, &rules.empty, &new, &mut managers, write, rules),
    }
    managers.cap(rules.most_updaters);
    Ok(write_entries(new, &managers))
}

/// The bookkeeping of a plain write.
fn track(kind: &Kind, old: &Json, new: &Json, managers: &mut Managers, write: &Write<'_>, rules: &Rules) {
    managers.reconcile(kind);
    let api_version = kind.gvk.api_version();
    let changes = compare(kind, old, new).without(&rules.reset);
    managers.take_away(None, &api_version, &changes);
    let mut set = changes.modified.union(&changes.added);
    field_set::strip(&mut set);
    if !set.is_empty() {
        let id = ManagerId::new(write, Operation::Update, &api_version);
        let set = managers.get(&id).map_or_else(|| set.clone(), |before| before.set.union(&set));
        managers.put(id.clone(), Entry { set, api_version, time: None });
        managers.set_time(&id, Some(write.now));
    }
}

/// Managers of the live object and the object without them; what nobody was tracked for belongs to
/// `before-first-apply`.
fn opened(kind: &Kind, live: Option<&Json>, write: &Write<'_>, rules: &Rules) -> (Managers, Json) {
    let Some(live) = live else { return (Managers::default(), rules.empty.clone()) };
    let mut managers = entries_of(live).unwrap_or_default();
    let bare = bare_of(live);
    if managers.is_empty() {
        let before = Write { manager: "before-first-apply", ..*write };
        track(kind, &rules.empty, &bare, &mut managers, &before, rules);
    }
    (managers, bare)
}

fn starting_point(live: Option<&Json>, new: &Json, subresource: Option<&str>) -> Managers {
    let of_live = || live.and_then(|l| entries_of(l).ok()).unwrap_or_default();
    if subresource.is_some() {
        return of_live();
    }
    match new.pointer("/metadata/managedFields").and_then(Json::as_array) {
        Some(list) if list.is_empty() => Managers::default(),
        Some(list) if list.len() == 1 && list[0].as_object().is_some_and(serde_json::Map::is_empty) => {
            Managers::default()
        }
        Some(_) => entries_of(new).ok().filter(|m| !m.is_empty()).unwrap_or_else(of_live),
        None => of_live(),
    }
}

/// The object without its managedFields, which are not copied first: they are often its largest part.
fn bare_of(object: &Json) -> Json {
    let without = |map: &serde_json::Map<String, Json>, name: &str| {
        let kept = map.iter().filter(|(k, _)| *k != name);
        kept.map(|(k, v)| (k.clone(), v.clone())).collect::<serde_json::Map<_, _>>()
    };
    let (Some(map), Some(metadata)) = (object.as_object(), object.get("metadata").and_then(Json::as_object))
    else {
        return object.clone();
    };
    let mut bare = without(map, "metadata");
    bare.insert("metadata".into(), Json::Object(without(metadata, "managedFields")));
    Json::Object(bare)
}

/// The live object where only times of entries would differ.
fn settled(live: Option<&Json>, new: Json) -> Json {
    match live {
        Some(live) if managers::same_but_for_times(live, &new) => live.clone(),
        _ => new,
    }
}

/// Puts back the times of managedFields where an object is otherwise as `live`: the API server does so
/// before it stores, so that a write without effect changes nothing. To be called once defaults are filled in.
pub fn settle(live: &Json, new: Json) -> Json {
    settled(Some(live), new)
}

#[cfg(test)]
mod tests;
