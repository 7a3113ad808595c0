//! Operations of an interrupted run of which nobody knows how they ended: a GET of each tells.
//!
//! Names are ours, so an object that exists under the intended name, with our labels and our
//! manager, is the one that was to be made. An update is told by what our manager holds.

use plimsoll_model::ObjectId;
use plimsoll_plan::digest::held_digest;
use plimsoll_plan::mask::Key;
use plimsoll_plan::observe::{ENVIRONMENT_LABEL, PROJECT_LABEL};
use plimsoll_state::{Expected, Intent, OperationId, Outcome, State, Verb};
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
    /// How it ended.
    pub ending: Ending,
}

/// How an operation ended of which nobody heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The cluster holds it.
    Done,
    /// The cluster does not hold it.
    NotDone,
    /// The object changed, and not into what was sent: nobody can tell any more.
    Unclear,
}

impl Resolved {
    /// A sentence for whoever watches.
    pub fn message(&self) -> String {
        let what = match self.verb {
            Verb::Create => "creating",
            Verb::Update => "updating",
            Verb::Delete => "deleting",
        };
        let how = match self.ending {
            Ending::Done => "it was done",
            Ending::NotDone => "it was not done",
            Ending::Unclear => {
                "whether it was done cannot be told, since the object changed again; the plan compares it afresh"
            }
        };
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
    key: &Key,
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
        let ending =
            ending(&intent, live.as_ref(), &state.identity.project, &state.identity.environment, key);
        // What cannot be told is not recorded as done: the next plan looks at the object itself.
        let outcome = match ending {
            Ending::Done => Outcome::Done { effects: intent.effects_with_uid(&uid(live.as_ref())) },
            Ending::NotDone | Ending::Unclear => Outcome::Failed,
        };
        // The operation is open: it was just read as such.
        if state.settle(id, &outcome).is_ok() {
            resolved.push(Resolved { id, object: intent.object, verb: intent.verb, ending });
        }
    }
    Ok(resolved)
}

/// How an operation ended, judged by the object as it is now.
pub(crate) fn ending(
    intent: &Intent,
    live: Option<&Json>,
    project: &str,
    environment: &str,
    key: &Key,
) -> Ending {
    let same = live.is_some() && Some(uid(live)) == intent.uid;
    match (intent.verb, live) {
        (Verb::Create, Some(object)) if is_ours(object, project, environment) => Ending::Done,
        (Verb::Create, _) => Ending::NotDone,
        (Verb::Update, Some(object)) if same => updated(intent, object, key),
        (Verb::Update, _) => Ending::NotDone,
        (Verb::Delete, Some(_)) if same => Ending::NotDone,
        (Verb::Delete, _) => Ending::Done,
    }
}

/// An update is done where our fields are what it makes of them. That the version moved says
/// nothing: a status write moves it as well.
fn updated(intent: &Intent, object: &Json, key: &Key) -> Ending {
    let expected = intent.expected.as_ref();
    let now = expected.and_then(|e| held_digest(object, &intent.object.gvk, &e.manager, key));
    let is = |digest: fn(&Expected) -> &String| now.is_some() && now.as_ref() == expected.map(digest);
    let moved = object["metadata"]["resourceVersion"].as_str() != intent.resource_version.as_deref();
    if is(|e| &e.after) {
        Ending::Done
    } else if !moved || is(|e| &e.before) {
        Ending::NotDone
    } else {
        Ending::Unclear
    }
}

fn uid(object: Option<&Json>) -> String {
    object.and_then(|o| o["metadata"]["uid"].as_str()).unwrap_or_default().to_string()
}

/// Whether an object is ours: its labels say so, and our manager applied it.
pub(crate) fn is_ours(object: &Json, project: &str, environment: &str) -> bool {
    has_labels(object, project, environment) && has_manager(object, project)
}

