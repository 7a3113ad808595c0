//! `metric`, `object_metric` and `external_metric` of an autoscale: what is measured, and what it should be.
//!
//! Rules: `validateMetricSpec` of `k8s.io/kubernetes/pkg/apis/autoscaling/validation`.

use plimsoll_model::value::Data;
use plimsoll_model::{Address, Diagnostic, Gvk, Node, Origin, Report, Span, Value};

use super::app::App;
use super::container::Place;
use crate::declare::{Block, Context, FromValue, Labeled, Map, Tree, TypeSchema, Val, nearest};
use crate::quantity::{Quantity, check_positive};
use crate::syntax;
use crate::vocabulary::Declared;
use crate::world::{Item, World};

/// What is measured of the pods: `cpu`, `memory`, or a metric of their own.
#[derive(Debug, Clone, Block)]
#[block(name = "metric", label = "name")]
pub struct Metric {
    /// The percentage of what the containers request, over all pods.
    #[attr(range = 1..)]
    pub average_utilization: Option<Val<u32>>,
    /// The amount for each pod.
    pub average_value: Option<Val<Quantity>>,
    /// The one container that counts, for `cpu` and `memory`; all of them where left out.
    #[attr(manual, known)]
    pub container: Option<Val<String>>,
    /// The labels of the series that count, for a metric of the pods; all of them where left out.
    #[attr(manual, known, keys = syntax::LABEL_KEY, syntax = syntax::LABEL_VALUE)]
    pub selector: Option<Val<Map<String>>>,
}

/// What is measured of another object, such as the requests of an ingress.
#[derive(Debug, Clone, Block)]
#[block(name = "object_metric", label = "name")]
pub struct ObjectMetric {
    /// The object: an app, a service or an ingress.
    #[attr(manual, known)]
    pub describes: Val<Described>,
    /// The amount over all pods.
    pub value: Option<Val<Quantity>>,
    /// The amount for each pod.
    pub average_value: Option<Val<Quantity>>,
    /// The labels of the series that count; all of them where left out.
    #[attr(manual, known, keys = syntax::LABEL_KEY, syntax = syntax::LABEL_VALUE)]
    pub selector: Option<Val<Map<String>>>,
}

/// What is measured outside of the cluster, such as the length of a queue.
#[derive(Debug, Clone, Block)]
#[block(name = "external_metric", label = "name")]
pub struct ExternalMetric {
    /// The amount over all pods.
    pub value: Option<Val<Quantity>>,
    /// The amount for each pod.
    pub average_value: Option<Val<Quantity>>,
    /// The labels of the series that count; all of them where left out.
    #[attr(manual, known, keys = syntax::LABEL_KEY, syntax = syntax::LABEL_VALUE)]
    pub selector: Option<Val<Map<String>>>,
}

/// A block whose object a metric describes.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// The block.
    pub address: Address,
}

impl FromValue for Described {
    const TYPE: &'static TypeSchema =
        &TypeSchema::Reference("an app, a service or an ingress", "ingress.web");
    const REFERENCES: bool = true;

    fn from_value(value: &Value, cx: &mut Context<'_>) -> Option<Self> {
        match &value.data {
            Data::Handle(h) if matches!(h.kind.as_str(), "app" | "service" | "ingress") => {
                h.address.clone().map(|address| Described { address })
            }
            _ => {
                cx.wrong_type(value, Self::TYPE);
                None
            }
        }
    }
}

/// Whether a metric is one of the resources that containers request.
pub fn is_resource(metric: &str) -> bool {
    matches!(metric, "cpu" | "memory")
}

/// The name of a metric is a part of the path by which it is asked for.
pub fn check_name<B>(metric: &Labeled<B>, report: &mut Report) {
    let name = &metric.label;
    if name.is_empty() || name.contains(['/', '%']) || matches!(name.as_str(), "." | "..") {
        report.push(
            Diagnostic::error("bad-name", "name is malformed")
                .detail(format!(
                    "\"{name}\" is no name of a metric: it has no `/` and no `%`, and is not just dots."
                ))
                .at(metric.label_span, ""),
        );
    }
}

