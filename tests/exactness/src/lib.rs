//! The judge of plans: random configurations and edits, played as sequences of plan, apply, plan on
//! either cluster, and everything compared that a plan promises.
//!
//! ```text
//! templates ──start──▶ Config ──edit──▶ Config' ─▶ plan ─▶ apply ─▶ plan   (run.rs)
//!                                 ▲                   │       │       └ empty
//!                outside (others) ┘                   └ check, truth, bystanders
//! ```
//!
//! The engine runs in this process, over the same client as the program; only the command line is
//! left out. Speaks of the vocabulary by texts alone: what they mean is the engine's.

pub mod bystanders;
pub mod check;
pub mod config;
pub mod edit;
pub mod fields;
pub mod generate;
pub mod long;
pub mod outside;
pub mod place;
pub mod record;
mod rows;
pub mod run;
pub mod script;
pub mod shrink;
pub mod snapshot;
pub mod table;
mod templates;
pub mod truth;
