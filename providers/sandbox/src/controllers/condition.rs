//! Conditions of a status: set by type, with a transition time that moves only when the status does.

use plimsoll_schema::Json;
use serde_json::{Map, json};

use crate::object::items;

/// What a condition says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Condition<'a> {
    pub kind: &'a str,
    pub status: bool,
    pub reason: &'a str,
    pub message: &'a str,
}

impl Condition<'_> {
    /// The condition as an object, given the conditions so far.
    pub fn to_json(self, before: &Json, now: &str) -> Json {
        self.with_status(if self.status { "True" } else { "False" }, before, now)
    }

    /// As [`Condition::to_json`], where nobody knows.
    pub fn unknown(self, before: &Json, now: &str) -> Json {
        self.with_status("Unknown", before, now)
    }

    fn with_status(self, status: &str, before: &Json, now: &str) -> Json {
        let old = find(before, self.kind);
        let since = match old["lastTransitionTime"].as_str() {
            Some(since) if old["status"] == status => since,
            _ => now,
        };
        let mut condition = Map::new();
        for (name, value) in [("reason", self.reason), ("message", self.message)] {
            if !value.is_empty() {
                condition.insert(name.into(), json!(value));
            }
        }
        condition.insert("type".into(), json!(self.kind));
        condition.insert("status".into(), json!(status));
        condition.insert("lastTransitionTime".into(), json!(since));
        Json::Object(condition)
    }
}

/// The condition of that type in a status; `null` where there is none.
pub(crate) fn find<'a>(status: &'a Json, kind: &str) -> &'a Json {
    items(status, &["conditions"]).iter().find(|c| c["type"] == kind).unwrap_or(&Json::Null)
}

/// Whether the condition of that type is true.
pub(crate) fn holds(status: &Json, kind: &str) -> bool {
    find(status, kind)["status"] == "True"
}
