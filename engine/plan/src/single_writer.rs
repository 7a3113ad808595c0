//! Rollouts that need two pods on a claim that takes one.
//!
//! A rolling update without a gap starts the new pod before the old one goes. A `ReadWriteOncePod` claim lets
//! no second pod start, so neither ever moves: refused. A `ReadWriteOnce` disk that is attached to the node of the
//! old pod cannot be attached to another, but the scheduler may put the new pod beside the old one: a warning. Where
//! the disk is not attached (NFS, a folder of the node), is bound to one node, or where one node takes the pod, the
//! second pod can start: nothing is said.

use plimsoll_model::{Diagnostic, Gvk, ObjectId, Report};
use serde_json::Value as Json;

use crate::effect::Pods;
use crate::listed::Listed;
use crate::nodes;
use crate::plan::Action;
use crate::replicas;
use crate::request::Request;
use crate::survey::{self, Survey, Touched};
use crate::world::{World, identity};

const HOSTNAME: &str = "kubernetes.io/hostname";

/// Volumes of the API that a controller attaches to a node.
const ATTACHED: &[&str] = &[
    "awsElasticBlockStore",
    "azureDisk",
    "cinder",
    "fc",
    "gcePersistentDisk",
    "iscsi",
    "rbd",
    "vsphereVolume",
];

/// A claim of a workload and who may use it.
struct Held {
    name: String,
    one_pod: bool,
    /// The disk behind it.
    volume: Option<String>,
}

/// The claims for one writer that both the old and the new pods of a Deployment use.
fn held(touched: &Touched<'_>, world: &World<'_>) -> Vec<Held> {
    let names = |object: &Json| -> Vec<String> {
        let volumes = survey::template(object)["spec"]["volumes"].as_array();
        let claims = volumes.into_iter().flatten().map(|v| &v["persistentVolumeClaim"]["claimName"]);
        claims.filter_map(|name| name.as_str().map(str::to_string)).collect()
    };
    if !touched.is("Deployment") {
        return Vec::new();
    }
    let before = names(&touched.before);
    let of = |name: String| {
        let id = ObjectId {
            gvk: Gvk::new("", "v1", "PersistentVolumeClaim"),
            namespace: touched.op.id.namespace.clone(),
            name,
        };
        let live = world.claims.get(&identity(&id)).map(Listed::object);
        let declared = world
            .input
            .desired
            .objects
            .iter()
            .find(|o| identity(&o.id) == identity(&id))
            .map(|o| o.root.to_json());
        let claim = live.or(declared)?;
        let modes = claim["spec"]["accessModes"].as_array()?;
        let only = |mode: &str| modes.len() == 1 && modes.iter().any(|m| m == mode);
        let volume = claim["spec"]["volumeName"].as_str().map(str::to_string);
        let one_pod = only("ReadWriteOncePod");
        (one_pod || only("ReadWriteOnce")).then_some(Held { name: id.name, one_pod, volume })
    };
    let shared = names(&touched.after)
        .into_iter()
        .filter(|n| touched.op.action == Action::Create || before.contains(n));
    shared.filter_map(of).collect()
}

