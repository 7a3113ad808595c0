//! All blocks of a configuration, decoded and named: what checks and compilation look things up in.

use std::collections::{BTreeMap, HashMap, HashSet};

use plimsoll_model::{Address, Config, ConfigBlock, Diagnostic, Report, Span};

use crate::blocks::app::App;
use crate::blocks::autoscale::Autoscale;
use crate::blocks::ingress::Ingress;
use crate::blocks::service::Service;
use crate::blocks::volume::Volume;
use crate::ignored::{self, Probe};
use crate::live::Live;
use crate::naming;
use crate::syntax::is_dns_label;
use crate::vocabulary::Declared;

/// One block, decoded.
#[derive(Debug)]
pub struct Item<'a> {
    /// As it came from the language.
    pub block: &'a ConfigBlock,
    /// What stands in it.
    pub declared: Declared,
    /// The name without suffix: a label's value, and a volume's name in a pod. What `name` says only
    /// where the block's own label and key cannot be called so.
    pub base: String,
    /// The name of its main object.
    pub name: String,
    /// The same block with what it ignores known to the cluster alone.
    pub probes: Vec<Probe<Item<'a>>>,
}

impl Item<'_> {
    /// Where the name is decided: `name`, or the header.
    pub fn name_span(&self) -> Span {
        self.declared.meta().name.as_ref().map_or(self.block.header_span, |n| n.span)
    }
}

/// What stands in a block, before anything is known of the others.
#[derive(Debug)]
pub struct Decoded {
    declared: Option<Declared>,
    /// The same with what it ignores known to the cluster alone.
    probes: Vec<Probe<Declared>>,
    /// What was found while decoding.
    found: Report,
}

impl Decoded {
    /// Decodes the body of a block.
    pub fn new(block: &ConfigBlock) -> Decoded {
        let mut found = Report::new();
        let declared = Declared::decode(block, &block.body, &mut found);
        let probes = declared.as_ref().map(|d| ignored::probes(block, d, &mut found)).unwrap_or_default();
        if declared.is_none() {
            found.push(
                Diagnostic::error("unknown-block", "unknown block")
                    .detail(format!("There is no block `{}`.", block.address.block))
                    .at(block.header_span, ""),
            );
        }
        Decoded { declared, probes, found }
    }
}

/// All blocks of a configuration.
#[derive(Debug)]
pub struct World<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// Its blocks, sorted by address.
    pub items: Vec<Item<'a>>,
    /// What the cluster told.
    pub live: &'a Live,
    index: HashMap<&'a Address, usize>,
    autoscales: HashMap<Address, usize>,
    mounts: BTreeMap<Address, Vec<usize>>,
    volumes: HashSet<Address>,
    /// Some mount names no volume, which was reported: nobody knows which one it means.
    lost_mounts: bool,
    salted: HashSet<Address>,
}

/// Does something with a block; what it reports names the calls of modules that lead to the block.
pub(crate) fn called<T>(block: &ConfigBlock, report: &mut Report, f: impl FnOnce(&mut Report) -> T) -> T {
    if block.calls.is_empty() {
        return f(report);
    }
    let mut own = Report::new();
    let out = f(&mut own);
    own.items().iter().for_each(|d| report.push(d.clone().called_by(&block.calls)));
    out
}

