//! `app`: containers as a Deployment, StatefulSet or DaemonSet.

use plimsoll_model::{Address, BlockScope, Diagnostic, Export, Gvk, Node, Origin, Report, Value};

use super::meta::{Meta, reserved};
use super::pod::Pod;
use super::strategy::UpdateStrategy;
use crate::compile::Objects;
use crate::declare::{Block, Keyword, Map, Nested, ToJson, Tree, Val};
use crate::handles::{APP_PORT, handle};
use crate::identity;
use crate::naming::{self, HEADLESS_SUFFIX, STATEFUL_SET};
use crate::syntax;
use crate::world::{Item, World};

/// Runs containers, as a Deployment, StatefulSet or DaemonSet.
#[derive(Debug, Clone, Block)]
#[block(name = "app", label = "name")]
pub struct App {
    /// What every top-level block takes.
    #[flatten]
    pub meta: Meta,
    /// Deployment, StatefulSet or DaemonSet; a change replaces the app.
    #[attr(manual, known, default = "Deployment")]
    pub kind: Val<AppKind>,
    /// How many pods run; the first number only, where an `autoscale` targets this app.
    #[attr(manual, range = 0..)]
    pub replicas: Option<Val<u32>>,
    /// What selects the pods, to adopt what exists already; by default labels of Plimsoll's own.
    #[attr(manual, known, keys = syntax::LABEL_KEY, syntax = syntax::LABEL_VALUE)]
    pub selector: Map<String>,
    /// What becomes of the claims of a StatefulSet's replicas.
    #[nested(manual)]
    pub claim_retention: Option<Nested<ClaimRetention>>,
    /// How new pods replace old ones.
    #[nested(manual)]
    pub update_strategy: Option<Nested<UpdateStrategy>>,
    /// Whether the pods of a StatefulSet start one after the other.
    #[attr(manual)]
    pub pod_management_policy: Option<Val<PodManagement>>,
    /// How the pods of a StatefulSet are numbered.
    #[nested(manual)]
    pub ordinals: Option<Nested<Ordinals>>,
    /// Seconds that a Deployment may take to progress.
    #[attr(manual, range = 1..)]
    pub progress_deadline_seconds: Option<Val<u32>>,
    /// Seconds that a new pod must be ready to count as available.
    #[attr(range = 0..)]
    pub min_ready_seconds: Option<Val<u32>>,
    /// How many old revisions are kept to roll back to.
    #[attr(range = 0..)]
    pub revision_history_limit: Option<Val<u32>>,
    /// What the pods consist of.
    #[flatten]
    pub pod: Pod,
}

/// What runs the pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum AppKind {
    /// Pods that are all alike.
    Deployment,
    /// Pods with a number, a name and a disk of their own.
    StatefulSet,
    /// One pod on each node.
    DaemonSet,
}

/// What becomes of the claims of a StatefulSet's replicas.
#[derive(Debug, Clone, Block)]
#[block(name = "claim_retention")]
pub struct ClaimRetention {
    /// When the app is deleted.
    #[attr(default = "Retain")]
    pub when_deleted: Val<Retention>,
    /// When it is scaled down.
    #[attr(default = "Retain")]
    pub when_scaled: Val<Retention>,
}

/// What becomes of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum Retention {
    /// It stays, with its data.
    Retain,
    /// It is deleted, with its data.
    Delete,
}

/// Whether pods start one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum PodManagement {
    /// Ascending up, descending down.
    OrderedReady,
    /// All at once.
    Parallel,
}

/// How pods are numbered.
#[derive(Debug, Clone, Block)]
#[block(name = "ordinals")]
pub struct Ordinals {
    /// The first number.
    #[attr(range = 0..)]
    pub start: Val<u32>,
}

/// What expressions read from an app.
pub static EXPORTS: &[Export] = &[
    Export { name: "name", doc: "The name of its object.", eval: naming::exported },
    Export {
        name: "ports",
        doc: "Its ports by name: `app.web.ports.http`, a number where one is wanted.",
        eval: ports,
    },
];

