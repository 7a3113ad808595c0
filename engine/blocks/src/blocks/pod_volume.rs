//! What a volume is in a pod: an item of `volumes`.

use plimsoll_model::{Node, Origin, Span};

use super::volume::Volume;
use crate::declare::{Block, Tree};
use crate::world::{Item, World};

/// The name of a volume in a pod.
pub fn pod_volume_name(item: &Item<'_>, volume: &Volume) -> String {
    match &volume.claim {
        Some(claim) if claim.is_per_replica() => volume.claim_name(item),
        _ => item.base.clone(),
    }
}

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
            tree.attr("readOnly", &claim.read_only);
            return Some(("persistentVolumeClaim", claim.header, tree));
        }
        if let Some(driven) = self.driven(item, world) {
            tree.fixed("claimName", item.name.clone());
            return Some(("persistentVolumeClaim", driven.header, tree));
        }
        if let Some(ephemeral) = &self.ephemeral {
            tree.map("volumeClaimTemplate", ephemeral.template());
            return Some(("ephemeral", ephemeral.header, tree));
        }
        if let Some(inline) = &self.inline_csi {
            inline.block.write("", &mut tree);
            let secret = inline.node_publish_secret.as_ref();
            let name = secret.and_then(|s| Some((s, world.object_name(&s.known()?.address)?)));
            if let Some((secret, name)) = name {
                let mut reference = Tree::new();
                reference.put("name", Node::leaf(name, secret.origin.clone()));
                tree.map("nodePublishSecretRef", reference);
            }
            return Some(("csi", inline.header, tree));
        }
        if let Some(projected) = &self.projected {
            projected.write_sources(world, &mut tree);
            return Some(("projected", projected.header, tree));
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
            files.block.write_files(&mut tree);
            return Some(("configMap", files.header, tree));
        }
        let files = self.secret.as_ref()?;
        let name = files.from.known().and_then(|r| world.object_name(&r.address))?;
        tree.put("secretName", Node::leaf(name, files.from.origin.clone()));
        files.block.write_files(&mut tree);
        Some(("secret", files.header, tree))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check, object};

    #[test]
    fn files_of_configs_secrets_and_nodes() {
        let mounts =
            ["c", "s", "h", "e", "x"].map(|v| format!("mount \"/{v}\" {{ volume = volume.{v} }}")).join("\n");
        let volumes = r#"
volume "c" {
  config {
    from         = config.site
    items        = { color = "conf.d/color" }
    default_mode = "0440"
  }
}
volume "s" {
  secret { from = secret.db }
}
volume "h" {
  host_path {
    path = "/var/run"
    type = "Directory"
  }
}
volume "e" {
  empty_dir {
    medium     = "Memory"
    size_limit = "64Mi"
  }
}
volume "x" {
  existing_claim { name = "old" }
}
config "site" { data = { color = "blue" } }
secret "db" { data = { password = "p" } }
"#;
        object(
            &format!("{}{volumes}", app(&mounts, "")),
            "app.web",
            expect![[r#"
                apiVersion: apps/v1
                kind: Deployment
                metadata:
                  name: web
                spec:
                  selector:
                    matchLabels:
                      plimsoll.dev/app: web
                      plimsoll.dev/project: shop
                  template:
                    metadata:
                      annotations:
                        plimsoll.dev/config-hash: 7e76300f221c621b
                        plimsoll.dev/secret-hash: null
                      labels:
                        app.kubernetes.io/managed-by: plimsoll
                        app.kubernetes.io/name: web
                        app.kubernetes.io/part-of: shop
                        plimsoll.dev/app: web
                        plimsoll.dev/environment: test
                        plimsoll.dev/project: shop
                    spec:
                      containers:
                      - image: web:1
                        name: web
                        ports:
                        - containerPort: 80
                          name: http
                          protocol: TCP
                        volumeMounts:
                        - mountPath: /c
                          name: c
                        - mountPath: /s
                          name: s
                        - mountPath: /h
                          name: h
                        - mountPath: /e
                          name: e
                        - mountPath: /x
                          name: x
                      volumes:
                      - configMap:
                          defaultMode: 288
                          items:
                          - key: color
                            path: conf.d/color
                          name: site
                        name: c
                      - emptyDir:
                          medium: Memory
                          sizeLimit: 64Mi
                        name: e
                      - hostPath:
                          path: /var/run
                          type: Directory
                        name: h
                      - name: s
                        secret:
                          secretName: db
                      - name: x
                        persistentVolumeClaim:
                          claimName: old
            "#]],
        );
    }

    #[test]
    fn names_differ_in_a_pod() {
        let text = app("mount \"/a\" { volume = volume.a_b }\nmount \"/b\" { volume = volume.a-b }", "");
        check(
            &format!("{text}\nvolume \"a_b\" {{\nempty_dir {{}}\n}}\nvolume \"a-b\" {{\nempty_dir {{}}\n}}"),
            expect![[r#"
                error[duplicate-volume]: two volumes have one name in a pod
                  volume.a_b and volume.a-b are both called `a-b` in this pod.
                  t.hcl:7: volume.a-b   mounted here
                  t.hcl:11: volume "a_b"   the first one
                  t.hcl:14: volume "a-b"   the second one
            "#]],
        );
    }
}
