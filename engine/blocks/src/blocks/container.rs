//! `container`, `init_container`, `sidecar`: what runs in a pod.

use std::collections::BTreeSet;

use plimsoll_model::{Diagnostic, Node, Origin, Report, Span};

use super::device::{self, Device};
use super::env::{self, EnvFrom, EnvValue};
use super::hook::Hook;
use super::log::{self, Log};
use super::mount::{self, Mount};
use super::port::{self, Port, PortTarget};
use super::probe::{Probe, Role};
use super::resize::{self, ResizePolicy};
use super::resources::Resources;
use super::security::ContainerSecurity;
use crate::declare::{Block, Keyword, Labeled, Map, Nested, Tree, Val};
use crate::handles::VolumeRef;
use crate::image::Image;
use crate::syntax;
use crate::world::World;

/// A container of a pod.
#[derive(Debug, Clone, Block)]
#[block(name = "container", label = "name", label_key = "name")]
pub struct Container {
    /// The image: `domain/namespace/image:tag`; without a tag it is the latest one.
    #[attr(syntax = syntax::IMAGE)]
    pub image: Val<String>,
    /// When the image is pulled; by default once, and always for `latest`.
    pub image_pull_policy: Option<Val<PullPolicy>>,
    /// The program and its arguments, instead of the image's entry point.
    pub command: Option<Val<Vec<Val<String>>>>,
    /// Arguments, instead of the image's.
    pub args: Option<Val<Vec<Val<String>>>>,
    /// The folder that the program starts in.
    #[attr(to = "workingDir")]
    pub working_dir: Option<Val<String>>,
    /// Environment variables: text, keys of configs and secrets, `field(…)`, `resource(…)`.
    #[attr(manual, keys = syntax::ENV_NAME)]
    pub env: Map<EnvValue>,
    /// Whole configs and secrets as environment variables: `[config.site, secret.db]`, or `{ from, prefix }`.
    #[attr(manual, known)]
    pub env_from: Vec<Val<EnvFrom>>,
    /// A port that it listens on.
    #[nested(to = "ports")]
    pub port: Vec<Labeled<Port>>,
    /// What it reserves and what it may use.
    #[nested]
    pub resources: Option<Nested<Resources>>,
    /// What a change of its resources does to it.
    #[nested]
    pub resize_policy: Vec<Labeled<ResizePolicy>>,
    /// Restarts it where it fails.
    #[nested(manual)]
    pub liveness_probe: Option<Nested<Probe>>,
    /// Takes it out of services while it fails.
    #[nested(manual)]
    pub readiness_probe: Option<Nested<Probe>>,
    /// Holds the other probes back until it passes.
    #[nested(manual)]
    pub startup_probe: Option<Nested<Probe>>,
    /// Runs right after its start.
    #[nested(manual)]
    pub post_start: Option<Nested<Hook>>,
    /// Runs before it is stopped.
    #[nested(manual)]
    pub pre_stop: Option<Nested<Hook>>,
    /// Whether its standard input stays open.
    pub stdin: Option<Val<bool>>,
    /// Whether standard input closes after the first one who attached has left.
    pub stdin_once: Option<Val<bool>>,
    /// Whether it has a terminal; needs `stdin`.
    pub tty: Option<Val<bool>>,
    /// Where it sees a volume.
    #[nested(manual)]
    pub mount: Vec<Labeled<Mount>>,
    /// Where it sees a volume of raw blocks.
    #[nested(manual)]
    pub device: Vec<Labeled<Device>>,
    /// What the log service collects from it.
    #[nested(manual)]
    pub log: Vec<Labeled<Log>>,
    /// Under which rights it runs.
    #[nested]
    pub security_context: Option<Nested<ContainerSecurity>>,
    /// The file that holds its last words.
    #[attr(syntax = syntax::ABSOLUTE_PATH)]
    pub termination_message_path: Option<Val<String>>,
    /// Whether the end of its log stands for last words that it did not write.
    pub termination_message_policy: Option<Val<TerminationMessage>>,
}

/// When an image is pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum PullPolicy {
    /// At every start.
    Always,
    /// Where the node does not have it.
    IfNotPresent,
    /// Never: the node must have it.
    Never,
}

/// Where a container's last words come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum TerminationMessage {
    /// Its file.
    File,
    /// Its log, where the file is empty and it failed.
    FallbackToLogsOnError,
}

/// What a container is in its pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It runs as long as the pod.
    Main,
    /// It runs to its end before the others start.
    Init,
    /// It starts before the others and runs as long as the pod.
    Sidecar,
}

