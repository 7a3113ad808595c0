//! A cluster in memory for the driver's tests: real server-side apply, and faults on demand.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use futures::StreamExt;
use plimsoll_model::{Gvk, ObjectId};
use plimsoll_plan::Listed;
use plimsoll_schema::merge::{self, MergeError};
use serde_json::{Value as Json, json};

use crate::cluster::{
    Answer, Applied, Apply, Cluster, Deleted, Failure, Happening, Identity, Listing, LogRequest,
    Preconditions, Propagation, Readiness, Resource, Scope, Watch, WatchEvent,
};
use crate::error::{Cause, ClusterError, FieldConflict};
use crate::locked::id_of;

/// What goes wrong with a question.
pub(crate) enum Fault {
    /// It is not carried out.
    Before(Cause),
    /// It is carried out, and its answer is lost.
    After(Cause),
    /// It is carried out, and never answered.
    Hang,
    /// Somebody else does this first.
    First(Box<dyn FnOnce(&mut World) + Send>),
}

/// What the cluster holds.
#[derive(Default)]
pub(crate) struct World {
    pub objects: BTreeMap<ObjectId, Json>,
    /// Everything that was asked, in order, one line each; lists and watches are left out.
    pub asked: Vec<String>,
    /// By verb and object (`apply Deployment shop/web`).
    pub faults: BTreeMap<String, VecDeque<Fault>>,
    /// Names of objects that are not ready, with why.
    pub unready: BTreeMap<String, Readiness>,
    /// What is done to every object that is written, and to none that is only tried.
    pub webhook: Option<fn(&mut Json)>,
    version: u64,
    uids: u64,
}

impl World {
    fn next_version(&mut self) -> String {
        self.version += 1;
        self.version.to_string()
    }

    /// Puts an object as somebody else, through a plain update.
    pub(crate) fn update(&mut self, object: Json, manager: &str, subresource: Option<&str>) {
        let id = id_of(&object);
        let live = self.objects.get(&id).cloned();
        let kind = plimsoll_schema::kind(&id.gvk).unwrap();
        let mut new =
            merge::update(kind, live.as_ref(), &object, manager, subresource, "2026-01-01T00:00:00Z");
        self.keep_books(live.as_ref(), &mut new);
        self.objects.insert(id, new);
    }

    /// Deletes and makes an object again: the same name with another uid.
    pub(crate) fn recreate(&mut self, id: &ObjectId) {
        let mut object = self.objects.remove(id).unwrap();
        for key in ["uid", "resourceVersion", "creationTimestamp"] {
            object["metadata"].as_object_mut().unwrap().remove(key);
        }
        self.keep_books(None, &mut object);
        self.objects.insert(id.clone(), object);
    }

