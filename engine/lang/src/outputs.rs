//! Outputs: what a configuration shows, and what a module gives to its caller.

use plimsoll_model::{Diagnostic, Output, Report, Severity, Value};

use crate::conditions;
use crate::declaration::{check_text, flag};
use crate::eval::Evaluator;
use crate::eval::body::Header;
use crate::eval::scope::Scope;
use crate::shape::check_shape;
use crate::syntax::ast::Block;
use crate::value::marks::deep_sensitive;

impl Evaluator<'_> {
    /// The value of an output of the unit that the evaluation stands in, its conditions checked.
    pub(crate) fn output_value(&self, block: &Block) -> Value {
        let mut found = Report::new();
        check_shape(
            block,
            &["deprecated", "description", "sensitive", "value"],
            &["precondition"],
            &mut found,
        );
        check_text(block, "deprecated", &mut found);
        check_text(block, "description", &mut found);
        let marked = flag(block, "sensitive", false, &mut found) == Some(true);
        self.report_all(found);
        for condition in block.body.blocks.iter().filter(|b| &*b.ty == "precondition") {
            let plain = Header { dynamic: None, labels: None };
            let evaluated = self.nested_block(condition, &plain, &condition.body, &Scope::ROOT);
            conditions::check(self, &evaluated, block.header_span, Severity::Error);
        }
        let Some(attr) = block.body.attr("value") else {
            return self.fail(
                Diagnostic::error("missing-value", "output has no value")
                    .detail("An output shows a value.")
                    .at(block.header_span, "")
                    .help("value = …"),
            );
        };
        let value = self.eval(&attr.expr, &Scope::ROOT);
        // What a module gives stays sensitive with its caller; what is shown must say so.
        if self.unit().call.is_none() && deep_sensitive(&value) && !marked {
            self.report(
                Diagnostic::error("sensitive-output", "output refers to sensitive values")
                    .detail("To show or keep it anyway, say so.")
                    .at(attr.expr.span, "this is sensitive")
                    .help("type sensitive = true in the output; it is then never shown"),
            );
        }
        value.sensitive_if(marked)
    }
}

/// The outputs of the configuration itself.
pub fn outputs(ev: &Evaluator) -> Vec<Output> {
    let mut out = Vec::new();
    for block in &ev.catalog().outputs.items {
        let name = block.labels.first().map_or_else(String::new, |l| l.text.to_string());
        let value = ev.output_value(block);
        if block.body.attr("value").is_some() {
            out.push(Output { name, value, span: block.header_span });
        }
    }
    out
}
