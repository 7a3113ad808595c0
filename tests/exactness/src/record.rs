//! A client that writes down what passes through it: the judge's own count of requests.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::{Method, Request, Response};
use kube::Client;
use kube::client::Body;
use serde_json::Value as Json;

/// One request, and when it was answered.
#[derive(Debug, Clone)]
pub struct Sent {
    /// How.
    pub method: Method,
    /// The path, without the query.
    pub path: String,
    /// The query.
    pub query: String,
    /// When it was sent, in the order of everything that was sent and answered.
    pub begun: usize,
    /// When it was answered.
    pub ended: usize,
    /// The status of the answer.
    pub status: u16,
    /// Whether it says which object it is meant for: by uid or version, or by a test in the patch.
    pub is_guarded: bool,
}

impl Sent {
    /// Whether the server only computes the result.
    pub fn is_dry(&self) -> bool {
        self.query.split('&').any(|q| q == "dryRun=All")
    }

    /// Whether the cluster was to be changed.
    pub fn writes(&self) -> bool {
        !matches!(self.method, Method::GET | Method::HEAD) && !self.is_dry()
    }
}

/// The client.
#[derive(Clone)]
pub struct Recorder {
    client: Client,
    moments: Arc<AtomicUsize>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Recorder {
    /// A recorder before a client.
    pub fn new(client: Client) -> Recorder {
        Recorder { client, moments: Arc::default(), sent: Arc::default() }
    }

    /// What was sent since this was asked last, in the order of the answers.
    pub fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.sent.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether a body names the object that it is meant for.
fn is_guarded(body: &Json) -> bool {
    let named = |at: &Json| ["uid", "resourceVersion"].iter().any(|key| at[key].is_string());
    let tested = body.as_array().is_some_and(|operations| operations.iter().any(|o| o["op"] == "test"));
    tested || named(&body["metadata"]) || named(&body["preconditions"])
}

impl tower::Service<Request<Body>> for Recorder {
    type Response = Response<Body>;
    type Error = kube::Error;
    type Future = BoxFuture<'static, Result<Response<Body>, kube::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), kube::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let this = self.clone();
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let begun = this.moments.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let bytes = body.collect_bytes().await?;
            let is_guarded = is_guarded(&serde_json::from_slice(&bytes).unwrap_or_default());
            let answer = this.client.send(Request::from_parts(parts, Body::from(bytes))).await;
            let ended = this.moments.fetch_add(1, Ordering::SeqCst);
            let status = answer.as_ref().map_or(0, |a| a.status().as_u16());
            let (path, query) = (uri.path().to_string(), uri.query().unwrap_or_default().to_string());
            let sent = Sent { method, path, query, begun, ended, status, is_guarded };
            this.sent.lock().unwrap_or_else(PoisonError::into_inner).push(sent);
            answer
        })
    }
}
