//! Declared variables: type, default, marks; and what they accept.
//!
//! Used for the configuration's own variables and for those of modules alike. Where a value comes
//! from is not decided here.

use plimsoll_model::origin::VariableSource;
use plimsoll_model::{Data, Diagnostic, Origin, Report, Span, Value, VariableOrigin};

use crate::eval::Evaluator;
use crate::eval::scope::Scope;
use crate::shape::check_shape;
use crate::suggest::did_you_mean;
use crate::syntax::ast::{Block, Expr, Kind, Name};
use crate::type_expr::constraint;
use crate::value::constraint::Constraint;
use crate::value::convert::{convert, stray_key};
use crate::value::marks::map_children;

/// A declared variable.
#[derive(Debug)]
pub struct Declaration<'a> {
    /// Its name.
    pub name: &'a Name,
    /// The block.
    pub block: &'a Block,
    /// Its type.
    pub constraint: Constraint,
    /// `default`, of that type.
    pub default: Option<Value>,
    /// Whether its value may never be shown.
    pub sensitive: bool,
    /// Whether its value may be null.
    pub nullable: bool,
}

/// A value for a variable, and where it was set.
pub struct Given {
    /// The value.
    pub value: Value,
    /// Where it was set.
    pub source: VariableSource,
}

impl Given {
    /// A value that is written in a file.
    pub fn in_file(value: Value, span: Span) -> Given {
        Given { value, source: VariableSource::File(span) }
    }
}

const ATTRS: [&str; 7] =
    ["default", "deprecated", "description", "ephemeral", "nullable", "sensitive", "type"];

/// Reads the declaration of a variable; none where it is wrong.
pub fn declare<'a>(
    name: &'a Name,
    block: &'a Block,
    fixed: &Evaluator,
    report: &mut Report,
) -> Option<Declaration<'a>> {
    check_shape(block, &ATTRS, &["validation"], report);
    for v in block.body.blocks.iter().filter(|b| &*b.ty == "validation") {
        check_shape(v, &["condition", "error_message"], &[], report);
    }
    check_text(block, "deprecated", report);
    check_text(block, "description", report);
    const FIXED: &str = "what a variable is cannot depend on anything";
    let eval = |e: &Expr| fixed.eval(e, &Scope::fixed(FIXED));
    let sensitive = flag(block, "sensitive", false, report);
    let nullable = flag(block, "nullable", true, report);
    if flag(block, "ephemeral", false, report) == Some(true)
        && let Some(a) = block.body.attr("ephemeral")
    {
        report.push(
            Diagnostic::error("not-supported-yet", "attribute is not supported yet")
                .detail("Sensitive values are in no plan and in no state already.")
                .at(a.span, "")
                .help("sensitive = true"),
        );
    }
    let constraint = match block.body.attr("type") {
        None => Some(Constraint::Any),
        Some(t) => constraint(&t.expr, &eval, report),
    }?;
    let default = match block.body.attr("default") {
        None => None,
        Some(a) => {
            let value = eval(&a.expr);
            match convert(&value, &constraint) {
                Ok(v) => Some(annotate(&v, name, &VariableSource::File(a.expr.span))),
                Err(why) => {
                    report.push(
                        Diagnostic::error("bad-default", "invalid default value for variable")
                            .detail(format!(
                                "This default value is not compatible with the variable's type constraint: {why}."
                            ))
                            .at(why.at.unwrap_or(a.expr.span), "")
                            .related(block.header_span, "declared here"),
                    );
                    return None;
                }
            }
        }
    };
    Some(Declaration { name, block, constraint, default, sensitive: sensitive?, nullable: nullable? })
}

/// An attribute that is written out as true or false; none where it is something else.
pub fn flag(block: &Block, name: &str, default: bool, report: &mut Report) -> Option<bool> {
    let Some(a) = block.body.attr(name) else { return Some(default) };
    if let Kind::Bool(b) = &a.expr.kind {
        return Some(*b);
    }
    report.push(
        Diagnostic::error("bad-flag", "true or false is required")
            .detail(format!("{name} is written out: true or false."))
            .at(a.expr.span, ""),
    );
    None
}

/// Reports an attribute that is no plain text.
pub fn check_text(block: &Block, name: &str, report: &mut Report) {
    if let Some(a) = block.body.attr(name)
        && !matches!(a.expr.bare().kind, Kind::String(_) | Kind::Invalid)
    {
        report.push(
            Diagnostic::error("bad-text", "a text is required")
                .detail(format!("{name} is written out, between quotes."))
                .at(a.expr.span, ""),
        );
    }
}

