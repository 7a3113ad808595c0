//! `resize_policy`: what a change of resources does to a container that runs.

use plimsoll_model::{Diagnostic, Report, Span};

use crate::declare::{Block, Keyword, Labeled, Val};

/// What a change of a resource does to a container that runs.
#[derive(Debug, Clone, Block)]
#[block(name = "resize_policy", label = "resource", label_key = "resourceName")]
pub struct ResizePolicy {
    /// Whether the container starts anew.
    pub restart_policy: Val<ResizeRestart>,
}

/// Whether a container starts anew for a change of its resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum ResizeRestart {
    /// Only where it cannot be done otherwise.
    NotRequired,
    /// Always.
    RestartContainer,
}

/// A pod whose containers never start again cannot start one for a change of its resources. `never` is where that
/// is written, or what makes it so.
pub fn check_restarts(policies: &[Labeled<ResizePolicy>], never: Span, report: &mut Report) {
    for policy in
        policies.iter().filter(|p| p.restart_policy.known() == Some(&ResizeRestart::RestartContainer))
    {
        report.push(
            Diagnostic::error("resize-never-restarts", "container cannot start again for its resources")
                .detail(format!(
                    "The containers of this job never start again, also where {} changes.",
                    policy.label
                ))
                .at(policy.restart_policy.span, "")
                .related(never, "")
                .help("restart_policy = \"NotRequired\" here, or restart_policy = \"OnFailure\" in the job"),
        );
    }
}

/// Only what can change while a container runs, each of it once.
pub fn check(policies: &[Labeled<ResizePolicy>], report: &mut Report) {
    for (i, policy) in policies.iter().enumerate() {
        if !matches!(policy.label.as_str(), "cpu" | "memory") {
            report.push(
                Diagnostic::error("resize-of-fixed", "resource cannot change while a container runs")
                    .detail(format!("A `resize_policy` is about cpu or memory, not about {}.", policy.label))
                    .at(policy.label_span, "")
                    .help("resize_policy \"cpu\" { restart_policy = \"NotRequired\" }"),
            );
        }
        if let Some(first) = policies[..i].iter().find(|p| p.label == policy.label) {
            report.push(
                Diagnostic::error("duplicate-resize-policy", "resource stands twice")
                    .detail(format!("A container has one `resize_policy` for {}.", policy.label))
                    .at(policy.label_span, "the second one")
                    .related(first.label_span, "the first one"),
            );
        }
    }
}
