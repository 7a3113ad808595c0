//! `volume`: what containers can mount.

use plimsoll_model::{Address, BlockScope, Diagnostic, Export, Report, Span, Value};

use super::app::{App, AppKind};
use super::meta::Meta;
use super::storage::{
    AccessMode, Claim, ConfigFiles, Csi, EmptyDir, ExistingClaim, HostPath, Nas, Oss, SecretFiles,
};
use crate::declare::{Block, Map, Nested};
use crate::naming;
use crate::quantity::check_positive;
use crate::world::{Item, World};

/// Something that containers can mount: exactly one source.
#[derive(Debug, Clone, Block)]
#[block(name = "volume", label = "name")]
pub struct Volume {
    /// What every top-level block takes.
    #[flatten]
    pub meta: Meta,
    /// A claim to a disk.
    #[nested(manual)]
    pub claim: Option<Nested<Claim>>,
    /// A claim that exists already.
    #[nested(manual)]
    pub existing_claim: Option<Nested<ExistingClaim>>,
    /// A file system of Alibaba's NAS.
    #[nested(manual)]
    pub nas: Option<Nested<Nas>>,
    /// A bucket of Alibaba's OSS.
    #[nested(manual)]
    pub oss: Option<Nested<Oss>>,
    /// A volume of any other storage driver.
    #[nested(manual)]
    pub csi: Option<Nested<Csi>>,
    /// A folder that is empty when a pod starts, and gone with it.
    #[nested(manual)]
    pub empty_dir: Option<Nested<EmptyDir>>,
    /// A file or folder of the node.
    #[nested(manual)]
    pub host_path: Option<Nested<HostPath>>,
    /// The keys of a config as files.
    #[nested(manual)]
    pub config: Option<Nested<ConfigFiles>>,
    /// The keys of a secret as files.
    #[nested(manual)]
    pub secret: Option<Nested<SecretFiles>>,
}

/// What expressions read from a volume.
pub static EXPORTS: &[Export] = &[Export {
    name: "name",
    doc: "The name of its claim, or what the names of the replicas' claims start with.",
    eval: claim_name,
}];

fn claim_name(scope: &mut dyn BlockScope) -> Value {
    for source in ["claim", "existing_claim"] {
        if let Some(name) = scope.nested(&[source]).first().and_then(|b| b.body.value("name").cloned()) {
            return name;
        }
    }
    naming::exported(scope)
}

/// The name of a volume in a pod.
pub fn pod_volume_name(item: &Item<'_>, volume: &Volume) -> String {
    match &volume.claim {
        Some(claim) if claim.is_per_replica() => volume.claim_name(item),
        _ => item.base.clone(),
    }
}

impl Claim {
    /// Whether each replica has its own.
    pub fn is_per_replica(&self) -> bool {
        self.per_replica.as_ref().is_some_and(|v| v.known() == Some(&true))
    }
}

impl Volume {
    /// The sources that are there, with their headers.
    fn sources(&self) -> Vec<(&'static str, Span)> {
        let mut all = Vec::new();
        all.extend(self.claim.as_ref().map(|b| ("claim", b.header)));
        all.extend(self.existing_claim.as_ref().map(|b| ("existing_claim", b.header)));
        all.extend(self.nas.as_ref().map(|b| ("nas", b.header)));
        all.extend(self.oss.as_ref().map(|b| ("oss", b.header)));
        all.extend(self.csi.as_ref().map(|b| ("csi", b.header)));
        all.extend(self.empty_dir.as_ref().map(|b| ("empty_dir", b.header)));
        all.extend(self.host_path.as_ref().map(|b| ("host_path", b.header)));
        all.extend(self.config.as_ref().map(|b| ("config", b.header)));
        all.extend(self.secret.as_ref().map(|b| ("secret", b.header)));
        all
    }

