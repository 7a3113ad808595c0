//! Reading files: the only place of this crate that touches a disk.
//!
//! Lists and reads the configuration's folder, its values files, and what `file()` names.
//! Parses nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// Files larger than this are refused: positions are 32-bit, and no configuration is this large.
const MAX_BYTES: u64 = 64 << 20;

/// Where a configuration lies.
#[derive(Debug)]
pub enum Files {
    /// In a folder.
    Folder(PathBuf),
    /// In memory, by path.
    Memory(BTreeMap<String, String>),
}

impl Default for Files {
    fn default() -> Self {
        Files::Memory(BTreeMap::new())
    }
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// There is none.
    Missing,
    /// The system refused, and what it said.
    Refused(String),
    /// It is not UTF-8 from this byte on; what came before.
    NotUtf8(String),
    /// It lies outside of the configuration's folder.
    Outside,
    /// It is larger than is sensible.
    TooLarge,
}

impl ReadError {
    /// The reason as the end of a sentence.
    pub fn reason(&self) -> String {
        match self {
            ReadError::Missing => "there is no such file".into(),
            ReadError::Refused(why) => why.clone(),
            ReadError::NotUtf8(before) => {
                let line = before.matches('\n').count() + 1;
                format!("it is not UTF-8 text (line {line}, byte {})", before.len())
            }
            ReadError::Outside => "it lies outside of the configuration's folder".into(),
            ReadError::TooLarge => format!("it is larger than {} MiB", MAX_BYTES >> 20),
        }
    }
}

/// Whether a file name is one of a values file.
pub fn is_values_file(name: &str) -> bool {
    name.ends_with(".values.hcl")
}

impl Files {
    /// The names of the configuration's files, sorted.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn configuration(&self) -> Result<Vec<String>, ReadError> {
        let wanted = |n: &str| n.ends_with(".hcl") && !is_values_file(n) && !n.starts_with('.');
        match self {
            Files::Memory(files) => Ok(files.keys().filter(|n| wanted(n)).cloned().collect()),
            Files::Folder(dir) => {
                let mut names = Vec::new();
                for entry in fs::read_dir(dir).map_err(refused)? {
                    let entry = entry.map_err(refused)?;
                    let name = entry.file_name().to_string_lossy().into_owned();
                    if wanted(&name) && !entry.path().is_dir() {
                        names.push(name);
                    }
                }
                names.sort();
                Ok(names)
            }
        }
    }

    /// The text of a file, by a path relative to the folder (or absolute).
    ///
    /// # Errors
    /// Says why it cannot be read.
    pub fn read(&self, path: &str) -> Result<String, ReadError> {
        match self {
            Files::Memory(files) => {
                let plain = path.strip_prefix("./").unwrap_or(path);
                files.get(plain).cloned().ok_or(ReadError::Missing)
            }
            Files::Folder(dir) => read_text(&dir.join(path)),
        }
    }

    /// The text of a file that must lie below the folder, links followed.
    ///
    /// # Errors
    /// Says why it cannot be read.
    pub fn read_below(&self, path: &str) -> Result<String, ReadError> {
        match self {
            Files::Memory(_) => {
                let climbs = Path::new(path)
                    .components()
                    .any(|c| !matches!(c, Component::Normal(_) | Component::CurDir));
                if climbs { Err(ReadError::Outside) } else { self.read(path) }
            }
            Files::Folder(dir) => {
                let root = dir.canonicalize().map_err(refused)?;
                let full = root.join(path).canonicalize().map_err(|e| match e.kind() {
                    // A path that climbs out is named as such, whether its target exists or not.
                    ErrorKind::NotFound if climbs_out(path) => ReadError::Outside,
                    _ => refused(e),
                })?;
                if full.starts_with(&root) { read_text(&full) } else { Err(ReadError::Outside) }
            }
        }
    }
}

/// The text of a file that was named on the command line, relative to the working folder.
///
/// # Errors
/// Says why it cannot be read.
pub fn read_text(path: &Path) -> Result<String, ReadError> {
    let length = fs::metadata(path).map_err(refused)?.len();
    if length > MAX_BYTES {
        return Err(ReadError::TooLarge);
    }
    let bytes = fs::read(path).map_err(refused)?;
    String::from_utf8(bytes).map_err(|e| {
        let valid = e.utf8_error().valid_up_to();
        let bytes = e.into_bytes();
        ReadError::NotUtf8(String::from_utf8_lossy(bytes.get(..valid).unwrap_or(&[])).into_owned())
    })
}

fn climbs_out(path: &str) -> bool {
    let mut depth = 0i32;
    for c in Path::new(path).components() {
        match c {
            Component::Normal(_) => depth += 1,
            Component::ParentDir => depth -= 1,
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return true,
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

fn refused(e: std::io::Error) -> ReadError {
    match e.kind() {
        ErrorKind::NotFound => ReadError::Missing,
        ErrorKind::PermissionDenied => ReadError::Refused("permission is denied".into()),
        ErrorKind::IsADirectory => ReadError::Refused("it is a folder".into()),
        ErrorKind::NotADirectory => ReadError::Refused("it is not a folder".into()),
        _ => ReadError::Refused(e.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_stays_below_the_folder_links_followed() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("conf");
        fs::create_dir(&root).unwrap();
        fs::write(dir.path().join("secret"), "s").unwrap();
        fs::write(root.join("in.txt"), "ok").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(dir.path().join("secret"), root.join("link")).unwrap();
        let files = Files::Folder(root);
        assert_eq!(files.read_below("in.txt"), Ok("ok".into()));
        assert_eq!(files.read_below("./in.txt"), Ok("ok".into()));
        for path in ["../secret", "link", "/etc/hostname", "../nothing"] {
            assert_eq!(files.read_below(path), Err(ReadError::Outside), "{path}");
        }
        assert_eq!(files.read_below("nothing"), Err(ReadError::Missing));
    }
}
