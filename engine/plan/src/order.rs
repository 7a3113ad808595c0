//! The order of a plan's operations, and which ones each has to wait for.
//!
//! Objects that are wanted follow the configuration's edges; deletes follow the edges that the
//! state kept, backwards, and run after updates of what depended on them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use plimsoll_graph::Graph;
use plimsoll_model::source::Location;
use plimsoll_model::{Address, Desired, DesiredObject, Edge, EdgeKind, Gvk, ObjectId, Report, Span};

use crate::limit::{self, Limit};
use crate::plan::{Action, Need, NeedCause, Operation};
use crate::world::{World, identity};

/// Kinds from first to last; what is not named goes with the workloads.
const RANKS: &[&[&str]] = &[
    &["Namespace"],
    &["CustomResourceDefinition"],
    &["ServiceAccount", "Role", "ClusterRole", "StorageClass", "PriorityClass", "IngressClass"],
    &["RoleBinding", "ClusterRoleBinding", "ConfigMap", "Secret", "PersistentVolume"],
    &["PersistentVolumeClaim", "NetworkPolicy"],
    &["Service"],
    &["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"],
    &["HorizontalPodAutoscaler", "PodDisruptionBudget", "Ingress", "HTTPRoute"],
];

/// What one operation waits for: the place of the other among the operations, and why.
type Needs = BTreeMap<usize, Reason>;

/// Why one operation waits for another.
#[derive(Debug, Clone)]
struct Reason {
    ready: bool,
    because: NeedCause,
    at: Option<Location>,
}

/// Where a kind stands among the others.
pub(crate) fn rank(gvk: &Gvk) -> usize {
    let found = RANKS.iter().position(|kinds| kinds.contains(&gvk.kind.as_str()));
    found.unwrap_or(RANKS.len() - 2)
}

/// Puts operations in order, with their indices and needs.
pub(crate) fn arrange(
    wanted: Vec<Operation>,
    removed: Vec<Operation>,
    world: &World<'_>,
    report: &mut Report,
) -> Vec<Operation> {
    let mut nodes: BTreeMap<usize, (usize, Address)> = BTreeMap::new();
    let mut needs: Vec<Needs> = vec![Needs::new(); wanted.len() + removed.len()];
    let mut operations = wanted;
    let first_removed = operations.len();
    if let Some(graph) = graph(&operations, world, report) {
        let place: BTreeMap<&Address, usize> =
            operations.iter().enumerate().map(|(i, o)| (&o.address, i)).collect();
        let mut edges: Vec<Vec<Address>> = vec![Vec::new(); operations.len()];
        for (i, operation) in operations.iter().enumerate() {
            for (needed, kind, span) in graph.needs(&operation.address) {
                if let (Some(j), Some(slot)) = (place.get(needed), needs.get_mut(i)) {
                    let because = cause(&operation.id, operations.get(*j).map(|o| &o.id), kind, span);
                    let told = matches!(because, NeedCause::Reference | NeedCause::DependsOn);
                    let at = span.filter(|_| told).map(|span| world.input.sources.locate(span));
                    slot.insert(*j, Reason { ready: kind == EdgeKind::Ready, because, at });
                }
                if let Some(list) = edges.get_mut(i) {
                    list.push(needed.clone());
                }
            }
        }
        for (operation, mut edges) in operations.iter_mut().zip(edges) {
            edges.sort();
            edges.dedup();
            operation.edges = edges;
        }
    }
    operations.extend(removed);
    for (later, earlier, because) in removal_needs(&operations, first_removed, world) {
        if let Some(slot) = needs.get_mut(later) {
            slot.entry(earlier).or_insert(Reason { ready: false, because, at: None });
        }
    }
    limits(&mut operations, world);
    for (i, operation) in operations.iter().enumerate() {
        let rank = rank(&operation.id.gvk);
        let rank = if i < first_removed { rank } else { 2 * RANKS.len() - rank };
        nodes.insert(i, (rank, operation.address.clone()));
    }
    let order = sorted(&nodes, &mut needs);
    let mut position = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(slot) = position.get_mut(*old) {
            *slot = new;
        }
    }
    let mut placed: Vec<Option<Operation>> = operations.into_iter().map(Some).collect();
    let mut out = Vec::with_capacity(order.len());
    for (index, old) in order.into_iter().enumerate() {
        let Some(mut operation) = placed.get_mut(old).and_then(Option::take) else { continue };
        operation.index = index;
        let of = needs.get_mut(old).map(std::mem::take).unwrap_or_default().into_iter();
        operation.needs = of
            .map(|(need, Reason { ready, because, at })| {
                let index = position.get(need).copied().unwrap_or_default();
                Need { index, ready, because, at }
            })
            .collect();
        operation.needs.sort_by_key(|need| need.index);
        out.push(operation);
    }
    out
}

