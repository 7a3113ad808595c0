//! The language: HCL text to evaluated bodies.
//!
//! Holds the parser with its recovery, the evaluator, functions, variables, locals, outputs and
//! environments; and the formatter. Knows no block of the vocabulary by name; does not compile, plan or print.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::disallowed_methods))]

pub mod allow;
mod catalog;
mod conditions;
mod console;
mod declaration;
mod digest;
mod environment;
mod eval;
mod evaluate;
#[allow(clippy::disallowed_methods, reason = "the one file of this crate that reads files")]
mod files;
pub mod format;
pub mod functions;
mod imports;
pub mod inputs;
pub mod load;
mod modules;
mod moves;
mod outputs;
mod policies;
mod project;
mod removed;
#[cfg(test)]
mod robustness;
mod shape;
pub mod suggest;
mod syntax;
#[cfg(test)]
mod testing;
mod type_expr;
mod unread;
pub mod value;
mod variables;
mod version;

pub use console::{Answer, evaluate_expression};
pub use digest::configuration_digest;
pub use evaluate::{evaluate, evaluate_again, evaluate_and_take, no_thread, on_large_stack, prepare};
pub use inputs::{Facts, Inputs, NoFacts};
pub use load::{Loaded, load, load_texts};
pub use modules::lock::{Entry, LOCK_FILE, Lock, content_hash_of};
pub use modules::source::{FETCHED, Git};
pub use project::VERSION;
pub use unread::unread;

use plimsoll_model::{Diagnostic, Span};

/// The modules from git that a configuration and its modules call, as far as they could be read.
pub fn modules_from_git(loaded: &Loaded) -> &[Git] {
    &loaded.git
}

/// The environments that are declared, in source order; empty where none is, which means the
/// implied `default` on the sandbox.
pub fn environment_names(loaded: &Loaded) -> Vec<(String, Span)> {
    environment::names(&loaded.catalog)
}

/// What is said of an environment that is not declared: which ones are, and which was meant.
pub fn unknown_environment(loaded: &Loaded, wanted: &str) -> Diagnostic {
    environment::unknown(&loaded.catalog, wanted)
}
