//! `manifest`: any object of the API, as an HCL object or as YAML, custom resources included.
//!
//! What a kind's own validation asks for beyond its schema (ranges, names, what goes together) is left to the
//! dry run of the plan. What is found in a file of YAML stands where it is in that file.

use plimsoll_model::{Diagnostic, Export, Gvk, Node, Origin, Report, Span, Value};
use plimsoll_schema::{Path, PathElement, validate};

use super::meta::Meta;
use crate::compile::Objects;
use crate::declare::{Block, Content, Context, FromValue, Keyword, TypeSchema, Val};
use crate::documents::{self, Document, Place, Unreadable};
use crate::identity::RESERVED;
use crate::misfit::{self, Writer};
use crate::naming;
use crate::raw::Raw;
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
            let root = Some(raw.node());
            let source = Source { item, world, span: object.span, text: None, document: None, root };
            self.object(raw.node(), &source, out);
        }
        for text in self.yaml.iter().flat_map(|y| y.known()).flat_map(|t| &t.0) {
            let Some(yaml) = text.text() else { continue };
            let source =
                Source { item, world, span: text.span, text: Some(text), document: None, root: None };
            match documents::read(yaml, &text.origin, text.sensitive) {
                Ok(found) => {
                    for document in found.into_iter().flat_map(Document::unfolded) {
                        let root = &document.root;
                        let source = Source { document: Some(&document), root: Some(root), ..source };
                        self.object(root, &source, out);
                    }
                }
                Err(e) => out.report().push(unreadable(&e, yaml, &source)),
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
                        .detail(format!("It needs `{lacks}`, as text{}.", source.at(&fields(&[])))),
                    &fields(&[]),
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
                        source.at(&fields(&["metadata"]))
                    )),
                    &fields(&["metadata"]),
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
                                true => reserved(key, name, source, out.report()),
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
                        hide(&mut node, source.text.map(|t| &t.origin));
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
            let path = fields(&["apiVersion"]);
            report.push(
                source.finding(
                    Diagnostic::error("removed-api-version", "API version exists no longer")
                        .detail(format!("{gvk} is gone since Kubernetes {since}{}.", source.at(&path)))
                        .help(format!("use {instead}, and look up which fields have changed")),
                    &path,
                ),
            );
            return true;
        }
        let Some(kind) = plimsoll_schema::kind(gvk) else { return false };
        let writer = if source.text.is_some() { Writer::Yaml } else { Writer::Object };
        let json = misfit::present(root);
        let faults = validate::faults(kind, &json);
        let lacks = misfit::lacking(kind, &json, &faults);
        for fault in &faults {
            let at = source.at(&fault.path);
            let found = misfit::finding(writer, kind, fault, &at);
            report.push(source.finding(found, &fault.path));
        }
        for path in &lacks {
            let at = source.at(path);
            report.push(source.finding(misfit::missing(writer, kind, path, &at), path));
        }
        !faults.is_empty() || !lacks.is_empty()
    }
}

/// Where an object comes from.
#[derive(Clone, Copy)]
struct Source<'a> {
    item: &'a Item<'a>,
    world: &'a World<'a>,
    /// The attribute, or the expression that gives the text.
    span: Span,
    /// The text, where it is YAML.
    text: Option<&'a Val<String>>,
    /// The document, where it is YAML.
    document: Option<&'a Document>,
    /// The object.
    root: Option<&'a Node>,
}

