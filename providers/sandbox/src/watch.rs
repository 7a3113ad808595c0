//! Watches: a stream of events from a moment on, with bookmarks, until its time is up or its client goes.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use http_body::Frame;
use plimsoll_schema::Json;
use serde_json::json;
use tokio::time::Instant;

use crate::Sandbox;
use crate::cluster::Cluster;
use crate::list::{Selection, metadata_only};
use crate::request::{Call, Form};
use crate::status::Failure;
use crate::store::{Change, Event};

/// How long a watch lasts where its client does not say.
const LONGEST: u64 = 30 * 60;
/// How often a watch looks whether another process has written.
const LOOK: Duration = Duration::from_millis(100);
/// How often a quiet watch says where it is.
const BOOKMARK: Duration = Duration::from_secs(60);

/// What a watch is asked for.
#[derive(Debug)]
pub(crate) struct Watch {
    selection: Selection,
    metadata_only: bool,
    bookmarks: bool,
    version: u64,
    lasts: Duration,
    waiting: VecDeque<Json>,
    over: bool,
}

impl Watch {
    /// # Errors
    /// Where a parameter is malformed.
    pub fn begin(cluster: &Cluster, call: &Call, selection: Selection) -> Result<Watch, Failure> {
        let from = match call.parameter("resourceVersion") {
            "" | "0" => None,
            text => Some(text.parse::<u64>().map_err(|_| {
                Failure::bad_request(format!("invalid resource version {text:?}: not a number"))
            })?),
        };
        let mut watch = Watch {
            selection,
            metadata_only: call.form() == Form::Metadata,
            bookmarks: call.flag("allowWatchBookmarks"),
            version: from.unwrap_or_else(|| cluster.store.version()),
            lasts: Duration::from_secs(call.number("timeoutSeconds")?.unwrap_or(LONGEST)),
            waiting: VecDeque::new(),
            over: false,
        };
        let initial = call.flag("sendInitialEvents");
        if initial || (from.is_none() && call.parameter("sendInitialEvents").is_empty()) {
            for object in watch.selection.now(cluster) {
                watch.say("ADDED", &object);
            }
            watch.version = cluster.store.version();
            if initial {
                watch.bookmark(json!({"k8s.io/initial-events-end": "true"}));
            }
        }
        Ok(watch)
    }

    fn say(&mut self, kind: &str, object: &Json) {
        let object = if self.metadata_only { metadata_only(object) } else { object.clone() };
        self.waiting.push_back(json!({"type": kind, "object": object}));
    }

    fn bookmark(&mut self, annotations: Json) {
        let kind = &self.selection.resource.kind().gvk;
        let mut metadata = json!({"resourceVersion": self.version.to_string()});
        if !annotations.is_null() {
            metadata["annotations"] = annotations;
        }
        let object = json!({"kind": kind.kind, "apiVersion": kind.api_version(), "metadata": metadata});
        self.waiting.push_back(json!({"type": "BOOKMARK", "object": object}));
    }

    /// Collects the events since the last look.
    fn look(&mut self, cluster: &Cluster) {
        if !cluster.store.remembers(self.version) {
            let message = format!("too old resource version: {} ({})", self.version, cluster.store.horizon());
            let status = Failure::expired(message).to_json();
            self.waiting.push_back(json!({"type": "ERROR", "object": status}));
            self.over = true;
            return;
        }
        let events: Vec<(&str, Arc<Json>)> =
            cluster.store.after(self.version).filter_map(|event| self.seen(event)).collect();
        for (kind, object) in events {
            self.say(kind, &object);
        }
        self.version = self.version.max(cluster.store.version());
    }

    /// How an event looks from here: an object that no longer matches is gone, one that now does is new.
    fn seen(&self, event: &Event) -> Option<(&'static str, Arc<Json>)> {
        let selection = &self.selection;
        if event.key.resource != selection.resource
            || selection.namespace.as_ref().is_some_and(|n| *n != event.key.namespace)
        {
            return None;
        }
        let before = event.previous.as_ref().is_some_and(|o| selection.matches(o));
        let now = event.change != Change::Deleted && selection.matches(&event.object);
        match (before, now) {
            (false, true) => Some(("ADDED", Arc::clone(&event.object))),
            (true, true) => Some(("MODIFIED", Arc::clone(&event.object))),
            (true, false) => Some(("DELETED", Arc::clone(&event.object))),
            (false, false) => None,
        }
    }

    /// The watch as the body of an answer.
    pub fn stream(self, sandbox: Sandbox) -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> + Send {
        let end = Instant::now() + self.lasts;
        let changes = sandbox.changes();
        let running = Running { watch: self, sandbox, changes, end, said: Instant::now() };
        futures::stream::unfold(running, Running::next)
    }
}

struct Running {
    watch: Watch,
    sandbox: Sandbox,
    changes: tokio::sync::watch::Receiver<u64>,
    end: Instant,
    said: Instant,
}

impl Running {
    async fn next(mut self) -> Option<(Result<Frame<Bytes>, Infallible>, Running)> {
        loop {
            if let Some(event) = self.watch.waiting.pop_front() {
                self.said = Instant::now();
                return Some((Ok(Frame::data(Bytes::from(format!("{event}\n")))), self));
            }
            if self.watch.over {
                return None;
            }
            // Seen before looking, so that no change between looking and waiting is missed.
            self.changes.borrow_and_update();
            let watch = &mut self.watch;
            if let Err(failure) = self.sandbox.read(|cluster| {
                watch.look(cluster);
                Ok(())
            }) {
                watch.waiting.push_back(json!({"type": "ERROR", "object": failure.to_json()}));
                watch.over = true;
            }
            if !self.watch.waiting.is_empty() {
                continue;
            }
            let now = Instant::now();
            if now >= self.end {
                self.watch.over = true;
                if self.watch.bookmarks {
                    self.watch.bookmark(Json::Null);
                }
                continue;
            }
            if self.watch.bookmarks && now >= self.said + BOOKMARK {
                self.watch.bookmark(Json::Null);
                continue;
            }
            let pause = if self.sandbox.is_shared() { LOOK } else { BOOKMARK };
            tokio::select! {
                changed = self.changes.changed() => {
                    if changed.is_err() {
                        self.watch.over = true;
                    }
                }
                () = tokio::time::sleep_until(self.end.min(now + pause)) => {}
            }
        }
    }
}
