//! Fields that are nested blocks: one, several, with or without a label.

use std::ops::Deref;

use plimsoll_model::{Block as BodyBlock, Body, Diagnostic, Label, Node, Origin, Report, Span};

use super::Block;
use super::schema::{BlockSchema, NestedSchema};
use super::source::{Called, Source, block_form, capital};
use super::tree::Tree;

/// A nested block without a label, and where it stands.
#[derive(Debug, Clone)]
pub struct Nested<B> {
    /// Its type.
    pub header: Span,
    /// What stands in it. Most blocks are absent from most places: apart, they take no room there.
    pub block: Box<B>,
}

/// A nested block with a label, and where it stands.
#[derive(Debug, Clone)]
pub struct Labeled<B> {
    /// The label's text.
    pub label: String,
    /// Where the label stands.
    pub label_span: Span,
    /// Its type and label.
    pub header: Span,
    /// What stands in it.
    pub block: B,
}

impl<B> Deref for Nested<B> {
    type Target = B;
    fn deref(&self) -> &B {
        &self.block
    }
}

impl<B> Deref for Labeled<B> {
    type Target = B;
    fn deref(&self) -> &B {
        &self.block
    }
}

/// A field of a block that holds nested blocks.
pub trait NestedField: Sized {
    /// What stands in each.
    const SCHEMA: &'static BlockSchema;
    /// Whether there may be several.
    const MANY: bool;
    /// Whether each has a label.
    const LABELED: bool;

    /// Decodes the blocks of this type.
    fn read(source: &Source<'_>, schema: &'static NestedSchema, report: &mut Report) -> Self;

    /// Writes them to an object.
    fn write(&self, key: &str, tree: &mut Tree);
}

/// The blocks of one type, after the count was checked.
fn found<'a>(source: &Source<'a>, schema: &'static NestedSchema, report: &mut Report) -> Vec<&'a BodyBlock> {
    let blocks: Vec<_> = source.body.blocks.iter().filter(|b| *b.ty == *schema.name).collect();
    if blocks.len() < schema.min && source.written_as_attribute(schema.name).is_none() {
        report.push(
            Diagnostic::error("missing-block", "required block is missing")
                .detail(format!("{} needs a `{}` block. {}", capital(source.name), schema.name, schema.doc))
                .at(source.header, "")
                .help(block_form(schema)),
        );
    }
    if let ([first, second, ..], false) = (blocks.as_slice(), schema.many) {
        report.push(
            Diagnostic::error("repeated-block", "block stands more than once")
                .detail(format!("{} takes one `{}` block.", capital(source.name), schema.name))
                .at(second.header_span, "the second one")
                .related(first.header_span, "the first one"),
        );
    }
    blocks
}

fn decode<B: Block>(block: &BodyBlock, label: Option<&Label>, report: &mut Report) -> B {
    let name = Called::Nested(&block.ty, label.map(|l| l.text.as_str()));
    B::decode(&Source { name, header: block.header_span, body: &block.body }, report)
}

fn plain<B: Block>(block: &BodyBlock, report: &mut Report) -> Nested<B> {
    if let Some(label) = block.labels.first() {
        report.push(
            Diagnostic::error("wrong-labels", "block has the wrong number of labels")
                .detail(format!("`{}` takes no label.", block.ty))
                .at(label.span, "")
                .help(format!("{} {{ … }}", block.ty)),
        );
    }
    Nested { header: block.header_span, block: Box::new(decode(block, None, report)) }
}

fn labeled<B: Block>(block: &BodyBlock, report: &mut Report) -> Labeled<B> {
    let wanted = B::SCHEMA.label.unwrap_or("name");
    if block.labels.len() != 1 {
        let help = format!("{} \"{wanted}\" {{ … }}", block.ty);
        report.push(
            Diagnostic::error("wrong-labels", "block has the wrong number of labels")
                .detail(format!(
                    "`{}` takes one label, its {wanted}; this has {}.",
                    block.ty,
                    block.labels.len()
                ))
                .at(block.labels.get(1).map_or(block.header_span, |l| l.span), "")
                .help(help),
        );
    }
    let label = block.labels.first();
    Labeled {
        label: label.map(|l| l.text.clone()).unwrap_or_default(),
        label_span: label.map_or(block.header_span, |l| l.span),
        header: block.header_span,
        block: decode(block, label, report),
    }
}

fn written<B: Block>(block: &B) -> Tree {
    let mut tree = Tree::new();
    block.write("", &mut tree);
    tree
}

impl<B: Block> NestedField for Option<Nested<B>> {
    const SCHEMA: &'static BlockSchema = B::SCHEMA;
    const MANY: bool = false;
    const LABELED: bool = false;

    fn read(source: &Source<'_>, schema: &'static NestedSchema, report: &mut Report) -> Self {
        if let Some(block) = found(source, schema, report).first() {
            return Some(plain(block, report));
        }
        let header = source.written_as_attribute(schema.name)?;
        let body = Body::empty(header);
        let silent = Source { name: Called::Nested(schema.name, None), header, body: &body };
        Some(Nested { header, block: Box::new(B::decode(&silent, &mut Report::new())) })
    }

    fn write(&self, key: &str, tree: &mut Tree) {
        if let Some(block) = self {
            tree.put(key, Node::Map(written(&*block.block).into_entries(), Origin::at(block.header)));
        }
    }
}

impl<B: Block> NestedField for Vec<Nested<B>> {
    const SCHEMA: &'static BlockSchema = B::SCHEMA;
    const MANY: bool = true;
    const LABELED: bool = false;

    fn read(source: &Source<'_>, schema: &'static NestedSchema, report: &mut Report) -> Self {
        found(source, schema, report).into_iter().map(|b| plain(b, report)).collect()
    }

    fn write(&self, key: &str, tree: &mut Tree) {
        let item = |b: &Nested<B>| Node::Map(written(&*b.block).into_entries(), Origin::at(b.header));
        tree.list(key, self.iter().map(item).collect());
    }
}

impl<B: Block> NestedField for Vec<Labeled<B>> {
    const SCHEMA: &'static BlockSchema = B::SCHEMA;
    const MANY: bool = true;
    const LABELED: bool = true;

    fn read(source: &Source<'_>, schema: &'static NestedSchema, report: &mut Report) -> Self {
        found(source, schema, report).into_iter().map(|b| labeled(b, report)).collect()
    }

    fn write(&self, key: &str, tree: &mut Tree) {
        tree.list(key, self.iter().map(labeled_node).collect());
    }
}

/// A labelled block as an object, its label under the key that the block names.
fn labeled_node<B: Block>(block: &Labeled<B>) -> Node {
    let mut tree = Tree::new();
    if let Some(key) = B::SCHEMA.label_key {
        tree.put(key, Node::leaf(block.label.clone(), Origin::at(block.label_span)));
    }
    block.block.write("", &mut tree);
    Node::Map(tree.into_entries(), Origin::at(block.header))
}
