//! Variables from outside and saved plans: plain ones come from the file, sensitive ones are given
//! again and must be the same.

use plimsoll_tests::world::World;

const TEXT: &str = r#"project "shop" {}

variable "tag" {
  type = string
}
variable "limits" {
  type = object({ replicas = number, note = optional(string) })
}
variable "password" {
  type      = string
  sensitive = true
}

app "web" {
  replicas    = var.limits.replicas
  annotations = { note = var.limits.note }
  container "web" {
    image = "web:${var.tag}"
    env   = { PASSWORD = var.password }
  }
}
"#;

#[test]
fn a_saved_plan_brings_its_plain_variables_and_asks_for_the_sensitive_ones() {
    let world = World::sandbox();
    world.write("main.hcl", TEXT);
    world.write("more.values.hcl", "limits = { replicas = 2, note = \"costs $${a} %%{b}\" }\n");
    // The first apply makes the key that sensitive values are compared by.
    let first = ["apply", "-auto-approve", "-var", "password=canary-one", "-var-file", "more.values.hcl"];
    let mut apply = world.command(&first);
    apply.env("PLIMSOLL_VAR_tag", "v6");
    plimsoll_tests::program::run(apply).expect_code(0);
    let state = || world.read(".plimsoll/state/default/state.json");
    let before = state();
    let mut plan =
        world.command(&["plan", "-out", "p", "-var", "password=canary-one", "-var-file", "more.values.hcl"]);
    plan.env("PLIMSOLL_VAR_tag", "v7");
    plimsoll_tests::program::run(plan).expect_code(0);
    assert!(!world.read("p").contains("canary-one"));

    let without = world.run(&["apply", "p"]).expect_code(1);
    assert!(without.all().contains("password"), "{}", without.all());
    let other = world.run(&["apply", "p", "-var", "password=another"]).expect_code(4);
    assert!(other.all().contains("password") && !other.all().contains("canary-one"), "{}", other.all());
    assert_eq!(state(), before, "a refused plan changes no state");
    let different =
        world.run(&["apply", "p", "-var", "password=canary-one", "-var", "tag=v8"]).expect_code(4);
    assert!(different.all().contains("configuration"), "{}", different.all());

    let applied = world.run(&["apply", "p", "-var", "password=canary-one"]).expect_code(0);
    assert!(!applied.all().contains("canary-one"), "{}", applied.all());
    let settled = [
        "plan",
        "-detailed-exitcode",
        "-var",
        "password=canary-one",
        "-var",
        "tag=v7",
        "-var-file",
        "more.values.hcl",
    ];
    world.run(&settled).expect_code(0);
}

#[test]
fn the_first_saved_plan_holds_nothing_to_guess_a_secret_from_and_applies() {
    let world = World::sandbox();
    world.write("main.hcl", TEXT);
    world.write("more.values.hcl", "limits = { replicas = 2 }\n");
    let given = ["-var", "tag=v1", "-var", "password=canary-one", "-var-file", "more.values.hcl"];
    world.run(&[&["plan", "-out", "p"], &given[..]].concat()).expect_code(0);
    let saved = world.read("p");
    assert!(saved.contains("known after apply") && !saved.contains("canary-one"));
    assert!(!world.path().join(".plimsoll/state/default/key").exists(), "planning writes nothing");
    world.run(&["apply", "p", "-var", "password=canary-one"]).expect_code(0);
    world.run(&[&["plan", "-detailed-exitcode"], &given[..]].concat()).expect_code(0);
    let key = world.read(".plimsoll/state/default/key");
    assert!(!world.read(".plimsoll/state/default/state.json").contains(key.trim()));
}

#[test]
fn a_value_that_was_sensitive_when_it_was_applied_is_shown_by_no_later_plan() {
    let world = World::sandbox();
    let text = TEXT.replace(
        "env   = { PASSWORD = var.password }",
        "env   = { PASSWORD = var.password, MODE = \"fast\" }",
    );
    world.write("main.hcl", &text);
    world.write("more.values.hcl", "limits = { replicas = 2 }\n");
    let given = ["-var", "tag=v1", "-var", "password=canary-one", "-var-file", "more.values.hcl"];
    world.run(&[&["apply", "-auto-approve"], &given[..]].concat()).expect_code(0);
    let state = world.read(".plimsoll/state/default/state.json");
    assert!(state.contains("containers/*/env/*/value") && !state.contains("canary-one"));

    let gone = text.replace("PASSWORD = var.password, ", "");
    let plain = text.replace("var.password,", "\"public-value\",");
    let removed = text.split("app \"web\"").next().unwrap_or_default().to_string();
    for text in [gone, plain, removed] {
        world.write("main.hcl", &text);
        // Without the variable's value: nothing else knows what to hide.
        let given = ["-var", "tag=v1", "-var", "password=unrelated", "-var-file", "more.values.hcl"];
        let told =
            world.run(&[&["plan", "-out", "p", "-detailed-exitcode"], &given[..]].concat()).expect_code(2);
        assert!(!told.all().contains("canary-one"), "{}", told.all());
        assert!(!world.read("p").contains("canary-one"));
        let json = world.run(&["show", "-json", "p"]).expect_code(0);
        assert!(!json.all().contains("canary-one"), "{}", json.all());
    }
}
