//! The planner's questions, asked of the cluster, and the cluster's answers in the planner's words.

use futures::StreamExt;
use plimsoll_plan::{Answer, ConflictCause, Refusal, RefusalCause, Request};

use crate::cluster::{Apply, Cluster};
use crate::error::{Cause, ClusterError};
use crate::observe::scope;
use crate::occupants;
use crate::retry::Retry;

/// Answers every question, in their order, `parallelism` at once.
pub(crate) async fn answers(
    cluster: &dyn Cluster,
    retry: &Retry,
    requests: Vec<Request>,
    parallelism: usize,
) -> Vec<Answer> {
    // In whatever order they come: one slow answer holds no other question back.
    let mut answers: Vec<(usize, Answer)> = futures::stream::iter(requests.into_iter().enumerate())
        .map(|(i, request)| async move { (i, answer(cluster, retry, &request, parallelism).await) })
        .buffer_unordered(parallelism.max(1))
        .collect()
        .await;
    answers.sort_by_key(|(i, _)| *i);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

async fn answer(cluster: &dyn Cluster, retry: &Retry, request: &Request, parallelism: usize) -> Answer {
    match request {
        Request::DryRun(run) => {
            let how = Apply { manager: run.manager.clone(), force: run.force, dry_run: true };
            match retry.idempotent(|| cluster.apply(&run.id, &run.object, &how)).await {
                Ok(applied) => Answer::Applied {
                    status: if applied.created { 201 } else { 200 },
                    object: applied.object,
                },
                Err(e) => refused(e),
            }
        }
        Request::Patch(p) => {
            match retry.idempotent(|| cluster.json_patch(&p.id, &p.operations, &p.manager, true)).await {
                Ok(object) => Answer::Applied { status: 200, object },
                Err(e) => refused(e),
            }
        }
        Request::Get(id) => match retry.idempotent(|| cluster.get(id)).await {
            Ok(object) => Answer::Found(Some(object)),
            // A type that is not served says nothing about its objects.
            Err(e) if e.is_not_found() => Answer::Found(None),
            Err(e) => Answer::Failed(e.to_string()),
        },
        Request::List(list) => {
            let scope = scope(list);
            match retry.idempotent(|| cluster.list(&scope)).await {
                Ok(listing) => Answer::Listed(listing.objects().collect()),
                Err(e) if matches!(e.cause, Cause::NoSuchKind(_)) => Answer::Listed(Vec::new()),
                Err(e) => Answer::Failed(e.to_string()),
            }
        }
        Request::Contents(namespace) => {
            match occupants::contents(cluster, retry, parallelism, namespace).await {
                Ok(contents) => Answer::Contents(contents),
                Err(e) => Answer::Failed(e.to_string()),
            }
        }
    }
}

/// A failed dry run: a refusal has a status and a word; anything else is no answer at all.
fn refused(error: ClusterError) -> Answer {
    let whole = error.to_string();
    let refusal = |status, reason: &str, message: String| {
        Answer::Refused(Refusal { status, reason: reason.into(), message, causes: Vec::new() })
    };
    match error.cause {
        Cause::FieldConflict(conflicts) => Answer::Conflict(
            conflicts.into_iter().map(|c| ConflictCause { field: c.field, message: c.message }).collect(),
        ),
        Cause::Invalid { message, causes } => Answer::Refused(Refusal {
            status: 422,
            reason: "Invalid".into(),
            message,
            causes: causes
                .into_iter()
                .map(|c| RefusalCause { field: c.field, reason: c.reason, message: c.message })
                .collect(),
        }),
        Cause::Forbidden(m) => refusal(403, "Forbidden", m),
        Cause::QuotaExceeded(m) => refusal(403, "Forbidden", m),
        Cause::NamespaceTerminating(m) => refusal(403, "NamespaceTerminating", m),
        Cause::NotFound(m) => refusal(404, "NotFound", m),
        Cause::NoSuchKind(m) => refusal(404, "NoSuchKind", m),
        Cause::AlreadyExists(m) => refusal(409, "AlreadyExists", m),
        Cause::Moved(m) => refusal(409, "Conflict", m),
        Cause::Webhook { message, down: false } => refusal(400, "WebhookDenied", message),
        Cause::NoDryRun(m) => refusal(400, "NoDryRun", m),
        _ => Answer::Failed(whole),
    }
}
