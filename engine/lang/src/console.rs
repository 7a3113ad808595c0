//! One expression, as the console evaluates it.

use plimsoll_model::{Diagnostic, Report, Value, Vocabulary};

use crate::eval::scope::Scope;
use crate::evaluate::{on_large_stack, run};
use crate::inputs::{Facts, Inputs};
use crate::load::Loaded;
use crate::syntax::parse::parse_expression;
use crate::value::marks::{deep_sensitive, unknown_of};
use crate::value::print::{json, type_text};
use crate::variables;

/// What the console prints for an expression.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The value itself.
    pub value: Value,
    /// The value as Terraform's `jsonencode` writes it; none where part of it is unknown. Sensitive
    /// values are written too: whoever prints it looks at `sensitive` first.
    pub json: Option<String>,
    /// Its type, as Terraform's `type` writes it.
    pub ty: String,
    /// Whether the value or anything inside it may never be shown.
    pub sensitive: bool,
    /// What only the cluster knows of it.
    pub unknown: Option<String>,
}

/// Evaluates one expression as `console` does, in the root scope of one environment.
///
/// None where it failed; the findings are in `report`, those of the configuration among them
/// where they are in the way.
pub fn evaluate_expression(
    loaded: &mut Loaded,
    text: &str,
    env: Option<&str>,
    inputs: &Inputs,
    vocabulary: &dyn Vocabulary,
    facts: &dyn Facts,
    report: &mut Report,
) -> Option<Answer> {
    variables::prepare(loaded, inputs, report);
    let id = loaded.sources.add("<console>", text);
    if text.trim().is_empty() {
        report.push(Diagnostic::error("syntax", "invalid syntax").detail("There is no expression."));
        return None;
    }
    let expr = parse_expression(text, id, report)?;
    let loaded = &*loaded;
    let (answer, found) = on_large_stack(report, || {
        let mut found = Report::new();
        let answer = run(loaded, env, inputs, vocabulary, facts, &mut found, |ev, _, _| {
            let (value, report) = ev.capture(|| ev.eval(&expr, &Scope::ROOT));
            let failed = report.has_errors() || value.contains_poison();
            (failed, value, report)
        });
        let answer = answer.and_then(|(failed, value, own)| {
            if !failed {
                // What is wrong elsewhere is not the answer's business.
                found = own;
                return Some(answer_of(value));
            }
            if own.has_errors() {
                found = own;
            }
            None
        });
        (answer, found)
    })?;
    report.extend(found);
    answer
}

fn answer_of(value: Value) -> Answer {
    Answer {
        json: json(&value).ok(),
        ty: type_text(&value.ty()),
        sensitive: deep_sensitive(&value),
        unknown: unknown_of(&value).map(|u| u.to_string()),
        value,
    }
}

#[cfg(test)]
mod tests;
