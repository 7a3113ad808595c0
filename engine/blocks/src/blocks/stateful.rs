//! What only a StatefulSet has: claims and ordinals of its pods, and the headless Service behind it.

use plimsoll_model::{Diagnostic, Gvk, Node, Origin, Report};

use super::app::App;
use super::app_kind::AppKind;
use super::service::ServiceType;
use crate::compile::Objects;
use crate::declare::{Block, Keyword, NestedField, ToJson, Tree, Val};
use crate::naming::{HEADLESS_SUFFIX, STATEFUL_SET};
use crate::world::{Item, World};

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

impl App {
    /// Reports a name from which no names of pods can be made.
    pub(super) fn check_stateful_name(&self, item: &Item<'_>, report: &mut Report) {
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

    /// The service that names pods leads to them, and has no address of its own.
    pub(super) fn check_service_name(&self, item: &Item<'_>, world: &World<'_>, report: &mut Report) {
        let Some(name) = &self.service_name else { return };
        let declared = world.services().find(|(service, _)| Some(service.name.as_str()) == name.text());
        let Some((service_item, service)) = declared else { return };
        let leads = service.app.as_ref().and_then(|app| Some((app.span, app.known()?)));
        if let Some((at, _)) = leads.filter(|(_, app)| app.address != item.block.address) {
            report.push(
                Diagnostic::error("service-of-other-app", "service leads to another app")
                    .detail(format!(
                        "{} gives the pods of {} no names, since it leads to others.",
                        service_item.block.address, item.block.address
                    ))
                    .at(name.span, "")
                    .related(at, "where it leads")
                    .help(format!("app = {}", item.block.address)),
            );
        } else if service.r#type.known().is_some_and(|t| *t != ServiceType::Headless) {
            report.push(
                Diagnostic::warning("service-not-headless", "pods get no names from this service")
                    .detail(format!(
                        "{} has an address of its own; only a headless one gives each pod its name.",
                        service_item.block.address
                    ))
                    .at(name.span, "")
                    .related(service.r#type.span, "its type")
                    .help("type = \"Headless\""),
            );
        }
    }

    /// The fields of the spec that other kinds do not have.
    pub(super) fn write_stateful(&self, item: &Item<'_>, world: &World<'_>, spec: &mut Tree) {
        match &self.service_name {
            Some(name) => spec.attr("serviceName", name),
            None => spec.fixed("serviceName", format!("{}{HEADLESS_SUFFIX}", item.name)),
        };
        spec.attr("podManagementPolicy", &self.pod_management_policy);
        NestedField::write(&self.ordinals, "ordinals", spec);
        self.write_claims(item, world, spec);
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

    /// The Service that gives each pod its name in the network.
    pub(super) fn compile_headless(&self, item: &Item<'_>, world: &World<'_>, out: &mut Objects) {
        let name = format!("{}{HEADLESS_SUFFIX}", item.name);
        let mut object = out.object(
            item,
            Some("headless"),
            Gvk::new("", "v1", "Service"),
            &name,
            &self.meta.labels,
            world,
        );
        if !object.is_filled() {
            return out.push(object);
        }
        let mut spec = Tree::new();
        spec.fixed("clusterIP", "None");
        spec.put("selector", crate::identity::selector(world, item, &self.selector));
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

    use crate::testing::{app, check};

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
}
