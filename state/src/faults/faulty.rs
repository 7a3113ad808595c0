//! A file system that fails or stops at the nth call.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::files::{Files, LockFile, NewFile};

/// What happens at the chosen call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails with this error number; later calls succeed.
    Once(i32),
    /// It and all later calls that write fail with this error number, as on a full disk.
    Stays(i32),
    /// The process ends before it: it and all later calls do nothing and fail.
    Stop,
    /// The process ends in the middle of it: of an append, the first half is written.
    StopHalfway,
}

/// A file system that fails or stops at the nth call.
#[derive(Debug)]
pub struct Faulty {
    inner: Arc<dyn Files>,
    script: Arc<Mutex<Script>>,
}

#[derive(Debug)]
struct Script {
    calls: Vec<String>,
    /// The number of a call, from 0, and what happens there.
    fault: Option<(usize, Fault)>,
}

/// What a call is to do.
enum Verdict {
    Go,
    /// Do half of it, then fail.
    Half(io::Error),
    Fail(io::Error),
}

impl Faulty {
    /// Calls `inner`, except that `fault` happens at call number `at` (from 0).
    pub fn new(inner: Arc<dyn Files>, at: usize, fault: Fault) -> Faulty {
        Faulty { inner, script: Arc::new(Mutex::new(Script { calls: Vec::new(), fault: Some((at, fault)) })) }
    }

    /// Calls `inner` and only counts.
    pub fn counting(inner: Arc<dyn Files>) -> Faulty {
        Faulty { inner, script: Arc::new(Mutex::new(Script { calls: Vec::new(), fault: None })) }
    }

    /// The calls so far, such as `rename state.json.tmp`.
    pub fn calls(&self) -> Vec<String> {
        lock(&self.script).calls.clone()
    }

    fn gate(&self, call: &str, path: &Path, writes: bool) -> io::Result<()> {
        match verdict(&self.script, call, path, writes) {
            Verdict::Go => Ok(()),
            Verdict::Half(e) | Verdict::Fail(e) => Err(e),
        }
    }
}

fn verdict(script: &Mutex<Script>, call: &str, path: &Path, writes: bool) -> Verdict {
    let mut script = lock(script);
    let number = script.calls.len();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    script.calls.push(format!("{call} {name}"));
    let Some((at, fault)) = script.fault else { return Verdict::Go };
    let ended = || io::Error::other("the process has ended");
    match fault {
        Fault::Once(errno) if number == at => Verdict::Half(io::Error::from_raw_os_error(errno)),
        Fault::Stays(errno) if number == at => Verdict::Half(io::Error::from_raw_os_error(errno)),
        Fault::Stays(errno) if number > at && writes => Verdict::Fail(io::Error::from_raw_os_error(errno)),
        Fault::StopHalfway if number == at => Verdict::Half(ended()),
        Fault::Stop | Fault::StopHalfway if number >= at => Verdict::Fail(ended()),
        _ => Verdict::Go,
    }
}

impl Files for Faulty {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        self.gate("read", path, false)?;
        self.inner.read(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>> {
        self.gate("create", path, true)?;
        let file = self.inner.create(path)?;
        Ok(Box::new(FaultyFile { file, path: path.to_path_buf(), script: self.script.clone() }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.gate("rename", from, true)?;
        self.inner.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.gate("remove", path, true)?;
        self.inner.remove(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.gate("sync folder", path, true)?;
        self.inner.sync_folder(path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.gate("create folder", path, true)?;
        self.inner.create_folder(path)
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn LockFile>>> {
        self.gate("lock", path, true)?;
        let file = self.inner.try_lock(path)?;
        Ok(file.map(|file| -> Box<dyn LockFile> {
            Box::new(FaultyFile { file, path: path.to_path_buf(), script: self.script.clone() })
        }))
    }
}

#[derive(Debug)]
struct FaultyFile<F> {
    file: F,
    path: std::path::PathBuf,
    script: Arc<Mutex<Script>>,
}

impl NewFile for FaultyFile<Box<dyn NewFile>> {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        match verdict(&self.script, "append", &self.path, true) {
            Verdict::Go => self.file.append(bytes),
            Verdict::Fail(e) => Err(e),
            Verdict::Half(e) => {
                self.file.append(&bytes[..bytes.len() / 2])?;
                Err(e)
            }
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        match verdict(&self.script, "sync", &self.path, true) {
            Verdict::Go => self.file.sync(),
            Verdict::Half(e) | Verdict::Fail(e) => Err(e),
        }
    }
}

impl LockFile for FaultyFile<Box<dyn LockFile>> {
    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        match verdict(&self.script, "write", &self.path, true) {
            Verdict::Go => self.file.replace(bytes),
            Verdict::Half(e) | Verdict::Fail(e) => Err(e),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
