//! From a configuration to the objects it wants.

use std::collections::HashMap;

use plimsoll_model::{
    Address, Config, ConflictRule, Desired, DesiredObject, Diagnostic, Edge, Gvk, Node, ObjectId, Origin,
    Report, Span,
};

use crate::blocks::{ingress, route, service_port};
use crate::declare::{BlockSchema, Map, Tree, Val};
use crate::live::Live;
use crate::raw::{self, Raw};
use crate::syntax::{is_dns_label, is_dns_name, is_label_value};
use crate::words::Place;
use crate::world::{Decoded, Item, World, called};
use crate::{edges, identity, ignored, naming, policies};

/// Decodes, checks and compiles an evaluated configuration.
///
/// Findings go to `report`; what could be compiled is returned even then.
pub fn compile(config: &Config, report: &mut Report) -> Desired {
    compile_with(config, &Live::default(), report)
}

/// The same with what the cluster told.
pub fn compile_with(config: &Config, live: &Live, report: &mut Report) -> Desired {
    let decoded = config.blocks.iter().map(Decoded::new).collect();
    run(config, decoded, live, true, report)
}

/// What there is to order in a configuration: everything that [`check`] says besides its findings.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Relations {
    /// The addresses of all objects, sorted.
    pub addresses: Vec<Address>,
    /// Edges between them, sorted.
    pub edges: Vec<Edge>,
}

/// Has the findings of [`compile`], the same ones, without making what the objects consist of where no
/// policy looks into them.
///
/// `decoded` is what stands in the blocks of `config`, one for each, in their order; their bodies are
/// not looked at again and may be gone.
pub fn check(config: &Config, decoded: Vec<Decoded>, report: &mut Report) -> Relations {
    let Desired { objects, edges, .. } = run(config, decoded, &Live::default(), false, report);
    Relations { addresses: objects.into_iter().map(|o| o.address).collect(), edges }
}

fn run(config: &Config, decoded: Vec<Decoded>, live: &Live, filled: bool, report: &mut Report) -> Desired {
    check_names_of_config(config, report);
    let world = World::new(config, decoded, live, report);
    for item in &world.items {
        called(item.block, report, |report| {
            check_name(item, report);
            item.declared.check(item, &world, report);
        });
    }
    service_port::check_node_ports(&world, report);
    ingress::check_routes(&world, report);
    // Policies look into every object.
    let filled = filled || !config.policies.is_empty();
    let mut out = Objects::new(filled);
    for item in &world.items {
        let first = out.objects.len();
        called(item.block, report, |report| {
            item.declared.compile(item, &world, &mut out);
            report.extend(std::mem::take(&mut out.report));
            ignored::tell(item, &world, out.objects.get_mut(first..).unwrap_or_default(), report);
        });
    }
    let mut objects = out.objects;
    objects.sort_by(|a, b| a.address.cmp(&b.address));
    without_namespaces(&mut objects);
    check_raw(&world, &objects, report);
    check_collisions(&objects, report);
    check_imports(config, &objects, report);
    policies::check(config, &objects, report);
    let imports = config.imports.iter().map(|i| (i.to.clone(), i.span)).collect();
    let edges = edges::edges(&world, &objects);
    Desired { objects, edges, imports, released: config.released.clone(), outputs: config.outputs.clone() }
}

/// The objects compiled so far.
#[derive(Debug)]
pub struct Objects {
    /// Whether anybody will look into them; otherwise only what they are called matters.
    filled: bool,
    objects: Vec<DesiredObject>,
    report: Report,
}

/// An object under construction: its metadata is there, the rest is up to the block.
#[derive(Debug)]
pub struct Draft {
    /// What stands beside `metadata`.
    pub body: Tree,
    /// See [`DesiredObject::first_replicas`].
    pub first_replicas: Option<i64>,
    /// See [`DesiredObject::wait`].
    pub wait: bool,
    metadata: Tree,
    annotations: Tree,
    address: Address,
    id: ObjectId,
    span: Span,
    prevent_destroy: bool,
    drift: plimsoll_model::Drift,
    conflicts: Vec<ConflictRule>,
    timeouts: plimsoll_model::Timeouts,
    raw: Option<Val<Raw>>,
    filled: bool,
    schema: &'static BlockSchema,
}

