//! What the language's own blocks may hold: unknown attributes and blocks get the nearest name.

use plimsoll_model::{Diagnostic, Report};

use crate::suggest::{did_you_mean, quoted_list};
use crate::syntax::ast::{Block, Body};

/// Reports what does not belong into one of the language's own blocks.
pub fn check_shape(owner: &Block, attrs: &[&str], blocks: &[&str], report: &mut Report) {
    check_body(&owner.ty, &owner.body, attrs, blocks, report);
}

fn check_body(ty: &str, body: &Body, attrs: &[&str], blocks: &[&str], report: &mut Report) {
    for a in &body.attrs {
        if attrs.contains(&&*a.name) {
            continue;
        }
        let d = Diagnostic::error("unknown-attribute", "unknown attribute")
            .detail(format!("`{ty}` has no attribute {:?}.", &*a.name))
            .at(a.name_span, "");
        report.push(if blocks.contains(&&*a.name) {
            d.help(format!("{} is a block: {} {{ … }}", a.name, a.name))
        } else {
            suggest(d, &a.name, attrs)
        });
    }
    for b in &body.blocks {
        if blocks.contains(&&*b.ty) {
            continue;
        }
        let d = Diagnostic::error("unknown-block", "unknown block")
            .detail(format!("`{ty}` holds no block {:?}.", &*b.ty))
            .at(b.header_span, "");
        report.push(if attrs.contains(&&*b.ty) {
            d.help(format!("{} is an attribute: {} = …", b.ty, b.ty))
        } else {
            suggest(d, &b.ty, blocks)
        });
    }
}

fn suggest(d: Diagnostic, name: &str, known: &[&str]) -> Diagnostic {
    match did_you_mean(name, known.iter().copied()) {
        Some(near) => d.help(format!("did you mean {near}?")),
        None if known.is_empty() => d,
        None => d.help(format!("it has {}", quoted_list(known))),
    }
}
