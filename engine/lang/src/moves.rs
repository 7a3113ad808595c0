//! `moved`: what was declared under another address, and the addresses that such blocks write.
//!
//! The names of objects follow from addresses. A `moved` block lets them follow from the address
//! that a block had before, so that its objects stay what they are. Nothing is said here of state.

use plimsoll_model::{Address, Diagnostic, InstanceKey, ModuleStep, Report, Selection, Span};

use crate::catalog::{Catalog, MODULE};
use crate::eval::Evaluator;
use crate::load::Loaded;
use crate::shape::check_shape;
use crate::syntax::ast::{Block, Expr, Kind, StepKind};

/// One step of a written address: `module.shop["eu"]`, `app.web`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    ty: String,
    name: String,
    key: Option<InstanceKey>,
}

/// An address as it is written in a block, relative to its module.
#[derive(Debug, Clone)]
pub struct Written {
    parts: Vec<Part>,
    span: Span,
}

impl Written {
    /// Where it is written.
    pub(crate) fn span(&self) -> Span {
        self.span
    }

    /// Its steps.
    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether an instance is named, of a block or of a module.
    pub(crate) fn has_key(&self) -> bool {
        self.parts.iter().any(|part| part.key.is_some())
    }

    /// What is meant, as seen from the configuration itself, in the module at the end of `around`.
    pub(crate) fn selection(&self, around: &[ModuleStep]) -> Option<Selection> {
        let step = |p: &Part| ModuleStep { name: p.name.clone(), key: p.key.clone() };
        if self.parts.last()?.ty == MODULE {
            return Some(Selection::Module(
                around.iter().cloned().chain(self.parts.iter().map(step)).collect(),
            ));
        }
        let mut address = self.address()?;
        address.modules = around.iter().cloned().chain(address.modules).collect();
        Some(Selection::Block(address))
    }

    /// The address of a block, as seen from the configuration itself; none for a module.
    pub(crate) fn address(&self) -> Option<Address> {
        address_of(self.parts.clone())
    }
}

/// The address that steps lead to.
fn address_of(mut parts: Vec<Part>) -> Option<Address> {
    let last = parts.pop().filter(|p| p.ty != MODULE)?;
    let modules = parts.into_iter().map(|p| ModuleStep { name: p.name, key: p.key }).collect();
    Some(Address { modules, block: last.ty, name: last.name, key: last.key, part: None })
}

/// A `moved` block.
#[derive(Debug, Clone)]
pub struct Move {
    from: Written,
    to: Written,
}

/// Reads a `moved` block; reports what is wrong with it.
pub fn moved(block: &Block, report: &mut Report) -> Option<Move> {
    check_shape(block, &["from", "to"], &[], report);
    no_label(block, report);
    let (from, to) = (written(block, "from", report), written(block, "to", report));
    let (from, to) = (from?, to?);
    let ty = |w: &Written| w.parts.last().map(|p| p.ty.clone());
    if ty(&from) != ty(&to) {
        report.push(
            bad("moved", "An object keeps its kind: both addresses are of the same type of block.")
                .at(to.span, "to this")
                .related(from.span, "from this"),
        );
        return None;
    }
    if from.parts == to.parts {
        report.push(bad("moved", "It moves nowhere.").at(block.header_span, ""));
        return None;
    }
    Some(Move { from, to })
}

/// A finding about a block of that type.
pub(crate) fn bad(ty: &str, why: &str) -> Diagnostic {
    let d = match ty {
        "removed" => Diagnostic::error("bad-removed", "invalid removed block"),
        "import" => Diagnostic::error("bad-import", "invalid import block"),
        _ => Diagnostic::error("bad-moved", "invalid moved block"),
    };
    d.detail(why)
}

pub(crate) fn no_label(block: &Block, report: &mut Report) {
    if let Some(l) = block.labels.first() {
        report.push(
            Diagnostic::error("stray-label", "block takes no label")
                .detail(format!("`{}` blocks have no name.", block.ty))
                .at(l.span, "this label"),
        );
    }
}

pub(crate) fn written(block: &Block, name: &str, report: &mut Report) -> Option<Written> {
    let Some(a) = block.body.attr(name) else {
        report.push(
            bad(&block.ty, &format!("It needs {name}, an address."))
                .at(block.header_span, "")
                .help(format!("{name} = app.web")),
        );
        return None;
    };
    let parts = parts(&a.expr);
    if parts.is_none() && !matches!(a.expr.kind, Kind::Invalid) {
        report.push(
            bad(&block.ty, &format!("{name} is an address that is written out."))
                .at(a.expr.span, "")
                .help(format!("{name} = app.web, or module.shop[\"eu\"].app.web")),
        );
    }
    Some(Written { parts: parts?, span: a.expr.span })
}

