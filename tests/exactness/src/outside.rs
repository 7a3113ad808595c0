//! What others do in the cluster while nobody asked Plimsoll.

use std::fmt;

use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, Patch, PatchParams};
use plimsoll_random::Random;
use serde_json::{Value as Json, json};

use crate::edit::Sort;
use crate::fields::{self, Field};
use crate::place::Place;
use crate::snapshot::Snapshot;

/// The manager of the project's fields.
pub const OURS: &str = "plimsoll:exact";
/// A manager that applies fields of its own.
pub const OTHER: &str = "other-manager";
/// A person.
pub const PERSON: &str = "kubectl-edit";
/// A controller that wants fields of ours.
pub const RIVAL: &str = "rival-controller";
/// Who scales, as the controller of HorizontalPodAutoscalers does.
const SCALER: &str = "kube-controller-manager";

/// Something that somebody does to an object.
#[derive(Debug, Clone)]
pub struct Act {
    /// The object, as [`crate::snapshot::name_of`] calls it.
    pub object: String,
    /// What is done.
    pub what: What,
    /// Which field, and which value.
    pub chance: u64,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Another manager applies a label and an annotation.
    Apply,
    /// A person adds an annotation.
    Annotate,
    /// A person changes a field of ours.
    Change,
    /// A person removes a field of ours.
    Remove,
    /// Somebody scales.
    Scale,
    /// Somebody deletes it.
    Delete,
    /// A controller takes a field of ours.
    Seize,
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} on {} (chance {})", self.what, self.object, self.chance)
    }
}

impl Act {
    /// Its column.
    pub fn sort(&self) -> Sort {
        match self.what {
            What::Apply => Sort::Other,
            What::Annotate | What::Change | What::Remove => Sort::Kubectl,
            What::Scale => Sort::Autoscaler,
            What::Delete => Sort::Delete,
            What::Seize => Sort::Conflict,
        }
    }

    /// The kind of its object.
    pub fn kind(&self) -> &str {
        self.object.split_once(' ').map_or("", |(kind, _)| kind)
    }

    /// Does it. None where it cannot be done: the object is not there, or the server refuses it.
    pub async fn act(&self, place: &Place, now: &Snapshot) -> Result<Option<Done>, String> {
        let Some(object) = now.0.get(&self.object) else { return Ok(None) };
        let api = api(place, object);
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let mut random = Random::new(self.chance);
        let n = random.below(3);
        match self.what {
            What::Apply => {
                let mine = json!({
                    "apiVersion": object["apiVersion"], "kind": object["kind"],
                    "metadata": {"name": name, "annotations": {"other.example.com/note": format!("v{n}")},
                        "labels": {"other.example.com/seen": "yes"}},
                });
                patch(&api, name, OTHER, &Patch::Apply(mine)).await
            }
            What::Annotate => {
                let note = json!({"metadata": {"annotations": {"person.example.com/note": format!("v{n}")}}});
                patch(&api, name, PERSON, &Patch::Merge(note)).await
            }
            What::Scale => {
                let parameters = PatchParams { field_manager: Some(SCALER.into()), ..Default::default() };
                let now = object["spec"]["replicas"].as_i64().unwrap_or(0);
                let scale = json!({"spec": {"replicas": if now == 2 { 3 } else { 2 }}});
                done(api.patch_scale(name, &parameters, &Patch::Merge(scale)).await.map(|_| ()))
            }
            What::Delete => delete(&api, name, object).await,
            What::Change | What::Remove | What::Seize => self.fields(&api, object, name, random).await,
        }
    }

