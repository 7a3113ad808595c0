//! The mechanism behind every block: static schema, decoding with findings, writing to objects.
//!
//! A block is a documented struct with `#[derive(Block)]`. Holds no block of the vocabulary.

mod attr;
mod context;
mod kept;
mod nearest;
mod nested;
mod scalar;
mod schema;
mod source;
mod tree;
mod val;

pub use attr::{AttrField, WrittenField};
pub use context::Context;
#[cfg(test)]
pub use kept::keeping;
pub use kept::lost;
pub use nearest::nearest;
pub use nested::{Labeled, Nested, NestedField};
pub use plimsoll_blocks_derive::{Block, Keyword};
pub use scalar::{FromValue, IntOrPercent, Map};
pub use schema::{AttrSchema, BlockSchema, Bounds, Default, NestedSchema, Syntax, TypeSchema};
pub use source::{Called, Source, capital};
pub use tree::{ToJson, ToNode, Tree};
pub use val::{Content, Val};

/// A block: what the derive yields.
pub trait Block: Sized {
    /// The declaration, for decoding, reference pages and completion.
    const SCHEMA: &'static BlockSchema;

    /// Decodes the fields; names that do not belong are not looked for here.
    fn read(source: &Source<'_>, report: &mut plimsoll_model::Report) -> Self;

    /// Writes the attributes and nested blocks of one section of the object, those without
    /// hand-written compilation.
    fn write(&self, section: &str, tree: &mut Tree);

    /// Decodes a body: every finding goes to the report, what failed is poison, nothing stops.
    fn decode(source: &Source<'_>, report: &mut plimsoll_model::Report) -> Self {
        source.check_names(Self::SCHEMA, report);
        Self::read(source, report)
    }
}
