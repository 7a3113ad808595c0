//! `removed`: what is declared no more, and whether its objects go or stay.
//!
//! Reads and checks what is written. What is there of it, and how it is let go, is the planner's.

use plimsoll_model::{ConfigBlock, Diagnostic, ModuleStep, Released, Report, Selection};

use crate::catalog::Catalog;
use crate::eval::Evaluator;
use crate::load::Loaded;
use crate::moves::{self, Written, bad};
use crate::shape::check_shape;
use crate::syntax::ast::{Block, Kind};

/// A `removed` block.
#[derive(Debug, Clone)]
pub struct Removed {
    from: Written,
    /// Whether the objects are deleted.
    destroy: bool,
}

/// Reads a `removed` block; reports what is wrong with it.
pub fn removed(block: &Block, report: &mut Report) -> Option<Removed> {
    check_shape(block, &["from"], &["lifecycle"], report);
    moves::no_label(block, report);
    let mut destroy = true;
    for lifecycle in block.body.blocks.iter().filter(|b| &*b.ty == "lifecycle") {
        check_shape(lifecycle, &["destroy"], &[], report);
        let Some(a) = lifecycle.body.attr("destroy") else { continue };
        match a.expr.kind {
            Kind::Bool(value) => destroy = value,
            Kind::Invalid => {}
            _ => report.push(
                Diagnostic::error("bad-flag", "true or false is required")
                    .detail("destroy is written out: true or false.")
                    .at(a.expr.span, ""),
            ),
        }
    }
    Some(Removed { from: moves::written(block, "from", report)?, destroy })
}

/// Checks the removals of a catalog against what is declared: of all instances, or of a module.
pub fn check(loaded: &Loaded, catalog: &Catalog, report: &mut Report) {
    for removed in catalog.removed.iter().filter(|r| !r.from.has_key()) {
        if moves::declared(loaded, catalog, removed.from.parts()) == Some(true) {
            report.push(still_declared(removed));
        }
    }
}

fn still_declared(removed: &Removed) -> Diagnostic {
    bad("removed", "What is removed is still declared.")
        .at(removed.from.span(), "declared")
        .help("remove the block that declares it, or this one")
}

/// What is let go without being deleted, in the configuration and in every module that it calls. An instance
/// that is named by its key is told where it is still declared.
pub fn released(ev: &Evaluator, blocks: &[ConfigBlock]) -> Vec<Released> {
    let mut found = Vec::new();
    collect(ev.loaded, ev.catalog(), &[], &mut found);
    let mut out = Vec::new();
    for (removed, from) in found {
        if removed.from.has_key() && blocks.iter().any(|b| from.covers(&b.address)) {
            ev.report(still_declared(removed));
        } else if !removed.destroy {
            out.push(Released { from, span: removed.from.span() });
        }
    }
    out.sort_by(|a, b| a.from.cmp(&b.from));
    out
}

fn collect<'l>(
    loaded: &'l Loaded,
    catalog: &'l Catalog,
    around: &[ModuleStep],
    out: &mut Vec<(&'l Removed, Selection)>,
) {
    out.extend(catalog.removed.iter().filter_map(|r| Some((r, r.from.selection(around)?))));
    for (index, module) in &catalog.calls {
        let name = catalog.blocks.get(*index).and_then(|block| block.labels.first());
        let (Some(name), Some(module)) = (name, loaded.modules.get(*module)) else { continue };
        let mut inside = around.to_vec();
        // Whatever its instances.
        inside.push(ModuleStep { name: name.text.to_string(), key: None });
        collect(loaded, &module.catalog, &inside, out);
    }
}

#[cfg(test)]
mod tests;
