//! The vocabulary: one file for each block, from declaration to Kubernetes objects.
//!
//! Holds what users can declare, what is checked offline and what it compiles to. Does not parse,
//! evaluate, plan or talk to a cluster; reads no file and no clock.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod vocabulary;

pub use vocabulary::PlimsollVocabulary;

use plimsoll_model::{Config, Desired, Report};

/// Decodes, checks and compiles an evaluated configuration.
///
/// Findings go to `report`; what could be compiled is returned even then.
pub fn compile(config: &Config, report: &mut Report) -> Desired {
    let _ = report;
    Desired { outputs: config.outputs.clone(), ..Desired::default() }
}
