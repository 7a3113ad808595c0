//! Waiting until what was written does what it is for, and telling why when it does not.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use plimsoll_model::{Diagnostic, Gvk, ObjectId, Span};
use serde_json::Value as Json;
use tokio::time::{Instant, sleep_until};

use crate::cluster::{Cluster, Failure, LogRequest, Readiness, WatchEvent};
use crate::hub::{Hub, Known, scope_of};
use crate::limit::Limit;
use crate::retry::Retry;

/// How often a failing container, a deadline or a missing watch is looked at without any news.
const TICK: Duration = Duration::from_secs(1);
/// After this long without readiness the pods are looked at as well.
const PODS_AFTER: Duration = Duration::from_secs(2);
/// After this long an object that no list and no event showed is asked for by itself.
const UNSEEN_AFTER: Duration = Duration::from_millis(500);
/// How long the cluster has to tell again what happened since a write.
const REPLAY: Duration = Duration::from_secs(5);
/// Lines of a container's output in a diagnostic.
const LOG_LINES: u32 = 10;

/// What is waited for.
pub(crate) struct Wait<'a> {
    pub id: &'a ObjectId,
    pub uid: String,
    /// The generation that the write returned: an older status does not count.
    pub generation: i64,
    pub span: Option<Span>,
    pub limit: Limit,
    pub grace: Duration,
    /// The labels of everything that is ours.
    pub selector: &'a str,
    /// The labels of our pods.
    pub pod_selector: &'a str,
}

/// Waits until the object is ready; `told` hears what is missing whenever that changes.
///
/// # Errors
/// It fails, is deleted, or the time is over.
pub(crate) async fn ready(
    cluster: &dyn Cluster,
    hub: &Hub,
    retry: &Retry,
    wait: Wait<'_>,
    written: Option<&Json>,
    mut told: impl FnMut(&str),
) -> Result<Json, Diagnostic> {
    // Most kinds are ready as soon as they exist: no watch for those.
    if let Some(object) = written
        && cluster.readiness(object, wait.generation, &[]) == Readiness::Ready
    {
        return Ok(object.clone());
    }
    let view = hub.view(&scope_of(wait.id, wait.selector));
    let begun = Instant::now();
    let mut last = String::new();
    let mut failing: Option<Instant> = None;
    loop {
        let notice = view.notice(&wait.id.name);
        let news = notice.notified();
        let known = match view.know(&wait.id.name, &wait.uid) {
            // What is not told of is asked for; the news of a write may still be on their way.
            Known::Unseen if begun.elapsed() < UNSEEN_AFTER => None,
            Known::Refused | Known::Unseen => match retry.idempotent(|| cluster.get(wait.id)).await {
                Ok(object) if object["metadata"]["uid"] == wait.uid.as_str() => Some(Arc::new(object)),
                Err(e) if !e.is_not_found() => None,
                _ => return went(cluster, &wait, written).await,
            },
            // A job that its time to live deleted as soon as it was complete.
            Known::Gone(Some(last)) if completed(&last) => return Ok((*last).clone()),
            Known::Gone(_) => return Err(deleted(&wait)),
            Known::Object(object) => Some(object),
            Known::Nothing => None,
        };
        let now = Instant::now();
        if let Some(object) = known {
            let pods = match &wait.id.namespace {
                Some(ns) if now - begun >= PODS_AFTER => hub.pods(ns, wait.pod_selector, &wait.uid),
                _ => Vec::new(),
            };
            let reason = match cluster.readiness(&object, wait.generation, &pods) {
                Readiness::Ready => return Ok((*object).clone()),
                Readiness::Waiting(reason) => {
                    failing = None;
                    reason
                }
                Readiness::Failing(failure) => {
                    let since = *failing.get_or_insert(now);
                    if failure.certain || now - since >= wait.grace {
                        return Err(failed(cluster, &wait, &failure).await);
                    }
                    failure.reason
                }
            };
            if reason != last {
                told(&reason);
                last = reason;
            }
        }
        let deadline = begun + wait.limit.limit;
        if now >= deadline {
            return Err(late(&wait, &last));
        }
        let _ = tokio::time::timeout_at((now + TICK).min(deadline), news).await;
    }
}

