//! The fields that the cluster assigns: what a dry run says of them is no promise.
//!
//! One list; nothing else may be called "assigned by the cluster", and nothing but leaves that the
//! configuration itself cannot know may be called "known after apply".

use plimsoll_schema::field_set::FieldSet;
use plimsoll_schema::{Path, PathElement};
use serde_json::Value as Json;

use crate::fields;

/// A field that the cluster assigns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assigned {
    /// The kind; empty for every kind.
    pub kind: &'static str,
    /// The steps from the root; `[]` stands for every item of a list.
    pub path: &'static [&'static str],
    /// When it is assigned.
    pub when: When,
}

/// When the cluster assigns a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// When the object is made.
    Create,
    /// With every change.
    Change,
    /// When the object is made or changed and the field gets a value that it did not have.
    NewValue,
}

const fn field(kind: &'static str, path: &'static [&'static str], when: When) -> Assigned {
    Assigned { kind, path, when }
}

/// Every field that may be "assigned by the cluster".
pub const ASSIGNED: &[Assigned] = &[
    field("", &["metadata", "creationTimestamp"], When::Create),
    field("", &["metadata", "generation"], When::Change),
    field("", &["metadata", "resourceVersion"], When::Change),
    field("", &["metadata", "uid"], When::Create),
    field(
        "DaemonSet",
        &["metadata", "annotations", "deprecated.daemonset.template.generation"],
        When::Change,
    ),
    field("Deployment", &["metadata", "annotations", "deployment.kubernetes.io/revision"], When::Change),
    field("Job", &["spec", "selector"], When::Create),
    field(
        "Job",
        &["spec", "template", "metadata", "labels", "batch.kubernetes.io/controller-uid"],
        When::Create,
    ),
    field("Job", &["spec", "template", "metadata", "labels", "batch.kubernetes.io/job-name"], When::Create),
    field("Job", &["spec", "template", "metadata", "labels", "controller-uid"], When::Create),
    field("Job", &["spec", "template", "metadata", "labels", "job-name"], When::Create),
    field(
        "PersistentVolumeClaim",
        &["metadata", "annotations", "pv.kubernetes.io/bind-completed"],
        When::Create,
    ),
    field(
        "PersistentVolumeClaim",
        &["metadata", "annotations", "pv.kubernetes.io/bound-by-controller"],
        When::Create,
    ),
    field(
        "PersistentVolumeClaim",
        &["metadata", "annotations", "volume.beta.kubernetes.io/storage-provisioner"],
        When::Create,
    ),
    field(
        "PersistentVolumeClaim",
        &["metadata", "annotations", "volume.kubernetes.io/selected-node"],
        When::Create,
    ),
    field(
        "PersistentVolumeClaim",
        &["metadata", "annotations", "volume.kubernetes.io/storage-provisioner"],
        When::Create,
    ),
    field("PersistentVolumeClaim", &["spec", "volumeName"], When::Create),
    field(
        "PersistentVolume",
        &["metadata", "annotations", "pv.kubernetes.io/bound-by-controller"],
        When::Create,
    ),
    field("PersistentVolume", &["spec", "claimRef"], When::Create),
    field("Service", &["spec", "clusterIP"], When::NewValue),
    field("Service", &["spec", "clusterIPs"], When::NewValue),
    field("Service", &["spec", "healthCheckNodePort"], When::NewValue),
    field("Service", &["spec", "ports", "[]", "nodePort"], When::NewValue),
];

/// Fields that a server fills in from its own configuration: assigned where no dry run told them.
pub const ASSIGNED_WHEN_PREDICTED: &[Assigned] = &[
    field("PersistentVolumeClaim", &["metadata", "finalizers"], When::Create),
    field("PersistentVolumeClaim", &["spec", "storageClassName"], When::Create),
    field("PersistentVolume", &["metadata", "finalizers"], When::Create),
    field("Service", &["spec", "ipFamilies"], When::NewValue),
    field("Service", &["spec", "ipFamilyPolicy"], When::NewValue),
];

/// Whether a path of a kind is in the lists, for whatever reason.
pub fn is_listed(kind: &str, path: &Path) -> bool {
    ASSIGNED.iter().chain(ASSIGNED_WHEN_PREDICTED).any(|a| a.is_of(kind) && a.fits(path))
}

impl Assigned {
    fn is_of(&self, kind: &str) -> bool {
        self.kind.is_empty() || self.kind == kind
    }

    /// Whether `path` is this field or stands below it.
    fn fits(&self, path: &Path) -> bool {
        path.0.len() >= self.path.len()
            && self.path.iter().zip(&path.0).all(|(wanted, step)| match step {
                PathElement::Field(name) => name == wanted,
                _ => *wanted == "[]",
            })
    }
}

/// The fields of an object after a change that the cluster assigns, in the shape of the object.
///
/// `before` is the object as it is (none: it is made), `ours` what the configuration sets.
pub(crate) fn marks(
    kind: &str,
    before: Option<&Json>,
    after: &Json,
    ours: &FieldSet,
    predicted: bool,
) -> Json {
    let mut marks = Json::Object(serde_json::Map::new());
    let more = if predicted { ASSIGNED_WHEN_PREDICTED } else { &[] };
    for assigned in ASSIGNED.iter().chain(more).filter(|a| a.is_of(kind)) {
        let steps = assigned.path;
        mark(assigned, steps, &mut Vec::new(), before, before, Some(after), ours, predicted, &mut marks);
    }
    marks
}

#[expect(clippy::too_many_arguments, reason = "a recursion over three trees at once")]
fn mark(
    assigned: &Assigned,
    steps: &[&str],
    path: &mut Vec<PathElement>,
    root: Option<&Json>,
    before: Option<&Json>,
    after: Option<&Json>,
    ours: &FieldSet,
    predicted: bool,
    marks: &mut Json,
) {
    let Some((first, rest)) = steps.split_first() else {
        let held = !path.is_empty() && fields::covers(ours, &Path(path.clone()));
        let known = match assigned.when {
            When::Create => root.is_some(),
            When::Change => false,
            // A value that was there stays; one that is not to be there is not assigned.
            When::NewValue => match (before, after) {
                (Some(b), Some(a)) => plimsoll_schema::equal(b, a) || is_none_word(a),
                (_, Some(a)) => is_none_word(a),
                (Some(_), None) => true,
                (None, None) => root.is_some() || !predicted,
            },
        };
        if !held && !known {
            *marks = Json::Bool(true);
        }
        return;
    };
    if *first == "[]" {
        let items = after.and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        let mut inner: Vec<Json> = Vec::new();
        for (i, item) in items.iter().enumerate() {
            // Ports are told apart by their number and protocol; a moved one is a new one.
            let same = |b: &&Json| b["port"] == item["port"] && b["protocol"] == item["protocol"];
            let old = before.and_then(Json::as_array).and_then(|list| list.iter().find(same));
            let mut m = Json::Object(serde_json::Map::new());
            path.push(key_of_port(item).unwrap_or(PathElement::Index(i)));
            mark(assigned, rest, path, root, old, Some(item), ours, predicted, &mut m);
            path.pop();
            inner.push(m);
        }
        if inner.iter().any(|m| m.as_object().is_none_or(|o| !o.is_empty())) {
            *marks = Json::Array(inner);
        }
        return;
    }
    path.push(PathElement::field(*first));
    let mut inner = marks.get(*first).cloned().unwrap_or_else(|| Json::Object(serde_json::Map::new()));
    let down = |v: Option<&'_ Json>| v.and_then(|v| v.get(*first)).cloned();
    let (b, a) = (down(before), down(after));
    mark(assigned, rest, path, root, b.as_ref(), a.as_ref(), ours, predicted, &mut inner);
    path.pop();
    let empty = inner.as_object().is_some_and(serde_json::Map::is_empty);
    if let (false, Some(map)) = (empty, marks.as_object_mut()) {
        map.insert((*first).to_string(), inner);
    }
}

/// `None` is what a headless Service has for an address: it is declared, never assigned.
fn is_none_word(value: &Json) -> bool {
    value == "None" || value == &serde_json::json!(["None"])
}

fn key_of_port(item: &Json) -> Option<PathElement> {
    let protocol = item.get("protocol").cloned().unwrap_or_else(|| "TCP".into());
    Some(PathElement::Key(vec![("port".into(), item.get("port")?.clone()), ("protocol".into(), protocol)]))
}

/// Whether the marks say `true` at a path (or above it).
pub(crate) fn is_marked(marks: &Json, object: &Json, path: &Path) -> bool {
    let (mut at, mut value) = (Some(marks), Some(object));
    for element in &path.0 {
        if at == Some(&Json::Bool(true)) {
            return true;
        }
        let here = Path(vec![element.clone()]);
        let next = value.and_then(|v| plimsoll_schema::get(v, &here));
        at = match element {
            PathElement::Field(name) => at.and_then(|m| m.get(name)),
            PathElement::Index(i) => at.and_then(|m| m.get(i)),
            _ => {
                let items = value.and_then(Json::as_array);
                let position = items.and_then(|list| list.iter().position(|i| Some(i) == next));
                position.and_then(|p| at.and_then(|m| m.get(p)))
            }
        };
        value = next;
    }
    at == Some(&Json::Bool(true))
}

/// Nulls what is marked, in the object that is shown; a field that is not there stays away.
pub(crate) fn hide(object: &mut Json, marks: &Json) {
    match (object, marks) {
        (Json::Object(map), Json::Object(marks)) => {
            for (name, mark) in marks {
                if mark == &Json::Bool(true) {
                    map.remove(name);
                } else if let Some(value) = map.get_mut(name) {
                    hide(value, mark);
                }
            }
        }
        (Json::Array(items), Json::Array(marks)) => {
            for (item, mark) in items.iter_mut().zip(marks) {
                if mark == &Json::Bool(true) { *item = Json::Null } else { hide(item, mark) }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_new_service_gets_its_address_and_node_port_from_the_cluster() {
        let after = json!({"metadata": {"uid": "x"}, "spec": {"clusterIP": "10.96.0.0", "ports": [{"port": 80, "nodePort": 32769}]}});
        let marks = marks("Service", None, &after, &FieldSet::new(), false);
        assert_eq!(marks["spec"]["clusterIP"], true);
        assert_eq!(marks["spec"]["ports"][0]["nodePort"], true);
        assert_eq!(marks["metadata"]["uid"], true);
        assert!(is_marked(&marks, &after, &Path::fields(["spec", "clusterIP"])));
        let mut shown = after;
        hide(&mut shown, &marks);
        assert_eq!(shown, json!({"metadata": {}, "spec": {"ports": [{"port": 80}]}}));
    }

    #[test]
    fn what_a_service_has_it_keeps() {
        let before = json!({"spec": {"clusterIP": "10.96.0.7", "ports": [{"port": 80, "protocol": "TCP", "nodePort": 30001}]}});
        let after = json!({"spec": {"clusterIP": "10.96.0.7", "ports": [
            {"port": 80, "protocol": "TCP", "nodePort": 30001}, {"port": 81, "protocol": "TCP", "nodePort": 32769}]}});
        let marks = marks("Service", Some(&before), &after, &FieldSet::new(), false);
        assert_eq!(marks["spec"], json!({"ports": [{}, {"nodePort": true}]}));
        assert_eq!(marks["metadata"], json!({"generation": true, "resourceVersion": true}));
    }

    #[test]
    fn a_headless_service_has_no_address_to_assign() {
        let after = json!({"spec": {"clusterIP": "None", "clusterIPs": ["None"], "ports": []}});
        let marks = marks("Service", None, &after, &FieldSet::new(), false);
        assert_eq!(marks["spec"].get("clusterIP"), None);
        assert_eq!(marks["spec"].get("clusterIPs"), None);
    }

    #[test]
    fn a_node_port_that_the_configuration_sets_is_not_assigned() {
        let after = json!({"spec": {"ports": [{"port": 80, "protocol": "TCP", "nodePort": 30080}]}});
        let path = Path(vec![
            PathElement::field("spec"),
            PathElement::field("ports"),
            PathElement::Key(vec![("port".into(), json!(80)), ("protocol".into(), json!("TCP"))]),
            PathElement::field("nodePort"),
        ]);
        let marks = marks("Service", None, &after, &FieldSet::from_paths([path.clone()]), false);
        assert_eq!(marks["spec"].get("ports"), None);
        assert!(is_listed("Service", &path) && !is_listed("Deployment", &path));
    }
}
