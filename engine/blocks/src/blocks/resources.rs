//! `resources`: what a container reserves and what it may use.

use plimsoll_model::{Diagnostic, Report};

use crate::declare::{Block, Map, Syntax, Val};
use crate::quantity::Quantity;

static RESOURCE: Syntax = Syntax {
    name: "a resource",
    rule: "cpu, memory, ephemeral-storage, hugepages-… or an extended resource such as nvidia.com/gpu",
    holds: |t| {
        matches!(t, "cpu" | "memory" | "ephemeral-storage")
            || t.starts_with("hugepages-")
            || (t.contains('/') && !t.starts_with('/') && !t.ends_with('/'))
    },
};

/// What a container reserves and what it may use.
#[derive(Debug, Clone, Block)]
#[block(name = "resources")]
pub struct Resources {
    /// What is reserved on the node, by resource: `{ cpu = "250m", memory = "256Mi" }`.
    #[attr(keys = RESOURCE)]
    pub requests: Map<Quantity>,
    /// What the container may use at most, by resource.
    #[attr(keys = RESOURCE)]
    pub limits: Map<Quantity>,
}

impl Resources {
    /// What is requested of a resource; a limit alone is a request too.
    pub fn requested(&self, resource: &str) -> Option<&Val<Quantity>> {
        self.requests.get(resource).or_else(|| self.limits.get(resource))
    }

    /// Requests may not be above limits; memory is not counted in thousandths.
    pub fn check(&self, report: &mut Report) {
        for (name, request) in &self.requests {
            let Some(limit) = self.limits.get(name) else { continue };
            let (Some(asked), Some(allowed)) = (request.known(), limit.known()) else { continue };
            if asked.amount > allowed.amount {
                report.push(
                    Diagnostic::error("request-above-limit", "request is above its limit")
                        .detail(format!(
                            "The container requests {} of {name} but may use {} at most.",
                            asked.text, allowed.text
                        ))
                        .at(request.span, "the request")
                        .related(limit.span, "the limit")
                        .help(format!("{name} = \"{}\" in limits", asked.text)),
                );
            }
        }
        for (name, value) in self.requests.iter().chain(&self.limits) {
            let Some(quantity) = value.known() else { continue };
            if name != "cpu" && quantity.is_milli() {
                let number = quantity.text.trim_end_matches('m');
                report.push(
                    Diagnostic::warning("milli-bytes", "memory is counted in thousandths of a byte")
                        .detail(format!(
                            "`m` means one thousandth: {} is less than {number} bytes.",
                            quantity.text
                        ))
                        .at(value.span, "")
                        .help(format!("{name} = \"{number}Mi\"")),
                );
            }
        }
    }
}
