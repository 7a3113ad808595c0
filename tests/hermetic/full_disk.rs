//! A disk that takes no more: the process may not write a file beyond a limit, as on a full disk but
//! for the errno. The cluster is in another process, so that only the state is short of room.

use std::process::Command;

use plimsoll_tests::program::{Run, command, run};
use plimsoll_tests::served::Served;
use plimsoll_tests::server::kubeconfig;
use plimsoll_tests::world::World;

use crate::bad_input::compare;

/// One operation after the other: the order of what is told is always the same.
const APPLY: &[&str] = &["apply", "-auto-approve", "-parallelism=1"];

/// Applies where no file may grow beyond so many KiB.
fn limited(world: &World, kib: u32) -> Run {
    let plain = command(world.path());
    let mut shell = Command::new("bash");
    // The shell ignores the signal that would end the process, and so does what it becomes.
    shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\"")]);
    shell.arg(plain.get_program()).args(APPLY).current_dir(world.path());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    run(shell)
}

/// The seconds that something took differ from run to run.
fn without_seconds(mut run: Run) -> Run {
    let line = |line: &str| match line.split_once(" after ") {
        Some((what, _)) => format!("{what} after SECONDS\n"),
        None => format!("{line}\n"),
    };
    run.stdout = run.stdout.lines().map(line).collect();
    run
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_written_down_is_not_begun() {
    let cluster = tempfile::tempdir().unwrap();
    let served = Served::start(cluster.path());
    let world = World::sandbox();
    let configs: String =
        (1..=4).map(|i| format!("config \"c{i}\" {{ data = {{ a = \"{i}\" }} }}\n")).collect();
    world.write("main.hcl", format!("project \"shop\" {{}}\n\n{configs}"));
    world.write("kubeconfig", kubeconfig(&served.url()));
    world.write(
        "environments.hcl",
        "environment \"test\" {\n  context    = \"broken\"\n  kubeconfig = \"kubeconfig\"\n}\n",
    );
    // Nothing at all can be written: nothing is begun.
    compare("full-disk", &world, APPLY, &without_seconds(limited(&world, 0)), 1, &[]);
    // The journal fits in part: what follows the first failed append is not begun.
    compare("full-disk-on-the-way", &world, APPLY, &without_seconds(limited(&world, 2)), 1, &[]);
    // With room again, the next apply goes on from there.
    let rest = without_seconds(world.run(APPLY));
    compare("full-disk-afterwards", &world, APPLY, &rest, 0, &[]);
    world.assert_settled();
}
