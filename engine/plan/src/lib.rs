//! The planner, the plan and the saved plan file.
//!
//! Pure: no clock, no files, no network, no randomness; what they would give is a parameter. The
//! planner is a machine: [`Planner::step`] takes answers and gives either questions for the cluster
//! or the finished [`Plan`]. A plan leaves nothing to choose for whoever carries it out.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod accept;
mod adoption;
pub mod assigned;
mod cause;
pub mod change;
mod classes;
mod conflict;
mod consequence;
pub mod digest;
pub mod document;
mod each;
pub mod effect;
pub mod environments;
mod fields;
pub mod file;
mod front;
pub mod growth;
mod hosts;
pub mod ignored;
pub mod input;
mod job_end;
mod kept;
pub mod limit;
mod listed;
mod losses;
pub mod mask;
mod mismatch;
mod nodes;
mod not_kept;
pub mod observe;
pub mod occupants;
mod operation;
mod order;
mod orphans;
mod owners;
pub mod plan;
mod planner;
mod pod_size;
mod predict;
mod quota;
mod refusal;
pub mod release;
mod removal;
mod renamed;
pub mod replace;
pub mod replicas;
pub mod request;
pub mod revert;
pub mod schedule;
mod scope;
mod single_writer;
pub mod stale;
mod subject;
mod survey;
mod users;
mod why;
mod world;

pub use change::{Accept, Addition, Cause, Consequence, FieldChange, Left, Owner, Side, Yielded};
pub use document::Document;
pub use effect::{Effect, Pods};
pub use fields::insert;
pub use growth::Grown;
pub use input::{About, ClusterIdentity, Named, Options, PlanInput, Recorded, RecordedResource, Variable};
pub use listed::Listed;
pub use observe::{ListRequest, Observed};
pub use owners::holds;
pub use plan::{
    Action, Counts, Header, Need, NeedCause, Notice, Operation, OutputChange, Plan, ReplicasStep, Verdict,
};
pub use planner::{Planner, Step};
pub use plimsoll_schema::parse_path;
pub use request::{Answer, ConflictCause, Contents, DryRun, Refusal, RefusalCause, Request};

/// The field manager of a project.
pub fn manager(project: &str) -> String {
    format!("plimsoll:{project}")
}

#[cfg(test)]
mod scripted;
#[cfg(test)]
mod tests;
