//! A state made anew from the cluster: what is ours there by labels and field manager, with its uids.
//!
//! Reads only, until [`Rebuilt::keep`] writes the state. What only the lost state knew stays lost: the order of
//! deletes of what is declared no more, and jobs that completed and are gone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use futures::StreamExt;
use plimsoll_model::{Address, Config, Desired, Diagnostic, Gvk, ObjectId, Report};
use plimsoll_plan::observe::selector;
use plimsoll_plan::{Action, ListRequest, Observed, Operation, Plan, Side, digest, occupants};
use plimsoll_state::{HistoryEntry, Lock, Resource, RetainedClaim, State, StateError};
use serde_json::Value as Json;

use crate::cluster::Identity;
use crate::diagnose::diagnostic;
use crate::error::Cause;
use crate::execute;
use crate::locked::id_of;
use crate::observe;
use crate::resolve::is_ours;
use crate::session::Session;
use crate::stop::Stop;
use crate::write::recorded_edges;

/// An object that is ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its address: the configuration's, else the one that it carries.
    pub address: Address,
    /// The object.
    pub id: ObjectId,
    /// Its uid.
    pub uid: String,
    /// Whether the configuration declares it.
    pub declared: bool,
}

/// A state that was made anew and is not written yet. Dropping it writes nothing, and frees the lock.
#[derive(Debug)]
pub struct Rebuilt<'s, 'a> {
    session: &'s Session<'a>,
    lock: Lock,
    state: State,
    /// Whether files of a state are there: they are put aside.
    occupied: bool,
    /// The objects, by address.
    pub found: Vec<Found>,
    /// Claims that outlived what they were made for.
    pub claims: Vec<ObjectId>,
    /// What could not be looked at.
    pub report: Report,
}

impl<'a> Session<'a> {
    /// Takes the lock, looks for everything that is ours where the configuration looks and in `namespaces`, and makes a
    /// state of it.
    ///
    /// # Errors
    /// There is a state that holds something, and `force` does not say that it is put aside; or somebody else
    /// holds the lock, the configuration has errors, or the cluster cannot be read.
    pub async fn rebuild(
        &self,
        timeout: Duration,
        force: bool,
        namespaces: &BTreeSet<String>,
    ) -> Result<Rebuilt<'_, 'a>, Stop> {
        let lock = self.take("state rebuild", timeout).await?;
        let (config, desired) = self.complete()?;
        let occupied = is_occupied(&lock, force)?;
        let identity = self.identity().await?;
        lock.make_secret_key((self.surroundings.secret)())?;
        let mut report = Report::new();
        let mut observed = self.observe(config, desired, None, &mut report).await?;
        self.look_around(config, namespaces, &mut observed, &mut report).await?;
        let live: BTreeMap<ObjectId, Json> = observed.objects().map(|o| (id_of(o), o.clone())).collect();
        let mut state = State::new(self.state_identity(config, &identity), self.surroundings.lineage());
        state.retained_claims = claims(live.values(), config);
        let plan = self.over(config, desired, &state, &identity, observed).await?;
        let found = self.fill(&mut state, config, desired, &plan, &live)?;
        let claims = state.retained_claims.iter().map(|c| crate::recorded::claim(&c.namespace, &c.name));
        let claims = claims.collect();
        Ok(Rebuilt { session: self, lock, state, occupied, found, claims, report })
    }

