//! The graph itself: how it is built, and what can be asked of it.
//!
//! Which order edges stay is decided in `relax`; how a cycle is named, in `cycle`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use plimsoll_model::{Address, Edge, EdgeKind, Span};

use crate::cycle::{self, Cycle};
use crate::relax;

/// The weight of an edge: how strongly, and where it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) kind: EdgeKind,
    pub(crate) span: Option<Span>,
}

/// The inner graph. Nodes are numbered in the order of their addresses, and an edge points from
/// what needs to what is needed.
pub(crate) type Inner = DiGraph<Address, Need>;

/// A graph of addresses without cycles.
#[derive(Debug, Clone)]
pub struct Graph {
    inner: Inner,
    dropped: Vec<Edge>,
}

impl Graph {
    /// Builds the graph. Repeated addresses count once; of several edges between the same two
    /// addresses the strongest counts; an edge to or from an address that is not among `nodes` is
    /// left out.
    ///
    /// An order edge that would close a cycle with the hard edges and the order edges before it,
    /// in the order of their addresses, is dropped: see [`Graph::dropped`].
    ///
    /// # Errors
    /// Cycles of hard edges: one for each group of addresses that need each other, the shortest
    /// through the group's first address, sorted.
    pub fn build(mut nodes: Vec<Address>, edges: Vec<Edge>) -> Result<Graph, Vec<Cycle>> {
        nodes.sort();
        nodes.dedup();
        let edges = strongest(&nodes, edges);
        let mut inner = Inner::with_capacity(nodes.len(), edges.len());
        for node in nodes {
            inner.add_node(node);
        }
        let (wishes, hard): (Vec<_>, Vec<_>) =
            edges.into_iter().partition(|(_, need)| need.kind == EdgeKind::Order);
        for ((from, to), need) in hard {
            inner.add_edge(NodeIndex::new(from), NodeIndex::new(to), need);
        }
        let cycles = cycle::find(&inner);
        if !cycles.is_empty() {
            return Err(cycles);
        }
        let kept = relax::kept(&inner, &wishes);
        let mut dropped = Vec::new();
        for (((from, to), need), keep) in wishes.into_iter().zip(kept) {
            let (from, to) = (NodeIndex::new(from), NodeIndex::new(to));
            if keep {
                inner.add_edge(from, to, need);
            } else {
                dropped.push(edge(&inner, from, to, need));
            }
        }
        Ok(Graph { inner, dropped })
    }

    /// Every address, what is needed before what needs it; among those that could come next, the
    /// smallest address comes first.
    pub fn order(&self) -> Vec<Address> {
        self.numbers().into_iter().map(|n| self.inner[n].clone()).collect()
    }

    fn numbers(&self) -> Vec<NodeIndex> {
        let mut missing: Vec<usize> =
            self.inner.node_indices().map(|n| self.inner.edges(n).count()).collect();
        let mut free: BinaryHeap<Reverse<usize>> =
            missing.iter().enumerate().filter(|(_, count)| **count == 0).map(|(n, _)| Reverse(n)).collect();
        let mut order = Vec::with_capacity(missing.len());
        while let Some(Reverse(next)) = free.pop() {
            let node = NodeIndex::new(next);
            order.push(node);
            for dependent in self.inner.neighbors_directed(node, Direction::Incoming) {
                missing[dependent.index()] -= 1;
                if missing[dependent.index()] == 0 {
                    free.push(Reverse(dependent.index()));
                }
            }
        }
        order
    }

    /// [`Graph::order`] backwards: what needs before what is needed, as deletions go.
    pub fn reverse_order(&self) -> Vec<Address> {
        let mut order = self.order();
        order.reverse();
        order
    }

    /// Whether the address is in the graph.
    pub fn contains(&self, address: &Address) -> bool {
        self.node(address).is_some()
    }

