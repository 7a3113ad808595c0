//! `diff-env`: how two environments of a configuration differ, without a cluster.

use plimsoll_lang::suggest::did_you_mean;
use plimsoll_lang::{Loaded, NoFacts};
use plimsoll_model::Diagnostic;
use plimsoll_plan::environments::{Wants, compare};
use plimsoll_report::Style;
use plimsoll_report::environments::{Names, json, text};

use crate::arguments::{DiffEnvArguments, Target};
use crate::configuration::Configuration;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: DiffEnvArguments) -> Exit {
    let target = Target { env: None, variables: arguments.variables };
    let mut configuration = Configuration::read(arguments.folder.as_deref(), &target);
    // Where something did not parse, the name may be there.
    let unknown = match configuration.report.has_errors() {
        true => Vec::new(),
        false => unknown(&configuration.loaded, &arguments.from, &arguments.to),
    };
    if !unknown.is_empty() {
        unknown.into_iter().for_each(|d| configuration.report.push(d));
        return configuration.tell(terminal).err().unwrap_or(Exit::Error);
    }
    let both = [Some(arguments.from.clone()), Some(arguments.to.clone())];
    configuration.check(&both);
    if let Err(exit) = configuration.tell(terminal) {
        return exit;
    }
    let mut wanted = both.iter().filter_map(|name| configuration.compile(name.as_deref(), &NoFacts));
    let (Some((one, first)), Some((other, second))) = (wanted.next(), wanted.next()) else {
        return Exit::Error;
    };
    drop(wanted);
    let comparison = compare(
        Wants { desired: &first, namespace: &one.environment.namespace },
        Wants { desired: &second, namespace: &other.environment.namespace },
        &configuration.loaded.sources,
    );
    let names = Names {
        project: &one.project.name,
        environments: [&one.environment.name, &other.environment.name],
        namespaces: [&one.environment.namespace, &other.environment.namespace],
    };
    if arguments.json {
        terminal.out(&format!("{:#}", json(&comparison, &names)));
    } else {
        terminal.out(&text(&comparison, &names, Style { colour: terminal.colour() }));
    }
    Exit::Success
}

/// What is said of each name that no environment has, with what to type instead.
fn unknown(loaded: &Loaded, from: &str, to: &str) -> Vec<Diagnostic> {
    let declared = plimsoll_lang::environment_names(loaded);
    let names: Vec<&str> = match declared.is_empty() {
        true => vec!["default"],
        false => declared.iter().map(|(name, _)| name.as_str()).collect(),
    };
    let meant = |name: &str| match names.contains(&name) {
        true => Some(name.to_string()),
        false => did_you_mean(name, names.iter().copied()).map(str::to_string),
    };
    let help = match (meant(from), meant(to)) {
        (Some(from), Some(to)) => format!("plimsoll diff-env {from} {to}"),
        _ if declared.is_empty() => "declare the two that are compared: environment \"NAME\" { … }".into(),
        _ => format!("plimsoll diff-env FIRST SECOND, with two of {}", names.join(", ")),
    };
    let wanted = [from, to].into_iter().filter(|name| !names.contains(name));
    wanted.map(|name| plimsoll_lang::unknown_environment(loaded, name).help(help.clone())).collect()
}
