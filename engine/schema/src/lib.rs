//! What the Kubernetes API knows about its types: list keys, defaults, immutability, field sets, merge.
//!
//! Everything here is pure: no files, no clock, no network, no randomness. Objects are
//! `serde_json::Value`. A kind that the embedded schemas do not know is `None` from [`kind`]; [`custom`] makes
//! the kinds of definitions. The other functions take a [`Kind`], so nothing is guessed for custom resources.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod canonical;
pub mod cron;
pub mod custom;
pub mod defaults;
pub mod field_set;
pub mod immutable;
mod kind;
pub mod merge;
#[cfg(test)]
mod oracle;
mod pack;
mod quantity;
pub mod required;
mod share;
mod types;
pub mod unchanged;
pub mod validate;
mod written;

pub use field_set::element_of;
pub use kind::{Kind, Subresource, kind, kinds};
pub use plimsoll_model::json::{compare, equal};
pub use plimsoll_model::path::{Path, PathElement, get};
pub use quantity::Quantity;
pub use share::{share, surge_and_unavailable};
pub use types::{Field, Lists, Shape, Type, TypeRef};
pub use written::{parse_path, written};

/// An object or a part of one.
pub type Json = serde_json::Value;

/// The Kubernetes minor version whose schemas are embedded.
pub const MINOR: &str = "1.36";
