//! Conversion of values to constraints, by Terraform's rules and with its messages.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_model::{Data, Span, Type, Value};

use super::compare::into_set;
use super::constraint::{Attribute, Constraint};
use super::marks::{deep_sensitive, unknown_of};
use super::unify::unify;

/// Why a value does not convert: where inside it, and what is required there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Steps to the place, outermost first: `.name`, `["key"]`, `[0]`.
    pub path: Vec<String>,
    /// What is required, as the end of a sentence.
    pub message: String,
    /// Where the value is written that does not convert.
    pub at: Option<Span>,
}

impl Mismatch {
    fn here(message: impl Into<String>) -> Mismatch {
        Mismatch { path: Vec::new(), message: message.into(), at: None }
    }

    fn inside(mut self, step: String) -> Mismatch {
        self.path.insert(0, step);
        self
    }
}

impl std::fmt::Display for Mismatch {
    /// `attribute "web": attribute "replicas": a number is required`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for step in &self.path {
            write!(f, "{step}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// What a type is called where it is required: `string`, `list of number`.
pub fn required(c: &Constraint) -> String {
    match c {
        Constraint::Any => "any single type".into(),
        Constraint::String => "string".into(),
        Constraint::Number => "number".into(),
        Constraint::Bool => "bool".into(),
        Constraint::List(c) => format!("list of {}", required(c)),
        Constraint::Set(c) => format!("set of {}", required(c)),
        Constraint::Map(c) => format!("map of {}", required(c)),
        Constraint::Tuple(_) => "tuple".into(),
        Constraint::Object(_) => "object".into(),
    }
}

fn is_required(c: &Constraint) -> Mismatch {
    Mismatch::here(format!("{} required", required(c)))
}

/// Converts a value; marks and origins stay on everything that had them.
///
/// # Errors
/// Says where and why it does not convert.
pub fn convert(value: &Value, to: &Constraint) -> Result<Value, Mismatch> {
    converted(value, to).map_err(|e| Mismatch { at: e.at.or(value.origin.span()), ..e })
}

fn converted(value: &Value, to: &Constraint) -> Result<Value, Mismatch> {
    let same = |data| Ok(Value { data, sensitive: value.sensitive, origin: value.origin.clone() });
    match (&value.data, to) {
        (Data::Poison, _) => Ok(value.clone()),
        (Data::Null(_), Constraint::Any) => Ok(value.clone()),
        (Data::Null(_), _) => same(Data::Null(to.ty())),
        (Data::Unknown(t, what), _) => {
            if !may_convert(t, to) {
                return Err(is_required(to));
            }
            let ty = if *to == Constraint::Any { t.clone() } else { to.ty() };
            same(Data::Unknown(ty, what.clone()))
        }
        (_, Constraint::Any)
        | (Data::String(_), Constraint::String)
        | (Data::Number(_), Constraint::Number)
        | (Data::Bool(_), Constraint::Bool) => Ok(value.clone()),
        (Data::Handle(h), Constraint::String | Constraint::Number | Constraint::Bool) => match &h.scalar {
            Some(s) => {
                let s = Value {
                    data: s.data.clone(),
                    sensitive: value.sensitive | s.sensitive,
                    origin: value.origin.clone(),
                };
                convert(&s, to)
            }
            None => Err(Mismatch::here(format!("{} required, not {}", required(to), value.describe()))),
        },
        (Data::Number(n), Constraint::String) => same(Data::String(Arc::from(n.to_string()))),
        (Data::Bool(b), Constraint::String) => same(Data::String(Arc::from(b.to_string()))),
        (Data::String(s), Constraint::Number) => match s.parse() {
            Ok(n) => same(Data::Number(n)),
            Err(_) => Err(Mismatch::here("a number is required")),
        },
        (Data::String(s), Constraint::Bool) => match &**s {
            "true" | "1" => same(Data::Bool(true)),
            "false" | "0" => same(Data::Bool(false)),
            _ => Err(Mismatch::here("a bool is required")),
        },
        // The order of a set is known once all of its elements are.
        (Data::Set(t, _), Constraint::List(c)) if value.contains_unknown() => {
            let what = unknown_of(value).unwrap_or_else(|| Arc::from(""));
            let element = if **c == Constraint::Any { t.clone() } else { c.ty() };
            same(Data::Unknown(Type::List(Box::new(element)), what))
        }
        (Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items), Constraint::List(c)) => {
            let (ty, items) = elements(items, c, "list")?;
            same(Data::List(ty, Arc::new(items)))
        }
        (Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items), Constraint::Set(c)) => {
            let (ty, items) = elements(items, c, "set")?;
            // Which elements are equal tells of each of them.
            let sensitive = value.sensitive || items.iter().any(deep_sensitive);
            let data = Data::Set(ty, Arc::new(into_set(items)));
            Ok(Value { data, sensitive, origin: value.origin.clone() })
        }
        (Data::Map(_, entries) | Data::Object(entries), Constraint::Map(c)) => {
            let (ty, entries) = values(entries, c)?;
            same(Data::Map(ty, Arc::new(entries)))
        }
        (Data::List(_, items) | Data::Tuple(items), Constraint::Tuple(cs)) => {
            if items.len() != cs.len() {
                return Err(Mismatch::here(format!("tuple with {} elements is required", cs.len())));
            }
            let items: Result<Vec<_>, _> = items
                .iter()
                .zip(cs)
                .enumerate()
                .map(|(i, (v, c))| convert(v, c).map_err(|e| e.inside(format!("element {i}"))))
                .collect();
            same(Data::Tuple(Arc::new(items?)))
        }
        (Data::Map(_, entries) | Data::Object(entries), Constraint::Object(fields)) => {
            same(Data::Object(Arc::new(object(entries, fields)?)))
        }
        _ => Err(is_required(to)),
    }
}

