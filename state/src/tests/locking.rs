//! The lock, modes and links, on a real disk, with real processes that are really killed.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::Mode;

use super::script::{self, PATIENCE, holder, new_state, time};
use crate::{Holder, StateError, Store};

const ROLE: &str = "PLIMSOLL_STATE_TEST_ROLE";
const FOLDER: &str = "PLIMSOLL_STATE_TEST_FOLDER";

/// This test's own program again, in another role.
fn child(role: &str, folder: &Path) -> Child {
    command(role, folder).spawn().unwrap()
}

pub(super) fn command(role: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "tests::locking::role_of_a_child", "--nocapture"])
        .env(ROLE, role)
        .env(FOLDER, folder)
        .stdout(Stdio::null());
    command
}

/// Not a test: what a child does.
#[test]
fn role_of_a_child() {
    let (Ok(role), Ok(folder)) = (std::env::var(ROLE), std::env::var(FOLDER)) else { return };
    let store = Store::open(folder);
    match role.as_str() {
        "hold" => {
            let _lock = store.lock(&holder(), PATIENCE).unwrap();
            std::thread::sleep(Duration::from_secs(60));
        }
        "apply" => script::run(&store, &mut || {}).unwrap(),
        "apply for ever" => loop {
            script::run(&store, &mut || {}).unwrap();
        },
        umask => {
            rustix::process::umask(Mode::from_raw_mode(u32::from_str_radix(umask, 8).unwrap()));
            script::run(&store, &mut || {}).unwrap();
            let lock = store.lock(&holder(), PATIENCE).unwrap();
            let mut state = lock.read().unwrap().unwrap().state;
            lock.begin(&mut state).unwrap();
        }
    }
}

fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_loser_is_told_who_holds_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("prod"));
    let lock = store.lock(&holder(), PATIENCE).unwrap();
    let asking = Holder { since: time(125), ..holder() };
    let start = Instant::now();
    let lost = store.lock(&asking, Duration::ZERO).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(1));
    assert!(lost.is_held());
    let told = lost.diagnostic().detail;
    assert_eq!(
        told,
        "ada@engine (process 1815) has been running `apply` for 2 min 5 s, since 2023-11-14T22:13:20Z. The lock ends with that process."
    );
    let start = Instant::now();
    assert!(store.lock(&asking, Duration::from_millis(200)).unwrap_err().is_held());
    assert!(start.elapsed() >= Duration::from_millis(200));
    drop(lock);
    store.lock(&asking, PATIENCE).unwrap();
}

#[test]
fn a_lock_that_is_freed_meanwhile_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("prod"));
    let lock = store.lock(&holder(), PATIENCE).unwrap();
    let waiting = std::thread::spawn({
        let store = store.clone();
        move || store.lock(&holder(), PATIENCE).map(drop)
    });
    std::thread::sleep(Duration::from_millis(80));
    drop(lock);
    waiting.join().unwrap().unwrap();
}

#[test]
fn the_lock_of_a_killed_process_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("prod");
    let store = Store::open(&folder);
    let mut holding = child("hold", &folder);
    until("the child takes the lock", || store.lock(&holder(), Duration::ZERO).is_err_and(|e| e.is_held()));
    holding.kill().unwrap();
    holding.wait().unwrap();
    store.lock(&holder(), PATIENCE).unwrap();
}

#[test]
fn a_process_killed_at_any_moment_leaves_a_state_that_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("prod");
    let store = Store::open(&folder);
    for round in 0..25 {
        let mut applying = child("apply for ever", &folder);
        let serial = store.read().unwrap().map_or(0, |r| r.state.serial);
        until("the child applies", || store.read().unwrap().is_some_and(|r| r.state.serial > serial));
        std::thread::sleep(Duration::from_micros(137 * round));
        applying.kill().unwrap();
        applying.wait().unwrap();
        store.read().unwrap();
        script::recover(&store).unwrap();
    }
}

#[test]
fn files_are_for_their_owner_alone_whatever_the_umask() {
    for umask in ["000", "022", "777"] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("prod");
        assert!(child(umask, &folder).wait().unwrap().success(), "umask {umask}");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        let mut names: Vec<String> = Vec::new();
        for entry in std::fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(mode(&entry.path()), 0o600, "{entry:?} under umask {umask}");
            names.push(entry.file_name().into_string().unwrap());
        }
        names.sort();
        assert_eq!(names, [".gitignore", "journal", "lock", "state.json", "state.json.backup"]);
        assert_eq!(std::fs::read_to_string(folder.join(".gitignore")).unwrap(), "*\n");
    }
}

#[test]
fn links_are_refused() {
    for name in ["state.json", "state.json.backup", "journal", "lock", ".gitignore"] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("prod"));
        script::run(&store, &mut || {}).unwrap();
        let path = store.folder().join(name);
        let elsewhere = folder.path().join("elsewhere");
        match std::fs::rename(&path, &elsewhere) {
            Ok(()) => {}
            Err(_) => std::fs::write(&elsewhere, "mine").unwrap(),
        }
        let before = std::fs::read(&elsewhere).unwrap();
        symlink(&elsewhere, &path).unwrap();
        let refused = script::recover(&store).unwrap_err();
        assert!(matches!(&refused, StateError::Symlink { path: p } if *p == path), "{name}: {refused:?}");
        assert_eq!(std::fs::read(&elsewhere).unwrap(), before, "{name}");
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("elsewhere")).unwrap();
    symlink(folder.path().join("elsewhere"), folder.path().join("prod")).unwrap();
    let refused = Store::open(folder.path().join("prod")).lock(&holder(), Duration::ZERO).unwrap_err();
    assert!(matches!(refused, StateError::Symlink { .. }));
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("prod"));
    let lock = store.lock(&holder(), PATIENCE).unwrap();
    lock.save(&mut new_state()).unwrap();
    std::fs::create_dir(store.folder().join("journal")).unwrap();
    assert!(matches!(store.read(), Err(StateError::Io { .. })));
}

#[test]
fn the_key_is_made_once_for_its_owner_alone_and_is_in_no_other_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("dev"));
    assert_eq!(store.secret_key().unwrap(), None);
    let lock = store.lock(&holder(), PATIENCE).unwrap();
    lock.make_secret_key([0xab; 32]).unwrap();
    lock.make_secret_key([0xcd; 32]).unwrap();
    assert_eq!(store.secret_key().unwrap(), Some([0xab; 32]));
    lock.save(&mut new_state()).unwrap();
    let key = store.folder().join("key");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    for file in std::fs::read_dir(store.folder()).unwrap().map(|f| f.unwrap().path()).filter(|f| *f != key) {
        assert!(!std::fs::read_to_string(&file).unwrap().contains("abab"), "{}", file.display());
    }
    // A key that was cut off is none, and is not silently replaced.
    std::fs::write(&key, "abab").unwrap();
    assert!(matches!(store.secret_key(), Err(StateError::BadKey { .. })));
    assert!(matches!(lock.make_secret_key([1; 32]), Err(StateError::BadKey { .. })));
    std::fs::remove_file(&key).unwrap();
    symlink("/dev/null", &key).unwrap();
    assert!(matches!(store.secret_key(), Err(StateError::Symlink { .. })));
}
