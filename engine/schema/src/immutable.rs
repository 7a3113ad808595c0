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
    let mut found = found(gvk, &stored(gvk, old), &stored(gvk, new));
    found.sort_by(|a: &Immutable, b| a.path.cmp(&b.path));
    found.dedup_by(|a, b| a.path == b.path);
    found
}

/// Whether applying `declared` to the live object might change such a field, told by the two texts alone: where every
/// field under a rule is declared as it is, or neither declared nor there, no default and no merge changes it. What
/// is declared may lack fields that the server fills in, so that "yes" has to be looked into with [`changes`].
pub fn might_change(gvk: &Gvk, live: &Json, declared: &Json) -> bool {
    // The server moves these texts into `data`.
    declared.get("stringData").is_some() || !found(gvk, live, declared).is_empty()
}

fn found(gvk: &Gvk, old: &Json, new: &Json) -> Vec<Immutable> {
    let mut found = Vec::new();
    for rule in RULES.iter().filter(|r| r.group == gvk.group && r.kind == gvk.kind) {
        rule.find(old, new, &mut found);
    }
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
const POD: &str =
    "pod updates may not change fields other than images, activeDeadlineSeconds and tolerations";

static RULES: &[Rule] = &[
    rule("", "Pod", POD, What::Special(containers)),
    rule("", "Pod", POD, What::Special(pod_rest)),
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
        POD,
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
                let set =
                    |path: &Path| get(old, path).is_some_and(|v| !v.is_null() && v.as_str() != Some(""));
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

/// A service's addresses and their family stay while it keeps some; a new object that names none takes the
/// old one's.
fn cluster_ip(old: &Json, new: &Json) -> Option<&'static str> {
    let external =
        |object: &Json| object.pointer("/spec/type").and_then(Json::as_str) == Some("ExternalName");
    if external(old) || external(new) {
        return None;
    }
    let places = [
        ("/spec/clusterIP", "spec.clusterIP"),
        ("/spec/clusterIPs/0", "spec.clusterIPs"),
        ("/spec/ipFamilies/0", "spec.ipFamilies"),
    ];
    let changed = |(at, _): &&(&str, &str)| {
        let (before, after) = (old.pointer(at), new.pointer(at));
        let set = before.is_some_and(|v| v.as_str() != Some(""));
        set && after.is_some() && before != after
    };
    places.iter().find(changed).map(|(_, path)| *path)
}

/// Of a pod's containers only the images change.
fn containers(old: &Json, new: &Json) -> Option<&'static str> {
    let without_images = |object: &Json, list: &str| {
        let mut items = object.pointer(list).cloned().unwrap_or_default();
        for item in items.as_array_mut().into_iter().flatten().filter_map(Json::as_object_mut) {
            item.remove("image");
        }
        items
    };
    let lists = [("/spec/containers", "spec.containers"), ("/spec/initContainers", "spec.initContainers")];
    let changed = |(list, _): &&(&str, &str)| !equal(&without_images(old, list), &without_images(new, list));
    lists.iter().find(changed).map(|(_, path)| *path)
}

/// What else of a pod changes in special cases only.
fn pod_rest(old: &Json, new: &Json) -> Option<&'static str> {
    let of = |object: &Json, at: &str| object.pointer(at).cloned();
    let gated =
        of(old, "/spec/schedulingGates").and_then(|g| g.as_array().map(|g| !g.is_empty())) == Some(true);
    let changed = |at: &str| of(old, at) != of(new, at);
    let grace = "/spec/terminationGracePeriodSeconds";
    let negative = of(old, grace).and_then(|v| v.as_i64()).is_some_and(|v| v < 0);
    if changed(grace) && !(negative && of(new, grace) == Some(Json::from(1))) {
        return Some("spec.terminationGracePeriodSeconds");
    }
    let placed = [("/spec/nodeSelector", "spec.nodeSelector"), ("/spec/affinity", "spec.affinity")];
    placed.iter().find(|(at, _)| !gated && changed(at)).map(|(_, path)| *path)
}

