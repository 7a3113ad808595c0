//! The lock on a state, and everything that may be done only under it: writing.
//!
//! The order of the calls is what makes a crash at any moment leave the old state or the new one;
//! the tests stop after each of them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::crash::crash_point;
use crate::error::StateError;
use crate::files::LockFile;
use crate::holder::Holder;
use crate::journal::Journal;
use crate::record::{Begin, Chain, Record};
use crate::snapshot::{self, VERSION};
use crate::state::State;
use crate::store::{Reading, Store};

/// How often a lock that somebody else holds is tried again.
const POLL: Duration = Duration::from_millis(50);

/// The lock on a state. Dropping it frees it; so does the end of the process, however it ends.
#[derive(Debug)]
pub struct Lock {
    store: Store,
    file: Box<dyn LockFile>,
}

/// Takes the lock on a store.
pub(crate) fn take(store: &Store, holder: &Holder, timeout: Duration) -> Result<Lock, StateError> {
    prepare(store)?;
    let path = store.lock_path();
    let mut waited = Duration::ZERO;
    loop {
        match store.files().try_lock(&path).map_err(|e| StateError::io("lock", &path, e))? {
            Some(mut file) => {
                let text =
                    serde_json::to_vec(holder).map_err(|e| StateError::io("encode", &path, e.into()))?;
                file.replace(&text).map_err(|e| StateError::io("write", &path, e))?;
                crash_point("lock-taken");
                return Ok(Lock { store: store.clone(), file });
            }
            None if waited >= timeout => return Err(held(store, &path, holder, waited)),
            None => {
                let pause = POLL.min(timeout - waited);
                std::thread::sleep(pause);
                waited += pause;
            }
        }
    }
}

/// Makes the folder, which ignores itself in git.
fn prepare(store: &Store) -> Result<(), StateError> {
    let folder = store.folder();
    store.files().create_folder(folder).map_err(|e| StateError::io("make", folder, e))?;
    let path = folder.join(".gitignore");
    if store.bytes(&path)?.is_some() {
        return Ok(());
    }
    match store.files().create(&path) {
        Ok(mut file) => file.append(b"*\n").map_err(|e| StateError::io("write", &path, e)),
        // Somebody else was faster.
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(StateError::io("make", &path, e)),
    }
}

/// Who holds the lock. The holder writes its name right after it took the lock, so a name that
/// is not there yet is waited for, for a moment.
fn held(store: &Store, path: &Path, asking: &Holder, waited: Duration) -> StateError {
    let read = || store.bytes(path).ok().flatten().and_then(|b| serde_json::from_slice::<Holder>(&b).ok());
    let holder = (0..4).find_map(|attempt| {
        if attempt > 0 {
            std::thread::sleep(POLL);
        }
        read()
    });
    let age = holder.as_ref().and_then(|h| Duration::try_from(asking.since.duration_since(h.since)).ok());
    StateError::Held {
        path: path.to_path_buf(),
        holder: holder.map(Box::new),
        age: age.unwrap_or_default() + waited,
        waited,
    }
}

