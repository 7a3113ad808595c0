//! The classes that objects name: of storage, of ingresses, of priority, of runtimes.
//!
//! The API server takes a name that nothing has. What follows differs: a claim or an Ingress waits for its
//! class, but no pod is ever made that names a class of priority or a runtime that is not there.

use std::collections::BTreeSet;

use plimsoll_model::{Diagnostic, Gvk, ObjectId, Report, Span};
use serde_json::Value as Json;

use crate::change::Consequence;
use crate::effect::Pods;
use crate::fields;
use crate::front;
use crate::plan::Action;
use crate::request::Request;
use crate::survey::{self, Survey, Touched};
use crate::world::World;

/// The annotations of the class that claims get which name none: the API server heeds the old one as well.
const IS_DEFAULT: [&str; 2] =
    ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];

fn is_default(class: &Json) -> bool {
    IS_DEFAULT.iter().any(|name| class["metadata"]["annotations"][name] == "true")
}

/// A class that an object names, and the path of the field.
struct Named {
    class: ObjectId,
    path: String,
}

fn gvk(kind: &str) -> Gvk {
    match kind {
        "StorageClass" => Gvk::new("storage.k8s.io", "v1", kind),
        "IngressClass" => Gvk::new("networking.k8s.io", "v1", kind),
        "PriorityClass" => Gvk::new("scheduling.k8s.io", "v1", kind),
        _ => Gvk::new("node.k8s.io", "v1", kind),
    }
}

/// The classes that an object names and that the configuration does not make itself.
fn named(touched: &Touched<'_>, world: &World<'_>) -> Vec<Named> {
    let mut out = Vec::new();
    let mut name = |kind: &str, value: &Json, path: String| {
        if let Some(name) = value.as_str().filter(|name| !name.is_empty()) {
            let class = ObjectId { gvk: gvk(kind), namespace: None, name: name.to_string() };
            // What begins so comes with every cluster.
            let own = kind == "PriorityClass" && name.starts_with("system-");
            if !own && !survey::is_made_here(&class, world) {
                out.push(Named { class, path });
            }
        }
    };
    let spec = &touched.after["spec"];
    match touched.op.id.gvk.kind.as_str() {
        "Ingress" => name("IngressClass", &spec["ingressClassName"], "spec.ingressClassName".into()),
        // A claim that is bound has its disk; one that names its disk needs no class.
        "PersistentVolumeClaim" if touched.op.action == Action::Create && spec["volumeName"].is_null() => {
            name("StorageClass", &spec["storageClassName"], "spec.storageClassName".into());
        }
        // The next run of a schedule needs its classes as well.
        _ if touched.starts_pods() || matches!(touched.pods(), Some(Pods::NextRun)) => {
            let at = match spec["jobTemplate"].is_object() {
                true => "spec.jobTemplate.spec.template.spec",
                false => "spec.template.spec",
            };
            let pod = &touched.template()["spec"];
            name("PriorityClass", &pod["priorityClassName"], format!("{at}.priorityClassName"));
            name("RuntimeClass", &pod["runtimeClassName"], format!("{at}.runtimeClassName"));
            let templates = spec["volumeClaimTemplates"].as_array().filter(|_| makes_claims(touched));
            for template in templates.into_iter().flatten() {
                let class = &template["spec"]["storageClassName"];
                name("StorageClass", class, "spec.volumeClaimTemplates".into());
            }
        }
        _ => {}
    }
    out
}

/// Whether claims of a StatefulSet are made.
fn makes_claims(touched: &Touched<'_>) -> bool {
    touched.op.consequences.iter().any(|c| matches!(c, Consequence::ClaimAdded(_)))
}

