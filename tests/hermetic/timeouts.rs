//! `timeouts`: the time that a block gives its objects is the one that an apply waits.

use std::time::{Duration, Instant};

use plimsoll_tests::world::World;

fn text(image: &str, times: &str) -> String {
    format!(
        r#"project "slow" {{}}

app "web" {{
  replicas = 1
  container "web" {{
    image = "{image}"
  }}
  timeouts {{
    {times}
  }}
}}
"#
    )
}

/// The rollout of an image that cannot be pulled never ends; the finding names the line of the time.
#[test]
fn a_rollout_that_never_ends_is_given_up_after_its_own_time() {
    let world = World::sandbox();
    world.configure(&text("web:1", "create = \"200ms\""));
    world.run(&["apply", "-auto-approve"]).expect_code(0);

    // The time of a create is not that of a change.
    world.configure(&text("web:broken", "update = \"300ms\""));
    let begun = Instant::now();
    let out = world.run(&["apply", "-auto-approve"]).expect_code(1);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let said = &out.stderr;
    assert!(said.contains("error[not-ready]") && said.contains("after 0.3 s"), "{said}");
    assert!(said.contains("main.hcl:9: the time is set here"), "{said}");

    world.configure(&text("web:2", "update = \"1m\""));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    world.run(&["destroy", "-auto-approve"]).expect_code(0);
}

/// A saved plan waits as the configuration says that it was made from.
#[test]
fn a_saved_plan_keeps_the_time() {
    let world = World::sandbox();
    world.configure(&text("web:broken", "create = \"250ms\""));
    world.run(&["plan", "-out", "p.plan"]).expect_code(0);
    let said = world.run(&["apply", "p.plan"]).expect_code(1).stderr;
    assert!(said.contains("after 0.25 s") && said.contains("main.hcl:9: the time is set here"), "{said}");
}

/// An apply that did not wait leaves a rollout that cannot end; one that changes nothing fails over it, with the same
/// reason as the first one that waits.
#[test]
fn an_apply_without_changes_fails_over_an_image_that_cannot_be_pulled() {
    let world = World::sandbox();
    world.configure(&text("web:broken", "update = \"1m\""));
    world.run(&["apply", "-auto-approve", "-no-wait"]).expect_code(0);
    let out = world.run(&["apply", "-auto-approve"]).expect_code(1);
    for part in ["error[rollout-failed]", "ImagePullBackOff", "No changes", "Apply incomplete"] {
        assert!(out.all().contains(part), "{part}\n{}", out.all());
    }
    assert!(!out.stdout.contains("Apply complete"), "{}", out.all());
}
