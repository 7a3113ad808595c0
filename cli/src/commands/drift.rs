//! `drift`: what somebody did in the cluster since the last apply. Changes nothing.

use plimsoll_driver::Options;
use plimsoll_report::{Style, drift};

use crate::arguments::DriftArguments;
use crate::configuration::tell;
use crate::exit::Exit;
use crate::online::{Online, block_on, duration};
use crate::terminal::Terminal;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: DriftArguments) -> Exit {
    block_on(terminal, look(terminal, &arguments))
}

async fn look(terminal: &Terminal, arguments: &DriftArguments) -> Result<Exit, Exit> {
    let timeout = duration(terminal, "--request-timeout", &arguments.request_timeout)?;
    let folder = arguments.folder.as_deref();
    let online = Online::prepare(terminal, folder, &arguments.target, timeout).await?;
    let planned = online.session(Options::default()).plan().await;
    let planned = planned.map_err(|stop| online.stop(terminal, &stop))?;
    let plan = &planned.plan;
    if arguments.json {
        terminal.out(&format!("{:#}", drift::json(plan)));
    } else {
        terminal.out(&drift::text(plan, Style { colour: terminal.colour() }));
    }
    tell(terminal, &planned.report, online.offline.sources());
    if plan.errored() || planned.report.has_errors() {
        return Err(Exit::Error);
    }
    Ok(if drift::found(plan) { Exit::Changes } else { Exit::Success })
}
