//! Where each promised feature is tested: `docs/reference/coverage.md`, written from the table here
//! after every test and mistake that it names was found in the sources.
//!
//! What the features are and what becomes of them stands in `tests/src/coverage`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use expect_test::expect_file;
use plimsoll_tests::coverage;
use plimsoll_tests::world::World;

use crate::named::{root, scenario_link, test_link};

plimsoll_tests::rows!(row_tests!(|_name: &'static str| async { World::sandbox() }));

/// A promised feature, and who holds the promise.
struct Row {
    /// The name of its test and of its configuration.
    name: &'static str,
    /// What users can do.
    feature: &'static str,
    /// Tests of the compiled object: file and function.
    compiled: &'static [&'static str],
    /// Mistakes with a golden message: `mistakes` of `engine/blocks`, or file and function.
    refused: &'static [&'static str],
    /// Scenarios on both clusters, besides the test of the row's own name.
    walked: &'static [&'static str],
}

const fn row(
    name: &'static str,
    feature: &'static str,
    compiled: &'static [&'static str],
    refused: &'static [&'static str],
    walked: &'static [&'static str],
) -> Row {
    Row { name, feature, compiled, refused, walked }
}

const WALK: &[&str] = &["tests/src/scenarios/walk.rs the_reference_application"];
const REFERENCE: &str = "engine/blocks/src/compile.rs the_reference_application";
const AFFINITY: &str = "engine/blocks/src/blocks/affinity.rs operators_weights_and_selectors";

