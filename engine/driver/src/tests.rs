//! The whole driver over a scripted cluster: what is sent, what is recorded, what is told.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use expect_test::{Expect, expect};
use plimsoll_lang::Inputs;
use plimsoll_model::{Gvk, ObjectId};
use plimsoll_plan::Plan;
use plimsoll_state::{State, Store};
use serde_json::json;

use crate::scripted::{Fault, Scripted, failing};
use crate::*;

mod ends;
mod faults;
mod grown;
mod interrupted;
mod order;
mod run;
mod saved;

const SHOP: &str = r#"
project "shop" {}

app "web" {
  container "web" {
    image = "nginx:1.27"
    port "http" { container_port = 80 }
  }
}

service "web" { app = app.web }
"#;

/// A folder's state, a cluster and a configuration.
struct Bench {
    cluster: Scripted,
    folder: tempfile::TempDir,
    offline: Offline,
    options: Options,
    /// What the last apply told so far.
    events: Mutex<Vec<String>>,
}

impl Bench {
    fn new(text: &str) -> Bench {
        let options = Options { grace: Duration::from_millis(1), ..Options::default() };
        Bench {
            cluster: Scripted::new(),
            folder: tempfile::tempdir().unwrap(),
            offline: compiled(text),
            options,
            events: Mutex::default(),
        }
    }

    fn edit(&mut self, text: &str) {
        self.offline = compiled(text);
    }

    fn store(&self) -> Store {
        Store::of(self.folder.path(), "default").unwrap()
    }

    fn state(&self) -> State {
        self.store().read().unwrap().unwrap().state
    }

    fn surroundings(&self) -> Surroundings {
        let now = jiff::Timestamp::from_second(1_767_225_600).unwrap();
        Surroundings { now: Arc::new(move || now), random: Arc::new(|| 0.0), secret: Arc::new(|| [7; 32]) }
    }

    fn session<'a>(&'a self, store: &'a Store) -> Session<'a> {
        Session {
            surroundings: self.surroundings(),
            ..Session::new(&self.offline, Arc::new(self.cluster.clone()), store, self.options.clone())
        }
    }

    async fn plan(&self) -> Plan {
        let store = self.store();
        self.session(&store).plan().await.unwrap().plan
    }

    async fn apply(&self) -> Told {
        self.apply_with(None, &Signals::new()).await.unwrap()
    }

    async fn destroy(&mut self) -> Told {
        self.options.destroy = true;
        let told = self.apply().await;
        self.options.destroy = false;
        told
    }

    /// Locks, plans (or takes the given plan), applies.
    async fn apply_with(&self, plan: Option<&Plan>, signals: &Signals) -> Result<Told, Stop> {
        let store = self.store();
        let session = self.session(&store);
        let mut locked = session.lock("apply", Duration::ZERO).await?;
        let resolved = locked.resolved().iter().map(Resolved::message).collect();
        let planned = match plan {
            Some(plan) => plan.clone(),
            None => locked.plan().await?.plan,
        };
        self.events.lock().unwrap().clear();
        let sink = |event: Event| self.events.lock().unwrap().push(line(&event));
        let outcome = locked.apply(&planned, &sink, signals).await?;
        Ok(Told { outcome, events: self.events.lock().unwrap().clone(), resolved })
    }

    /// Ends when the apply that runs beside it has told `event`.
    async fn told(&self, event: &str) {
        while !self.events.lock().unwrap().iter().any(|e| e == event) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

struct Told {
    outcome: Outcome,
    events: Vec<String>,
    resolved: Vec<String>,
}

impl Told {
    fn check(&self, expected: Expect) {
        expected.assert_eq(&self.events.join("\n"));
    }
}

fn line(event: &Event) -> String {
    match event {
        Event::Started(s) => format!("{:?} {}", s.action, s.id),
        Event::Written(s) => format!("written {}", s.id),
        Event::Waiting { subject, reason } => format!("waiting {}: {reason}", subject.id),
        Event::Done { subject, .. } => format!("done {}", subject.id),
        Event::Ready { subject, .. } => format!("ready {}", subject.id),
        Event::Failed { subject, diagnostic } => format!("failed {}: {}", subject.id, diagnostic.summary),
        Event::Skipped { subject, because } => format!("skipped {}: {because:?}", subject.id),
        Event::Message(text) => text.clone(),
        Event::Draining { under_way } => format!("draining {under_way}"),
    }
}

fn compiled(text: &str) -> Offline {
    let offline = offline_texts(&[("main.hcl", text)], None, &Inputs::default());
    assert!(offline.complete().is_some(), "{:#?}", offline.report.items());
    offline
}

fn deployment(name: &str) -> ObjectId {
    ObjectId {
        gvk: Gvk::new("apps", "v1", "Deployment"),
        namespace: Some("default".into()),
        name: name.into(),
    }
}

fn service(name: &str) -> ObjectId {
    ObjectId { gvk: Gvk::new("", "v1", "Service"), namespace: Some("default".into()), name: name.into() }
}

fn path_exists(path: &Path) -> bool {
    std::fs::exists(path).unwrap()
}
