//! What a namespace holds. The API server deletes a namespace with everything in it: what nobody planned to
//! lose keeps the namespace, when it is planned and once more before the delete is sent.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt};
use plimsoll_model::{Address, Diagnostic, ObjectId};
use plimsoll_plan::occupants::{self, PASSING};
use plimsoll_plan::{Action, Contents};

use crate::cluster::{Cluster, Scope};
use crate::error::{Cause, ClusterError};
use crate::execute::Run;
use crate::retry::Retry;

/// How many objects a finding names.
const NAMED: usize = 10;

/// Everything in a namespace, of every type that the cluster serves but the passing ones.
///
/// # Errors
/// The types, or the objects of one of them, cannot be listed.
pub(crate) async fn contents(
    cluster: &dyn Cluster,
    retry: &Retry,
    parallelism: usize,
    namespace: &str,
) -> Result<Contents, ClusterError> {
    let mut types = retry.idempotent(|| cluster.types()).await?;
    types.retain(|t| t.namespaced && !PASSING.contains(&(t.gvk.group.as_str(), t.gvk.kind.as_str())));
    let kinds = types.iter().map(|t| (t.gvk.group.clone(), t.gvk.kind.clone())).collect();
    let lists: Vec<_> = futures::stream::iter(types)
        .map(|t| async move {
            let scope = Scope { gvk: t.gvk, namespace: Some(namespace.to_string()), selector: String::new() };
            match retry.idempotent(|| cluster.list(&scope)).await {
                Ok(listing) => Ok(listing.objects().collect()),
                // It was withdrawn in between.
                Err(e) if matches!(e.cause, Cause::NoSuchKind(_)) => Ok(Vec::new()),
                Err(e) => Err(e),
            }
        })
        .buffered(parallelism.max(1))
        .try_collect()
        .await?;
    Ok(Contents { objects: lists.into_iter().flatten().collect(), kinds })
}

/// Everything in the namespace that would be lost with it, now that the plan's other deletes are done.
///
/// # Errors
/// As [`contents`].
pub(crate) async fn left(run: &Run<'_>, namespace: &str) -> Result<Vec<ObjectId>, ClusterError> {
    let session = run.session;
    let contents = contents(&*session.cluster, &run.retry, session.options.parallelism, namespace).await?;
    let deletes = run.plan.operations.iter().filter(|o| o.action == Action::Delete);
    let deleted: BTreeSet<&str> = deletes.filter_map(|o| o.uid.as_deref()).collect();
    Ok(occupants::left(&contents, &deleted))
}

/// What is said of a namespace that is not empty.
pub(crate) fn diagnostic(address: &Address, namespace: &str, left: &[ObjectId]) -> Diagnostic {
    let mut names: Vec<String> = left.iter().take(NAMED).map(ToString::to_string).collect();
    if left.len() > NAMED {
        names.push(format!("and {} more", left.len() - NAMED));
    }
    Diagnostic::error("namespace-not-empty", "the namespace still holds something")
        .detail(format!(
            "Deleting Namespace {namespace} would delete what this configuration did not make or keeps: {}.",
            names.join(", ")
        ))
        .help(format!("delete what may go, or keep the namespace: plimsoll state rm {address}"))
}
