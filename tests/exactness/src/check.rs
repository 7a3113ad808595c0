//! The judge: what is compared after each step. Every check gives what is wrong, in a text each.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use plimsoll_driver::{Cluster, Offline};
use plimsoll_model::{Address, EdgeKind, ObjectId};
use plimsoll_plan::{Action, Operation, Plan};
use plimsoll_tests::planned::{Planned, differences};
use plimsoll_tests::promises::{broken_by, forget_what_moves};
use serde_json::{Value as Json, json};

use crate::fields;
use crate::outside::{OTHER, OURS, PERSON};
use crate::place::Place;
use crate::record::Sent;
use crate::snapshot::{Snapshot, name_of};

/// One step, as far as it is judged.
pub struct Step<'s> {
    /// Where it ran.
    pub place: &'s Place,
    /// What was planned.
    pub plan: &'s Plan,
    /// The same, as it is shown.
    pub planned: &'s Planned,
    /// What there was before.
    pub before: &'s Snapshot,
    /// What there is after.
    pub after: &'s Snapshot,
    /// What was sent in between.
    pub sent: &'s [Sent],
    /// The configuration.
    pub offline: &'s Offline,
    /// The configuration before.
    pub previous: Option<&'s Offline>,
}

impl Step<'_> {
    /// All checks.
    pub async fn judge(&self) -> Result<Vec<String>, String> {
        let mut out = self.came_true();
        out.extend(self.shown_as_it_was());
        out.extend(self.told_in_full());
        out.extend(self.kept());
        out.extend(self.kept_of_others());
        out.extend(self.writes().await?);
        out.extend(self.order().await?);
        out.extend(self.secrets());
        out.extend(self.begun());
        out.extend(self.state()?);
        let others = self.plan.unrecorded_deletes.iter();
        out.extend(others.map(|o| format!("the plan takes {} for ours", o.id)));
        Ok(out)
    }

    /// An autoscaled app that is made begins with the number that the configuration says.
    fn begun(&self) -> Vec<String> {
        let made = |address: &Address| {
            self.plan.operations.iter().any(|o| o.address == *address && o.action == Action::Create)
        };
        let scaled = self.offline.desired.iter().flat_map(|d| &d.objects).filter(|o| made(&o.address));
        let wrong = scaled.filter_map(|object| {
            let first = object.first_replicas?;
            let live = &self.after.0.get(&named(&object.id))?["spec"]["replicas"];
            (*live != first).then(|| format!("{} begins with {live} replicas, not {first}", object.address))
        });
        wrong.collect()
    }

    /// Each object that the plan showed is the one that is there.
    fn came_true(&self) -> Vec<String> {
        let mut out = Vec::new();
        for mut change in self.planned.changes().into_iter().filter(|c| c.action != "forget") {
            let object = if change.action == "delete" { &change.before } else { &change.after };
            let mut live = self.after.0.get(&name_of(object)).cloned();
            if self.place.real {
                // Its controllers bind it as soon as it is there.
                [Some(&mut change.after), live.as_mut()].into_iter().flatten().for_each(forget_binding);
            }
            out.extend(broken_by(&change, live).map(|what| format!("{} {what}", change.address)));
        }
        out
    }

    /// What the plan showed as the object before is what was there.
    fn shown_as_it_was(&self) -> Vec<String> {
        let mut out = Vec::new();
        for entry in self.planned.entries().iter().filter(|e| !e.before.is_null()) {
            let Some(live) = self.before.0.get(&name_of(&entry.before)) else {
                out.push(format!("{} was not there, and the plan showed it", entry.address));
                continue;
            };
            let (mut shown, mut live) = (entry.before.clone(), live.clone());
            for tree in [&mut shown, &mut live] {
                forget_what_moves(tree);
                if self.place.real {
                    // Its controllers may have bound it after we looked, and before the plan did.
                    forget_binding(tree);
                }
            }
            let sensitive = sensitive_before(&self.planned.0, &entry.address);
            let different = differences(&shown, &live, [&sensitive, &Json::Null]);
            if !different.is_empty() {
                out.push(format!(
                    "{} was shown otherwise than it was:\n{}",
                    entry.address,
                    different.join("\n")
                ));
            }
        }
        out
    }

    /// Every difference between before and after is in the list of changes.
    fn told_in_full(&self) -> Vec<String> {
        let mut out = Vec::new();
        for op in self.plan.operations.iter().filter(|o| o.action == Action::Update) {
            let (mut before, mut after) = (op.before.value(), op.after.value());
            for tree in [&mut before, &mut after] {
                forget_what_moves(tree);
            }
            let silent = [&op.after_unknown, &op.after_sensitive];
            for difference in differences(&before, &after, silent) {
                let path = difference.split(": planned").next().unwrap_or_default();
                let told = op.changes.iter().any(|c| related(path, &c.steps));
                if !told {
                    out.push(format!("{}: a change is not told: {difference}", op.address));
                }
            }
        }
        out
    }

    /// Whatever the plan does not change is as it was.
    fn kept(&self) -> Vec<String> {
        let changed: BTreeSet<String> =
            self.plan.operations.iter().filter(|o| writes(o) > 0).map(|o| named(&o.id)).collect();
        let mut out = Vec::new();
        let names: BTreeSet<&String> = self.before.0.keys().chain(self.after.0.keys()).collect();
        for name in names.into_iter().filter(|name| !changed.contains(*name)) {
            match (self.before.0.get(name), self.after.0.get(name)) {
                (Some(before), Some(after)) => {
                    let (a, b) = (settled(before), settled(after));
                    let different = differences(&a, &b, [&Json::Null, &Json::Null]);
                    if !different.is_empty() && !is_made_by_controllers(before) {
                        out.push(format!("{name} was touched:\n{}", different.join("\n")));
                    }
                }
                (Some(before), None)
                    if !is_made_by_controllers(before) && !self.goes_along(before, &changed) =>
                {
                    out.push(format!("{name} went, and the plan did not say so"));
                }
                (None, Some(after)) if !is_made_by_controllers(after) => {
                    out.push(format!("{name} came, and the plan did not say so"));
                }
                _ => {}
            }
        }
        out
    }

    /// Whether an object is in a namespace, or of a type, that goes.
    fn goes_along(&self, object: &Json, changed: &BTreeSet<String>) -> bool {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
        changed.contains(&format!("Namespace /{namespace}"))
    }

    /// Fields that others hold, and we do not, have the values that they had.
    fn kept_of_others(&self) -> Vec<String> {
        let mut out = Vec::new();
        for (name, before) in &self.before.0 {
            let Some(after) = self.after.0.get(name) else { continue };
            if before["metadata"]["uid"] != after["metadata"]["uid"] {
                continue;
            }
            let theirs = |e: &Json| fields::is_of(e, OTHER) || fields::is_of(e, PERSON);
            let ours: Vec<_> = [before, after]
                .into_iter()
                .flat_map(|o| fields::held(o, |e| fields::is_of(e, OURS)))
                .collect();
            for field in fields::held(before, theirs) {
                let shared = ours.iter().any(|f| f.path == field.path);
                let now = fields::find(after, &field.path);
                if !shared && now != Some(&field.value) {
                    out.push(format!(
                        "{name}: {} belongs to somebody else, was {} and is {}",
                        field.pointer,
                        field.value,
                        now.unwrap_or(&Json::Null)
                    ));
                }
            }
        }
        out
    }

    /// What was sent is what was planned, once each, and nothing else; every write names the object that it is meant for.
    async fn writes(&self) -> Result<Vec<String>, String> {
        let mut planned: BTreeMap<String, i64> = BTreeMap::new();
        for op in &self.plan.operations {
            let path = self.path(&op.id).await?;
            let patches = match op.action {
                Action::Create | Action::Update | Action::Replace | Action::Release => 1,
                _ => 0,
            } + i64::from(op.replicas.is_some())
                // A set that is made anew around its pods has the autoscaler's number first, and then gives it up.
                + i64::from(op.keeps_pods && op.replicas.is_some());
            for grown in &op.grows {
                let claim = self.path(&plimsoll_plan::growth::claim(&op.id, &grown.name)).await?;
                *planned.entry(format!("PATCH {claim}")).or_default() += 1;
            }
            let deletes = i64::from(matches!(op.action, Action::Delete | Action::Replace));
            for (method, count) in [("PATCH", patches), ("DELETE", deletes)] {
                if count > 0 {
                    *planned.entry(format!("{method} {path}")).or_default() += count;
                }
            }
        }
        let mut sent: BTreeMap<String, i64> = BTreeMap::new();
        // What was refused because somebody wrote in between is looked at, and sent again; what a definition that was
        // just made does not serve yet is sent again, too.
        let is_new = |s: &Sent| self.place.real && s.method == Method::PATCH && s.status == 404;
        let again = |s: &Sent| s.status == 409 || is_new(s);
        let unguarded = self.sent.iter().filter(|s| s.writes() && !s.is_guarded);
        let mut out: Vec<String> =
            unguarded.map(|s| format!("{} {} names neither uid nor version", s.method, s.path)).collect();
        for request in self.sent.iter().filter(|s| s.writes() && !again(s)) {
            *sent.entry(format!("{} {}", request.method, request.path)).or_default() += 1;
        }
        for key in planned.keys().chain(sent.keys().filter(|k| !planned.contains_key(*k))) {
            let (p, s) = (planned.get(key).unwrap_or(&0), sent.get(key).unwrap_or(&0));
            if p != s {
                out.push(format!("{key}: planned {p} times, sent {s} times"));
            }
        }
        Ok(out)
    }

    /// Nothing is made before what it needs is made, and nothing is deleted before what needs it.
    async fn order(&self) -> Result<Vec<String>, String> {
        let mut moments: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for request in self.sent.iter().filter(|s| s.writes() && s.status < 300) {
            moments.insert(format!("{} {}", request.method, request.path), (request.begun, request.ended));
        }
        let mut out = Vec::new();
        let made = |o: &&Operation| matches!(o.action, Action::Create | Action::Replace);
        let gone = |o: &&Operation| o.action == Action::Delete;
        let now = self.offline.desired.iter().flat_map(|d| &d.edges);
        let then = self.previous.iter().flat_map(|o| o.desired.iter()).flat_map(|d| &d.edges);
        for (edges, method) in [(now.collect::<Vec<_>>(), "PATCH"), (then.collect(), "DELETE")] {
            for edge in edges.into_iter().filter(|e| e.kind >= EdgeKind::Applied) {
                for (from, to) in self.pairs(&edge.from, &edge.to) {
                    let counts = match method {
                        "PATCH" => made(&from) && made(&to),
                        _ => gone(&from) && gone(&to),
                    };
                    let (first, second) = if method == "PATCH" { (to, from) } else { (from, to) };
                    let of = [self.path(&first.id).await?, self.path(&second.id).await?];
                    let at = of.map(|path| moments.get(&format!("{method} {path}")).copied());
                    if let (true, [Some((_, ended)), Some((begun, _))]) = (counts, at)
                        && begun < ended
                    {
                        out.push(format!(
                            "{method} of {} began before that of {} ended",
                            second.address, first.address
                        ));
                    }
                }
            }
        }
        Ok(out)
    }

    fn pairs(&self, from: &Address, to: &Address) -> Vec<(&Operation, &Operation)> {
        let of = |address: &Address| {
            self.plan.operations.iter().filter(|o| o.address == *address).collect::<Vec<_>>()
        };
        let (from, to) = (of(from), of(to));
        from.iter().flat_map(|f| to.iter().map(|t| (*f, *t))).collect()
    }

    /// What the configuration says of secrets, which no plan shows, is in the cluster.
    fn secrets(&self) -> Vec<String> {
        let mut out = Vec::new();
        for object in
            self.offline.desired.iter().flat_map(|d| &d.objects).filter(|o| o.id.gvk.kind == "Secret")
        {
            let Some(live) = self.after.0.get(&named(&object.id)) else { continue };
            let root = object.root.to_json();
            for (key, value) in root["stringData"].as_object().into_iter().flatten() {
                let encoded = live["data"][key].as_str().unwrap_or_default();
                if value.as_str().map(base64) != Some(encoded.to_string()) {
                    out.push(format!("{}: {key} is not what the configuration says", object.address));
                }
            }
            let extra = live["data"].as_object().into_iter().flatten().filter(|(k, _)| {
                root["stringData"].get(k.as_str()).is_none() && root["data"].get(k.as_str()).is_none()
            });
            out.extend(extra.map(|(k, _)| format!("{}: {k} is still there", object.address)));
        }
        out
    }

    /// The state knows every object that is declared, with its uid, and nothing else.
    fn state(&self) -> Result<Vec<String>, String> {
        let Some(reading) = self.place.store.read().map_err(|e| e.to_string())? else {
            return Ok(if self.plan.has_changes() { vec!["there is no state".into()] } else { Vec::new() });
        };
        let mut out = Vec::new();
        if reading.journal.is_some() || !reading.state.unresolved.is_empty() {
            out.push("the state has something left open".into());
        }
        let declared: BTreeMap<_, _> = self
            .offline
            .desired
            .iter()
            .flat_map(|d| &d.objects)
            .map(|o| (o.address.clone(), &o.id))
            .collect();
        for (address, resource) in &reading.state.resources {
            let Some(id) = declared.get(address) else {
                out.push(format!("the state knows {address}, which is not declared"));
                continue;
            };
            let live = self.after.0.get(&named(id));
            if live.is_some_and(|l| l["metadata"]["uid"] != resource.uid.as_str()) {
                out.push(format!("the state knows {address} by another uid"));
            }
        }
        let missing = declared.keys().filter(|a| !reading.state.resources.contains_key(*a));
        out.extend(missing.map(|a| format!("the state does not know {a}")));
        Ok(out)
    }

    async fn path(&self, id: &ObjectId) -> Result<String, String> {
        path(self.place, id).await
    }
}

