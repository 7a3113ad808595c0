//! For tests: what our checks refuse and the API would take, with the reasons.
//!
//! Each configuration of `mistakes` compiles, in spite of its mistake, to objects; where Kubernetes'
//! own validation has nothing against them, we are stricter than it is, and that needs a reason.
//! The verdicts are committed; the page `docs/reference/stricter.md` is written from them. Mistakes
//! whose value never reaches an object, since it has the wrong type or grammar, cannot be judged so.

#![expect(clippy::disallowed_methods, reason = "it reads and writes files of the repository")]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::Path;

use expect_test::expect_file;
use plimsoll_model::{Diagnostic, Severity};

use crate::mistakes::{compiled, folder, names};
use crate::oracle::{case, complaints, question};
use crate::testing::{app, compile};

const RECORDED: &str = include_str!("../recorded/stricter.txt");
const RECORDED_AT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/recorded/stricter.txt");
const RENEW: &str =
    "PLIMSOLL_RECORD=$(tests/oracle/build) UPDATE_EXPECT=1 cargo test -p plimsoll-blocks stricter";

/// Mistakes in values of attributes: the value reaches an object where its type can hold it.
const OF_VALUES: &[&str] = &["bad-key", "bad-syntax", "out-of-range"];

/// Mistakes of which nothing reaches an object, or what fails before there is a value.
pub const UNWRITTEN: &[&str] = &[
    "attribute-as-block",
    "bad-argument",
    "bad-ignore-changes",
    "bad-quantity",
    "block-as-attribute",
    "conflict-path",
    "conflict-twice",
    "duplicate-attribute",
    "function-failed",
    "ignore-in-part",
    "ignore-of-identity",
    "ignore-of-nothing",
    "manifest-unknown-field",
    "manifest-wrong-type",
    "missing-attribute",
    "missing-block",
    "no-data-source",
    "not-allowed",
    "raw-item-without-key",
    "raw-unknown-field",
    "raw-wrong-type",
    "repeated-block",
    "unknown-attribute",
    "unknown-block",
    "unknown-not-allowed",
    "unsupported-attribute",
    "wrong-labels",
    "wrong-type",
];

