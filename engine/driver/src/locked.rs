//! What is done under the lock: settling what an interrupted run left, planning, applying.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use plimsoll_model::{Config, Desired, Diagnostic, ObjectId, Report};
use plimsoll_plan::stale::{self, Freshness};
use plimsoll_plan::{Action, Consequence, Observed, Plan};
use plimsoll_state::{Holder, Lock, State};
use serde_json::Value as Json;

use crate::cluster::Identity;
use crate::event::{Outcome, Sink};
use crate::execute::{self, Run};
use crate::finish;
use crate::hub::Hub;
use crate::resolve::Resolved;
use crate::secrets::Secrets;
use crate::session::{Planned, Session, whole_seconds};
use crate::signals::Signals;
use crate::stop::Stop;
use crate::verify;

/// A session that holds the lock. Dropping it frees the lock.
#[derive(Debug)]
pub struct Locked<'s, 'a> {
    session: &'s Session<'a>,
    lock: Lock,
    state: Option<State>,
    identity: Identity,
    resolved: Vec<Resolved>,
}

impl<'a> Session<'a> {
    /// Takes the lock, waiting up to `timeout` for whoever holds it, and settles what an
    /// interrupted run left open.
    ///
    /// # Errors
    /// Somebody else holds the lock, the configuration has errors, or the state or the cluster
    /// cannot be read.
    pub async fn lock(&self, command: &str, timeout: Duration) -> Result<Locked<'_, 'a>, Stop> {
        let lock = self.take(command, timeout).await?;
        let (config, _) = self.complete()?;
        let reading = lock.read()?;
        let identity = self.identity().await?;
        let left_open =
            reading.as_ref().is_some_and(|r| r.journal.is_some() || !r.state.unresolved.is_empty());
        let mut state = reading.map(|r| r.state);
        self.verify(config, state.as_ref(), &identity)?;
        lock.make_secret_key((self.surroundings.secret)())?;
        let mut resolved = Vec::new();
        if let Some(state) = state.as_mut().filter(|_| left_open) {
            resolved = self.resolve(state).await?;
            lock.save(state)?;
        }
        Ok(Locked { session: self, lock, state, identity, resolved })
    }

    /// Takes the lock, waiting up to `timeout` for whoever holds it.
    pub(crate) async fn take(&self, command: &str, timeout: Duration) -> Result<Lock, Stop> {
        let holder = Holder::current(command, (self.surroundings.now)());
        let store = self.store.clone();
        // Waiting for a lock blocks a thread; it must not be one that others need.
        match tokio::task::spawn_blocking(move || store.lock(&holder, timeout)).await {
            Ok(lock) => Ok(lock?),
            Err(e) => {
                let d = Diagnostic::error("state-lock", "the lock cannot be taken").detail(format!("{e}."));
                Err(d.into())
            }
        }
    }
}

impl Locked<'_, '_> {
    /// What an interrupted run had left open, and how it turned out.
    pub fn resolved(&self) -> &[Resolved] {
        &self.resolved
    }

    /// The state; none where there is none yet.
    pub fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// Plans over the state that the lock protects.
    ///
    /// # Errors
    /// As [`Session::plan`].
    pub async fn plan(&self) -> Result<Planned, Stop> {
        let (config, desired) = self.session.complete()?;
        let (plan, report) =
            self.session.planned(config, desired, self.state.as_ref(), &self.identity).await?;
        Ok(Planned { plan, report, resolved: self.resolved.clone() })
    }

    /// Carries out a plan: one that was just made, or one that was saved and reviewed.
    ///
    /// # Errors
    /// The plan has errors, or it no longer fits the configuration, the cluster or the state. No
    /// write was sent then. What fails later is in the outcome.
    pub async fn apply(&mut self, plan: &Plan, sink: Sink<'_>, signals: &Signals) -> Result<Outcome, Stop> {
        let session = self.session;
        let (config, desired) = session.complete()?;
        self.fits(plan)?;
        let secrets = Secrets::of(desired, &session.sensitive_texts());
        // What the cluster says may quote a secret.
        let hide = |stop: Stop| Stop { report: secrets.hide_all(&stop.report), ..stop };
        let observed = session.observe(config, desired, self.state.as_ref(), &mut Report::new()).await;
        let observed = observed.map_err(hide)?;
        let destroy = plan.header.destroy;
        let mut informed = session.informed(config, desired, &observed, destroy).await.map_err(hide)?;
        informed.salt(&session.surroundings);
        let (told, desired) = (&informed.told, &*informed.desired);
        let secrets = secrets.with(told.live.salts.values());
        let hide = |stop: Stop| Stop { report: secrets.hide_all(&stop.report), ..stop };
        self.still_wanted(plan, desired)?;
        let (live, again) = self.verified(plan, config, desired, observed).await.map_err(hide)?;
        let plan = again.as_ref().unwrap_or(plan);
        let mut state = match &self.state {
            Some(state) => state.clone(),
            None => {
                State::new(session.state_identity(config, &self.identity), session.surroundings.lineage())
            }
        };
        let journal = self.lock.begin(&mut state)?;
        let run = Run {
            session,
            plan,
            config,
            wanted: desired,
            told,
            desired: desired.objects.iter().map(|o| (o.address.clone(), o)).collect(),
            edges: execute::edges(desired),
            new_types: execute::declares_types(plan),
            state: &state,
            retry: session.retry(),
            key: session.key()?,
            journal: &journal,
            hub: Hub::new(Arc::clone(&session.cluster)),
            live: std::sync::Mutex::new(live),
            jobs: std::sync::Mutex::default(),
            secrets: secrets.clone(),
            sink,
        };
        let mut outcome = execute::walk(&run, signals).await;
        if outcome.left {
            // The journal holds everything; the next command that takes the lock goes on from there.
            return Ok(outcome);
        }
        let ending = finish::ending(&run, &mut outcome, signals).await;
        drop(run);
        match self.lock.checkpoint(journal, |state| ending.apply(state)) {
            Ok(state) => self.state = Some(state),
            Err(e) => outcome.notes.push(e.diagnostic()),
        }
        Ok(outcome)
    }

