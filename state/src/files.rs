//! What the state asks of a file system, so that tests can let each call fail.
//!
//! `Disk` is the real one. The others stand in `faults`.

use std::fmt;
use std::io;
use std::path::Path;

/// The calls that reading and writing a state needs. None of them follows a symbolic link in the
/// last part of a path: that is an error with the code `ELOOP`.
pub trait Files: Send + Sync + fmt::Debug {
    /// The content of a regular file; none where there is no such file.
    ///
    /// # Errors
    /// The file cannot be read, or is no regular file.
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>>;

    /// Makes a file, for its owner alone whatever the umask.
    ///
    /// # Errors
    /// It cannot be made, or there is something of that name.
    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>>;

    /// Gives a file another name, replacing what has that name.
    ///
    /// # Errors
    /// It cannot be renamed.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file, where there is one.
    ///
    /// # Errors
    /// It cannot be removed.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// They cannot be made durable.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;

    /// Makes a folder and those above it, where they are missing, for their owner alone.
    ///
    /// # Errors
    /// They cannot be made.
    fn create_folder(&self, path: &Path) -> io::Result<()>;

    /// Takes the lock on a file, which is made where it is missing; none where somebody else
    /// holds it. Dropping what is returned, and the end of the process, free the lock.
    ///
    /// # Errors
    /// The file cannot be opened or locked.
    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn LockFile>>>;
}

/// A file that is being written.
pub trait NewFile: Send + fmt::Debug {
    /// Writes bytes at its end.
    ///
    /// # Errors
    /// Not all of them could be written; some may have been.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns when everything written is durable.
    ///
    /// # Errors
    /// It may not be.
    fn sync(&mut self) -> io::Result<()>;
}

/// A lock that is held.
pub trait LockFile: Send + Sync + fmt::Debug {
    /// Replaces what is written in the lock's file.
    ///
    /// # Errors
    /// It cannot be written.
    fn replace(&mut self, bytes: &[u8]) -> io::Result<()>;
}
