//! A block that goes and one of its kind that comes, in one plan: most likely one block with another name.
//!
//! Says how its objects can be kept. Decides nothing: the plan stays a delete and a create.

use std::collections::BTreeMap;

use plimsoll_model::{Address, Diagnostic, Report, Span};

use crate::plan::{Action, Operation};

/// What goes and what comes of one kind.
#[derive(Default)]
struct Pair<'o> {
    gone: Vec<&'o Operation>,
    made: Vec<&'o Operation>,
}

/// Warns where exactly one object of a kind of block goes and exactly one comes. With more of them nobody
/// could say which one became which.
pub(crate) fn hint(operations: &[Operation], spans: &BTreeMap<&Address, Span>, report: &mut Report) {
    let mut kinds: BTreeMap<(&str, &str), Pair<'_>> = BTreeMap::new();
    // Objects that a block makes beside its main one follow it.
    for operation in operations.iter().filter(|o| o.address == o.address.block_address()) {
        let pair =
            kinds.entry((operation.address.block.as_str(), operation.id.gvk.kind.as_str())).or_default();
        match operation.action {
            Action::Delete => pair.gone.push(operation),
            Action::Create => pair.made.push(operation),
            _ => {}
        }
    }
    for pair in kinds.into_values() {
        let ([gone], [made]) = (pair.gone.as_slice(), pair.made.as_slice()) else { continue };
        // A job that ran is over; another name is how a new one is made.
        if gone.id.gvk.kind == "Job" {
            continue;
        }
        let (from, to) = (&gone.address, &made.address);
        report.push(
            Diagnostic::warning("block-renamed", "a block goes and one like it comes")
                .detail(format!(
                    "{from} ({}) would be destroyed and {to} ({}) created. If it is one block with another name, its objects can be kept.",
                    gone.id, made.id
                ))
                .at_some(spans.get(to).copied(), "this one comes")
                .help(format!("moved {{\n  from = {from}\n  to   = {to}\n}}")),
        );
    }
}
