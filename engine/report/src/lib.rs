//! Plans, progress and diagnostics as text, JSON and Markdown.
//!
//! Renders to strings and prints nothing; knows no terminal and no clock.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod consequence;
pub mod diagnostics;
pub mod diff;
pub mod drift;
pub mod environments;
pub mod json;
pub mod markdown;
pub mod order;
pub mod progress;
pub mod safe;
pub mod style;
pub mod text;
mod tree;
mod value;

pub use style::Style;

#[cfg(test)]
mod example;
#[cfg(test)]
mod tests;
