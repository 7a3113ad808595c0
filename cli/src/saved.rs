//! Saved plans as files.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use plimsoll_model::Diagnostic;
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
        Box::new(
            Diagnostic::error("plan-unreadable", "the plan cannot be read")
                .detail(format!("{}: {e}.", path.display()))
                .help(format!("plimsoll plan -out {}", path.display())),
        )
    })
}
