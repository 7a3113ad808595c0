//! Layouts compared with Terraform's, and what a layout must not change.

use std::io::Read;

use expect_test::{Expect, expect};
use plimsoll_model::{Report, SourceMap};
use serde_json::Value as Json;

use super::*;

fn laid_out(text: &str) -> Option<String> {
    format("main.hcl", text, &mut SourceMap::new(), &mut Report::new())
}

/// The recorded layouts: `PLIMSOLL_LAYOUTS` names another recording, for a wider comparison.
fn recorded() -> Vec<Json> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/oracle/layouts.jsonl.gz").to_string();
    let path = std::env::var("PLIMSOLL_LAYOUTS").unwrap_or(own);
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A tree without places, brackets and the quotes around a single interpolation.
fn outline(text: &str) -> String {
    let mut report = Report::new();
    let mut sources = SourceMap::new();
    let id = sources.add("main.hcl", text);
    let parsed = parse(text.strip_prefix(BOM).unwrap_or(text), 0, id, &mut report);
    assert!(!report.has_errors(), "does not parse: {:?}\n{text}", report.items());
    let tree = format!("{:?}", parsed.body);
    let mut out = String::with_capacity(tree.len());
    for (i, part) in tree.split("Span {").enumerate() {
        out.push_str(if i == 0 { part } else { part.split_once('}').map_or(part, |(_, after)| after) });
    }
    let out = out.replace("Expr { kind: Wrapped(", "").replace("Expr { kind: Paren(", "");
    out.replace([')', '}', ' ', ','], "").replace("span:", "")
}

#[test]
fn layouts_are_those_of_terraform() {
    let recorded = recorded();
    assert!(recorded.len() >= 300, "only {} layouts are recorded", recorded.len());
    let mut different = Vec::new();
    for entry in &recorded {
        let (given, wanted) = (entry["in"].as_str().unwrap(), entry["out"].as_str().unwrap());
        let got = laid_out(given);
        if got.as_deref() != Some(wanted) {
            let got = got.unwrap_or_else(|| "does not parse".into());
            different.push(format!("--- {}\n{given}\n--- wanted\n{wanted}\n--- got\n{got}", entry["from"]));
        }
    }
    let some = different.iter().take(5).cloned().collect::<Vec<_>>().join("\n=======\n");
    assert!(different.is_empty(), "{} of {} differ\n{some}", different.len(), recorded.len());
}

#[test]
fn a_layout_means_what_the_text_meant() {
    for entry in recorded() {
        // Types of old in variables are rewritten on purpose.
        let (given, from) = (entry["in"].as_str().unwrap(), entry["from"].as_str().unwrap());
        let Some(got) = laid_out(given).filter(|_| !from.ends_with("variables.hcl")) else { continue };
        let (before, after) = (outline(given), outline(&got));
        let same = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
        let from = same.saturating_sub(40);
        let around = |t: &str| t.chars().skip(from).take(120).collect::<String>();
        assert!(before == after, "{given}\n---\n{got}\n---\n{}\n{}", around(&before), around(&after));
    }
}

#[test]
fn a_layout_is_its_own_layout() {
    for entry in recorded() {
        let Some(once) = laid_out(entry["in"].as_str().unwrap()) else { continue };
        assert_eq!(laid_out(&once).as_deref(), Some(once.as_str()));
    }
}

#[track_caller]
fn check(text: &str, wanted: Expect) {
    let got = laid_out(text).unwrap_or_else(|| panic!("does not parse: {text}"));
    wanted.assert_eq(&got);
    assert_eq!(laid_out(&got), Some(got.clone()), "not its own layout");
}

#[test]
fn cells_of_neighbouring_lines_line_up() {
    check(
        "app \"web\"{\nkind=\"StatefulSet\" # one\n  replicas   =   2 // two\n\n\n labels={\na=1}\n}\n",
        expect![[r#"
            app "web" {
              kind     = "StatefulSet" # one
              replicas = 2             // two


              labels = {
              a = 1 }
            }
        "#]],
    );
}

#[test]
fn a_string_that_is_one_interpolation_loses_its_quotes() {
    check(
        "a = \"${var.x}\"\nb = \"${\n  var.x ?\n  1 : 2\n}\"\nc = \"${\"${x}\"}\"\nd = \"${x}${y}\"\n",
        expect![[r#"
            a = var.x
            b = (var.x ?
            1 : 2)
            c = x
            d = "${x}${y}"
        "#]],
    );
}

#[test]
fn types_of_old_are_written_as_today() {
    check(
        "variable x { type = \"list\" }\nvariable \"y\" {\n  type = map\n}\n",
        expect![[r#"
            variable "x" { type = list(string) }
            variable "y" {
              type = map(any)
            }
        "#]],
    );
}

#[test]
fn what_terraform_loses_stays() {
    check(
        "app /* why */ \"a$b\" {\n}\nb = \"${ # why\n  x\n}\"\n",
        expect![[r#"
            app /* why */ "a$b" {
            }
            b = "${ # why
              x
            }"
        "#]],
    );
}

#[test]
fn line_ends_and_the_end_of_the_file_stay_and_a_byte_order_mark_goes() {
    assert_eq!(laid_out("\u{feff}a=1\r\n\r\nbb=2").as_deref(), Some("a = 1\r\n\r\nbb = 2"));
    assert_eq!(laid_out("").as_deref(), Some(""));
    assert_eq!(laid_out("# only\n").as_deref(), Some("# only\n"));
}

#[test]
fn what_does_not_parse_is_reported_with_its_place() {
    let (mut sources, mut report) = (SourceMap::new(), Report::new());
    assert_eq!(format("x.hcl", "a = 1\nb = [\n", &mut sources, &mut report), None);
    let at = report.items()[0].at.as_ref().unwrap();
    assert_eq!(sources.locate(at.span).to_string(), "x.hcl:2");
}

proptest::proptest! {
    #[test]
    fn any_text_is_laid_out_or_reported(text in "[ab=\"${}%\\[\\]().,~#/*\\-<>!?: \n\t\r1é]{0,60}") {
        let mut report = Report::new();
        match format("x.hcl", &text, &mut SourceMap::new(), &mut report) {
            Some(once) => {
                proptest::prop_assert_eq!(outline(&text), outline(&once));
                proptest::prop_assert_eq!(laid_out(&once), Some(once));
            }
            None => proptest::prop_assert!(report.has_errors()),
        }
    }
}
