//! The questions of [`Cluster`], asked over HTTP.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::Method;
use kube::Client;
use plimsoll_driver::cluster::CALL_DEADLINE;
use plimsoll_driver::{
    Answer, Applied, Apply, Cause, Cluster, ClusterError, Deleted, Happening, Identity, Listed, Listing,
    LogRequest, Preconditions, Propagation, Readiness, Resource, Scope, Watch,
};
use plimsoll_model::{Gvk, ObjectId};
use serde_json::{Value as Json, json};
use tokio::sync::Mutex;

use crate::discovery::{Discovery, builtin};
use crate::page::Page;
use crate::request::{Question, path};
use crate::{readiness, watch};

/// Objects per page of a LIST.
const PAGE: usize = 500;
/// No LIST has more pages: a server that tells of more never ends.
const MOST_PAGES: usize = 10_000;
/// How long the server keeps a watch open.
const WATCH_SECONDS: u64 = 290;

/// A cluster behind a `kube` client.
#[derive(Clone)]
pub struct KubernetesCluster {
    client: Client,
    server: String,
    deadline: Duration,
    discovery: Arc<Mutex<Option<Arc<Discovery>>>>,
}

impl std::fmt::Debug for KubernetesCluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KubernetesCluster").field("server", &self.server).finish_non_exhaustive()
    }
}

impl KubernetesCluster {
    /// A cluster behind any client, such as one over the sandbox's service.
    pub fn from_client(client: Client) -> KubernetesCluster {
        KubernetesCluster {
            client,
            server: "the cluster".into(),
            deadline: CALL_DEADLINE,
            discovery: Arc::default(),
        }
    }

    /// A cluster behind an HTTP service in this process, such as the sandbox's.
    pub fn from_service<S, B>(service: S) -> KubernetesCluster
    where
        S: tower::Service<http::Request<kube::client::Body>, Response = http::Response<B>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<tower::BoxError>,
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<tower::BoxError>,
    {
        KubernetesCluster::from_client(Client::new(service, "default")).at_server("the sandbox")
    }

    /// The same cluster, named in errors by its address.
    #[must_use]
    pub fn at_server(mut self, server: impl Into<String>) -> KubernetesCluster {
        self.server = server.into();
        self
    }

    /// The same cluster with another deadline for each call.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> KubernetesCluster {
        self.deadline = deadline;
        self
    }

    async fn known(&self, gvk: &Gvk) -> Answer<Option<Resource>> {
        if let Some(resource) = builtin(gvk) {
            return Ok(Some(resource));
        }
        Ok(self.discovered().await?.get(gvk).cloned())
    }

    /// What discovery tells; one question serves everybody who waits for it.
    async fn discovered(&self) -> Answer<Arc<Discovery>> {
        let mut cached = self.discovery.lock().await;
        if let Some(discovery) = &*cached {
            return Ok(discovery.clone());
        }
        let asked = Arc::new(Discovery::ask(&self.client, &self.server, self.deadline).await?);
        Ok(cached.insert(asked).clone())
    }

    async fn must_know(
        &self,
        gvk: &Gvk,
        verb: &'static str,
        target: &(dyn std::fmt::Display + Sync),
    ) -> Answer<Resource> {
        match self.known(gvk).await? {
            Some(resource) => Ok(resource),
            None => Err(ClusterError::new(verb, target, Cause::NoSuchKind(gvk.to_string()))),
        }
    }

    async fn about(&self, id: &ObjectId, verb: &'static str, method: Method) -> Answer<Question> {
        let resource = self.must_know(&id.gvk, verb, id).await?;
        let path = path(&resource, id.namespace.as_deref(), Some(&id.name));
        Ok(Question { method, ..Question::get(verb, id, path, self.deadline) })
    }

    async fn page(&self, scope: &Scope, resource: &Resource, next: Option<&str>) -> Answer<Page> {
        let path = path(resource, scope.namespace.as_deref(), None);
        let mut question = Question::get("list", scope, path, self.deadline);
        if !scope.selector.is_empty() {
            question.query.push(("labelSelector", scope.selector.clone()));
        }
        question.query.push(("limit", PAGE.to_string()));
        if let Some(token) = next {
            question.query.push(("continue", token.to_string()));
        }
        let (_, bytes) = question.bytes(&self.client).await?;
        let nonsense = |e| Cause::Nonsense(format!("the answer is no list ({e})"));
        Page::read(&bytes, &scope.gvk).map_err(|e| ClusterError::new("list", scope, nonsense(e)))
    }

    async fn all_pages(&self, scope: &Scope, resource: &Resource) -> Answer<Listing> {
        let mut listing = Listing::default();
        let mut next: Option<String> = None;
        let endless = |why: &str| ClusterError::new("list", scope, Cause::Nonsense(why.to_string()));
        for _ in 0..MOST_PAGES {
            let page = self.page(scope, resource, next.as_deref()).await?;
            let empty = page.items.is_empty();
            listing.items.extend(page.items);
            listing.resource_version = page.metadata.resource_version;
            match page.metadata.r#continue {
                token if !token.is_empty() => {
                    if next.as_ref() == Some(&token) {
                        return Err(endless("a page of the list continues with itself"));
                    }
                    if empty {
                        return Err(endless("a page of the list is empty and has a next one"));
                    }
                    next = Some(token);
                }
                _ => {
                    listing.items.sort_by(|a, b| place(a).cmp(&place(b)));
                    return Ok(listing);
                }
            }
        }
        Err(endless(&format!("the list has more than {MOST_PAGES} pages")))
    }
}

