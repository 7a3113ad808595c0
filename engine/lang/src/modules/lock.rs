//! `plimsoll.lock.hcl`: the commit and the content of every module from git.
//!
//! Read and written as text here; fetching is the driver's. A plan stands on exactly the files
//! whose hash the lock file holds.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use plimsoll_model::{Diagnostic, Report, Span};

use crate::files::{Files, ReadError, Root};
use crate::load::Loaded;
use crate::syntax::ast::{Block, Kind};

use super::source::Git;

/// The name of the lock file, in the configuration's folder.
pub const LOCK_FILE: &str = "plimsoll.lock.hcl";

/// What the lock file says.
#[derive(Debug, Default)]
pub struct Lock {
    /// Entries by source.
    pub entries: BTreeMap<String, Entry>,
    /// Whether part of it could not be read: nothing can be said to be missing.
    broken: bool,
}

/// One module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The commit, in full.
    pub commit: String,
    /// The hash of its files, as [`content_hash`] gives it.
    pub hash: String,
    /// Where the entry stands; none where it was just made.
    pub span: Option<Span>,
}

impl Lock {
    /// Reads the lock file of a folder.
    ///
    /// # Errors
    /// The findings, where it cannot be read.
    pub fn of(dir: &Path) -> Result<Lock, Report> {
        let mut report = Report::new();
        let mut loaded = Loaded { files: Files::Folder(Root::new(dir)), ..Loaded::default() };
        let lock = Lock::read(&mut loaded, &mut report);
        if lock.broken { Err(report) } else { Ok(lock) }
    }

    /// Reads the lock file of a configuration; an empty one where there is none.
    pub(crate) fn read(loaded: &mut Loaded, report: &mut Report) -> Lock {
        let mut lock = Lock::default();
        let text = match loaded.files.read(LOCK_FILE) {
            Err(ReadError::Missing) => return lock,
            text => text,
        };
        let Some((_, parsed)) = loaded.parse_file(LOCK_FILE, text, None, report) else {
            lock.broken = true;
            return lock;
        };
        lock.broken = !parsed.broken.is_empty();
        for block in &parsed.body.blocks {
            match entry(block) {
                Some((source, entry)) => {
                    lock.entries.insert(source, entry);
                }
                None => {
                    lock.broken = true;
                    report.push(
                        Diagnostic::error("bad-lock", "invalid lock file")
                            .detail("An entry is a module with its source, and has a commit and a hash.")
                            .at(block.header_span, "")
                            .help("plimsoll get"),
                    );
                }
            }
        }
        lock
    }

    /// The lock file's text.
    pub fn text(&self) -> String {
        let mut out = String::from(
            "# Written by `plimsoll get`. Keep this file with the configuration: plans stand on these files.\n",
        );
        for (source, entry) in &self.entries {
            let _ = write!(
                out,
                "\nmodule {source:?} {{\n  commit = {:?}\n  hash   = {:?}\n}}\n",
                entry.commit, entry.hash
            );
        }
        out
    }

    /// Whether a module is there, as the lock file says.
    ///
    /// # Errors
    /// The finding, without its place.
    pub(crate) fn check(&self, files: &Files, git: &Git) -> Result<(), Box<Diagnostic>> {
        let key = git.key();
        let Some(entry) = self.entries.get(&key) else {
            return Err(Box::new(
                Diagnostic::error("module-not-locked", "module is not in the lock file")
                    .detail(format!("{LOCK_FILE} has no entry for {key}, so its content is not known."))
                    .help("plimsoll get"),
            ));
        };
        let found = match content_hash(files, &git.folder()) {
            Ok(found) => found,
            Err(ReadError::Missing) => {
                return Err(Box::new(
                    Diagnostic::error("module-not-fetched", "module was not fetched")
                        .detail(format!("{key} is locked, and its files are not in {}.", git.folder()))
                        .help("plimsoll get"),
                ));
            }
            Err(e) => {
                return Err(Box::new(
                    Diagnostic::error("missing-module", "cannot read a module").detail(format!(
                        "{}: {}.",
                        git.folder(),
                        e.reason()
                    )),
                ));
            }
        };
        if found == entry.hash {
            return Ok(());
        }
        let d = Diagnostic::error("module-changed", "module differs from the lock file")
            .detail(format!(
                "The files in {} are not those that were locked for {key}: their hash is {found}.",
                git.folder()
            ))
            .help("plimsoll get fetches what is locked");
        Err(Box::new(match entry.span {
            Some(span) => d.related(span, "locked here"),
            None => d,
        }))
    }
}

fn entry(block: &Block) -> Option<(String, Entry)> {
    let [label] = block.labels.as_slice() else { return None };
    let text = |name: &str| match &block.body.attr(name)?.expr.kind {
        Kind::String(s) => Some(s.to_string()),
        _ => None,
    };
    let made = Entry { commit: text("commit")?, hash: text("hash")?, span: Some(block.header_span) };
    (&*block.ty == "module").then(|| (label.text.to_string(), made))
}

/// The hash of every file below a folder of the disk.
///
/// # Errors
/// Why it cannot be read, as the end of a sentence.
pub fn content_hash_of(dir: &Path) -> Result<String, String> {
    content_hash(&Files::Folder(Root::new(dir)), "").map_err(|e| e.reason())
}

/// The hash of every file below a folder, with its path: `blake3:` and 64 digits.
///
/// # Errors
/// When the folder cannot be read.
pub(crate) fn content_hash(files: &Files, dir: &str) -> Result<String, ReadError> {
    let mut hasher = blake3::Hasher::new();
    for (path, bytes) in files.all_below(dir)? {
        for part in [path.as_bytes(), bytes.as_slice()] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    Ok(format!("blake3:{}", hasher.finalize().to_hex()))
}
