//! What expressions yield, against what Terraform answered (recorded by `oracle/record`).

#![allow(clippy::disallowed_methods, reason = "a test reads its recording")]

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll_lang::{Inputs, NoFacts, evaluate_expression, load};
use plimsoll_model::{Export, Report, Vocabulary, VocabularyFunction};

struct Nothing;

impl Vocabulary for Nothing {
    fn exports(&self, _: &str) -> Option<&'static [Export]> {
        None
    }

    fn block_names(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn functions(&self) -> &'static [VocabularyFunction] {
        &[]
    }
}

/// Where we differ on purpose, and why.
const DIFFERENT: &[(&str, &str)] = &[
    ("1 / 0", "a number is never infinite"),
    ("5 % 0", "division by zero is an error"),
    ("log(0, 10)", "a number is never infinite"),
    ("log(10, 1)", "a number is never infinite"),
    ("log(10, 0)", "there is no negative zero"),
    ("format(\"%s\", null)", "Terraform calls it unknown"),
    ("format(\"%v\", null)", "Terraform calls it unknown"),
    ("format(\"%#v\", null)", "Terraform calls it unknown"),
    ("strrev(\"e\\u0301a\")", "texts are kept as they are written, not composed"),
    ("false && null", "the right side is not evaluated where the left one decides"),
];

#[test]
fn expressions_yield_what_terraform_answers() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle");
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(here.join("locals.hcl")).unwrap();
    std::fs::write(folder.path().join("main.hcl"), format!("{text}\nproject \"answers\" {{}}\n")).unwrap();
    std::fs::create_dir(folder.path().join("texts")).unwrap();
    std::fs::write(folder.path().join("texts/hello.txt"), "hello\n").unwrap();

    let mut report = Report::new();
    let mut loaded = load(folder.path(), &mut report);
    assert!(!report.has_errors(), "{report:#?}");
    let different: BTreeMap<_, _> = DIFFERENT.iter().copied().collect();
    let answers = std::fs::read_to_string(here.join("answers.jsonl")).unwrap();
    let (mut wrong, mut details, mut errors) = (Vec::new(), 0, 0);
    for line in answers.lines() {
        let answer: serde_json::Value = serde_json::from_str(line).unwrap();
        let expression = answer["expression"].as_str().unwrap();
        if different.contains_key(expression) {
            continue;
        }
        let mut report = Report::new();
        let ours = evaluate_expression(
            &mut loaded,
            expression,
            None,
            &Inputs::default(),
            &Nothing,
            &NoFacts,
            &mut report,
        );
        let first = report.items().first().map(|d| d.detail.clone()).unwrap_or_default();
        match (&ours, answer["error"].as_object()) {
            (None, Some(error)) => {
                errors += 1;
                let same = error["detail"].as_str() == Some(first.as_str());
                details += usize::from(same);
                if !same && std::env::var_os("SHOW_DETAILS").is_some() {
                    wrong.push(format!("{expression}\n    ours:   {first}\n    theirs: {}", error["detail"]));
                }
            }
            (Some(ours), None) => {
                let theirs = (answer["value"].as_str(), answer["type"].as_str(), answer["sensitive"] == true);
                let value = ours.json.as_deref().filter(|_| !ours.sensitive);
                if (value, Some(ours.ty.as_str()), ours.sensitive) != theirs {
                    wrong.push(format!(
                        "{expression}\n    ours:   {value:?} {:?}\n    theirs: {theirs:?}",
                        ours.ty
                    ));
                }
            }
            (Some(ours), Some(error)) => {
                wrong.push(format!("{expression}\n    ours:   {:?}\n    theirs: {error:?}", ours.json));
            }
            (None, None) => wrong.push(format!("{expression}\n    ours:   {first}\n    theirs: {answer}")),
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    // Most messages are Terraform's, too; those that name our blocks cannot be.
    assert!(details * 10 >= errors * 8, "{details} of {errors} messages agree");
}