fn ports(scope: &mut dyn BlockScope) -> Value {
    let address = scope.address().clone();
    let mut all = std::collections::BTreeMap::new();
    for path in [["container", "port"], ["sidecar", "port"]] {
        for block in scope.nested(&path) {
            let Some(label) = block.labels.first() else { continue };
            let number = block.body.value("container_port").cloned().unwrap_or_else(Value::poison);
            let protocol = block.body.value("protocol").cloned().unwrap_or_else(|| Value::string("TCP"));
            all.entry(label.text.clone())
                .or_insert_with(|| port_handle(&address, &label.text, number, protocol));
        }
    }
    Value::object(all)
}

fn port_handle(address: &Address, name: &str, number: Value, protocol: Value) -> Value {
    let attrs = [("name", Value::string(name)), ("number", number.clone()), ("protocol", protocol)];
    handle(APP_PORT, Some(address.clone()), attrs, Some(number))
}

impl App {
    /// The kind; a Deployment where it could not be decoded.
    pub fn kind(&self) -> AppKind {
        self.kind.known().copied().unwrap_or(AppKind::Deployment)
    }

    /// The type of the object.
    pub fn gvk(&self) -> Gvk {
        Gvk::new("apps", "v1", self.kind().text())
    }

    /// Whether more than one pod may run at a time.
    pub fn several(&self, address: &Address, world: &World<'_>) -> bool {
        let scaled = world.autoscale_of(address).is_some_and(|(_, a)| a.max_replicas.known() != Some(&1));
        scaled
            || self.kind() == AppKind::DaemonSet
            || self.replicas.as_ref().is_some_and(|r| r.known().is_none_or(|n| *n > 1))
    }

    /// Everything that can be judged offline.
    pub fn check(&self, item: &Item<'_>, world: &World<'_>, report: &mut Report) {
        self.meta.check(report);
        reserved(&self.selector, "label", report);
        self.pod.check(world, report);
        self.check_kind(report);
        self.check_deadline(report);
        self.check_name_length(item, report);
        if let Some(strategy) = &self.update_strategy {
            strategy.check(strategy, &self.kind, report);
        }
        for (_, (volume_item, volume)) in self.pod.volumes(world) {
            volume.check_use(volume_item, item, self, world, report);
        }
    }

