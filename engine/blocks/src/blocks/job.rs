//! `job`: containers that run to their end, as a Job, or on a schedule, as a CronJob.

use plimsoll_model::{Diagnostic, Export, Gvk, Report};

use super::job_failure::FailurePolicy;
use super::meta::Meta;
use super::pod::Pod;
use super::resize;
use super::schedule::Schedule;
use crate::compile::Objects;
use crate::declare::{Block, Keyword, Nested, Tree, Val};
use crate::identity;
use crate::naming;
use crate::syntax::{self, is_dns_label};
use crate::world::{Item, World};

/// Runs containers to their end, once or on a schedule.
///
/// What runs cannot change once a job without a `schedule` exists: a change replaces the job, and it runs once more.
/// Give the job another name, such as one with the tag in it, to keep the old one's result beside the new one's.
#[derive(Debug, Clone, Block)]
#[block(name = "job", label = "name")]
pub struct Job {
    /// What every top-level block takes.
    #[flatten]
    pub meta: Meta,
    /// When it runs, as `minute hour day month weekday`, such as `"0 3 * * *"`, or `"@every 1h"`; once, where it
    /// is left out.
    #[attr(section = "cron", known)]
    pub schedule: Option<Val<Schedule>>,
    /// The time zone of the schedule, such as `"Europe/Berlin"`; that of the cluster's control plane where it is
    /// left out.
    #[attr(section = "cron", syntax = syntax::TIME_ZONE)]
    pub time_zone: Option<Val<String>>,
    /// Whether nothing runs for now.
    #[attr(manual)]
    pub suspend: Option<Val<bool>>,
    /// What happens where the last run has not ended.
    #[attr(section = "cron", to = "concurrencyPolicy")]
    pub concurrency: Option<Val<Concurrency>>,
    /// How many runs that ended well are kept; 3 where left out.
    #[attr(section = "cron")]
    pub successful_jobs_history_limit: Option<Val<u32>>,
    /// How many runs that failed are kept; 1 where left out.
    #[attr(section = "cron")]
    pub failed_jobs_history_limit: Option<Val<u32>>,
    /// Seconds after which a run that could not start is left out.
    #[attr(section = "cron", range = 0..)]
    pub starting_deadline_seconds: Option<Val<i64>>,
    /// How many pods must end well.
    pub completions: Option<Val<u32>>,
    /// How many pods run at a time.
    pub parallelism: Option<Val<u32>>,
    /// Whether each pod has a number of its own.
    #[attr(known)]
    pub completion_mode: Option<Val<CompletionMode>>,
    /// How many pods may fail before the job does; 6 where left out.
    pub backoff_limit: Option<Val<u32>>,
    /// How many pods of one number may fail, for `Indexed`.
    pub backoff_limit_per_index: Option<Val<u32>>,
    /// How many numbers may fail before the job does, where `backoff_limit_per_index` is set.
    pub max_failed_indexes: Option<Val<u32>>,
    /// Seconds that the whole job may take.
    #[attr(range = 1..)]
    pub active_deadline_seconds: Option<Val<i64>>,
    /// Seconds after which an ended job is deleted, its pods included.
    pub ttl_seconds_after_finished: Option<Val<u32>>,
    /// What follows from how a pod failed.
    #[nested]
    pub pod_failure_policy: Option<Nested<FailurePolicy>>,
    /// When a pod that is going away is replaced.
    pub pod_replacement_policy: Option<Val<Replacement>>,
    /// Whether a container that fails starts again in its pod.
    #[attr(section = "pod", known, default = "Never")]
    pub restart_policy: Val<RestartPolicy>,
    /// What the pods consist of.
    #[flatten]
    pub pod: Pod,
}

/// What happens where the last run has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum Concurrency {
    /// Both run.
    Allow,
    /// The new one is left out.
    Forbid,
    /// The old one is ended.
    Replace,
}

/// Whether each pod of a job has a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum CompletionMode {
    /// No: any pod that ends well counts.
    NonIndexed,
    /// Yes, from 0; one that ends well for each number.
    Indexed,
}

/// When a pod that is going away is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum Replacement {
    /// As soon as it begins to end.
    TerminatingOrFailed,
    /// When it has ended.
    Failed,
}

/// Whether a container that fails starts again in its pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum RestartPolicy {
    /// No: another pod takes its place.
    Never,
    /// Yes.
    OnFailure,
}

