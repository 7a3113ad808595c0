//! Reading files: the only place of this crate that touches a disk.
//!
//! Lists and reads the configuration's folder, its values files, and what `file()` names.
//! Parses nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use crate::modules::lock::LOCK_FILE;

/// Files larger than this are refused: positions are 32-bit, and no configuration is this large.
const MAX_BYTES: u64 = 64 << 20;

/// Where a configuration lies.
#[derive(Debug)]
pub enum Files {
    /// In a folder; modules may lie beside it.
    Folder(Root),
    /// In memory, by path.
    Memory(BTreeMap<String, String>),
}

/// A configuration's folder on a disk, and what else may be read.
#[derive(Debug)]
pub struct Root {
    /// The folder.
    dir: PathBuf,
    /// The folders of called modules that lie outside of it, links followed.
    modules: Vec<PathBuf>,
}

impl Root {
    /// A folder alone.
    pub fn new(dir: &Path) -> Root {
        Root { dir: dir.to_path_buf(), modules: Vec::new() }
    }

    /// The folder of the git repository that holds the configuration; else the configuration's own.
    /// Links are followed.
    fn repository(&self) -> Result<PathBuf, ReadError> {
        let own = self.dir.canonicalize().map_err(refused)?;
        let found = own.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_path_buf);
        Ok(found.unwrap_or(own))
    }

    /// Where a path leads, links followed: below the folder, or below a module's.
    fn resolve(&self, path: &str) -> Result<PathBuf, ReadError> {
        let own = self.dir.canonicalize().map_err(refused)?;
        if path.contains('\0') {
            return Err(ReadError::Missing);
        }
        let allowed = |p: &Path| p.starts_with(&own) || self.modules.iter().any(|m| p.starts_with(m));
        match self.dir.join(path).canonicalize() {
            Ok(found) if allowed(&found) => Ok(found),
            Ok(_) => Err(ReadError::Outside),
            // What lies outside is not looked for: whether it is there is nobody's business.
            Err(_) if climbs_out(path) && !self.names_module(path) => Err(ReadError::Outside),
            Err(e) => Err(refused(e)),
        }
    }

    /// Whether the folder that a path names lies below a module's.
    fn names_module(&self, path: &str) -> bool {
        let folders = Path::new(path).ancestors().skip(1);
        let nearest = folders.filter_map(|f| self.dir.join(f).canonicalize().ok()).next();
        nearest.is_some_and(|f| self.modules.iter().any(|m| f.starts_with(m)))
    }
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
    /// It lies outside of the configuration's folder, and of its modules'.
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
            ReadError::Outside => "it lies outside of the configuration's folder and its modules".into(),
            ReadError::TooLarge => format!("it is larger than {} MiB", MAX_BYTES >> 20),
        }
    }
}

/// What is said of a folder where a file is wanted.
pub const IS_FOLDER: &str = "it is a folder";

/// What a folder holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Folder {
    /// Its files and those of its folders, by path from the configuration's folder, sorted.
    Files(Vec<String>),
    /// There is no such folder.
    Missing,
}

/// More files than this below one folder are a mistake.
const MAX_FILES: usize = 100_000;

/// Whether a file name is one of a values file.
pub fn is_values_file(name: &str) -> bool {
    name.ends_with(".values.hcl")
}

