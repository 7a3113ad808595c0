//! The progress and the end of an apply, as lines of text over plain data.
//!
//! Knows no events and no clock: whoever drives gives addresses, words and durations.

use std::time::Duration;

use plimsoll_plan::{Action, Operation, Plan};

use crate::safe;
use crate::style::Style;

/// How one operation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It was carried out.
    Done,
    /// It failed; the text says why.
    Failed(String),
    /// It was not tried; the text says why.
    Skipped(String),
}

/// `app.web: Creating...`
pub fn started(op: &Operation, style: Style) -> String {
    let doing = match op.action {
        Action::Create => "Creating...",
        Action::Update => "Modifying...",
        Action::Replace => "Replacing...",
        Action::Delete => "Destroying...",
        Action::Forget => "Forgetting...",
        Action::Release => "Letting go...",
        Action::None => "Recording...",
    };
    format!("{}: {doing} ({})", head(op, style), safe::line(&op.id.to_string()))
}

/// `app.web: Still waiting: 1 of 3 pods available [10s]`
pub fn waiting(op: &Operation, what: &str, elapsed: Duration, style: Style) -> String {
    format!("{}: Still waiting: {} [{}]", head(op, style), safe::line(what), seconds(elapsed))
}

/// `app.web: Creation complete after 3s`
pub fn finished(op: &Operation, elapsed: Duration, style: Style) -> String {
    let done = match op.action {
        Action::Create => "Creation complete",
        Action::Update => "Modifications complete",
        Action::Replace => "Replacement complete",
        Action::Delete => "Destruction complete",
        Action::Forget => "Forgotten",
        Action::Release => "Let go",
        Action::None => "Recorded",
    };
    format!("{}: {done} after {}", head(op, style), seconds(elapsed))
}

/// `app.web: Failed: …`
pub fn failed(op: &Operation, why: &str, style: Style) -> String {
    format!("{}: {}: {}", head(op, style), style.red("Failed"), safe::lines(why).replace('\n', "\n    "))
}

/// `app.web: Skipped: app.db failed`
pub fn skipped(op: &Operation, why: &str, style: Style) -> String {
    format!("{}: {}: {}", head(op, style), style.yellow("Skipped"), safe::line(why))
}

fn head(op: &Operation, style: Style) -> String {
    style.bold(&safe::line(&op.address.to_string()))
}

/// `3s`, `2m5s`.
pub fn seconds(elapsed: Duration) -> String {
    match elapsed.as_secs() {
        s if s < 60 => format!("{s}s"),
        s if s < 3600 => format!("{}m{}s", s / 60, s % 60),
        s => format!("{}h{}m", s / 3600, s % 3600 / 60),
    }
}

/// The report at the end: what failed and what was skipped by name, then the numbers. `ends` holds
/// one entry for each operation of the plan by index, as far as it was tried.
pub fn report(plan: &Plan, ends: &[(usize, End)], style: Style) -> String {
    let mut out = String::new();
    let of = |index: usize| plan.operations.get(index);
    let mut list = |title: &str, pick: fn(&End) -> Option<&String>| {
        let entries: Vec<(&Operation, &String)> =
            ends.iter().filter_map(|(i, end)| Some((of(*i)?, pick(end)?))).collect();
        if !entries.is_empty() {
            out.push_str(&format!("\n{title}:\n"));
        }
        for (op, why) in entries {
            out.push_str(&format!(
                "  {} ({}): {}\n",
                head(op, style),
                safe::line(&op.id.to_string()),
                safe::lines(why).replace('\n', "\n      ")
            ));
        }
    };
    list("Failed", |end| match end {
        End::Failed(why) => Some(why),
        _ => None,
    });
    list("Skipped", |end| match end {
        End::Skipped(why) => Some(why),
        _ => None,
    });
    let done = |action: Action| {
        ends.iter().filter(|(i, end)| *end == End::Done && of(*i).is_some_and(|o| o.action == action)).count()
    };
    let count = |pick: fn(&End) -> bool| ends.iter().filter(|(_, end)| pick(end)).count();
    let (failed, skipped) = (count(|e| matches!(e, End::Failed(_))), count(|e| matches!(e, End::Skipped(_))));
    let (word, clean) = match (plan.header.destroy, failed + skipped) {
        (true, 0) => ("Destroy complete!", true),
        (false, 0) => ("Apply complete!", true),
        (true, _) => ("Destroy incomplete.", false),
        (false, _) => ("Apply incomplete.", false),
    };
    let rest = if clean { String::new() } else { format!(", {failed} failed, {skipped} skipped") };
    let word = if clean { style.green(word) } else { style.red(word) };
    out.push_str(&format!(
        "\n{word} Resources: {} added, {} changed, {} destroyed{rest}.\n",
        done(Action::Create) + done(Action::Replace),
        done(Action::Update),
        done(Action::Delete) + done(Action::Replace)
    ));
    out
}
