//! What a configuration declares: its top-level blocks by kind and name.
//!
//! Reports what can be seen without evaluating: names given twice, missing labels, blocks of
//! Terraform that are not supported yet. Knows no block of the vocabulary.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use plimsoll_model::{Diagnostic, Report, SourceId, Span};

use crate::imports::{self, Imported};
use crate::moves::{self, Move};
use crate::removed::{self, Removed};
use crate::syntax::ast::{Attr, Block, Name};
use crate::syntax::parse::Parsed;

/// The names of the language's own top-level blocks.
pub const OWN_BLOCKS: [&str; 11] = [
    "check",
    "environment",
    "import",
    "locals",
    "module",
    "moved",
    "output",
    "policy",
    "project",
    "removed",
    "variable",
];

/// The type of blocks that call a module.
pub const MODULE: &str = "module";

/// Everything that is declared.
#[derive(Debug, Default)]
pub struct Catalog {
    /// The `project` block.
    pub project: Option<Block>,
    /// `variable` blocks, in source order.
    pub variables: Table<Block>,
    /// Attributes of `locals` blocks, in source order.
    pub locals: Table<Attr>,
    /// `output` blocks, in source order.
    pub outputs: Table<Block>,
    /// `environment` blocks, in source order.
    pub environments: Table<Block>,
    /// `check` blocks, in source order.
    pub checks: Table<Block>,
    /// `policy` blocks, in source order.
    pub policies: Table<Block>,
    /// `moved` blocks, in source order.
    pub moves: Vec<Move>,
    /// What `removed` blocks say, in source order.
    pub removed: Vec<Removed>,
    /// `import` blocks, in source order.
    pub imports: Vec<Imported>,
    /// Every other block that has a name, in source order; calls of modules among them.
    pub blocks: Vec<Block>,
    /// The modules that are called, by the index of the calling block: where each one stands among
    /// all modules that were read. A call without one was reported.
    pub calls: BTreeMap<usize, usize>,
    /// Other blocks whose labels are no name.
    pub unnamed: Vec<Block>,
    /// Other blocks by type and first label.
    pub block_index: HashMap<Name, HashMap<Name, usize>>,
    /// Headers of blocks that did not parse: reading them is silent.
    pub broken: BTreeSet<(String, String)>,
    /// Whether something did not parse whose name is unknown: nothing can be said to be missing.
    pub incomplete: bool,
}

/// Declarations by name, in source order.
#[derive(Debug)]
pub struct Table<T> {
    /// The declarations.
    pub items: Vec<T>,
    /// Their names.
    pub index: HashMap<Name, usize>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table { items: Vec::new(), index: HashMap::new() }
    }
}

impl<T> Table<T> {
    fn add(&mut self, name: Name, item: T) -> Result<(), (usize, T)> {
        match self.index.get(&name) {
            Some(i) => Err((*i, item)),
            None => {
                self.index.insert(name, self.items.len());
                self.items.push(item);
                Ok(())
            }
        }
    }
}

fn twice(what: &str, name: &str, again: Span, first: Span) -> Diagnostic {
    Diagnostic::error("duplicate-declaration", "declared twice")
        .detail(format!("There can be one {what} {name:?}."))
        .at(again, "again here")
        .related(first, "first here")
}

impl Catalog {
    /// Adds what a file declares.
    pub fn add(&mut self, parsed: Parsed, _: SourceId, report: &mut Report) {
        for (ty, labels) in parsed.broken {
            if ty.is_empty() {
                self.incomplete = true;
            }
            self.broken.insert((ty, labels.into_iter().next().unwrap_or_default()));
        }
        for attr in parsed.body.attrs {
            report.push(
                Diagnostic::error("stray-attribute", "attribute outside of a block")
                    .detail("A file holds blocks only.")
                    .at(attr.name_span, "")
                    .help(format!("name a value for later use with locals {{ {} = … }}", attr.name)),
            );
        }
        for block in parsed.body.blocks {
            self.add_block(block, report);
        }
    }

