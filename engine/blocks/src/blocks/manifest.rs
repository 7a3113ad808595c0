//! `manifest`: any object of the API, as an HCL object or as YAML, custom resources included.
//!
//! What a kind's own validation asks for beyond its schema (required fields, ranges) is left to the
//! dry run of the plan.

use plimsoll_model::{Diagnostic, Export, Gvk, Node, Report, Span, Value};
use plimsoll_schema::validate::{self, Problem};
use plimsoll_schema::{Path, PathElement};

use super::meta::Meta;
use crate::compile::Objects;
use crate::declare::{Block, Content, Context, FromValue, Keyword, TypeSchema, Val};
use crate::documents::{self, Document, Place};
use crate::identity::RESERVED;
use crate::naming;
use crate::raw::{Raw, near_field};
use crate::world::{Item, World};

/// Any object of the API: a kind that has no block of its own, a custom resource, or YAML that
/// exists already.
#[derive(Debug, Clone, Block)]
#[block(name = "manifest", label = "name")]
pub struct Manifest {
    /// What every top-level block takes.
    #[flatten]
    pub meta: Meta,
    /// One object, in the API's own spelling; without `metadata.name` it is called like the block.
    #[attr(manual)]
    pub object: Option<Val<Raw>>,
    /// YAML with one or several documents, or a list of such texts: `file("crds.yaml")`, or
    /// `[for f in fileset("crds", "*.yaml") : file("crds/${f}")]` for a folder. Each document is one object with
    /// an address of its own, such as `manifest.x:ConfigMap/name`.
    #[attr(manual, known)]
    pub yaml: Option<Val<Texts>>,
    /// Whether objects live in namespaces, for types that neither the API nor this configuration
    /// declares.
    #[attr(manual, known, default = "Namespaced")]
    pub scope: Val<Scope>,
}

/// Where the objects of a type live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum Scope {
    /// In namespaces.
    Namespaced,
    /// In the cluster as a whole.
    Cluster,
}

/// One text or several.
#[derive(Debug, Clone)]
pub struct Texts(Vec<Val<String>>);

impl FromValue for Texts {
    const TYPE: &'static TypeSchema =
        &TypeSchema::Other("a string or a list of strings", "file(\"app.yaml\")");

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        let one = |value: &Value, cx: &mut Context<'_>| {
            if let plimsoll_model::Data::Unknown(_, what) = &value.data {
                cx.must_be_known(value, what);
                return None;
            }
            match value.as_str() {
                Some(text) => Some(Val {
                    content: Content::Known(text.to_string()),
                    sensitive: value.sensitive,
                    origin: value.origin.clone(),
                    span: cx.place(value),
                }),
                None if value.is_poison() => None,
                None => {
                    cx.wrong_type(value, Self::TYPE);
                    None
                }
            }
        };
        let texts = match value.as_items() {
            Some(items) => {
                items.iter().map(|v| one(&v.clone().sensitive_if(value.sensitive), cx)).collect::<Option<_>>()
            }
            None => one(value, cx).map(|text| vec![text]),
        };
        texts.map(Texts)
    }
}

/// What expressions read from a manifest.
pub static EXPORTS: &[Export] = &[Export {
    name: "name",
    doc: "The name that `object` has, unless its metadata say otherwise.",
    eval: naming::exported,
}];

