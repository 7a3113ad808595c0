//! The claims and PersistentVolumes that a volume becomes.

use plimsoll_model::{Gvk, Node, Origin, Span};

use super::storage::{AccessMode, Claim, DataSourceKind, Ephemeral};
use super::volume::Volume;
use crate::compile::Objects;
use crate::declare::{Block, ToNode, Tree, Val};
use crate::handles::SecretRef;
use crate::identity;
use crate::quantity::Quantity;
use crate::world::{Item, World};

impl Claim {
    /// Whether each replica has its own.
    pub fn is_per_replica(&self) -> bool {
        self.per_replica.as_ref().is_some_and(|v| v.known() == Some(&true))
    }

    fn spec(&self) -> Tree {
        let mut spec = Tree::new();
        spec.put("accessModes", modes(&self.access_mode));
        spec.attr("storageClassName", &self.storage_class);
        spec.attr("volumeMode", &self.volume_mode);
        spec.map("resources", storage_request(&self.size));
        spec.attr("volumeName", &self.volume_name);
        spec.attr("volumeAttributesClassName", &self.volume_attributes_class);
        if let Some(source) = &self.data_source {
            let mut tree = Tree::new();
            if source.kind.known() == Some(&DataSourceKind::VolumeSnapshot) {
                tree.fixed("apiGroup", "snapshot.storage.k8s.io");
            }
            tree.attr("kind", &source.kind);
            tree.attr("name", &source.name);
            spec.put("dataSource", Node::Map(tree.into_entries(), Origin::at(source.header)));
        }
        spec
    }
}

impl Ephemeral {
    /// The template of the claims that pods get.
    pub(super) fn template(&self) -> Tree {
        let mut spec = Tree::new();
        spec.put("accessModes", modes(&self.access_mode));
        spec.attr("storageClassName", &self.storage_class);
        spec.attr("volumeMode", &self.volume_mode);
        spec.map("resources", storage_request(&self.size));
        let mut template = Tree::new();
        template.map("spec", spec);
        template
    }
}

fn modes(mode: &Val<AccessMode>) -> Option<Node> {
    mode.to_node().map(|n| Node::List(vec![n], mode.origin.clone()))
}

fn storage_request(size: &Val<Quantity>) -> Tree {
    let mut requests = Tree::new();
    requests.attr("storage", size);
    let mut resources = Tree::new();
    resources.map("requests", requests);
    resources
}

/// A volume that a storage driver knows: what the PersistentVolume says of it.
pub(super) struct Driven {
    source: Tree,
    size: Option<Val<Quantity>>,
    access_mode: Val<AccessMode>,
    pub(super) header: Span,
}

impl Volume {
    /// The template of the claims that each replica of an app has for itself.
    pub fn claim_template(&self, item: &Item<'_>, app: &Item<'_>, world: &World<'_>) -> Option<Node> {
        let claim = self.claim.as_ref().filter(|c| c.is_per_replica())?;
        let origin = claim.name.as_ref().map_or(Origin::NONE, |n| n.origin.clone());
        let mut metadata = Tree::new();
        metadata.put("name", Node::leaf(self.claim_name(item), origin));
        metadata.map("labels", identity::claim_labels(world, app));
        let mut tree = Tree::new();
        tree.fixed("apiVersion", "v1");
        tree.fixed("kind", "PersistentVolumeClaim");
        tree.map("metadata", metadata);
        tree.map("spec", claim.spec());
        Some(Node::Map(tree.into_entries(), Origin::at(claim.header)))
    }

    /// A shared claim, or a PersistentVolume and its claim.
    pub fn compile(&self, item: &Item<'_>, world: &World<'_>, out: &mut Objects) {
        let claim_type = Gvk::new("", "v1", "PersistentVolumeClaim");
        if let Some(claim) = &self.claim {
            if !claim.is_per_replica() {
                let mut object =
                    out.object(item, None, claim_type, &self.claim_name(item), &self.meta.labels, world);
                object.body.map("spec", claim.spec());
                object.wait = true;
                out.push(object);
            }
            return;
        }
        let Some(driven) = self.driven(item, world) else { return };
        let size = driven.size.unwrap_or_else(|| {
            Val::generated(Quantity { text: "20Gi".into(), amount: 21_474_836_480.into() }, driven.header)
        });
        let modes = modes(&driven.access_mode);
        let mut object = out.object(item, None, claim_type, &item.name, &self.meta.labels, world);
        let mut spec = Tree::new();
        spec.put("accessModes", modes.clone());
        spec.fixed("storageClassName", "");
        spec.fixed("volumeName", item.name.clone());
        spec.map("resources", storage_request(&size));
        object.body.map("spec", spec);
        object.wait = true;
        out.push(object);

        let gvk = Gvk::new("", "v1", "PersistentVolume");
        let mut object = out.object(item, Some("volume"), gvk, &item.name, &self.meta.labels, world);
        let mut capacity = Tree::new();
        capacity.attr("storage", &size);
        let mut spec = Tree::new();
        spec.map("capacity", capacity);
        spec.put("accessModes", modes);
        spec.fixed("persistentVolumeReclaimPolicy", "Retain");
        spec.fixed("storageClassName", "");
        spec.put("csi", Node::Map(driven.source.into_entries(), Origin::at(driven.header)));
        object.body.map("spec", spec);
        out.push(object);
    }

