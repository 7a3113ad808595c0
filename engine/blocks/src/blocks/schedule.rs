//! When a job runs: text that the API's own grammar takes.

use plimsoll_model::{Diagnostic, Value};
use plimsoll_schema::cron::Cron;
use serde_json::Value as Json;

use crate::declare::{Context, FromValue, ToJson, TypeSchema};

/// A schedule, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule(pub String);

impl FromValue for Schedule {
    const TYPE: &'static TypeSchema = &TypeSchema::Other("a schedule", "\"0 3 * * *\"");

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        let Some(text) = value.as_str() else {
            cx.wrong_type(value, Self::TYPE);
            return None;
        };
        let Err(bad) = Cron::parse(text) else { return Some(Schedule(text.to_string())) };
        let why = match bad.field {
            Some(field) => format!("In the {field}, {}.", bad.why),
            None => format!("{}.", capital(&bad.why)),
        };
        cx.report.push(
            Diagnostic::error("bad-schedule", "schedule is malformed")
                .detail(why)
                .at(cx.place(value), "")
                .help(help(text)),
        );
        None
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// What was probably meant.
fn help(text: &str) -> String {
    let fields: Vec<&str> = text.split_whitespace().collect();
    match fields.as_slice() {
        // Others count Sunday twice.
        [m, h, d, n, "7"] => format!("schedule = \"{m} {h} {d} {n} 0\""),
        // With seconds, as some programs write it.
        [first, rest @ ..] if rest.len() == 5 && !first.contains("TZ=") => {
            format!("schedule = \"{}\"", rest.join(" "))
        }
        [zone, rest @ ..] if zone.contains("TZ=") && !rest.is_empty() => {
            let zone = zone.split_once('=').map_or("", |(_, z)| z);
            format!("schedule = \"{}\" and time_zone = \"{zone}\"", rest.join(" "))
        }
        _ => {
            "minute, hour, day of month, month, day of week: schedule = \"0 3 * * *\" is every night at three"
                .into()
        }
    }
}

impl ToJson for Schedule {
    fn to_json(&self) -> Json {
        self.0.clone().into()
    }
}
