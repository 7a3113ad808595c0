//! `autoscale`: how many pods an app runs, by what they use, as a HorizontalPodAutoscaler.

use plimsoll_model::{Diagnostic, Export, Gvk, Node, Report};

use super::app::App;
use super::app_kind::AppKind;
use super::meta::Meta;
use super::metric::{ExternalMetric, Metric, ObjectMetric};
use crate::compile::Objects;
use crate::declare::{Block, Keyword, Labeled, Map, Nested, Tree, Val};
use crate::handles::AppRef;
use crate::naming;
use crate::world::{Item, World};

/// How many pods an app runs, by what they use; owns the app's number of replicas.
#[derive(Debug, Clone, Block)]
#[block(name = "autoscale", label = "name")]
pub struct Autoscale {
    /// What every top-level block takes.
    #[flatten]
    pub meta: Meta,
    /// The app.
    #[attr(manual)]
    pub target: Val<AppRef>,
    /// The fewest pods; 1 where left out.
    #[attr(range = 1..)]
    pub min_replicas: Option<Val<u32>>,
    /// The most pods.
    #[attr(range = 1..)]
    pub max_replicas: Val<u32>,
    /// What is measured of the pods; of all metrics the largest answer counts.
    #[nested(manual)]
    pub metric: Vec<Labeled<Metric>>,
    /// What is measured of another object.
    #[nested(manual)]
    pub object_metric: Vec<Labeled<ObjectMetric>>,
    /// What is measured outside of the cluster.
    #[nested(manual)]
    pub external_metric: Vec<Labeled<ExternalMetric>>,
    /// How fast the number changes.
    #[nested]
    pub behavior: Option<Nested<Behavior>>,
}

/// How fast the number of pods changes.
#[derive(Debug, Clone, Block)]
#[block(name = "behavior")]
pub struct Behavior {
    /// Upwards.
    #[nested]
    pub scale_up: Option<Nested<ScalingRules>>,
    /// Downwards.
    #[nested]
    pub scale_down: Option<Nested<ScalingRules>>,
}

/// How fast the number changes in one direction.
#[derive(Debug, Clone, Block)]
#[block(name = "scaling_rules")]
pub struct ScalingRules {
    /// Seconds over which the most cautious answer counts.
    #[attr(range = 0..=3600)]
    pub stabilization_window_seconds: Option<Val<u32>>,
    /// Which policy counts where there are several.
    pub select_policy: Option<Val<SelectPolicy>>,
    /// How many pods at most in how many seconds.
    #[nested(to = "policies")]
    pub policy: Vec<Nested<ScalingPolicy>>,
}

/// Which policy counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum SelectPolicy {
    /// The one that changes most.
    Max,
    /// The one that changes least.
    Min,
    /// None: no change in this direction.
    Disabled,
}

/// How many pods at most in how many seconds.
#[derive(Debug, Clone, Block)]
#[block(name = "policy")]
pub struct ScalingPolicy {
    /// Whether `value` counts pods or percents of them.
    pub r#type: Val<PolicyType>,
    /// How many.
    #[attr(range = 1..)]
    pub value: Val<u32>,
    /// In how many seconds.
    #[attr(range = 1..=1800)]
    pub period_seconds: Val<u32>,
}

/// What a policy counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum PolicyType {
    /// Pods.
    Pods,
    /// Percents of the pods.
    Percent,
}

/// What expressions read from an autoscale.
pub static EXPORTS: &[Export] =
    &[Export { name: "name", doc: "The name of its object.", eval: naming::exported }];

impl Autoscale {
    /// How many pods an app begins with that asks for `own`. An autoscaler moves a number that it does not allow at
    /// once, so the app begins with the nearest one; of 0 it keeps its hands off.
    ///
    /// Source: <https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#implicit-maintenance-mode-deactivation>
    pub fn first_replicas(&self, own: Option<u32>) -> u32 {
        let least = self.min_replicas.as_ref().and_then(|m| m.known().copied()).unwrap_or(1);
        let most = self.max_replicas.known().copied().unwrap_or(u32::MAX);
        match own {
            Some(0) => 0,
            own => own.unwrap_or(least).min(most).max(least),
        }
    }

