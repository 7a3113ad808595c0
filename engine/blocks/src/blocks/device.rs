//! `device`: a volume of raw blocks, as a container sees it.

use plimsoll_model::{Diagnostic, Node, Origin, Report};

use super::mount::Mount;
use super::pod_volume::pod_volume_name;
use crate::declare::{Block, Labeled, Tree, Val};
use crate::handles::VolumeRef;
use crate::world::World;

/// Where a container sees a volume of raw blocks: `device "/dev/xvda"`.
#[derive(Debug, Clone, Block)]
#[block(name = "device", label = "path")]
pub struct Device {
    /// The volume; its claim has `volume_mode = "Block"`.
    #[attr(manual)]
    pub volume: Val<VolumeRef>,
}

/// The items of `volumeDevices`.
pub fn nodes(devices: &[Labeled<Device>], world: &World<'_>) -> Vec<Node> {
    let item = |device: &Labeled<Device>| {
        let (volume, declared) = world.volume(&device.volume.known()?.address)?;
        let mut tree = Tree::new();
        tree.put("name", Node::leaf(pod_volume_name(volume, declared), device.volume.origin.clone()));
        tree.put("devicePath", Node::leaf(device.label.clone(), Origin::at(device.label_span)));
        Some(Node::Map(tree.into_entries(), Origin::at(device.header)))
    };
    devices.iter().filter_map(item).collect()
}

/// Paths are absolute and unique, and a volume is a device once.
pub fn check(devices: &[Labeled<Device>], mounts: &[Labeled<Mount>], report: &mut Report) {
    for (i, device) in devices.iter().enumerate() {
        let path = &device.label;
        if !path.starts_with('/') || path.split('/').any(|part| part == "..") {
            report.push(
                Diagnostic::error("bad-device-path", "path of a device is malformed")
                    .detail(format!("\"{path}\" does not start with `/`, or has a `..`."))
                    .at(device.label_span, "")
                    .help("device \"/dev/xvda\" { … }"),
            );
        }
        let others = devices[..i].iter().map(|d| (&d.label, d.label_span));
        let others = others.chain(mounts.iter().map(|m| (&m.label, m.label_span)));
        if let Some((_, first)) = others.into_iter().find(|(other, _)| *other == path) {
            report.push(
                Diagnostic::error("duplicate-device", "path of a device is taken")
                    .detail(format!("A container sees one volume at `{path}`."))
                    .at(device.label_span, "the device")
                    .related(first, "taken here"),
            );
        }
        let Some(volume) = device.volume.known().map(|v| &v.address) else { continue };
        let same = |other: &&Labeled<Device>| other.volume.known().is_some_and(|v| v.address == *volume);
        if let Some(first) = devices[..i].iter().find(same) {
            report.push(
                Diagnostic::error("device-twice", "volume is a device twice")
                    .detail(format!("A container has {volume} as one device."))
                    .at(device.volume.span, "the second one")
                    .related(first.volume.span, "the first one"),
            );
        }
    }
}
