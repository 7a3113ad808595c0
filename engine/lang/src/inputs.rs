//! What a run brings along: variables from outside, and what the cluster told.
//!
//! Holds no precedence and no conversion: the evaluator resolves variables.

use std::collections::BTreeMap;
use std::path::PathBuf;

use plimsoll_model::{Address, Value};

/// The prefix of process variables that set variables of a configuration.
pub const PROCESS_PREFIX: &str = "PLIMSOLL_VAR_";

/// Values for variables from outside the configuration.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// `--var name=value`, in the order given; the last one of a name wins.
    pub vars: Vec<(String, String)>,
    /// `--var-file`, in the order given; the last one that sets a name wins.
    pub var_files: Vec<PathBuf>,
    /// Process variables; only names that start with [`PROCESS_PREFIX`] are read.
    pub process: BTreeMap<String, String>,
}

/// What the cluster told about objects, while applying.
pub trait Facts: Sync {
    /// The value at `path` (such as `spec.clusterIP`) of the object of a block with this part
    /// (none: the main object); none while it is unknown.
    fn fact(&self, address: &Address, part: Option<&str>, path: &str) -> Option<Value>;
}

/// No cluster was asked: planning, validation, tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFacts;

impl Facts for NoFacts {
    fn fact(&self, _: &Address, _: Option<&str>, _: &str) -> Option<Value> {
        None
    }
}
