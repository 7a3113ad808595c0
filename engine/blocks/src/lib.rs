//! The vocabulary: one file for each block, from declaration to Kubernetes objects.
//!
//! Holds what users can declare, what is checked offline and what it compiles to. Does not parse,
//! evaluate, plan or talk to a cluster; reads no file and no clock.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod blocks;
mod compile;
pub mod declare;
mod documents;
mod edges;
pub mod explain;
mod functions;
pub mod handles;
pub mod identity;
mod ignored;
mod image;
mod json_schema;
pub mod kinds;
pub mod live;
mod misfit;
#[cfg(test)]
mod mistakes;
pub mod naming;
#[cfg(test)]
mod oracle;
pub mod policies;
mod quantity;
mod raw;
#[cfg(test)]
mod recording;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod robustness;
#[cfg(test)]
mod stricter;
mod syntax;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tried;
mod vocabulary;
mod words;
mod world;

pub use compile::{Relations, check, compile, compile_with};
pub use json_schema::json_schema;
pub use vocabulary::{PlimsollVocabulary, schema};
pub use world::Decoded;
