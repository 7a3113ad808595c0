//! Templates: text with interpolations and directives.

use std::sync::Arc;

use plimsoll_model::{Data, Diagnostic, Origin, Span, Type, Value};

use super::Evaluator;
use super::expr::Condition;
use super::for_expr::{each_of, unknown_length};
use super::scope::Scope;
use crate::functions::limits::MAX_TEXT;
use crate::syntax::ast::{Expr, Name, Part};
use crate::value::constraint::Constraint;
use crate::value::convert::convert;

/// What a template has collected so far.
struct Text {
    text: String,
    unknown: Option<Arc<str>>,
    failed: bool,
    sensitive: bool,
    origin: Origin,
}

impl Evaluator<'_> {
    pub(crate) fn template(&self, parts: &[Part], span: Span, scope: &Scope) -> Value {
        let mut out = Text {
            text: String::new(),
            unknown: None,
            failed: false,
            sensitive: false,
            origin: Origin::at(span),
        };
        self.parts(parts, scope, &mut out);
        if out.failed || !self.fits_text(out.text.len(), span) {
            return Value::poison();
        }
        let data = match out.unknown {
            Some(what) => Data::Unknown(Type::String, what),
            None => Data::String(Arc::from(out.text)),
        };
        Value { data, sensitive: out.sensitive, origin: out.origin }
    }

    fn parts(&self, parts: &[Part], scope: &Scope, out: &mut Text) {
        for part in parts {
            match part {
                Part::Literal(text) => out.text.push_str(text),
                Part::Interpolation(e) => self.interpolation(e, scope, out),
                Part::If { cond, then, otherwise } => {
                    let c = self.eval(cond, scope);
                    out.sensitive |= c.sensitive;
                    out.origin = out.origin.merge(&c.origin);
                    match self.condition(&c, cond.span) {
                        Condition::Known(true) => self.parts(then, scope, out),
                        Condition::Known(false) => self.parts(otherwise, scope, out),
                        Condition::Unknown(what) => out.unknown = out.unknown.take().or(Some(what)),
                        Condition::Failed => out.failed = true,
                    }
                }
                Part::For { key_var, value_var, collection, body } => {
                    self.repeat(key_var.as_ref(), value_var, collection, body, scope, out);
                }
            }
        }
    }

    fn interpolation(&self, e: &Expr, scope: &Scope, out: &mut Text) {
        let v = self.eval(e, scope);
        out.sensitive |= v.sensitive;
        out.origin = out.origin.merge(&v.origin);
        let bad = |detail: String| {
            self.report(
                Diagnostic::error("bad-template-value", "invalid template interpolation value")
                    .detail(detail)
                    .at(e.span, ""),
            );
        };
        match &v.data {
            _ if v.contains_poison() => out.failed = true,
            Data::Null(_) => {
                out.failed = true;
                bad("The expression result is null. Cannot include a null value in a string template.".into());
            }
            _ => match convert(&v, &Constraint::String) {
                Ok(Value { data: Data::String(s), sensitive, .. }) => {
                    out.sensitive |= sensitive;
                    out.text.push_str(&s);
                }
                Ok(Value { data: Data::Unknown(_, what), .. }) => {
                    out.unknown = out.unknown.take().or(Some(what))
                }
                Ok(_) => out.failed = true,
                Err(e) => {
                    out.failed = true;
                    bad(format!("Cannot include the given value in a string template: {e}."));
                }
            },
        }
    }

    fn repeat(
        &self,
        key_var: Option<&Name>,
        value_var: &Name,
        collection: &Expr,
        body: &[Part],
        scope: &Scope,
        out: &mut Text,
    ) {
        let c = self.eval(collection, scope);
        out.sensitive |= c.sensitive;
        out.origin = out.origin.merge(&c.origin);
        match &c.data {
            Data::Poison => out.failed = true,
            _ if unknown_length(&c).is_some() => out.unknown = out.unknown.take().or(unknown_length(&c)),
            _ => match each_of(&c) {
                Some(pairs) => {
                    for (key, value) in pairs {
                        if !self.afford(1, collection.span) || out.text.len() > MAX_TEXT {
                            // The whole says that it is too large.
                            return;
                        }
                        let mut bindings = vec![(value_var.clone(), value)];
                        if let Some(k) = key_var {
                            bindings.push((k.clone(), key));
                        }
                        self.parts(body, &scope.with(&bindings), out);
                    }
                }
                None => {
                    out.failed = true;
                    self.not_iterable(&c, collection.span);
                }
            },
        }
    }
}
