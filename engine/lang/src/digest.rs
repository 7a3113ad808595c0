//! The bytes that name a configuration: equal bytes, equal configuration.

use crate::inputs::{Inputs, PROCESS_PREFIX};
use crate::load::Loaded;

/// Every file of the configuration that was read, with its path; for hashing elsewhere. What was
/// brought along from outside shows in [`plimsoll_model::Config::variables`], whichever way it
/// came. Call it after `evaluate`, which reads what `file()` names.
pub fn configuration_digest(loaded: &Loaded, inputs: &Inputs) -> Vec<u8> {
    let brought: Vec<String> = inputs.var_files.iter().map(|p| p.display().to_string()).collect();
    let mut out = Vec::new();
    for (path, bytes) in loaded.texts() {
        let outside = path.starts_with("--var ")
            || path.starts_with(PROCESS_PREFIX)
            || path == "<console>"
            || brought.contains(&path);
        if !outside {
            write(&mut out, b"file", &path, &bytes);
        }
    }
    out
}

/// Writes parts with their lengths, so that no two lists of parts share their bytes.
fn write(out: &mut Vec<u8>, kind: &[u8], name: &str, bytes: &[u8]) {
    for part in [kind, name.as_bytes(), bytes] {
        out.extend_from_slice(&(part.len() as u64).to_le_bytes());
        out.extend_from_slice(part);
    }
}
