//! Who reads which block: the record behind the edges of the graph.

use std::collections::HashMap;

use plimsoll_model::Span;

/// A block instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target {
    /// The module instance that declares the block.
    pub unit: usize,
    /// The block's index in the catalog of that module.
    pub block: usize,
    /// The instance's index in the block.
    pub instance: usize,
}

/// How many entries are looked through one by one: most blocks read fewer others.
const FEW: usize = 8;

/// The blocks that were read, each once, with the first expression that did.
#[derive(Debug, Default, Clone)]
pub struct Recorder {
    items: Vec<(Target, Span, bool)>,
    /// Where each of them stands; empty as long as they are [`FEW`].
    index: HashMap<Target, usize>,
}

impl Recorder {
    /// Notes that a block was read.
    pub fn add(&mut self, target: Target, at: Span, unknown: bool) {
        let known = match self.index.is_empty() {
            true => self.items.iter().position(|(t, ..)| *t == target),
            false => self.index.get(&target).copied(),
        };
        if let Some(item) = known.and_then(|i| self.items.get_mut(i)) {
            item.2 |= unknown;
            return;
        }
        self.items.push((target, at, unknown));
        if self.items.len() == FEW + 1 {
            self.index = self.items.iter().enumerate().map(|(i, (t, ..))| (*t, i)).collect();
        } else if self.items.len() > FEW {
            self.index.insert(target, self.items.len() - 1);
        }
    }

    /// Notes everything that another record holds.
    pub fn add_all(&mut self, other: &Recorder) {
        other.iter().for_each(|(target, at, unknown)| self.add(target, at, unknown));
    }

    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What was read, where, and whether something of it is unknown.
    pub fn iter(&self) -> impl Iterator<Item = (Target, Span, bool)> + '_ {
        self.items.iter().copied()
    }
}
