//! Variables: types, precedence, origins, strictness.

use std::path::PathBuf;

use expect_test::{Expect, expect};

use crate::testing::{evaluated, run_with, show, show_report};
use crate::{Inputs, NoFacts};

fn check(text: &str, expect: Expect) {
    expect.assert_eq(&evaluated(text));
}

#[test]
fn values_get_the_type_of_their_variable() {
    check(
        r#"
variable "n" {
  type    = number
  default = "5"
}
variable "o" {
  type = object({
    name  = string
    port  = optional(number, "80")
    extra = optional(list(string))
    deep  = optional(object({ a = optional(bool, true) }), {})
  })
  default = { name = 1 }
}
variable "l" {
  type    = list(any)
  default = [1, "a"]
}
variable "m" {
  type    = map(number)
  default = { a = "1" }
}
variable "s" {
  type    = set(string)
  default = ["b", "a", "b"]
}
variable "t" {
  type    = tuple([string, number])
  default = [1, 2]
}
variable "none" {
  type    = string
  default = null
}
variable "not_null" {
  type     = string
  default  = "x"
  nullable = false
}
variable "any" { default = [1, "a", null] }
output "all" { value = [var.n, var.o, var.l, var.m, var.s, var.t, var.none, var.not_null, var.any] }
"#,
        expect![[r#"
            output all = [5, {deep: {a: true}, extra: null, name: "1", port: 80}, ["1", "a"], {a: 1}, set["a", "b"], ["1", 2], null, "x", [1, "a", null]]
        "#]],
    );
}

#[test]
fn declarations_are_checked() {
    check(
        r#"
variable "a" { type = strin }
variable "b" { type = "string" }
variable "c" { type = list }
variable "d" {
  type    = number
  default = "x"
}
variable "e" { type = object({ a = optional(number, "x") }) }
variable "f" { default = var.a }
variable "g" {
  typ     = string
  default = 1
}
variable "h" {
  type    = list(object({ a = number }))
  default = [{ a = 1 }, { a = "x" }]
}
variable "i" {
  default  = null
  nullable = false
}
variable "missing" {}
variable "missing" {}
variable {}
variable "bad name" {}
"#,
        expect![[r#"
            Error[bad-type] invalid type specification: The keyword "strin" is not a valid type specification.
              main.hcl:3:23 `strin` 
              help: did you mean string?
            Error[bad-type] invalid type specification: A type is not quoted.
              main.hcl:4:23 `"string"` 
              help: type = string
            Error[bad-type] invalid type specification: The list type constructor requires one argument specifying the element type.
              main.hcl:5:23 `list` 
              help: list(string)
            Error[bad-default] invalid default value for variable: This default value is not compatible with the variable's type constraint: a number is required.
              main.hcl:8:13 `"x"` 
              main.hcl:6:1 `variable "d"` declared here
            Error[bad-default] invalid default value for optional attribute: This default value is not compatible with the attribute's type constraint: a number is required.
              main.hcl:10:53 `"x"` 
              main.hcl:10:45 `number` the type
            Error[reference-not-allowed] nothing may be read here: var cannot be read: what a variable is cannot depend on anything.
              main.hcl:11:26 `var.a` 
            Error[unknown-attribute] unknown attribute: `variable` has no attribute "typ".
              main.hcl:13:3 `typ` 
              help: did you mean type?
            Error[bad-default] invalid default value for variable: This default value is not compatible with the variable's type constraint: element 1: attribute "a": a number is required.
              main.hcl:18:31 `"x"` 
              main.hcl:16:1 `variable "h"` declared here
            Error[bad-value] invalid value for variable: The variable "i" cannot be null: it has nullable = false.
              main.hcl:21:14 `null` 
              main.hcl:20:1 `variable "i"` declared here
            Error[missing-variable] no value for required variable: The variable "missing" has no default.
              main.hcl:24:1 `variable "missing"` declared here
              help: type default = … in the variable, or give --var missing=…
            Error[duplicate-declaration] declared twice: There can be one variable "missing".
              main.hcl:25:1 `variable "missing"` again here
              main.hcl:24:1 `variable "missing"` first here
            Error[missing-label] block needs a name: `variable` blocks are named by their label.
              main.hcl:26:1 `variable` 
              help: variable "name" { … }
            Error[bad-name] name cannot be referred to: A name starts with a letter and holds letters, digits, `_` and `-`.
              main.hcl:27:10 `"bad name"` this name
        "#]],
    );
}

#[test]
fn validations_show_the_value_and_the_condition() {
    check(
        r#"
variable "replicas" {
  type    = number
  default = 0
  validation {
    condition     = var.replicas > 0
    error_message = "At least ${1} replica."
  }
  validation {
    condition     = var.replicas < 10
    error_message = "Too many."
  }
}
variable "x" {
  default = 1
  validation { condition = true }
}
"#,
        expect![[r#"
            Error[validation-failed] invalid value for variable: At least 1 replica.
              main.hcl:5:13 `0` this value
              main.hcl:7:21 `var.replicas > 0` does not pass this condition
              main.hcl:3:1 `variable "replicas"` declared here
            Error[bad-validation] incomplete validation: A validation has a condition and an error_message.
              main.hcl:17:3 `validation` 
        "#]],
    );
}

const TWO: &str = r#"project "shop" {}
variable "tag" { type = string }
variable "web" { type = object({ replicas = number, host = string }) }
environment "dev" {
  context = "kind-dev"
  values  = { tag = "main", web = { replicas = 1, host = "dev.shop.io" } }
}
environment "prod" {
  context     = "ack-prod"
  namespace   = "shop"
  protected   = true
  values_file = "prod.values.hcl"
}
app "web" {
  replicas = var.web.replicas
  image    = "web:${var.tag}"
  both     = "${var.tag}${var.web.host}"
}
"#;

const PROD: &str = "tag = \"v1\"\nweb = {\n  host     = \"shop.io\"\n  replicas = 3\n}\n";

fn origins(env: &str, inputs: &Inputs) -> String {
    let r = run_with(&[("main.hcl", TWO), ("prod.values.hcl", PROD)], Some(env), inputs, &NoFacts);
    let mut out = show_report(&r.report, &r.loaded.sources);
    for block in r.config.iter().flat_map(|c| &c.blocks) {
        for (name, attr) in block.body.attrs.iter() {
            let shown = attr.value.origin.shown().map(|s| r.loaded.sources.locate(s).to_string());
            let variables: Vec<String> =
                attr.value.origin.variables().iter().map(|v| format!("{} {:?}", v.name, v.source)).collect();
            out.push_str(&format!(
                "{name} = {} from {} {}\n",
                show(&attr.value),
                shown.unwrap_or_default(),
                variables.join(", ")
            ));
        }
    }
    out
}

#[test]
fn values_know_where_they_were_set() {
    expect![[r#"
        replicas = 1 from main.hcl:6 web File(Span { source: SourceId(0), start: 212, end: 213 })
        image = "web:main" from main.hcl:6 tag File(Span { source: SourceId(0), start: 185, end: 191 })
        both = "maindev.shop.io" from main.hcl:17 tag File(Span { source: SourceId(0), start: 185, end: 191 }), web File(Span { source: SourceId(0), start: 222, end: 235 })
    "#]].assert_eq(&origins("dev", &Inputs::default()));
    expect![[r#"
        replicas = 3 from prod.values.hcl:4 web File(Span { source: SourceId(1), start: 55, end: 56 })
        image = "web:v1" from prod.values.hcl:1 tag File(Span { source: SourceId(1), start: 6, end: 10 })
        both = "v1shop.io" from main.hcl:17 tag File(Span { source: SourceId(1), start: 6, end: 10 }), web File(Span { source: SourceId(1), start: 32, end: 41 })
    "#]].assert_eq(&origins("prod", &Inputs::default()));
}

#[test]
fn later_sources_win() {
    let mut inputs = Inputs {
        vars: vec![("tag".into(), "cli".into()), ("web".into(), "{ replicas = 7, host = \"h\" }".into())],
        ..Inputs::default()
    };
    inputs.process.insert("PLIMSOLL_VAR_tag".into(), "process".into());
    inputs.process.insert("PLIMSOLL_VAR_other".into(), "x".into());
    expect![[r#"
        Warning[unknown-variable] value for undeclared variable: The process variable PLIMSOLL_VAR_other sets "other", and no variable of that name is declared.
          help: declare it: variable "other" {}
        replicas = 7 from main.hcl:15 web CommandLine
        image = "web:cli" from main.hcl:16 tag CommandLine
        both = "clih" from main.hcl:17 tag CommandLine, web CommandLine
    "#]].assert_eq(&origins("dev", &inputs));
    inputs.vars.clear();
    expect![[r#"
        Warning[unknown-variable] value for undeclared variable: The process variable PLIMSOLL_VAR_other sets "other", and no variable of that name is declared.
          help: declare it: variable "other" {}
        replicas = 1 from main.hcl:6 web File(Span { source: SourceId(0), start: 212, end: 213 })
        image = "web:main" from main.hcl:6 tag File(Span { source: SourceId(0), start: 185, end: 191 })
        both = "maindev.shop.io" from main.hcl:17 tag File(Span { source: SourceId(0), start: 185, end: 191 }), web File(Span { source: SourceId(0), start: 222, end: 235 })
    "#]].assert_eq(&origins("dev", &inputs));
}

#[test]
fn files_of_the_command_line_stand_above_values() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("x.hcl");
    std::fs::write(&file, "tag = \"file\"\nnope = 1\n").unwrap();
    let inputs = Inputs { var_files: vec![file, PathBuf::from("/nonexistent/file")], ..Inputs::default() };
    let shown = origins("dev", &inputs).replace(&dir.path().display().to_string(), "DIR");
    expect![[r#"
        Error[unreadable-file] cannot read a file: /nonexistent/file: there is no such file.
        Error[unknown-variable] value for undeclared variable: This entry sets "nope", and no variable of that name is declared.
          DIR/x.hcl:2:1 `nope` 
          help: declare it: variable "nope" {}
        replicas = 1 from main.hcl:6 web File(Span { source: SourceId(0), start: 212, end: 213 })
        image = "web:file" from DIR/x.hcl:1 tag File(Span { source: SourceId(2), start: 6, end: 12 })
        both = "filedev.shop.io" from main.hcl:17 tag File(Span { source: SourceId(2), start: 6, end: 12 }), web File(Span { source: SourceId(0), start: 222, end: 235 })
    "#]].assert_eq(&shown);
}

#[test]
fn what_an_environment_sets_is_checked() {
    let text = r#"project "shop" {}
variable "tag" { type = string }
variable "web" {
  type = object({ replicas = number, host = optional(string) })
}
variable "more" { type = number }
locals { x = 1 }
environment "a" {
  sandbox {}
  values = {
    tga  = "x"
    web  = { replicas = "x" }
    more = local.x
  }
}
environment "b" {
  sandbox {}
  values_file = "b.values.hcl"
}
environment "c" {
  sandbox {}
  values_file = "c.values.hcl"
}
"#;
    let b = "tag = \"x\"\nweb = { replicas = 1, hots = \"x\" }\nmore = upper(\"x\")\nblock {}\n";
    for (env, expect) in [
        (
            "a",
            expect![[r#"
                Error[missing-variable] no value for required variable: The variable "tag" has no default, and environment a sets no value for it.
                  main.hcl:2:1 `variable "tag"` declared here
                  main.hcl:8:1 `environment "a"` this environment
                  help: type values = { tag = … } in environment "a", or give --var tag=…
                Error[unknown-variable] value for undeclared variable: This entry sets "tga", and no variable of that name is declared.
                  main.hcl:11:5 `tga` 
                  help: did you mean tag?
                Error[bad-value] invalid value for variable: The value is not suitable for var.web: attribute "replicas": a number is required.
                  main.hcl:12:25 `"x"` 
                  main.hcl:3:1 `variable "web"` declared here
                Error[computed-value] values hold literals only: What an environment sets is written out: it reads and computes nothing.
                  main.hcl:13:12 `local.x` computed here
                  help: write the value out, or compute it in locals from variables and env.name
                Error[unreadable-file] cannot read a file: c.values.hcl: there is no such file.
                  main.hcl:22:17 `"c.values.hcl"` named here
                  help: create c.values.hcl, or correct the path
                Error[block-in-values] a values file holds no blocks: It sets variables, one `name = value` a line.
                  b.values.hcl:4:1 `block` 
            "#]],
        ),
        (
            "b",
            expect![[r#"
                Error[unreadable-file] cannot read a file: c.values.hcl: there is no such file.
                  main.hcl:22:17 `"c.values.hcl"` named here
                  help: create c.values.hcl, or correct the path
                Error[unknown-key] unknown key in the value of a variable: The value is not suitable for var.web: there is no attribute "hots".
                  b.values.hcl:2:30 `"x"` 
                  main.hcl:3:1 `variable "web"` declared here
                  help: did you mean host?
                Error[computed-value] values hold literals only: What an environment sets is written out: it reads and computes nothing.
                  b.values.hcl:3:8 `upper("x")` computed here
                  help: write the value out, or compute it in locals from variables and env.name
                Error[block-in-values] a values file holds no blocks: It sets variables, one `name = value` a line.
                  b.values.hcl:4:1 `block` 
            "#]],
        ),
        (
            "c",
            expect![[r#"
        Error[unreadable-file] cannot read a file: c.values.hcl: there is no such file.
          main.hcl:22:17 `"c.values.hcl"` named here
          help: create c.values.hcl, or correct the path
        Error[block-in-values] a values file holds no blocks: It sets variables, one `name = value` a line.
          b.values.hcl:4:1 `block` 
    "#]],
        ),
    ] {
        let files = [("main.hcl", text), ("b.values.hcl", b)];
        let r = run_with(&files, Some(env), &Inputs::default(), &NoFacts);
        expect.assert_eq(&show_report(&r.report, &r.loaded.sources));
    }
}