impl<'a> World<'a> {
    /// Names all blocks; `decoded` has what stands in each, in the same order.
    pub fn new(config: &'a Config, decoded: Vec<Decoded>, live: &'a Live, report: &mut Report) -> World<'a> {
        let mut items = Vec::with_capacity(config.blocks.len());
        for (block, decoded) in config.blocks.iter().zip(decoded) {
            called(block, report, |report| report.extend(decoded.found));
            let probes = decoded.probes.into_iter().map(|probe| probe.of(block)).collect();
            items.extend(decoded.declared.map(|declared| named(block, declared, probes)));
        }
        items.sort_by(|a, b| a.block.address.cmp(&b.block.address));
        let index = items.iter().enumerate().map(|(i, item)| (&item.block.address, i)).collect();
        let mut autoscales = HashMap::new();
        let mut mounts: BTreeMap<Address, Vec<usize>> = BTreeMap::new();
        let mut lost_mounts = false;
        for (i, item) in items.iter().enumerate() {
            if let Declared::Autoscale(autoscale) = &item.declared
                && let Some(target) = autoscale.target.known()
            {
                autoscales.entry(target.address.clone()).or_insert(i);
            }
            let uses = item.declared.pod().into_iter().flat_map(|pod| pod.uses());
            for (volume, _) in uses {
                lost_mounts |= volume.is_poison();
                let Some(volume) = volume.known() else { continue };
                let users = mounts.entry(volume.address.clone()).or_default();
                if users.last() != Some(&i) {
                    users.push(i);
                }
            }
        }
        let read = config
            .blocks
            .iter()
            .flat_map(|b| b.references.iter().map(|r| &r.to).chain(b.depends_on.iter().map(|(to, _)| to)));
        let volumes = read.filter(|to| to.block == "volume").map(Address::written).collect();
        let mut world = World {
            config,
            items,
            live,
            index,
            autoscales,
            mounts,
            volumes,
            lost_mounts,
            salted: HashSet::new(),
        };
        let apps = world.items.iter().filter_map(|i| i.declared.app());
        world.salted =
            apps.flat_map(|app| app.pod.data_blocks(&world)).filter(|a| a.block == "secret").collect();
        world
    }

    /// The environment's namespace.
    pub fn namespace(&self) -> &str {
        &self.config.environment.namespace
    }

    /// A block.
    pub fn item(&self, address: &Address) -> Option<&Item<'a>> {
        self.index.get(address).and_then(|i| self.items.get(*i))
    }

    /// The name of a block's main object; for a config or secret that exists already, its own.
    pub fn object_name(&self, address: &Address) -> Option<String> {
        let item = self.item(address)?;
        Some(item.declared.existing().unwrap_or(&item.name).to_string())
    }

    /// Whether another block refers to a volume, or to another instance of it, or may do so.
    pub fn is_used(&self, volume: &Address) -> bool {
        self.lost_mounts || self.volumes.contains(&volume.written())
    }

    /// Whether the pods of some app carry a hash of a secret.
    pub fn is_salted(&self, secret: &Address) -> bool {
        self.salted.contains(secret)
    }

    /// Whether it is certain that no container mounts a volume.
    pub fn is_mounted_by_nobody(&self, volume: &Address) -> bool {
        !self.lost_mounts && self.apps_that_mount(volume).next().is_none()
    }

    /// An app.
    pub fn app(&self, address: &Address) -> Option<(&Item<'a>, &App)> {
        let item = self.item(address)?;
        item.declared.app().map(|app| (item, app))
    }

    /// A volume.
    pub fn volume(&self, address: &Address) -> Option<(&Item<'a>, &Volume)> {
        match self.item(address) {
            Some(item @ Item { declared: Declared::Volume(volume), .. }) => Some((item, volume)),
            _ => None,
        }
    }

    /// A service.
    pub fn service(&self, address: &Address) -> Option<(&Item<'a>, &Service)> {
        match self.item(address) {
            Some(item @ Item { declared: Declared::Service(service), .. }) => Some((item, service)),
            _ => None,
        }
    }

    /// All services.
    pub fn services(&self) -> impl Iterator<Item = (&Item<'a>, &Service)> {
        self.items.iter().filter_map(|item| match &item.declared {
            Declared::Service(service) => Some((item, &**service)),
            _ => None,
        })
    }

    /// All ingresses.
    pub fn ingresses(&self) -> impl Iterator<Item = (&Item<'a>, &Ingress)> {
        self.items.iter().filter_map(|item| match &item.declared {
            Declared::Ingress(ingress) => Some((item, &**ingress)),
            _ => None,
        })
    }

    /// The autoscale that targets an app; the first one, where there are several.
    pub fn autoscale_of(&self, app: &Address) -> Option<(&Item<'a>, &Autoscale)> {
        match self.autoscales.get(app).and_then(|i| self.items.get(*i)) {
            Some(item @ Item { declared: Declared::Autoscale(autoscale), .. }) => Some((item, autoscale)),
            _ => None,
        }
    }

    /// The apps and jobs whose containers mount a volume, in order of address.
    pub fn apps_that_mount(&self, volume: &Address) -> impl Iterator<Item = &Item<'a>> {
        self.mounts.get(volume).into_iter().flatten().filter_map(|i| self.items.get(*i))
    }
}

