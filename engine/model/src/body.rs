//! Evaluated bodies: what the language hands to the vocabulary.
//!
//! Still without meaning: any attribute and any nested block may stand here. The vocabulary
//! decodes a body into its typed blocks and reports what does not belong.

use std::sync::Arc;

use crate::source::Span;
use crate::value::Value;

/// The attributes and nested blocks between two braces, in source order, `dynamic` unfolded.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// Attributes by name.
    pub attrs: Attrs,
    /// Nested blocks.
    pub blocks: Vec<Block>,
    /// From the opening brace to the closing one (for a file: all of it).
    pub span: Span,
}

/// Attributes by name, in source order. A block has few of them: they are looked for one by one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attrs(Vec<(Arc<str>, Attr)>);

impl Attrs {
    /// An attribute by name.
    pub fn get(&self, name: &str) -> Option<&Attr> {
        self.0.iter().find(|(n, _)| **n == *name).map(|(_, attr)| attr)
    }

    /// The same attributes with one more, or with another one of that name.
    pub fn with(&self, name: &str, attr: Attr) -> Attrs {
        let mut attrs = self.0.clone();
        match attrs.iter_mut().find(|(n, _)| **n == *name) {
            Some((_, old)) => *old = attr,
            None => attrs.push((name.into(), attr)),
        }
        Attrs(attrs)
    }

    /// Every attribute with its name, in source order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Attr)> {
        self.0.iter().map(|(name, attr)| (&**name, attr))
    }
}

impl From<Vec<(Arc<str>, Attr)>> for Attrs {
    /// From attributes whose names are unique.
    fn from(attrs: Vec<(Arc<str>, Attr)>) -> Attrs {
        Attrs(attrs)
    }
}

impl FromIterator<(Arc<str>, Attr)> for Attrs {
    /// From attributes whose names are unique.
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Attr)>>(attrs: I) -> Attrs {
        Attrs(attrs.into_iter().collect())
    }
}

/// One attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Attr {
    /// What its expression yielded.
    pub value: Value,
    /// The name.
    pub name_span: Span,
    /// Name, equals sign and expression.
    pub span: Span,
    /// Whether the expression chooses (`a ? b : c`): no single value can take its place.
    pub chooses: bool,
}

/// One nested block.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Its type, such as `container`.
    pub ty: Arc<str>,
    /// The type and its labels, without the body: what a diagnostic about the block points at.
    pub header_span: Span,
    /// Labels, in order.
    pub labels: Vec<Label>,
    /// What stands in its braces.
    pub body: Body,
}

/// A label of a block.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Its text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

impl Body {
    /// An empty body at `span`.
    pub fn empty(span: Span) -> Body {
        Body { attrs: Attrs::default(), blocks: Vec::new(), span }
    }

    /// The nested blocks of one type, in source order.
    pub fn blocks_of<'a>(&'a self, ty: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |b| *b.ty == *ty)
    }

    /// An attribute's value.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.attrs.get(name).map(|a| &a.value)
    }
}
