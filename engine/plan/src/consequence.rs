//! What controllers will do because of a change: pods and claims of a StatefulSet by name. What becomes
//! of the pods as a whole is [`crate::effect`]'s.

use std::collections::BTreeSet;

use plimsoll_model::{Diagnostic, Gvk, ObjectId};
use serde_json::Value as Json;

use crate::change::Consequence;
use crate::growth;
use crate::replicas;
use crate::world::{World, identity, uid_of};

/// The claims and pods of a StatefulSet, by the names that its controller gives them.
pub(crate) struct StatefulSet<'o> {
    object: &'o Json,
    id: &'o ObjectId,
}

impl<'o> StatefulSet<'o> {
    pub(crate) fn of(id: &'o ObjectId, object: &'o Json) -> Option<StatefulSet<'o>> {
        let fits = id.gvk.group == "apps" && id.gvk.kind == "StatefulSet" && object.is_object();
        fits.then_some(StatefulSet { object, id })
    }

    fn ordinals(&self) -> std::ops::Range<i64> {
        let start = self.object["spec"]["ordinals"]["start"].as_i64().unwrap_or(0);
        start..start.saturating_add(replicas::number(self.object).unwrap_or(1).min(100_000))
    }

    fn templates(&self) -> Vec<&str> {
        let list = self.object["spec"]["volumeClaimTemplates"].as_array();
        list.into_iter().flatten().filter_map(|t| t["metadata"]["name"].as_str()).collect()
    }

    fn pod(&self, ordinal: i64) -> String {
        format!("{}-{ordinal}", self.id.name)
    }

    fn claims_of(&self, ordinal: i64) -> Vec<String> {
        self.templates().iter().map(|t| format!("{t}-{}-{ordinal}", self.id.name)).collect()
    }

    fn deletes_claims(&self, when: &str) -> bool {
        self.object["spec"]["persistentVolumeClaimRetentionPolicy"][when] == "Delete"
    }

    pub(crate) fn claim_id(&self, name: String) -> ObjectId {
        ObjectId {
            gvk: Gvk::new("", "v1", "PersistentVolumeClaim"),
            namespace: self.id.namespace.clone(),
            name,
        }
    }

    /// The claims that it uses, by name.
    pub(crate) fn claims(&self) -> Vec<String> {
        self.ordinals().flat_map(|i| self.claims_of(i)).collect()
    }

    /// The claims that it uses and those of before that are still there, in the order of ordinals.
    fn claims_there(&self, world: &World<'_>) -> Vec<String> {
        let mut all: BTreeSet<(i64, String)> = BTreeSet::new();
        for claim in world.claims.values() {
            let name = &claim.id().name;
            if claim.id().namespace != self.id.namespace {
                continue;
            }
            for template in self.templates() {
                let ordinal =
                    name.strip_prefix(&format!("{template}-{}-", self.id.name)).and_then(growth::ordinal);
                all.extend(ordinal.map(|o| (o, name.to_string())));
            }
        }
        all.extend(self.ordinals().flat_map(|i| self.claims_of(i).into_iter().map(move |name| (i, name))));
        all.into_iter().map(|(_, name)| name).collect()
    }
}

/// What follows from making, changing or (without `after`) deleting an object.
pub(crate) fn of_change(
    id: &ObjectId,
    before: Option<&Json>,
    after: Option<&Json>,
    world: &World<'_>,
) -> Vec<Consequence> {
    let mut out = Vec::new();
    if after.is_none() && is_claim(id) {
        out.push(Consequence::ClaimLost(id.name.clone()));
    }
    out.extend(before.filter(|_| is_service(id)).and_then(|before| address_lost(before, after)));
    let old = before.and_then(|o| StatefulSet::of(id, o));
    let new = after.and_then(|o| StatefulSet::of(id, o));
    let exists = |set: &StatefulSet<'_>, name: &str| {
        world.claims.contains_key(&identity(&set.claim_id(name.to_string())))
    };
    let had = old.as_ref().map_or(0..0, StatefulSet::ordinals);
    let has = new.as_ref().map_or(0..0, StatefulSet::ordinals);
    if let Some(new) = &new {
        for i in has.clone().filter(|i| !had.contains(i)) {
            out.push(Consequence::PodAdded(new.pod(i)));
            out.extend(new.claims_of(i).into_iter().map(|claim| match exists(new, &claim) {
                true => Consequence::ClaimReused(claim),
                false => Consequence::ClaimAdded(claim),
            }));
        }
    }
    if let Some(old) = &old {
        for i in had.filter(|i| !has.contains(i)).rev() {
            out.push(Consequence::PodRemoved(old.pod(i)));
            if let Some(new) = &new {
                let lost = new.deletes_claims("whenScaled");
                out.extend(
                    old.claims_of(i)
                        .into_iter()
                        .map(|c| if lost { Consequence::ClaimLost(c) } else { Consequence::ClaimKept(c) }),
                );
            }
        }
        if new.is_none() {
            let lost = old.deletes_claims("whenDeleted");
            out.extend(
                old.claims_there(world)
                    .into_iter()
                    .map(|c| if lost { Consequence::ClaimLost(c) } else { Consequence::ClaimKept(c) }),
            );
        }
    }
    out
}

