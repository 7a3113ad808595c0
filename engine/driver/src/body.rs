//! What an operation sends: the reviewed object, with the secrets that only the configuration
//! holds, and with what only the cluster knew.

use plimsoll_model::{Diagnostic, Node, Report};
use plimsoll_plan::Operation;
use serde_json::Value as Json;

use crate::cluster::Apply;
use crate::diagnose::diagnostic;
use crate::execute::Run;
use crate::write::Failed;

/// The object to apply.
///
/// # Errors
/// The configuration no longer says what was reviewed, or something that the cluster had to tell
/// is still unknown, or it changes more than itself.
pub(crate) async fn of(run: &Run<'_>, op: &Operation) -> Result<Json, Failed> {
    let Some(object) = run.desired.get(&op.address) else {
        return Err(changed(op, "the configuration no longer declares it").into());
    };
    if plimsoll_plan::digest::desired_digest(&object.root, &run.key) != op.desired_digest {
        let d =
            changed(op, "the configuration no longer says what was reviewed, or a secret has another value");
        return Err(d.at(object.span, "").into());
    }
    if !object.root.contains_unknown() {
        return Ok(without_yielded(object.root.to_json(), &op.desired));
    }
    let root = resolved(run, op, &object.root)?;
    let body = without_yielded(root.to_json(), &op.desired);
    tried(run, op, &object.root, &body).await?;
    Ok(body)
}

fn changed(op: &Operation, why: &str) -> Diagnostic {
    Diagnostic::error("plan-stale", "the plan no longer fits")
        .detail(format!("{}: {why}.", op.address))
        .help("plan again, and review the new plan")
}

/// The tree evaluated again with what the cluster told; nothing but unknown leaves may differ.
fn resolved(run: &Run<'_>, op: &Operation, planned: &Node) -> Result<Node, Failed> {
    let mut report = Report::new();
    let facts = run.facts();
    let desired = run.session.offline.with_facts(&facts, &mut report);
    let again = desired.and_then(|d| d.objects.into_iter().find(|o| o.address == op.address));
    let Some(again) = again else {
        let first = report.items().first().map(|d| format!(": {}", d.summary)).unwrap_or_default();
        return Err(changed(op, &format!("it cannot be evaluated again{first}")).into());
    };
    if let Some((path, leaf)) = again.root.leaves().into_iter().find(|(_, l)| l.unknown.is_some()) {
        let what = leaf.unknown.as_deref().unwrap_or_default();
        let d = Diagnostic::error("still-unknown", "the cluster has not told a value that is needed")
            .detail(format!(
                "{}: {} needs {what}, which the cluster has not assigned.",
                op.address,
                path.join(".")
            ))
            .at(again.span, "")
            .help("run the command again when the cluster has assigned it");
        return Err(d.into());
    }
    match first_difference(planned, &again.root, &mut Vec::new()) {
        None => Ok(again.root),
        Some(path) => {
            Err(changed(op, &format!("{path} changed together with what only the cluster knew")).into())
        }
    }
}

/// The first place where two trees differ although it was known.
fn first_difference(planned: &Node, now: &Node, path: &mut Vec<String>) -> Option<String> {
    let here = |path: &[String]| Some(path.join("."));
    match (planned, now) {
        (Node::Leaf(l), _) if l.unknown.is_some() => None,
        (Node::Leaf(a), Node::Leaf(b)) if a.value == b.value => None,
        (Node::Map(a, _), Node::Map(b, _)) => {
            if let Some(extra) = b.keys().find(|k| !a.contains_key(*k)) {
                path.push(extra.clone());
                return here(path);
            }
            a.iter().find_map(|(key, a)| {
                path.push(key.clone());
                let found = match b.get(key) {
                    Some(b) => first_difference(a, b, path),
                    None => here(path),
                };
                path.pop();
                found
            })
        }
        (Node::List(a, _), Node::List(b, _)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(i, (a, b))| {
                path.push(i.to_string());
                let found = first_difference(a, b, path);
                path.pop();
                found
            })
        }
        _ => here(path),
    }
}

