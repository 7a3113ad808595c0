//! `version`: what this program is.

use serde_json::json;

use crate::arguments::VersionArguments;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: VersionArguments) -> Exit {
    let version = env!("CARGO_PKG_VERSION");
    if arguments.json {
        terminal.out(&format!("{:#}", json!({"version": version, "kubernetes": plimsoll_schema::MINOR})));
    } else {
        terminal.out(&format!("plimsoll {version}, for Kubernetes {}", plimsoll_schema::MINOR));
    }
    Exit::Success
}
