//! What may go wrong in an apply, told with paths and both values.

use std::fmt;

use super::managers::{Entry, ManagerId, Operation};
use crate::{
    Json,
    field_set::{Path, get},
    validate::Misfit,
};

/// A field that somebody else owns with another value.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// The other field manager.
    pub manager: String,
    /// How it came to own the field.
    pub operation: Operation,
    /// Through which subresource, if any.
    pub subresource: Option<String>,
    /// The API version of its entry.
    pub api_version: String,
    /// When its entry was last written.
    pub time: Option<String>,
    /// The field.
    pub path: Path,
    /// The value that was applied.
    pub ours: Option<Json>,
    /// The value that the object has.
    pub theirs: Option<Json>,
}

impl Conflict {
    /// The cause's message as the API server writes it.
    pub fn message(&self) -> String {
        let through =
            self.subresource.as_ref().map(|s| format!(" with subresource {s:?}")).unwrap_or_default();
        let using = match (self.operation, &self.time) {
            (Operation::Apply, _) => String::new(),
            (Operation::Update, Some(time)) => format!(" using {} at {time}", self.api_version),
            (Operation::Update, None) => format!(" using {}", self.api_version),
        };
        format!("conflict with {:?}{through}{using}", self.manager)
    }
}

/// Why an apply was refused.
#[derive(Debug, Clone, PartialEq)]
pub enum MergeError {
    /// Others own fields with other values; sorted by manager, then by path.
    Conflicts(Vec<Conflict>),
    /// The applied object does not fit the schema.
    Invalid(Vec<Misfit>),
    /// The applied object carries managedFields, which only the server writes.
    ManagedFieldsGiven,
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = match self {
            MergeError::Conflicts(conflicts) => {
                conflicts.iter().map(|c| format!("{}: {}", c.message(), c.path.server_form())).collect()
            }
            MergeError::Invalid(misfits) => misfits.iter().map(ToString::to_string).collect(),
            MergeError::ManagedFieldsGiven => vec!["metadata.managedFields must be nil".into()],
        };
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for MergeError {}

pub(super) fn describe(
    clash: Vec<(ManagerId, Entry, Vec<Path>)>,
    applied: &Json,
    live: Option<&Json>,
) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    for (id, entry, paths) in clash {
        conflicts.extend(paths.into_iter().map(|path| Conflict {
            manager: id.manager.clone(),
            operation: id.operation,
            subresource: id.subresource.clone(),
            api_version: entry.api_version.clone(),
            time: entry.time.clone(),
            ours: get(applied, &path).cloned(),
            theirs: live.and_then(|l| get(l, &path)).cloned(),
            path,
        }));
    }
    conflicts
}
