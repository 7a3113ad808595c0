//! Fuzz target: the whole offline part, from the bytes of a folder to the text of its findings, as
//! `validate` and `plan` do it. No panic, no hang, bounded memory, and both find the same errors.
//!
//! The input is a folder: files are separated by a line `=== name`, the first is `main.hcl`.
#![no_main]

use std::collections::BTreeSet;
use std::path::{Component, Path};

use libfuzzer_sys::fuzz_target;
use plimsoll_lang::Inputs;
use plimsoll_model::{Diagnostic, Report, Severity};
use plimsoll_report::Style;

fuzz_target!(|data: &[u8]| {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    for (name, bytes) in files(data) {
        let path = folder.path().join(name);
        if let Some(parent) = path.parent() {
            let _ = std::fs::create_dir_all(parent);
        }
        // Two files of one name, or a file where another one needs a folder: the first stands.
        let _ = std::fs::write(path, bytes);
    }
    let inputs = Inputs::default();
    let mut read = Report::new();
    let mut loaded = plimsoll_lang::load(folder.path(), &mut read);
    let planned = plimsoll_driver::check_all(folder.path(), &inputs);
    let environments: Vec<_> = planned.iter().map(|(name, _)| name.clone()).collect();
    // `validate` checks all environments at once and makes no content of objects.
    let validated = plimsoll_driver::offline::check(&mut loaded, &environments, &inputs);
    assert_eq!(validated.len(), planned.len());
    for ((environment, offline), mut short) in planned.iter().zip(validated) {
        let text = plimsoll_report::diagnostics::human(&offline.report, offline.sources(), Style::PLAIN);
        assert!(
            offline.report.has_errors() || offline.complete().is_some(),
            "{environment:?} has neither: {text}"
        );
        short.extend(read.clone());
        assert_eq!(errors(&offline.report), errors(&short), "{environment:?}: {text}");
    }
});

/// The errors of a report, in an order of their own.
fn errors(report: &Report) -> BTreeSet<&Diagnostic> {
    report.items().iter().filter(|d| d.severity == Severity::Error).collect()
}

/// The files of an input, by name. A name that leads out of the folder is not one.
fn files(data: &[u8]) -> Vec<(String, &[u8])> {
    let mut out = vec![("main.hcl".to_string(), data)];
    let mut rest = data;
    while let Some(at) = find(rest, b"\n=== ") {
        let (before, after) = rest.split_at(at + 1);
        if let Some(last) = out.last_mut() {
            last.1 = before;
        }
        let after = &after[4..];
        let end = find(after, b"\n").unwrap_or(after.len());
        let name = String::from_utf8_lossy(&after[..end]).replace('\0', "0");
        rest = &after[end..];
        let inside = Path::new(&name).components().all(|c| matches!(c, Component::Normal(_)));
        let name = if inside && !name.is_empty() && name.len() < 100 { name } else { "more.hcl".into() };
        out.push((name, rest));
    }
    out
}

fn find(data: &[u8], what: &[u8]) -> Option<usize> {
    data.windows(what.len()).position(|w| w == what)
}
