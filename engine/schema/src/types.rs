//! Types as server-side apply sees them: those of the embedded schemas, referred to by number, and those that
//! custom resource definitions declare.
//!
//! Formats and enumerations are not here: the published OpenAPI documents do not carry them, and those of custom
//! resources are checked by [`crate::custom`].

use crate::{Json, pack::pack};

/// A type that another one refers to; cheap to copy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TypeRef(Link);

/// Where a type stands.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Link {
    /// In the embedded schemas, by number: those refer to each other in circles.
    Embedded(u16),
    /// In a declared kind, which lives as long as the process.
    Declared(&'static Type),
}

impl TypeRef {
    /// The type of the embedded schemas with that number.
    pub(crate) const fn embedded(number: u16) -> TypeRef {
        TypeRef(Link::Embedded(number))
    }

    /// A type of a declared kind, which is kept until the process ends: [`crate::custom`] makes each kind once.
    pub(crate) fn declared(shape: Shape) -> TypeRef {
        TypeRef(Link::Declared(Box::leak(Box::new(Type { name: String::new(), shape }))))
    }

    /// The type that is meant.
    pub fn get(self) -> &'static Type {
        static UNKNOWN: Type = Type { name: String::new(), shape: Shape::Any };
        match self.0 {
            Link::Embedded(number) => pack().types.get(usize::from(number)).unwrap_or(&UNKNOWN),
            Link::Declared(ty) => ty,
        }
    }
}

/// One type.
#[derive(Debug, Clone, PartialEq)]
pub struct Type {
    /// The short name of a struct, such as `PodSpec`; empty for the others.
    pub name: String,
    /// What its values look like.
    pub shape: Shape,
}

/// What values of a type look like.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Text.
    String,
    /// Base64 text that stands for bytes.
    Bytes,
    /// RFC 3339 text.
    Time,
    /// A 32-bit integer.
    Int32,
    /// A 64-bit integer.
    Int64,
    /// Any number.
    Number,
    /// True or false.
    Boolean,
    /// Text or number with a unit, such as `500m` or `1Gi`.
    Quantity,
    /// A number or text: ports, percentages.
    IntOrString,
    /// Anything; maps in it are merged key by key, lists are replaced whole.
    Any,
    /// Anything, replaced whole (RawExtension).
    Raw,
    /// A map of anything, merged key by key.
    Object,
    /// A list.
    List {
        /// The type of its items.
        item: TypeRef,
        /// How it is merged.
        merge: Lists,
    },
    /// A map with values of one type.
    Map {
        /// The type of its values.
        value: TypeRef,
        /// Replaced whole instead of key by key.
        atomic: bool,
    },
    /// Named fields, sorted by name.
    Struct {
        /// Its fields.
        fields: Vec<Field>,
        /// Replaced whole instead of field by field.
        atomic: bool,
        /// Other fields may stand beside them (`x-kubernetes-preserve-unknown-fields`).
        open: bool,
    },
}

/// How server-side apply merges a list (`x-kubernetes-list-type`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lists {
    /// Replaced whole; also where the schema says nothing.
    Atomic,
    /// A set of scalars.
    Set,
    /// Items are told apart by these fields.
    Map(Vec<String>),
}

/// A field of a struct.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: TypeRef,
    /// The schema lists it as required.
    pub required: bool,
    /// The API server writes it even when it is absent (it is no pointer and never left out).
    pub always: bool,
    /// An empty value (`0`, `""`, `false`, `{}`, `[]`) stays; of other fields it vanishes when stored.
    pub kept: bool,
    /// The default that the schema states.
    pub default: Option<Json>,
    /// The server fills in `default`. Otherwise it only completes the key of a list item.
    pub filled: bool,
}

impl Type {
    /// The field of that name, where this is a struct that has it.
    pub fn field(&self, name: &str) -> Option<&Field> {
        match &self.shape {
            Shape::Struct { fields, .. } => {
                fields.binary_search_by(|f| f.name.as_str().cmp(name)).ok().and_then(|i| fields.get(i))
            }
            _ => None,
        }
    }

    /// The type of what stands under `name` in a value of this type, whether declared or free.
    pub fn child(&self, name: &str) -> Option<TypeRef> {
        match &self.shape {
            Shape::Struct { open, .. } => match self.field(name) {
                Some(field) => Some(field.ty),
                None => open.then_some(pack().any),
            },
            Shape::Map { value, .. } => Some(*value),
            Shape::Any | Shape::Object => Some(pack().any),
            Shape::Raw => Some(pack().raw),
            _ => None,
        }
    }

    /// The type of a list's items.
    pub fn item(&self) -> Option<TypeRef> {
        match &self.shape {
            Shape::List { item, .. } => Some(*item),
            Shape::Any | Shape::Raw => Some(pack().raw),
            _ => None,
        }
    }
}
