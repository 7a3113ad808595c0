//! The folder of an environment's state: where its files are, and how they are read together.
//!
//! Writing needs the [`Lock`].

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use crate::disk::Disk;
use crate::error::{GoodCopy, StateError};
use crate::files::Files;
use crate::holder::Holder;
use crate::lock::{self, Lock};
use crate::record::{self, BadJournal, Parsed};
use crate::snapshot::{self, BadSnapshot, VERSION};
use crate::state::State;

/// The folder of an environment's state.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
    files: Arc<dyn Files>,
}

/// What a folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The snapshot with the journal on top. What an interrupted run left open stands in
    /// [`State::unresolved`].
    pub state: State,
    /// The journal of a run that was interrupted, or that is still going on.
    pub journal: Option<PendingJournal>,
}

/// A journal that no snapshot includes yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingJournal {
    /// The serial that its apply leads to.
    pub serial: u64,
    /// How many records it holds.
    pub records: usize,
    /// Whether its last line was cut off, and so ignored.
    pub torn: bool,
}

impl Store {
    /// The state in a folder, such as `.plimsoll/state/prod`. Touches nothing.
    pub fn open(folder: impl Into<PathBuf>) -> Store {
        Store::with_files(folder, Arc::new(Disk))
    }

    /// The state of an environment of the configuration in `project`. Touches nothing.
    ///
    /// # Errors
    /// The environment's name cannot name a folder.
    pub fn of(project: &Path, environment: &str) -> Result<Store, StateError> {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !environment.starts_with(char::is_alphanumeric) || !environment.chars().all(plain) {
            return Err(StateError::BadName(environment.to_string()));
        }
        Ok(Store::open(project.join(".plimsoll").join("state").join(environment)))
    }

