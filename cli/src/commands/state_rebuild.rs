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

/// What is said of what is found and not declared.
const OTHERS: &str = "They may belong to another configuration of this project and environment, or have been protected.\n\
    To have them deleted, declare them as they were, rebuild, and then remove them from the configuration.";

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
    let rebuilt = session.rebuild(lock_timeout, arguments.force).await.map_err(stop)?;
    show(terminal, &rebuilt);
    tell(terminal, &rebuilt.report, online.offline.sources());
    if rebuilt.is_empty() {
        terminal.out(
            "Nothing that is declared is in the cluster as part of this environment: no state is written.",
        );
        return Ok(Exit::Success);
    }
    if let Some(folder) = rebuilt.aside() {
        terminal.out(&format!("The state that is there is put aside: {}\n", folder.display()));
    }
    if !arguments.auto_approve {
        approve(terminal, "state rebuild")?;
    }
    let count = rebuilt.found.iter().filter(|found| found.declared).count();
    rebuilt.keep().map_err(stop)?;
    let objects = if count == 1 { "1 object is".into() } else { format!("{count} objects are") };
    terminal.out(&format!("{objects} recorded. What differs from the configuration: plimsoll plan"));
    Ok(Exit::Success)
}

/// What was found, a line each, apart by whether it is recorded.
fn show(terminal: &Terminal, rebuilt: &Rebuilt<'_, '_>) {
    let line = |found: &Found| {
        let (address, id) = (safe::line(&found.address.to_string()), safe::line(&found.id.to_string()));
        format!("  {address} ({id}, uid {})", safe::line(&found.uid))
    };
    let (declared, others): (Vec<&Found>, Vec<&Found>) =
        rebuilt.found.iter().partition(|found| found.declared);
    let mut lines: Vec<String> = declared.into_iter().map(line).collect();
    let claims = rebuilt.claims.iter().map(|id| format!("  {} (stays behind)", safe::line(&id.to_string())));
    lines.extend(claims);
    if !lines.is_empty() {
        terminal.out(&format!("Found in the cluster:\n\n{}\n", lines.join("\n")));
    }
    if !others.is_empty() {
        let lines: Vec<String> = others.into_iter().map(line).collect();
        terminal.out(&format!(
            "Not declared, so not recorded; these stay as they are:\n\n{}\n\n{OTHERS}\n",
            lines.join("\n")
        ));
    }
}