fn may_convert(from: &Type, to: &Constraint) -> bool {
    let primitive = matches!(to, Constraint::String | Constraint::Number | Constraint::Bool);
    match from {
        Type::Any | Type::Handle(_) => true,
        Type::String => *to == Constraint::Any || primitive,
        Type::Number => matches!(to, Constraint::Any | Constraint::String | Constraint::Number),
        Type::Bool => matches!(to, Constraint::Any | Constraint::String | Constraint::Bool),
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => {
            matches!(to, Constraint::Any | Constraint::List(_) | Constraint::Set(_) | Constraint::Tuple(_))
        }
        Type::Map(_) | Type::Object(_) => {
            matches!(to, Constraint::Any | Constraint::Map(_) | Constraint::Object(_))
        }
    }
}

/// The types of several values; handles do not take part.
pub fn types_of<'v>(values: impl Iterator<Item = &'v Value>) -> Vec<Type> {
    values.map(|v| if v.is_null() && v.ty() == Type::Any { Type::Any } else { v.ty() }).collect()
}

fn elements(items: &[Value], c: &Constraint, what: &str) -> Result<(Type, Vec<Value>), Mismatch> {
    let (to, ty) = element_constraint(items.iter(), c, what)?;
    let items: Result<Vec<_>, _> = items
        .iter()
        .enumerate()
        .map(|(i, v)| convert(v, &to).map_err(|e| e.inside(format!("element {i}"))))
        .collect();
    Ok((ty, items?))
}

type Entries = BTreeMap<String, Value>;

fn values(entries: &Entries, c: &Constraint) -> Result<(Type, Entries), Mismatch> {
    let (to, ty) = element_constraint(entries.values(), c, "map")?;
    let entries: Result<BTreeMap<_, _>, _> = entries
        .iter()
        .map(|(k, v)| {
            Ok((k.clone(), convert(v, &to).map_err(|e: Mismatch| e.inside(format!("element {k:?}")))?))
        })
        .collect();
    Ok((ty, entries?))
}

/// What elements convert to: the constraint, or where it is `any`, the type that unifies them.
fn element_constraint<'v>(
    items: impl Iterator<Item = &'v Value> + Clone,
    c: &Constraint,
    what: &str,
) -> Result<(Constraint, Type), Mismatch> {
    if *c != Constraint::Any {
        return Ok((c.clone(), c.ty()));
    }
    if items.clone().any(|v| matches!(v.data, Data::Handle(_) | Data::Poison)) {
        return Ok((Constraint::Any, Type::Any));
    }
    let mut types = types_of(items);
    types.sort();
    types.dedup();
    match unify(&types) {
        Some(ty) => Ok((Constraint::of(&ty), ty)),
        None => Err(Mismatch::here(format!("all {what} elements must have the same type"))),
    }
}

fn object(entries: &Entries, fields: &BTreeMap<String, Attribute>) -> Result<Entries, Mismatch> {
    let missing: Vec<String> = fields
        .iter()
        .filter(|(k, a)| !a.optional && !entries.contains_key(*k))
        .map(|(k, _)| format!("{k:?}"))
        .collect();
    match missing.as_slice() {
        [] => {}
        [one] => return Err(Mismatch::here(format!("attribute {one} is required"))),
        [most @ .., last] => {
            return Err(Mismatch::here(format!("attributes {} and {last} are required", most.join(", "))));
        }
    }
    let mut out = BTreeMap::new();
    for (k, a) in fields {
        let null = || Value::new(Data::Null(a.constraint.ty()));
        let value = match entries.get(k) {
            Some(v) if v.is_null() && a.default.is_some() => a.default.clone().unwrap_or_else(null),
            Some(v) => convert(v, &a.constraint).map_err(|e| e.inside(format!("attribute {k:?}")))?,
            None => a.default.clone().unwrap_or_else(null),
        };
        out.insert(k.clone(), value);
    }
    Ok(out)
}

/// A key inside a value that its constraint does not know.
#[derive(Debug)]
pub struct Stray {
    /// The keys on the way to it.
    pub path: Vec<String>,
    /// The key.
    pub key: String,
    /// The keys that may stand there.
    pub known: Vec<String>,
    /// Where its value is written.
    pub at: Option<Span>,
}

/// The first key inside a value that an object constraint does not know.
pub fn stray_key(value: &Value, c: &Constraint) -> Option<Stray> {
    let within = |step: String, v: &Value, c: &Constraint| {
        stray_key(v, c).map(|mut stray| {
            stray.path.insert(0, step);
            stray
        })
    };
    match (c, value.as_entries(), value.as_items()) {
        (Constraint::Object(fields), Some(entries), _) => {
            if let Some((k, v)) = entries.iter().find(|(k, _)| !fields.contains_key(*k)) {
                return Some(Stray {
                    path: Vec::new(),
                    key: k.clone(),
                    known: fields.keys().cloned().collect(),
                    at: v.origin.span(),
                });
            }
            fields.iter().find_map(|(k, a)| within(k.clone(), entries.get(k)?, &a.constraint))
        }
        (Constraint::Map(c), Some(entries), _) => entries.iter().find_map(|(k, v)| within(k.clone(), v, c)),
        (Constraint::List(c) | Constraint::Set(c), _, Some(items)) => {
            items.iter().enumerate().find_map(|(i, v)| within(i.to_string(), v, c))
        }
        (Constraint::Tuple(cs), _, Some(items)) => {
            items.iter().zip(cs).enumerate().find_map(|(i, (v, c))| within(i.to_string(), v, c))
        }
        _ => None,
    }
}
