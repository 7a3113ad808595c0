//! From a settled subject to an operation of the plan: what changes, who else is there, what it is
//! shown as.

mod finding;

use plimsoll_model::{Address, DesiredObject, Drift, Node, ObjectId};
use plimsoll_schema::field_set::FieldSet;
use plimsoll_schema::{Path, PathElement, written};
use serde_json::{Value as Json, json};

use crate::adoption;
use crate::assigned;
use crate::change::{Addition, Consequence, Side};
use crate::consequence;
use crate::digest;
use crate::document::Document;
use crate::effect;
use crate::fields;
use crate::ignored;
use crate::mask::{View, trimmed};
use crate::owners;
use crate::plan::{Action, Operation, Verdict};
use crate::release;
use crate::replace;
use crate::replicas;
use crate::revert;
use crate::subject::{Outcome, Subject, set_replicas};
use crate::why::Causes;
use crate::world::{World, identity, uid_of};
use finding::Finding;

/// The operation of a desired object, still without index and needs.
pub(crate) fn of_subject(subject: &Subject<'_>, world: &World<'_>) -> Operation {
    if let Some(live) = subject.proven(world) {
        return of_unchanged(subject, &live, world);
    }
    let want = subject.want;
    let live = subject.live.as_deref();
    let (mut after, predicted) = match subject.outcome() {
        Some(Outcome::Computed(object)) => (Some(object.clone()), None),
        Some(Outcome::Predicted(object, why)) => (Some(object.clone()), Some(why.clone())),
        Some(Outcome::Completed) => (None, None),
        _ => (live.cloned(), None),
    };
    let replaced = subject.replaced.as_ref().filter(|_| predicted.is_some() || after.is_some());
    let keeps_pods = replaced.is_some() && subject.keeps_pods();
    // For its pods, one that is made anew around them is the one that was there.
    let torn_down = replaced.is_some() && !keeps_pods;
    if let (Some(after), Some(step)) = (&mut after, &subject.replicas) {
        set_replicas(after, step.replicas);
    }
    let reverted: Vec<Path> = subject.reverts.iter().map(|r| r.path.clone()).collect();
    if let (Some(after), Some(without)) = (&mut after, &subject.reverted) {
        *after = match subject.outcome() {
            Some(Outcome::Unchanged) => without.clone(),
            _ => revert::combined(after, without, &reverted),
        };
    }
    let mut ours = fields::field_set(subject.kind, &subject.applied);
    for (path, _) in &subject.unknown {
        ours.insert(&path.0);
    }
    let before_set = live.map(|l| owners::applied_set(l, &world.manager)).unwrap_or_default();
    let all = ours.union(&before_set);
    let ignored = live.map(|l| ignored::in_force(want, l)).unwrap_or_default();
    // What others added is relied on where it is taken out: nobody reviewed another value.
    let owned = ignored::without(&ignored, &all).union(&FieldSet::from_paths(reverted.iter().cloned()));
    let shown = |object: Option<&Json>| object.map_or(Json::Null, trimmed);
    let (before, after) = (shown(live), shown(after.as_ref()));
    let mut marks = match after {
        Json::Null => Json::Object(serde_json::Map::new()),
        _ => {
            let changed = live.filter(|_| replaced.is_none());
            assigned::marks(&want.id.gvk.kind, changed, &after, &ours, predicted.is_some())
        }
    };
    for (path, _) in &subject.unknown {
        mark(&mut marks, &after, path);
    }
    let causes = Causes::new(subject, &before_set, predicted.is_some(), world);
    let finding = Finding {
        subject,
        world,
        ours: &ours,
        before_set: &before_set,
        marks: &marks,
        after: &after,
        causes,
    };
    let changes = finding.changes(&before, &after);
    let ownership = if replaced.is_some() { Vec::new() } else { finding.ownership(&changes) };
    let owned_change = changes.iter().any(|c| c.cause.is_owned()) || !ownership.is_empty();
    let failed = matches!(subject.outcome(), Some(Outcome::Failed) | None);
    let action = match (live, subject.outcome()) {
        _ if failed => Action::None,
        (_, Some(Outcome::Completed)) => Action::None,
        (None, _) => Action::Create,
        _ if replaced.is_some() => Action::Replace,
        _ if owned_change || subject.replicas.is_some() => Action::Update,
        _ => Action::None,
    };
    let verdict = match (predicted, subject.assumed.as_slice(), action) {
        _ if failed => Verdict::NotVerified("an error was found".to_string()),
        (Some(why), ..) => Verdict::NotVerified(why),
        (None, [first, ..], _) => Verdict::NotVerified(format!("{first} is only known when it is applied")),
        (None, [], Action::None) => Verdict::Unchanged,
        _ => Verdict::Changed,
    };
    let quiet = action == Action::None;
    let (others, hidden) = live.map(|l| additions(subject, l, &all, world)).unwrap_or_default();
    let (shown_before, before_sensitive) = world.secrets.redact(&subject.view, &before);
    let (mut shown_after, after_sensitive) = world.secrets.redact(&subject.view, &after);
    if !quiet {
        assigned::hide(&mut shown_after, &marks);
    }
    let mut operation = Operation {
        action,
        uid: live.and_then(uid_of),
        verdict,
        force: subject.force,
        owned: owned.to_fields_v1().into(),
        vanished: action == Action::Create && vanished(subject, world),
        adopted: subject.adopted && action == Action::Update,
        replaced_by: match action {
            Action::Replace => replaced.map(|r| r.paths.clone()).unwrap_or_default(),
            _ => Vec::new(),
        },
        keeps_pods: keeps_pods && action == Action::Replace,
        grows: match (&subject.growth, action) {
            (Some(growth), Action::Replace) => growth.claims.clone(),
            _ => Vec::new(),
        },
        changes: if quiet { Vec::new() } else { changes },
        ownership,
        reverts: match action {
            Action::Update => reverted.iter().map(written).collect(),
            _ => Vec::new(),
        },
        others,
        hidden,
        yielded: subject.yielded.clone(),
        left: match live.filter(|_| !failed && !torn_down) {
            Some(live) => ignored::left(subject, live, world),
            None => Vec::new(),
        },
        replicas: subject.replicas.clone().filter(|_| !failed),
        before: shown_before.into(),
        after: shown_after.into(),
        after_unknown: if quiet { json!({}) } else { marks },
        before_sensitive,
        after_sensitive,
        // What is not written stays as sensitive as it was.
        sensitive_paths: match action {
            Action::None => subject.view.places(),
            _ => View::new(&want.id.gvk, Some(&want.root)).places(),
        },
        live_digest: live.map(|l| live_digest(l, subject, &owned, world)),
        ..declared(subject, world)
    };
    if !quiet {
        let change = effect::Change {
            id: &want.id,
            live,
            after: Some(&after),
            changes: &operation.changes,
            replaced: torn_down,
            place: operation.source.as_ref(),
        };
        let others = match live.filter(|_| torn_down) {
            Some(live) => replace::consequences(&want.id, live, world),
            None => consequence::of_change(&want.id, live, Some(&after), world),
        };
        operation.consequences = change.effect().map(Consequence::Effect).into_iter().chain(others).collect();
    }
    operation.consequences.extend(replicas_change_hands(subject, &after, world));
    operation.consequences.extend(live.filter(|_| operation.adopted).map(adoption::consequence));
    operation
}

