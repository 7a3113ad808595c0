//! `update_strategy`: how new pods replace old ones.

use plimsoll_model::{Diagnostic, Node, Origin, Report};

use super::app::AppKind;
use crate::declare::{Block, IntOrPercent, Keyword, Nested, Tree, Val};

/// How new pods replace old ones.
#[derive(Debug, Clone, Block)]
#[block(name = "update_strategy")]
pub struct UpdateStrategy {
    /// Step by step, all at once, or when somebody deletes the old ones.
    #[attr(known, default = "RollingUpdate")]
    pub r#type: Val<StrategyType>,
    /// How many pods more than wanted there may be meanwhile.
    #[attr(manual)]
    pub max_surge: Option<Val<IntOrPercent>>,
    /// How many pods fewer than wanted there may be meanwhile.
    #[attr(manual)]
    pub max_unavailable: Option<Val<IntOrPercent>>,
    /// The first ordinal that is updated, of a StatefulSet.
    #[attr(manual)]
    pub partition: Option<Val<u32>>,
}

/// How new pods replace old ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum StrategyType {
    /// Step by step.
    RollingUpdate,
    /// All old ones are deleted first (Deployment).
    Recreate,
    /// When somebody deletes the old one (StatefulSet, DaemonSet).
    OnDelete,
}

impl UpdateStrategy {
    /// Settings that the app's kind does not have.
    pub fn check(&self, at: &Nested<UpdateStrategy>, kind: &Val<AppKind>, report: &mut Report) {
        let (Some(app), Some(strategy)) = (kind.known(), self.r#type.known()) else { return };
        let allowed = match strategy {
            StrategyType::RollingUpdate => true,
            StrategyType::Recreate => *app == AppKind::Deployment,
            StrategyType::OnDelete => *app != AppKind::Deployment,
        };
        let mut wrong = |span, what: String| {
            report.push(
                Diagnostic::error("not-for-kind", "setting does not exist for this kind of app")
                    .detail(format!("A {} has no {what}.", app.text()))
                    .at(span, "")
                    .related(kind.span, ""),
            );
        };
        if !allowed {
            wrong(self.r#type.span, format!("update strategy {}", strategy.text()));
        }
        if *app == AppKind::StatefulSet
            && let Some(surge) = &self.max_surge
        {
            wrong(surge.span, "`max_surge`".into());
        }
        if *app != AppKind::StatefulSet
            && let Some(partition) = &self.partition
        {
            wrong(partition.span, "`partition`".into());
        }
        let rolling = [
            self.max_surge.as_ref().map(|v| v.span),
            self.max_unavailable.as_ref().map(|v| v.span),
            self.partition.as_ref().map(|v| v.span),
        ];
        if *strategy != StrategyType::RollingUpdate
            && let Some(span) = rolling.into_iter().flatten().next()
        {
            report.push(
                Diagnostic::error("not-for-strategy", "setting belongs to RollingUpdate")
                    .detail(format!(
                        "`max_surge`, `max_unavailable` and `partition` mean nothing for {}.",
                        strategy.text()
                    ))
                    .at(span, "")
                    .related(at.header, ""),
            );
        }
    }

    /// The strategy as the API takes it.
    pub fn node(&self, at: &Nested<UpdateStrategy>) -> Node {
        let mut tree = Tree::new();
        self.write("", &mut tree);
        let mut rolling = Tree::new();
        rolling.attr("maxSurge", &self.max_surge);
        rolling.attr("maxUnavailable", &self.max_unavailable);
        rolling.attr("partition", &self.partition);
        tree.map("rollingUpdate", rolling);
        Node::Map(tree.into_entries(), Origin::at(at.header))
    }
}
