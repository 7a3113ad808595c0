//! For tests: what our checks let through, Kubernetes' own validation takes.
//!
//! Random configurations with random mistakes are compiled; the objects of those without an error
//! are compared with what the oracle (`tests/oracle`) once said of them, and the oracle itself
//! judges more of them where `PLIMSOLL_ORACLE` names its binary, those that we refuse as well
//! (`refused.rs`). `tests/oracle/paths` asks which of its complaints were reached.

#![expect(clippy::disallowed_methods, reason = "a test harness: it runs the oracle and writes its answers")]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use plimsoll_model::{DesiredObject, Severity};
use plimsoll_random::{Random, apps, kinds};
use serde_json::{Value as Json, json};

use crate::declare::keeping;
use crate::mistakes::{compiled, folder, names};
use crate::recording::{Case, Object, Recording};
use crate::refused;
use crate::stricter::{UNWRITTEN, refusal};
use crate::testing::{Compiled, compile, findings, without_nulls};

const SEED: u64 = 1;

/// Random configurations of one sort, and what is recorded of them.
struct Suite {
    name: &'static str,
    /// How many kinds of apps the configurations have.
    kinds: u64,
    configuration: fn(&mut Random) -> String,
    cases: usize,
    recorded: &'static str,
    recorded_at: &'static str,
}

/// An app and what stands around it.
const APPS: Suite = Suite {
    name: "an app and what stands around it",
    kinds: 3,
    configuration: apps::configuration,
    cases: 1500,
    recorded: include_str!("../recorded/validation.txt"),
    recorded_at: concat!(env!("CARGO_MANIFEST_DIR"), "/recorded/validation.txt"),
};

/// The blocks that need no service: jobs, network policies and the like.
const KINDS: Suite = Suite {
    name: "jobs, network policies, service accounts",
    kinds: 1,
    configuration: kinds::configuration,
    cases: 600,
    recorded: include_str!("../recorded/kinds.txt"),
    recorded_at: concat!(env!("CARGO_MANIFEST_DIR"), "/recorded/kinds.txt"),
};

/// What the registry would allocate, so that its absence is no mistake of ours.
const ALLOCATED: &[&str] = &["spec.clusterIPs", "spec.healthCheckNodePort"];

/// What the oracle is asked about an object.
pub fn question(object: &DesiredObject) -> String {
    let gvk = &object.id.gvk;
    let gvk = json!({"group": gvk.group, "version": gvk.version, "kind": gvk.kind});
    let mut root = without_nulls(&object.root);
    // The registry completes it before it validates, and decides by it what is headless.
    if root["spec"]["clusterIP"] == "None" {
        root["spec"]["clusterIPs"] = json!(["None"]);
    }
    json!({"op": "validate", "gvk": gvk, "object": root}).to_string()
}

/// What the oracle is asked about the pods that a controller makes of an object. The API takes any
/// template of a StatefulSet, and some others of which it refuses each pod. Claims of each replica are
/// volumes there.
fn question_of_pods(object: &DesiredObject) -> Option<String> {
    let mut spec = without_nulls(&object.root)["spec"].take();
    if object.id.gvk.kind == "CronJob" {
        spec = spec["jobTemplate"]["spec"].take();
    }
    let mut pod = spec.get_mut("template")?.take();
    pod["metadata"]["name"] = "pod".into();
    // The API server gives one to each pod that has none, before it validates.
    if pod["spec"]["serviceAccountName"].is_null() {
        pod["spec"]["serviceAccountName"] = "default".into();
    }
    let claims = spec["volumeClaimTemplates"].as_array().into_iter().flatten();
    let volumes = claims.map(
        |claim| json!({"name": claim["metadata"]["name"], "persistentVolumeClaim": {"claimName": "claim"}}),
    );
    let volumes: Vec<_> =
        pod["spec"]["volumes"].as_array().cloned().into_iter().flatten().chain(volumes).collect();
    if !volumes.is_empty() {
        pod["spec"]["volumes"] = volumes.into();
    }
    let gvk = json!({"group": "", "version": "v1", "kind": "Pod"});
    Some(json!({"op": "validate", "gvk": gvk, "object": pod}).to_string())
}

fn cases(suite: &Suite, seed: u64, count: usize) -> Vec<Case> {
    let mut random = Random::new(seed);
    (0..count).map(|_| generated((suite.configuration)(&mut random))).collect()
}

/// A configuration for each choice of the tables, in each kind of app.
fn choices(suite: &Suite) -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in 1..=suite.kinds {
        for wanted in 0.. {
            let mut random = Random::alone(kind, wanted);
            let text = (suite.configuration)(&mut random);
            if !random.chose() {
                break;
            }
            cases.push(generated(text));
        }
    }
    cases
}

fn generated(text: String) -> Case {
    case(text.clone(), || compile(&text))
}

/// A configuration, what we say of it and what it compiles to; refused values are kept.
pub fn case(text: String, compile: impl FnOnce() -> Compiled) -> Case {
    let (compiled, all) = keeping(compile);
    let errors = compiled.report.items().iter().filter(|d| d.severity == Severity::Error);
    let written = errors.clone().all(|error| !UNWRITTEN.contains(&&*error.code));
    // What definitions of custom resources declare, only a control plane can judge: `tests/real/routes.rs`.
    let judged = |o: &&DesiredObject| !plimsoll_schema::kind(&o.id.gvk).is_some_and(|kind| kind.custom);
    let objects = compiled.desired.objects.iter();
    let known = objects.clone().all(|o| judged(&o));
    let objects = objects.filter(judged).flat_map(|object| {
        let asked = |kind: &str, question| Object {
            kind: kind.into(),
            address: object.address.to_string(),
            question,
        };
        let own = asked(&object.id.gvk.kind, question(object));
        [Some(own), question_of_pods(object).map(|q| asked("Pod", q))].into_iter().flatten()
    });
    Case {
        text,
        codes: errors.map(refusal).collect(),
        objects: objects.collect(),
        written: all && written && known,
    }
}

