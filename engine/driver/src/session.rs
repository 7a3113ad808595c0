//! One configuration, one cluster, one state: what every command that talks to a cluster works with.
//!
//! Planning stands here; what is done under the lock, in `locked.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, select};
use jiff::SignedDuration;
use plimsoll_model::{Address, Config, Desired, Diagnostic, Node, Report, Target, Value};
use plimsoll_plan::mask::Key;
use plimsoll_plan::{About, ClusterIdentity, Named, Observed, Plan, PlanInput, Planner, Step, Variable};
use plimsoll_state::{State, Store};

use crate::cluster::{Cluster, Identity};
use crate::diagnose::{diagnostic, in_context};
use crate::offline::Offline;
use crate::recorded::recorded;
use crate::resolve::{Resolved, resolve};
use crate::retry::Retry;
use crate::stop::Stop;
use crate::surroundings::Surroundings;
use crate::{observe, probe};

/// How to plan and apply.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many requests are under way at once.
    pub parallelism: usize,
    /// Whether apply waits until what it wrote is ready.
    pub wait: bool,
    /// How long it waits for one object.
    pub wait_timeout: Duration,
    /// How long a container may fail before the wait for it ends.
    pub grace: Duration,
    /// Whether planning asks the cluster with dry runs.
    pub probe: bool,
    /// Whether everything is to be deleted.
    pub destroy: bool,
    /// Whether objects that only their labels mark as ours are deleted too.
    pub delete_unrecorded: bool,
    /// The addresses whose replacement is allowed where it has to be.
    pub allow_replace: BTreeSet<Address>,
    /// The addresses that may lose what they lose in a protected environment.
    pub allow_loss: BTreeSet<Address>,
    /// What was named for this plan alone.
    pub named: Named,
    /// Whether planning describes objects that stay as they are, too: for a plan that is saved, shown whole or
    /// carried out.
    pub describe_unchanged: bool,
    /// How long a saved plan is accepted.
    pub validity: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            parallelism: 16,
            wait: true,
            wait_timeout: plimsoll_plan::limit::USUAL,
            grace: Duration::from_secs(10),
            probe: true,
            destroy: false,
            delete_unrecorded: false,
            allow_replace: BTreeSet::new(),
            allow_loss: BTreeSet::new(),
            named: Named::default(),
            describe_unchanged: true,
            validity: Duration::from_secs(24 * 3600),
        }
    }
}

/// What a command works with.
#[derive(Clone)]
pub struct Session<'a> {
    /// The configuration.
    pub offline: &'a Offline,
    /// The cluster.
    pub cluster: Arc<dyn Cluster>,
    /// Where the state lives.
    pub store: &'a Store,
    /// How to plan and apply.
    pub options: Options,
    /// Clock and chance.
    pub surroundings: Surroundings,
}

impl std::fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("options", &self.options).finish_non_exhaustive()
    }
}

/// A plan with what was found while it was made.
#[derive(Debug)]
pub struct Planned {
    /// The plan; one that [`Plan::errored`] cannot be applied.
    pub plan: Plan,
    /// Errors and warnings with their places, those of the configuration included.
    pub report: Report,
    /// What an interrupted run had left open, and how it turned out.
    pub resolved: Vec<Resolved>,
}