impl Files {
    /// The paths of the configuration files of a folder (empty: the configuration's own), sorted.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn configuration(&self, dir: &str) -> Result<Vec<String>, ReadError> {
        let wanted = |n: &str| {
            n.ends_with(".hcl")
                && !is_values_file(n)
                && !n.starts_with('.')
                && n != LOCK_FILE
                && !n.contains('/')
        };
        let inside = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        match self {
            Files::Memory(files) => {
                let names = files.keys().filter_map(|n| n.strip_prefix(&inside)).filter(|n| wanted(n));
                Ok(names.map(|n| format!("{inside}{n}")).collect())
            }
            Files::Folder(Root { dir: root, .. }) => {
                let mut names = Vec::new();
                for entry in fs::read_dir(root.join(dir)).map_err(refused)? {
                    let entry = entry.map_err(refused)?;
                    let name = entry.file_name().to_string_lossy().into_owned();
                    if wanted(&name) && !entry.path().is_dir() {
                        names.push(format!("{inside}{name}"));
                    }
                }
                names.sort();
                Ok(names)
            }
        }
    }

    /// How many folders above the configuration's its repository begins; 0 where there is none.
    pub fn levels_above(&self) -> usize {
        match self {
            Files::Memory(_) => 0,
            Files::Folder(root) => {
                let found = root.repository().and_then(|top| {
                    let own = root.dir.canonicalize().map_err(refused)?;
                    Ok(own.strip_prefix(&top).map_or(0, |below| below.components().count()))
                });
                found.unwrap_or(0)
            }
        }
    }

    /// What a folder really is, links followed: a path relative to the repository's folder.
    ///
    /// # Errors
    /// When there is no such folder, or it lies outside of the repository.
    pub fn identity(&self, dir: &str) -> Result<String, ReadError> {
        match self {
            Files::Memory(files) => {
                let inside = format!("{dir}/");
                let found = dir.is_empty() || files.keys().any(|n| n.starts_with(&inside));
                if found { Ok(dir.to_string()) } else { Err(ReadError::Missing) }
            }
            Files::Folder(root) => {
                let top = root.repository()?;
                let full = root.dir.join(dir).canonicalize().map_err(refused)?;
                let below = full.strip_prefix(&top).map_err(|_| ReadError::Outside)?;
                if !full.is_dir() {
                    return Err(ReadError::Refused("it is not a folder".into()));
                }
                Ok(below.to_string_lossy().into_owned())
            }
        }
    }

    /// Lets files of a module's folder be read that lies outside of the configuration's.
    pub fn allow(&mut self, dir: &str) {
        if let Files::Folder(root) = self
            && let (Ok(own), Ok(full)) = (root.dir.canonicalize(), root.dir.join(dir).canonicalize())
            && !full.starts_with(own)
            && !root.modules.contains(&full)
        {
            root.modules.push(full);
        }
    }

    /// Every file below a folder by its path from there, but what git keeps for itself. A link
    /// counts as the text of where it leads.
    ///
    /// # Errors
    /// When the folder or a file cannot be read.
    pub fn all_below(&self, dir: &str) -> Result<BTreeMap<String, Vec<u8>>, ReadError> {
        let mut out = BTreeMap::new();
        match self {
            Files::Memory(files) => {
                let inside = format!("{dir}/");
                let below = files.iter().filter_map(|(n, t)| Some((n.strip_prefix(&inside)?, t)));
                out.extend(below.map(|(n, t)| (n.to_string(), t.clone().into_bytes())));
                if out.is_empty() {
                    return Err(ReadError::Missing);
                }
            }
            Files::Folder(root) => {
                let top = root.dir.join(dir);
                let mut folders = vec![(top, String::new())];
                while let Some((folder, inside)) = folders.pop() {
                    for entry in fs::read_dir(&folder).map_err(refused)? {
                        let entry = entry.map_err(refused)?;
                        let name = format!("{inside}{}", entry.file_name().to_string_lossy());
                        let kind = entry.file_type().map_err(refused)?;
                        if kind.is_dir() {
                            if name != ".git" {
                                folders.push((entry.path(), format!("{name}/")));
                            }
                        } else if kind.is_symlink() {
                            let to = fs::read_link(entry.path()).map_err(refused)?;
                            out.insert(name, format!("-> {}", to.to_string_lossy()).into_bytes());
                        } else {
                            out.insert(name, fs::read(entry.path()).map_err(refused)?);
                        }
                    }
                }
            }
        }
        Ok(out)
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
            Files::Folder(root) => read_text(&root.dir.join(path)),
        }
    }

    /// The text of a file that must lie below the folder, links followed.
    ///
    /// # Errors
    /// Says why it cannot be read.
    pub fn read_below(&self, path: &str) -> Result<String, ReadError> {
        self.bytes_below(path).and_then(utf8)
    }

    /// The bytes of a file that must lie below the folder, links followed.
    ///
    /// # Errors
    /// Says why it cannot be read.
    pub fn bytes_below(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        match self {
            Files::Memory(_) => {
                let climbs = Path::new(path)
                    .components()
                    .any(|c| !matches!(c, Component::Normal(_) | Component::CurDir));
                if climbs { Err(ReadError::Outside) } else { self.read(path).map(String::into_bytes) }
            }
            Files::Folder(root) => read_bytes(&root.resolve(path)?),
        }
    }

    /// The files below a folder that lies below the configuration's; links to folders are not followed.
    ///
    /// # Errors
    /// Says why it cannot be listed.
    pub fn below(&self, path: &str) -> Result<Folder, ReadError> {
        let mut found = Vec::new();
        match self {
            Files::Memory(files) => found.extend(files.keys().cloned()),
            Files::Folder(root) => {
                let start = match root.resolve(path) {
                    Ok(start) => start,
                    Err(ReadError::Missing) => return Ok(Folder::Missing),
                    Err(e) => return Err(e),
                };
                let shown = Path::new(path).components().filter(|c| *c != Component::CurDir).collect();
                walk(root, &start, shown, &mut found)?;
            }
        }
        found.sort();
        Ok(Folder::Files(found))
    }
}