    /// The same over another file system.
    pub fn with_files(folder: impl Into<PathBuf>, files: Arc<dyn Files>) -> Store {
        Store { folder: folder.into(), files }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reads the state, without a lock and without writing anything; none where there is none.
    ///
    /// # Errors
    /// A file cannot be read, is damaged, was written by a newer version, or does not belong to
    /// the files beside it.
    pub fn read(&self) -> Result<Option<Reading>, StateError> {
        self.load().map(|loaded| loaded.map(|l| l.reading))
    }

    /// Takes the lock, waiting up to `timeout` for whoever holds it. Makes the folder where it
    /// is missing.
    ///
    /// # Errors
    /// [`StateError::Held`], or the folder or the lock's file cannot be made.
    pub fn lock(&self, holder: &Holder, timeout: Duration) -> Result<Lock, StateError> {
        lock::take(self, holder, timeout)
    }

    pub(crate) fn files(&self) -> &dyn Files {
        &*self.files
    }

    pub(crate) fn snapshot_path(&self) -> PathBuf {
        self.folder.join("state.json")
    }

    pub(crate) fn backup_path(&self) -> PathBuf {
        self.folder.join("state.json.backup")
    }

    pub(crate) fn journal_path(&self) -> PathBuf {
        self.folder.join("journal")
    }

    pub(crate) fn lock_path(&self) -> PathBuf {
        self.folder.join("lock")
    }

    pub(crate) fn key_path(&self) -> PathBuf {
        self.folder.join("key")
    }

    /// The key of the hashes that stand for secret values in plans; none where no apply made it
    /// yet. It follows from nothing that any other file shows.
    ///
    /// # Errors
    /// The file cannot be read, or is not what was written.
    pub fn secret_key(&self) -> Result<Option<[u8; 32]>, StateError> {
        let path = self.key_path();
        let Some(bytes) = self.bytes(&path)? else { return Ok(None) };
        let text = std::str::from_utf8(&bytes).ok().and_then(|t| t.strip_suffix('\n'));
        let key = text.and_then(|t| blake3::Hash::from_hex(t).ok());
        key.map(|k| Some(*k.as_bytes())).ok_or(StateError::BadKey { path })
    }

    pub(crate) fn bytes(&self, path: &Path) -> Result<Option<Vec<u8>>, StateError> {
        self.files.read(path).map_err(|e| StateError::io("read", path, e))
    }

    /// Reads the files in the order opposite to that in which they are written, so that a writer
    /// that is busy meanwhile cannot make them look inconsistent.
    pub(crate) fn load(&self) -> Result<Option<Loaded>, StateError> {
        let backup = self.backup()?;
        let journal = self.journal()?;
        let path = self.snapshot_path();
        let Some(bytes) = self.bytes(&path)? else {
            return match (backup, journal) {
                (None, None) => Ok(None),
                (backup, _) => Err(self.damaged("the file is missing", backup)),
            };
        };
        let state = match snapshot::decode(&bytes) {
            Ok(state) => state,
            Err(BadSnapshot::Newer(version)) => return Err(StateError::Newer { path, version }),
            Err(BadSnapshot::Damaged(why)) => return Err(self.damaged(&why, backup)),
        };
        if let Some(backup) = backup {
            self.check(&state, self.backup_path(), &backup.lineage, backup.serial, state.serial)?;
        }
        let snapshot_serial = state.serial;
        let reading = match journal {
            None => Reading { state, journal: None },
            Some(journal) => self.replayed(state, &journal)?,
        };
        Ok(Some(Loaded { reading, bytes, snapshot_serial }))
    }

    fn replayed(&self, mut state: State, journal: &Parsed) -> Result<Reading, StateError> {
        let begin = &journal.begin;
        self.check(&state, self.journal_path(), &begin.lineage, begin.serial, state.serial + 1)?;
        if journal.is_included_in(state.serial) {
            return Ok(Reading { state, journal: None });
        }
        journal.replay(&mut state).map_err(|bad| self.bad_journal(bad))?;
        let pending = PendingJournal { serial: begin.serial, records: journal.len(), torn: journal.torn };
        Ok(Reading { state, journal: Some(pending) })
    }

    /// Checks that a file beside the snapshot has its lineage, and no serial above `limit`.
    fn check(
        &self,
        state: &State,
        other: PathBuf,
        lineage: &str,
        other_serial: u64,
        limit: u64,
    ) -> Result<(), StateError> {
        let path = self.snapshot_path();
        if lineage != state.lineage {
            return Err(StateError::Lineage { path, other });
        }
        if other_serial > limit {
            return Err(StateError::Older { path, serial: state.serial, other, other_serial });
        }
        Ok(())
    }

    fn journal(&self) -> Result<Option<Parsed>, StateError> {
        match self.bytes(&self.journal_path())? {
            None => Ok(None),
            Some(bytes) => record::parse(&bytes).map_err(|bad| self.bad_journal(bad)),
        }
    }

    /// Of a backup that cannot be read nobody needs to know until it is needed.
    fn backup(&self) -> Result<Option<Backup>, StateError> {
        let bytes = self.bytes(&self.backup_path())?;
        Ok(bytes.filter(|b| snapshot::is_intact(b)).and_then(|b| serde_json::from_slice(&b).ok()))
    }

    /// The lineage of what can still be read here, and the highest serial of it.
    pub(crate) fn predecessor(&self) -> Result<Option<(String, u64)>, StateError> {
        let snapshot = self.bytes(&self.snapshot_path())?.and_then(|b| snapshot::decode(&b).ok());
        let journal = match self.journal() {
            Err(error @ StateError::Io { .. }) => return Err(error),
            journal => journal.ok().flatten(),
        };
        let known = [
            snapshot.map(|s| (s.lineage, s.serial)),
            self.backup()?.map(|b| (b.lineage, b.serial)),
            journal.map(|j| (j.begin.lineage, j.begin.serial)),
        ];
        let known: Vec<(String, u64)> = known.into_iter().flatten().collect();
        let Some((lineage, _)) = known.first().cloned() else { return Ok(None) };
        let serial = known.iter().filter(|k| k.0 == lineage).map(|k| k.1).max().unwrap_or_default();
        Ok(Some((lineage, serial)))
    }

    fn damaged(&self, why: &str, backup: Option<Backup>) -> StateError {
        let good = backup.map(|b| Box::new(GoodCopy { path: self.backup_path(), serial: b.serial }));
        StateError::Damaged { path: self.snapshot_path(), why: why.to_string(), good }
    }

    fn bad_journal(&self, bad: BadJournal) -> StateError {
        let path = self.journal_path();
        match bad {
            BadJournal::Newer(version) => StateError::Newer { path, version },
            BadJournal::Damaged(at, why) => {
                StateError::JournalDamaged { path, line: at.line, byte: at.byte, why }
            }
        }
    }
}

/// What a folder holds, with what a writer needs to know of it.
pub(crate) struct Loaded {
    pub(crate) reading: Reading,
    /// The snapshot's bytes.
    pub(crate) bytes: Vec<u8>,
    /// The snapshot's serial, without the journal.
    pub(crate) snapshot_serial: u64,
}

/// What must be known of a backup.
#[derive(Deserialize)]
struct Backup {
    lineage: String,
    serial: u64,
    #[serde(rename = "version", deserialize_with = "known")]
    _version: u64,
}

fn known<'de, D: serde::Deserializer<'de>>(d: D) -> Result<u64, D::Error> {
    let version = u64::deserialize(d)?;
    if version <= VERSION { Ok(version) } else { Err(serde::de::Error::custom("a newer version")) }
}