/// Why we refuse what the API takes, by code.
const REASONS: &[(&str, &str)] = &[
    (
        "alibaba-without-load-balancer",
        "settings of a load balancer that is never made; a public address was meant, and none comes",
    ),
    ("annotation-replaced", "what has replaced it is checked, and works on all clusters"),
    ("autoscale-without-request", "a percentage of nothing cannot be counted, so nothing would be scaled"),
    ("bad-device-path", "a path of a device that is not absolute makes no device"),
    ("bad-log-key", "the collector makes a log store of the key, and stores have such names"),
    (
        "bad-mount-path",
        "the runtime refuses a relative path when the container starts, and `:` separates paths there",
    ),
    ("bad-path", "an empty path means every path to some controllers, and none to others"),
    (
        "bad-name",
        "API servers take the name of a service that starts with a digit only with `RelaxedServiceNameValidation`",
    ),
    (
        "claim-without-mount",
        "a claim of each replica is made for a container that mounts it; nothing would be made of the block",
    ),
    (
        "direction-not-restricted",
        "the API takes rules of a direction that is not restricted, and nobody obeys them",
    ),
    ("duplicate-env", "the variable of a `log` would be hidden by another one, and nothing collected"),
    ("duplicate-file", "of two keys that become one file, one is lost"),
    ("duplicate-host-alias", "names of one address belong together: what stands apart is overlooked"),
    ("duplicate-label-key", "a label compared twice is a slip, and another one was meant"),
    ("duplicate-log-key", "of two logs with one key, one is lost"),
    ("duplicate-metric", "of one metric with two targets, the lower one would always hold"),
    ("duplicate-mount", "`/data` and `/data/` are one folder, and one of two volumes there is hidden"),
    ("duplicate-port", "services find ports by name in the whole pod; which of two is meant nobody knows"),
    ("duplicate-route", "controllers differ in which of two backends one host and path gets"),
    ("duplicate-volume", "the volumes would become one in the pod"),
    ("handle-is-not-name", "Alibaba's drivers find a volume by the name of its PersistentVolume"),
    ("health-check-without-local", "every node takes traffic, so no balancer asks which ones have pods"),
    ("host-is-address", "the certificate of an address is for no host that a rule can have"),
    (
        "import-other-name",
        "the object that the import names would stay as it is, and another one be made beside it",
    ),
    ("ip-families", "the API server refuses them later, where it assigns addresses"),
    ("job-indexes", "numbered pods whose number nobody gives would be one pod"),
    (
        "label-matched-twice",
        "the API takes it in the pods of a StatefulSet, which would then all be counted, or none of them",
    ),
    ("log-without-mount", "the collector reads files from volumes only, so it would find none"),
    ("match-contradiction", "nothing can satisfy both, so no pod would ever run, or no rule ever hold"),
    ("match-operator", "a `match` with two operators would silently be one of them"),
    ("mount-of-blocks", "the node refuses to mount a claim of raw blocks, for ever"),
    ("mount-over-root", "a volume at `/` hides the program that should start"),
    ("name-collision", "two blocks would write one object in turn"),
    ("name-of-documents", "a name beside several objects would silently be that of none"),
    (
        "name-too-long",
        "the pods carry the name and a hash as a label, which is then too long, so none is ever made",
    ),
    ("needs-schedule", "a job that runs once has no such field: the word would silently be ignored"),
    ("no-manifest", "a block that makes nothing was meant to make something"),
    ("no-selector", "a term that selects no pods does nothing"),
    ("no-terms", "an empty block does nothing, so something was forgotten"),
    ("not-a-pull-secret", "the node ignores secrets of another type, and the registry refuses it"),
    (
        "not-for-init",
        "API servers before 1.36 refuse a `resize_policy` here, and an init container is over before it matters",
    ),
    ("not-for-metric", "the metric has nothing that the word is about: it would silently be ignored"),
    ("not-for-kind", "the kind has no such field: the word would silently be ignored"),
    (
        "not-for-type",
        "a service of the type has nothing that the word is about: it would silently be ignored",
    ),
    ("nothing-projected", "an empty folder is what `empty_dir` is for"),
    (
        "out-of-range",
        "API servers without `MaxUnavailableStatefulSet` drop the number that a StatefulSet can lack, whatever it is",
    ),
    ("policy-violated", "the configuration states the rule itself"),
    ("port-of-other-app", "a probe asks its own container, where the other app does not listen"),
    ("protocol-mismatch", "nothing answers where the container listens for another protocol"),
    ("reserved-key", "by these labels Plimsoll knows what is its own"),
    ("roll-on-change-of-data", "declared data rolls its apps anyway: the line would do nothing"),
    ("root-refused", "the node refuses to start the container, for ever"),
    ("service-of-other-app", "the pods would have no names in the network"),
    ("sysctl-without-namespace", "the node refuses pods that would change its own settings"),
    (
        "timeout-without-affinity",
        "clients that do not stay have no time to stay: it would silently be ignored",
    ),
    ("two-autoscales", "both would write the number of replicas in turn, for ever"),
    ("two-manifest-names", "one of the two names would silently be ignored"),
    ("two-manifests", "one of the two would be overlooked"),
    ("two-selectors", "one of the two would silently be ignored"),
    ("two-sources", "one of the two would silently be ignored"),
    ("two-targets", "one of the two would silently be ignored"),
    ("unknown-capability", "the runtime does not start a container with a right that Linux does not have"),
    ("unknown-container", "what does not run is never measured, so nothing would be scaled"),
    ("unknown-key", "the container waits for ever for a key that does not exist"),
    ("unknown-port", "a probe or hook that names no port of its container fails for ever"),
    ("unknown-variable", "the container does not start while a variable of a path is missing"),
    ("update-cannot-move", "an update of the StatefulSet would never replace a pod"),
];

/// A value that our grammar refuses and the API takes.
struct Stricter {
    /// The attributes, and the blocks that have them.
    attributes: &'static [&'static str],
    blocks: &'static [&'static str],
    /// A line of a container, or of the configuration where it is a block of its own.
    line: &'static str,
    /// A text in that line, and another one in its place that we refuse.
    texts: (&'static str, &'static str),
    /// Why.
    reason: &'static str,
}

const fn stricter(
    (attributes, blocks): (&'static [&'static str], &'static [&'static str]),
    line: &'static str,
    texts: (&'static str, &'static str),
    reason: &'static str,
) -> Stricter {
    Stricter { attributes, blocks, line, texts, reason }
}

impl Stricter {
    /// The attribute, as the page names it.
    fn attribute(&self) -> String {
        format!("{} of {}", listed(self.attributes), listed(self.blocks))
    }
}

/// Words as a text: `a`, `b` and `c`.
fn listed(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Why we refuse what the API takes; none for what has no reason. See [`refusal`].
pub fn reason(refusal: &str) -> Option<&'static str> {
    let Some((attribute, block)) = refusal.split_once(' ').and_then(|(_, place)| place.split_once(" of "))
    else {
        return REASONS.iter().find(|(code, _)| *code == refusal).map(|(_, reason)| *reason);
    };
    let meant = |value: &&Stricter| value.attributes.contains(&attribute) && value.blocks.contains(&block);
    VALUES.iter().find(meant).map(|value| value.reason)
}

