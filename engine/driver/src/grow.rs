//! Letting the claims of a StatefulSet grow: a JSON patch each, which holds only for the claim that was reviewed.

use plimsoll_model::ObjectId;
use plimsoll_plan::{Grown, Operation, growth};
use plimsoll_state::{Intent, Outcome, Verb, crash_point};
use serde_json::Value as Json;

use crate::diagnose::diagnostic;
use crate::execute::Run;
use crate::write::{ATTEMPTS, Failed, moved, span, text};

/// Lets every claim grow that was reviewed. Those that have the size already stay as they are.
pub(crate) async fn claims(run: &Run<'_>, op: &Operation) -> Result<(), Failed> {
    for grown in &op.grows {
        claim(run, op, grown).await?;
    }
    Ok(())
}

async fn claim(run: &Run<'_>, op: &Operation, grown: &Grown) -> Result<(), Failed> {
    let id = growth::claim(&op.id, &grown.name);
    let live = seen(run, op, &id).await?;
    if is_done(&live, grown) {
        return Ok(());
    }
    if text(&live, "uid").as_ref() != Some(&grown.uid) || growth::size(&live) != Some(&grown.from) {
        return Err(another(run, op, &id));
    }
    let intent = Intent {
        verb: Verb::Update,
        address: op.address.clone(),
        object: id.clone(),
        uid: Some(grown.uid.clone()),
        resource_version: text(&live, "resourceVersion"),
        expected: None,
        at: (run.session.surroundings.now)(),
        effects: Vec::new(),
    };
    let (cluster, manager, patch) = (&*run.session.cluster, run.manager(), growth::patch(grown));
    let done = Outcome::Done { effects: Vec::new() };
    let written = run.journal.intent(intent).await?;
    for attempt in 1..=ATTEMPTS {
        crash_point("request-before");
        let answer = run.retry.write(|| cluster.json_patch(&id, &patch, &manager, false)).await;
        crash_point("request-after");
        let Err(error) = answer else {
            run.journal.outcome(written, done).await?;
            return Ok(());
        };
        // Where a value is not the one that the patch tests, the answer is a refusal like any other: a look tells.
        let now = match seen(run, op, &id).await {
            Ok(now) => now,
            Err(failed) => {
                let outcome = if error.may_have_happened() { Outcome::Unknown } else { Outcome::Failed };
                run.journal.outcome(written, outcome).await?;
                return Err(failed);
            }
        };
        if is_done(&now, grown) {
            run.journal.outcome(written, done).await?;
            return Ok(());
        }
        let same = text(&now, "uid").as_ref() == Some(&grown.uid) && growth::size(&now) == Some(&grown.from);
        if same && error.may_have_happened() && attempt < ATTEMPTS {
            continue;
        }
        run.journal.outcome(written, Outcome::Failed).await?;
        return match same {
            true => Err(diagnostic(&error, span(run, op)).into()),
            false => Err(another(run, op, &id)),
        };
    }
    Ok(())
}

fn is_done(live: &Json, grown: &Grown) -> bool {
    text(live, "uid").as_ref() == Some(&grown.uid) && growth::size(live) == Some(&grown.to)
}

async fn seen(run: &Run<'_>, op: &Operation, id: &ObjectId) -> Result<Json, Failed> {
    match run.retry.idempotent(|| run.session.cluster.get(id)).await {
        Ok(object) => Ok(object),
        Err(e) if e.is_not_found() => Err(another(run, op, id)),
        Err(e) => Err(diagnostic(&e, span(run, op)).into()),
    }
}

fn another(run: &Run<'_>, op: &Operation, id: &ObjectId) -> Failed {
    moved(run, op, &format!("{id} is not the claim that was reviewed"))
}
