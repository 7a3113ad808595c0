//! Whether a plan still fits: digests of live objects, and the comparison of two plans.

use plimsoll_model::{Address, DesiredObject, ObjectId};
use plimsoll_schema::Path;
use plimsoll_schema::field_set::FieldSet;
use serde_json::Value as Json;

use crate::change::Side;
use crate::ignored;
use crate::mask::{Key, NO_HASH};
use crate::mismatch;
use crate::observe::PROJECT_LABEL;
use crate::owners;
use crate::plan::{Action, Operation, Plan};

/// Whether an object is still the one that an operation was planned against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// The same object with the same values at our fields, owned by the same others.
    Same,
    /// It moved: plan again, and compare.
    Moved,
}

/// Compares a live object (none: absent) with the one that `operation` was planned against.
pub fn recheck(operation: &Operation, live: Option<&Json>, manager: &str, key: &Key) -> Freshness {
    let uid = live.and_then(|l| l["metadata"]["uid"].as_str());
    let set = FieldSet::from_fields_v1(&operation.owned.value()).unwrap_or_default();
    let digest = live.map(|l| crate::digest::live_digest(l, &operation.id.gvk, &set, manager, key));
    let terminating = live.is_some_and(|l| l["metadata"]["deletionTimestamp"].is_string());
    let same = match operation.action {
        Action::Forget => live.is_none() || uid != operation.uid.as_deref(),
        // What stands in it is nobody's concern any more, nor who manages it.
        Action::Release => live.is_some() && uid == operation.uid.as_deref(),
        // Somebody may have taken it over, or put a value of theirs into it, in between.
        Action::Delete => {
            uid == operation.uid.as_deref()
                && live.is_some_and(|l| may_go(l, manager))
                && (operation.live_digest.is_none() || digest == operation.live_digest)
        }
        _ => uid == operation.uid.as_deref() && digest == operation.live_digest && !terminating,
    };
    if same { Freshness::Same } else { Freshness::Moved }
}

/// Whether an object of which the uid is known may be deleted: our manager applied it, or somebody cleared its
/// field managers and left our label. What another manager took over, or a release let go, is not ours.
pub fn may_go(live: &Json, manager: &str) -> bool {
    let project = live["metadata"]["labels"][PROJECT_LABEL].as_str();
    let labelled = project.is_some_and(|project| crate::manager(project) == manager);
    owners::has_manager(live, manager) || (labelled && owners::is_cleared(live))
}

/// An object for which a saved plan no longer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// Its address.
    pub address: Address,
    /// Which object.
    pub id: ObjectId,
    /// What is different now, a line each.
    pub differences: Vec<String>,
}

