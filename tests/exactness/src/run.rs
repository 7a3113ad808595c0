//! One sequence: a place, a configuration, and steps of plan, apply, plan.

use std::collections::BTreeSet;
use std::time::Duration;

use plimsoll_driver::{Offline, Signals, offline_texts};
use plimsoll_lang::Inputs;
use plimsoll_plan::{Action, Notice, Operation, Plan, file};
use plimsoll_tests::planned::Planned;

use crate::bystanders;
use crate::check::{Step, named, path};
use crate::config::Config;
use crate::edit::{Edit, Sort};
use crate::outside::{Act, Done, What};
use crate::place::{Place, Target};
use crate::rows::holds_secret;
use crate::snapshot::Snapshot;
use crate::table::Table;
use crate::truth;

/// A sequence under way.
pub struct Run {
    /// Where it runs.
    pub place: Place,
    /// The configuration as it is applied.
    pub config: Config,
    /// What was done how often.
    pub table: Table,
    applied: Option<Offline>,
}

/// What became of a step.
#[derive(Debug)]
pub enum Ending {
    /// It was planned, carried out and judged.
    Judged,
    /// It could not be done: the edit does not fit, or the server takes no such thing from others.
    Impossible,
    /// The plan was refused, for a reason that is the server's or ours to have; nothing was written.
    Refused(String),
}

/// The codes of findings with which a plan may be refused: what the API does not take.
const REFUSALS: &[&str] = &[
    "refused-by-cluster",
    "identity-changed",
    "immutable-field",
    "claim-cannot-grow",
    "claim-shrinks",
    "pod-class-missing",
];

/// Whether an edit may be answered by such an error. A claim grows only where its class lets it.
fn is_refusal(error: &Notice) -> bool {
    REFUSALS.contains(&error.code.as_str())
        || (error.code == "forbidden-by-cluster" && error.detail.contains("must support resize"))
}

/// A configuration, read and compiled.
pub fn compiled(config: &Config) -> Offline {
    offline_texts(&[("main.hcl", &config.hcl())], None, &Inputs::default())
}

impl Run {
    /// A new sequence, with its namespace and its bystanders.
    pub async fn new(
        target: &Target,
        seed: u64,
        start: impl FnOnce(&str, &str) -> Config,
    ) -> Result<Run, String> {
        let place = Place::new(target, seed).await?;
        let namespace = place.unique.clone();
        bystanders::make(&place, &namespace).await?;
        let config = start(&place.unique, &namespace);
        Ok(Run { place, config, table: Table::default(), applied: None })
    }

    /// What was applied last.
    pub fn applied(&self) -> Option<&Offline> {
        self.applied.as_ref()
    }

    /// The first step: everything is made.
    pub async fn begin(&mut self) -> Result<Ending, String> {
        let config = self.config.clone();
        self.judged(config, None).await
    }

    /// An edit, and a step.
    pub async fn step(&mut self, edit: &Edit) -> Result<Ending, String> {
        self.place.tick();
        let mut config = self.config.clone();
        if !edit.edit(&mut config) {
            return Ok(Ending::Impossible);
        }
        if let Edit::Outside(act) = edit {
            let now = Snapshot::take(&self.place).await?;
            let Some(done) = act.act(&self.place, &now).await? else { return Ok(Ending::Impossible) };
            if act.what == What::Seize {
                self.refused_by_rival(&config, act, &done).await?;
                act.give_up(&self.place, &now).await?;
            }
        }
        if let Edit::Late(_, act) = edit
            && !self.late(&config, act).await?
        {
            return Ok(Ending::Impossible);
        }
        let ending = self.judged(config, Some(edit)).await?;
        if let (Ending::Refused(_), Some(act)) = (&ending, edit.act()) {
            return Err(format!("the plan is refused after {act}: {ending:?}"));
        }
        Ok(ending)
    }

    /// Plans, lets somebody act, and carries the plan out: where it changes that very object, it no longer
    /// fits, and nothing is written. Whether the act was possible.
    async fn late(&mut self, config: &Config, act: &Act) -> Result<bool, String> {
        let offline = compiled(config);
        if offline.complete().is_none() {
            return Ok(false);
        }
        let session = self.place.session(&offline);
        let planned = session.plan().await.map_err(|stop| format!("planning stopped: {:?}", stop.report))?;
        let plan = through_a_file(&planned.plan)?;
        let now = Snapshot::take(&self.place).await?;
        if plan.errored() || act.act(&self.place, &now).await?.is_none() {
            return Ok(false);
        }
        let ours = matches!(act.what, What::Change | What::Remove | What::Seize | What::Delete);
        let touched = |o: &&Operation| named(&o.id) == act.object && o.action != Action::None;
        let concerned = ours && plan.operations.iter().any(|o| touched(&o));
        let mut locked = session
            .lock("apply", Duration::ZERO)
            .await
            .map_err(|stop| format!("the lock: {:?}", stop.report))?;
        self.place.recorder.take();
        let outcome = locked.apply(&plan, &|_| {}, &Signals::new()).await;
        drop(locked);
        let wrote: Vec<_> = self.place.recorder.take().into_iter().filter(|s| s.writes()).collect();
        if act.what == What::Seize {
            act.give_up(&self.place, &now).await?;
        }
        match outcome {
            Err(_) if wrote.is_empty() => Ok(true),
            Err(stop) => Err(format!("a plan that no longer fits wrote {wrote:?}: {:?}", stop.report)),
            Ok(_) if concerned => Err(format!("a plan was carried out that no longer fits, after {act}")),
            Ok(outcome) if outcome.succeeded() => Ok(true),
            Ok(outcome) => {
                Err(format!("the apply failed after {act}: {:?} {:?}", outcome.failed, outcome.notes))
            }
        }
    }

