//! What the end-to-end tests share: the program under test, a world to run it in, and the
//! scenarios that run on every kind of cluster.
//!
//! A world is a folder with a configuration and a cluster behind it. Scenarios speak to the
//! program through its command line only, and to the cluster behind the program's back.
#![allow(clippy::unwrap_used, clippy::expect_used)]

pub mod coverage;
pub mod examples;
pub mod kills;
pub mod planned;
pub mod program;
pub mod promises;
pub mod scenarios;
pub mod served;
pub mod server;
pub mod world;
