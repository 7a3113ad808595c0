//! One operation: its intent, its requests, its outcome.
//!
//! A plan leaves nothing to choose: what does not fit any more is not sent. A request whose answer
//! is lost is resolved by a GET before anything is sent again.

use std::collections::BTreeMap;
use std::time::Duration;

use plimsoll_model::{Address, Diagnostic, EdgeKind, ObjectId, Span};
use plimsoll_plan::stale::{self, Freshness};
use plimsoll_plan::{Action, Operation, digest};
use plimsoll_schema::unchanged::{self, Proof};
use plimsoll_state::{Effect, Expected, Intent, Outcome, Resource, StateError, Verb, crash_point};
use serde_json::Value as Json;

use crate::around::Around;
use crate::body;
use crate::cluster::{Applied, Apply, Deleted, Preconditions, Propagation};
use crate::diagnose::diagnostic;
use crate::error::{Cause, ClusterError};
use crate::event::Event;
use crate::execute::{Run, subject};
use crate::grow;
use crate::limit::{self, Limit};
use crate::occupants;
use crate::release;
use crate::resolve::{self, Ending};
use crate::revert;
use crate::scaled;
use crate::wait;

/// How often a request is sent again because the object moved under it or its answer was lost.
pub(crate) const ATTEMPTS: u32 = 6;

/// Why an operation failed.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The cluster or the plan's own terms refuse it.
    Refused(Box<Diagnostic>),
    /// The journal cannot be written.
    Journal(Box<Diagnostic>),
}

impl From<Diagnostic> for Failed {
    fn from(d: Diagnostic) -> Failed {
        Failed::Refused(Box::new(d))
    }
}

impl From<StateError> for Failed {
    fn from(e: StateError) -> Failed {
        Failed::Journal(Box::new(e.diagnostic()))
    }
}

/// Carries out one operation.
pub(crate) async fn carry_out(run: &Run<'_>, op: &Operation) -> Result<(), Failed> {
    match op.action {
        Action::Delete => return delete(run, op, None).await,
        Action::Release => return release::release(run, op).await,
        _ => {}
    }
    let first = op.replicas.as_ref().filter(|r| r.first);
    let mut number = op.replicas.as_ref().filter(|r| !r.first).map(|r| r.replicas);
    if let Some(step) = first {
        scaled::hand_over(run, op, step.replicas).await?;
    }
    let theirs = run.seen(&op.id);
    let mut own = None;
    if matches!(op.action, Action::Create | Action::Update | Action::Replace) && op.is_applied() {
        // Before anything is deleted, the new object is known and, where that is possible, tried once more.
        let mut body = body::of(run, op).await?;
        let mut sent = number.filter(|_| op.keeps_pods);
        if op.action == Action::Replace && op.keeps_pods {
            let mut around = Around::of(run, op, body).await?;
            grow::claims(run, op).await?;
            delete(run, op, Some(&mut around)).await?;
            (body, sent) = (around.body, around.number);
            number = sent.or(number);
        } else if op.action == Action::Replace {
            body::try_beside(run, op, &body).await?;
            grow::claims(run, op).await?;
            delete(run, op, None).await?;
        }
        own = sent.map(|_| body.clone());
        write(run, op, scaled::with_number(body, sent)).await?;
    }
    if let Some(theirs) = theirs.filter(|_| !op.reverts.is_empty()) {
        revert::take_out(run, op, &theirs).await?;
    }
    if let Some(number) = number {
        scaled::hand_over(run, op, number).await?;
    }
    if let Some(own) = own {
        scaled::give_up(run, op, own).await?;
    }
    Ok(())
}

/// The finding about an object that is not, or no longer, what the plan takes it for.
pub(crate) fn moved(run: &Run<'_>, op: &Operation, why: &str) -> Failed {
    Diagnostic::error("object-moved", "the object changed in between")
        .detail(format!("{}: {why}. It is left as it is.", op.id))
        .at_some(span(run, op), "")
        .help("plan again")
        .into()
}

/// Where the block of an operation stands.
pub(crate) fn span(run: &Run<'_>, op: &Operation) -> Option<Span> {
    run.desired.get(&op.address).map(|o| o.span)
}

pub(crate) fn text(object: &Json, key: &str) -> Option<String> {
    object["metadata"][key].as_str().map(str::to_string)
}