impl Labeled<Metric> {
    /// Everything that can be judged without the target.
    pub fn check(&self, report: &mut Report) {
        check_name(self, report);
        self.check_target(report);
        let resource = is_resource(&self.label);
        let foreign = [
            ("container", self.container.as_ref().map(|c| c.span), !resource, "of a container"),
            ("selector", self.selector.as_ref().map(|s| s.span), resource, "one series of each pod"),
        ];
        for (word, span, _, what) in foreign.into_iter().filter(|(_, _, wrong, _)| *wrong) {
            let Some(span) = span else { continue };
            let why = match resource {
                true => format!("\"{}\" is {what}; nothing is left to select.", self.label),
                false => {
                    format!("Only cpu and memory are measured {what}; \"{}\" is one of the pods.", self.label)
                }
            };
            report.push(
                Diagnostic::error("not-for-metric", "setting does not exist for this metric")
                    .detail(why)
                    .at(span, "")
                    .related(self.header, "the metric")
                    .help(format!("remove `{word}`")),
            );
        }
    }

    fn check_target(&self, report: &mut Report) {
        match (&self.average_utilization, &self.average_value) {
            (Some(utilization), Some(value)) => report.push(
                Diagnostic::error("two-targets", "metric has two targets")
                    .detail("A metric takes `average_utilization` or `average_value`, not both.")
                    .at(value.span, "")
                    .related(utilization.span, ""),
            ),
            (None, None) => report.push(
                Diagnostic::error("no-target", "metric has no target")
                    .detail("A metric takes `average_utilization` or `average_value`.")
                    .at(self.header, "")
                    .help(if is_resource(&self.label) {
                        "average_utilization = 70"
                    } else {
                        "average_value = \"100\""
                    }),
            ),
            (None, Some(value)) => check_positive(value, "average_value", report),
            (Some(utilization), None) if !is_resource(&self.label) => report.push(
                Diagnostic::error("utilization-of-custom-metric", "only cpu and memory have a utilization")
                    .detail(format!(
                        "Nothing is requested of \"{}\" that a percentage could refer to.",
                        self.label
                    ))
                    .at(utilization.span, "")
                    .related(self.header, "the metric")
                    .help("average_value = \"100\""),
            ),
            _ => {}
        }
    }

    /// A percentage refers to what every container requests that counts.
    pub fn check_requests(&self, item: &Item<'_>, target: &Item<'_>, app: &App, report: &mut Report) {
        if !is_resource(&self.label) {
            return;
        }
        let counted = || app.pod.containers().filter(|(place, _)| *place != Place::Init).map(|(_, c)| c);
        let only = self.container.as_ref().and_then(|c| Some((c.span, c.text()?)));
        if let Some((at, name)) = only.filter(|(_, name)| counted().all(|c| c.label != *name)) {
            let found = Diagnostic::error("unknown-container", "container does not exist")
                .detail(format!("{} runs no container \"{name}\".", target.block.address))
                .at(at, "")
                .related(target.block.header_span, "the app");
            let names: Vec<_> = counted().map(|c| c.label.as_str()).collect();
            return report.push(match nearest(name, names.iter().copied()) {
                Some(near) => found.help(format!("container = \"{near}\"")),
                None => found.help(format!("it has \"{}\"", names.join("\", \""))),
            });
        }
        if self.average_utilization.is_none() || self.container.as_ref().is_some_and(Val::is_poison) {
            return;
        }
        let example = if self.label == "memory" { "256Mi" } else { "250m" };
        for container in counted().filter(|c| only.is_none_or(|(_, name)| c.label == name)) {
            if container.resources.as_ref().is_some_and(|r| r.requested(&self.label).is_some()) {
                continue;
            }
            report.push(
                Diagnostic::error(
                    "autoscale-without-request",
                    "autoscale counts what a container does not request",
                )
                .detail(format!(
                    "{} scales on {}, but a container of {} requests none.",
                    item.block.address, self.label, target.block.address
                ))
                .at(self.header, "")
                .related(container.header, format!("container \"{}\"", container.label))
                .help(format!("add resources {{ requests = {{ {} = \"{example}\" }} }}", self.label)),
            );
        }
    }

    /// The metric as the API takes it.
    pub fn node(&self) -> Node {
        let mut target = Tree::new();
        let kind = if self.average_utilization.is_some() { "Utilization" } else { "AverageValue" };
        target.fixed("type", kind);
        self.block.write("", &mut target);
        if !is_resource(&self.label) {
            return sourced(self, "Pods", "pods", self.selector.as_ref(), target, Tree::new());
        }
        let mut inner = Tree::new();
        inner.put("name", name(self));
        inner.map("target", target);
        let mut tree = Tree::new();
        if self.container.is_some() {
            inner.attr("container", &self.container);
            tree.fixed("type", "ContainerResource");
            tree.map("containerResource", inner);
        } else {
            tree.fixed("type", "Resource");
            tree.map("resource", inner);
        }
        Node::Map(tree.into_entries(), Origin::at(self.header))
    }
}

