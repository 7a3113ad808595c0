//! Findings, for people and as JSON.

use expect_test::expect;
use plimsoll_model::{Diagnostic, Report, SourceMap, Span};

use crate::diagnostics;
use crate::style::Style;

fn findings() -> (Report, SourceMap) {
    let mut sources = SourceMap::new();
    let text = "app \"web\" {\n  replcas = 3\n\tkind = \"X\"\n}\n";
    let id = sources.add("web.hcl", text);
    let mut report = Report::new();
    report.push(
        Diagnostic::warning("old-name", "an old name is used")
            .at(Span::new(id, 26, 30), "")
            .related(Span::new(id, 0, 9), "in this block"),
    );
    report.push(
        Diagnostic::error("unknown-attribute", "the block has no such attribute")
            .detail("An app has no attribute replcas.\nIt has many others.")
            .at(Span::new(id, 14, 21), "not known \u{1b}[31m")
            .help("did you mean replicas?"),
    );
    report.push(Diagnostic::error("no-place", "nothing is where it should be"));
    (report, sources)
}

#[test]
fn findings_show_their_lines() {
    let (report, sources) = findings();
    expect![[r#"
        error[no-place]: nothing is where it should be

        error[unknown-attribute]: the block has no such attribute
          web.hcl:2: not known \u{1b}[31m
            2 |   replcas = 3
              |   ^^^^^^^
          An app has no attribute replcas.
          It has many others.
          help: did you mean replicas?

        warning[old-name]: an old name is used
          web.hcl:3
            3 |     kind = "X"
              | ^^^^^^^
          web.hcl:1: in this block
            1 | app "web" {
              | ---------
    "#]]
    .assert_eq(&diagnostics::human(&report, &sources, Style::PLAIN));
}

#[test]
fn findings_have_terraforms_json() {
    let (report, sources) = findings();
    expect![[r#"
        {
          "diagnostics": [
            {
              "code": "no-place",
              "detail": "",
              "severity": "error",
              "summary": "nothing is where it should be"
            },
            {
              "code": "unknown-attribute",
              "detail": "An app has no attribute replcas.\nIt has many others.",
              "help": "did you mean replicas?",
              "message": "not known \\u{1b}[31m",
              "range": {
                "end": {
                  "byte": 21,
                  "column": 10,
                  "line": 2
                },
                "filename": "web.hcl",
                "start": {
                  "byte": 14,
                  "column": 3,
                  "line": 2
                }
              },
              "severity": "error",
              "snippet": {
                "code": "  replcas = 3",
                "context": null,
                "highlight_end_offset": 9,
                "highlight_start_offset": 2,
                "start_line": 2,
                "values": []
              },
              "summary": "the block has no such attribute"
            },
            {
              "code": "old-name",
              "detail": "",
              "range": {
                "end": {
                  "byte": 30,
                  "column": 5,
                  "line": 3
                },
                "filename": "web.hcl",
                "start": {
                  "byte": 26,
                  "column": 1,
                  "line": 3
                }
              },
              "related": [
                {
                  "message": "in this block",
                  "range": {
                    "end": {
                      "byte": 9,
                      "column": 10,
                      "line": 1
                    },
                    "filename": "web.hcl",
                    "start": {
                      "byte": 0,
                      "column": 1,
                      "line": 1
                    }
                  }
                }
              ],
              "severity": "warning",
              "snippet": {
                "code": "    kind = \"X\"",
                "context": null,
                "highlight_end_offset": 4,
                "highlight_start_offset": 0,
                "start_line": 3,
                "values": []
              },
              "summary": "an old name is used"
            }
          ],
          "error_count": 2,
          "format_version": "1.0",
          "valid": false,
          "warning_count": 1
        }
    "#]]
    .assert_eq(&format!("{:#}\n", diagnostics::json(&report, &sources)));
}

#[test]
fn a_long_line_is_shown_in_part() {
    let mut sources = SourceMap::new();
    let id = sources.add("web.hcl", format!("{}HERE{}", "a".repeat(5_000), "b".repeat(5_000)));
    let mut report = Report::new();
    report.push(Diagnostic::error("x", "something").at(Span::new(id, 5_000, 5_004), "here"));
    let text = diagnostics::human(&report, &sources, Style::PLAIN);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[2].contains("HERE") && lines[2].chars().count() < 140, "{text}");
    assert_eq!(
        lines[2].find("HERE").map(|i| lines[2][..i].chars().count()),
        lines[3].find("^^^^").map(|i| lines[3][..i].chars().count())
    );
}
