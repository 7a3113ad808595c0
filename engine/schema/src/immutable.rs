//! Fields that cannot be changed once an object exists.
//!
//! A table of the API server's own rules, so that a plan can name such a change before anything is sent. It
//! is not complete (admission and custom resources have rules of their own): the server's 422 is the judge.

use plimsoll_model::Gvk;

use crate::{Json, Path, PathElement, equal, get, kind};

/// A change that the API server would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Immutable {
    /// The field.
    pub path: Path,
    /// The rule that forbids the change.
    pub rule: &'static str,
}

/// Changes from `old` to `new` that cannot be made to an existing object of that kind. Both are whole
/// objects in the form that the server stores; a field that one of them lacks counts as removed or added.
pub fn changes(gvk: &Gvk, old: &Json, new: &Json) -> Vec<Immutable> {
    let (old, new) = (stored(gvk, old), stored(gvk, new));
    let mut found = Vec::new();
    for rule in RULES.iter().filter(|r| r.group == gvk.group && r.kind == gvk.kind) {
        rule.find(&old, &new, &mut found);
    }
    found.sort_by(|a: &Immutable, b| a.path.cmp(&b.path));
    found.dedup_by(|a, b| a.path == b.path);
    found
}

fn stored(gvk: &Gvk, object: &Json) -> Json {
    kind(gvk).map_or_else(|| object.clone(), |kind| crate::canonical::canonical(kind, object))
}

struct Rule {
    group: &'static str,
    kind: &'static str,
    what: What,
    text: &'static str,
}

