//! The snapshot's format: `state.json`.
//!
//! Indented JSON. The third line holds a checksum over all other bytes of the file, so that no
//! damage is read as if it were content. Versions older than [`VERSION`] are read, newer ones
//! are refused; `fixtures/v1.json` holds what version 1 looks like and is never edited.

use serde::{Deserialize, Serialize};

use crate::state::State;

/// The version of the snapshot's and the journal's format that this crate writes.
pub const VERSION: u64 = 1;

const BEFORE: &str = "  \"checksum\": \"blake3:";
const AFTER: &str = "\",\n";

/// Why bytes are no snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadSnapshot {
    /// What is wrong.
    Damaged(String),
    /// The version, which is newer than [`VERSION`].
    Newer(u64),
}

#[derive(Serialize)]
struct Written<'a> {
    version: u64,
    #[serde(flatten)]
    state: &'a State,
}

#[derive(Deserialize)]
struct Version {
    version: u64,
}

/// A state as the bytes of its file; the same state gives the same bytes.
pub(crate) fn encode(state: &State) -> Result<Vec<u8>, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&Written { version: VERSION, state })?;
    text.push('\n');
    let third = line_start(&text, 2);
    let sum = checksum(&text[..third], &text[third..]);
    text.insert_str(third, &format!("{BEFORE}{sum}{AFTER}"));
    Ok(text.into_bytes())
}

/// The state that a file holds.
pub(crate) fn decode(bytes: &[u8]) -> Result<State, BadSnapshot> {
    let damaged = |why: &str| BadSnapshot::Damaged(why.to_string());
    if bytes.is_empty() {
        return Err(damaged("the file is empty"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| damaged("it is not UTF-8 text"))?;
    let intact = verify(text);
    match serde_json::from_str::<Version>(text) {
        Ok(Version { version }) if version > VERSION => return Err(BadSnapshot::Newer(version)),
        Ok(_) => {}
        Err(e) => return Err(BadSnapshot::Damaged(format!("it is not the JSON of a state ({e})"))),
    }
    if !intact {
        return Err(damaged("its content does not match its checksum"));
    }
    serde_json::from_str(text)
        .map_err(|e| BadSnapshot::Damaged(format!("it is not the JSON of a state ({e})")))
}

/// Whether bytes are what was written once, whatever they say.
pub(crate) fn is_intact(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(verify)
}

/// Whether the third line holds the checksum of the other lines.
fn verify(text: &str) -> bool {
    let third = line_start(text, 2);
    let rest = &text[third..];
    let Some((line, after)) = rest.split_once('\n') else { return false };
    let found = line.strip_prefix(BEFORE).and_then(|l| l.strip_suffix(AFTER.trim_end()));
    found == Some(checksum(&text[..third], after).as_str())
}

fn checksum(before: &str, after: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(before.as_bytes()).update(after.as_bytes());
    hasher.finalize().to_hex().to_string()
}

/// Where line `n` (from 0) starts; the end of the text where there are fewer.
fn line_start(text: &str, n: usize) -> usize {
    match n {
        0 => 0,
        n => text.match_indices('\n').nth(n - 1).map_or(text.len(), |(i, _)| i + 1),
    }
}
