//! The state as the planner wants to know it.

use plimsoll_model::{Gvk, ObjectId};
use plimsoll_plan::{Recorded, RecordedResource};
use plimsoll_state::State;

/// The claim that a state remembers, as an object.
pub(crate) fn claim(namespace: &str, name: &str) -> ObjectId {
    ObjectId {
        gvk: Gvk::new("", "v1", "PersistentVolumeClaim"),
        namespace: Some(namespace.to_string()),
        name: name.to_string(),
    }
}

/// What the planner needs to know of a state; none: there is no state.
pub(crate) fn recorded(state: Option<&State>) -> Recorded {
    let Some(state) = state else { return Recorded { absent: true, ..Recorded::default() } };
    Recorded {
        lineage: state.lineage.clone(),
        serial: state.serial,
        absent: false,
        resources: state
            .resources
            .iter()
            .map(|(address, resource)| {
                let known = RecordedResource {
                    id: resource.object.clone(),
                    uid: resource.uid.clone(),
                    digest: resource.digest.clone(),
                    edges: resource.edges.keys().cloned().collect(),
                    sensitive_paths: resource.sensitive_paths.clone(),
                    protected: resource.prevent_destroy,
                };
                (address.clone(), known)
            })
            .collect(),
        retained_claims: state.retained_claims.iter().map(|c| claim(&c.namespace, &c.name)).collect(),
        completed_jobs: state.completed_jobs.clone(),
        outputs: state.outputs.clone(),
    }
}
