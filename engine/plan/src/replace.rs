//! Objects that cannot be changed in place: when one is deleted and made again, and when that is refused.
//!
//! Holds the rule and its findings. What is sent is the driver's, what is asked the subject's.

use std::collections::BTreeSet;

use plimsoll_model::{Address, DesiredObject, Diagnostic, Gvk, ObjectId, Span};
use serde_json::Value as Json;

use crate::change::Consequence;
use crate::consequence;
use crate::refusal;
use crate::request::{DryRun, Refusal};
use crate::subject::Subject;
use crate::world::World;

/// A change that cannot be made in place, or is not to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Forced {
    /// The fields that cannot change; none where the server names none, or where `-replace` asks for it.
    pub(crate) paths: Vec<String>,
    /// Whether `-replace` asks for it.
    pub(crate) asked: bool,
    /// Who says so, as a sentence.
    pub(crate) why: String,
    /// Where one of them is written.
    pub(crate) place: Span,
}

/// Whether an object may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leave {
    /// As a part of any plan that somebody approves.
    Given,
    /// Only by its address, because of this.
    Asked(&'static str),
    /// Not by a plan, because of this.
    Never(&'static str),
}

/// Kinds of the API whose objects are no more than what the configuration says of them.
const PLAIN: &[(&str, &str)] = &[
    ("", "ConfigMap"),
    ("", "Secret"),
    ("", "Service"),
    ("", "ServiceAccount"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("batch", "CronJob"),
    ("batch", "Job"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "IngressClass"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("policy", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("storage.k8s.io", "StorageClass"),
];

/// What a replacement does beside a restart: such objects are named one by one (`kubernetes.md`, Replace). So
/// is every kind that is not known to be plain: a custom resource may stand for a database.
fn leave(gvk: &Gvk, live: &Json) -> Leave {
    match (gvk.group.as_str(), gvk.kind.as_str()) {
        ("", "PersistentVolumeClaim") => Leave::Never(
            "Its data would be gone, and it would stay until the last pod that uses it has ended.",
        ),
        ("", "Namespace") => Leave::Never("Everything in it would be gone."),
        ("apps", "StatefulSet")
            if live["spec"]["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Delete" =>
        {
            Leave::Asked("All of its pods stop before the new ones come, and its claims go with their data.")
        }
        ("apps", "StatefulSet") => {
            Leave::Asked("All of its pods stop before the new ones come; its claims stay.")
        }
        ("apiextensions.k8s.io", _) => {
            Leave::Asked("Every object of that type in the cluster would be gone.")
        }
        ("", "PersistentVolume") if live["status"]["phase"] == "Bound" => Leave::Never(
            "A claim is bound to it, and it would stay until that claim is gone: the apply would wait for ever.",
        ),
        ("", "PersistentVolume") => {
            Leave::Asked("The disk behind it may go with it, as its reclaim policy says.")
        }
        ("", "Service") if live["spec"]["type"] == "LoadBalancer" => Leave::Asked("It gets another address."),
        plain if PLAIN.contains(&plain) => Leave::Given,
        _ => Leave::Asked("What it stands for may go with it."),
    }
}

/// Refuses the replacement of a subject, if it is not allowed.
pub(crate) fn refused(subject: &Subject<'_>, forced: &Forced, world: &World<'_>) -> Option<Diagnostic> {
    let want = subject.want;
    let live = subject.live.as_deref()?;
    // Neither its pods nor its data go with it: what the word protects stays.
    if want.prevent_destroy && !subject.keeps_pods() {
        let error = Diagnostic::error("prevent-destroy", "a protected object would be deleted")
            .detail(format!(
                "{} ({}) has lifecycle {{ prevent_destroy = true }}, and {}.",
                want.address,
                want.id,
                match forced.asked {
                    true => "-replace names it".to_string(),
                    false => format!("{} cannot change without replacing it", forced.fields()),
                }
            ))
            .at(forced.place, forced.label())
            .related(want.span, "protected here")
            .help(match forced.asked {
                true => "leave -replace out, or remove prevent_destroy",
                false => "set the value back, or remove prevent_destroy",
            });
        return Some(error);
    }
    let named = names(&world.input.options.allow_replace, want) || forced.asked;
    let leave = match leave(&want.id.gvk, live) {
        _ if subject.adopted => Leave::Never("Somebody else made it: it is taken over as it is."),
        _ if subject.keeps_pods() && !world.input.about.protected => Leave::Given,
        _ if subject.keeps_pods() => Leave::Asked(
            "Its claims would grow and its pods stay, but the environment is protected: what is made anew is named one by one.",
        ),
        Leave::Given if world.input.about.protected => {
            Leave::Asked("The environment is protected: what is replaced is named one by one.")
        }
        other => other,
    };
    let (error, why, help) = match leave {
        Leave::Given => return None,
        Leave::Asked(_) if named => return None,
        Leave::Asked(why) => (
            Diagnostic::error("replace-not-allowed", "a replacement has to be allowed by its address"),
            why,
            format!("if that is meant: -allow-replace '{}'; else set the value back", want.address),
        ),
        Leave::Never(why) if forced.asked => (
            Diagnostic::error("never-replaced", "an object of this kind is not replaced by a plan"),
            why,
            format!("leave -replace {} out", want.address),
        ),
        Leave::Never(why) => (
            Diagnostic::error("immutable-field", "a field that cannot change would change"),
            why,
            format!(
                "set the value back, or give {} another name and move over to it",
                want.address.block_address()
            ),
        ),
    };
    let error = error
        .detail(format!(
            "{} ({}): {} The object would be deleted and made again. {why}",
            want.address,
            want.id,
            forced.reason()
        ))
        .at(forced.place, forced.label())
        .help(help);
    Some(error)
}

/// Whether `-replace` asks that an object is made anew.
pub(crate) fn asked(want: &DesiredObject, world: &World<'_>) -> Option<Forced> {
    names(&world.input.options.named.replace, want).then(|| Forced {
        paths: Vec::new(),
        asked: true,
        why: "-replace names it.".to_string(),
        place: want.span,
    })
}

/// Whether an object is among these, by its own address or its block's.
fn names(addresses: &BTreeSet<Address>, want: &DesiredObject) -> bool {
    addresses.contains(&want.address) || addresses.contains(&want.address.block_address())
}

impl Forced {
    /// The fields in words.
    pub(crate) fn fields(&self) -> String {
        if self.paths.is_empty() { "a field".to_string() } else { self.paths.join(", ") }
    }

    /// Why there has to be another object, in sentences.
    fn reason(&self) -> String {
        let verb =
            if self.paths.len() > 1 { "cannot change once they are" } else { "cannot change once it is" };
        match self.asked {
            true => self.why.clone(),
            false => format!("{} {verb} set. {}", self.fields(), self.why),
        }
    }

    fn label(&self) -> &'static str {
        if self.asked { "declared here" } else { "this changes it" }
    }
}

/// What follows from replacing an object.
pub(crate) fn consequences(id: &ObjectId, live: &Json, world: &World<'_>) -> Vec<Consequence> {
    let lost = consequence::of_change(id, Some(live), None, world);
    let lost = lost.into_iter().filter(|c| matches!(c, Consequence::ClaimLost(_)));
    lost.chain(consequence::address_of_the_next(id, live)).collect()
}

/// The dry run of a create beside the object that is still there: the same object under a name that nobody
/// has. The server says everything of it that does not hang on its name. None where the name follows from
/// what the object says.
pub(crate) fn trial(subject: &Subject<'_>, world: &World<'_>) -> Option<DryRun> {
    let (id, object) = beside(&subject.want.id, &subject.applied)?;
    Some(DryRun { id, object, manager: world.manager.clone(), force: false })
}

/// An object under the name of its trial; none where the name follows from what the object says, as that of
/// a definition does.
pub fn beside(id: &ObjectId, object: &Json) -> Option<(ObjectId, Json)> {
    if matches!(id.gvk.kind.as_str(), "CustomResourceDefinition" | "APIService") {
        return None;
    }
    let id = ObjectId { name: name_beside(&id.name), ..id.clone() };
    let mut object = object.clone();
    object["metadata"]["name"] = id.name.clone().into();
    Some((id, object))
}

fn name_beside(name: &str) -> String {
    format!("plimsoll-try-{}", &blake3::hash(name.as_bytes()).to_hex()[..8])
}

/// The object of a trial under its own name.
pub(crate) fn renamed(mut object: Json, name: &str) -> Json {
    fn rename(value: &mut Json, from: &str, to: &str) {
        match value {
            Json::String(text) if text == from => to.clone_into(text),
            Json::Array(items) => items.iter_mut().for_each(|item| rename(item, from, to)),
            Json::Object(map) => map.values_mut().for_each(|item| rename(item, from, to)),
            _ => {}
        }
    }
    rename(&mut object, &name_beside(name), name);
    object
}

/// A refusal of a trial, with the object's own name.
pub(crate) fn about(mut refused: Refusal, name: &str) -> Refusal {
    let own = |text: &str| text.replace(&name_beside(name), name);
    refused.message = own(&refused.message);
    refused.causes.iter_mut().for_each(|c| c.message = own(&c.message));
    refused
}

/// Whether a trial was refused only because the old object is still there: a quota counts both, and a number
/// that only one service may have is taken.
pub(crate) fn is_about_the_old_one(refused: &Refusal, gvk: &Gvk) -> bool {
    refused.message.contains("exceeded quota")
        || (gvk.group.is_empty() && gvk.kind == "Service" && refused.message.contains("already allocated"))
        || refusal::is_about_dry_run(refused)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_trial_stands_beside_and_is_told_under_the_own_name() {
        let id = ObjectId { gvk: Gvk::new("batch", "v1", "Job"), namespace: None, name: "web".into() };
        let (other, object) = beside(&id, &json!({"metadata": {"name": "web"}, "peer": "web"})).unwrap();
        assert!(other.name.starts_with("plimsoll-try-") && other.name.len() == 21, "{}", other.name);
        assert_eq!(object, json!({"metadata": {"name": other.name}, "peer": "web"}));
        let mut made = object;
        made["labels"] = json!({"job-name": other.name});
        let own = json!({"metadata": {"name": "web"}, "peer": "web", "labels": {"job-name": "web"}});
        assert_eq!(renamed(made, "web"), own);
        let refused =
            Refusal { message: format!("Job.batch \"{}\" is invalid", other.name), ..Refusal::default() };
        assert_eq!(about(refused, "web").message, "Job.batch \"web\" is invalid");
        let definition =
            ObjectId { gvk: Gvk::new("apiextensions.k8s.io", "v1", "CustomResourceDefinition"), ..id };
        assert_eq!(beside(&definition, &json!({})), None);
    }

    #[test]
    fn what_is_not_known_to_be_plain_is_asked_for() {
        let live = json!({});
        let of = |group: &str, kind: &str| leave(&Gvk::new(group, "v1", kind), &live);
        assert_eq!(of("batch", "Job"), Leave::Given);
        assert!(matches!(of("postgresql.cnpg.io", "Cluster"), Leave::Asked(_)));
        assert!(matches!(of("example.com", "Deployment"), Leave::Asked(_)));
        assert!(matches!(of("", "Namespace"), Leave::Never(_)));
    }
}
