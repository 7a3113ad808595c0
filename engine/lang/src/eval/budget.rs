//! What an evaluation may cost: steps, and the size and depth of what it makes.
//!
//! A few lines can ask for more than any machine has: values that hold each other twice, loops in
//! loops, texts of texts. Every such thing is counted while it grows, and ends in a finding where it
//! stands. The sizes of what single functions make stand in `functions/limits.rs`.

use std::cell::Cell;

use plimsoll_model::{Data, Diagnostic, Span, Value};

use super::Evaluator;
use crate::functions::limits::{MAX_TEXT, MAX_VALUES};

/// How many steps the evaluation of one environment may take: expressions, and values looked at. Tests,
/// which run without optimisation, get there sooner.
const MAX_STEPS: u64 = if cfg!(test) { 4_000_000 } else { 40_000_000 };

/// How many bytes of text the evaluation of one environment may make.
const MAX_TEXTS: u64 = 1 << 30;

/// How deep values may hold each other.
const MAX_NESTING: usize = 1_000;

/// What was spent so far.
#[derive(Debug, Default)]
pub struct Budget {
    steps: Cell<u64>,
    texts: Cell<u64>,
    /// Whether something was reported that ends everything after it.
    told: Cell<bool>,
}

impl Evaluator<'_> {
    /// Takes steps; false, and reported once, where there are none left.
    pub(crate) fn afford(&self, steps: u64, span: Span) -> bool {
        let taken = self.budget.steps.get().saturating_add(steps);
        self.budget.steps.set(taken);
        if taken <= MAX_STEPS && !self.budget.told.get() {
            return true;
        }
        self.exhausted(format!("More than {MAX_STEPS} steps are needed."), span)
    }

    fn exhausted(&self, detail: String, span: Span) -> bool {
        if !self.budget.told.replace(true) {
            // A `try` around it does not make it cheaper.
            self.report_always(
                Diagnostic::error("evaluation-too-large", "configuration is too large to evaluate")
                    .detail(detail)
                    .at(span, "while evaluating this")
                    .help("make the loops smaller, or the configuration several ones"),
            );
        }
        false
    }

    /// Counts a text of `bytes` bytes; false, and reported, where it is too large.
    pub(crate) fn fits_text(&self, bytes: usize, span: Span) -> bool {
        if bytes > MAX_TEXT {
            self.report(
                Diagnostic::error("text-too-large", "text is too large")
                    .detail(format!("A text may have {} MiB.", MAX_TEXT >> 20))
                    .at(span, "made here"),
            );
            return false;
        }
        let made = self.budget.texts.get().saturating_add(bytes as u64);
        self.budget.texts.set(made);
        if made <= MAX_TEXTS {
            return true;
        }
        self.exhausted(format!("More than {} MiB of text are made.", MAX_TEXTS >> 20), span)
    }

    /// The number of values that one is made of; none, and reported, where it is too large or too deep.
    pub(crate) fn weigh(&self, v: &Value, span: Span) -> Option<usize> {
        let mut left = MAX_VALUES;
        let whole = weight(v, &mut left, 0);
        let weight = MAX_VALUES - left;
        let bad = |detail: String| {
            self.report(
                Diagnostic::error("value-too-large", "value is too large")
                    .detail(detail)
                    .at(span, "made here"),
            );
            None
        };
        match whole {
            Whole::Deep => return bad(format!("It is nested more than {MAX_NESTING} times.")),
            Whole::Large => {
                return bad(format!(
                    "It holds more than {MAX_VALUES} values, those that it holds several times counted each time."
                ));
            }
            Whole::Fits => {}
        }
        self.afford(weight as u64, span).then_some(weight)
    }

    /// The value where it is not too large, poison otherwise.
    pub(crate) fn weighed(&self, v: Value, span: Span) -> Value {
        match &v.data {
            Data::String(s) => {
                if self.fits_text(s.len(), span) {
                    v
                } else {
                    Value::poison()
                }
            }
            _ => match self.weigh(&v, span) {
                Some(_) => v,
                None => Value::poison(),
            },
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Whole {
    Fits,
    Large,
    Deep,
}

fn weight(v: &Value, left: &mut usize, depth: usize) -> Whole {
    if depth > MAX_NESTING {
        return Whole::Deep;
    }
    if *left == 0 {
        return Whole::Large;
    }
    *left -= 1;
    let mut all = |c: &Value| weight(c, left, depth + 1);
    let worst = match &v.data {
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            items.iter().map(&mut all).find(|w| *w != Whole::Fits)
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            entries.values().map(all).find(|w| *w != Whole::Fits)
        }
        _ => None,
    };
    worst.unwrap_or(Whole::Fits)
}

#[cfg(test)]
mod tests;
