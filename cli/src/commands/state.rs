//! `state`: look at the state of an environment, or mend it.

use std::time::Duration;

use jiff::Timestamp;
use plimsoll_model::{Address, Diagnostic};
use plimsoll_state::{Effect, Holder, Reading, Store};
use serde_json::json;

use crate::arguments::{StateArguments, StateCommand, Target};
use crate::commands::state_rebuild;
use crate::configuration::{Configuration, tell_one};
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: StateArguments) -> Exit {
    let done = match arguments.command {
        StateCommand::List { target, json } => list(terminal, &target, json),
        StateCommand::Rebuild(arguments) => return state_rebuild::run(terminal, &arguments),
        StateCommand::Show { address, target } => show(terminal, &target, &address),
        StateCommand::Rm { address, target, allow_protected } => {
            change(terminal, &target, allow_protected, "state rm", |reading| {
                let address = recorded(reading, &address)?;
                reading.state.apply(Effect::Remove { address: address.clone() });
                Ok(format!("{address} is forgotten. The object itself was not touched."))
            })
        }
        StateCommand::Mv { from, to, target, allow_protected } => {
            change(terminal, &target, allow_protected, "state mv", |reading| {
                let from = recorded(reading, &from)?;
                let to = parse(&to)?;
                if reading.state.resources.contains_key(&to) {
                    let taken = Diagnostic::error("address-taken", "the state has that address already")
                        .detail(format!("{to} stands for an object already; an address stands for one."))
                        .help(format!("plimsoll state show '{to}'"));
                    return Err(Box::new(taken));
                }
                Ok(moved(reading, &from, &to))
            })
        }
    };
    done.unwrap_or_else(|diagnostic| {
        let exit = if diagnostic.code == "lock-held" { Exit::Locked } else { Exit::Error };
        tell_one(terminal, *diagnostic);
        exit
    })
}

type Done = Result<Exit, Box<Diagnostic>>;

/// The state folder of the environment that the arguments name.
pub fn store(terminal: &Terminal, target: &Target) -> Result<(Configuration, Store), Exit> {
    let mut configuration = Configuration::read(None, target);
    let name = configuration.environment_name(terminal)?;
    match Store::of(&configuration.folder, &name) {
        Ok(store) => Ok((configuration, store)),
        Err(error) => {
            tell_one(terminal, error.diagnostic());
            Err(Exit::Error)
        }
    }
}

fn list(terminal: &Terminal, target: &Target, as_json: bool) -> Done {
    let (_, store) = match store(terminal, target) {
        Ok(found) => found,
        Err(exit) => return Ok(exit),
    };
    let reading = store.read().map_err(|e| Box::new(e.diagnostic()))?;
    let resources = reading.map(|r| r.state.resources).unwrap_or_default();
    if as_json {
        let entries: Vec<_> = resources
            .iter()
            .map(|(address, r)| json!({"address": address, "object": r.object, "uid": r.uid}))
            .collect();
        terminal.out(&format!("{:#}", json!(entries)));
    } else if resources.is_empty() {
        terminal.err("The state of this environment holds nothing. To make something, or to find again what a lost state held: plimsoll apply");
    } else {
        let lines: Vec<_> = resources.keys().map(|a| plimsoll_report::safe::line(&a.to_string())).collect();
        terminal.out(&lines.join("\n"));
    }
    Ok(Exit::Success)
}

fn show(terminal: &Terminal, target: &Target, address: &str) -> Done {
    let (_, store) = match store(terminal, target) {
        Ok(found) => found,
        Err(exit) => return Ok(exit),
    };
    let mut reading =
        store.read().map_err(|e| Box::new(e.diagnostic()))?.ok_or_else(|| Box::new(no_state()))?;
    let address = recorded(&mut reading, address)?;
    let resource = &reading.state.resources[&address];
    let edges: Vec<_> = resource.edges.iter().map(|(a, k)| json!({"address": a, "kind": k})).collect();
    let document = json!({
        "address": address, "object": resource.object, "uid": resource.uid, "digest": resource.digest,
        "needs": edges, "prevent_destroy": resource.prevent_destroy,
    });
    terminal.out(&format!("{document:#}"));
    Ok(Exit::Success)
}

fn change(
    terminal: &Terminal,
    target: &Target,
    allow_protected: bool,
    command: &str,
    edit: impl FnOnce(&mut Reading) -> Result<String, Box<Diagnostic>>,
) -> Done {
    let (mut configuration, store) = match store(terminal, target) {
        Ok(found) => found,
        Err(exit) => return Ok(exit),
    };
    if !allow_protected && configuration.is_protected() {
        return Err(Box::new(
            Diagnostic::error("protected", "the environment is protected")
                .detail(format!("`{command}` changes what later plans know about it."))
                .help(format!("plimsoll {command} --allow-protected …")),
        ));
    }
    let holder = Holder::current(command, Timestamp::now());
    let lock = store.lock(&holder, Duration::ZERO).map_err(|e| Box::new(e.diagnostic()))?;
    let mut reading =
        lock.read().map_err(|e| Box::new(e.diagnostic()))?.ok_or_else(|| Box::new(no_state()))?;
    if !reading.state.unresolved.is_empty() {
        return Err(Box::new(
            Diagnostic::error("unresolved-operations", "an interrupted apply is not resolved yet")
                .detail("What it did is found out by asking the cluster, which `apply` does first.")
                .help("plimsoll apply"),
        ));
    }
    let told = edit(&mut reading)?;
    lock.save(&mut reading.state).map_err(|e| Box::new(e.diagnostic()))?;
    terminal.out(&told);
    Ok(Exit::Success)
}

/// Moves an address, and with a block's own the objects that were generated for it.
fn moved(reading: &mut Reading, from: &Address, to: &Address) -> String {
    let mut moves = vec![(from.clone(), to.clone())];
    if from.part.is_none() && to.part.is_none() {
        let parts = reading.state.resources.keys().filter(|a| a.part.is_some() && a.block_address() == *from);
        moves.extend(parts.map(|a| (a.clone(), Address { part: a.part.clone(), ..to.clone() })));
    }
    moves.retain(|(_, to)| !reading.state.resources.contains_key(to));
    let lines: Vec<String> = moves.iter().map(|(from, to)| format!("{from} is {to} now.")).collect();
    for (from, to) in moves {
        reading.state.apply(Effect::Move { from, to });
    }
    lines.join("\n")
}

fn parse(address: &str) -> Result<Address, Box<Diagnostic>> {
    address.parse().map_err(|error: plimsoll_model::address::BadAddress| {
        Box::new(Diagnostic::error("bad-address", "this is no address").detail(format!("{error}.")))
    })
}

fn recorded(reading: &mut Reading, address: &str) -> Result<Address, Box<Diagnostic>> {
    let address = parse(address)?;
    if reading.state.resources.contains_key(&address) {
        return Ok(address);
    }
    let unknown = Diagnostic::error("not-recorded", "the state has no such address")
        .detail(format!("{address} is not recorded."))
        .help("plimsoll state list");
    Err(Box::new(unknown))
}

fn no_state() -> Diagnostic {
    Diagnostic::error("no-state", "there is no state")
        .detail("Nothing was applied in this environment from this folder.")
        .help("plimsoll apply")
}