/// Whether an object carries the labels of a project and an environment.
pub(crate) fn has_labels(object: &Json, project: &str, environment: &str) -> bool {
    let labels = &object["metadata"]["labels"];
    labels[PROJECT_LABEL] == project && labels[ENVIRONMENT_LABEL] == environment
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
    use plimsoll_plan::digest::expected_digest;
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
            expected: None,
            at: Timestamp::UNIX_EPOCH,
            effects,
        }
    }

    fn live(uid: &str, version: &str, manager: &str) -> Json {
        json!({"metadata": {"uid": uid, "resourceVersion": version,
            "labels": {"plimsoll.dev/project": "shop", "plimsoll.dev/environment": "dev"},
            "managedFields": [{"manager": manager, "operation": "Apply"}]}})
    }

    fn judged(verb: Verb, object: Option<Json>) -> Ending {
        ending(&intent(verb), object.as_ref(), "shop", "dev", &Key::new([7; 32]))
    }

    #[test]
    fn a_create_happened_if_the_object_is_there_and_ours() {
        assert_eq!(judged(Verb::Create, Some(live("u", "1", "plimsoll:shop"))), Ending::Done);
        assert_eq!(judged(Verb::Create, Some(live("u", "1", "helm"))), Ending::NotDone);
        assert_eq!(judged(Verb::Create, None), Ending::NotDone);
    }

    #[test]
    fn without_a_digest_a_version_that_moved_tells_nothing() {
        assert_eq!(judged(Verb::Update, Some(live("u", "7", "plimsoll:shop"))), Ending::NotDone);
        assert_eq!(judged(Verb::Update, Some(live("u", "8", "plimsoll:shop"))), Ending::Unclear);
        assert_eq!(judged(Verb::Update, Some(live("other", "8", "plimsoll:shop"))), Ending::NotDone);
        assert_eq!(judged(Verb::Update, None), Ending::NotDone);
    }

    #[test]
    fn an_update_is_told_by_what_our_manager_holds() {
        let key = Key::new([7; 32]);
        let gvk = intent(Verb::Update).object.gvk;
        let kind = plimsoll_schema::kind(&gvk).unwrap();
        let manager = "plimsoll:shop";
        let body = |replicas: u32| {
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
                "spec": {"replicas": replicas}})
        };
        let version = |mut object: Json, version: &str| {
            object["metadata"]["uid"] = "u".into();
            object["metadata"]["resourceVersion"] = version.into();
            object
        };
        let apply = |live: Option<&Json>, replicas: u32| {
            plimsoll_schema::merge::apply(kind, live, &body(replicas), manager, true, "2026-01-01T00:00:00Z")
                .unwrap()
        };
        let before = version(apply(None, 1), "7");
        let mut intent = intent(Verb::Update);
        intent.expected = Some(Expected {
            manager: manager.into(),
            before: held_digest(&before, &gvk, manager, &key).unwrap(),
            after: expected_digest(&before, &gvk, &body(3), manager, &key).unwrap(),
        });
        let judged = |object: Json| ending(&intent, Some(&object), "shop", "dev", &key);
        assert_eq!(judged(before.clone()), Ending::NotDone);
        // A status write moved the version.
        assert_eq!(judged(version(before.clone(), "8")), Ending::NotDone);
        assert_eq!(judged(version(apply(Some(&before), 3), "8")), Ending::Done);
        // Somebody changed the same field, before or after us.
        assert_eq!(judged(version(apply(Some(&before), 9), "9")), Ending::Unclear);
        // Another key, which is what a lost one becomes, compares with nothing.
        let other = ending(&intent, Some(&version(before.clone(), "8")), "shop", "dev", &Key::new([8; 32]));
        assert_eq!(other, Ending::Unclear);
    }

    #[test]
    fn a_delete_happened_if_that_uid_is_gone() {
        assert_eq!(judged(Verb::Delete, None), Ending::Done);
        assert_eq!(judged(Verb::Delete, Some(live("other", "9", "plimsoll:shop"))), Ending::Done);
        assert_eq!(judged(Verb::Delete, Some(live("u", "7", "plimsoll:shop"))), Ending::NotDone);
    }
}