    /// Everything that can be judged offline.
    pub fn check(&self, item: &Item<'_>, world: &World<'_>, report: &mut Report) {
        self.meta.check(report);
        if let (Some(min), Some(max)) = (self.min_replicas.as_ref(), self.max_replicas.known())
            && let Some(least) = min.known().filter(|m| *m > max)
        {
            report.push(
                Diagnostic::error("min-above-max", "fewest pods are more than the most")
                    .detail(format!("min_replicas is {least}, max_replicas is {max}."))
                    .at(min.span, "")
                    .related(self.max_replicas.span, ""),
            );
        }
        if self.metric.is_empty() && self.object_metric.is_empty() && self.external_metric.is_empty() {
            report.push(
                Diagnostic::error("missing-block", "required block is missing")
                    .detail(format!("{} needs a `metric` block. What is measured.", item.block.address))
                    .at(item.block.header_span, "")
                    .help("metric \"cpu\" { average_utilization = 70 }"),
            );
        }
        self.metric.iter().for_each(|m| m.check(report));
        self.object_metric.iter().for_each(|m| m.check(world, report));
        self.external_metric.iter().for_each(|m| m.check(report));
        check_duplicates(
            &self.metric,
            |a, b| text(&a.container) == text(&b.container) && labels(&a.selector) == labels(&b.selector),
            report,
        );
        check_duplicates(
            &self.object_metric,
            |a, b| a.describes.known() == b.describes.known() && labels(&a.selector) == labels(&b.selector),
            report,
        );
        check_duplicates(&self.external_metric, |a, b| labels(&a.selector) == labels(&b.selector), report);
        let Some((target, app)) = self.target.known().and_then(|t| world.app(&t.address)) else { return };
        self.check_target(item, target, app, world, report);
        self.metric.iter().for_each(|m| m.check_requests(item, target, app, report));
    }

    fn check_target(
        &self,
        item: &Item<'_>,
        target: &Item<'_>,
        app: &App,
        world: &World<'_>,
        report: &mut Report,
    ) {
        if app.kind.known() == Some(&AppKind::DaemonSet) {
            report.push(
                Diagnostic::error("autoscale-of-daemon-set", "a DaemonSet has no replicas")
                    .detail(format!(
                        "{} runs one pod on each node, so nothing can be scaled.",
                        target.block.address
                    ))
                    .at(self.target.span, "")
                    .related(app.kind.span, "the kind of the app"),
            );
        }
        let first = world.autoscale_of(&target.block.address);
        if let Some((first, other)) = first.filter(|(first, _)| first.block.address != item.block.address) {
            return report.push(
                Diagnostic::error("two-autoscales", "two autoscales target one app")
                    .detail(format!(
                        "{} and {} would set the replicas of {} in turn.",
                        first.block.address, item.block.address, target.block.address
                    ))
                    .at(self.target.span, "")
                    .related(other.target.span, "the other one"),
            );
        }
        if app.kind.known() != Some(&AppKind::DaemonSet) {
            self.check_first(item, target, app, report);
        }
    }

    /// The number of replicas that is declared beside the limits.
    fn check_first(&self, item: &Item<'_>, target: &Item<'_>, app: &App, report: &mut Report) {
        let Some((replicas, own)) = app.replicas.as_ref().and_then(|r| Some((r, *r.known()?))) else {
            return;
        };
        let first = self.first_replicas(Some(own));
        // Limits that exclude each other are told by themselves.
        let is_said = self.max_replicas.known().is_some_and(|most| first > *most);
        let limit = match (first < own, &self.min_replicas) {
            _ if first == own || is_said => return,
            (true, _) => &self.max_replicas,
            (false, Some(least)) => least,
            (false, None) => return,
        };
        let is_secret = replicas.sensitive || limit.sensitive;
        let (declared, begins) = match is_secret {
            true => ("a number of".to_string(), "the nearest one that is allowed".to_string()),
            false => (own.to_string(), first.to_string()),
        };
        let number =
            if is_secret { "replicas between the limits".into() } else { format!("replicas = {first}") };
        report.push(
            Diagnostic::warning(
                "replicas-outside-limits",
                "an app begins with another number than it declares",
            )
            .detail(format!(
                "{} declares {declared} replicas, which {} does not allow: it begins with {begins}.",
                target.block.address, item.block.address
            ))
            .at(replicas.span, "")
            .related(limit.span, "the limit")
            .help(format!("{number}, or leave it out: the autoscaler decides the number")),
        );
    }

