//! What the server adds to objects, and what it refuses for the sake of other objects: namespaces, service accounts,
//! tolerations, finalizers, the default storage class. Addresses and ports are in `allocate`.

use plimsoll_schema::Json;
use serde_json::json;

use crate::allocate;
use crate::cluster::Cluster;
use crate::controllers::{custom, job};
use crate::object::{self, add_finalizer, at, entries, items, list, set, text};
use crate::quantity::amount;
use crate::resource::{Resource, known};
use crate::status::Failure;

/// Seconds that a pod stays on a node which is gone.
const TOLERATED: i64 = 300;

/// A new object needs a namespace that exists and stays.
pub(crate) fn namespace(cluster: &Cluster, resource: Resource, object: &Json) -> Result<(), Failure> {
    let (Some(known), true) = (known(), resource.namespaced()) else { return Ok(()) };
    let name = object::namespace(object);
    let Some(namespace) = cluster.get(&known.namespaces.key("", name)) else {
        return Err(known.namespaces.not_found(name));
    };
    if text(&namespace, &["status", "phase"]) != "Terminating" {
        return Ok(());
    }
    let why = format!("unable to create new content in namespace {name} because it is being terminated");
    let message = format!("namespace {name} is being terminated");
    Err(Failure::forbidden(resource.group(), resource.plural(), object::name(object), &why).caused_by(
        "NamespaceTerminating",
        &message,
        "metadata.namespace",
    ))
}