/// The last form of a job that completed and went before anybody looked; else it was deleted meanwhile.
///
/// # Errors
/// It is something else, or did not complete.
async fn went(cluster: &dyn Cluster, wait: &Wait<'_>, written: Option<&Json>) -> Result<Json, Diagnostic> {
    let from = written.and_then(|w| w["metadata"]["resourceVersion"].as_str());
    let (Some(from), "Job") = (from, wait.id.gvk.kind.as_str()) else { return Err(deleted(wait)) };
    let told = async {
        let mut events = cluster.watch(&scope_of(wait.id, wait.selector), from).await.ok()?;
        while let Some(Ok(event)) = events.next().await {
            match event {
                WatchEvent::Deleted(last) if last["metadata"]["uid"] == wait.uid.as_str() => {
                    return Some(last);
                }
                _ => {}
            }
        }
        None
    };
    let last = tokio::time::timeout(REPLAY, told).await.ok().flatten();
    last.filter(completed).ok_or_else(|| deleted(wait))
}

/// Whether a job ran to its end, well.
pub(crate) fn completed(job: &Json) -> bool {
    let conditions = job["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|c| c["type"] == "Complete" && c["status"] == "True")
}

/// Waits until the object with that uid is gone.
///
/// # Errors
/// The time is over; the text says what holds it.
pub(crate) async fn gone(
    cluster: &dyn Cluster,
    retry: &Retry,
    id: &ObjectId,
    uid: &str,
    timeout: Duration,
    mut told: impl FnMut(&str),
) -> Result<(), String> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(25);
    let mut last = String::new();
    loop {
        match retry.idempotent(|| cluster.get(id)).await {
            Ok(object) if object["metadata"]["uid"] == uid => {
                let reason = held_by(&object);
                if reason != last {
                    told(&reason);
                    last = reason;
                }
            }
            Ok(_) => return Ok(()),
            Err(e) if e.is_not_found() => return Ok(()),
            Err(e) => last = e.to_string(),
        }
        let now = Instant::now();
        if now >= begun + timeout {
            return Err(last);
        }
        sleep_until((now + pause).min(begun + timeout)).await;
        pause = (pause * 2).min(TICK);
    }
}

/// What keeps an object from going.
fn held_by(object: &Json) -> String {
    let finalizers: Vec<&str> = object["metadata"]["finalizers"]
        .as_array()
        .map(|all| all.iter().filter_map(Json::as_str).collect())
        .unwrap_or_default();
    match finalizers.as_slice() {
        ["kubernetes.io/pvc-protection"] => "a pod still uses the claim".into(),
        [] => "it is still being deleted".into(),
        all => format!("it is held by {}", all.join(", ")),
    }
}

/// Names the line of `timeouts` that set the time.
pub(crate) fn said(diagnostic: Diagnostic, limit: Limit) -> Diagnostic {
    match limit.said {
        Some(said) => diagnostic.related(said.span, "the time is set here"),
        None => diagnostic,
    }
}

