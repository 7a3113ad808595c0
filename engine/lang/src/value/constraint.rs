//! Type constraints: types with optional attributes and their defaults.

use std::collections::BTreeMap;

use plimsoll_model::types::Field;
use plimsoll_model::{Type, Value};

/// What a value must be convertible to.
#[derive(Debug, Clone, PartialEq)]
pub enum Constraint {
    /// `any`
    Any,
    /// `string`
    String,
    /// `number`
    Number,
    /// `bool`
    Bool,
    /// `list(T)`
    List(Box<Constraint>),
    /// `set(T)`
    Set(Box<Constraint>),
    /// `map(T)`
    Map(Box<Constraint>),
    /// `tuple([T, …])`
    Tuple(Vec<Constraint>),
    /// `object({…})`
    Object(BTreeMap<String, Attribute>),
}

/// An attribute of an object constraint.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// Its own constraint.
    pub constraint: Constraint,
    /// Whether it may be left out.
    pub optional: bool,
    /// What it is then; null where there is none.
    pub default: Option<Value>,
}

impl Constraint {
    /// The type that a converted value has, `any` inside still open.
    pub fn ty(&self) -> Type {
        match self {
            Constraint::Any => Type::Any,
            Constraint::String => Type::String,
            Constraint::Number => Type::Number,
            Constraint::Bool => Type::Bool,
            Constraint::List(c) => Type::List(Box::new(c.ty())),
            Constraint::Set(c) => Type::Set(Box::new(c.ty())),
            Constraint::Map(c) => Type::Map(Box::new(c.ty())),
            Constraint::Tuple(cs) => Type::Tuple(cs.iter().map(Constraint::ty).collect()),
            Constraint::Object(fields) => Type::Object(
                fields
                    .iter()
                    .map(|(k, a)| (k.clone(), Field { ty: a.constraint.ty(), optional: a.optional }))
                    .collect(),
            ),
        }
    }

    /// The constraint that a type makes.
    pub fn of(ty: &Type) -> Constraint {
        match ty {
            Type::Any | Type::Handle(_) => Constraint::Any,
            Type::String => Constraint::String,
            Type::Number => Constraint::Number,
            Type::Bool => Constraint::Bool,
            Type::List(t) => Constraint::List(Box::new(Constraint::of(t))),
            Type::Set(t) => Constraint::Set(Box::new(Constraint::of(t))),
            Type::Map(t) => Constraint::Map(Box::new(Constraint::of(t))),
            Type::Tuple(ts) => Constraint::Tuple(ts.iter().map(Constraint::of).collect()),
            Type::Object(fields) => Constraint::Object(
                fields
                    .iter()
                    .map(|(k, f)| {
                        let attribute = Attribute {
                            constraint: Constraint::of(&f.ty),
                            optional: f.optional,
                            default: None,
                        };
                        (k.clone(), attribute)
                    })
                    .collect(),
            ),
        }
    }
}