/// The path of an object.
pub(crate) async fn path(place: &Place, id: &ObjectId) -> Result<String, String> {
    let known = place.cluster.resource(&id.gvk).await.map_err(|e| e.to_string())?;
    // A type that goes with this very plan.
    let plural = known.map_or_else(|| format!("{}s", id.gvk.kind.to_lowercase()), |r| r.plural);
    let root = if id.gvk.group.is_empty() { "/api".to_string() } else { format!("/apis/{}", id.gvk.group) };
    let namespace = id.namespace.as_ref().map(|n| format!("/namespaces/{n}")).unwrap_or_default();
    Ok(format!("{root}/{}{namespace}/{plural}/{}", id.gvk.version, id.name))
}

/// How many writes an operation is.
fn writes(op: &Operation) -> usize {
    usize::from(!matches!(op.action, Action::None | Action::Forget)) + usize::from(op.replicas.is_some())
}

/// How [`name_of`] calls an object.
pub fn named(id: &ObjectId) -> String {
    format!("{} {}/{}", id.gvk.kind, id.namespace.as_deref().unwrap_or_default(), id.name)
}

/// An object without what its controllers write at any time.
fn settled(object: &Json) -> Json {
    let mut object = object.clone();
    let fields = object["metadata"]["managedFields"].clone();
    let uid = object["metadata"]["uid"].clone();
    forget_what_moves(&mut object);
    let kept = fields.as_array().into_iter().flatten().filter(|entry| {
        let manager = entry["manager"].as_str().unwrap_or_default();
        entry["subresource"].is_null() && !manager.starts_with("kube-")
    });
    object["metadata"]["managedFields"] = Json::Array(kept.cloned().collect());
    object["metadata"]["uid"] = uid;
    forget_annotations(&mut object, |key| key.contains("kubernetes.io/"));
    forget_binding(&mut object);
    object
}

