//! For tests: random configurations of the blocks that stand beside apps, with random mistakes.

use crate::random::{Random, lines};

/// Lines of a configuration: the place, and what may stand there (good ones first).
const JOB: &[&[&str]] = &[
    &[
        "",
        "schedule = \"*/5 * * * *\"",
        "schedule = \"@every 90s\"",
        "schedule = \"0 0 1-7,15 jan-mar MON\"",
        "schedule = \"0 0 30 2 *\"",
        "schedule = \"5/70 * * * *\"",
        "schedule = \"* * * * 7\"",
        "schedule = \"@every\"",
        "schedule = \"TZ=UTC * * * * *\"",
        "schedule = \"*/0 * * * *\"",
    ],
    &[
        "",
        "schedule = \"1 2 3 4 5\"\ntime_zone = \"Etc/UTC\"",
        "schedule = \"1 2 3 4 5\"\ntime_zone = \"America/Argentina/Buenos_Aires\"",
        "schedule = \"1 2 3 4 5\"\ntime_zone = \"utc\"",
        "schedule = \"1 2 3 4 5\"\ntime_zone = \"Local\"",
        "schedule = \"1 2 3 4 5\"\nconcurrency = \"Replace\"\nstarting_deadline_seconds = 5",
        "schedule = \"1 2 3 4 5\"\nsuccessful_jobs_history_limit = 0\nfailed_jobs_history_limit = -1",
        "concurrency = \"Forbid\"",
    ],
    &["", "suspend = true", "backoff_limit = 0", "backoff_limit = -1", "active_deadline_seconds = 0"],
    &[
        "",
        "completions = 2\nparallelism = 5",
        "completions = 3\ncompletion_mode = \"Indexed\"",
        "completions = 3\ncompletion_mode = \"Indexed\"\nbackoff_limit_per_index = 1\nmax_failed_indexes = 2",
        "completion_mode = \"Indexed\"",
        "completions = 3\ncompletion_mode = \"Indexed\"\nbackoff_limit_per_index = 1\nmax_failed_indexes = 4",
        "completions = 100001\ncompletion_mode = \"Indexed\"\nbackoff_limit_per_index = 1",
        "completions = 3\ncompletion_mode = \"Indexed\"\nparallelism = 100001",
        "backoff_limit_per_index = 1",
        "max_failed_indexes = 1",
    ],
    &["", "ttl_seconds_after_finished = 0", "ttl_seconds_after_finished = -1"],
    &["", "restart_policy = \"OnFailure\"", "restart_policy = \"Always\""],
    &["", "pod_replacement_policy = \"Failed\"", "pod_replacement_policy = \"TerminatingOrFailed\""],
    &[
        "",
        "pod_failure_policy {\nrule {\naction = \"Ignore\"\non_pod_condition { type = \"DisruptionTarget\" }\n}\n}",
        "pod_failure_policy {\nrule {\naction = \"FailJob\"\non_exit_codes {\noperator = \"NotIn\"\nvalues = [0, 3]\n}\n}\n}",
        "pod_failure_policy {\nrule {\naction = \"FailIndex\"\non_exit_codes {\ncontainer_name = \"run\"\noperator = \"In\"\nvalues = [3]\n}\n}\n}",
        "pod_failure_policy {\nrule {\naction = \"Count\"\non_exit_codes {\ncontainer_name = \"x\"\noperator = \"In\"\nvalues = [3]\n}\n}\n}",
        "pod_failure_policy {\nrule {\naction = \"Count\"\non_exit_codes {\noperator = \"In\"\nvalues = [0]\n}\n}\n}",
        "pod_failure_policy {\nrule {\naction = \"Count\"\non_exit_codes {\noperator = \"In\"\nvalues = [3, 3]\n}\n}\n}",
        "pod_failure_policy {\nrule {\naction = \"Count\"\non_exit_codes {\noperator = \"In\"\nvalues = []\n}\n}\n}",
        "pod_failure_policy {\nrule {\naction = \"Count\"\non_pod_condition { type = \"a b\" }\n}\n}",
        "pod_failure_policy {\nrule { action = \"Count\" }\n}",
    ],
    &["", "name = \"j\"", "name = \"j.k\"", "name = \"J\""],
    &[
        "",
        "topology_spread { topology_key = \"zone\" }",
        "node_selector = { a = \"b\" }",
        "sidecar \"s\" { image = \"s:1\" }",
        "init_container \"i\" { image = \"i:1\" }",
        "host_network = true",
    ],
    &[
        "",
        "raw = { spec = { template = { spec = { hostname = \"x\" } } } }",
        "raw = { metadata = { finalizers = [\"a.io/b\"] } }",
        "raw = { spec = { suspend = \"no\" } }",
    ],
];

const JOB_CONTAINER: &[&[&str]] = &[
    &["image = \"run:1\"", "image = \"a b\""],
    &["", "command = [\"sh\"]", "args = [\"a\"]", "port \"http\" { container_port = 80 }"],
    &[
        "",
        "resources { limits = { cpu = 1 } }",
        "resources {\nrequests = { cpu = 2 }\nlimits = { cpu = 1 }\n}",
    ],
    &["", "liveness_probe { exec = [\"true\"] }"],
];

/// A configuration: a line for each place.
pub fn configuration(random: &mut Random) -> String {
    let one_in = [3, 8, 16, 32][random.below(4)];
    format!(
        "job \"run\" {{\n{}\ncontainer \"run\" {{\n{}\n}}\n}}\n",
        lines(random, one_in, JOB),
        lines(random, one_in, JOB_CONTAINER),
    )
}
