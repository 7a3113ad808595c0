//! Decoding of values by the type of the field: text, numbers, lists, maps.

use indexmap::IndexMap;
use plimsoll_model::value::Data;
use plimsoll_model::{Number, Value};

use super::context::Context;
use super::schema::{Bounds, TypeSchema};
use super::tree::ToJson;
use super::val::{Content, Val};

/// A map of an attribute, by key.
pub type Map<T> = IndexMap<String, Val<T>>;

/// A type that a known value decodes to.
pub trait FromValue: Sized {
    /// What it takes.
    const TYPE: &'static TypeSchema;

    /// Whether it looks into references itself; otherwise a reference comes as its scalar.
    const REFERENCES: bool = false;

    /// Inclusive bounds of numbers of this type, where a declaration gives none.
    const BOUNDS: Bounds = (None, None);

    /// Decodes a value that is known, not null and not poison; reports what is wrong with it.
    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self>;
}

impl<T: FromValue> Val<T> {
    /// Decodes a value that is not null.
    pub(super) fn from_value(value: &Value, cx: &mut Context<'_>) -> Val<T> {
        let span = cx.place(value);
        let content = match &value.data {
            Data::Poison => Content::Poison,
            Data::Unknown(_, what) if cx.schema.known => {
                cx.must_be_known(value, what);
                Content::Poison
            }
            Data::Unknown(_, what) => Content::Unknown(what.clone()),
            Data::Handle(handle) if !T::REFERENCES => match &handle.scalar {
                Some(scalar) => {
                    let plain =
                        scalar.clone().sensitive_if(value.sensitive).with_origin(value.origin.clone());
                    return Val::from_value(&plain, cx);
                }
                None => {
                    cx.wrong_type(value, T::TYPE);
                    Content::Poison
                }
            },
            _ => T::from_value(value, cx).map_or(Content::Poison, Content::Known),
        };
        Val { content, sensitive: value.sensitive, origin: value.origin.clone(), span }
    }
}

/// Text, as the language converts to it: numbers and truth values by their spelling.
pub(super) fn as_text(value: &Value) -> Option<String> {
    match &value.data {
        Data::String(s) => Some(s.to_string()),
        Data::Number(n) => Some(n.to_string()),
        Data::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

fn as_number(value: &Value) -> Option<Number> {
    match &value.data {
        Data::Number(n) => Some(n.clone()),
        Data::String(s) => s.trim().parse().ok(),
        _ => None,
    }
}

impl FromValue for String {
    const TYPE: &'static TypeSchema = &TypeSchema::Text;

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        let Some(text) = as_text(value) else {
            cx.wrong_type(value, Self::TYPE);
            return None;
        };
        cx.syntax(&text, value).then_some(text)
    }
}

impl FromValue for bool {
    const TYPE: &'static TypeSchema = &TypeSchema::Bool;

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        match (&value.data, value.as_str()) {
            (Data::Bool(b), _) => Some(*b),
            (_, Some("true")) => Some(true),
            (_, Some("false")) => Some(false),
            _ => {
                cx.wrong_type(value, Self::TYPE);
                None
            }
        }
    }
}

fn whole(value: &Value, cx: &mut Context<'_>, own: (i64, i64)) -> Option<i64> {
    match as_number(value).as_ref().and_then(Number::as_i64) {
        Some(n) => cx.in_range(n, value, own).then_some(n),
        None => {
            cx.wrong_type(value, &TypeSchema::Whole);
            None
        }
    }
}

impl FromValue for i64 {
    const TYPE: &'static TypeSchema = &TypeSchema::Whole;

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        whole(value, cx, (i64::MIN, i64::MAX))
    }
}

impl FromValue for i32 {
    const TYPE: &'static TypeSchema = &TypeSchema::Whole;

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        whole(value, cx, (i32::MIN.into(), i32::MAX.into())).and_then(|n| cx.fitting(n))
    }
}

impl FromValue for u32 {
    /// Never above what the API's 32-bit fields hold.
    const TYPE: &'static TypeSchema = &TypeSchema::Whole;
    const BOUNDS: Bounds = (Some(0), None);

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        whole(value, cx, (0, i32::MAX.into())).and_then(|n| cx.fitting(n))
    }
}

impl FromValue for u16 {
    /// A port number.
    const TYPE: &'static TypeSchema = &TypeSchema::Whole;
    const BOUNDS: Bounds = (Some(1), Some(u16::MAX as i64));

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        whole(value, cx, (1, u16::MAX.into())).and_then(|n| cx.fitting(n))
    }
}

impl<T: FromValue> FromValue for Vec<Val<T>> {
    const TYPE: &'static TypeSchema = &TypeSchema::List(T::TYPE);
    const BOUNDS: Bounds = T::BOUNDS;

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        let Some(items) = value.as_items() else {
            cx.wrong_type(value, Self::TYPE);
            return None;
        };
        let outer = cx.element.len();
        let mut out = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            cx.element.push_str(&format!("[{i}]"));
            if item.is_null() {
                cx.wrong_type(item, T::TYPE);
            } else {
                out.push(Val::from_value(&item.clone().sensitive_if(value.sensitive), cx));
            }
            cx.element.truncate(outer);
        }
        Some(out)
    }
}

impl<T: FromValue> FromValue for Map<T> {
    const TYPE: &'static TypeSchema = &TypeSchema::Map(T::TYPE);
    const BOUNDS: Bounds = T::BOUNDS;

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        let Some(entries) = value.as_entries() else {
            cx.wrong_type(value, Self::TYPE);
            return None;
        };
        let outer = cx.element.len();
        let mut out = IndexMap::with_capacity(entries.len());
        for (key, item) in entries.iter().filter(|(_, v)| !v.is_null()) {
            cx.element.push('.');
            cx.element.push_str(key);
            if cx.key(key, item) {
                out.insert(key.clone(), Val::from_value(&item.clone().sensitive_if(value.sensitive), cx));
            }
            cx.element.truncate(outer);
        }
        Some(out)
    }
}

/// A number of pods or a percentage of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntOrPercent {
    /// A number.
    Int(i64),
    /// Such as `25%`.
    Percent(String),
}

impl FromValue for IntOrPercent {
    const TYPE: &'static TypeSchema = &TypeSchema::Other("a whole number or a percentage", "\"25%\"");

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        if let Some(n) = as_number(value).as_ref().and_then(Number::as_i64) {
            return cx.in_range(n, value, (0, i32::MAX.into())).then_some(IntOrPercent::Int(n));
        }
        let digits = value.as_str().and_then(|t| t.strip_suffix('%'));
        if let Some(n) = digits.and_then(|d| d.parse::<u32>().ok()) {
            return Some(IntOrPercent::Percent(format!("{n}%")));
        }
        cx.wrong_type(value, Self::TYPE);
        None
    }
}

impl ToJson for IntOrPercent {
    fn to_json(&self) -> serde_json::Value {
        match self {
            IntOrPercent::Int(n) => (*n).into(),
            IntOrPercent::Percent(p) => p.clone().into(),
        }
    }
}
