//! The pages of `docs/reference/diagnostics`: one for each code, none without a code, and each
//! example gets the finding that its page is about.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use plimsoll_tests::world::World;

use crate::tidy::all_sources;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/diagnostics")
}

fn pages() -> BTreeMap<String, String> {
    std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let code = path.file_stem().unwrap().to_string_lossy().into_owned();
            (code, std::fs::read_to_string(&path).unwrap())
        })
        .collect()
}

/// The codes that the sources name: the first argument of a finding's constructor.
fn codes() -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for (path, text) in all_sources() {
        let product = ["engine/", "state/", "providers/", "cli/"].iter().any(|p| path.starts_with(p));
        if !product || path.contains("tests") || path.ends_with("testing.rs") {
            continue;
        }
        let code_only = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for start in ["Diagnostic::error(", "Diagnostic::warning("] {
            for part in code_only.split(start).skip(1) {
                if let Some(code) =
                    part.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next())
                {
                    out.insert(code.to_string());
                }
            }
        }
    }
    out
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let (codes, pages) = (codes(), pages());
    assert!(codes.len() > 300, "only {} codes were found", codes.len());
    let without: Vec<_> = codes.iter().filter(|code| !pages.contains_key(*code)).collect();
    assert!(
        without.is_empty(),
        "no page of {without:?}: docs/reference/diagnostics-draft drafts what is missing; read it, and write it better"
    );
    let gone: Vec<_> = pages.keys().filter(|code| !codes.contains(*code)).collect();
    assert!(gone.is_empty(), "nothing has the code of these pages: {gone:?}");
    for (code, page) in &pages {
        assert!(page.starts_with(&format!("# `{code}`\n\n")), "{code}: how the page starts");
        assert!(page.lines().filter(|line| !line.is_empty()).count() > 2, "{code}: the page says nothing");
    }
}

#[test]
fn every_example_gets_its_finding() {
    let mut run = 0;
    for (code, page) in pages() {
        let Some((_, rest)) = page.split_once("```hcl\n") else { continue };
        let example = rest.split("```").next().unwrap();
        let world = World::sandbox();
        let own = example.contains("project \"") || code == "no-project";
        world.write("main.hcl", format!("{example}{}", if own { "" } else { "project \"shop\" {}\n" }));
        let out = world.run(&["validate", "-json"]);
        let found: serde_json::Value = serde_json::from_str(&out.stdout).unwrap();
        let all = found["diagnostics"].as_array().unwrap();
        assert!(all.iter().any(|d| d["code"] == code.as_str()), "{code}: {found:#}");
        run += 1;
    }
    assert!(run > 100, "only {run} pages have an example");
}

#[test]
fn explain_knows_codes_blocks_and_attributes() {
    let world = World::sandbox();
    let page = world.run(&["explain", "unknown-block"]).expect_code(0);
    assert_eq!(page.stdout, pages()["unknown-block"]);
    assert_eq!(world.run(&["explain", "error[unknown-block]"]).expect_code(0).stdout, page.stdout);
    let attribute = world.run(&["explain", "app.container.image"]).expect_code(0);
    assert!(attribute.stdout.starts_with("app.container.image (a string, required"), "{}", attribute.stdout);
    let own = "check environment import locals module moved output policy project removed variable";
    for block in own.split(' ') {
        let text = world.run(&["explain", block]).expect_code(0).stdout;
        assert!(text.starts_with(block) && text.contains(": "), "{block}: {text}");
    }
    for (typed, meant) in [("unknown-blok", "unknown-block"), ("app.contaner", "app.container")] {
        let out = world.run(&["explain", typed]).expect_code(1);
        assert!(out.stderr.contains(&format!("help: plimsoll explain {meant}")), "{}", out.stderr);
    }
    let all = world.run(&["explain"]).expect_code(0).stdout;
    assert!(all.contains("\n  app\n") && all.contains("\n  unknown-block\n"), "{all}");
    let schema = world.run(&["explain", "-json-schema"]).expect_code(0).stdout;
    let file = folder().join("../schema.json");
    assert_eq!(schema, std::fs::read_to_string(file).unwrap());
}