/// Why an object needs another one of the configuration.
fn cause(id: &ObjectId, needed: Option<&ObjectId>, kind: EdgeKind, span: Option<Span>) -> NeedCause {
    let is = |of: &str| needed.filter(|n| n.gvk.kind == of);
    if kind == EdgeKind::Ready {
        return NeedCause::DependsOn;
    }
    if kind == EdgeKind::Applied {
        if is("Namespace").is_some_and(|n| n.gvk.group.is_empty() && id.namespace.as_ref() == Some(&n.name)) {
            return NeedCause::Namespace;
        }
        let own = |n: &ObjectId| !id.gvk.group.is_empty() && n.name.ends_with(&format!(".{}", id.gvk.group));
        if is("CustomResourceDefinition").is_some_and(own) {
            return NeedCause::Type;
        }
    }
    if span.is_none() { NeedCause::Part } else { NeedCause::Reference }
}

/// How long each operation may take, as its block says; also where the block no longer makes the object.
fn limits(operations: &mut [Operation], world: &World<'_>) {
    let said = |o: &&DesiredObject| o.timeouts != Default::default();
    let with: Vec<&DesiredObject> = world.input.desired.objects.iter().filter(said).collect();
    if with.is_empty() {
        return;
    }
    let by_address: BTreeMap<&Address, &DesiredObject> = with.iter().map(|o| (&o.address, *o)).collect();
    let by_block: BTreeMap<Address, &DesiredObject> =
        with.iter().rev().map(|o| (o.address.block_address(), *o)).collect();
    for operation in operations {
        let own = by_address.get(&operation.address);
        let Some(want) = own.or_else(|| by_block.get(&operation.address.block_address())) else { continue };
        let time = match is_removal(operation) {
            true => limit::gone(&want.timeouts),
            false => limit::ready(&want.timeouts, operation.action),
        };
        operation.limit = time.map(|time| Limit {
            milliseconds: u64::try_from(time.limit.as_millis()).unwrap_or(u64::MAX),
            at: world.input.sources.locate(time.span),
        });
    }
}

/// The graph of what is wanted.
fn graph(operations: &[Operation], world: &World<'_>, report: &mut Report) -> Option<Graph> {
    let objects: Vec<(&Address, &ObjectId)> = operations.iter().map(|o| (&o.address, &o.id)).collect();
    let nodes: Vec<Address> = objects.iter().map(|(address, _)| (*address).clone()).collect();
    match Graph::build(nodes, edges(&objects, world.input.desired)) {
        Ok(graph) => Some(graph),
        Err(cycles) => {
            cycles.iter().for_each(|cycle| report.push(cycle.diagnostic()));
            None
        }
    }
}

/// The configuration's edges between these objects, with those that hold whatever the blocks say:
/// a namespace before what is in it, a type before its objects.
pub(crate) fn edges(objects: &[(&Address, &ObjectId)], desired: &Desired) -> Vec<Edge> {
    let mut parts: BTreeMap<Address, Vec<&Address>> = BTreeMap::new();
    let mut namespaces: BTreeMap<&str, &Address> = BTreeMap::new();
    for (address, id) in objects {
        parts.entry(address.block_address()).or_default().push(address);
        if id.gvk.kind == "Namespace" && id.gvk.group.is_empty() {
            namespaces.insert(&id.name, address);
        }
    }
    let known: BTreeSet<&Address> = objects.iter().map(|(address, _)| *address).collect();
    // An edge to a block that has no main object means all that it makes.
    let ends = |address: &Address| -> Vec<Address> {
        match known.contains(address) {
            true => vec![address.clone()],
            false => parts.get(address).into_iter().flatten().map(|a| (*a).clone()).collect(),
        }
    };
    let types: Vec<_> = objects.iter().filter(|(_, id)| id.gvk.kind == "CustomResourceDefinition").collect();
    let mut edges = Vec::new();
    for edge in &desired.edges {
        for from in ends(&edge.from) {
            edges.extend(ends(&edge.to).into_iter().filter(|to| *to != from).map(|to| Edge {
                from: from.clone(),
                to,
                ..edge.clone()
            }));
        }
    }
    for (address, id) in objects {
        let namespace = id.namespace.as_deref().and_then(|ns| namespaces.get(ns));
        let suffix = format!(".{}", id.gvk.group);
        let declaring = types.iter().filter(|(_, of)| suffix.len() > 1 && of.name.ends_with(&suffix));
        let needed = namespace.into_iter().copied().chain(declaring.map(|(to, _)| *to));
        edges.extend(needed.filter(|to| to != address).map(|to| Edge {
            from: (*address).clone(),
            to: to.clone(),
            kind: EdgeKind::Applied,
            span: None,
        }));
    }
    edges
}