    fn check_kind(&self, report: &mut Report) {
        let Some(kind) = self.kind.known() else { return };
        if *kind == AppKind::DaemonSet
            && let Some(replicas) = &self.replicas
        {
            report.push(
                Diagnostic::error("replicas-of-daemon-set", "a DaemonSet has no replicas")
                    .detail("It runs one pod on each node that takes it.")
                    .at(replicas.span, "")
                    .related(self.kind.span, "the kind")
                    .help("remove `replicas`"),
            );
        }
        let stateful = [
            ("claim_retention", self.claim_retention.as_ref().map(|b| b.header)),
            ("ordinals", self.ordinals.as_ref().map(|b| b.header)),
            ("pod_management_policy", self.pod_management_policy.as_ref().map(|v| v.span)),
        ];
        let rolling =
            [("progress_deadline_seconds", self.progress_deadline_seconds.as_ref().map(|v| v.span))];
        let wrong = |wanted: AppKind| {
            move |(name, span): (&'static str, Option<plimsoll_model::Span>)| Some((name, span?, wanted))
        };
        let found = stateful
            .into_iter()
            .filter(|_| *kind != AppKind::StatefulSet)
            .filter_map(wrong(AppKind::StatefulSet))
            .chain(
                rolling
                    .into_iter()
                    .filter(|_| *kind != AppKind::Deployment)
                    .filter_map(wrong(AppKind::Deployment)),
            );
        for (name, span, wanted) in found {
            report.push(
                Diagnostic::error("not-for-kind", "setting does not exist for this kind of app")
                    .detail(format!("`{name}` belongs to a {}; this is a {}.", wanted.text(), kind.text()))
                    .at(span, "")
                    .related(self.kind.span, "the kind")
                    .help(format!("kind = \"{}\"", wanted.text())),
            );
        }
    }

    fn check_deadline(&self, report: &mut Report) {
        if self.kind() != AppKind::Deployment {
            return;
        }
        let Some(ready) = &self.min_ready_seconds else { return };
        let deadline = self.progress_deadline_seconds.as_ref();
        let limit = deadline.map_or(Some(600), |d| d.known().copied());
        if let (Some(seconds), Some(limit)) = (ready.known(), limit)
            && *seconds >= limit
        {
            let found =
                Diagnostic::error("deadline-before-ready", "deadline comes before pods count as ready")
                    .detail(format!(
                        "A pod must be ready for {seconds} seconds, but the rollout fails after {limit}."
                    ))
                    .at(ready.span, "")
                    .help(format!("progress_deadline_seconds = {}", u64::from(*seconds) + 600));
            report.push(match deadline {
                Some(deadline) => found.related(deadline.span, "the deadline"),
                None => found,
            });
        }
    }

    fn check_name_length(&self, item: &Item<'_>, report: &mut Report) {
        if self.kind() == AppKind::StatefulSet && item.name.len() > STATEFUL_SET {
            report.push(
                Diagnostic::error("name-too-long", "name is too long")
                    .detail(format!(
                        "A StatefulSet's name has {STATEFUL_SET} characters at most, since its pods carry a label that is longer; this has {}.",
                        item.name.len()
                    ))
                    .at(item.name_span(), "")
                    .related(self.kind.span, "the kind")
                    .help(format!("name = \"{}\"", item.name.get(..STATEFUL_SET).unwrap_or("…").trim_end_matches('-'))),
            );
        }
    }

    /// The workload, and the headless Service behind a StatefulSet.
    pub fn compile(&self, item: &Item<'_>, world: &World<'_>, out: &mut Objects) {
        let selector = identity::selector(world, item, &self.selector);
        let kind = self.kind();
        let mut spec = Tree::new();
        let autoscale = world.autoscale_of(&item.block.address);
        let first_replicas = autoscale.map(|(_, autoscale)| {
            let own = self.replicas.as_ref().and_then(|r| r.known().copied());
            let least = autoscale.min_replicas.as_ref().and_then(|m| m.known().copied());
            i64::from(own.or(least).unwrap_or(1))
        });
        if autoscale.is_none() {
            spec.attr("replicas", &self.replicas);
        }
        let mut labels = Tree::new();
        labels.put("matchLabels", selector.clone());
        spec.map("selector", labels);
        if kind == AppKind::StatefulSet {
            spec.fixed("serviceName", format!("{}{HEADLESS_SUFFIX}", item.name));
            spec.attr("podManagementPolicy", &self.pod_management_policy);
            crate::declare::NestedField::write(&self.ordinals, "ordinals", &mut spec);
            self.write_claims(item, world, &mut spec);
        }
        if kind == AppKind::Deployment {
            spec.attr("progressDeadlineSeconds", &self.progress_deadline_seconds);
        }
        if let Some(strategy) = &self.update_strategy {
            let key = if kind == AppKind::Deployment { "strategy" } else { "updateStrategy" };
            spec.put(key, strategy.node(strategy));
        }
        self.write("", &mut spec);
        spec.map("template", self.template(item, world, &selector));
        let mut object = out.object(item, None, self.gvk(), &item.name, &self.meta.labels, world);
        object.body.map("spec", spec);
        object.first_replicas = first_replicas;
        object.wait = true;
        out.push(object);
        if kind == AppKind::StatefulSet {
            self.compile_headless(item, world, selector, out);
        }
    }

    fn template(&self, item: &Item<'_>, world: &World<'_>, selector: &Node) -> Tree {
        let mut metadata = Tree::new();
        metadata.map("labels", identity::pod_labels(world, item, &self.meta.labels, &self.selector));
        let mut annotations = Tree::new();
        for (key, value) in self.meta.annotations.iter().chain(&self.pod.pod_annotations) {
            annotations.attr(key, value);
        }
        annotations.put(identity::CONFIG_HASH, self.pod.config_hash(world));
        metadata.map("annotations", annotations);
        let mut spec = self.pod.node(item, world, selector);
        self.write("pod", &mut spec);
        let mut template = Tree::new();
        template.map("metadata", metadata);
        template.map("spec", spec);
        template
    }

    fn write_claims(&self, item: &Item<'_>, world: &World<'_>, spec: &mut Tree) {
        let volumes = self.pod.volumes(world);
        let templates: Vec<_> =
            volumes.values().filter_map(|(v, declared)| declared.claim_template(v, item, world)).collect();
        if !templates.is_empty() || self.claim_retention.is_some() {
            let header = self.claim_retention.as_ref().map(|b| b.header);
            let mut policy = Tree::new();
            match &self.claim_retention {
                Some(retention) => retention.block.write("", &mut policy),
                None => {
                    policy.fixed("whenDeleted", Retention::Retain.to_json());
                    policy.fixed("whenScaled", Retention::Retain.to_json());
                }
            }
            let origin = header.map_or(Origin::NONE, Origin::at);
            spec.put("persistentVolumeClaimRetentionPolicy", Node::Map(policy.into_entries(), origin));
        }
        spec.list("volumeClaimTemplates", templates);
    }

    fn compile_headless(&self, item: &Item<'_>, world: &World<'_>, selector: Node, out: &mut Objects) {
        let name = format!("{}{HEADLESS_SUFFIX}", item.name);
        let mut object = out.object(
            item,
            Some("headless"),
            Gvk::new("", "v1", "Service"),
            &name,
            &self.meta.labels,
            world,
        );
        let mut spec = Tree::new();
        spec.fixed("clusterIP", "None");
        spec.put("selector", selector);
        let ports = self.pod.ports().map(|port| {
            let mut tree = Tree::new();
            tree.put("name", Node::leaf(port.label.clone(), Origin::at(port.label_span)));
            tree.attr("port", &port.container_port);
            tree.put("targetPort", Node::leaf(port.label.clone(), Origin::at(port.label_span)));
            tree.attr("protocol", &port.protocol);
            Node::Map(tree.into_entries(), Origin::at(port.header))
        });
        spec.list("ports", ports.collect());
        object.body.map("spec", spec);
        out.push(object);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check, object};

    #[test]
    fn settings_of_another_kind() {
        let text = app(
            "",
            "kind = \"DaemonSet\"\nreplicas = 2\nclaim_retention {}\npod_management_policy = \"Parallel\"\nprogress_deadline_seconds = 9",
        );
        check(
            &text,
            expect![[r#"
            error[replicas-of-daemon-set]: a DaemonSet has no replicas
              It runs one pod on each node that takes it.
              t.hcl:3: 2
              t.hcl:2: "DaemonSet"   the kind
              help: remove `replicas`
            error[not-for-kind]: setting does not exist for this kind of app
              `claim_retention` belongs to a StatefulSet; this is a DaemonSet.
              t.hcl:4: claim_retention
              t.hcl:2: "DaemonSet"   the kind
              help: kind = "StatefulSet"
            error[not-for-kind]: setting does not exist for this kind of app
              `pod_management_policy` belongs to a StatefulSet; this is a DaemonSet.
              t.hcl:5: "Parallel"
              t.hcl:2: "DaemonSet"   the kind
              help: kind = "StatefulSet"
            error[not-for-kind]: setting does not exist for this kind of app
              `progress_deadline_seconds` belongs to a Deployment; this is a DaemonSet.
              t.hcl:6: 9
              t.hcl:2: "DaemonSet"   the kind
              help: kind = "Deployment"
        "#]],
        );
    }

    #[test]
    fn a_stateful_set_has_a_shorter_name() {
        let name = "a".repeat(53);
        check(
            &app("", &format!("kind = \"StatefulSet\"\nname = \"{name}\"")),
            expect![[r#"
            error[name-too-long]: name is too long
              A StatefulSet's name has 52 characters at most, since its pods carry a label that is longer; this has 53.
              t.hcl:3: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
              t.hcl:2: "StatefulSet"   the kind
              help: name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "#]],
        );
    }

    #[test]
    fn times_that_do_not_fit() {
        let pause = "pre_stop {\nsleep { seconds = 60 }\n}";
        check(
            &app(pause, "min_ready_seconds = 700"),
            expect![[r#"
            error[deadline-before-ready]: deadline comes before pods count as ready
              A pod must be ready for 700 seconds, but the rollout fails after 600.
              t.hcl:2: 700
              help: progress_deadline_seconds = 1300
            error[pause-too-long]: pause is longer than the time to end
              A pod has 30 seconds to end, pauses included.
              t.hcl:7: 60
              help: termination_grace_period_seconds = 90
        "#]],
        );
    }

    #[test]
    fn a_daemon_set() {
        object(
            &app("", "kind = \"DaemonSet\"\nupdate_strategy { max_unavailable = \"10%\" }"),
            "app.web",
            expect![[r#"
                apiVersion: apps/v1
                kind: DaemonSet
                metadata:
                  name: web
                spec:
                  selector:
                    matchLabels:
                      plimsoll.dev/app: web
                      plimsoll.dev/project: shop
                  template:
                    metadata:
                      labels:
                        app.kubernetes.io/managed-by: plimsoll
                        app.kubernetes.io/name: web
                        app.kubernetes.io/part-of: shop
                        plimsoll.dev/app: web
                        plimsoll.dev/environment: test
                        plimsoll.dev/project: shop
                    spec:
                      containers:
                      - image: web:1
                        name: web
                        ports:
                        - containerPort: 80
                          name: http
                          protocol: TCP
                  updateStrategy:
                    rollingUpdate:
                      maxUnavailable: 10%
                    type: RollingUpdate
            "#]],
        );
    }

    #[test]
    fn everything_cheap_of_a_deployment() {
        let text = app(
            "",
            r#"
  replicas        = 3
  annotations     = { team = "web" }
  pod_annotations = { "prometheus.io/scrape" = true }
  node_selector   = { disk = "ssd" }
  selector        = { run = "web" }
  service_account = "web"
  priority_class  = "high"
  image_pull_secrets               = [secret.registry]
  termination_grace_period_seconds = 45
  revision_history_limit           = 3
  min_ready_seconds                = 5
  progress_deadline_seconds        = 300
  update_strategy {
    max_surge       = 1
    max_unavailable = 0
  }
  toleration {
    key      = "dedicated"
    operator = "Equal"
    value    = "web"
    effect   = "NoSchedule"
  }
  topology_spread { topology_key = "topology.kubernetes.io/zone" }
  security_context {
    run_as_non_root = true
    fs_group        = 1000
  }
"#,
        );
        object(
            &format!("{text}\nsecret \"registry\" {{ existing = \"pull\" }}"),
            "app.web",
            expect![[r#"
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
            spec:
              minReadySeconds: 5
              progressDeadlineSeconds: 300
              replicas: 3
              revisionHistoryLimit: 3
              selector:
                matchLabels:
                  run: web
              strategy:
                rollingUpdate:
                  maxSurge: 1
                  maxUnavailable: 0
                type: RollingUpdate
              template:
                metadata:
                  annotations:
                    prometheus.io/scrape: "true"
                    team: web
                  labels:
                    app.kubernetes.io/managed-by: plimsoll
                    app.kubernetes.io/name: web
                    app.kubernetes.io/part-of: shop
                    plimsoll.dev/app: web
                    plimsoll.dev/environment: test
                    plimsoll.dev/project: shop
                    run: web
                spec:
                  containers:
                  - image: web:1
                    name: web
                    ports:
                    - containerPort: 80
                      name: http
                      protocol: TCP
                  imagePullSecrets:
                  - name: pull
                  nodeSelector:
                    disk: ssd
                  priorityClassName: high
                  securityContext:
                    fsGroup: 1000
                    runAsNonRoot: true
                  serviceAccountName: web
                  terminationGracePeriodSeconds: 45
                  tolerations:
                  - effect: NoSchedule
                    key: dedicated
                    operator: Equal
                    value: web
                  topologySpreadConstraints:
                  - labelSelector:
                      matchLabels:
                        run: web
                    maxSkew: 1
                    topologyKey: topology.kubernetes.io/zone
                    whenUnsatisfiable: DoNotSchedule
        "#]],
        );
    }

    #[test]
    fn strategies_belong_to_kinds() {
        check(
            &app("", "update_strategy {\ntype = \"OnDelete\"\npartition = 1\n}"),
            expect![[r#"
            error[not-for-kind]: setting does not exist for this kind of app
              A Deployment has no update strategy OnDelete.
              t.hcl:3: "OnDelete"
              t.hcl:1: app "web"
            error[not-for-kind]: setting does not exist for this kind of app
              A Deployment has no `partition`.
              t.hcl:4: 1
              t.hcl:1: app "web"
            error[not-for-strategy]: setting belongs to RollingUpdate
              `max_surge`, `max_unavailable` and `partition` mean nothing for OnDelete.
              t.hcl:4: 1
              t.hcl:2: update_strategy
        "#]],
        );
    }
}
