//! A plan as text, as Terraform's users read one: symbols, addresses, changed attributes only, each
//! with the line where its new value is written, and a summary.

use plimsoll_plan::{
    Action, Addition, Cause, Consequence, FieldChange, Grown, Left, Operation, OutputChange, Owner, Plan,
    Side, Verdict, Yielded,
};

use crate::consequence;
use crate::safe;
use crate::style::Style;
use crate::tree;
use crate::value;

/// The widest line before the column of places; longer ones push it aside.
const WIDEST: usize = 110;

/// What stands above what somebody did in the cluster.
pub(crate) const DRIFTED: &str = "Changed in the cluster since the last apply, and to be set back";

/// How many fields that a webhook sets are named.
const NAMED: usize = 3;

/// The whole plan.
pub fn plan(plan: &Plan, style: Style) -> String {
    let mut out = heading(plan, style);
    let (drifted, changed): (Vec<&Operation>, Vec<&Operation>) =
        plan.operations.iter().filter(|o| o.is_change()).partition(|o| o.is_drift_alone());
    for (title, mut of) in [(DRIFTED, drifted), ("Plimsoll will do the following", changed)] {
        if !of.is_empty() {
            of.sort_by_key(|o| !o.stands_first());
            out.push_str(&format!("\n{title}:\n"));
            of.iter().for_each(|op| out.push_str(&operation(plan, op, style)));
        }
    }
    out.push_str(&outputs(&plan.outputs, style, "Changes to outputs"));
    out.push_str(&unrecorded(plan, style));
    out.push_str(&others(plan, style));
    out.push_str(&autoscaled(plan, style));
    out.push_str(&not_verified(plan, style));
    out.push_str(&retained(plan));
    out.push('\n');
    out.push_str(&conclusion(plan, style));
    out
}

/// The first line: which environment, and on which cluster.
pub fn heading(plan: &Plan, style: Style) -> String {
    let header = &plan.header;
    let place = match header.sandbox {
        true => "the sandbox, the embedded cluster of this folder".to_string(),
        false => format!("cluster {}", safe::line(&header.target)),
    };
    let line = format!(
        "Environment {} of project {}, on {place}",
        safe::line(&header.environment),
        safe::line(&header.project)
    );
    let destroy = if header.destroy { ": destroy everything" } else { "" };
    format!("{}\n", style.bold(&format!("{line}{destroy}")))
}

/// The errors and warnings that a saved plan was made with, a paragraph each.
pub fn notices(plan: &Plan, style: Style) -> String {
    let mut out = String::new();
    for notice in &plan.notices {
        let word = if notice.error { style.red("error") } else { style.yellow("warning") };
        out.push_str(&format!("{word}: {}\n", style.bold(&safe::line(&notice.summary))));
        if let Some(at) = &notice.at {
            out.push_str(&format!("  {}\n", style.blue(&safe::line(&at.to_string()))));
        }
        for line in safe::lines(&notice.detail).lines() {
            out.push_str(&format!("  {line}\n"));
        }
        if let Some(help) = &notice.help {
            out.push_str(&format!("  {}: {}\n", style.green("help"), safe::line(help)));
        }
        out.push('\n');
    }
    out
}

/// The last lines: what there is to do, in numbers, or that there is nothing.
pub fn conclusion(plan: &Plan, style: Style) -> String {
    if plan.errored() {
        return format!("{}\n", style.red("The plan has errors; nothing can be applied."));
    }
    let open = plan
        .operations
        .iter()
        .filter(|o| !o.is_change() && matches!(o.verdict, Verdict::NotVerified(_)))
        .count();
    if plan.has_changes() {
        return summary(plan, style);
    }
    let line = if plan.header.destroy {
        match plan.unrecorded_deletes.is_empty() {
            true if plan.header.named.is_partial() => "No changes in the part that was planned.",
            true => "No changes. There is nothing to destroy.",
            false => {
                "Nothing that the state knows is left to destroy, but there are other objects: see above."
            }
        }
    } else if open > 0 {
        "Nothing to change as far as is known, but not everything could be verified: see above."
    } else if plan.has_additions() {
        "No changes to what the configuration declares, but others added to its objects: see above."
    } else if !plan.unrecorded_deletes.is_empty() {
        "No changes to what the configuration declares, but objects of before are left: see above."
    } else if plan.operations.iter().any(|o| !o.yielded.is_empty()) {
        "No changes, except what is left to others: see above."
    } else if plan.operations.iter().any(|o| !o.left.is_empty()) {
        "No changes, except what is ignored: see above."
    } else if plan.header.named.is_partial() {
        "No changes in the part that was planned."
    } else {
        "No changes. The cluster matches the configuration."
    };
    format!("{}\n", style.bold(line))
}

