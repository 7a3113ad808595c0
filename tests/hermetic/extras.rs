//! Commands beside the way from plan to apply: `init`, `diff-env`, `graph`, `completions`, and
//! plans without dry runs.

use std::os::unix::fs::PermissionsExt;

use plimsoll_tests::world::World;
use serde_json::Value as Json;

const TWO: &str = r#"project "shop" {}

variable "replicas" { type = number }
variable "password" {
  type      = string
  sensitive = true
}

environment "dev" {
  sandbox {}
  values = { replicas = 1, password = "canary-dev" }
}
environment "prod" {
  sandbox {}
  namespace = "shop"
  values    = { replicas = 3, password = "canary-prod" }
}

app "web" {
  replicas = var.replicas
  container "web" {
    image = "web:1"
    env   = { PASSWORD = var.password }
  }
}
app "same" {
  container "web" { image = "web:1" }
}
app "tools" {
  enabled = env.name == "dev"
  container "web" { image = "tools:1" }
}
output "count" { value = var.replicas }
"#;

#[test]
fn a_starter_plans_and_applies_and_is_never_written_over_something() {
    let world = World::sandbox();
    let run = world.run(&["init", "my_shop"]).expect_code(0);
    assert!(run.stdout.contains("plimsoll plan my_shop"), "{}", run.all());
    assert!(world.read("my_shop/main.hcl").contains("project \"my-shop\" {}"));
    world.run(&["validate", "my_shop"]).expect_code(0);
    world.run(&["apply", "my_shop", "-auto-approve"]).expect_code(0);
    let listed = world.run(&["-C", "my_shop", "state", "list"]).expect_code(0);
    assert_eq!(listed.stdout, "app.web\ningress.web\nservice.web\n");

    world.write("my_shop/main.hcl", "# mine\n");
    let run = world.run(&["init", "my_shop"]).expect_code(1);
    assert!(run.stderr.contains("main.hcl is there already"), "{}", run.all());
    assert_eq!(world.read("my_shop/main.hcl"), "# mine\n");
    let private = |path: &str| {
        let mode = world.path().join(path).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{path} is open to others: {mode:o}");
    };
    for path in [".plimsoll", ".plimsoll/sandbox", ".plimsoll/state", ".plimsoll/state/default"] {
        private(&format!("my_shop/{path}"));
    }
}

