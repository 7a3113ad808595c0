//! The number of replicas of an autoscaled object: a second manager of ours holds it, so that it stays when the
//! first one leaves it out, until an autoscaler takes it.

use plimsoll_plan::{Operation, replicas};
use plimsoll_state::{Intent, Outcome, Verb};
use serde_json::Value as Json;

use crate::cluster::Apply;
use crate::diagnose::diagnostic;
use crate::error::{Cause, FieldConflict};
use crate::execute::Run;
use crate::write::{ATTEMPTS, Failed, expected, send, span, text};

/// Gives the number of replicas to an autoscaler: a permanent second manager holds it.
pub(crate) async fn hand_over(run: &Run<'_>, op: &Operation, number: i64) -> Result<(), Failed> {
    again(run, op, replicas::object(&op.id, number), replicas::MANAGER).await
}

/// Leaves the number of replicas to whoever else holds it by now: `body` has none.
pub(crate) async fn give_up(run: &Run<'_>, op: &Operation, body: Json) -> Result<(), Failed> {
    again(run, op, body, &run.manager()).await
}

/// The object with a number of replicas. One that is made anew around its pods has it from the start: with the
/// default number all pods but one would be stopped.
pub(crate) fn with_number(mut body: Json, number: Option<i64>) -> Json {
    if let Some(number) = number {
        plimsoll_plan::insert(&mut body, &replicas::path(), number.into());
    }
    body
}

/// Applies to an object that this operation has just written.
async fn again(run: &Run<'_>, op: &Operation, body: Json, manager: &str) -> Result<(), Failed> {
    let live = run.seen(&op.id);
    let how = Apply { manager: manager.to_string(), force: false, dry_run: false };
    let intent = Intent {
        verb: Verb::Update,
        address: op.address.clone(),
        object: op.id.clone(),
        uid: live.as_ref().and_then(|l| text(l, "uid")),
        resource_version: live.as_ref().and_then(|l| text(l, "resourceVersion")),
        expected: live.as_ref().and_then(|l| expected(run, op, l, &body, &how.manager)),
        at: (run.session.surroundings.now)(),
        effects: Vec::new(),
    };
    // The uid alone: a version would move with every status write, and the number is the same.
    let mut sent = body;
    if let Some(uid) = &intent.uid {
        sent["metadata"]["uid"] = uid.clone().into();
    }
    let id = run.journal.intent(intent).await?;
    for attempt in 1..=ATTEMPTS {
        match send(run, op, &sent, &how).await.0 {
            Ok(applied) => {
                run.saw(&op.id, Some(applied.object));
                run.journal.outcome(id, Outcome::Done { effects: Vec::new() }).await?;
                return Ok(());
            }
            // An autoscaler was faster: it owns the number already, which is what was wanted.
            Err(e) if is_scaled(&e.cause) => {
                run.journal.outcome(id, Outcome::Done { effects: Vec::new() }).await?;
                return Ok(());
            }
            // Applying the same number again changes nothing.
            Err(e) if e.may_have_happened() && attempt < ATTEMPTS => {}
            Err(e) => {
                run.journal.outcome(id, Outcome::Failed).await?;
                return Err(diagnostic(&e, span(run, op)).into());
            }
        }
    }
    Ok(())
}

/// Whether a refusal says that somebody scaled the object: the only conflict is about the number, and
/// with the subresource through which it is scaled.
fn is_scaled(cause: &Cause) -> bool {
    let Cause::FieldConflict(conflicts) = cause else { return false };
    let scale = |c: &FieldConflict| c.message.contains("with subresource \"scale\"");
    let number = |c: &FieldConflict| c.field == replicas::path().server_form();
    !conflicts.is_empty() && conflicts.iter().all(|c| number(c) && scale(c))
}