impl Declaration<'_> {
    /// Why null is no value for this variable, given at `span`.
    pub fn not_null(&self, span: Option<Span>) -> Diagnostic {
        Diagnostic::error("bad-value", "invalid value for variable")
            .detail(format!("The variable {:?} cannot be null: it has nullable = false.", self.name))
            .at_some(span, "")
            .related(self.block.header_span, "declared here")
    }

    /// The value in the variable's type; what does not fit is reported.
    pub fn accept(&self, g: &Given, report: &mut Report) -> Option<Value> {
        let name = self.name;
        let span = match &g.source {
            VariableSource::File(span) => Some(g.value.origin.span().unwrap_or(*span)),
            _ => g.value.origin.span(),
        };
        let from = match &g.source {
            VariableSource::CommandLine => " given with --var".to_string(),
            VariableSource::Process(p) => format!(" of {p}"),
            VariableSource::File(_) => String::new(),
        };
        let shown = |d: Diagnostic, span: Option<Span>, header: Span| match span {
            Some(s) => d.at(s, "").related(header, "declared here"),
            None => d.at(header, "declared here"),
        };
        if let Some(stray) = stray_key(&g.value, &self.constraint) {
            let key = &stray.key;
            let place = stray.path.iter().map(|p| format!("attribute {p:?}: ")).collect::<String>();
            let diagnostic = Diagnostic::error("unknown-key", "unknown key in the value of a variable")
                .detail(format!(
                    "The value{from} is not suitable for var.{name}: {place}there is no attribute {key:?}."
                ));
            let diagnostic = match did_you_mean(key, stray.known.iter().map(String::as_str)) {
                Some(near) => diagnostic.help(format!("did you mean {near}?")),
                None => diagnostic.help(format!("remove it, or add it to the type of variable \"{name}\"")),
            };
            report.push(shown(diagnostic, stray.at.or(span), self.block.header_span));
            return None;
        }
        match convert(&g.value, &self.constraint) {
            Ok(v) if v.is_poison() => None,
            Ok(v) => Some(v),
            Err(why) => {
                let diagnostic = Diagnostic::error("bad-value", "invalid value for variable")
                    .detail(format!("The value{from} is not suitable for var.{name}: {why}."));
                report.push(shown(diagnostic, why.at.or(span), self.block.header_span));
                None
            }
        }
    }
}

/// The value and everything inside it, as set by `source`: in a file, each where it is written.
pub fn annotate(v: &Value, name: &Name, source: &VariableSource) -> Value {
    let mine = match (source, v.origin.span()) {
        (VariableSource::File(_), Some(span)) => VariableSource::File(span),
        _ => source.clone(),
    };
    let origin =
        Origin::new(v.origin.span(), vec![VariableOrigin { name: name.to_string(), source: mine.clone() }]);
    map_children(v, &|c| annotate(c, name, &mine)).with_origin(origin)
}

/// What a call gives to a module: what comes from the caller's variables stays so, and what the
/// call itself says comes from the call's line.
pub fn annotate_input(v: &Value, name: &Name) -> Value {
    let origin = match (v.origin.variables(), v.origin.span()) {
        ([], Some(span)) => {
            let source = VariableSource::File(span);
            let read = vec![VariableOrigin { name: name.to_string(), source }];
            Origin::new(Some(span), read).with_text(v.origin.text())
        }
        _ => v.origin.clone(),
    };
    map_children(v, &|c| annotate_input(c, name)).with_origin(origin)
}

/// Checks the `validation` blocks of a variable against its value.
pub fn validate(ev: &Evaluator, block: &Block, value: &Value) {
    let Some(label) = block.labels.first() else { return };
    if value.contains_poison() {
        return;
    }
    for v in block.body.blocks.iter().filter(|b| &*b.ty == "validation") {
        validation(ev, &label.text, block, v, value);
    }
}

fn validation(ev: &Evaluator, name: &Name, block: &Block, v: &Block, value: &Value) {
    let (Some(condition), Some(message)) = (v.body.attr("condition"), v.body.attr("error_message")) else {
        ev.report(
            Diagnostic::error("bad-validation", "incomplete validation")
                .detail("A validation has a condition and an error_message.")
                .at(v.header_span, ""),
        );
        return;
    };
    let holds = ev.eval(&condition.expr, &Scope::ROOT);
    if let crate::eval::expr::Condition::Known(false) = ev.condition(&holds, condition.expr.span) {
        let text = ev.eval(&message.expr, &Scope::ROOT);
        let text = match &text.data {
            Data::String(s) if !text.sensitive => s.to_string(),
            _ => format!("The value of var.{name} does not pass its validation."),
        };
        let set_at = value.origin.variables().iter().find_map(|o| match &o.source {
            VariableSource::File(span) => Some(*span),
            _ => None,
        });
        let d = Diagnostic::error("validation-failed", "invalid value for variable").detail(text);
        let d = match set_at.or(value.origin.span()) {
            Some(span) => {
                d.at(span, "this value").related(condition.expr.span, "does not pass this condition")
            }
            None => d.at(condition.expr.span, "this condition does not hold"),
        };
        ev.report(d.related(block.header_span, "declared here"));
    }
}
