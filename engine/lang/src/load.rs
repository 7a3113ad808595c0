//! Reading a configuration: files to syntax trees and the catalog of what they declare.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use plimsoll_model::{Diagnostic, Report, SourceId, SourceMap, Span};

use crate::catalog::Catalog;
use crate::files::{Files, ReadError, Root, read_text};
use crate::modules::source::Git;
use crate::modules::{self, Module};
use crate::syntax::ast::{Body, Expr, Kind};
use crate::syntax::parse::{Parsed, parse};

const BOM: &str = "\u{feff}";

/// The parsed files of a folder.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Every text that was read: spans of diagnostics and values point into it.
    pub sources: SourceMap,
    pub(crate) files: Files,
    pub(crate) catalog: Catalog,
    /// Folders that are called as modules, each once.
    pub(crate) modules: Vec<Module>,
    /// Modules from git that are called, in the order in which they were met.
    pub(crate) git: Vec<Git>,
    /// Values files by the path they are named by; none where one could not be read.
    pub(crate) values: BTreeMap<String, Option<Body>>,
    /// Expressions of `--var` and process variables, by flag, name and text.
    pub(crate) given: BTreeMap<String, Option<Expr>>,
    /// What `file()` and its like read, by path; what `fileset()` found, by its call.
    pub(crate) read: Mutex<BTreeMap<String, Arc<Vec<u8>>>>,
    /// The files whose text `file()` gave, by path.
    pub(crate) included: Mutex<BTreeMap<String, SourceId>>,
}

/// Reads and parses every `*.hcl` file of a folder (not its subfolders, not `*.values.hcl`), and
/// the values files that environments name.
///
/// Findings go to `report`; what could be parsed is returned even then.
pub fn load(dir: &Path, report: &mut Report) -> Loaded {
    let mut loaded = Loaded { files: Files::Folder(Root::new(dir)), ..Loaded::default() };
    loaded.read_all(&dir.display().to_string(), report);
    loaded
}

/// The same from memory: pairs of path and text, values files among them.
pub fn load_texts(files: &[(&str, &str)], report: &mut Report) -> Loaded {
    let files = files.iter().map(|(p, t)| ((*p).to_string(), (*t).to_string())).collect();
    let mut loaded = Loaded { files: Files::Memory(files), ..Loaded::default() };
    loaded.read_all("the configuration", report);
    loaded
}

impl Loaded {
    fn read_all(&mut self, shown: &str, report: &mut Report) {
        let names = match self.files.configuration("") {
            Ok(names) => names,
            Err(e) => {
                report.push(
                    Diagnostic::error("unreadable-folder", "cannot read the configuration's folder")
                        .detail(format!("{shown}: {}.", e.reason()))
                        .help("name a folder that holds *.hcl files, with -C FOLDER"),
                );
                self.catalog.incomplete = true;
                return;
            }
        };
        if names.is_empty() {
            report.push(
                Diagnostic::error("no-configuration", "no configuration files")
                    .detail(format!("{shown} holds no *.hcl file."))
                    .help("run this in the configuration's folder, or name it with -C FOLDER"),
            );
            self.catalog.incomplete = true;
        }
        for name in names {
            let text = self.files.read_below(&name);
            let Some((id, parsed)) = self.parse_file(&name, text, None, report) else {
                self.catalog.incomplete = true;
                continue;
            };
            self.catalog.add(parsed, id, report);
        }
        modules::read(self, report);
        let named: Vec<(String, Span)> = self
            .catalog
            .environments
            .items
            .iter()
            .filter_map(|e| e.body.attr("values_file"))
            .filter_map(|a| match &a.expr.bare().kind {
                Kind::String(path) => Some((path.to_string(), a.expr.span)),
                _ => None,
            })
            .collect();
        for (path, span) in named {
            self.read_values(&path, Some(span), report);
        }
    }

    pub(crate) fn parse_file(
        &mut self,
        name: &str,
        text: Result<String, ReadError>,
        asked: Option<Span>,
        report: &mut Report,
    ) -> Option<(SourceId, Parsed)> {
        let text = match text {
            Ok(text) => text,
            Err(e) => {
                report.push(unreadable(name, e, asked, &mut self.sources));
                return None;
            }
        };
        let base = if text.starts_with(BOM) { BOM.len() } else { 0 };
        let id = self.sources.add(name, text);
        let text = self.sources.text(id);
        let parsed = parse(text.get(base..).unwrap_or(""), base, id, report);
        Some((id, parsed))
    }

    /// Reads and parses a values file of the configuration, once.
    fn read_values(&mut self, path: &str, asked: Option<Span>, report: &mut Report) {
        if !self.values.contains_key(path) {
            let text = self.files.read(path);
            self.add_values(path, text, asked, report);
        }
    }

    /// Reads and parses a values file that the command line named, once.
    pub(crate) fn read_var_file(&mut self, path: &Path, report: &mut Report) {
        let shown = path.display().to_string();
        let key = format!("--var-file {shown}");
        if self.values.contains_key(&key) {
            return;
        }
        let text = match (&self.files, read_text(path)) {
            (Files::Memory(_), Err(ReadError::Missing)) => self.files.read(&shown),
            (_, text) => text,
        };
        let before = self.values.len();
        self.add_values(&shown, text, None, report);
        if self.values.len() > before
            && let Some(body) = self.values.remove(&shown)
        {
            self.values.insert(key, body);
        }
    }

    fn add_values(
        &mut self,
        path: &str,
        text: Result<String, ReadError>,
        asked: Option<Span>,
        report: &mut Report,
    ) {
        let parsed = self.parse_file(path, text, asked, report);
        let body = parsed.and_then(|(_, parsed)| {
            for b in &parsed.body.blocks {
                report.push(
                    Diagnostic::error("block-in-values", "a values file holds no blocks")
                        .detail("It sets variables, one `name = value` a line.")
                        .at(b.header_span, ""),
                );
            }
            parsed.broken.is_empty().then_some(parsed.body)
        });
        self.values.insert(path.to_string(), body);
    }

    /// The bytes of everything that was read, in the order of paths.
    pub(crate) fn texts(&self) -> BTreeMap<String, Arc<Vec<u8>>> {
        let bytes = |id| Arc::new(self.sources.text(id).as_bytes().to_vec());
        let mut all: BTreeMap<String, Arc<Vec<u8>>> =
            self.sources.ids().map(|id| (self.sources.path(id).to_string(), bytes(id))).collect();
        if let Ok(read) = self.read.lock() {
            all.extend(read.iter().map(|(k, v)| (k.clone(), v.clone())));
        }
        all
    }
}

/// What is said of a file that cannot be read; `asked` is where it is named.
pub(crate) fn unreadable(
    name: &str,
    error: ReadError,
    asked: Option<Span>,
    sources: &mut SourceMap,
) -> Diagnostic {
    let d = Diagnostic::error("unreadable-file", "cannot read a file")
        .detail(format!("{name}: {}.", error.reason()))
        .at_some(asked, "named here");
    match error {
        ReadError::NotUtf8(before) => {
            let end = before.len();
            let id = sources.add(name, before);
            let d = d.help("save the file as UTF-8");
            if asked.is_none() { d.at(Span::new(id, end, end), "not UTF-8 from here on") } else { d }
        }
        ReadError::Missing if asked.is_some() => d.help(format!("create {name}, or correct the path")),
        _ => d,
    }
}

#[cfg(test)]
mod tests;
