//! Pods that are there before their StatefulSet: somebody deleted the set without them, or an apply that made it
//! anew was interrupted. The new set takes them up instead of making its own.
//!
//! Its controller replaces those that are not as the template says, and stops those that are more than the set
//! asks for. So a number that is not the configuration's is at least the one that they need.

use std::collections::BTreeMap;

use plimsoll_model::Gvk;
use plimsoll_schema::equal;
use serde_json::Value as Json;

use crate::change::{Consequence, Side};
use crate::consequence::{self, has_controller};
use crate::effect::{self, Effect, Pods};
use crate::fields::items_of;
use crate::growth::ordinal;
use crate::ignored;
use crate::plan::{Action, Operation, ReplicasStep};
use crate::replicas;
use crate::request::Request;
use crate::subject::{Outcome, Subject, set_replicas};
use crate::survey::{self, Survey, Touched};
use crate::world::{World, is_terminating};

/// What the server adds to a pod that its template does not say.
const ADDED: &[&str] = &[
    "enableServiceLinks",
    "ephemeralContainers",
    "hostname",
    "imagePullSecrets",
    "nodeName",
    "overhead",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "serviceAccount",
    "serviceAccountName",
    "subdomain",
    "tolerations",
    "volumes",
];

/// How the server begins the name of the volume with the token of a pod.
const TOKEN: &str = "kube-api-access-";

fn pods() -> Gvk {
    Gvk::new("", "v1", "Pod")
}

/// Whether it is a set that is made: its pods may be there.
fn may_have_pods(op: &Operation) -> bool {
    op.action == Action::Create && op.id.gvk.group == "apps" && op.id.gvk.kind == "StatefulSet"
}