impl Container {
    /// The probes that are there.
    pub fn probes(&self) -> impl Iterator<Item = (Role, &Nested<Probe>)> {
        let all = [
            (Role::Liveness, &self.liveness_probe),
            (Role::Readiness, &self.readiness_probe),
            (Role::Startup, &self.startup_probe),
        ];
        all.into_iter().filter_map(|(role, probe)| Some((role, probe.as_ref()?)))
    }

    /// The volumes that it mounts or has as devices, with where it does.
    pub fn uses(&self) -> impl Iterator<Item = (&Val<VolumeRef>, Span)> {
        let devices = self.device.iter().map(|d| (&d.volume, d.header));
        self.mount.iter().map(|m| (&m.volume, m.header)).chain(devices)
    }

    /// The hooks that are there, with their types.
    pub fn hooks(&self) -> impl Iterator<Item = (&'static str, &Nested<Hook>)> {
        let all = [("post_start", &self.post_start), ("pre_stop", &self.pre_stop)];
        all.into_iter().filter_map(|(name, hook)| Some((name, hook.as_ref()?)))
    }
}

/// Everything that a container can get wrong by itself.
pub fn check(container: &Labeled<Container>, place: Place, report: &mut Report) {
    check_name(container, report);
    check_image(container, report);
    for (i, port) in container.port.iter().enumerate() {
        port::check_name(port, report);
        if let Some(first) = container.port[..i].iter().find(|p| p.label == port.label) {
            report.push(
                Diagnostic::error("duplicate-port", "port name stands twice")
                    .detail(format!("A pod has one port \"{}\".", port.label))
                    .at(port.label_span, "the second one")
                    .related(first.label_span, "the first one"),
            );
        }
    }
    if let Some(resources) = &container.resources {
        resources.check(report);
    }
    for (role, probe) in container.probes() {
        probe.check(role, probe, report);
        check_asked_ports(container, role.block(), probe.ports(), report);
        refuse_on_init(container, place, role.block(), probe.header, report);
    }
    for (name, hook) in container.hooks() {
        hook.check(name, hook, report);
        check_asked_ports(container, name, hook.http_get.iter().map(|h| &h.port), report);
        refuse_on_init(container, place, name, hook.header, report);
    }
    if let Some(tty) = &container.tty
        && tty.known() == Some(&true)
        && container.stdin.as_ref().is_none_or(|s| s.known() == Some(&false))
    {
        report.push(
            Diagnostic::warning("tty-without-stdin", "terminal without standard input")
                .detail("Nobody can type into a terminal whose standard input is closed.")
                .at(tty.span, "")
                .help("stdin = true"),
        );
    }
    if let Some(security) = &container.security_context {
        security.check(report);
    }
    let privileged = container.security_context.as_ref().is_some_and(|s| s.is_privileged());
    mount::check(&container.mount, privileged, report);
    mount::check_variables(container, report);
    device::check(&container.device, &container.mount, report);
    resize::check(&container.resize_policy, report);
    if let (Place::Init, Some(policy)) = (place, container.resize_policy.first()) {
        refuse_on_init(container, place, "resize_policy", policy.header, report);
    }
    log::check(&container.log, &container.mount, report);
    check_log_variables(container, report);
}

fn check_name(container: &Labeled<Container>, report: &mut Report) {
    if container.label.is_empty() || syntax::is_dns_label(&container.label) {
        return;
    }
    let fixed: String = container
        .label
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    report.push(
        Diagnostic::error("bad-container-name", "container name is malformed")
            .detail(format!("\"{}\" is no DNS label: {}.", container.label, syntax::DNS_LABEL.rule))
            .at(container.label_span, "")
            .help(format!("\"{}\"", fixed.trim_matches('-'))),
    );
}

fn check_image(container: &Labeled<Container>, report: &mut Report) {
    let Some(image) = container.image.text().and_then(Image::parse) else { return };
    if image.is_latest() {
        let what =
            if image.tag.is_some() { "is the tag `latest`" } else { "has no tag, which means `latest`" };
        report.push(
            Diagnostic::warning("image-latest", "image is not pinned")
                .detail(format!(
                    "{} {what}: what runs changes with the registry, and differs between pods.",
                    container.image.shown()
                ))
                .at(container.image.span, "")
                .help(if container.image.sensitive {
                    "name a version".to_string()
                } else {
                    format!("image = \"{}:VERSION\"", image.name)
                }),
        );
    }
}

/// Ports that a probe or hook names are the container's.
fn check_asked_ports<'a>(
    container: &Labeled<Container>,
    asking: &str,
    targets: impl Iterator<Item = &'a Val<PortTarget>>,
    report: &mut Report,
) {
    for target in targets {
        if let Some(PortTarget::Name(name)) = target.known() {
            check_asked_port(container, asking, name, target.span, report);
        }
    }
}

