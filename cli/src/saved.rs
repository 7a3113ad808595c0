//! Saved plans as files.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

use plimsoll_model::Diagnostic;
use plimsoll_plan::file::FileError;
use plimsoll_plan::{Plan, file};

/// Writes a plan, readable by its owner alone; a file of that name is replaced, a symbolic link is not followed.
pub fn write(path: &Path, plan: &Plan) -> Result<(), Box<Diagnostic>> {
    let failed = |why: String| {
        Box::new(
            Diagnostic::error("plan-not-saved", "the plan cannot be saved")
                .detail(format!("{}: {why}.", path.display()))
                .help("-out with a path that can be written"),
        )
    };
    let bytes = file::to_bytes(plan).map_err(|e| failed(e.to_string()))?;
    if path.symlink_metadata().is_ok_and(|m| !m.is_file()) {
        return Err(failed("it is there, and is no regular file".into()));
    }
    if std::fs::read(path).is_ok_and(|there| !there.is_empty() && !file::is_plan(&there)) {
        return Err(failed("it is there, and is no plan".into()));
    }
    let name = path.file_name().ok_or_else(|| failed("it names no file".into()))?;
    let mut beside = name.to_os_string();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(beside);
    let written =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).and_then(|mut f| {
            f.write_all(&bytes)?;
            f.sync_all()?;
            std::fs::rename(&beside, path)
        });
    written.map_err(|e| {
        // The half-written file is of no use to anybody; that it cannot be removed changes nothing.
        let _ = std::fs::remove_file(&beside);
        failed(e.to_string())
    })
}

/// A configuration's folder as it is found from the working directory, in one spelling for each
/// place; none for the working directory itself, and for names that are no text.
pub fn folder_from_here(folder: &Path) -> Option<String> {
    let relative = match folder.is_absolute() {
        false => folder.to_path_buf(),
        true => {
            let (here, there) =
                (std::env::current_dir().ok()?.canonicalize().ok()?, folder.canonicalize().ok()?);
            let same = here.components().zip(there.components()).take_while(|(a, b)| a == b).count();
            let up = here.components().skip(same).map(|_| Component::ParentDir);
            up.chain(there.components().skip(same)).collect()
        }
    };
    let plain: PathBuf = relative.components().filter(|c| *c != Component::CurDir).collect();
    plain.to_str().filter(|text| !text.is_empty()).map(str::to_string)
}

/// Where the configuration of a saved plan stands: in the folder that the plan names, seen from the
/// working directory; else in the working directory; else seen from the plan's own folder. None
/// for the working directory.
pub fn configuration(path: &Path, plan: &Plan) -> Result<Option<PathBuf>, Box<Diagnostic>> {
    let named = plan.header.folder.as_deref().unwrap_or(".");
    let beside = path.parent().unwrap_or(Path::new("")).join(named);
    let places = [PathBuf::from(named), PathBuf::from("."), beside];
    match places.into_iter().find(|place| holds_configuration(place)) {
        Some(place) if place == Path::new(".") => Ok(None),
        Some(place) => Ok(Some(place)),
        None => Err(Box::new(
            Diagnostic::error("plan-without-configuration", "the configuration of the plan is not found")
                .detail(format!(
                    "{} was made for the configuration in {}, which holds no *.hcl file here.",
                    path.display(),
                    plan.header.folder.as_deref().unwrap_or("its working directory")
                ))
                .help(format!(
                    "run it where plan ran, or name the configuration's folder: plimsoll -C FOLDER apply {}",
                    absolute(path)
                )),
        )),
    }
}

fn holds_configuration(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|e| e.path()).any(|p| p.extension().is_some_and(|e| e == "hcl"))
}

/// The path as it works from any folder.
fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()).display().to_string()
}

/// Reads a plan.
pub fn read(path: &Path) -> Result<Plan, Box<Diagnostic>> {
    let bytes = std::fs::read(path).map_err(|e| {
        Box::new(
            Diagnostic::error("plan-unreadable", "the plan cannot be read")
                .detail(format!("{}: {e}.", path.display()))
                .help(format!("plimsoll plan -out {}", path.display())),
        )
    })?;
    file::from_bytes(&bytes).map_err(|e| {
        let diagnostic = match e {
            FileError::Older { .. } => {
                Diagnostic::error("plan-older", "the plan was made by an older version")
            }
            FileError::Newer { .. } => {
                Diagnostic::error("plan-newer", "the plan was made by a newer version")
            }
            _ => Diagnostic::error("plan-unreadable", "the plan cannot be read"),
        };
        Box::new(
            diagnostic
                .detail(format!("{}: {e}.", path.display()))
                .help(format!("plimsoll plan -out {}", path.display())),
        )
    })
}
