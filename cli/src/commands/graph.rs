//! `graph`: the dependency graph in dot or as a picture.

use plimsoll_graph::Graph;
use plimsoll_lang::NoFacts;

use crate::arguments::GraphArguments;
use crate::configuration::Configuration;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: GraphArguments) -> Exit {
    let mut configuration = Configuration::read(arguments.folder.as_deref(), &arguments.target);
    let wanted = configuration.wanted.clone();
    let compiled = configuration.compile(wanted.as_deref(), &NoFacts);
    if let Err(exit) = configuration.tell(terminal) {
        return exit;
    }
    let Some((_, desired)) = compiled else { return Exit::Error };
    let nodes = desired.objects.iter().map(|o| o.address.clone()).collect();
    match Graph::build(nodes, desired.edges) {
        Ok(graph) => {
            terminal.out(&if arguments.svg { graph.svg() } else { graph.dot() });
            Exit::Success
        }
        // A cycle was told already, and ended the command.
        Err(_) => Exit::Error,
    }
}