impl Lock {
    /// Reads the state; none where there is none.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read(&self) -> Result<Option<Reading>, StateError> {
        self.store.read()
    }

    /// The state's folder.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Writes the state, if it is not what the folder holds already; its serial grows by one then.
    /// A journal that an interrupted run left is removed once the state includes it.
    ///
    /// # Errors
    /// The state was not read from this folder, or was changed there meanwhile; or the folder
    /// cannot be read or written, and then holds what it held before.
    pub fn save(&self, state: &mut State) -> Result<(), StateError> {
        let loaded = self.store.load()?;
        let changed = || StateError::Changed { path: self.store.snapshot_path() };
        let serial = match &loaded {
            None if state.serial == 0 => 0,
            None => return Err(changed()),
            Some(l) if l.reading.state.lineage != state.lineage => return Err(changed()),
            Some(l) if l.reading.state.serial != state.serial => return Err(changed()),
            Some(l) if l.reading.journal.is_none() && l.reading.state == *state => return Ok(()),
            Some(l) => l.snapshot_serial + 1,
        };
        self.write(loaded.as_ref().map(|l| &*l.bytes), state, serial)
    }

    /// Saves the state and begins the journal of an apply that starts from it.
    ///
    /// # Errors
    /// As [`Lock::save`]; or the journal cannot be made.
    pub fn begin(&self, state: &mut State) -> Result<Journal, StateError> {
        self.save(state)?;
        let path = self.store.journal_path();
        self.remove_journal()?;
        let mut chain = Chain::default();
        let mut line = Vec::new();
        let begin = Begin { version: VERSION, lineage: state.lineage.clone(), serial: state.serial + 1 };
        chain
            .encode(&Record::Begin(begin), &mut line)
            .map_err(|e| StateError::io("encode", &path, e.into()))?;
        crash_point("journal-create-before");
        let mut file = self.store.files().create(&path).map_err(|e| StateError::io("make", &path, e))?;
        file.append(&line).map_err(|e| StateError::io("write", &path, e))?;
        file.sync().map_err(|e| StateError::io("sync", &path, e))?;
        self.sync_folder()?;
        crash_point("journal-create-after");
        Journal::start(&path, file, chain, state.clone())
    }

    /// Ends an apply: waits for its journal, lets `change` add what no operation did (outputs,
    /// history), writes the state and removes the journal. The serial that `change` sees is the one
    /// that the apply leads to. Operations that nobody could resolve
    /// stay in the state. An apply that did nothing and changed nothing leaves the state as it was.
    ///
    /// # Errors
    /// The state was changed meanwhile, or cannot be written. The folder then holds what it held
    /// before, journal included, and the next run goes on from there.
    pub fn checkpoint(&self, journal: Journal, change: impl FnOnce(&mut State)) -> Result<State, StateError> {
        let finished = journal.finish();
        let mut state = finished.state;
        let before = (finished.operations == 0).then(|| state.clone());
        state.serial = finished.serial;
        change(&mut state);
        state.serial = finished.serial;
        if let Some(before) = before {
            state.serial = before.serial;
            if state == before {
                self.remove_journal()?;
                return Ok(state);
            }
        }
        let loaded = self.store.load()?;
        let started_from = loaded.as_ref().map(|l| (l.snapshot_serial + 1, l.reading.state.lineage.as_str()));
        if started_from != Some((finished.serial, state.lineage.as_str())) {
            return Err(StateError::Changed { path: self.store.snapshot_path() });
        }
        self.write(loaded.as_ref().map(|l| &*l.bytes), &mut state, finished.serial)?;
        Ok(state)
    }

    /// Keeps a key for the hashes of secret values, for its owner alone, where there is none yet.
    /// `random` is what nobody can guess.
    ///
    /// # Errors
    /// As [`Store::secret_key`], or the key cannot be written.
    pub fn make_secret_key(&self, random: [u8; 32]) -> Result<(), StateError> {
        if self.store.secret_key()?.is_none() {
            let text = format!("{}\n", blake3::Hash::from_bytes(random).to_hex());
            self.replace(&self.store.key_path(), text.as_bytes(), "key")?;
            self.sync_folder()?;
        }
        Ok(())
    }

    /// A folder beside the files of the state that is not there yet, to put them aside: of that name, or of that
    /// with a number.
    pub fn free_folder(&self, name: &str) -> PathBuf {
        let folder = self.store.folder();
        let files = [self.store.journal_path(), self.store.backup_path(), self.store.snapshot_path()];
        let is_free = |place: &PathBuf| {
            let mut names = files.iter().filter_map(|path| path.file_name());
            names.all(|name| !matches!(self.store.files().read(&place.join(name)), Ok(Some(_))))
        };
        let numbered = (2..).map(|n: u32| folder.join(format!("{name}-{n}")));
        let mut names = std::iter::once(folder.join(name)).chain(numbered);
        names.find(is_free).unwrap_or_else(|| folder.join(name))
    }

    /// Puts the files of the state aside, into a folder that [`Lock::free_folder`] gave, and so leaves
    /// none: for a cluster that is gone.
    ///
    /// # Errors
    /// They cannot be copied or removed.
    pub fn archive(&self, folder: &Path) -> Result<(), StateError> {
        self.copy_to(folder)?;
        let files = self.store.files();
        // The journal goes last: a snapshot without the journal that belongs to it would look whole.
        for path in [self.store.backup_path(), self.store.snapshot_path(), self.store.journal_path()] {
            files.remove(&path).map_err(|e| StateError::io("remove", &path, e))?;
        }
        self.sync_folder()
    }

    /// Writes a state in place of whatever the folder holds, be it damaged; that is copied before into a folder that
    /// [`Lock::free_folder`] gave. `change` sees the serial that the new state gets.
    ///
    /// The new state goes on from the lineage and the serials of the old one: so what is left of that at any
    /// moment is either still the whole, or older than the new one.
    ///
    /// # Errors
    /// The folder cannot be read or written, and then holds what it held before.
    pub fn supersede(
        &self,
        state: &mut State,
        folder: &Path,
        change: impl FnOnce(&mut State),
    ) -> Result<(), StateError> {
        let loaded = match self.store.load() {
            Err(error @ StateError::Io { .. }) => return Err(error),
            loaded => loaded,
        };
        let serial = match self.store.predecessor()? {
            None => 0,
            Some((lineage, serial)) => {
                state.lineage = lineage;
                // What cannot be read may have been one further.
                serial + if loaded.is_ok() { 1 } else { 2 }
            }
        };
        self.copy_to(folder)?;
        state.serial = serial;
        change(state);
        let old = loaded.ok().flatten();
        self.write(old.as_ref().map(|l| &*l.bytes), state, serial)
    }

    /// Copies the files of the state into a new folder, durably.
    fn copy_to(&self, folder: &Path) -> Result<(), StateError> {
        let files = self.store.files();
        files.create_folder(folder).map_err(|e| StateError::io("make", folder, e))?;
        for path in [self.store.journal_path(), self.store.backup_path(), self.store.snapshot_path()] {
            let (Some(bytes), Some(name)) = (self.store.bytes(&path)?, path.file_name()) else { continue };
            let copy = folder.join(name);
            crash_point("copy-before");
            let mut file = files.create(&copy).map_err(|e| StateError::io("make", &copy, e))?;
            file.append(&bytes).map_err(|e| StateError::io("write", &copy, e))?;
            file.sync().map_err(|e| StateError::io("sync", &copy, e))?;
        }
        files.sync_folder(folder).map_err(|e| StateError::io("sync", folder, e))?;
        self.sync_folder()?;
        crash_point("copy-after");
        Ok(())
    }

    /// The snapshot's bytes become the backup's, the state becomes the snapshot, the journal goes.
    fn write(&self, old: Option<&[u8]>, state: &mut State, serial: u64) -> Result<(), StateError> {
        let path = self.store.snapshot_path();
        let mut new = state.clone();
        new.serial = serial;
        let bytes = snapshot::encode(&new).map_err(|e| StateError::io("encode", &path, e.into()))?;
        if let Some(old) = old {
            self.replace(&self.store.backup_path(), old, "backup")?;
        }
        self.replace(&path, &bytes, "snapshot")?;
        self.sync_folder()?;
        *state = new;
        self.remove_journal()
    }

    /// Replaces a file by bytes: at every moment it holds the old ones or the new ones.
    fn replace(&self, path: &Path, bytes: &[u8], what: &str) -> Result<(), StateError> {
        let files = self.store.files();
        let temporary = path.with_added_extension("tmp");
        let written = (|| {
            files.remove(&temporary).map_err(|e| StateError::io("remove", &temporary, e))?;
            crash_point(&format!("{what}-write-before"));
            let mut file = files.create(&temporary).map_err(|e| StateError::io("make", &temporary, e))?;
            file.append(bytes).map_err(|e| StateError::io("write", &temporary, e))?;
            file.sync().map_err(|e| StateError::io("sync", &temporary, e))?;
            crash_point(&format!("{what}-write-after"));
            crash_point(&format!("{what}-rename-before"));
            files.rename(&temporary, path).map_err(|e| StateError::io("replace", path, e))
        })();
        match written {
            Ok(()) => crash_point(&format!("{what}-rename-after")),
            // What is left over is removed before the next try anyway.
            Err(_) => drop(files.remove(&temporary)),
        }
        written
    }

    fn remove_journal(&self) -> Result<(), StateError> {
        let path = self.store.journal_path();
        crash_point("journal-remove-before");
        self.store.files().remove(&path).map_err(|e| StateError::io("remove", &path, e))?;
        crash_point("journal-remove-after");
        Ok(())
    }

    fn sync_folder(&self) -> Result<(), StateError> {
        let folder = self.store.folder();
        self.store.files().sync_folder(folder).map_err(|e| StateError::io("sync", folder, e))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The name is gone before the lock is, so that nobody is told of a holder that ended.
        let _ = self.file.replace(b"");
    }
}
