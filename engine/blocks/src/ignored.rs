//! `lifecycle { ignore_changes = [ … ] }`: which fields of a block's objects stay as the cluster has them.
//!
//! A name is looked up by what it does: the block is compiled once more with that attribute known to
//! the cluster alone, and the fields that come out unknown are those that it stands for. So every
//! attribute can be named whatever it becomes, one that is not written included.

mod fields;
mod unknown;

use plimsoll_model::{
    Address, ConfigBlock, DesiredObject, Diagnostic, Ignored, Path, PathElement, Report, Span,
};

use crate::blocks::lifecycle::{Ignoring, Name};
use crate::compile::Objects;
use crate::declare::TypeSchema;
use crate::identity::is_reserved;
use crate::vocabulary::Declared;
use crate::world::{Item, World, named};
use fields::Fields;
use unknown::Keys;

/// A block in which one attribute is known to the cluster alone.
#[derive(Debug)]
pub struct Probe<D> {
    name: Name,
    keys: Keys,
    /// Whether the attribute must be known while planning, such as a kind or a reference.
    decides: bool,
    block: D,
}

impl Probe<Declared> {
    /// The same with the names of its objects.
    pub fn of(self, block: &ConfigBlock) -> Probe<Item<'_>> {
        let Probe { name, keys, decides, block: declared } = self;
        Probe { name, keys, decides, block: named(block, declared, Vec::new()) }
    }
}

/// One probe for each name that a block ignores; what stands for nothing is reported.
pub fn probes(block: &ConfigBlock, declared: &Declared, report: &mut Report) -> Vec<Probe<Declared>> {
    let Some(Ignoring::Names(names)) = declared.meta().ignoring().and_then(|val| val.known()) else {
        return Vec::new();
    };
    let address = block.address.written().to_string();
    let mut out = Vec::new();
    for name in names {
        let placed = match unknown::place(&address, declared.schema(), &block.body, name) {
            Ok(placed) => placed,
            Err(found) => {
                report.push(*found);
                continue;
            }
        };
        let refers = matches!(placed.schema.ty, TypeSchema::Reference(..));
        let (keys, decides) = (placed.keys, placed.schema.known || refers);
        // What is wrong with the block is said of the block itself.
        if let Some(declared) = Declared::decode(block, &placed.body, &mut Report::new()) {
            out.push(Probe { name: name.clone(), keys, decides, block: declared });
        }
    }
    out
}

/// Tells the objects of a block which of their fields are ignored, and reports names whose fields
/// cannot be.
pub fn tell(item: &Item<'_>, world: &World<'_>, objects: &mut [DesiredObject], report: &mut Report) {
    if let Some(val) = item.declared.meta().ignoring()
        && let Some(Ignoring::All) = val.known()
    {
        objects.iter_mut().for_each(|object| all(object, val.span));
    }
    for probe in &item.probes {
        match found(item, probe, world, objects) {
            Err(finding) => report.push(*finding),
            Ok(found) => {
                for (address, ignored) in found {
                    if let Some(object) = objects.iter_mut().find(|o| o.address == address) {
                        object.ignored.push(ignored);
                    }
                }
            }
        }
    }
}

/// Everything but what makes the object the one that it is.
fn all(object: &mut DesiredObject, span: Span) {
    let fields = Fields::of(plimsoll_schema::kind(&object.id.gvk), &object.root);
    let except = fields.all.into_iter().map(|(path, _)| path).filter(is_identity).collect();
    object.ignored.push(Ignored { path: Path::default(), except, span });
}

/// The places that a name stands for in the objects of its block.
///
/// # Errors
/// Why there is none, or none that can be ignored.
fn found(
    item: &Item<'_>,
    probe: &Probe<Item<'_>>,
    world: &World<'_>,
    objects: &[DesiredObject],
) -> Result<Vec<(Address, Ignored)>, Box<Diagnostic>> {
    let (name, span) = (&probe.name, probe.name.span);
    let block = item.block.address.written();
    let found_again = || {
        let detail = format!(
            "`{name}` decides which objects {block} makes, or how they are found again: it cannot be another one \
             in the cluster."
        );
        identity(name, detail)
    };
    let mut out = Objects::new(true);
    probe.block.declared.compile(&probe.block, world, &mut out);
    let made = out.into_objects();
    let id = |o: &DesiredObject| (o.address.clone(), o.id.clone());
    let reserved = name.steps.last().is_some_and(|step| is_reserved(step));
    if reserved || !made.iter().map(id).eq(objects.iter().map(id)) {
        return Err(found_again().into());
    }
    let mut ignored = Vec::new();
    for object in &made {
        let fields = Fields::of(plimsoll_schema::kind(&object.id.gvk), &object.root);
        if let Some(path) = fields.keys.first() {
            let detail = format!("`{name}` says which item of a list is meant, {path} of {}.", object.id);
            return Err(identity(name, detail).into());
        }
        if let Some(path) = fields.in_part.first() {
            return Err(Diagnostic::error("ignore-in-part", "a part of a value cannot be ignored")
                .detail(format!(
                    "`{name}` is a part of {path} of {}, which the cluster keeps as one value.",
                    object.id
                ))
                .at(span, "")
                .help("name every attribute that goes into it, or none")
                .into());
        }
        for (path, except) in fields.places(&probe.keys) {
            if is_identity(&path) {
                return Err(found_again().into());
            }
            ignored.push((object.address.clone(), Ignored { path, except, span }));
        }
    }
    match ignored.is_empty() {
        false => Ok(ignored),
        true if probe.decides => Err(identity(
            name,
            format!("`{name}` of {block} has to be known while planning: it cannot be left to the cluster."),
        )
        .into()),
        true => Err(Diagnostic::warning("ignore-without-effect", "there is nothing to ignore")
            .detail(format!("`{name}` of {block} sets no field of an object."))
            .at(span, "")
            .help("leave it out of ignore_changes")
            .into()),
    }
}

