//! What the cluster tells before anything is compared: the salts of our secrets, and what is in configs and
//! secrets that exist already.
//!
//! Our own objects come from the lists; an existing one is asked for only where its data is needed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plimsoll_blocks::identity::SALT;
use plimsoll_blocks::live::{self, Existing, Live};
use plimsoll_model::{Address, Config, Desired, Diagnostic, Leaf, Node, ObjectId, Report, Span};
use plimsoll_plan::Observed;
use plimsoll_schema::Path;
use serde_json::Value as Json;

use crate::diagnose::diagnostic;
use crate::facts::LiveFacts;
use crate::session::Session;
use crate::stop::Stop;
use crate::surroundings::Surroundings;

/// What the cluster told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Salts and hashes.
    pub live: Live,
    /// Existing objects whose text is used, by the block that names them.
    pub objects: BTreeMap<Address, Json>,
    /// The same where the configuration itself makes the object.
    pub made_here: BTreeMap<Address, ObjectId>,
}

/// What a configuration wants, now that the cluster told something.
#[derive(Debug)]
pub(crate) struct Informed<'d> {
    pub desired: Cow<'d, Desired>,
    pub told: Told,
}

impl Informed<'_> {
    /// Draws the salts that are missing: what they decide stays unknown, until it is written.
    pub(crate) fn salt(&mut self, surroundings: &Surroundings) {
        for secret in live::without_salt(&self.desired) {
            let bytes = (surroundings.secret)();
            let salt = bytes.iter().take(16).map(|b| format!("{b:02x}")).collect();
            self.told.live.salts.insert(secret, salt);
        }
    }
}

impl Session<'_> {
    /// Completes what a configuration wants with what only the cluster knows before a plan.
    ///
    /// # Errors
    /// An existing object whose data is needed, or a key of it, is not there or cannot be read.
    pub(crate) async fn informed<'d>(
        &self,
        config: &Config,
        desired: &'d Desired,
        observed: &Observed,
        destroy: bool,
    ) -> Result<Informed<'d>, Stop> {
        let mut report = Report::new();
        let mut told = Told::default();
        if !destroy {
            self.ask(config, desired, &mut told, &mut report).await?;
        }
        told.live.salts = salts(desired, observed, &plimsoll_plan::manager(&config.project.name));
        let nothing = told.objects.is_empty() && told.live.hashes.is_empty() && told.live.salts.is_empty();
        let again = match (nothing, told.objects.is_empty()) {
            (true, _) => None,
            // No expression reads a salt or a hash: what was evaluated stays.
            (_, true) => Some(plimsoll_blocks::compile_with(config, &told.live, &mut Report::new())),
            _ => {
                let facts = LiveFacts { objects: told.objects.clone(), live: told.live.clone() };
                let mut found = Report::new();
                let again = self.offline.with_facts(&facts, &mut found);
                // What a value that was unknown until now breaks; the rest was reported before.
                if found.has_errors() {
                    report.extend(found);
                }
                again
            }
        };
        let desired = again.map_or(Cow::Borrowed(desired), Cow::Owned);
        missing_keys(config, &desired, &told, &mut report);
        if report.has_errors() { Err(Stop::error(report)) } else { Ok(Informed { desired, told }) }
    }

    /// Reads every existing object whose data is needed.
    async fn ask(
        &self,
        config: &Config,
        desired: &Desired,
        told: &mut Told,
        report: &mut Report,
    ) -> Result<(), Stop> {
        let all = live::existing(config);
        if all.is_empty() {
            return Ok(());
        }
        let unknown = unknown(desired);
        for existing in all {
            let used = unknown.iter().find(|(what, _)| key_of(&existing.address, what).is_some());
            if used.is_none() && !existing.roll_on_change {
                continue;
            }
            let retry = self.retry();
            match retry.idempotent(|| self.cluster.get(&existing.id)).await {
                Ok(object) => {
                    if existing.roll_on_change {
                        told.live.hashes.insert(existing.address.clone(), hash(&object));
                    }
                    if used.is_some() {
                        told.objects.insert(existing.address, object);
                    }
                }
                Err(e) if e.is_not_found() && desired.objects.iter().any(|o| o.id == existing.id) => {
                    told.made_here.insert(existing.address, existing.id);
                }
                Err(e) if e.is_not_found() => report.push(missing(&existing, used.and_then(|(_, at)| *at))),
                Err(e) => return Err(diagnostic(&e, Some(existing.span)).into()),
            }
        }
        Ok(())
    }
}

