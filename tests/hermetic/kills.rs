//! `kill -9` on the embedded cluster: at every point that an apply passes, and at random moments.

use plimsoll_tests::kills::{Afterwards, assert_recovers, crash_at, objects, prepared, random_moments};
use plimsoll_tests::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_every_journal_append_rename_and_request() {
    let whole = prepared(World::sandbox()).await;
    whole.run(&["apply", "-auto-approve"]).expect_code(0);
    let wanted = objects(&whole).await;
    let mut passed = 0;
    for n in 1.. {
        assert!(n < 1000, "the apply never ends by itself");
        let world = prepared(World::sandbox()).await;
        let point = format!("any:{n}");
        if !crash_at(&world, &point, &["apply", "-auto-approve"]) {
            break;
        }
        passed += 1;
        let afterwards = if n % 3 == 0 { Afterwards::WithoutState } else { Afterwards::WithState };
        assert_recovers(&world, afterwards, &point);
        assert_eq!(objects(&world).await, wanted, "after {point}");
    }
    // Journal, snapshot and the requests of an apply with one delete and several updates.
    assert!(passed >= 20, "only {passed} points were passed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_random_moments() {
    random_moments(async || World::sandbox(), 20_261_124, 110).await;
}