    /// A plan over a field that a rival took is refused, and names both. An object that is made anew anyway takes
    /// nothing over from the old one.
    async fn refused_by_rival(&self, config: &Config, act: &Act, done: &Done) -> Result<(), String> {
        let offline = compiled(config);
        let before = Snapshot::take(&self.place).await?;
        let planned = self
            .place
            .session(&offline)
            .plan()
            .await
            .map_err(|stop| format!("planning stopped: {:?}", stop.report))?;
        self.wrote_nothing("planning", &before).await?;
        let is_anew = |o: &Operation| named(&o.id) == act.object && o.action == Action::Replace;
        if planned.plan.operations.iter().any(is_anew) {
            return Ok(());
        }
        let conflict = planned.plan.notices.iter().find(|n| n.error && n.code == "field-conflict");
        match conflict {
            Some(n) if n.detail.contains(crate::outside::RIVAL) => Ok(()),
            _ => Err(format!(
                "{} took {}, and that is no conflict: {}",
                crate::outside::RIVAL,
                done.field.as_ref().map_or("nothing", |f| f.pointer.as_str()),
                errors(&planned.plan)
            )),
        }
    }

    /// Clears up: on a real cluster, what the sequence made there goes.
    pub async fn end(&mut self) -> Result<(), String> {
        if self.place.real { bystanders::clear(&self.place).await } else { Ok(()) }
    }

    /// Nothing was sent that writes, and nothing is otherwise than before.
    async fn wrote_nothing(&self, who: &str, before: &Snapshot) -> Result<(), String> {
        let wrote: Vec<_> = self.place.recorder.take().into_iter().filter(|s| s.writes()).collect();
        if !wrote.is_empty() {
            return Err(format!("{who} wrote: {wrote:#?}"));
        }
        if self.place.real {
            // Controllers go on meanwhile.
            return Ok(());
        }
        let after = Snapshot::take(&self.place).await?;
        if before.0 == after.0 { Ok(()) } else { Err(format!("{who} changed the cluster")) }
    }

    async fn judged(&mut self, config: Config, edit: Option<&Edit>) -> Result<Ending, String> {
        let offline = compiled(&config);
        if offline.complete().is_none() {
            return Ok(Ending::Impossible);
        }
        let before = Snapshot::take(&self.place).await?;
        self.place.recorder.take();
        let session = self.place.session(&offline);
        let planned = session.plan().await.map_err(|stop| format!("planning stopped: {:?}", stop.report))?;
        self.wrote_nothing("planning", &before).await?;
        let plan = through_a_file(&planned.plan)?;
        let shown = Planned(plimsoll_report::json::plan(&plan));
        shows_no_secret(&plan, &shown)?;
        // Neither cluster drops anything that is generated.
        if let Some(dropped) = plan.notices.iter().find(|n| n.code == "field-not-kept") {
            return Err(format!("a field is told to be dropped: {}", dropped.detail));
        }
        if plan.errored() {
            return self.refused(&plan).await;
        }
        let mut locked = session
            .lock("apply", Duration::ZERO)
            .await
            .map_err(|stop| format!("the lock: {:?}", stop.report))?;
        self.place.recorder.take();
        let outcome = locked
            .apply(&plan, &|_| {}, &Signals::new())
            .await
            .map_err(|stop| format!("the apply stopped: {:?}", stop.report))?;
        drop(locked);
        let sent = self.place.recorder.take();
        if !outcome.succeeded() {
            return Err(format!(
                "the apply failed: {:#?} {:#?} {:#?}",
                outcome.failed, outcome.skipped, outcome.notes
            ));
        }
        let after = Snapshot::take(&self.place).await?;
        if let Some(Edit::Outside(act)) = edit {
            told(&plan, act)?;
        }
        let step = Step {
            place: &self.place,
            plan: &plan,
            planned: &shown,
            before: &before,
            after: &after,
            sent: &sent,
            offline: &offline,
            previous: self.applied.as_ref(),
        };
        let mut wrong = step.judge().await?;
        wrong.extend(bystanders::touched(&before, &after));
        wrong.extend(truth::untrue(&self.place, &plan, &offline, &after).await?);
        wrong.extend(self.settled(&offline).await?);
        self.count(&plan, edit, &after);
        self.config = config;
        self.applied = Some(offline);
        if wrong.is_empty() { Ok(Ending::Judged) } else { Err(wrong.join("\n")) }
    }