impl Draft {
    /// Whether somebody will look into the object: where not, its body may stay empty.
    pub fn is_filled(&self) -> bool {
        self.filled
    }

    /// Adds annotations.
    pub fn annotations(&mut self, tree: Tree) {
        for (key, node) in tree.into_entries() {
            self.annotations.put(key, node);
        }
    }
}

impl Draft {
    /// Says where the object lives, where its type alone does not: in the cluster as a whole, or in a
    /// namespace of its own.
    pub fn place(&mut self, cluster: bool, namespace: Option<&Node>) {
        if cluster {
            self.id.namespace = None;
            self.metadata.remove("namespace");
        } else if let Some(node) = namespace
            && let Some(own) = node.as_str()
        {
            self.id.namespace = Some(own.to_string());
            self.metadata.put("namespace", node.clone());
        }
    }

    /// Merges free fields into an object that is not the block's main one, but stands for it.
    pub fn raw(&mut self, fields: Option<&Val<Raw>>) {
        self.raw = fields.cloned();
    }

    /// Sets another field of the metadata.
    pub fn metadata_field(&mut self, key: &str, node: Node) {
        self.metadata.put(key, node);
    }

    /// Sets a label or an annotation, unless it is one of those that all objects have.
    pub fn mark(&mut self, map: &str, key: &str, node: Node) {
        if map == "annotations" {
            self.annotations.put(key, node);
        } else if key != identity::MANAGED_BY {
            self.metadata.change("labels", |labels| {
                if let Node::Map(labels, _) = labels {
                    labels.insert(key.to_string(), node);
                }
            });
        }
    }
}

impl Objects {
    /// None yet; `filled` says whether anybody will look into them.
    pub fn new(filled: bool) -> Objects {
        Objects { filled, objects: Vec::new(), report: Report::new() }
    }

    /// All that were compiled.
    pub fn into_objects(self) -> Vec<DesiredObject> {
        self.objects
    }

    /// Where findings of compilation go.
    pub fn report(&mut self) -> &mut Report {
        &mut self.report
    }

    /// Starts an object of a block; `part` names it where it is not the main one.
    pub fn object(
        &mut self,
        item: &Item<'_>,
        part: Option<&str>,
        gvk: Gvk,
        name: &str,
        labels: &Map<String>,
        world: &World<'_>,
    ) -> Draft {
        let namespaced = plimsoll_schema::kind(&gvk).is_none_or(|kind| kind.namespaced);
        let namespace = namespaced.then(|| world.namespace().to_string());
        let meta = item.declared.meta();
        let raw = meta.raw.clone().filter(|_| part.is_none());
        let conflicts = match part {
            None => meta.conflicts(&gvk, &mut self.report),
            Some(_) => Vec::new(),
        };
        // What `raw` says is laid over the whole object, and judged there.
        let filled = self.filled || meta.raw.is_some() || is_definition(&gvk);
        let origin = match (part, &meta.name) {
            (None, Some(own)) => own.origin.clone(),
            _ => Origin::at(item.block.header_span),
        };
        let address = match part {
            Some(part) => item.block.address.clone().with_part(part),
            None => item.block.address.clone(),
        };
        let (mut metadata, mut annotations) = (Tree::new(), Tree::new());
        if filled {
            metadata.put("name", Node::leaf(name, origin));
            if let Some(namespace) = &namespace {
                let span = world.config.environment.namespace_span;
                metadata
                    .put("namespace", Node::leaf(namespace.clone(), span.map_or(Origin::NONE, Origin::at)));
            }
            metadata.map("labels", identity::object_labels(world, item, labels));
            for (key, value) in &meta.annotations {
                annotations.attr(key, value);
            }
            annotations.fixed(identity::ADDRESS, address.to_string());
        }
        Draft {
            body: Tree::new(),
            first_replicas: None,
            wait: false,
            metadata,
            annotations,
            address,
            id: ObjectId { gvk, namespace, name: name.to_string() },
            span: item.block.header_span,
            prevent_destroy: meta.prevent_destroy(),
            drift: meta.drift(),
            conflicts,
            timeouts: meta.limits(),
            raw,
            filled,
            schema: item.declared.schema(),
        }
    }