/// Operations (later, earlier) of which one is a removal, and why.
fn removal_needs(
    operations: &[Operation],
    first_removed: usize,
    world: &World<'_>,
) -> Vec<(usize, usize, NeedCause)> {
    let at: BTreeMap<Address, usize> =
        operations.iter().enumerate().map(|(i, o)| (o.address.clone(), i)).collect();
    let removed = || operations.iter().enumerate().skip(first_removed);
    let mut out = Vec::new();
    // What the state kept: whoever needed it goes, or changes, first.
    for (i, operation) in operations.iter().enumerate() {
        let recorded = world.recorded.get(&identity(&operation.id));
        for needed in recorded.into_iter().flat_map(|(_, resource)| &resource.edges) {
            if let Some(j) = at.get(needed).filter(|j| **j >= first_removed && **j != i) {
                out.push((*j, i, NeedCause::Remembered));
            }
        }
    }
    // Whatever the state says: an autoscaler before its target, a namespace after what is in it,
    // a workload before its claims, objects before their type.
    let mut by_namespace: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, operation) in removed() {
        by_namespace.entry(operation.id.namespace.as_deref().unwrap_or_default()).or_default().push(i);
    }
    for (i, operation) in removed() {
        let kind = operation.id.gvk.kind.as_str();
        let before = operation.before.value();
        match kind {
            "Namespace" => {
                let inside = by_namespace.get(operation.id.name.as_str());
                out.extend(inside.into_iter().flatten().map(|j| (i, *j, NeedCause::Namespace)));
            }
            "CustomResourceDefinition" => {
                let suffix = |o: &Operation| {
                    !o.id.gvk.group.is_empty() && operation.id.name.ends_with(&format!(".{}", o.id.gvk.group))
                };
                out.extend(
                    removed().filter(|(j, o)| *j != i && suffix(o)).map(|(j, _)| (i, j, NeedCause::Type)),
                );
            }
            // Before its target changes, too: it would go on scaling what is set back.
            "HorizontalPodAutoscaler" => {
                let target = &before["spec"]["scaleTargetRef"];
                let is_target = |o: &Operation| {
                    o.id.namespace == operation.id.namespace
                        && target["kind"] == o.id.gvk.kind.as_str()
                        && target["name"] == o.id.name.as_str()
                };
                out.extend(
                    operations
                        .iter()
                        .enumerate()
                        .filter(|(_, o)| is_target(o))
                        .map(|(j, _)| (j, i, NeedCause::Autoscaler)),
                );
            }
            _ => {}
        }
        let volumes = before["spec"]["template"]["spec"]["volumes"].as_array();
        for claim in
            volumes.into_iter().flatten().filter_map(|v| v["persistentVolumeClaim"]["claimName"].as_str())
        {
            let is_claim = |o: &Operation| {
                o.id.gvk.kind == "PersistentVolumeClaim"
                    && o.id.name == claim
                    && o.id.namespace == operation.id.namespace
            };
            out.extend(removed().filter(|(_, o)| is_claim(o)).map(|(j, _)| (j, i, NeedCause::Mount)));
        }
    }
    out
}

/// A topological order, smallest (rank, address) first. Needs that would close a cycle, which only
/// contradicting old edges can, are dropped.
fn sorted(nodes: &BTreeMap<usize, (usize, Address)>, needs: &mut [Needs]) -> Vec<usize> {
    let mut missing: Vec<usize> = needs.iter().map(BTreeMap::len).collect();
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (i, list) in needs.iter().enumerate() {
        for need in list.keys() {
            if let Some(slot) = dependents.get_mut(*need) {
                slot.push(i);
            }
        }
    }
    let key = |i: usize| nodes.get(&i).map(|(rank, address)| Reverse((*rank, address.clone(), i)));
    let mut free: BinaryHeap<_> =
        missing.iter().enumerate().filter(|(_, n)| **n == 0).filter_map(|(i, _)| key(i)).collect();
    let mut waiting: BTreeSet<(usize, Address, usize)> =
        nodes.iter().map(|(i, (rank, address))| (*rank, address.clone(), *i)).collect();
    let mut order: Vec<usize> = Vec::with_capacity(needs.len());
    let mut done = vec![false; needs.len()];
    loop {
        let next = match free.pop() {
            Some(Reverse((_, _, i))) => i,
            None => match waiting.first().cloned() {
                None => break,
                Some((_, _, i)) => {
                    if let Some(list) = needs.get_mut(i) {
                        list.retain(|n, _| done.get(*n).copied().unwrap_or(true));
                    }
                    i
                }
            },
        };
        if done.get(next).copied().unwrap_or(true) {
            continue;
        }
        done[next] = true;
        if let Some((rank, address)) = nodes.get(&next) {
            waiting.remove(&(*rank, address.clone(), next));
        }
        order.push(next);
        for dependent in dependents.get(next).into_iter().flatten() {
            if let Some(count) = missing.get_mut(*dependent) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    free.extend(key(*dependent));
                }
            }
        }
    }
    order
}

/// Whether an operation is a removal.
pub(crate) fn is_removal(operation: &Operation) -> bool {
    matches!(operation.action, Action::Delete | Action::Forget | Action::Release)
}
