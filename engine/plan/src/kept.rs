//! Objects that are to stay although the definition of their type goes: the server deletes them with it.

use std::collections::BTreeMap;

use plimsoll_model::{Diagnostic, Report};
use serde_json::Value as Json;

use crate::plan::{Action, Operation};
use crate::world::{Identity, World, identity};

/// How many objects a finding names.
const NAMED: usize = 10;

/// Refuses that a definition goes while an object of its type is let go or forgotten and is there. `looked`
/// holds what a look at those that no list showed found.
pub(crate) fn refuse(
    operations: &[Operation],
    looked: &BTreeMap<Identity, Option<Json>>,
    world: &World<'_>,
    report: &mut Report,
) {
    let is_there = |operation: &Operation| {
        let identity = identity(&operation.id);
        world.look_alikes.contains_key(&identity) || looked.get(&identity).is_some_and(Option::is_some)
    };
    let stays = |operation: &&Operation| match operation.action {
        Action::Release => true,
        Action::Forget => is_there(operation),
        _ => false,
    };
    let staying: Vec<&Operation> = operations.iter().filter(stays).collect();
    if staying.is_empty() {
        return;
    }
    let goes = |operation: &&Operation| {
        operation.id.gvk.kind == "CustomResourceDefinition"
            && matches!(operation.action, Action::Delete | Action::Replace)
    };
    for definition in operations.iter().filter(goes) {
        let before = definition.before.value();
        let (group, kind) = (&before["spec"]["group"], &before["spec"]["names"]["kind"]);
        let is_of = |id: &plimsoll_model::ObjectId| *group == id.gvk.group && *kind == id.gvk.kind;
        let lost: Vec<&Operation> = staying.iter().copied().filter(|o| is_of(&o.id)).collect();
        if !lost.is_empty() {
            report.push(diagnostic(definition, &lost, world));
        }
    }
}

fn diagnostic(definition: &Operation, lost: &[&Operation], world: &World<'_>) -> Diagnostic {
    let named = lost.iter().take(NAMED).map(|o| format!("{} ({})", o.address, o.id));
    let mut names: Vec<String> = named.collect();
    if lost.len() > NAMED {
        names.push(format!("and {} more", lost.len() - NAMED));
    }
    let covers = |released: &&plimsoll_model::Released| lost.iter().any(|o| released.from.covers(&o.address));
    let place = world.input.desired.released.iter().find(covers).map(|released| released.span);
    Diagnostic::error("kept-object-lost", "an object that stays would go with its type")
        .detail(format!(
            "{} ({}) would be deleted, and the cluster deletes every object of its type with it. This plan leaves \
             in the cluster: {}.",
            definition.address,
            definition.id,
            names.join(", ")
        ))
        .at_some(place, "let go here")
        .help(format!(
            "let the definition stay as well: removed {{ from = {} }} with lifecycle {{ destroy = false }}",
            definition.address.block_address()
        ))
}