    fn keep_books(&mut self, live: Option<&Json>, object: &mut Json) {
        let spec_changed = live.is_none_or(|l| l["spec"] != object["spec"]);
        let generation = live.map_or(0, |l| l["metadata"]["generation"].as_i64().unwrap_or(0));
        let uid = match live {
            Some(live) => live["metadata"]["uid"].clone(),
            None => {
                self.uids += 1;
                json!(format!("uid-{}", self.uids))
            }
        };
        object["metadata"]["uid"] = uid;
        object["metadata"]["resourceVersion"] = self.next_version().into();
        object["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z".into();
        object["metadata"]["generation"] = (generation + i64::from(spec_changed)).into();
    }

    fn apply(&mut self, id: &ObjectId, body: &Json, how: &Apply) -> Result<Applied, Cause> {
        let live = self.objects.get(id).cloned();
        let stated = |key: &str| body["metadata"][key].as_str().map(str::to_string);
        let found = |key: &str| live.as_ref().and_then(|l| l["metadata"][key].as_str()).map(str::to_string);
        // As a real server: a version alone says nothing about an object that is absent.
        let asked = ["uid", "resourceVersion"].into_iter().filter(|key| live.is_some() || *key == "uid");
        for key in asked {
            if stated(key).is_some() && stated(key) != found(key) {
                return Err(Cause::Moved(format!("{key} differs")));
            }
        }
        let kind = plimsoll_schema::kind(&id.gvk).unwrap();
        let mut clean = body.clone();
        for key in ["uid", "resourceVersion"] {
            clean["metadata"].as_object_mut().unwrap().remove(key);
        }
        let merged =
            merge::apply(kind, live.as_ref(), &clean, &how.manager, how.force, "2026-01-01T00:00:00Z");
        let mut object = merged.map_err(|e| match e {
            MergeError::Conflicts(all) => Cause::FieldConflict(
                all.iter()
                    .map(|c| FieldConflict { field: c.path.server_form(), message: c.message() })
                    .collect(),
            ),
            other => Cause::Invalid { message: other.to_string(), causes: Vec::new() },
        })?;
        plimsoll_schema::defaults::apply_defaults(kind, &mut object);
        if id.gvk.kind == "Service" && object["spec"]["clusterIP"].is_null() {
            object["spec"]["clusterIP"] = format!("10.96.0.{}", self.version % 200 + 1).into();
        }
        if let Some(webhook) = self.webhook.filter(|_| !how.dry_run) {
            webhook(&mut object);
        }
        let same = live.as_ref().is_some_and(|l| *l == object);
        if !same {
            let (version, uids) = (self.version, self.uids);
            self.keep_books(live.as_ref(), &mut object);
            if how.dry_run {
                (self.version, self.uids) = (version, uids);
            }
        }
        if !how.dry_run {
            self.objects.insert(id.clone(), object.clone());
        }
        Ok(Applied { created: live.is_none(), object })
    }

    /// Tests, replaces and removes; every place has to be there.
    fn json_patch(&mut self, id: &ObjectId, patch: &Json) -> Result<Json, Cause> {
        let mut object = self.objects.get(id).cloned().ok_or_else(|| Cause::NotFound(id.to_string()))?;
        for operation in patch.as_array().unwrap() {
            let pointer = operation["path"].as_str().unwrap();
            let invalid = || Cause::Invalid { message: pointer.to_string(), causes: Vec::new() };
            let at = object.pointer_mut(pointer).ok_or_else(invalid)?;
            match operation["op"].as_str().unwrap() {
                "test" if *at != operation["value"] => return Err(invalid()),
                "test" => {}
                "replace" => *at = operation["value"].clone(),
                _ => {
                    let (above, last) = pointer.rsplit_once('/').unwrap();
                    let map = object.pointer_mut(above).and_then(Json::as_object_mut).unwrap();
                    map.remove(&last.replace("~1", "/")).unwrap();
                }
            }
        }
        object["metadata"]["resourceVersion"] = self.next_version().into();
        self.objects.insert(id.clone(), object.clone());
        Ok(object)
    }

    /// Somebody else is the only manager of an object from now on; none for nobody.
    pub(crate) fn give_to(&mut self, id: &ObjectId, manager: Option<&str>) {
        let version = self.next_version();
        let metadata = &mut self.objects.get_mut(id).unwrap()["metadata"];
        metadata["resourceVersion"] = version.into();
        metadata["managedFields"] = manager.map_or(json!([]), |manager| {
            json!([{"manager": manager, "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": {}}])
        });
    }

    fn delete(&mut self, id: &ObjectId, when: &Preconditions) -> Result<Deleted, Cause> {
        let Some(live) = self.objects.get(id) else { return Err(Cause::NotFound(format!("{id} not found"))) };
        let differs = |key: &str, wanted: &Option<String>| {
            wanted.is_some() && live["metadata"][key].as_str() != wanted.as_deref()
        };
        if differs("uid", &when.uid) || differs("resourceVersion", &when.resource_version) {
            return Err(Cause::Moved("Precondition failed".into()));
        }
        if live["metadata"]["finalizers"].is_array() {
            let version = self.next_version();
            let metadata = &mut self.objects.get_mut(id).unwrap()["metadata"];
            metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
            metadata["resourceVersion"] = version.into();
            return Ok(Deleted::Terminating);
        }
        self.objects.remove(id);
        Ok(Deleted::Gone)
    }
}

/// A cluster whose inside tests can see and change.
#[derive(Clone, Default)]
pub(crate) struct Scripted {
    world: Arc<Mutex<World>>,
    uid: String,
}

impl Scripted {
    pub(crate) fn new() -> Scripted {
        Scripted { uid: "cluster-1".into(), ..Scripted::default() }
    }

    /// The same objects behind another identity.
    pub(crate) fn elsewhere(&self) -> Scripted {
        Scripted { world: self.world.clone(), uid: "cluster-2".into() }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// The next question of that kind goes wrong.
    pub(crate) fn fault(&self, question: &str, fault: Fault) {
        self.world().faults.entry(question.to_string()).or_default().push_back(fault);
    }

    /// What was asked since the last call.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.world().asked)
    }

    /// The writes among what was asked since the last call.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.asked().into_iter().filter(|a| !a.starts_with("get ") && !a.starts_with("dry-run ")).collect()
    }

    /// Carries out a question with the fault that waits for it.
    async fn ask<T>(
        &self,
        verb: &'static str,
        target: &ObjectId,
        act: impl FnOnce(&mut World) -> Result<T, Cause>,
    ) -> Answer<T> {
        let question = format!("{verb} {target}");
        let fault = {
            let mut world = self.world();
            world.asked.push(question.clone());
            world.faults.get_mut(&question).and_then(VecDeque::pop_front)
        };
        let error = |cause| ClusterError::new(verb, target, cause);
        // Requests that are under way together take a moment.
        tokio::task::yield_now().await;
        match fault {
            None => act(&mut self.world()).map_err(error),
            Some(Fault::Before(cause)) => Err(error(cause)),
            Some(Fault::After(cause)) => {
                act(&mut self.world()).map_err(error)?;
                Err(error(cause))
            }
            Some(Fault::First(first)) => {
                let mut world = self.world();
                first(&mut world);
                act(&mut world).map_err(error)
            }
            Some(Fault::Hang) => {
                act(&mut self.world()).map_err(error)?;
                std::future::pending().await
            }
        }
    }
}

