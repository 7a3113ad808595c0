//! What an operation sends: the reviewed object, with the secrets that only the configuration
//! holds, and with what only the cluster knew.

use plimsoll_model::{DesiredObject, Diagnostic, Node, Report};
use plimsoll_plan::{Action, Operation, Verdict, ignored, replace, replicas, stale};
use plimsoll_schema::field_set::FieldSet;
use plimsoll_schema::{Path, PathElement};
use serde_json::Value as Json;

use crate::cluster::Apply;
use crate::diagnose::diagnostic;
use crate::execute::Run;
use crate::verify::changed;
use crate::write::Failed;

/// The object to apply.
///
/// # Errors
/// The configuration no longer declares it, or something that the cluster had to tell is still
/// unknown, or it changes more than itself. That it says what was reviewed was verified before.
pub(crate) async fn of(run: &Run<'_>, op: &Operation) -> Result<Json, Failed> {
    let Some(object) = run.desired.get(&op.address) else {
        return Err(changed(op, "the configuration no longer declares it").into());
    };
    if !object.root.contains_unknown() {
        let body = taking_up(yielding(run, object.root.to_json(), op), op);
        // Nobody asked the cluster yet: the change has to come out as it was predicted.
        if op.action == Action::Update && matches!(op.verdict, Verdict::NotVerified(_)) {
            tried(run, op, object, &body).await?;
        }
        return Ok(body);
    }
    let root = resolved(run, op, &object.root)?;
    let body = taking_up(yielding(run, root.to_json(), op), op);
    // Over the object that is replaced, the new one cannot be tried.
    if op.action != Action::Replace {
        tried(run, op, object, &body).await?;
    }
    Ok(body)
}

/// One that is made while its pods are there asks for as many of them as was reviewed, where it asks for a number
/// that is ignored.
fn taking_up(mut body: Json, op: &Operation) -> Json {
    let asks = replicas::number(&body).is_some() && op.action == Action::Create && op.keeps_pods;
    if let Some(number) = replicas::number(&op.after.value()).filter(|_| asks) {
        plimsoll_plan::insert(&mut body, &replicas::path(), number.into());
    }
    body
}

/// One that is made anew around its pods goes on with what is ignored of it, as it is in `live`.
pub(crate) fn around(run: &Run<'_>, op: &Operation, body: &Json, live: &Json) -> Json {
    let mut body = body.clone();
    if let Some(want) = run.desired.get(&op.address) {
        ignored::carry(want, &mut body, live);
    }
    body
}

/// The same over the object that is there: what is ignored stays as it is.
pub(crate) fn over(run: &Run<'_>, op: &Operation, body: &Json, live: Option<&Json>) -> Json {
    let mut body = body.clone();
    if let (Some(want), Some(live)) = (run.desired.get(&op.address), live) {
        ignored::leave(want, &mut body, live, &run.manager());
    }
    body
}

/// A dry run of a replacement under a name that nobody has, as the plan had one: what the server refuses now
/// is not deleted. Where the plan could not try it, neither can this.
pub(crate) async fn try_beside(run: &Run<'_>, op: &Operation, body: &Json) -> Result<(), Failed> {
    if matches!(op.verdict, Verdict::NotVerified(_)) {
        return Ok(());
    }
    let Some((id, object)) = replace::beside(&op.id, body) else { return Ok(()) };
    let how = Apply { manager: run.manager(), force: false, dry_run: true };
    let cluster = &*run.session.cluster;
    let span = run.desired.get(&op.address).map(|o| o.span);
    let answer = run.retry.idempotent(|| cluster.apply(&id, &object, &how)).await;
    answer.map(drop).map_err(|e| Failed::from(diagnostic(&e, span)))
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
async fn tried(run: &Run<'_>, op: &Operation, want: &DesiredObject, body: &Json) -> Result<(), Failed> {
    let how = Apply { manager: run.manager(), force: op.force, dry_run: true };
    let cluster = &*run.session.cluster;
    let live = if op.action == Action::Update { run.seen(&op.id) } else { None };
    let body = over(run, op, body, live.as_ref());
    let applied = run
        .retry
        .idempotent(|| cluster.apply(&op.id, &body, &how))
        .await
        .map_err(|e| Failed::from(diagnostic(&e, Some(want.span))))?;
    match stale::first_mismatch(op, want, &applied.object) {
        None => Ok(()),
        Some(path) if op.yielded.iter().any(|y| y.path == path.to_string()) => Ok(()),
        Some(path) => {
            let d = changed(op, &format!("{path} would become something else than was reviewed"));
            Err(d.at(want.span, "").into())
        }
    }
}

/// The object without the fields that are left to others, and with the values of others where those are shared:
/// that they stand there as they were reviewed was verified before.
fn yielding(run: &Run<'_>, mut object: Json, op: &Operation) -> Json {
    if op.yielded.is_empty() {
        return object;
    }
    let paths = match plimsoll_schema::kind(&op.id.gvk) {
        Some(kind) => FieldSet::of(kind, &object).paths(),
        None => op.yielded.iter().map(|y| Path::fields(y.path.split('.'))).collect(),
    };
    let live = run.seen(&op.id);
    for path in &paths {
        let Some(left) = op.yielded.iter().find(|y| y.path == path.to_string()) else { continue };
        match live.as_ref().filter(|_| left.shared).and_then(|live| plimsoll_schema::get(live, path)) {
            Some(theirs) => plimsoll_plan::insert(&mut object, path, theirs.clone()),
            None => remove(&mut object, &path.0),
        }
    }
    object
}

/// Removes what stands at a path.
fn remove(object: &mut Json, path: &[PathElement]) {
    let Some((first, rest)) = path.split_first() else { return };
    match (first, object) {
        (PathElement::Field(name), Json::Object(map)) => match map.get_mut(name) {
            Some(inner) if !rest.is_empty() => remove(inner, rest),
            _ => drop(map.remove(name)),
        },
        (element, Json::Array(items)) => {
            let found = items.iter().position(|item| match element {
                PathElement::Key(key) => {
                    key.iter().all(|(k, v)| item.get(k).is_none_or(|w| plimsoll_schema::equal(v, w)))
                }
                PathElement::Value(v) => plimsoll_schema::equal(item, v),
                _ => false,
            });
            let position = match element {
                PathElement::Index(i) => Some(*i).filter(|i| *i < items.len()),
                _ => found,
            };
            match position {
                Some(i) if rest.is_empty() => drop(items.remove(i)),
                Some(i) => remove(&mut items[i], rest),
                None => {}
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{Leaf, Origin};
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_removed_by_name_key_value_and_position() {
        let mut object = json!({"spec": {"replicas": 3, "list": [{"name": "a", "x": 1}, {"name": "b", "x": 2}],
            "set": ["p", "q"]}});
        let field = PathElement::field;
        let key = PathElement::Key(vec![("name".into(), "b".into())]);
        remove(&mut object, &[field("spec"), field("replicas")]);
        remove(&mut object, &[field("spec"), field("list"), key, field("x")]);
        remove(&mut object, &[field("spec"), field("list"), PathElement::Index(0)]);
        remove(&mut object, &[field("spec"), field("set"), PathElement::Value("p".into())]);
        remove(&mut object, &[field("spec"), field("absent"), field("deep")]);
        assert_eq!(object, json!({"spec": {"list": [{"name": "b"}], "set": ["q"]}}));
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
