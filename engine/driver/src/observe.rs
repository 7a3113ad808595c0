//! Looking at the cluster: the lists that a plan starts from, all at once.

use futures::StreamExt;
use plimsoll_model::Report;
use plimsoll_plan::{ListRequest, Observed};

use crate::cluster::{Cluster, Scope};
use crate::diagnose::diagnostic;
use crate::error::Cause;
use crate::retry::Retry;

/// Asks every list, `parallelism` at once. A kind that the cluster lacks is noted, any other failure reported.
pub(crate) async fn observe(
    cluster: &dyn Cluster,
    retry: &Retry,
    requests: Vec<ListRequest>,
    parallelism: usize,
    report: &mut Report,
) -> Observed {
    let mut answers: Vec<_> = futures::stream::iter(requests)
        .map(|request| async move {
            let scope = scope(&request);
            let answer = retry.idempotent(|| cluster.list(&scope)).await;
            (request, answer)
        })
        .buffer_unordered(parallelism.max(1))
        .collect()
        .await;
    answers.sort_by(|a, b| a.0.cmp(&b.0));
    let mut observed = Observed::default();
    let mut fatal = false;
    for (request, answer) in answers {
        match answer {
            Ok(listing) => {
                observed.lists.insert(request, listing.items);
            }
            Err(e) if matches!(e.cause, Cause::NoSuchKind(_)) => {
                observed.missing_kinds.insert(request.gvk);
            }
            // One cause, one finding: a cluster that is gone is gone for all lists.
            Err(e) if e.is_fatal() && fatal => {}
            Err(e) => {
                fatal |= e.is_fatal();
                report.push(diagnostic(&e, None));
            }
        }
    }
    observed
}

/// A list as the cluster is asked for it.
pub(crate) fn scope(request: &ListRequest) -> Scope {
    Scope {
        gvk: request.gvk.clone(),
        namespace: request.namespace.clone(),
        selector: request.selector.clone(),
    }
}