/// The salts of our secrets as they are in the cluster. One that somebody else wrote or shortened is none.
fn salts(desired: &Desired, observed: &Observed, manager: &str) -> BTreeMap<Address, String> {
    let wanted = live::without_salt(desired);
    if wanted.is_empty() {
        return BTreeMap::new();
    }
    let secrets = observed.objects().filter(|o| o.id().gvk.kind == "Secret");
    let listed: BTreeMap<&ObjectId, Json> = secrets.map(|o| (o.id(), o.object())).collect();
    let salt = |id: &ObjectId| {
        let object = listed.get(id)?;
        let salt = object["metadata"]["annotations"][SALT].as_str()?;
        let ours = plimsoll_plan::holds(object, manager, &Path::fields(["metadata", "annotations", SALT]));
        (ours && live::is_salt(salt)).then(|| salt.to_string())
    };
    let secrets = desired.objects.iter().filter(|o| wanted.contains(&o.address));
    secrets.filter_map(|o| Some((o.address.clone(), salt(&o.id)?))).collect()
}

/// The hash of what is in an existing object, under its uid: 122 random bits, which only who may read the object
/// is told, and which are not ours to lose.
fn hash(object: &Json) -> String {
    let text = |json: &Json| json.as_str().unwrap_or_default().to_string();
    let is_secret = object["kind"] == "Secret";
    let entries = |field: &str| object[field].as_object().into_iter().flatten();
    let mut data: Vec<(String, Vec<u8>)> = Vec::new();
    for (key, value) in entries("data") {
        let value = text(value);
        let bytes = if is_secret { STANDARD.decode(&value).unwrap_or_default() } else { value.into_bytes() };
        data.push((key.clone(), bytes));
    }
    for (key, value) in entries("binaryData") {
        data.push((key.clone(), STANDARD.decode(text(value)).unwrap_or_default()));
    }
    data.sort();
    let entries = data.iter().map(|(key, bytes)| (key.as_str(), bytes.as_slice()));
    live::salted(&text(&object["metadata"]["uid"]), &text(&object["metadata"]["name"]), entries)
}

/// What is unknown, with where it is used.
fn unknown(desired: &Desired) -> Vec<(String, Option<Span>)> {
    let mut all = Vec::new();
    let mut add = |leaf: &Leaf| all.extend(leaf.unknown.clone().map(|what| (what, leaf.origin.shown())));
    for object in &desired.objects {
        object.root.leaves().into_iter().for_each(|(_, leaf)| add(leaf));
    }
    for output in &desired.outputs {
        Node::from_value(&output.value).leaves().into_iter().for_each(|(_, leaf)| add(leaf));
    }
    all
}

/// The key of an existing config that an unknown value is.
fn key_of<'w>(config: &Address, what: &'w str) -> Option<&'w str> {
    what.strip_prefix(&config.to_string())?.strip_prefix(".keys.")
}

fn missing(existing: &Existing, used: Option<Span>) -> Diagnostic {
    let d = Diagnostic::error("existing-missing", "an existing object is not there")
        .detail(format!(
            "{} is {}, which the cluster does not have; what is in it is needed to plan.",
            existing.address, existing.id
        ))
        .at(existing.span, "")
        .help("make it first, or correct the name");
    match used {
        Some(span) => d.related(span, "used here"),
        None => d,
    }
}

/// Keys that the objects do not have.
fn missing_keys(config: &Config, desired: &Desired, told: &Told, report: &mut Report) {
    if told.objects.is_empty() {
        return;
    }
    let all = live::existing(config);
    let unknown = unknown(desired);
    for existing in all.iter().filter(|e| told.objects.contains_key(&e.address)) {
        let mut seen = Vec::new();
        for (what, span) in &unknown {
            let Some(key) = key_of(&existing.address, what).filter(|k| !seen.contains(k)) else { continue };
            seen.push(key);
            let d = Diagnostic::error("existing-key-missing", "an existing object does not have a key")
                .detail(format!("{} has no text under \"{key}\", which {what} reads.", existing.id))
                .at(span.unwrap_or(existing.span), "")
                .help(format!("add \"{key}\" to the object, or name another key"));
            report.push(d.related(existing.span, "the object is named here"));
        }
    }
}
