//! Embeds the pages of `docs/reference/diagnostics`: one line of a table for each.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/diagnostics");
    // cargo reads these lines.
    std::io::Write::write_all(
        &mut std::io::stdout(),
        format!("cargo::rerun-if-changed={}\n", folder.display()).as_bytes(),
    )?;
    let mut pages = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path().canonicalize()?;
        if let (Some("md"), Some(code)) =
            (path.extension().and_then(|e| e.to_str()), path.file_stem().and_then(|s| s.to_str()))
        {
            pages.push(format!("    ({code:?}, include_str!({path:?})),\n"));
        }
    }
    pages.sort();
    let out = std::env::var_os("OUT_DIR").unwrap_or_default();
    std::fs::write(Path::new(&out).join("pages.rs"), format!("&[\n{}]\n", pages.concat()))
}
