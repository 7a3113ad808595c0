//! Fields that are attributes: required, optional, lists, maps.

use plimsoll_model::{Diagnostic, Report, Value};

use super::context::Context;
use super::scalar::{FromValue, Map};
use super::schema::{AttrSchema, Bounds, Default, TypeSchema};
use super::source::{Source, capital};
use super::tree::{ToNode, Tree};
use super::val::{Content, Val};

/// A field of a block that holds an attribute.
pub trait AttrField: Sized {
    /// What it takes.
    const TYPE: &'static TypeSchema;

    /// Whether it must be there, where it has no default.
    const REQUIRED: bool;

    /// Inclusive bounds of its numbers, where the declaration gives none.
    const BOUNDS: Bounds;

    /// Decodes the attribute.
    fn read(source: &Source<'_>, schema: &'static AttrSchema, report: &mut Report) -> Self;
}

/// A field that is written to its object without further ado.
pub trait WrittenField {
    /// Writes it to an object, unless it is absent, empty or failed.
    fn write(&self, key: &str, tree: &mut Tree);
}

/// The attribute's value, unless it is left out or null.
fn present<'a>(source: &Source<'a>, schema: &AttrSchema) -> Option<&'a plimsoll_model::Attr> {
    source.body.attrs.get(schema.name).filter(|a| !a.value.is_null())
}

fn context<'a>(
    source: &Source<'a>,
    attr: &plimsoll_model::Attr,
    schema: &'static AttrSchema,
    report: &'a mut Report,
) -> Context<'a> {
    Context {
        report,
        schema,
        block: source.name,
        span: attr.span,
        chooses: attr.chooses,
        element: String::new(),
    }
}

impl<T: FromValue> AttrField for Option<Val<T>> {
    const TYPE: &'static TypeSchema = T::TYPE;
    const BOUNDS: Bounds = T::BOUNDS;
    const REQUIRED: bool = false;

    fn read(source: &Source<'_>, schema: &'static AttrSchema, report: &mut Report) -> Self {
        let Some(attr) = present(source, schema) else {
            return source.written_as_block(schema.name).map(Val::poison);
        };
        Some(Val::from_value(&attr.value, &mut context(source, attr, schema, report)))
    }
}

impl<T: FromValue> AttrField for Val<T> {
    const TYPE: &'static TypeSchema = T::TYPE;
    const BOUNDS: Bounds = T::BOUNDS;
    const REQUIRED: bool = true;

    fn read(source: &Source<'_>, schema: &'static AttrSchema, report: &mut Report) -> Self {
        if let Some(attr) = present(source, schema) {
            return Val::from_value(&attr.value, &mut context(source, attr, schema, report));
        }
        if let Some(span) = source.written_as_block(schema.name) {
            return Val::poison(span);
        }
        if let Some(default) = &schema.default {
            let value = match default {
                Default::Text(t) => Value::string(*t),
                Default::Bool(b) => Value::bool(*b),
                Default::Whole(n) => Value::number(*n),
            };
            let mut cx = Context {
                report,
                schema,
                block: source.name,
                span: source.header,
                chooses: false,
                element: String::new(),
            };
            return Val::from_value(&value, &mut cx);
        }
        report.push(missing(source, schema));
        Val::poison(source.header)
    }
}

fn missing(source: &Source<'_>, schema: &AttrSchema) -> Diagnostic {
    let found = Diagnostic::error("missing-attribute", "required attribute is missing")
        .detail(format!("{} needs `{}`. {}", capital(source.name), schema.name, schema.doc))
        .at(source.header, "")
        .help(format!("{} = {}", schema.name, schema.ty.example()));
    match source.body.attrs.get(schema.name) {
        Some(null) => found.related(null.span, "this is null, which is the same as leaving it out"),
        None => found,
    }
}

impl<T: FromValue> AttrField for Vec<Val<T>> {
    const TYPE: &'static TypeSchema = <Vec<Val<T>> as FromValue>::TYPE;
    const BOUNDS: Bounds = T::BOUNDS;
    const REQUIRED: bool = false;

    fn read(source: &Source<'_>, schema: &'static AttrSchema, report: &mut Report) -> Self {
        read_whole(source, schema, report).unwrap_or_default()
    }
}

impl<T: FromValue> AttrField for Map<T> {
    const TYPE: &'static TypeSchema = <Map<T> as FromValue>::TYPE;
    const BOUNDS: Bounds = T::BOUNDS;
    const REQUIRED: bool = false;

    fn read(source: &Source<'_>, schema: &'static AttrSchema, report: &mut Report) -> Self {
        read_whole(source, schema, report).unwrap_or_default()
    }
}

/// A list or map that must be known as a whole; its elements need not be.
fn read_whole<T: FromValue>(
    source: &Source<'_>,
    schema: &'static AttrSchema,
    report: &mut Report,
) -> Option<T> {
    let attr = present(source, schema)?;
    let mut cx = context(source, attr, schema, report);
    let whole: Val<T> = Val::from_value(&attr.value, &mut cx);
    match whole.content {
        Content::Known(v) => Some(v),
        Content::Unknown(what) => {
            cx.must_be_known(&attr.value, &what);
            None
        }
        Content::Poison => None,
    }
}

impl<T: ToNode> WrittenField for Option<T> {
    fn write(&self, key: &str, tree: &mut Tree) {
        tree.attr(key, self);
    }
}

impl<T> WrittenField for Val<T>
where
    Val<T>: ToNode,
{
    fn write(&self, key: &str, tree: &mut Tree) {
        tree.attr(key, self);
    }
}

impl<T> WrittenField for Vec<Val<T>>
where
    Val<T>: ToNode,
{
    fn write(&self, key: &str, tree: &mut Tree) {
        if !self.is_empty() {
            tree.attr(key, self);
        }
    }
}

impl<T> WrittenField for Map<T>
where
    Val<T>: ToNode,
{
    fn write(&self, key: &str, tree: &mut Tree) {
        if !self.is_empty() {
            tree.attr(key, self);
        }
    }
}
