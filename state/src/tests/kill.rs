//! Stopping before and in the middle of every call, and letting every call fail.

use std::sync::Arc;

use rustix::io::Errno;

use super::script::{self, state_of};
use crate::faults::{Fault, Faulty, Memory};
use crate::files::Files;
use crate::{Disk, Store};

/// Runs the script with a fault at each call in turn, on fresh files, and hands over what is left.
fn sweep(
    fault: Fault,
    mut fresh: impl FnMut() -> (Arc<dyn Files>, std::path::PathBuf),
    check: impl Fn(&Store, usize, &str),
) {
    let (files, folder) = fresh();
    let counting = Arc::new(Faulty::counting(files));
    script::run(&script::store(counting.clone(), &folder), &mut || {}).unwrap();
    let calls = counting.calls();
    assert!(calls.len() > 60, "{} calls", calls.len());
    for (at, call) in calls.iter().enumerate() {
        let (files, folder) = fresh();
        let faulty = Arc::new(Faulty::new(files.clone(), at, fault));
        let mut durable = 0;
        let result = script::run(&script::store(faulty, &folder), &mut || durable += 1);
        let left = script::store(files, &folder);
        // Some calls may fail without harm: removing what is not there, naming the holder's end.
        if result.is_ok() {
            assert_eq!(durable + 1, script::expected().len(), "{fault:?} at {at} ({call})");
        }
        check(&left, durable, &format!("{fault:?} at {at} ({call})"));
    }
}

fn in_memory() -> (Arc<dyn Files>, std::path::PathBuf) {
    (Arc::new(Memory::new()), script::FOLDER.into())
}

/// What is left is what was durable, or one step more; and the next run gets through.
fn old_or_new(left: &Store, durable: usize, case: &str) {
    let expected = script::expected();
    let found = left.read().unwrap_or_else(|e| panic!("{case}: {e:?}"));
    let allowed: Vec<_> = expected[durable..].iter().take(2).map(state_of).collect();
    // Before the first step is durable, an empty state may have been written.
    let empty = script::new_state();
    // Between two applies, what was resolved may have been saved without the next journal.
    let resolved = expected[durable].as_ref().map(|r| {
        let mut state = r.state.clone();
        for id in r.state.unresolved.keys() {
            state.settle(*id, &crate::Outcome::Failed).unwrap();
        }
        state.serial += 1;
        state
    });
    let found_state = state_of(&found);
    assert!(
        allowed.contains(&found_state)
            || (durable == 0 && found_state == Some(&empty))
            || (found.as_ref().is_some_and(|r| r.journal.is_none()) && found_state == resolved.as_ref()),
        "{case}: {found:#?}"
    );
    let state = script::recover(left).unwrap_or_else(|e| panic!("{case}: {e:?}"));
    assert!(state.unresolved.is_empty(), "{case}");
    assert!(state.resources.contains_key(&script::address("app.after")), "{case}");
    assert_eq!(left.read().unwrap().map(|r| (r.state, r.journal)), Some((state, None)), "{case}");
}

#[test]
fn stopping_before_any_call_leaves_the_old_state_or_the_new_one() {
    sweep(Fault::Stop, in_memory, old_or_new);
}

#[test]
fn stopping_in_the_middle_of_any_call_leaves_the_old_state_or_the_new_one() {
    sweep(Fault::StopHalfway, in_memory, old_or_new);
}

#[test]
fn stopping_before_any_call_on_a_real_disk_leaves_the_old_state_or_the_new_one() {
    let mut folders = Vec::new();
    let fresh = || {
        folders.push(tempfile::tempdir().unwrap());
        let folder = folders.last().unwrap().path().join("state/prod");
        (Arc::new(Disk) as Arc<dyn Files>, folder)
    };
    sweep(Fault::StopHalfway, fresh, old_or_new);
}

#[test]
fn a_call_that_fails_loses_nothing() {
    for errno in [Errno::IO, Errno::NOSPC] {
        sweep(Fault::Once(errno.raw_os_error()), in_memory, old_or_new);
        sweep(Fault::Stays(errno.raw_os_error()), in_memory, old_or_new);
    }
}

#[test]
fn a_failed_checkpoint_leaves_the_snapshot_byte_for_byte() {
    let disk = Memory::new();
    let clean = script::store(Arc::new(disk.clone()), script::FOLDER);
    script::run(&clean, &mut || {}).unwrap();
    let before = disk.files();
    let snapshot = clean.snapshot_path();
    let counting = Arc::new(Faulty::counting(Arc::new(Memory::with(before.clone()))));
    script::recover(&script::store(counting.clone(), script::FOLDER)).unwrap();
    let mut failed = 0;
    for at in 0..counting.calls().len() {
        let disk = Memory::with(before.clone());
        let faulty = Faulty::new(Arc::new(disk.clone()), at, Fault::Stays(Errno::NOSPC.raw_os_error()));
        let result = script::recover(&script::store(Arc::new(faulty), script::FOLDER));
        let renamed = counting.calls()[..at].iter().any(|c| c == "rename state.json.tmp");
        if result.is_err() && !renamed {
            assert_eq!(disk.files()[&snapshot], before[&snapshot], "call {at}");
            assert!(!disk.files().keys().any(|p| p.extension().is_some_and(|e| e == "tmp")) || at > 0);
            failed += 1;
        }
    }
    assert!(failed > 10);
}

#[test]
fn after_a_failed_append_no_operation_may_start() {
    use super::script::{holder, intent, new_state};
    use crate::{Outcome, StateError, Verb};
    use std::time::Duration;

    let disk: Arc<dyn Files> = Arc::new(Memory::new());
    let counting = Arc::new(Faulty::counting(disk));
    let store = script::store(counting.clone(), script::FOLDER);
    drop(store.lock(&holder(), Duration::ZERO).unwrap().begin(&mut new_state()).unwrap());
    // The next run's first append to the journal after its first line.
    let store_calls = counting.calls().len();
    for at in 0..store_calls + 4 {
        let faulty =
            Arc::new(Faulty::new(Arc::new(Memory::new()), at, Fault::Once(Errno::NOSPC.raw_os_error())));
        let store = script::store(faulty.clone(), script::FOLDER);
        let Ok(lock) = store.lock(&holder(), Duration::ZERO) else { continue };
        let Ok(journal) = lock.begin(&mut new_state()) else { continue };
        let first = journal.intent(intent(Verb::Create, "web")).wait();
        let Err(StateError::Io { .. }) = first else { continue };
        assert!(journal.state().unresolved.is_empty(), "what never started is not open");
        for _ in 0..3 {
            let next = journal.intent(intent(Verb::Create, "db")).wait();
            assert!(matches!(next, Err(StateError::JournalClosed { .. })), "{next:?}");
        }
        assert!(journal.failure().is_some());
        let id = crate::OperationId { serial: journal.serial(), index: 0 };
        assert!(journal.outcome(id, Outcome::Failed).wait().is_err());
        let state = lock.checkpoint(journal, |_| {}).unwrap();
        assert_eq!((state.serial, state.resources.len()), (1, 0));
        return;
    }
    panic!("no append to the journal failed");
}
