//! Ten thousand kinds of damage: what is read is what was written, or nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::script::{self, holder, intent, put};
use crate::faults::Memory;
use crate::{Outcome, Reading, Store, Verb};

const CASES: u64 = 10_000;

type Contents = BTreeMap<PathBuf, Vec<u8>>;

/// A small generator, so that a case is named by its number alone (after Sebastiano Vigna's SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    FlipBit,
    SetByte,
    Truncate,
    Zero,
    Cut,
    Double,
    SwapLines,
}

const DAMAGES: [Damage; 7] = [
    Damage::FlipBit,
    Damage::SetByte,
    Damage::Truncate,
    Damage::Zero,
    Damage::Cut,
    Damage::Double,
    Damage::SwapLines,
];

fn damage(bytes: &mut Vec<u8>, damage: Damage, random: &mut Random) {
    let at = random.below(bytes.len());
    let to = at + 1 + random.below((bytes.len() - at).min(64));
    let to = to.min(bytes.len());
    match damage {
        Damage::FlipBit => bytes[at] ^= 1 << random.below(8),
        Damage::SetByte => bytes[at] = random.below(256) as u8,
        Damage::Truncate => bytes.truncate(at),
        Damage::Zero => bytes[at..to].fill(0),
        Damage::Cut => drop(bytes.drain(at..to)),
        Damage::Double => {
            let twice = bytes[at..to].to_vec();
            bytes.splice(at..at, twice);
        }
        Damage::SwapLines => {
            let mut lines: Vec<Vec<u8>> =
                bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
            let (a, b) = (random.below(lines.len()), random.below(lines.len()));
            lines.swap(a, b);
            *bytes = lines.concat();
        }
    }
}

/// A folder with a snapshot, a backup and an interrupted journal; and every reading that a prefix
/// of the journal gives.
fn folder() -> (Contents, Vec<Reading>) {
    let disk = Memory::new();
    let store = script::store(Arc::new(disk.clone()), script::FOLDER);
    script::run(&store, &mut || {}).unwrap();
    let lock = store.lock(&holder(), std::time::Duration::ZERO).unwrap();
    let mut state = lock.read().unwrap().unwrap().state;
    let mut readings = vec![store.read().unwrap().unwrap()];
    let journal = lock.begin(&mut state).unwrap();
    readings.push(store.read().unwrap().unwrap());
    for name in ["a", "b", "c"] {
        let id = journal.intent(intent(Verb::Create, name)).wait().unwrap();
        readings.push(store.read().unwrap().unwrap());
        journal.outcome(id, Outcome::Done { effects: vec![put(name, "uid")] }).wait().unwrap();
        readings.push(store.read().unwrap().unwrap());
    }
    journal.intent(intent(Verb::Delete, "a")).wait().unwrap();
    readings.push(store.read().unwrap().unwrap());
    (disk.files(), readings)
}

#[test]
fn no_damage_is_read_as_content() {
    let (files, prefixes) = folder();
    let whole = prefixes.last().unwrap();
    let names = Store::open(script::FOLDER);
    let paths = [names.snapshot_path(), names.journal_path(), names.backup_path()];
    let mut refused = 0;
    for case in 0..CASES {
        let mut random = Random(case);
        let path = &paths[random.below(paths.len())];
        let kind = DAMAGES[random.below(DAMAGES.len())];
        let mut damaged = files.clone();
        damage(damaged.get_mut(path).unwrap(), kind, &mut random);
        let store = script::store(Arc::new(Memory::with(damaged.clone())), script::FOLDER);
        let found = store.read();
        let cut_off = |reading: &Reading| {
            // The end of a journal that was cut off cannot be told from one that was never written.
            let shorter = damaged[path].len() < files[path].len() || damaged[path].ends_with(&[0]);
            *path == names.journal_path()
                && matches!(kind, Damage::Truncate | Damage::Cut | Damage::Zero)
                && shorter
                && prefixes.iter().any(|p| p.state == reading.state)
        };
        match found {
            Ok(Some(reading)) if reading.state == whole.state && !reading.journal.is_some_and(|j| j.torn) => {
            }
            Ok(Some(reading)) if cut_off(&reading) => {}
            Ok(other) => panic!("case {case}: {kind:?} of {} was read as {other:#?}", path.display()),
            Err(e) => {
                let told = e.diagnostic();
                assert!(!told.detail.is_empty() && told.help.is_some(), "case {case}: {told:?}");
                refused += 1;
            }
        }
    }
    assert!(refused > CASES / 3, "{refused}");
}

#[test]
fn missing_and_foreign_files_are_refused() {
    let (files, _) = folder();
    let names = Store::open(script::FOLDER);
    let read = |files: Contents| {
        script::store(Arc::new(Memory::with(files)), script::FOLDER)
            .read()
            .map_err(|e| e.diagnostic().code.to_string())
    };
    let code = |change: &dyn Fn(&mut Contents)| {
        let mut changed = files.clone();
        change(&mut changed);
        read(changed).map(|r| r.is_some()).unwrap_err()
    };
    assert_eq!(code(&|f| drop(f.remove(&names.snapshot_path()))), "state-damaged");
    assert_eq!(code(&|f| drop(f.insert(names.snapshot_path(), Vec::new()))), "state-damaged");
    let another = |lineage: &str, serial: u64| {
        let mut state = crate::State::new(script::identity(), lineage);
        state.serial = serial;
        crate::snapshot::encode(&state).unwrap()
    };
    assert_eq!(code(&|f| drop(f.insert(names.snapshot_path(), another("5d41402a", 0)))), "state-older");
    assert_eq!(code(&|f| drop(f.insert(names.snapshot_path(), another("other", 3)))), "state-lineage");
    let mut without_state = files.clone();
    without_state.remove(&names.snapshot_path());
    without_state.remove(&names.backup_path());
    assert_eq!(read(without_state), Err("state-damaged".to_string()));
    assert_eq!(read(BTreeMap::new()), Ok(None));
}
