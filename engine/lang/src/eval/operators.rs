//! Unary and binary operators.

use plimsoll_model::{Data, Diagnostic, Number, Span, Type, Value};

use super::Evaluator;
use super::expr::{at, holds_handle};
use super::scope::Scope;
use crate::syntax::ast::{Binary, Expr, Unary};
use crate::value::compare::equal_if_known;
use crate::value::constraint::Constraint;
use crate::value::convert::convert;
use crate::value::marks::{deep_sensitive, unknown_of, variables_of};

/// An operand, or how its evaluation ended.
enum Operand {
    Known(Value),
    Unknown(Value),
    Failed,
}

impl Evaluator<'_> {
    pub(crate) fn unary(&self, op: Unary, inner: &Expr, span: Span, scope: &Scope) -> Value {
        let (want, ty) = match op {
            Unary::Neg => (Constraint::Number, Type::Number),
            Unary::Not => (Constraint::Bool, Type::Bool),
        };
        let v = match self.operand(self.eval(inner, scope), &want, "unary operand", inner.span) {
            Operand::Known(v) => v,
            Operand::Unknown(v) => return at(retyped(v, ty), span),
            Operand::Failed => return Value::poison(),
        };
        let data = match (&v.data, op) {
            (Data::Number(n), Unary::Neg) => Data::Number(n.neg()),
            (Data::Bool(b), Unary::Not) => Data::Bool(!b),
            _ => return Value::poison(),
        };
        at(Value { data, ..v }, span)
    }

    pub(crate) fn binary(&self, op: Binary, [left, right]: &[Expr; 2], span: Span, scope: &Scope) -> Value {
        match op {
            Binary::And | Binary::Or => self.logic(op, left, right, span, scope),
            Binary::Eq | Binary::NotEq => self.equality(op, left, right, span, scope),
            _ => self.arithmetic(op, left, right, span, scope),
        }
    }

    fn operand(&self, v: Value, want: &Constraint, which: &str, span: Span) -> Operand {
        if v.contains_poison() {
            return Operand::Failed;
        }
        let bad = |why: String| {
            self.report(
                Diagnostic::error("invalid-operand", "invalid operand")
                    .detail(format!("Unsuitable value for {which}: {why}."))
                    .at(span, ""),
            );
            Operand::Failed
        };
        if v.is_null() {
            return bad("argument must not be null".into());
        }
        match convert(&v, want) {
            Ok(v) if v.is_unknown() => Operand::Unknown(v),
            Ok(v) => Operand::Known(v),
            Err(e) => bad(e.to_string()),
        }
    }

    /// `&&` and `||`: the right side is evaluated only where the left one does not decide.
    fn logic(&self, op: Binary, left: &Expr, right: &Expr, span: Span, scope: &Scope) -> Value {
        let decides = op == Binary::Or;
        let l = match self.operand(self.eval(left, scope), &Constraint::Bool, "left operand", left.span) {
            Operand::Known(v) if v.as_bool() == Some(decides) => return at(v, span),
            Operand::Failed => return Value::poison(),
            Operand::Known(v) | Operand::Unknown(v) => v,
        };
        let r = match self.operand(self.eval(right, scope), &Constraint::Bool, "right operand", right.span) {
            Operand::Failed => return Value::poison(),
            Operand::Known(v) | Operand::Unknown(v) => v,
        };
        let data = if r.as_bool() == Some(decides) {
            Data::Bool(decides)
        } else if l.is_unknown() {
            l.data.clone()
        } else {
            r.data.clone()
        };
        joined(data, &l, &r, span)
    }

    fn equality(&self, op: Binary, left: &Expr, right: &Expr, span: Span, scope: &Scope) -> Value {
        let (l, r) = (self.eval(left, scope), self.eval(right, scope));
        if l.is_poison() || r.is_poison() {
            return Value::poison();
        }
        // Whether something is null needs no look inside it.
        if (l.is_null() && !r.is_unknown()) || (r.is_null() && !l.is_unknown()) {
            let same = l.is_null() && r.is_null();
            return joined(Data::Bool(same == (op == Binary::Eq)), &l, &r, span);
        }
        if self.weigh(&l, span).and(self.weigh(&r, span)).is_none()
            || l.contains_poison()
            || r.contains_poison()
        {
            return Value::poison();
        }
        let (l, r) = (scalar_for(&l, &r), scalar_for(&r, &l));
        let sensitive = deep_sensitive(&l) | deep_sensitive(&r);
        let data = match equal_if_known(&l, &r) {
            Some(same) => Data::Bool(same == (op == Binary::Eq)),
            None => match unknown_of(&l).or_else(|| unknown_of(&r)) {
                Some(what) => Data::Unknown(Type::Bool, what),
                None => return Value::poison(),
            },
        };
        let mut variables = Vec::new();
        variables_of(&l, &mut variables);
        variables_of(&r, &mut variables);
        let origin = plimsoll_model::Origin::new(Some(span), variables);
        Value { data, sensitive, origin }
    }

    fn arithmetic(&self, op: Binary, left: &Expr, right: &Expr, span: Span, scope: &Scope) -> Value {
        let l = self.operand(self.eval(left, scope), &Constraint::Number, "left operand", left.span);
        let r = self.operand(self.eval(right, scope), &Constraint::Number, "right operand", right.span);
        let ty = match op {
            Binary::Less | Binary::LessEq | Binary::Greater | Binary::GreaterEq => Type::Bool,
            _ => Type::Number,
        };
        let (l, r) = match (l, r) {
            (Operand::Failed, _) | (_, Operand::Failed) => return Value::poison(),
            (Operand::Known(l), Operand::Known(r)) => (l, r),
            (Operand::Unknown(l), Operand::Known(r) | Operand::Unknown(r)) => {
                return joined(retyped(l.clone(), ty).data, &l, &r, span);
            }
            (Operand::Known(l), Operand::Unknown(r)) => {
                return joined(retyped(r.clone(), ty).data, &l, &r, span);
            }
        };
        let (Some(a), Some(b)) = (l.as_number(), r.as_number()) else { return Value::poison() };
        match compute(op, a, b) {
            Ok(data) => joined(data, &l, &r, span),
            Err(detail) => {
                let summary =
                    if detail.starts_with("Divis") { "division by zero" } else { "number out of range" };
                let code =
                    if detail.starts_with("Divis") { "division-by-zero" } else { "number-out-of-range" };
                self.fail(
                    Diagnostic::error(code, summary)
                        .detail(detail)
                        .at(right.span, "")
                        .related(span, "computed here"),
                )
            }
        }
    }
}

