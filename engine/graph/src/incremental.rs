//! A topological order that is kept up to date while edges are added one by one.
//!
//! An edge that agrees with the order costs nothing. For one that does not, what its one end
//! needs and what needs its other end is searched in turns, between the two ends in the order,
//! until the searches meet, which is a cycle, or one of them is exhausted; that side alone is
//! moved past the other end. So the cost is that of the smaller side. (Searching in turns:
//! B. Haeupler, T. Kavitha, R. Mathew, S. Sen, R. E. Tarjan, "Incremental cycle detection,
//! topological ordering, and strong component maintenance", 2012.)

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::ranking::Ranking;

/// Nodes `0..n`; an edge leads from what needs to what is needed, which comes first in the order.
#[derive(Debug)]
pub(crate) struct Ordered {
    needs: Vec<Vec<usize>>,
    needed_by: Vec<Vec<usize>>,
    ranking: Ranking,
    /// The last search that saw a node: even numbers search needs, odd ones what needs.
    seen: Vec<u64>,
    searches: u64,
    /// How many edges were followed: the measure of the cost.
    #[cfg(test)]
    pub(crate) steps: u64,
}

/// How an attempt to add an edge against the order ended.
enum Search {
    Cycle,
    /// Everything needed that stands too late.
    Needs(Vec<usize>),
    /// Everything needing that stands too early.
    NeededBy(Vec<usize>),
}

/// One of the two searches: the nodes seen so far, and how far their edges were followed.
struct Frontier {
    nodes: Vec<usize>,
    node: usize,
    edge: usize,
}

impl Ordered {
    /// Begins with edges that have no cycle. `later` are the edges that may be added: the first
    /// order is chosen so that many of them agree with it.
    pub(crate) fn new(needs: Vec<Vec<usize>>, later: &[(usize, usize)]) -> Ordered {
        let n = needs.len();
        let mut needed_by = vec![Vec::new(); n];
        for (from, tos) in needs.iter().enumerate() {
            for to in tos {
                needed_by[*to].push(from);
            }
        }
        let wish = finishing(&needs, later);
        let ranking = Ranking::new(&sorted(&needs, &needed_by, &wish));
        Ordered {
            needs,
            needed_by,
            ranking,
            seen: vec![0; n],
            searches: 0,
            #[cfg(test)]
            steps: 0,
        }
    }

    /// Adds the edge and says true, or says false where it would close a cycle.
    pub(crate) fn insert(&mut self, from: usize, to: usize) -> bool {
        if from == to {
            return false;
        }
        if self.ranking.of(to) > self.ranking.of(from) {
            match self.search(from, to) {
                Search::Cycle => return false,
                Search::Needs(nodes) => self.ranking.move_before(nodes, from),
                Search::NeededBy(nodes) => self.ranking.move_after(nodes, to),
            }
        }
        self.needs[from].push(to);
        self.needed_by[to].push(from);
        true
    }

    /// Searches from both ends in turns. Between the ends, since `from` stands before `to`.
    fn search(&mut self, from: usize, to: usize) -> Search {
        self.searches += 2;
        let (down, up) = (self.searches, self.searches + 1);
        self.seen[to] = down;
        self.seen[from] = up;
        let (first, last) = (self.ranking.of(from), self.ranking.of(to));
        let mut needs = Frontier { nodes: vec![to], node: 0, edge: 0 };
        let mut needed_by = Frontier { nodes: vec![from], node: 0, edge: 0 };
        loop {
            match needs.next(&self.needs) {
                None => return Search::Needs(needs.nodes),
                Some(next) if self.seen[next] == up => return Search::Cycle,
                Some(next) if self.seen[next] != down && self.ranking.of(next) > first => {
                    self.seen[next] = down;
                    needs.nodes.push(next);
                }
                Some(_) => {}
            }
            match needed_by.next(&self.needed_by) {
                None => return Search::NeededBy(needed_by.nodes),
                Some(next) if self.seen[next] == down => return Search::Cycle,
                Some(next) if self.seen[next] != up && self.ranking.of(next) < last => {
                    self.seen[next] = up;
                    needed_by.nodes.push(next);
                }
                Some(_) => {}
            }
            #[cfg(test)]
            {
                self.steps += 2;
            }
        }
    }
}

impl Frontier {
    /// The end of the next edge of the nodes seen so far; none where all were followed.
    fn next(&mut self, edges: &[Vec<usize>]) -> Option<usize> {
        while let Some(node) = self.nodes.get(self.node) {
            if let Some(next) = edges[*node].get(self.edge) {
                self.edge += 1;
                return Some(*next);
            }
            self.node += 1;
            self.edge = 0;
        }
        None
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

/// The nodes in an order that the edges allow, as near to `wish` as they do.
fn sorted(needs: &[Vec<usize>], needed_by: &[Vec<usize>], wish: &[usize]) -> Vec<usize> {
    let mut missing: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut free: BinaryHeap<Reverse<(usize, usize)>> =
        (0..needs.len()).filter(|n| missing[*n] == 0).map(|n| Reverse((wish[n], n))).collect();
    let mut order = Vec::with_capacity(needs.len());
    while let Some(Reverse((_, node))) = free.pop() {
        order.push(node);
        for &dependent in &needed_by[node] {
            missing[dependent] -= 1;
            if missing[dependent] == 0 {
                free.push(Reverse((wish[dependent], dependent)));
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twenty times the nodes take hardly more than twenty times the steps, where all nodes need
    /// each other in some way.
    #[test]
    fn the_cost_grows_with_the_edges() {
        type Shape = fn(usize, usize) -> Vec<(usize, usize)>;
        let shapes: [(&str, Shape); 5] = [
            ("there and back", |i, n| vec![(i, (i + 1) % n), ((i + 1) % n, i)]),
            ("back only", |i, n| vec![((i + 1) % n, i)]),
            ("one for all", |i, n| vec![(i, n / 2), (n / 2, i)]),
            ("one for all, at a distance", |i, n| {
                let pair = i ^ 1;
                vec![(i, pair), (pair % n, n / 2 % n), (n / 2, i)]
            }),
            ("ladder", |i, n| match i < n / 2 {
                true => vec![(i, (i + 1) % (n / 2)), (i, i + n / 2)],
                false => vec![(i, (i + 1) % n), (i, i - n / 2)],
            }),
        ];
        for (name, shape) in shapes {
            let steps = |n: usize| {
                let mut edges: Vec<_> = (0..n).flat_map(|i| shape(i, n)).collect();
                edges.sort_unstable();
                edges.dedup();
                let mut ordered = Ordered::new(vec![Vec::new(); n], &edges);
                let kept = edges.iter().filter(|(from, to)| ordered.insert(*from, *to)).count();
                assert!(kept < edges.len(), "{name}");
                ordered.steps + n as u64
            };
            let (small, large) = (steps(1000), steps(20_000));
            assert!(large < 40 * small, "{name}: {small} steps for 1,000 nodes, {large} for 20,000");
        }
    }
}
