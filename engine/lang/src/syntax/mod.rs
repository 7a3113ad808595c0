//! Syntax: text to trees with spans.
//!
//! Holds our own tree, the lowering from the parser's, a tolerant scanner and the recovery that
//! stands on it. Knows no block and evaluates nothing.

pub mod ast;
pub mod explain;
pub mod heredoc;
pub mod lower;
pub mod one_line;
pub mod parse;
pub mod scan;

#[cfg(test)]
mod tests;
