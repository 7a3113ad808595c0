//! The bytes that name a configuration: equal bytes, equal configuration.

use crate::inputs::{Inputs, PROCESS_PREFIX};
use crate::load::Loaded;
use crate::syntax::ast::Kind;

/// Every file that was read with its path, and the inputs that set variables which are not
/// sensitive; for hashing elsewhere. Call it after `evaluate`, which reads what `file()` names.
pub fn configuration_digest(loaded: &Loaded, inputs: &Inputs) -> Vec<u8> {
    let mut out = Vec::new();
    for (path, text) in loaded.texts() {
        // Texts of the command line are inputs, written below where they are not sensitive.
        let outside = path.starts_with("--var ") || path.starts_with(PROCESS_PREFIX) || path == "<console>";
        if !outside {
            write(&mut out, b"file", &path, &text);
        }
    }
    for (key, value) in &inputs.process {
        if let Some(name) = key.strip_prefix(PROCESS_PREFIX)
            && is_plain(loaded, name)
        {
            write(&mut out, b"process", name, value);
        }
    }
    for (name, value) in &inputs.vars {
        if is_plain(loaded, name) {
            write(&mut out, b"var", name, value);
        }
    }
    out
}

/// Whether a variable is declared and not sensitive.
fn is_plain(loaded: &Loaded, name: &str) -> bool {
    let index = loaded.catalog.variables.index.get(name);
    index
        .and_then(|i| loaded.catalog.variables.items.get(*i))
        .is_some_and(|b| !b.body.attr("sensitive").is_some_and(|a| !matches!(a.expr.kind, Kind::Bool(false))))
}

/// Writes parts with their lengths, so that no two lists of parts share their bytes.
fn write(out: &mut Vec<u8>, kind: &[u8], name: &str, text: &str) {
    for part in [kind, name.as_bytes(), text.as_bytes()] {
        out.extend_from_slice(&(part.len() as u64).to_le_bytes());
        out.extend_from_slice(part);
    }
}