impl Source<'_> {
    /// `, on line 3, column 5 of the text`, for YAML that cannot be shown.
    fn at(&self, path: &Path) -> String {
        let steps: Vec<String> = path.0.iter().map(step).collect();
        match self.document.map(|d| d.place(&steps)) {
            Some(place) if self.shown(place).is_none() => {
                format!(", on line {}, column {} of the text", place.line, place.column)
            }
            _ => String::new(),
        }
    }

    /// A place of the text in its file, unless there is a secret.
    fn shown(&self, place: Place) -> Option<Span> {
        let is_secret = self.text.is_some_and(|t| t.sensitive)
            || self.document.is_some_and(|d| {
                // Wherever it is wrong: a misspelt field holds a secret, too, and so does one line of JSON.
                let kind = d.root.get("kind").and_then(Node::as_str);
                kind.is_some_and(|kind| kind.eq_ignore_ascii_case("Secret"))
            });
        place.span.filter(|_| !is_secret)
    }

    /// Puts a finding to the field at a path, or to what is nearest to it.
    fn finding(&self, found: Diagnostic, path: &Path) -> Diagnostic {
        let steps: Vec<String> = path.0.iter().map(step).collect();
        match self.document {
            Some(document) => self.shown_at(found, self.shown(document.place(&steps))),
            None => {
                let place = self.root.and_then(|root| misfit::node_at(root, path).origin().span());
                found.at(place.unwrap_or(self.span), "")
            }
        }
    }

    /// Puts a finding to a place of the file, and to the expression that reads it; where there is no such
    /// place, to the expression alone.
    fn shown_at(&self, found: Diagnostic, place: Option<Span>) -> Diagnostic {
        match place {
            Some(place) => found.at(place, "").related(self.span, "read here"),
            None => found.at(self.span, ""),
        }
    }
}

/// A text that is no YAML. A line of it is shown only where no secret can stand in it.
fn unreadable(e: &Unreadable, text: &str, source: &Source<'_>) -> Diagnostic {
    let found = Diagnostic::error("bad-yaml", "text is not YAML");
    let shown = |place: Place| source.shown(place).filter(|_| !text.contains("Secret"));
    let Some(place) = shown(e.at) else {
        let Place { line, column, .. } = e.at;
        let found = found.detail(format!("Line {line}, column {column} of the text: {}.", e.what));
        return source.shown_at(found, None);
    };
    let mut found = found.detail(format!("It cannot be read: {}.", e.what)).at(place, "");
    if let Some((other, what)) = &e.other
        && let Some(other) = shown(*other)
    {
        found = found.related(other, *what);
    }
    found.related(source.span, "read here")
}

/// A path of fields.
fn fields(names: &[&str]) -> Path {
    Path(names.iter().map(|n| PathElement::field(*n)).collect())
}

fn step(element: &PathElement) -> String {
    match element {
        PathElement::Field(name) => name.clone(),
        PathElement::Index(i) => i.to_string(),
        other => format!("{other:?}"),
    }
}

/// Makes all of a tree sensitive. What comes from a text comes from the expression that reads it: a line of the text
/// would show the value.
fn hide(node: &mut Node, text: Option<&Origin>) {
    let from = text.map(|t| t.with_text(None));
    match node {
        Node::Leaf(leaf) => {
            leaf.sensitive = true;
            leaf.origin = from.unwrap_or_else(|| leaf.origin.clone());
        }
        Node::List(items, origin) => {
            *origin = from.unwrap_or_else(|| origin.clone());
            items.iter_mut().for_each(|n| hide(n, text));
        }
        Node::Map(map, origin) => {
            *origin = from.unwrap_or_else(|| origin.clone());
            map.values_mut().for_each(|n| hide(n, text));
        }
    }
}

fn reserved(map: &str, key: &str, source: &Source<'_>, report: &mut Report) {
    let path = fields(&["metadata", map, key]);
    report.push(
        source.finding(
            Diagnostic::error("reserved-key", "label or annotation is reserved")
                .detail(format!(
                    "`{key}` is how Plimsoll knows its objects, so it alone writes it{}.",
                    source.at(&path)
                ))
                .help(format!("remove `{key}`")),
            &path,
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
    let path = fields(&field.split('.').collect::<Vec<_>>());
    report.push(
        source.finding(
            Diagnostic::warning("manifest-read-only", "field is written by the cluster")
                .detail(format!("`{field}` is left out{}.", source.at(&path)))
                .help(format!("remove `{field}`")),
            &path,
        ),
    );
}

#[cfg(test)]
mod tests;