/// `Plan: 1 to add, 2 to change, 0 to destroy.`
pub fn summary(plan: &Plan, style: Style) -> String {
    let counts = plan.counts();
    let forget = plan.operations.iter().filter(|o| o.action == Action::Forget).count();
    let adopt = plan.operations.iter().filter(|o| o.adopted).count();
    let adopt = if adopt > 0 { format!("{adopt} to adopt, ") } else { String::new() };
    let release = plan.operations.iter().filter(|o| o.action == Action::Release).count();
    let forget = if forget > 0 { format!(" {forget} to forget, already gone.") } else { String::new() };
    let release = if release > 0 { format!(" {release} to let go, not deleted.") } else { String::new() };
    format!(
        "{} {adopt}{} to add, {} to change, {} to destroy.{release}{forget}\n",
        style.bold("Plan:"),
        counts.add,
        counts.change,
        counts.destroy
    )
}

/// What an action does, as the end of a sentence.
pub(crate) fn verb(operation: &Operation) -> &'static str {
    match operation.action {
        Action::Create => "will be created",
        Action::Update if operation.adopted => "will be adopted",
        Action::Update => "will be updated in-place",
        Action::Replace if operation.keeps_pods => "will be made anew around its pods, which stay",
        Action::Replace => "must be replaced",
        Action::Delete => "will be destroyed",
        Action::Forget => "is gone already and will be forgotten",
        Action::Release => "stays, and will be managed no longer",
        Action::None if operation.moved_from.is_some() => "has moved",
        Action::None => "stays as it is",
    }
}

/// One operation of a plan.
pub fn operation(plan: &Plan, op: &Operation, style: Style) -> String {
    let mut lines = Vec::new();
    let address = style.bold(&safe::line(&op.address.to_string()));
    lines.push(Line::plain(format!("\n  # {address} {}", verb(op))));
    if op.vanished {
        lines.push(Line::plain("    # (it was deleted in the cluster since the last apply)".to_string()));
    }
    if let Some(from) = &op.moved_from {
        lines.push(Line::plain(format!("    # (moved from {})", safe::line(&from.to_string()))));
    }
    if op.unrecorded {
        lines.push(Line::plain(
            "    # (the state does not know it; only its labels say that it is ours)".to_string(),
        ));
    } else if op.action == Action::Delete && !plan.header.destroy {
        lines.push(Line::plain("    # (it is no longer declared)".to_string()));
    }
    if let Verdict::NotVerified(why) = &op.verdict {
        lines.push(Line::plain(format!(
            "    # (not verified: {}; checked when it is applied)",
            safe::line(why)
        )));
    }
    let mark = symbol(op.action, style);
    let object = safe::line(&op.id.to_string());
    lines.push(Line::at(
        format!("  {mark} {object}"),
        4 + width(&object),
        op.source.as_ref().map(ToString::to_string),
    ));
    if op.action == Action::Create {
        let changes: Vec<&FieldChange> = op.owned_changes().collect();
        lines.extend(tree::rows(&changes).into_iter().map(|row| created(row, style)));
    } else {
        let rows = |change: &FieldChange| {
            let mut rows = field(change, style);
            if let Some(first) = rows.first_mut().filter(|_| forces(op, change)) {
                let words = "  # forces the replacement";
                first.text.push_str(&style.red(words));
                first.width += width(words);
            }
            rows
        };
        let drift = |change: &&FieldChange| change.cause == Cause::Drift;
        lines.extend(op.owned_changes().filter(|c| !drift(c)).flat_map(rows));
        if op.drifted().next().is_some() && !op.is_drift_alone() {
            lines.push(Line::plain(format!("      # {}:", DRIFTED.to_lowercase())));
        }
        lines.extend(op.drifted().flat_map(rows));
    }
    if op.action == Action::Replace {
        for other in &op.others {
            let text = format!(
                "        ! {} (set by {}) is lost with the object",
                safe::line(&other.path),
                owner(&other.owner)
            );
            lines.push(Line::plain(style.red(&text)));
        }
    }
    lines.extend(op.consequences.iter().map(|c| told(c, style)));
    lines.extend(op.grows.iter().map(|claim| grows(claim, style)));
    let (webhooks, server): (Vec<&FieldChange>, Vec<&FieldChange>) =
        op.server_changes().partition(|c| c.cause == Cause::Webhook);
    if op.action != Action::Create && !op.ownership.is_empty() {
        let names: Vec<String> = op.ownership.iter().map(|p| safe::line(p)).collect();
        lines.push(Line::plain(format!("        # (changes hands without changing: {})", names.join(", "))));
    }
    if !server.is_empty() {
        let text = format!("        # ({} more filled in by the server)", server.len());
        lines.push(Line::plain(style.dim(&text)));
    }
    lines.extend(by_webhooks(&webhooks).map(|text| Line::plain(style.dim(&text))));
    lines.extend(stays(op, style));
    render(&lines, style)
}

