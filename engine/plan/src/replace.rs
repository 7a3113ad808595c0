//! Objects that cannot be changed in place: when one is deleted and made again, and when that is refused.
//!
//! Holds the rule and its findings. What is sent is the driver's, what is asked the subject's.

use plimsoll_model::{Address, Diagnostic, ObjectId, Report, Span};
use serde_json::Value as Json;

use crate::change::Consequence;
use crate::consequence;
use crate::request::DryRun;
use crate::subject::Subject;
use crate::world::World;

/// A change that cannot be made in place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Forced {
    /// The fields that cannot change.
    pub(crate) paths: Vec<String>,
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

/// Kinds whose replacement is more than a restart (`design.md`: they are named one by one).
fn leave(kind: &str, live: &Json) -> Leave {
    match kind {
        "PersistentVolumeClaim" => Leave::Never(
            "Its data would be gone, and it would stay until the last pod that uses it has ended.",
        ),
        "Namespace" => Leave::Never("Everything in it would be gone."),
        "StatefulSet" if live["spec"]["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Delete" => {
            Leave::Asked("All of its pods stop before the new ones come, and its claims go with their data.")
        }
        "StatefulSet" => Leave::Asked("All of its pods stop before the new ones come; its claims stay."),
        "CustomResourceDefinition" => Leave::Asked("Every object of that type in the cluster would be gone."),
        "PersistentVolume" => Leave::Asked("The claim that is bound to it loses it."),
        "Service" if live["spec"]["type"] == "LoadBalancer" => Leave::Asked("It gets another address."),
        _ => Leave::Given,
    }
}

/// Refuses the replacement of a subject, if it is not allowed.
pub(crate) fn refusal(subject: &Subject<'_>, forced: &Forced, world: &World<'_>) -> Option<Diagnostic> {
    let want = subject.want;
    let live = subject.live.as_deref()?;
    if want.prevent_destroy {
        let error = Diagnostic::error("prevent-destroy", "a protected object would be deleted")
            .detail(format!(
                "{} ({}) has lifecycle {{ prevent_destroy = true }}, and {} cannot change without replacing it.",
                want.address,
                want.id,
                forced.fields()
            ))
            .at(forced.place, "this changes it")
            .related(want.span, "protected here")
            .help("set the value back, or remove prevent_destroy");
        return Some(error);
    }
    let options = &world.input.options;
    let named =
        [&want.address, &want.address.block_address()].iter().any(|a| options.allow_replace.contains(*a));
    let leave = match leave(&want.id.gvk.kind, live) {
        _ if subject.adopted => Leave::Never("Somebody else made it: it is taken over as it is."),
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
        Leave::Never(why) => (
            Diagnostic::error("immutable-field", "a field that cannot change would change"),
            why,
            format!(
                "set the value back, or give {} another name and move over to it",
                want.address.block_address()
            ),
        ),
    };
    let verb =
        if forced.paths.len() > 1 { "cannot change once they are" } else { "cannot change once it is" };
    let error = error
        .detail(format!(
            "{} ({}): {} {verb} set. {} The object would be deleted and made again. {why}",
            want.address,
            want.id,
            forced.fields(),
            forced.why
        ))
        .at(forced.place, "this changes it")
        .help(help);
    Some(error)
}

/// Says which allowed addresses name nothing.
pub(crate) fn undeclared(world: &World<'_>, report: &mut Report) {
    let declared = |address: &Address| {
        let objects = &world.input.desired.objects;
        objects.iter().any(|o| o.address == *address || o.address.block_address() == *address)
    };
    for address in world.input.options.allow_replace.iter().filter(|a| !declared(a)) {
        report.push(
            Diagnostic::error("address-not-declared", "an address names nothing that is declared")
                .detail(format!(
                    "-allow-replace {address}: the configuration declares no object of that address."
                ))
                .help("the addresses stand in the plan, behind each `#`"),
        );
    }
}

impl Forced {
    /// The fields in words.
    pub(crate) fn fields(&self) -> String {
        if self.paths.is_empty() { "a field".to_string() } else { self.paths.join(", ") }
    }
}

/// What follows from replacing an object.
pub(crate) fn consequences(id: &ObjectId, live: &Json, world: &World<'_>) -> Vec<Consequence> {
    let lost = consequence::of_change(id, Some(live), None, world);
    let lost = lost.into_iter().filter(|c| matches!(c, Consequence::ClaimLost(_)));
    lost.chain(effect(&id.gvk.kind, live)).collect()
}

fn effect(kind: &str, live: &Json) -> Option<Consequence> {
    match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" => Some(Consequence::Gap),
        "Job" => Some(Consequence::RunsAgain),
        "Service" if live["spec"]["type"] == "LoadBalancer" => Some(Consequence::AddressChanges),
        _ => None,
    }
}

/// The dry run of a create beside the object that is still there: the same object under a name that is
/// free. The server says everything of it that does not hang on its name.
pub(crate) fn trial(subject: &Subject<'_>, world: &World<'_>) -> DryRun {
    let mut id = subject.want.id.clone();
    id.name = beside(&id.name);
    let mut object = subject.applied.clone();
    object["metadata"]["name"] = id.name.clone().into();
    DryRun { id, object, manager: world.manager.clone(), force: false }
}

/// A name of the same length and grammar: the last character is another one.
fn beside(name: &str) -> String {
    let mut name = name.to_string();
    let last = if name.pop() == Some('z') { 'y' } else { 'z' };
    name.push(last);
    name
}

/// The object of a trial under its own name, without what the server said of the one that it did not make.
pub(crate) fn renamed(mut object: Json, name: &str) -> Json {
    fn rename(value: &mut Json, from: &str, to: &str) {
        match value {
            Json::String(text) if text == from => to.clone_into(text),
            Json::Array(items) => items.iter_mut().for_each(|item| rename(item, from, to)),
            Json::Object(map) => map.values_mut().for_each(|item| rename(item, from, to)),
            _ => {}
        }
    }
    rename(&mut object, &beside(name), name);
    object
}

/// A sentence of the server about a trial, with the object's own name.
pub(crate) fn about(message: &str, name: &str) -> String {
    message.replace(&format!("\"{}\"", beside(name)), &format!("\"{name}\""))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_trial_stands_beside_and_is_told_under_the_own_name() {
        assert_eq!((beside("web"), beside("abz")), ("wez".into(), "aby".into()));
        let made =
            json!({"metadata": {"name": "wez"}, "spec": {"labels": {"job-name": "wez"}, "image": "wez:1"}});
        let named =
            json!({"metadata": {"name": "web"}, "spec": {"labels": {"job-name": "web"}, "image": "wez:1"}});
        assert_eq!(renamed(made, "web"), named);
        assert_eq!(about("Job.batch \"wez\" is invalid", "web"), "Job.batch \"web\" is invalid");
    }
}
