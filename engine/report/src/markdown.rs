//! A plan as Markdown for a pull request: the summary, what is destroyed, then folded details.
//!
//! Stays below the size that comments may have, and says what it cut.

use plimsoll_plan::{Action, Consequence, Operation, Plan};

use crate::safe;
use crate::style::Style;
use crate::text;

/// The most characters that the text has; comments on GitHub end at 65,536.
pub const MOST: usize = 65_000;

/// What is kept free for the note about what was cut.
const RESERVE: usize = 300;

/// The whole plan.
pub fn plan(plan: &Plan) -> String {
    let header = &plan.header;
    let mut out = Limited::new();
    let place = if header.sandbox { "sandbox".to_string() } else { inline(&header.target) };
    out.add(&format!(
        "### Plan for `{}` of `{}` on `{place}`\n\n",
        inline(&header.environment),
        inline(&header.project)
    ));
    out.add(&format!("{}\n", html(text::conclusion(plan, Style::PLAIN).trim_end())));
    errors(plan, &mut out);
    destroys(plan, &mut out);
    let replaced: Vec<&Operation> = plan.operations.iter().filter(|o| o.action == Action::Replace).collect();
    details(plan, &replaced, ":warning: to replace", &mut out);
    let drifted: Vec<&Operation> = plan.operations.iter().filter(|o| o.is_drift_alone()).collect();
    details(plan, &drifted, "changed in the cluster since the last apply, to be set back", &mut out);
    for (action, title) in [
        (Action::Create, "to add"),
        (Action::Update, "to change"),
        (Action::Release, "to let go, not deleted"),
        (Action::Forget, "to forget"),
    ] {
        let of = plan.operations.iter().filter(|o| o.action == action && !o.is_drift_alone());
        let of: Vec<&Operation> = of.collect();
        details(plan, &of, title, &mut out);
    }
    let moved: Vec<&Operation> =
        plan.operations.iter().filter(|o| o.action == Action::None && o.is_change()).collect();
    details(plan, &moved, "to move", &mut out);
    if plan.has_additions() {
        out.add("\n#### Added by others, left as it is\n\n");
        for (op, other) in plan.operations.iter().flat_map(|o| o.others.iter().map(move |a| (o, a))) {
            out.item(&format!(
                "- `{}`: `{}` by `{}`\n",
                address(op),
                inline(&other.path),
                inline(&other.owner.manager)
            ));
        }
    }
    out.finish()
}

fn errors(plan: &Plan, out: &mut Limited) {
    if !plan.notices.is_empty() {
        out.add("\n");
    }
    for notice in &plan.notices {
        let kind = if notice.error { "Error" } else { "Warning" };
        let at = notice.at.as_ref().map(|l| format!(" (`{}`)", inline(&l.to_string()))).unwrap_or_default();
        out.item(&format!(
            "- **{kind}**: {}{at}. {}\n",
            html(&safe::line(&notice.summary)),
            html(&safe::line(&notice.detail))
        ));
    }
}

fn destroys(plan: &Plan, out: &mut Limited) {
    let of: Vec<&Operation> = plan.operations.iter().filter(|o| o.action == Action::Delete).collect();
    let lost: Vec<&String> = plan
        .operations
        .iter()
        .flat_map(|o| &o.consequences)
        .filter_map(|c| match c {
            Consequence::ClaimLost(name) => Some(name),
            _ => None,
        })
        .collect();
    if !of.is_empty() {
        out.add(&format!("\n#### :warning: {} to destroy\n\n", of.len()));
    }
    for op in of {
        out.item(&format!("- `{}` ({})\n", address(op), html(&safe::line(&op.id.to_string()))));
    }
    if !lost.is_empty() {
        out.add("\n#### :warning: Claims deleted with their data\n\n");
    }
    for name in lost {
        out.item(&format!("- `{}`\n", inline(name)));
    }
    if !plan.unrecorded_deletes.is_empty() {
        out.add("\n#### Unknown to the state, labelled as ours, kept unless confirmed\n\n");
    }
    for op in &plan.unrecorded_deletes {
        out.item(&format!("- `{}` ({})\n", address(op), html(&safe::line(&op.id.to_string()))));
    }
}

fn details(plan: &Plan, of: &[&Operation], title: &str, out: &mut Limited) {
    if of.is_empty() {
        return;
    }
    out.add(&format!("\n#### {} {title}\n\n", of.len()));
    for op in of {
        let body = text::operation(plan, op, Style::PLAIN);
        let fence = fence(&body);
        out.item(&format!(
            "<details><summary><code>{}</code> ({})</summary>\n\n{fence}diff\n{}\n{fence}\n\n</details>\n",
            html(&safe::line(&op.address.to_string())),
            html(&safe::line(&op.id.to_string())),
            diff_form(&body)
        ));
    }
}

/// The marks in the first column, where the colouring of `diff` looks for them.
fn diff_form(text: &str) -> String {
    let line = |line: &str| {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        match trimmed.split_once(' ') {
            Some((mark @ ("+" | "-"), rest)) => format!("{mark}{}{rest}", " ".repeat(indent)),
            Some(("~", rest)) => format!("!{}{rest}", " ".repeat(indent)),
            _ => line.to_string(),
        }
    };
    text.trim_matches('\n').lines().map(line).collect::<Vec<_>>().join("\n")
}

fn address(op: &Operation) -> String {
    inline(&op.address.to_string())
}

/// Text between backticks.
fn inline(text: &str) -> String {
    safe::line(text).replace('`', "'")
}

fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '*' | '_' | '[' | ']' | '`' | '|' | '@' => {
                out.push_str(&format!("&#{};", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

/// A fence that the text cannot close.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// Text up to a size; what no longer fits is counted.
struct Limited {
    text: String,
    left_out: usize,
}

impl Limited {
    fn new() -> Limited {
        Limited { text: String::new(), left_out: 0 }
    }

    fn fits(&self, more: &str) -> bool {
        // Bytes are never fewer than what anybody counts as characters.
        self.text.len() + more.len() + RESERVE <= MOST
    }

    fn add(&mut self, text: &str) {
        if self.fits(text) {
            self.text.push_str(text);
        }
    }

    fn item(&mut self, text: &str) {
        if self.fits(text) {
            self.text.push_str(text);
        } else {
            self.left_out += 1;
        }
    }

    fn finish(mut self) -> String {
        if self.left_out > 0 {
            self.text.push_str(&format!(
                "\n**Cut: {} more entries do not fit into a comment.** `plimsoll show` prints the whole plan.\n",
                self.left_out
            ));
        }
        self.text
    }
}