/// The operation of an object that is proven to be as declared: what it is shown as, what is relied on,
/// and what others added. The live object is before and after.
fn of_unchanged(subject: &Subject<'_>, live: &Json, world: &World<'_>) -> Operation {
    let all = owners::applied_set(live, &world.manager);
    let (others, hidden) = additions(subject, live, &all, world);
    let told = Operation {
        uid: uid_of(live),
        left: ignored::left(subject, live, world),
        others,
        hidden,
        consequences: replicas_change_hands(subject, live, world),
        ..bare(subject, world)
    };
    if !world.input.options.describe_unchanged {
        return told;
    }
    let ignored = ignored::in_force(subject.want, live);
    let owned = ignored::without(&ignored, &all);
    let (before, before_sensitive) = world.secrets.shown(&subject.view, live);
    Operation {
        owned: owned.to_fields_v1().into(),
        live_digest: Some(live_digest(live, subject, &owned, world)),
        after: before.clone(),
        after_sensitive: before_sensitive.clone(),
        before,
        before_sensitive,
        sensitive_paths: subject.view.places(),
        ..with_declaration(told, subject, world)
    }
}

/// What others added and is told, and how many fields of it are not.
fn additions(
    subject: &Subject<'_>,
    live: &Json,
    ours: &FieldSet,
    world: &World<'_>,
) -> (Vec<Addition>, usize) {
    let want = subject.want;
    let autoscaled = want.first_replicas.is_some();
    let told = ours.union(&subject.left);
    let ignored = ignored::in_force(want, live);
    let all =
        owners::additions(live, &told, &ignored, &world.manager, autoscaled, &world.secrets, &subject.view);
    match want.drift {
        Drift::Report => (all, 0),
        Drift::Ignore => (Vec::new(), all.len()),
        // They are among the changes; without a dry run they are only told.
        Drift::Revert if !subject.reverts.is_empty() => (Vec::new(), 0),
        Drift::Revert => (all, 0),
    }
}