/// Creates or updates the object by server-side apply.
async fn write(run: &Run<'_>, op: &Operation, body: Json) -> Result<(), Failed> {
    let how = Apply { manager: run.manager(), force: op.force, dry_run: false };
    let verb = if op.action == Action::Update { Verb::Update } else { Verb::Create };
    let mut live = if verb == Verb::Create { None } else { run.seen(&op.id) };
    let intent = Intent {
        verb,
        address: op.address.clone(),
        object: op.id.clone(),
        uid: live.as_ref().and_then(|l| text(l, "uid")),
        resource_version: live.as_ref().and_then(|l| text(l, "resourceVersion")),
        expected: live
            .as_ref()
            .and_then(|l| expected(run, op, l, &body::over(run, op, &body, Some(l)), &how.manager)),
        at: (run.session.surroundings.now)(),
        effects: vec![Effect::Put { address: op.address.clone(), resource: resource(run, op) }],
    };
    let id = run.journal.intent(intent.clone()).await?;
    for attempt in 1..=ATTEMPTS {
        let sent = preconditioned(body::over(run, op, &body, live.as_ref()), live.as_ref());
        let (answer, resent) = send(run, op, &sent, &how).await;
        // One of these may have come through although its answer says otherwise.
        let again = attempt > 1 || resent;
        let error = match answer {
            Ok(Applied { created, object }) => match (verb, created) {
                (Verb::Create, true) | (Verb::Update, false) => {
                    return written(run, op, id, &intent, object).await;
                }
                (Verb::Create, false) if again && is_mine(run, &object) => {
                    return written(run, op, id, &intent, object).await;
                }
                _ => {
                    run.journal.outcome(id, Outcome::Failed).await?;
                    return Err(somebody_else(op, created).at_some(span(run, op), "").into());
                }
            },
            Err(e) => e,
        };
        let last = attempt == ATTEMPTS;
        if error.may_have_happened() {
            match run.retry.idempotent(|| run.session.cluster.get(&op.id)).await {
                Ok(object) => {
                    let (project, environment) = (run.project(), run.environment());
                    let ending = resolve::ending(&intent, Some(&object), project, environment, &run.key);
                    match ending {
                        Ending::Done => return written(run, op, id, &intent, object).await,
                        _ if verb == Verb::Update && carries(run, op, &object, &body) => {
                            return written(run, op, id, &intent, object).await;
                        }
                        _ if last => {}
                        _ if verb == Verb::Create && !is_mine(run, &object) => {}
                        _ => {
                            live = fresh_or_failed(run, op, id, object).await?;
                            continue;
                        }
                    }
                }
                Err(e) if e.is_not_found() && verb == Verb::Create && !last => continue,
                Err(e) if e.is_not_found() => {}
                Err(_) => {
                    run.journal.outcome(id, Outcome::Unknown).await?;
                    return Err(diagnostic(&error, span(run, op)).into());
                }
            }
        } else if matches!(error.cause, Cause::Moved(_)) && verb == Verb::Create && live.is_none() {
            match run.retry.idempotent(|| run.session.cluster.get(&op.id)).await {
                // An earlier attempt came through after all.
                Ok(object) if again && is_mine(run, &object) => {
                    return written(run, op, id, &intent, object).await;
                }
                // It went again while we looked, or its type is not served again yet.
                Err(e) if !last && (e.is_not_found() || is_new(run, &e)) => continue,
                found => {
                    run.journal.outcome(id, Outcome::Failed).await?;
                    let why = match found {
                        Ok(_) => somebody_else(op, false).at_some(span(run, op), ""),
                        Err(e) => diagnostic(&e, span(run, op)),
                    };
                    return Err(why.into());
                }
            }
        } else if matches!(error.cause, Cause::Moved(_)) && verb == Verb::Update && !last {
            // A status write moves the version: go on if our fields did not move with it.
            match run.retry.idempotent(|| run.session.cluster.get(&op.id)).await {
                Ok(object) => {
                    live = fresh_or_failed(run, op, id, object).await?;
                    continue;
                }
                Err(e) => {
                    run.journal.outcome(id, Outcome::Failed).await?;
                    return Err(diagnostic(&e, span(run, op)).into());
                }
            }
        }
        run.journal.outcome(id, Outcome::Failed).await?;
        return Err(diagnostic(&error, span(run, op)).into());
    }
    Ok(())
}

