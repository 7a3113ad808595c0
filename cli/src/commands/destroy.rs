//! `destroy`: the same way back.

use plimsoll_driver::Options;

use crate::arguments::{DestroyArguments, Replacements};
use crate::commands::apply::{plan_and_carry_out, refuse_protected};
use crate::commands::plan::named;
use crate::exit::Exit;
use crate::online::{Checked, block_on, duration};
use crate::terminal::Terminal;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: DestroyArguments) -> Exit {
    block_on(terminal, destroy(terminal, &arguments))
}

async fn destroy(terminal: &Terminal, arguments: &DestroyArguments) -> Result<Exit, Exit> {
    let timeout = duration(terminal, "--request-timeout", &arguments.request_timeout)?;
    let lock_timeout = duration(terminal, "--lock-timeout", &arguments.lock_timeout)?;
    let folder = arguments.folder.as_deref();
    let checked = Checked::read(terminal, folder, &arguments.target, |_| {})?;
    refuse_protected(terminal, &checked.offline, "destroy", folder)?;
    let online = checked.connect(terminal, timeout).await?;
    let options = Options {
        parallelism: arguments.parallelism.into(),
        destroy: true,
        delete_unrecorded: arguments.delete_unrecorded,
        named: named(&arguments.part, &Replacements::default()),
        ..Options::default()
    };
    let session = online.session(options);
    plan_and_carry_out(terminal, &online, &session, "destroy", lock_timeout, arguments.auto_approve).await
}