/// A dry run with the leaf resolved: every known field of ours must come out as reviewed.
async fn tried(run: &Run<'_>, op: &Operation, planned: &Node, body: &Json) -> Result<(), Failed> {
    let how = Apply { manager: run.manager(), force: op.force, dry_run: true };
    let cluster = &*run.session.cluster;
    let span = run.desired.get(&op.address).map(|o| o.span);
    let applied = run
        .retry
        .idempotent(|| cluster.apply(&op.id, body, &how))
        .await
        .map_err(|e| Failed::from(diagnostic(&e, span)))?;
    let mut path = Vec::new();
    match mismatch(planned, &op.after, &applied.object, &mut path) {
        None => Ok(()),
        Some(path) => {
            let d = changed(op, &format!("{path} would become something else than was reviewed"));
            Err(d.at_some(span, "").into())
        }
    }
}

/// The first known field of ours at which the dry run differs from the reviewed object. Secrets are null there.
fn mismatch(ours: &Node, reviewed: &Json, now: &Json, path: &mut Vec<String>) -> Option<String> {
    match ours {
        Node::Leaf(l) if l.unknown.is_some() || l.sensitive || reviewed.is_null() => None,
        Node::Leaf(_) => (reviewed != now).then(|| path.join(".")),
        Node::Map(map, _) => map.iter().find_map(|(key, ours)| {
            path.push(key.clone());
            let found = mismatch(ours, &reviewed[key.as_str()], &now[key.as_str()], path);
            path.pop();
            found
        }),
        Node::List(items, _) => items.iter().enumerate().find_map(|(i, ours)| {
            path.push(i.to_string());
            let found = mismatch(ours, &reviewed[i], &now[i], path);
            path.pop();
            found
        }),
    }
}

/// The object without the fields that are left to others: those that the reviewed object lacks.
fn without_yielded(object: Json, reviewed: &Json) -> Json {
    match (object, reviewed) {
        (Json::Object(map), Json::Object(kept)) => Json::Object(
            map.into_iter()
                .filter_map(|(key, value)| {
                    let reviewed = kept.get(&key)?;
                    Some((key, without_yielded(value, reviewed)))
                })
                .collect(),
        ),
        (Json::Array(items), Json::Array(kept)) if items.len() == kept.len() => {
            Json::Array(items.into_iter().zip(kept).map(|(item, kept)| without_yielded(item, kept)).collect())
        }
        (value, _) => value,
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{Leaf, Origin};
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_that_are_left_to_others_are_not_sent() {
        let object = json!({"spec": {"replicas": 3, "list": [{"a": 1, "b": "secret"}]}});
        let reviewed = json!({"spec": {"list": [{"a": 1, "b": "hash"}]}});
        assert_eq!(without_yielded(object, &reviewed), json!({"spec": {"list": [{"a": 1, "b": "secret"}]}}));
    }

    #[test]
    fn only_unknown_leaves_may_differ() {
        let unknown = Node::Leaf(Leaf {
            value: Json::Null,
            unknown: Some("service.api.cluster_ip".into()),
            sensitive: false,
            origin: Origin::NONE,
        });
        let tree = |ip: Node, image: &str| {
            let mut node = Node::map();
            node.set(&["spec", "ip"], ip);
            node.set(&["spec", "image"], Node::generated(image));
            node
        };
        let planned = tree(unknown, "a");
        let same = tree(Node::generated("10.0.0.1"), "a");
        let other = tree(Node::generated("10.0.0.1"), "b");
        assert_eq!(first_difference(&planned, &same, &mut Vec::new()), None);
        assert_eq!(first_difference(&planned, &other, &mut Vec::new()), Some("spec.image".into()));
    }
}
