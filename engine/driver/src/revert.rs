//! Taking out what others added: a JSON patch that holds only for the object as it was seen.

use plimsoll_plan::{Operation, revert};
use plimsoll_schema::{Path, equal, get, parse_path};
use plimsoll_state::{Intent, Outcome, Verb, crash_point};
use serde_json::Value as Json;

use crate::diagnose::diagnostic;
use crate::execute::Run;
use crate::write::{ATTEMPTS, Failed, moved, span, text};

/// Takes the reviewed fields out of the object. `reviewed` is the object with the values that were reviewed: what
/// has another value by now stays, and is an error.
pub(crate) async fn take_out(run: &Run<'_>, op: &Operation, reviewed: &Json) -> Result<(), Failed> {
    let paths: Vec<Path> = op.reverts.iter().map(|path| parse_path(path)).collect();
    // Only what was reviewed is taken out; where it is not what the plan names, nothing would be done.
    if let Some(other) = paths.iter().find(|path| get(reviewed, path).is_none()) {
        return Err(moved(run, op, &format!("{other}, which the plan takes out, is not in it")));
    }
    let (cluster, manager) = (&*run.session.cluster, run.manager());
    let mut live = run.seen(&op.id).unwrap_or_default();
    let intent = Intent {
        verb: Verb::Update,
        address: op.address.clone(),
        object: op.id.clone(),
        uid: text(&live, "uid"),
        resource_version: text(&live, "resourceVersion"),
        expected: None,
        at: (run.session.surroundings.now)(),
        effects: Vec::new(),
    };
    let id = run.journal.intent(intent).await?;
    for attempt in 1..=ATTEMPTS {
        let patch = revert::patch(&live, &paths);
        crash_point("request-before");
        let answer = run.retry.write(|| cluster.json_patch(&op.id, &patch, &manager, false)).await;
        crash_point("request-after");
        let error = match answer {
            Ok(object) => {
                run.saw(&op.id, Some(object));
                run.journal.outcome(id, Outcome::Done { effects: Vec::new() }).await?;
                return Ok(());
            }
            Err(error) => error,
        };
        let last = attempt == ATTEMPTS;
        // A test of the patch fails as 422, like a patch that the server does not want: a look tells.
        let now = match run.retry.idempotent(|| cluster.get(&op.id)).await {
            Ok(now) if !last => now,
            _ => {
                let outcome = if error.may_have_happened() { Outcome::Unknown } else { Outcome::Failed };
                run.journal.outcome(id, outcome).await?;
                return Err(diagnostic(&error, span(run, op)).into());
            }
        };
        if paths.iter().all(|path| get(&now, path).is_none()) {
            run.saw(&op.id, Some(now));
            run.journal.outcome(id, Outcome::Done { effects: Vec::new() }).await?;
            return Ok(());
        }
        let written = text(&now, "resourceVersion") != text(&live, "resourceVersion");
        let same = |path: &Path| match (get(reviewed, path), get(&now, path)) {
            (Some(a), Some(b)) => equal(a, b),
            (_, None) => true,
            (None, Some(_)) => false,
        };
        if let Some(other) = paths.iter().find(|path| !same(path)) {
            run.journal.outcome(id, Outcome::Failed).await?;
            return Err(moved(run, op, &format!("somebody changed {other} after the plan was made")));
        }
        if !written && !error.may_have_happened() {
            run.journal.outcome(id, Outcome::Failed).await?;
            return Err(diagnostic(&error, span(run, op)).into());
        }
        live = now;
    }
    Ok(())
}
