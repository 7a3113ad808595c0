//! The command line: one file per command, the only crate that prints.
//!
//! Reads arguments and files, connects, calls the driver, renders with `plimsoll-report`, and
//! turns the outcome into an exit code. Decides nothing about a cluster.

mod arguments;
mod cluster;
mod commands;
mod configuration;
mod exit;
mod online;
mod progress;
mod saved;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use exit::Exit;
use terminal::Terminal;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments::normalise(std::env::args_os())) {
        Ok(arguments) => arguments,
        Err(message) => {
            // Help and version are asked for; everything else is a mistake (exit code 2 would
            // mean "there are changes").
            let asked = !message.use_stderr();
            let _ = message.print();
            return if asked { Exit::Success } else { Exit::Error }.into();
        }
    };
    let terminal = Terminal::new(arguments.color, arguments.no_color);
    if let Some(folder) = &arguments.chdir
        && let Err(error) = std::env::set_current_dir(folder)
    {
        terminal.err(&format!("error: cannot change to the folder {}: {error}", folder.display()));
        return Exit::Error.into();
    }
    let exit = run(&terminal, arguments.command);
    let exit = if terminal.lost_output() && exit == Exit::Success { Exit::Error } else { exit };
    exit.into()
}

fn run(terminal: &Terminal, command: Command) -> Exit {
    match command {
        Command::Validate(a) => commands::validate::run(terminal, a),
        Command::Plan(a) => commands::plan::run(terminal, a),
        Command::Apply(a) => commands::apply::run(terminal, a),
        Command::Destroy(a) => commands::destroy::run(terminal, a),
        Command::Show(a) => commands::show::run(terminal, a),
        Command::Graph(a) => commands::graph::run(terminal, a),
        Command::Status(a) => commands::status::run(terminal, a),
        Command::State(a) => commands::state::run(terminal, a),
        Command::Output(a) => commands::output::run(terminal, a),
        Command::Console(a) => commands::console::run(terminal, a),
        Command::Sandbox(a) => commands::sandbox::run(terminal, a),
        Command::Version(a) => commands::version::run(terminal, a),
    }
}
