//! What the commands say when something is not there, not allowed or not typed as it should be,
//! and what a program reads of it. How bad configurations are told stands in `bad_input.rs`.

use plimsoll_tests::world::World;
use serde_json::Value as Json;

const APP: &str = r#"project "shop" {}

app "web" {
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
service "web" { app = app.web }
output "url" { value = service.web.ports.http.url }
output "password" {
  value     = "canary-1"
  sensitive = true
}
"#;

const TWO: &str = r#"project "shop" {}

variable "replicas" { type = number }

environment "dev" {
  sandbox {}
  values = { replicas = 1 }
}
environment "prod" {
  context   = "nowhere"
  protected = true
  values    = { replicas = 2 }
}

app "web" {
  replicas = var.replicas
  container "web" { image = "web:1" }
}
"#;

/// A folder below the world's.
fn below(world: &World, folder: &str, text: &str) {
    std::fs::create_dir_all(world.path().join(folder)).unwrap();
    world.write(&format!("{folder}/main.hcl"), text);
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

#[test]
fn a_saved_plan_finds_its_configuration() {
    let world = World::sandbox();
    below(&world, "infra/shop", APP);
    world.run(&["plan", "infra/shop", "-out", "p"]).expect_code(0);
    let saved = world.read("p");
    assert!(!saved.contains(&world.path().display().to_string()), "a path of this machine is in the plan");
    world.run(&["apply", "p"]).expect_code(0);
    assert!(world.path().join("infra/shop/.plimsoll/state").is_dir());

    // The same folder in other words is the same plan, its times aside.
    let absolute = world.path().join("infra/./shop").display().to_string();
    for folder in ["./infra/shop", absolute.as_str()] {
        world.run(&["plan", folder, "-out", "again"]).expect_code(0);
        assert!(world.read("again").contains(r#""folder":"infra/shop""#), "{folder}");
        world.run(&["apply", "again"]).expect_code(0);
    }
    // From the folder itself, and from above, where the plan lies beside its configuration.
    world.run(&["-C", "infra/shop", "plan", "-out", "own"]).expect_code(0);
    assert!(!world.read("infra/shop/own").contains(r#""folder""#));
    world.run(&["-C", "infra/shop", "apply", "own"]).expect_code(0);
    world.run(&["-C", "infra/shop", "plan", "-out", "own"]).expect_code(0);
    world.run(&["apply", "infra/shop/own"]).expect_code(0);
}

#[test]
fn a_saved_plan_does_not_depend_on_what_other_environments_read() {
    let world = World::sandbox();
    let text = r#"project "shop" {}
variable "file" { type = string }
environment "dev" {
  sandbox {}
  values = { file = "dev.txt" }
}
environment "prod" {
  sandbox {}
  values = { file = "prod.txt" }
}
config "site" { data = { text = file(var.file) } }
"#;
    world.write("main.hcl", text);
    world.write("dev.txt", "one");
    world.write("prod.txt", "one");
    world.run(&["plan", "-e", "dev", "-out", "p"]).expect_code(0);
    world.write("prod.txt", "two");
    world.run(&["apply", "p"]).expect_code(0);
    // What its own environment reads is part of it.
    world.write("dev.txt", "two");
    world.run(&["plan", "-e", "dev", "-out", "p"]).expect_code(0);
    world.write("dev.txt", "three");
    let stale = world.run(&["apply", "p"]).expect_code(4);
    assert!(stale.all().contains("error[plan-stale]"), "{}", stale.all());
}

#[test]
fn a_saved_plan_without_its_configuration_says_where_it_looked() {
    let world = World::sandbox();
    below(&world, "shop", APP);
    below(&world, "elsewhere", "");
    std::fs::remove_file(world.path().join("elsewhere/main.hcl")).unwrap();
    world.run(&["plan", "shop", "-out", "elsewhere/p"]).expect_code(0);
    let run = world.run(&["-C", "elsewhere", "apply", "p"]).expect_code(1);
    assert!(run.stderr.contains("p was made for the configuration in shop"), "{}", run.all());
    assert!(run.stderr.contains("plimsoll -C FOLDER apply /"), "{}", run.all());
    let explicit = world.path().join("elsewhere/p").display().to_string();
    world.run(&["-C", "shop", "apply", &explicit]).expect_code(0);
}

#[test]
fn a_mistake_of_one_environment_names_it() {
    let world = World::sandbox();
    world.write("main.hcl", TWO.replace("replicas = 2", "replicas = -2"));
    for arguments in [&["plan", "-e", "dev"][..], &["validate"], &["apply", "-e", "dev", "-auto-approve"]] {
        let run = world.run(arguments).expect_code(1);
        assert!(run.stderr.contains("In environment prod: -2 is not at least 0"), "{}", run.all());
    }
    // What is wrong everywhere names none.
    world.write("main.hcl", TWO.replace("replicas = var.replicas", "replicas = -var.replicas"));
    let run = world.run(&["validate", "-e", "dev"]).expect_code(1);
    assert!(run.stderr.contains("  -1 is not at least 0"), "{}", run.all());
    world.write("main.hcl", TWO.replace("replicas = var.replicas", "replica = 1"));
    let run = world.run(&["validate"]).expect_code(1);
    assert!(!run.stderr.contains("In environment"), "{}", run.all());
}

#[test]
fn a_failure_is_json_where_json_was_asked_for() {
    let world = World::sandbox();
    world.write("main.hcl", APP.replace("    image =", "    imge  = 1\n    image ="));
    for arguments in [&["plan", "-json"][..], &["validate", "-json"], &["status", "-json"]] {
        let run = world.run(arguments).expect_code(1);
        let document = json(&run.stdout);
        assert_eq!(document["format_version"], "1.0");
        assert_eq!(document["valid"], false);
        let codes: Vec<&str> =
            document["diagnostics"].as_array().unwrap().iter().filter_map(|d| d["code"].as_str()).collect();
        assert_eq!(document["error_count"], codes.len(), "{}", run.all());
        let unknown = &document["diagnostics"][0];
        assert_eq!(unknown["code"], "unknown-attribute", "{}", run.all());
        assert_eq!(unknown["range"]["filename"], "main.hcl");
        assert_eq!(unknown["range"]["start"]["line"], 5);
    }
    // Also where it fails before or after the configuration.
    let nowhere = json(&world.run(&["-C", "nowhere", "plan", "-json"]).expect_code(1).stdout);
    assert_eq!(nowhere["diagnostics"][0]["code"], "folder-unreadable");
    world.write("main.hcl", TWO);
    let unreachable = json(&world.run(&["plan", "-e", "prod", "-json"]).expect_code(1).stdout);
    assert_eq!(unreachable["valid"], false);
    assert_eq!(unreachable["error_count"], 1);
    let missing = json(&world.run(&["show", "-json", "no.plan"]).expect_code(1).stdout);
    assert_eq!(missing["diagnostics"][0]["code"], "plan-unreadable");
}

#[test]
fn protection_is_told_before_a_cluster_is_looked_for() {
    let world = World::sandbox();
    world.write("main.hcl", TWO);
    for command in ["apply", "destroy"] {
        let run = world.run(&[command, "-e", "prod", "-auto-approve"]).expect_code(1);
        assert!(run.stderr.contains("the environment is protected"), "{}", run.all());
        assert!(!run.stderr.contains("kubeconfig"), "{}", run.all());
    }
}

#[test]
fn an_unknown_environment_names_the_known_ones() {
    let world = World::sandbox();
    world.write("main.hcl", TWO);
    for arguments in [&["plan"][..], &["validate"], &["graph"], &["output"], &["state", "list"]] {
        let run = world.run(&[arguments, &["-e", "prd"]].concat()).expect_code(1);
        assert!(run.stderr.contains("no such environment"), "{}", run.all());
        assert!(run.stderr.contains("declared are: dev, prod"), "{}", run.all());
        assert!(run.stderr.contains("help: -e prod"), "{}", run.all());
    }
    let far = world.run(&["plan", "-e", "x"]).expect_code(1);
    assert!(far.stderr.contains("help: -e dev, or -e prod"), "{}", far.all());
}

#[test]
fn what_is_not_listed_is_named_with_the_command_that_lists() {
    let world = World::sandbox();
    world.write("main.hcl", APP);
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    let run = world.run(&["state", "show", "app.wbe"]).expect_code(1);
    assert!(run.stderr.contains("error[not-recorded]"), "{}", run.all());
    assert!(run.stderr.contains("help: plimsoll state list"), "{}", run.all());
    let run = world.run(&["state", "show", "web"]).expect_code(1);
    assert!(run.stderr.contains("error[bad-address]"), "{}", run.all());
    world.run(&["state", "show", "app.web"]).expect_code(0);
}

#[test]
fn what_is_empty_says_what_to_do_next() {
    let world = World::sandbox();
    world.write("main.hcl", APP);
    for (arguments, empty) in [(&["status"][..], "[]"), (&["state", "list"], "[]"), (&["output"], "{}")] {
        let run = world.run(arguments).expect_code(0);
        assert!(run.all().contains("plimsoll apply"), "{}", run.all());
        let document = world.run(&[arguments, &["-json"]].concat()).expect_code(0);
        assert_eq!(document.stdout.trim(), empty);
    }
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    let rows = json(&world.run(&["status", "-json"]).expect_code(0).stdout);
    assert_eq!(rows[0]["address"], "app.web");
    assert_eq!((&rows[0]["status"], &rows[0]["object"]["name"]), (&"ready".into(), &"web".into()));
    let listed = json(&world.run(&["state", "list", "-json"]).expect_code(0).stdout);
    assert_eq!((&listed[0]["address"], &listed[1]["address"]), (&"app.web".into(), &"service.web".into()));
}

#[test]
fn a_sensitive_output_is_named_and_not_shown() {
    let world = World::sandbox();
    world.write("main.hcl", APP);
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    let all = world.run(&["output"]).expect_code(0);
    assert_eq!(
        all.stdout,
        "password = (sensitive value, not kept)\nurl = \"http://web-svc.default.svc:80\"\n"
    );
    let document = json(&world.run(&["output", "-json"]).expect_code(0).stdout);
    assert_eq!(document["password"], serde_json::json!({"sensitive": true, "value": null}));
    let one = world.run(&["output", "password"]).expect_code(1);
    assert!(one.stderr.contains("Output \"password\" is sensitive"), "{}", one.all());
    let none = world.run(&["output", "nope"]).expect_code(1);
    assert!(none.stderr.contains("left no output \"nope\"; it left url."), "{}", none.all());
    assert!([all, one, none].iter().all(|run| !run.all().contains("canary-1")));
}

#[test]
fn destroying_nothing_says_so_once() {
    let world = World::sandbox();
    world.write("main.hcl", APP);
    let run = world.run(&["destroy"]).expect_code(0);
    assert!(run.stdout.ends_with("\nNo changes. There is nothing to destroy.\n"), "{}", run.all());
}

#[test]
fn a_folder_is_no_plan_to_show() {
    let world = World::sandbox();
    below(&world, "shop", APP);
    let run = world.run(&["show", "shop"]).expect_code(1);
    assert!(
        run.stderr.contains("help: for the state of that folder: plimsoll -C shop show"),
        "{}",
        run.all()
    );
}

#[test]
fn colour_that_was_asked_for_beats_the_environment() {
    let world = World::sandbox();
    world.write("main.hcl", APP);
    let coloured = |arguments: &[&str]| world.run(arguments).expect_code(0).stdout.contains('\u{1b}');
    // Every run of these tests has NO_COLOR set.
    assert!(coloured(&["plan", "-color=always"]));
    assert!(!coloured(&["plan"]));
    assert!(!coloured(&["plan", "-color=always", "-no-color"]));
}

#[test]
fn help_shows_both_spellings_of_flags() {
    let world = World::sandbox();
    for arguments in [&["-help"][..], &["plan", "-help"], &["state", "mv", "-h"]] {
        let run = world.run(arguments).expect_code(0);
        assert!(run.stdout.contains("-out FILE and --out FILE are the same"), "{}", run.all());
    }
    let validate = world.run(&["validate", "-h"]).expect_code(0);
    assert!(validate.stdout.contains("Check this environment alone; all of them where left out"));
}

#[test]
fn variables_of_the_command_line_are_told_as_such() {
    let world = World::sandbox();
    world.write("main.hcl", TWO);
    let told = |pair: &str, wanted: &str| {
        let run = world.run(&["validate", "-e", "dev", "-var", pair]).expect_code(1);
        assert!(run.stderr.contains(wanted), "{}", run.all());
    };
    told("replicas=x", "The value given with --var is not suitable for var.replicas: a number is required.");
    told("replicas", "`--var replicas` is not of the form NAME=VALUE.");
    told("replicas", "help: --var 'replicas=VALUE'");
    told("replica=1", "help: did you mean replicas?");
}

#[test]
fn a_renamed_block_keeps_its_objects_under_the_name_of_before() {
    let world = World::sandbox();
    world.write("main.hcl", APP.replace("app \"web\" {", "app \"web\" {\n  kind = \"StatefulSet\""));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    let moved = world.run(&["state", "mv", "app.web", "app.site"]).expect_code(0);
    assert!(moved.stdout.contains("app.web:headless is app.site:headless now."), "{}", moved.all());
    let renamed = APP
        .replace("app \"web\" {", "app \"site\" {\n  kind = \"StatefulSet\"")
        .replace("app = app.web", "app = app.site");
    world.write("main.hcl", &renamed);
    let plan = world.run(&["plan"]).expect_code(1);
    assert!(plan.stderr.contains("name = \"web\" in app.site"), "{}", plan.all());
    for phantom in ["will be destroyed", "will be created"] {
        assert!(!plan.stdout.contains(phantom), "{}", plan.all());
    }
    // What the help says is the way.
    world.write("main.hcl", renamed.replace("app \"site\" {", "app \"site\" {\n  name = \"web\""));
    let plan = world.run(&["plan"]).expect_code(0);
    assert!(plan.stdout.contains("0 to destroy") && plan.stdout.contains("0 to add"), "{}", plan.all());
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    world.assert_settled();
}

#[test]
fn a_missing_namespace_is_one_finding_with_advice_for_every_environment() {
    let world = World::sandbox();
    let two = TWO.replace("  sandbox {}\n", "  sandbox {}\n  namespace = \"shop-dev\"\n");
    world.write(
        "main.hcl",
        format!("{two}\nservice \"web\" {{\n  app = app.web\n  port \"http\" {{ port = 80 }}\n}}\n"),
    );
    let plan = world.run(&["plan", "-e", "dev"]).expect_code(1);
    assert_eq!(plan.stderr.matches("the namespace does not exist").count(), 1, "{}", plan.all());
    let advice = "namespace \"shop\" { name = env.namespace }";
    assert!(plan.stderr.contains(advice), "{}", plan.all());
    world.write("more.hcl", format!("{advice}\n"));
    world.run(&["validate"]).expect_code(0);
    world.run(&["apply", "-e", "dev", "-auto-approve"]).expect_code(0);
}

#[test]
fn replicas_that_an_autoscale_owns_are_told_when_the_first_number_changes() {
    let world = World::sandbox();
    let text = |replicas: u8| {
        format!(
            "{}autoscale \"busy\" {{\n  target = app.web\n  min_replicas = 2\n  max_replicas = 5\n  metric \"cpu\" {{ average_utilization = 70 }}\n}}\n",
            APP.replace(
                "  container \"web\" {",
                &format!("  replicas = {replicas}\n  container \"web\" {{\n    resources {{ requests = {{ cpu = \"1\" }} }}")
            )
        )
    };
    world.write("main.hcl", text(2));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    let plan = world.run(&["plan"]).expect_code(0);
    assert!(!plan.stdout.contains("Left to autoscalers"), "{}", plan.all());
    world.write("main.hcl", text(4));
    let plan = world.run(&["plan", "-detailed-exitcode"]).expect_code(0);
    let line = "  = app.web  replicas stays 2: autoscale.busy owns it, and 4 is only the first number\n";
    assert!(plan.stdout.contains(line), "{}", plan.all());
}

#[test]
fn a_lost_state_is_told() {
    let world = World::sandbox();
    world.write("main.hcl", APP);
    assert!(!world.run(&["plan"]).expect_code(0).all().contains("no state found"));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    std::fs::remove_dir_all(world.path().join(".plimsoll/state")).unwrap();
    let plan = world.run(&["plan"]).expect_code(0);
    assert!(plan.stderr.contains("warning[state-not-found]: no state found"), "{}", plan.all());
    assert!(plan.stderr.contains("2 objects are recognised by labels"), "{}", plan.all());
    let notices = json(&world.run(&["plan", "-json"]).expect_code(0).stdout)["plimsoll"]["notices"].clone();
    assert_eq!(notices[0]["code"], "state-not-found");
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    assert!(!world.run(&["plan"]).expect_code(0).all().contains("no state found"));
}

#[test]
fn a_destroy_that_leaves_something_does_not_say_that_it_succeeded() {
    let world = World::sandbox();
    world.write("main.hcl", APP);
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    std::fs::remove_dir_all(world.path().join(".plimsoll/state")).unwrap();
    let left = world.run(&["destroy", "-auto-approve"]).expect_code(1);
    assert!(left.stderr.contains("plimsoll destroy -delete-unrecorded"), "{}", left.all());
    world.run(&["destroy", "-auto-approve", "-delete-unrecorded"]).expect_code(0);
    world.run(&["destroy", "-auto-approve"]).expect_code(0);
}

#[test]
fn a_block_with_another_name_is_told_how_its_objects_are_kept() {
    let world = World::sandbox();
    world.write("main.hcl", APP);
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    let renamed = APP.replace("app \"web\"", "app \"front\"").replace("app.web", "app.front");
    world.write("main.hcl", &renamed);
    let plan = world.run(&["plan"]).expect_code(0);
    assert!(plan.stderr.contains("a block goes and one like it comes"), "{}", plan.all());
    let moved = "moved {\n  from = app.web\n  to   = app.front\n}\n";
    world.write("main.hcl", format!("{renamed}{moved}"));
    let plan = world.run(&["plan"]).expect_code(0);
    assert!(!plan.all().contains("a block goes"), "{}", plan.all());
    assert!(plan.stdout.contains("0 to add") && plan.stdout.contains("0 to destroy"), "{}", plan.all());
}

#[test]
fn a_claim_that_a_smaller_app_keeps_is_not_said_to_have_no_app() {
    let world = World::sandbox();
    let text = |replicas: u8| {
        APP.replace(
            "app \"web\" {",
            &format!("app \"web\" {{\n  kind = \"StatefulSet\"\n  replicas = {replicas}"),
        )
        .replace("    port \"http\"", "    mount \"/data\" { volume = volume.disk }\n    port \"http\"")
            + "volume \"disk\" {\n  claim {\n    size = \"1Gi\"\n    per_replica = true\n  }\n}\n"
    };
    world.write("main.hcl", text(2));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    world.write("main.hcl", text(1));
    let plan = world.run(&["plan"]).expect_code(0);
    let said =
        "Claims that stay without a pod, with their data:\n  = PersistentVolumeClaim default/disk-web-1\n";
    assert!(plan.stdout.contains(said), "{}", plan.all());
}
