//! Variables and local values that nothing in their module reads, in any environment.
//!
//! Seen in the syntax alone: what stands in a branch that is never taken counts as read. Says
//! nothing where something did not parse, and nothing of modules from git, which are not edited here.

use std::collections::BTreeSet;

use plimsoll_model::{Diagnostic, Report};

use crate::catalog::Catalog;
use crate::load::Loaded;
use crate::modules::source::FETCHED;
use crate::syntax::ast::{Body, Expr, Name};
use crate::syntax::free::{Reads, reads};

/// Reports what is declared and never read, in the configuration and in its own modules.
pub fn unread(loaded: &Loaded, report: &mut Report) {
    let own = loaded.modules.iter().filter(|m| !m.dir.starts_with(FETCHED));
    for catalog in std::iter::once(&loaded.catalog).chain(own.map(|m| &m.catalog)) {
        of_catalog(catalog, report);
    }
}

fn of_catalog(catalog: &Catalog, report: &mut Report) {
    if catalog.incomplete || !catalog.broken.is_empty() {
        return;
    }
    let mut known = Known::default();
    // What a declaration reads of itself does not count.
    for block in &catalog.variables.items {
        let mut own = Known::default();
        own.body(&block.body);
        if let Some(label) = block.labels.first() {
            own.variables.remove(&label.text);
        }
        known.add(own);
    }
    for attr in &catalog.locals.items {
        let mut own = Known::default();
        own.expr(&attr.expr);
        own.locals.remove(&attr.name);
        known.add(own);
    }
    catalog.blocks().filter(|b| &*b.ty != "variable").for_each(|b| known.body(&b.body));
    if known.unclear {
        return;
    }
    for block in &catalog.variables.items {
        let Some(label) = block.labels.first().filter(|l| !known.variables.contains(&l.text)) else {
            continue;
        };
        // A deprecated one is kept for its callers.
        if block.body.attr("deprecated").is_none() {
            report.push(
                Diagnostic::warning("unread-variable", "nothing reads a variable")
                    .detail(format!("No expression of its module reads var.{}.", label.text))
                    .at(block.header_span, "")
                    .help("remove it, with the values that are set for it"),
            );
        }
    }
    for attr in catalog.locals.items.iter().filter(|a| !known.locals.contains(&a.name)) {
        report.push(
            Diagnostic::warning("unread-local", "nothing reads a local value")
                .detail(format!("No expression of its module reads local.{}.", attr.name))
                .at(attr.name_span, "")
                .help("remove it"),
        );
    }
}

#[derive(Default)]
struct Known {
    variables: BTreeSet<Name>,
    locals: BTreeSet<Name>,
    /// Something reads all of them, or could not be understood.
    unclear: bool,
}

impl Known {
    fn add(&mut self, other: Known) {
        self.variables.extend(other.variables);
        self.locals.extend(other.locals);
        self.unclear |= other.unclear;
    }

    fn body(&mut self, body: &Body) {
        body.attrs.iter().for_each(|a| self.expr(&a.expr));
        body.blocks.iter().for_each(|b| self.body(&b.body));
    }

    fn expr(&mut self, e: &Expr) {
        let Reads { members, whole, invalid } = reads(e);
        self.unclear |= invalid || whole.iter().any(|name| matches!(&**name, "var" | "local"));
        for (root, member) in members {
            match &*root {
                "var" => self.variables.insert(member),
                "local" => self.locals.insert(member),
                _ => continue,
            };
        }
    }
}
