//! What the console answers.

use plimsoll_model::Report;

use crate::testing::{Fake, show_report};
use crate::{Inputs, NoFacts, evaluate_expression, load_texts};

fn ask(expression: &str) -> String {
    let text = r#"
project "t" {}
variable "pass" {
  default   = "p"
  sensitive = true
}
locals {
  bad = 1 / 0
  ok  = { a = [1, "x"] }
}
app "web" {
  container "c" {
    port "http" { container_port = 3000 }
  }
}
service "web" { app = app.web }
"#;
    let mut report = Report::new();
    let mut loaded = load_texts(&[("main.hcl", text)], &mut report);
    let answer =
        evaluate_expression(&mut loaded, expression, None, &Inputs::default(), &Fake, &NoFacts, &mut report);
    match answer {
        Some(a) => {
            assert_eq!(show_report(&report, &loaded.sources), "");
            let sensitive = if a.sensitive { " sensitive" } else { "" };
            let unknown = a.unknown.map(|u| format!(" unknown: {u}")).unwrap_or_default();
            format!("{} : {}{sensitive}{unknown}", a.json.unwrap_or_default(), a.ty)
        }
        None => show_report(&report, &loaded.sources).lines().next().unwrap_or("").to_string(),
    }
}

#[test]
fn answers_have_value_type_and_marks() {
    assert_eq!(ask("1 + 1"), "2 : number");
    assert_eq!(ask("local.ok.a"), "[1,\"x\"] : tuple([\n    number,\n    string,\n])");
    assert_eq!(ask("\"x-${var.pass}\""), "\"x-p\" : string sensitive");
    assert_eq!(ask("service.web.cluster_ip"), " : string unknown: service.web.cluster_ip");
    assert_eq!(ask("service.web.ports.http"), "3000 : service.port");
    assert_eq!(ask("app.web"), "\"app.web\" : app");
    assert_eq!(ask("service.web.ports.http.url"), "\"http://web.default.svc:3000\" : string");
}

#[test]
fn what_is_wrong_elsewhere_stays_out_of_an_answer() {
    assert_eq!(ask("env.name"), "\"default\" : string");
    assert_eq!(ask("local.bad"), "Error[division-by-zero] division by zero: Divisor is zero.");
    assert_eq!(
        ask("local.nope"),
        "Error[unknown-reference] reference to undeclared name: There is no local value named \"nope\"."
    );
    assert_eq!(ask(""), "Error[syntax] invalid syntax: There is no expression.");
}

#[test]
fn what_is_no_expression_says_what_is_missing() {
    let check = |expression: &str, wanted: &str| assert_eq!(ask(expression), wanted, "{expression}");
    check("1 +", "Error[syntax] invalid syntax: The expression ends after `+`.");
    check("1 ==", "Error[syntax] invalid syntax: The expression ends after `==`.");
    check("local.", "Error[syntax] invalid syntax: The expression ends after `.`.");
    check("* 2", "Error[syntax] invalid syntax: Found `*`; a value was expected.");
    check(
        "1 2",
        "Error[syntax] invalid syntax: One expression ends before this; what follows belongs to none.",
    );
    check("1 ]", "Error[syntax] invalid syntax: `]` closes nothing that is open.");
    check("max(", "Error[open-bracket] bracket is not closed: No `)` closes it.");
    check("[1,", "Error[open-bracket] bracket is not closed: No `]` closes it.");
    check(
        "\"a",
        "Error[open-string] string is not closed: A quoted string ends on the line on which it starts.",
    );
}
