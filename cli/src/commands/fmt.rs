//! `fmt`: files in their canonical layout, as `terraform fmt` lays them out.

use std::io::Read;
use std::path::{Path, PathBuf};

use plimsoll_lang::format::{Formatted, format, format_file};
use plimsoll_model::{Diagnostic, Report, SourceMap};

use crate::arguments::FmtArguments;
use crate::configuration::tell;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: FmtArguments) -> Exit {
    let mut run = Run {
        terminal,
        list: arguments.list,
        write: arguments.write && !arguments.check,
        diff: arguments.diff,
        recursive: arguments.recursive,
        sources: SourceMap::new(),
        report: Report::new(),
        unformatted: 0,
    };
    match arguments.what.as_slice() {
        [] => run.folder(Path::new(".")),
        [one] if one.as_os_str() == "-" => run.standard_input(arguments.check),
        paths => paths.iter().for_each(|path| run.path(path)),
    }
    tell(terminal, &run.report, &run.sources);
    match run.unformatted {
        _ if run.report.has_errors() => Exit::NotFormattable,
        0 => Exit::Success,
        _ if arguments.check => Exit::Unformatted,
        _ => Exit::Success,
    }
}

struct Run<'t> {
    terminal: &'t Terminal,
    list: bool,
    write: bool,
    diff: bool,
    recursive: bool,
    sources: SourceMap,
    report: Report,
    unformatted: usize,
}

impl Run<'_> {
    fn path(&mut self, path: &Path) {
        if path.is_dir() {
            return self.folder(path);
        }
        if path.exists() && path.extension().is_none_or(|e| e != "hcl") {
            self.report.push(
                Diagnostic::error("no-hcl-file", "only *.hcl files are formatted")
                    .detail(format!("{} has another name.", path.display()))
                    .help(format!("plimsoll fmt - < {}", path.display())),
            );
            return;
        }
        self.file(path);
    }

    /// The files of a folder by name; with `-recursive` also what its folders hold, hidden ones aside.
    fn folder(&mut self, folder: &Path) {
        let mut paths = Vec::new();
        match std::fs::read_dir(folder) {
            Ok(entries) => paths.extend(entries.flatten().map(|entry| entry.path())),
            Err(error) => self.refused("unreadable-folder", "cannot read a folder", folder, &error),
        }
        paths.sort();
        for path in paths {
            let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
            let path = path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path);
            if hidden {
                continue;
            }
            if path.is_dir() {
                // A link to a folder may lead back here.
                if self.recursive && !path.is_symlink() {
                    self.folder(&path);
                }
            } else if path.extension().is_some_and(|e| e == "hcl") {
                self.file(&path);
            }
        }
    }

    fn file(&mut self, path: &Path) {
        let Some(formatted) = format_file(path, &mut self.sources, &mut self.report) else { return };
        if formatted.before == formatted.after {
            return;
        }
        if self.write
            && let Err(error) = replace(path, &formatted.after)
        {
            return self.refused("unwritable-file", "cannot write a file", path, &error);
        }
        self.unformatted += 1;
        let shown = path.display().to_string();
        if self.list {
            self.terminal.out(&shown);
        }
        self.show_diff(&shown, &formatted);
    }

    fn show_diff(&self, shown: &str, formatted: &Formatted) {
        if self.diff {
            self.terminal.out(&plimsoll_report::diff::unified(shown, &formatted.before, &formatted.after));
        }
    }

    fn standard_input(&mut self, check: bool) {
        let mut before = String::new();
        if let Err(error) = std::io::stdin().lock().read_to_string(&mut before) {
            return self.refused("unreadable-file", "cannot read a file", Path::new("<stdin>"), &error);
        }
        let Some(after) = format("<stdin>", &before, &mut self.sources, &mut self.report) else { return };
        let changed = before != after;
        self.unformatted += usize::from(changed);
        if changed {
            self.show_diff("<stdin>", &Formatted { before, after: after.clone() });
        }
        if !check && !self.diff {
            self.terminal.prompt(&after);
        }
    }

    fn refused(&mut self, code: &'static str, summary: &'static str, path: &Path, error: &std::io::Error) {
        self.report.push(Diagnostic::error(code, summary).detail(format!("{}: {error}.", path.display())));
    }
}

/// Writes a file's new text beside it and puts it in its place, links followed: whatever happens,
/// one of the two texts is there.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let path = path.canonicalize()?;
    let mut beside: PathBuf = path.clone();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    beside.set_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = std::fs::metadata(&path)
        .and_then(|before| {
            std::fs::write(&beside, text)?;
            std::fs::set_permissions(&beside, before.permissions())
        })
        .and_then(|()| std::fs::rename(&beside, &path));
    if written.is_err() {
        // What could not be put in place is of no use.
        let _ = std::fs::remove_file(&beside);
    }
    written
}
