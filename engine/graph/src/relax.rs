//! Which order edges stay.
//!
//! The rule: begin with the hard edges, take the order edges sorted by their addresses, and keep
//! each one that closes no cycle with what was kept before it. An edge between two strongly
//! connected groups of the whole graph can never close one, so only edges inside a group are
//! examined, and there an order that is kept up to date answers most of them at once.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;

use crate::graph::{Inner, Need};
use crate::incremental::Ordered;

/// For each of `wishes`, sorted by its addresses' numbers, whether it stays. `hard` has no cycle.
pub(crate) fn kept(hard: &Inner, wishes: &[((usize, usize), Need)]) -> Vec<bool> {
    let group_of = groups(hard, wishes);
    let mut members: Vec<Vec<usize>> = Vec::new();
    for (node, group) in group_of.iter().enumerate() {
        if members.len() <= *group {
            members.resize(group + 1, Vec::new());
        }
        members[*group].push(node);
    }
    let mut inside: Vec<Vec<usize>> = vec![Vec::new(); members.len()];
    for (i, ((from, to), _)) in wishes.iter().enumerate() {
        if group_of[*from] == group_of[*to] {
            inside[group_of[*from]].push(i);
        }
    }
    let mut kept = vec![true; wishes.len()];
    for (group, candidates) in inside.iter().enumerate().filter(|(_, c)| !c.is_empty()) {
        relax_group(hard, wishes, &members[group], candidates, &mut kept);
    }
    kept
}

/// The number of the strongly connected group of each node, all edges taken together.
fn groups(hard: &Inner, wishes: &[((usize, usize), Need)]) -> Vec<usize> {
    let mut all = hard.map(|_, _| (), |_, _| ());
    for ((from, to), _) in wishes {
        all.add_edge(NodeIndex::new(*from), NodeIndex::new(*to), ());
    }
    let mut group_of = vec![0; hard.node_count()];
    for (group, members) in kosaraju_scc(&all).iter().enumerate() {
        for node in members {
            group_of[node.index()] = group;
        }
    }
    group_of
}

fn relax_group(
    hard: &Inner,
    wishes: &[((usize, usize), Need)],
    members: &[usize],
    candidates: &[usize],
    kept: &mut [bool],
) {
    let place = |node: usize| members.binary_search(&node).ok();
    let mut firm = vec![Vec::new(); members.len()];
    for (i, node) in members.iter().enumerate() {
        firm[i] = hard.edges(NodeIndex::new(*node)).filter_map(|e| place(e.target().index())).collect();
        firm[i].sort_unstable();
    }
    let wished: Vec<(usize, usize)> = candidates
        .iter()
        .filter_map(|c| {
            let (from, to) = wishes[*c].0;
            Some((place(from)?, place(to)?))
        })
        .collect();
    let mut ordered = Ordered::new(firm, &wished);
    for (candidate, (from, to)) in candidates.iter().zip(wished) {
        kept[*candidate] = ordered.insert(from, to);
    }
}
