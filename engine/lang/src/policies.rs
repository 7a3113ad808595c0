//! `policy`: what must hold of every object that a configuration makes.
//!
//! Reads and evaluates what is written. What a condition means is the vocabulary's, which has the objects.

use plimsoll_model::{Diagnostic, Policy, Severity, Span, Value};

use crate::eval::Evaluator;
use crate::eval::scope::Scope;
use crate::shape::check_shape;
use crate::syntax::ast::Block;

const ATTRIBUTES: [&str; 4] = ["condition", "error_message", "kinds", "severity"];

/// The policies of the configuration itself, in source order.
pub fn policies(ev: &Evaluator) -> Vec<Policy> {
    ev.catalog().policies.items.iter().filter_map(|block| policy(ev, block)).collect()
}

fn policy(ev: &Evaluator, block: &Block) -> Option<Policy> {
    let mut found = plimsoll_model::Report::new();
    check_shape(block, &ATTRIBUTES, &[], &mut found);
    ev.report_all(found);
    let name = block.labels.first().map_or_else(String::new, |l| l.text.to_string());
    let required = |name: &str, help: &str| {
        if block.body.attr(name).is_none() {
            ev.report(bad(format!("It needs {name}.")).at(block.header_span, "").help(help));
        }
        text(ev, block, name)
    };
    let condition = required("condition", "condition = \"object.spec.replicas >= 2\"");
    let message = required("error_message", "error_message = \"Every app runs twice.\"");
    let kinds = kinds(ev, block);
    let severity = match text(ev, block, "severity") {
        None => Severity::Error,
        Some((word, span)) => match word.as_str() {
            "error" => Severity::Error,
            "warning" => Severity::Warning,
            _ => {
                ev.report(bad(format!("severity is \"error\" or \"warning\", not {word:?}.")).at(span, ""));
                return None;
            }
        },
    };
    Some(Policy {
        name,
        condition: condition?,
        message: message?.0,
        kinds: kinds?,
        severity,
        span: block.header_span,
    })
}

fn bad(why: String) -> Diagnostic {
    Diagnostic::error("bad-policy", "invalid policy block").detail(why)
}

/// The text of an attribute; none where it is not set, or no text, which is reported.
fn text(ev: &Evaluator, block: &Block, name: &str) -> Option<(String, Span)> {
    let attr = block.body.attr(name)?;
    let value = ev.eval(&attr.expr, &Scope::ROOT);
    if value.is_poison() {
        return None;
    }
    if value.contains_sensitive() {
        ev.report(
            bad(format!("{name} is shown to everybody, and this is sensitive.")).at(attr.expr.span, ""),
        );
        return None;
    }
    if value.as_str().is_none() {
        ev.report(bad(format!("{name} is a text that is known while planning.")).at(attr.expr.span, ""));
    }
    Some((value.as_str()?.to_string(), attr.expr.span))
}

/// The kinds that it is about; empty for all.
fn kinds(ev: &Evaluator, block: &Block) -> Option<Vec<(String, Span)>> {
    let Some(attr) = block.body.attr("kinds") else { return Some(Vec::new()) };
    let value = ev.eval(&attr.expr, &Scope::ROOT);
    if value.is_poison() {
        return None;
    }
    let span = attr.expr.span;
    let kind = |v: &Value| Some((v.as_str()?.to_string(), v.origin.span().unwrap_or(span)));
    let all: Option<Vec<_>> = value.children().map(kind).collect();
    match all.filter(|all| !all.is_empty()) {
        Some(all) => Some(all),
        None => {
            ev.report(
                bad("kinds is a list of the kinds of objects that it is about.".into())
                    .at(span, "")
                    .help("kinds = [\"Deployment\", \"StatefulSet\"]"),
            );
            None
        }
    }
}

/// Says that a module has no policies.
pub fn refuse(ev: &Evaluator) {
    for block in &ev.catalog().policies.items {
        ev.report(
            bad("A policy is about everything that the configuration makes, so it stands where the module is called.".into())
                .at(block.header_span, "in a module"),
        );
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::testing::evaluated;

    fn check(text: &str, expect: Expect) {
        expect.assert_eq(&evaluated(text));
    }

    #[test]
    fn what_a_policy_needs() {
        check(
            r#"
policy "empty" {}
policy "wrong" {
  condition     = 7
  error_message = "m"
  kinds         = []
  severity      = "fatal"
  oops          = 1
}
"#,
            expect![[r#"
                Error[bad-policy] invalid policy block: It needs condition.
                  main.hcl:3:1 `policy "empty"` 
                  help: condition = "object.spec.replicas >= 2"
                Error[bad-policy] invalid policy block: It needs error_message.
                  main.hcl:3:1 `policy "empty"` 
                  help: error_message = "Every app runs twice."
                Error[bad-policy] invalid policy block: condition is a text that is known while planning.
                  main.hcl:5:19 `7` 
                Error[bad-policy] invalid policy block: kinds is a list of the kinds of objects that it is about.
                  main.hcl:7:19 `[]` 
                  help: kinds = ["Deployment", "StatefulSet"]
                Error[bad-policy] invalid policy block: severity is "error" or "warning", not "fatal".
                  main.hcl:8:19 `"fatal"` 
                Error[unknown-attribute] unknown attribute: `policy` has no attribute "oops".
                  main.hcl:9:3 `oops` 
                  help: it has "condition", "error_message", "kinds", "severity"
            "#]],
        );
    }
}
