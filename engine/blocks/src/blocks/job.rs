//! `job`: containers that run to their end, as a Job, or on a schedule, as a CronJob.

use plimsoll_model::{Diagnostic, Export, Gvk, Report};

use super::job_failure::FailurePolicy;
use super::meta::Meta;
use super::pod::Pod;
use super::schedule::Schedule;
use crate::compile::Objects;
use crate::declare::{Block, Keyword, Nested, Tree, Val};
use crate::identity;
use crate::naming;
use crate::syntax;
use crate::world::{Item, World};

/// Runs containers to their end, once or on a schedule.
///
/// What runs cannot change once a job without a `schedule` exists: a change is refused while planning. Give the job
/// another name, such as one with the tag in it, and a new one runs.
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
        self.pod.check(world, report);
        self.pod.check_asked(&item.block.address, report);
        self.check_name(item, report);
        self.check_schedule(report);
        self.check_indexes(report);
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
        let kind = if self.schedule.is_some() { "CronJob" } else { "Job" };
        let gvk = Gvk::new("batch", "v1", kind);
        let mut object = out.object(item, None, gvk, &item.name, &self.meta.labels, world);
        if self.schedule.is_some() {
            let mut job = Tree::new();
            job.map("spec", spec);
            let mut cron = Tree::new();
            self.write("cron", &mut cron);
            cron.attr("suspend", &self.suspend);
            cron.map("jobTemplate", job);
            object.body.map("spec", cron);
        } else {
            spec.attr("suspend", &self.suspend);
            object.body.map("spec", spec);
            object.wait = true;
        }
        out.push(object);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check, object};

    fn job(text: &str) -> String {
        format!("job \"night\" {{\n{text}\ncontainer \"run\" {{ image = \"run:1\" }}\n}}\n")
    }

    #[test]
    fn a_job_runs_once() {
        let text = job(
            "completions = 3\nparallelism = 2\ncompletion_mode = \"Indexed\"\nbackoff_limit_per_index = 1\nmax_failed_indexes = 1\nactive_deadline_seconds = 600\nttl_seconds_after_finished = 60\nsuspend = false\npod_replacement_policy = \"Failed\"\npod_failure_policy {\nrule {\naction = \"FailIndex\"\non_exit_codes {\ncontainer_name = \"run\"\noperator = \"In\"\nvalues = [1, 42]\n}\n}\nrule {\naction = \"Ignore\"\non_pod_condition { type = \"DisruptionTarget\" }\n}\n}",
        );
        object(
            &text,
            "job.night",
            expect![[r#"
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: night
            spec:
              activeDeadlineSeconds: 600
              backoffLimitPerIndex: 1
              completionMode: Indexed
              completions: 3
              maxFailedIndexes: 1
              parallelism: 2
              podFailurePolicy:
                rules:
                - action: FailIndex
                  onExitCodes:
                    containerName: run
                    operator: In
                    values:
                    - 1
                    - 42
                - action: Ignore
                  onPodConditions:
                  - status: "True"
                    type: DisruptionTarget
              podReplacementPolicy: Failed
              suspend: false
              template:
                metadata:
                  labels:
                    app.kubernetes.io/managed-by: plimsoll
                    app.kubernetes.io/name: night
                    app.kubernetes.io/part-of: shop
                    plimsoll.dev/environment: test
                    plimsoll.dev/job: night
                    plimsoll.dev/project: shop
                spec:
                  containers:
                  - image: run:1
                    name: run
                  restartPolicy: Never
              ttlSecondsAfterFinished: 60
        "#]],
        );
    }

    #[test]
    fn a_job_runs_on_a_schedule() {
        let text = job(
            "schedule = \"*/10 8-18 * * mon-fri\"\ntime_zone = \"Europe/Berlin\"\nsuspend = true\nconcurrency = \"Forbid\"\nsuccessful_jobs_history_limit = 1\nfailed_jobs_history_limit = 2\nstarting_deadline_seconds = 100\nbackoff_limit = 0\nrestart_policy = \"OnFailure\"\nlabels = { team = \"night\" }\ntopology_spread { topology_key = \"zone\" }",
        );
        object(
            &text,
            "job.night",
            expect![[r#"
            apiVersion: batch/v1
            kind: CronJob
            metadata:
              name: night
            spec:
              concurrencyPolicy: Forbid
              failedJobsHistoryLimit: 2
              jobTemplate:
                spec:
                  backoffLimit: 0
                  template:
                    metadata:
                      labels:
                        app.kubernetes.io/managed-by: plimsoll
                        app.kubernetes.io/name: night
                        app.kubernetes.io/part-of: shop
                        plimsoll.dev/environment: test
                        plimsoll.dev/job: night
                        plimsoll.dev/project: shop
                        team: night
                    spec:
                      containers:
                      - image: run:1
                        name: run
                      restartPolicy: OnFailure
                      topologySpreadConstraints:
                      - labelSelector:
                          matchLabels:
                            plimsoll.dev/job: night
                            plimsoll.dev/project: shop
                        maxSkew: 1
                        topologyKey: zone
                        whenUnsatisfiable: DoNotSchedule
              schedule: "*/10 8-18 * * mon-fri"
              startingDeadlineSeconds: 100
              successfulJobsHistoryLimit: 1
              suspend: true
              timeZone: Europe/Berlin
        "#]],
        );
    }

    #[test]
    fn schedules_and_what_needs_one() {
        let of = |name: &str, text: &str| job(text).replace("night", name);
        let long = "n".repeat(53);
        let text = [
            of("a", "schedule = \"0 3 * *\""),
            of("b", "schedule = \"0 25 * * *\""),
            of("c", "schedule = \"0 3 * * 7\""),
            of("d", "schedule = \"0 0 3 * * *\""),
            of("e", "schedule = \"CRON_TZ=Asia/Tokyo 0 3 * * *\""),
            of("f", "schedule = 3"),
            of("g", "time_zone = \"Europe/Berlin\"\nconcurrency = \"Forbid\""),
            of("h", "schedule = \"@daily\"\ntime_zone = \"europe/Bonn\""),
            of("i", &format!("schedule = \"@daily\"\nname = \"{long}\"")),
        ];
        check(
            &text.concat(),
            expect![[r#"
                error[bad-schedule]: schedule is malformed
                  It has 4 fields, not the five for minute, hour, day of month, month and day of week.
                  t.hcl:2: "0 3 * *"
                  help: minute, hour, day of month, month, day of week: schedule = "0 3 * * *" is every night at three
                error[bad-schedule]: schedule is malformed
                  In the hour, "25" is not within 0 to 23.
                  t.hcl:6: "0 25 * * *"
                  help: minute, hour, day of month, month, day of week: schedule = "0 3 * * *" is every night at three
                error[bad-schedule]: schedule is malformed
                  In the day of week, "7" is not within 0 to 6.
                  t.hcl:10: "0 3 * * 7"
                  help: schedule = "0 3 * * 0"
                error[bad-schedule]: schedule is malformed
                  It has 6 fields, not the five for minute, hour, day of month, month and day of week.
                  t.hcl:14: "0 0 3 * * *"
                  help: schedule = "0 3 * * *"
                error[bad-schedule]: schedule is malformed
                  A time zone does not stand in the schedule, but in a field of its own.
                  t.hcl:18: "CRON_TZ=Asia/Tokyo 0 3 * * *"
                  help: schedule = "0 3 * * *" and time_zone = "Asia/Tokyo"
                error[wrong-type]: wrong type
                  `schedule` of job.f takes a schedule, but this is a number.
                  t.hcl:22: 3
                  help: such as "0 3 * * *"
                error[needs-schedule]: setting belongs to a job with a schedule
                  `time_zone` means nothing for a job that runs once.
                  t.hcl:26: "Europe/Berlin"
                  help: schedule = "0 3 * * *"
                error[needs-schedule]: setting belongs to a job with a schedule
                  `concurrency` means nothing for a job that runs once.
                  t.hcl:27: "Forbid"
                  help: schedule = "0 3 * * *"
                error[bad-syntax]: value is malformed
                  "europe/Bonn" is not a time zone, which `time_zone` of job.h takes: a name of the IANA database, such as `Europe/Berlin` or `Etc/UTC`.
                  t.hcl:32: "europe/Bonn"
                error[bad-name]: name is malformed
                  "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" has 53 characters; the name of a job with a schedule has 52 at most, because its pods carry it as a label.
                  t.hcl:37: "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
            "#]],
        );
    }

    #[test]
    fn numbers_rules_and_claims() {
        let of = |name: &str, text: &str| job(text).replace("night", name);
        let text = [
            of("a", "completion_mode = \"Indexed\""),
            of("b", "backoff_limit_per_index = 1"),
            of("c", "completion_mode = \"Indexed\"\ncompletions = 2\nmax_failed_indexes = 3"),
            of(
                "d",
                "completion_mode = \"Indexed\"\ncompletions = 200000\nparallelism = 20000\nbackoff_limit_per_index = 1",
            ),
            of(
                "e",
                "restart_policy = \"OnFailure\"\npod_replacement_policy = \"TerminatingOrFailed\"\npod_failure_policy {\nrule { action = \"FailIndex\" }\nrule {\naction = \"Count\"\non_exit_codes {\ncontainer_name = \"x\"\noperator = \"In\"\nvalues = [3, 0, 1]\n}\non_pod_condition { type = \"A\" }\n}\n}",
            ),
            job("").replace("image = \"run:1\"", "\nimage = \"run:1\"\nmount \"/d\" { volume = volume.d }\n"),
            "volume \"d\" {\nclaim {\nsize = \"1Gi\"\nper_replica = true\n}\n}\n".to_string(),
        ];
        check(
            &text.concat(),
            expect![[r#"
            error[job-indexes]: settings of numbered pods do not fit together
              An indexed job says how many numbers there are.
              t.hcl:2: "Indexed"
              help: completions = 3
            error[job-indexes]: settings of numbered pods do not fit together
              `backoff_limit_per_index` counts the failures of each number.
              t.hcl:6: 1
              help: completion_mode = "Indexed"
            error[job-indexes]: settings of numbered pods do not fit together
              A number fails for good only after so many failures of its own.
              t.hcl:12: 3
              help: backoff_limit_per_index = 1
            error[job-indexes]: settings of numbered pods do not fit together
              There are 2 numbers, so 3 of them cannot fail.
              t.hcl:12: 3
              help: max_failed_indexes = 2
            error[job-indexes]: settings of numbered pods do not fit together
              With more than 100000 numbers, 10000 pods run at a time at most.
              t.hcl:18: 20000
              help: parallelism = 10000
            error[job-indexes]: settings of numbered pods do not fit together
              With more than 100000 numbers, 10000 of them fail at most.
              t.hcl:19: 1
              help: max_failed_indexes = 10000
            error[failure-policy]: rules of failed pods do not fit the job
              How a pod failed is known when it has ended, so it is not replaced before.
              t.hcl:24: "TerminatingOrFailed"
              t.hcl:25: pod_failure_policy
              help: pod_replacement_policy = "Failed"
            error[failure-policy]: rules of failed pods do not fit the job
              A pod whose containers start again in it does not fail, so no rule ever fits.
              t.hcl:25: pod_failure_policy
              t.hcl:23: "OnFailure"
              help: restart_policy = "Never"
            error[no-condition]: rule has no condition
              A rule says when it fits, by `on_exit_codes` or `on_pod_condition`.
              t.hcl:26: rule
              help: on_pod_condition { type = "DisruptionTarget" }
            error[failure-policy]: rules of failed pods do not fit the job
              `FailIndex` is for jobs that count the failures of each number.
              t.hcl:26: "FailIndex"
              help: backoff_limit_per_index = 1
            error[unknown-container]: container does not exist
              The job has no container "x".
              t.hcl:30: "x"
            error[bad-exit-codes]: exit codes are not as the API takes them
              A container that ends with 0 has not failed.
              t.hcl:32: [3, 0, 1]
              help: values = [1, 3]
            error[two-conditions]: rule has two conditions
              A rule takes `on_exit_codes` or `on_pod_condition`, not both.
              t.hcl:34: on_pod_condition
              t.hcl:29: on_exit_codes
              help: make two rules of it
            error[claim-needs-stateful-set]: a claim per replica needs a StatefulSet
              job.night has no replicas that could each keep a claim of their own.
              t.hcl:43: mount "/d"   mounted here
              t.hcl:49: true   one for each replica
              help: remove `per_replica`
        "#]],
        );
    }

    #[test]
    fn a_service_of_an_app_does_not_lead_to_a_job_of_that_name() {
        let text = format!("{}{}", app("", ""), job("").replace("night", "web"));
        object(
            &text,
            "job.web",
            expect![[r#"
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: web
            spec:
              template:
                metadata:
                  labels:
                    app.kubernetes.io/managed-by: plimsoll
                    app.kubernetes.io/name: web
                    app.kubernetes.io/part-of: shop
                    plimsoll.dev/environment: test
                    plimsoll.dev/job: web
                    plimsoll.dev/project: shop
                spec:
                  containers:
                  - image: run:1
                    name: run
                  restartPolicy: Never
        "#]],
        );
    }
}
