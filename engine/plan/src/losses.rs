//! What a plan loses in a protected environment: data, addresses and hosts go only by the address of their
//! object.

use std::collections::BTreeMap;

use plimsoll_model::{Address, Diagnostic, Report, Span};

use crate::change::Consequence;
use crate::plan::Operation;
use crate::world::World;

/// Refuses losses that nobody allowed, and tells which allowed addresses name nothing.
pub(crate) fn refuse(
    operations: &[Operation],
    spans: &BTreeMap<&Address, Span>,
    world: &World<'_>,
    report: &mut Report,
) {
    let allowed = &world.input.options.allow_loss;
    let named = |address: &Address, by: &Address| by == address || *by == address.block_address();
    for operation in operations.iter().filter(|_| world.input.about.protected) {
        let lost: Vec<String> = operation.consequences.iter().filter_map(words).collect();
        if lost.is_empty() || allowed.iter().any(|by| named(&operation.address, by)) {
            continue;
        }
        report.push(
            Diagnostic::error("loss-not-allowed", "a loss has to be allowed by its address")
                .detail(format!(
                    "{} ({}) loses {}. The environment is protected: what is lost is named one by one.",
                    operation.address,
                    operation.id,
                    lost.join(", ")
                ))
                .at_some(spans.get(&operation.address).copied(), "declared here")
                .help(format!("if that is meant: -allow-loss '{}'", operation.address)),
        );
    }
    for by in allowed.iter().filter(|by| !operations.iter().any(|op| named(&op.address, by))) {
        report.push(
            Diagnostic::error("address-not-declared", "an address names nothing that is declared")
                .detail(format!(
                    "-allow-loss {by}: no object of that address is declared or known to the state."
                ))
                .help("the addresses stand in the plan, behind each `#`"),
        );
    }
}

/// What is lost, in words; none where nothing is.
pub(crate) fn words(consequence: &Consequence) -> Option<String> {
    let all = |what: &str, names: &[String]| match names {
        [] => what.to_string(),
        names => format!("{what} {}", names.join(", ")),
    };
    Some(match consequence {
        Consequence::ClaimLost(name) => format!("claim {name} with its data"),
        Consequence::AddressChanges { from, outside: true } | Consequence::AddressLost(from) => {
            all("its address", from)
        }
        Consequence::HostStops(host) => format!("host {host}"),
        _ => return None,
    })
}
