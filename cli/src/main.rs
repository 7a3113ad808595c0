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

use std::path::Path;
use std::process::ExitCode;

use plimsoll_model::Diagnostic;

use arguments::{Arguments, Command};
use configuration::tell_one;
use exit::Exit;
use terminal::Terminal;

/// Half of what `validate` does is taking and giving back memory: see `docs/explanation/speed.md`. Only where the size
/// of a page is the same on every machine, which this allocator has to know when it is built.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args_os()) {
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
    let json = arguments.command.answers_in_json();
    let exit = match arguments.chdir.as_deref().map(change_folder) {
        Some(Err(diagnostic)) => {
            tell_one(&terminal, *diagnostic);
            Exit::Error
        }
        _ => run(&terminal, arguments.command),
    };
    if let Some(code) = terminal.first_code() {
        terminal.err(&format!("\n{}", plimsoll_report::diagnostics::more(&code)));
    }
    if json && !matches!(exit, Exit::Success | Exit::Changes) && !terminal.printed() {
        // Whoever asked for JSON gets JSON, also where there is nothing else to say.
        terminal.out(&format!("{:#}", plimsoll_report::diagnostics::failure(terminal.kept())));
    }
    let exit = if terminal.lost_output() && exit == Exit::Success { Exit::Error } else { exit };
    exit.into()
}

fn change_folder(folder: &Path) -> Result<(), Box<Diagnostic>> {
    std::env::set_current_dir(folder).map_err(|error| {
        Box::new(
            Diagnostic::error("folder-unreadable", "the folder cannot be entered")
                .detail(format!("{}: {error}.", folder.display()))
                .help("-C with a folder that exists"),
        )
    })
}

fn run(terminal: &Terminal, command: Command) -> Exit {
    match command {
        Command::Init(a) => commands::init::run(terminal, a),
        Command::Validate(a) => commands::validate::run(terminal, a),
        Command::Plan(a) => commands::plan::run(terminal, a),
        Command::Apply(a) => commands::apply::run(terminal, a),
        Command::Destroy(a) => commands::destroy::run(terminal, a),
        Command::Show(a) => commands::show::run(terminal, a),
        Command::Drift(a) => commands::drift::run(terminal, a),
        Command::DiffEnv(a) => commands::diff_env::run(terminal, a),
        Command::Graph(a) => commands::graph::run(terminal, a),
        Command::Status(a) => commands::status::run(terminal, a),
        Command::State(a) => commands::state::run(terminal, a),
        Command::Output(a) => commands::output::run(terminal, a),
        Command::Console(a) => commands::console::run(terminal, a),
        Command::Sandbox(a) => commands::sandbox::run(terminal, a),
        Command::Get(a) => commands::get::run(terminal, a),
        Command::Completions(a) => commands::completions::run(terminal, a),
        Command::Explain(a) => commands::explain::run(terminal, a),
        Command::Fmt(a) => commands::fmt::run(terminal, a),
        Command::Version(a) => commands::version::run(terminal, a),
    }
}