/// A block with the names of what it makes.
pub(crate) fn named<'a>(
    block: &'a ConfigBlock,
    declared: Declared,
    probes: Vec<Probe<Item<'a>>>,
) -> Item<'a> {
    let address = block.named_as.as_ref().unwrap_or(&block.address);
    let limit = naming::limit(&address.block);
    let mut base = naming::default_name(address, "", limit);
    let own = declared.meta().name.as_ref().and_then(|n| n.text());
    let name = own
        .map_or_else(|| naming::default_name(address, naming::suffix(&address.block), limit), str::to_string);
    if own.is_some() && !is_dns_label(&base) && is_dns_label(&name) {
        base = name.clone();
    }
    Item { block, declared, base, name, probes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{compile_files, findings};

    /// What is wrong inside of a module names every call that leads there, and the block itself.
    #[test]
    fn findings_of_a_module_name_its_calls() {
        let compiled = compile_files(
            &[
                (
                    "main.hcl",
                    "project \"shop\" {}\nmodule \"shop\" {\n  source = \"./shop\"\n  cpu    = \"2\"\n}\n",
                ),
                (
                    "shop/main.hcl",
                    "variable \"cpu\" {}\nmodule \"web\" {\n  source = \"../web\"\n  cpu    = var.cpu\n}\n",
                ),
                (
                    "web/main.hcl",
                    "variable \"cpu\" {}\napp \"web\" {\n  replicas = \"two\"\n  container \"web\" {\n    image = \"web\"\n    resources {\n      requests = { cpu = var.cpu }\n      limits   = { cpu = \"1\" }\n    }\n  }\n  raw = { spec = { minReadySecs = 1 } }\n}\n",
                ),
            ],
            "default",
        );
        expect![[r#"
            error[wrong-type]: wrong type
              `replicas` of module.shop.module.web.app.web takes a whole number, but this is a string.
              web/main.hcl:3: "two"
              shop/main.hcl:2: module "web"   module.web is called here
              main.hcl:2: module "shop"   module.shop is called here
              help: replicas = 1
            error[request-above-limit]: request is above its limit
              The container requests 2 of cpu but may use 1 at most.
              web/main.hcl:7: var.cpu   the request
              web/main.hcl:8: "1"   the limit
              shop/main.hcl:2: module "web"   module.web is called here
              main.hcl:2: module "shop"   module.shop is called here
              help: cpu = "2" in limits
            error[raw-unknown-field]: field does not exist in the API
              apps/v1/Deployment has no field `spec.minReadySecs`.
              web/main.hcl:11: 1
              shop/main.hcl:2: module "web"   module.web is called here
              main.hcl:2: module "shop"   module.shop is called here
              help: did you mean `minReadySeconds`?
            warning[image-latest]: image is not pinned
              "web" has no tag, which means `latest`: what runs changes with the registry, and differs between pods.
              web/main.hcl:5: "web"
              shop/main.hcl:2: module "web"   module.web is called here
              main.hcl:2: module "shop"   module.shop is called here
              help: image = "web:VERSION"
        "#]].assert_eq(&findings(&compiled.report, &compiled.sources));
    }
}
