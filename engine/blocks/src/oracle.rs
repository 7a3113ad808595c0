//! For tests: what our checks let through, Kubernetes' own validation takes.
//!
//! Random configurations with random mistakes are compiled; the objects of those without an error
//! are compared with what the oracle (`tests/oracle`) once said of them, and the oracle itself
//! judges more of them where `PLIMSOLL_ORACLE` names its binary. With `PLIMSOLL_REFUSED` it is shown
//! what we refuse as well, for `tests/oracle/paths`, which asks which of its complaints were reached.

#![expect(clippy::disallowed_methods, reason = "a test harness: it runs the oracle and writes its answers")]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use plimsoll_model::{DesiredObject, Severity};
use plimsoll_random::{Random, apps, kinds};
use serde_json::{Value as Json, json};

use crate::mistakes::{compiled, folder, names};
use crate::recording::{Case, Object, Recording};
use crate::testing::{Compiled, compile, findings, without_nulls};

const SEED: u64 = 1;

/// Random configurations of one sort, and what is recorded of them.
struct Suite {
    configuration: fn(&mut Random) -> String,
    cases: usize,
    recorded: &'static str,
    recorded_at: &'static str,
}

/// An app and what stands around it.
const APPS: Suite = Suite {
    configuration: apps::configuration,
    cases: 1500,
    recorded: include_str!("../recorded/validation.txt"),
    recorded_at: concat!(env!("CARGO_MANIFEST_DIR"), "/recorded/validation.txt"),
};

/// The blocks that need no service: jobs, network policies and the like.
const KINDS: Suite = Suite {
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

fn cases(suite: &Suite, seed: u64, count: usize) -> Vec<Case> {
    let mut random = Random(seed);
    let next = |_| {
        let text = (suite.configuration)(&mut random);
        let compiled = compile(&text);
        case(text, compiled)
    };
    (0..count).map(next).collect()
}

fn case(text: String, compiled: Compiled) -> Case {
    let clean = compiled.report.count(Severity::Error) == 0;
    // What definitions of custom resources declare, only a control plane can judge: `tests/real/routes.rs`.
    let judged = |o: &&DesiredObject| !plimsoll_schema::kind(&o.id.gvk).is_some_and(|kind| kind.custom);
    let objects = compiled.desired.objects.iter().filter(judged).map(|object| Object {
        kind: object.id.gvk.kind.clone(),
        address: object.address.to_string(),
        question: question(object),
    });
    Case { objects: clean.then(|| objects.collect()), text }
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
    let asked: Vec<_> =
        cases.iter().flat_map(|case| case.objects.iter().flatten().map(move |o| (case, o))).collect();
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
    let objects: BTreeMap<_, _> =
        cases.iter().flat_map(|c| c.objects.iter().flatten()).map(|o| (o.digest(), o)).collect();
    let questions: Vec<_> = objects.values().map(|o| o.question.as_str()).collect();
    for (digest, complaints) in objects.keys().zip(complaints(binary, &questions)) {
        recording.complaints.extend(complaints.into_iter().map(|c| (digest.clone(), c)));
    }
    recording
}

fn check(suite: &Suite) {
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

    if let Ok(binary) = env::var("PLIMSOLL_ORACLE") {
        live(suite, &binary);
    }
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
    let folder = folder("clean");
    let clean = names(&folder).into_iter().map(|name| case(name.clone(), compiled(&folder, &name)));
    let cases: Vec<_> = cases.into_iter().chain(clean).collect();
    let wrong = judge(binary, &cases);
    if env::var("PLIMSOLL_REFUSED").is_ok() {
        let refused = cases.iter().filter(|case| case.objects.is_none());
        let questions: Vec<_> =
            refused.flat_map(|case| compile(&case.text).desired.objects).map(|o| question(&o)).collect();
        let asked: Vec<_> = questions.iter().map(String::as_str).collect();
        let complained = complaints(binary, &asked).iter().filter(|said| !said.is_empty()).count();
        assert!(complained > 0, "the API takes all {} objects that we refuse", asked.len());
    }
    let shown: Vec<_> = wrong.iter().map(|(k, v)| format!("== {k}\n{v}")).collect();
    assert!(wrong.is_empty(), "{} complaints about {count} cases:\n{}", wrong.len(), shown.join("\n"));
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
