//! Conditions that a configuration states: `precondition`, `postcondition` and `assert` blocks.
//!
//! A condition that is not known yet holds until it is. Nothing is decided here about what follows.

use plimsoll_model::{Attr, Block, Body, Data, Diagnostic, Report, Severity, Span};

use crate::eval::Evaluator;
use crate::eval::body::Header;
use crate::eval::expr::Condition;
use crate::eval::scope::Scope;
use crate::shape::check_shape;
use crate::syntax::ast;

/// The kinds that `lifecycle` takes.
pub const OF_LIFECYCLE: [&str; 2] = ["precondition", "postcondition"];

/// Takes the conditions out of the `lifecycle` blocks of an evaluated body, and checks them.
pub fn of_lifecycle(ev: &Evaluator, body: &mut Body, header: Span) {
    for lifecycle in body.blocks.iter_mut().filter(|b| &*b.ty == "lifecycle") {
        let stays = |b: &Block| !OF_LIFECYCLE.contains(&&*b.ty);
        for condition in lifecycle.body.blocks.iter().filter(|b| !stays(b)) {
            check(ev, condition, header, Severity::Error);
        }
        lifecycle.body.blocks.retain(stays);
    }
}

/// Checks the `assert` blocks of a `check`: what does not hold is a warning.
pub fn of_check(ev: &Evaluator, block: &ast::Block) {
    let mut found = Report::new();
    check_shape(block, &[], &["assert"], &mut found);
    ev.report_all(found);
    for assert in block.body.blocks.iter().filter(|b| &*b.ty == "assert") {
        let plain = Header { dynamic: None, labels: None };
        let evaluated = ev.nested_block(assert, &plain, &assert.body, &Scope::ROOT);
        check(ev, &evaluated, block.header_span, Severity::Warning);
    }
}

/// Checks one evaluated condition; `owner` is the header of what states it.
pub fn check(ev: &Evaluator, block: &Block, owner: Span, severity: Severity) {
    let word = &block.ty;
    for (name, attr) in block.body.attrs.iter() {
        if name != "condition" && name != "error_message" {
            let d = Diagnostic::error("unknown-attribute", "unknown attribute")
                .detail(format!("`{word}` has no attribute {name:?}."))
                .at(attr.name_span, "");
            ev.report(d.help("it has condition and error_message"));
        }
    }
    for inner in &block.body.blocks {
        ev.report(
            Diagnostic::error("unknown-block", "unknown block")
                .detail(format!("`{word}` holds no block {:?}.", inner.ty))
                .at(inner.header_span, ""),
        );
    }
    let parts = (block.body.attrs.get("condition"), block.body.attrs.get("error_message"));
    let (Some(condition), Some(message)) = parts else {
        ev.report(
            Diagnostic::error("bad-validation", "incomplete validation")
                .detail(format!("`{word}` has a condition and an error_message."))
                .at(block.header_span, ""),
        );
        return;
    };
    let span = condition.value.origin.span().unwrap_or(condition.span);
    if let Condition::Known(false) = ev.condition(&condition.value, span) {
        let d = match severity {
            Severity::Error => Diagnostic::error("condition-failed", "a condition does not hold"),
            Severity::Warning => Diagnostic::warning("check-failed", "a check does not hold"),
        };
        ev.report(
            d.detail(text(message).unwrap_or_else(|| format!("This {word} does not hold.")))
                .at(span, "this is false")
                .related(owner, "stated for this"),
        );
    }
}

fn text(message: &Attr) -> Option<String> {
    match &message.value.data {
        Data::String(s) if !message.value.contains_sensitive() => Some(s.to_string()),
        _ => None,
    }
}
