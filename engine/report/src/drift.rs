//! What somebody did in the cluster since the last apply, and nothing else of a plan: as text and as JSON.

use plimsoll_plan::{Accept, Action, FieldChange, Operation, Plan};
use serde_json::{Value as Json, json};

use crate::safe;
use crate::style::Style;
use crate::text::{self, Line};
use crate::value;

/// The version of the JSON form.
pub const FORMAT_VERSION: &str = "1.0";

/// Whether somebody did anything: changed a field of ours, deleted an object, or added something.
pub fn found(plan: &Plan) -> bool {
    plan.operations.iter().any(has_drifted)
}

fn has_drifted(op: &Operation) -> bool {
    op.vanished || op.drifted().next().is_some() || added(op)
}

/// Whether others added something that stays where it is.
fn added(op: &Operation) -> bool {
    op.action != Action::Replace && !op.others.is_empty()
}

/// The drift of a plan, each with what the configuration would have to say for it to stay.
pub fn text(plan: &Plan, style: Style) -> String {
    let mut out = text::heading(plan, style);
    let changed: Vec<&Operation> =
        plan.operations.iter().filter(|o| o.vanished || o.drifted().next().is_some()).collect();
    if !changed.is_empty() {
        out.push_str("\nChanged in the cluster since the last apply:\n");
    }
    changed.iter().for_each(|op| out.push_str(&object(op, style)));
    let with: Vec<&Operation> = plan.operations.iter().filter(|o| added(o)).collect();
    if !with.is_empty() {
        out.push_str("\nAdded to these objects by others:\n");
    }
    for op in &with {
        let lines: Vec<Line> = op.others.iter().map(|a| text::addition(a, style)).collect();
        out.push_str(&title(op, style));
        out.push_str(&text::render(&lines, style));
    }
    out.push_str(&text::hidden(plan));
    out.push_str(&format!("\n{}\n", style.bold(&conclusion(plan))));
    out
}

fn conclusion(plan: &Plan) -> String {
    if plan.errored() {
        return "The plan has errors; there may be more drift than this.".into();
    }
    if !found(plan) {
        return "No drift. What was applied stands as it was applied.".into();
    }
    let count = |is: fn(&Operation) -> bool| plan.operations.iter().filter(|o| is(o)).count();
    format!(
        "Drift: {} changed, {} deleted, {} with something added by others.",
        count(|o| o.drifted().next().is_some()),
        count(|o| o.vanished),
        count(added)
    )
}

fn title(op: &Operation, style: Style) -> String {
    let address = style.bold(&safe::line(&op.address.to_string()));
    format!("\n  # {address} ({})\n", safe::line(&op.id.to_string()))
}

fn object(op: &Operation, style: Style) -> String {
    let mut out = title(op, style);
    if op.vanished {
        out.push_str(&format!("      {} deleted; the next apply makes it again\n", style.red("-")));
        if let Some(at) = &op.source {
            out.push_str(&format!(
                "          to leave it deleted: take the block away, {}\n",
                style.blue(&safe::line(&at.to_string()))
            ));
        }
    }
    for change in op.drifted() {
        out.push_str(&text::render(&text::field(&turned(change), style), style));
        change.accept.iter().for_each(|a| out.push_str(&accepted(a, change, style)));
    }
    out
}

/// The change as it happened in the cluster: from what the configuration says to what stands there.
fn turned(change: &FieldChange) -> FieldChange {
    FieldChange { before: change.after.clone(), after: change.before.clone(), ..change.clone() }
}

/// What the configuration would have to say for the value to stay.
fn accepted(accept: &Accept, change: &FieldChange, style: Style) -> String {
    let place = |at: &plimsoll_model::source::Location| {
        let from = match change.variables.as_slice() {
            [] => String::new(),
            names => format!(" ({})", names.join(", ")),
        };
        style.blue(&safe::line(&format!("{at}{from}")))
    };
    match accept {
        Accept::Edit { at, line, becomes, also } => {
            let (at, line) = (place(at), safe::line(line));
            let edit = match becomes {
                Some(becomes) => {
                    let becomes = safe::line(becomes);
                    format!("          to keep it, {at}: `{becomes}` instead of `{line}`")
                }
                None => format!("          to leave it out, {at}: without `{line}`"),
            };
            let more = match also {
                0 => String::new(),
                1 => "; the same text decides one more field".to_string(),
                n => format!("; the same text decides {n} more fields"),
            };
            format!("{edit}{more}\n")
        }
        Accept::Made { at } => format!("          to keep it, change what it is made from: {}\n", place(at)),
    }
}

/// The drift of a plan for tools.
pub fn json(plan: &Plan) -> Json {
    let entry = |op: &Operation| {
        json!({
            "address": op.address,
            "object": op.id,
            "deleted": op.vanished,
            "changes": op.drifted().map(field).collect::<Vec<_>>(),
            "added": if added(op) { json!(op.others) } else { json!([]) },
            "source": op.source,
        })
    };
    json!({
        "format_version": FORMAT_VERSION,
        "project": plan.header.project,
        "environment": plan.header.environment,
        "timestamp": plan.header.created,
        "errored": plan.errored(),
        "drifted": found(plan),
        "drift": plan.operations.iter().filter(|o| has_drifted(o)).map(entry).collect::<Vec<_>>(),
        "notices": plan.notices,
    })
}

fn field(change: &FieldChange) -> Json {
    json!({
        "path": change.path,
        "steps": change.steps,
        "configured": value::json(&change.after),
        "live": value::json(&change.before),
        "reorder": change.reorder,
        "source": change.source,
        "variables": change.variables,
        "set_by": change.set_by,
        "accept": change.accept,
    })
}