/// A claim grows only, and nothing else of its resources changes.
fn shrinks(old: &Json, new: &Json) -> Option<&'static str> {
    let of = |object: &Json| {
        let text = object.pointer("/spec/resources/requests/storage").and_then(Json::as_str);
        text.and_then(crate::Quantity::parse)
    };
    match (of(old), of(new)) {
        (Some(before), Some(after)) => after.less_than(&before).then_some("spec.resources.requests.storage"),
        (Some(_), None) => Some("spec.resources.requests.storage"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(api: &str, kind: &str, old: Json, new: Json) -> Vec<String> {
        let gvk = Gvk::from_api_version(api, kind);
        changes(&gvk, &old, &new).iter().map(|c| c.path.to_string()).collect()
    }

    #[test]
    fn selectors_of_workloads_are_fixed() {
        let of = |app: &str| json!({"spec": {"replicas": 1, "selector": {"matchLabels": {"app": app}}}});
        assert_eq!(check("apps/v1", "Deployment", of("a"), of("b")), ["spec.selector"]);
        assert_eq!(check("apps/v1", "DaemonSet", of("a"), of("b")), ["spec.selector"]);
        assert_eq!(check("apps/v1", "Deployment", of("a"), of("a")), Vec::<String>::new());
    }

    #[test]
    fn what_is_declared_as_it_is_need_not_be_looked_into() {
        let gvk = Gvk::new("apps", "v1", "Deployment");
        let of = |app: &str, image: &str| json!({"spec": {"selector": {"matchLabels": {"app": app}}, "image": image}});
        assert!(!might_change(&gvk, &of("a", "1"), &of("a", "2")));
        assert!(might_change(&gvk, &of("a", "1"), &of("b", "1")));
        assert!(might_change(&gvk, &of("a", "1"), &json!({"spec": {}})), "it may be taken out");
        let secret = |more: Json| json!({"immutable": true, "data": {"a": "eA=="}, "stringData": more});
        let gvk = Gvk::new("", "v1", "Secret");
        let data = |a: &str| json!({"immutable": true, "data": {"a": a}});
        assert!(might_change(&gvk, &data("eA=="), &secret(json!({"a": "new"}))), "it is moved into data");
        assert!(might_change(&gvk, &data("eA=="), &data("eQ==")));
        assert!(!might_change(&gvk, &data("eA=="), &data("eA==")));
        let claim =
            |class: Json| json!({"spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": class}});
        let gvk = Gvk::new("", "v1", "PersistentVolumeClaim");
        assert!(might_change(&gvk, &claim(json!("fast")), &claim(Json::Null)), "the server fills it in");
    }

    #[test]
    fn of_a_stateful_set_few_fields_change() {
        let of = |replicas: u8, service: &str, storage: &str| {
            json!({"spec": {"replicas": replicas, "serviceName": service, "template": {"metadata": {"labels": {"r": replicas.to_string()}}},
                "volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": {"resources": {"requests": {"storage": storage}}}}]}})
        };
        assert_eq!(
            check("apps/v1", "StatefulSet", of(1, "a", "1Gi"), of(3, "a", "1024Mi")),
            Vec::<String>::new()
        );
        assert_eq!(
            check("apps/v1", "StatefulSet", of(1, "a", "1Gi"), of(1, "b", "2Gi")),
            ["spec.serviceName", "spec.volumeClaimTemplates"]
        );
    }

    #[test]
    fn a_claim_grows_and_does_not_shrink() {
        let of = |storage: &str, class: &str| json!({"spec": {"storageClassName": class, "resources": {"requests": {"storage": storage}}}});
        let claim = |old, new| check("v1", "PersistentVolumeClaim", old, new);
        assert_eq!(claim(of("1Gi", "a"), of("2Gi", "a")), Vec::<String>::new());
        assert_eq!(claim(of("2Gi", "a"), of("1Gi", "a")), ["spec.resources.requests.storage"]);
        assert_eq!(claim(of("1Gi", "a"), of("1Gi", "b")), ["spec.storageClassName"]);
    }

    #[test]
    fn a_service_keeps_the_address_that_it_does_not_name() {
        let of = |ip: Json| json!({"spec": {"clusterIP": ip, "ports": [{"port": 80}]}});
        let service = |old, new| check("v1", "Service", old, new);
        assert_eq!(service(of(json!("10.0.0.1")), of(Json::Null)), Vec::<String>::new());
        assert_eq!(service(of(json!("10.0.0.1")), of(json!("None"))), ["spec.clusterIP"]);
        assert_eq!(service(of(json!("")), of(json!("10.0.0.1"))), Vec::<String>::new());
    }

    #[test]
    fn data_of_an_immutable_map_is_fixed() {
        let of = |fixed: bool, a: &str| json!({"immutable": fixed, "data": {"a": a}});
        assert_eq!(check("v1", "ConfigMap", of(false, "1"), of(true, "2")), Vec::<String>::new());
        assert_eq!(check("v1", "ConfigMap", of(true, "1"), of(true, "2")), ["data"]);
        assert_eq!(check("v1", "ConfigMap", of(true, "1"), of(false, "1")), ["immutable"]);
    }

    #[test]
    fn what_else_is_fixed() {
        let of = |name: &str| json!({"roleRef": {"kind": "Role", "name": name}});
        assert_eq!(check("rbac.authorization.k8s.io/v1", "RoleBinding", of("a"), of("b")), ["roleRef"]);
        let of = |kind: &str| json!({"type": kind});
        assert_eq!(check("v1", "Secret", of("Opaque"), of("kubernetes.io/tls")), ["type"]);
        let of = |p: &str| json!({"provisioner": p, "parameters": {"type": p}});
        assert_eq!(
            check("storage.k8s.io/v1", "StorageClass", of("a"), of("b")),
            ["parameters", "provisioner"]
        );
        let of = |image: &str| json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}}});
        assert_eq!(check("batch/v1", "Job", of("a"), of("b")), ["spec.template"]);
        assert_eq!(check("apps/v1", "Deployment", of("a"), of("b")), Vec::<String>::new());
        assert_eq!(check("example.com/v1", "Thing", json!(1), json!(2)), Vec::<String>::new());
    }
}
