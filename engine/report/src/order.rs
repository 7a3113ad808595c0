//! The order in which a plan is carried out: a step for each operation, with what it waits for and why.

use std::time::Duration;

use plimsoll_plan::schedule::{After, Schedule, Step};
use plimsoll_plan::{Action, NeedCause, Operation, Plan, limit};

use crate::safe;
use crate::style::Style;
use crate::text::{conclusion, heading};

/// The order of a plan.
pub fn order(plan: &Plan, style: Style) -> String {
    let schedule = Schedule::of(plan);
    let steps = schedule.steps(true);
    let mut out = heading(plan, style);
    if !steps.is_empty() {
        out.push_str(
            "\nA step begins when what it waits for is done; of those that can begin, in this order:\n\n",
        );
        let width = steps.len().to_string().len() + 2;
        steps.iter().for_each(|s| step(s, width, style, &mut out));
    }
    let awaited: Vec<&Step<'_>> = steps.iter().filter(|s| s.until_ready).collect();
    if !awaited.is_empty() {
        out.push_str("\nThe apply ends when these are ready as well, each one in its time from when it is written:\n\n");
        for step in &awaited {
            out.push_str(&format!("  {}  {}\n", head(step.operation, style), time(step.operation)));
        }
    }
    let unchanged = schedule.left_waiting();
    if unchanged > 0 {
        let them = if unchanged == 1 {
            "1 object is waited for where it is"
        } else {
            "are waited for where they are"
        };
        let count = if unchanged == 1 { String::new() } else { format!("{unchanged} objects ") };
        out.push_str(&format!("\nOf what stays as it is, {count}{them} not ready.\n"));
    }
    out.push('\n');
    out.push_str(&conclusion(plan, style));
    out
}

fn step(step: &Step<'_>, width: usize, style: Style, out: &mut String) {
    let sign = match step.operation.action {
        Action::Create => style.green("+"),
        Action::Update => style.yellow("~"),
        Action::Replace => style.red("-/+"),
        Action::Delete => style.red("-"),
        Action::Forget | Action::Release => ".".to_string(),
        Action::None => "=".to_string(),
    };
    let id = safe::line(&step.operation.id.to_string());
    out.push_str(&format!("{:>width$}. {sign} {} ({id})\n", step.number, head(step.operation, style)));
    for after in &step.after {
        out.push_str(&format!("{:width$}    after {}\n", "", waits(after, step.operation)));
    }
}

/// `2 app.db is ready: depends_on, main.hcl:9`
fn waits(after: &After<'_>, of: &Operation) -> String {
    let number = after.step.map_or(String::new(), |n| format!("{n} "));
    let address = safe::line(&after.operation.address.to_string());
    let state = match (after.ready, after.operation.action) {
        (true, Action::None) => "(unchanged) is ready",
        (true, _) => "is ready",
        (false, Action::Delete) => "is gone",
        (false, Action::Forget) => "is forgotten",
        (false, Action::Release) => "is let go",
        (false, _) => "is written",
    };
    let through: Vec<String> = after.through.iter().map(|a| safe::line(&a.to_string())).collect();
    let through = match through.is_empty() {
        true => String::new(),
        false => format!(", through {}", through.join(", ")),
    };
    let why = because(after, of);
    let at = after.at.map_or(String::new(), |at| format!(", {}", safe::line(&at.to_string())));
    format!("{number}{address} {state}: {why}{at}{through}")
}

fn because(after: &After<'_>, of: &Operation) -> &'static str {
    let goes = matches!(of.action, Action::Delete | Action::Forget | Action::Release);
    match after.because {
        NeedCause::Reference => "reference",
        NeedCause::DependsOn => "depends_on",
        NeedCause::Part => "it belongs to it",
        NeedCause::Namespace if goes => "it lies in the namespace",
        NeedCause::Namespace => "its namespace",
        NeedCause::Type if goes => "it is of the type",
        NeedCause::Type => "its type",
        NeedCause::Remembered => "it needed this one when it was applied",
        NeedCause::Autoscaler => "it scales this one",
        NeedCause::Mount => "it mounts the claim",
    }
}

fn head(operation: &Operation, style: Style) -> String {
    style.bold(&safe::line(&operation.address.to_string()))
}

/// `10m`, `1m 30s, main.hcl:9`
fn time(operation: &Operation) -> String {
    match &operation.limit {
        None => words(limit::USUAL),
        Some(said) => {
            format!(
                "{}, {}",
                words(Duration::from_millis(said.milliseconds)),
                safe::line(&said.at.to_string())
            )
        }
    }
}

fn words(time: Duration) -> String {
    let (minutes, seconds) = (time.as_secs() / 60, time.as_secs() % 60);
    match (minutes, seconds, time.subsec_millis()) {
        (_, _, millis) if millis > 0 => format!("{} s", time.as_secs_f64()),
        (0, seconds, _) => format!("{seconds} s"),
        (minutes, 0, _) => format!("{minutes} min"),
        (minutes, seconds, _) => format!("{minutes} min {seconds} s"),
    }
}