    /// The volume as a storage driver knows it, where it is one of those.
    pub(super) fn driven(&self, item: &Item<'_>, world: &World<'_>) -> Option<Driven> {
        let mut source = Tree::new();
        let mut attributes = Tree::new();
        if let Some(nas) = &self.nas {
            source.fixed("driver", "nasplugin.csi.alibabacloud.com");
            source.fixed("volumeHandle", item.name.clone());
            nas.block.write("", &mut attributes);
            source.map("volumeAttributes", attributes);
            let (size, access_mode) = (nas.size.clone(), nas.access_mode.clone());
            return Some(Driven { source, size, access_mode, header: nas.header });
        }
        if let Some(oss) = &self.oss {
            source.fixed("driver", "ossplugin.csi.alibabacloud.com");
            source.fixed("volumeHandle", item.name.clone());
            source.put("nodePublishSecretRef", oss.secret.as_ref().and_then(|s| secret_reference(s, world)));
            oss.block.write("", &mut attributes);
            source.map("volumeAttributes", attributes);
            let (size, access_mode) = (oss.size.clone(), oss.access_mode.clone());
            return Some(Driven { source, size, access_mode, header: oss.header });
        }
        let csi = self.csi.as_ref()?;
        source.attr("driver", &csi.driver);
        match &csi.volume_handle {
            Some(handle) => source.attr("volumeHandle", handle),
            None => source.fixed("volumeHandle", item.name.clone()),
        };
        source.attr("fsType", &csi.fs_type);
        source.attr("readOnly", &csi.read_only);
        let secrets = [
            ("nodePublishSecretRef", &csi.node_publish_secret),
            ("nodeStageSecretRef", &csi.node_stage_secret),
        ];
        for (key, secret) in secrets {
            source.put(key, secret.as_ref().and_then(|s| secret_reference(s, world)));
        }
        for (key, value) in &csi.attributes {
            attributes.attr(key, value);
        }
        source.map("volumeAttributes", attributes);
        let (size, access_mode) = (csi.size.clone(), csi.access_mode.clone());
        Some(Driven { source, size, access_mode, header: csi.header })
    }
}

fn secret_reference(secret: &Val<SecretRef>, world: &World<'_>) -> Option<Node> {
    let name = world.object_name(&secret.known()?.address)?;
    let mut tree = Tree::new();
    tree.put("name", Node::leaf(name, secret.origin.clone()));
    tree.fixed("namespace", world.namespace());
    Some(Node::Map(tree.into_entries(), secret.origin.clone()))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::object;

    #[test]
    fn a_shared_claim() {
        object(
            "volume \"a\" {\nclaim {\nname = \"data\"\nsize = \"1Gi\"\naccess_mode = \"ReadWriteMany\"\n}\n}",
            "volume.a",
            expect![[r#"
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata:
                  name: data
                spec:
                  accessModes:
                  - ReadWriteMany
                  resources:
                    requests:
                      storage: 1Gi
            "#]],
        );
    }

    #[test]
    fn network_storage_is_a_volume_and_its_claim() {
        let text = "volume \"n\" {\nnas {\nserver = \"x.nas.aliyuncs.com\"\npath = \"/d\"\nversion = 3\n}\n}\nvolume \"o\" {\noss {\nbucket = \"media\"\nurl = \"oss.aliyuncs.com\"\nsecret = secret.s\n}\n}\nsecret \"s\" { existing = \"oss\" }";
        object(
            text,
            "volume.n",
            expect![[r#"
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata:
              name: "n"
            spec:
              accessModes:
              - ReadWriteMany
              resources:
                requests:
                  storage: 20Gi
              storageClassName: ""
              volumeName: "n"
        "#]],
        );
        object(
            text,
            "volume.n:volume",
            expect![[r#"
            apiVersion: v1
            kind: PersistentVolume
            metadata:
              name: "n"
            spec:
              accessModes:
              - ReadWriteMany
              capacity:
                storage: 20Gi
              csi:
                driver: nasplugin.csi.alibabacloud.com
                volumeAttributes:
                  path: /d
                  server: x.nas.aliyuncs.com
                  vers: "3"
                volumeHandle: "n"
              persistentVolumeReclaimPolicy: Retain
              storageClassName: ""
        "#]],
        );
        object(
            text,
            "volume.o:volume",
            expect![[r#"
            apiVersion: v1
            kind: PersistentVolume
            metadata:
              name: o
            spec:
              accessModes:
              - ReadWriteMany
              capacity:
                storage: 20Gi
              csi:
                driver: ossplugin.csi.alibabacloud.com
                nodePublishSecretRef:
                  name: oss
                  namespace: shop
                volumeAttributes:
                  bucket: media
                  url: oss.aliyuncs.com
                volumeHandle: o
              persistentVolumeReclaimPolicy: Retain
              storageClassName: ""
        "#]],
        );
    }
}
