//! What containers do with a volume, against what it is: files or raw blocks, read or written.

use plimsoll_model::{Diagnostic, Report, Span};

use super::app::App;
use super::app_kind::AppKind;
use super::container::Container;
use super::pod::Pod;
use super::storage::{AccessMode, VolumeMode};
use super::strategy::StrategyType;
use super::volume::Volume;
use crate::declare::Labeled;
use crate::quantity::Quantity;
use crate::world::{Item, World};

impl Volume {
    /// Whether it holds raw blocks, with where that is said; none where it cannot be known here.
    fn blocks(&self, item: &Item<'_>) -> Option<(bool, Span)> {
        if self.existing_claim.is_some() {
            return None;
        }
        let claim = self.claim.as_ref().map(|c| (&c.volume_mode, c.header));
        let ephemeral = self.ephemeral.as_ref().map(|e| (&e.volume_mode, e.header));
        match claim.or(ephemeral) {
            Some((Some(mode), _)) => mode.known().map(|m| (*m == VolumeMode::Block, mode.span)),
            Some((None, header)) => Some((false, header)),
            None => Some((false, item.block.header_span)),
        }
    }

    /// What the containers of a pod do with the volume.
    pub fn check_containers(&self, item: &Item<'_>, pod: &Pod, report: &mut Report) {
        for (_, container) in pod.containers() {
            self.check_shape(item, container, report);
            self.check_reading(item, container, report);
            self.check_memory(item, container, report);
        }
    }

    /// Files are mounted, raw blocks are devices.
    fn check_shape(&self, item: &Item<'_>, container: &Labeled<Container>, report: &mut Report) {
        let address = &item.block.address;
        let Some((blocks, said)) = self.blocks(item) else { return };
        let mine = |v: &crate::declare::Val<crate::handles::VolumeRef>| {
            v.known().is_some_and(|v| v.address == *address)
        };
        if let Some(mount) = container.mount.iter().find(|m| blocks && mine(&m.volume)) {
            report.push(
                Diagnostic::error("mount-of-blocks", "raw blocks cannot be mounted")
                    .detail(format!("{address} holds no files, so a container has it as a device."))
                    .at(mount.header, "mounted here")
                    .related(said, "raw blocks")
                    .help(format!("device \"/dev/xvda\" {{ volume = {address} }}")),
            );
        }
        if let Some(device) = container.device.iter().find(|d| !blocks && mine(&d.volume)) {
            report.push(
                Diagnostic::error("device-of-files", "volume is no device")
                    .detail(format!(
                        "{address} holds files; only claims with `volume_mode = \"Block\"` are devices."
                    ))
                    .at(device.header, "a device here")
                    .related(said, "the volume")
                    .help(format!("mount \"/data\" {{ volume = {address} }}")),
            );
        }
    }

    /// Who may only read does.
    fn check_reading(&self, item: &Item<'_>, container: &Labeled<Container>, report: &mut Report) {
        let modes = [
            self.claim.as_ref().map(|c| &c.access_mode),
            self.nas.as_ref().map(|n| &n.access_mode),
            self.oss.as_ref().map(|o| &o.access_mode),
            self.csi.as_ref().map(|c| &c.access_mode),
        ];
        let only = modes.into_iter().flatten().find(|m| m.known() == Some(&AccessMode::ReadOnlyMany));
        let Some(only) = only else { return };
        let written = container.mount.iter().find(|m| {
            m.volume.known().is_some_and(|v| v.address == item.block.address)
                && m.read_only.as_ref().is_none_or(|r| r.known() == Some(&false))
        });
        if let Some(mount) = written {
            report.push(
                Diagnostic::warning("read-only-claim", "volume can only be read")
                    .detail(format!(
                        "{} is ReadOnlyMany, so container \"{}\" cannot write to it.",
                        item.block.address, container.label
                    ))
                    .at(mount.header, "")
                    .related(only.span, "the access mode")
                    .help("read_only = true"),
            );
        }
    }

    /// Folders in memory count as memory of the containers that fill them.
    fn check_memory(&self, item: &Item<'_>, container: &Labeled<Container>, report: &mut Report) {
        let Some(dir) = &self.empty_dir else { return };
        let in_memory = dir.medium.as_ref().filter(|m| m.known() == Some(&super::storage::Medium::Memory));
        let limit = container.resources.as_ref().and_then(|r| r.limits.get("memory"));
        let (Some(_), Some(size), Some(limit)) = (in_memory, &dir.size_limit, limit) else { return };
        let mounts = container.mount.iter();
        let mut mounted =
            mounts.filter(|m| m.volume.known().is_some_and(|v| v.address == item.block.address));
        let amount = |q: &crate::declare::Val<Quantity>| q.known().map(|q| q.amount.clone());
        if let (Some(mount), Some(large), Some(most)) = (mounted.next(), amount(size), amount(limit))
            && large > most
        {
            report.push(
                Diagnostic::warning("memory-volume-above-limit", "folder is larger than the memory it counts as")
                    .detail(format!(
                        "Files of {} lie in memory and count against the limit of container \"{}\", which is killed above it.",
                        item.block.address, container.label
                    ))
                    .at(size.span, "the size of the folder")
                    .related(limit.span, "the limit of memory")
                    .related(mount.header, "mounted here"),
            );
        }
    }

    /// A disk of one node does not go to the new pod before the old one leaves it.
    pub(super) fn check_rollout(
        &self,
        item: &Item<'_>,
        app_item: &Item<'_>,
        app: &App,
        world: &World<'_>,
        mounted: Span,
        report: &mut Report,
    ) {
        let Some(claim) = self.claim.as_ref().filter(|c| !c.is_per_replica()) else { return };
        let alone = claim.access_mode.known() == Some(&AccessMode::ReadWriteOncePod);
        let strategy = app.update_strategy.as_ref();
        let rolling = strategy.is_none_or(|s| s.r#type.known() == Some(&StrategyType::RollingUpdate));
        let first_goes = strategy.is_some_and(|s| s.max_unavailable.is_some());
        let deployment = app.kind.known() == Some(&AppKind::Deployment);
        if !alone || !deployment || !rolling || first_goes || app.several(&app_item.block.address, world) {
            return;
        }
        report.push(
            Diagnostic::warning("update-waits-for-claim", "update waits for a claim that the old pod holds")
                .detail(format!(
                    "A new pod of {} comes before the old one goes, but one pod at a time may have {}.",
                    app_item.block.address, item.block.address
                ))
                .at(strategy.map_or(mounted, |s| s.header), "")
                .related(claim.access_mode.span, "the access mode")
                .help("update_strategy { type = \"Recreate\" }"),
        );
    }
}
