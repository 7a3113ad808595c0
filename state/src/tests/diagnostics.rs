//! How errors are told.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use expect_test::{Expect, expect};
use rustix::io::Errno;

use super::script::holder;
use crate::{GoodCopy, StateError};

fn check(error: &StateError, expect: Expect) {
    let d = error.diagnostic();
    let mut text = format!("{}: {}\n{}\n", d.code, d.summary, d.detail);
    writeln!(text, "help: {}", d.help.unwrap_or_default()).unwrap();
    expect.assert_eq(&text);
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(".plimsoll/state/prod").join(name)
}

#[test]
fn a_full_disk() {
    let error = StateError::io("write", &path("journal"), Errno::NOSPC.into());
    check(
        &error,
        expect![[r#"
        state-io: the state cannot be read or written
        Cannot write .plimsoll/state/prod/journal: No space left on device (os error 28).
        help: free some space and run the command again; nothing was lost
    "#]],
    );
}

#[test]
fn a_held_lock() {
    let mut error = StateError::Held {
        path: path("lock"),
        holder: Some(Box::new(holder())),
        age: Duration::from_secs(8000),
        waited: Duration::from_secs(61),
    };
    check(
        &error,
        expect![[r#"
        lock-held: the state is locked
        ada@engine (process 1815) has been running `apply` for 2 h 13 min, since 2023-11-14T22:13:20Z. Waited 1 min 1 s for it. The lock ends with that process.
        help: wait for it: add --lock-timeout=5m
    "#]],
    );
    if let StateError::Held { holder, .. } = &mut error {
        *holder = None;
    }
    check(
        &error,
        expect![[r#"
        lock-held: the state is locked
        Another process holds .plimsoll/state/prod/lock. Waited 1 min 1 s for it. The lock ends with that process.
        help: wait for it: add --lock-timeout=5m
    "#]],
    );
}

#[test]
fn damage() {
    let good = Some(Box::new(GoodCopy { path: path("state.json.backup"), serial: 6 }));
    let why = "its content does not match its checksum".to_string();
    check(
        &StateError::Damaged { path: path("state.json"), why: why.clone(), good },
        expect![[r#"
        state-damaged: the state is damaged
        .plimsoll/state/prod/state.json: its content does not match its checksum. The last good copy is .plimsoll/state/prod/state.json.backup, serial 6.
        help: cp .plimsoll/state/prod/state.json.backup .plimsoll/state/prod/state.json
    "#]],
    );
    check(
        &StateError::Damaged { path: path("state.json"), why: why.clone(), good: None },
        expect![[r#"
        state-damaged: the state is damaged
        .plimsoll/state/prod/state.json: its content does not match its checksum. There is no good copy beside it.
        help: put the folder aside, and the next plan finds the objects by their labels: mv .plimsoll/state/prod .plimsoll/state/prod.damaged
    "#]],
    );
    check(
        &StateError::JournalDamaged { path: path("journal"), line: 3, byte: 512, why },
        expect![[r#"
        journal-damaged: the journal is damaged
        .plimsoll/state/prod/journal, line 3 (byte 512): its content does not match its checksum. What follows cannot be trusted, so nothing of it is used.
        help: put it aside, and the next plan finds what it recorded by labels in the cluster: mv .plimsoll/state/prod/journal .plimsoll/state/prod/journal.damaged
    "#]],
    );
}

#[test]
fn files_that_do_not_belong_together() {
    let (state, backup, journal) = (path("state.json"), path("state.json.backup"), path("journal"));
    let older = |other| StateError::Older { path: state.clone(), serial: 3, other, other_serial: 5 };
    check(
        &older(backup),
        expect![[r#"
        state-older: the state is older than the files beside it
        .plimsoll/state/prod/state.json has serial 3, but .plimsoll/state/prod/state.json.backup has serial 5. Somebody put an older state in place.
        help: put the later one back: cp .plimsoll/state/prod/state.json.backup .plimsoll/state/prod/state.json
    "#]],
    );
    check(
        &older(journal.clone()),
        expect![[r#"
        state-older: the state is older than the files beside it
        .plimsoll/state/prod/state.json has serial 3, but .plimsoll/state/prod/journal has serial 5. Somebody put an older state in place.
        help: if the older state is meant, put the other file aside: mv .plimsoll/state/prod/journal .plimsoll/state/prod/journal.newer
    "#]],
    );
    check(
        &StateError::Lineage { path: state.clone(), other: journal },
        expect![[r#"
        state-lineage: the state has another lineage than the files beside it
        .plimsoll/state/prod/state.json and .plimsoll/state/prod/journal come from states that have nothing in common. Somebody put the state of something else in place.
        help: if the state is the right one, put the other file aside: mv .plimsoll/state/prod/journal .plimsoll/state/prod/journal.other
    "#]],
    );
    let identity = |what| StateError::WrongIdentity { what, found: "a".into(), expected: "b".into() };
    check(
        &identity("cluster"),
        expect![[r#"
        state-identity: the state belongs to something else
        It was written for cluster `a`, and this run is for cluster `b`.
        help: point the environment at the cluster of the state; a cluster is known by the uid of its kube-system namespace
    "#]],
    );
    check(
        &identity("project"),
        expect![[r#"
        state-identity: the state belongs to something else
        It was written for project `a`, and this run is for project `b`.
        help: use the folder of project `a`, or put this state aside
    "#]],
    );
}

#[test]
fn others() {
    check(
        &StateError::Symlink { path: path("lock") },
        expect![[r#"
        state-symlink: a file of the state is a symbolic link
        .plimsoll/state/prod/lock points somewhere else. State is never read or written through a link, because the file behind it may belong to something else.
        help: replace the link with the file itself: ls -l .plimsoll/state/prod/lock
    "#]],
    );
    check(
        &StateError::Newer { path: path("state.json"), version: 7 },
        expect![[r#"
        state-newer: the state was written by a newer version
        .plimsoll/state/prod/state.json has format version 7; this version reads 1 and older.
        help: use the version of plimsoll that wrote it, or a later one
    "#]],
    );
    check(
        &StateError::Changed { path: path("state.json") },
        expect![[r#"
        state-changed: the state was changed since it was read
        .plimsoll/state/prod/state.json is not the one that this run started from.
        help: run the command again
    "#]],
    );
    check(
        &StateError::JournalClosed { path: path("journal"), why: "No space left on device".to_string() },
        expect![[r#"
            journal-closed: no operation may start any more
            Writing to .plimsoll/state/prod/journal failed (No space left on device). What cannot be written down is not begun.
            help: remove the cause and run the command again: it goes on from here
        "#]],
    );
    check(
        &StateError::BadName("../x".to_string()),
        expect![[r#"
        state-name: the environment cannot name a folder
        The state of an environment is kept in a folder of its name, and `../x` cannot be one.
        help: use letters, digits, `-`, `_` and `.`, and begin with a letter or digit
    "#]],
    );
}