/// What becomes of a pod that is there and that its new set does not ask for, and of its claims.
pub(crate) fn of_surplus(id: &ObjectId, after: &Json, ordinal: i64, world: &World<'_>) -> Vec<Consequence> {
    let Some(set) = StatefulSet::of(id, after) else { return Vec::new() };
    let is_there = |name: &String| world.claims.contains_key(&identity(&set.claim_id(name.clone())));
    let claims = set.claims_of(ordinal).into_iter().filter(is_there);
    let kept = claims.map(|claim| match set.deletes_claims("whenScaled") {
        true => Consequence::ClaimLost(claim),
        false => Consequence::ClaimKept(claim),
    });
    std::iter::once(Consequence::PodRemoved(set.pod(ordinal))).chain(kept).collect()
}

fn is_claim(id: &ObjectId) -> bool {
    id.gvk.group.is_empty() && id.gvk.kind == "PersistentVolumeClaim"
}

fn is_service(id: &ObjectId) -> bool {
    id.gvk.group.is_empty() && id.gvk.kind == "Service"
}

fn is_balanced(service: &Json) -> bool {
    service["spec"]["type"] == "LoadBalancer"
}

/// The addresses of a service outside of the cluster.
fn outside(service: &Json) -> Vec<String> {
    let given = service["status"]["loadBalancer"]["ingress"].as_array().into_iter().flatten();
    let text = |one: &Json| one["ip"].as_str().or(one["hostname"].as_str()).map(str::to_string);
    given.filter_map(text).collect()
}

/// A load balancer that goes, with its addresses.
fn address_lost(before: &Json, after: Option<&Json>) -> Option<Consequence> {
    let goes = is_balanced(before) && !after.is_some_and(is_balanced);
    goes.then(|| Consequence::AddressLost(outside(before)))
}

/// What a service that is made again no longer has: the address of its load balancer, or the one in the cluster.
pub(crate) fn address_of_the_next(id: &ObjectId, live: &Json) -> Option<Consequence> {
    if !is_service(id) {
        return None;
    }
    if is_balanced(live) {
        return Some(Consequence::AddressChanges { from: outside(live), outside: true });
    }
    let inside = live["spec"]["clusterIP"].as_str().filter(|ip| *ip != "None" && !ip.is_empty())?;
    Some(Consequence::AddressChanges { from: vec![inside.to_string()], outside: false })
}

/// Loud words about claims that are lost, and about old data that a new app will find.
pub(crate) fn warnings(
    address: &plimsoll_model::Address,
    id: &ObjectId,
    made: bool,
    consequences: &[Consequence],
    span: Option<plimsoll_model::Span>,
) -> Vec<Diagnostic> {
    let names = |pick: fn(&Consequence) -> Option<&String>| -> Vec<&str> {
        consequences.iter().filter_map(pick).map(String::as_str).collect()
    };
    let lost = names(|c| match c {
        Consequence::ClaimLost(name) => Some(name),
        _ => None,
    });
    let found = names(|c| match c {
        Consequence::ClaimReused(name) => Some(name),
        _ => None,
    });
    let mut out = Vec::new();
    if !lost.is_empty() && is_claim(id) {
        let warning = Diagnostic::warning("claims-lost", "claims will be deleted with their data")
            .detail(format!("{address} ({id}) is deleted, and what is on it with it."))
            .at_some(span, "declared here")
            .help("copy the data first, or keep the block");
        out.push(warning);
    } else if !lost.is_empty() {
        let warning = Diagnostic::warning("claims-lost", "claims will be deleted with their data")
            .detail(format!("{address} ({id}) lets its claims go: {}.", lost.join(", ")))
            .at_some(span, "claim_retention says Delete")
            .help("set claim_retention to \"Retain\" and apply that first");
        out.push(warning);
    }
    if made && !found.is_empty() {
        let warning = Diagnostic::warning("claims-found", "a new app will find data of before")
            .detail(format!(
                "{address} ({id}) takes up claims that exist already, with what is on them: {}.",
                found.join(", ")
            ))
            .at_some(span, "its claims are there already");
        out.push(warning);
    }
    out
}

/// Claims that stay behind after this plan: remembered ones that are still there, and those that
/// this plan leaves, without the ones that a StatefulSet of the configuration uses.
pub(crate) fn retained<'o>(
    kept: impl Iterator<Item = ObjectId>,
    sets: impl Iterator<Item = (&'o ObjectId, Json)>,
    world: &World<'_>,
) -> Vec<ObjectId> {
    let used: BTreeSet<ObjectId> = sets
        .flat_map(|(id, object)| {
            let set = StatefulSet::of(id, &object);
            let claims = set.iter().flat_map(|s| s.claims().into_iter().map(|name| s.claim_id(name)));
            claims.collect::<Vec<_>>()
        })
        .collect();
    let remembered =
        world.input.recorded.retained_claims.iter().filter(|id| world.claims.contains_key(&identity(id)));
    let all: BTreeSet<ObjectId> = remembered.cloned().chain(kept).filter(|id| !used.contains(id)).collect();
    all.into_iter().collect()
}

/// Whether a controller made the object and looks after it.
pub(crate) fn has_controller(object: &Json) -> bool {
    let owners = object["metadata"]["ownerReferences"].as_array();
    uid_of(object).is_some() && owners.into_iter().flatten().any(|o| o["controller"] == true)
}
