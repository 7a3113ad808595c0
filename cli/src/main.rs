//! The command line: one file per command, the only crate that prints.

fn main() {}