fn live_digest(live: &Json, subject: &Subject<'_>, owned: &FieldSet, world: &World<'_>) -> String {
    digest::live_digest(live, &subject.want.id.gvk, owned, &world.manager, world.secrets.key())
}

/// What the declaration alone says of the operation: nothing is known of the live object.
fn declared(subject: &Subject<'_>, world: &World<'_>) -> Operation {
    with_declaration(bare(subject, world), subject, world)
}

/// An operation with the declaration itself, and its digest.
fn with_declaration(bare: Operation, subject: &Subject<'_>, world: &World<'_>) -> Operation {
    let root = &subject.want.root;
    Operation {
        desired: redacted_node(root, &subject.view, &mut Vec::new(), world).into(),
        desired_digest: digest::desired_digest(root, world.secrets.key()),
        ..bare
    }
}

/// What the operation is about.
fn bare(subject: &Subject<'_>, world: &World<'_>) -> Operation {
    let want = subject.want;
    Operation {
        index: 0,
        action: Action::None,
        address: want.address.clone(),
        moved_from: moved_from(&want.address, &want.id, world),
        id: want.id.clone(),
        uid: None,
        verdict: Verdict::Unchanged,
        force: false,
        desired: Document::default(),
        owned: Document::default(),
        live_digest: None,
        vanished: false,
        adopted: false,
        replaced_by: Vec::new(),
        keeps_pods: false,
        grows: Vec::new(),
        changes: Vec::new(),
        ownership: Vec::new(),
        reverts: Vec::new(),
        others: Vec::new(),
        hidden: 0,
        yielded: Vec::new(),
        left: Vec::new(),
        consequences: Vec::new(),
        replicas: None,
        before: Document::default(),
        after: Document::default(),
        after_unknown: json!({}),
        before_sensitive: json!({}),
        after_sensitive: json!({}),
        needs: Vec::new(),
        edges: Vec::new(),
        wait: want.wait && !is_paused(want),
        limit: None,
        sensitive_paths: Vec::new(),
        protected: want.prevent_destroy,
        desired_digest: String::new(),
        unrecorded: false,
        source: Some(world.input.sources.locate(want.span)),
    }
}

/// The operation that deletes an object, lets it go or forgets it, still without index and needs.
pub(crate) fn of_removal(
    action: Action,
    address: Address,
    id: ObjectId,
    uid: Option<String>,
    live: Option<&Json>,
    world: &World<'_>,
) -> Operation {
    let declared = world.input.desired.objects.iter().find(|o| identity(&o.id) == identity(&id));
    let view = View::new(&id.gvk, declared.map(|o| &o.root)).with(world.sensitive_places(&id));
    let (before, before_sensitive) =
        live.map_or_else(|| (Document::default(), json!({})), |l| world.secrets.shown(&view, l));
    let owned = live.map(|l| owners::applied_set(l, &world.manager)).unwrap_or_default();
    let stays = live.filter(|_| action == Action::Release);
    let (after, after_sensitive) = stays.map_or_else(
        || (Document::default(), json!({})),
        |live| world.secrets.shown(&view, &release::without_marks(live, &world.manager)),
    );
    let consequences = match (action, live) {
        (Action::Delete, Some(live)) => {
            let change = effect::Change {
                id: &id,
                live: Some(live),
                after: None,
                changes: &[],
                replaced: false,
                place: None,
            };
            let others = consequence::of_change(&id, Some(live), None, world);
            change.effect().map(Consequence::Effect).into_iter().chain(others).collect()
        }
        _ => Vec::new(),
    };
    Operation {
        index: 0,
        action,
        address,
        moved_from: None,
        uid,
        verdict: Verdict::Changed,
        force: false,
        desired: Document::default(),
        live_digest: live
            .map(|l| digest::live_digest(l, &id.gvk, &owned, &world.manager, world.secrets.key())),
        id,
        owned: owned.to_fields_v1().into(),
        vanished: false,
        adopted: false,
        replaced_by: Vec::new(),
        keeps_pods: false,
        grows: Vec::new(),
        changes: Vec::new(),
        ownership: Vec::new(),
        reverts: Vec::new(),
        others: Vec::new(),
        hidden: 0,
        yielded: Vec::new(),
        left: Vec::new(),
        consequences,
        replicas: None,
        before,
        after,
        after_unknown: json!({}),
        before_sensitive,
        after_sensitive,
        needs: Vec::new(),
        edges: Vec::new(),
        wait: false,
        limit: None,
        sensitive_paths: Vec::new(),
        protected: false,
        desired_digest: String::new(),
        unrecorded: false,
        source: None,
    }
}

