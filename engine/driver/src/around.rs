//! A set that is made anew around its pods: what the new one says of the old one, at the moment at which that is
//! deleted.
//!
//! Its number of pods may be an autoscaler's, and what is ignored of it is somebody else's: both move between the
//! plan and the delete. So they are taken from the very object whose version the delete names.

use plimsoll_plan::{Operation, growth, replicas};
use serde_json::Value as Json;

use crate::body;
use crate::cluster::Scope;
use crate::diagnose::diagnostic;
use crate::execute::Run;
use crate::write::{Failed, moved, span};

/// The new object, as the old one is now.
pub(crate) struct Around {
    /// What is declared, without anything of the old object.
    declared: Json,
    /// What is applied.
    pub body: Json,
    /// The number of pods, where it is not part of what is applied.
    pub number: Option<i64>,
}

impl Around {
    /// The new object as the old one was last seen; it is tried.
    pub(crate) async fn of(run: &Run<'_>, op: &Operation, declared: Json) -> Result<Around, Failed> {
        let Some(live) = run.seen(&op.id) else {
            return Err(moved(run, op, "it is not there any more"));
        };
        let mut around = Around { declared, body: Json::Null, number: None };
        around.fit(run, op, &live).await?;
        Ok(around)
    }

    /// Makes it fit the old object as it is now. What is another one is tried once more.
    async fn fit(&mut self, run: &Run<'_>, op: &Operation, live: &Json) -> Result<(), Failed> {
        let body = body::around(run, op, &self.declared, live);
        let now = replicas::number(live);
        self.number = match &op.replicas {
            Some(step) => Some(now.unwrap_or(step.replicas)),
            // Nobody says a number, and the server's own was reviewed.
            None if replicas::number(&body).is_none()
                && now.unwrap_or(1) != replicas::number(&op.after.value()).unwrap_or(1) =>
            {
                return Err(moved(run, op, "its number of pods is another one than when the plan was made"));
            }
            None => None,
        };
        if body != self.body {
            body::try_beside(run, op, &body).await?;
            self.body = body;
        }
        Ok(())
    }

    /// Makes it fit the object that is deleted next. Claims that its controller made since the plan have the old
    /// size: they are part of no review.
    pub(crate) async fn fit_last(
        &mut self,
        run: &Run<'_>,
        op: &Operation,
        live: &Json,
    ) -> Result<(), Failed> {
        self.fit(run, op, live).await?;
        let scope =
            Scope { gvk: growth::claims(), namespace: op.id.namespace.clone(), selector: String::new() };
        let there = run.retry.idempotent(|| run.session.cluster.list(&scope)).await;
        let there = there.map_err(|e| Failed::from(diagnostic(&e, span(run, op))))?;
        let left = growth::left_behind(&op.id, live, &self.body, &there.objects().collect::<Vec<_>>());
        match left.is_empty() {
            true => Ok(()),
            false => Err(moved(
                run,
                op,
                &format!("claims came since the plan was made, and have the old size: {}", left.join(", ")),
            )),
        }
    }
}