/// A version of the API that is gone: group and version, kinds (none: all), the one to use, and since
/// which version of Kubernetes it is gone.
type Removed = (&'static str, &'static [&'static str], &'static str, &'static str);

/// Source: the Kubernetes deprecated API migration guide.
const REMOVED: &[Removed] = &[
    ("extensions/v1beta1", &["Ingress"], "networking.k8s.io/v1", "1.22"),
    ("extensions/v1beta1", &["Deployment", "DaemonSet", "ReplicaSet"], "apps/v1", "1.16"),
    ("extensions/v1beta1", &["NetworkPolicy"], "networking.k8s.io/v1", "1.16"),
    ("apps/v1beta1", &[], "apps/v1", "1.16"),
    ("apps/v1beta2", &[], "apps/v1", "1.16"),
    ("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], "networking.k8s.io/v1", "1.22"),
    ("policy/v1beta1", &["PodDisruptionBudget"], "policy/v1", "1.25"),
    ("batch/v1beta1", &["CronJob"], "batch/v1", "1.25"),
    ("batch/v2alpha1", &["CronJob"], "batch/v1", "1.21"),
    ("autoscaling/v2beta1", &[], "autoscaling/v2", "1.25"),
    ("autoscaling/v2beta2", &[], "autoscaling/v2", "1.26"),
    ("rbac.authorization.k8s.io/v1beta1", &[], "rbac.authorization.k8s.io/v1", "1.22"),
    ("apiextensions.k8s.io/v1beta1", &[], "apiextensions.k8s.io/v1", "1.22"),
    (
        "admissionregistration.k8s.io/v1beta1",
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        "admissionregistration.k8s.io/v1",
        "1.22",
    ),
    ("apiregistration.k8s.io/v1beta1", &[], "apiregistration.k8s.io/v1", "1.22"),
    ("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"], "certificates.k8s.io/v1", "1.22"),
    ("coordination.k8s.io/v1beta1", &["Lease"], "coordination.k8s.io/v1", "1.22"),
    ("discovery.k8s.io/v1beta1", &["EndpointSlice"], "discovery.k8s.io/v1", "1.25"),
    ("scheduling.k8s.io/v1beta1", &["PriorityClass"], "scheduling.k8s.io/v1", "1.22"),
    (
        "storage.k8s.io/v1beta1",
        &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"],
        "storage.k8s.io/v1",
        "1.22",
    ),
    ("storage.k8s.io/v1beta1", &["CSIStorageCapacity"], "storage.k8s.io/v1", "1.27"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", &[], "flowcontrol.apiserver.k8s.io/v1", "1.26"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", &[], "flowcontrol.apiserver.k8s.io/v1", "1.29"),
    ("flowcontrol.apiserver.k8s.io/v1beta3", &[], "flowcontrol.apiserver.k8s.io/v1", "1.32"),
];

impl Manifest {
    /// An object or YAML.
    pub fn check(&self, item: &Item<'_>, _: &World<'_>, report: &mut Report) {
        self.meta.check(report);
        let address = &item.block.address;
        match (&self.object, &self.yaml) {
            (Some(object), Some(yaml)) => report.push(
                Diagnostic::error("two-manifests", "object is given twice")
                    .detail(format!("{address} takes `object` or `yaml`, not both."))
                    .at(yaml.span, "")
                    .related(object.span, ""),
            ),
            (None, None) => report.push(
                Diagnostic::error("no-manifest", "object is missing")
                    .detail(format!("{address} takes an `object`, or documents as `yaml`."))
                    .at(item.block.header_span, "")
                    .help("yaml = file(\"app.yaml\")"),
            ),
            _ => {}
        }
        if let (Some(_), Some(name)) = (&self.yaml, &self.meta.name) {
            report.push(
                Diagnostic::error("name-of-documents", "documents have names of their own")
                    .detail(format!("`name` of {address} could be the name of one of them only."))
                    .at(name.span, "")
                    .help("remove `name`"),
            );
        }
    }

    /// The object, or those of all documents.
    pub fn compile(&self, item: &Item<'_>, world: &World<'_>, out: &mut Objects) {
        if let Some(object) = &self.object
            && let Some(raw) = object.known()
        {
            let source = Source { item, world, span: object.span, document: None };
            self.object(raw.node(), &source, out);
        }
        for text in self.yaml.iter().flat_map(|y| y.known()).flat_map(|t| &t.0) {
            let Some(yaml) = text.text() else { continue };
            match documents::read(yaml, &text.origin, text.sensitive) {
                Ok(found) => {
                    for document in found.into_iter().flat_map(Document::unfolded) {
                        let source = Source { item, world, span: text.span, document: Some(&document) };
                        self.object(&document.root, &source, out);
                    }
                }
                Err(e) => out.report().push(
                    Diagnostic::error("bad-yaml", "text is not YAML")
                        .detail(format!(
                            "Line {}, column {} of the text: {}.",
                            e.at.line, e.at.column, e.what
                        ))
                        .at(text.span, ""),
                ),
            }
        }
    }

    fn object(&self, root: &Node, source: &Source<'_>, out: &mut Objects) {
        let text = |key: &str| root.get(key).and_then(Node::as_str).filter(|t| !t.is_empty());
        let (Some(api), Some(kind)) = (text("apiVersion"), text("kind")) else {
            let lacks = if text("kind").is_none() { "kind" } else { "apiVersion" };
            return out.report().push(
                source.finding(
                    Diagnostic::error("manifest-without-kind", "object has no type")
                        .detail(format!("It needs `{lacks}`, as text{}.", source.at(&[]))),
                    root,
                ),
            );
        };
        let gvk = Gvk::from_api_version(api, kind);
        if self.is_refused(&gvk, root, source, out.report()) {
            return;
        }
        let metadata = root.get("metadata");
        let own = metadata.and_then(|m| m.get("name"));
        let name = match (own.and_then(Node::as_str), source.document) {
            (Some(own), _) => own.to_string(),
            (None, None) if own.is_none() => source.item.name.clone(),
            _ => {
                return out.report().push(source.finding(
                    Diagnostic::error("manifest-without-name", "object has no name").detail(format!(
                        "This {kind} needs `metadata.name`, as text that is known{}.",
                        source.at(&["metadata"])
                    )),
                    root,
                ));
            }
        };
        if let (Some(own), Some(name)) = (own, &self.meta.name)
            && source.document.is_none()
            && own.as_str() != name.text()
        {
            out.report().push(
                Diagnostic::error("two-manifest-names", "name is given twice")
                    .detail("`metadata.name` and `name` say different things.")
                    .at(name.span, "")
                    .related(own.origin().span().unwrap_or(source.span), "")
                    .help("remove `name`"),
            );
        }
        let namespace = metadata.and_then(|m| m.get("namespace"));
        let part = source.document.map(|_| match namespace.and_then(Node::as_str) {
            Some(namespace) => format!("{kind}/{namespace}/{name}"),
            None => format!("{kind}/{name}"),
        });
        let known = plimsoll_schema::kind(&gvk);
        let cluster = known.map_or(self.scope.known() == Some(&Scope::Cluster), |k| !k.namespaced);
        let mut draft =
            out.object(source.item, part.as_deref(), gvk.clone(), &name, &self.meta.labels, source.world);
        draft.wait = true;
        draft.place(cluster, namespace);
        if let Some(Node::Map(fields, _)) = metadata {
            for (key, node) in fields {
                match (key.as_str(), node) {
                    ("name" | "namespace", _) => {}
                    ("labels" | "annotations", Node::Map(entries, _)) => {
                        for (name, node) in entries {
                            match name.starts_with(RESERVED) {
                                true => reserved(key, name, node, source, out.report()),
                                false => draft.mark(key, name, node.clone()),
                            }
                        }
                    }
                    (
                        "uid" | "resourceVersion" | "generation" | "creationTimestamp" | "managedFields"
                        | "selfLink",
                        _,
                    ) => {
                        read_only(&format!("metadata.{key}"), node, source, out.report());
                    }
                    _ => draft.metadata_field(key, node.clone()),
                }
            }
        }
        if let Node::Map(fields, _) = root {
            let secret = gvk.group.is_empty() && gvk.kind == "Secret";
            for (key, node) in fields {
                match key.as_str() {
                    "apiVersion" | "kind" | "metadata" => {}
                    "status" => read_only("status", node, source, out.report()),
                    "data" | "stringData" if secret => {
                        let mut node = node.clone();
                        hide(&mut node);
                        draft.body.put(key, node);
                    }
                    _ => {
                        draft.body.put(key, node.clone());
                    }
                }
            }
        }
        out.push(draft);
    }

    /// Reports a version that is gone, and what does not fit the schema; whether there was anything.
    fn is_refused(&self, gvk: &Gvk, root: &Node, source: &Source<'_>, report: &mut Report) -> bool {
        let api = gvk.api_version();
        let gone = REMOVED.iter().find(|(version, kinds, ..)| {
            *version == api && (kinds.is_empty() || kinds.contains(&gvk.kind.as_str()))
        });
        if let Some((_, _, instead, since)) = gone {
            report.push(
                source.finding(
                    Diagnostic::error("removed-api-version", "API version exists no longer")
                        .detail(format!(
                            "{gvk} is gone since Kubernetes {since}{}.",
                            source.at(&["apiVersion"])
                        ))
                        .help(format!("use {instead}, and look up which fields have changed")),
                    root.get("apiVersion").unwrap_or(root),
                ),
            );
            return true;
        }
        let Some(kind) = plimsoll_schema::kind(gvk) else { return false };
        let faults = validate::faults(kind, &root.to_json());
        for fault in &faults {
            let path = &fault.path;
            let steps: Vec<String> = path.0.iter().map(step).collect();
            let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
            let at = source.at(&steps);
            let finding = match &fault.problem {
                Problem::Unknown => {
                    Diagnostic::error("manifest-unknown-field", "field does not exist in the API")
                        .detail(format!("{gvk} has no field `{path}`{at}."))
                }
                Problem::Type { expected, found } => {
                    Diagnostic::error("manifest-wrong-type", "field of the object has the wrong type").detail(
                        format!("`{path}` of {gvk} is of type {expected}, but this is a {found}{at}."),
                    )
                }
                Problem::Form { expected } => {
                    Diagnostic::error("manifest-wrong-type", "field of the object has the wrong type")
                        .detail(format!("`{path}` of {gvk} is a {expected}, but this is none{at}."))
                }
                Problem::Double => {
                    Diagnostic::error("manifest-double-item", "list item of the object stands twice")
                        .detail(format!("`{path}` has the same key as an item before it{at}."))
                }
                Problem::NoKey => {
                    Diagnostic::error("manifest-item-without-key", "list item of the object has no key")
                        .detail(format!("`{path}` does not say which item of the list it is{at}."))
                }
            };
            let near = (fault.problem == Problem::Unknown).then(|| near_field(kind, path)).flatten();
            let finding = match near {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding,
            };
            report.push(source.finding(finding, node_at(root, path).unwrap_or(root)));
        }
        !faults.is_empty()
    }
}

/// Where an object comes from.
struct Source<'a> {
    item: &'a Item<'a>,
    world: &'a World<'a>,
    /// The attribute.
    span: Span,
    /// The document, where it is YAML.
    document: Option<&'a Document>,
}

impl Source<'_> {
    /// `, on line 3, column 5 of the text`, for YAML.
    fn at(&self, path: &[&str]) -> String {
        let path: Vec<String> = path.iter().map(|s| (*s).to_string()).collect();
        self.document.map_or_else(String::new, |d| {
            let Place { line, column } = d.place(&path);
            format!(", on line {line}, column {column} of the text")
        })
    }

    fn finding(&self, found: Diagnostic, node: &Node) -> Diagnostic {
        let place = if self.document.is_some() { None } else { node.origin().span() };
        found.at(place.unwrap_or(self.span), "")
    }
}

