//! Tests of `job`: what it becomes, and what is refused.

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
