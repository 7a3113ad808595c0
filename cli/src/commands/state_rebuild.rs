//! `state rebuild`: the state again, from what the cluster holds.

use plimsoll_driver::Options;
use plimsoll_driver::rebuild::{Found, Rebuilt};
use plimsoll_model::Diagnostic;
use plimsoll_report::safe;

use crate::arguments::RebuildArguments;
use crate::commands::apply::approve;
use crate::configuration::{tell, tell_one};
use crate::exit::Exit;
use crate::online::{Online, block_on, duration};
use crate::terminal::Terminal;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: &RebuildArguments) -> Exit {
    block_on(terminal, rebuild(terminal, arguments))
}

async fn rebuild(terminal: &Terminal, arguments: &RebuildArguments) -> Result<Exit, Exit> {
    let timeout = duration(terminal, "--request-timeout", &arguments.request_timeout)?;
    let lock_timeout = duration(terminal, "--lock-timeout", &arguments.lock_timeout)?;
    let online = Online::prepare(terminal, None, &arguments.target, timeout).await?;
    let is_protected = online.offline.config.as_ref().is_some_and(|c| c.environment.protected);
    if is_protected && !arguments.allow_protected {
        tell_one(
            terminal,
            Diagnostic::error("protected", "the environment is protected")
                .detail("`state rebuild` changes what later plans know about it.")
                .help("plimsoll state rebuild -allow-protected"),
        );
        return Err(Exit::Error);
    }
    let session = online.session(Options::default());
    let stop = |stop| online.stop(terminal, &stop);
    let namespaces = arguments.namespaces.iter().cloned().collect();
    let rebuilt = session.rebuild(lock_timeout, arguments.force, &namespaces).await.map_err(stop)?;
    show(terminal, &rebuilt);
    tell(terminal, &rebuilt.report, online.offline.sources());
    if rebuilt.found.is_empty() && rebuilt.claims.is_empty() {
        terminal.out("Nothing in the cluster is marked as part of this environment: no state is written.");
        return Ok(Exit::Success);
    }
    if rebuilt.is_occupied() {
        terminal.out("The state that is there is put aside.");
    }
    if !arguments.auto_approve {
        approve(terminal, "state rebuild")?;
    }
    let count = rebuilt.found.len();
    if let Some(folder) = rebuilt.keep().map_err(stop)? {
        terminal.out(&format!("The state before was put aside: {}", folder.display()));
    }
    let objects = if count == 1 { "1 object is".into() } else { format!("{count} objects are") };
    terminal.out(&format!("{objects} recorded. What differs from the configuration: plimsoll plan"));
    Ok(Exit::Success)
}

/// What was found, a line each.
fn show(terminal: &Terminal, rebuilt: &Rebuilt<'_, '_>) {
    let line = |found: &Found| {
        let left = if found.declared { "" } else { ", declared no more" };
        let (address, id) = (safe::line(&found.address.to_string()), safe::line(&found.id.to_string()));
        format!("  {address} ({id}, uid {}{left})", safe::line(&found.uid))
    };
    let mut lines: Vec<String> = rebuilt.found.iter().map(line).collect();
    let claims = rebuilt.claims.iter().map(|id| format!("  {} (stays behind)", safe::line(&id.to_string())));
    lines.extend(claims);
    if !lines.is_empty() {
        terminal.out(&format!("Found in the cluster:\n\n{}\n", lines.join("\n")));
    }
}