fn step(element: &PathElement) -> String {
    match element {
        PathElement::Field(name) => name.to_string(),
        PathElement::Index(i) => i.to_string(),
        other => format!("{other:?}"),
    }
}

fn node_at<'a>(root: &'a Node, path: &Path) -> Option<&'a Node> {
    path.0.iter().try_fold(root, |node, step| match (node, step) {
        (Node::Map(map, _), PathElement::Field(name)) => map.get(name),
        (Node::List(items, _), PathElement::Index(i)) => items.get(*i),
        _ => None,
    })
}

fn hide(node: &mut Node) {
    match node {
        Node::Leaf(leaf) => leaf.sensitive = true,
        Node::List(items, _) => items.iter_mut().for_each(hide),
        Node::Map(map, _) => map.values_mut().for_each(hide),
    }
}

fn reserved(map: &str, key: &str, node: &Node, source: &Source<'_>, report: &mut Report) {
    report.push(
        source.finding(
            Diagnostic::error("reserved-key", "label or annotation is reserved")
                .detail(format!(
                    "`{key}` is how Plimsoll knows its objects, so it alone writes it{}.",
                    source.at(&["metadata", map, key])
                ))
                .help(format!("remove `{key}`")),
            node,
        ),
    );
}

/// Warns of what only the cluster writes, and what is left out therefore.
fn read_only(field: &str, node: &Node, source: &Source<'_>, report: &mut Report) {
    let nothing = match node {
        Node::Leaf(leaf) => leaf.value.is_null() && leaf.unknown.is_none(),
        _ => false,
    };
    if nothing {
        return;
    }
    let path: Vec<&str> = field.split('.').collect();
    report.push(
        source.finding(
            Diagnostic::warning("manifest-read-only", "field is written by the cluster")
                .detail(format!("`{field}` is left out{}.", source.at(&path)))
                .help(format!("remove `{field}`")),
            node,
        ),
    );
}

#[cfg(test)]
mod tests;
