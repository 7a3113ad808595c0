//! A state made anew from the cluster: what is ours there by labels and field manager, with its uids.
//!
//! Only what the configuration declares is recorded. What else carries our labels may have been protected, or belong to
//! another folder of the same project and environment: it is told, and stays as if no state had ever known it.
//!
//! But for the lock nothing is written, until [`Rebuilt::keep`] writes the state. What only the lost state knew stays
//! lost: jobs that completed and are gone, and what of the outputs only an apply finds out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::StreamExt;
use plimsoll_model::{Address, Config, Desired, DesiredObject, Diagnostic, Gvk, ObjectId, Report};
use plimsoll_plan::observe::{ADDRESS_ANNOTATION, selector};
use plimsoll_plan::{ListRequest, Observed, Operation, Plan, Side, Verdict, digest, occupants};
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
    /// Whether the configuration declares it: else it is not recorded.
    pub declared: bool,
}

/// A state that was made anew and is not written yet. Dropping it writes nothing, and frees the lock.
#[derive(Debug)]
pub struct Rebuilt<'s, 'a> {
    session: &'s Session<'a>,
    lock: Lock,
    state: State,
    /// Where files of a state are put aside that are there.
    aside: Option<PathBuf>,
    /// What is proven to be as declared.
    proven: Vec<&'a DesiredObject>,
    /// The objects, by address.
    pub found: Vec<Found>,
    /// Claims that outlived what they were made for.
    pub claims: Vec<ObjectId>,
    /// What could not be looked at.
    pub report: Report,
}

impl<'a> Session<'a> {
    /// Takes the lock, looks for everything that is ours where the configuration looks, and makes a state of what is
    /// declared.
    ///
    /// # Errors
    /// There is a state that holds something, and `force` does not say that it is put aside; or somebody else
    /// holds the lock, the configuration has errors, or the cluster cannot be read.
    pub async fn rebuild(&self, timeout: Duration, force: bool) -> Result<Rebuilt<'_, 'a>, Stop> {
        let lock = self.take("state rebuild", timeout).await?;
        let (config, desired) = self.complete()?;
        let name = format!("archived-{}", (self.surroundings.now)().strftime("%Y%m%dT%H%M%SZ"));
        let aside = is_occupied(&lock, force)?.then(|| lock.free_folder(&name));
        let identity = self.identity().await?;
        let mut report = Report::new();
        let mut observed = self.observe(config, desired, None, &mut report).await?;
        self.look_around(config, &mut observed, &mut report).await?;
        let live: BTreeMap<ObjectId, Json> =
            observed.objects().map(|o| (o.id().clone(), o.object())).collect();
        let mut state = State::new(self.state_identity(config, &identity), self.surroundings.lineage());
        state.retained_claims = claims(live.values(), config);
        let plan = self.over(config, desired, &state, &identity, observed).await?;
        let (found, proven) = fill(&mut state, config, desired, &plan, &live);
        let claims = state.retained_claims.iter().map(|c| crate::recorded::claim(&c.namespace, &c.name));
        let claims = claims.collect();
        Ok(Rebuilt { session: self, lock, state, aside, proven, found, claims, report })
    }

    /// Adds everything that carries our labels, of any type that the cluster serves: what is declared no more may be of
    /// one that nothing names. Only where the configuration looks.
    async fn look_around(
        &self,
        config: &Config,
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
        let places: BTreeSet<&String> =
            observed.lists.keys().filter_map(|request| request.namespace.as_ref()).collect();
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
                        "These may not be listed: {}. What is ours, of such a type and not declared is not told.",
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
}

/// Puts what is ours and declared into the state. Gives what is ours, and what is proven to be as declared.
fn fill<'a>(
    state: &mut State,
    config: &Config,
    desired: &'a Desired,
    plan: &Plan,
    live: &BTreeMap<ObjectId, Json>,
) -> (Vec<Found>, Vec<&'a DesiredObject>) {
    let edges = execute::edges(desired);
    let (project, environment) = (&config.project.name, &config.environment.name);
    let (mut found, mut proven) = (Vec::new(), Vec::new());
    for op in plan.operations.iter().chain(&plan.unrecorded_deletes) {
        let here = live.get(&op.id).filter(|object| is_ours(object, project, environment));
        let Some(uid) = here.and_then(|object| object["metadata"]["uid"].as_str()) else { continue };
        let want = desired.objects.iter().find(|o| o.address == op.address && o.id == op.id);
        let (address, uid) = (op.address.clone(), uid.to_string());
        found.push(Found {
            address: address.clone(),
            id: op.id.clone(),
            uid: uid.clone(),
            declared: want.is_some(),
        });
        let Some(want) = want else { continue };
        // Of what is not as declared nobody knows what it was made from: it has no digest.
        if op.verdict == Verdict::Unchanged {
            proven.push(want);
        }
        let resource = Resource {
            object: op.id.clone(),
            uid,
            digest: String::new(),
            edges: recorded_edges(&edges, op),
            sensitive_paths: op.sensitive_paths.clone(),
            prevent_destroy: want.prevent_destroy,
        };
        state.resources.insert(address, resource);
    }
    found.sort_by(|a, b| a.address.cmp(&b.address));
    let known = plan.outputs.iter().filter_map(|output| match &output.after {
        Side::Known(value) => Some((output.name.clone(), value.clone())),
        _ => None,
    });
    state.outputs = known.collect();
    keep_retained(state, plan, live);
    (found, proven)
}

