//! What is done about fields that others own with other values: the rules of the configuration, and what
//! is done without one.

use plimsoll_model::{ConflictPolicy, ConflictRule, Diagnostic, Gvk, ObjectId};
use plimsoll_schema::{Path, PathElement, equal, parse_path, written};
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
    Yield(String),
    /// Theirs stays, and is applied with ours.
    Match(String),
    /// Somebody has to decide.
    Refuse,
    /// It depends on whether an autoscaler targets the object.
    AskForAutoscalers,
}

/// What is done about one conflict. `autoscaled` is none while nobody knows.
pub(crate) fn decide(
    clash: &Clash,
    live: &Json,
    rules: &[ConflictRule],
    autoscaled: Option<bool>,
    world: &World<'_>,
) -> Decision {
    let owner = &clash.owner;
    if owner.manager == world.manager {
        return Decision::Force;
    }
    if let Some(rule) = rules.iter().find(|rule| fits(rule, clash)) {
        let place = world.input.sources.locate(rule.span);
        return match rule.policy {
            ConflictPolicy::Force => Decision::Force,
            ConflictPolicy::Yield => Decision::Yield(format!("left to it, {place}")),
            ConflictPolicy::Match => Decision::Match(format!("its value is taken over, {place}")),
        };
    }
    if clash.path == replicas::path() {
        let handed_over = owner.manager == replicas::MANAGER || replicas::was_handed_over(live);
        if owner.manager == replicas::MANAGER {
            return Decision::Force;
        }
        if owner.subresource.as_deref() == Some("scale") {
            return match autoscaled {
                None => Decision::AskForAutoscalers,
                Some(true) => Decision::Yield("an autoscaler targets it".to_string()),
                Some(false) if handed_over || is_human(owner) || is_autoscaler(owner) => Decision::Force,
                Some(false) => Decision::Refuse,
            };
        }
    }
    if is_human(owner) || is_nobody(owner) { Decision::Force } else { Decision::Refuse }
}

/// Whether a field belongs to nobody who is known: what the server calls the owner of fields that had none, because
/// somebody cleared the field managers of the object.
fn is_nobody(owner: &Owner) -> bool {
    owner.operation == "Update" && owner.manager == "before-first-apply"
}

/// Whether a rule is about a conflict.
fn fits(rule: &ConflictRule, clash: &Clash) -> bool {
    let through = rule.subresource.is_none() || rule.subresource == clash.owner.subresource;
    through && is_like(&rule.manager, &clash.owner.manager) && stands_at(&parse_path(&rule.path), &clash.path)
}

/// Whether a name is one of those that a pattern stands for, in which `*` is any text. What stands between
/// two of them is taken where it comes first: no later place leaves more of the name to the rest.
fn is_like(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let (between, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let inner = name.strip_prefix(start).and_then(|name| name.strip_suffix(end));
    let after = |name: &'_ str, part: &str| name.find(part).map(|at| at + part.len());
    let Some(inner) = inner else { return false };
    let mut left = inner;
    between.split('*').all(|part| match after(left, part).and_then(|end| left.get(end..)) {
        Some(more) => {
            left = more;
            true
        }
        None => false,
    })
}

/// Whether a path is the one of a rule, or stands below it. A rule may leave out parts of an item's key.
fn stands_at(rule: &Path, path: &Path) -> bool {
    let same = |(wanted, step): (&PathElement, &PathElement)| match (wanted, step) {
        (PathElement::Key(wanted), PathElement::Key(key)) => {
            wanted.iter().all(|(name, value)| key.iter().any(|(n, v)| n == name && equal(v, value)))
        }
        (wanted, step) => wanted == step,
    };
    rule.0.len() <= path.0.len() && rule.0.iter().zip(&path.0).all(same)
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
        .help(help(subject, clash))
}

/// What to write where nobody decided yet. Rules are about a block's main object.
fn help(subject: &Subject<'_>, clash: &Clash) -> String {
    let (owner, address) = (&clash.owner, &subject.want.address);
    let give_up = format!("let {} give the field up, or leave it out here", owner.manager);
    if address.part.is_some() {
        return give_up;
    }
    let text = |text: &str| Json::from(text).to_string().replace("${", "$${").replace("%{", "%%{");
    let through = owner.subresource.as_ref().map(|s| format!("\n    subresource = {}", text(s)));
    format!(
        "{give_up}; or decide it in {address}:\nlifecycle {{\n  conflict {} {{\n    path = {}\n    policy = \"force\"{}\n  }}\n}}\nforce sets what stands here, yield leaves the field to it, match takes its value over",
        text(&owner.manager),
        text(&written(&clash.path)),
        through.unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_names() {
        for (pattern, name) in
            [("kubectl*", "kubectl-edit"), ("kubectl*", "kubectl"), ("*", ""), ("a*c*e", "abcde"), ("a", "a")]
        {
            assert!(is_like(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("kubectl", "kubectl-edit"), ("a*c", "abcd"), ("", "a"), ("*-edit", "edit")] {
            assert!(!is_like(pattern, name), "{pattern} {name}");
        }
        for (pattern, name, like) in [
            ("a*a", "a", false),
            ("*ab*ab", "ab", false),
            ("*ab*b", "abab", true),
            ("a**b", "ab", true),
            ("*é*", "née", true),
            ("*b*a*", "ab", false),
        ] {
            assert_eq!(is_like(pattern, name), like, "{pattern} {name}");
        }
        // Every star could be any of the letters: that may not be tried.
        assert!(!is_like(&"*a".repeat(40).replace("*a*a*a", "*a*a*b"), &"a".repeat(200)));
    }

    #[test]
    fn a_rule_holds_at_its_path_and_below() {
        let at = |rule: &str, path: &str| stands_at(&parse_path(rule), &parse_path(path));
        assert!(at("spec", "spec.replicas") && at("spec.replicas", "spec.replicas"));
        assert!(!at("spec.replicas", "spec") && !at("spec.replica", "spec.replicas"));
        assert!(at("spec.ports[port=80]", "spec.ports[port=80,protocol=TCP].nodePort"));
        assert!(!at("spec.ports[port=81]", "spec.ports[port=80,protocol=TCP].nodePort"));
    }
}
