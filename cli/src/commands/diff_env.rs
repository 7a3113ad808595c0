//! `diff-env`: how two environments of a configuration differ, without a cluster.

use plimsoll_lang::NoFacts;
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