/// What expressions read from a job.
pub static EXPORTS: &[Export] =
    &[Export { name: "name", doc: "The name of its object.", eval: naming::exported }];

/// The most numbers that an indexed job has without a limit of its own on failures.
const MANY: u32 = 100_000;
/// The most pods at a time, and the most failures, of a job with more numbers than that.
const FEW: u32 = 10_000;

impl Job {
    /// Everything that can be judged offline.
    pub fn check(&self, item: &Item<'_>, world: &World<'_>, report: &mut Report) {
        self.meta.check(report);
        self.pod.check(&self.meta, &[identity::PROJECT, identity::JOB], world, report);
        self.pod.check_asked(&item.block.address, report);
        self.check_name(item, report);
        self.check_schedule(report);
        self.check_indexes(report);
        if self.restart_policy.known() == Some(&RestartPolicy::Never) {
            for (_, container) in self.pod.containers() {
                resize::check_restarts(&container.resize_policy, self.restart_policy.span, report);
            }
        }
        if let Some(policy) = &self.pod_failure_policy {
            policy.check(self, report);
        }
        for (_, (volume_item, volume)) in self.pod.volumes(world) {
            volume.check_containers(volume_item, &self.pod, report);
            if let Some(claim) = volume.claim.as_ref().filter(|c| c.is_per_replica()) {
                let mount = self.pod.uses().find_map(|(volume, span)| {
                    volume.known().is_some_and(|v| v.address == volume_item.block.address).then_some(span)
                });
                report.push(
                    Diagnostic::error("claim-needs-stateful-set", "a claim per replica needs a StatefulSet")
                        .detail(format!(
                            "{} has no replicas that could each keep a claim of their own.",
                            item.block.address
                        ))
                        .at(mount.unwrap_or(item.block.header_span), "mounted here")
                        .related(
                            claim.per_replica.as_ref().map_or(claim.header, |p| p.span),
                            "one for each replica",
                        )
                        .help("remove `per_replica`"),
                );
            }
        }
    }

    fn check_name(&self, item: &Item<'_>, report: &mut Report) {
        let most = if self.schedule.is_some() { naming::CRON_JOB } else { naming::LABEL };
        if item.name.len() > most {
            report.push(
                Diagnostic::error("bad-name", "name is malformed")
                    .detail(format!(
                        "\"{}\" has {} characters; the name of a job{} has {most} at most, because its pods carry it as a label.",
                        item.name,
                        item.name.len(),
                        if self.schedule.is_some() { " with a schedule" } else { "" },
                    ))
                    .at(item.name_span(), ""),
            );
            return;
        }
        // The host name of a numbered pod is the job's name with its number.
        let last = self.completions.as_ref().and_then(|c| c.known()).copied().unwrap_or(1).max(1) - 1;
        let host = format!("{}-{last}", item.name);
        if self.indexed() && !is_dns_label(&host) {
            report.push(
                Diagnostic::error("bad-name", "name is malformed")
                    .detail(format!(
                        "The last pod of an indexed job would be called \"{host}\": at most {} lower-case letters, digits and `-`.",
                        naming::LABEL
                    ))
                    .at(item.name_span(), ""),
            );
        }
    }

    /// What only a job with a schedule has.
    fn check_schedule(&self, report: &mut Report) {
        if self.schedule.is_some() {
            return;
        }
        let spans = [
            ("time_zone", self.time_zone.as_ref().map(|v| v.span)),
            ("concurrency", self.concurrency.as_ref().map(|v| v.span)),
            ("successful_jobs_history_limit", self.successful_jobs_history_limit.as_ref().map(|v| v.span)),
            ("failed_jobs_history_limit", self.failed_jobs_history_limit.as_ref().map(|v| v.span)),
            ("starting_deadline_seconds", self.starting_deadline_seconds.as_ref().map(|v| v.span)),
        ];
        for (name, span) in spans.into_iter().filter_map(|(n, s)| Some((n, s?))) {
            report.push(
                Diagnostic::error("needs-schedule", "setting belongs to a job with a schedule")
                    .detail(format!("`{name}` means nothing for a job that runs once."))
                    .at(span, "")
                    .help("schedule = \"0 3 * * *\""),
            );
        }
    }

    /// Whether each pod has a number; none where that is not known.
    pub fn indexed(&self) -> bool {
        self.completion_mode.as_ref().is_some_and(|m| m.known() == Some(&CompletionMode::Indexed))
    }

