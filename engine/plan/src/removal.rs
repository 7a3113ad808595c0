//! What is ours and no longer declared: deletes, and resources that are gone already.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::{Address, DesiredObject, Diagnostic, ObjectId, Report};
use serde_json::Value as Json;

use crate::consequence;
use crate::listed::Listed;
use crate::observe::ADDRESS_ANNOTATION;
use crate::operation;
use crate::owners;
use crate::plan::{Action, Operation};
use crate::release;
use crate::world::{Identity, World, identity, uid_of};

/// What the plan removes.
#[derive(Debug, Default)]
pub(crate) struct Removals {
    /// Known to the state.
    pub(crate) recorded: Vec<Operation>,
    /// Known by labels only.
    pub(crate) unrecorded: Vec<Operation>,
}

/// Recorded resources that no list showed and nobody wants: they have to be looked at one by one,
/// because somebody may have taken their labels away.
pub(crate) fn missing(world: &World<'_>) -> Vec<ObjectId> {
    let unseen = world.recorded.iter().filter(|(identity, (address, resource))| {
        world.scope.holds(address)
            && !world.ours.contains_key(*identity)
            && !world.look_alikes.contains_key(*identity)
            && !world.wanted.contains(*identity)
            && !world.input.observed.missing_kinds.contains(&resource.id.gvk)
    });
    unseen.map(|(_, (_, resource))| resource.id.clone()).collect()
}

/// Everything that the plan removes. `looked` holds what a look at the [`missing`] ones found.
pub(crate) fn find(
    world: &World<'_>,
    looked: &BTreeMap<Identity, Option<Json>>,
    report: &mut Report,
) -> Removals {
    let mut out = Removals::default();
    for (_, listed) in world.ours.iter().filter(|(identity, _)| !world.wanted.contains(*identity)) {
        let (id, live) = (listed.id().clone(), &listed.object());
        if consequence::has_controller(live) {
            continue;
        }
        let uid = uid_of(live);
        match world.recorded.get(&identity(&id)) {
            Some((address, _)) if !world.scope.holds(address) => {}
            Some((address, resource)) if Some(&resource.uid) == uid.as_ref() => {
                out.recorded.push(goes(address, resource.protected, id, uid, live, world, report));
            }
            _ => {
                let address = address_of(live, &id);
                if !world.scope.holds(&address) {
                    continue;
                }
                if release::is_released(&address, world) {
                    out.recorded.push(goes(&address, false, id, uid, live, world, report));
                    continue;
                }
                let mut operation =
                    operation::of_removal(Action::Delete, address, id, uid, Some(live), world);
                operation.unrecorded = true;
                out.unrecorded.push(operation);
            }
        }
    }
    for (identity, (address, resource)) in &world.recorded {
        if !world.scope.holds(address) || world.ours.contains_key(identity) || world.wanted.contains(identity)
        {
            continue;
        }
        let id = resource.id.clone();
        if world.input.observed.missing_kinds.contains(&id.gvk) {
            report.push(unserved(address, &id));
            continue;
        }
        let asked = !world.look_alikes.contains_key(identity);
        if asked && !looked.contains_key(identity) {
            // The look failed, and that was reported.
            continue;
        }
        let uid = Some(resource.uid.clone());
        let seen = looked.get(identity).cloned().flatten();
        let live = seen.or_else(|| world.look_alikes.get(identity).map(Listed::object));
        let same = live.filter(|l| uid_of(l) == uid);
        match &same {
            Some(live) if owners::has_manager(live, &world.manager) => {
                out.recorded.push(goes(address, resource.protected, id, uid, live, world, report));
            }
            Some(_) if !release::is_released(address, world) => {
                let warning =
                    Diagnostic::warning("object-left-alone", "an object is no longer ours").detail(format!(
                        "{address} ({id}) lost our field manager {}; it stays, and is forgotten.",
                        world.manager
                    ));
                report.push(warning);
                out.recorded.push(operation::of_removal(
                    Action::Forget,
                    address.clone(),
                    id,
                    uid,
                    None,
                    world,
                ));
            }
            _ => out.recorded.push(operation::of_removal(
                Action::Forget,
                address.clone(),
                id,
                uid,
                None,
                world,
            )),
        }
    }
    distinguish(&mut out, world);
    out
}

/// The operation of an object that is ours and declared no longer: it is deleted, or let go.
fn goes(
    address: &Address,
    is_protected: bool,
    id: ObjectId,
    uid: Option<String>,
    live: &Json,
    world: &World<'_>,
    report: &mut Report,
) -> Operation {
    let released = release::is_released(address, world);
    if is_protected && !released {
        report.push(protected(address, &id));
    }
    let action = if released { Action::Release } else { Action::Delete };
    operation::of_removal(action, address.clone(), id, uid, Some(live), world)
}