    /// Finishes an object.
    pub fn push(&mut self, draft: Draft) {
        let mut root = Tree::new();
        if draft.filled {
            root.fixed("apiVersion", draft.id.gvk.api_version());
            root.fixed("kind", draft.id.gvk.kind.clone());
            let mut metadata = draft.metadata;
            metadata.map("annotations", draft.annotations);
            root.map("metadata", metadata);
            for (key, node) in draft.body.into_entries() {
                root.put(key, node);
            }
        }
        let mut root = root.node();
        if let Some(fields) = &draft.raw {
            let target = raw::Target {
                block: &draft.address.to_string(),
                gvk: &draft.id.gvk,
                words: Place::root(draft.schema),
                scaled: draft.first_replicas.is_some(),
            };
            raw::merge(&mut root, fields, &target, &mut self.report);
        }
        if !self.filled && !is_definition(&draft.id.gvk) {
            root = Node::map();
        }
        self.objects.push(DesiredObject {
            address: draft.address,
            id: draft.id,
            root,
            span: draft.span,
            first_replicas: draft.first_replicas,
            prevent_destroy: draft.prevent_destroy,
            ignored: Vec::new(),
            drift: draft.drift,
            conflicts: draft.conflicts,
            timeouts: draft.timeouts,
            wait: draft.wait,
        });
    }
}

/// An import names the object that its block becomes.
fn check_imports(config: &Config, objects: &[DesiredObject], report: &mut Report) {
    for import in &config.imports {
        let Some((name, span)) = &import.name else { continue };
        let Some(object) = objects.iter().find(|o| o.address == import.to) else { continue };
        if object.id.name != *name {
            report.push(
                Diagnostic::error("import-other-name", "the block becomes an object of another name")
                    .detail(format!(
                        "{} becomes {}, and the import takes over \"{name}\".",
                        import.to, object.id
                    ))
                    .at(*span, "the object that exists")
                    .related(object.span, format!("becomes {}", object.id))
                    .help(format!("in {}: name = \"{name}\"", import.to)),
            );
        }
    }
}

/// Project and environment become label values.
fn check_names_of_config(config: &Config, report: &mut Report) {
    let names = [
        ("project", &config.project.name, Some(config.project.span)),
        ("environment", &config.environment.name, config.environment.span),
    ];
    for (what, name, span) in names {
        if !is_label_value(name) {
            report.push(
                Diagnostic::error("bad-name", "name is malformed")
                    .detail(format!(
                        "\"{name}\", the name of the {what}, stands in labels: at most 63 letters, digits, `-`, `_` and `.`, all ASCII."
                    ))
                    .at_some(span, ""),
            );
        }
    }
}

/// A name that follows from label and key can hold what objects cannot be called.
fn check_name(item: &Item<'_>, report: &mut Report) {
    let ok = match item.block.address.block.as_str() {
        "app" => is_dns_label(&item.name),
        "service" | "namespace" => true,
        _ => is_dns_name(&item.name),
    };
    if ok && is_dns_label(&item.base) {
        return;
    }
    let fixed: String = item
        .name
        .to_lowercase()
        .chars()
        .take(naming::LABEL)
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    report.push(
        Diagnostic::error("bad-name", "name is malformed")
            .detail(format!(
                "{} would be called \"{}\", but a name has at most 63 lower-case letters, digits and `-`.",
                item.block.address, item.name
            ))
            .at(item.name_span(), "")
            .help(format!("name = \"{}\"", fixed.trim_matches('-'))),
    );
}

