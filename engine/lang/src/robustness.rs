//! No input makes loading or evaluation panic: arbitrary bytes, and configurations cut, doubled
//! and shuffled at random.

use proptest::prelude::*;

use crate::testing::{Fake, run_with};
use crate::{Inputs, NoFacts, evaluate, evaluate_expression, load};
use plimsoll_model::Report;

/// A configuration that uses most of the language.
const SEED: &str = r##"project "p" {
  required_version = ">= 0.1"
}
variable "tag" {
  type    = object({ a = optional(string, "x"), b = list(number) })
  default = { b = [1, 2.5e3, -3] }
  validation {
    condition     = length(var.tag.b) > 0
    error_message = "empty ${var.tag.a}"
  }
}
environment "dev" {
  sandbox {}
  values = { tag = { b = [1] } }
}
locals {
  x = { for k, v in { a = 1, "b" = 2 } : k => v * 2 if v > 0 }
  y = [for i in range(3) : "${i}-${upper("a")}"]
  z = <<-EOT
    %{for v in local.y~}
    - ${v}
    %{endfor~}
      %{if true}yes%{else}no%{endif} $${x} \n
  EOT
  s = local.y[*]
  t = try(local.x.nope, [{ a = 1 }][*].a, null)
  u = true && false || !(1 == 2) ? "a" : "b" # comment
}
app "web" {
  for_each = toset(["eu", "us"])
  replicas = local.x["a"] + 1 /* two */
  env      = { POD = field("metadata.name"), HOST = service.web.host, E = each.key }
  container "c" {
    dynamic "port" {
      for_each = { http = 80 }
      labels   = [port.key]
      content { container_port = port.value }
    }
  }
}
service "web" {
  app  = app.web["eu"]
  ip   = service.web.cluster_ip
  text = "${local.z}\t\"\u00e9"
}
job "x" { depends_on = [app.web, service.web] }
output "o" {
  value     = sensitive(jsonencode([local.s, local.t, local.u, 10 / 4, 7 % 3]))
  sensitive = true
}
"##;

fn survive(text: &str) {
    let r = run_with(&[("main.hcl", text)], None, &Inputs::default(), &NoFacts);
    for d in r.report.items() {
        for note in d.at.iter().chain(&d.related) {
            let length = r.loaded.sources.text(note.span.source).len();
            assert!(note.span.start <= note.span.end && note.span.end as usize <= length, "{d:?}");
        }
    }
}

#[test]
fn the_seed_is_fine() {
    let r = run_with(&[("main.hcl", SEED)], None, &Inputs::default(), &NoFacts);
    assert_eq!(crate::testing::show_report(&r.report, &r.loaded.sources), "");
}

/// What mutations insert.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            "(",
            ")",
            "\"",
            "${",
            "%{",
            "~}",
            "<<EOT\n",
            "<<-E\nE\n",
            "EOT",
            "\n",
            "\\",
            ".",
            "*",
            "...",
            "=",
            "==",
            "=>",
            "?",
            ":",
            ",",
            "#",
            "/*",
            "*/",
            "//",
            "!",
            "-",
            "0",
            "1e9999",
            "1e",
            "local.x",
            "local.z",
            "var.tag",
            "app.web",
            "self",
            "each.value",
            "null",
            "for",
            "if",
            "in",
            "\u{feff}",
            "é",
            "🤔",
            "\r\n",
            "\t",
            "dynamic",
            "for_each",
            "count = 2\n",
            "enabled = false\n",
            "try(",
            "%{for a in ",
            "%{endif}",
            "x { y {} }\n",
            "a = 1\n",
            "locals {\n",
            "\"${\"",
            "9999999999999999999999",
            "1 / 0",
        ])
        .prop_map(String::from),
        "\\PC{0,4}",
    ]
}

fn mutated() -> impl Strategy<Value = String> {
    let cut = (any::<prop::sample::Index>(), 0usize..12, piece());
    prop::collection::vec(cut, 1..5).prop_map(|cuts| {
        let mut text: Vec<char> = SEED.chars().collect();
        for (at, remove, insert) in cuts {
            let at = at.index(text.len() + 1);
            let end = (at + remove).min(text.len());
            text.splice(at..end, insert.chars());
        }
        text.into_iter().collect()
    })
}

/// A file made of pieces alone.
fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..40).prop_map(|p| p.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_configurations_never_panic(text in mutated()) {
        survive(&text);
    }

    #[test]
    fn soup_never_panics(text in soup()) {
        survive(&text);
        survive(&format!("locals {{\n  a = {text}\n}}\noutput \"o\" {{ value = local.a }}\nproject \"p\" {{}}\n"));
    }

    #[test]
    fn expressions_never_panic(text in soup()) {
        let mut report = Report::new();
        let mut loaded = crate::load_texts(&[("main.hcl", SEED)], &mut report);
        let answer =
            evaluate_expression(&mut loaded, &text, None, &Inputs::default(), &Fake, &NoFacts, &mut report);
        prop_assert!(answer.is_some() || !report.items().is_empty(), "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("main.hcl"), &bytes).unwrap();
        let mut report = Report::new();
        let mut loaded = load(dir.path(), &mut report);
        evaluate(&mut loaded, None, &Inputs::default(), &Fake, &NoFacts, &mut report);
        prop_assert!(report.has_errors());
    }
}
