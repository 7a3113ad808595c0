//! A StatefulSet whose claims are to be larger: the claims grow, and the set is made anew while its pods stay.
//!
//! The API lets nobody change a claim template, but a claim that exists may grow where its class can let it. So
//! the claims are grown, the set is deleted without its pods, and the new set takes the pods up. Holds what of a
//! change is such a growth, which claims it is about, and why it may be refused; what is sent is the driver's.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::{DesiredObject, Diagnostic, Gvk, ObjectId, Report, Span};
use plimsoll_schema::{Kind, Quantity, canonical, equal, parse_path};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::fields;
use crate::replace::Forced;
use crate::request::{Answer, Patch, Refusal, Request};
use crate::subject::{Stage, Subject};
use crate::survey;
use crate::world::{World, uid_of};

/// Where the templates of claims stand.
const TEMPLATES: &str = "spec.volumeClaimTemplates";

/// A claim of a StatefulSet that grows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grown {
    /// Its name; it is in the namespace of its set.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// The size that it asks for, such as `10Gi`.
    pub from: String,
    /// The size that it is to ask for.
    pub to: String,
}

/// The ordinal of a pod or a claim, from the end of its name: the controller writes it in one way only.
pub(crate) fn ordinal(text: &str) -> Option<i64> {
    let ordinal = text.parse::<u32>().ok()?;
    (ordinal.to_string() == text).then_some(i64::from(ordinal))
}

/// The claims among `there` that a set made with a smaller size than the one that it is to have: `live` is the
/// set as it is, `body` what becomes of it.
pub fn left_behind(set: &ObjectId, live: &Json, body: &Json, there: &[Json]) -> Vec<String> {
    let mut out = Vec::new();
    for new in templates(body) {
        let old = templates(live).iter().find(|old| name(old) == name(new)).and_then(size);
        let (Some(old), Some(to)) = (old, size(new)) else { continue };
        if !less(old, to) {
            continue;
        }
        let prefix = format!("{}-{}-", name(new), set.name);
        let is_its = |claim: &&Json| name(claim).strip_prefix(&prefix).and_then(ordinal).is_some();
        let smaller = |claim: &&Json| size(claim).is_some_and(|size| less(size, to));
        out.extend(there.iter().filter(is_its).filter(smaller).map(|claim| name(claim).to_string()));
    }
    out
}

/// The type of claims.
pub fn claims() -> Gvk {
    Gvk::new("", "v1", "PersistentVolumeClaim")
}

/// The object of a claim of a set.
pub fn claim(set: &ObjectId, name: &str) -> ObjectId {
    ObjectId { gvk: claims(), namespace: set.namespace.clone(), name: name.to_string() }
}

/// The size that a claim asks for.
pub fn size(claim: &Json) -> Option<&str> {
    claim["spec"]["resources"]["requests"]["storage"].as_str()
}

/// The JSON patch that lets a claim grow, if it still is the one that was seen, with the size that was seen.
pub fn patch(grown: &Grown) -> Json {
    let path = "/spec/resources/requests/storage";
    json!([
        {"op": "test", "path": "/metadata/uid", "value": grown.uid},
        {"op": "test", "path": path, "value": grown.from},
        {"op": "replace", "path": path, "value": grown.to},
    ])
}

/// A claim template whose size changes.
#[derive(Debug, Clone, PartialEq)]
struct Template {
    name: String,
    from: String,
    to: String,
    place: Span,
}

/// What of a change of a StatefulSet is about the size of its claims.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Growth {
    /// Whether nothing but sizes keeps the set from being changed in place: its pods stay.
    pub(crate) alone: bool,
    templates: Vec<Template>,
    /// The claims that grow, in the order of their pods.
    pub(crate) claims: Vec<Grown>,
    /// The class of each of them.
    classes: Vec<Option<String>>,
}

/// What the growth of a subject is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The claims of its namespace.
    Claims,
    /// The classes of storage.
    Classes,
    /// The answer to the dry run for the claim at this position.
    Trial(usize),
}

fn classes() -> Gvk {
    Gvk::new("storage.k8s.io", "v1", "StorageClass")
}

/// Whether a size is smaller than another; what is no size is not.
fn less(a: &str, b: &str) -> bool {
    match (Quantity::parse(a), Quantity::parse(b)) {
        (Some(a), Some(b)) => a.less_than(&b),
        _ => false,
    }
}

fn templates(object: &Json) -> &[Json] {
    fields::items_of(Some(&object["spec"]["volumeClaimTemplates"]))
}

fn name(object: &Json) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