/// Completes a new object.
pub(crate) fn create(cluster: &Cluster, resource: Resource, object: &mut Json) -> Result<(), Failure> {
    match (resource.group(), resource.name()) {
        ("", "Namespace") => {
            let name = object::name(object).to_owned();
            set(object, &["metadata", "labels", "kubernetes.io/metadata.name"], json!(name));
            set(object, &["spec", "finalizers"], json!(["kubernetes"]));
        }
        ("", "Pod") => pod(cluster, object),
        ("", "PersistentVolumeClaim") => {
            add_finalizer(object, "kubernetes.io/pvc-protection");
            default_storage_class(cluster, object);
        }
        ("", "PersistentVolume") => add_finalizer(object, "kubernetes.io/pv-protection"),
        ("", "Service") => allocate::create(cluster, object)?,
        ("batch", "Job") => job::complete(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => custom::complete(object),
        _ => {}
    }
    Ok(())
}

/// Completes the new state of an object.
pub(crate) fn update(
    cluster: &Cluster,
    resource: Resource,
    old: &Json,
    new: &mut Json,
) -> Result<(), Failure> {
    match (resource.group(), resource.name()) {
        ("", "Namespace") => {
            let name = object::name(new).to_owned();
            set(new, &["metadata", "labels", "kubernetes.io/metadata.name"], json!(name));
        }
        ("", "PersistentVolume") if at(old, &["status", "phase"]) != at(new, &["status", "phase"]) => {
            set(new, &["status", "lastPhaseTransitionTime"], json!(cluster.time()));
        }
        ("", "PersistentVolumeClaim") => growing(cluster, old, new)?,
        ("", "Service") => allocate::update(cluster, old, new)?,
        ("apiextensions.k8s.io", "CustomResourceDefinition") => custom::complete(new),
        _ => {}
    }
    Ok(())
}

/// A bound claim grows only where its class can let it.
fn growing(cluster: &Cluster, old: &Json, new: &Json) -> Result<(), Failure> {
    let size = |claim: &Json| amount(at(claim, &["spec", "resources", "requests", "storage"]));
    if size(new) <= size(old) {
        return Ok(());
    }
    let Some(known) = known() else { return Ok(()) };
    if text(old, &["status", "phase"]) != "Bound" {
        let why = "only bound persistent volume claims can be expanded";
        return Err(Failure::forbidden("", "persistentvolumeclaims", object::name(new), why));
    }
    let class = cluster.get(&known.storage_classes.key("", text(new, &["spec", "storageClassName"])));
    if class.is_some_and(|c| c["allowVolumeExpansion"] == true) {
        return Ok(());
    }
    let why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
    Err(Failure::forbidden("", "persistentvolumeclaims", object::name(new), why))
}

fn default_storage_class(cluster: &Cluster, claim: &mut Json) {
    let Some(known) = known() else { return };
    if !at(claim, &["spec", "storageClassName"]).is_null() {
        return;
    }
    let is_default = "storageclass.kubernetes.io/is-default-class";
    let class =
        cluster.store.scan(known.storage_classes, None).find(|c| object::annotation(c, is_default) == "true");
    if let Some(class) = class {
        set(claim, &["spec", "storageClassName"], json!(object::name(class)));
    }
}

fn pod(cluster: &Cluster, pod: &mut Json) {
    service_account(cluster, pod);
    for condition in ["not-ready", "unreachable"] {
        let key = format!("node.kubernetes.io/{condition}");
        let present = items(pod, &["spec", "tolerations"]).iter().any(|t| {
            (t["key"] == key.as_str() || t["key"].is_null())
                && matches!(t["effect"].as_str(), None | Some("NoExecute"))
        });
        if !present {
            list(pod, &["spec", "tolerations"]).push(json!({
                "effect": "NoExecute", "key": key, "operator": "Exists", "tolerationSeconds": TOLERATED,
            }));
        }
    }
    if at(pod, &["spec", "priority"]).is_null() {
        set(pod, &["spec", "priority"], json!(0));
    }
    if at(pod, &["spec", "preemptionPolicy"]).is_null() {
        set(pod, &["spec", "preemptionPolicy"], json!("PreemptLowerPriority"));
    }
    let class = quality_of_service(pod);
    set(pod, &["status", "qosClass"], json!(class));
}

/// Gives the pod its account, and mounts the account's token into every container.
fn service_account(cluster: &Cluster, pod: &mut Json) {
    let Some(known) = known() else { return };
    if text(pod, &["spec", "serviceAccountName"]).is_empty() {
        let old_name = text(pod, &["spec", "serviceAccount"]);
        let account = if old_name.is_empty() { "default" } else { old_name }.to_owned();
        set(pod, &["spec", "serviceAccountName"], json!(account));
    }
    let name = text(pod, &["spec", "serviceAccountName"]).to_owned();
    set(pod, &["spec", "serviceAccount"], json!(name));
    let account = cluster.get(&known.service_accounts.key(object::namespace(pod), &name));
    let of_account = account.as_ref().map_or(&Json::Null, |a| &a["automountServiceAccountToken"]);
    let wish = match at(pod, &["spec", "automountServiceAccountToken"]) {
        Json::Null => of_account,
        wish => wish,
    };
    if *wish == false {
        return;
    }
    let path = "/var/run/secrets/kubernetes.io/serviceaccount";
    let volume = format!("kube-api-access-{}", cluster.suffix(object::uid(pod)));
    let mut mounted = false;
    for group in ["initContainers", "containers"] {
        if items(pod, &["spec", group]).is_empty() {
            continue;
        }
        for container in list(pod, &["spec", group]) {
            if items(container, &["volumeMounts"]).iter().all(|m| m["mountPath"] != path) {
                list(container, &["volumeMounts"])
                    .push(json!({"mountPath": path, "name": volume, "readOnly": true}));
                mounted = true;
            }
        }
    }
    if mounted {
        list(pod, &["spec", "volumes"]).push(json!({"name": volume, "projected": {
            "defaultMode": 420,
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
                {"downwardAPI": {"items": [
                    {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"},
                ]}},
            ],
        }}));
    }
}

/// `Guaranteed` where limits equal requests everywhere, `BestEffort` where there are none, else `Burstable`.
fn quality_of_service(pod: &Json) -> &'static str {
    let (mut any, mut guaranteed) = (false, true);
    for container in items(pod, &["spec", "initContainers"]).iter().chain(items(pod, &["spec", "containers"]))
    {
        let mut limited = 0;
        for group in ["requests", "limits"] {
            for (resource, value) in entries(container, &["resources", group]) {
                if !matches!(resource, "cpu" | "memory") || amount(value) <= 0.0 {
                    continue;
                }
                any = true;
                if group == "limits" {
                    limited += 1;
                    let request = at(container, &["resources", "requests", resource]);
                    guaranteed &= request.is_null() || amount(request).to_bits() == amount(value).to_bits();
                }
            }
        }
        guaranteed &= limited == 2;
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}