/// What an error is about: its code, and `path of http_get` behind it where the code belongs to the
/// values of all attributes.
pub fn refusal(error: &Diagnostic) -> String {
    let code = error.code.to_string();
    if !OF_VALUES.contains(&code.as_str()) {
        return code;
    }
    // Such as: which `env.COLOR` of container "web" takes. What belongs to no attribute has no such text.
    let place = error.detail.split_once("which ").map(|(_, place)| place);
    let place = place.and_then(|place| place.trim_start_matches("the keys of ").strip_prefix('`'));
    let Some((attribute, block)) = place.and_then(|place| place.split_once("` of ")) else { return code };
    let attribute = attribute.split(['.', '[']).next().unwrap_or_default();
    let block = block.split([' ', '.']).next().unwrap_or_default();
    format!("{code} {attribute} of {block}")
}

const VALUES: &[Stricter] = &[
    stricter(
        (&["image"], &["container"]),
        "image = \"good:1\"",
        ("good:1", "Not An Image"),
        "no registry has an image by such a name",
    ),
    stricter(
        (&["path"], &["http_get"]),
        "liveness_probe {\nhttp_get {\nport = 80\npath = \"/good\"\n}\n}",
        ("/good", "good"),
        "the request would go to another path than the one that was written",
    ),
    stricter(
        (&["host_ip"], &["port"]),
        "port \"a\" {\ncontainer_port = 81\nhost_port = 81\nhost_ip = \"10.9.8.7\"\n}",
        ("10.9.8.7", "node-7"),
        "the node cannot bind the port to what is no address",
    ),
    stricter(
        (&["termination_message_path"], &["container"]),
        "termination_message_path = \"/good\"",
        ("/good", "good"),
        "the container does not start with a relative path",
    ),
    stricter(
        (&["name"], &["claim"]),
        "volume \"v\" {\nclaim {\nname = \"good\"\nsize = \"1Gi\"\n}\n}",
        ("good", "go.od"),
        "the same name is the volume's in the pod, which has no dots",
    ),
    stricter(
        (&["version"], &["nas"]),
        "volume \"v\" {\nnas {\nserver = \"x\"\nversion = \"4.0\"\n}\n}",
        ("4.0", "5"),
        "the driver mounts NFS 3, 4.0 and 4.1",
    ),
    stricter(
        (&["path"], &["nas", "oss"]),
        "volume \"v\" {\nnas {\nserver = \"x\"\npath = \"/good\"\n}\n}",
        ("/good", "good"),
        "the driver looks for a folder below the root of the server",
    ),
    stricter(
        (&["bucket"], &["oss"]),
        "volume \"v\" {\noss {\nbucket = \"good\"\nurl = \"x\"\n}\n}",
        ("good", "My_Bucket"),
        "OSS has no bucket by such a name",
    ),
    stricter(
        (&["path"], &["log"]),
        "log \"l\" { path = \"stdout\" }",
        ("stdout", "stderr"),
        "the collector knows `stdout` and files, and takes the former for both streams",
    ),
    stricter(
        (&["name"], &["existing_claim"]),
        "volume \"v\" {\nexisting_claim { name = \"good\" }\n}",
        ("good", "My_Claim"),
        "there is no claim by such a name, so the pods would wait for ever",
    ),
    stricter(
        (&["path"], &["host_path"]),
        "volume \"v\" {\nhost_path { path = \"/good\" }\n}",
        ("/good", "good"),
        "a node has no folder that relative paths start from",
    ),
    stricter(
        (&["active_deadline_seconds"], &["job"]),
        "job \"run\" {\nactive_deadline_seconds = 54321\ncontainer \"run\" { image = \"run:1\" }\n}",
        ("54321", "0"),
        "the job would be over before it started",
    ),
    stricter(
        (
            &["period_seconds", "timeout_seconds", "failure_threshold", "success_threshold"],
            &["liveness_probe", "readiness_probe", "startup_probe"],
        ),
        "liveness_probe {\nexec = [\"x\"]\nperiod_seconds = 54321\n}",
        ("54321", "0"),
        "the API takes nothing for its default, which is not what was written",
    ),
    stricter(
        (&["termination_grace_period_seconds"], &["app", "job"]),
        "app \"web\" {\ntermination_grace_period_seconds = 54321\ncontainer \"web\" { image = \"web:1\" }\n}",
        ("54321", "-1"),
        "the API takes one second for it, which is not what was written",
    ),
    stricter(
        (&["shards"], &["log"]),
        "log \"l\" {\npath = \"stdout\"\nshards = 9\n}",
        ("9", "11"),
        "a log store has at most ten shards",
    ),
    stricter(
        (&["ttl"], &["log"]),
        "log \"l\" {\npath = \"stdout\"\nttl = 365\n}",
        ("365", "3651"),
        "a log store keeps its logs for at most 3,650 days",
    ),
    stricter(
        (&["cluster_ips"], &["service"]),
        "service \"s\" {\napp = app.web\ncluster_ips = [\"10.96.0.9\"]\n}",
        ("10.96.0.9", "None"),
        "`type = \"Headless\"` says it, and everything that follows from it is checked",
    ),
    stricter(
        (&["load_balancer_ip"], &["service"]),
        "service \"s\" {\napp = app.web\ntype = \"LoadBalancer\"\nload_balancer_ip = \"10.9.8.7\"\n}",
        ("10.9.8.7", "front"),
        "no cloud finds a balancer by what is no address",
    ),
    stricter(
        (&["load_balancer_source_ranges"], &["service"]),
        "service \"s\" {\napp = app.web\ntype = \"LoadBalancer\"\nload_balancer_source_ranges = [\"10.9.0.0/16\"]\n}",
        ("10.9.0.0/16", " 10.9.0.0/16"),
        "spaces are a slip, and not all clouds cut them off",
    ),
    stricter(
        (&["volume_name"], &["claim"]),
        "volume \"v\" {\nclaim {\nsize = \"1Gi\"\nvolume_name = \"good\"\n}\n}",
        ("good", "Go_Od"),
        "there is no volume by such a name, so the claim would wait for ever",
    ),
    stricter(
        (&["scheduler_name"], &["app", "job"]),
        "app \"web\" {\nscheduler_name = \"good\"\ncontainer \"web\" { image = \"web:1\" }\n}",
        ("good", ""),
        "the API takes nothing for the default scheduler, which is not what was written",
    ),
    stricter(
        (&["topology_key"], &["topology_spread"]),
        "app \"web\" {\ntopology_spread { topology_key = \"good\" }\ncontainer \"web\" { image = \"web:1\" }\n}",
        ("good", "a b"),
        "no node has a label by such a name, so no pod would find a place",
    ),
    stricter(
        (&["external_name"], &["service"]),
        "service \"s\" {\ntype = \"ExternalName\"\nexternal_name = \"db.example.com\"\n}",
        ("db.example.com", "10.1.2.3"),
        "the DNS takes an address for a name, which nobody has",
    ),
    stricter(
        (&["tags"], &["log"]),
        "log \"l\" {\npath = \"stdout\"\ntags = { good = \"x\" }\n}",
        ("good", "go_od"),
        "the collector cuts names at `_`",
    ),
    stricter(
        (&["logstore", "project", "machine_group"], &["log"]),
        "log \"l\" {\npath = \"stdout\"\nlogstore = \"good\"\n}",
        ("good", "Go Od"),
        "the log service has none by such a name",
    ),
];