/// Two objects never share an address in one plan.
fn distinguish(removals: &mut Removals, world: &World<'_>) {
    let mut taken: BTreeSet<Address> = match world.input.options.destroy {
        true => Default::default(),
        false => world.input.desired.objects.iter().map(|o| o.address.clone()).collect(),
    };
    for operation in removals.recorded.iter_mut().chain(&mut removals.unrecorded) {
        if !taken.insert(operation.address.clone()) {
            let part = operation.address.part.as_ref().map(|p| format!("{p}-")).unwrap_or_default();
            let kind = operation.id.gvk.kind.to_lowercase();
            operation.address.part = Some(format!("{part}{kind}-{}", operation.id.name));
            taken.insert(operation.address.clone());
        }
    }
}

fn protected(address: &Address, id: &ObjectId) -> Diagnostic {
    Diagnostic::error("prevent-destroy", "a protected object would be deleted")
        .detail(format!("{address} ({id}) was applied with lifecycle {{ prevent_destroy = true }}."))
        .help("apply it once without prevent_destroy, then delete it")
}

/// A type that is not served says nothing about its objects: an API may be off for a while, or a
/// proxy answer in its place.
fn unserved(address: &Address, id: &ObjectId) -> Diagnostic {
    Diagnostic::error("not-verified", "the cluster did not answer")
        .detail(format!(
            "Whether {address} ({id}) is still there could not be found out: the cluster does not serve {}.",
            id.gvk
        ))
        .help(format!("serve the type again, or forget what went with it: plimsoll state rm '{address}'"))
}

/// The address that an object's annotation tells, or one made from its kind and name.
fn address_of(live: &Json, id: &ObjectId) -> Address {
    let annotated = live["metadata"]["annotations"][ADDRESS_ANNOTATION].as_str();
    let fallback = || {
        let name: String =
            id.name.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).collect();
        Address::new(id.gvk.kind.to_lowercase(), name)
    };
    annotated.and_then(|text| text.parse().ok()).unwrap_or_else(fallback)
}

/// What would have to be deleted and made again under the same address.
#[derive(Debug, Default)]
pub(crate) struct Replaced {
    /// The addresses.
    pub(crate) addresses: BTreeSet<Address>,
    /// The objects that are there.
    pub(crate) objects: BTreeSet<Identity>,
}

/// Recorded addresses whose object would be another one: another kind, namespace or name. One finding
/// for each block.
pub(crate) fn replaced(world: &World<'_>, report: &mut Report) -> Replaced {
    let mut out = Replaced::default();
    if world.input.options.destroy {
        return out;
    }
    let mut blocks: BTreeMap<Address, Vec<(&DesiredObject, &ObjectId)>> = BTreeMap::new();
    for want in world.input.desired.objects.iter().filter(|o| world.scope.holds(&o.address)) {
        let Some(resource) = world.input.recorded.resources.get(&want.address) else { continue };
        let old = identity(&resource.id);
        let stays = world.wanted.contains(&old) || !world.ours.contains_key(&old);
        if old == identity(&want.id) || stays {
            continue;
        }
        out.addresses.insert(want.address.clone());
        out.objects.insert(old);
        blocks.entry(want.address.block_address()).or_default().push((want, &resource.id));
    }
    for (block, objects) in blocks {
        let each = |(want, old): &(&DesiredObject, &ObjectId)| {
            format!("{} is {old} in the cluster and would become {}", want.address, want.id)
        };
        let told: Vec<String> = objects.iter().map(each).collect();
        let mut error = Diagnostic::error("identity-changed", "an object would become another one")
            .detail(format!("{}: the one would have to be deleted and the other made.", told.join("; ")));
        if let Some((want, _)) = objects.first() {
            error = error.at(want.span, format!("would become {}", want.id));
        }
        report.push(error.help(keep(&block, &objects)));
    }
    out
}

/// What keeps the objects of a block: their name, where that is all that changes.
fn keep(block: &Address, objects: &[(&DesiredObject, &ObjectId)]) -> String {
    let main = objects.iter().find(|(want, _)| want.address.part.is_none());
    match main {
        Some((want, old))
            if block.key.is_none()
                && (&old.gvk.kind, &old.namespace) == (&want.id.gvk.kind, &want.id.namespace) =>
        {
            format!("to keep it, give the block its name: name = \"{}\" in {block}", old.name)
        }
        _ => "declare the new one under another label, move over to it, then remove the old block".into(),
    }
}
