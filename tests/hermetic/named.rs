//! Tests that documents name: found in the sources before a page links to them.

use std::path::{Path, PathBuf};

/// The folder of the project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// A link to a test, from a page two folders below the root; `place` is its file and its function.
/// It was found in its file, with an attribute that makes it a test.
pub(crate) fn test_link(place: &str) -> String {
    let (file, function) = place.split_once(' ').unwrap();
    let text = std::fs::read_to_string(root().join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    let found = text.contains(&format!("fn {function}("));
    assert!(found, "{file} has no function {function}");
    if !file.starts_with("tests/src/scenarios/") {
        let before = text.split(&format!("fn {function}(")).next().unwrap();
        let attributes = before.rsplit("\n\n").next().unwrap();
        assert!(
            attributes.contains("test]") || attributes.contains("test("),
            "{function} of {file} is no test"
        );
    }
    format!("[{function}](../../{file})")
}

/// A scenario's link, after it was found among those that run on both clusters, or that of a test of real ones.
pub(crate) fn scenario_link(place: &str) -> String {
    if place.starts_with("tests/real/") {
        return format!("{} (real ones only)", test_link(place));
    }
    let (file, function) = place.split_once(' ').unwrap();
    let module = Path::new(file).file_stem().unwrap().to_str().unwrap();
    let list = std::fs::read_to_string(root().join("tests/src/scenarios/mod.rs")).unwrap();
    assert!(list.contains(&format!("{module}::{function},")), "{function} runs on no cluster");
    test_link(place)
}
