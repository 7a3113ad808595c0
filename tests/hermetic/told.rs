//! What only the cluster knows, and what follows from it: it becomes known, and nothing is taken for unchanged
//! because of it.

use plimsoll_tests::world::World;

const PROJECT: &str =
    "project \"shop\" {}\nvariable \"colour\" {\n  type    = string\n  default = \"blue\"\n}\n";

fn app(body: &str) -> String {
    format!(
        "app \"web\" {{\n  container \"web\" {{\n    image = \"web:1.0\"\n{body}    port \"http\" {{ container_port = 80 }}\n  }}\n}}\n"
    )
}

const SERVICE: &str = "service \"web\" {\n  app  = app.web\n  type = \"NodePort\"\n}\n";

#[test]
fn an_assigned_node_port_is_known_after_the_apply() {
    let world = World::sandbox();
    let other = "app \"probe\" {\n  container \"probe\" {\n    image = \"probe:1.0\"\n    env   = { PORT = \"${service.web.ports.http.node_port}\" }\n  }\n}\n";
    let output = "output \"port\" {\n  value = service.web.ports.http.node_port\n}\n";
    world.write("main.hcl", format!("{PROJECT}{}{SERVICE}{other}{output}", app("")));
    let applied = world.run(&["apply", "-auto-approve"]).expect_code(0);
    assert!(applied.stdout.contains("port = 3"), "{}", applied.all());
    world.run(&["plan", "-detailed-exitcode"]).expect_code(0);
}

#[test]
fn a_config_with_an_address_in_it_rolls_its_app_when_something_else_changes() {
    let world = World::sandbox();
    let config = "config \"site\" {\n  data = {\n    IP     = service.web.cluster_ip\n    COLOUR = var.colour\n  }\n}\n";
    world.write("main.hcl", format!("{PROJECT}{}{SERVICE}{config}", app("    env_from = [config.site]\n")));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    world.run(&["plan", "-detailed-exitcode"]).expect_code(0);
    let plan = world.run(&["plan", "-var", "colour=red"]).expect_code(0);
    assert!(plan.stdout.contains("2 to change"), "{}", plan.all());
    world.run(&["apply", "-auto-approve", "-var", "colour=red"]).expect_code(0);
    world.run(&["plan", "-detailed-exitcode", "-var", "colour=red"]).expect_code(0);
    world.run(&["plan", "-detailed-exitcode"]).expect_code(2);
}

#[test]
fn a_job_that_was_destroyed_runs_again() {
    let world = World::sandbox();
    let job = "job \"once\" {\n  container \"once\" {\n    image = \"once:1.0\"\n  }\n}\n";
    world.write("main.hcl", format!("project \"shop\" {{}}\n{job}"));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    world.run(&["destroy", "-auto-approve"]).expect_code(0);
    let plan = world.run(&["plan", "-detailed-exitcode"]).expect_code(2);
    assert!(plan.stdout.contains("1 to add"), "{}", plan.all());
}

#[test]
fn what_a_moved_block_gets_in_the_same_apply_is_recorded() {
    let world = World::sandbox();
    world.write("main.hcl", format!("project \"shop\" {{}}\n{}", app("")));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    let moved = "moved {\n  from = app.web\n  to   = app.front\n}\n";
    let kept = app("").replace("app \"web\" {", "app \"front\" {\n  lifecycle { prevent_destroy = true }");
    world.write("main.hcl", format!("project \"shop\" {{}}\n{kept}{moved}"));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    world.write("main.hcl", "project \"shop\" {}\n");
    let plan = world.run(&["plan"]).expect_code(1);
    assert!(plan.all().contains("prevent-destroy"), "{}", plan.all());
}

#[test]
fn rights_are_found_again_when_the_state_is_lost() {
    let world = World::sandbox();
    let account = "service_account \"web\" {\n  role {\n    resources = [\"pods\"]\n    verbs     = [\"get\"]\n  }\n}\n";
    world.write("main.hcl", format!("project \"shop\" {{}}\n{account}"));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    std::fs::remove_dir_all(world.path().join(".plimsoll/state")).unwrap();
    world.write("main.hcl", "project \"shop\" {}\n");
    let plan = world.run(&["plan"]).expect_code(0);
    assert!(plan.stdout.contains("RoleBinding"), "{}", plan.all());
}