/// The pods of the namespaces of such sets.
pub(crate) fn questions(touched: &[Touched<'_>], world: &World<'_>) -> Vec<Request> {
    let sets = touched.iter().filter(|t| may_have_pods(t.op) && !world.makes_namespace_of(&t.op.id));
    sets.map(|t| survey::everything(pods(), t.op.id.namespace.as_deref())).collect()
}

/// Tells of every pod that a new set takes up what becomes of it, and lets the set ask for all of them where the
/// number is not the configuration's.
pub(crate) fn take_up(
    operations: &mut [Operation],
    subjects: &[Subject<'_>],
    survey: &Survey,
    world: &World<'_>,
) {
    for op in operations.iter_mut().filter(|op| may_have_pods(op)) {
        let Some(there) = survey.list(pods(), op.id.namespace.as_deref()) else { continue };
        let is_its = |s: &&Subject<'_>| s.want.address == op.address && s.want.id == op.id;
        let Some(subject) = subjects.iter().find(is_its) else { continue };
        let Some(Outcome::Computed(after) | Outcome::Predicted(after, _)) = subject.outcome() else {
            continue;
        };
        let prefix = format!("{}-", op.id.name);
        let found: BTreeMap<i64, &Json> = there
            .iter()
            .filter(|pod| !has_controller(pod) && !is_terminating(pod) && selects(after, pod))
            .filter_map(|pod| Some((ordinal(pod["metadata"]["name"].as_str()?.strip_prefix(&prefix)?)?, pod)))
            .collect();
        if !found.is_empty() {
            of_set(op, subject, after.clone(), &found, world);
        }
    }
}

/// What becomes of the pods of one set, by their ordinals.
fn of_set(
    op: &mut Operation,
    subject: &Subject<'_>,
    mut after: Json,
    found: &BTreeMap<i64, &Json>,
    world: &World<'_>,
) {
    op.keeps_pods = true;
    let number = number(op, subject, &after, found, world);
    set_replicas(&mut after, number);
    let start = first_ordinal(&after);
    let asked = start..start.saturating_add(number);
    let (kept, surplus): (Vec<i64>, Vec<i64>) = found.keys().partition(|i| asked.contains(*i));
    let named = |i: &i64| format!("{}-{i}", op.id.name);
    let taken: Vec<String> = kept.iter().map(named).collect();
    let mut told = Vec::new();
    for consequence in consequence::of_change(&op.id, None, Some(&after), world) {
        told.push(match consequence {
            Consequence::PodAdded(name) if taken.contains(&name) => Consequence::PodTakenUp(name),
            other => other,
        });
    }
    for i in surplus.iter().rev() {
        told.extend(consequence::of_surplus(&op.id, &after, *i, world));
    }
    let unknown = subject.unknown.iter().any(|(path, _)| path.to_string().starts_with("spec.template."));
    let is_old = |i: &&i64| unknown || found.get(i).is_some_and(|pod| is_outdated(&after, pod));
    let old: Vec<i64> = kept.iter().filter(is_old).copied().collect();
    let added = number - i64::try_from(kept.len()).unwrap_or(number);
    let removed = i64::try_from(surplus.len()).unwrap_or_default();
    let rolled = (!old.is_empty()).then(|| effect::of_outdated(&op.id, &after, &old));
    for consequence in &mut op.consequences {
        if let Consequence::Effect(effect) = consequence
            && matches!(effect.pods, Pods::Start { .. })
        {
            become_of(effect, rolled.clone(), added, removed, &after);
        }
    }
    let replaced = |c: &Consequence| {
        matches!(c, Consequence::PodAdded(_) | Consequence::ClaimAdded(_) | Consequence::ClaimReused(_))
    };
    op.consequences.retain(|c| !replaced(c));
    let behind = op.consequences.iter().position(|c| !matches!(c, Consequence::Effect(_)));
    let behind = behind.unwrap_or(op.consequences.len());
    op.consequences.splice(behind..behind, told);
}

/// Makes the effect of a new set the one of a set that takes pods up.
fn become_of(effect: &mut Effect, rolled: Option<Pods>, added: i64, removed: i64, after: &Json) {
    let in_turn = after["spec"]["podManagementPolicy"] != "Parallel" && added > 1;
    (effect.pods, effect.more) = match rolled {
        Some(pods) => (pods, added - removed),
        None if added > 0 => (Pods::Start { count: Some(added), in_turn }, 0),
        None if removed > 0 => (Pods::Stop { count: Some(removed) }, 0),
        None => (Pods::Stay, 0),
    };
}

/// How many pods the set asks for. A number that an autoscaler or somebody else owns was lost with the set
/// before: it is not less than its pods need.
fn number(
    op: &mut Operation,
    subject: &Subject<'_>,
    after: &Json,
    found: &BTreeMap<i64, &Json>,
    world: &World<'_>,
) -> i64 {
    let path = replicas::path();
    let asks = op.replicas.as_ref().map(|step| step.replicas).or(replicas::number(after)).unwrap_or(1);
    let highest = found.keys().next_back().copied().unwrap_or_default();
    let needs = highest.saturating_sub(first_ordinal(after)).saturating_add(1);
    let is_ignored = ignored::covers(&subject.want.ignored.iter().collect::<Vec<_>>(), &path);
    let unknown = subject.unknown.iter().any(|(unknown, _)| *unknown == path);
    let is_said = unknown || replicas::number(&subject.applied).is_some();
    if needs <= asks || (is_said && !is_ignored) {
        return asks;
    }
    if !is_said {
        op.replicas = Some(ReplicasStep { replicas: needs, first: false });
    }
    let mut shown = op.after.value();
    set_replicas(&mut shown, needs);
    op.after = shown.into();
    for change in op.changes.iter_mut().filter(|change| change.path == path.to_string()) {
        change.after = Side::Known(needs.into());
    }
    if let Some(first) = subject.want.first_replicas {
        op.consequences.retain(|c| !matches!(c, Consequence::ReplicasOwned(_)));
        let by = replicas::autoscaler(&op.id, world);
        op.consequences.push(Consequence::ReplicasLeft { by, first, now: needs });
    }
    needs
}

fn first_ordinal(set: &Json) -> i64 {
    set["spec"]["ordinals"]["start"].as_i64().unwrap_or(0)
}

/// Whether the labels that a set asks for are those of a pod.
fn selects(set: &Json, pod: &Json) -> bool {
    let wanted = set["spec"]["selector"]["matchLabels"].as_object();
    wanted.is_some_and(|wanted| wanted.iter().all(|(key, value)| pod["metadata"]["labels"][key] == *value))
}

/// Whether a pod is not as the template of its set says. What the server and its defaults add to pods is no
/// difference; what others put into its containers is one: nobody can tell it from what was taken out of the
/// template.
fn is_outdated(set: &Json, pod: &Json) -> bool {
    let template = &set["spec"]["template"];
    let kept = ["labels", "annotations"]
        .into_iter()
        .all(|key| holds(&template["metadata"][key], &pod["metadata"][key]));
    let (wanted, is) = (&template["spec"], &pod["spec"]);
    let said = |key: &str| match key {
        "containers" | "initContainers" => same_items(&wanted[key], &is[key], same_container),
        "volumes" => same_items(&wanted[key], &without_claims(set, &is[key]), equal),
        "tolerations" | "imagePullSecrets" => {
            items_of(Some(&wanted[key])).iter().all(|one| items_of(Some(&is[key])).contains(one))
        }
        _ => holds(&wanted[key], &is[key]),
    };
    let keys = |object: &Json| -> Vec<String> {
        object.as_object().into_iter().flatten().map(|(k, _)| k.clone()).collect()
    };
    let all = keys(wanted).iter().all(|key| said(key));
    let more = keys(is).iter().any(|key| {
        wanted[key.as_str()].is_null() && !is_empty(&is[key.as_str()]) && !ADDED.contains(&key.as_str())
    });
    let volumes = said("volumes");
    !(kept && all && volumes) || more
}

/// The volumes of a pod without its token and its own claims.
fn without_claims(set: &Json, volumes: &Json) -> Json {
    let own = |volume: &Json| {
        let templates = items_of(Some(&set["spec"]["volumeClaimTemplates"]));
        templates.iter().any(|template| template["metadata"]["name"] == volume["name"])
    };
    items_of(Some(volumes)).iter().filter(|volume| !own(volume) && !is_token(volume)).cloned().collect()
}

fn is_token(named: &Json) -> bool {
    named["name"].as_str().is_some_and(|name| name.starts_with(TOKEN))
}

/// Whether two lists hold the same named items.
fn same_items(wanted: &Json, is: &Json, same: impl Fn(&Json, &Json) -> bool) -> bool {
    let (wanted, is) = (items_of(Some(wanted)), items_of(Some(is)));
    let found = |item: &Json| is.iter().find(|other| other["name"] == item["name"]);
    wanted.len() == is.len() && wanted.iter().all(|item| found(item).is_some_and(|other| same(item, other)))
}

fn same_container(wanted: &Json, is: &Json) -> bool {
    let mut keys = [wanted, is].into_iter().filter_map(Json::as_object).flat_map(|map| map.keys());
    keys.all(|key| {
        let (wanted, is) = (&wanted[key.as_str()], &is[key.as_str()]);
        match key.as_str() {
            // A limit range fills them in.
            "resources" => holds(wanted, is),
            "volumeMounts" => {
                let mounts: Json = items_of(Some(is)).iter().filter(|m| !is_token(m)).cloned().collect();
                (is_empty(wanted) && is_empty(&mounts)) || equal(wanted, &mounts)
            }
            _ => (is_empty(wanted) && is_empty(is)) || equal(wanted, is),
        }
    })
}

/// Whether everything that is wanted stands there.
fn holds(wanted: &Json, is: &Json) -> bool {
    match wanted {
        Json::Object(map) => map.iter().all(|(key, wanted)| holds(wanted, &is[key.as_str()])),
        wanted => is_empty(wanted) || equal(wanted, is),
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Object(map) => map.is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set() -> Json {
        json!({"spec": {
            "template": {"metadata": {"labels": {"app": "db"}}, "spec": {
                "containers": [{"name": "db", "image": "db:1", "env": [{"name": "A", "value": "1"}],
                    "volumeMounts": [{"name": "disk", "mountPath": "/data"}]}],
                "securityContext": {}, "restartPolicy": "Always"}},
            "volumeClaimTemplates": [{"metadata": {"name": "disk"}}]}})
    }

    /// The pod that the set makes, with what the server adds.
    fn pod() -> Json {
        json!({"metadata": {"labels": {"app": "db", "controller-revision-hash": "db-1"}}, "spec": {
            "containers": [{"name": "db", "image": "db:1", "env": [{"name": "A", "value": "1"}],
                "resources": {"requests": {"cpu": "10m"}},
                "volumeMounts": [{"name": "disk", "mountPath": "/data"},
                    {"name": "kube-api-access-x", "mountPath": "/var/run/secrets"}]}],
            "restartPolicy": "Always", "nodeName": "one", "hostname": "db-0", "serviceAccountName": "default",
            "tolerations": [{"key": "node.kubernetes.io/not-ready"}],
            "volumes": [{"name": "disk", "persistentVolumeClaim": {"claimName": "disk-db-0"}},
                {"name": "kube-api-access-x", "projected": {}}]}})
    }

    #[test]
    fn what_the_server_adds_to_a_pod_makes_it_no_other_one() {
        assert!(!is_outdated(&set(), &pod()));
    }

    #[test]
    fn a_pod_that_says_more_less_or_something_else_is_outdated() {
        let changed = |change: fn(&mut Json)| {
            let mut pod = pod();
            change(&mut pod);
            is_outdated(&set(), &pod)
        };
        assert!(changed(|p| p["spec"]["containers"][0]["image"] = "db:0".into()));
        assert!(changed(|p| p["spec"]["containers"][0]["env"] = json!([])));
        assert!(changed(|p| p["spec"]["containers"][0]["args"] = json!(["-v"])));
        assert!(changed(|p| p["spec"]["containers"][0]["volumeMounts"] = json!([])));
        assert!(changed(|p| p["spec"]["initContainers"] = json!([{"name": "x"}])));
        assert!(changed(|p| p["spec"]["volumes"][1] = json!({"name": "conf", "configMap": {"name": "c"}})));
        assert!(changed(|p| p["spec"]["nodeSelector"] = json!({"a": "b"})));
        assert!(changed(|p| p["metadata"]["labels"]["app"] = "other".into()));
    }
}
