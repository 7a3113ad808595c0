//! What can go wrong with the folder of a sandbox. Requests never fail this way: they are answered with a status.

use std::path::PathBuf;

/// Why a sandbox cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The file system refused.
    #[error("cannot use the sandbox in {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file was written by a newer version of the program.
    #[error("the sandbox in {} has format {found}, this program knows formats up to {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
        /// The newest known format.
        known: u64,
    },
    /// The file is damaged before its last line.
    #[error("the sandbox in {} is damaged in line {line}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}