#[test]
fn a_state_is_rebuilt_over_another_only_where_that_is_said() {
    let world = World::sandbox();
    let app = app("");
    let other = "environment \"live\" {\n  sandbox {}\n  protected = true\n}\n";
    world.write("main.hcl", format!("project \"shop\" {{}}\n{app}{other}"));
    world.run(&["plan", "-out", "p"]).expect_code(0);
    world.run(&["apply", "p"]).expect_code(0);
    let refused = world.run(&["state", "rebuild", "-auto-approve"]).expect_code(1);
    assert!(refused.all().contains("error[protected]"), "{}", refused.all());
    let rebuild = |more: &[&str]| {
        world.run(&[&["state", "rebuild", "-auto-approve", "-allow-protected"], more].concat())
    };
    let refused = rebuild(&[]).expect_code(1);
    assert!(refused.all().contains("error[state-exists]"), "{}", refused.all());
    let file = world.path().join(".plimsoll/state/live/state.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("app.web", "app.wen")).unwrap();
    let backup = world.path().join(".plimsoll/state/live/state.json.backup");
    let _ = std::fs::remove_file(backup);
    let refused = rebuild(&[]).expect_code(1);
    assert!(refused.all().contains("error[state-damaged]"), "{}", refused.all());
    let told = rebuild(&["-force"]).expect_code(0);
    for part in ["app.web (Deployment default/web, uid ", "put aside: ", "1 object is recorded"] {
        assert!(told.all().contains(part), "it tells {part}\n{}", told.all());
    }
    assert!(!told.all().contains("Not declared"), "{}", told.all());
    world.run(&["plan", "-detailed-exitcode"]).expect_code(0);
    // Where nothing is ours, there is nothing to write.
    world.write("main.hcl", "project \"other\" {}\n");
    let told = world.run(&["state", "rebuild", "-auto-approve"]).expect_code(0);
    assert!(told.stdout.contains("no state is written"), "{}", told.all());
}

#[test]
fn what_is_not_declared_is_not_recorded_and_stays() {
    let world = World::sandbox();
    let kept = "project \"shop\" {}\nconfig \"kept\" {\n  data = { a = \"b\" }\n}\n";
    let guarded = app("").replace("app \"web\" {", "app \"web\" {\n  lifecycle { prevent_destroy = true }");
    let role = "manifest \"role\" {\n  object = {\n    apiVersion = \"rbac.authorization.k8s.io/v1\"\n    kind       = \"ClusterRole\"\n    metadata   = { name = \"shop-reader\" }\n    rules      = [{ apiGroups = [\"\"], resources = [\"pods\"], verbs = [\"get\"] }]\n  }\n}\n";
    world.write("main.hcl", format!("{kept}{guarded}{role}"));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    std::fs::remove_dir_all(world.path().join(".plimsoll/state")).unwrap();
    world.write("main.hcl", kept);
    let told = world.run(&["state", "rebuild", "-auto-approve"]).expect_code(0);
    for part in ["Not declared, so not recorded", "app.web (", "manifest.role (", "1 object is recorded"] {
        assert!(told.all().contains(part), "it tells {part}\n{}", told.all());
    }
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    let plan = world.run(&["plan", "-detailed-exitcode"]).expect_code(0);
    for part in ["app.web", "manifest.role"] {
        assert!(plan.all().contains(part), "{part} stays and is told\n{}", plan.all());
    }
    // Declared again it is recorded again, protection included.
    world.write("main.hcl", format!("{kept}{guarded}{role}"));
    world.run(&["state", "rebuild", "-auto-approve", "-force"]).expect_code(0);
    world.run(&["plan", "-detailed-exitcode"]).expect_code(0);
    world.write("main.hcl", kept);
    let refused = world.run(&["plan"]).expect_code(1);
    assert!(refused.all().contains("error[prevent-destroy]"), "{}", refused.all());
}

#[test]
fn what_a_plan_refuses_gets_no_digest_by_a_rebuild() {
    let world = World::sandbox();
    let set = |size: &str| {
        format!(
            "project \"shop\" {{}}\nvolume \"data\" {{\n  claim {{\n    per_replica = true\n    size = \"{size}\"\n  }}\n}}\n{}",
            app("    mount \"/data\" { volume = volume.data }\n")
                .replace("app \"web\" {", "app \"web\" {\n  kind = \"StatefulSet\"")
        )
    };
    world.write("main.hcl", set("2Gi"));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    let digest = || {
        let states = world.path().join(".plimsoll/state");
        let mut files = std::fs::read_dir(states).unwrap().map(|f| f.unwrap().path().join("state.json"));
        let text = std::fs::read_to_string(files.find(|f| f.exists()).unwrap()).unwrap();
        let state: serde_json::Value = serde_json::from_str(&text).unwrap();
        state["resources"]["app.web"]["digest"].as_str().unwrap().to_string()
    };
    world.run(&["state", "rebuild", "-auto-approve", "-force"]).expect_code(0);
    assert_ne!(digest(), "");
    world.write("main.hcl", set("1Gi"));
    let refused = world.run(&["plan"]).expect_code(1);
    assert!(refused.all().contains("error[claim-shrinks]"), "{}", refused.all());
    world.run(&["state", "rebuild", "-auto-approve", "-force"]).expect_code(0);
    assert_eq!(digest(), "", "the digest of a configuration that was never applied");
}