/// One of an amount over all pods, and an amount for each.
fn check_amount(
    header: Span,
    value: Option<&Val<Quantity>>,
    average: Option<&Val<Quantity>>,
    report: &mut Report,
) {
    match (value, average) {
        (Some(value), Some(average)) => report.push(
            Diagnostic::error("two-targets", "metric has two targets")
                .detail("This metric takes `value` or `average_value`, not both.")
                .at(average.span, "")
                .related(value.span, ""),
        ),
        (None, None) => report.push(
            Diagnostic::error("no-target", "metric has no target")
                .detail("This metric takes `value` or `average_value`.")
                .at(header, "")
                .help("average_value = \"100\""),
        ),
        (Some(value), None) => check_positive(value, "value", report),
        (None, Some(average)) => check_positive(average, "average_value", report),
    }
}

impl Labeled<ObjectMetric> {
    /// Everything that can be judged offline.
    pub fn check(&self, world: &World<'_>, report: &mut Report) {
        check_name(self, report);
        check_amount(self.header, self.value.as_ref(), self.average_value.as_ref(), report);
        let item = self.describes.known().and_then(|d| world.item(&d.address));
        if let Some(Item { block, declared: Declared::Ingress(ingress), .. }) = item
            && let Some(gateway) = &ingress.gateway
        {
            report.push(
                Diagnostic::error("not-for-metric", "setting does not exist for this metric")
                    .detail(format!(
                        "{} becomes routes of a gateway, so there is no Ingress to measure.",
                        block.address
                    ))
                    .at(self.describes.span, "")
                    .related(gateway.span, "the gateway")
                    .help("describe the service behind it"),
            );
        }
    }

    /// The metric as the API takes it.
    pub fn node(&self, world: &World<'_>) -> Node {
        let mut described = Tree::new();
        if let Some(item) = self.describes.known().and_then(|d| world.item(&d.address)) {
            let gvk = match &item.declared {
                Declared::App(app) => Some(app.gvk()),
                Declared::Service(_) => Some(Gvk::new("", "v1", "Service")),
                Declared::Ingress(_) => Some(Gvk::new("networking.k8s.io", "v1", "Ingress")),
                _ => None,
            };
            let origin = &self.describes.origin;
            if let Some(gvk) = gvk {
                described.put("apiVersion", Node::leaf(gvk.api_version(), origin.clone()));
                described.put("kind", Node::leaf(gvk.kind, origin.clone()));
                described.put("name", Node::leaf(item.name.clone(), origin.clone()));
            }
        }
        let mut inner = Tree::new();
        inner.map("describedObject", described);
        let target = amount(self.value.is_some(), &self.block);
        sourced(self, "Object", "object", self.selector.as_ref(), target, inner)
    }
}

impl Labeled<ExternalMetric> {
    /// Everything that can be judged offline.
    pub fn check(&self, report: &mut Report) {
        check_name(self, report);
        check_amount(self.header, self.value.as_ref(), self.average_value.as_ref(), report);
    }

    /// The metric as the API takes it.
    pub fn node(&self) -> Node {
        let target = amount(self.value.is_some(), &self.block);
        sourced(self, "External", "external", self.selector.as_ref(), target, Tree::new())
    }
}

fn amount<B: Block>(whole: bool, block: &B) -> Tree {
    let mut target = Tree::new();
    target.fixed("type", if whole { "Value" } else { "AverageValue" });
    block.write("", &mut target);
    target
}

fn name<B>(metric: &Labeled<B>) -> Node {
    Node::leaf(metric.label.clone(), Origin::at(metric.label_span))
}

/// A metric that a server of metrics knows by name and labels.
fn sourced<B>(
    metric: &Labeled<B>,
    kind: &str,
    key: &str,
    selector: Option<&Val<Map<String>>>,
    target: Tree,
    mut inner: Tree,
) -> Node {
    let mut named = Tree::new();
    named.put("name", name(metric));
    if let Some(selector) = selector {
        let mut labels = Tree::new();
        labels.attr("matchLabels", selector);
        named.map("selector", labels);
    }
    inner.map("metric", named);
    inner.map("target", target);
    let mut tree = Tree::new();
    tree.fixed("type", kind);
    tree.map(key, inner);
    Node::Map(tree.into_entries(), Origin::at(metric.header))
}