fn forget_annotations(object: &mut Json, which: impl Fn(&str) -> bool) {
    if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
        annotations.retain(|key, _| !which(key));
        if annotations.is_empty() {
            object["metadata"]["annotations"] = Json::Null;
        }
    }
}

/// Takes away what binds claims and volumes to each other.
fn forget_binding(object: &mut Json) {
    if object["kind"] != "PersistentVolume" && object["kind"] != "PersistentVolumeClaim" {
        return;
    }
    let words = ["pv.kubernetes.io/", "volume.kubernetes.io/", "volume.beta.kubernetes.io/"];
    forget_annotations(object, |key| words.iter().any(|word| key.starts_with(word)));
    if let Some(spec) = object["spec"].as_object_mut() {
        spec.retain(|key, _| key != "volumeName" && key != "claimRef");
    }
}

/// Whether a controller makes such objects, and deletes them.
fn is_made_by_controllers(object: &Json) -> bool {
    let metadata = &object["metadata"];
    let name = metadata["name"].as_str().unwrap_or_default();
    let owned = metadata["ownerReferences"].as_array().is_some_and(|o| !o.is_empty());
    let applied = appliers(object);
    owned
        || matches!(name, "kube-root-ca.crt" | "default")
        || name.starts_with("pvc-")
        || (object["kind"] == "PersistentVolumeClaim" && !applied.contains(OURS))
}

