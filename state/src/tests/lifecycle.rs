//! Ordinary lives of a state.

use std::sync::Arc;
use std::time::Duration;

use expect_test::expect;

use super::script::{self, holder, intent, new_state, put};
use crate::faults::{Fault, Faulty, Memory};
use crate::{Identity, OperationId, Outcome, StateError, Store, Verb};

fn memory() -> (Memory, Store) {
    let disk = Memory::new();
    (disk.clone(), script::store(Arc::new(disk), script::FOLDER))
}

#[test]
fn the_calls_of_an_apply_in_order() {
    let counting = Arc::new(Faulty::counting(Arc::new(Memory::new())));
    script::recover(&script::store(counting.clone(), script::FOLDER)).unwrap();
    expect![[r#"
        create folder prod
        read .gitignore
        create .gitignore
        append .gitignore
        lock lock
        write lock
        read state.json.backup
        read journal
        read state.json
        read state.json.backup
        read journal
        read state.json
        remove state.json.tmp
        create state.json.tmp
        append state.json.tmp
        sync state.json.tmp
        rename state.json.tmp
        sync folder prod
        remove journal
        remove journal
        create journal
        append journal
        sync journal
        sync folder prod
        append journal
        sync journal
        append journal
        sync journal
        read state.json.backup
        read journal
        read state.json
        remove state.json.backup.tmp
        create state.json.backup.tmp
        append state.json.backup.tmp
        sync state.json.backup.tmp
        rename state.json.backup.tmp
        remove state.json.tmp
        create state.json.tmp
        append state.json.tmp
        sync state.json.tmp
        rename state.json.tmp
        sync folder prod
        remove journal
        write lock
    "#]]
    .assert_eq(&(counting.calls().join("\n") + "\n"));
}

#[test]
fn reading_writes_nothing() {
    let (disk, store) = memory();
    assert_eq!(store.read().unwrap(), None);
    assert!(disk.files().is_empty());
    script::run(&store, &mut || {}).unwrap();
    let before = disk.files();
    let counting = Arc::new(Faulty::counting(Arc::new(disk.clone())));
    script::store(counting.clone(), script::FOLDER).read().unwrap();
    assert_eq!(disk.files(), before);
    assert!(counting.calls().iter().all(|c| c.starts_with("read ")), "{:?}", counting.calls());
}

#[test]
fn an_apply_that_does_nothing_leaves_every_byte() {
    let (disk, store) = memory();
    script::run(&store, &mut || {}).unwrap();
    let before = disk.files();
    let lock = store.lock(&holder(), Duration::ZERO).unwrap();
    let mut state = lock.read().unwrap().unwrap().state;
    let journal = lock.begin(&mut state).unwrap();
    let after = lock.checkpoint(journal, |_| {}).unwrap();
    lock.save(&mut state).unwrap();
    assert_eq!(after, state);
    assert_eq!(disk.files(), before);
}

#[test]
fn a_journal_is_read_on_top_while_its_apply_goes_on() {
    let (_, store) = memory();
    let lock = store.lock(&holder(), Duration::ZERO).unwrap();
    let mut state = new_state();
    let journal = lock.begin(&mut state).unwrap();
    let id = journal.intent(intent(Verb::Create, "web")).wait().unwrap();
    assert_eq!(id, OperationId { serial: 1, index: 0 });
    let reading = store.read().unwrap().unwrap();
    assert_eq!(reading.journal.map(|j| (j.serial, j.records, j.torn)), Some((1, 1, false)));
    assert_eq!(reading.state.unresolved[&id].intent, intent(Verb::Create, "web"));
    journal.outcome(id, Outcome::Done { effects: vec![put("web", "u1")] }).wait().unwrap();
    let state = lock.checkpoint(journal, |_| {}).unwrap();
    let reading = store.read().unwrap().unwrap();
    assert_eq!((reading.state.serial, reading.journal), (1, None));
    assert_eq!(reading.state, state);
}

#[test]
fn what_nobody_could_resolve_stays_in_the_state() {
    let (_, store) = memory();
    let lock = store.lock(&holder(), Duration::ZERO).unwrap();
    let journal = lock.begin(&mut new_state()).unwrap();
    let id = journal.intent(intent(Verb::Create, "web")).wait().unwrap();
    journal.outcome(id, Outcome::Unknown).wait().unwrap();
    lock.checkpoint(journal, |_| {}).unwrap();
    let mut state = lock.read().unwrap().unwrap().state;
    assert_eq!(state.unresolved.keys().copied().collect::<Vec<_>>(), [id]);
    state.settle(id, &Outcome::Failed).unwrap();
    lock.save(&mut state).unwrap();
    assert_eq!(state.serial, 2);
    assert!(lock.read().unwrap().unwrap().state.unresolved.is_empty());
}

#[test]
fn a_state_that_was_changed_meanwhile_is_not_overwritten() {
    let (_, store) = memory();
    script::run(&store, &mut || {}).unwrap();
    let lock = store.lock(&holder(), Duration::ZERO).unwrap();
    let mut old = lock.read().unwrap().unwrap().state;
    let mut new = old.clone();
    new.apply(put("web2", "u2"));
    lock.save(&mut new).unwrap();
    old.apply(put("web3", "u3"));
    assert!(matches!(lock.save(&mut old), Err(StateError::Changed { .. })));
    assert!(matches!(lock.save(&mut new_state()), Err(StateError::Changed { .. })));
}

#[test]
fn a_state_is_bound_to_what_it_belongs_to() {
    let state = new_state();
    assert!(state.verify(&script::identity()).is_ok());
    let other = Identity { cluster_uid: "another".to_string(), ..script::identity() };
    assert!(matches!(state.verify(&other), Err(StateError::WrongIdentity { what: "cluster", .. })));
}

#[test]
fn an_archived_state_is_gone_from_its_folder() {
    let (disk, store) = memory();
    script::run(&store, &mut || {}).unwrap();
    let lock = store.lock(&holder(), Duration::ZERO).unwrap();
    let before = disk.files();
    lock.archive(&lock.free_folder("archive-1")).unwrap();
    assert_eq!(lock.read().unwrap(), None);
    for file in ["state.json", "state.json.backup"] {
        let copy = store.folder().join("archive-1").join(file);
        assert_eq!(disk.files().get(&copy), before.get(&store.folder().join(file)), "{file}");
    }
}

/// A folder that an apply was interrupted in, as `break_it` leaves it.
fn interrupted(break_it: &str) -> Memory {
    let (disk, store) = memory();
    script::run(&store, &mut || {}).unwrap();
    let lock = store.lock(&holder(), Duration::ZERO).unwrap();
    let mut state = lock.read().unwrap().unwrap().state;
    let journal = lock.begin(&mut state).unwrap();
    let _ = journal.intent(intent(Verb::Create, "half")).wait().unwrap();
    drop((journal, lock));
    let mut files = disk.files();
    if let Some(bytes) = files.get_mut(&store.folder().join(break_it)) {
        bytes.insert(bytes.len() / 2, b'x');
    }
    Memory::with(files)
}

fn superseding(store: &Store) -> Result<(), StateError> {
    let lock = store.lock(&holder(), Duration::ZERO)?;
    let mut state = crate::State::new(script::identity(), "another");
    state.apply(put("anew", "u9"));
    lock.supersede(&mut state, &lock.free_folder("aside"), |state| {
        state.remember(script::history(state.serial));
    })
}

#[test]
fn a_state_takes_the_place_of_another_at_once_and_nothing_of_that_is_lost() {
    for broken in ["", "state.json", "journal"] {
        let fresh = || interrupted(broken);
        let path = |name: &str| std::path::Path::new(script::FOLDER).join(name);
        let before = fresh().files();
        let read = |disk: &Memory| script::store(Arc::new(disk.clone()), script::FOLDER).read();
        let old = read(&fresh());
        let counting = Arc::new(Faulty::counting(Arc::new(fresh())));
        superseding(&script::store(counting.clone(), script::FOLDER)).unwrap();
        for (at, call) in counting.calls().iter().enumerate() {
            for fault in [Fault::Stop, Fault::StopHalfway, Fault::Once(5)] {
                let case = format!("{broken:?}: {fault:?} at {at} ({call})");
                let disk = fresh();
                let faulty = Arc::new(Faulty::new(Arc::new(disk.clone()), at, fault));
                let ended = superseding(&script::store(faulty, script::FOLDER));
                let files = disk.files();
                if files[&path("state.json")] == before[&path("state.json")] {
                    assert!(ended.is_err(), "{case}");
                    assert_eq!(files[&path("journal")], before[&path("journal")], "{case}");
                    assert_eq!(format!("{:?}", read(&disk)), format!("{old:?}"), "{case}");
                } else {
                    for name in ["state.json", "state.json.backup", "journal"] {
                        assert_eq!(files[&path("aside").join(name)], before[&path(name)], "{case}");
                    }
                    // A journal that is damaged is seen until it is gone.
                    if broken != "journal" || !files.contains_key(&path("journal")) {
                        let state = read(&disk).unwrap_or_else(|e| panic!("{case}: {e:?}")).unwrap().state;
                        assert_eq!(state.resources.len(), 1, "{case}");
                        assert!(state.serial > 4 && state.lineage == "5d41402a", "{case}: {state:?}");
                        assert_eq!(state.history, [script::history(state.serial)], "{case}");
                    }
                }
                superseding(&script::store(Arc::new(disk.clone()), script::FOLDER)).unwrap();
                assert!(read(&disk).unwrap().unwrap().journal.is_none(), "{case}");
            }
        }
    }
}

#[test]
fn names_of_environments_name_folders_below() {
    let project = std::path::Path::new("/p");
    for name in ["prod", "prod-eu.1", "größe"] {
        assert!(Store::of(project, name).unwrap().folder().ends_with(name));
    }
    for name in ["", ".", "..", "../x", "a/b", "-x", ".git"] {
        assert!(Store::of(project, name).is_err(), "{name}");
    }
}

#[test]
fn what_is_written_grows_with_the_operations_and_no_faster() {
    let bytes = |operations: usize| {
        let (disk, store) = memory();
        let lock = store.lock(&holder(), Duration::ZERO).unwrap();
        let journal = lock.begin(&mut new_state()).unwrap();
        for i in 0..operations {
            let name = format!("web{i:05}");
            let id = journal.intent(intent(Verb::Create, &name)).wait().unwrap();
            journal.outcome(id, Outcome::Done { effects: vec![put(&name, "uid")] }).wait().unwrap();
        }
        lock.checkpoint(journal, |_| {}).unwrap();
        disk.effort().0
    };
    let (small, large) = (bytes(500), bytes(5000));
    assert!(large < small * 101 / 10, "{small} bytes for 500, {large} bytes for 5000");
}
