//! `output`: the outputs of the last apply. Sensitive ones are never in the state, and so never here.

use plimsoll_model::Diagnostic;
use serde_json::{Value as Json, json};

use crate::arguments::OutputArguments;
use crate::commands::state::store;
use crate::configuration::tell_one;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: OutputArguments) -> Exit {
    let (_, store) = match store(terminal, &arguments.target) {
        Ok(found) => found,
        Err(exit) => return exit,
    };
    let outputs = match store.read() {
        Ok(reading) => reading.map(|r| r.state.outputs).unwrap_or_default(),
        Err(error) => {
            tell_one(terminal, error.diagnostic());
            return Exit::Error;
        }
    };
    let Some(name) = &arguments.name else {
        if arguments.json {
            let all: serde_json::Map<_, _> =
                outputs.iter().map(|(k, v)| (k.clone(), json!({"sensitive": false, "value": v}))).collect();
            terminal.out(&format!("{:#}", Json::Object(all)));
        } else {
            let lines: Vec<_> = outputs
                .iter()
                .map(|(k, v)| format!("{k} = {}", plimsoll_report::safe::line(&v.to_string())))
                .collect();
            terminal.out(&lines.join("\n"));
        }
        return Exit::Success;
    };
    let Some(value) = outputs.get(name) else {
        tell_one(
            terminal,
            Diagnostic::error("no-output", "there is no such output")
                .detail(format!(
                    "The last apply left no output \"{name}\"; it left {}. Sensitive outputs are not kept.",
                    if outputs.is_empty() {
                        "none".into()
                    } else {
                        outputs.keys().cloned().collect::<Vec<_>>().join(", ")
                    }
                ))
                .help("plimsoll apply, after declaring the output"),
        );
        return Exit::Error;
    };
    match (arguments.raw, value) {
        (true, Json::String(text)) => terminal.prompt(text),
        (true, Json::Number(_) | Json::Bool(_)) => terminal.prompt(&value.to_string()),
        (true, _) => {
            tell_one(
                terminal,
                Diagnostic::error("no-raw-output", "--raw prints strings, numbers and bools only")
                    .help(format!("plimsoll output --json {name}")),
            );
            return Exit::Error;
        }
        (false, value) => terminal.out(&value.to_string()),
    }
    Exit::Success
}
