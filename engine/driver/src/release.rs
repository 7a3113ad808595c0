//! Letting an object go: a JSON patch that takes our marks from it. What stands in it stays.

use plimsoll_model::Diagnostic;
use plimsoll_plan::{Operation, digest, release as plan};
use plimsoll_state::{Effect, Expected, Intent, Outcome, Verb, crash_point};
use serde_json::Value as Json;

use crate::diagnose::diagnostic;
use crate::execute::Run;
use crate::resolve::{has_labels, has_manager};
use crate::write::{ATTEMPTS, Failed, span, text};

/// Takes our marks from the object, and forgets it.
pub(crate) async fn release(run: &Run<'_>, op: &Operation) -> Result<(), Failed> {
    let (cluster, manager) = (&*run.session.cluster, run.manager());
    let mut live = run.seen(&op.id).unwrap_or_default();
    let held = |object: &Json| digest::held_digest(object, &op.id.gvk, &manager, &run.key);
    let without = plan::without_marks(&live, &manager);
    let intent = Intent {
        verb: Verb::Update,
        address: op.address.clone(),
        object: op.id.clone(),
        uid: op.uid.clone(),
        resource_version: text(&live, "resourceVersion"),
        expected: held(&live).zip(held(&without)).map(|(before, after)| Expected {
            manager: manager.clone(),
            before,
            after,
        }),
        at: (run.session.surroundings.now)(),
        effects: vec![Effect::Remove { address: op.address.clone() }],
    };
    let done = Outcome::Done { effects: intent.effects.clone() };
    let id = run.journal.intent(intent).await?;
    for attempt in 1..=ATTEMPTS {
        if text(&live, "uid") != op.uid {
            run.journal.outcome(id, Outcome::Failed).await?;
            return Err(moved(run, op));
        }
        // Without our manager, as where somebody cleared them all, our labels go all the same.
        let marked = has_labels(&live, run.project(), run.environment());
        if !marked && !has_manager(&live, run.project()) {
            break;
        }
        let patch = plan::patch(&live, &manager);
        crash_point("request-before");
        let answer = run.retry.write(|| cluster.json_patch(&op.id, &patch, &manager, false)).await;
        crash_point("request-after");
        let error = match answer {
            Ok(_) => break,
            // Gone is let go as well.
            Err(error) if error.is_not_found() => break,
            Err(error) => error,
        };
        // Where a value is not the one that the patch tests, the answer is a refusal like any other: a look tells.
        let before = live["metadata"]["managedFields"].clone();
        match run.retry.idempotent(|| cluster.get(&op.id)).await {
            Ok(now) => live = now,
            Err(e) if e.is_not_found() => break,
            Err(_) => {
                let outcome = if error.may_have_happened() { Outcome::Unknown } else { Outcome::Failed };
                run.journal.outcome(id, outcome).await?;
                return Err(diagnostic(&error, span(run, op)).into());
            }
        }
        let same = live["metadata"]["managedFields"] == before;
        if attempt == ATTEMPTS || (same && !error.may_have_happened()) {
            run.journal.outcome(id, Outcome::Failed).await?;
            return Err(diagnostic(&error, span(run, op)).into());
        }
    }
    run.saw(&op.id, None);
    run.journal.outcome(id, done).await?;
    Ok(())
}

fn moved(run: &Run<'_>, op: &Operation) -> Failed {
    Diagnostic::error("object-moved", "the object changed in between")
        .detail(format!("{}: somebody made it anew. It is left as it is.", op.id))
        .at_some(span(run, op), "")
        .help("plan again")
        .into()
}
