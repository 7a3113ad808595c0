//! `get`: fetches the modules from git that a configuration calls, and locks them.

use std::path::PathBuf;

use plimsoll_driver::modules;

use crate::arguments::GetArguments;
use crate::configuration::tell_one;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: GetArguments) -> Exit {
    let folder = arguments.folder.unwrap_or_else(|| PathBuf::from("."));
    match modules::get(&folder, arguments.upgrade) {
        Ok(all) if all.is_empty() => {
            terminal.out("The configuration calls no modules from git.");
            Exit::Success
        }
        Ok(all) => {
            for one in all {
                let how = if one.fetched { "fetched" } else { "is there already" };
                terminal.out(&format!(
                    "{} ({}) {how}",
                    one.source,
                    one.commit.get(..12).unwrap_or(&one.commit)
                ));
            }
            Exit::Success
        }
        Err(diagnostic) => {
            tell_one(terminal, *diagnostic);
            Exit::Error
        }
    }
}
