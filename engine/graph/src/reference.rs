//! The graph again, slowly and obviously: what the fast one is measured against.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::{Address, Edge, EdgeKind};
use proptest::prelude::*;

use crate::Graph;
use crate::text::address;

type Pairs = Vec<(Address, Address)>;

/// Kept and dropped order edges, by trying each one.
fn relaxed(edges: &[Edge]) -> (Pairs, Pairs) {
    let mut strongest: BTreeMap<(Address, Address), EdgeKind> = BTreeMap::new();
    for e in edges {
        let kind = strongest.entry((e.from.clone(), e.to.clone())).or_insert(e.kind);
        *kind = (*kind).max(e.kind);
    }
    let mut firm: BTreeSet<(Address, Address)> =
        strongest.iter().filter(|(_, k)| **k != EdgeKind::Order).map(|(e, _)| e.clone()).collect();
    let (mut kept, mut dropped) = (Vec::new(), Vec::new());
    for ((from, to), _) in strongest.iter().filter(|(_, k)| **k == EdgeKind::Order) {
        if reaches(&firm, to, from) {
            dropped.push((from.clone(), to.clone()));
        } else {
            firm.insert((from.clone(), to.clone()));
            kept.push((from.clone(), to.clone()));
        }
    }
    (kept, dropped)
}

fn reaches(edges: &BTreeSet<(Address, Address)>, from: &Address, to: &Address) -> bool {
    let mut reached = BTreeSet::from([from.clone()]);
    loop {
        let before = reached.len();
        for (a, b) in edges {
            if reached.contains(a) {
                reached.insert(b.clone());
            }
        }
        if reached.contains(to) {
            return true;
        }
        if reached.len() == before {
            return false;
        }
    }
}

/// The order, by looking for the smallest address whose needs are all there, again and again.
fn ordered(nodes: &[Address], needs: &BTreeSet<(Address, Address)>) -> Vec<Address> {
    let mut left: BTreeSet<Address> = nodes.iter().cloned().collect();
    let mut order = Vec::new();
    while let Some(next) =
        left.iter().find(|n| !needs.iter().any(|(f, t)| f == *n && left.contains(t))).cloned()
    {
        left.remove(&next);
        order.push(next);
    }
    order
}

fn graphs() -> impl Strategy<Value = (Vec<Address>, Vec<Edge>)> {
    (2usize..12).prop_flat_map(|n| {
        let edge = (0..n, 0..n, 0usize..8).prop_map(|(from, to, kind)| Edge {
            from: address(&format!("n{from:02}")),
            to: address(&format!("n{to:02}")),
            kind: [EdgeKind::Applied, EdgeKind::Ready].get(kind).copied().unwrap_or(EdgeKind::Order),
            span: None,
        });
        let nodes: Vec<Address> = (0..n).map(|i| address(&format!("n{i:02}"))).collect();
        (Just(nodes), proptest::collection::vec(edge, 0..3 * n))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_fast_graph_agrees_with_the_slow_one((nodes, edges) in graphs()) {
        let hard: BTreeSet<(Address, Address)> = edges
            .iter()
            .filter(|e| e.kind != EdgeKind::Order)
            .map(|e| (e.from.clone(), e.to.clone()))
            .collect();
        let on_cycle: BTreeSet<&Address> =
            nodes.iter().filter(|n| hard.iter().any(|(f, t)| f == *n && reaches(&hard, t, n))).collect();
        match Graph::build(nodes.clone(), edges.clone()) {
            Err(cycles) => {
                prop_assert!(!on_cycle.is_empty());
                for cycle in &cycles {
                    for (i, e) in cycle.edges.iter().enumerate() {
                        prop_assert!(hard.contains(&(e.from.clone(), e.to.clone())));
                        prop_assert_eq!(&e.to, &cycle.edges[(i + 1) % cycle.edges.len()].from);
                    }
                }
                for node in on_cycle {
                    let named = cycles.iter().map(|c| &c.edges[0].from).any(|start| {
                        start == node || (reaches(&hard, start, node) && reaches(&hard, node, start))
                    });
                    prop_assert!(named, "the cycle through {} is not told", node);
                }
            }
            Ok(graph) => {
                prop_assert!(on_cycle.is_empty());
                let (kept, dropped) = relaxed(&edges);
                let pairs = |edges: &[Edge]| -> Pairs {
                    edges.iter().map(|e| (e.from.clone(), e.to.clone())).collect()
                };
                prop_assert_eq!(pairs(graph.dropped()), dropped);
                let needs: BTreeSet<_> = kept.into_iter().chain(hard).collect();
                prop_assert_eq!(pairs(&graph.edges()), needs.iter().cloned().collect::<Pairs>());
                prop_assert_eq!(graph.order(), ordered(&nodes, &needs));
            }
        }
    }
}
