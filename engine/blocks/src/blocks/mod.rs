//! One file for each block: declaration, checks, compilation, tests.

pub mod affinity;
pub mod app;
pub mod autoscale;
pub mod config;
pub mod container;
pub mod env;
pub mod hook;
pub mod ingress;
pub mod lifecycle;
pub mod log;
pub mod meta;
pub mod mount;
pub mod namespace;
pub mod pod;
pub mod port;
pub mod probe;
pub mod resources;
pub mod scheduling;
pub mod secret;
pub mod security;
pub mod service;
pub mod storage;
pub mod strategy;
pub mod volume;