/// Values that are refused here, as Kubernetes would see them.
fn values() -> Vec<Mistake> {
    let place = |line: &str| match line.starts_with("volume ") {
        _ if ["app ", "job "].iter().any(|block| line.starts_with(block)) => format!("{line}\n"),
        true => format!("{}{line}\n", app("mount \"/v\" { volume = volume.v }", "")),
        false if line.starts_with("service ") => format!("{}{line}\n", app("", "")),
        false if line.starts_with("image") => format!("app \"web\" {{\ncontainer \"web\" {{ {line} }}\n}}"),
        false => app(line, ""),
    };
    let judged = |value: &Stricter| {
        let (good, bad) = value.texts;
        let compiled = compile(&place(value.line));
        assert_eq!(compiled.report.count(Severity::Error), 0, "{}", value.attribute());
        let refused = compile(&place(&value.line.replace(good, bad)));
        assert!(refused.report.count(Severity::Error) > 0, "{} takes {bad}", value.attribute());
        let questions = compiled.desired.objects.iter().map(question);
        Mistake {
            name: value.attribute().replace(' ', "-"),
            codes: BTreeSet::new(),
            questions: questions.map(|q| q.replace(good, bad)).collect(),
        }
    };
    VALUES.iter().map(judged).collect()
}

/// What is wrong with a configuration, and what it compiles to.
struct Mistake {
    name: String,
    codes: BTreeSet<String>,
    questions: Vec<String>,
}

