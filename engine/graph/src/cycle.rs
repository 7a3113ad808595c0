//! Cycles of hard edges: how they are found and how they are named.

use std::collections::{HashMap, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use plimsoll_model::{Diagnostic, Edge, EdgeKind};

use crate::graph::{Inner, edge};

/// A cycle of hard edges, in full: each edge begins where the one before it ends, the first one
/// begins at the smallest address, and the last one ends there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cycle {
    /// The edges on the way round; at least one.
    pub edges: Vec<Edge>,
}

impl Cycle {
    /// The finding, with the place of every edge that was written somewhere.
    pub fn diagnostic(&self) -> Diagnostic {
        let steps: Vec<String> = self
            .edges
            .iter()
            .map(|e| match e.kind {
                EdgeKind::Ready => format!("{} waits until {} is ready", e.from, e.to),
                _ => format!("{} needs {} to be applied before it", e.from, e.to),
            })
            .collect();
        let mut diagnostic = Diagnostic::error("dependency-cycle", "blocks depend on each other in a cycle")
            .detail(format!("No order satisfies all of these: {}.", steps.join("; ")));
        for e in &self.edges {
            let Some(span) = e.span else { continue };
            let message = format!("{} depends on {} here", e.from, e.to);
            diagnostic = match diagnostic.at {
                None => diagnostic.at(span, message),
                Some(_) => diagnostic.related(span, message),
            };
        }
        let waits = self.edges.iter().find(|e| e.kind == EdgeKind::Ready);
        diagnostic.help(match waits {
            Some(e) => format!("remove {} from `depends_on` of {}", e.to, e.from),
            None => "remove one of these references".to_string(),
        })
    }
}

/// One cycle for each strongly connected group, sorted; empty where the graph has no cycle.
pub(crate) fn find(inner: &Inner) -> Vec<Cycle> {
    let mut cycles: Vec<Cycle> = kosaraju_scc(inner)
        .into_iter()
        .filter_map(|group| group.iter().min().copied())
        .filter_map(|start| shortest(inner, start))
        .collect();
    cycles.sort();
    cycles
}

/// The shortest cycle through `start`, if there is one: breadth first, so only addresses that
/// `start` needs are visited. Of equally short ones, the one with the smallest addresses.
fn shortest(inner: &Inner, start: NodeIndex) -> Option<Cycle> {
    let mut reached_from: HashMap<NodeIndex, NodeIndex> = HashMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        let mut next: Vec<NodeIndex> = inner.neighbors(node).collect();
        next.sort();
        for to in next {
            if reached_from.contains_key(&to) {
                continue;
            }
            reached_from.insert(to, node);
            if to == start {
                return Some(trace(inner, start, &reached_from));
            }
            queue.push_back(to);
        }
    }
    None
}

fn trace(inner: &Inner, start: NodeIndex, reached_from: &HashMap<NodeIndex, NodeIndex>) -> Cycle {
    let mut edges = Vec::new();
    let mut to = start;
    while let Some(from) = reached_from.get(&to).copied() {
        edges.extend(inner.edges_connecting(from, to).map(|e| edge(inner, from, e.target(), *e.weight())));
        to = from;
        if to == start {
            break;
        }
    }
    edges.reverse();
    Cycle { edges }
}