    /// The HorizontalPodAutoscaler.
    pub fn compile(&self, item: &Item<'_>, world: &World<'_>, out: &mut Objects) {
        let gvk = Gvk::new("autoscaling", "v2", "HorizontalPodAutoscaler");
        let mut object = out.object(item, None, gvk, &item.name, &self.meta.labels, world);
        if !object.is_filled() {
            return out.push(object);
        }
        let mut spec = Tree::new();
        if let Some((target, app)) = self.target.known().and_then(|t| world.app(&t.address)) {
            let origin = &self.target.origin;
            let gvk = app.gvk();
            let mut reference = Tree::new();
            reference.put("apiVersion", Node::leaf(gvk.api_version(), origin.clone()));
            reference.put("kind", Node::leaf(gvk.kind, origin.clone()));
            reference.put("name", Node::leaf(target.name.clone(), origin.clone()));
            spec.put("scaleTargetRef", Node::Map(reference.into_entries(), origin.clone()));
        }
        self.write("", &mut spec);
        let own = self.metric.iter().map(Labeled::<Metric>::node);
        let others = self.object_metric.iter().map(|m| m.node(world));
        let outside = self.external_metric.iter().map(Labeled::<ExternalMetric>::node);
        spec.list("metrics", own.chain(others).chain(outside).collect());
        object.body.map("spec", spec);
        out.push(object);
    }
}

/// Metrics of one sort that are one.
fn check_duplicates<B>(metrics: &[Labeled<B>], same: impl Fn(&B, &B) -> bool, report: &mut Report) {
    for (i, metric) in metrics.iter().enumerate() {
        if let Some(first) = metrics[..i].iter().find(|m| m.label == metric.label && same(m, metric)) {
            report.push(
                Diagnostic::error("duplicate-metric", "metric stands twice")
                    .detail(format!("An autoscale has one metric \"{}\".", metric.label))
                    .at(metric.header, "the second one")
                    .related(first.header, "the first one"),
            );
        }
    }
}

fn text(value: &Option<Val<String>>) -> Option<&str> {
    value.as_ref().and_then(Val::text)
}

