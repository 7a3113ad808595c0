//! `pod_failure_policy` of a job: what follows from how a pod failed.

use std::collections::BTreeSet;

use plimsoll_model::{Diagnostic, Report, Span};

use super::job::{Job, Replacement, RestartPolicy};
use crate::declare::{Block, Keyword, Nested, Val};
use crate::syntax;

/// What follows from how a pod failed; the first rule that fits decides.
#[derive(Debug, Clone, Block)]
#[block(name = "pod_failure_policy")]
pub struct FailurePolicy {
    /// What follows from one way of failing.
    #[nested(min = 1, to = "rules")]
    pub rule: Vec<Nested<FailureRule>>,
    /// Where the block stands.
    #[header]
    pub header: Span,
}

/// What follows from one way of failing: `on_exit_codes`, or `on_pod_condition`.
#[derive(Debug, Clone, Block)]
#[block(name = "failure_rule")]
pub struct FailureRule {
    /// What follows.
    pub action: Val<FailureAction>,
    /// By which number a container ended.
    #[nested]
    pub on_exit_codes: Option<Nested<OnExitCodes>>,
    /// What the pod says about itself.
    #[nested(to = "onPodConditions")]
    pub on_pod_condition: Vec<Nested<OnPodCondition>>,
}

/// What follows from a failed pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum FailureAction {
    /// The whole job fails.
    FailJob,
    /// The number of the pod fails, for `backoff_limit_per_index`.
    FailIndex,
    /// It does not count.
    Ignore,
    /// It counts, as without a rule.
    Count,
}

/// By which number a container ended.
#[derive(Debug, Clone, Block)]
#[block(name = "on_exit_codes")]
pub struct OnExitCodes {
    /// The container; any, where left out.
    #[attr(known, syntax = syntax::DNS_LABEL)]
    pub container_name: Option<Val<String>>,
    /// Whether it is one of the numbers.
    #[attr(known)]
    pub operator: Val<CodeOperator>,
    /// The numbers, in order.
    #[attr(known, range = 0..=255)]
    pub values: Val<Vec<Val<i32>>>,
}

/// Whether an exit code is one of some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum CodeOperator {
    /// It is.
    In,
    /// It is none of them.
    NotIn,
}

/// What a pod says about itself.
#[derive(Debug, Clone, Block)]
#[block(name = "on_pod_condition")]
pub struct OnPodCondition {
    /// The condition, such as `DisruptionTarget`.
    #[attr(syntax = syntax::LABEL_KEY)]
    pub r#type: Val<String>,
    /// What it must be.
    #[attr(default = "True")]
    pub status: Val<ConditionStatus>,
}

/// What a condition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Nobody knows.
    Unknown,
}

impl FailurePolicy {
    /// What the API demands of rules, and of the job around them.
    pub fn check(&self, job: &Job, report: &mut Report) {
        if job.restart_policy.known() == Some(&RestartPolicy::OnFailure) {
            report.push(
                Diagnostic::error("failure-policy", "rules of failed pods do not fit the job")
                    .detail("A pod whose containers start again in it does not fail, so no rule ever fits.")
                    .at(self.header, "")
                    .related(job.restart_policy.span, "")
                    .help("restart_policy = \"Never\""),
            );
        }
        if let Some(replacement) = &job.pod_replacement_policy
            && replacement.known() == Some(&Replacement::TerminatingOrFailed)
        {
            report.push(
                Diagnostic::error("failure-policy", "rules of failed pods do not fit the job")
                    .detail("How a pod failed is known when it has ended, so it is not replaced before.")
                    .at(replacement.span, "")
                    .related(self.header, "")
                    .help("pod_replacement_policy = \"Failed\""),
            );
        }
        if let Some(one_too_many) = self.rule.get(20) {
            report.push(
                Diagnostic::error("failure-policy", "rules of failed pods do not fit the job")
                    .detail("A job takes 20 rules at most.")
                    .at(one_too_many.header, "the one that is too many"),
            );
        }
        self.rule.iter().for_each(|rule| rule.check(rule.header, job, report));
    }
}

impl FailureRule {
    fn check(&self, header: Span, job: &Job, report: &mut Report) {
        match (&self.on_exit_codes, self.on_pod_condition.first()) {
            (Some(codes), Some(condition)) => report.push(
                Diagnostic::error("two-conditions", "rule has two conditions")
                    .detail("A rule takes `on_exit_codes` or `on_pod_condition`, not both.")
                    .at(condition.header, "")
                    .related(codes.header, "")
                    .help("make two rules of it"),
            ),
            (None, None) => report.push(
                Diagnostic::error("no-condition", "rule has no condition")
                    .detail("A rule says when it fits, by `on_exit_codes` or `on_pod_condition`.")
                    .at(header, "")
                    .help("on_pod_condition { type = \"DisruptionTarget\" }"),
            ),
            _ => {}
        }
        if self.action.known() == Some(&FailureAction::FailIndex) && job.backoff_limit_per_index.is_none() {
            report.push(
                Diagnostic::error("failure-policy", "rules of failed pods do not fit the job")
                    .detail("`FailIndex` is for jobs that count the failures of each number.")
                    .at(self.action.span, "")
                    .help("backoff_limit_per_index = 1"),
            );
        }
        if let Some(codes) = &self.on_exit_codes {
            codes.check(job, report);
        }
    }
}

impl OnExitCodes {
    fn check(&self, job: &Job, report: &mut Report) {
        if let Some(name) = &self.container_name
            && let Some(text) = name.text()
            && !job.pod.containers().any(|(_, c)| c.label == text)
        {
            report.push(
                Diagnostic::error("unknown-container", "container does not exist")
                    .detail(format!("The job has no container {}.", name.shown()))
                    .at(name.span, ""),
            );
        }
        let Some(values) = self.values.known() else { return };
        let numbers: Vec<i32> = values.iter().filter_map(|v| v.known().copied()).collect();
        let sorted: BTreeSet<i32> = numbers.iter().copied().collect();
        let in_order = numbers.iter().zip(&sorted).all(|(a, b)| a == b) && numbers.len() == sorted.len();
        let zero = self.operator.known() == Some(&CodeOperator::In) && sorted.contains(&0);
        let why = if numbers.is_empty() && values.is_empty() {
            "There are no numbers to compare with."
        } else if zero {
            "A container that ends with 0 has not failed."
        } else if !in_order {
            "The API takes the numbers in order, each once."
        } else if numbers.len() > 255 {
            "The API takes 255 numbers at most."
        } else {
            return;
        };
        let right: Vec<String> = sorted.iter().filter(|n| !zero || **n != 0).map(i32::to_string).collect();
        let right = if right.is_empty() { "1".to_string() } else { right.join(", ") };
        report.push(
            Diagnostic::error("bad-exit-codes", "exit codes are not as the API takes them")
                .detail(why)
                .at(self.values.span, "")
                .help(format!("values = [{right}]")),
        );
    }
}
