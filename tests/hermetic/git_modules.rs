//! Modules from git: fetched at a commit, locked by their content, never read without that.

use std::path::Path;
use std::process::Command;

use plimsoll_tests::world::World;

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"])
        .args(["-c", "tag.gpgsign=false"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_string()
}

fn commit(repository: &Path, image: &str) -> String {
    std::fs::create_dir_all(repository.join("web/config")).unwrap();
    std::fs::create_dir_all(repository.join("base")).unwrap();
    let app = format!(
        "module \"base\" {{ source = \"../base\" }}\napp \"web\" {{\n  container \"c\" {{ image = \"{image}\" }}\n}}\noutput \"text\" {{ value = file(\"${{path.module}}/config/x.txt\") }}\n"
    );
    std::fs::write(repository.join("web/main.hcl"), app).unwrap();
    std::fs::write(repository.join("web/config/x.txt"), "text").unwrap();
    std::fs::write(repository.join("base/main.hcl"), "config \"base\" {\n  data = { a = \"b\" }\n}\n")
        .unwrap();
    git(repository, &["add", "."]);
    git(repository, &["commit", "-qm", image]);
    git(repository, &["rev-parse", "HEAD"])
}

/// A repository whose tag `v1` is its first commit, and a configuration that calls its folder `web`.
fn world() -> (World, tempfile::TempDir, String) {
    let repository = tempfile::tempdir().unwrap();
    git(repository.path(), &["init", "-q", "-b", "main"]);
    let first = commit(repository.path(), "web:1");
    git(repository.path(), &["tag", "v1"]);
    let world = World::sandbox();
    configure(&world, repository.path(), "v1");
    (world, repository, first)
}

fn configure(world: &World, repository: &Path, reference: &str) {
    let url = format!("git::file://{}//web?ref={reference}", repository.display());
    world.configure(&format!(
        "project \"p\" {{}}\nmodule \"m\" {{ source = \"{url}\" }}\noutput \"text\" {{ value = module.m.text }}\n"
    ));
}

#[tokio::test]
async fn a_module_from_git_is_fetched_locked_and_applied() {
    let (world, _repository, first) = world();
    let run = world.run(&["validate"]).expect_code(1);
    assert!(run.stderr.contains("module is not in the lock file"), "{}", run.all());
    let run = world.run(&["get"]).expect_code(0);
    assert!(run.stdout.contains(&first[..12]), "{}", run.all());
    assert!(world.read("plimsoll.lock.hcl").contains(&first));
    let (planned, _) = world.apply_exactly().await;
    let mut summary = planned.summary();
    summary.sort();
    assert_eq!(summary, ["create module.m.app.web", "create module.m.module.base.config.base"]);
    let output = world.run(&["output"]).expect_code(0);
    assert!(output.stdout.contains("text"), "{}", output.all());
    // A clone has the lock file only.
    std::fs::remove_dir_all(world.path().join(".plimsoll/modules")).unwrap();
    let run = world.run(&["plan"]).expect_code(1);
    assert!(run.stderr.contains("module was not fetched"), "{}", run.all());
    world.run(&["get"]).expect_code(0);
    world.assert_settled();
}

#[test]
fn a_moved_tag_changes_nothing_until_it_is_asked_for() {
    let (world, repository, first) = world();
    world.run(&["get"]).expect_code(0);
    let second = commit(repository.path(), "web:2");
    git(repository.path(), &["tag", "-f", "v1"]);
    std::fs::remove_dir_all(world.path().join(".plimsoll/modules")).unwrap();
    world.run(&["get"]).expect_code(0);
    assert!(world.read("plimsoll.lock.hcl").contains(&first));
    let run = world.run(&["get", "-upgrade"]).expect_code(0);
    assert!(run.stdout.contains(&second[..12]), "{}", run.all());
    assert!(world.read("plimsoll.lock.hcl").contains(&second));
    world.run(&["validate"]).expect_code(0);
    // By commit, in full and shortened.
    for reference in [first.as_str(), &first[..10]] {
        configure(&world, repository.path(), reference);
        world.run(&["get"]).expect_code(0);
        let lock = world.read("plimsoll.lock.hcl");
        assert!(lock.contains(&first) && !lock.contains(&second), "{lock}");
        world.run(&["validate"]).expect_code(0);
    }
}

#[test]
fn changed_files_are_refused() {
    let (world, _repository, _) = world();
    world.run(&["get"]).expect_code(0);
    let folder = std::fs::read_dir(world.path().join(".plimsoll/modules")).unwrap();
    let folder = folder.map(|e| e.unwrap().path()).find(|p| p.is_dir()).unwrap();
    std::fs::write(folder.join("web/config/x.txt"), "other").unwrap();
    for command in [["validate"].as_slice(), &["plan"], &["apply", "-auto-approve"]] {
        let run = world.run(command).expect_code(1);
        assert!(run.stderr.contains("module differs from the lock file"), "{}", run.all());
        assert!(run.stderr.contains("plimsoll.lock.hcl:3"), "{}", run.all());
    }
    world.run(&["get"]).expect_code(0);
    world.run(&["validate"]).expect_code(0);
}

#[test]
fn what_git_does_not_give_is_told() {
    let (world, repository, _) = world();
    configure(&world, repository.path(), "v9");
    let run = world.run(&["get"]).expect_code(1);
    assert!(run.stderr.contains("git does not give the module"), "{}", run.all());
    assert!(run.stderr.contains("v9"), "{}", run.all());
    let leftovers = std::fs::read_dir(world.path().join(".plimsoll/modules")).unwrap();
    assert_eq!(leftovers.filter(|e| e.as_ref().unwrap().path().is_dir()).count(), 0);
    let mut command = world.command(&["get"]);
    let run = plimsoll_tests::program::run({
        command.env("PATH", world.path());
        command
    });
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("there is no `git` on PATH"), "{}", run.all());
}
