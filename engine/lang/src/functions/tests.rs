//! The table of functions: documented, named once, complete; its examples, its pages; and that marks
//! follow a value through every one of them.

use std::path::Path;

use expect_test::expect_file;
use plimsoll_model::{Report, SourceId};

use super::*;
use crate::console::{Answer, evaluate_expression};
use crate::inputs::{Inputs, NoFacts};
use crate::load::load_texts;
use crate::syntax::ast::{Expr, Key, Kind};
use crate::syntax::parse::parse_expression;
use crate::testing::{Fake, show_report};

#[test]
fn every_function_is_documented_and_named_once() {
    let mut names: Vec<_> = all().map(|f| f.name).collect();
    for f in all() {
        assert!(f.doc.ends_with('.') && !f.examples.is_empty(), "{}", f.name);
        assert!(f.notes.is_empty() || f.notes.ends_with('.'), "{}", f.name);
    }
    names.extend(LEFT_OUT.iter().map(|(name, _)| *name));
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

/// The functions of Terraform 1.11 (`terraform metadata functions -json`), and `type` of its console.
const TERRAFORM: &str = "abs abspath alltrue anytrue base64decode base64encode base64gzip base64sha256 base64sha512 \
    basename bcrypt can ceil chomp chunklist cidrhost cidrnetmask cidrsubnet cidrsubnets coalesce coalescelist compact \
    concat contains csvdecode dirname distinct element endswith ephemeralasnull file filebase64 filebase64sha256 \
    filebase64sha512 fileexists filemd5 fileset filesha1 filesha256 filesha512 flatten floor format formatdate formatlist \
    indent index issensitive join jsondecode jsonencode keys length log lookup lower matchkeys max md5 merge min \
    nonsensitive one parseint pathexpand plantimestamp pow range regex regexall replace reverse rsadecrypt sensitive \
    setintersection setproduct setsubtract setunion sha1 sha256 sha512 signum slice sort split startswith strcontains strrev \
    substr sum templatefile templatestring textdecodebase64 textencodebase64 timeadd timecmp timestamp title tobool tolist \
    tomap tonumber toset tostring transpose trim trimprefix trimspace trimsuffix try type upper urlencode uuid uuidv5 values \
    yamldecode yamlencode zipmap";

#[test]
fn every_function_of_terraform_is_here_or_left_out_with_a_reason() {
    let mut ours: Vec<_> = all().map(|f| f.name).chain(LEFT_OUT.iter().map(|(name, _)| *name)).collect();
    ours.sort_unstable();
    assert_eq!(ours, TERRAFORM.split_whitespace().collect::<Vec<_>>());
}

const FILES: &[(&str, &str)] = &[
    (
        "main.hcl",
        r#"
project "t" {}
locals { greeting = "Hello, $${name}!" }
app "web" { container "c" {} }
service "web" { app = app.web }
"#,
    ),
    ("texts/hello.txt", "hello\n"),
    ("texts/greeting.tftpl", "Hello, ${name}!\n"),
    ("texts/sub/readme.md", "# Read me\n"),
];

/// Something that is known after apply.
const UNKNOWN: &str = "service.web.cluster_ip";

fn ask(expression: &str) -> Result<Answer, String> {
    let mut report = Report::new();
    let mut loaded = load_texts(FILES, &mut report);
    let inputs = Inputs::default();
    let answer = evaluate_expression(&mut loaded, expression, None, &inputs, &Fake, &NoFacts, &mut report);
    answer.ok_or_else(|| show_report(&report, &loaded.sources))
}

#[test]
fn examples_give_what_they_say() {
    let mut wrong = Vec::new();
    for f in all() {
        for (expression, gives) in f.examples {
            let answer = ask(expression).map(|a| a.json);
            if answer != Ok(Some((*gives).to_string())) {
                wrong.push(format!("{expression}: {answer:?}, not {gives}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test reads the pages")]
fn every_function_has_its_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/functions");
    let pages = pages();
    for (name, text) in &pages {
        expect_file![folder.join(name)].assert_eq(text);
    }
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(pages.contains_key(&name), "{name} is the page of no function: delete it");
    }
}

/// The byte ranges of a call's arguments.
fn arguments(text: &str) -> Vec<std::ops::Range<usize>> {
    let e = parse_expression(text, SourceId(0), &mut Report::new()).unwrap();
    let Kind::Call(call) = &e.kind else { panic!("{text}") };
    call.args.iter().map(range).collect()
}

fn range(e: &Expr) -> std::ops::Range<usize> {
    e.span.start as usize..e.span.end as usize
}

/// The byte ranges of the elements that stand in an expression.
fn elements(text: &str) -> Vec<std::ops::Range<usize>> {
    fn walk(e: &Expr, out: &mut Vec<std::ops::Range<usize>>) {
        match &e.kind {
            Kind::Tuple(items) => items.iter().for_each(|i| {
                out.push(range(i));
                walk(i, out);
            }),
            Kind::Object(items) => items.iter().for_each(|i| {
                assert!(matches!(i.key, Key::Name(..)));
                out.push(range(&i.value));
                walk(&i.value, out);
            }),
            Kind::Call(call) => call.args.iter().for_each(|a| walk(a, out)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    walk(&parse_expression(text, SourceId(0), &mut Report::new()).unwrap(), &mut out);
    out
}

fn with(text: &str, range: &std::ops::Range<usize>, by: &str) -> String {
    format!("{}{by}{}", &text[..range.start], &text[range.end..])
}

/// Functions that say something about marks, or take them off.
const OF_MARKS: [&str; 4] = ["can", "issensitive", "nonsensitive", "type"];

/// Each example with each argument in turn, and what it gives.
fn examples() -> impl Iterator<Item = (&'static Function, &'static str)> {
    all().filter(|f| !OF_MARKS.contains(&f.name)).flat_map(|f| {
        f.examples.iter().filter(|(e, _)| e.starts_with(&format!("{}(", f.name))).map(move |(e, _)| (f, *e))
    })
}

#[test]
fn a_sensitive_argument_gives_a_sensitive_result() {
    let mut asked = 0;
    for (f, text) in examples() {
        let before = ask(text).unwrap();
        for (i, at) in arguments(text).iter().enumerate() {
            if f.name == "templatestring" && i == 0 {
                continue;
            }
            let changed = with(text, at, &format!("sensitive({})", &text[at.clone()]));
            let after = ask(&changed).unwrap_or_else(|e| panic!("{changed}: {e}"));
            // What is passed over leaves no trace: a default that is not needed, a later choice.
            let passed = matches!(f.name, "coalesce" | "coalescelist" | "lookup") && i > 0
                || f.name == "try"
                || f.name == "coalesce" && before.json != Some(text[at.clone()].to_string());
            assert!(after.sensitive || passed, "{changed}");
            assert_eq!(after.json, before.json, "{changed}");
            asked += 1;
        }
    }
    assert!(asked > 150, "{asked}");
}

#[test]
fn an_unknown_argument_gives_something_unknown_and_never_fails() {
    let mut asked = 0;
    for (f, text) in examples() {
        let before = ask(text).unwrap().json;
        for (i, at) in arguments(text).iter().enumerate() {
            if f.name == "templatestring" && i == 0 {
                continue;
            }
            let changed = with(text, at, &format!("jsondecode({UNKNOWN})"));
            let after = ask(&changed).unwrap_or_else(|e| panic!("{changed}: {e}"));
            assert!(after.unknown.is_some() || after.json == before, "{changed}: {:?}", after.json);
            asked += 1;
        }
    }
    assert!(asked > 150, "{asked}");
}

#[test]
fn an_element_that_is_unknown_or_sensitive_does_not_get_lost() {
    let mut asked = 0;
    for (f, text) in examples() {
        let before = ask(text).unwrap();
        for at in elements(text) {
            let unknown = with(text, &at, UNKNOWN);
            if let Ok(after) = ask(&unknown) {
                assert!(after.unknown.is_some() || after.json == before.json, "{unknown}: {:?}", after.json);
            }
            // Where the result shows no mark, another value in that place must make no difference.
            let secret = with(text, &at, &format!("sensitive({})", &text[at.clone()]));
            let Ok(hidden) = ask(&secret) else { continue };
            if !hidden.sensitive && f.name != "try" {
                for other in ["\"other\"", "12", "true", "[]"] {
                    let other = with(text, &at, other);
                    if let Ok(other) = ask(&other) {
                        assert_eq!(other.json, hidden.json, "{secret} and {}", other.ty);
                    }
                }
            }
            asked += 1;
        }
    }
    assert!(asked > 60, "{asked}");
}