    /// The next plan is empty, and writes nothing.
    async fn settled(&mut self, offline: &Offline) -> Result<Vec<String>, String> {
        let again = self
            .place
            .session(offline)
            .plan()
            .await
            .map_err(|stop| format!("the next plan stopped: {:?}", stop.report))?;
        let sent = self.place.recorder.take();
        let mut out = Vec::new();
        if again.plan.errored() {
            out.push(format!("the next plan has errors: {}", errors(&again.plan)));
        }
        if again.plan.has_changes() {
            let changed = again.plan.operations.iter().filter(|o| o.is_change());
            let lines: Vec<String> = changed
                .map(|o| {
                    let fields = o.changes.iter().filter(|c| c.cause.is_owned());
                    let fields: Vec<_> =
                        fields.map(|c| format!("{}: {:?} → {:?}", c.path, c.before, c.after)).collect();
                    format!("{:?} {} {:?} {}", o.action, o.address, o.ownership, fields.join(", "))
                })
                .collect();
            out.push(format!("the next plan is not empty:\n{}", lines.join("\n")));
        }
        if let Some(write) = sent.iter().find(|s| s.writes()) {
            out.push(format!("the next plan wrote: {write:?}"));
        }
        // The lists show everything that was applied. (A job may be gone again.)
        for object in offline.desired.iter().flat_map(|d| &d.objects).filter(|o| o.id.gvk.kind != "Job") {
            let path = path(&self.place, &object.id).await?;
            if sent.iter().any(|s| s.method == http::Method::GET && s.path == path) {
                out.push(format!("the next plan asked for {} by itself", object.address));
            }
        }
        self.table.asked_again += sent.iter().filter(|s| s.is_dry()).count();
        Ok(out)
    }

    async fn refused(&mut self, plan: &Plan) -> Result<Ending, String> {
        let errors: Vec<_> = plan.notices.iter().filter(|n| n.error).collect();
        let strange: Vec<_> = errors.iter().filter(|n| !is_refusal(n)).collect();
        if !strange.is_empty() {
            return Err(format!("the plan has errors: {}", self::errors(plan)));
        }
        if let Some(applied) = self.applied.take() {
            let wrong = self.settled(&applied).await?;
            self.applied = Some(applied);
            if !wrong.is_empty() {
                return Err(wrong.join("\n"));
            }
        }
        let first = errors.first().map(|n| format!("{}: {} {}", n.code, n.summary, n.detail));
        Ok(Ending::Refused(first.unwrap_or_default()))
    }

    fn count(&mut self, plan: &Plan, edit: Option<&Edit>, after: &Snapshot) {
        let sort = edit.map_or(Sort::Declare, Edit::sort);
        self.table.steps += 1;
        self.table.objects += plan.operations.len();
        if let Some(act) = edit.and_then(Edit::act) {
            self.table.count(act.kind(), sort);
            return;
        }
        let _ = after;
        let kinds: BTreeSet<&str> = plan
            .operations
            .iter()
            .filter(|o| o.action != Action::None || o.moved_from.is_some())
            .map(|o| o.id.gvk.kind.as_str())
            .collect();
        kinds.into_iter().for_each(|kind| self.table.count(kind, sort));
    }
}

/// A plan names what others added to an object of ours.
fn told(plan: &Plan, act: &Act) -> Result<(), String> {
    let added = matches!(act.what, What::Apply | What::Annotate);
    let names =
        |o: &Operation| named(&o.id) == act.object && o.others.iter().any(|a| a.path.contains("example.com"));
    if !added || plan.operations.iter().any(names) {
        Ok(())
    } else {
        Err(format!("the plan does not tell of {act}"))
    }
}

/// What is wrong with a plan, a line each.
fn errors(plan: &Plan) -> String {
    let all = plan.notices.iter().filter(|n| n.error);
    all.map(|n| format!("\n{}: {}. {}", n.code, n.summary, n.detail)).collect()
}

/// The plan as a file brings it back.
fn through_a_file(plan: &Plan) -> Result<Plan, String> {
    let bytes = file::to_bytes(plan).map_err(|e| e.to_string())?;
    if holds_secret(&String::from_utf8_lossy(&bytes)) {
        return Err("a secret stands in the plan's file".into());
    }
    let back = file::from_bytes(&bytes).map_err(|e| e.to_string())?;
    if back == *plan { Ok(back) } else { Err("the plan is another one when it is read from its file".into()) }
}

/// No rendering of a plan holds a secret.
fn shows_no_secret(plan: &Plan, shown: &Planned) -> Result<(), String> {
    let style = plimsoll_report::Style { colour: false };
    let texts = [
        ("JSON", shown.0.to_string()),
        ("text", plimsoll_report::text::plan(plan, style)),
        ("Markdown", plimsoll_report::markdown::plan(plan)),
    ];
    let found = texts.iter().find(|(_, text)| holds_secret(text));
    found.map_or(Ok(()), |(what, _)| Err(format!("a secret stands in the plan's {what}")))
}
