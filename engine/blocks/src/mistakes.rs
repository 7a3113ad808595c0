//! For tests: the folders `mistakes` and `clean`.
//!
//! A file `mistakes/NAME.hcl` holds blocks with something wrong, `mistakes/NAME.txt` beside it what
//! is said of them; `UPDATE_EXPECT=1` writes the latter. A file of `clean` holds blocks of which
//! nothing may be said. Both are compiled in the project `shop`, environment `test`, unless they
//! have a `project` of their own. Holds no mistake itself.

#![expect(clippy::disallowed_methods, reason = "it reads files of the repository")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect_file;

use crate::testing::{Compiled, compile_as, compile_files, findings, round_trip};

/// How many distinct mistakes there are at least: raise it when many were added.
const LEAST: usize = 325;

/// The names of the configurations of a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|e| e == "hcl"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_string())
        .collect();
    names.sort();
    names
}

/// A folder of this crate.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A configuration of a folder, compiled.
pub fn compiled(folder: &Path, name: &str) -> Compiled {
    let file = format!("{name}.hcl");
    let text = fs::read_to_string(folder.join(&file)).unwrap();
    match text.lines().any(|line| line.starts_with("project ")) {
        true => compile_files(&[(&file, &text)], "default"),
        false => compile_as(&file, &text, "shop"),
    }
}

#[test]
fn every_mistake_has_its_message() {
    let folder = folder("mistakes");
    let mut distinct = BTreeSet::new();
    let mut silent = Vec::new();
    for name in names(&folder) {
        let Compiled { report, sources, .. } = compiled(&folder, &name);
        if report.items().is_empty() {
            silent.push(name.clone());
        }
        expect_file![folder.join(format!("{name}.txt"))].assert_eq(&findings(&report, &sources));
        distinct.extend(report.items().iter().map(|d| (d.code.to_string(), d.detail.to_string())));
    }
    assert!(silent.is_empty(), "nothing is said of {silent:?}");
    assert!(distinct.len() >= LEAST, "only {} distinct mistakes are left", distinct.len());
    let texts = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    for text in texts.filter(|path| path.extension().is_some_and(|e| e == "txt")) {
        assert!(text.with_extension("hcl").exists(), "{} belongs to no mistake", text.display());
    }
}

#[test]
fn nothing_is_said_of_what_is_clean() {
    let folder = folder("clean");
    let mut said = String::new();
    for name in names(&folder) {
        let Compiled { desired, report, sources } = compiled(&folder, &name);
        said.push_str(&findings(&report, &sources));
        assert!(!desired.objects.is_empty(), "clean/{name}.hcl makes nothing");
        desired.objects.iter().for_each(round_trip);
    }
    assert_eq!(said, "");
}