/// How an app comes to stop its old pods first. An apply cannot take out the settings of a rolling update that the API
/// server filled in, and they are refused beside `Recreate`: one that stands there goes on rolling, the old pod first.
fn recreate(touched: &Touched<'_>) -> &'static str {
    match touched.op.action {
        Action::Create | Action::Replace => "update_strategy { type = \"Recreate\" }",
        _ => "update_strategy with max_surge = 0 and max_unavailable = 1",
    }
}

/// Whether the new pods of a rolling update start while all old ones stay.
fn is_beside(touched: &Touched<'_>) -> bool {
    matches!(touched.pods(), Some(Pods::Rolling { no_gap: true, .. }))
}

/// Whether pods say themselves that they run on one node.
fn is_pinned(template: &Json) -> bool {
    let pod = &template["spec"];
    let affinity = &pod["affinity"];
    let names_host =
        |list: &Json, key: &str| list.as_array().into_iter().flatten().any(|item| item[key] == HOSTNAME);
    let terms =
        affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
            .as_array();
    pod["nodeName"].is_string()
        || pod["nodeSelector"][HOSTNAME].is_string()
        || terms.into_iter().flatten().any(|term| names_host(&term["matchExpressions"], "key"))
        || names_host(
            &affinity["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"],
            "topologyKey",
        )
}

/// Disks that may stand in the way, and what tells whether they do.
fn doubtful(touched: &Touched<'_>, world: &World<'_>) -> Vec<(Held, ObjectId)> {
    if !is_beside(touched) || is_pinned(touched.template()) {
        return Vec::new();
    }
    let disk = |held: Held| {
        let name = held.volume.clone()?;
        let id = ObjectId { gvk: Gvk::new("", "v1", "PersistentVolume"), namespace: None, name };
        (!held.one_pod).then_some((held, id))
    };
    held(touched, world).into_iter().filter_map(disk).collect()
}

fn drivers() -> Gvk {
    Gvk::new("storage.k8s.io", "v1", "CSIDriver")
}

/// The disks, their drivers and the nodes, where a disk may stand in the way.
pub(crate) fn questions(touched: &[Touched<'_>], world: &World<'_>) -> Vec<Request> {
    let disks: Vec<Request> =
        touched.iter().flat_map(|t| doubtful(t, world)).map(|(_, id)| Request::Get(id)).collect();
    let around = [nodes::gvk(), drivers()].map(|gvk| survey::everything(gvk, None));
    let around = around.into_iter().filter(|_| !disks.is_empty()).collect::<Vec<_>>();
    disks.into_iter().chain(around).collect()
}

/// Refuses the rollouts that could not finish, and warns of those that may not.
pub(crate) fn check(touched: &[Touched<'_>], survey: &Survey, world: &World<'_>, report: &mut Report) {
    for touched in touched {
        let pods = replicas::number(&touched.after).unwrap_or(1);
        let starts = touched.starts_pods();
        for held in held(touched, world).into_iter().filter(|held| held.one_pod && starts) {
            if pods > 1 {
                let why = format!("it is to have {pods} pods, and the second one never starts");
                report.push(refusal(
                    touched,
                    &held,
                    &why,
                    "replicas = 1, or access_mode = \"ReadWriteMany\"",
                    world,
                ));
            } else if is_beside(touched) {
                let why = "the new pod is to start before the old one stops, and never does";
                report.push(refusal(touched, &held, why, recreate(touched), world));
            }
        }
        for (held, id) in doubtful(touched, world) {
            let open = |node: &&Json| nodes::takes(node, touched.template());
            let nodes = survey.list(nodes::gvk(), None).map_or(0, |nodes| nodes.iter().filter(open).count());
            let disk = survey.object(&id).flatten();
            if nodes > 1 && disk.is_some_and(|disk| is_attached(disk, survey)) {
                let why = format!(
                    "a new pod is to start beside {}, on any of {nodes} nodes, and its disk {} is attached to one. On another node the new pod waits for the disk, and the old one for the new pod",
                    if pods == 1 { "the old one".to_string() } else { format!("{pods} old ones") },
                    id.name
                );
                report.push(told(
                    Diagnostic::warning(
                        "rollout-shares-claim",
                        "the rollout may not finish: a claim takes pods of one node only",
                    ),
                    touched,
                    &held,
                    &why,
                    recreate(touched),
                    world,
                ));
            }
        }
    }
}

/// Whether a disk is attached to one node at a time and may come to another.
fn is_attached(disk: &Json, survey: &Survey) -> bool {
    let spec = &disk["spec"];
    let terms = spec["nodeAffinity"]["required"]["nodeSelectorTerms"].as_array();
    let mut keys = terms.into_iter().flatten().filter_map(|t| t["matchExpressions"].as_array()).flatten();
    if keys.any(|expression| expression["key"] == HOSTNAME) {
        return false;
    }
    let Some(driver) = spec["csi"]["driver"].as_str() else {
        return ATTACHED.iter().any(|kind| spec[kind].is_object());
    };
    // A driver that says nothing of itself is attached.
    survey.list(drivers(), None).is_some_and(|drivers| {
        let own = drivers.iter().find(|d| d["metadata"]["name"] == driver);
        own.is_none_or(|d| d["spec"]["attachRequired"] != false)
    })
}

fn refusal(touched: &Touched<'_>, held: &Held, why: &str, help: &str, world: &World<'_>) -> Diagnostic {
    let error = Diagnostic::error(
        "rollout-shares-claim",
        "the rollout could not finish: a claim takes no second pod",
    );
    told(error, touched, held, why, help, world)
}

fn told(
    diagnostic: Diagnostic,
    touched: &Touched<'_>,
    held: &Held,
    why: &str,
    help: &str,
    world: &World<'_>,
) -> Diagnostic {
    let mode = if held.one_pod { "ReadWriteOncePod" } else { "ReadWriteOnce" };
    diagnostic
        .detail(format!("{}: claim {} is {mode}; {why}.", touched.name(), held.name))
        .at_some(touched.want(world).map(|want| want.span), "its pods")
        .help(help)
}