/// The namespace and the name of an object.
fn place(listed: &Listed) -> (Option<&str>, &str) {
    (listed.id().namespace.as_deref(), &listed.id().name)
}

#[async_trait]
impl Cluster for KubernetesCluster {
    async fn identity(&self) -> Answer<Identity> {
        let namespace =
            Question::get("identify", &self.server, "/api/v1/namespaces/kube-system".into(), self.deadline);
        let version = Question::get("identify", &self.server, "/version".into(), self.deadline);
        let ((_, namespace), (_, version)) =
            futures::try_join!(namespace.json(&self.client), version.json(&self.client))?;
        let nonsense = |what: &str| ClusterError::new("identify", &self.server, Cause::Nonsense(what.into()));
        let uid = namespace["metadata"]["uid"]
            .as_str()
            .filter(|uid| !uid.is_empty())
            .ok_or_else(|| nonsense("the namespace kube-system has no uid"))?;
        let number = |key: &str| -> String {
            let text = version[key].as_str().unwrap_or_default();
            text.chars().take_while(char::is_ascii_digit).collect()
        };
        let (major, minor) = (number("major"), number("minor"));
        if major.is_empty() || minor.is_empty() {
            return Err(nonsense("/version names no version"));
        }
        Ok(Identity { uid: uid.to_string(), version: format!("{major}.{minor}") })
    }

    async fn resource(&self, gvk: &Gvk) -> Answer<Option<Resource>> {
        self.known(gvk).await
    }

    async fn types(&self) -> Answer<Vec<Resource>> {
        // What was found a while ago may lack a type that somebody declared since.
        self.rediscover().await;
        Ok(self.discovered().await?.listable().to_vec())
    }

    async fn rediscover(&self) {
        *self.discovery.lock().await = None;
    }

    async fn list(&self, scope: &Scope) -> Answer<Listing> {
        let resource = self.must_know(&scope.gvk, "list", scope).await?;
        match self.all_pages(scope, &resource).await {
            // A page's version expired in between: once more from the start.
            Err(e) if matches!(e.cause, Cause::Expired(_)) => self.all_pages(scope, &resource).await,
            answer => answer,
        }
    }

    async fn get(&self, id: &ObjectId) -> Answer<Json> {
        Ok(self.about(id, "get", Method::GET).await?.json(&self.client).await?.1)
    }

    async fn apply(&self, id: &ObjectId, object: &Json, how: &Apply) -> Answer<Applied> {
        let verb = if how.dry_run { "dry-run" } else { "apply" };
        let mut question = self.about(id, verb, Method::PATCH).await?;
        question.content_type = Some("application/apply-patch+yaml");
        question.body = object.to_string().into_bytes();
        question.query.push(("fieldManager", how.manager.clone()));
        question.query.push(("force", how.force.to_string()));
        question.query.push(("fieldValidation", "Strict".into()));
        if how.dry_run {
            question.query.push(("dryRun", "All".into()));
        }
        let (code, object) = question.json(&self.client).await?;
        if object["metadata"]["name"].as_str() != Some(&id.name) {
            return Err(ClusterError::new(verb, id, Cause::Nonsense("the answer is another object".into())));
        }
        Ok(Applied { created: code == 201, object })
    }

