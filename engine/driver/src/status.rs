//! What stands in the cluster for an environment, and whether it is ready: what `status` shows.

use plimsoll_model::{Address, Gvk, ObjectId, Report};
use plimsoll_plan::observe::{ADDRESS_ANNOTATION, PROJECT_LABEL};
use serde_json::Value as Json;

use crate::cluster::{Readiness, Scope};
use crate::locked::id_of;
use crate::session::Session;
use crate::stop::Stop;

/// One object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its address; none for what controllers made (pods, claims).
    pub address: Option<Address>,
    /// The object.
    pub id: ObjectId,
    /// Whether it is ready.
    pub readiness: Readiness,
    /// When it was made, RFC 3339.
    pub created: Option<String>,
}

impl Session<'_> {
    /// Every object of the environment: those with an address first, by address; then pods and
    /// claims that controllers made, by name. Reads only.
    ///
    /// # Errors
    /// The configuration has errors, or the state or the cluster cannot be read.
    pub async fn status(&self) -> Result<Vec<Row>, Stop> {
        let (config, desired) = self.complete()?;
        let state = self.store.read()?.map(|r| r.state);
        let identity = self.identity().await?;
        self.verify(config, state.as_ref(), &identity)?;
        let mut report = Report::new();
        let observed = self.observe(config, desired, state.as_ref(), &mut report).await?;
        let mut live: Vec<Json> = observed.objects().map(plimsoll_plan::Listed::object).collect();
        let mut namespaces: Vec<String> = live.iter().filter_map(|o| id_of(o).namespace).collect();
        namespaces.sort();
        namespaces.dedup();
        // Pods carry the project's label, not the environment's; their owners tell whose they are.
        for namespace in namespaces {
            for (group, kind) in [("", "Pod"), ("apps", "ReplicaSet")] {
                let scope = Scope {
                    gvk: Gvk::new(group, "v1", kind),
                    namespace: Some(namespace.clone()),
                    selector: format!("{PROJECT_LABEL}={}", config.project.name),
                };
                let retry = self.retry();
                match retry.idempotent(|| self.cluster.list(&scope)).await {
                    Ok(listing) => live.extend(listing.objects()),
                    Err(e) => return Err(crate::diagnostic(&e, None).into()),
                }
            }
        }
        Ok(self.rows(&live, state.as_ref()))
    }

    fn rows(&self, live: &[Json], state: Option<&plimsoll_state::State>) -> Vec<Row> {
        let owned: std::collections::BTreeSet<&str> = {
            let mut known: std::collections::BTreeSet<&str> = live
                .iter()
                .filter(|o| !is_made_by_controllers(o))
                .filter_map(|o| o["metadata"]["uid"].as_str())
                .collect();
            for set in live.iter().filter(|o| o["kind"] == "ReplicaSet") {
                if owners(set).any(|uid| known.contains(uid)) {
                    known.extend(set["metadata"]["uid"].as_str());
                }
            }
            known
        };
        let pods: Vec<Json> = live.iter().filter(|o| is_made_by_controllers(o)).cloned().collect();
        let mut rows: Vec<Row> = live
            .iter()
            .filter(|o| o["kind"] != "ReplicaSet")
            .filter(|o| o["kind"] != "Pod" || owners(o).any(|uid| owned.contains(uid)))
            .map(|o| {
                let id = id_of(o);
                let recorded = state
                    .and_then(|s| s.resources.iter().find(|(_, r)| r.object == id).map(|(a, _)| a.clone()));
                let annotated =
                    o["metadata"]["annotations"][ADDRESS_ANNOTATION].as_str().and_then(|a| a.parse().ok());
                let generation = o["metadata"]["generation"].as_i64().unwrap_or(0);
                Row {
                    address: recorded.or(annotated),
                    readiness: self.cluster.readiness(o, generation, &pods),
                    created: o["metadata"]["creationTimestamp"].as_str().map(str::to_string),
                    id,
                }
            })
            .collect();
        rows.sort_by_cached_key(|r| (r.address.is_none(), r.address.clone(), r.id.clone()));
        rows
    }
}

fn is_made_by_controllers(object: &Json) -> bool {
    object["kind"] == "Pod" || object["kind"] == "ReplicaSet"
}

fn owners(object: &Json) -> impl Iterator<Item = &str> {
    object["metadata"]["ownerReferences"].as_array().into_iter().flatten().filter_map(|o| o["uid"].as_str())
}
