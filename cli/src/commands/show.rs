//! `show`: a saved plan, or the state, for people or programs.

use std::path::Path;

use plimsoll_model::Diagnostic;
use plimsoll_report::{Style, safe};
use plimsoll_state::State;
use serde_json::json;

use crate::arguments::ShowArguments;
use crate::commands::state::store;
use crate::configuration::tell_one;
use crate::exit::Exit;
use crate::saved;
use crate::terminal::Terminal;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: ShowArguments) -> Exit {
    match &arguments.file {
        Some(folder) if folder.is_dir() => {
            let place = safe::line(&folder.display().to_string());
            tell_one(
                terminal,
                Diagnostic::error("plan-unreadable", "the plan cannot be read")
                    .detail(format!("{place} is a folder; show takes a file that plan -out wrote."))
                    .help(format!("for the state of that folder: plimsoll -C {place} show")),
            );
            Exit::Error
        }
        Some(file) => plan(terminal, &arguments, file),
        None => state(terminal, &arguments),
    }
}

fn plan(terminal: &Terminal, arguments: &ShowArguments, file: &Path) -> Exit {
    match saved::read(file) {
        Ok(plan) if arguments.json => terminal.out(&format!("{:#}", plimsoll_report::json::plan(&plan))),
        Ok(plan) if arguments.order => {
            terminal.out(&plimsoll_report::order::order(&plan, Style { colour: terminal.colour() }));
        }
        Ok(plan) if arguments.markdown => terminal.out(&plimsoll_report::markdown::plan(&plan)),
        Ok(plan) => terminal.out(&plimsoll_report::text::plan(&plan, Style { colour: terminal.colour() })),
        Err(diagnostic) => {
            tell_one(terminal, *diagnostic);
            return Exit::Error;
        }
    }
    Exit::Success
}

fn state(terminal: &Terminal, arguments: &ShowArguments) -> Exit {
    let (_, store) = match store(terminal, &arguments.target) {
        Ok(found) => found,
        Err(exit) => return exit,
    };
    match store.read() {
        Ok(Some(reading)) if arguments.json => terminal.out(&format!("{:#}", json!(reading.state))),
        Ok(Some(reading)) => terminal.out(&describe(&reading.state)),
        Ok(None) if arguments.json => terminal.out("{}"),
        Ok(None) => {
            terminal.out("There is no state: nothing was applied in this environment from this folder.")
        }
        Err(error) => {
            tell_one(terminal, error.diagnostic());
            return Exit::Error;
        }
    }
    Exit::Success
}

fn describe(state: &State) -> String {
    let mut lines = vec![format!(
        "Project {}, environment {}, serial {}, cluster {}.",
        safe::line(&state.identity.project),
        safe::line(&state.identity.environment),
        state.serial,
        safe::line(&state.identity.cluster_uid)
    )];
    let width = state.resources.keys().map(|a| a.to_string().chars().count()).max().unwrap_or(0);
    for (address, resource) in &state.resources {
        lines.push(format!(
            "  {:width$}  {}",
            safe::line(&address.to_string()),
            safe::line(&resource.object.to_string())
        ));
    }
    if !state.retained_claims.is_empty() {
        lines.push("Claims that stay, with their data:".into());
        for claim in &state.retained_claims {
            let from = claim.from.as_ref().map(|from| format!("  of {from}")).unwrap_or_default();
            lines.push(format!("  {}/{}{from}", safe::line(&claim.namespace), safe::line(&claim.name)));
        }
    }
    if !state.unresolved.is_empty() {
        lines.push("Left open by an interrupted apply; the next one asks the cluster:".into());
        for (id, open) in &state.unresolved {
            lines.push(format!(
                "  {}.{}  {}",
                id.serial,
                id.index,
                safe::line(&open.intent.object.to_string())
            ));
        }
    }
    lines.join("\n")
}