/// A claim that grows.
fn grows(claim: &Grown, style: Style) -> Line {
    let (name, from, to) = (safe::line(&claim.name), safe::line(&claim.from), safe::line(&claim.to));
    Line::plain(style.yellow(&format!("        ~ {name}  claim, grows with its data: {from} → {to}")))
}

/// What is told of fields that neither the configuration nor a default explains.
fn by_webhooks(changes: &[&FieldChange]) -> Option<String> {
    let mut names: Vec<String> = changes.iter().take(NAMED).map(|c| safe::line(&c.path)).collect();
    if changes.len() > NAMED {
        names.push("…".to_string());
    }
    let told = format!("        # ({} more set by a webhook: {})", changes.len(), names.join(", "));
    (!changes.is_empty()).then_some(told)
}

/// Where the new value of a field is written, and the variables that it is made from.
pub(crate) fn place(change: &FieldChange) -> Option<String> {
    let at = change.source.as_ref()?;
    Some(match change.variables.as_slice() {
        [] => at.to_string(),
        names => format!("{at} ({})", names.join(", ")),
    })
}

/// Whether a change is one of those because of which the object is replaced.
fn forces(op: &Operation, change: &FieldChange) -> bool {
    let below = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    op.replaced_by.iter().any(|path| below(path, &change.path) || below(&change.path, path))
}

fn symbol(action: Action, style: Style) -> String {
    match action {
        Action::Create => style.green("+"),
        Action::Update => style.yellow("~"),
        Action::Replace => format!("{}/{}", style.red("-"), style.green("+")),
        Action::Delete => style.red("-"),
        Action::Forget => style.dim("x"),
        Action::Release => style.yellow("."),
        Action::None => style.dim(">"),
    }
}

/// A line whose place goes into a column of its own.
pub(crate) struct Line {
    text: String,
    /// Characters of `text` without colour.
    width: usize,
    place: Option<String>,
}

impl Line {
    fn plain(text: String) -> Line {
        Line { text, width: 0, place: None }
    }