/// Reports a port that the container does not have.
pub fn check_asked_port(
    container: &Labeled<Container>,
    asking: &str,
    name: &str,
    at: Span,
    report: &mut Report,
) {
    let names: Vec<_> = container.port.iter().map(|p| p.label.as_str()).collect();
    if names.contains(&name) {
        return;
    }
    let found = Diagnostic::error("unknown-port", "port does not exist")
        .detail(format!(
            "The {asking} asks port \"{name}\", which container \"{}\" does not have.",
            container.label
        ))
        .at(at, "")
        .related(container.header, "the container");
    report.push(match names.as_slice() {
        [] => found.help(format!("port \"{name}\" {{ container_port = 80 }}")),
        names => found.help(format!("it has \"{}\"", names.join("\", \""))),
    });
}

fn refuse_on_init(container: &Labeled<Container>, place: Place, what: &str, at: Span, report: &mut Report) {
    if place == Place::Init {
        report.push(
            Diagnostic::error("not-for-init", "init containers have no probes, hooks or resizing")
                .detail(format!("An init container runs to its end before the others start; a `{what}` has no time to act."))
                .at(at, "")
                .related(container.header, "the init container")
                .help(format!("sidecar \"{}\" {{ … }} keeps running beside the others", container.label)),
        );
    }
}

fn check_log_variables(container: &Labeled<Container>, report: &mut Report) {
    let generated = log::nodes(&container.log);
    let mut seen = BTreeSet::new();
    for node in &generated {
        let Some(name) = node.get("name").and_then(Node::as_str).filter(|n| seen.insert(n.to_string()))
        else {
            continue;
        };
        if let Some(own) = container.env.get(name) {
            report.push(
                Diagnostic::error("duplicate-env", "environment variable is set twice")
                    .detail(format!("`{name}` is what a `log` block of the container sets."))
                    .at(own.span, "set here")
                    .related(node.origin().span().unwrap_or(container.header), "and by this log"),
            );
        }
    }
}

