//! The dependency graph: edges, cycles named in full, order, dot, SVG.
//!
//! Knows addresses and the three kinds of edge, and nothing of Kubernetes. Wraps petgraph: no type
//! of that crate stands in a public signature. Every algorithm is iterative, so that a chain of a
//! million addresses does not overflow a stack.
//!
//! An [`Edge`](plimsoll_model::Edge) says that `from` needs `to`. [`Graph::order`] names what is
//! needed before what needs it: creations follow it, deletions follow [`Graph::reverse_order`].

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cycle;
mod dot;
mod graph;
mod incremental;
mod ranking;
mod relax;
mod svg;

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod text;

pub use cycle::Cycle;
pub use graph::Graph;
