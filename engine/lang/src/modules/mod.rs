//! Modules: which folders the calls name, and reading them.
//!
//! A folder is read once, however often it is called. Nothing is evaluated here, and nothing is
//! fetched: a module from git lies in its folder already, as `plimsoll get` left it.

pub mod lock;
pub mod source;

use std::collections::BTreeMap;

use plimsoll_model::{Diagnostic, Report, Span};

use crate::catalog::{Catalog, MODULE};
use crate::eval::module::CALL_ATTRS;
use crate::files::ReadError;
use crate::load::Loaded;
use crate::suggest::{did_you_mean, quoted_list};
use crate::syntax::ast::{Block, Kind};

use lock::Lock;
use source::Source;

/// Calls inside of each other beyond this are a mistake.
const MAX_DEPTH: usize = 32;

/// A configuration does not consist of more files than this.
const MAX_FILES: usize = 10_000;

/// A folder that is called as a module.
#[derive(Debug, Default)]
pub struct Module {
    /// The folder, relative to the configuration's, without `./`.
    pub dir: String,
    /// What it declares.
    pub catalog: Catalog,
}

/// Reads every module that the configuration calls, and that those call.
pub fn read(loaded: &mut Loaded, report: &mut Report) {
    if !loaded.catalog.blocks.iter().any(|b| &*b.ty == MODULE) {
        return;
    }
    let above = loaded.files.levels_above();
    let mut reader = Reader { known: BTreeMap::new(), lock: None, stack: Vec::new(), above };
    let mut catalog = std::mem::take(&mut loaded.catalog);
    let here = Place { dir: String::new(), below: None };
    let identity = loaded.files.identity("").unwrap_or_default();
    reader.stack.push(Step { dir: String::new(), identity, call: None });
    reader.calls(loaded, &mut catalog, &here, report);
    loaded.catalog = catalog;
}

/// Where a module lies.
#[derive(Debug, Clone)]
struct Place {
    /// Relative to the configuration's folder; empty for that folder itself.
    dir: String,
    /// The fetched repository that its own calls may not leave; none: that of the configuration.
    below: Option<String>,
}

/// A folder under reading, and the call that named it.
struct Step {
    dir: String,
    identity: String,
    call: Option<Span>,
}

struct Reader {
    /// Modules by what their folders really are, links followed.
    known: BTreeMap<String, usize>,
    /// The lock file, once it was needed.
    lock: Option<Lock>,
    stack: Vec<Step>,
    /// How many folders above the configuration's its repository begins.
    above: usize,
}

impl Reader {
    fn calls(&mut self, loaded: &mut Loaded, catalog: &mut Catalog, here: &Place, report: &mut Report) {
        for index in 0..catalog.blocks.len() {
            let Some(block) = catalog.blocks.get(index).filter(|b| &*b.ty == MODULE) else { continue };
            let Some((text, span)) = source_of(block, report) else { continue };
            if let Some(module) = self.module(loaded, &text, span, here, report) {
                catalog.calls.insert(index, module);
            }
        }
    }

