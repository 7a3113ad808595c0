//! `lifecycle`: what may happen to an object.

use crate::declare::{Block, Val};

/// What may happen to the objects of a block.
#[derive(Debug, Clone, Block)]
#[block(name = "lifecycle")]
pub struct Lifecycle {
    /// Whether a plan that would delete an object of this block is refused.
    #[attr(manual, known)]
    pub prevent_destroy: Option<Val<bool>>,
}