impl Growth {
    /// What a change of a set from `live` to `after`, both as the server stores them, does to the size of its
    /// claims; none where that stays.
    pub(crate) fn of(
        want: &DesiredObject,
        kind: &'static Kind,
        live: &Json,
        after: &Json,
        forced: &Forced,
    ) -> Option<Growth> {
        if want.id.gvk.group != "apps" || want.id.gvk.kind != "StatefulSet" {
            return None;
        }
        let live = canonical::canonical(kind, live);
        let mut changed = Vec::new();
        let mut grown = live.clone();
        for (i, new) in templates(after).iter().enumerate() {
            let Some(at) = templates(&live).iter().position(|old| name(old) == name(new)) else { continue };
            let old = templates(&live).get(at).and_then(size);
            let (Some(from), Some(to)) = (old, size(new)) else { continue };
            if !less(from, to) && !less(to, from) {
                continue;
            }
            let path = parse_path(&format!("{TEMPLATES}[{i}].spec.resources.requests.storage"));
            changed.push(Template {
                name: name(new).to_string(),
                from: from.to_string(),
                to: to.to_string(),
                place: fields::written_at(&want.root, &path).unwrap_or(forced.place),
            });
            grown["spec"]["volumeClaimTemplates"][at]["spec"]["resources"]["requests"]["storage"] = to.into();
        }
        let sizes_alone =
            equal(&grown["spec"]["volumeClaimTemplates"], &after["spec"]["volumeClaimTemplates"]);
        let alone = !forced.asked && sizes_alone && forced.paths == [TEMPLATES];
        (!changed.is_empty()).then(|| Growth {
            alone,
            templates: changed,
            claims: Vec::new(),
            classes: Vec::new(),
        })
    }

    /// The refusal of a size that is smaller than it was.
    pub(crate) fn shrinks(&self, want: &DesiredObject) -> Option<Diagnostic> {
        let smaller = self.templates.iter().find(|t| less(&t.to, &t.from))?;
        let error = Diagnostic::error("claim-shrinks", "a claim cannot become smaller")
            .detail(format!(
                "{} ({}): the claims of template {} have {}, and would get {}. Kubernetes lets claims grow only.",
                want.address, want.id, smaller.name, smaller.from, smaller.to
            ))
            .at(smaller.place, "smaller than before")
            .help(format!(
                "size = \"{}\"; smaller claims need a volume of another name, and a move of the data",
                smaller.from
            ));
        Some(error)
    }

    /// The claims that the controller made, or would use, for the pods of a set: those that are smaller.
    fn find(&mut self, set: &ObjectId, there: &[Json]) {
        let mut found = BTreeMap::new();
        for object in there {
            for (i, template) in self.templates.iter().enumerate() {
                let prefix = format!("{}-{}-", template.name, set.name);
                let ordinal = name(object).strip_prefix(&prefix).and_then(ordinal);
                let (Some(ordinal), Some(size), Some(uid)) = (ordinal, size(object), uid_of(object)) else {
                    continue;
                };
                if less(size, &template.to) {
                    found.insert((ordinal, i), (object, size, uid, template.to.clone()));
                }
            }
        }
        for (object, size, uid, to) in found.into_values() {
            self.claims.push(Grown { name: name(object).to_string(), uid, from: size.to_string(), to });
            self.classes.push(object["spec"]["storageClassName"].as_str().map(str::to_string));
        }
    }
}

impl<'a> Subject<'a> {
    /// The first question about a growth; none where no claim can be in its way.
    pub(crate) fn begin_to_grow(&mut self) -> Option<Request> {
        self.growth.as_ref()?;
        self.stage = Stage::Growing(Step::Claims);
        Some(survey::everything(claims(), self.want.id.namespace.as_deref()))
    }

    /// Takes the answer to a question about the growth and gives the next one. When nothing is open, the new
    /// set is tried.
    pub(crate) fn grow(
        &mut self,
        step: Step,
        answer: Answer,
        world: &World<'a>,
        report: &mut Report,
    ) -> Option<Request> {
        let Some(growth) = &mut self.growth else { return self.try_replacement(world, report) };
        match (step, answer) {
            (Step::Claims, Answer::Listed(there)) => {
                if let Some(open) = unbound(growth, &self.want.id, &there) {
                    let error = self.cannot_grow(
                        &open.0,
                        &open.1,
                        "plan again when it is bound, or set the size back",
                    );
                    return self.fail(error, report);
                }
                growth.find(&self.want.id, &there);
                if growth.claims.is_empty() {
                    return self.try_replacement(world, report);
                }
                self.stage = Stage::Growing(Step::Classes);
                Some(survey::everything(classes(), None))
            }
            (Step::Classes, Answer::Listed(there)) => match refused_by_class(growth, &there) {
                Some((claims, why, help)) => {
                    let error = self.cannot_grow(&claims, &why, &help);
                    self.fail(error, report)
                }
                None if world.input.options.probe => self.try_to_grow(0, world, report),
                None => self.try_replacement(world, report),
            },
            // Who may not list the classes learns it from the trial: the server looks at the class itself.
            (Step::Classes, Answer::Failed(_) | Answer::Refused(_)) if world.input.options.probe => {
                self.try_to_grow(0, world, report)
            }
            (Step::Trial(i), Answer::Applied { .. }) => self.try_to_grow(i + 1, world, report),
            (Step::Trial(i), Answer::Refused(Refusal { message, .. })) => {
                let claim = growth.claims.get(i).map(|c| c.name.clone()).unwrap_or_default();
                let why = format!("the cluster refuses it: {}", world.secrets.redact_text(&message));
                let error =
                    self.cannot_grow(&[claim], &why, "set the size back, or see to what the cluster says");
                self.fail(error, report)
            }
            (_, other) => self.unanswered(other, world, report),
        }
    }