/// The steps of an address; none where an expression is none.
fn parts(e: &Expr) -> Option<Vec<Part>> {
    let Kind::Traversal(t) = &e.kind else { return None };
    let Kind::Variable(root) = &t.root.kind else { return None };
    let mut out = Vec::new();
    let mut ty = Some(root.to_string());
    for step in &t.steps {
        match (&step.kind, &ty) {
            (StepKind::Attr(name), Some(of)) => {
                out.push(Part { ty: of.clone(), name: name.to_string(), key: None });
                ty = None;
            }
            (StepKind::Attr(name), None) if out.last()?.ty == MODULE => ty = Some(name.to_string()),
            (StepKind::Index(key), None) => {
                let last = out.last_mut().filter(|p| p.key.is_none())?;
                last.key = Some(match &key.kind {
                    Kind::String(s) => InstanceKey::Name(s.to_string()),
                    Kind::Number(n) => InstanceKey::Index(n.as_u64()?),
                    _ => return None,
                });
            }
            _ => return None,
        }
    }
    ty.is_none().then_some(out)
}

/// Checks the moves of a catalog against what is declared.
pub fn check(loaded: &Loaded, catalog: &Catalog, report: &mut Report) {
    for (i, m) in catalog.moves.iter().enumerate() {
        let others = &catalog.moves[..i];
        for (end, written) in [("from", &m.from), ("to", &m.to)] {
            let same = |o: &&Move| {
                let other = if end == "from" { &o.from } else { &o.to };
                other.parts == written.parts
            };
            if let Some(first) = others.iter().find(same) {
                let first = if end == "from" { &first.from } else { &first.to };
                report.push(
                    bad("moved", &format!("Two blocks move {end} one address."))
                        .at(written.span, "the second one")
                        .related(first.span, "the first one"),
                );
            }
        }
        // What moved on further is not declared; the last one of a chain is.
        let moves_on = catalog.moves.iter().any(|o| o.from.parts == m.to.parts);
        if !moves_on && declared(loaded, catalog, &m.to.parts) == Some(false) {
            report.push(
                bad("moved", "There is no such block to move to.")
                    .at(m.to.span, "not declared")
                    .related(m.from.span, "moved from here"),
            );
        }
        let same_block = without_key(&m.from.parts) == without_key(&m.to.parts);
        if !same_block && declared(loaded, catalog, &m.from.parts) == Some(true) {
            report.push(
                bad("moved", "What moved away is still declared.")
                    .at(m.from.span, "declared")
                    .related(m.to.span, "moved to here")
                    .help("rename the block, or remove this one"),
            );
        }
    }
}

fn without_key(parts: &[Part]) -> Vec<Part> {
    let mut parts = parts.to_vec();
    if let Some(last) = parts.last_mut() {
        last.key = None;
    }
    parts
}

/// Whether the block at the end of a path is declared, whatever its instances; none where that
/// cannot be said because something did not parse.
pub(crate) fn declared(loaded: &Loaded, catalog: &Catalog, parts: &[Part]) -> Option<bool> {
    let (first, rest) = parts.split_first()?;
    let index = catalog.block_index.get(&*first.ty).and_then(|names| names.get(&*first.name));
    let Some(index) = index else {
        return if catalog.is_broken(&first.ty, &first.name) { None } else { Some(false) };
    };
    if rest.is_empty() {
        return Some(true);
    }
    let module = loaded.modules.get(*catalog.calls.get(index)?)?;
    declared(loaded, &module.catalog, rest)
}

impl Evaluator<'_> {
    /// The address that the names of a block's objects follow from, where it moved.
    pub(crate) fn named_as(&self, address: &Address) -> Option<Address> {
        let moved = |depth: usize| {
            let unit = self.unit_at(address.modules.get(..depth)?).and_then(|id| self.unit_of(id))?;
            (!unit.catalog.moves.is_empty()).then_some(unit)
        };
        let depths: Vec<usize> = (0..=address.modules.len()).rev().filter(|d| moved(*d).is_some()).collect();
        if depths.is_empty() {
            return None;
        }
        let mut all: Vec<Part> = address
            .modules
            .iter()
            .map(|m| Part { ty: MODULE.into(), name: m.name.clone(), key: m.key.clone() })
            .collect();
        all.push(Part { ty: address.block.clone(), name: address.name.clone(), key: address.key.clone() });
        let mut changed = false;
        for depth in depths {
            let Some(unit) = moved(depth) else { continue };
            let moves = &unit.catalog.moves;
            // A chain has no more links than there are moves.
            for _ in 0..moves.len() {
                let rest = all.get(depth..).unwrap_or(&[]);
                let Some(before) = moves.iter().find_map(|m| m.before(rest)) else { break };
                all.truncate(depth);
                all.extend(before);
                changed = true;
            }
        }
        if !changed {
            return None;
        }
        address_of(all)
    }
}

impl Move {
    /// Where something was before it moved to `now`; none where it did not.
    fn before(&self, now: &[Part]) -> Option<Vec<Part>> {
        let (to, around) = self.to.parts.split_last()?;
        let here = now.get(around.len())?;
        let every = to.key.is_none() && self.from.parts.last()?.key.is_none();
        let meant = now.starts_with(around)
            && here.ty == to.ty
            && here.name == to.name
            && (every || here.key == to.key);
        if !meant {
            return None;
        }
        let mut out = self.from.parts.clone();
        if every && let Some(last) = out.last_mut() {
            last.key = here.key.clone();
        }
        out.extend(now.get(around.len() + 1..)?.iter().cloned());
        Some(out)
    }
}

#[cfg(test)]
mod tests;