    /// Refuses a plan that was made for something else.
    fn fits(&self, plan: &Plan) -> Result<(), Stop> {
        let session = self.session;
        let (config, _) = session.complete()?;
        let against = verify::Against {
            project: &config.project.name,
            environment: &config.environment.name,
            cluster: &self.identity.uid,
            lineage: self.state.as_ref().map(|s| s.lineage.as_str()).unwrap_or_default(),
            serial: self.state.as_ref().map_or(0, |s| s.serial),
            configuration: &session.offline.digest(),
            variables: &session.variables(&session.key()?),
            now: &whole_seconds((session.surroundings.now)()),
        };
        let report = verify::header(plan, &against);
        if report.has_errors() {
            return Err(Stop::stale(report));
        }
        let errors = verify::errors(plan);
        if errors.has_errors() { Err(Stop::error(errors)) } else { Ok(()) }
    }

    /// Refuses a plan of which an object is wanted otherwise by now: all of them before the first write, since
    /// a plan that does not fit is not carried out by halves.
    fn still_wanted(&self, plan: &Plan, desired: &Desired) -> Result<(), Stop> {
        let report = verify::desired(plan, desired, &self.session.key()?);
        if report.has_errors() { Err(Stop::stale(report)) } else { Ok(()) }
    }

    /// The live objects, if every operation still does to them what was reviewed; where objects moved and
    /// that makes no difference, the reviewed plan over the objects as they are now.
    async fn verified(
        &self,
        plan: &Plan,
        config: &Config,
        desired: &Desired,
        observed: Observed,
    ) -> Result<(BTreeMap<ObjectId, Json>, Option<Plan>), Stop> {
        let session = self.session;
        let manager = plimsoll_plan::manager(&config.project.name);
        let key = session.key()?;
        let mut live: BTreeMap<ObjectId, Json> =
            observed.objects().map(|o| (o.id().clone(), o.object())).collect();
        // An object without our labels is in no list.
        let unlisted: Vec<_> =
            plan.operations.iter().filter(|o| o.uid.is_some() && !live.contains_key(&o.id)).collect();
        for op in unlisted {
            let retry = session.retry();
            match retry.idempotent(|| session.cluster.get(&op.id)).await {
                Ok(object) => drop(live.insert(op.id.clone(), object)),
                Err(e) if e.is_not_found() => {}
                Err(e) => return Err(crate::diagnostic(&e, None).into()),
            }
        }
        let moved = plan
            .operations
            .iter()
            .any(|op| stale::recheck(op, live.get(&op.id), &manager, &key) == Freshness::Moved);
        let mut again = None;
        if moved {
            let mut report = Report::new();
            let mut session = session.clone();
            session.options.destroy = plan.header.destroy;
            session.options.delete_unrecorded = plan.header.delete_unrecorded;
            session.options.named = plan.header.named.clone();
            // What was reviewed was allowed.
            let replaced = plan.operations.iter().filter(|o| o.action == Action::Replace);
            session.options.allow_replace = replaced.map(|o| o.address.clone()).collect();
            let losing = plan.operations.iter().filter(|o| o.consequences.iter().any(Consequence::is_loss));
            session.options.allow_loss = losing.map(|o| o.address.clone()).collect();
            let now = session
                .plan_over(config, desired, self.state.as_ref(), &self.identity, observed, &mut report)
                .await?;
            let stale = stale::compare(plan, &now);
            if !stale.is_empty() {
                let mut report = Report::new();
                verify::objects(plan, &stale, &mut report);
                return Err(Stop::stale(report));
            }
            again = Some(stale::over(plan, &now));
        }
        Ok((live, again))
    }
}

/// Which object this is.
pub(crate) fn id_of(object: &Json) -> ObjectId {
    let text = |json: &Json| json.as_str().unwrap_or_default().to_string();
    ObjectId {
        gvk: plimsoll_model::Gvk::from_api_version(&text(&object["apiVersion"]), &text(&object["kind"])),
        namespace: object["metadata"]["namespace"].as_str().map(str::to_string),
        name: text(&object["metadata"]["name"]),
    }
}
