//! `status`: the objects of an environment, pods and claims of controllers included, and whether
//! they are ready.

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use plimsoll_driver::status::Row;
use plimsoll_driver::{Options, Readiness};
use plimsoll_report::safe;
use serde_json::{Value as Json, json};

use crate::arguments::StatusArguments;
use crate::exit::Exit;
use crate::online::{Online, block_on, duration};
use crate::terminal::Terminal;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: StatusArguments) -> Exit {
    block_on(terminal, status(terminal, &arguments))
}

async fn status(terminal: &Terminal, arguments: &StatusArguments) -> Result<Exit, Exit> {
    let timeout = duration(terminal, "--request-timeout", &arguments.request_timeout)?;
    let folder = arguments.folder.as_deref();
    let online = Online::prepare(terminal, folder, &arguments.target, timeout).await?;
    let rows =
        online.session(Options::default()).status().await.map_err(|stop| online.stop(terminal, &stop))?;
    if arguments.json {
        terminal.out(&format!("{:#}", Json::Array(rows.iter().map(entry).collect())));
    } else if rows.is_empty() {
        terminal.out("Nothing stands in this environment. To make it: plimsoll apply");
    } else {
        terminal.out(&table(rows));
    }
    Ok(Exit::Success)
}

fn entry(row: &Row) -> Json {
    let (status, reason) = match &row.readiness {
        Readiness::Ready => ("ready", None),
        Readiness::Waiting(reason) => ("waiting", Some(reason)),
        Readiness::Failing(failure) => ("failing", Some(&failure.reason)),
    };
    json!({
        "address": row.address, "object": row.id, "status": status, "reason": reason, "created": row.created,
    })
}

/// The rows of a status as a table.
pub fn table(rows: Vec<Row>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(["ADDRESS", "KIND", "NAMESPACE", "NAME", "STATUS"]);
    for row in rows {
        let status = match row.readiness {
            Readiness::Ready => "ready".to_string(),
            Readiness::Waiting(reason) => format!("waiting: {reason}"),
            Readiness::Failing(failure) => format!("failing: {}", failure.reason),
        };
        table.add_row([
            row.address.map_or("-".into(), |a| safe::line(&a.to_string())),
            row.id.gvk.kind.clone(),
            row.id.namespace.map_or("-".into(), |n| safe::line(&n)),
            safe::line(&row.id.name),
            safe::line(&status),
        ]);
    }
    let text = table.to_string();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}