/// Whether labels fit a selector of equalities.
fn selected(object: &Json, selector: &str) -> bool {
    selector.split(',').filter(|t| !t.is_empty()).all(|term| {
        let (key, value) = term.split_once('=').unwrap();
        object["metadata"]["labels"][key] == value
    })
}

#[async_trait]
impl Cluster for Scripted {
    async fn identity(&self) -> Answer<Identity> {
        let fault = self.world().faults.get_mut("identity").and_then(VecDeque::pop_front);
        if let Some(Fault::Before(cause)) = fault {
            return Err(ClusterError::new("identify", "the cluster", cause));
        }
        Ok(Identity { uid: self.uid.clone(), version: plimsoll_schema::MINOR.into() })
    }

    async fn resource(&self, gvk: &Gvk) -> Answer<Option<Resource>> {
        Ok(plimsoll_schema::kind(gvk).map(|k| Resource {
            gvk: gvk.clone(),
            plural: k.plural.clone(),
            namespaced: k.namespaced,
        }))
    }

    async fn types(&self) -> Answer<Vec<Resource>> {
        let gvks: std::collections::BTreeSet<Gvk> =
            self.world().objects.keys().map(|id| id.gvk.clone()).collect();
        let mut out = Vec::new();
        for gvk in gvks {
            out.extend(self.resource(&gvk).await?);
        }
        Ok(out)
    }

    async fn rediscover(&self) {}

    async fn list(&self, scope: &Scope) -> Answer<Listing> {
        let fault =
            self.world().faults.get_mut(&format!("list {}", scope.gvk.kind)).and_then(VecDeque::pop_front);
        match fault {
            Some(Fault::Before(cause)) => return Err(ClusterError::new("list", scope, cause)),
            Some(Fault::Hang) => std::future::pending().await,
            _ => {}
        }
        let world = self.world();
        let fits = |(id, object): &(&ObjectId, &Json)| {
            id.gvk == scope.gvk
                && (scope.namespace.is_none() || id.namespace == scope.namespace)
                && selected(object, &scope.selector)
        };
        let listed = |o: &Json| Listed::read(&o.to_string(), &scope.gvk).unwrap();
        let items = world.objects.iter().filter(fits).map(|(_, o)| listed(o)).collect();
        Ok(Listing { items, resource_version: world.version.to_string() })
    }

    async fn get(&self, id: &ObjectId) -> Answer<Json> {
        self.ask("get", id, |world| {
            world.objects.get(id).cloned().ok_or_else(|| Cause::NotFound(format!("{id} not found")))
        })
        .await
    }

    async fn apply(&self, id: &ObjectId, object: &Json, how: &Apply) -> Answer<Applied> {
        let verb = if how.dry_run { "dry-run" } else { "apply" };
        self.ask(verb, id, |world| world.apply(id, object, how)).await
    }

    async fn json_patch(&self, id: &ObjectId, patch: &Json, _: &str, _: bool) -> Answer<Json> {
        self.ask("patch", id, |world| world.json_patch(id, patch)).await
    }

    async fn delete(&self, id: &ObjectId, when: &Preconditions, _: Propagation) -> Answer<Deleted> {
        self.ask("delete", id, |world| world.delete(id, when)).await
    }

    /// Tells the changes since the list and is then cut, as watches are.
    async fn watch(&self, scope: &Scope, _: &str) -> Answer<Watch> {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        let items: Vec<Json> = self.list(scope).await?.objects().collect();
        Ok(futures::stream::iter(items.into_iter().map(|o| Ok(WatchEvent::Changed(o)))).boxed())
    }

    async fn logs(&self, request: &LogRequest) -> Answer<String> {
        Ok(format!("last words of {}\n", request.container))
    }

    async fn happenings(&self, id: &ObjectId) -> Answer<Vec<Happening>> {
        let message = format!("about {}", id.name);
        Ok(vec![Happening { warning: true, reason: "BackOff".into(), message, count: 1 }])
    }

    fn readiness(&self, object: &Json, _: i64, _: &[Json]) -> Readiness {
        let name = object["metadata"]["name"].as_str().unwrap();
        self.world().unready.get(name).cloned().unwrap_or(Readiness::Ready)
    }
}

/// A container that does not start.
pub(crate) fn failing(certain: bool) -> Readiness {
    Readiness::Failing(Failure {
        reason: "container web of pod web-1: ImagePullBackOff".into(),
        certain,
        container: Some(("web-1".into(), "web".into())),
    })
}
