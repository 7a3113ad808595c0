//! Which warnings a comment silences, and what is said of the comments.

use plimsoll_model::{Diagnostic, Report, Span};

use super::*;
use crate::load::load_texts;

/// Which of the words of a file have a warning `code` that no comment allows.
fn told(text: &str, code: &'static str, words: &[&str]) -> Vec<String> {
    let loaded = load_texts(&[("main.hcl", text)], &mut Report::new());
    let id = loaded.sources.ids().next().unwrap();
    let mut report = Report::new();
    for word in words {
        let at = text.find(word).unwrap_or_else(|| panic!("no {word}"));
        report.push(Diagnostic::warning(code, *word).at(Span::new(id, at, at + word.len()), ""));
    }
    let all = allowances(&loaded);
    silence(&all, &mut report, &mut vec![false; all.len()]);
    report.items().iter().map(|d| d.summary.clone()).collect()
}

#[test]
fn a_comment_covers_its_line_or_the_next_one() {
    let text = "locals {\n  first = 1 # plimsoll:allow c kept\n  // plimsoll:allow c kept\n\n  second = 2\n  third = 3\n}\n";
    assert_eq!(told(text, "c", &["first", "second", "third"]), ["third"]);
    assert_eq!(told(text, "other", &["first", "second", "third"]), ["first", "second", "third"]);
}

#[test]
fn a_comment_above_a_block_covers_all_of_it() {
    let text = "# plimsoll:allow c kept\napp \"one\" {\n  deep {\n    inner = 1\n  }\n}\napp \"two\" {}\n";
    assert_eq!(told(text, "c", &["inner", "one", "two"]), ["two"]);
    let text =
        "app \"one\" {\n  # plimsoll:allow c kept\n  list = [\n    11,\n    12,\n  ]\n  other = 13\n}\n";
    assert_eq!(told(text, "c", &["11", "12", "13"]), ["13"]);
}

#[test]
fn what_only_looks_like_such_a_comment_silences_nothing() {
    let text = "locals {\n  a = \"# plimsoll:allow c kept\"\n  # plimsoll:allowed c kept\n  b = 1\n  # plimsoll:allow c --\n  d = 1\n}\n";
    assert_eq!(told(text, "c", &["a = ", "b = ", "d = "]), ["a = ", "b = ", "d = "]);
}

#[test]
fn errors_are_never_silenced() {
    let text = "locals { a = 1 } # plimsoll:allow c kept\n";
    let loaded = load_texts(&[("main.hcl", text)], &mut Report::new());
    let id = loaded.sources.ids().next().unwrap();
    let mut report = Report::new();
    report.push(Diagnostic::error("c", "an error").at(Span::new(id, 9, 10), ""));
    let (all, mut used) = (allowances(&loaded), [false]);
    silence(&all, &mut report, &mut used);
    assert!(report.has_errors() && !used[0]);
}

#[test]
fn comments_without_a_reason_and_without_a_use_are_told() {
    let text = "# plimsoll:allow c\nlocals { a = 1 }\n# plimsoll:allow c kept\nlocals { b = 1 }\n# plimsoll:allow planned kept\nlocals { d = 1 }\n";
    let loaded = load_texts(&[("main.hcl", text)], &mut Report::new());
    let all = allowances(&loaded);
    let mut report = Report::new();
    without_reason(&all, &mut report);
    unused(&all, &[false; 3], &["planned"], &mut report);
    let codes: Vec<&str> = report.items().iter().map(|d| &*d.code).collect();
    assert_eq!(codes, ["allow-without-reason", "allow-of-nothing"]);
    assert_eq!(loaded.sources.snippet(all[1].span), "# plimsoll:allow c kept");
}
