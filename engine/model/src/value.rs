//! Values of the language: what an expression yields.
//!
//! A value knows three things besides its data: whether it is sensitive, whether it is still
//! unknown, and where it came from. A value whose evaluation failed is poisoned: the failure was
//! reported once, and everything downstream stays silent.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::address::Address;
use crate::number::Number;
use crate::origin::Origin;
use crate::types::{Field, Type};

/// A value with its marks.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// Whether it may never be shown. Marks on elements stay on the elements.
    pub sensitive: bool,
    /// Where it came from.
    pub origin: Origin,
}

/// The data of a value. Collections share their elements, so clones are cheap.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// `null`, of a type.
    Null(Type),
    /// A truth value.
    Bool(bool),
    /// An exact decimal.
    Number(Number),
    /// Text.
    String(Arc<str>),
    /// `list(T)`: elements of one type, in order.
    List(Type, Arc<Vec<Value>>),
    /// `set(T)`: elements of one type, sorted, without repeats.
    Set(Type, Arc<Vec<Value>>),
    /// `map(T)`: values of one type by key.
    Map(Type, Arc<BTreeMap<String, Value>>),
    /// Elements of any types, in order.
    Tuple(Arc<Vec<Value>>),
    /// Values of any types by name.
    Object(Arc<BTreeMap<String, Value>>),
    /// Something that only the cluster knows; the text says what, such as `service.api.cluster_ip`.
    Unknown(Type, Arc<str>),
    /// A reference to a block or to a part of one.
    Handle(Arc<Handle>),
    /// Evaluation failed; the failure is in the report already.
    Poison,
}

/// A typed reference: `app.web`, `service.api.ports.http`, `secret.db.keys.password`,
/// or what a function of the vocabulary made, such as `field("metadata.name")`.
#[derive(Debug, Clone, PartialEq)]
pub struct Handle {
    /// What is referred to: `app`, `app.port`, `service.port`, `config.key`, `secret.key`,
    /// `volume`, `field`, `resource`, … Chosen by the vocabulary.
    pub kind: String,
    /// The block referred to; none for what a function made.
    pub address: Option<Address>,
    /// Attributes that expressions can read, such as `url` of a service port.
    pub attrs: HandleAttrs,
    /// What it becomes where a string or number is wanted (a port becomes its number); none
    /// where no such conversion makes sense (a secret's key).
    pub scalar: Option<Value>,
}

/// Attributes of a reference, sorted by name: a handful, and there are many references.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HandleAttrs(Box<[(&'static str, Value)]>);

impl HandleAttrs {
    /// An attribute by name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(name, _)| *name)
    }
}

impl FromIterator<(&'static str, Value)> for HandleAttrs {
    /// From attributes whose names are unique.
    fn from_iter<I: IntoIterator<Item = (&'static str, Value)>>(attrs: I) -> HandleAttrs {
        let mut attrs: Vec<_> = attrs.into_iter().collect();
        attrs.sort_by_key(|(name, _)| *name);
        HandleAttrs(attrs.into_boxed_slice())
    }
}

impl Value {
    /// A value without marks.
    pub fn new(data: Data) -> Value {
        Value { data, sensitive: false, origin: Origin::NONE }
    }

    /// Text.
    pub fn string(text: impl Into<Arc<str>>) -> Value {
        Value::new(Data::String(text.into()))
    }

    /// A truth value.
    pub fn bool(b: bool) -> Value {
        Value::new(Data::Bool(b))
    }

    /// A number.
    pub fn number(n: impl Into<Number>) -> Value {
        Value::new(Data::Number(n.into()))
    }

    /// `null` of no particular type.
    pub fn null() -> Value {
        Value::new(Data::Null(Type::Any))
    }

    /// A tuple.
    pub fn tuple(items: Vec<Value>) -> Value {
        Value::new(Data::Tuple(Arc::new(items)))
    }

    /// An object.
    pub fn object(fields: BTreeMap<String, Value>) -> Value {
        Value::new(Data::Object(Arc::new(fields)))
    }

    /// Something that only the cluster knows.
    pub fn unknown(ty: Type, what: impl Into<Arc<str>>) -> Value {
        Value::new(Data::Unknown(ty, what.into()))
    }

    /// The result of a failure that was reported already.
    pub fn poison() -> Value {
        Value::new(Data::Poison)
    }