impl Rebuilt<'_, '_> {
    /// The folder into which the files of a state that is there are put aside.
    pub fn aside(&self) -> Option<&Path> {
        self.aside.as_deref()
    }

    /// Whether there is anything to record.
    pub fn is_empty(&self) -> bool {
        self.state.resources.is_empty() && self.claims.is_empty()
    }

    /// Puts the files of a state aside that are there, and writes the new one over them.
    ///
    /// # Errors
    /// The files cannot be copied or written.
    pub fn keep(mut self) -> Result<(), Stop> {
        let session = self.session;
        self.lock.make_secret_key((session.surroundings.secret)())?;
        let key = session.key()?;
        for want in &self.proven {
            if let Some(resource) = self.state.resources.get_mut(&want.address) {
                resource.digest = digest::made_from(want, &key);
            }
        }
        let at = (session.surroundings.now)();
        let remember = |state: &mut State| {
            state.remember(HistoryEntry {
                serial: state.serial,
                at,
                command: "state rebuild".into(),
                created: 0,
                updated: 0,
                deleted: 0,
                failed: 0,
            });
        };
        match &self.aside {
            Some(folder) => self.lock.supersede(&mut self.state, folder, remember)?,
            None => {
                remember(&mut self.state);
                self.lock.save(&mut self.state)?;
            }
        }
        Ok(())
    }
}

/// Whether files of a state are there that may be put aside: an empty one, or any where `force` says so.
fn is_occupied(lock: &Lock, force: bool) -> Result<bool, Stop> {
    match lock.read() {
        Ok(None) => Ok(false),
        Ok(Some(_)) if force => Ok(true),
        Ok(Some(reading)) if reading.state.resources.is_empty() && reading.state.unresolved.is_empty() => Ok(true),
        Ok(Some(reading)) => Err(Diagnostic::error("state-exists", "there is a state already")
            .detail(format!(
                "It holds {} objects at serial {}. What is rebuilt knows less: only what is declared is recorded, and completed jobs and outputs may be lost.",
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
        of_a_set.then(|| RetainedClaim {
            namespace: id.namespace.unwrap_or_default(),
            name: id.name,
            uid: object["metadata"]["uid"].as_str().unwrap_or_default().to_string(),
            from: object["metadata"]["annotations"][ADDRESS_ANNOTATION].as_str().and_then(|a| a.parse().ok()),
        })
    };
    let sorted: BTreeSet<RetainedClaim> = live.filter_map(claim).collect();
    sorted.into_iter().collect()
}

/// Keeps only those claims that no set uses, neither one of the configuration nor one that is left over, each with the
/// address of the set that it was made for.
fn keep_retained(state: &mut State, plan: &Plan, live: &BTreeMap<ObjectId, Json>) {
    let of = |claim: &RetainedClaim, op: &Operation| {
        let object = live.get(&crate::recorded::claim(&claim.namespace, &claim.name));
        let app = object.and_then(|object| object["metadata"]["labels"]["plimsoll.dev/app"].as_str());
        op.id.gvk.kind == "StatefulSet"
            && op.id.namespace.as_deref() == Some(&claim.namespace)
            && app == Some(&op.id.name)
    };
    let is_left = |claim: &RetainedClaim| {
        let unused = plan
            .retained_claims
            .iter()
            .any(|id| id.name == claim.name && id.namespace.as_deref() == Some(&claim.namespace));
        unused && !plan.unrecorded_deletes.iter().any(|op| of(claim, op))
    };
    state.retained_claims.retain(is_left);
    for claim in &mut state.retained_claims {
        if let Some(op) = plan.operations.iter().find(|op| of(claim, op)) {
            claim.from = Some(op.address.clone());
        }
    }
}