impl Mistake {
    fn digest(&self) -> String {
        blake3::hash(self.questions.join("\n").as_bytes()).to_hex().chars().take(12).collect()
    }
}

/// The mistakes that Kubernetes can judge.
fn mistakes() -> Vec<Mistake> {
    let folder = folder("mistakes");
    let read = |name: String| {
        let case = case(name.clone(), || compiled(&folder, &name));
        let judged = !case.codes.is_empty() && !case.objects.is_empty() && case.written;
        let questions = case.objects.into_iter().map(|object| object.question).collect();
        judged.then_some(Mistake { name, codes: case.codes, questions })
    };
    names(&folder).into_iter().filter_map(read).collect()
}

/// A line for each mistake: name, digest of the objects, and the first thing that Kubernetes says.
fn record(binary: &str, mistakes: &[Mistake]) -> String {
    let all: Vec<&str> = mistakes.iter().flat_map(|m| m.questions.iter().map(String::as_str)).collect();
    let mut answers = complaints(binary, &all).into_iter();
    let line = |mistake: &Mistake| {
        let said: Vec<String> = answers.by_ref().take(mistake.questions.len()).flatten().collect();
        let verdict = said.first().map_or_else(|| "taken".into(), |s| format!("refused {s}"));
        format!("{} {} {verdict}\n", mistake.name, mistake.digest())
    };
    mistakes.iter().map(line).collect()
}

fn page(taken: &BTreeMap<&str, Vec<&str>>) -> String {
    let mut out = String::from(
        "<!-- Written from engine/blocks/src/stricter.rs and the verdicts of Kubernetes' own validation. -->\n\
         # Stricter than the API\n\n\
         What `validate` refuses although the API server would take it, and why. Everything else that it\n\
         refuses, the API refuses too, or it never reaches an object: words, types and ranges of attributes\n\
         stand on the [pages of the blocks](README.md#blocks).\n\n\
         | Code | Why | For example |\n|-|-|-|\n",
    );
    for (code, names) in taken {
        let reason = REASONS.iter().find(|(c, _)| c == code).map_or("", |(_, reason)| reason);
        let examples: Vec<_> = names
            .iter()
            .take(3)
            .map(|name| format!("[{name}](../../engine/blocks/mistakes/{name}.hcl)"))
            .collect();
        out.push_str(&format!("| `{code}` | {reason} | {} |\n", examples.join(", ")));
    }
    out.push_str("\nValues that have the type which the API wants, but make no sense:\n\n| Value | For example | Why |\n|-|-|-|\n");
    for value in VALUES {
        out.push_str(&format!("| {} | `{}` | {} |\n", value.attribute(), value.texts.1, value.reason));
    }
    out
}

#[test]
fn whatever_is_stricter_has_a_reason() {
    let mut mistakes = mistakes();
    mistakes.extend(values());
    let recorded = match env::var("PLIMSOLL_RECORD") {
        Ok(binary) => {
            let recorded = record(&binary, &mistakes);
            fs::write(RECORDED_AT, &recorded).unwrap();
            recorded
        }
        Err(_) => RECORDED.to_string(),
    };
    let verdicts: BTreeMap<(&str, &str), &str> = recorded
        .lines()
        .filter_map(|line| {
            let (name, rest) = line.split_once(' ')?;
            let (digest, verdict) = rest.split_once(' ')?;
            Some(((name, digest), verdict))
        })
        .collect();
    let mut taken: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for mistake in &mistakes {
        let digest = mistake.digest();
        let verdict = verdicts.get(&(mistake.name.as_str(), digest.as_str()));
        let Some(verdict) = verdict else {
            panic!("Kubernetes has not judged {} as it is now: {RENEW}", mistake.name)
        };
        assert!(!mistake.codes.is_empty() || *verdict == "taken", "the API refuses {} too", mistake.name);
        if *verdict == "taken" {
            for code in &mistake.codes {
                match code.contains(' ') {
                    true => assert!(reason(code).is_some(), "{code} has no reason, in {}", mistake.name),
                    false => taken.entry(code).or_default().push(&mistake.name),
                }
            }
        }
    }
    assert_eq!(verdicts.len(), mistakes.len(), "verdicts of mistakes that are gone: {RENEW}");
    let known: BTreeSet<_> = REASONS.iter().map(|(code, _)| *code).collect();
    let stricter: BTreeSet<_> = taken.keys().copied().collect();
    assert_eq!(known, stricter, "reasons, and the codes that need one");
    let page_at = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/stricter.md");
    expect_file![page_at].assert_eq(&page(&taken));
}