    /// Adds everything that carries our labels, of any type that the cluster serves: what is declared no more may be of
    /// one that nothing names. Only where the configuration looks, and in `namespaces`: another folder may have the
    /// same project and environment in a namespace of its own, and what is recorded is deleted once it is not declared.
    async fn look_around(
        &self,
        config: &Config,
        namespaces: &BTreeSet<String>,
        observed: &mut Observed,
        report: &mut Report,
    ) -> Result<(), Stop> {
        let (retry, cluster) = (self.retry(), &*self.cluster);
        let served = retry.idempotent(|| cluster.types()).await.map_err(|e| diagnostic(&e, None))?;
        let selector = selector(&config.project.name, &config.environment.name);
        let name = |gvk: &Gvk| (gvk.group.clone(), gvk.kind.clone());
        // A type is asked for in the version in which it was asked for already.
        let known: BTreeMap<(String, String), Gvk> =
            observed.lists.keys().map(|request| (name(&request.gvk), request.gvk.clone())).collect();
        let places: BTreeSet<&String> = observed
            .lists
            .keys()
            .filter_map(|request| request.namespace.as_ref())
            .chain(namespaces)
            .collect();
        let passing = |gvk: &Gvk| {
            occupants::PASSING.iter().any(|(group, kind)| gvk.group == *group && gvk.kind == *kind)
        };
        let mut requests = BTreeSet::new();
        for resource in served.into_iter().filter(|resource| !passing(&resource.gvk)) {
            let gvk = known.get(&name(&resource.gvk)).cloned().unwrap_or(resource.gvk);
            let request = |namespace: Option<String>| ListRequest {
                gvk: gvk.clone(),
                namespace,
                selector: selector.clone(),
            };
            match resource.namespaced {
                true => requests.extend(places.iter().map(|place| request(Some((*place).clone())))),
                false => drop(requests.insert(request(None))),
            }
        }
        requests.retain(|request| !observed.lists.contains_key(request));
        let retry = &retry;
        let mut answers: Vec<_> = futures::stream::iter(requests)
            .map(|request| async move {
                let scope = observe::scope(&request);
                let answer = retry.idempotent(|| cluster.list(&scope)).await;
                (request, answer)
            })
            .buffer_unordered(self.options.parallelism.max(1))
            .collect()
            .await;
        answers.sort_by(|a, b| a.0.cmp(&b.0));
        let mut hidden = Vec::new();
        for (request, answer) in answers {
            match answer {
                Ok(listing) => drop(observed.lists.insert(request, listing.items)),
                Err(e) if matches!(e.cause, Cause::NoSuchKind(_) | Cause::NotFound(_)) => {}
                Err(e) if matches!(e.cause, Cause::Forbidden(_)) => hidden.push(request.to_string()),
                Err(e) => return Err(diagnostic(&e, None).into()),
            }
        }
        if !hidden.is_empty() {
            report.push(
                Diagnostic::warning("not-listed", "not everything could be looked at")
                    .detail(format!(
                        "These may not be listed: {}. What is declared no more and of such a type is not found.",
                        hidden.join(", ")
                    ))
                    .help("rebuild with the right to list them, or look there with kubectl"),
            );
        }
        Ok(())
    }

    /// A plan over what was found: it knows which object stands for which address, and what of it is as declared.
    async fn over(
        &self,
        config: &Config,
        desired: &Desired,
        state: &State,
        identity: &Identity,
        observed: Observed,
    ) -> Result<Plan, Stop> {
        let mut session = self.clone();
        // What the lists tell is enough: whoever rebuilds a state need not be allowed to write.
        session.options.probe = false;
        let informed = session.informed(config, desired, &observed, false).await?;
        // What the plan would refuse is no concern of the state.
        let mut report = Report::new();
        session.plan_over(config, &informed.desired, Some(state), identity, observed, &mut report).await
    }

    /// Puts what is ours into the state, and tells it.
    fn fill(
        &self,
        state: &mut State,
        config: &Config,
        desired: &Desired,
        plan: &Plan,
        live: &BTreeMap<ObjectId, Json>,
    ) -> Result<Vec<Found>, Stop> {
        let (key, edges) = (self.key()?, execute::edges(desired));
        let (project, environment) = (&config.project.name, &config.environment.name);
        let mut found = Vec::new();
        for op in plan.operations.iter().chain(&plan.unrecorded_deletes) {
            let here = live.get(&op.id).filter(|object| is_ours(object, project, environment));
            let Some(uid) = here.and_then(|object| object["metadata"]["uid"].as_str()) else { continue };
            let want = desired.objects.iter().find(|o| o.address == op.address && o.id == op.id);
            // What is as declared was made from what is declared; of the rest nobody knows.
            let digest = match want.filter(|_| op.action == Action::None) {
                Some(want) => digest::made_from(want, &key),
                None => String::new(),
            };
            let resource = Resource {
                object: op.id.clone(),
                uid: uid.to_string(),
                digest,
                edges: recorded_edges(&edges, op),
                sensitive_paths: op.sensitive_paths.clone(),
                prevent_destroy: op.protected,
            };
            let address = free(&op.address, &op.id, state);
            state.resources.insert(address.clone(), resource);
            found.push(Found { address, id: op.id.clone(), uid: uid.to_string(), declared: want.is_some() });
        }
        found.sort_by(|a, b| a.address.cmp(&b.address));
        let known = plan.outputs.iter().filter_map(|output| match &output.after {
            Side::Known(value) => Some((output.name.clone(), value.clone())),
            _ => None,
        });
        state.outputs = known.collect();
        keep_retained(state, plan);
        Ok(found)
    }
}