    fn at(text: String, width: usize, place: Option<String>) -> Line {
        Line { text, width, place }
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

pub(crate) fn render(lines: &[Line], style: Style) -> String {
    let column = lines
        .iter()
        .filter(|l| l.place.is_some())
        .map(|l| l.width)
        .filter(|w| *w <= WIDEST)
        .max()
        .unwrap_or(0);
    let mut out = String::new();
    for line in lines {
        out.push_str(&line.text);
        if let Some(place) = &line.place {
            let pad = column.saturating_sub(line.width);
            out.push_str(&" ".repeat(pad + 3));
            out.push_str(&style.blue(&safe::line(place)));
        }
        out.push('\n');
    }
    out
}

/// A row of an object that is made: a name with what is below it, or with its value.
fn created(row: tree::Row<'_>, style: Style) -> Line {
    let indent = " ".repeat(6 + 2 * row.depth);
    let name = safe::line(&row.name);
    let mark = style.green("+");
    match row.change {
        None => Line::plain(format!("{indent}{mark} {name}:")),
        Some(change) => {
            let tail = format!("{name}: {}", value::side(&change.after));
            let place = place(change);
            Line::at(format!("{indent}{mark} {tail}"), indent.len() + 2 + width(&tail), place)
        }
    }
}

pub(crate) fn field(change: &FieldChange, style: Style) -> Vec<Line> {
    let (mark, plain) = match (&change.before, &change.after) {
        (Side::Absent, _) => (style.green("+"), "+"),
        (_, Side::Absent) => (style.red("-"), "-"),
        _ => (style.yellow("~"), "~"),
    };
    let path = safe::line(&change.path);
    let set_by = change.set_by.as_ref().map(|o| format!("  (set by {})", owner(o))).unwrap_or_default();
    if let (Side::Known(before), Side::Known(after)) = (&change.before, &change.after)
        && let Some(diff) = value::text_diff(before, after)
    {
        let head = format!("      {plain} {path}{set_by}");
        let mut lines = vec![Line::at(format!("      {mark} {path}{set_by}"), width(&head), place(change))];
        lines.extend(diff.into_iter().map(|(sign, text)| {
            let text = format!("          {sign} {}", safe::line(&text));
            Line::plain(match sign {
                '+' => style.green(&text),
                '-' => style.red(&text),
                _ => style.dim(&text),
            })
        }));
        return lines;
    }
    let order = if change.reorder { " (order)" } else { "" };
    let values = match (&change.before, &change.after) {
        (Side::Absent, after) => value::side(after),
        (before, Side::Absent) => value::side(before),
        (before, after) => format!("{} → {}", value::side(before), value::side(after)),
    };
    let tail = format!("{path}{order}: {values}{set_by}");
    vec![Line::at(format!("      {mark} {tail}"), 8 + width(&tail), place(change))]
}

/// Who set something, in parentheses' words: `kubectl-edit, Update, 2026-02-02T11:00:00Z`.
pub(crate) fn owner(owner: &Owner) -> String {
    let mut parts = vec![safe::line(&owner.manager)];
    parts.push(match &owner.subresource {
        Some(sub) => format!("{} through {}", safe::line(&owner.operation), safe::line(sub)),
        None => safe::line(&owner.operation),
    });
    parts.extend(owner.time.as_ref().map(|t| safe::line(t)));
    parts.join(", ")
}

fn told(consequence: &Consequence, style: Style) -> Line {
    let (sign, words) = consequence::words(consequence);
    let text = format!("        {sign} {words}");
    Line::plain(match sign {
        '+' => style.green(&text),
        '-' | '!' => style.red(&text),
        '~' => style.yellow(&text),
        '#' => style.dim(&text),
        _ => text,
    })
}

/// What the configuration says and is left all the same: to others, or because it is ignored.
fn stays(op: &Operation, style: Style) -> impl Iterator<Item = Line> {
    let yielded = op.yielded.iter().map(move |y| yielded(y, style));
    yielded.chain(op.left.iter().map(move |l| ignored(l, style)))
}

fn ignored(left: &Left, style: Style) -> Line {
    let text = format!(
        "        # ({} stays {}: it is ignored; the configuration says {})",
        safe::line(&left.path),
        value::side(&left.value),
        value::side(&left.ours)
    );
    Line::at(style.dim(&text), width(&text), Some(left.source.to_string()))
}

fn yielded(y: &Yielded, style: Style) -> Line {
    let text = format!(
        "        # ({} stays {}: {} holds it, {}; the configuration says {})",
        safe::line(&y.path),
        value::side(&y.value),
        owner(&y.owner),
        safe::line(&y.reason),
        value::side(&y.ours)
    );
    Line::plain(style.dim(&text))
}

pub(crate) fn outputs(outputs: &[OutputChange], style: Style, title: &str) -> String {
    let changed: Vec<&OutputChange> = outputs.iter().filter(|o| o.before != o.after).collect();
    if changed.is_empty() {
        return String::new();
    }
    let mut out = format!("\n{title}:\n");
    for output in changed {
        let name = safe::line(&output.name);
        let (mark, values) = match (&output.before, &output.after) {
            (Side::Absent, after) => (style.green("+"), value::side(after)),
            (before, Side::Absent) => (style.red("-"), value::side(before)),
            (before, after) => {
                (style.yellow("~"), format!("{} → {}", value::side(before), value::side(after)))
            }
        };
        out.push_str(&format!("  {mark} {name} = {values}\n"));
    }
    out
}

fn unrecorded(plan: &Plan, style: Style) -> String {
    if plan.unrecorded_deletes.is_empty() {
        return String::new();
    }
    let undeclared = if plan.header.destroy { "" } else { " and that nobody declares" };
    let mut out = format!(
        "\nObjects that carry the labels of this environment, that the state does not know{undeclared}.\n\
        They stay, unless their deletion is confirmed with -delete-unrecorded:\n"
    );
    for op in &plan.unrecorded_deletes {
        let object = safe::line(&op.id.to_string());
        out.push_str(&format!("  {} {object}  ({})\n", style.red("-"), safe::line(&op.address.to_string())));
    }
    out
}

fn others(plan: &Plan, style: Style) -> String {
    // What is replaced tells itself what is lost with it.
    let kept = |o: &&Operation| !o.others.is_empty() && o.action != Action::Replace;
    let with: Vec<&Operation> = plan.operations.iter().filter(kept).collect();
    let left: Vec<&Operation> =
        plan.operations.iter().filter(|o| stays(o, style).next().is_some() && !o.is_change()).collect();
    let mut out = String::new();
    if !with.is_empty() {
        out.push_str("\nAdded to these objects by others, and left as it is:\n");
    }
    for op in with {
        out.push_str(&format!(
            "\n  # {} ({})\n",
            style.bold(&safe::line(&op.address.to_string())),
            safe::line(&op.id.to_string())
        ));
        let lines: Vec<Line> = op.others.iter().map(|a| addition(a, style)).collect();
        out.push_str(&render(&lines, style));
    }
    for op in left {
        out.push_str(&format!(
            "\n  # {} ({})\n",
            style.bold(&safe::line(&op.address.to_string())),
            safe::line(&op.id.to_string())
        ));
        let lines: Vec<Line> = stays(op, style).collect();
        out.push_str(&render(&lines, style));
    }
    out.push_str(&hidden(plan));
    out
}

/// How much of what others added is not told.
pub(crate) fn hidden(plan: &Plan) -> String {
    let fields: usize = plan.operations.iter().map(|o| o.hidden).sum();
    let objects = plan.operations.iter().filter(|o| o.hidden > 0).count();
    match (fields, objects) {
        (0, _) => String::new(),
        (1, _) => "\nOne field that others added is not shown: lifecycle.drift is \"ignore\".\n".to_string(),
        (n, 1) => format!("\n{n} fields that others added are not shown: lifecycle.drift is \"ignore\".\n"),
        (n, m) => format!(
            "\n{n} fields that others added to {m} objects are not shown: lifecycle.drift is \"ignore\".\n"
        ),
    }
}

pub(crate) fn addition(addition: &Addition, style: Style) -> Line {
    Line::plain(format!(
        "      {} {}: {}  (set by {})",
        style.yellow("?"),
        safe::line(&addition.path),
        value::brief(&addition.value),
        owner(&addition.owner)
    ))
}

/// Numbers of replicas that the configuration says and an autoscaler decides, of objects that stay
/// as they are.
fn autoscaled(plan: &Plan, style: Style) -> String {
    let mut out = String::new();
    for op in plan.operations.iter().filter(|o| !o.is_change()) {
        for left in op.consequences.iter().filter(|c| matches!(c, Consequence::ReplicasLeft { .. })) {
            let (_, words) = consequence::words(left);
            let address = style.bold(&safe::line(&op.address.to_string()));
            out.push_str(&format!("  = {address}  {}\n", words.trim_matches(['(', ')'])));
        }
    }
    if out.is_empty() { out } else { format!("\nLeft to autoscalers:\n{out}") }
}

fn not_verified(plan: &Plan, style: Style) -> String {
    let mut out = String::new();
    for op in plan.operations.iter().filter(|o| !o.is_change()) {
        if let Verdict::NotVerified(why) = &op.verdict {
            let address = safe::line(&op.address.to_string());
            out.push_str(&format!("  {} {address}  not verified: {}\n", style.yellow("?"), safe::line(why)));
        }
    }
    if out.is_empty() { out } else { format!("\nNot verified:\n{out}") }
}

fn retained(plan: &Plan) -> String {
    if plan.retained_claims.is_empty() {
        return String::new();
    }
    let mut out = "\nClaims that stay without a pod, with their data:\n".to_string();
    for id in &plan.retained_claims {
        out.push_str(&format!("  = {}\n", safe::line(&id.to_string())));
    }
    out
}
