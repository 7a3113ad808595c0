//! The kinds of apps, and which settings of an app belong to one of them.

use plimsoll_model::{Diagnostic, Report, Span};

use super::app::App;
use crate::declare::Keyword;

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

impl App {
    /// Reports settings that the kind does not have.
    pub(super) fn check_kind(&self, report: &mut Report) {
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
            ("service_name", self.service_name.as_ref().map(|v| v.span)),
            ("pod_management_policy", self.pod_management_policy.as_ref().map(|v| v.span)),
        ];
        let rolling =
            [("progress_deadline_seconds", self.progress_deadline_seconds.as_ref().map(|v| v.span))];
        let wrong =
            |wanted: AppKind| move |(name, span): (&'static str, Option<Span>)| Some((name, span?, wanted));
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
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check};

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
}
