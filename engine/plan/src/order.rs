//! The order of a plan's operations, and which ones each has to wait for.
//!
//! Objects that are wanted follow the configuration's edges; deletes follow the edges that the
//! state kept, backwards, and run after updates of what depended on them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use plimsoll_graph::Graph;
use plimsoll_model::{Address, Desired, Edge, EdgeKind, Gvk, ObjectId, Report};

use crate::plan::{Action, Need, Operation};
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
    let mut needs: Vec<BTreeSet<(usize, bool)>> = vec![BTreeSet::new(); wanted.len() + removed.len()];
    let mut operations = wanted;
    let first_removed = operations.len();
    if let Some(graph) = graph(&operations, world, report) {
        let place: BTreeMap<&Address, usize> =
            operations.iter().enumerate().map(|(i, o)| (&o.address, i)).collect();
        let mut edges: Vec<Vec<Address>> = vec![Vec::new(); operations.len()];
        for (i, operation) in operations.iter().enumerate() {
            for (needed, kind) in graph.dependencies(&operation.address) {
                if let (Some(j), Some(slot)) = (place.get(needed), needs.get_mut(i)) {
                    slot.insert((*j, kind == EdgeKind::Ready));
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
    for (later, earlier) in removal_needs(&operations, first_removed, world) {
        if let Some(slot) = needs.get_mut(later) {
            slot.insert((earlier, false));
        }
    }
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
        let mut strongest: BTreeMap<usize, bool> = BTreeMap::new();
        for (need, ready) in needs.get(old).into_iter().flatten() {
            let at = position.get(*need).copied().unwrap_or_default();
            *strongest.entry(at).or_default() |= ready;
        }
        operation.needs = strongest.into_iter().map(|(index, ready)| Need { index, ready }).collect();
        out.push(operation);
    }
    out
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

/// Pairs (later, earlier) of operations in which one is a removal.
fn removal_needs(operations: &[Operation], first_removed: usize, world: &World<'_>) -> Vec<(usize, usize)> {
    let at: BTreeMap<Address, usize> =
        operations.iter().enumerate().map(|(i, o)| (o.address.clone(), i)).collect();
    let removed = || operations.iter().enumerate().skip(first_removed);
    let mut out = Vec::new();
    // What the state kept: whoever needed it goes, or changes, first.
    for (i, operation) in operations.iter().enumerate() {
        let recorded = world.recorded.get(&identity(&operation.id));
        for needed in recorded.into_iter().flat_map(|(_, resource)| &resource.edges) {
            if let Some(j) = at.get(needed).filter(|j| **j >= first_removed && **j != i) {
                out.push((*j, i));
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
                out.extend(inside.into_iter().flatten().map(|j| (i, *j)));
            }
            "CustomResourceDefinition" => {
                let suffix = |o: &Operation| {
                    !o.id.gvk.group.is_empty() && operation.id.name.ends_with(&format!(".{}", o.id.gvk.group))
                };
                out.extend(removed().filter(|(j, o)| *j != i && suffix(o)).map(|(j, _)| (i, j)));
            }
            // Before its target changes, too: it would go on scaling what is set back.
            "HorizontalPodAutoscaler" => {
                let target = &before["spec"]["scaleTargetRef"];
                let is_target = |o: &Operation| {
                    o.id.namespace == operation.id.namespace
                        && target["kind"] == o.id.gvk.kind.as_str()
                        && target["name"] == o.id.name.as_str()
                };
                out.extend(operations.iter().enumerate().filter(|(_, o)| is_target(o)).map(|(j, _)| (j, i)));
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
            out.extend(removed().filter(|(_, o)| is_claim(o)).map(|(j, _)| (j, i)));
        }
    }
    out
}

/// A topological order, smallest (rank, address) first. Needs that would close a cycle, which only
/// contradicting old edges can, are dropped.
fn sorted(nodes: &BTreeMap<usize, (usize, Address)>, needs: &mut [BTreeSet<(usize, bool)>]) -> Vec<usize> {
    let mut missing: Vec<usize> =
        needs.iter().map(|n| n.iter().map(|(i, _)| i).collect::<BTreeSet<_>>().len()).collect();
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (i, list) in needs.iter().enumerate() {
        for need in list.iter().map(|(n, _)| *n).collect::<BTreeSet<_>>() {
            if let Some(slot) = dependents.get_mut(need) {
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
                        list.retain(|(n, _)| done.get(*n).copied().unwrap_or(true));
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
    matches!(operation.action, Action::Delete | Action::Forget)
}
