//! The embedded cluster: a Kubernetes API server in process.
//!
//! [`Sandbox::service`] gives a tower service that answers HTTP requests as a Kubernetes API server does: it suits
//! `kube::Client::new(service, "default")`. Types, defaults, merge and immutability come from `plimsoll-schema`; what
//! stands here is routing, storage, admission, the controllers and the watch. It opens no socket and runs no thread:
//! controllers run inside the requests that write.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod admission;
mod allocate;
mod apply;
mod bootstrap;
mod clock;
mod cluster;
mod controllers;
mod decode;
mod delete;
mod discovery;
mod error;
mod generation;
mod journal;
mod list;
mod object;
mod patch;
mod quantity;
mod request;
mod resource;
mod sandbox;
mod scale;
mod selector;
mod server;
mod service;
mod status;
mod store;
mod validate;
mod watch;
mod write;

pub use clock::{Clock, ManualClock, SystemClock};
pub use error::SandboxError;
pub use sandbox::Sandbox;
pub use service::{ResponseBody, SandboxService};