/// What is different between the reviewed operation and the same one planned now, a line each:
/// the action, the object, and every field of ours whose change is another one.
pub fn owned_differences(reviewed: &Operation, now: &Operation) -> Vec<String> {
    let mut out = Vec::new();
    if reviewed.action != now.action {
        out.push(format!("it was to be {}, now it would be {}", past(reviewed.action), past(now.action)));
    }
    if reviewed.uid != now.uid {
        out.push("it is another object now: its uid changed".to_string());
    }
    let deletes = reviewed.action == Action::Delete && now.action == Action::Delete;
    let hashed = |op: &Operation| op.live_digest.clone().filter(|d| d != NO_HASH);
    if let (true, Some(a)) = (deletes, hashed(reviewed))
        && Some(a) != now.live_digest
    {
        out.push("it was changed, and would be deleted all the same".to_string());
    }
    let find = |op: &Operation, path: &str| op.owned_changes().find(|c| c.path == path).cloned();
    let mut paths: Vec<&str> =
        reviewed.owned_changes().chain(now.owned_changes()).map(|c| c.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths {
        let (a, b) = (find(reviewed, path), find(now, path));
        let same = match (&a, &b) {
            (Some(a), Some(b)) => {
                same_side(&a.before, &b.before) && same_side(&a.after, &b.after) && a.reorder == b.reorder
            }
            _ => a.is_none() && b.is_none(),
        };
        if !same {
            out.push(match (&a, &b) {
                (Some(_), None) => format!("{path} is no longer changed"),
                (None, _) => format!("{path} would be changed as well"),
                _ => format!("{path} would be changed from or to another value"),
            });
        }
    }
    if reviewed.grows != now.grows || reviewed.keeps_pods != now.keeps_pods {
        out.push("the claims that grow with it are others, or others grow".to_string());
    }
    if reviewed.replicas != now.replicas {
        out.push("the number of replicas that is handed to an autoscaler is another one".to_string());
    }
    out
}

/// Whether a side is what was reviewed. Secrets that were hashed without a key cannot be compared.
fn same_side(reviewed: &Side, now: &Side) -> bool {
    match (reviewed, now) {
        (Side::Sensitive(a), Side::Sensitive(b)) if a == NO_HASH || b == NO_HASH => true,
        (a, b) => a == b,
    }
}

/// The first field that an object which is about to be written would have otherwise than it was
/// reviewed: `want` is what is applied, `now` what the cluster makes of it. Values that nobody knew, that were
/// hidden from the reviewer, or that are left to the object as it is, say nothing.
pub fn first_mismatch(operation: &Operation, want: &DesiredObject, now: &Json) -> Option<Path> {
    let reviewed = operation.after.value();
    let ignored = match operation.action {
        Action::Create => Vec::new(),
        Action::Replace if !operation.keeps_pods => Vec::new(),
        _ => ignored::in_force(want, &operation.before.value()),
    };
    mismatch::first(plimsoll_schema::kind(&want.id.gvk), &want.root, &ignored, &reviewed, now)
}

/// Whether both plans do the same to the object.
pub fn same_owned_diff(reviewed: &Operation, now: &Operation) -> bool {
    owned_differences(reviewed, now).is_empty()
}

/// Every object for which `now`, planned from the same configuration, does something else than the
/// reviewed plan, sorted by address.
pub fn compare(reviewed: &Plan, now: &Plan) -> Vec<Stale> {
    let mut out = Vec::new();
    let key = |o: &Operation| (o.address.clone(), o.id.clone());
    let mut all: Vec<_> = reviewed.operations.iter().chain(&now.operations).map(key).collect();
    all.sort();
    all.dedup();
    for (address, id) in all {
        let find = |plan: &'_ Plan| plan.operations.iter().position(|o| o.address == address && o.id == id);
        let a = find(reviewed).and_then(|i| reviewed.operations.get(i));
        let b = find(now).and_then(|i| now.operations.get(i));
        let differences = match (a, b) {
            (Some(a), Some(b)) => owned_differences(a, b),
            (Some(a), None) if a.is_change() => {
                vec![format!("it was to be {}, now nothing is", past(a.action))]
            }
            (None, Some(b)) if b.is_change() => vec![format!("it would be {} as well", past(b.action))],
            _ => Vec::new(),
        };
        if !differences.is_empty() {
            out.push(Stale { address, id, differences });
        }
    }
    out
}

/// The reviewed plan over the objects that `now` was made from: what each operation relies on is what
/// stands there now. Both plans do the same ([`compare`] finds nothing).
pub fn over(reviewed: &Plan, now: &Plan) -> Plan {
    let mut out = reviewed.clone();
    for operation in &mut out.operations {
        let same = |o: &&Operation| o.address == operation.address && o.id == operation.id;
        if let Some(now) = now.operations.iter().find(same) {
            operation.owned = now.owned.clone();
            operation.live_digest.clone_from(&now.live_digest);
        }
    }
    out
}

fn past(action: Action) -> &'static str {
    match action {
        Action::None => "left as it is",
        Action::Create => "created",
        Action::Update => "updated",
        Action::Replace => "replaced",
        Action::Delete => "deleted",
        Action::Forget => "forgotten",
        Action::Release => "let go",
    }
}
