//! The formats, held by files that are never edited.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use expect_test::expect;

use super::script;
use crate::faults::Memory;
use crate::{Store, snapshot};

const SNAPSHOT: &str = include_str!("../../fixtures/v1.json");
const JOURNAL: &str = include_str!("../../fixtures/v1.journal");

fn folder(snapshot: &str, journal: Option<&str>) -> Store {
    let names = Store::open(script::FOLDER);
    let mut files: BTreeMap<PathBuf, Vec<u8>> = [(names.snapshot_path(), snapshot.into())].into();
    files.extend(journal.map(|j| (names.journal_path(), j.into())));
    script::store(Arc::new(Memory::with(files)), script::FOLDER)
}

#[test]
fn version_1_is_read_and_written_back_byte_for_byte() {
    let state = folder(SNAPSHOT, None).read().unwrap().unwrap().state;
    assert_eq!(String::from_utf8(snapshot::encode(&state).unwrap()).unwrap(), SNAPSHOT);
    let list: Vec<String> =
        state.resources.iter().map(|(a, r)| format!("{a} = {} ({})", r.object, r.uid)).collect();
    expect![[r#"
        Identity { project: "shop", environment: "prod", cluster_uid: "8f6e9a52-cluster" } serial 4
        app.lost = Deployment shop/lost (uid-lost)
        module.shop.app.web["eu"] = Deployment shop/web (uid-web)
    "#]]
    .assert_eq(&format!("{:?} serial {}\n{}\n", state.identity, state.serial, list.join("\n")));
}

#[test]
fn a_journal_of_version_1_is_read_on_top() {
    let reading = folder(SNAPSHOT, Some(JOURNAL)).read().unwrap().unwrap();
    let open: Vec<String> = reading
        .state
        .unresolved
        .iter()
        .map(|(id, u)| format!("{id} {:?} {:?} {}", u.phase, u.intent.verb, u.intent.address))
        .collect();
    let resources: Vec<String> = reading.state.resources.keys().map(ToString::to_string).collect();
    expect![[r#"
        Some(PendingJournal { serial: 5, records: 7, torn: false })
        app.api
        app.lost
        module.shop.app.web["eu"]
        1.5 Intended Update app.lost
        5.1 Unknown Delete app.lost
        5.3 Intended Create app.queue
    "#]]
    .assert_eq(&format!("{:?}\n{}\n{}\n", reading.journal, resources.join("\n"), open.join("\n")));
}

#[test]
fn a_last_line_that_was_cut_off_is_ignored_at_any_length() {
    let whole = folder(SNAPSHOT, Some(JOURNAL)).read().unwrap().unwrap();
    let end = JOURNAL.trim_end().rfind('\n').unwrap() + 1;
    let before = folder(SNAPSHOT, Some(&JOURNAL[..end])).read().unwrap().unwrap();
    assert_ne!(before.state, whole.state);
    for cut in end + 1..JOURNAL.len() - 1 {
        let reading = folder(SNAPSHOT, Some(&JOURNAL[..cut])).read().unwrap().unwrap();
        assert_eq!(reading.state, before.state, "{cut}");
        assert!(reading.journal.unwrap().torn, "{cut}");
    }
    let unended = folder(SNAPSHOT, Some(&JOURNAL[..JOURNAL.len() - 1])).read().unwrap().unwrap();
    assert_eq!(unended, whole, "only the line's end is missing");
}

#[test]
fn a_damaged_line_is_refused_with_its_position() {
    let third = JOURNAL.match_indices('\n').nth(1).unwrap().0 + 1;
    let mut damaged = JOURNAL.to_string().into_bytes();
    damaged[third + 60] ^= 1;
    let damaged = String::from_utf8(damaged).unwrap();
    let refused = folder(SNAPSHOT, Some(&damaged)).read().unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!("/state/prod/journal is damaged at line 3, byte {third}: its checksum does not match")
    );
    let mut lines: Vec<&str> = JOURNAL.lines().collect();
    lines.remove(2);
    let refused = folder(SNAPSHOT, Some(&(lines.join("\n") + "\n"))).read().unwrap_err();
    assert!(refused.to_string().contains("line 3"), "{refused}");
}

#[test]
fn a_journal_that_the_snapshot_includes_is_ignored() {
    let mut state = folder(SNAPSHOT, Some(JOURNAL)).read().unwrap().unwrap().state;
    let written = String::from_utf8(snapshot::encode(&state).unwrap()).unwrap();
    let reading = folder(&written, Some(JOURNAL)).read().unwrap().unwrap();
    assert_eq!((&reading.state, reading.journal), (&state, None));
    state.serial += 5;
    let written = String::from_utf8(snapshot::encode(&state).unwrap()).unwrap();
    assert_eq!(folder(&written, Some(JOURNAL)).read().unwrap().unwrap().state, state);
}

#[test]
fn newer_versions_are_refused() {
    let newer = SNAPSHOT.replacen("\"version\": 1", "\"version\": 2", 1);
    expect![[r#"/state/prod/state.json has format version 2"#]]
        .assert_eq(&folder(&newer, None).read().unwrap_err().to_string());
    let rewritten: serde_json::Value = serde_json::from_str(&newer).unwrap();
    let refused = folder(&rewritten.to_string(), None).read().unwrap_err();
    assert_eq!(refused.diagnostic().code, "state-newer");
    let mut line = Vec::new();
    let begin = crate::record::Begin { version: 2, lineage: "5d41402a".to_string(), serial: 3 };
    crate::record::Chain::default().encode(&crate::record::Record::Begin(begin), &mut line).unwrap();
    let refused = folder(SNAPSHOT, Some(&String::from_utf8(line).unwrap())).read().unwrap_err();
    assert_eq!(refused.to_string(), "/state/prod/journal has format version 2");
}
