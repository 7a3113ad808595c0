//! Values as text: what a reader sees of one side of a change.

use plimsoll_plan::Side;
use serde_json::Value as Json;
use similar::{ChangeTag, TextDiff};

use crate::safe;

/// The longest value that is shown whole.
const LONGEST: usize = 400;

/// One side of a change.
pub(crate) fn side(side: &Side) -> String {
    match side {
        Side::Absent => "(not set)".to_string(),
        Side::Known(value) => known(value, LONGEST),
        Side::Sensitive(_) => "(sensitive value)".to_string(),
        Side::Unknown(what) => format!("(known after apply: {})", safe::line(what)),
        Side::Assigned => "(assigned by the cluster)".to_string(),
    }
}

/// One side of a change for tools: null where the field is not there, or nobody may see or knows the value.
pub(crate) fn json(side: &Side) -> Json {
    match side {
        Side::Known(value) => value.clone(),
        _ => Json::Null,
    }
}

/// One side of a change, shortened to what fits a line.
pub(crate) fn brief(value: &Side) -> String {
    match value {
        Side::Known(value) => known(value, 80),
        other => side(other),
    }
}

fn known(value: &Json, longest: usize) -> String {
    let text = safe::line(&value.to_string());
    let length = text.chars().count();
    if length <= longest {
        return text;
    }
    let start: String = text.chars().take(longest).collect();
    format!("{start}… ({} more characters)", length - longest)
}

/// The changed lines of two texts of several lines, with one line around them; none where neither
/// has several lines.
pub(crate) fn text_diff(before: &Json, after: &Json) -> Option<Vec<(char, String)>> {
    let (before, after) = (before.as_str()?, after.as_str()?);
    if !before.trim_end().contains('\n') && !after.trim_end().contains('\n') {
        return None;
    }
    let diff = TextDiff::from_lines(before, after);
    let mut out = Vec::new();
    for (i, group) in diff.grouped_ops(1).iter().enumerate() {
        if i > 0 {
            out.push((' ', "…".to_string()));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            out.push((sign, change.value().trim_end_matches('\n').to_string()));
        }
    }
    Some(out)
}
