//! The bytes of a saved plan: a first line that names the format, a checksum, and JSON.
//!
//! Reads and writes bytes; which file they come from is the caller's.

use std::cmp::Ordering;

use serde::Deserialize;

use crate::plan::{FORMAT, Plan};

const MAGIC: &str = "plimsoll plan";

/// Why bytes are no plan that can be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Something else altogether.
    #[error("this is no plan: it does not begin with `plimsoll plan`")]
    NotAPlan,
    /// Made by a newer version.
    #[error("the plan has format {found}, and this version reads format {FORMAT}: a newer version made it")]
    Newer {
        /// Its format.
        found: u64,
    },
    /// Made by an older version.
    #[error("the plan has format {found}, and this version reads format {FORMAT}: an older version made it")]
    Older {
        /// Its format.
        found: u64,
    },
    /// Cut off or changed after it was written.
    #[error("the plan is damaged or was changed after it was written: its checksum does not fit")]
    Damaged,
    /// The checksum fits and the content does not.
    #[error("the plan cannot be read: {0}")]
    Unreadable(String),
}

/// A plan as bytes; the same plan always gives the same bytes.
///
/// # Errors
/// Where the plan holds something that JSON cannot hold, which the planner never makes.
pub fn to_bytes(plan: &Plan) -> Result<Vec<u8>, FileError> {
    let body = serde_json::to_string(plan).map_err(|e| FileError::Unreadable(e.to_string()))?;
    let mut bytes = format!("{MAGIC} {FORMAT}\n{}\n", checksum(FORMAT.into(), body.as_bytes())).into_bytes();
    bytes.extend(body.as_bytes());
    bytes.push(b'\n');
    Ok(bytes)
}

/// The plan that `bytes` hold.
///
/// # Errors
/// Where they hold none, one of another format, or one that was changed after it was written.
pub fn from_bytes(bytes: &[u8]) -> Result<Plan, FileError> {
    let (first, rest) = split_line(bytes).ok_or(FileError::NotAPlan)?;
    let version = first.strip_prefix(MAGIC).and_then(|v| v.strip_prefix(' ')).ok_or(FileError::NotAPlan)?;
    let found: u64 = version.parse().map_err(|_| FileError::NotAPlan)?;
    match found.cmp(&FORMAT.into()) {
        Ordering::Greater => return Err(FileError::Newer { found }),
        Ordering::Less => return Err(FileError::Older { found }),
        Ordering::Equal => {}
    }
    let (sum, rest) = split_line(rest).ok_or(FileError::Damaged)?;
    let body = rest.strip_suffix(b"\n").ok_or(FileError::Damaged)?;
    if checksum(found, body) != sum {
        return Err(FileError::Damaged);
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let plan = Plan::deserialize(&mut reader).map_err(|e| FileError::Unreadable(e.to_string()))?;
    reader.end().map_err(|e| FileError::Unreadable(e.to_string()))?;
    Ok(plan)
}

/// Whether `bytes` begin like a saved plan, whatever follows.
pub fn is_plan(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC.as_bytes())
}

fn split_line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|b| *b == b'\n')?;
    let line = std::str::from_utf8(bytes.get(..end)?).ok()?;
    Some((line, bytes.get(end + 1..)?))
}

fn checksum(version: u64, body: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(MAGIC.as_bytes()).update(&version.to_be_bytes()).update(body);
    hasher.finalize().to_hex().to_string()
}
