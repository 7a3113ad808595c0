//! The cluster on disk: one file that is only appended to, and replaced by a shorter one when it has grown.
//!
//! Each line is a checksum, a space and JSON. The first says format, seed and version, the second holds all objects
//! at that version, every other the events of one request; a request whose line was not finished never
//! happened. The file is locked only while a request is answered, and what others appended meanwhile is
//! read before. Nothing is flushed to the disk's platters: the sandbox survives a killed process, not a power cut.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use plimsoll_schema::Json;
use serde_json::json;

use crate::cluster::Cluster;
use crate::resource::Key;
use crate::store::{Change, Event, Store};
use crate::{SandboxError, bootstrap};

const FORMAT: u64 = 1;
const FILE: &str = "cluster.jsonl";
const LOCK: &str = "lock";
/// A file shorter than this is never compacted.
const SHORT: u64 = 8 * 1024 * 1024;

/// The file of a folder, and how far it has been read.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
    lock: File,
    /// The first line of the file that was read; another one means that the file was replaced.
    header: String,
    /// Up to here, in bytes, the file has been read or written.
    position: u64,
    /// The length of the file after it was last replaced.
    compact: u64,
    lines: usize,
}

/// The lock of a folder; it ends when this value does.
#[derive(Debug)]
pub(crate) struct Locked(File);

impl Drop for Locked {
    fn drop(&mut self) {
        // An unlock that fails is followed by closing the file, which unlocks too.
        let _ = self.0.unlock();
    }
}

impl Journal {
    /// Opens the folder, and makes it with a new cluster where it holds none.
    pub fn open(folder: &Path, now: i64) -> Result<(Journal, Cluster), SandboxError> {
        let mut journal = Journal::at(folder)?;
        let _locked = journal.lock()?;
        let mut cluster = Cluster::empty("");
        match journal.sync(&mut cluster) {
            Err(SandboxError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                cluster = journal.create(now)?;
            }
            other => other?,
        }
        Ok((journal, cluster))
    }

    /// Replaces whatever the folder holds by a new cluster.
    pub fn reset(folder: &Path, now: i64) -> Result<(Journal, Cluster), SandboxError> {
        let mut journal = Journal::at(folder)?;
        let _locked = journal.lock()?;
        let cluster = journal.create(now)?;
        Ok((journal, cluster))
    }