    /// The same value, sensitive if `yes` or if it was.
    pub fn sensitive_if(mut self, yes: bool) -> Value {
        self.sensitive |= yes;
        self
    }

    /// The same value with another origin.
    pub fn with_origin(mut self, origin: Origin) -> Value {
        self.origin = origin;
        self
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null(_))
    }

    /// Whether evaluation failed (and was reported).
    pub fn is_poison(&self) -> bool {
        matches!(self.data, Data::Poison)
    }

    /// Whether the value itself is unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self.data, Data::Unknown(..))
    }

    /// Whether the value or anything inside it is unknown.
    pub fn contains_unknown(&self) -> bool {
        self.is_unknown() || self.children().any(Value::contains_unknown)
    }

    /// Whether the value or anything inside it failed.
    pub fn contains_poison(&self) -> bool {
        self.is_poison() || self.children().any(Value::contains_poison)
    }

    /// Whether the value or anything inside it is sensitive.
    pub fn contains_sensitive(&self) -> bool {
        self.sensitive || self.children().any(Value::contains_sensitive)
    }

    /// The elements of a collection, or nothing.
    pub fn children(&self) -> Box<dyn Iterator<Item = &Value> + '_> {
        match &self.data {
            Data::List(_, v) | Data::Set(_, v) | Data::Tuple(v) => Box::new(v.iter()),
            Data::Map(_, m) | Data::Object(m) => Box::new(m.values()),
            _ => Box::new(std::iter::empty()),
        }
    }

    /// The text, where this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(s) => Some(s),
            _ => None,
        }
    }

    /// The number, where this is one.
    pub fn as_number(&self) -> Option<&Number> {
        match &self.data {
            Data::Number(n) => Some(n),
            _ => None,
        }
    }

    /// The truth value, where this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match &self.data {
            Data::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// The reference, where this is one.
    pub fn as_handle(&self) -> Option<&Handle> {
        match &self.data {
            Data::Handle(h) => Some(h),
            _ => None,
        }
    }

    /// The elements, where this is a list, set or tuple.
    pub fn as_items(&self) -> Option<&[Value]> {
        match &self.data {
            Data::List(_, v) | Data::Set(_, v) | Data::Tuple(v) => Some(v),
            _ => None,
        }
    }

    /// The entries, where this is a map or an object.
    pub fn as_entries(&self) -> Option<&BTreeMap<String, Value>> {
        match &self.data {
            Data::Map(_, m) | Data::Object(m) => Some(m),
            _ => None,
        }
    }

    /// The type of the value.
    pub fn ty(&self) -> Type {
        match &self.data {
            Data::Null(t) | Data::Unknown(t, _) => t.clone(),
            Data::Bool(_) => Type::Bool,
            Data::Number(_) => Type::Number,
            Data::String(_) => Type::String,
            Data::List(t, _) => Type::List(Box::new(t.clone())),
            Data::Set(t, _) => Type::Set(Box::new(t.clone())),
            Data::Map(t, _) => Type::Map(Box::new(t.clone())),
            Data::Tuple(v) => Type::Tuple(v.iter().map(Value::ty).collect()),
            Data::Object(m) => Type::Object(
                m.iter().map(|(k, v)| (k.clone(), Field { ty: v.ty(), optional: false })).collect(),
            ),
            Data::Handle(h) => Type::Handle(h.kind.clone()),
            Data::Poison => Type::Any,
        }
    }

    /// A noun phrase for diagnostics: `a string`, `a number`, `an object`, `null`.
    pub fn describe(&self) -> String {
        match &self.data {
            Data::Null(_) => "null".into(),
            Data::Bool(_) => "a bool".into(),
            Data::Number(_) => "a number".into(),
            Data::String(_) => "a string".into(),
            Data::List(..) => "a list".into(),
            Data::Set(..) => "a set".into(),
            Data::Map(..) => "a map".into(),
            Data::Tuple(_) => "a list".into(),
            Data::Object(_) => "an object".into(),
            Data::Unknown(..) => "a value that is known only after apply".into(),
            Data::Handle(h) => format!("a reference to {} {}", article(&h.kind), h.kind.replace('.', " ")),
            Data::Poison => "an invalid value".into(),
        }
    }
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}