    /// Tries fields until the server takes one.
    async fn fields(
        &self,
        api: &Api<DynamicObject>,
        object: &Json,
        name: &str,
        mut random: Random,
    ) -> Result<Option<Done>, String> {
        let mut ours = fields::held(object, |e| fields::is_of(e, OURS));
        while !ours.is_empty() {
            let field = ours.swap_remove(random.below(ours.len()));
            let Some(value) = fields::another(&field.value) else { continue };
            // A job that has ended is not looked for: who takes its labels away takes the job.
            if self.what == What::Seize && self.kind() == "Job" && field.pointer.contains("/plimsoll.dev~1") {
                continue;
            }
            // Where a rival takes the source of a volume and gives it up, the server fills in another one, which
            // belongs to nobody: no apply can be right from then on, whoever sends it.
            if self.what == What::Seize && field.pointer.contains("/volumes/") {
                continue;
            }
            // Bytes stay bytes.
            let value =
                match (&field.value, object["kind"] == "Secret" && field.pointer.starts_with("/data/")) {
                    (Json::String(text), true) => format!("eHh4{text}").into(),
                    _ => value,
                };
            let taken = match self.what {
                What::Remove => {
                    let operation = json!([{"op": "remove", "path": field.pointer}]);
                    let Ok(operation) = serde_json::from_value(operation) else { continue };
                    patch(api, name, PERSON, &Patch::<Json>::Json(operation)).await?
                }
                What::Change => {
                    let operation = json!([{"op": "replace", "path": field.pointer, "value": value}]);
                    let Ok(operation) = serde_json::from_value(operation) else { continue };
                    patch(api, name, PERSON, &Patch::<Json>::Json(operation)).await?
                }
                _ => {
                    patch(api, name, RIVAL, &Patch::Apply(fields::alone(object, &field.path, &value))).await?
                }
            };
            if taken.is_some() {
                return Ok(Some(Done { field: Some(field) }));
            }
        }
        Ok(None)
    }

    /// Undoes a [`What::Seize`]: the rival gives up what it took; where the object cannot be without it,
    /// the object goes.
    pub async fn give_up(&self, place: &Place, now: &Snapshot) -> Result<(), String> {
        let Some(object) = now.0.get(&self.object) else { return Ok(()) };
        let api = api(place, object);
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let nothing =
            json!({"apiVersion": object["apiVersion"], "kind": object["kind"], "metadata": {"name": name}});
        if patch(&api, name, RIVAL, &Patch::Apply(nothing)).await?.is_none() {
            delete(&api, name, object).await?;
        }
        Ok(())
    }
}

/// What was done.
#[derive(Debug, Clone)]
pub struct Done {
    /// The field of ours that was touched.
    pub field: Option<Field>,
}

/// The objects of an object's type, in its namespace.
pub fn api(place: &Place, object: &Json) -> Api<DynamicObject> {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let kind = object["kind"].as_str().unwrap_or_default();
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    match object["metadata"]["namespace"].as_str() {
        Some(namespace) => Api::namespaced_with(place.client.clone(), namespace, &resource),
        None => Api::all_with(place.client.clone(), &resource),
    }
}

async fn patch(
    api: &Api<DynamicObject>,
    name: &str,
    manager: &str,
    patch: &Patch<Json>,
) -> Result<Option<Done>, String> {
    let force = matches!(patch, Patch::Apply(_));
    let parameters = PatchParams { field_manager: Some(manager.into()), force, ..Default::default() };
    done(api.patch(name, &parameters, patch).await.map(|_| ()))
}

/// None where the server refused.
fn done(answer: Result<(), kube::Error>) -> Result<Option<Done>, String> {
    match answer {
        Ok(()) => Ok(Some(Done { field: None })),
        Err(kube::Error::Api(status)) if (400..500).contains(&status.code) => Ok(None),
        // An API server says so of an applied text that is no quantity.
        Err(kube::Error::Api(status)) if status.message.starts_with("failed to convert") => Ok(None),
        Err(e) => Err(format!("what others do failed: {e}")),
    }
}

/// Deletes an object, takes away what holds it, and waits until it is gone.
async fn delete(api: &Api<DynamicObject>, name: &str, object: &Json) -> Result<Option<Done>, String> {
    if done(api.delete(name, &DeleteParams::background()).await.map(|_| ()))?.is_none() {
        return Ok(None);
    }
    for _ in 0..400 {
        match api.get_opt(name).await.map_err(|e| e.to_string())? {
            Some(live) if live.metadata.uid.as_deref() == object["metadata"]["uid"].as_str() => {
                // A claim that pods use would go with the last of them, and they stay.
                if live.metadata.finalizers.is_some_and(|held| !held.is_empty()) {
                    let free = json!({"metadata": {"finalizers": null}});
                    patch(api, name, PERSON, &Patch::Merge(free)).await?;
                }
                tokio::time::sleep(std::time::Duration::from_millis(25)).await;
            }
            _ => return Ok(Some(Done { field: None })),
        }
    }
    Err(format!("{name} does not go"))
}
