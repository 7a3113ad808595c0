//! What expressions yield, against what Terraform answered (recorded by `oracle/record`).
//!
//! Compared are values, types, what is unknown, what is sensitive, and that both refuse. Where we
//! differ stands in `oracle/differences.txt` under a reason; any other difference fails, and so does
//! one that is listed and is none.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test reads its recording")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use plimsoll_lang::{Inputs, Loaded, NoFacts, evaluate_expression, load};
use plimsoll_model::{BlockScope, Data, Export, Report, Type, Value, Vocabulary, VocabularyFunction};
use serde_json::{Map, Value as Json, json};

/// One block, whose exports are known after apply: what the recording's resource is.
struct Resource;

fn later(scope: &mut dyn BlockScope, name: &str) -> Value {
    Value::unknown(Type::String, format!("{}.{name}", scope.address()))
}

const EXPORTS: &[Export] = &[
    Export { name: "id", doc: "Known after apply.", eval: |scope| later(scope, "id") },
    Export { name: "output", doc: "Known after apply.", eval: |scope| later(scope, "output") },
];

impl Vocabulary for Resource {
    fn exports(&self, block: &str) -> Option<&'static [Export]> {
        (block == "terraform_data").then_some(EXPORTS)
    }

    fn block_names(&self) -> Vec<&'static str> {
        vec!["terraform_data"]
    }

    fn functions(&self) -> &'static [VocabularyFunction] {
        &[]
    }
}

/// A type in Terraform's JSON notation.
fn type_json(ty: &Type) -> Json {
    match ty {
        Type::Any | Type::Handle(_) => json!("dynamic"),
        Type::List(t) => json!(["list", type_json(t)]),
        Type::Set(t) => json!(["set", type_json(t)]),
        Type::Map(t) => json!(["map", type_json(t)]),
        Type::Tuple(ts) => json!(["tuple", ts.iter().map(type_json).collect::<Vec<_>>()]),
        Type::Object(fields) => {
            let fields: Map<String, Json> =
                fields.iter().map(|(k, f)| (k.clone(), type_json(&f.ty))).collect();
            json!(["object", fields])
        }
        primitive => json!(primitive.to_string()),
    }
}

/// A value with a question mark for what is unknown.
fn holes(v: &Value) -> Json {
    match &v.data {
        Data::Unknown(..) => json!("?"),
        Data::Bool(b) => json!(b),
        Data::String(s) => json!(&**s),
        Data::Number(n) => n.to_json(),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => items.iter().map(holes).collect(),
        Data::Map(_, entries) | Data::Object(entries) => {
            Json::Object(entries.iter().map(|(k, v)| (k.clone(), holes(v))).collect())
        }
        _ => Json::Null,
    }
}

/// The places of a value that are sensitive.
fn ours_sensitive(v: &Value, place: &str, out: &mut BTreeSet<String>) {
    let set = matches!(v.data, Data::Set(..));
    if v.sensitive || (set && v.contains_sensitive()) {
        out.insert(place.to_string());
        return;
    }
    if let Some(items) = v.as_items() {
        items.iter().enumerate().for_each(|(i, v)| ours_sensitive(v, &format!("{place}[{i}]"), out));
    }
    for (k, v) in v.as_entries().into_iter().flatten() {
        ours_sensitive(v, &format!("{place}.{k}"), out);
    }
}

fn theirs_sensitive(marks: &Json, place: &str, out: &mut BTreeSet<String>) {
    match marks {
        Json::Bool(true) => drop(out.insert(place.to_string())),
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(i, m)| theirs_sensitive(m, &format!("{place}[{i}]"), out));
        }
        Json::Object(fields) => {
            fields.iter().for_each(|(k, m)| theirs_sensitive(m, &format!("{place}.{k}"), out))
        }
        _ => {}
    }
}

fn oracle() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(oracle().join(name)).unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn configuration(folder: &Path) -> Loaded {
    let text = format!("{}\nproject \"answers\" {{}}\nterraform_data \"x\" {{}}\n", read("locals.hcl"));
    std::fs::write(folder.join("main.hcl"), text).unwrap();
    copy(&oracle().join("texts"), &folder.join("texts"));
    let mut report = Report::new();
    let loaded = load(folder, &mut report);
    assert!(!report.has_errors(), "{report:#?}");
    loaded
}

