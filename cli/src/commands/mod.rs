//! One file per command.

pub mod apply;
pub mod completions;
pub mod console;
pub mod destroy;
pub mod diff_env;
pub mod drift;
pub mod explain;
pub mod fmt;
pub mod get;
pub mod graph;
pub mod init;
pub mod output;
pub mod plan;
pub mod sandbox;
pub mod show;
pub mod state;
pub mod state_rebuild;
pub mod status;
pub mod validate;
pub mod version;