    fn add_block(&mut self, block: Block, report: &mut Report) {
        let ty = block.ty.clone();
        match &*ty {
            "locals" => return self.add_locals(block, report),
            "moved" => return self.moves.extend(moves::moved(&block, report)),
            "import" => return self.imports.extend(imports::imported(block, report)),
            "removed" => return self.removed.extend(removed::removed(&block, report)),
            _ => {}
        }
        let header = block.header_span;
        let own = OWN_BLOCKS.contains(&&*ty);
        let name = match label(&block) {
            Ok(name) => name,
            Err(d) if own => return report.push(*d),
            Err(_) => return self.unnamed.push(block),
        };
        match &*ty {
            "project" => match &self.project {
                Some(first) => report.push(
                    Diagnostic::error("duplicate-declaration", "declared twice")
                        .detail("A configuration has one project.")
                        .at(header, "again here")
                        .related(first.header_span, "first here"),
                ),
                None => self.project = Some(block),
            },
            "variable" => {
                if let Err((i, _)) = self.variables.add(name.clone(), block)
                    && let Some(first) = self.variables.items.get(i)
                {
                    report.push(twice("variable", &name, header, first.header_span));
                }
            }
            "check" | "output" | "environment" | "policy" => {
                let list = match &*ty {
                    "check" => &mut self.checks,
                    "output" => &mut self.outputs,
                    "policy" => &mut self.policies,
                    _ => &mut self.environments,
                };
                if let Err((i, _)) = list.add(name.clone(), block)
                    && let Some(first) = list.items.get(i)
                {
                    report.push(twice(&ty, &name, header, first.header_span));
                }
            }
            _ => {
                let names = self.block_index.entry(ty.clone()).or_default();
                if let Some(first) = names.get(&name).and_then(|i| self.blocks.get(*i)) {
                    report.push(twice(&ty, &name, header, first.header_span));
                    return;
                }
                names.insert(name, self.blocks.len());
                self.blocks.push(block);
            }
        }
    }

    fn add_locals(&mut self, block: Block, report: &mut Report) {
        if let Some(l) = block.labels.first() {
            report.push(
                Diagnostic::error("stray-label", "block takes no label")
                    .detail("The attributes of `locals` are the names.")
                    .at(l.span, "this label"),
            );
        }
        for b in &block.body.blocks {
            report.push(
                Diagnostic::error("stray-block", "block does not belong here")
                    .detail("`locals` holds attributes only.")
                    .at(b.header_span, ""),
            );
        }
        for attr in block.body.attrs {
            let span = attr.name_span;
            let name = attr.name.clone();
            if let Err((i, _)) = self.locals.add(name.clone(), attr)
                && let Some(first) = self.locals.items.get(i)
            {
                report.push(twice("local value", &name, span, first.name_span));
            }
        }
    }

    /// Every block that is kept as it was written; `locals`, `moved` and `removed` are not.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        let tables = [&self.variables, &self.outputs, &self.environments, &self.checks, &self.policies];
        let declared = tables.into_iter().flat_map(|table| &table.items);
        let imports = self.imports.iter().map(|i| &i.block);
        self.project.iter().chain(declared).chain(imports).chain(&self.blocks).chain(&self.unnamed)
    }

    /// Whether a block did not parse, or may not have.
    pub fn is_broken(&self, ty: &str, name: &str) -> bool {
        self.incomplete || self.broken.contains(&(ty.to_string(), name.to_string()))
    }

    /// Whether any block of a type did not parse, or may not have.
    pub fn any_broken(&self, ty: &str) -> bool {
        self.incomplete || self.has_broken(ty)
    }

    /// Whether a block of a type did not parse.
    pub fn has_broken(&self, ty: &str) -> bool {
        self.broken.iter().any(|(t, _)| t == ty)
    }
}

/// The one label of a block.
///
/// # Errors
/// The finding, where there is no label, more than one, or one that cannot be referred to.
pub fn label(block: &Block) -> Result<Name, Box<Diagnostic>> {
    let ty = &block.ty;
    let Some(first) = block.labels.first() else {
        return Err(Box::new(
            Diagnostic::error("missing-label", "block needs a name")
                .detail(format!("`{ty}` blocks are named by their label."))
                .at(block.header_span, "")
                .help(format!("{ty} \"name\" {{ … }}")),
        ));
    };
    if let Some(second) = block.labels.get(1) {
        return Err(Box::new(
            Diagnostic::error("stray-label", "block takes one label")
                .detail(format!("`{ty}` blocks have a name and no more labels."))
                .at(second.span, "this label is too much"),
        ));
    }
    let text = &first.text;
    let fine = text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if fine {
        return Ok(text.clone());
    }
    Err(Box::new(
        Diagnostic::error("bad-name", "name cannot be referred to")
            .detail("A name starts with a letter and holds letters, digits, `_` and `-`.")
            .at(first.span, "this name"),
    ))
}
