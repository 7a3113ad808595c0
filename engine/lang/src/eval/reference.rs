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

/// The blocks that were read, each once, with the first expression that did.
#[derive(Debug, Default, Clone)]
pub struct Recorder {
    items: Vec<(Target, Span, bool)>,
    index: HashMap<Target, usize>,
}

impl Recorder {
    /// Notes that a block was read.
    pub fn add(&mut self, target: Target, at: Span, unknown: bool) {
        match self.index.get(&target).and_then(|i| self.items.get_mut(*i)) {
            Some(item) => item.2 |= unknown,
            None => {
                self.index.insert(target, self.items.len());
                self.items.push((target, at, unknown));
            }
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