/// Takes the namespace from objects whose type this configuration declares for the whole cluster.
fn without_namespaces(objects: &mut [DesiredObject]) {
    let wide: Vec<Gvk> =
        objects.iter().filter_map(definition).filter(|d| d.cluster_wide).map(|d| d.gvk).collect();
    for object in objects {
        if wide.iter().any(|gvk| gvk.group == object.id.gvk.group && gvk.kind == object.id.gvk.kind) {
            object.id.namespace = None;
            if let Node::Map(root, _) = &mut object.root
                && let Some(Node::Map(metadata, _)) = root.get_mut("metadata")
            {
                metadata.shift_remove("namespace");
            }
        }
    }
}

/// A type that an object declares.
pub struct Definition {
    /// Group and kind; the version is empty.
    pub gvk: Gvk,
    /// Whether its objects live in no namespace.
    pub cluster_wide: bool,
}

/// Whether objects of a type declare types themselves.
fn is_definition(gvk: &Gvk) -> bool {
    gvk.kind == "CustomResourceDefinition"
}

/// The type that an object declares, where it is a definition.
pub fn definition(object: &DesiredObject) -> Option<Definition> {
    if !is_definition(&object.id.gvk) {
        return None;
    }
    let spec = object.root.get("spec")?;
    let group = spec.get("group")?.as_str()?;
    let kind = spec.get("names")?.get("kind")?.as_str()?;
    let cluster_wide = spec.get("scope").and_then(Node::as_str) == Some("Cluster");
    Some(Definition { gvk: Gvk::new(group, "", kind), cluster_wide })
}

/// Fields for an object that is not there.
fn check_raw(world: &World<'_>, objects: &[DesiredObject], report: &mut Report) {
    let has = |address: &Address| objects.binary_search_by(|o| o.address.cmp(address)).is_ok();
    for item in &world.items {
        let address = &item.block.address;
        if let Some(fields) = &item.declared.meta().raw
            && !has(address)
            && !has(&address.clone().with_part(route::PART))
        {
            raw::without_object(&address.to_string(), fields, report);
        }
    }
}