/// `90 s`, `0.25 s`.
pub(crate) fn shown(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

fn at(diagnostic: Diagnostic, wait: &Wait<'_>) -> Diagnostic {
    diagnostic.at_some(wait.span, "")
}

fn deleted(wait: &Wait<'_>) -> Diagnostic {
    let d = Diagnostic::error("deleted-meanwhile", "the object was deleted while it was waited for")
        .detail(format!("{} is gone; somebody else deleted it.", wait.id))
        .help("plan again");
    at(d, wait)
}

fn late(wait: &Wait<'_>, reason: &str) -> Diagnostic {
    let reason = if reason.is_empty() { "the cluster tells nothing about it" } else { reason };
    let d = Diagnostic::error("not-ready", "the object did not become ready in time")
        .detail(format!("{}, after {}: {reason}.", wait.id, shown(wait.limit.limit)))
        .help("it was written, and the cluster goes on with it: plimsoll status tells how far it is");
    at(said(d, wait.limit), wait)
}

/// A failure with what the container printed last and what the cluster recorded about its pod.
async fn failed(cluster: &dyn Cluster, wait: &Wait<'_>, failure: &Failure) -> Diagnostic {
    let mut detail = format!("{}: {}.", wait.id, failure.reason.trim_end_matches('.'));
    if let Some((pod, container)) = &failure.container {
        let id = ObjectId {
            gvk: Gvk::new("", "v1", "Pod"),
            namespace: wait.id.namespace.clone(),
            name: pod.clone(),
        };
        if let Ok(happenings) = cluster.happenings(&id).await {
            let mut warnings: Vec<_> = happenings.into_iter().filter(|h| h.warning).collect();
            warnings.drain(..warnings.len().saturating_sub(3));
            for h in warnings {
                detail.push_str(&format!("\n{}: {}", h.reason, h.message.trim()));
            }
        }
        let mut request = LogRequest {
            namespace: wait.id.namespace.clone().unwrap_or_default(),
            pod: pod.clone(),
            container: container.clone(),
            previous: true,
            lines: LOG_LINES,
        };
        let mut output = cluster.logs(&request).await;
        if output.is_err() {
            request.previous = false;
            output = cluster.logs(&request).await;
        }
        if let Some(text) = output.ok().filter(|t| !t.trim().is_empty()) {
            detail.push_str(&format!("\nThe last lines of container {container}:\n{}", text.trim_end()));
        }
    }
    let d = Diagnostic::error("rollout-failed", "the object cannot become ready").detail(detail);
    let d = match &wait.id.namespace {
        Some(ns) => {
            d.help(format!("kubectl -n {ns} describe {} {}", wait.id.gvk.kind.to_lowercase(), wait.id.name))
        }
        None => d,
    };
    at(d, wait)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::Scripted;

    /// Waits for an object that the cluster does not hold (any more).
    async fn waited(cluster: Scripted) -> (&'static str, Duration) {
        let id = ObjectId {
            gvk: Gvk::new("apps", "v1", "Deployment"),
            namespace: Some("shop".into()),
            name: "web".into(),
        };
        let hub = Hub::new(Arc::new(cluster.clone()));
        let wait = Wait {
            id: &id,
            uid: "u".into(),
            generation: 1,
            span: None,
            limit: Limit { limit: Duration::from_secs(60), said: None },
            grace: Duration::ZERO,
            selector: "",
            pod_selector: "",
        };
        let begun = Instant::now();
        let retry = Retry::new(Arc::new(|| 0.0));
        let end = ready(&cluster, &hub, &retry, wait, None, |_| {}).await;
        let code = end.unwrap_err().code;
        (if code == "deleted-meanwhile" { "deleted-meanwhile" } else { "another end" }, begun.elapsed())
    }

    #[tokio::test]
    async fn an_object_that_went_before_the_first_list_is_noticed_at_once() {
        let (end, after) = waited(Scripted::new()).await;
        assert_eq!(end, "deleted-meanwhile");
        assert!(after < Duration::from_secs(10), "after {after:?}");
    }

    #[tokio::test]
    async fn an_object_that_was_made_anew_before_the_first_list_is_not_waited_for() {
        let cluster = Scripted::new();
        let anew = serde_json::json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop"}});
        cluster.world().update(anew, "somebody", None);
        let (end, after) = waited(cluster).await;
        assert_eq!(end, "deleted-meanwhile");
        assert!(after < Duration::from_secs(10), "after {after:?}");
    }

    #[test]
    fn a_job_that_went_as_soon_as_it_was_complete_is_known_to_be() {
        let job = |conditions: Json| serde_json::json!({"kind": "Job", "metadata": {"uid": "j"}, "status": {"conditions": conditions}});
        assert!(completed(&job(serde_json::json!([{"type": "Complete", "status": "True"}]))));
        assert!(!completed(&job(serde_json::json!([{"type": "Failed", "status": "True"}]))));
        assert!(!completed(&job(serde_json::json!([{"type": "Suspended", "status": "True"}]))));
        assert!(!completed(&job(Json::Null)));
    }
}
