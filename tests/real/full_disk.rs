//! A disk that takes no more: the process may not write a file beyond a limit, as on a full disk
//! only the errno differs. The cluster is a real one, so that only the state is short of room.

use std::process::Command;

use plimsoll_tests::program::{program, run};
use plimsoll_tests::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_written_down_is_not_begun() {
    let world = World::real("full").await;
    world.configure(&plimsoll_tests::kills::application("1"));
    let limited = |blocks: u32| {
        let mut command = Command::new("bash");
        // The shell ignores the signal that would end the process, and so does what it becomes.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        command.args(["-c", &script]).arg(program()).args(["apply", "-auto-approve"]);
        command.current_dir(world.path()).env("NO_COLOR", "1").env_remove("KUBECONFIG");
        run(command)
    };
    // Nothing at all can be written: nothing is begun.
    let nothing = limited(0).expect_code(1);
    assert!(nothing.stderr.contains("error["), "{}", nothing.all());
    assert!(!nothing.stdout.contains("created after"), "{}", nothing.all());
    // The journal fits in part: what follows the first failed append is not begun.
    let part = limited(2).expect_code(1);
    assert!(part.all().contains("journal"), "{}", part.all());
    for word in ["panicked", "RUST_BACKTRACE"] {
        assert!(!part.all().contains(word), "{}", part.all());
    }
    // With room again, the next apply goes on from there.
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    world.assert_settled();
}