/// Who applied an object: a claim that we let grow is still its controller's.
fn appliers(object: &Json) -> BTreeSet<String> {
    let entries = object["metadata"]["managedFields"].as_array().into_iter().flatten();
    let entries = entries.filter(|e| e["operation"] == "Apply");
    entries.filter_map(|e| e["manager"].as_str().map(str::to_string)).collect()
}

/// The marks of what is sensitive in an object before.
fn sensitive_before(planned: &Json, address: &str) -> Json {
    let all = planned["resource_changes"].as_array().into_iter().flatten();
    let mut of = all.filter(|c| c["address"] == address);
    of.next().map_or_else(|| json!({}), |c| c["change"]["before_sensitive"].clone())
}

/// Whether a path such as `.spec.ports[0].name` lies at, above or below the steps of a change. Items
/// of lists are taken for each other: they are told by key there, and by position here.
fn related(path: &str, steps: &[String]) -> bool {
    let steps: Vec<&str> = steps.iter().map(|s| if s.starts_with('[') { "[]" } else { s.as_str() }).collect();
    let mut rest = path;
    for (i, step) in steps.iter().enumerate() {
        if rest.is_empty() {
            return true;
        }
        if *step == "[]" {
            // A list that is shown as a whole has no items here.
            let Some(after) = rest.strip_prefix('[').and_then(|r| r.split_once(']')) else { return i > 0 };
            rest = after.1;
        } else {
            let Some(after) = rest.strip_prefix('.').and_then(|r| r.strip_prefix(step)) else { return false };
            rest = after;
        }
    }
    true
}

/// Base64, as data of secrets is written.
fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, b| (bits << 8) | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let letter = LETTERS[((bits >> (18 - 6 * i)) & 63) as usize];
            out.push(if i <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}