/// The container as the API takes it.
pub fn node(container: &Labeled<Container>, place: Place, world: &World<'_>) -> Node {
    let mut tree = Tree::new();
    tree.put("name", Node::leaf(container.label.clone(), Origin::at(container.label_span)));
    container.block.write("", &mut tree);
    if place == Place::Sidecar {
        tree.fixed("restartPolicy", "Always");
    }
    let mut variables = env::nodes(&container.env, world);
    variables.extend(log::nodes(&container.log));
    tree.list("env", variables);
    tree.list("envFrom", env::from_nodes(&container.env_from, world));
    for (role, probe) in container.probes() {
        let key = match role {
            Role::Liveness => "livenessProbe",
            Role::Readiness => "readinessProbe",
            Role::Startup => "startupProbe",
        };
        tree.put(key, probe.node(probe));
    }
    let mut hooks = Tree::new();
    for (name, hook) in container.hooks() {
        hooks.put(if name == "post_start" { "postStart" } else { "preStop" }, hook.node(hook));
    }
    tree.map("lifecycle", hooks);
    tree.list("volumeMounts", mount::nodes(&container.mount, world));
    tree.list("volumeDevices", device::nodes(&container.device, world));
    Node::Map(tree.into_entries(), Origin::at(container.header))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check, object};

    #[test]
    fn names_images_and_terminals() {
        check(
            "app \"a\" {\ncontainer \"My_App\" {\nimage = \"nginx\"\ntty = true\n}\ncontainer \"b\" { image = \"Reg/x:1\" }\nsidecar \"b\" { image = \"reg.io:5000/x:latest\" }\n}",
            expect![[r#"
                error[bad-container-name]: container name is malformed
                  "My_App" is no DNS label: at most 63 lower-case letters, digits and `-`, starting and ending with a letter or digit.
                  t.hcl:2: "My_App"
                  help: "my-app"
                error[duplicate-container]: container name stands twice
                  A pod has one container "b", init containers and sidecars included.
                  t.hcl:6: container "b"   the second one
                  t.hcl:7: sidecar "b"   the first one
                warning[image-latest]: image is not pinned
                  "nginx" has no tag, which means `latest`: what runs changes with the registry, and differs between pods.
                  t.hcl:3: "nginx"
                  help: image = "nginx:VERSION"
                warning[tty-without-stdin]: terminal without standard input
                  Nobody can type into a terminal whose standard input is closed.
                  t.hcl:4: true
                  help: stdin = true
                warning[image-latest]: image is not pinned
                  "reg.io:5000/x:latest" is the tag `latest`: what runs changes with the registry, and differs between pods.
                  t.hcl:7: "reg.io:5000/x:latest"
                  help: image = "reg.io:5000/x:VERSION"
            "#]],
        );
    }

    #[test]
    fn init_containers_have_no_probes_and_sidecars_do() {
        let probe = "liveness_probe {\ntcp_socket { port = 1 }\n}\npre_stop { exec = [\"x\"] }";
        let text = app(
            "",
            &format!(
                "init_container \"i\" {{\nimage = \"i:1\"\n{probe}\n}}\nsidecar \"s\" {{\nimage = \"s:1\"\n{probe}\n}}"
            ),
        );
        check(
            &text,
            expect![[r#"
                error[not-for-init]: init containers have no probes, hooks or resizing
                  An init container runs to its end before the others start; a `liveness_probe` has no time to act.
                  t.hcl:4: liveness_probe
                  t.hcl:2: init_container "i"   the init container
                  help: sidecar "i" { … } keeps running beside the others
                error[not-for-init]: init containers have no probes, hooks or resizing
                  An init container runs to its end before the others start; a `pre_stop` has no time to act.
                  t.hcl:7: pre_stop
                  t.hcl:2: init_container "i"   the init container
                  help: sidecar "i" { … } keeps running beside the others
            "#]],
        );
    }

    #[test]
    fn port_names_are_unique_in_a_pod() {
        let text = app(
            "port \"http\" { container_port = 81 }\nport \"TOO--long-name-x\" { container_port = 0 }",
            "container \"b\" {\nimage = \"b:1\"\nport \"http\" { container_port = 82 }\n}",
        );
        check(
            &text,
            expect![[r#"
                error[duplicate-port]: port name stands twice
                  Services find a port of a pod by its name, but two containers have a port "http".
                  t.hcl:8: "http"   the second one
                  t.hcl:4: "http"   the first one
                error[duplicate-port]: port name stands twice
                  A pod has one port "http".
                  t.hcl:9: "http"   the second one
                  t.hcl:8: "http"   the first one
                error[bad-port-name]: port name is malformed
                  "TOO--long-name-x" is no port name: at most 15 lower-case letters, digits and single `-`, with a letter in it.
                  t.hcl:10: "TOO--long-name-x"
                  help: "too-long-name-x"
                error[out-of-range]: number is out of range
                  0 is not between 1 and 65535, which `container_port` of port "TOO--long-name-x" must be.
                  t.hcl:10: 0
                  help: container_port = 1
            "#]],
        );
    }

    #[test]
    fn a_sidecar_and_every_source_of_the_environment() {
        let text = app(
            "env = { A = 1, COLOR = config.site.keys.color, PASS = secret.db.keys.password, CPU = resource(\"limits.cpu\"), IP = service.s.cluster_ip, P = app.web.ports.http, T = var.password }\nenv_from = [config.site, { from = secret.db, prefix = \"DB_\" }]\nsecurity_context {\nread_only_root_filesystem = true\ncapabilities { drop = [\"ALL\"] }\n}",
            "sidecar \"s\" { image = \"s:1\" }",
        );
        let rest = "config \"site\" { data = { color = \"blue\" } }\nsecret \"db\" {\nexisting = \"shop-db\"\nkeys = [\"password\"]\n}\nservice \"s\" { app = app.web }";
        object(
            &format!("{text}\n{rest}"),
            "app.web",
            expect![[r#"
                apiVersion: apps/v1
                kind: Deployment
                metadata:
                  name: web
                spec:
                  selector:
                    matchLabels:
                      plimsoll.dev/app: web
                      plimsoll.dev/project: shop
                  template:
                    metadata:
                      annotations:
                        plimsoll.dev/config-hash: 7e76300f221c621b
                      labels:
                        app.kubernetes.io/managed-by: plimsoll
                        app.kubernetes.io/name: web
                        app.kubernetes.io/part-of: shop
                        plimsoll.dev/app: web
                        plimsoll.dev/environment: test
                        plimsoll.dev/project: shop
                    spec:
                      containers:
                      - env:
                        - name: A
                          value: "1"
                        - name: COLOR
                          valueFrom:
                            configMapKeyRef:
                              key: color
                              name: site
                        - name: CPU
                          valueFrom:
                            resourceFieldRef:
                              resource: limits.cpu
                        - name: IP
                          value: null
                        - name: P
                          value: "80"
                        - name: PASS
                          valueFrom:
                            secretKeyRef:
                              key: password
                              name: shop-db
                        - name: T
                          value: hunter2
                        envFrom:
                        - configMapRef:
                            name: site
                        - prefix: DB_
                          secretRef:
                            name: shop-db
                        image: web:1
                        name: web
                        ports:
                        - containerPort: 80
                          name: http
                          protocol: TCP
                        securityContext:
                          capabilities:
                            drop:
                            - ALL
                          readOnlyRootFilesystem: true
                      initContainers:
                      - image: s:1
                        name: s
                        restartPolicy: Always
            "#]],
        );
    }
}