/// Marks the place of an unknown leaf; a list that would hold it at a position is unknown as a whole.
fn mark(marks: &mut Json, object: &Json, path: &Path) {
    let mut at = marks;
    let mut value = Some(object);
    for (i, element) in path.0.iter().enumerate() {
        let here = Path(vec![element.clone()]);
        let last = i + 1 == path.0.len();
        let next = value.and_then(|v| plimsoll_schema::get(v, &here));
        let position = match element {
            PathElement::Field(name) => {
                if !at.is_object() {
                    return;
                }
                at = &mut at[name.as_str()];
                if at.is_null() {
                    *at = json!({});
                }
                None
            }
            _ if last => {
                *at = Json::Bool(true);
                return;
            }
            PathElement::Index(i) => Some(*i),
            _ => value
                .and_then(Json::as_array)
                .and_then(|items| items.iter().position(|item| Some(item) == next)),
        };
        if let Some(position) = position {
            if !at.is_array() {
                let length = value.and_then(Json::as_array).map_or(0, Vec::len);
                *at = Json::Array(vec![json!({}); length]);
            }
            let Some(inner) = at.get_mut(position) else { return };
            at = inner;
        } else if !matches!(element, PathElement::Field(_)) {
            *at = Json::Bool(true);
            return;
        }
        value = next;
    }
    *at = Json::Bool(true);
}

fn redacted_node(node: &Node, view: &View, path: &mut Vec<PathElement>, world: &World<'_>) -> Json {
    match node {
        Node::Map(map, _) => {
            let entries = map.iter().map(|(name, node)| {
                path.push(PathElement::field(name));
                let value = redacted_node(node, view, path, world);
                path.pop();
                (name.clone(), value)
            });
            Json::Object(entries.collect())
        }
        Node::List(items, _) => {
            Json::Array(items.iter().map(|node| redacted_node(node, view, path, world)).collect())
        }
        Node::Leaf(leaf) => match &leaf.unknown {
            Some(what) => json!({"$unknown": what}),
            None if leaf.sensitive => json!({"$sensitive": world.secrets.key().hash(&leaf.value)}),
            None => match world.secrets.side(view, &Path(path.clone()), Some(&leaf.value)) {
                Side::Sensitive(hash) => json!({"$sensitive": hash}),
                _ => leaf.value.clone(),
            },
        },
    }
}

fn moved_from(address: &Address, id: &ObjectId, world: &World<'_>) -> Option<Address> {
    let (recorded, _) = world.recorded.get(&identity(id))?;
    (recorded != address).then(|| recorded.clone())
}

fn replicas_change_hands(subject: &Subject<'_>, after: &Json, world: &World<'_>) -> Vec<Consequence> {
    let mut out = Vec::new();
    if let Some(first) = subject.want.first_replicas {
        out.push(match replicas::number(after).filter(|now| *now != first) {
            Some(now) => {
                Consequence::ReplicasLeft { by: replicas::autoscaler(&subject.want.id, world), first, now }
            }
            None => Consequence::ReplicasOwned(replicas::number(after)),
        });
    } else if let Some(live) = &subject.live
        && let (Some(from), Some(to)) = (replicas::number(live), replicas::number(after))
        && from != to
        && (replicas::was_handed_over(live) || was_scaled(subject))
    {
        out.push(Consequence::ReplicasTakenBack { from, to });
    }
    out
}

/// Whether the configuration itself holds the rollout back: there is nothing to wait for.
fn is_paused(want: &DesiredObject) -> bool {
    let paused = want.root.get("spec").and_then(|spec| spec.get("paused"));
    want.id.gvk.kind == "Deployment" && paused.is_some_and(|node| node.to_json() == true)
}

/// Whether an object that is made stood there after the last apply. A job that ran to its end may be
/// gone: the cluster tidies those up.
fn vanished(subject: &Subject<'_>, world: &World<'_>) -> bool {
    let want = subject.want;
    let completed = world.input.recorded.completed_jobs.get(&want.address);
    world.recorded.get(&identity(&want.id)).is_some_and(|(_, last)| completed != Some(&last.digest))
}

/// Whether an autoscaler set the number of replicas that is taken over.
fn was_scaled(subject: &Subject<'_>) -> bool {
    let owner = subject.set_by.get(&replicas::path());
    owner.is_some_and(|o| o.subresource.as_deref() == Some("scale") && !owners::is_human(o))
}
