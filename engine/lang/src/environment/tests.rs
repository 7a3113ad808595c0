//! Which environment is meant, and what one may hold.

use expect_test::{Expect, expect};

use crate::testing::{run_with, show_report};
use crate::{Inputs, NoFacts};

fn check(text: &str, env: Option<&str>, expect: Expect) {
    let r = run_with(&[("main.hcl", text)], env, &Inputs::default(), &NoFacts);
    let mut out = show_report(&r.report, &r.loaded.sources);
    if let Some(c) = &r.config {
        let e = &c.environment;
        let namespace = e.namespace_span.map(|s| r.loaded.sources.locate(s).to_string());
        out.push_str(&format!(
            "{} {} {:?} namespace {} {namespace:?} protected {} labels {:?}\n",
            c.project.name, e.name, e.target, e.namespace, e.protected, e.labels
        ));
    }
    expect.assert_eq(&out);
}

#[test]
fn without_environments_there_is_one_on_the_sandbox() {
    check(
        "project \"p\" {}",
        None,
        expect![[r#"
        p default Sandbox namespace default None protected false labels {}
    "#]],
    );
    check(
        "project \"p\" {}",
        Some("default"),
        expect![[r#"
        p default Sandbox namespace default None protected false labels {}
    "#]],
    );
    check(
        "project \"p\" {}",
        Some("prod"),
        expect![[r#"
            Error[unknown-environment] no such environment: There is no environment "prod": none is declared.
              help: leave -e out: without environment blocks there is one, on the sandbox
        "#]],
    );
}

const THREE: &str = r#"
project "p" {
  required_version = ">= 0.1, < 9.0"
  state {
    local {}
  }
}
environment "dev" {
  context    = "kind-dev"
  kubeconfig = "~/.kube/dev"
  labels     = { team = "x" }
}
environment "prod" {
  in_cluster = true
  namespace  = "shop"
  protected  = true
}
environment "test" {
  sandbox {}
}
"#;

#[test]
fn one_of_several_is_named() {
    check(
        THREE,
        Some("dev"),
        expect![[r#"
        p dev Context { context: "kind-dev", kubeconfig: Some("~/.kube/dev"), span: Some(Span { source: SourceId(0), start: 103, end: 126 }) } namespace default None protected false labels {"team": "x"}
    "#]],
    );
    check(
        THREE,
        Some("prod"),
        expect![[r#"
        p prod InCluster namespace shop Some("main.hcl:15") protected true labels {}
    "#]],
    );
    check(
        THREE,
        Some("test"),
        expect![[r#"
        p test Sandbox namespace default None protected false labels {}
    "#]],
    );
    check(
        THREE,
        None,
        expect![[r#"
            Error[environment-required] which environment?: There are several: dev, prod, test.
              help: -e dev, or -e prod, or -e test
        "#]],
    );
    check(
        THREE,
        Some("prd"),
        expect![[r#"
            Error[unknown-environment] no such environment: There is no environment "prd"; declared are: dev, prod, test.
              main.hcl:8:1 `environment "dev"` environment dev is declared here
              main.hcl:13:1 `environment "prod"` environment prod is declared here
              main.hcl:18:1 `environment "test"` environment test is declared here
              help: -e prod
        "#]],
    );
}

#[test]
fn what_does_not_fit_is_named() {
    check(
        r#"
project "p" {
  required_version = ">= 99"
  state {
    s3 { bucket = "x" }
  }
  sate {}
}
environment "x" {
  context      = "a"
  in_cluster   = true
  name_space   = "x"
  namespace    = "No_Good"
  protected    = "yes please"
  labels       = { a = 1 }
  context_name = var.x
  sandbox      = true
}
"#,
        None,
        expect![[r#"
            Error[wrong-version] this configuration needs another version: It requires ">= 99"; this is 0.1.0.
              main.hcl:3:22 `">= 99"` 
            Error[not-supported-yet] block is not supported yet: A state in `s3` is planned; this version keeps it in a local file.
              main.hcl:5:5 `s3` 
              help: local {}
            Error[unknown-block] unknown block: `project` holds no block "sate".
              main.hcl:7:3 `sate` 
              help: did you mean state?
            Error[two-clusters] environment names two clusters: It has one of context = "…", or sandbox {}, or in_cluster = true.
              main.hcl:10:3 `context      = "a"` here
              main.hcl:11:3 `in_cluster   = true` and here
            Error[unknown-attribute] unknown attribute: `environment` has no attribute "name_space".
              main.hcl:12:3 `name_space` 
              help: did you mean namespace?
            Error[bad-namespace] invalid namespace: A namespace has at most 63 lower-case letters, digits and `-`, with a letter or digit at both ends.
              main.hcl:13:18 `"No_Good"` 
            Error[wrong-type] wrong type: protected is true or false, and this is a string.
              main.hcl:14:18 `"yes please"` 
            Error[wrong-type] wrong type: The label a is a string, and this is a number.
              main.hcl:15:24 `1` 
            Error[unknown-attribute] unknown attribute: `environment` has no attribute "context_name".
              main.hcl:16:3 `context_name` 
              help: it has "context", "in_cluster", "kubeconfig", "labels", "namespace", "protected", "values", "values_file"
            Error[unknown-attribute] unknown attribute: `environment` has no attribute "sandbox".
              main.hcl:17:3 `sandbox` 
              help: sandbox is a block: sandbox { … }
            p x Context { context: "a", kubeconfig: None, span: Some(Span { source: SourceId(0), start: 114, end: 132 }) } namespace No_Good Some("main.hcl:13") protected false labels {}
        "#]],
    );
    check(
        "project \"p\" {}\nenvironment \"x\" {\n  kubeconfig = \"y\"\n}\n",
        None,
        expect![[r#"
        Error[no-cluster] environment names no cluster: The active kube context is never used.
          main.hcl:2:1 `environment "x"` 
          help: type context = "…", or sandbox {}, or in_cluster = true
        Error[stray-kubeconfig] kubeconfig without a context: A kubeconfig holds contexts; the environment says which one.
          main.hcl:3:3 `kubeconfig = "y"` 
          help: type context = "…"
        p x Sandbox namespace default None protected false labels {}
    "#]],
    );
}

#[test]
fn a_project_is_required_once() {
    check(
        "app \"x\" {\n  a = 1 / 0\n}\n",
        None,
        expect![[r#"
        Error[no-project] no project block: A project names what this configuration owns in a cluster; it cannot change later.
          help: add this line to one of the files: project "my-project" {}
        Error[division-by-zero] division by zero: Divisor is zero.
          main.hcl:2:11 `0` 
          main.hcl:2:7 `1 / 0` computed here
    "#]],
    );
    check(
        "project \"a\" {}\nproject \"b\" {}\nproject {}\n",
        None,
        expect![[r#"
            Error[duplicate-declaration] declared twice: A configuration has one project.
              main.hcl:2:1 `project "b"` again here
              main.hcl:1:1 `project "a"` first here
            Error[missing-label] block needs a name: `project` blocks are named by their label.
              main.hcl:3:1 `project` 
              help: project "name" { … }
            a default Sandbox namespace default None protected false labels {}
        "#]],
    );
}
