//! `namespace`: a place for objects, as a Namespace.

use plimsoll_model::{Diagnostic, Export, Gvk, Report};

use super::meta::Meta;
use crate::compile::Objects;
use crate::declare::Block;
use crate::naming;
use crate::syntax::is_dns_label;
use crate::world::{Item, World};

/// A place for objects; where it is the environment's, it comes first.
#[derive(Debug, Clone, Block)]
#[block(name = "namespace", label = "name")]
pub struct Namespace {
    /// What every top-level block takes.
    #[flatten]
    pub meta: Meta,
}

/// What expressions read from a namespace.
pub static EXPORTS: &[Export] = &[Export { name: "name", doc: "Its name.", eval: naming::exported }];

impl Namespace {
    /// A DNS label.
    pub fn check(&self, item: &Item<'_>, _: &World<'_>, report: &mut Report) {
        self.meta.check(report);
        if !is_dns_label(&item.name) {
            report.push(
                Diagnostic::error("bad-name", "name is malformed")
                    .detail(format!("\"{}\" is no name of a namespace, which has no dots.", item.name))
                    .at(item.name_span(), ""),
            );
        }
    }

    /// The Namespace.
    pub fn compile(&self, item: &Item<'_>, world: &World<'_>, out: &mut Objects) {
        let gvk = Gvk::new("", "v1", "Namespace");
        let object = out.object(item, None, gvk, &item.name, &self.meta.labels, world);
        out.push(object);
    }
}
