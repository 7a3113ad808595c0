//! `show --json` is read by the types that tools made for Terraform's plan JSON use.

use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_tests::world::World;

/// The program that decodes and validates a plan with `terraform-json`, built by `tests/oracle/build`.
fn decoder() -> PathBuf {
    let build = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle/build");
    let output = Command::new(build).output().expect("tests/oracle/build runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let oracle = PathBuf::from(text.lines().last().expect("the oracle's path"));
    oracle.with_file_name("tfplan")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terraforms_types_read_the_plan() {
    let world = World::real("json").await;
    let text = plimsoll_tests::kills::application("1");
    world.configure(&text);
    let decoder = decoder();
    let decode = |name: &str, changes: usize| {
        let shown = world.run(&["show", "-json", name]).expect_code(0);
        world.write("plan.json", &shown.stdout);
        let output = Command::new(&decoder).arg(world.path().join("plan.json")).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
        assert!(told.contains(&format!("ok {changes} change")), "{told}");
    };
    world.run(&["plan", "-out", "create.plan"]).expect_code(0);
    decode("create.plan", 6);
    world.run(&["apply", "create.plan"]).expect_code(0);
    world.configure(
        &plimsoll_tests::kills::application("2").replace("service \"web\" { app = app.web }\n", ""),
    );
    world.run(&["plan", "-out", "change.plan"]).expect_code(0);
    decode("change.plan", 6);
}