fn labels(value: &Option<Val<Map<String>>>) -> Vec<(&str, Option<&str>)> {
    let known = value.iter().filter_map(Val::known).flatten();
    known.map(|(key, value)| (key.as_str(), value.text())).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check, compile, object};

    #[test]
    fn every_container_requests_what_is_counted() {
        let text = app(
            "",
            "init_container \"i\" { image = \"i:1\" }\nsidecar \"s\" {\nimage = \"s:1\"\nresources { limits = { cpu = 1 } }\n}",
        );
        let autoscale = "autoscale \"web\" {\ntarget = app.web\nmin_replicas = 4\nmax_replicas = 3\nmetric \"cpu\" { average_utilization = 70 }\nmetric \"memory\" { average_value = \"1Gi\" }\n}";
        check(
            &format!("{text}{autoscale}"),
            expect![[r#"
            error[min-above-max]: fewest pods are more than the most
              min_replicas is 4, max_replicas is 3.
              t.hcl:15: 4
              t.hcl:16: 3
            error[autoscale-without-request]: autoscale counts what a container does not request
              autoscale.web scales on cpu, but a container of app.web requests none.
              t.hcl:17: metric "cpu"
              t.hcl:7: container "web"   container "web"
              help: add resources { requests = { cpu = "250m" } }
        "#]],
        );
    }

    #[test]
    fn one_autoscale_for_an_app_that_has_replicas() {
        let autoscale = |name: &str| {
            format!(
                "\nautoscale \"{name}\" {{\ntarget = app.web\nmax_replicas = 3\nmetric \"rps\" {{ average_utilization = 1 }}\nmetric \"cpu\" {{}}\nmetric \"cpu\" {{ average_value = 1 }}\n}}"
            )
        };
        let text = app("", "kind = \"DaemonSet\"");
        check(
            &format!("{text}{}{}", autoscale("a"), autoscale("b")),
            expect![[r#"
            error[autoscale-of-daemon-set]: a DaemonSet has no replicas
              app.web runs one pod on each node, so nothing can be scaled.
              t.hcl:11: app.web
              t.hcl:2: "DaemonSet"   the kind of the app
            error[utilization-of-custom-metric]: only cpu and memory have a utilization
              Nothing is requested of "rps" that a percentage could refer to.
              t.hcl:13: 1
              t.hcl:13: metric "rps"   the metric
              help: average_value = "100"
            error[no-target]: metric has no target
              A metric takes `average_utilization` or `average_value`.
              t.hcl:14: metric "cpu"
              help: average_utilization = 70
            error[duplicate-metric]: metric stands twice
              An autoscale has one metric "cpu".
              t.hcl:15: metric "cpu"   the second one
              t.hcl:14: metric "cpu"   the first one
            error[autoscale-of-daemon-set]: a DaemonSet has no replicas
              app.web runs one pod on each node, so nothing can be scaled.
              t.hcl:18: app.web
              t.hcl:2: "DaemonSet"   the kind of the app
            error[two-autoscales]: two autoscales target one app
              autoscale.a and autoscale.b would set the replicas of app.web in turn.
              t.hcl:18: app.web
              t.hcl:11: app.web   the other one
            error[utilization-of-custom-metric]: only cpu and memory have a utilization
              Nothing is requested of "rps" that a percentage could refer to.
              t.hcl:20: 1
              t.hcl:20: metric "rps"   the metric
              help: average_value = "100"
            error[no-target]: metric has no target
              A metric takes `average_utilization` or `average_value`.
              t.hcl:21: metric "cpu"
              help: average_utilization = 70
            error[duplicate-metric]: metric stands twice
              An autoscale has one metric "cpu".
              t.hcl:22: metric "cpu"   the second one
              t.hcl:21: metric "cpu"   the first one
        "#]],
        );
    }

    #[test]
    fn behaviour_and_metrics_of_pods() {
        let autoscale = r#"
autoscale "web" {
  target       = app.web
  max_replicas = 3
  metric "requests_per_second" { average_value = "100" }
  behavior {
    scale_down {
      stabilization_window_seconds = 60
      policy {
        type           = "Percent"
        value          = 10
        period_seconds = 30
      }
    }
  }
}
"#;
        let text = format!("{}{autoscale}", app("", "replicas = 5"));
        object(
            &text,
            "autoscale.web",
            expect![[r#"
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata:
              name: web
            spec:
              behavior:
                scaleDown:
                  policies:
                  - periodSeconds: 30
                    type: Percent
                    value: 10
                  stabilizationWindowSeconds: 60
              maxReplicas: 3
              metrics:
              - pods:
                  metric:
                    name: requests_per_second
                  target:
                    averageValue: "100"
                    type: AverageValue
                type: Pods
              scaleTargetRef:
                apiVersion: apps/v1
                kind: Deployment
                name: web
        "#]],
        );
        let compiled = compile(&text);
        let app = &compiled.desired.objects[0];
        assert_eq!(app.first_replicas, Some(3), "no more than it allows");
        assert_eq!(app.root.get("spec").and_then(|s| s.get("replicas")), None);
    }

    #[test]
    fn an_app_begins_with_a_number_that_its_autoscaler_leaves_alone() {
        let metric = "metric \"cpu\" { average_utilization = 70 }";
        let first = |replicas: &str, limits: &str| {
            let autoscale = format!("\nautoscale \"web\" {{\ntarget = app.web\n{limits}\n{metric}\n}}");
            compile(&format!("{}{autoscale}", app("", replicas))).desired.objects[0].first_replicas
        };
        let limits = "min_replicas = 2\nmax_replicas = 4";
        assert_eq!(first("", limits), Some(2));
        assert_eq!(first("replicas = 1", limits), Some(2));
        assert_eq!(first("replicas = 3", limits), Some(3));
        assert_eq!(first("replicas = 9", limits), Some(4));
        assert_eq!(first("replicas = 0", limits), Some(0), "an autoscaler leaves an app of 0 alone");
        assert_eq!(first("", "max_replicas = 4"), Some(1));
    }

    #[test]
    fn a_number_is_not_told_beside_limits_or_a_kind_that_are_wrong_themselves() {
        let codes = |settings: &str, limits: &str| {
            let text = app("", settings).replace("image", "resources { requests = { cpu = 1 } }\nimage");
            let autoscale = format!(
                "autoscale \"web\" {{\ntarget = app.web\n{limits}\nmetric \"cpu\" {{ average_utilization = 70 }}\n}}"
            );
            let found = compile(&format!("{text}{autoscale}")).report;
            found.items().iter().map(|d| d.code.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(codes("replicas = 3", "min_replicas = 4\nmax_replicas = 3"), ["min-above-max"]);
        let daemon = codes("kind = \"DaemonSet\"\nreplicas = 9", "max_replicas = 3");
        assert!(!daemon.iter().any(|code| code == "replicas-outside-limits"), "{daemon:?}");
        assert!(daemon.iter().any(|code| code == "autoscale-of-daemon-set"), "{daemon:?}");
    }

    #[test]
    fn a_number_outside_of_the_limits_is_told() {
        let autoscale = "autoscale \"web\" {\ntarget = app.web\nmin_replicas = 2\nmax_replicas = 4\nmetric \"cpu\" { average_utilization = 70 }\n}";
        let with = |replicas: &str, expect| {
            let app = app("", &format!("replicas = {replicas}"))
                .replace("image", "resources { requests = { cpu = 1 } }\nimage");
            check(&format!("{app}{autoscale}"), expect);
        };
        with(
            "9",
            expect![[r#"
            warning[replicas-outside-limits]: an app begins with another number than it declares
              app.web declares 9 replicas, which autoscale.web does not allow: it begins with 4.
              t.hcl:2: 9
              t.hcl:13: 4   the limit
              help: replicas = 4, or leave it out: the autoscaler decides the number
        "#]],
        );
        with(
            "1",
            expect![[r#"
            warning[replicas-outside-limits]: an app begins with another number than it declares
              app.web declares 1 replicas, which autoscale.web does not allow: it begins with 2.
              t.hcl:2: 1
              t.hcl:12: 2   the limit
              help: replicas = 2, or leave it out: the autoscaler decides the number
        "#]],
        );
        with("3", expect![[""]]);
        with("0", expect![[""]]);
    }

    #[test]
    fn metrics_of_one_container_of_objects_and_from_outside() {
        let autoscale = r#"
service "web" { app = app.web }
autoscale "web" {
  target       = app.web
  max_replicas = 3
  metric "cpu" {
    container           = "web"
    average_utilization = 70
  }
  metric "requests" {
    selector      = { verb = "GET" }
    average_value = "10"
  }
  object_metric "connections" {
    describes = service.web
    value     = "2k"
  }
  external_metric "queue_length" {
    selector      = { queue = "mail" }
    average_value = 30
  }
}
"#;
        let text = app("resources { requests = { cpu = \"250m\" } }", "sidecar \"s\" { image = \"s:1\" }");
        object(
            &format!("{text}{autoscale}"),
            "autoscale.web",
            expect![[r#"
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata:
              name: web
            spec:
              maxReplicas: 3
              metrics:
              - containerResource:
                  container: web
                  name: cpu
                  target:
                    averageUtilization: 70
                    type: Utilization
                type: ContainerResource
              - pods:
                  metric:
                    name: requests
                    selector:
                      matchLabels:
                        verb: GET
                  target:
                    averageValue: "10"
                    type: AverageValue
                type: Pods
              - object:
                  describedObject:
                    apiVersion: v1
                    kind: Service
                    name: web-svc
                  metric:
                    name: connections
                  target:
                    type: Value
                    value: 2k
                type: Object
              - external:
                  metric:
                    name: queue_length
                    selector:
                      matchLabels:
                        queue: mail
                  target:
                    averageValue: "30"
                    type: AverageValue
                type: External
              scaleTargetRef:
                apiVersion: apps/v1
                kind: Deployment
                name: web
        "#]],
        );
    }

    #[test]
    fn routes_of_a_gateway_are_no_ingress() {
        let others = r#"
service "web" { app = app.web }
ingress "web" {
  gateway = "infra/public"
  rule {
    host = "web.example.com"
    path "/" { backend = service.web.ports.http }
  }
}
autoscale "web" {
  target       = app.web
  max_replicas = 3
  object_metric "requests" {
    describes = ingress.web
    value     = 5
  }
}
"#;
        check(
            &format!("{}{others}", app("", "")),
            expect![[r#"
            error[not-for-metric]: setting does not exist for this metric
              ingress.web becomes routes of a gateway, so there is no Ingress to measure.
              t.hcl:22: ingress.web
              t.hcl:12: "infra/public"   the gateway
              help: describe the service behind it
        "#]],
        );
    }
}