/// Two blocks that want one object.
fn check_collisions(objects: &[DesiredObject], report: &mut Report) {
    let mut seen: HashMap<&ObjectId, &DesiredObject> = HashMap::with_capacity(objects.len());
    for object in objects {
        if let Some(first) = seen.get(&object.id) {
            report.push(
                Diagnostic::error("name-collision", "two blocks want one object")
                    .detail(format!("{} and {} are both {}.", first.address, object.address, object.id))
                    .at(object.span, "the second one")
                    .related(first.span, "the first one")
                    .help(format!("name = \"{}-2\" in one of them", object.id.name)),
            );
        } else {
            seen.insert(&object.id, object);
        }
    }
    for pair in objects.windows(2) {
        if let [first, second] = pair
            && first.address == second.address
            && first.id != second.id
        {
            report.push(
                Diagnostic::error("address-collision", "two objects have one address")
                    .detail(format!("{} would be a {} and a {}.", first.address, first.id.gvk, second.id.gvk))
                    .at(second.span, "")
                    .help("put one of them into a `manifest` of its own"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{expect, expect_file};

    use super::Node;
    use crate::testing::{Compiled, app, check, compile, compile_files, findings, round_trip, yaml};

    const NGINX: &str = include_str!("../../../examples/01-nginx/main.hcl");
    const THREE_TIER: &str = include_str!("../../../examples/02-three-tier/main.hcl");

    const PROD: &str = include_str!("../../../examples/02-three-tier/prod.values.hcl");

    /// The reference application without its `project` block.
    fn nginx() -> String {
        NGINX.replace("project \"nginx\" {}", "")
    }

    fn everything(compiled: &Compiled) -> String {
        let mut out = findings(&compiled.report, &compiled.sources);
        for object in &compiled.desired.objects {
            out.push_str(&format!("--- {}", object.address));
            if let Some(first) = object.first_replicas {
                out.push_str(&format!(" (first replicas: {first})"));
            }
            out.push('\n');
            out.push_str(&yaml(&object.root.to_json()));
        }
        out
    }

    #[test]
    fn the_reference_application() {
        for object in &compile(&nginx()).desired.objects {
            round_trip(object);
        }
        expect_file!["../golden/nginx.yaml"].assert_eq(&everything(&compile(&nginx())));
    }

    #[test]
    fn three_tiers() {
        let files = [("main.hcl", THREE_TIER), ("prod.values.hcl", PROD)];
        for (environment, golden) in [
            ("dev", expect_file!["../golden/three-tier-dev.yaml"]),
            ("prod", expect_file!["../golden/three-tier-prod.yaml"]),
        ] {
            let compiled = compile_files(&files, environment);
            compiled.desired.objects.iter().for_each(round_trip);
            golden.assert_eq(&everything(&compiled));
        }
    }

    #[test]
    fn a_name_saves_a_key_that_no_object_can_be_called() {
        let compiled = compile(
            "app \"a\" {\nfor_each = { \"A b\" = 1 }\nname = \"ab\"\ncontainer \"c\" { image = \"c:1\" }\n}",
        );
        assert_eq!(findings(&compiled.report, &compiled.sources), "");
        let labels = compiled.desired.objects[0].root.get("metadata").and_then(|m| m.get("labels")).unwrap();
        assert_eq!(labels.get("app.kubernetes.io/name").and_then(Node::as_str), Some("ab"));
    }

    #[test]
    fn the_same_bytes_every_time() {
        assert_eq!(everything(&compile(&nginx())), everything(&compile(&nginx())));
    }

    #[test]
    fn every_written_leaf_knows_its_line() {
        let compiled = compile(&nginx());
        let mut lines = String::new();
        for object in &compiled.desired.objects {
            for (path, leaf) in object.root.leaves() {
                let path = path.join(".");
                if path.starts_with("spec.template.spec.containers") || path.starts_with("spec.rules") {
                    let place = leaf.origin.shown().map(|s| compiled.sources.snippet(s).to_string());
                    lines.push_str(&format!("{path} <- {}\n", place.unwrap_or_else(|| "(generated)".into())));
                }
            }
        }
        expect_file!["../golden/nginx.origins"].assert_eq(&lines);
    }

    #[test]
    fn labels_and_names_that_collide() {
        let text = format!(
            "{}\napp \"api\" {{\nname = \"web\"\nlabels = {{ \"plimsoll.dev/app\" = \"x\" }}\ncontainer \"c\" {{ image = \"a:1\" }}\n}}\nconfig \"Big\" {{ data = {{ a = \"b\" }} }}",
            app("", "")
        );
        check(
            &text,
            expect![[r#"
            error[name-collision]: two blocks want one object
              app.api and app.web are both Deployment shop/web.
              t.hcl:1: app "web"   the second one
              t.hcl:10: app "api"   the first one
              help: name = "web-2" in one of them
            error[reserved-key]: label or annotation is reserved
              The label `plimsoll.dev/app` is how Plimsoll knows its objects, so it alone writes it.
              t.hcl:12: "x"
              help: remove `plimsoll.dev/app`
            error[bad-name]: name is malformed
              config.Big would be called "Big", but a name has at most 63 lower-case letters, digits and `-`.
              t.hcl:15: config "Big"
              help: name = "big"
        "#]],
        );
    }

    #[test]
    fn names_of_the_configuration_stand_in_labels() {
        let compiled = compile_files(&[("t.hcl", "project \"größe\" {}")], "default");
        expect![[r#"
            error[bad-name]: name is malformed
              "größe", the name of the project, stands in labels: at most 63 letters, digits, `-`, `_` and `.`, all ASCII.
              t.hcl:1: project "größe"
        "#]].assert_eq(&findings(&compiled.report, &compiled.sources));
    }

    #[test]
    fn objects_that_may_not_go_are_marked() {
        let compiled = compile(&app("", "lifecycle { prevent_destroy = true }"));
        assert!(compiled.desired.objects[0].prevent_destroy && compiled.desired.objects[0].wait);
        assert_eq!(findings(&compiled.report, &compiled.sources), "");
    }
}
