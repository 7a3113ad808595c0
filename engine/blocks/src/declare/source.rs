//! A body that is being decoded, and the names that do not belong in it.

use plimsoll_model::{Attr, Block, Body, Diagnostic, Report, Span};

use super::nearest::nearest;
use super::schema::{BlockSchema, NestedSchema};

/// The body of one block.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The block's type and label, as messages name it: `container "web"`.
    pub name: &'a str,
    /// Its header: where messages about what is missing point.
    pub header: Span,
    /// What stands in it.
    pub body: &'a Body,
}

impl Source<'_> {
    /// Reports attributes and blocks that `schema` does not have.
    pub fn check_names(&self, schema: &BlockSchema, report: &mut Report) {
        for (name, attr) in &self.body.attrs {
            if schema.all_attrs().any(|a| a.name == name) {
                continue;
            }
            report.push(match schema.all_blocks().find(|b| b.name == name) {
                Some(nested) => self.block_as_attribute(nested, attr),
                None => self.unknown_attribute(schema, name, attr),
            });
        }
        for block in &self.body.blocks {
            if schema.all_blocks().any(|b| b.name == block.ty) {
                continue;
            }
            report.push(match schema.all_attrs().find(|a| a.name == block.ty) {
                Some(attr) => Diagnostic::error("attribute-as-block", "attribute written as a block")
                    .detail(format!(
                        "In {}, `{}` is an attribute that takes {}.",
                        self.name, attr.name, attr.ty
                    ))
                    .at(block.header_span, "")
                    .help(format!("{} = {}", attr.name, attr.ty.example())),
                None => self.unknown_block(schema, block),
            });
        }
    }

    fn block_as_attribute(&self, nested: &NestedSchema, attr: &Attr) -> Diagnostic {
        Diagnostic::error("block-as-attribute", "block written as an attribute")
            .detail(format!(
                "In {}, `{}` is a block: no equals sign stands before its brace.",
                self.name, nested.name
            ))
            .at(attr.name_span, "")
            .help(block_form(nested))
    }

    fn unknown_attribute(&self, schema: &BlockSchema, name: &str, attr: &Attr) -> Diagnostic {
        let names = schema.all_attrs().map(|a| a.name).chain(schema.all_blocks().map(|b| b.name));
        let found = Diagnostic::error("unknown-attribute", "unknown attribute")
            .detail(format!("{} has no attribute `{name}`.", capital(self.name)))
            .at(attr.name_span, "");
        match nearest(name, names) {
            Some(near) => match schema.all_blocks().find(|b| b.name == near) {
                Some(nested) => found.help(format!("did you mean the block {}?", block_form(nested))),
                None => found.help(format!("did you mean `{near}`?")),
            },
            None => found.help(format!("it has {}", listed(schema.all_attrs().map(|a| a.name)))),
        }
    }

    fn unknown_block(&self, schema: &BlockSchema, block: &Block) -> Diagnostic {
        let found = Diagnostic::error("unknown-block", "unknown block")
            .detail(format!("{} has no block `{}`.", capital(self.name), block.ty))
            .at(block.header_span, "");
        let names = schema.all_blocks().map(|b| b.name);
        match nearest(&block.ty, names.chain(schema.all_attrs().map(|a| a.name))) {
            Some(near) => match schema.all_attrs().find(|a| a.name == near) {
                Some(attr) => {
                    found.help(format!("did you mean the attribute {} = {}?", attr.name, attr.ty.example()))
                }
                None => found.help(format!("did you mean `{near}`?")),
            },
            None if schema.all_blocks().next().is_none() => found.help("it has attributes only"),
            None => found.help(format!("it has {}", listed(schema.all_blocks().map(|b| b.name)))),
        }
    }
}

/// How a nested block is written.
fn block_form(nested: &NestedSchema) -> String {
    let label =
        if nested.labeled { format!(" \"{}\"", nested.block.label.unwrap_or("name")) } else { String::new() };
    format!("{}{label} {{ … }}", nested.name)
}

/// The same text, starting with a capital letter.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// `a, b and c`, each in backquotes, sorted.
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<_> = names.map(|n| format!("`{n}`")).collect();
    names.sort();
    match names.split_last() {
        None => "none".into(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
