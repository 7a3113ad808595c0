//! `disruption_budget` of an app: how many of its pods may be away at a time, as a PodDisruptionBudget.

use plimsoll_model::{Diagnostic, Gvk, Report, Span};

use super::app::App;
use super::app_kind::AppKind;
use crate::compile::Objects;
use crate::declare::{Block, IntOrPercent, Keyword, Tree, Val};
use crate::identity;
use crate::world::{Item, World};

/// How many pods of an app may be driven away at a time, such as when nodes are emptied.
#[derive(Debug, Clone, Block)]
#[block(name = "disruption_budget")]
pub struct DisruptionBudget {
    /// How many pods stay: a number or a percentage.
    pub min_available: Option<Val<IntOrPercent>>,
    /// How many pods may be away: a number or a percentage.
    pub max_unavailable: Option<Val<IntOrPercent>>,
    /// Whether pods that are not ready may be driven away.
    pub unhealthy_pod_eviction_policy: Option<Val<Eviction>>,
    /// Where the block stands.
    #[header]
    pub header: Span,
}

/// Whether pods that are not ready may be driven away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum Eviction {
    /// While enough others are ready.
    IfHealthyBudget,
    /// Always.
    AlwaysAllow,
}

/// The part of the address of the object.
const PART: &str = "disruption-budget";

impl DisruptionBudget {
    /// One of the two numbers, and one that lets something happen.
    pub fn check(&self, item: &Item<'_>, app: &App, world: &World<'_>, report: &mut Report) {
        match (&self.min_available, &self.max_unavailable) {
            (Some(min), Some(max)) => report.push(
                Diagnostic::error("two-budgets", "disruption budget is given twice")
                    .detail("A disruption budget takes `min_available` or `max_unavailable`, not both.")
                    .at(max.span, "")
                    .related(min.span, ""),
            ),
            (None, None) => report.push(
                Diagnostic::error("no-budget", "disruption budget says nothing")
                    .detail("A disruption budget takes `min_available` or `max_unavailable`.")
                    .at(self.header, "")
                    .help("max_unavailable = 1"),
            ),
            _ => {}
        }
        for value in self.min_available.iter().chain(&self.max_unavailable) {
            if let Some(IntOrPercent::Percent(text)) = value.known()
                && percent(text).is_some_and(|n| n > 100)
            {
                report.push(
                    Diagnostic::error("out-of-range", "number is out of range")
                        .detail(format!("{text} is more than all pods."))
                        .at(value.span, "")
                        .help("at most \"100%\""),
                );
            }
        }
        if app.kind.known() == Some(&AppKind::DaemonSet) {
            self.check_daemon_set(app, report);
        }
        self.check_stuck(item, app, world, report);
    }

    /// Nobody knows how many pods a DaemonSet should have, so nothing can be counted from that.
    fn check_daemon_set(&self, app: &App, report: &mut Report) {
        let percent =
            self.min_available.as_ref().filter(|m| matches!(m.known(), Some(IntOrPercent::Percent(_))));
        if let Some(span) = self.max_unavailable.as_ref().map(|m| m.span).or(percent.map(|m| m.span)) {
            report.push(
                Diagnostic::error("not-for-kind", "setting does not exist for this kind of app")
                    .detail("The budget of a DaemonSet is a number of pods that stay.")
                    .at(span, "")
                    .related(app.kind.span, "the kind")
                    .help("min_available = 1"),
            );
        }
    }

    /// A budget that no pod ever leaves.
    fn check_stuck(&self, item: &Item<'_>, app: &App, world: &World<'_>, report: &mut Report) {
        let autoscale = world.autoscale_of(&item.block.address).map(|(_, a)| a);
        let replicas = match autoscale {
            Some(autoscale) => autoscale.max_replicas.known().map(|n| (*n, autoscale.max_replicas.span)),
            None if app.kind.known() == Some(&AppKind::DaemonSet) => None,
            None => match &app.replicas {
                Some(replicas) => replicas.known().map(|n| (*n, replicas.span)),
                None => Some((1, item.block.header_span)),
            },
        };
        let stuck = match (self.min_available.as_ref(), self.max_unavailable.as_ref()) {
            (Some(min), None) => match (min.known(), replicas) {
                (Some(IntOrPercent::Percent(text)), _) if percent(text) == Some(100) => {
                    Some((min.span, "All pods must stay.".to_string(), None))
                }
                (Some(IntOrPercent::Int(n)), Some((pods, span))) if *n >= i64::from(pods) && pods > 0 => {
                    Some((
                        min.span,
                        format!(
                            "{n} must stay, and there {} {pods}{}.",
                            if pods == 1 { "is" } else { "are" },
                            if autoscale.is_some() { " at most" } else { "" }
                        ),
                        Some(span),
                    ))
                }
                _ => None,
            },
            (None, Some(max)) => match max.known() {
                Some(IntOrPercent::Int(0)) => Some((max.span, "None may be away.".to_string(), None)),
                Some(IntOrPercent::Percent(text)) if percent(text) == Some(0) => {
                    Some((max.span, "None may be away.".to_string(), None))
                }
                _ => None,
            },
            _ => None,
        };
        let Some((at, why, other)) = stuck else { return };
        let found = Diagnostic::warning("budget-never-allows", "disruption budget never lets a pod go")
            .detail(format!(
                "{why} A node with such a pod cannot be emptied, so upgrades of nodes wait forever."
            ))
            .at(at, "")
            .help("max_unavailable = 1");
        report.push(match other {
            Some(other) => found.related(other, "how many there are"),
            None => found,
        });
    }

    /// The PodDisruptionBudget.
    pub fn compile(&self, item: &Item<'_>, app: &App, world: &World<'_>, out: &mut Objects) {
        let gvk = Gvk::new("policy", "v1", "PodDisruptionBudget");
        let mut object = out.object(item, Some(PART), gvk, &item.name, &app.meta.labels, world);
        if !object.is_filled() {
            return out.push(object);
        }
        let mut selector = Tree::new();
        selector.put("matchLabels", identity::selector(world, item, &app.selector));
        let mut spec = Tree::new();
        self.write("", &mut spec);
        spec.map("selector", selector);
        object.body.map("spec", spec);
        out.push(object);
    }
}

fn percent(text: &str) -> Option<u32> {
    text.strip_suffix('%')?.parse().ok()
}
