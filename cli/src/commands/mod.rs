//! One file per command.

pub mod apply;
pub mod console;
pub mod destroy;
pub mod get;
pub mod graph;
pub mod output;
pub mod plan;
pub mod sandbox;
pub mod show;
pub mod state;
pub mod status;
pub mod validate;
pub mod version;
