//! The script that the sweeps run: two applies, with every kind of record in them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use plimsoll_model::{Address, EdgeKind, Gvk, ObjectId};
use serde_json::json;

use crate::files::Files;
use crate::{
    Effect, Expected, HistoryEntry, Holder, Identity, Intent, OperationId, Outcome, Reading, Resource,
    RetainedClaim, State, StateError, Store, Verb,
};

pub(super) const FOLDER: &str = "/state/prod";

/// A process that another test starts inherits our lock for a moment, between fork and exec.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

pub(super) fn holder() -> Holder {
    Holder {
        user: "ada".to_string(),
        host: "engine".to_string(),
        pid: 1815,
        command: "apply".to_string(),
        since: time(0),
    }
}

pub(super) fn identity() -> Identity {
    Identity {
        project: "shop".to_string(),
        environment: "prod".to_string(),
        cluster_uid: "8f6e9a52-cluster".to_string(),
    }
}

pub(super) fn new_state() -> State {
    State::new(identity(), "5d41402a")
}

pub(super) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

pub(super) fn resource(name: &str, uid: &str) -> Resource {
    Resource {
        object: ObjectId {
            gvk: Gvk::new("apps", "v1", "Deployment"),
            namespace: Some("shop".to_string()),
            name: name.to_string(),
        },
        uid: uid.to_string(),
        digest: format!("digest of {name}"),
        edges: [(address("config.settings"), EdgeKind::Order)].into(),
        sensitive_paths: Vec::new(),
        prevent_destroy: name == "db",
    }
}

pub(super) fn put(name: &str, uid: &str) -> Effect {
    Effect::Put { address: address(&format!("app.{name}")), resource: resource(name, uid) }
}

pub(super) fn intent(verb: Verb, name: &str) -> Intent {
    Intent {
        verb,
        address: address(&format!("app.{name}")),
        object: resource(name, "").object,
        uid: (verb != Verb::Create).then(|| format!("uid-{name}")),
        resource_version: (verb == Verb::Update).then(|| "42".to_string()),
        expected: (verb == Verb::Update).then(|| Expected {
            manager: "plimsoll:shop".to_string(),
            before: format!("digest of {name} before"),
            after: format!("digest of {name} after"),
        }),
        at: time(1),
        effects: match verb {
            Verb::Delete => vec![Effect::Remove { address: address(&format!("app.{name}")) }],
            _ => vec![put(name, "")],
        },
    }
}

pub(super) fn claim(name: &str) -> RetainedClaim {
    RetainedClaim {
        namespace: "shop".to_string(),
        name: name.to_string(),
        uid: format!("uid-{name}"),
        from: Some(address("app.db")),
    }
}

pub(super) fn history(serial: u64) -> HistoryEntry {
    HistoryEntry {
        serial,
        at: time(9),
        command: "apply".to_string(),
        created: 2,
        updated: 0,
        deleted: 1,
        failed: 1,
    }
}

/// What the script tells: called after each step that is durable when it returns.
pub(super) type Progress<'a> = &'a mut dyn FnMut();

pub(super) fn store(files: Arc<dyn Files>, folder: impl AsRef<Path>) -> Store {
    Store::with_files(folder.as_ref(), files)
}

/// Both applies.
pub(super) fn run(store: &Store, durable: Progress<'_>) -> Result<(), StateError> {
    first(store, durable)?;
    second(store, durable)
}

/// Creates two objects; a third one fails, and of a fourth nobody knows.
fn first(store: &Store, durable: Progress<'_>) -> Result<(), StateError> {
    let lock = store.lock(&holder(), PATIENCE)?;
    let mut state = lock.read()?.map_or_else(new_state, |r| r.state);
    let journal = lock.begin(&mut state)?;
    durable();
    let step =
        |durable: Progress<'_>, verb, name: &str, outcome: Outcome| -> Result<OperationId, StateError> {
            let id = journal.intent(intent(verb, name)).wait()?;
            durable();
            journal.outcome(id, outcome).wait()?;
            durable();
            Ok(id)
        };
    step(
        durable,
        Verb::Create,
        "web",
        Outcome::Done { effects: intent(Verb::Create, "web").effects_with_uid("uid-web") },
    )?;
    step(durable, Verb::Create, "db", Outcome::Done { effects: vec![put("db", "uid-db")] })?;
    step(durable, Verb::Create, "broken", Outcome::Failed)?;
    let lost = step(durable, Verb::Create, "lost", Outcome::Unknown)?;
    journal.outcome(lost, Outcome::Done { effects: vec![put("lost", "uid-lost")] }).wait()?;
    durable();
    step(durable, Verb::Update, "web", Outcome::Unknown)?;
    lock.checkpoint(journal, |state| {
        state.outputs.insert("url".to_string(), json!("http://shop.example"));
        state.remember(history(state.serial));
    })?;
    durable();
    Ok(())
}

/// Resolves what the first one left open, and deletes.
fn second(store: &Store, durable: Progress<'_>) -> Result<(), StateError> {
    let lock = store.lock(&holder(), PATIENCE)?;
    let mut state = lock.read()?.map_or_else(new_state, |r| r.state);
    for id in state.unresolved.keys().copied().collect::<Vec<_>>() {
        state.settle(id, &Outcome::Failed)?;
    }
    let journal = lock.begin(&mut state)?;
    durable();
    let id = journal.intent(intent(Verb::Delete, "db")).wait()?;
    durable();
    let effects = vec![
        Effect::Remove { address: address("app.db") },
        Effect::Retain { claim: claim("data-db-0") },
        Effect::CompleteJob { address: address("job.migrate"), hash: "h1".to_string() },
    ];
    journal.outcome(id, Outcome::Done { effects }).wait()?;
    durable();
    lock.checkpoint(journal, |state| state.remember(history(state.serial)))?;
    durable();
    Ok(())
}

/// What can be read after each durable step of an undisturbed run; first, before any.
pub(super) fn expected() -> Vec<Option<Reading>> {
    let store = store(Arc::new(crate::faults::Memory::new()), FOLDER);
    let mut readings = vec![None];
    run(&store, &mut || readings.push(store.read().unwrap())).unwrap();
    readings
}

/// A reading without how many records it took, which a saved but not yet removed journal changes.
pub(super) fn state_of(reading: &Option<Reading>) -> Option<&State> {
    reading.as_ref().map(|r| &r.state)
}

/// What the next run does after an interruption: it resolves what is open and goes on.
pub(super) fn recover(store: &Store) -> Result<State, StateError> {
    let lock = store.lock(&holder(), PATIENCE)?;
    let mut state = lock.read()?.map_or_else(new_state, |r| r.state);
    for id in state.unresolved.keys().copied().collect::<Vec<_>>() {
        state.settle(id, &Outcome::Failed)?;
    }
    let journal = lock.begin(&mut state)?;
    let id = journal.intent(intent(Verb::Create, "after")).wait()?;
    journal.outcome(id, Outcome::Done { effects: vec![put("after", "uid-after")] }).wait()?;
    lock.checkpoint(journal, |_| {})
}
