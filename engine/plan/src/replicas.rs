//! Who owns the number of replicas: the configuration, or an autoscaler.

use plimsoll_model::{DesiredObject, ObjectId};
use plimsoll_schema::merge::Managers;
use plimsoll_schema::{Path, get};
use serde_json::Value as Json;

use crate::owners;
use crate::plan::ReplicasStep;
use crate::world::World;

/// The field manager that gives an autoscaled workload its first number and keeps it from falling
/// back when our own manager leaves the field out.
pub const MANAGER: &str = "plimsoll-replicas";

/// `spec.replicas`.
pub fn path() -> Path {
    Path::fields(["spec", "replicas"])
}

/// The number of replicas in an object.
pub fn number(object: &Json) -> Option<i64> {
    get(object, &path()).and_then(Json::as_i64)
}

/// What [`MANAGER`] applies to an object; the caller adds preconditions.
pub fn object(id: &ObjectId, replicas: i64) -> Json {
    let mut metadata = serde_json::Map::from_iter([("name".to_string(), Json::from(id.name.clone()))]);
    if let Some(namespace) = &id.namespace {
        metadata.insert("namespace".into(), namespace.clone().into());
    }
    serde_json::json!({
        "apiVersion": id.gvk.api_version(), "kind": id.gvk.kind, "metadata": metadata,
        "spec": {"replicas": replicas},
    })
}

/// The second apply that an autoscaled object needs, if any: the first number when it is made, or
/// the number in force when our manager owned it until now. Once somebody else owns the field it is
/// never touched again.
pub(crate) fn step(want: &DesiredObject, live: Option<&Json>, manager: &str) -> Option<ReplicasStep> {
    let first = want.first_replicas?;
    let Some(live) = live else { return Some(ReplicasStep { replicas: first, first: false }) };
    let managers = Managers::of(live).unwrap_or_default();
    let holders: Vec<&str> =
        managers.iter().filter(|(.., e)| e.set.contains(&path())).map(|(name, ..)| name).collect();
    if holders.contains(&MANAGER) {
        return None;
    }
    if holders.contains(&manager) {
        return Some(ReplicasStep { replicas: number(live).unwrap_or(first), first: true });
    }
    // Nobody ever set it: a create that was interrupted between its two applies. Where the field managers were
    // cleared, nobody knows who set it: it stays.
    let unset = holders.is_empty() && !owners::is_cleared(live);
    unset.then_some(ReplicasStep { replicas: first, first: false })
}

/// The address of the autoscaler of the configuration that targets an object.
pub(crate) fn autoscaler(id: &ObjectId, world: &World<'_>) -> Option<String> {
    let targets = |object: &&DesiredObject| {
        let text = |key: &str| {
            let path = ["spec", "scaleTargetRef", key];
            path.iter().try_fold(&object.root, |node, step| node.get(step)).and_then(|n| n.as_str())
        };
        object.id.gvk.kind == "HorizontalPodAutoscaler"
            && object.id.namespace == id.namespace
            && text("kind") == Some(&id.gvk.kind)
            && text("name") == Some(&id.name)
    };
    world.input.desired.objects.iter().find(targets).map(|o| o.address.to_string())
}

/// Whether the object was handed to an autoscaler once.
pub(crate) fn was_handed_over(live: &Json) -> bool {
    let managers = Managers::of(live).unwrap_or_default();
    managers.iter().any(|(name, ..)| name == MANAGER)
}