/// What tells afterwards whether an apply of `body` to `live` came through.
pub(crate) fn expected(
    run: &Run<'_>,
    op: &Operation,
    live: &Json,
    body: &Json,
    manager: &str,
) -> Option<Expected> {
    Some(Expected {
        manager: manager.to_string(),
        before: digest::held_digest(live, &op.id.gvk, manager, &run.key)?,
        after: digest::expected_digest(live, &op.id.gvk, body, manager, &run.key)?,
    })
}

/// Sends one apply, and tells whether it was sent more than once. A type that was just declared may take a moment to
/// be served.
pub(crate) async fn send(
    run: &Run<'_>,
    op: &Operation,
    body: &Json,
    how: &Apply,
) -> (Result<Applied, ClusterError>, bool) {
    let cluster = &*run.session.cluster;
    let mut patience = if run.new_types { 50 } else { 0 };
    let mut resent = false;
    loop {
        crash_point("request-before");
        let answer = run.retry.write(|| cluster.apply(&op.id, body, how)).await;
        crash_point("request-after");
        match answer {
            Err(e) if is_new(run, &e) && patience > 0 => {
                patience -= 1;
                tokio::time::sleep(Duration::from_millis(200)).await;
                cluster.rediscover().await;
                resent = true;
            }
            answer => return (answer, resent),
        }
    }
}

/// Whether a type is not served that the plan may just have declared.
fn is_new(run: &Run<'_>, error: &ClusterError) -> bool {
    run.new_types && matches!(error.cause, Cause::NoSuchKind(_))
}

/// The version that no object has: a server writes the first one it stores with a later one. Asking
/// for it makes an object that is absent, and refuses one that somebody made first (409, measured for
/// built-in and custom types); "0" would ask for nothing.
const ABSENT: &str = "1";

/// The body with uid and version of the object that it is meant for; of one that is to be made, with
/// a version that forbids to write to somebody else's.
fn preconditioned(mut body: Json, live: Option<&Json>) -> Json {
    if live.is_none() {
        body["metadata"]["resourceVersion"] = ABSENT.into();
    }
    for key in ["uid", "resourceVersion"] {
        if let Some(value) = live.and_then(|l| text(l, key)) {
            body["metadata"][key] = value.into();
        }
    }
    body
}

/// The live object, if the operation still does to it what was reviewed; else it has failed.
async fn fresh_or_failed(
    run: &Run<'_>,
    op: &Operation,
    id: plimsoll_state::OperationId,
    object: Json,
) -> Result<Option<Json>, Failed> {
    if stale::recheck(op, Some(&object), &run.manager(), &run.key) == Freshness::Same {
        run.saw(&op.id, Some(object.clone()));
        return Ok(Some(object));
    }
    run.journal.outcome(id, Outcome::Failed).await?;
    let d = Diagnostic::error("object-moved", "the object changed in between")
        .detail(format!("{}: somebody else changed a field of ours after the plan was made.", op.id))
        .at_some(span(run, op), "")
        .help("plan again");
    Err(d.into())
}

/// Whether the object is ours and stands for this run's project and environment.
fn is_mine(run: &Run<'_>, object: &Json) -> bool {
    resolve::is_ours(object, run.project(), run.environment())
}

/// Whether our apply certainly came through: applying the body again would change nothing. Where
/// the schema of the kind is not known, every field has to stand there as it was sent.
fn carries(run: &Run<'_>, op: &Operation, object: &Json, body: &Json) -> bool {
    let body = body::over(run, op, body, Some(object));
    match plimsoll_schema::kind(&op.id.gvk) {
        Some(kind) => {
            let body = plimsoll_schema::canonical::without_nulls(kind, &body);
            unchanged::prove(kind, &body, object, &run.manager()) == Proof::Unchanged
        }
        None => is_mine(run, object) && holds(object, &body),
    }
}

/// Whether everything in `body` stands in `object` in the same way.
fn holds(object: &Json, body: &Json) -> bool {
    match (object, body) {
        (Json::Object(o), Json::Object(b)) => {
            b.iter().all(|(k, v)| v.is_null() || o.get(k).is_some_and(|o| holds(o, v)))
        }
        (Json::Array(o), Json::Array(b)) => o.len() == b.len() && o.iter().zip(b).all(|(o, b)| holds(o, b)),
        (o, b) => plimsoll_schema::equal(o, b),
    }
}

