//! A claim and the apps that mount it: whose replicas can have their own, and who waits for whom.

use plimsoll_model::{Diagnostic, Report, Span};

use super::app::App;
use super::app_kind::AppKind;
use super::storage::AccessMode;
use super::volume::Volume;
use crate::world::{Item, World};

impl Volume {
    /// What an app that mounts the volume can get wrong.
    pub fn check_use(
        &self,
        item: &Item<'_>,
        app_item: &Item<'_>,
        app: &App,
        world: &World<'_>,
        report: &mut Report,
    ) {
        self.check_containers(item, &app.pod, report);
        let Some(claim) = &self.claim else { return };
        let per_replica = claim.per_replica.as_ref().filter(|_| claim.is_per_replica());
        let mounted = app
            .pod
            .uses()
            .find(|(volume, _)| volume.known().is_some_and(|v| v.address == item.block.address))
            .map_or(app_item.block.header_span, |(_, header)| header);
        match (per_replica, app.kind.known()) {
            (Some(per_replica), Some(kind)) if *kind != AppKind::StatefulSet => {
                report.push(
                    Diagnostic::error("claim-needs-stateful-set", "a claim per replica needs a StatefulSet")
                        .detail(format!(
                            "{} is a {}, whose pods have no number of their own to keep a claim under.",
                            app_item.block.address,
                            kind.text()
                        ))
                        .at(mounted, "mounted here")
                        .related(per_replica.span, "one for each replica")
                        .related(app.kind.span, "the kind of the app")
                        .help("kind = \"StatefulSet\""),
                );
            }
            (None, _) => {
                self.check_shared(item, app_item, app, world, mounted, report);
                self.check_rollout(item, app_item, app, world, mounted, report);
            }
            _ => {}
        }
    }

    /// Pods of one node share a claim that several pods mount.
    fn check_shared(
        &self,
        item: &Item<'_>,
        app_item: &Item<'_>,
        app: &App,
        world: &World<'_>,
        mounted: Span,
        report: &mut Report,
    ) {
        let Some(claim) = &self.claim else { return };
        let Some(mode @ (AccessMode::ReadWriteOnce | AccessMode::ReadWriteOncePod)) =
            claim.access_mode.known()
        else {
            return;
        };
        let address = &app_item.block.address;
        let other = world.apps_that_mount(&item.block.address).find(|a| a.block.address < *address);
        let who = match other {
            Some(other) => format!("{} and {address} both mount {}", other.block.address, item.block.address),
            None if app.several(address, world) => {
                format!("{address} may run several pods that mount {}", item.block.address)
            }
            None => return,
        };
        let found = Diagnostic::warning("shared-single-writer", "several pods share a claim for one node")
            .detail(format!("{who}, but it is {}: pods on another node wait forever.", mode.text()))
            .at(mounted, "mounted here")
            .related(claim.header, "the claim")
            .help("access_mode = \"ReadWriteMany\", or per_replica = true on a StatefulSet");
        report.push(match other {
            Some(other) => found.related(other.block.header_span, "and by this app"),
            None => found,
        });
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check};

    #[test]
    fn claims_and_the_apps_that_use_them() {
        let text = app(
            "mount \"/a\" { volume = volume.own }\nmount \"/b\" { volume = volume.shared }",
            "replicas = 2",
        );
        let volumes = "volume \"own\" {\nclaim {\nper_replica = true\nsize = \"1Gi\"\n}\n}\nvolume \"shared\" {\nclaim { size = \"1Gi\" }\n}";
        check(
            &format!("{text}\n{volumes}"),
            expect![[r#"
                error[claim-needs-stateful-set]: a claim per replica needs a StatefulSet
                  app.web is a Deployment, whose pods have no number of their own to keep a claim under.
                  t.hcl:6: mount "/a"   mounted here
                  t.hcl:13: true   one for each replica
                  t.hcl:1: app "web"   the kind of the app
                  help: kind = "StatefulSet"
                warning[shared-single-writer]: several pods share a claim for one node
                  app.web may run several pods that mount volume.shared, but it is ReadWriteOnce: pods on another node wait forever.
                  t.hcl:7: mount "/b"   mounted here
                  t.hcl:18: claim   the claim
                  help: access_mode = "ReadWriteMany", or per_replica = true on a StatefulSet
            "#]],
        );
    }

    #[test]
    fn two_apps_that_share_a_disk() {
        let text = app("mount \"/a\" { volume = volume.d }", "");
        let other = text.replace("app \"web\"", "app \"api\"");
        check(
            &format!("{text}{other}volume \"d\" {{\nclaim {{ size = \"1Gi\" }}\n}}"),
            expect![[r#"
            warning[shared-single-writer]: several pods share a claim for one node
              app.api and app.web both mount volume.d, but it is ReadWriteOnce: pods on another node wait forever.
              t.hcl:6: mount "/a"   mounted here
              t.hcl:18: claim   the claim
              t.hcl:9: app "api"   and by this app
              help: access_mode = "ReadWriteMany", or per_replica = true on a StatefulSet
        "#]],
        );
    }
}