#[test]
fn environments_are_compared_without_a_cluster() {
    let world = World::sandbox();
    world.write("main.hcl", TWO);
    let run = world.run(&["diff-env", "dev", "prod"]).expect_code(0);
    expect_test::expect![[r#"
        Environments dev → prod of project shop
          ~ namespace: default → shop

          - app.tools (Deployment tools)

          ~ app.web (Deployment web)
              ~ spec.replicas: 1 → 3   main.hcl:16
              ~ spec.template.spec.containers[name=web].env[name=PASSWORD].value: (sensitive value) → (sensitive value)   main.hcl:16

        Outputs:
          ~ count = 1 → 3

        Objects: 1 only in dev, 0 only in prod, 1 different, 1 the same.
    "#]]
    .assert_eq(&run.stdout);
    let json = world.run(&["diff-env", "dev", "prod", "-json"]).expect_code(0);
    let document: Json = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(document["only_first"][0]["address"], "app.tools");
    assert_eq!(document["different"][0]["changes"][0]["path"], "spec.replicas");
    assert_eq!(document["same"], 1);
    assert!(!run.all().contains("canary") && !json.all().contains("canary"));
    assert!(!world.path().join(".plimsoll").exists(), "nothing is written");
    let same = world.run(&["diff-env", "dev", "dev"]).expect_code(0);
    assert!(same.stdout.contains("0 different, 3 the same"), "{}", same.all());
    let unknown = world.run(&["diff-env", "dev", "prd", "-json"]).expect_code(1);
    let document: Json = serde_json::from_str(&unknown.stdout).unwrap();
    assert_eq!(document["diagnostics"][0]["code"], "unknown-environment");
    assert_eq!(document["diagnostics"][0]["help"], "plimsoll diff-env dev prod");
    let neither = world.run(&["diff-env", "here", "there"]).expect_code(1);
    assert!(
        neither.stderr.contains("help: plimsoll diff-env FIRST SECOND, with two of dev, prod"),
        "{}",
        neither.all()
    );
}

#[test]
fn the_graph_is_a_picture_too() {
    let world = World::sandbox();
    world.run(&["init"]).expect_code(0);
    let picture = world.run(&["graph", "-svg"]).expect_code(0);
    assert!(picture.stdout.starts_with("<svg ") && picture.stdout.ends_with("</svg>\n"));
    for address in ["app.web", "service.web", "ingress.web"] {
        assert!(picture.stdout.contains(&format!(">{address}</text>")), "{}", picture.all());
    }
    assert_eq!(world.run(&["graph", "-svg"]).stdout, picture.stdout);
}

#[test]
fn every_shell_gets_its_completions() {
    let world = World::sandbox();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = world.run(&["completions", shell]).expect_code(0);
        assert!(run.stdout.contains("detailed-exitcode") && run.stdout.contains("diff-env"), "{shell}");
    }
}

#[test]
fn a_plan_without_dry_runs_says_that_nothing_was_verified() {
    let world = World::sandbox();
    world.run(&["init"]).expect_code(0);
    let run = world.run(&["plan", "-no-probe", "-out", "p"]).expect_code(0);
    let said = "(not verified: planned without a dry run; checked when it is applied)";
    assert_eq!(run.stdout.matches(said).count(), 3, "{}", run.all());
    world.run(&["apply", "p"]).expect_code(0);
    // What the lists prove is proven without a dry run.
    let settled = world.run(&["plan", "-no-probe", "-detailed-exitcode"]).expect_code(0);
    assert!(settled.stdout.contains("No changes. The cluster matches"), "{}", settled.all());
    let text = world.read("main.hcl").replace("replicas = 2", "replicas = 3");
    world.write("main.hcl", text);
    let run = world.run(&["plan", "-no-probe", "-out", "p"]).expect_code(0);
    assert!(run.stdout.contains(said) && run.stdout.contains("spec.replicas: 2 → 3"), "{}", run.all());
    world.run(&["apply", "p"]).expect_code(0);
    world.assert_settled();
}

/// The codes of all findings of `validate`, sorted, and its standard error.
fn codes(world: &World) -> (Vec<String>, String) {
    let run = world.run(&["validate", "-json"]);
    let document: Json = serde_json::from_str(&run.stdout).unwrap();
    let found = document["diagnostics"].as_array().unwrap();
    let mut codes: Vec<String> = found.iter().map(|d| d["code"].as_str().unwrap().to_string()).collect();
    codes.sort();
    (codes, format!("{document:#}"))
}

#[test]
fn what_nothing_reads_is_told_and_may_be_silenced_with_a_reason() {
    let world = World::sandbox();
    let module = "variable \"data\" { type = string }\nvariable \"kept\" {\n  default    = 1\n  deprecated = \"it does nothing\"\n}\n\
        locals {\n  inner = 1\n}\nconfig \"site\" { data = { a = var.data } }\n";
    let root = |above: &str, beside: &str| {
        format!(
            "project \"shop\" {{}}\n{above}variable \"dead\" {{\n  default = 1\n  validation {{\n    condition     = var.dead > 0\n    \
             error_message = \"It is positive.\"\n  }}\n}}\nlocals {{\n  never = 1 {beside}\n  used  = \"x\"\n}}\n\
             environment \"a\" {{\n  sandbox {{}}\n  values = {{ dead = 2 }}\n}}\nenvironment \"b\" {{\n  sandbox {{}}\n}}\n\
             module \"m\" {{\n  source = \"./m\"\n  data   = local.used\n}}\n"
        )
    };
    std::fs::create_dir(world.path().join("m")).unwrap();
    world.write("m/main.hcl", module);
    world.write("main.hcl", root("", ""));
    let (found, all) = codes(&world);
    assert_eq!(found, ["unread-local", "unread-local", "unread-variable"], "{all}");

    // With reasons: also in the module, beside the line and above the block.
    world.write("m/main.hcl", module.replace("  inner", "  // plimsoll:allow unread-local soon\n  inner"));
    let variable = "# plimsoll:allow unread-variable callers set it\n# said above\n\n";
    world.write("main.hcl", root(variable, "# plimsoll:allow unread-local not yet"));
    let (found, all) = codes(&world);
    assert!(found.is_empty(), "{all}");
    let plan = world.run(&["plan", "-e", "a"]).expect_code(0);
    assert!(!plan.all().contains("unread-"), "{}", plan.all());

    // Without a reason, with another code, with an unknown one, and in a text that is no comment.
    world.write("main.hcl", root("# plimsoll:allow unread-variable\n", "# plimsoll:allow unread-locl soon"));
    let (found, all) = codes(&world);
    let expected = ["allow-of-unknown-code", "allow-without-reason", "unread-local", "unread-variable"];
    assert_eq!(found, expected, "{all}");
    world.write("main.hcl", root("# plimsoll:allow image-latest it is ours\n", ""));
    let (found, all) = codes(&world);
    assert_eq!(found, ["allow-of-nothing", "unread-local", "unread-variable"], "{all}");

    // An error stays.
    let wrong = "# plimsoll:allow unknown-block it is fine\napq \"web\" {}\n";
    world.write("main.hcl", format!("project \"shop\" {{}}\n{wrong}"));
    let (found, all) = codes(&world);
    assert_eq!(found, ["unknown-block"], "{all}");
}