enum What {
    /// These fields, dots between names.
    Fields(&'static [&'static str]),
    /// These fields, once they are set.
    OnceSet(&'static [&'static str]),
    /// Everything below the first but the others.
    AllBut(&'static str, &'static [&'static str]),
    /// A ConfigMap or Secret that is marked immutable.
    Data,
    /// What only fits some changes of a value.
    Special(fn(&Json, &Json) -> Option<&'static str>),
}

const fn rule(group: &'static str, kind: &'static str, text: &'static str, what: What) -> Rule {
    Rule { group, kind, what, text }
}

const FIELD: &str = "field is immutable";

static RULES: &[Rule] = &[
    rule("apps", "Deployment", FIELD, What::Fields(&["spec.selector"])),
    rule("apps", "ReplicaSet", FIELD, What::Fields(&["spec.selector"])),
    rule("apps", "DaemonSet", FIELD, What::Fields(&["spec.selector"])),
    rule(
        "apps",
        "StatefulSet",
        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', \
         'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        What::AllBut(
            "spec",
            &[
                "replicas",
                "ordinals",
                "template",
                "updateStrategy",
                "revisionHistoryLimit",
                "persistentVolumeClaimRetentionPolicy",
                "minReadySeconds",
            ],
        ),
    ),
    rule(
        "batch",
        "Job",
        FIELD,
        What::Fields(&[
            "spec.selector",
            "spec.template",
            "spec.completionMode",
            "spec.podFailurePolicy",
            "spec.backoffLimitPerIndex",
            "spec.managedBy",
            "spec.successPolicy",
        ]),
    ),
    rule("batch", "Job", FIELD, What::Special(completions)),
    rule("", "Service", "may not change once set", What::Special(cluster_ip)),
    rule("", "Service", "may not change once set", What::OnceSet(&["spec.loadBalancerClass"])),
    rule(
        "",
        "PersistentVolumeClaim",
        "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
        What::AllBut("spec", &["resources", "volumeAttributesClassName"]),
    ),
    rule("", "PersistentVolumeClaim", "field can not be less than previous value", What::Special(shrinks)),
    rule(
        "",
        "PersistentVolume",
        "spec.persistentvolumesource is immutable after creation",
        What::AllBut(
            "spec",
            &[
                "capacity",
                "accessModes",
                "persistentVolumeReclaimPolicy",
                "storageClassName",
                "mountOptions",
                "claimRef",
                "volumeAttributesClassName",
                "nodeAffinity",
            ],
        ),
    ),
    rule("", "Secret", FIELD, What::Fields(&["type"])),
    rule("", "Secret", "field is immutable when `immutable` is set", What::Data),
    rule("", "ConfigMap", "field is immutable when `immutable` is set", What::Data),
    rule(
        "",
        "Pod",
        "pod updates may not change fields other than images, activeDeadlineSeconds, tolerations",
        What::AllBut(
            "spec",
            &[
                "containers",
                "initContainers",
                "activeDeadlineSeconds",
                "terminationGracePeriodSeconds",
                "tolerations",
                "schedulingGates",
                "nodeSelector",
                "affinity",
            ],
        ),
    ),
    rule(
        "storage.k8s.io",
        "StorageClass",
        "updates to parameters are forbidden",
        What::Fields(&["parameters"]),
    ),
    rule(
        "storage.k8s.io",
        "StorageClass",
        "updates to provisioner are forbidden",
        What::Fields(&["provisioner"]),
    ),
    rule("storage.k8s.io", "StorageClass", FIELD, What::Fields(&["reclaimPolicy", "volumeBindingMode"])),
    rule("rbac.authorization.k8s.io", "RoleBinding", "cannot change roleRef", What::Fields(&["roleRef"])),
    rule(
        "rbac.authorization.k8s.io",
        "ClusterRoleBinding",
        "cannot change roleRef",
        What::Fields(&["roleRef"]),
    ),
    rule("networking.k8s.io", "IngressClass", FIELD, What::Fields(&["spec.controller"])),
    rule(
        "scheduling.k8s.io",
        "PriorityClass",
        "may not be changed in an update",
        What::Fields(&["value", "preemptionPolicy"]),
    ),
    rule(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        FIELD,
        What::Fields(&["spec.scope", "spec.group", "spec.names.kind", "spec.names.plural"]),
    ),
];

impl Rule {
    fn find(&self, old: &Json, new: &Json, found: &mut Vec<Immutable>) {
        let mut report = |path: Path, rule: &'static str| found.push(Immutable { path, rule });
        match &self.what {
            What::Fields(paths) => {
                for path in paths.iter().map(|p| dotted(p)).filter(|p| differs(old, new, p)) {
                    report(path, self.text);
                }
            }
            What::OnceSet(paths) => {
                let set = |path: &Path| get(old, path).is_some_and(|v| !v.is_null() && *v != Json::from(""));
                for path in paths.iter().map(|p| dotted(p)).filter(|p| set(p) && differs(old, new, p)) {
                    report(path, self.text);
                }
            }
            What::AllBut(above, free) => {
                let above = dotted(above);
                let names =
                    |object| get(object, &above).and_then(Json::as_object).into_iter().flat_map(|m| m.keys());
                for name in names(old).chain(names(new)).filter(|n| !free.contains(&n.as_str())) {
                    let path = above.join(PathElement::field(name));
                    if differs(old, new, &path) {
                        report(path, self.text);
                    }
                }
            }
            What::Data => data(old, new, self.text, &mut report),
            What::Special(rule) => {
                if let Some(path) = rule(old, new) {
                    report(dotted(path), self.text);
                }
            }
        }
    }
}

fn dotted(path: &str) -> Path {
    Path::fields(path.split('.'))
}

fn differs(old: &Json, new: &Json, path: &Path) -> bool {
    match (get(old, path), get(new, path)) {
        (Some(old), Some(new)) => !equal(old, new),
        (None, None) => false,
        _ => true,
    }
}

/// An immutable map keeps its data and its mark.
fn data(old: &Json, new: &Json, rule: &'static str, report: &mut impl FnMut(Path, &'static str)) {
    if old.get("immutable") != Some(&Json::Bool(true)) {
        return;
    }
    for name in ["immutable", "data", "binaryData"] {
        let path = dotted(name);
        if differs(old, new, &path) {
            report(path, rule);
        }
    }
}

/// Completions are fixed, but for an indexed job that scales both numbers alike.
fn completions(old: &Json, new: &Json) -> Option<&'static str> {
    let of = |object: &Json, name: &str| object.pointer("/spec").and_then(|s| s.get(name)).cloned();
    let changed = of(old, "completions") != of(new, "completions");
    let indexed = of(new, "completionMode") == Some(Json::from("Indexed"));
    let alike = of(new, "completions") == of(new, "parallelism");
    (changed && !(indexed && alike)).then_some("spec.completions")
}

/// A cluster IP stays while the service keeps one.
fn cluster_ip(old: &Json, new: &Json) -> Option<&'static str> {
    let of = |object: &Json, name: &str| object.pointer("/spec").and_then(|s| s.get(name)).cloned();
    let external = |object: &Json| of(object, "type") == Some(Json::from("ExternalName"));
    let (before, after) = (of(old, "clusterIP"), of(new, "clusterIP"));
    let set = before.as_ref().is_some_and(|ip| ip != "");
    // A new object that names none takes the old one's.
    let changed = after.is_some_and(|after| Some(after) != before);
    (set && changed && !external(old) && !external(new)).then_some("spec.clusterIP")
}

/// A claim grows only.
fn shrinks(old: &Json, new: &Json) -> Option<&'static str> {
    let of = |object: &Json| {
        let text = object.pointer("/spec/resources/requests/storage").and_then(Json::as_str);
        text.and_then(crate::Quantity::parse)
    };
    let (before, after) = (of(old)?, of(new)?);
    after.less_than(&before).then_some("spec.resources.requests.storage")
}
