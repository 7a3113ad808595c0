//! The pages of `docs/reference/diagnostics`: one for each code, none without a code, each written
//! out; each example gets the finding that its page shows, and what it says to write instead is valid.

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
    assert!(without.is_empty(), "no page of {without:?}: write one in docs/reference/diagnostics");
    let gone: Vec<_> = pages.keys().filter(|code| !codes.contains(*code)).collect();
    assert!(gone.is_empty(), "nothing has the code of these pages: {gone:?}");
    for (code, page) in &pages {
        assert!(page.starts_with(&format!("# `{code}`\n\n")), "{code}: how the page starts");
        assert!(page.lines().filter(|line| !line.is_empty()).count() > 2, "{code}: the page says nothing");
    }
}

/// The fenced parts of a page, with their language, and what stands outside of them.
fn fences(page: &str) -> (Vec<(&str, String)>, String) {
    let (mut parts, mut outside, mut open) = (Vec::new(), String::new(), None);
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => open = Some((language, String::new())),
            (Some(_), Some(_)) => parts.extend(open.take()),
            (None, Some((_, text))) => *text += &format!("{line}\n"),
            (None, None) => outside += &format!("{line}\n"),
        }
    }
    assert!(open.is_none(), "a fence is not closed: {page}");
    (parts, outside)
}

#[test]
fn every_page_says_what_why_and_how() {
    let mut without_example = 0;
    for (code, page) in pages() {
        let (parts, outside) = fences(&page);
        let hcl = parts.iter().filter(|(language, _)| *language == "hcl").map(|(_, text)| text.as_str());
        let written: Vec<&str> = std::iter::once(outside.as_str()).chain(hcl).collect();
        assert!(!written.iter().any(|text| text.contains('…')), "{code}: a part was never written: {page}");
        let at = |heading: &str| page.find(&format!("\n## {heading}\n\n"));
        let (why, example, fix) = (at("Why"), at("Example"), at("How to fix it"));
        assert!(why.is_some() && why < fix, "{code}: why, then how to fix it");
        assert!(example.is_none() || (why < example && example < fix), "{code}: where the example stands");
        without_example += usize::from(example.is_none());
    }
    // They need a cluster, a state, or a file that no page can show.
    assert!(without_example < 90, "{without_example} pages show no example");
}

/// What `validate` prints for a configuration, without colours.
fn validated(hcl: &str, code: &str) -> String {
    let world = World::sandbox();
    let own = hcl.contains("project \"") || code == "no-project";
    world.write("main.hcl", format!("{hcl}{}", if own { "" } else { "project \"shop\" {}\n" }));
    let out = world.run(&["validate", "-no-color"]);
    out.stderr + &out.stdout
}

/// The first finding of a code in what was printed.
fn finding(printed: &str, code: &str) -> Option<String> {
    let mark = ["error", "warning"].map(|severity| format!("{severity}[{code}]: "));
    let lines = printed.lines().skip_while(|line| !mark.iter().any(|m| line.starts_with(m)));
    let text: String = lines.take_while(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect();
    (!text.is_empty()).then_some(text)
}

/// The example of each page gets the finding that is shown under it, word for word, and what the
/// page says to write instead is valid. `UPDATE_EXPECT=1` writes the findings anew.
#[test]
fn every_example_gets_its_finding_and_what_stands_instead_gets_none() {
    let (mut examples, mut instead) = (0, 0);
    for (code, page) in pages() {
        let (before, after) = page.split_once("\n## How to fix it\n").unwrap();
        if let [("hcl", example), shown @ ..] = fences(before).0.as_slice() {
            let printed = validated(example, &code);
            let found = finding(&printed, &code);
            let found = found.unwrap_or_else(|| panic!("{code}: its example gets\n{printed}"));
            if let [("", shown)] = shown {
                if std::env::var_os("UPDATE_EXPECT").is_some() {
                    std::fs::write(
                        folder().join(format!("{code}.md")),
                        page.replacen(&format!("```\n{shown}```"), &format!("```\n{found}```"), 1),
                    )
                    .unwrap();
                } else {
                    assert_eq!(*shown, found, "{code}: what the page shows is not what is printed");
                }
            }
            examples += 1;
        }
        for (_, hcl) in fences(after).0.iter().filter(|(language, _)| *language == "hcl") {
            let printed = validated(hcl, &code);
            let fine = !printed.contains("error[") && finding(&printed, &code).is_none();
            assert!(fine, "{code}: what it says to write instead gets\n{printed}");
            instead += 1;
        }
    }
    assert!(examples > 200 && instead > 100, "{examples} examples, {instead} instead");
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
    for (kind, block) in [("deployment", "app"), ("pvc", "volume"), ("LimitRange", "manifest")] {
        let text = world.run(&["explain", kind]).expect_code(0).stdout;
        assert!(
            text.starts_with("The kind ") && text.contains(&format!("is written as `{block}`")),
            "{text}"
        );
    }
    let all = world.run(&["explain"]).expect_code(0).stdout;
    assert!(all.contains("\n  app\n") && all.contains("\n  unknown-block\n"), "{all}");
    let schema = world.run(&["explain", "-json-schema"]).expect_code(0).stdout;
    let file = folder().join("../schema.json");
    assert_eq!(schema, std::fs::read_to_string(file).unwrap());
}