fn compute(op: Binary, a: &Number, b: &Number) -> Result<Data, &'static str> {
    const ZERO: &str = "Divisor is zero.";
    const RANGE: &str = "The result is beyond what numbers may be.";
    let apart = exponent(a).abs_diff(exponent(b)) > 2 * plimsoll_model::number::MAX_EXPONENT as u64;
    Ok(match op {
        Binary::Add | Binary::Sub if apart => return Err(RANGE),
        Binary::Add => Data::Number(a.add(b)),
        Binary::Sub => Data::Number(a.sub(b)),
        Binary::Mul => Data::Number(a.mul(b).ok_or(RANGE)?),
        Binary::Div if b == &Number::from(0) => return Err(ZERO),
        Binary::Div => Data::Number(a.div(b).ok_or(RANGE)?),
        Binary::Rem => Data::Number(a.rem(b).ok_or(ZERO)?),
        Binary::Less => Data::Bool(a < b),
        Binary::LessEq => Data::Bool(a <= b),
        Binary::Greater => Data::Bool(a > b),
        _ => Data::Bool(a >= b),
    })
}

fn exponent(n: &Number) -> i64 {
    n.as_decimal().as_bigint_and_exponent().1
}

fn joined(data: Data, l: &Value, r: &Value, span: Span) -> Value {
    Value { data, sensitive: l.sensitive | r.sensitive, origin: l.origin.merge(&r.origin).with_span(span) }
}

fn retyped(v: Value, ty: Type) -> Value {
    match v.data {
        Data::Unknown(_, what) => Value { data: Data::Unknown(ty, what), ..v },
        _ => v,
    }
}

/// A reference compared with a text or number is compared as what it stands for.
fn scalar_for(v: &Value, other: &Value) -> Value {
    match v.as_handle().and_then(|h| h.scalar.clone()) {
        Some(s) if !holds_handle(other) && !other.is_null() => {
            s.sensitive_if(v.sensitive).with_origin(v.origin.clone())
        }
        _ => v.clone(),
    }
}