    fn module(
        &mut self,
        loaded: &mut Loaded,
        text: &str,
        span: Span,
        here: &Place,
        report: &mut Report,
    ) -> Option<usize> {
        let place = match source::parse(text) {
            Ok(Source::Local(path)) => match source::join(&here.dir, &path, self.above) {
                Some(dir) if here.below.as_ref().is_none_or(|b| source::is_below(&dir, b)) => {
                    Place { dir, below: here.below.clone() }
                }
                _ => {
                    report.push(outside(text, span, here, self.above));
                    return None;
                }
            },
            Ok(Source::Git(git)) => {
                if !loaded.git.iter().any(|g| g.key() == git.key()) {
                    loaded.git.push(git.clone());
                }
                let lock = match &self.lock {
                    Some(lock) => lock,
                    None => self.lock.insert(Lock::read(loaded, report)),
                };
                if let Err(d) = lock.check(&loaded.files, &git) {
                    report.push(d.at(span, "named here"));
                    return None;
                }
                let below = git.folder();
                let dir = source::join(&below, &git.sub, 0).unwrap_or_else(|| below.clone());
                Place { dir, below: Some(below) }
            }
            Err(d) => {
                report.push(d.at(span, ""));
                return None;
            }
        };
        // A link may lead elsewhere than the path says.
        let limit = place.below.as_ref().map_or(Ok(String::new()), |b| loaded.files.identity(b));
        let identity = match loaded.files.identity(&place.dir) {
            Ok(identity) if limit.is_ok_and(|limit| source::is_below(&identity, &limit)) => identity,
            Ok(_) | Err(ReadError::Outside) => {
                report.push(outside(text, span, here, self.above));
                return None;
            }
            Err(e) => {
                report.push(unreadable(text, &place.dir, &e, span));
                return None;
            }
        };
        if let Some(start) = self.stack.iter().position(|s| s.identity == identity) {
            report.push(self.cycle(start, text, span));
            return None;
        }
        if let Some(index) = self.known.get(&identity) {
            return Some(*index);
        }
        if self.stack.len() > MAX_DEPTH {
            report.push(
                Diagnostic::error("nesting-too-deep", "nested too deeply")
                    .detail(format!("Modules call each other {MAX_DEPTH} levels deep."))
                    .at(span, "this call is one too many"),
            );
            return None;
        }
        loaded.files.allow(&place.dir);
        self.stack.push(Step { dir: place.dir.clone(), identity: identity.clone(), call: Some(span) });
        let catalog = self.folder(loaded, text, span, &place, report);
        self.stack.pop();
        let index = loaded.modules.len();
        loaded.modules.push(Module { dir: place.dir, catalog: catalog? });
        self.known.insert(identity, index);
        Some(index)
    }

    fn folder(
        &mut self,
        loaded: &mut Loaded,
        text: &str,
        span: Span,
        place: &Place,
        report: &mut Report,
    ) -> Option<Catalog> {
        let names = match loaded.files.configuration(&place.dir) {
            Ok(names) => names,
            Err(e) => {
                report.push(unreadable(text, &place.dir, &e, span));
                return None;
            }
        };
        if names.is_empty() {
            report.push(
                Diagnostic::error("no-configuration", "no configuration files")
                    .detail(format!("The folder {} holds no *.hcl file.", place.dir))
                    .at(span, "named here"),
            );
            return None;
        }
        let mut catalog = Catalog::default();
        for name in names {
            if loaded.sources.ids().count() >= MAX_FILES {
                report.push(
                    Diagnostic::error("too-many-files", "too many files")
                        .detail(format!("A configuration and its modules have more than {MAX_FILES} files."))
                        .at(span, "while reading this module"),
                );
                catalog.incomplete = true;
                break;
            }
            let read = loaded.files.read_below(&name);
            match loaded.parse_file(&name, read, Some(span), report) {
                Some((id, parsed)) => catalog.add(parsed, id, report),
                None => catalog.incomplete = true,
            }
        }
        let project = catalog.project.take();
        let environments = std::mem::take(&mut catalog.environments).items;
        for block in project.iter().chain(&environments) {
            report.push(
                Diagnostic::error("root-only", "block does not belong into a module")
                    .detail(format!("`{}` says where a whole configuration goes.", block.ty))
                    .at(block.header_span, "")
                    .related(span, "this folder is called as a module here")
                    .help("keep it in the configuration's folder, and move what is shared to a folder of its own"),
            );
        }
        self.calls(loaded, &mut catalog, place, report);
        Some(catalog)
    }

    fn cycle(&self, start: usize, text: &str, span: Span) -> Diagnostic {
        let name = |s: &Step| if s.dir.is_empty() { ".".to_string() } else { s.dir.clone() };
        let ring = self.stack.get(start..).unwrap_or(&[]);
        let mut way: Vec<String> = ring.iter().map(name).collect();
        way.extend(ring.first().map(name));
        let d = Diagnostic::error("module-cycle", "modules call each other in a circle")
            .detail(format!("{}.", way.join(" → ")))
            .at(span, format!("{text} leads back"));
        let calls = ring.iter().skip(1).filter_map(|s| s.call);
        calls.fold(d, |d, call| d.related(call, "on the way"))
    }
}

