//! Who is rolled by a config or a secret that changes: its pods carry a hash of what they read.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::Address;
use plimsoll_model::source::Location;

use crate::cause::HASHES;
use crate::change::Consequence;
use crate::effect::Pods;
use crate::plan::{Action, Operation};

/// What is said where the data is in no object of the configuration.
const ELSEWHERE: &str = "data that exists already";

/// A config or secret that the plan makes or changes.
struct Data {
    kind: String,
    at: Option<Location>,
    users: BTreeSet<Address>,
}

/// Puts the configs and secrets that roll a workload into its effect, and the workloads that are rolled to
/// the config or secret.
pub(crate) fn link(operations: &mut [Operation]) {
    let moves = |op: &&Operation| {
        op.id.gvk.group.is_empty()
            && matches!(op.id.gvk.kind.as_str(), "ConfigMap" | "Secret")
            && matches!(op.action, Action::Create | Action::Update | Action::Replace)
    };
    let data = |op: &Operation| {
        let at = op.owned_changes().find_map(|c| c.source.clone()).or_else(|| op.source.clone());
        (op.address.clone(), Data { kind: op.id.gvk.kind.clone(), at, users: BTreeSet::new() })
    };
    let mut changing: BTreeMap<Address, Data> = operations.iter().filter(moves).map(data).collect();
    for op in operations.iter_mut() {
        let effect = op.consequences.iter_mut().find_map(|c| match c {
            Consequence::Effect(effect) => Some(effect),
            _ => None,
        });
        let Some(effect) = effect else { continue };
        let rolls = !matches!(effect.pods, Pods::Stay | Pods::Paused | Pods::Held);
        let mut because = Vec::new();
        for (i, name) in std::mem::take(&mut effect.because).into_iter().enumerate() {
            let Some((.., kind)) = HASHES.iter().find(|(_, word, _)| *word == name) else {
                because.push(name);
                continue;
            };
            let read = op.edges.iter().filter(|a| changing.get(*a).is_some_and(|d| d.kind == *kind));
            let read: Vec<Address> = read.cloned().collect();
            for (n, address) in read.iter().enumerate() {
                because.push(address.to_string());
                let Some(data) = changing.get_mut(address) else { continue };
                if i == 0 && n == 0 {
                    effect.at.clone_from(&data.at);
                }
                if rolls {
                    data.users.insert(op.address.clone());
                }
            }
            if read.is_empty() {
                because.push(ELSEWHERE.to_string());
            }
        }
        effect.because = because;
    }
    for op in operations.iter_mut() {
        if let Some(data) = changing.remove(&op.address).filter(|d| !d.users.is_empty()) {
            op.consequences.push(Consequence::Rolls(data.users.into_iter().collect()));
        }
    }
}