    /// The name of the claim, or of the template.
    pub fn claim_name(&self, item: &Item<'_>) -> String {
        let own = self.claim.as_ref().and_then(|c| c.name.as_ref()?.text());
        let existing = self.existing_claim.as_ref().and_then(|c| c.name.text());
        own.or(existing).map_or_else(|| item.name.clone(), str::to_string)
    }

    /// The config or secret whose keys are its files.
    pub fn data_block(&self) -> Option<Address> {
        let config = self.config.as_ref().and_then(|c| c.from.known().map(|r| r.address.clone()));
        config.or_else(|| self.secret.as_ref().and_then(|s| s.from.known().map(|r| r.address.clone())))
    }

    /// Exactly one source, and what each source can get wrong.
    pub fn check(&self, item: &Item<'_>, world: &World<'_>, report: &mut Report) {
        self.meta.check(report);
        match self.sources().as_slice() {
            [] => report.push(
                Diagnostic::error("no-source", "volume has no source")
                    .detail("A volume is exactly one of `claim`, `existing_claim`, `nas`, `oss`, `csi`, `empty_dir`, `host_path`, `config` and `secret`.")
                    .at(item.block.header_span, "")
                    .help("empty_dir {}"),
            ),
            [_] => {}
            [(first, one), (second, other), ..] => report.push(
                Diagnostic::error("two-sources", "volume has more than one source")
                    .detail(format!("{} has `{first}` and `{second}`; it is one of them.", item.block.address))
                    .at(*other, "")
                    .related(*one, ""),
            ),
        }
        if let Some(host) = &self.host_path {
            report.push(
                Diagnostic::warning("host-path", "volume is a path of the node")
                    .detail(
                        "What pods find there depends on the node that they run on, and they can harm it.",
                    )
                    .at(host.header, ""),
            );
        }
        if let Some(files) = &self.config {
            check_items("config", &files.items, files.from.known().map(|r| &r.address), world, report);
        }
        if let Some(files) = &self.secret {
            check_items("secret", &files.items, files.from.known().map(|r| &r.address), world, report);
        }
        let sizes = [
            self.claim.as_ref().map(|c| &c.size),
            self.nas.as_ref().and_then(|n| n.size.as_ref()),
            self.oss.as_ref().and_then(|o| o.size.as_ref()),
            self.csi.as_ref().and_then(|c| c.size.as_ref()),
        ];
        for size in sizes.into_iter().flatten() {
            check_positive(size, "size", report);
        }
        let Some(claim) = &self.claim else { return };
        if claim.is_per_replica() {
            if world.apps_that_mount(&item.block.address).next().is_none() {
                report.push(
                    Diagnostic::error("claim-without-mount", "nobody mounts a claim per replica")
                        .detail(format!(
                            "The replicas of an app get their own {}, but no container mounts it, so there is nobody to make it for.",
                            item.block.address
                        ))
                        .at(claim.header, "")
                        .help(format!("mount \"/data\" {{ volume = {} }}", item.block.address)),
                );
            }
            if let Some(lifecycle) = &self.meta.lifecycle {
                report.push(
                    Diagnostic::warning("claim-of-app", "claims per replica belong to their app")
                        .detail("A StatefulSet makes them; `claim_retention` of the app says what becomes of them.")
                        .at(lifecycle.header, "")
                        .related(claim.header, ""),
                );
            }
        }
    }