    async fn json_patch(&self, id: &ObjectId, patch: &Json, manager: &str, dry_run: bool) -> Answer<Json> {
        let mut question = self.about(id, "patch", Method::PATCH).await?;
        question.content_type = Some("application/json-patch+json");
        question.body = patch.to_string().into_bytes();
        question.query.push(("fieldManager", manager.to_string()));
        question.query.push(("fieldValidation", "Strict".into()));
        if dry_run {
            question.query.push(("dryRun", "All".into()));
        }
        Ok(question.json(&self.client).await?.1)
    }

    async fn delete(&self, id: &ObjectId, when: &Preconditions, dependents: Propagation) -> Answer<Deleted> {
        let mut question = self.about(id, "delete", Method::DELETE).await?;
        let mut preconditions = serde_json::Map::new();
        if let Some(uid) = &when.uid {
            preconditions.insert("uid".into(), uid.clone().into());
        }
        if let Some(version) = &when.resource_version {
            preconditions.insert("resourceVersion".into(), version.clone().into());
        }
        question.content_type = Some("application/json");
        question.body = json!({
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "preconditions": preconditions,
            "propagationPolicy": dependents.name(),
        })
        .to_string()
        .into_bytes();
        let (code, answer) = question.json(&self.client).await?;
        // A Status says that it is gone; the object itself, that something still holds it.
        let gone = answer["kind"] == "Status" && answer["apiVersion"] == "v1" && code == 200;
        Ok(if gone { Deleted::Gone } else { Deleted::Terminating })
    }

    async fn watch(&self, scope: &Scope, from: &str) -> Answer<Watch> {
        let resource = self.must_know(&scope.gvk, "watch", scope).await?;
        let path = path(&resource, scope.namespace.as_deref(), None);
        let mut question = Question::get("watch", scope, path, self.deadline);
        if !scope.selector.is_empty() {
            question.query.push(("labelSelector", scope.selector.clone()));
        }
        question.query.push(("watch", "true".into()));
        question.query.push(("allowWatchBookmarks", "true".into()));
        question.query.push(("resourceVersion", from.to_string()));
        question.query.push(("timeoutSeconds", WATCH_SECONDS.to_string()));
        let response = question.send(&self.client).await?;
        Ok(watch::events(response.into_body(), scope.to_string()))
    }

    async fn logs(&self, request: &LogRequest) -> Answer<String> {
        let pod = ObjectId {
            gvk: Gvk::new("", "v1", "Pod"),
            namespace: Some(request.namespace.clone()),
            name: request.pod.clone(),
        };
        let mut question = self.about(&pod, "logs", Method::GET).await?;
        question.path.push_str("/log");
        question.accept = "*/*";
        question.query.push(("container", request.container.clone()));
        question.query.push(("tailLines", request.lines.to_string()));
        question.query.push(("limitBytes", "65536".into()));
        if request.previous {
            question.query.push(("previous", "true".into()));
        }
        let (_, bytes) = question.bytes(&self.client).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn happenings(&self, id: &ObjectId) -> Answer<Vec<Happening>> {
        let events = Resource { gvk: Gvk::new("", "v1", "Event"), plural: "events".into(), namespaced: true };
        let namespace = id.namespace.as_deref().unwrap_or("default");
        let mut question = Question::get(
            "list",
            format!("events of {id}"),
            path(&events, Some(namespace), None),
            self.deadline,
        );
        let selector = format!("involvedObject.kind={},involvedObject.name={}", id.gvk.kind, id.name);
        question.query.push(("fieldSelector", selector));
        let (_, page) = question.json(&self.client).await?;
        let mut found: Vec<(String, Happening)> =
            page["items"].as_array().map(|items| items.iter().map(happening).collect()).unwrap_or_default();
        found.sort();
        Ok(found.into_iter().map(|(_, h)| h).collect())
    }

    fn readiness(&self, object: &Json, generation: i64, pods: &[Json]) -> Readiness {
        readiness::of(object, generation, pods)
    }
}

/// An event with the time at which it was last seen.
fn happening(event: &Json) -> (String, Happening) {
    let text = |key: &str| event[key].as_str().unwrap_or_default().to_string();
    let time = ["lastTimestamp", "eventTime"].iter().find_map(|k| event[*k].as_str()).unwrap_or_default();
    let happening = Happening {
        warning: event["type"] == "Warning",
        reason: text("reason"),
        message: text("message"),
        count: event["count"].as_u64().unwrap_or(1),
    };
    (time.to_string(), happening)
}

#[cfg(test)]
#[path = "cluster_tests.rs"]
mod tests;
