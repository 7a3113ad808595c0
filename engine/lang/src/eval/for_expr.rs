//! `for` expressions.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use plimsoll_model::{Data, Diagnostic, Number, Origin, Span, Type, Value};

use super::Evaluator;
use super::expr::Condition;
use super::scope::Scope;
use crate::functions::limits::MAX_VALUES;
use crate::syntax::ast::For;
use crate::value::marks::unknown_of;

/// What makes the number of elements of a collection unknown.
pub fn unknown_length(v: &Value) -> Option<Arc<str>> {
    match &v.data {
        Data::Unknown(Type::String | Type::Number | Type::Bool, _) => None,
        Data::Unknown(_, what) => Some(what.clone()),
        // What is unknown may equal another element of a set.
        Data::Set(_, all) if all.len() > 1 => unknown_of(v),
        _ => None,
    }
}

/// The keys and elements of a collection, in order; none where it is none.
pub fn each_of(v: &Value) -> Option<Vec<(Value, Value)>> {
    let mark = |e: &Value| {
        let origin = if e.origin == Origin::NONE { v.origin.clone() } else { e.origin.clone() };
        e.clone().with_origin(origin)
    };
    let key = |k: Data| Value { data: k, sensitive: false, origin: v.origin.clone() };
    match &v.data {
        Data::List(_, items) | Data::Tuple(items) => Some(
            items
                .iter()
                .enumerate()
                .map(|(i, e)| (key(Data::Number(Number::from(i as i64))), mark(e)))
                .collect(),
        ),
        Data::Set(_, items) => Some(items.iter().map(|e| (mark(e), mark(e))).collect()),
        Data::Map(_, entries) | Data::Object(entries) => {
            Some(entries.iter().map(|(k, e)| (key(Data::String(Arc::from(k.as_str()))), mark(e))).collect())
        }
        _ => None,
    }
}

impl Evaluator<'_> {
    pub(crate) fn not_iterable(&self, v: &Value, span: Span) {
        let detail = if v.is_null() {
            "A null value cannot be used as the collection in a 'for' expression.".to_string()
        } else {
            format!("A value of type {} cannot be used as the collection in a 'for' expression.", v.ty())
        };
        let summary =
            if v.is_null() { "iteration over null value" } else { "iteration over non-iterable value" };
        self.report(Diagnostic::error("not-iterable", summary).detail(detail).at(span, ""));
    }

    /// Adds to the size of what a loop makes; false, and reported, where that becomes too large.
    fn grows(&self, size: &mut usize, value: &Value, span: Span) -> bool {
        let Some(more) = self.weigh(value, span) else { return false };
        *size = size.saturating_add(more);
        if *size > MAX_VALUES {
            self.report(
                Diagnostic::error("value-too-large", "value is too large")
                    .detail(format!("This loop makes more than {MAX_VALUES} values."))
                    .at(span, "made here"),
            );
            return false;
        }
        true
    }

    pub(crate) fn for_expr(&self, f: &For, span: Span, scope: &Scope) -> Value {
        let c = self.eval(&f.collection, scope);
        let mut sensitive = c.sensitive;
        let mut origin = c.origin.with_span(span);
        if c.is_poison() {
            return c;
        }
        if let Some(what) = unknown_length(&c) {
            return Value { data: Data::Unknown(Type::Any, what), sensitive, origin };
        }
        let Some(pairs) = each_of(&c) else {
            self.not_iterable(&c, f.collection.span);
            return Value::poison();
        };
        let mut items = Vec::new();
        let mut entries: BTreeMap<String, Value> = BTreeMap::new();
        let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        let mut unknown: Option<Arc<str>> = None;
        let mut size = 0usize;
        for (key, value) in pairs {
            if !self.afford(1, span) {
                return Value::poison();
            }
            let mut bindings = vec![(f.value_var.clone(), value)];
            if let Some(k) = &f.key_var {
                bindings.push((k.clone(), key));
            }
            let inner = scope.with(&bindings);
            if let Some(cond) = &f.cond {
                let keep = self.eval(cond, &inner);
                sensitive |= keep.sensitive;
                origin = origin.merge(&keep.origin);
                match self.condition(&keep, cond.span) {
                    Condition::Known(true) => {}
                    Condition::Known(false) => continue,
                    Condition::Unknown(what) => {
                        unknown.get_or_insert(what);
                        continue;
                    }
                    Condition::Failed => return Value::poison(),
                }
            }
            let Some(key_expr) = &f.key else {
                let value = self.eval(&f.value, &inner);
                if !self.grows(&mut size, &value, span) {
                    return Value::poison();
                }
                items.push(value);
                continue;
            };
            let k = self.eval(key_expr, &inner);
            sensitive |= k.sensitive;
            origin = origin.merge(&k.origin);
            if let Data::Unknown(_, what) = &k.data {
                unknown.get_or_insert(what.clone());
                continue;
            }
            let Some(text) = self.key_text(&k, key_expr.span) else { return Value::poison() };
            let value = self.eval(&f.value, &inner);
            if !self.grows(&mut size, &value, span) {
                return Value::poison();
            }
            if f.group {
                groups.entry(text).or_default().push(value);
                continue;
            }
            match entries.entry(text) {
                Entry::Vacant(slot) => {
                    slot.insert(value);
                }
                Entry::Occupied(slot) => {
                    let key = if sensitive { "(sensitive)" } else { slot.key().as_str() };
                    return self.fail(
                        Diagnostic::error("duplicate-key", "duplicate object key")
                            .detail(format!(
                                "Two different items produced the key {key:?} in this 'for' expression. If \
                                 duplicates are expected, use the ellipsis (...) after the value expression to enable \
                                 grouping by key."
                            ))
                            .at(key_expr.span, "")
                            .related(f.collection.span, "the items come from here"),
                    );
                }
            }
        }
        let data = match unknown {
            Some(what) => Data::Unknown(Type::Any, what),
            None if f.key.is_none() => Data::Tuple(Arc::new(items)),
            None if f.group => Data::Object(Arc::new(
                groups.into_iter().map(|(k, v)| (k, Value::tuple(v).with_origin(Origin::at(span)))).collect(),
            )),
            None => Data::Object(Arc::new(entries)),
        };
        Value { data, sensitive, origin }
    }
}
