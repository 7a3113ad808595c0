//! Diagnostics as text for people and as JSON in Terraform's form.

use plimsoll_model::{Report, SourceMap};
use serde_json::{Value as Json, json};

use crate::Style;

/// All findings, errors first, each with its places and what to type.
pub fn human(report: &Report, sources: &SourceMap, style: Style) -> String {
    let _ = (report, sources, style);
    String::new()
}

/// `validate --json`.
pub fn json(report: &Report, sources: &SourceMap) -> Json {
    let _ = (report, sources);
    json!({})
}
