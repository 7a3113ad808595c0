//! Operations of an interrupted run of which nobody knows how they ended: a GET of each tells.
//!
//! Names are ours, so an object that exists under the intended name, with our labels and our
//! manager, is the one that was to be made.

use plimsoll_model::ObjectId;
use plimsoll_plan::observe::{ENVIRONMENT_LABEL, PROJECT_LABEL};
use plimsoll_state::{Intent, OperationId, Outcome, State, Verb};
use serde_json::Value as Json;

use crate::cluster::Cluster;
use crate::error::ClusterError;
use crate::retry::Retry;

/// How an operation that was left open turned out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Which one.
    pub id: OperationId,
    /// What it was about.
    pub object: ObjectId,
    /// What it was to do.
    pub verb: Verb,
    /// Whether the cluster holds it.
    pub happened: bool,
}

impl Resolved {
    /// A sentence for whoever watches.
    pub fn message(&self) -> String {
        let what = match self.verb {
            Verb::Create => "creating",
            Verb::Update => "updating",
            Verb::Delete => "deleting",
        };
        let how = if self.happened { "it was done" } else { "it was not done" };
        format!("an interrupted run left open {what} {}: {how}", self.object)
    }
}

/// Settles every open operation of `state` by a GET. Nothing is written, neither to the cluster nor to disk.
///
/// # Errors
/// The cluster did not answer a GET.
pub async fn resolve(
    cluster: &dyn Cluster,
    retry: &Retry,
    state: &mut State,
) -> Result<Vec<Resolved>, ClusterError> {
    let open: Vec<(OperationId, Intent)> =
        state.unresolved.iter().map(|(id, u)| (*id, u.intent.clone())).collect();
    let mut resolved = Vec::new();
    for (id, intent) in open {
        let live = match retry.idempotent(|| cluster.get(&intent.object)).await {
            Ok(object) => Some(object),
            Err(e) if e.is_not_found() => None,
            Err(e) => return Err(e),
        };
        let outcome = outcome(&intent, live.as_ref(), &state.identity.project, &state.identity.environment);
        let happened = matches!(outcome, Outcome::Done { .. });
        // The operation is open: it was just read as such.
        if state.settle(id, &outcome).is_ok() {
            resolved.push(Resolved { id, object: intent.object, verb: intent.verb, happened });
        }
    }
    Ok(resolved)
}

/// How an operation ended, judged by the object as it is now.
pub(crate) fn outcome(intent: &Intent, live: Option<&Json>, project: &str, environment: &str) -> Outcome {
    let text = |object: &Json, key: &str| object["metadata"][key].as_str().map(str::to_string);
    let uid = live.and_then(|l| text(l, "uid"));
    match (intent.verb, live) {
        (Verb::Create, Some(object)) if is_ours(object, project, environment) => {
            Outcome::Done { effects: intent.effects_with_uid(uid.as_deref().unwrap_or_default()) }
        }
        (Verb::Create, _) => Outcome::Failed,
        (Verb::Update, Some(object)) if uid == intent.uid => {
            match text(object, "resourceVersion") == intent.resource_version {
                true => Outcome::Failed,
                false => Outcome::Done { effects: intent.effects.clone() },
            }
        }
        (Verb::Update, _) => Outcome::Failed,
        (Verb::Delete, Some(_)) if uid == intent.uid => Outcome::Failed,
        (Verb::Delete, _) => Outcome::Done { effects: intent.effects.clone() },
    }
}

/// Whether an object is ours: its labels say so, and our manager applied it.
pub(crate) fn is_ours(object: &Json, project: &str, environment: &str) -> bool {
    let labels = &object["metadata"]["labels"];
    labels[PROJECT_LABEL] == project
        && labels[ENVIRONMENT_LABEL] == environment
        && has_manager(object, project)
}

/// Whether the project's field manager applied the object.
pub(crate) fn has_manager(object: &Json, project: &str) -> bool {
    let manager = plimsoll_plan::manager(project);
    object["metadata"]["managedFields"]
        .as_array()
        .is_some_and(|all| all.iter().any(|m| m["manager"] == manager.as_str() && m["operation"] == "Apply"))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use plimsoll_model::{Address, Gvk};
    use plimsoll_state::{Effect, Resource};
    use serde_json::json;

    use super::*;

    fn intent(verb: Verb) -> Intent {
        let object = ObjectId {
            gvk: Gvk::new("apps", "v1", "Deployment"),
            namespace: Some("shop".into()),
            name: "web".into(),
        };
        let address = Address::new("app", "web");
        let resource = Resource {
            object: object.clone(),
            uid: String::new(),
            digest: "d".into(),
            edges: Default::default(),
            sensitive_paths: Vec::new(),
            prevent_destroy: false,
        };
        let effects = match verb {
            Verb::Delete => vec![Effect::Remove { address: address.clone() }],
            _ => vec![Effect::Put { address: address.clone(), resource }],
        };
        let known = (verb != Verb::Create).then(|| "u".to_string());
        Intent {
            verb,
            address,
            object,
            uid: known.clone(),
            resource_version: known.map(|_| "7".into()),
            at: Timestamp::UNIX_EPOCH,
            effects,
        }
    }

    fn live(uid: &str, version: &str, manager: &str) -> Json {
        json!({"metadata": {"uid": uid, "resourceVersion": version,
            "labels": {"plimsoll.dev/project": "shop", "plimsoll.dev/environment": "dev"},
            "managedFields": [{"manager": manager, "operation": "Apply"}]}})
    }

    fn judged(verb: Verb, object: Option<Json>) -> Outcome {
        outcome(&intent(verb), object.as_ref(), "shop", "dev")
    }

    #[test]
    fn a_create_happened_if_the_object_is_there_and_ours() {
        let Outcome::Done { effects } = judged(Verb::Create, Some(live("u", "1", "plimsoll:shop"))) else {
            panic!("not done")
        };
        assert!(matches!(&effects[0], Effect::Put { resource, .. } if resource.uid == "u"));
        assert_eq!(judged(Verb::Create, Some(live("u", "1", "helm"))), Outcome::Failed);
        assert_eq!(judged(Verb::Create, None), Outcome::Failed);
    }

    #[test]
    fn an_update_happened_if_the_version_moved() {
        assert_eq!(judged(Verb::Update, Some(live("u", "7", "plimsoll:shop"))), Outcome::Failed);
        assert!(matches!(judged(Verb::Update, Some(live("u", "8", "plimsoll:shop"))), Outcome::Done { .. }));
        assert_eq!(judged(Verb::Update, Some(live("other", "8", "plimsoll:shop"))), Outcome::Failed);
    }

    #[test]
    fn a_delete_happened_if_that_uid_is_gone() {
        assert!(matches!(judged(Verb::Delete, None), Outcome::Done { .. }));
        assert!(matches!(
            judged(Verb::Delete, Some(live("other", "9", "plimsoll:shop"))),
            Outcome::Done { .. }
        ));
        assert_eq!(judged(Verb::Delete, Some(live("u", "7", "plimsoll:shop"))), Outcome::Failed);
    }
}