/// Expressions under the reason why they differ.
fn differences(text: &str) -> BTreeMap<&str, &str> {
    let mut reason = "";
    let mut out = BTreeMap::new();
    for line in text.lines().filter(|l| !l.is_empty()) {
        match line.strip_prefix("## ") {
            Some(next) => reason = next,
            None => assert!(!reason.is_empty() && out.insert(line, reason).is_none(), "{line}"),
        }
    }
    out
}

/// How an answer compares.
#[derive(Default)]
struct Tally {
    equal: usize,
    refused: usize,
    same_message: usize,
    same_place: usize,
    wrong: Vec<(String, String)>,
}

impl Tally {
    fn compare(&mut self, loaded: &mut Loaded, answer: &Json) {
        let expression = answer["e"].as_str().unwrap();
        let mut report = Report::new();
        let inputs = Inputs::default();
        let ours = evaluate_expression(loaded, expression, None, &inputs, &Resource, &NoFacts, &mut report);
        let first = report.items().first();
        let detail = first.map_or("", |d| d.detail.as_str());
        let theirs = answer["m"].as_str();
        let difference = match (ours, theirs) {
            (None, Some(message)) => {
                self.refused += 1;
                let same = detail == message;
                self.same_message += usize::from(same);
                // Terraform's place of a quoted text is what stands between the quotes.
                let start = first.and_then(|d| d.at.as_ref()).map(|n| n.span.start as usize);
                let quoted = start.is_some_and(|s| expression.as_bytes().get(s) == Some(&b'"'));
                let theirs = answer["at"][0].as_u64().map(|n| n as usize);
                self.same_place += usize::from(start == theirs || quoted && start.map(|s| s + 1) == theirs);
                let told = std::env::var("MESSAGES").is_ok_and(|m| expression.contains(&m)) && !same;
                told.then(|| format!("ours: {detail}\n    theirs: {message}"))
            }
            (None, None) => Some(format!("ours: {detail}\n    theirs: {answer}")),
            (Some(ours), Some(message)) => {
                Some(format!("ours: {:?} {}\n    theirs: {message}", ours.json, type_json(&ours.value.ty())))
            }
            (Some(ours), None) => {
                let (mut mine, mut yours) = (BTreeSet::new(), BTreeSet::new());
                ours_sensitive(&ours.value, "", &mut mine);
                theirs_sensitive(&answer["s"], "", &mut yours);
                let ty = type_json(&ours.value.ty());
                let same_value = match answer.get("v") {
                    Some(v) => ours.json.as_deref() == v.as_str(),
                    None => holes(&ours.value) == answer["u"],
                };
                let same = same_value && ty == answer["t"] && mine == yours;
                let shown = ours.json.unwrap_or_else(|| holes(&ours.value).to_string());
                (!same).then(|| format!("ours: {shown} {ty} {mine:?}\n    theirs: {answer}"))
            }
        };
        match difference {
            Some(how) => self.wrong.push((expression.to_string(), how)),
            None => self.equal += 1,
        }
    }
}

#[test]
fn expressions_yield_what_terraform_answers() {
    let folder = tempfile::tempdir().unwrap();
    let mut loaded = configuration(folder.path());
    let text = read("differences.txt");
    let listed = differences(&text);
    let mut tally = Tally::default();
    let answers = read("answers.jsonl");
    for line in answers.lines() {
        tally.compare(&mut loaded, &serde_json::from_str(line).unwrap());
    }
    let total = answers.lines().count();
    let found: BTreeSet<&str> = tally.wrong.iter().map(|(e, _)| e.as_str()).collect();
    let unlisted: Vec<String> = tally
        .wrong
        .iter()
        .filter(|(e, _)| !listed.contains_key(e.as_str()))
        .map(|(e, how)| format!("{e}\n    {how}"))
        .collect();
    let stale: Vec<&&str> = listed.keys().filter(|e| !found.contains(*e)).collect();
    let counted = format!(
        "{total} expressions, {} equal; {} refused, {} with the same message, {} at the same place",
        tally.equal, tally.refused, tally.same_message, tally.same_place
    );
    assert!(unlisted.is_empty(), "{} differ:\n{}", unlisted.len(), unlisted.join("\n"));
    assert!(stale.is_empty(), "listed, and equal: {stale:#?}");
    assert!(tally.equal * 100 >= total * 99, "{counted}");
    // Most messages are Terraform's, too; those that name our blocks cannot be.
    assert!(tally.same_message * 100 >= tally.refused * 88, "{counted}");
}