fn identity(name: &Name, detail: String) -> Diagnostic {
    Diagnostic::error("ignore-of-identity", "an attribute cannot be ignored")
        .detail(detail)
        .at(name.span, "")
        .help("leave it out of ignore_changes")
}

/// Whether a field makes the object the one that it is: type, name, what it selects, Plimsoll's own marks.
fn is_identity(path: &Path) -> bool {
    let field = |i: usize| match path.0.get(i) {
        Some(PathElement::Field(name)) => name.as_str(),
        _ => "",
    };
    match (field(0), field(1)) {
        ("apiVersion" | "kind", _) | ("metadata", "name" | "namespace") | ("spec", "selector") => true,
        ("metadata", "labels" | "annotations") => is_reserved(field(2)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::testing::{app, compile, findings};

    fn check(text: &str, expect: Expect) {
        let compiled = compile(text);
        let mut out = findings(&compiled.report, &compiled.sources);
        for object in &compiled.desired.objects {
            for ignored in &object.ignored {
                let name = compiled.sources.snippet(ignored.span);
                out.push_str(&format!("{}: {name} -> {}", object.address, ignored.path));
                let except: Vec<String> = ignored.except.iter().map(ToString::to_string).collect();
                let except =
                    if except.is_empty() { String::new() } else { format!(" but {}", except.join(", ")) };
                out.push_str(&format!("{except}\n"));
            }
        }
        expect.assert_eq(&out);
    }

    #[test]
    fn a_name_stands_for_the_fields_that_its_attribute_becomes() {
        let names = "lifecycle {\nignore_changes = [replicas, container.web.image, container[\"web\"].env[\"A\"], container.web.args, container.web.resources.limits[\"cpu\"], min_ready_seconds, update_strategy.max_surge]\n}";
        check(
            &app("env = { A = 1, B = 2 }\nargs = [\"x\", \"y\"]", &format!("replicas = 2\n{names}")),
            expect![[r#"
                app.web: replicas -> spec.replicas
                app.web: container.web.image -> spec.template.spec.containers[name=web].image
                app.web: container["web"].env["A"] -> spec.template.spec.containers[name=web].env[name=A]
                app.web: container.web.args -> spec.template.spec.containers[name=web].args
                app.web: container.web.resources.limits["cpu"] -> spec.template.spec.containers[name=web].resources.limits.cpu
                app.web: min_ready_seconds -> spec.minReadySeconds
                app.web: update_strategy.max_surge -> spec.strategy.rollingUpdate.maxSurge
            "#]],
        );
    }

    #[test]
    fn a_map_is_ignored_with_every_key_but_those_that_others_set() {
        let names = "lifecycle {\nignore_changes = [labels, annotations[\"a.b/c\"], container.web.env, container.web.resources.requests]\n}";
        let log = "env = { A = 1 }\nlog \"out\" { path = \"stdout\" }";
        check(
            &app(log, &format!("labels = {{ team = \"web\" }}\n{names}")),
            expect![[r#"
            app.web: labels -> metadata.labels but metadata.labels.app.kubernetes.io/name, metadata.labels.app.kubernetes.io/part-of, metadata.labels.app.kubernetes.io/managed-by, metadata.labels.plimsoll.dev/project, metadata.labels.plimsoll.dev/environment
            app.web: labels -> spec.template.metadata.labels but spec.template.metadata.labels.app.kubernetes.io/name, spec.template.metadata.labels.app.kubernetes.io/part-of, spec.template.metadata.labels.app.kubernetes.io/managed-by, spec.template.metadata.labels.plimsoll.dev/project, spec.template.metadata.labels.plimsoll.dev/environment, spec.template.metadata.labels.plimsoll.dev/app
            app.web: annotations["a.b/c"] -> metadata.annotations.a.b/c
            app.web: annotations["a.b/c"] -> spec.template.metadata.annotations.a.b/c
            app.web: container.web.env -> spec.template.spec.containers[name=web].env but spec.template.spec.containers[name=web].env[name=aliyun_logs_out].name, spec.template.spec.containers[name=web].env[name=aliyun_logs_out].value
            app.web: container.web.resources.requests -> spec.template.spec.containers[name=web].resources.requests
        "#]],
        );
        check(
            &app("", &names.replace(", container.web.resources.requests", "")),
            expect![[r#"
            app.web: labels -> metadata.labels but metadata.labels.app.kubernetes.io/name, metadata.labels.app.kubernetes.io/part-of, metadata.labels.app.kubernetes.io/managed-by, metadata.labels.plimsoll.dev/project, metadata.labels.plimsoll.dev/environment
            app.web: labels -> spec.template.metadata.labels but spec.template.metadata.labels.app.kubernetes.io/name, spec.template.metadata.labels.app.kubernetes.io/part-of, spec.template.metadata.labels.app.kubernetes.io/managed-by, spec.template.metadata.labels.plimsoll.dev/project, spec.template.metadata.labels.plimsoll.dev/environment, spec.template.metadata.labels.plimsoll.dev/app
            app.web: annotations["a.b/c"] -> metadata.annotations.a.b/c
            app.web: annotations["a.b/c"] -> spec.template.metadata.annotations.a.b/c
            app.web: container.web.env -> spec.template.spec.containers[name=web].env
        "#]],
        );
    }

    #[test]
    fn values_from_elsewhere_count_where_they_are_used() {
        check(
            "locals {\nall = { team = \"web\", tier = var.tier }\n}\nvariable \"tier\" {\ndefault = \"1\"\n}\nconfig \"c\" {\nlabels = merge(local.all, { x = \"y\" })\ndata = { for k, v in local.all : upper(k) => v }\nlifecycle {\nignore_changes = [labels[\"tier\"], data]\n}\n}",
            expect![[r#"
                config.c: labels["tier"] -> metadata.labels.tier
                config.c: data -> data
            "#]],
        );
    }

    #[test]
    fn everything_is_ignored_but_what_the_object_is_known_by() {
        check(
            "config \"c\" {\ndata = { a = \"b\" }\nlifecycle {\nignore_changes = all\n}\n}",
            expect![[r#"
            config.c: all ->  but apiVersion, kind, metadata.name, metadata.namespace, metadata.labels.app.kubernetes.io/managed-by, metadata.labels.plimsoll.dev/project, metadata.labels.plimsoll.dev/environment, metadata.annotations.plimsoll.dev/address
        "#]],
        );
    }

    #[test]
    fn fields_of_the_api_are_named_by_their_own_names() {
        check(
            &app(
                "",
                "raw = { spec = { paused = true, template = { spec = { hostUsers = false } } } }\nlifecycle {\nignore_changes = [raw.spec.paused, raw.spec.template]\n}",
            ),
            expect![[r#"
                warning[raw-has-word]: a word exists for this field
                  `host_users` of app.web sets this field, and is checked with the rest.
                  t.hcl:2: false
                  help: host_users = false
                app.web: raw.spec.paused -> spec.paused
                app.web: raw.spec.template -> spec.template but spec.template.metadata.labels.app.kubernetes.io/name, spec.template.metadata.labels.app.kubernetes.io/part-of, spec.template.metadata.labels.app.kubernetes.io/managed-by, spec.template.metadata.labels.plimsoll.dev/project, spec.template.metadata.labels.plimsoll.dev/environment, spec.template.metadata.labels.plimsoll.dev/app, spec.template.spec.containers[name=web].name, spec.template.spec.containers[name=web].image, spec.template.spec.containers[name=web].ports[containerPort=80,protocol=TCP].name, spec.template.spec.containers[name=web].ports[containerPort=80,protocol=TCP].containerPort, spec.template.spec.containers[name=web].ports[containerPort=80,protocol=TCP].protocol
            "#]],
        );
        check(
            "manifest \"m\" {\nobject = {\napiVersion = \"v1\"\nkind = \"Service\"\nspec = { type = \"NodePort\", ports = [{ port = 80, nodePort = 30080 }] }\n}\nlifecycle {\nignore_changes = [object.spec.ports[0].nodePort]\n}\n}",
            expect![[r#"
                manifest.m: object.spec.ports[0].nodePort -> spec.ports[port=80,protocol=TCP].nodePort
            "#]],
        );
    }

    #[test]
    fn what_is_ignored_of_a_config_rolls_nothing() {
        let hash = |value: &str, ignored: &str| {
            let text = format!(
                "config \"c\" {{\ndata = {{ A = \"{value}\", B = \"x\" }}\nlifecycle {{ ignore_changes = [{ignored}] }}\n}}\n{}",
                app("env_from = [config.c]", "")
            );
            let compiled = compile(&text);
            let object =
                compiled.desired.objects.into_iter().find(|o| o.id.gvk.kind == "Deployment").unwrap();
            let path = ["spec", "template", "metadata", "annotations", "plimsoll.dev/config-hash"];
            path.iter()
                .try_fold(&object.root, |node, step| node.get(step))
                .and_then(|n| n.as_str())
                .unwrap()
                .to_string()
        };
        assert_ne!(hash("1", ""), hash("2", ""));
        assert_ne!(hash("1", "data[\"B\"]"), hash("2", "data[\"B\"]"));
        assert_eq!(hash("1", "data[\"A\"]"), hash("2", "data[\"A\"]"));
        assert_eq!(hash("1", "data"), hash("2", "data"));
    }
}
