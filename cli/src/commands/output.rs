//! `output`: the outputs of the last apply. Sensitive ones are never in the state, and so never here.

use std::collections::BTreeMap;

use plimsoll_lang::NoFacts;
use plimsoll_model::Diagnostic;
use plimsoll_report::safe;
use serde_json::{Value as Json, json};

use crate::arguments::OutputArguments;
use crate::commands::state::store;
use crate::configuration::{Configuration, tell_one};
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: OutputArguments) -> Exit {
    let (mut configuration, store) = match store(terminal, &arguments.target) {
        Ok(found) => found,
        Err(exit) => return exit,
    };
    let reading = match store.read() {
        Ok(reading) => reading,
        Err(error) => {
            tell_one(terminal, error.diagnostic());
            return Exit::Error;
        }
    };
    let state = reading.map(|r| r.state);
    let applied = state.as_ref().is_some_and(|s| !s.resources.is_empty() || !s.outputs.is_empty());
    let outputs = state.map(|s| s.outputs).unwrap_or_default();
    let sensitive = if applied { sensitive(&mut configuration) } else { Vec::new() };
    let Some(name) = &arguments.name else {
        all(terminal, &outputs, &sensitive, arguments.json);
        return Exit::Success;
    };
    let Some(value) = outputs.get(name) else {
        tell_one(terminal, missing(name, &outputs, &sensitive));
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

/// The names of the sensitive outputs that the configuration declares, as far as it can be evaluated.
fn sensitive(configuration: &mut Configuration) -> Vec<String> {
    let wanted = configuration.wanted.clone();
    let compiled = configuration.compile(wanted.as_deref(), &NoFacts);
    let outputs = compiled.map(|(_, desired)| desired.outputs).unwrap_or_default();
    outputs.into_iter().filter(|o| o.value.contains_sensitive()).map(|o| o.name).collect()
}

fn all(terminal: &Terminal, outputs: &BTreeMap<String, Json>, sensitive: &[String], as_json: bool) {
    let hidden = sensitive.iter().filter(|name| !outputs.contains_key(*name));
    if as_json {
        let plain = outputs.iter().map(|(k, v)| (k.clone(), json!({"sensitive": false, "value": v})));
        let hidden = hidden.map(|k| (k.clone(), json!({"sensitive": true, "value": null})));
        let entries: BTreeMap<String, Json> = plain.chain(hidden).collect();
        terminal.out(&format!("{:#}", json!(entries)));
        return;
    }
    let plain = outputs.iter().map(|(k, v)| (k.clone(), safe::line(&v.to_string())));
    let hidden = hidden.map(|k| (k.clone(), "(sensitive value, not kept)".to_string()));
    let entries: BTreeMap<String, String> = plain.chain(hidden).collect();
    if entries.is_empty() {
        terminal.err(
            "The state holds no outputs. To have one: output \"NAME\" { value = … }, then plimsoll apply",
        );
        return;
    }
    let lines: Vec<String> = entries.iter().map(|(k, v)| format!("{k} = {v}")).collect();
    terminal.out(&lines.join("\n"));
}

fn missing(name: &str, outputs: &BTreeMap<String, Json>, sensitive: &[String]) -> Diagnostic {
    if sensitive.iter().any(|n| n == name) {
        return Diagnostic::error("sensitive-output", "a sensitive output is not kept")
            .detail(format!("Output \"{name}\" is sensitive, and the state never holds such a value."))
            .help("read it where it comes from; or declare the output with value = nonsensitive(…)");
    }
    let left: Vec<&str> = outputs.keys().map(String::as_str).collect();
    let left = if left.is_empty() { "none".to_string() } else { left.join(", ") };
    Diagnostic::error("no-output", "there is no such output")
        .detail(format!("The last apply left no output \"{name}\"; it left {left}."))
        .help(format!("declare output \"{name}\" {{ value = … }}, then plimsoll apply"))
}
