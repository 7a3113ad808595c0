//! `fmt` on files, folders and standard input: what is written, listed, shown, and the exit codes.

use std::io::Write;
use std::process::Stdio;

use plimsoll_tests::program::{command, run};
use plimsoll_tests::world::World;

const LOOSE: &str = "locals {\na=1 # one\n  bb =   2\n}\n";
const TIDY: &str = "locals {\n  a  = 1 # one\n  bb = 2\n}\n";

fn below(world: &World, folder: &str, name: &str) {
    std::fs::create_dir_all(world.path().join(folder)).unwrap();
    world.write(&format!("{folder}/{name}"), LOOSE);
}

fn read(world: &World, name: &str) -> String {
    std::fs::read_to_string(world.path().join(name)).unwrap()
}

#[test]
fn files_that_differ_are_written_and_named() {
    let world = World::sandbox();
    world.write("main.hcl", LOOSE);
    world.write("prod.values.hcl", "a   = 1\n");
    world.write("tidy.hcl", TIDY);
    world.write("notes.txt", LOOSE);
    below(&world, "below", "more.hcl");
    below(&world, ".hidden", "more.hcl");
    let first = world.run(&["fmt"]).expect_code(0);
    assert_eq!(first.stdout, "main.hcl\nprod.values.hcl\n");
    assert_eq!(read(&world, "main.hcl"), TIDY);
    assert_eq!(read(&world, "notes.txt"), LOOSE);
    assert_eq!(read(&world, "below/more.hcl"), LOOSE);
    assert_eq!(world.run(&["fmt"]).expect_code(0).stdout, "");
    assert_eq!(world.run(&["fmt", "-recursive"]).expect_code(0).stdout, "below/more.hcl\n");
    assert_eq!(read(&world, "below/more.hcl"), TIDY);
    assert_eq!(read(&world, ".hidden/more.hcl"), LOOSE);
    let left: Vec<_> = std::fs::read_dir(world.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|n| n.to_string_lossy().ends_with(".tmp")), "{left:?}");
}

#[test]
fn check_and_diff_write_nothing() {
    let world = World::sandbox();
    world.write("main.hcl", LOOSE);
    let check = world.run(&["fmt", "-check"]).expect_code(3);
    assert_eq!(check.stdout, "main.hcl\n");
    assert_eq!(world.run(&["fmt", "-check", "-list=false"]).expect_code(3).stdout, "");
    let diff = world.run(&["fmt", "-diff", "-write=false", "-list=false", "main.hcl"]).expect_code(0);
    expect_test::expect![[r#"
        --- old/main.hcl
        +++ new/main.hcl
        @@ -1,4 +1,4 @@
         locals {
        -a=1 # one
        -  bb =   2
        +  a  = 1 # one
        +  bb = 2
         }
    "#]]
    .assert_eq(&diff.stdout);
    assert_eq!(read(&world, "main.hcl"), LOOSE);
    world.write("main.hcl", TIDY);
    assert_eq!(world.run(&["fmt", "-check"]).expect_code(0).stdout, "");
}

#[test]
fn what_does_not_parse_is_told_and_the_rest_is_laid_out() {
    let world = World::sandbox();
    let broken = "a = [\nb  =  1\n";
    world.write("broken.hcl", broken);
    world.write("main.hcl", LOOSE);
    world.write("notes.txt", "x");
    let out = world.run(&["fmt"]).expect_code(2);
    assert_eq!(out.stdout, "main.hcl\n");
    assert!(out.stderr.contains("broken.hcl:"), "{}", out.stderr);
    assert_eq!(read(&world, "broken.hcl"), broken);
    assert_eq!(read(&world, "main.hcl"), TIDY);
    let other = world.run(&["fmt", "notes.txt"]).expect_code(2);
    assert!(other.stderr.contains("only *.hcl files are formatted"), "{}", other.stderr);
    let missing = world.run(&["fmt", "missing.hcl"]).expect_code(2);
    assert!(missing.stderr.contains("there is no such file"), "{}", missing.stderr);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let world = World::sandbox();
    let fmt = |arguments: &[&str]| {
        let mut command = command(world.path());
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(LOOSE.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), output.status.code())
    };
    assert_eq!(fmt(&["fmt", "-"]), (TIDY.to_string(), Some(0)));
    assert_eq!(fmt(&["fmt", "-check", "-"]), (String::new(), Some(3)));
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let world = World::sandbox();
    below(&world, "shared", "base.hcl");
    let base = world.path().join("shared/base.hcl");
    std::fs::set_permissions(&base, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink("shared/base.hcl", world.path().join("main.hcl")).unwrap();
    symlink("..", world.path().join("shared/up")).unwrap();
    let out = run({
        let mut command = command(world.path());
        command.args(["fmt", "-recursive"]);
        command
    });
    assert_eq!(out.expect_code(0).stdout, "main.hcl\n");
    assert!(world.path().join("main.hcl").is_symlink());
    assert_eq!(std::fs::read_to_string(&base).unwrap(), TIDY);
    assert_eq!(std::fs::metadata(&base).unwrap().permissions().mode() & 0o777, 0o640);
}