/// What the server made of the object beside what was reviewed, at the fields that are ours: a dry run
/// may have been impossible, and a webhook may do something else when it is not asked by one.
fn came_out_otherwise(run: &Run<'_>, op: &Operation, object: &Json) -> Option<Diagnostic> {
    let planned = run.desired.get(&op.address)?;
    let path = stale::first_mismatch(op, planned, object)?;
    // What is left to others is theirs to move.
    if op.yielded.iter().any(|y| y.path == path.to_string()) {
        return None;
    }
    let d = Diagnostic::error("came-out-otherwise", "an object came out otherwise than it was reviewed")
        .detail(format!("{} ({}) is written, and its {path} is not what the plan showed.", op.address, op.id))
        .at(planned.span, "declared here")
        .help("plan again: it shows both values; a webhook or the server's version may be the reason");
    Some(d)
}

fn somebody_else(op: &Operation, created: bool) -> Diagnostic {
    let detail = match created {
        true => format!("{} was gone, and the write made it anew.", op.id),
        false => {
            format!("{} was to be made, and somebody else made it first. It is left as it is.", op.id)
        }
    };
    Diagnostic::error("object-moved", "the object changed in between")
        .detail(detail)
        .help("plan again, and look at who manages the object")
}

/// Writes down that the operation is done, and compares what it made with what was reviewed.
async fn written(
    run: &Run<'_>,
    op: &Operation,
    id: plimsoll_state::OperationId,
    intent: &Intent,
    object: Json,
) -> Result<(), Failed> {
    let uid = text(&object, "uid").unwrap_or_default();
    let otherwise = came_out_otherwise(run, op, &object);
    run.saw(&op.id, Some(object));
    run.journal.outcome(id, Outcome::Done { effects: intent.effects_with_uid(&uid) }).await?;
    otherwise.map_or(Ok(()), |d| Err(d.into()))
}

/// What the state keeps of the operation's object; the uid of one that is still to be made is empty.
pub(crate) fn resource(run: &Run<'_>, op: &Operation) -> Resource {
    Resource {
        object: op.id.clone(),
        uid: op.uid.clone().filter(|_| op.action != Action::Replace).unwrap_or_default(),
        digest: run.digest(op),
        edges: recorded_edges(&run.edges, op),
        sensitive_paths: op.sensitive_paths.clone(),
        prevent_destroy: op.protected,
    }
}

/// What an operation's object needs, and how strongly.
pub(crate) fn recorded_edges(
    edges: &BTreeMap<&Address, BTreeMap<&Address, EdgeKind>>,
    op: &Operation,
) -> BTreeMap<Address, EdgeKind> {
    let kind = |to| {
        let own = [&op.address, &op.address.block_address()];
        own.into_iter().filter_map(|from| edges.get(from)?.get(to).copied()).max().unwrap_or(EdgeKind::Order)
    };
    op.edges.iter().map(|to| (to.clone(), kind(to))).collect()
}

