//! The blocks that stand beside apps: jobs, network policies, accounts.

use crate::{Random, lines};

/// What stands in a job.
pub const JOB: &[&[&str]] = &[
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
        "schedule = \"CRON_TZ=UTC 1 2 3 4 5\"\ntime_zone = \"Etc/UTC\"",
        "schedule = \"1 2 3 4 5\"\ntime_zone = \"\"",
        "schedule = \"1 2 3 4 5\"\nname = \"a123456789-123456789-123456789-123456789-123456789-12\"",
        "schedule = \"1 2 3 4 5\"\nname = \"a123456789-123456789-123456789-123456789-123456789-1\"",
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
        "completions = 200000\ncompletion_mode = \"Indexed\"\nbackoff_limit_per_index = 1\nmax_failed_indexes = 100001",
        "completions = 200000\ncompletion_mode = \"Indexed\"\nbackoff_limit_per_index = 1\nmax_failed_indexes = 10001",
        "completions = 200000\ncompletion_mode = \"Indexed\"\nbackoff_limit_per_index = 1\nmax_failed_indexes = 5\nparallelism = 20000",
        "completions = 200000\ncompletion_mode = \"Indexed\"\nbackoff_limit_per_index = 1\nmax_failed_indexes = 5\nparallelism = 5",
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
        "pod_failure_policy {\nrule {\naction = \"Count\"\non_exit_codes {\noperator = \"In\"\nvalues = [3, 1]\n}\n}\n}",
        "pod_failure_policy {\nrule {\naction = \"Count\"\non_exit_codes {\noperator = \"In\"\nvalues = [for i in range(256) : i + 1]\n}\n}\n}",
        "pod_failure_policy {\ndynamic \"rule\" {\nfor_each = range(21)\ncontent {\naction = \"Count\"\non_exit_codes {\noperator = \"In\"\nvalues = [3]\n}\n}\n}\n}",
        "pod_failure_policy {}",
        "pod_failure_policy {\nrule {\naction = \"Count\"\non_exit_codes {\noperator = \"In\"\nvalues = [3]\n}\non_pod_condition { type = \"DisruptionTarget\" }\n}\n}",
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

/// What stands in the container of a job.
pub const JOB_CONTAINER: &[&[&str]] = &[
    &["image = \"run:1\"", "image = \"a b\""],
    &["", "command = [\"sh\"]", "args = [\"a\"]", "port \"http\" { container_port = 80 }"],
    &[
        "",
        "resources { limits = { cpu = 1 } }",
        "resources {\nrequests = { cpu = 2 }\nlimits = { cpu = 1 }\n}",
    ],
    &["", "liveness_probe { exec = [\"true\"] }"],
    &[
        "",
        "resize_policy \"cpu\" { restart_policy = \"RestartContainer\" }",
        "resize_policy \"cpu\" { restart_policy = \"NotRequired\" }",
    ],
];

/// What stands in an app for objects around it.
pub const APP: &[&[&str]] = &[
    &["replicas = 3", "kind = \"StatefulSet\"", "kind = \"DaemonSet\""],
    &[
        "",
        "disruption_budget { max_unavailable = 1 }",
        "disruption_budget {\nmin_available = \"50%\"\nunhealthy_pod_eviction_policy = \"AlwaysAllow\"\n}",
        "disruption_budget { max_unavailable = \"101%\" }",
        "disruption_budget { min_available = -1 }",
        "disruption_budget {\nmin_available = 1\nmax_unavailable = 1\n}",
    ],
    &[
        "",
        "service_account = service_account.web",
        "service_account = \"default\"",
        "service_account = \"a b\"",
    ],
];

/// What stands in a network policy.
pub const POLICY: &[&[&str]] = &[
    &["app = app.web", "selector = { a = \"b\" }", "", "selector = { a = \"b c\" }"],
    &["", "policy_types = [\"Ingress\", \"Egress\"]", "policy_types = [\"Egress\"]"],
    &[
        "ingress {\nfrom { app = app.web }\nport { port = app.web.ports.http }\n}",
        "ingress {}",
        "",
        "ingress {\nfrom { pods = { a = \"b\" } }\nfrom { namespaces = {} }\n}",
        "ingress {\nfrom {}\n}",
        "ingress {\nfrom {\napp = app.web\ncidr = \"10.0.0.0/8\"\n}\n}",
        "ingress {\nport {\nport = 80\nend_port = 79\n}\n}",
        "ingress {\nport {\nport = \"http\"\nend_port = 79\n}\n}",
        "ingress {\nport { end_port = 79 }\n}",
        "ingress {\nport { port = 0 }\n}",
        "ingress {\nport {\nport = 80\nend_port = 70000\n}\n}",
        "ingress {\nport {\nport = 80\nprotocol = \"ICMP\"\n}\n}",
        "ingress {\nfrom { cidr = \"\" }\n}",
        "ingress {\nfrom { pods = { a = \"b c\" } }\n}",
    ],
    &[
        "",
        "egress {\nto { cidr = \"0.0.0.0/0\" }\nport { protocol = \"UDP\" }\n}",
        "egress {\nto {\ncidr = \"10.0.0.0/8\"\nexcept = [\"10.1.0.0/16\"]\n}\n}",
        "egress {\nto {\ncidr = \"fd00::/8\"\nexcept = [\"fd00:1::/64\"]\n}\n}",
        "egress {\nto {\ncidr = \"10.0.0.0/8\"\nexcept = [\"11.1.0.0/16\"]\n}\n}",
        "egress {\nto {\ncidr = \"10.0.0.0/8\"\nexcept = [\"10.0.0.0/8\"]\n}\n}",
        "egress {\nto { cidr = \"10.0.0.1/8\" }\n}",
        "egress {\nto { cidr = \"10.0.0.0/08\" }\n}",
        "egress {\nto { cidr = \"010.0.0.0/8\" }\n}",
        "egress {\nto { cidr = \"::ffff:10.0.0.0/104\" }\n}",
        "egress {\nport { port = \"a--b\" }\n}",
    ],
];

/// What stands in a service account.
pub const ACCOUNT: &[&[&str]] = &[
    &["", "automount_token = false", "image_pull_secrets = [secret.r]"],
    &[
        "",
        "role {\nresources = [\"pods\"]\nverbs = [\"get\"]\n}",
        "role {\napi_groups = [\"*\"]\nresources = [\"*\"]\nverbs = [\"*\"]\nresource_names = [\"a\"]\n}",
        "role {\nresources = []\nverbs = [\"get\"]\n}",
        "role {\napi_groups = []\nresources = [\"pods\"]\nverbs = [\"get\"]\n}",
        "role {\nresources = [\"pods\"]\nverbs = []\n}",
    ],
    &[
        "",
        "cluster_role {\nresources = [\"nodes\"]\nverbs = [\"get\"]\n}",
        "cluster_role {\nnon_resource_urls = [\"/metrics\"]\nverbs = [\"get\"]\n}",
        "cluster_role {\nnon_resource_urls = []\nverbs = [\"get\"]\n}",
        "cluster_role { verbs = [\"get\"] }",
        "cluster_role {\nresources = [\"nodes\"]\nnon_resource_urls = [\"/metrics\"]\nverbs = [\"get\"]\n}",
    ],
    &["", "name = \"a.b\"", "name = \"A\""],
];

/// A configuration: a line for each place.
pub fn configuration(random: &mut Random) -> String {
    let one_in = [2, 4, 16, 32][random.below(4)];
    format!(
        "job \"run\" {{\n{}\ncontainer \"run\" {{\n{}\n}}\n}}\napp \"web\" {{\n{}\ncontainer \"web\" {{\nimage = \"web:1\"\nport \"http\" {{ container_port = 80 }}\n}}\n}}\nnetwork_policy \"web\" {{\n{}\n}}\nservice_account \"web\" {{\n{}\n}}\nsecret \"r\" {{ existing = \"r\" }}\n",
        lines(random, one_in * 4, JOB),
        lines(random, one_in * 4, JOB_CONTAINER),
        lines(random, one_in, APP),
        lines(random, one_in, POLICY),
        lines(random, one_in, ACCOUNT),
    )
}