    /// What belongs to numbered pods.
    fn check_indexes(&self, report: &mut Report) {
        let mut needs = |span, detail: String, help: &str| {
            report.push(
                Diagnostic::error("job-indexes", "settings of numbered pods do not fit together")
                    .detail(detail)
                    .at(span, "")
                    .help(help),
            );
        };
        let completions = self.completions.as_ref().and_then(|c| c.known());
        if let Some(mode) = self.completion_mode.as_ref().filter(|_| self.indexed())
            && self.completions.is_none()
        {
            needs(mode.span, "An indexed job says how many numbers there are.".into(), "completions = 3");
        }
        if let Some(limit) = &self.backoff_limit_per_index
            && !self.indexed()
        {
            needs(
                limit.span,
                "`backoff_limit_per_index` counts the failures of each number.".into(),
                "completion_mode = \"Indexed\"",
            );
        }
        if let Some(most) = &self.max_failed_indexes {
            if self.backoff_limit_per_index.is_none() {
                needs(
                    most.span,
                    "A number fails for good only after so many failures of its own.".into(),
                    "backoff_limit_per_index = 1",
                );
            }
            if let (Some(most_known), Some(completions)) = (most.known(), completions)
                && most_known > completions
            {
                needs(
                    most.span,
                    format!("There are {completions} numbers, so {most_known} of them cannot fail."),
                    &format!("max_failed_indexes = {completions}"),
                );
            }
        }
        if !self.indexed() {
            return;
        }
        let parallelism = self.parallelism.as_ref();
        let pods = parallelism.and_then(|p| p.known()).copied().unwrap_or(1);
        let span = parallelism.map(|p| p.span);
        if let Some(span) = span.filter(|_| pods > MANY) {
            needs(
                span,
                format!("An indexed job runs {MANY} pods at a time at most."),
                "parallelism = 100000",
            );
        }
        if self.backoff_limit_per_index.is_some() && completions.is_some_and(|c| *c > MANY) {
            if let Some(span) = span.filter(|_| pods > FEW) {
                needs(
                    span,
                    format!("With more than {MANY} numbers, {FEW} pods run at a time at most."),
                    "parallelism = 10000",
                );
            }
            let failed = self.max_failed_indexes.as_ref();
            let limit = self.backoff_limit_per_index.as_ref().map(|l| l.span);
            if let Some(at) = failed.map(|f| f.span).or(limit)
                && failed.is_none_or(|f| f.known().is_some_and(|f| *f > FEW))
            {
                needs(
                    at,
                    format!("With more than {MANY} numbers, {FEW} of them fail at most."),
                    "max_failed_indexes = 10000",
                );
            }
        }
    }

    /// The Job, or the CronJob that makes it.
    pub fn compile(&self, item: &Item<'_>, world: &World<'_>, out: &mut Objects) {
        let kind = if self.schedule.is_some() { "CronJob" } else { "Job" };
        let gvk = Gvk::new("batch", "v1", kind);
        let mut object = out.object(item, None, gvk, &item.name, &self.meta.labels, world);
        object.wait = self.schedule.is_none();
        if object.is_filled() {
            object.body.map("spec", self.spec(item, world));
        }
        out.push(object);
    }

    fn spec(&self, item: &Item<'_>, world: &World<'_>) -> Tree {
        let labels = identity::job_labels(world, item, &self.meta.labels);
        let mut own = Tree::new();
        own.fixed(identity::PROJECT, world.config.project.name.clone());
        own.fixed(identity::JOB, item.name.clone());
        let mut annotations = Tree::new();
        for (key, value) in self.meta.annotations.iter().chain(&self.pod.pod_annotations) {
            annotations.attr(key, value);
        }
        let mut metadata = Tree::new();
        metadata.map("labels", labels);
        metadata.map("annotations", annotations);
        let mut pod = self.pod.node(item, world, &own.node());
        self.write("pod", &mut pod);
        let mut template = Tree::new();
        template.map("metadata", metadata);
        template.map("spec", pod);
        let mut spec = Tree::new();
        self.write("", &mut spec);
        spec.map("template", template);
        if self.schedule.is_some() {
            let mut job = Tree::new();
            job.map("spec", spec);
            let mut cron = Tree::new();
            self.write("cron", &mut cron);
            cron.attr("suspend", &self.suspend);
            cron.map("jobTemplate", job);
            cron
        } else {
            spec.attr("suspend", &self.suspend);
            spec
        }
    }
}

#[cfg(test)]
mod tests;