/// In the order of the contract's rows.
const ROWS: &[Row] = &[
    row(
        "name",
        "a name, from the label or given",
        &["engine/blocks/src/naming.rs names_join_module_label_and_key"],
        &["app-name-malformed", "app-name-too-long", "stateful-name-too-long"],
        &[],
    ),
    row(
        "cluster",
        "the cluster, by context; the state is bound to it",
        &["engine/blocks/src/compile.rs names_of_the_configuration_stand_in_labels"],
        &[
            "tests/hermetic/bad_input.rs a_missing_kubeconfig_or_context",
            "tests/hermetic/bad_input.rs a_state_of_another_cluster",
        ],
        &["tests/src/scenarios/environments.rs two_environments_with_separate_states"],
    ),
    row(
        "namespace",
        "the namespace, live or declared",
        &["engine/blocks/src/edges.rs namespaces_claims_and_unknown_values_are_hard"],
        &["tests/hermetic/commands.rs a_missing_namespace_is_one_finding_with_advice_for_every_environment"],
        &["tests/src/scenarios/environments.rs two_environments_with_separate_states"],
    ),
    row(
        "replicas",
        "the number of pods",
        &["engine/blocks/src/blocks/app.rs everything_cheap_of_a_deployment"],
        &["replicas-negative", "replicas-fraction", "replicas-of-daemon-set"],
        &["tests/src/scenarios/ownership.rs a_replica_count_that_somebody_scaled_to_survives"],
    ),
    row(
        "kinds",
        "Deployment, StatefulSet, DaemonSet",
        &[REFERENCE, "engine/blocks/src/blocks/app.rs a_daemon_set"],
        &["kind-misspelt", "service-not-headless", "management-of-deployment"],
        &[],
    ),
    row(
        "containers",
        "several containers",
        &["engine/blocks/src/blocks/app.rs everything_cheap_of_a_deployment"],
        &["container-name-twice", "container-name-malformed", "app-without-container"],
        &["tests/src/scenarios/behind_our_back.rs an_added_container_is_never_called_no_changes"],
    ),
    row(
        "init_containers",
        "init containers and sidecars",
        &["engine/blocks/src/blocks/container.rs a_sidecar_and_every_source_of_the_environment"],
        &["init-with-liveness-probe", "init-with-readiness-probe", "init-with-pre-stop"],
        &["tests/src/scenarios/behind_our_back.rs swapped_init_containers_are_put_back"],
    ),
    row(
        "image",
        "an image; no version is the latest",
        &[
            "engine/blocks/src/image.rs references_follow_the_grammar",
            "engine/blocks/src/image.rs no_version_means_latest",
        ],
        &["image-upper-case", "image-tag-malformed", "image-untagged", "image-latest"],
        &[],
    ),
    row("always_pull", "always pull the image", &[REFERENCE], &["pull-policy-misspelt"], &[]),
    row(
        "limits",
        "limits of CPU and memory",
        &[REFERENCE],
        &["quantity-malformed", "memory-milli", "memory-unit-forgotten"],
        &[],
    ),
    row(
        "requests",
        "requests of CPU and memory",
        &[REFERENCE],
        &["request-above-limit", "request-above-limit-units", "cpu-unit-forgotten"],
        &[],
    ),
    row(
        "environment",
        "variables: values, fields, configs, secrets",
        &["engine/blocks/src/blocks/container.rs a_sidecar_and_every_source_of_the_environment"],
        &["env-key-twice", "env-config-key-missing", "secret-key-missing", "env-field-unknown"],
        &[],
    ),
    row(
        "probes",
        "liveness, readiness and startup probes",
        &["engine/blocks/src/blocks/probe.rs delays_are_always_written"],
        &["probe-two-handlers", "probe-without-handler"],
        &[],
    ),
    row(
        "http_probe",
        "probes by HTTP or HTTPS, with headers",
        &["engine/blocks/src/blocks/probe.rs delays_are_always_written"],
        &[
            "probe-port-unknown-http",
            "probe-port-out-of-range",
            "probe-scheme-misspelt",
            "probe-header-malformed",
        ],
        &[],
    ),
    row(
        "tcp_probe",
        "probes by TCP",
        &["engine/blocks/src/blocks/probe.rs delays_are_always_written"],
        &["probe-port-unknown"],
        &[],
    ),
    row(
        "command_probe",
        "probes by a command",
        &["engine/blocks/src/blocks/probe.rs delays_are_always_written"],
        &["probe-command-empty", "probe-exec-block"],
        &[],
    ),
    row(
        "probe_times",
        "delay, period, timeout and thresholds",
        &["engine/blocks/src/blocks/probe.rs delays_are_always_written"],
        &[
            "probe-period-zero",
            "probe-success-of-liveness",
            "probe-success-of-startup",
            "probe-timeout-above-period",
        ],
        &[],
    ),
    row("terminal", "standard input and a terminal", &[REFERENCE], &["tty-without-stdin"], &[]),
    row("command", "the start command and its arguments", &[REFERENCE], &["command-text"], &[]),
    row(
        "hooks",
        "hooks after the start and before the stop",
        &[REFERENCE],
        &["hook-two-handlers", "hook-without-handler", "hook-command-empty", "hook-pause-too-long"],
        &[],
    ),
    row(
        "volumes",
        "host paths, configs, secrets, temporary folders",
        &["engine/blocks/src/blocks/pod_volume.rs files_of_configs_secrets_and_nodes"],
        &[
            "config-files-key-missing",
            "secret-files-key-missing",
            "volume-host-path",
            "volume-host-path-relative",
        ],
        &[],
    ),
    row(
        "claims",
        "disks: an existing one, a shared one, one for each replica",
        &["engine/blocks/src/blocks/claim.rs a_shared_claim", REFERENCE],
        &[
            "claim-access-mode",
            "claim-per-replica-of-deployment",
            "claim-per-replica-unused",
            "claim-shared-by-replicas",
        ],
        &[],
    ),
    row(
        "network_storage",
        "NAS and OSS",
        &["engine/blocks/src/blocks/claim.rs network_storage_is_a_volume_and_its_claim"],
        &["nas-without-server", "nas-version", "oss-bucket", "oss-secret-keys"],
        &[],
    ),
    row(
        "mounts",
        "mounts, with sub paths and read-only ones",
        &["engine/blocks/src/blocks/app.rs everything_cheap_of_a_deployment"],
        &["mount-relative", "mount-twice", "mount-undeclared"],
        &[],
    ),
    row(
        "logs",
        "logs to the log service",
        &["engine/blocks/src/blocks/log.rs settings_of_the_log_store"],
        &["log-key-malformed", "log-key-twice", "log-without-mount", "log-path-relative"],
        &[],
    ),
    row(
        "log_settings",
        "tags, project, shards, days and machine group of logs",
        &["engine/blocks/src/blocks/log.rs settings_of_the_log_store"],
        &["log-tag-malformed", "log-shards", "log-ttl"],
        &[],
    ),
    row(
        "service_name",
        "a service's name",
        &["engine/blocks/src/blocks/service/tests.rs a_load_balancer_and_a_headless_service"],
        &["service-name-malformed"],
        &[],
    ),
    row(
        "service_types",
        "ClusterIP, NodePort, LoadBalancer, headless",
        &["engine/blocks/src/blocks/service/tests.rs a_load_balancer_and_a_headless_service"],
        &["service-type-misspelt"],
        &[],
    ),
    row(
        "service_ports",
        "ports of a service, TCP, UDP and SCTP, and of nodes",
        &["engine/blocks/src/blocks/service/tests.rs a_load_balancer_and_a_headless_service"],
        &[
            "service-target-undeclared",
            "service-protocol-differs",
            "service-node-port-inside",
            "service-node-port-range",
        ],
        &[],
    ),
    row(
        "load_balancer",
        "settings of Alibaba's load balancer",
        &["engine/blocks/src/blocks/service/tests.rs a_load_balancer_and_a_headless_service"],
        &["load-balancer-settings-inside", "load-balancer-old-annotation"],
        &[],
    ),
    row(
        "labels",
        "labels and annotations",
        &["engine/blocks/src/blocks/app.rs everything_cheap_of_a_deployment"],
        &["label-key-malformed", "label-value-malformed", "annotation-key-malformed"],
        &[],
    ),
    // With `gateway`, the same block becomes an HTTPRoute: its promises join those of `ingress.hcl`.
    row(
        "ingress",
        "an ingress: hosts, paths, TLS, class, annotations",
        &[
            "engine/blocks/src/blocks/ingress.rs tls_covers_all_hosts",
            "engine/blocks/src/blocks/route.rs a_host_is_a_route_and_a_backend_a_rule",
        ],
        &["ingress-host-is-address", "ingress-route-twice", "ingress-port-undeclared", "gateway"],
        &["tests/real/routes.rs routes_that_pass_here_pass_there"],
    ),
    row(
        "access_objects",
        "services and ingresses are changed and deleted",
        &[REFERENCE],
        &[
            "ingress-of-deleted-service",
            "ingress-port-of-none",
            "tests/hermetic/losses.rs deletes_in_a_protected_environment_are_allowed_by_name",
        ],
        WALK,
    ),
    row(
        "autoscaling",
        "autoscaling by CPU, memory and other metrics",
        &["engine/blocks/src/blocks/autoscale.rs behaviour_and_metrics_of_pods"],
        &["autoscale-without-request", "autoscale-min-above-max", "autoscale-twice"],
        &["tests/src/scenarios/ownership.rs a_replica_count_that_somebody_scaled_to_survives"],
    ),
    row(
        "node_affinity",
        "nodes that pods must have",
        &[AFFINITY, "engine/blocks/src/blocks/affinity.rs every_operator"],
        &["match-values-empty", "match-gt-text", "match-two-operators", "match-without-operator"],
        &[],
    ),
    row("preferred_nodes", "nodes that pods would rather have", &[AFFINITY], &["affinity-weight"], &[]),
    row(
        "pod_affinity",
        "pods beside and apart from others",
        &[AFFINITY],
        &["affinity-without-topology", "affinity-weight", "affinity-near-miss"],
        &[],
    ),
    row(
        "listing",
        "made objects are listed, with their pods and claims",
        &[REFERENCE],
        &[
            "tests/hermetic/commands.rs what_is_empty_says_what_to_do_next",
            "tests/hermetic/commands.rs what_is_not_listed_is_named_with_the_command_that_lists",
        ],
        WALK,
    ),
    row(
        "scaling",
        "scaling in order, up and down",
        &["engine/blocks/src/blocks/app.rs everything_cheap_of_a_deployment"],
        &["management-misspelt", "management-of-deployment", "claim-shared-by-replicas"],
        WALK,
    ),
    row(
        "claim_retention",
        "disks outlive scaling down and deletion",
        &[REFERENCE],
        &["claim-retention-of-deployment"],
        WALK,
    ),
    row(
        "ordinals",
        "pods are called by their number",
        &["engine/blocks/src/blocks/stateful.rs a_stateful_set_has_a_shorter_name"],
        &["ordinals-of-deployment"],
        WALK,
    ),
    row(
        "persistence",
        "a pod that comes back finds its disk",
        &[REFERENCE],
        &[
            "disk-given-up",
            "claim-per-replica-of-deployment",
            "claim-per-replica-unused",
            "engine/plan/src/tests/replaces.rs claims_that_go_with_their_set_are_told_when_it_is_replaced",
        ],
        WALK,
    ),
];

