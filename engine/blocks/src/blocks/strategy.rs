//! `update_strategy`: how new pods replace old ones.

use plimsoll_model::{Diagnostic, Node, Origin, Report};

use super::app_kind::AppKind;
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
        self.check_progress(at, *app, report);
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

    /// An update must be able to go on.
    fn check_progress(&self, at: &Nested<UpdateStrategy>, app: AppKind, report: &mut Report) {
        let zero = |v: &Option<Val<IntOrPercent>>| {
            v.as_ref().and_then(|v| v.known()).map(|v| match v {
                IntOrPercent::Int(n) => *n == 0,
                IntOrPercent::Percent(p) => p == "0%",
            })
        };
        let (surge, unavailable) = (zero(&self.max_surge), zero(&self.max_unavailable));
        let stuck = match app {
            AppKind::Deployment => surge == Some(true) && unavailable == Some(true),
            AppKind::DaemonSet => surge != Some(false) && unavailable == Some(true),
            AppKind::StatefulSet => unavailable == Some(true),
        };
        if stuck {
            report.push(
                Diagnostic::error("update-cannot-move", "update cannot move")
                    .detail(
                        "No pod may go before another one came, and none may come before another one went.",
                    )
                    .at(self.max_unavailable.as_ref().map_or(at.header, |v| v.span), "")
                    .related(self.max_surge.as_ref().map_or(at.header, |v| v.span), "")
                    .help("max_unavailable = 1"),
            );
        }
        if app == AppKind::DaemonSet && surge == Some(false) && unavailable != Some(true) {
            report.push(
                Diagnostic::error("surge-and-unavailable", "a DaemonSet surges or is unavailable")
                    .detail("With `max_surge`, the old pod of a node goes only after the new one came: `max_unavailable` is 0.")
                    .at(self.max_surge.as_ref().map_or(at.header, |v| v.span), "")
                    .help("max_unavailable = 0"),
            );
        }
        let percent = self.max_unavailable.as_ref().and_then(|v| match v.known() {
            Some(IntOrPercent::Percent(p)) => Some((v.span, p.trim_end_matches('%').parse::<u32>().ok()?)),
            _ => None,
        });
        if let Some((span, percent)) = percent.filter(|(_, p)| *p > 100) {
            report.push(
                Diagnostic::error("out-of-range", "number is out of range")
                    .detail(format!("{percent}% is more than all pods."))
                    .at(span, "")
                    .help("max_unavailable = \"100%\""),
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

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check};

    #[test]
    fn updates_must_be_able_to_move() {
        check(
            &app("", "update_strategy {\nmax_surge = 0\nmax_unavailable = \"0%\"\n}"),
            expect![[r#"
            error[update-cannot-move]: update cannot move
              No pod may go before another one came, and none may come before another one went.
              t.hcl:4: "0%"
              t.hcl:3: 0
              help: max_unavailable = 1
        "#]],
        );
        let both = "kind = \"DaemonSet\"\nupdate_strategy {\nmax_surge = 1\nmax_unavailable = \"101%\"\n}";
        check(
            &app("", both),
            expect![[r#"
                error[surge-and-unavailable]: a DaemonSet surges or is unavailable
                  With `max_surge`, the old pod of a node goes only after the new one came: `max_unavailable` is 0.
                  t.hcl:4: 1
                  help: max_unavailable = 0
                error[out-of-range]: number is out of range
                  101% is more than all pods.
                  t.hcl:5: "101%"
                  help: max_unavailable = "100%"
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
