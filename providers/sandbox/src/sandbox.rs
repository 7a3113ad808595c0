//! The handle of an embedded cluster: in memory, or in a folder.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::cluster::Cluster;
use crate::journal::Journal;
use crate::status::Failure;
use crate::{Clock, SandboxError, SandboxService, SystemClock, bootstrap, server};

/// An embedded cluster. Cloning gives another handle of the same one.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    clock: Box<dyn Clock>,
    /// The version after each change, for watches.
    version: tokio::sync::watch::Sender<u64>,
    shared: bool,
}

struct State {
    cluster: Cluster,
    journal: Option<Journal>,
}

impl Sandbox {
    /// Opens the cluster of a folder such as `.plimsoll/sandbox`, and makes it where there is none. The folder is
    /// locked only while a request is answered, so several processes and handles may use it at once.
    ///
    /// # Errors
    /// Where the folder cannot be used, or what it holds is damaged or newer.
    pub fn open(dir: &Path) -> Result<Sandbox, SandboxError> {
        Sandbox::open_with_clock(dir, SystemClock)
    }

    /// As [`Sandbox::open`], with a clock of one's own.
    ///
    /// # Errors
    /// As [`Sandbox::open`].
    pub fn open_with_clock(dir: &Path, clock: impl Clock + 'static) -> Result<Sandbox, SandboxError> {
        let (journal, cluster) = Journal::open(dir, clock.now())?;
        Ok(Sandbox::new(cluster, Some(journal), Box::new(clock)))
    }

    /// A cluster that lives as long as its handles. The same seed and the same requests give the same objects.
    pub fn in_memory(seed: u64, clock: impl Clock + 'static) -> Sandbox {
        let cluster = bootstrap::cluster(seed.to_string(), clock.now());
        Sandbox::new(cluster, None, Box::new(clock))
    }

    /// Replaces the cluster of the folder by a new one, and tells the uid of the new one.
    ///
    /// # Errors
    /// As [`Sandbox::open`], except that a damaged or newer cluster is replaced too.
    pub fn reset(dir: &Path) -> Result<String, SandboxError> {
        let (_, cluster) = Journal::reset(dir, SystemClock.now())?;
        Ok(server::cluster_uid(&cluster))
    }

    fn new(cluster: Cluster, journal: Option<Journal>, clock: Box<dyn Clock>) -> Sandbox {
        let (version, _) = tokio::sync::watch::channel(cluster.store.version());
        let shared = journal.is_some();
        Sandbox {
            inner: Arc::new(Inner { state: Mutex::new(State { cluster, journal }), clock, version, shared }),
        }
    }

    /// The uid of the cluster: that of its namespace `kube-system`.
    pub fn uid(&self) -> String {
        self.read(|cluster| Ok(server::cluster_uid(cluster))).unwrap_or_default()
    }

    /// The API server: a tower service for `kube::Client::new(service, "default")`.
    pub fn service(&self) -> SandboxService {
        SandboxService::new(self.clone())
    }

    /// Whether other processes may write to the same cluster.
    pub(crate) fn is_shared(&self) -> bool {
        self.inner.shared
    }

    /// Tells when something has changed.
    pub(crate) fn changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.inner.version.subscribe()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A request that panicked has changed nothing that is not undone by the next load or was not complete.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the cluster as it is now.
    pub(crate) fn read<R>(&self, look: impl FnOnce(&Cluster) -> Result<R, Failure>) -> Result<R, Failure> {
        let mut state = self.state();
        let State { cluster, journal } = &mut *state;
        let _locked = catch_up(cluster, journal.as_mut())?;
        look(cluster)
    }

    /// Changes the cluster, lets the controllers do their part, and keeps it all, or nothing of it: a change that
    /// fails, or a dry run, leaves no trace.
    pub(crate) fn write<R>(
        &self,
        dry: bool,
        change: impl FnOnce(&mut Cluster) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let mut state = self.state();
        let State { cluster, journal } = &mut *state;
        let _locked = catch_up(cluster, journal.as_mut())?;
        cluster.now = self.inner.clock.now();
        cluster.dry = dry;
        let before = cluster.store.mark();
        let outcome = change(cluster);
        cluster.dry = false;
        if dry || outcome.is_err() {
            cluster.store.roll_back(before);
            return outcome;
        }
        cluster.react_since(before);
        if cluster.store.since(before).next().is_none() {
            return outcome;
        }
        if let Some(journal) = journal
            && let Err(error) = journal.append(cluster.store.since(before))
        {
            cluster.store.roll_back(before);
            return Err(Failure::internal(chain(&error)));
        }
        cluster.store.forget();
        self.inner.version.send_replace(cluster.store.version());
        if let Some(journal) = journal {
            // The change is kept already; a file that cannot be shortened now will be later.
            let _ = journal.compact(cluster);
        }
        outcome
    }
}

/// Takes the lock of the folder and reads what others have written.
fn catch_up(
    cluster: &mut Cluster,
    journal: Option<&mut Journal>,
) -> Result<Option<crate::journal::Locked>, Failure> {
    let Some(journal) = journal else { return Ok(None) };
    let locked = journal.lock().map_err(|e| Failure::internal(chain(&e)))?;
    journal.sync(cluster).map_err(|e| Failure::internal(chain(&e)))?;
    cluster.store.forget();
    Ok(Some(locked))
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}
