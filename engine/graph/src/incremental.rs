//! A topological order that is kept up to date while edges are added one by one.
//!
//! After D. J. Pearce and P. H. J. Kelly, "A dynamic topological sort algorithm for directed
//! acyclic graphs" (2007): an edge that agrees with the order costs nothing; one that does not
//! moves only the nodes between its ends.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Nodes `0..n`; an edge leads from what needs to what is needed, which has the smaller rank.
#[derive(Debug)]
pub(crate) struct Ordered {
    needs: Vec<Vec<usize>>,
    needed_by: Vec<Vec<usize>>,
    rank: Vec<usize>,
    /// In which search a node was last seen, so that marks need not be cleared.
    seen: Vec<u64>,
    search: u64,
}

impl Ordered {
    /// Begins with edges that have no cycle. `later` are the edges that may be added: the first
    /// order is chosen so that as many as possible agree with it.
    pub(crate) fn new(needs: Vec<Vec<usize>>, later: &[(usize, usize)]) -> Ordered {
        let n = needs.len();
        let mut needed_by = vec![Vec::new(); n];
        for (from, tos) in needs.iter().enumerate() {
            for to in tos {
                needed_by[*to].push(from);
            }
        }
        let wish = finishing(&needs, later);
        let rank = sorted(&needs, &needed_by, &wish);
        Ordered { needs, needed_by, rank, seen: vec![0; n], search: 0 }
    }

    /// Adds the edge and says true, or says false where it would close a cycle.
    pub(crate) fn insert(&mut self, from: usize, to: usize) -> bool {
        if from == to {
            return false;
        }
        if self.rank[to] > self.rank[from] {
            let Some(below) = self.collect_needs(to, from) else { return false };
            let above = self.collect_needed_by(from, self.rank[to]);
            self.reorder(below, above);
        }
        self.needs[from].push(to);
        self.needed_by[to].push(from);
        true
    }

    /// What `start` needs, down to the rank of `goal`; none where that is `goal` itself.
    fn collect_needs(&mut self, start: usize, goal: usize) -> Option<Vec<usize>> {
        self.search += 1;
        self.seen[start] = self.search;
        let (mut stack, mut found) = (vec![start], Vec::new());
        while let Some(node) = stack.pop() {
            found.push(node);
            for &next in &self.needs[node] {
                if next == goal {
                    return None;
                }
                if self.seen[next] != self.search && self.rank[next] > self.rank[goal] {
                    self.seen[next] = self.search;
                    stack.push(next);
                }
            }
        }
        Some(found)
    }

    /// What needs `start`, up to a rank.
    fn collect_needed_by(&mut self, start: usize, limit: usize) -> Vec<usize> {
        self.search += 1;
        self.seen[start] = self.search;
        let (mut stack, mut found) = (vec![start], Vec::new());
        while let Some(node) = stack.pop() {
            found.push(node);
            for &next in &self.needed_by[node] {
                if self.seen[next] != self.search && self.rank[next] < limit {
                    self.seen[next] = self.search;
                    stack.push(next);
                }
            }
        }
        found
    }

    /// Gives the ranks of both groups out again: first to `below`, then to `above`.
    fn reorder(&mut self, mut below: Vec<usize>, mut above: Vec<usize>) {
        below.sort_unstable_by_key(|n| self.rank[*n]);
        above.sort_unstable_by_key(|n| self.rank[*n]);
        let nodes: Vec<usize> = below.into_iter().chain(above).collect();
        let mut ranks: Vec<usize> = nodes.iter().map(|n| self.rank[*n]).collect();
        ranks.sort_unstable();
        for (node, rank) in nodes.into_iter().zip(ranks) {
            self.rank[node] = rank;
        }
    }
}

/// For each node, when a depth-first search over all edges leaves it: what is needed leaves first,
/// except across the edges that close a cycle.
fn finishing(needs: &[Vec<usize>], later: &[(usize, usize)]) -> Vec<usize> {
    let mut all: Vec<Vec<usize>> = needs.to_vec();
    for (from, to) in later {
        all[*from].push(*to);
    }
    let mut left = vec![0; all.len()];
    let (mut entered, mut clock) = (vec![false; all.len()], 0);
    for root in 0..all.len() {
        if entered[root] {
            continue;
        }
        entered[root] = true;
        let mut stack = vec![(root, 0)];
        while let Some((node, next)) = stack.pop() {
            match all[node].get(next) {
                Some(&to) => {
                    stack.push((node, next + 1));
                    if !entered[to] {
                        entered[to] = true;
                        stack.push((to, 0));
                    }
                }
                None => {
                    left[node] = clock;
                    clock += 1;
                }
            }
        }
    }
    left
}

/// The rank of each node in an order that the edges allow, as near to `wish` as they do.
fn sorted(needs: &[Vec<usize>], needed_by: &[Vec<usize>], wish: &[usize]) -> Vec<usize> {
    let mut missing: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut free: BinaryHeap<Reverse<(usize, usize)>> =
        (0..needs.len()).filter(|n| missing[*n] == 0).map(|n| Reverse((wish[n], n))).collect();
    let (mut rank, mut next) = (vec![0; needs.len()], 0);
    while let Some(Reverse((_, node))) = free.pop() {
        rank[node] = next;
        next += 1;
        for &dependent in &needed_by[node] {
            missing[dependent] -= 1;
            if missing[dependent] == 0 {
                free.push(Reverse((wish[dependent], dependent)));
            }
        }
    }
    rank
}
