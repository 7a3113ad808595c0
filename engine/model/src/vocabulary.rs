//! The border between the language and the vocabulary.
//!
//! The language never names a block. The vocabulary hands it a static table of what each block
//! exports to expressions, and the functions that belong to it; the language answers the
//! exports' questions lazily, so that two apps may use each other's services.

use crate::address::Address;
use crate::body::Block;
use crate::source::Span;
use crate::value::Value;

/// What the vocabulary tells the language.
pub trait Vocabulary: Sync {
    /// The exports of a top-level block type; none where the vocabulary has no such block.
    fn exports(&self, block: &str) -> Option<&'static [Export]>;

    /// The names of all top-level block types, sorted: for suggestions.
    fn block_names(&self) -> Vec<&'static str>;

    /// The functions that belong to the vocabulary, such as `field`.
    fn functions(&self) -> &'static [VocabularyFunction];
}

/// Something that expressions can read from a block: `host` of `service.api.host`.
#[derive(Debug)]
pub struct Export {
    /// Its name.
    pub name: &'static str,
    /// One sentence for the reference pages.
    pub doc: &'static str,
    /// Computes it. Asks only for what it needs; what is asked for is memoised.
    pub eval: fn(&mut dyn BlockScope) -> Value,
}

/// A block instance, as its exports see it.
pub trait BlockScope {
    /// The instance's address.
    fn address(&self) -> &Address;

    /// The address that the names of its objects follow from: its own, or the one that it had
    /// before it moved.
    fn naming_address(&self) -> Address;

    /// The header of the block, for diagnostics.
    fn header_span(&self) -> Span;

    /// The value of one of the block's own attributes; none where it is not set.
    fn attr(&mut self, name: &str) -> Option<Value>;

    /// Nested blocks by path: `["container", "port"]` evaluates the `port` blocks of every
    /// `container` block, and nothing else of the containers. `dynamic` is unfolded.
    fn nested(&mut self, path: &[&str]) -> Vec<Block>;

    /// An export of another block instance; reports and poisons where there is none.
    fn export_of(&mut self, address: &Address, export: &str, at: Span) -> Value;

    /// The namespace of the environment.
    fn namespace(&self) -> String;

    /// What the cluster told of this block's objects, while applying: the value at a path such
    /// as `spec.clusterIP` of the object with this part (none: the main object).
    fn fact(&self, part: Option<&str>, path: &str) -> Option<Value>;
}

/// A function that belongs to the vocabulary.
#[derive(Debug)]
pub struct VocabularyFunction {
    /// Its name.
    pub name: &'static str,
    /// One sentence for the reference pages.
    pub doc: &'static str,
    /// Names of its parameters; all are required.
    pub params: &'static [&'static str],
    /// Computes it from arguments that are known and not poisoned.
    ///
    /// # Errors
    /// What is wrong, as the detail of a diagnostic, and which argument (from 0).
    pub call: fn(&[Value]) -> Result<Value, BadArgument>,
}

/// An argument that a function cannot take: which one (from 0), and what is wrong with it.
pub type BadArgument = (usize, String);
