//! `import`: blocks whose objects exist already and are taken over.
//!
//! Reads and checks what is written. Whether an object is there, and who else manages it, is the planner's.

use plimsoll_model::{ConfigBlock, Diagnostic, Import, Report};

use crate::eval::Evaluator;
use crate::eval::scope::Scope;
use crate::moves::{self, Written};
use crate::shape::check_shape;
use crate::syntax::ast::Block;

/// An `import` block.
#[derive(Debug)]
pub struct Imported {
    to: Written,
    /// The block itself, whose `id` is an expression.
    pub block: Block,
}

/// Reads an `import` block; reports what is wrong with it.
pub fn imported(block: Block, report: &mut Report) -> Option<Imported> {
    check_shape(&block, &["to", "id"], &[], report);
    moves::no_label(&block, report);
    let to = moves::written(&block, "to", report)?;
    Some(Imported { to, block })
}

fn bad(why: impl Into<String>) -> Diagnostic {
    Diagnostic::error("bad-import", "invalid import block").detail(why.into())
}

/// The imports of the unit that the evaluation stands in, for the instances that there are: a block that is
/// not enabled here has nothing to take over.
pub fn imports(ev: &Evaluator, blocks: &[ConfigBlock]) -> Vec<Import> {
    let mut out: Vec<Import> = Vec::new();
    for imported in &ev.catalog().imports {
        let span = imported.block.header_span;
        let Some(to) = imported.to.address() else {
            let what = "What is taken over are the objects of a block, and a module is none.";
            ev.report(bad(what).at(imported.to.span(), "").help("to = module.NAME.app.web"));
            continue;
        };
        if moves::declared(ev.loaded, ev.catalog(), imported.to.parts()) == Some(false) {
            let what = "There is no such block to take its objects over.";
            ev.report(bad(what).at(imported.to.span(), "not declared"));
            continue;
        }
        if let Some(first) = out.iter().find(|i| i.to == to) {
            let again = bad(format!("{to} is imported twice."));
            ev.report(again.at(imported.to.span(), "again here").related(first.span, "first here"));
            continue;
        }
        let name = imported.block.body.attr("id").and_then(|a| {
            let value = ev.eval(&a.expr, &Scope::ROOT);
            if value.is_poison() {
                return None;
            }
            if value.as_str().is_none() {
                let what = "id is the name of the object, known while planning.";
                ev.report(bad(what).at(a.expr.span, "").help("id = \"web\""));
            }
            Some((value.as_str()?.to_string(), a.expr.span))
        });
        if !blocks.iter().any(|b| b.address == to) {
            let mut bare = to.clone();
            bare.key = None;
            let others = |b: &&ConfigBlock| {
                b.address.key.is_some() && plimsoll_model::Address { key: None, ..b.address.clone() } == bare
            };
            let keys: Vec<String> = blocks.iter().filter(others).map(|b| b.address.to_string()).collect();
            if !keys.is_empty() {
                ev.report(
                    bad(format!("{bare} has several instances; one of them is imported."))
                        .at(imported.to.span(), "")
                        .help(format!("one of {}", keys.join(", "))),
                );
            }
            continue;
        }
        out.push(Import { to, name, span });
    }
    out.sort_by(|a, b| a.to.cmp(&b.to));
    out
}

/// Says that a module takes nothing over: which objects there are is known where it is called.
pub fn refuse(ev: &Evaluator) {
    for imported in &ev.catalog().imports {
        ev.report(
            bad("A module imports nothing: which objects exist already is known where it is called.")
                .at(imported.block.header_span, "in a module")
                .help("write it in the configuration itself: to = module.NAME.app.web"),
        );
    }
}

#[cfg(test)]
mod tests;
