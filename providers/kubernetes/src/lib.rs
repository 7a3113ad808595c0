//! The driver's [`Cluster`](plimsoll_driver::Cluster) over the `kube` client.
//!
//! Holds requests, the reading of answers, discovery, watches, and readiness by kind. Decides
//! nothing about plans, retries or order.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cluster;
mod connect;
mod discovery;
mod page;
pub mod readiness;
mod request;
mod status;
mod watch;

pub use cluster::KubernetesCluster;
pub use connect::ConnectError;