    fn at(folder: &Path) -> Result<Journal, SandboxError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| SandboxError::Io { path, source }
        };
        // For its owner alone, whatever the umask says; folders that are there stay as they are.
        let mut folders = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
        folders.recursive(true).create(folder).map_err(io(folder))?;
        // The file holds secrets as a cluster would: it never goes into a repository.
        let ignore = folder.join(".gitignore");
        if !ignore.exists() {
            std::fs::write(&ignore, "*\n").map_err(io(&ignore))?;
        }
        let path = folder.join(LOCK);
        let lock = private().create(true).truncate(false).open(&path).map_err(io(&path))?;
        Ok(Journal {
            folder: folder.to_owned(),
            lock,
            header: String::new(),
            position: 0,
            compact: 0,
            lines: 0,
        })
    }

    fn create(&mut self, now: i64) -> Result<Cluster, SandboxError> {
        let mut cluster = bootstrap::cluster(random_seed(), now);
        self.replace(&mut cluster)?;
        Ok(cluster)
    }

    fn path(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    fn io(&self, source: std::io::Error) -> SandboxError {
        SandboxError::Io { path: self.path(), source }
    }

    fn damaged(&self, line: usize) -> SandboxError {
        SandboxError::Damaged { path: self.path(), line }
    }

    /// Waits for the lock of the folder.
    pub fn lock(&self) -> Result<Locked, SandboxError> {
        let lock = self.lock.try_clone().map_err(|e| self.io(e))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => lock.lock().map_err(|e| self.io(e))?,
            Err(TryLockError::Error(e)) => return Err(self.io(e)),
        }
        Ok(Locked(lock))
    }

    /// Reads what others have written since the last time; the lock must be held.
    pub fn sync(&mut self, cluster: &mut Cluster) -> Result<(), SandboxError> {
        let mut file = File::open(self.path()).map_err(|e| self.io(e))?;
        if !self.same_file(&mut file)? {
            return self.load(&mut file, cluster);
        }
        let length = file.metadata().map_err(|e| self.io(e))?.len();
        if length <= self.position {
            return Ok(());
        }
        file.seek(SeekFrom::Start(self.position)).map_err(|e| self.io(e))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(|e| self.io(e))?;
        self.replay(&text, cluster)
    }

    fn same_file(&self, file: &mut File) -> Result<bool, SandboxError> {
        let mut start = vec![0; self.header.len()];
        match file.read_exact(&mut start) {
            Ok(()) => Ok(!self.header.is_empty() && start == self.header.as_bytes()),
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => Ok(false),
            Err(e) => Err(self.io(e)),
        }
    }

    fn load(&mut self, file: &mut File, cluster: &mut Cluster) -> Result<(), SandboxError> {
        file.rewind().map_err(|e| self.io(e))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(|e| self.io(e))?;
        let mut lines = text.split_inclusive(|b| *b == b'\n');
        let first = lines.next().unwrap_or_default();
        let header = checked(first).ok_or_else(|| self.damaged(1))?;
        let format = header["format"].as_u64().unwrap_or_default();
        if format > FORMAT {
            return Err(SandboxError::Newer { path: self.path(), found: format, known: FORMAT });
        }
        let second = lines.next().unwrap_or_default();
        let snapshot = checked(second).ok_or_else(|| self.damaged(2))?;
        let objects = snapshot["objects"].as_array().ok_or_else(|| self.damaged(2))?;
        let version = header["version"].as_u64().ok_or_else(|| self.damaged(1))?;
        // What definitions declare is known once they are read.
        let always = objects.iter().filter_map(|o| Some((Key::of(o)?, o.clone())));
        let known = Store::restore(version, always);
        let keyed: Option<Vec<_>> = objects.iter().map(|o| Some((known.key_of(o)?, o.clone()))).collect();
        let keyed = keyed.ok_or_else(|| self.damaged(2))?;
        *cluster = Cluster {
            store: Store::restore(version, keyed),
            seed: header["seed"].as_str().unwrap_or_default().to_owned(),
            now: cluster.now,
            dry: false,
        };
        self.header = String::from_utf8_lossy(first).into_owned();
        let read = first.len() + second.len();
        self.position = read as u64;
        self.compact = self.position;
        self.lines = 2;
        self.replay(text.get(read..).unwrap_or_default(), cluster)
    }

    /// Repeats lines of events. The last line may be torn; any other must be whole.
    fn replay(&mut self, text: &[u8], cluster: &mut Cluster) -> Result<(), SandboxError> {
        let mut lines = text.split_inclusive(|b| *b == b'\n').peekable();
        while let Some(line) = lines.next() {
            let Some(record) = checked(line) else {
                return if lines.peek().is_none() { Ok(()) } else { Err(self.damaged(self.lines + 1)) };
            };
            for event in record["events"].as_array().into_iter().flatten() {
                let object = event["object"].clone();
                let key = cluster.store.key_of(&object).ok_or_else(|| self.damaged(self.lines + 1))?;
                let version = event["version"].as_u64().ok_or_else(|| self.damaged(self.lines + 1))?;
                cluster.store.replay(version, event["deleted"] == true, key, object);
            }
            self.position += line.len() as u64;
            self.lines += 1;
        }
        Ok(())
    }

    /// Appends the events of a request; the lock must be held and everything read.
    pub fn append<'a>(&mut self, events: impl Iterator<Item = &'a Event>) -> Result<(), SandboxError> {
        let events: Vec<Json> = events
            .map(|e| match e.change {
                Change::Deleted => json!({"version": e.version, "deleted": true, "object": *e.object}),
                _ => json!({"version": e.version, "object": *e.object}),
            })
            .collect();
        let line = sealed(&json!({ "events": events }));
        let mut file = OpenOptions::new().write(true).open(self.path()).map_err(|e| self.io(e))?;
        // What a killed process left unfinished is overwritten.
        file.set_len(self.position).map_err(|e| self.io(e))?;
        file.seek(SeekFrom::Start(self.position)).map_err(|e| self.io(e))?;
        file.write_all(line.as_bytes()).map_err(|e| self.io(e))?;
        self.position += line.len() as u64;
        self.lines += 1;
        Ok(())
    }

    /// Writes a shorter file where the present one has grown; the lock must be held.
    pub fn compact(&mut self, cluster: &mut Cluster) -> Result<(), SandboxError> {
        if self.position > SHORT.max(self.compact.saturating_mul(3)) {
            self.replace(cluster)?;
        }
        Ok(())
    }

    fn replace(&mut self, cluster: &mut Cluster) -> Result<(), SandboxError> {
        let version = cluster.store.version();
        // Files of one cluster differ by version or by length of what came before: `from` tells them apart.
        let header = sealed(&json!({
            "format": FORMAT, "seed": cluster.seed, "version": version, "from": self.position,
        }));
        let objects: Vec<&Json> = cluster.store.iter().map(|(_, o)| &**o).collect();
        let snapshot = sealed(&json!({ "objects": objects }));
        let new = self.folder.join(format!("{FILE}.new"));
        let io = |source| SandboxError::Io { path: new.clone(), source };
        let mut file = private().create(true).truncate(true).open(&new).map_err(io)?;
        file.write_all(header.as_bytes()).and_then(|()| file.write_all(snapshot.as_bytes())).map_err(io)?;
        drop(file);
        std::fs::rename(&new, self.path()).map_err(|e| self.io(e))?;
        self.position = (header.len() + snapshot.len()) as u64;
        self.header = header;
        self.compact = self.position;
        self.lines = 2;
        Ok(())
    }
}

/// Options for files that only their owner may read: they hold secrets, as etcd does.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn sealed(record: &Json) -> String {
    let text = record.to_string();
    format!("{} {text}\n", checksum(text.as_bytes()))
}

fn checksum(text: &[u8]) -> String {
    blake3::hash(text).to_hex().chars().take(16).collect()
}

/// The record of a line that is whole.
fn checked(line: &[u8]) -> Option<Json> {
    let line = line.strip_suffix(b"\n")?;
    let (sum, text) = line.split_at_checked(16)?;
    let text = text.strip_prefix(b" ")?;
    (checksum(text).as_bytes() == sum).then(|| serde_json::from_slice(text).ok()).flatten()
}

/// A seed that no other cluster has: the keys of the standard hasher are the system's randomness.
fn random_seed() -> String {
    use std::hash::{BuildHasher, RandomState};
    let part = || RandomState::new().hash_one(std::process::id());
    format!("{:016x}{:016x}", part(), part())
}
