//! A file system in memory that knows what a power loss would leave.
//!
//! What was written and not synced may be there, in part, or as zeros; names that were made,
//! changed or removed since the folder was synced may be so or not, each for itself.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::files::{Files, LockFile, NewFile};

/// A file system in memory. Clones are the same file system.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<Inside>>);

#[derive(Debug, Clone, Default)]
struct Inside {
    files: Vec<Content>,
    names: BTreeMap<PathBuf, usize>,
    synced_names: BTreeMap<PathBuf, usize>,
    unsynced: Vec<Change>,
    locked: BTreeSet<PathBuf>,
    /// One entry after each call that changed something.
    moments: Option<Vec<Inside>>,
    written: usize,
    syncs: usize,
}

#[derive(Debug, Clone, Default)]
struct Content {
    bytes: Vec<u8>,
    synced: usize,
}

#[derive(Debug, Clone)]
enum Change {
    Made(PathBuf, usize),
    Renamed(PathBuf, PathBuf, usize),
    Removed(PathBuf),
}

impl Memory {
    /// An empty file system.
    pub fn new() -> Memory {
        Memory::default()
    }

    /// A file system that holds these files, durably.
    pub fn with(files: impl IntoIterator<Item = (PathBuf, Vec<u8>)>) -> Memory {
        let mut inside = Inside::default();
        for (path, bytes) in files {
            inside.names.insert(path, inside.files.len());
            inside.files.push(Content { synced: bytes.len(), bytes });
        }
        inside.synced_names = inside.names.clone();
        Memory::of(inside)
    }

    fn of(inside: Inside) -> Memory {
        Memory(Arc::new(Mutex::new(inside)))
    }

    /// The files as a running system sees them.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let inside = self.inside();
        inside.names.iter().map(|(path, file)| (path.clone(), inside.files[*file].bytes.clone())).collect()
    }

    /// How many bytes were appended, and how often a file was synced.
    pub fn effort(&self) -> (usize, usize) {
        let inside = self.inside();
        (inside.written, inside.syncs)
    }

    /// From now on every moment is kept.
    pub fn record(&self) {
        let mut inside = self.inside();
        let now = inside.clone();
        inside.moments = Some(vec![now]);
    }

    /// How many moments were kept.
    pub fn moments(&self) -> usize {
        self.inside().moments.as_ref().map_or(0, Vec::len)
    }

    /// Every state in which a power loss at a moment may leave the file system.
    pub fn after_power_loss(&self, moment: usize) -> Vec<Memory> {
        let inside = self.inside();
        let Some(at) = inside.moments.as_ref().and_then(|m| m.get(moment)) else { return Vec::new() };
        let changes = at.unsynced.len().min(10);
        let mut left = Vec::new();
        for chosen in 0..1_usize << changes {
            let mut names = at.synced_names.clone();
            for (i, change) in at.unsynced.iter().enumerate() {
                if i >= changes || chosen & (1 << i) != 0 {
                    change.apply(&mut names);
                }
            }
            for tail in [Tail::Lost, Tail::Half, Tail::Zeros, Tail::Kept] {
                let files = names.iter().map(|(p, f)| (p.clone(), tail.of(&at.files[*f])));
                left.push(Memory::with(files));
            }
        }
        left
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something, and keeps the moment after it.
    fn act<T>(&self, action: impl FnOnce(&mut Inside) -> io::Result<T>) -> io::Result<T> {
        let mut inside = self.inside();
        let result = action(&mut inside);
        if let Some(mut moments) = inside.moments.take() {
            let now = inside.clone();
            moments.push(now);
            inside.moments = Some(moments);
        }
        result
    }
}

#[derive(Clone, Copy)]
enum Tail {
    Lost,
    Half,
    Zeros,
    Kept,
}

impl Tail {
    fn of(self, content: &Content) -> Vec<u8> {
        let unsynced = content.bytes.len() - content.synced;
        let mut bytes = content.bytes.clone();
        match self {
            Tail::Lost => bytes.truncate(content.synced),
            Tail::Half => bytes.truncate(content.synced + unsynced / 2),
            Tail::Zeros => bytes[content.synced + unsynced / 2..].fill(0),
            Tail::Kept => {}
        }
        bytes
    }
}

impl Change {
    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Change::Made(path, file) => {
                names.insert(path.clone(), *file);
            }
            Change::Renamed(from, to, file) => {
                names.remove(from);
                names.insert(to.clone(), *file);
            }
            Change::Removed(path) => {
                names.remove(path);
            }
        }
    }
}

impl Inside {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.names);
        self.unsynced.push(change);
    }
}

impl Files for Memory {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let inside = self.inside();
        Ok(inside.names.get(path).map(|file| inside.files[*file].bytes.clone()))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>> {
        self.act(|inside| {
            if inside.names.contains_key(path) {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            let file = inside.files.len();
            inside.files.push(Content::default());
            inside.change(Change::Made(path.to_path_buf(), file));
            Ok(Box::new(Open { memory: self.clone(), file }) as Box<dyn NewFile>)
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.act(|inside| {
            let file = *inside.names.get(from).ok_or(io::ErrorKind::NotFound)?;
            inside.change(Change::Renamed(from.to_path_buf(), to.to_path_buf(), file));
            Ok(())
        })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.act(|inside| {
            if inside.names.contains_key(path) {
                inside.change(Change::Removed(path.to_path_buf()));
            }
            Ok(())
        })
    }

    fn sync_folder(&self, _path: &Path) -> io::Result<()> {
        self.act(|inside| {
            inside.synced_names = inside.names.clone();
            inside.unsynced.clear();
            Ok(())
        })
    }

    fn create_folder(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn LockFile>>> {
        let free = self.inside().locked.insert(path.to_path_buf());
        Ok(free.then(|| -> Box<dyn LockFile> {
            Box::new(Held { memory: self.clone(), path: path.to_path_buf() })
        }))
    }
}

#[derive(Debug)]
struct Open {
    memory: Memory,
    file: usize,
}

impl NewFile for Open {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.memory.act(|inside| {
            inside.written += bytes.len();
            inside.files[self.file].bytes.extend_from_slice(bytes);
            Ok(())
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.memory.act(|inside| {
            inside.syncs += 1;
            let content = &mut inside.files[self.file];
            content.synced = content.bytes.len();
            Ok(())
        })
    }
}

/// The lock's file is not kept: nothing that must survive stands in it.
#[derive(Debug)]
struct Held {
    memory: Memory,
    path: PathBuf,
}

impl LockFile for Held {
    fn replace(&mut self, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.memory.inside().locked.remove(&self.path);
    }
}