/// Everything that the oracle has against each of the questions.
pub fn complaints(binary: &str, questions: &[&str]) -> Vec<Vec<String>> {
    let mut child = Command::new(binary).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || questions.iter().for_each(|q| writeln!(input, "{q}").unwrap()));
        child.wait_with_output().unwrap().stdout
    });
    let answers: Vec<Json> =
        String::from_utf8(output).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(answers.len(), questions.len(), "the oracle answers every question");
    answers.iter().map(complaints_in).collect()
}

fn complaints_in(answer: &Json) -> Vec<String> {
    // An answer of another shape is a question that was not understood, and that is no consent.
    let Some(errors) = answer["errors"].as_array() else { return vec![answer.to_string()] };
    let errors = errors.iter().filter(|e| !ALLOCATED.contains(&e["field"].as_str().unwrap_or_default()));
    let errors = errors.map(|e| format!("{} {} {}", e["field"], e["type"], e["detail"]));
    errors.chain(answer["strict"].as_array().into_iter().flatten().map(Json::to_string)).collect()
}

/// One example of each complaint, with the configuration that it comes from.
fn judge(binary: &str, cases: &[Case]) -> BTreeMap<String, String> {
    let asked: Vec<_> = cases.iter().flat_map(|case| case.clean().iter().map(move |o| (case, o))).collect();
    assert!(!asked.is_empty(), "no configuration of {} is without an error", cases.len());
    let questions: Vec<_> = asked.iter().map(|(_, o)| o.question.as_str()).collect();
    let mut wrong = BTreeMap::new();
    for ((case, object), complaints) in asked.iter().zip(complaints(binary, &questions)) {
        for complaint in complaints {
            wrong.entry(complaint).or_insert_with(|| {
                let compiled = compile(&case.text);
                let said = findings(&compiled.report, &compiled.sources);
                format!("{}\n{}\n{said}", object.question, case.text)
            });
        }
    }
    wrong
}

fn record(binary: &str, cases: &[Case]) -> Recording {
    let mut recording = Recording::of(cases);
    let objects: BTreeMap<_, _> = cases.iter().flat_map(Case::clean).map(|o| (o.digest(), o)).collect();
    let questions: Vec<_> = objects.values().map(|o| o.question.as_str()).collect();
    for (digest, complaints) in objects.keys().zip(complaints(binary, &questions)) {
        recording.complaints.extend(complaints.into_iter().map(|c| (digest.clone(), c)));
    }
    recording
}

fn check(suite: &Suite) {
    if let Ok(binary) = env::var("PLIMSOLL_ORACLE") {
        live(suite, &binary);
    }
    let cases = cases(suite, SEED, suite.cases);
    let recording = match env::var("PLIMSOLL_RECORD") {
        Ok(binary) => {
            let recording = record(&binary, &cases);
            fs::write(suite.recorded_at, recording.to_string()).unwrap();
            recording
        }
        Err(_) => Recording::parse(suite.recorded),
    };
    let differences = recording.differences(&cases);
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn what_passes_here_passed_there() {
    check(&APPS);
}

#[test]
fn other_kinds_that_pass_here_passed_there() {
    check(&KINDS);
}

/// Asks the oracle now, for as many configurations as wanted.
fn live(suite: &Suite, binary: &str) {
    let number = |name: &str| env::var(name).ok().map(|n| n.parse::<u32>().unwrap());
    let count = number("PLIMSOLL_CASES").unwrap_or(2000) as usize;
    let cases = cases(suite, number("PLIMSOLL_SEED").map_or(SEED, u64::from), count);
    let written = ["clean", "mistakes"].map(folder);
    let written = written.iter().flat_map(|folder| {
        names(folder).into_iter().map(move |name| case(name.clone(), || compiled(folder, &name)))
    });
    let cases: Vec<_> = cases.into_iter().chain(choices(suite)).chain(written).collect();
    let wrong = judge(binary, &cases);
    let shown: Vec<_> = wrong.iter().map(|(k, v)| format!("== {k}\n{v}")).collect();
    assert!(wrong.is_empty(), "{} complaints about {count} cases:\n{}", wrong.len(), shown.join("\n"));
    refused::check(binary, suite.name, &cases.iter().collect::<Vec<_>>());
}

/// Else a choice would never be judged, and nobody would know. One kind of app is enough here.
#[test]
fn choices_are_mistakes_of_content() {
    let misspelt = ["unknown-attribute", "unknown-block", "attribute-as-block", "block-as-attribute"];
    let found: Vec<_> = [Suite { kinds: 1, ..APPS }, KINDS]
        .iter()
        .flat_map(choices)
        .filter(|case| case.objects.is_empty() || misspelt.iter().any(|code| case.codes.contains(*code)))
        .map(|case| format!("{:?}\n{}", case.codes, case.text))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn only_an_empty_list_is_consent() {
    let said = |answer: Json| complaints_in(&answer).join("; ");
    assert_eq!(said(json!({"errors": []})), "");
    assert_eq!(said(json!({"errors": [{"field": "spec.clusterIPs", "type": "FieldValueRequired"}]})), "");
    assert_eq!(
        said(json!({"errors": [{"field": "a", "type": "T", "detail": "no"}], "strict": ["unknown b"]})),
        "\"a\" \"T\" \"no\"; \"unknown b\""
    );
    assert_eq!(said(json!({"error": "no strategy"})), "{\"error\":\"no strategy\"}");
}