/// Whether an object makes a claim that takes whatever class is the default one.
fn wants_default(touched: &Touched<'_>) -> bool {
    let spec = &touched.after["spec"];
    match touched.op.id.gvk.kind.as_str() {
        "PersistentVolumeClaim" => {
            touched.op.action == Action::Create
                && spec["storageClassName"].is_null()
                && spec["volumeName"].is_null()
        }
        "StatefulSet" if makes_claims(touched) => {
            let templates = spec["volumeClaimTemplates"].as_array();
            templates.into_iter().flatten().any(|t| t["spec"]["storageClassName"].is_null())
        }
        _ => false,
    }
}

/// One list for each kind of class that is named.
pub(crate) fn questions(touched: &[Touched<'_>], world: &World<'_>) -> Vec<Request> {
    let mut kinds: BTreeSet<Gvk> =
        touched.iter().flat_map(|t| named(t, world)).map(|named| named.class.gvk).collect();
    if touched.iter().any(wants_default) {
        kinds.insert(gvk("StorageClass"));
    }
    kinds.into_iter().map(|gvk| survey::everything(gvk, None)).collect()
}

/// Tells which classes are missing, each once.
pub(crate) fn check(touched: &[Touched<'_>], survey: &Survey, world: &World<'_>, report: &mut Report) {
    let mut told = BTreeSet::new();
    for touched in touched {
        for Named { class, path } in named(touched, world) {
            let Some(there) = survey.list(class.gvk.clone(), None) else { continue };
            let found = there.iter().any(|c| c["metadata"]["name"] == class.name.as_str());
            if !found && told.insert(class.clone()) {
                report.push(missing(&class, touched, place(touched, &path, world), there));
            }
        }
        if wants_default(touched)
            && let Some(there) = survey.list(gvk("StorageClass"), None)
            && !there.iter().any(is_default)
            && !world.input.desired.objects.iter().any(|o| o.id.gvk.kind == "StorageClass")
        {
            report.push(
                Diagnostic::warning("class-missing", "a claim waits for a class that is not there")
                    .detail(format!(
                        "{} names no storage class, and none of the cluster is the default: the claim waits, and its pods with it.",
                        touched.name()
                    ))
                    .at_some(touched.want(world).map(|w| w.span), "declared here")
                    .help(format!("storage_class = \"{}\"", names(there))),
            );
        }
    }
}

fn place(touched: &Touched<'_>, path: &str, world: &World<'_>) -> Option<Span> {
    let want = touched.want(world)?;
    Some(fields::written_at(&want.root, &plimsoll_schema::parse_path(path)).unwrap_or(want.span))
}

fn names(there: &[Json]) -> String {
    let names: Vec<&str> = there.iter().filter_map(|c| c["metadata"]["name"].as_str()).collect();
    if names.is_empty() { "NAME".to_string() } else { names.join("\" or \"") }
}

fn missing(class: &ObjectId, touched: &Touched<'_>, place: Option<Span>, there: &[Json]) -> Diagnostic {
    let who = touched.name();
    match class.gvk.kind.as_str() {
        "IngressClass" => front::missing(class, &touched.op.address, place),
        "StorageClass" => Diagnostic::warning("class-missing", "a claim waits for a class that is not there")
            .detail(format!(
                "{who}: the cluster has no {class}. Unless a volume of that class is there already, the claim waits, and its pods with it."
            ))
            .at_some(place, "named here")
            .help(format!("storage_class = \"{}\"", names(there))),
        kind => {
            let attribute = if kind == "PriorityClass" { "priority_class" } else { "runtime_class" };
            let known: Vec<&str> = there.iter().filter_map(|c| c["metadata"]["name"].as_str()).collect();
            let help = match known.is_empty() {
                true => format!("leave {attribute} out, or declare the {kind} with a `manifest`"),
                false => format!("{attribute} = \"{}\", or declare the {kind} with a `manifest`", known.join("\" or \"")),
            };
            Diagnostic::error("pod-class-missing", "no pod can be made without its class")
                .detail(format!("{who}: the cluster has no {class}, and refuses every pod that names it."))
                .at_some(place, "named here")
                .help(help)
        }
    }
}
