//! `volume`: what containers can mount.

use plimsoll_model::{Address, BlockScope, Diagnostic, Export, Report, Span, Value};

use super::data_files::{ConfigFiles, SecretFiles};
use super::meta::Meta;
use super::projected::Projected;
use super::storage::{Claim, Csi, EmptyDir, Ephemeral, ExistingClaim, HostPath, InlineCsi, Nas, Oss};
use crate::declare::{Block, Nested};
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
    /// Files from several configs, secrets and facts of the pod.
    #[nested(manual)]
    pub projected: Option<Nested<Projected>>,
    /// A disk that each pod gets when it starts, and that goes with it.
    #[nested(manual)]
    pub ephemeral: Option<Nested<Ephemeral>>,
    /// A volume that a storage driver makes for each pod.
    #[nested(manual)]
    pub inline_csi: Option<Nested<InlineCsi>>,
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
        all.extend(self.projected.as_ref().map(|b| ("projected", b.header)));
        all.extend(self.ephemeral.as_ref().map(|b| ("ephemeral", b.header)));
        all.extend(self.inline_csi.as_ref().map(|b| ("inline_csi", b.header)));
        all
    }

    /// The name of the claim, or of the template.
    pub fn claim_name(&self, item: &Item<'_>) -> String {
        let own = self.claim.as_ref().and_then(|c| c.name.as_ref()?.text());
        let existing = self.existing_claim.as_ref().and_then(|c| c.name.text());
        own.or(existing).map_or_else(|| item.name.clone(), str::to_string)
    }

    /// The configs and secrets whose keys are its files.
    pub fn data_blocks(&self) -> Vec<Address> {
        let config = self.config.as_ref().and_then(|c| Some(c.from.known()?.address.clone()));
        let secret = self.secret.as_ref().and_then(|s| Some(s.from.known()?.address.clone()));
        let projected = self.projected.iter().flat_map(|p| p.data_blocks());
        config.into_iter().chain(secret).chain(projected).collect()
    }

    /// Exactly one source, and what each source can get wrong.
    pub fn check(&self, item: &Item<'_>, world: &World<'_>, report: &mut Report) {
        self.meta.check(report);
        match self.sources().as_slice() {
            [] => report.push(
                Diagnostic::error("no-source", "volume has no source")
                    .detail("A volume is exactly one of `claim`, `existing_claim`, `nas`, `oss`, `csi`, `empty_dir`, `host_path`, `config`, `secret`, `projected`, `ephemeral` and `inline_csi`.")
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
            files.check(world, report);
        }
        if let Some(files) = &self.secret {
            files.check(world, report);
        }
        if let Some(projected) = &self.projected {
            projected.check(projected.header, world, report);
        }
        let sizes = [
            self.claim.as_ref().map(|c| &c.size),
            self.nas.as_ref().and_then(|n| n.size.as_ref()),
            self.oss.as_ref().and_then(|o| o.size.as_ref()),
            self.csi.as_ref().and_then(|c| c.size.as_ref()),
            self.ephemeral.as_ref().map(|e| &e.size),
        ];
        for size in sizes.into_iter().flatten() {
            check_positive(size, "size", report);
        }
        self.check_drivers(item, world, report);
        if self.claim.as_ref().is_none_or(|c| !c.is_per_replica()) && !world.is_used(&item.block.address) {
            report.push(
                Diagnostic::warning("unused-volume", "nobody uses a volume")
                    .detail(format!(
                        "No container mounts {}, and no other block refers to it.",
                        item.block.address
                    ))
                    .at(item.block.header_span, "")
                    .help(format!("mount \"/data\" {{ volume = {} }}", item.block.address)),
            );
        }
        let Some(claim) = &self.claim else { return };
        if claim.is_per_replica() {
            if world.is_mounted_by_nobody(&item.block.address) {
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
}

impl Volume {
    /// What Alibaba's drivers need.
    fn check_drivers(&self, item: &Item<'_>, world: &World<'_>, report: &mut Report) {
        const HANDLED: &[&str] = &["nasplugin.csi.alibabacloud.com", "ossplugin.csi.alibabacloud.com"];
        if let Some(csi) = &self.csi
            && let (Some(driver), Some(handle)) = (csi.driver.text(), &csi.volume_handle)
            && HANDLED.contains(&driver)
            && handle.text().is_some_and(|h| h != item.name)
        {
            report.push(
                Diagnostic::error("handle-is-not-name", "handle is not the volume's name")
                    .detail(format!(
                        "The driver {driver} finds a volume by the name of its PersistentVolume, {}.",
                        item.name
                    ))
                    .at(handle.span, "")
                    .related(csi.driver.span, "the driver")
                    .help("remove `volume_handle`"),
            );
        }
        let secret = self.oss.as_ref().and_then(|o| o.secret.as_ref());
        let Some((reference, keys)) = secret.and_then(|reference| {
            let item = world.item(&reference.known()?.address)?;
            Some((reference, (item, item.declared.data_keys()?)))
        }) else {
            return;
        };
        for key in ["akId", "akSecret"].into_iter().filter(|key| !keys.1.iter().any(|k| k == key)) {
            report.push(
                Diagnostic::error("unknown-key", "key does not exist")
                    .detail(format!(
                        "The driver of OSS looks for the key `{key}` in {}.",
                        keys.0.block.address
                    ))
                    .at(reference.span, "")
                    .related(keys.0.block.header_span, "the secret")
                    .help(format!("{key} = \"…\"")),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::check;

    #[test]
    fn exactly_one_source() {
        check(
            "volume \"a\" {}\nvolume \"b\" {\nempty_dir {}\nhost_path { path = \"tmp\" }\n}\nvolume \"c\" {\nclaim {\nper_replica = true\n}\n}",
            expect![[r#"
                error[no-source]: volume has no source
                  A volume is exactly one of `claim`, `existing_claim`, `nas`, `oss`, `csi`, `empty_dir`, `host_path`, `config`, `secret`, `projected`, `ephemeral` and `inline_csi`.
                  t.hcl:1: volume "a"
                  help: empty_dir {}
                error[two-sources]: volume has more than one source
                  volume.b has `empty_dir` and `host_path`; it is one of them.
                  t.hcl:4: host_path
                  t.hcl:3: empty_dir
                error[bad-syntax]: value is malformed
                  "tmp" is not a path of the node, which `path` of host_path takes: it starts with `/` and has no `..`.
                  t.hcl:4: "tmp"
                  help: path = "/tmp"
                error[missing-attribute]: required attribute is missing
                  Claim needs `size`. How large it is. It may become larger where its storage class can let it: the pods stay.
                  t.hcl:7: claim
                  help: size = "512Mi"
                error[claim-without-mount]: nobody mounts a claim per replica
                  The replicas of an app get their own volume.c, but no container mounts it, so there is nobody to make it for.
                  t.hcl:7: claim
                  help: mount "/data" { volume = volume.c }
                warning[unused-volume]: nobody uses a volume
                  No container mounts volume.a, and no other block refers to it.
                  t.hcl:1: volume "a"
                  help: mount "/data" { volume = volume.a }
                warning[unused-volume]: nobody uses a volume
                  No container mounts volume.b, and no other block refers to it.
                  t.hcl:2: volume "b"
                  help: mount "/data" { volume = volume.b }
                warning[host-path]: volume is a path of the node
                  What pods find there depends on the node that they run on, and they can harm it.
                  t.hcl:4: host_path
            "#]],
        );
    }
}