impl Rebuilt<'_, '_> {
    /// Whether there are files of a state, which are put aside.
    pub fn is_occupied(&self) -> bool {
        self.occupied
    }

    /// Puts the files of a state aside that are there, and writes the new one. Gives the folder of the old ones.
    ///
    /// # Errors
    /// The files cannot be moved or written.
    pub fn keep(mut self) -> Result<Option<PathBuf>, Stop> {
        let now = (self.session.surroundings.now)();
        let aside = match self.occupied {
            true => {
                let name = format!("archived-{}", now.strftime("%Y%m%dT%H%M%SZ"));
                self.lock.archive(&name)?;
                Some(self.lock.store().folder().join(name))
            }
            false => None,
        };
        self.state.remember(HistoryEntry {
            serial: self.state.serial,
            at: now,
            command: "state rebuild".into(),
            created: 0,
            updated: 0,
            deleted: 0,
            failed: 0,
        });
        self.lock.save(&mut self.state)?;
        Ok(aside)
    }
}

/// The address of an object; where another one has it already, one that tells it apart.
fn free(address: &Address, id: &ObjectId, state: &State) -> Address {
    let mut free = address.clone();
    while state.resources.contains_key(&free) {
        let part = free.part.map(|part| format!("{part}-")).unwrap_or_default();
        free.part = Some(format!("{part}{}-{}", id.namespace.as_deref().unwrap_or("cluster"), id.name));
    }
    free
}

/// Whether files of a state are there that may be put aside: an empty one, or any where `force` says so.
fn is_occupied(lock: &Lock, force: bool) -> Result<bool, Stop> {
    match lock.read() {
        Ok(None) => Ok(false),
        Ok(Some(_)) if force => Ok(true),
        Ok(Some(reading)) if reading.state.resources.is_empty() && reading.state.unresolved.is_empty() => Ok(true),
        Ok(Some(reading)) => Err(Diagnostic::error("state-exists", "there is a state already")
            .detail(format!(
                "It holds {} objects at serial {}. What is rebuilt knows less: the order of deletes, completed jobs and outputs may be lost.",
                reading.state.resources.len(),
                reading.state.serial
            ))
            .help("plimsoll state rebuild -force puts it aside; to look at it: plimsoll state list")
            .into()),
        Err(StateError::Damaged { .. } | StateError::JournalDamaged { .. } | StateError::Older { .. }) if force => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Claims that carry our labels and that a controller made.
fn claims<'o>(live: impl Iterator<Item = &'o Json>, config: &Config) -> Vec<RetainedClaim> {
    let manager = plimsoll_plan::manager(&config.project.name);
    let claim = |object: &Json| {
        let id = id_of(object);
        let applied = object["metadata"]["managedFields"].as_array().into_iter().flatten();
        let mut applied = applied.filter(|e| e["manager"] == manager.as_str() && e["operation"] == "Apply");
        let of_a_set = id.gvk.kind == "PersistentVolumeClaim" && applied.next().is_none();
        let app = object["metadata"]["labels"]["plimsoll.dev/app"].as_str();
        of_a_set.then(|| RetainedClaim {
            namespace: id.namespace.unwrap_or_default(),
            name: id.name.clone(),
            uid: object["metadata"]["uid"].as_str().unwrap_or_default().to_string(),
            from: app.map_or_else(|| Address::new("volume", id.name), |app| Address::new("app", app)),
        })
    };
    let sorted: BTreeSet<RetainedClaim> = live.filter_map(claim).collect();
    sorted.into_iter().collect()
}

/// Keeps only those claims that no set uses: neither one of the configuration nor one that is left over.
fn keep_retained(state: &mut State, plan: &Plan) {
    let left = |claim: &RetainedClaim| {
        let is_its = |op: &Operation| {
            op.id.gvk.kind == "StatefulSet"
                && op.id.namespace.as_deref() == Some(&claim.namespace)
                && claim.from == Address::new("app", op.id.name.clone())
        };
        let unused = plan
            .retained_claims
            .iter()
            .any(|id| id.name == claim.name && id.namespace.as_deref() == Some(&claim.namespace));
        unused && !plan.unrecorded_deletes.iter().any(is_its)
    };
    state.retained_claims.retain(left);
}
