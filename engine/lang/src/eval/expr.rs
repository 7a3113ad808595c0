//! Expressions.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_model::{Data, Diagnostic, Origin, Span, Type, Value};

use super::Evaluator;
use super::scope::Scope;
use crate::syntax::ast::{Expr, Item, Key, Kind};
use crate::value::constraint::Constraint;
use crate::value::convert::{convert, required};
use crate::value::unify::unify_loosely;

impl Evaluator<'_> {
    /// Evaluates an expression. What fails is reported and poisoned.
    pub fn eval(&self, e: &Expr, scope: &Scope) -> Value {
        if !self.afford(1, e.span) {
            return Value::poison();
        }
        match self.deeper(|| self.eval_kind(e, scope)) {
            Some(v) => v,
            None => self.fail(
                Diagnostic::error("nesting-too-deep", "nested too deeply")
                    .detail("Too many values depend on each other in one chain.")
                    .at(e.span, "while evaluating this")
                    .help("break the chain of references"),
            ),
        }
    }

    fn eval_kind(&self, e: &Expr, scope: &Scope) -> Value {
        let here = |data| Value { data, sensitive: false, origin: Origin::at(e.span) };
        match &e.kind {
            Kind::Null => here(Data::Null(Type::Any)),
            Kind::Bool(b) => here(Data::Bool(*b)),
            Kind::Number(n) => here(Data::Number(n.clone())),
            Kind::String(s) => here(Data::String(s.clone())),
            Kind::Tuple(items) => {
                let items = items.iter().map(|i| self.eval(i, scope)).collect();
                self.weighed(here(Data::Tuple(Arc::new(items))), e.span)
            }
            Kind::Object(items) => self.object(items, e.span, scope),
            Kind::Template(parts) => self.template(parts, e.span, scope),
            Kind::Wrapped(inner) | Kind::Paren(inner) => at(self.eval(inner, scope), e.span),
            Kind::Variable(name) => self.traversal(e, &[], name, e.span, scope),
            Kind::Traversal(t) => match &t.root.kind {
                Kind::Variable(name) => self.traversal(&t.root, &t.steps, name, e.span, scope),
                _ => at(self.steps(self.eval(&t.root, scope), &t.steps, scope), e.span),
            },
            Kind::Call(call) => self.call(call, e.span, scope),
            Kind::Conditional(parts) => self.conditional(parts, e.span, scope),
            Kind::Unary(op, inner) => self.unary(*op, inner, e.span, scope),
            Kind::Binary(op, sides) => self.binary(*op, sides, e.span, scope),
            Kind::For(f) => self.for_expr(f, e.span, scope),
            Kind::Invalid => Value::poison(),
        }
    }

    fn object(&self, items: &[Item], span: Span, scope: &Scope) -> Value {
        let mut fields: BTreeMap<String, Value> = BTreeMap::new();
        let mut origin = Origin::at(span);
        let mut sensitive = false;
        // Bare keys are found again among the items; only computed ones are remembered.
        let mut computed: Vec<(String, Span)> = Vec::new();
        for (i, item) in items.iter().enumerate() {
            let (key, key_span) = match &item.key {
                Key::Name(name, span) => (name.to_string(), *span),
                Key::Expr(e) => {
                    let key = self.eval(e, scope);
                    origin = origin.merge(&key.origin);
                    sensitive |= key.sensitive;
                    match self.key_text(&key, e.span) {
                        Some(text) => {
                            computed.push((text.clone(), e.span));
                            (text, e.span)
                        }
                        None => {
                            self.eval(&item.value, scope);
                            return Value::poison();
                        }
                    }
                }
            };
            if fields.contains_key(&key) {
                let bare = items[..i].iter().filter_map(|item| match &item.key {
                    Key::Name(name, span) if **name == *key => Some(*span),
                    _ => None,
                });
                let again = computed.iter().filter(|(text, span)| *text == key && *span != key_span);
                let first = bare.chain(again.map(|(_, span)| *span)).next();
                let twice = Diagnostic::error("duplicate-key", "object key given twice")
                    .detail(format!("{key} can have one value."))
                    .at(key_span, "again here");
                return self.fail(first.into_iter().fold(twice, |d, first| d.related(first, "first here")));
            }
            fields.insert(key, self.eval(&item.value, scope));
        }
        self.weighed(Value { data: Data::Object(Arc::new(fields)), sensitive, origin }, span)
    }

    /// The text of an object's key.
    pub(crate) fn key_text(&self, key: &Value, span: Span) -> Option<String> {
        let bad = |why: &str| Diagnostic::error("bad-key", "invalid object key").detail(why).at(span, "");
        match &key.data {
            _ if key.contains_poison() => None,
            Data::Null(_) => {
                self.report(bad("Can't use a null value as a key."));
                None
            }
            Data::Unknown(_, what) => {
                self.report(bad(&format!("A key must be known while planning, and {what} is not.")));
                None
            }
            _ => match convert(key, &Constraint::String) {
                Ok(v) => v.as_str().map(str::to_string),
                Err(e) => {
                    self.report(bad(&format!("Can't use this value as a key: {e}.")));
                    None
                }
            },
        }
    }

    fn conditional(&self, [cond, yes, no]: &[Expr; 3], span: Span, scope: &Scope) -> Value {
        let c = self.eval(cond, scope);
        let choice = match self.condition(&c, cond.span) {
            Condition::Known(b) => b,
            Condition::Failed => return Value::poison(),
            Condition::Unknown(what) => {
                let (y, n) = (self.eval(yes, scope), self.eval(no, scope));
                if y.is_poison() || n.is_poison() {
                    return Value::poison();
                }
                let opaque = holds_handle(&y) || holds_handle(&n);
                let Some(ty) = unify_loosely(&[y.ty(), n.ty()]).or(opaque.then_some(Type::Any)) else {
                    return self.inconsistent(&inconsistent_types(&y.ty(), &n.ty()), span);
                };
                let origin = c.origin.merge(&y.origin).merge(&n.origin).with_span(span);
                let sensitive = c.sensitive | y.sensitive | n.sensitive;
                return Value { data: Data::Unknown(ty, what), sensitive, origin };
            }
        };
        let (taken, other) = if choice { (yes, no) } else { (no, yes) };
        let value = self.eval(taken, scope);
        if value.is_poison() {
            return value;
        }
        // The other side decides the type; its failures and what it reads do not count.
        let ((other, _), _) = self.capture(|| self.recording(|| self.eval(other, scope)));
        // Both sides are compared to the last element.
        if self.weigh(&value, span).and(self.weigh(&other, span)).is_none() {
            return Value::poison();
        }
        let value = match self.unified(&value, &other, choice) {
            Ok(value) => value,
            Err(why) => return self.inconsistent(&why, span),
        };
        let origin = value.origin.merge(&c.origin).with_span(span);
        Value { data: value.data, sensitive: value.sensitive | c.sensitive, origin }
    }

    fn inconsistent(&self, why: &str, span: Span) -> Value {
        self.fail(
            Diagnostic::error("inconsistent-conditional", "inconsistent conditional result types")
                .detail(format!("The true and false result expressions must have consistent types. {why}"))
                .at(span, ""),
        )
    }

    /// The value in the type that both sides share.
    fn unified(&self, value: &Value, other: &Value, taken: bool) -> Result<Value, String> {
        let opaque =
            |v: &Value| v.contains_poison() || holds_handle(v) || (v.is_null() && v.ty() == Type::Any);
        if opaque(value) || opaque(other) {
            let typed_null = value.is_null() && !opaque(other);
            return Ok(if typed_null { retyped_null(value, other.ty()) } else { value.clone() });
        }
        let (mine, theirs) = (value.ty(), other.ty());
        if mine == theirs || theirs == Type::Any {
            return Ok(value.clone());
        }
        let ty = unify_loosely(&[mine.clone(), theirs.clone()]).ok_or_else(|| {
            let (yes, no) = if taken { (&mine, &theirs) } else { (&theirs, &mine) };
            inconsistent_types(yes, no)
        })?;
        convert(value, &Constraint::of(&ty)).map_err(|e| format!("{e}."))
    }

    /// What a condition says.
    pub(crate) fn condition(&self, v: &Value, span: Span) -> Condition {
        let bad = |detail: String| {
            self.report(
                Diagnostic::error("bad-condition", "incorrect condition type").detail(detail).at(span, ""),
            );
            Condition::Failed
        };
        match &v.data {
            _ if v.contains_poison() => Condition::Failed,
            Data::Unknown(_, what) => Condition::Unknown(what.clone()),
            Data::Null(_) => {
                bad("The condition value is null. Conditions must either be true or false.".into())
            }
            _ => match convert(v, &Constraint::Bool).map(|v| v.as_bool()) {
                Ok(Some(b)) => Condition::Known(b),
                _ => bad("The condition expression must be of type bool.".into()),
            },
        }
    }
}

/// What a condition says.
#[derive(Debug)]
pub enum Condition {
    /// It is known.
    Known(bool),
    /// It is known only after apply.
    Unknown(Arc<str>),
    /// It failed, and that was reported.
    Failed,
}

/// Whether a value or anything inside it is a reference.
pub fn holds_handle(v: &Value) -> bool {
    v.as_handle().is_some() || v.children().any(holds_handle)
}

fn inconsistent_types(yes: &Type, no: &Type) -> String {
    let name = |t: &Type| required(&Constraint::of(t));
    format!("The 'true' value is {}, but the 'false' value is {}.", name(yes), name(no))
}

fn retyped_null(v: &Value, ty: Type) -> Value {
    Value { data: Data::Null(ty), sensitive: v.sensitive, origin: v.origin.clone() }
}

/// The value as what the expression at `span` yields: everything inside keeps its own origin.
pub fn at(v: Value, span: Span) -> Value {
    let origin = v.origin.with_span(span);
    Value { origin, ..v }
}
