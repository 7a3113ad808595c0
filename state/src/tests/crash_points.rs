//! Killing a real process at each named moment.

use std::os::unix::process::ExitStatusExt;

use super::locking::command;
use super::script::{self, state_of};
use crate::Store;

const SIGKILL: i32 = 9;

/// The points that the documentation of `crash_point` names.
fn documented() -> Vec<String> {
    let source = include_str!("../crash.rs");
    let rows = source.lines().filter_map(|l| l.strip_prefix("/// | `")).filter_map(|l| l.split_once(" | "));
    rows.flat_map(|(points, _)| {
        points.split(", ").map(|p| p.trim_matches('`').to_string()).collect::<Vec<_>>()
    })
    .collect()
}

#[test]
fn each_point_is_passed_and_kills() {
    let points = documented();
    assert_eq!(points.len(), 14, "{points:?}");
    for point in points {
        let folder = tempfile::tempdir().unwrap();
        let mut child = command("apply", &folder.path().join("prod"));
        let status = child.env("PLIMSOLL_CRASH", format!("{point}:1")).status().unwrap();
        assert_eq!(status.signal(), Some(SIGKILL), "{point}: {status}");
    }
}

#[test]
fn a_process_killed_at_any_point_leaves_the_old_state_or_the_new_one() {
    let expected = script::expected();
    for nth in 1.. {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("prod");
        let status = command("apply", &folder).env("PLIMSOLL_CRASH", format!("any:{nth}")).status().unwrap();
        let store = Store::open(&folder);
        let left = store.read().unwrap_or_else(|e| panic!("{nth}: {e:?}"));
        let found = state_of(&left);
        // Before and between its two applies, the script writes a snapshot of its own.
        let between = found.is_some_and(|s| matches!(s.serial, 0 | 2))
            && left.as_ref().is_some_and(|r| r.journal.is_none());
        assert!(between || expected.iter().any(|e| state_of(e) == found), "{nth}: {left:#?}");
        script::recover(&store).unwrap_or_else(|e| panic!("{nth}: {e:?}"));
        if status.success() {
            assert!(nth > 60, "{nth} points");
            return;
        }
        assert_eq!(status.signal(), Some(SIGKILL), "{nth}: {status}");
    }
}