    /// Every address, sorted.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.inner.node_weights()
    }

    /// How many addresses there are.
    pub fn len(&self) -> usize {
        self.inner.node_count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.inner.node_count() == 0
    }

    /// What `address` needs directly, how strongly and where that is written, sorted; nothing where it is not in
    /// the graph.
    pub fn needs(&self, address: &Address) -> Vec<(&Address, EdgeKind, Option<Span>)> {
        let Some(node) = self.node(address) else { return Vec::new() };
        let mut found: Vec<_> = self.inner.edges(node).map(|e| (e.target(), *e.weight())).collect();
        found.sort_by_key(|(target, _)| *target);
        found.into_iter().map(|(n, need)| (&self.inner[n], need.kind, need.span)).collect()
    }

    /// What `address` needs directly, sorted; nothing where it is not in the graph.
    pub fn dependencies(&self, address: &Address) -> Vec<(&Address, EdgeKind)> {
        self.neighbours(address, Direction::Outgoing)
    }

    /// What needs `address` directly, sorted; nothing where it is not in the graph.
    pub fn dependents(&self, address: &Address) -> Vec<(&Address, EdgeKind)> {
        self.neighbours(address, Direction::Incoming)
    }

    /// The edges of the graph, sorted.
    pub fn edges(&self) -> Vec<Edge> {
        let mut edges: Vec<Edge> = self
            .inner
            .edge_references()
            .map(|e| edge(&self.inner, e.source(), e.target(), *e.weight()))
            .collect();
        edges.sort();
        edges
    }

    /// The order edges that would have closed a cycle, sorted.
    pub fn dropped(&self) -> &[Edge] {
        &self.dropped
    }

    /// The graph in the language of Graphviz: sorted, one line for each address and each edge.
    pub fn dot(&self) -> String {
        crate::dot::dot(&self.inner)
    }

    /// The graph as a picture: a column for each step of the way, what needs left of what is needed.
    pub fn svg(&self) -> String {
        crate::svg::svg(&self.inner, &self.numbers())
    }

    fn node(&self, address: &Address) -> Option<NodeIndex> {
        find(self.inner.node_count(), |n| &self.inner[NodeIndex::new(n)], address).map(NodeIndex::new)
    }

    fn neighbours(&self, address: &Address, direction: Direction) -> Vec<(&Address, EdgeKind)> {
        let Some(node) = self.node(address) else { return Vec::new() };
        let mut found: Vec<_> = self
            .inner
            .edges_directed(node, direction)
            .map(|e| {
                let other = if direction == Direction::Outgoing { e.target() } else { e.source() };
                (other, e.weight().kind)
            })
            .collect();
        found.sort();
        found.into_iter().map(|(n, kind)| (&self.inner[n], kind)).collect()
    }
}

/// An edge of the inner graph, in the words of the model.
pub(crate) fn edge(inner: &Inner, from: NodeIndex, to: NodeIndex, need: Need) -> Edge {
    Edge { from: inner[from].clone(), to: inner[to].clone(), kind: need.kind, span: need.span }
}

/// The strongest edge between each two known addresses, by the numbers of the addresses; of equally
/// strong ones, the one written first.
fn strongest(nodes: &[Address], edges: Vec<Edge>) -> BTreeMap<(usize, usize), Need> {
    let numbers: HashMap<&Address, usize> =
        nodes.iter().enumerate().map(|(n, address)| (address, n)).collect();
    let number = |address: &Address| numbers.get(address).copied();
    let mut strongest: BTreeMap<(usize, usize), Need> = BTreeMap::new();
    for e in edges {
        let (Some(from), Some(to)) = (number(&e.from), number(&e.to)) else { continue };
        let need = Need { kind: e.kind, span: e.span };
        let rank = |n: &Need| (Reverse(n.kind), n.span.is_none(), n.span);
        strongest
            .entry((from, to))
            .and_modify(|old| {
                if rank(&need) < rank(old) {
                    *old = need;
                }
            })
            .or_insert(need);
    }
    strongest
}

/// The place of `wanted` among `count` sorted addresses.
fn find<'a>(count: usize, at: impl Fn(usize) -> &'a Address, wanted: &Address) -> Option<usize> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        match at(middle).cmp(wanted) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return Some(middle),
        }
    }
    None
}