/// Adds the files below `at`, which is shown as `shown`.
fn walk(root: &Root, at: &Path, shown: PathBuf, found: &mut Vec<String>) -> Result<(), ReadError> {
    let own = root.dir.canonicalize().map_err(refused)?;
    let allowed = |p: &Path| p.starts_with(&own) || root.modules.iter().any(|m| p.starts_with(m));
    let mut open = vec![(at.to_path_buf(), shown)];
    while let Some((at, shown)) = open.pop() {
        if at.is_file() {
            found.push(shown.to_string_lossy().into_owned());
        } else {
            for entry in fs::read_dir(&at).map_err(refused)? {
                let entry = entry.map_err(refused)?;
                let (path, name) = (entry.path(), shown.join(entry.file_name()));
                let kind = entry.file_type().map_err(refused)?;
                // A link counts where it leads to a file of the folder.
                let linked = || path.canonicalize().is_ok_and(|p| allowed(&p) && p.is_file());
                if kind.is_dir() {
                    open.push((path, name));
                } else if kind.is_file() || (kind.is_symlink() && linked()) {
                    found.push(name.to_string_lossy().into_owned());
                }
            }
        }
        if found.len() > MAX_FILES {
            return Err(ReadError::Refused(format!("it holds more than {MAX_FILES} files")));
        }
    }
    Ok(())
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
    utf8(bytes)
}

fn utf8(bytes: Vec<u8>) -> Result<String, ReadError> {
    String::from_utf8(bytes).map_err(|e| {
        let valid = e.utf8_error().valid_up_to();
        let bytes = e.into_bytes();
        ReadError::NotUtf8(String::from_utf8_lossy(bytes.get(..valid).unwrap_or(&[])).into_owned())
    })
}

/// The bytes of a file. What is no file (a pipe, a device) is refused: it may never end.
fn read_bytes(path: &Path) -> Result<Vec<u8>, ReadError> {
    let about = fs::metadata(path).map_err(refused)?;
    if about.is_dir() {
        return Err(ReadError::Refused(IS_FOLDER.into()));
    }
    if !about.is_file() {
        return Err(ReadError::Refused("it is not a plain file".into()));
    }
    if about.len() > MAX_BYTES {
        return Err(ReadError::TooLarge);
    }
    fs::read(path).map_err(refused)
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
        ErrorKind::IsADirectory => ReadError::Refused(IS_FOLDER.into()),
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
        let files = Files::Folder(Root::new(&root));
        assert_eq!(files.bytes_below("in.txt"), Ok("ok".into()));
        assert_eq!(files.bytes_below("./in.txt"), Ok("ok".into()));
        for path in ["../secret", "link", "/etc/hostname", "../nothing"] {
            assert_eq!(files.bytes_below(path), Err(ReadError::Outside), "{path}");
        }
        assert_eq!(files.bytes_below("nothing"), Err(ReadError::Missing));
        assert_eq!(files.bytes_below("."), Err(ReadError::Refused(IS_FOLDER.into())));
        assert_eq!(files.below("."), Ok(Folder::Files(vec!["in.txt".into()])));
        assert_eq!(files.below("nothing"), Ok(Folder::Missing));
        assert_eq!(files.below(".."), Err(ReadError::Outside));
    }
}
