//! `completions`: what a shell needs to complete commands and flags.

use crate::arguments::{Arguments, CompletionsArguments};
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: CompletionsArguments) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::grammar(), "plimsoll", &mut script);
    terminal.out(&String::from_utf8_lossy(&script));
    Exit::Success
}
