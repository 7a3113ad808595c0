//! `kill -9` on the embedded cluster: at every point that an apply passes, and at random moments.

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll_tests::kills::{Afterwards, assert_recovers, crash_at, objects, prepared, random_moments};
use plimsoll_tests::scenarios::{claims, releases};
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

/// Asserts that the plan after a kill takes up the pods that are there, and restarts none.
#[track_caller]
fn plan_takes_up(world: &World, point: &str, pods: &[&str]) {
    let plan = world.run(&["plan"]).expect_code(0);
    let taken = pods.iter().map(|pod| format!("{pod}  pod, there already: taken up"));
    for part in std::iter::once("no restart".to_string()).chain(taken) {
        assert!(plan.all().contains(&part), "after {point} the plan tells {part}\n{}", plan.all());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_claims_grow_and_their_set_is_made_anew() {
    let (mut passed, mut between) = (0, 0);
    for n in 1.. {
        assert!(n < 1000, "the apply never ends by itself");
        let world = claims::prepared(World::sandbox()).await;
        let (set, pods) = claims::uids(&world, 2).await;
        let point = format!("any:{n}");
        let killed = crash_at(&world, &point, &["apply", "-auto-approve"]);
        if claims::uids(&world, 2).await.0.is_null() {
            between += 1;
            plan_takes_up(&world, &point, &["db-0", "db-1"]);
        }
        let afterwards = if n % 3 == 0 { Afterwards::WithoutState } else { Afterwards::WithState };
        assert_recovers(&world, afterwards, &point);
        let (new_set, same) = claims::uids(&world, 2).await;
        assert_ne!(new_set, set, "after {point} the set was not made anew");
        assert_eq!(same, pods, "after {point} pods were made anew");
        assert_eq!(claims::sizes(&world, 2).await, ["2Gi", "2Gi"], "after {point}");
        if !killed {
            break;
        }
        passed += 1;
    }
    // Journal and requests of two claims, a delete and a create.
    assert!(passed >= 12, "only {passed} points were passed");
    assert!(between >= 3, "only {between} kills fell between the delete and the create");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_set_that_is_scaled_is_made_anew() {
    let (mut passed, mut between) = (0, 0);
    for n in 1.. {
        assert!(n < 1000, "the apply never ends by itself");
        let world = claims::scaled(World::sandbox()).await;
        let (_, pods) = claims::uids(&world, 4).await;
        let point = format!("any:{n}");
        let killed = crash_at(&world, &point, &["apply", "-auto-approve"]);
        if claims::uids(&world, 4).await.0.is_null() {
            between += 1;
            plan_takes_up(&world, &point, &["db-3"]);
        }
        let afterwards = if n % 3 == 0 { Afterwards::WithoutState } else { Afterwards::WithState };
        assert_recovers(&world, afterwards, &point);
        assert_eq!(claims::uids(&world, 4).await.1, pods, "after {point} pods were made anew");
        if !killed {
            break;
        }
        passed += 1;
    }
    // Journal and requests of four claims, a delete, a create and the two applies that hand its number over.
    assert!(passed >= 20, "only {passed} points were passed");
    assert!(between >= 3, "only {between} kills fell between the delete and the create");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_objects_are_let_go() {
    let mut passed = 0;
    for n in 1.. {
        assert!(n < 1000, "the apply never ends by itself");
        let afterwards = if n % 3 == 0 { Afterwards::WithoutState } else { Afterwards::WithState };
        if !releases::interrupted(World::sandbox(), &format!("any:{n}"), afterwards).await {
            break;
        }
        passed += 1;
    }
    assert!(passed >= 10, "only {passed} points were passed");
}

/// What stands in a folder of the state, by name, without what no state consists of.
fn state_files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let names = ["state.json", "state.json.backup", "journal"];
    let files =
        names.into_iter().filter_map(|name| Some((name.into(), std::fs::read(folder.join(name)).ok()?)));
    files.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_state_is_rebuilt_over_another() {
    let whole = prepared(World::sandbox()).await;
    whole.run(&["apply", "-auto-approve"]).expect_code(0);
    let wanted = objects(&whole).await;
    let (mut passed, mut anew) = (0, 0);
    for n in 1.. {
        assert!(n < 1000, "the rebuild never ends by itself");
        let world = prepared(World::sandbox()).await;
        assert!(crash_at(&world, "request-after:2", &["apply", "-auto-approve"]));
        let states = world.path().join(".plimsoll/state");
        let folder = std::fs::read_dir(states).unwrap().next().unwrap().unwrap().path();
        let before = state_files(&folder);
        assert_eq!(before.len(), 3, "snapshot, backup and journal");
        let point = format!("any:{n}");
        let killed = crash_at(&world, &point, &["state", "rebuild", "-auto-approve", "-force"]);
        let after = state_files(&folder);
        if after["state.json"] == before["state.json"] {
            assert_eq!(after["journal"], before["journal"], "after {point}");
        } else {
            anew += 1;
            let mut inside = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
            let aside = inside.find(|path| path.is_dir()).expect("the old state is kept");
            assert_eq!(state_files(&aside), before, "after {point}");
        }
        // The state is readable, the old one or the new one, and leads to the same end.
        world.run(&["state", "list"]).expect_code(0);
        world.run(&["apply", "-auto-approve", "-delete-unrecorded"]).expect_code(0);
        world.run(&["plan", "-detailed-exitcode"]).expect_code(0);
        assert_eq!(objects(&world).await, wanted, "after {point}");
        if !killed {
            break;
        }
        passed += 1;
    }
    // The lock, three copies, backup, snapshot and the journal's end.
    assert!(passed >= 12, "only {passed} points were passed");
    assert!(anew >= 3, "only {anew} kills fell after the new state was there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_random_moments() {
    random_moments(async || World::sandbox(), 20_261_124, 110).await;
}