/// A link to a mistake and the codes that are said of it, after it was found.
fn mistake_link(place: &str) -> String {
    if place.contains(' ') {
        return test_link(place);
    }
    let file = format!("engine/blocks/mistakes/{place}");
    let said =
        std::fs::read_to_string(root().join(format!("{file}.txt"))).unwrap_or_else(|e| panic!("{file}: {e}"));
    assert!(root().join(format!("{file}.hcl")).exists(), "{file}.hcl");
    let codes: BTreeSet<&str> = said
        .lines()
        .filter_map(|l| l.strip_prefix("error[").or_else(|| l.strip_prefix("warning[")))
        .filter_map(|l| l.split_once(']'))
        .map(|(code, _)| code)
        .collect();
    assert!(!codes.is_empty(), "{place} is no mistake");
    format!("[{place}](../../{file}.txt)")
}

#[test]
fn every_row_has_its_tests_and_the_page_says_so() {
    let names: Vec<_> = ROWS.iter().map(|row| row.name).collect();
    assert_eq!(names, coverage::ROWS, "rows, and the tests that are made of them");
    assert_eq!(names.len(), 42);
    let mut page = String::from(
        "<!-- Written by tests/hermetic/coverage.rs: UPDATE_EXPECT=1 cargo test -p plimsoll-tests --test hermetic coverage -->\n\
         # Coverage\n\n\
         The features of the reference, and where each is tested. The test of the row's name compiles its\n\
         configuration, finds the promised fields in the objects, asks a strict dry run for them, applies, reads them back\n\
         and plans again, for nothing: on the sandbox in `cargo test`, on a real control plane in `tests/cluster/run`.\n\n\
         | # | Feature | Configuration and test | Becomes | Compiled object, also | Refused mistakes | Walked on both clusters, also |\n|-|-|-|-|-|-|-|\n",
    );
    for (number, row) in ROWS.iter().enumerate() {
        let links = |places: &[&str], link: fn(&str) -> String| {
            places.iter().map(|p| link(p)).collect::<Vec<_>>().join(", ")
        };
        assert!(!row.compiled.is_empty() && !row.refused.is_empty(), "{} has no tests", row.name);
        let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for promise in coverage::promises(&coverage::text(row.name), "shop", "prod") {
            fields.entry(promise.object.0).or_default().insert(kind_of_path(&promise.path));
        }
        let fields: Vec<_> = fields
            .iter()
            .map(|(kind, paths)| {
                let paths: Vec<_> = paths.iter().map(|p| format!("`{p}`")).collect();
                format!("{kind} {}", paths.join(" "))
            })
            .collect();
        writeln!(
            page,
            "| {} | {} | [{name}](../../tests/src/coverage/{name}.hcl) | {} | {} | {} | {} |",
            number + 1,
            row.feature,
            fields.join("; "),
            links(row.compiled, test_link),
            links(row.refused, mistake_link),
            links(row.walked, scenario_link),
            name = row.name,
        )
        .unwrap();
    }
    expect_file![root().join("docs/reference/coverage.md")].assert_eq(&page);
}

/// A path without the names and indexes of list items.
fn kind_of_path(path: &str) -> String {
    let mut out = String::new();
    for (i, part) in path.split('[').enumerate() {
        match part.split_once(']') {
            Some((key, rest)) if i > 0 && key.starts_with('"') => write!(out, "[{key}]{rest}").unwrap(),
            Some((_, rest)) if i > 0 => write!(out, "[]{rest}").unwrap(),
            _ => out.push_str(part),
        }
    }
    out.replace("spec.template.spec.", "…")
}

#[test]
fn compiled_objects_are_what_stands_beside_the_configurations() {
    for row in ROWS {
        let text = coverage::text(row.name);
        let environment = "environment \"prod\" {\n  namespace = \"shop\"\n  sandbox {}\n}\n";
        let objects =
            coverage::compiled(&[("main.hcl", &text), ("environment.hcl", environment)], Some("prod"));
        coverage::assert_kept(row.name, &coverage::promises(&text, "shop", "prod"), &objects);
        let yaml: Vec<_> = objects.iter().map(|o| serde_saphyr::to_string(o).unwrap()).collect();
        expect_file![coverage::file(row.name).with_extension("yaml")].assert_eq(&yaml.join("---\n"));
    }
}