impl<'a> Session<'a> {
    /// A session with the system's clock.
    pub fn new(
        offline: &'a Offline,
        cluster: Arc<dyn Cluster>,
        store: &'a Store,
        options: Options,
    ) -> Session<'a> {
        Session { offline, cluster, store, options, surroundings: Surroundings::system() }
    }

    /// Plans, without a lock and without writing anything.
    ///
    /// # Errors
    /// The configuration has errors, or the state or the cluster cannot be read, or the state
    /// belongs to another cluster. Anything that the planner finds is in the plan.
    pub async fn plan(&self) -> Result<Planned, Stop> {
        let (config, desired) = self.complete()?;
        let mut state = self.store.read()?.map(|r| r.state);
        let mut report = self.offline.report.clone();
        let settled = state.as_ref().is_none_or(|state| state.unresolved.is_empty());
        let (identity, observed) = if settled {
            // Which cluster it is need not be known to look at it, only to believe what is seen. One that cannot be
            // asked, or is the wrong one, is told without waiting for the lists.
            let observing = pin!(self.observe(config, desired, state.as_ref(), &mut report));
            match select(pin!(self.identity()), observing).await {
                Either::Left((identity, observing)) => {
                    let identity = identity?;
                    self.verify(config, state.as_ref(), &identity)?;
                    (identity, Some(observing.await))
                }
                Either::Right((observed, asking)) => (asking.await?, Some(observed)),
            }
        } else {
            (self.identity().await?, None)
        };
        self.verify(config, state.as_ref(), &identity)?;
        let resolved = match &mut state {
            Some(state) => self.resolve(state).await?,
            None => Vec::new(),
        };
        let observed = match observed {
            Some(observed) => observed?,
            None => self.observe(config, desired, state.as_ref(), &mut report).await?,
        };
        let (plan, report) =
            self.planned_over(config, desired, state.as_ref(), &identity, observed, report).await?;
        Ok(Planned { plan, report, resolved })
    }

    /// Observes and plans over a state that was read already.
    pub(crate) async fn planned(
        &self,
        config: &Config,
        desired: &Desired,
        state: Option<&State>,
        identity: &Identity,
    ) -> Result<(Plan, Report), Stop> {
        let mut report = self.offline.report.clone();
        let observed = self.observe(config, desired, state, &mut report).await?;
        self.planned_over(config, desired, state, identity, observed, report).await
    }

    /// Plans over what was observed.
    async fn planned_over(
        &self,
        config: &Config,
        desired: &Desired,
        state: Option<&State>,
        identity: &Identity,
        observed: Observed,
        mut report: Report,
    ) -> Result<(Plan, Report), Stop> {
        let informed = self.informed(config, desired, &observed, self.options.destroy).await?;
        let desired = &*informed.desired;
        let plan = self.plan_over(config, desired, state, identity, observed, &mut report).await?;
        self.offline.silence(&mut report);
        Ok((plan, report))
    }

    /// The lists that planning and applying start from.
    pub(crate) async fn observe(
        &self,
        config: &Config,
        desired: &Desired,
        state: Option<&State>,
        report: &mut Report,
    ) -> Result<Observed, Stop> {
        let (project, environment) = (&config.project.name, &config.environment.name);
        let requests = plimsoll_plan::observe::requests(
            desired,
            &recorded(state),
            project,
            environment,
            &config.environment.namespace,
        );
        let retry = self.retry();
        let mut found = Report::new();
        let observed =
            observe::observe(&*self.cluster, &retry, requests, self.options.parallelism, &mut found).await;
        let failed = found.has_errors();
        report.extend(found);
        if failed { Err(Stop::error(report.clone())) } else { Ok(observed) }
    }

    /// Runs the planner to its end.
    pub(crate) async fn plan_over(
        &self,
        config: &Config,
        desired: &Desired,
        state: Option<&State>,
        identity: &Identity,
        observed: Observed,
        report: &mut Report,
    ) -> Result<Plan, Stop> {
        let secret_key = self.store.secret_key()?;
        let mut planner = Planner::new(PlanInput {
            desired,
            observed,
            recorded: recorded(state),
            sources: self.offline.sources(),
            cluster: ClusterIdentity { uid: identity.uid.clone(), version: identity.version.clone() },
            about: self.about(config, &Key::new(secret_key)),
            options: plimsoll_plan::Options {
                destroy: self.options.destroy,
                probe: self.options.probe,
                delete_unrecorded: self.options.delete_unrecorded,
                allow_replace: self.options.allow_replace.clone(),
                allow_loss: self.options.allow_loss.clone(),
                named: self.options.named.clone(),
                describe_unchanged: self.options.describe_unchanged,
            },
            secret_key,
            sensitive: self.sensitive_texts(),
        });
        let retry = self.retry();
        let mut answers = Vec::new();
        loop {
            match planner.step(answers, report) {
                Step::Done(plan) => return Ok(*plan),
                Step::Probe(requests) => {
                    answers =
                        probe::answers(&*self.cluster, &retry, requests, self.options.parallelism).await;
                }
            }
        }
    }

    /// The texts of sensitive variables, to be masked wherever they turn up.
    pub(crate) fn sensitive_texts(&self) -> BTreeSet<String> {
        fn collect(value: &Value, sensitive: bool, out: &mut BTreeSet<String>) {
            let sensitive = sensitive || value.sensitive;
            match value.as_str() {
                Some(text) if sensitive && !text.is_empty() => drop(out.insert(text.to_string())),
                _ => value.children().for_each(|child| collect(child, sensitive, out)),
            }
        }
        let mut out = BTreeSet::new();
        self.offline.variables().for_each(|(_, value)| collect(value, false, &mut out));
        out
    }

    /// The variables in force: plain ones by value, sensitive ones as a hash.
    pub(crate) fn variables(&self, key: &Key) -> BTreeMap<String, Variable> {
        let variable = |value: &Value| {
            let json = Node::from_value(value).to_json();
            match value.contains_sensitive() {
                true => Variable::Hash(key.hash(&json)),
                false => Variable::Value(json),
            }
        };
        self.offline.variables().map(|(name, value)| (name.clone(), variable(value))).collect()
    }

    fn about(&self, config: &Config, key: &Key) -> About {
        let now = (self.surroundings.now)();
        let validity = SignedDuration::try_from(self.options.validity).unwrap_or(SignedDuration::MAX);
        let (target, sandbox) = match &config.environment.target {
            Target::Sandbox => ("sandbox".to_string(), true),
            Target::Context { context, .. } => (context.clone(), false),
            Target::InCluster => ("in-cluster".to_string(), false),
        };
        About {
            project: config.project.name.clone(),
            environment: config.environment.name.clone(),
            target,
            sandbox,
            protected: config.environment.protected,
            namespace: config.environment.namespace.clone(),
            namespace_span: config.environment.namespace_span,
            configuration: self.offline.digest(),
            variables: self.variables(key),
            created: whole_seconds(now),
            expires: whole_seconds(now.saturating_add(validity).unwrap_or(now)),
        }
    }

    /// The key of the hashes that stand for secrets, which the first apply makes.
    pub(crate) fn key(&self) -> Result<Key, Stop> {
        Ok(Key::new(self.store.secret_key()?))
    }

    /// The configuration, or everything that is wrong with it.
    pub(crate) fn complete(&self) -> Result<(&'a Config, &'a Desired), Stop> {
        self.offline.complete().ok_or_else(|| Stop::error(self.offline.report.clone()))
    }

    pub(crate) fn retry(&self) -> Retry {
        Retry::new(self.surroundings.random.clone())
    }

    pub(crate) async fn identity(&self) -> Result<Identity, Stop> {
        let environment = self.offline.config.as_ref().map(|c| &c.environment);
        let (span, context) = match environment.map(|e| (&e.target, e.span)) {
            Some((Target::Context { span, context, .. }, _)) => (*span, Some(context.as_str())),
            Some((_, span)) => (span, None),
            None => (None, None),
        };
        let retry = self.retry();
        retry.idempotent(|| self.cluster.identity()).await.map_err(|e| in_context(&e, span, context).into())
    }

    /// Refuses a state of something else.
    pub(crate) fn verify(
        &self,
        config: &Config,
        state: Option<&State>,
        identity: &Identity,
    ) -> Result<(), Stop> {
        let Some(state) = state else { return Ok(()) };
        state.verify(&self.state_identity(config, identity)).map_err(|e| {
            let at = config.environment.span;
            let d: Diagnostic = e.diagnostic();
            Stop::from(if d.at.is_none() { d.at_some(at, "this environment") } else { d })
        })
    }

    pub(crate) fn state_identity(&self, config: &Config, identity: &Identity) -> plimsoll_state::Identity {
        plimsoll_state::Identity {
            project: config.project.name.clone(),
            environment: config.environment.name.clone(),
            cluster_uid: identity.uid.clone(),
        }
    }

    pub(crate) async fn resolve(&self, state: &mut State) -> Result<Vec<Resolved>, Stop> {
        let retry = self.retry();
        resolve(&*self.cluster, &retry, state, &self.key()?).await.map_err(|e| diagnostic(&e, None).into())
    }
}

/// RFC 3339 in UTC, to the second: such texts compare as their times do.
pub(crate) fn whole_seconds(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
