//! The table that the language sees: top-level blocks, what they export, functions.

use plimsoll_model::{Export, Vocabulary, VocabularyFunction};

/// The blocks and functions that Plimsoll offers to expressions.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlimsollVocabulary;

const BLOCKS: &[(&str, &[Export])] = &[
    ("app", &[]),
    ("autoscale", &[]),
    ("config", &[]),
    ("ingress", &[]),
    ("namespace", &[]),
    ("secret", &[]),
    ("service", &[]),
    ("volume", &[]),
];

impl Vocabulary for PlimsollVocabulary {
    fn exports(&self, block: &str) -> Option<&'static [Export]> {
        BLOCKS.iter().find(|(name, _)| *name == block).map(|(_, exports)| *exports)
    }

    fn block_names(&self) -> Vec<&'static str> {
        BLOCKS.iter().map(|(name, _)| *name).collect()
    }

    fn functions(&self) -> &'static [VocabularyFunction] {
        &[]
    }
}
