//! Everything that needs no cluster but the embedded one.
#![allow(clippy::unwrap_used)]

mod bad_input;
mod commands;
mod coverage;
mod diagnostics;
mod exactness;
mod examples;
mod extras;
mod fmt;
mod full_disk;
mod git_modules;
mod kills;
mod losses;
mod named;
mod order;
mod planning;
mod size;
mod tidy;
mod timeouts;
mod told;
mod variables;

plimsoll_tests::every_scenario!(|_name| async { plimsoll_tests::world::World::sandbox() });
plimsoll_tests::every_example!(|_name| async { plimsoll_tests::world::World::sandbox() });
