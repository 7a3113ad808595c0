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
use plimsoll_model::Severity;

use crate::mistakes::{compiled, folder, names};
use crate::oracle::{complaints, question};
use crate::testing::{app, compile};

const RECORDED: &str = include_str!("../recorded/stricter.txt");
const RECORDED_AT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/recorded/stricter.txt");
const RENEW: &str =
    "PLIMSOLL_RECORD=$(tests/oracle/build) UPDATE_EXPECT=1 cargo test -p plimsoll-blocks stricter";

/// Mistakes of which nothing reaches an object.
const UNWRITTEN: &[&str] = &[
    "attribute-as-block",
    "bad-argument",
    "bad-ignore-changes",
    "bad-key",
    "bad-quantity",
    "bad-syntax",
    "block-as-attribute",
    "ignore-in-part",
    "ignore-of-identity",
    "ignore-of-nothing",
    "manifest-unknown-field",
    "manifest-wrong-type",
    "missing-attribute",
    "missing-block",
    "not-allowed",
    "out-of-range",
    "raw-item-without-key",
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
    ("autoscale-without-request", "a percentage of nothing cannot be counted, so nothing would be scaled"),
    ("bad-device-path", "a path of a device that is not absolute makes no device"),
    ("bad-log-key", "the collector makes a log store of the key, and stores have such names"),
    (
        "bad-mount-path",
        "the runtime refuses a relative path when the container starts, and `:` separates paths there",
    ),
    (
        "bad-name",
        "API servers take the name of a service that starts with a digit only with `RelaxedServiceNameValidation`",
    ),
    (
        "claim-without-mount",
        "a claim of each replica is made for a container that mounts it; nothing would be made of the block",
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
    (
        "import-other-name",
        "the object that the import names would stay as it is, and another one be made beside it",
    ),
    ("ip-families", "the API server refuses them later, where it assigns addresses"),
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
    ("policy-violated", "the configuration states the rule itself"),
    ("port-of-other-app", "a probe asks its own container, where the other app does not listen"),
    ("protocol-mismatch", "nothing answers where the container listens for another protocol"),
    ("reserved-key", "by these labels Plimsoll knows what is its own"),
    ("roll-on-change-of-data", "declared data rolls its apps anyway: the line would do nothing"),
    ("root-refused", "the node refuses to start the container, for ever"),
    ("service-of-other-app", "the pods would have no names in the network"),
    ("sysctl-without-namespace", "the node refuses pods that would change its own settings"),
    ("two-autoscales", "both would write the number of replicas in turn, for ever"),
    ("two-manifest-names", "one of the two names would silently be ignored"),
    ("two-manifests", "one of the two would be overlooked"),
    ("two-selectors", "one of the two would silently be ignored"),
    ("two-sources", "one of the two would silently be ignored"),
    ("unknown-capability", "the runtime does not start a container with a right that Linux does not have"),
    ("unknown-container", "what does not run is never measured, so nothing would be scaled"),
    ("unknown-key", "the container waits for ever for a key that does not exist"),
    ("unknown-port", "a probe or hook that names no port of its container fails for ever"),
    ("unknown-variable", "the container does not start while a variable of a path is missing"),
    ("update-cannot-move", "an update of the StatefulSet would never replace a pod"),
];

/// A value that our grammar refuses and the API takes.
struct Stricter {
    /// The attribute.
    attribute: &'static str,
    /// A line of a container, or of the configuration where it is a block of its own.
    line: &'static str,
    /// A text in that line, and another one in its place that we refuse.
    texts: (&'static str, &'static str),
    /// Why.
    reason: &'static str,
}

const fn stricter(
    attribute: &'static str,
    line: &'static str,
    texts: (&'static str, &'static str),
    reason: &'static str,
) -> Stricter {
    Stricter { attribute, line, texts, reason }
}

const VALUES: &[Stricter] = &[
    stricter(
        "`image` of a container",
        "image = \"good:1\"",
        ("good:1", "Not An Image"),
        "no registry has an image by such a name",
    ),
    stricter(
        "`path` of `http_get`",
        "liveness_probe {\nhttp_get {\nport = 80\npath = \"/good\"\n}\n}",
        ("/good", "good"),
        "the request would go to another path than the one that was written",
    ),
    stricter(
        "`host_ip` of a port",
        "port \"a\" {\ncontainer_port = 81\nhost_port = 81\nhost_ip = \"10.9.8.7\"\n}",
        ("10.9.8.7", "node-7"),
        "the node cannot bind the port to what is no address",
    ),
    stricter(
        "`termination_message_path` of a container",
        "termination_message_path = \"/good\"",
        ("/good", "good"),
        "the container does not start with a relative path",
    ),
    stricter(
        "`name` of a claim",
        "volume \"v\" {\nclaim {\nname = \"good\"\nsize = \"1Gi\"\n}\n}",
        ("good", "go.od"),
        "the same name is the volume's in the pod, which has no dots",
    ),
    stricter(
        "`version` of `nas`",
        "volume \"v\" {\nnas {\nserver = \"x\"\nversion = \"4.0\"\n}\n}",
        ("4.0", "5"),
        "the driver mounts NFS 3, 4.0 and 4.1",
    ),
    stricter(
        "`path` of `nas` and `oss`",
        "volume \"v\" {\nnas {\nserver = \"x\"\npath = \"/good\"\n}\n}",
        ("/good", "good"),
        "the driver looks for a folder below the root of the server",
    ),
    stricter(
        "`bucket` of `oss`",
        "volume \"v\" {\noss {\nbucket = \"good\"\nurl = \"x\"\n}\n}",
        ("good", "My_Bucket"),
        "OSS has no bucket by such a name",
    ),
    stricter(
        "`path` of `log`",
        "log \"l\" { path = \"stdout\" }",
        ("stdout", "stderr"),
        "the collector knows `stdout` and files, and takes the former for both streams",
    ),
    stricter(
        "`external_name` of a service",
        "service \"s\" {\ntype = \"ExternalName\"\nexternal_name = \"db.example.com\"\n}",
        ("db.example.com", "10.1.2.3"),
        "the DNS takes an address for a name, which nobody has",
    ),
    stricter(
        "`tags` of `log`",
        "log \"l\" {\npath = \"stdout\"\ntags = { good = \"x\" }\n}",
        ("good", "go_od"),
        "the collector cuts names at `_`",
    ),
    stricter(
        "`logstore`, `project` and `machine_group` of `log`",
        "log \"l\" {\npath = \"stdout\"\nlogstore = \"good\"\n}",
        ("good", "Go Od"),
        "the log service has none by such a name",
    ),
];

/// Values that are refused here, as Kubernetes would see them.
fn values() -> Vec<Mistake> {
    let place = |line: &str| match line.starts_with("volume ") {
        true => format!("{}{line}\n", app("mount \"/v\" { volume = volume.v }", "")),
        false if line.starts_with("service ") => format!("{}{line}\n", app("", "")),
        false if line.starts_with("image") => format!("app \"web\" {{\ncontainer \"web\" {{ {line} }}\n}}"),
        false => app(line, ""),
    };
    let judged = |value: &Stricter| {
        let (good, bad) = value.texts;
        let compiled = compile(&place(value.line));
        assert_eq!(compiled.report.count(Severity::Error), 0, "{}", value.attribute);
        let refused = compile(&place(&value.line.replace(good, bad)));
        assert!(refused.report.count(Severity::Error) > 0, "{} takes {bad}", value.attribute);
        let questions = compiled.desired.objects.iter().map(question);
        Mistake {
            name: value.attribute.replace(' ', "-"),
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
        let compiled = compiled(&folder, &name);
        let errors = compiled.report.items().iter().filter(|d| d.severity == Severity::Error);
        let codes: BTreeSet<_> = errors.map(|d| d.code.to_string()).collect();
        let questions: Vec<_> = compiled.desired.objects.iter().map(question).collect();
        let judged = !codes.is_empty()
            && !questions.is_empty()
            && !codes.iter().any(|code| UNWRITTEN.contains(&code.as_str()));
        judged.then_some(Mistake { name, codes, questions })
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
        out.push_str(&format!("| {} | `{}` | {} |\n", value.attribute, value.texts.1, value.reason));
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
                taken.entry(code).or_default().push(&mistake.name);
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