    /// What an app that mounts the volume can get wrong.
    pub fn check_use(
        &self,
        item: &Item<'_>,
        app_item: &Item<'_>,
        app: &App,
        world: &World<'_>,
        report: &mut Report,
    ) {
        let Some(claim) = &self.claim else { return };
        let per_replica = claim.per_replica.as_ref().filter(|_| claim.is_per_replica());
        let mounted = app
            .pod
            .containers()
            .flat_map(|(_, c)| &c.mount)
            .find(|m| m.volume.known().is_some_and(|v| v.address == item.block.address))
            .map_or(app_item.block.header_span, |m| m.header);
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
            (None, _) => self.check_shared(item, app_item, app, world, mounted, report),
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

/// The keys that become files exist.
fn check_items(
    what: &str,
    items: &Map<String>,
    from: Option<&Address>,
    world: &World<'_>,
    report: &mut Report,
) {
    let Some(item) = from.and_then(|a| world.item(a)) else { return };
    let Some(keys) = item.declared.data_keys() else { return };
    for (key, path) in items {
        if keys.iter().any(|k| k == key) {
            continue;
        }
        let found = Diagnostic::error("unknown-key", "key does not exist")
            .detail(format!("{} has no key \"{key}\".", item.block.address))
            .at(path.span, "")
            .related(item.block.header_span, format!("the {what}"));
        report.push(match crate::declare::nearest(key, keys.iter().map(String::as_str)) {
            Some(near) => found.help(format!("did you mean \"{near}\"?")),
            None => found,
        });
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check, object};

    #[test]
    fn exactly_one_source() {
        check(
            "volume \"a\" {}\nvolume \"b\" {\nempty_dir {}\nhost_path { path = \"tmp\" }\n}\nvolume \"c\" {\nclaim {\nper_replica = true\n}\n}",
            expect![[r#"
                error[no-source]: volume has no source
                  A volume is exactly one of `claim`, `existing_claim`, `nas`, `oss`, `csi`, `empty_dir`, `host_path`, `config` and `secret`.
                  t.hcl:1: volume "a"
                  help: empty_dir {}
                error[two-sources]: volume has more than one source
                  volume.b has `empty_dir` and `host_path`; it is one of them.
                  t.hcl:4: host_path
                  t.hcl:3: empty_dir
                error[bad-syntax]: value is malformed
                  "tmp" is not a path of the node, which `path` of host_path takes: it starts with `/` and has no `..`.
                  t.hcl:4: "tmp"
                error[missing-attribute]: required attribute is missing
                  Claim needs `size`. How large it is.
                  t.hcl:7: claim
                  help: size = "512Mi"
                error[claim-without-mount]: nobody mounts a claim per replica
                  The replicas of an app get their own volume.c, but no container mounts it, so there is nobody to make it for.
                  t.hcl:7: claim
                  help: mount "/data" { volume = volume.c }
                warning[host-path]: volume is a path of the node
                  What pods find there depends on the node that they run on, and they can harm it.
                  t.hcl:4: host_path
            "#]],
        );
    }

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

    #[test]
    fn names_and_keys_in_a_pod() {
        let text = app(
            "mount \"/a\" { volume = volume.a_b }\nmount \"/b\" { volume = volume.a-b }",
            "kind = \"StatefulSet\"",
        );
        let volumes = "volume \"a_b\" {\nempty_dir {}\n}\nvolume \"a-b\" {\nconfig {\nfrom = config.site\nitems = { colour = \"c\" }\n}\n}\nconfig \"site\" { data = { color = \"blue\" } }";
        check(
            &format!("{text}\n{volumes}"),
            expect![[r#"
            error[duplicate-volume]: two volumes have one name in a pod
              volume.a_b and volume.a-b are both called `a-b` in this pod.
              t.hcl:7: volume.a-b   mounted here
              t.hcl:11: volume "a_b"   the first one
              t.hcl:14: volume "a-b"   the second one
            error[unknown-key]: key does not exist
              config.site has no key "colour".
              t.hcl:17: "c"
              t.hcl:20: config "site"   the config
              help: did you mean "color"?
        "#]],
        );
    }

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
        let text = "volume \"n\" {\nnas {\nserver = \"x.nas.aliyuncs.com\"\npath = \"/d\"\nversion = 3\n}\n}\nvolume \"o\" {\noss {\nbucket = \"b\"\nurl = \"oss.aliyuncs.com\"\nsecret = secret.s\n}\n}\nsecret \"s\" { existing = \"oss\" }";
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
                  bucket: b
                  url: oss.aliyuncs.com
                volumeHandle: o
              persistentVolumeReclaimPolicy: Retain
              storageClassName: ""
        "#]],
        );
    }

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
}