/// The source of a call, which is written out.
fn source_of(block: &Block, report: &mut Report) -> Option<(String, Span)> {
    const HELP: &str = "source = \"./modules/web\"";
    let Some(a) = block.body.attr("source") else {
        report.push(
            Diagnostic::error("missing-source", "module has no source")
                .detail("A call of a module names its folder.")
                .at(block.header_span, "")
                .help(HELP),
        );
        return None;
    };
    match &a.expr.bare().kind {
        Kind::String(text) => Some((text.to_string(), a.expr.span)),
        Kind::Invalid => None,
        _ => {
            report.push(
                Diagnostic::error("bad-source", "invalid module source")
                    .detail("A source is written out, between quotes: which files belong to a configuration cannot depend on anything.")
                    .at(a.expr.span, "")
                    .help(HELP),
            );
            None
        }
    }
}

fn outside(text: &str, span: Span, here: &Place, above: usize) -> Diagnostic {
    let (below, help) = match (&here.below, above) {
        (Some(_), _) => ("its repository", "name the other module by git::…?ref=…"),
        (None, 0) => (
            "the configuration's folder",
            "move the module below it, keep both in one git repository, or name it by git::…?ref=…",
        ),
        (None, _) => (
            "the git repository that holds the configuration",
            "move the module into the repository, or name it by git::…?ref=…",
        ),
    };
    Diagnostic::error("module-outside", "module lies outside of the configuration")
        .detail(format!("{text:?} leads out of {below}: a plan would depend on what nobody reviews with it."))
        .at(span, "")
        .help(help)
}

fn unreadable(text: &str, dir: &str, e: &ReadError, span: Span) -> Diagnostic {
    let reason = match e {
        ReadError::Missing => "there is no such folder".to_string(),
        e => e.reason(),
    };
    Diagnostic::error("missing-module", "cannot read a module")
        .detail(format!("{text:?} means the folder {dir}: {reason}."))
        .at(span, "named here")
        .help(format!("create {dir}, or correct the path"))
}

/// What is wrong with a call, beside its values.
pub fn check_call(block: &Block, module: &Module) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    let variables = &module.catalog.variables;
    for a in &block.body.attrs {
        let name = &*a.name;
        match name {
            "version" => out.push(
                Diagnostic::error("unknown-attribute", "unknown attribute")
                    .detail("A version belongs to a registry, and modules come from folders and from git.")
                    .at(a.name_span, "")
                    .help("source = \"git::https://…?ref=v1.2.0\""),
            ),
            "providers" => out.push(
                Diagnostic::error("unknown-attribute", "unknown attribute")
                    .detail("There are no providers to pass: the environment says which cluster is meant.")
                    .at(a.name_span, "remove it"),
            ),
            _ if CALL_ATTRS.contains(&name)
                || variables.index.contains_key(name)
                || module.catalog.is_broken("variable", name) => {}
            _ => {
                let d = Diagnostic::error("unknown-variable", "value for undeclared variable")
                    .detail(format!("The module in {} declares no variable {name:?}.", module.dir))
                    .at(a.name_span, "");
                let names: Vec<&str> =
                    variables.items.iter().filter_map(|b| Some(&*b.labels.first()?.text)).collect();
                out.push(match did_you_mean(name, names.iter().copied()) {
                    Some(near) => d.help(format!("did you mean {near}?")),
                    None if names.is_empty() => {
                        d.help(format!("declare it in {}: variable \"{name}\" {{}}", module.dir))
                    }
                    None => d.help(format!("it has {}", quoted_list(&names))),
                });
            }
        }
    }
    for b in &block.body.blocks {
        out.push(
            Diagnostic::error("stray-block", "block does not belong here")
                .detail("A call of a module holds attributes only.")
                .at(b.header_span, ""),
        );
    }
    out
}

#[cfg(test)]
mod tests;