/// Deletes the object with its uid and version, once, and waits until it is gone. What is made `around` its pods
/// afterwards fits the version that is deleted.
async fn delete(run: &Run<'_>, op: &Operation, mut around: Option<&mut Around>) -> Result<(), Failed> {
    let cluster = &*run.session.cluster;
    let mut live = run.seen(&op.id);
    let Some(uid) = op.uid.clone().or_else(|| live.as_ref().and_then(|l| text(l, "uid"))) else {
        return Ok(());
    };
    empty(run, op).await?;
    let intent = Intent {
        verb: Verb::Delete,
        address: op.address.clone(),
        object: op.id.clone(),
        uid: Some(uid.clone()),
        resource_version: live.as_ref().and_then(|l| text(l, "resourceVersion")),
        expected: None,
        at: (run.session.surroundings.now)(),
        effects: vec![Effect::Remove { address: op.address.clone() }],
    };
    let done = Outcome::Done { effects: intent.effects.clone() };
    let dependents = match op.action {
        Action::Replace if op.keeps_pods => Propagation::Orphan,
        // What is replaced is gone with its pods before the new one comes.
        Action::Replace => Propagation::Foreground,
        _ => Propagation::Background,
    };
    let id = run.journal.intent(intent).await?;
    for attempt in 1..=ATTEMPTS {
        if live.as_ref().is_some_and(|l| !stale::may_go(l, &run.manager())) {
            run.journal.outcome(id, Outcome::Failed).await?;
            let d = Diagnostic::error("object-given-away", "the object is no longer ours")
                .detail(format!("{}: our field manager is gone from it, so it is not deleted.", op.id))
                .help("plan again");
            return Err(d.into());
        }
        let terminating = live.as_ref().is_some_and(|l| text(l, "deletionTimestamp").is_some());
        if let (Some(around), Some(live), false) = (around.as_deref_mut(), &live, terminating)
            && let Err(failed) = around.fit_last(run, op, live).await
        {
            run.journal.outcome(id, Outcome::Failed).await?;
            return Err(failed);
        }
        let when = Preconditions {
            uid: Some(uid.clone()),
            resource_version: live.as_ref().and_then(|l| text(l, "resourceVersion")),
        };
        crash_point("request-before");
        let answer = match terminating {
            true => Ok(Deleted::Terminating),
            false => run.retry.write(|| cluster.delete(&op.id, &when, dependents)).await,
        };
        crash_point("request-after");
        let error = match answer {
            Ok(Deleted::Gone) => return gone(run, op, id, done).await,
            Ok(Deleted::Terminating) => {
                let told = |reason: &str| {
                    let reason = run.secrets.hidden(reason);
                    (run.sink)(Event::Waiting { subject: subject(op), reason })
                };
                let limit = limit::gone(run, op);
                return match wait::gone(cluster, &run.retry, &op.id, &uid, limit.limit, told).await {
                    Ok(()) => gone(run, op, id, done).await,
                    Err(reason) => {
                        run.journal.outcome(id, Outcome::Failed).await?;
                        Err(still_there(&op.id, limit, &reason).into())
                    }
                };
            }
            Err(e) if e.is_not_found() => return gone(run, op, id, done).await,
            Err(e) => e,
        };
        let again = error.may_have_happened() || matches!(error.cause, Cause::Moved(_));
        if !again || attempt == ATTEMPTS {
            run.journal.outcome(id, Outcome::Failed).await?;
            return Err(diagnostic(&error, span(run, op)).into());
        }
        match run.retry.idempotent(|| cluster.get(&op.id)).await {
            // Somebody made it anew under the same name: that one is not ours to delete.
            Ok(object) if text(&object, "uid").as_deref() != Some(&uid) => {
                return gone(run, op, id, done).await;
            }
            Ok(object) => {
                // Somebody wrote to it in between: what was reviewed is looked at once more.
                let moved = (matches!(error.cause, Cause::Moved(_)) || around.is_some())
                    && text(&object, "deletionTimestamp").is_none();
                if moved {
                    live = fresh_or_failed(run, op, id, object).await?;
                    if let Err(failed) = empty(run, op).await {
                        run.journal.outcome(id, Outcome::Failed).await?;
                        return Err(failed);
                    }
                } else {
                    live = Some(object);
                }
            }
            Err(e) if e.is_not_found() => return gone(run, op, id, done).await,
            Err(e) => {
                run.journal.outcome(id, Outcome::Unknown).await?;
                return Err(diagnostic(&e, span(run, op)).into());
            }
        }
    }
    Ok(())
}

/// Refuses to delete a namespace that holds something which would be lost with it.
async fn empty(run: &Run<'_>, op: &Operation) -> Result<(), Failed> {
    if op.id.gvk.kind != "Namespace" || !op.id.gvk.group.is_empty() {
        return Ok(());
    }
    let left = occupants::left(run, &op.id.name).await.map_err(|e| diagnostic(&e, span(run, op)))?;
    match left.is_empty() {
        true => Ok(()),
        false => Err(occupants::diagnostic(&op.address, &op.id.name, &left).into()),
    }
}

async fn gone(
    run: &Run<'_>,
    op: &Operation,
    id: plimsoll_state::OperationId,
    done: Outcome,
) -> Result<(), Failed> {
    run.saw(&op.id, None);
    run.journal.outcome(id, done).await?;
    Ok(())
}

fn still_there(id: &ObjectId, limit: Limit, reason: &str) -> Diagnostic {
    let d = Diagnostic::error("not-gone", "the object is still being deleted")
        .detail(format!("{id}, after {}: {}.", wait::shown(limit.limit), reason.trim_end_matches('.')))
        .help("remove what holds it, and run the command again");
    wait::said(d, limit)
}
