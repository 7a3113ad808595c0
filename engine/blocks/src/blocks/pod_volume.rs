//! What a volume is in a pod: an item of `volumes`.

use plimsoll_model::{Node, Origin, Span};

use super::volume::{Volume, pod_volume_name};
use crate::declare::{Block, Map, Tree, Val};
use crate::world::{Item, World};

impl Volume {
    /// The item of a pod's `volumes`; none for a claim that each replica has for itself.
    pub fn pod_volume(&self, item: &Item<'_>, world: &World<'_>) -> Option<Node> {
        let (key, header, source) = self.pod_source(item, world)?;
        let mut tree = Tree::new();
        tree.fixed("name", pod_volume_name(item, self));
        tree.put(key, Node::Map(source.into_entries(), Origin::at(header)));
        Some(Node::Map(tree.into_entries(), Origin::at(header)))
    }

    fn pod_source(&self, item: &Item<'_>, world: &World<'_>) -> Option<(&'static str, Span, Tree)> {
        let mut tree = Tree::new();
        if let Some(claim) = &self.claim {
            if claim.is_per_replica() {
                return None;
            }
            let origin = claim.name.as_ref().map_or(Origin::NONE, |n| n.origin.clone());
            tree.put("claimName", Node::leaf(self.claim_name(item), origin));
            return Some(("persistentVolumeClaim", claim.header, tree));
        }
        if let Some(claim) = &self.existing_claim {
            tree.attr("claimName", &claim.name);
            return Some(("persistentVolumeClaim", claim.header, tree));
        }
        if let Some(driven) = self.driven(item, world) {
            tree.fixed("claimName", item.name.clone());
            return Some(("persistentVolumeClaim", driven.header, tree));
        }
        if let Some(dir) = &self.empty_dir {
            dir.block.write("", &mut tree);
            return Some(("emptyDir", dir.header, tree));
        }
        if let Some(path) = &self.host_path {
            path.block.write("", &mut tree);
            return Some(("hostPath", path.header, tree));
        }
        if let Some(files) = &self.config {
            let name = files.from.known().and_then(|r| world.object_name(&r.address))?;
            tree.put("name", Node::leaf(name, files.from.origin.clone()));
            write_files(&files.items, &files.default_mode, &files.optional, &mut tree);
            return Some(("configMap", files.header, tree));
        }
        let files = self.secret.as_ref()?;
        let name = files.from.known().and_then(|r| world.object_name(&r.address))?;
        tree.put("secretName", Node::leaf(name, files.from.origin.clone()));
        write_files(&files.items, &files.default_mode, &files.optional, &mut tree);
        Some(("secret", files.header, tree))
    }
}

fn write_files(
    items: &Map<String>,
    mode: &Option<Val<String>>,
    optional: &Option<Val<bool>>,
    tree: &mut Tree,
) {
    let item = |(key, path): (&String, &Val<String>)| {
        let mut tree = Tree::new();
        tree.put("key", Node::leaf(key.clone(), path.origin.clone()));
        tree.attr("path", path);
        Node::Map(tree.into_entries(), path.origin.clone())
    };
    tree.list("items", items.iter().map(item).collect());
    if let Some(mode) = mode {
        let octal = mode.map(|m| i64::from_str_radix(m, 8).unwrap_or_default());
        tree.attr("defaultMode", &octal);
    }
    tree.attr("optional", optional);
}
