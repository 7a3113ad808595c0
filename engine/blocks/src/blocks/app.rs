//! `app`: containers as a Deployment, StatefulSet or DaemonSet.

use plimsoll_model::{Address, BlockScope, Diagnostic, Export, Gvk, Node, Report, Value};

use super::app_kind::AppKind;
use super::disruption_budget::DisruptionBudget;
use super::meta::{Meta, reserved};
use super::pod::Pod;
use super::stateful::{ClaimRetention, Ordinals, PodManagement};
use super::strategy::UpdateStrategy;
use crate::compile::Objects;
use crate::declare::{Block, Map, Nested, Tree, Val};
use crate::handles::{APP_PORT, handle};
use crate::identity;
use crate::naming;
use crate::syntax;
use crate::world::{Item, World};

/// Runs containers, as a Deployment, StatefulSet or DaemonSet.
#[derive(Debug, Clone, Block)]
#[block(name = "app", label = "name")]
pub struct App {
    /// What every top-level block takes.
    #[flatten]
    pub meta: Meta,
    /// Deployment, StatefulSet or DaemonSet. It cannot change once the app exists: give the app another name instead.
    #[attr(manual, known, default = "Deployment")]
    pub kind: Val<AppKind>,
    /// How many pods run; where an `autoscale` targets this app, how many it begins with, as far as that allows it.
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
    /// The name of the headless service of a StatefulSet: `service.db.name`; by default one is made.
    #[attr(manual, known, syntax = syntax::DNS_LABEL)]
    pub service_name: Option<Val<String>>,
    /// How many pods may be driven away at a time.
    #[nested(manual)]
    pub disruption_budget: Option<Nested<DisruptionBudget>>,
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
        self.pod.check(&self.meta, &identity::selector_keys(&self.selector), world, report);
        self.pod.check_asked(&item.block.address, report);
        self.check_kind(report);
        self.check_deadline(report);
        self.check_stateful_name(item, report);
        self.check_service_name(item, world, report);
        if let Some(strategy) = &self.update_strategy {
            strategy.check(strategy, &self.kind, report);
        }
        if let Some(budget) = &self.disruption_budget {
            budget.check(item, self, world, report);
        }
        for (_, (volume_item, volume)) in self.pod.volumes(world) {
            volume.check_use(volume_item, item, self, world, report);
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

    /// The workload, and the headless Service behind a StatefulSet.
    pub fn compile(&self, item: &Item<'_>, world: &World<'_>, out: &mut Objects) {
        let kind = self.kind();
        let autoscale = world.autoscale_of(&item.block.address);
        let first_replicas = autoscale.map(|(_, autoscale)| {
            let own = self.replicas.as_ref().and_then(|r| r.known().copied());
            i64::from(autoscale.first_replicas(own))
        });
        let mut object = out.object(item, None, self.gvk(), &item.name, &self.meta.labels, world);
        if object.is_filled() {
            object.body.map("spec", self.spec(item, world, autoscale.is_some()));
        }
        object.first_replicas = first_replicas;
        object.wait = true;
        out.push(object);
        if let Some(budget) = &self.disruption_budget {
            budget.compile(item, self, world, out);
        }
        if kind == AppKind::StatefulSet && self.service_name.is_none() {
            self.compile_headless(item, world, out);
        }
    }

    fn spec(&self, item: &Item<'_>, world: &World<'_>, scaled: bool) -> Tree {
        let selector = identity::selector(world, item, &self.selector);
        let kind = self.kind();
        let mut spec = Tree::new();
        if !scaled {
            spec.attr("replicas", &self.replicas);
        }
        let mut labels = Tree::new();
        labels.put("matchLabels", selector.clone());
        spec.map("selector", labels);
        if kind == AppKind::StatefulSet {
            self.write_stateful(item, world, &mut spec);
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
        spec
    }

    fn template(&self, item: &Item<'_>, world: &World<'_>, selector: &Node) -> Tree {
        let mut metadata = Tree::new();
        metadata.map("labels", identity::pod_labels(world, item, &self.meta.labels, &self.selector));
        let mut annotations = Tree::new();
        for (key, value) in self.meta.annotations.iter().chain(&self.pod.pod_annotations) {
            annotations.attr(key, value);
        }
        annotations.put(identity::CONFIG_HASH, self.pod.config_hash(world));
        annotations.put(identity::SECRET_HASH, self.pod.secret_hash(world));
        metadata.map("annotations", annotations);
        let mut spec = self.pod.node(item, world, selector);
        self.write("pod", &mut spec);
        let mut template = Tree::new();
        template.map("metadata", metadata);
        template.map("spec", spec);
        template
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check, object};

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
}
