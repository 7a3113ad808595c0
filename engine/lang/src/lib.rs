//! The language: HCL text to evaluated bodies.
//!
//! Holds the parser with its recovery, the evaluator, functions, variables, locals, outputs and
//! environments. Knows no block of the vocabulary by name; does not compile, plan or print.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod inputs;
pub mod load;

pub use inputs::{Facts, Inputs, NoFacts};
pub use load::{Loaded, load, load_texts};

use plimsoll_model::{Config, Report, Span, Value, Vocabulary};

/// The environments that are declared, in source order; empty where none is, which means the
/// implied `default` on the sandbox.
pub fn environment_names(loaded: &Loaded) -> Vec<(String, Span)> {
    let _ = loaded;
    Vec::new()
}

/// Evaluates a configuration for one environment; `env` may be none where at most one is declared.
///
/// Findings go to `report`. None where nothing could be evaluated (no project, no such environment);
/// otherwise what could be evaluated, with poison where an expression failed.
pub fn evaluate(
    loaded: &mut Loaded,
    env: Option<&str>,
    inputs: &Inputs,
    vocabulary: &dyn Vocabulary,
    facts: &dyn Facts,
    report: &mut Report,
) -> Option<Config> {
    let _ = (loaded, env, inputs, vocabulary, facts, report);
    None
}

/// What the console prints for an expression.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The value itself.
    pub value: Value,
    /// The value as Terraform's `jsonencode` writes it; none where it is sensitive or unknown.
    pub json: Option<String>,
    /// Its type, as Terraform's `type` writes it.
    pub ty: String,
    /// Whether the value or anything inside it may never be shown.
    pub sensitive: bool,
}

/// Evaluates one expression as `console` does, in the root scope of one environment.
///
/// None where it failed; the findings are in `report`.
pub fn evaluate_expression(
    loaded: &mut Loaded,
    text: &str,
    env: Option<&str>,
    inputs: &Inputs,
    vocabulary: &dyn Vocabulary,
    facts: &dyn Facts,
    report: &mut Report,
) -> Option<Answer> {
    let _ = (loaded, text, env, inputs, vocabulary, facts, report);
    None
}

/// The bytes that name a configuration: every file that was read with its path, and the inputs
/// that set variables which are not sensitive. Equal bytes, equal configuration; for hashing.
pub fn configuration_digest(loaded: &Loaded, inputs: &Inputs) -> Vec<u8> {
    let _ = (loaded, inputs);
    Vec::new()
}