    /// The dry run for the claim at a position; when all were tried, the new set is.
    fn try_to_grow(&mut self, i: usize, world: &World<'a>, report: &mut Report) -> Option<Request> {
        let next = self.growth.as_ref().and_then(|g| g.claims.get(i)).map(|grown| Patch {
            id: claim(&self.want.id, &grown.name),
            operations: patch(grown),
            manager: world.manager.clone(),
        });
        match next {
            Some(patch) => {
                self.stage = Stage::Growing(Step::Trial(i));
                Some(Request::Patch(patch))
            }
            None => self.try_replacement(world, report),
        }
    }

    fn cannot_grow(&self, claims: &[String], why: &str, help: &str) -> Diagnostic {
        let place =
            self.growth.as_ref().and_then(|g| g.templates.first()).map_or(self.want.span, |t| t.place);
        let noun = if claims.len() == 1 { "claim" } else { "claims" };
        Diagnostic::error("claim-cannot-grow", "a claim cannot grow")
            .detail(format!(
                "{} ({}): {noun} {}: {why}. Nothing is written.",
                self.want.address,
                self.want.id,
                claims.join(", ")
            ))
            .at(place, "larger than before")
            .help(help)
    }
}

/// Claims that wait for their disk: only one that has it can grow.
fn unbound(growth: &Growth, set: &ObjectId, there: &[Json]) -> Option<(Vec<String>, String)> {
    let waiting: Vec<Json> =
        there.iter().filter(|claim| claim["status"]["phase"] == "Pending").cloned().collect();
    let mut open = growth.clone();
    open.find(set, &waiting);
    let names: Vec<String> = open.claims.into_iter().map(|c| c.name).collect();
    let why = "only a claim that is bound to its disk can grow".to_string();
    (!names.is_empty()).then_some((names, why))
}

/// The claims of the first class that does not let them grow, why, and what to do.
fn refused_by_class(growth: &Growth, there: &[Json]) -> Option<(Vec<String>, String, String)> {
    let named: BTreeSet<Option<&str>> = growth.classes.iter().map(Option::as_deref).collect();
    let class = |name: &str| there.iter().find(|class| class["metadata"]["name"] == name);
    for of in named {
        let (why, help) = match of.filter(|name| !name.is_empty()) {
            None => (
                "it has no storage class, and only a disk that a class made can grow".to_string(),
                "set the size back".to_string(),
            ),
            Some(name) => match class(name) {
                Some(class) if class["allowVolumeExpansion"] == true => continue,
                Some(_) => (
                    format!("its storage class {name} does not allow it (allowVolumeExpansion)"),
                    format!(
                        "where the driver can let disks grow:\nkubectl patch storageclass {name} -p '{{\"allowVolumeExpansion\": true}}'\nelse set the size back"
                    ),
                ),
                None => (
                    format!("its storage class {name} is not there"),
                    format!("make storage class {name} again, or set the size back"),
                ),
            },
        };
        let claims = growth.claims.iter().zip(&growth.classes).filter(|(_, c)| c.as_deref() == of);
        return Some((claims.map(|(claim, _)| claim.name.clone()).collect(), why, help));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinal_is_written_in_one_way() {
        assert_eq!(ordinal("0"), Some(0));
        assert_eq!(ordinal("12"), Some(12));
        for other in ["00", "012", "+1", "-1", "1-0", "x", ""] {
            assert_eq!(ordinal(other), None, "{other}");
        }
    }

    #[test]
    fn claims_that_came_since_are_left_behind_where_their_template_grows() {
        let set = |size: &str| {
            json!({"spec": {"volumeClaimTemplates": [
                {"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": size}}}},
                {"metadata": {"name": "log"}, "spec": {"resources": {"requests": {"storage": "5Gi"}}}}]}})
        };
        let there: Vec<Json> = ["data-db-0", "data-db-00", "data-db-x-0", "log-db-0"]
            .into_iter()
            .map(|name| {
                json!({"metadata": {"name": name}, "spec": {"resources": {"requests": {"storage": "1Gi"}}}})
            })
            .collect();
        let id = ObjectId {
            gvk: Gvk::new("apps", "v1", "StatefulSet"),
            namespace: Some("shop".into()),
            name: "db".into(),
        };
        assert_eq!(left_behind(&id, &set("1Gi"), &set("2Gi"), &there), ["data-db-0"]);
        assert!(left_behind(&id, &set("2Gi"), &set("2Gi"), &there).is_empty());
    }
}
