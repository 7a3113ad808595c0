//! A line of nodes in which each can be moved next to another, and two be compared at once.
//!
//! Each node carries a label; labels grow along the line. Where two neighbours leave no room
//! between their labels, all labels are given out again, evenly.

/// Nodes `0..n` in a line.
#[derive(Debug)]
pub(crate) struct Ranking {
    label: Vec<u128>,
    before: Vec<Option<usize>>,
    after: Vec<Option<usize>>,
    first: Option<usize>,
}

impl Ranking {
    /// A line in the given order, which names each node once.
    pub(crate) fn new(order: &[usize]) -> Ranking {
        let mut ranking = Ranking {
            label: vec![0; order.len()],
            before: vec![None; order.len()],
            after: vec![None; order.len()],
            first: order.first().copied(),
        };
        for pair in order.windows(2) {
            ranking.after[pair[0]] = Some(pair[1]);
            ranking.before[pair[1]] = Some(pair[0]);
        }
        ranking.spread();
        ranking
    }

    /// Something that is smaller for the node that comes first.
    pub(crate) fn of(&self, node: usize) -> u128 {
        self.label[node]
    }

    /// Moves nodes to right before `place`, in the order in which they stand in the line.
    pub(crate) fn move_before(&mut self, mut nodes: Vec<usize>, place: usize) {
        nodes.sort_unstable_by_key(|n| self.label[*n]);
        for node in nodes {
            self.unlink(node);
            self.link(self.before[place], node, Some(place));
        }
    }

    /// Moves nodes to right after `place`, in the order in which they stand in the line.
    pub(crate) fn move_after(&mut self, mut nodes: Vec<usize>, place: usize) {
        nodes.sort_unstable_by_key(|n| self.label[*n]);
        for node in nodes.into_iter().rev() {
            self.unlink(node);
            self.link(Some(place), node, self.after[place]);
        }
    }

    fn unlink(&mut self, node: usize) {
        let (before, after) = (self.before[node], self.after[node]);
        match before {
            Some(b) => self.after[b] = after,
            None => self.first = after,
        }
        if let Some(a) = after {
            self.before[a] = before;
        }
    }

    fn link(&mut self, before: Option<usize>, node: usize, after: Option<usize>) {
        self.before[node] = before;
        self.after[node] = after;
        match before {
            Some(b) => self.after[b] = Some(node),
            None => self.first = Some(node),
        }
        if let Some(a) = after {
            self.before[a] = Some(node);
        }
        let low = before.map_or(0, |b| self.label[b]);
        let high = after.map_or(u128::MAX, |a| self.label[a]);
        self.label[node] = low + (high - low) / 2;
        if self.label[node] == low {
            self.spread();
        }
    }

    fn spread(&mut self) {
        let gap = u128::MAX / (self.label.len() as u128 + 1);
        let (mut next, mut label) = (self.first, gap);
        while let Some(node) = next {
            self.label[node] = label;
            label += gap;
            next = self.after[node];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(ranking: &Ranking) -> Vec<usize> {
        let mut nodes: Vec<usize> = (0..ranking.label.len()).collect();
        nodes.sort_by_key(|n| ranking.of(*n));
        nodes
    }

    #[test]
    fn nodes_move_together_and_keep_their_order() {
        let mut ranking = Ranking::new(&[0, 1, 2, 3, 4]);
        ranking.move_before(vec![4, 2], 0);
        assert_eq!(line(&ranking), [2, 4, 0, 1, 3]);
        ranking.move_after(vec![4, 2], 3);
        assert_eq!(line(&ranking), [0, 1, 3, 2, 4]);
    }

    #[test]
    fn room_never_runs_out() {
        let mut ranking = Ranking::new(&[0, 1, 2, 3]);
        for turn in 0..1000 {
            let (a, b) = if turn % 2 == 0 { (1, 2) } else { (2, 1) };
            ranking.move_after(vec![a], 0);
            assert_eq!(line(&ranking), [0, a, b, 3], "{turn}");
        }
        assert!(Ranking::new(&[]).first.is_none());
    }
}
