//! `sandbox`: the embedded cluster of a folder.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use plimsoll_model::Diagnostic;
use plimsoll_sandbox::Sandbox;
use plimsoll_state::{Holder, Store};

use crate::arguments::{SandboxArguments, SandboxCommand};
use crate::cluster::{sandbox_diagnostic, sandbox_folder};
use crate::configuration::tell_one;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: SandboxArguments) -> Exit {
    let SandboxCommand::Reset { folder } = arguments.command;
    let folder = folder.unwrap_or_else(|| ".".into());
    match reset(&folder) {
        Ok(told) => {
            terminal.out(&told);
            Exit::Success
        }
        Err(diagnostic) => {
            let exit = if diagnostic.code == "lock-held" { Exit::Locked } else { Exit::Error };
            tell_one(terminal, *diagnostic);
            exit
        }
    }
}

/// Replaces the cluster, then puts aside every state that belonged to the old one. In that
/// order: a state without its cluster is refused by the next command, and a second reset mends it.
fn reset(folder: &Path) -> Result<String, Box<Diagnostic>> {
    let at = sandbox_folder(folder);
    if !at.exists() {
        return Ok("There is no sandbox here yet: the first apply makes one.".into());
    }
    // A damaged sandbox has no uid to tell; then the states of the sandbox cannot be told apart.
    let old = Sandbox::open(&at).ok().map(|s| s.uid());
    let new = Sandbox::reset(&at).map_err(|e| Box::new(sandbox_diagnostic(&e)))?;
    let mut lines = vec![format!("The sandbox starts over, as cluster {new}.")];
    let states = folder.join(".plimsoll/state");
    let mut names: Vec<String> = std::fs::read_dir(&states)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    for name in names {
        let Ok(store) = Store::of(folder, &name) else { continue };
        let belongs =
            store.read().ok().flatten().is_some_and(|r| Some(&r.state.identity.cluster_uid) == old.as_ref());
        if !belongs {
            continue;
        }
        let now = Timestamp::now();
        let lock = store
            .lock(&Holder::current("sandbox reset", now), Duration::ZERO)
            .map_err(|e| Box::new(e.diagnostic()))?;
        let archive = lock.free_folder(&format!("archived-{}", now.strftime("%Y%m%dT%H%M%SZ")));
        lock.archive(&archive).map_err(|e| Box::new(e.diagnostic()))?;
        lines.push(format!("The state of {name} was put aside: {}", archive.display()));
    }
    Ok(lines.join("\n"))
}
