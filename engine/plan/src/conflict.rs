//! What is done about fields that others own with other values: the default policies.

use plimsoll_model::{Diagnostic, Gvk, ObjectId};
use serde_json::Value as Json;

use crate::change::{Owner, Side};
use crate::fields;
use crate::observe::ListRequest;
use crate::owners::{Clash, is_human};
use crate::replicas;
use crate::subject::Subject;
use crate::world::World;

/// What is done about one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Our value is set; theirs was drift.
    Force,
    /// Theirs stays.
    Yield(&'static str),
    /// Somebody has to decide.
    Refuse,
    /// It depends on whether an autoscaler targets the object.
    AskForAutoscalers,
}

/// The default policy for one conflict. `autoscaled` is none while nobody knows.
pub(crate) fn decide(clash: &Clash, live: &Json, manager: &str, autoscaled: Option<bool>) -> Decision {
    let owner = &clash.owner;
    if owner.manager == manager {
        return Decision::Force;
    }
    if clash.path == replicas::path() {
        let handed_over = owner.manager == replicas::MANAGER || replicas::was_handed_over(live);
        if owner.manager == replicas::MANAGER {
            return Decision::Force;
        }
        if owner.subresource.as_deref() == Some("scale") {
            return match autoscaled {
                None => Decision::AskForAutoscalers,
                Some(true) => Decision::Yield("an autoscaler targets it"),
                Some(false) if handed_over || is_human(owner) || is_autoscaler(owner) => Decision::Force,
                Some(false) => Decision::Refuse,
            };
        }
    }
    if is_human(owner) { Decision::Force } else { Decision::Refuse }
}

/// The controller that carries out HorizontalPodAutoscalers: what it left behind when its
/// autoscaler went is nobody's.
fn is_autoscaler(owner: &Owner) -> bool {
    owner.manager == "kube-controller-manager"
}

/// The list that tells whether an autoscaler targets an object.
pub(crate) fn autoscalers(id: &ObjectId) -> ListRequest {
    ListRequest {
        gvk: Gvk::new("autoscaling", "v2", "HorizontalPodAutoscaler"),
        namespace: id.namespace.clone(),
        selector: String::new(),
    }
}

/// Whether one of the autoscalers targets the object and stays.
pub(crate) fn is_targeted(id: &ObjectId, autoscalers: &[Json], world: &World<'_>) -> bool {
    autoscalers.iter().any(|hpa| {
        let target = &hpa["spec"]["scaleTargetRef"];
        let targets = target["kind"] == id.gvk.kind.as_str() && target["name"] == id.name.as_str();
        targets && !world.is_going_away(hpa)
    })
}

/// The finding about a field that we may not take.
pub(crate) fn refusal(subject: &Subject<'_>, clash: &Clash, world: &World<'_>) -> Diagnostic {
    let show = |value: &Option<Json>| match world.secrets.side(&subject.view, &clash.path, value.as_ref()) {
        Side::Absent => "not set".to_string(),
        Side::Known(v) => v.to_string(),
        _ => crate::mask::PLACEHOLDER.to_string(),
    };
    let owner = &clash.owner;
    let through = owner.subresource.as_ref().map(|s| format!(" through {s}")).unwrap_or_default();
    let time = owner.time.as_ref().map(|t| format!(" at {t}")).unwrap_or_default();
    let span = fields::written_at(&subject.want.root, &clash.path).unwrap_or(subject.want.span);
    Diagnostic::error("field-conflict", "another manager owns a field that the configuration sets")
        .detail(format!(
            "{} ({}): {} is {} in the cluster, set by {} ({}{through}{time}). The configuration says {}.",
            subject.want.address,
            subject.want.id,
            clash.path,
            show(&clash.theirs),
            owner.manager,
            owner.operation,
            show(&clash.ours),
        ))
        .at(span, format!("the configuration says {}", show(&clash.ours)))
        .help(format!("let {} give the field up, or leave it out here", owner.manager))
}
