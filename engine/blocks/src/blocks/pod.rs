//! What an app's pods consist of: containers, volumes, where they run.

use std::collections::BTreeMap;

use plimsoll_model::{Address, Diagnostic, Node, Report, Span};

use super::affinity::{self, NodeAffinity, PodAffinity};
use super::container::{self, Container, Place};
use super::meta::{Meta, reserved};
use super::pod_isolation::PodIsolation;
use super::pod_network::PodNetwork;
use super::pod_volume::pod_volume_name;
use super::port::Port;
use super::scheduling::{self, Toleration, TopologySpread};
use super::security::{self, PodSecurity};
use super::service_account::{Account, account_node};
use super::volume::Volume;
use super::{annotations, config, env, secret};
use crate::declare::{Block, Keyword, Labeled, Map, Nested, NestedField, Tree, Val};
use crate::handles::{SecretRef, VolumeRef};
use crate::syntax;
use crate::world::{Item, World};

/// What an app's pods consist of.
#[derive(Debug, Clone, Block)]
#[block(name = "pod")]
pub struct Pod {
    /// Annotations of the pods alone.
    #[attr(manual, keys = syntax::ANNOTATION_KEY)]
    pub pod_annotations: Map<String>,
    /// What runs to its end before the containers start, one after the other.
    #[nested(manual, to = "initContainers")]
    pub init_container: Vec<Labeled<Container>>,
    /// What starts before the containers and runs as long as the pod.
    #[nested(manual)]
    pub sidecar: Vec<Labeled<Container>>,
    /// What runs in each pod.
    #[nested(min = 1, manual, to = "containers")]
    pub container: Vec<Labeled<Container>>,
    /// Which nodes take the pods, by the nodes' labels.
    #[nested(manual)]
    pub node_affinity: Option<Nested<NodeAffinity>>,
    /// Beside which other pods they run.
    #[nested(manual)]
    pub pod_affinity: Option<Nested<PodAffinity>>,
    /// Away from which other pods they run.
    #[nested(manual)]
    pub pod_anti_affinity: Option<Nested<PodAffinity>>,
    /// Labels that a node must have.
    #[attr(section = "pod", keys = syntax::LABEL_KEY, syntax = syntax::LABEL_VALUE)]
    pub node_selector: Map<String>,
    /// A taint of nodes that the pods put up with.
    #[nested(section = "pod", to = "tolerations")]
    pub toleration: Vec<Nested<Toleration>>,
    /// How evenly the pods spread over the nodes.
    #[nested(manual)]
    pub topology_spread: Vec<Nested<TopologySpread>>,
    /// Under which rights all containers run.
    #[nested(manual)]
    pub security_context: Option<Nested<PodSecurity>>,
    /// The service account that they run as: `service_account.web`, or the name of one that exists.
    #[attr(manual, known, to = "serviceAccountName")]
    pub service_account: Option<Val<Account>>,
    /// Whether the service account's token is mounted.
    #[attr(section = "pod")]
    pub automount_service_account_token: Option<Val<bool>>,
    /// Secrets that registries are asked with.
    #[attr(manual, known)]
    pub image_pull_secrets: Vec<Val<SecretRef>>,
    /// The name of the priority class.
    #[attr(section = "pod", to = "priorityClassName", syntax = syntax::DNS_NAME)]
    pub priority_class: Option<Val<String>>,
    /// The name of the scheduler.
    #[attr(section = "pod", syntax = syntax::DNS_NAME)]
    pub scheduler_name: Option<Val<String>>,
    /// Seconds that a pod has to end.
    #[attr(section = "pod", range = 0..)]
    pub termination_grace_period_seconds: Option<Val<i64>>,
    /// Whether the pods may drive others away, where their class is above.
    #[attr(section = "pod")]
    pub preemption_policy: Option<Val<Preemption>>,
    /// Conditions that something else must set before a pod counts as ready: `["shop.io/warm"]`.
    #[attr(manual, known, syntax = syntax::LABEL_KEY)]
    pub readiness_gates: Vec<Val<String>>,
    /// The network.
    #[flatten]
    pub network: PodNetwork,
    /// What is shared with the node.
    #[flatten]
    pub isolation: PodIsolation,
}

/// Whether pods drive others away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Keyword)]
pub enum Preemption {
    /// Those of a lower class, where there is no room.
    PreemptLowerPriority,
    /// Nobody.
    Never,
}

impl Pod {
    /// All containers with their places: init containers, sidecars, main ones.
    pub fn containers(&self) -> impl Iterator<Item = (Place, &Labeled<Container>)> {
        let init = self.init_container.iter().map(|c| (Place::Init, c));
        let sidecars = self.sidecar.iter().map(|c| (Place::Sidecar, c));
        let main = self.container.iter().map(|c| (Place::Main, c));
        init.chain(sidecars).chain(main)
    }

    /// The ports that services can lead to, those of init containers aside.
    pub fn ports(&self) -> impl Iterator<Item = &Labeled<Port>> {
        self.containers().filter(|(place, _)| *place != Place::Init).flat_map(|(_, c)| &c.port)
    }

    /// The volumes that any container mounts, by the name they have in the pod.
    pub fn volumes<'w>(&self, world: &'w World<'_>) -> BTreeMap<String, (&'w Item<'w>, &'w Volume)> {
        self.uses()
            .filter_map(|(volume, _)| world.volume(&volume.known()?.address))
            .map(|(item, declared)| (pod_volume_name(item, declared), (item, declared)))
            .collect()
    }

    /// The volumes that containers mount or have as devices, with where they do.
    pub fn uses(&self) -> impl Iterator<Item = (&Val<VolumeRef>, Span)> {
        self.containers().flat_map(|(_, c)| c.uses())
    }

    /// Configs and secrets that the pods read, in order of address.
    pub fn data_blocks(&self, world: &World<'_>) -> Vec<Address> {
        let environments = self.containers().flat_map(|(_, c)| env::used(&c.env, &c.env_from));
        let volumes = self.volumes(world);
        let mut all: Vec<_> =
            environments.chain(volumes.values().flat_map(|(_, v)| v.data_blocks())).collect();
        all.sort();
        all.dedup();
        all
    }

    /// What cannot be judged in one container; the labels are those by which the pods are found.
    pub fn check(&self, meta: &Meta, selector: &[&str], world: &World<'_>, report: &mut Report) {
        reserved(&self.pod_annotations, "annotation", report);
        let both = [&meta.annotations, &self.pod_annotations];
        both.iter().for_each(|annotations| annotations::check_of_pods(annotations, report));
        if !self.pod_annotations.is_empty() {
            annotations::check_size(&both, report);
        }
        for (place, container) in self.containers() {
            container::check(container, place, report);
            env::check_sources(&container.env_from, world, report);
        }
        self.check_container_names(report);
        self.check_port_names(report);
        self.check_ports_taken(report);
        self.check_pull_secrets(world, report);
        self.check_volume_names(world, report);
        affinity::check(self, world, report);
        self.toleration.iter().for_each(|t| t.check(t, report));
        scheduling::check_spreads(&self.topology_spread, selector, report);
        self.check_security(report);
        self.network.check(report);
        self.isolation.check(self, report);
        self.check_pauses(report);
    }

    /// Registries are asked with secrets that hold what they ask for.
    fn check_pull_secrets(&self, world: &World<'_>, report: &mut Report) {
        const TYPES: &[&str] = &["kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"];
        for reference in &self.image_pull_secrets {
            let secret = reference.known().and_then(|r| world.item(&r.address));
            let Some((item, secret)) = secret.and_then(|i| Some((i, i.declared.secret()?))) else { continue };
            let own = secret.r#type.as_ref();
            let wrong = own.map_or(secret.data.is_some(), |t| t.text().is_some_and(|t| !TYPES.contains(&t)));
            if wrong {
                report.push(
                    Diagnostic::error("not-a-pull-secret", "secret is not for registries")
                        .detail(format!("Registries are asked with a secret of type {}.", TYPES[0]))
                        .at(reference.span, "")
                        .related(own.map_or(item.block.header_span, |t| t.span), "the secret")
                        .help(format!("type = \"{}\"", TYPES[0])),
                );
            }
        }
    }

    /// Rights of the pod, and of containers within them.
    fn check_security(&self, report: &mut Report) {
        let host = self.network.on_host().map(|h| h.span);
        let ipc = self.isolation.host_ipc.as_ref().filter(|h| h.known() == Some(&true)).map(|h| h.span);
        if let Some(security) = &self.security_context {
            security.check(report);
            security.check_sysctls(host, ipc, report);
        }
        for (_, container) in self.containers() {
            security::check_root(self.security_context.as_ref(), container, report);
        }
    }

    /// A pause before the end is over before the time to end is.
    fn check_pauses(&self, report: &mut Report) {
        let own = self.termination_grace_period_seconds.as_ref();
        let Some(grace) = own.map_or(Some(30), |g| g.known().copied()) else { return };
        let hooks = self.containers().flat_map(|(_, c)| c.hooks().filter_map(|(_, h)| h.sleep.as_ref()));
        for seconds in hooks.map(|sleep| &sleep.seconds).filter(|s| s.known().is_some_and(|s| *s > grace)) {
            let found = Diagnostic::error("pause-too-long", "pause is longer than the time to end")
                .detail(format!("A pod has {grace} seconds to end, pauses included."))
                .at(seconds.span, "")
                .help(format!(
                    "termination_grace_period_seconds = {}",
                    seconds.known().map_or(0, |s| s + 30)
                ));
            report.push(match own {
                Some(own) => found.related(own.span, "the time to end"),
                None => found,
            });
        }
    }

    fn check_container_names(&self, report: &mut Report) {
        let mut seen: BTreeMap<&str, &Labeled<Container>> = BTreeMap::new();
        for (_, container) in self.containers().filter(|(_, c)| !c.label.is_empty()) {
            if let Some(first) = seen.get(container.label.as_str()) {
                report.push(
                    Diagnostic::error("duplicate-container", "container name stands twice")
                        .detail(format!(
                            "A pod has one container \"{}\", init containers and sidecars included.",
                            container.label
                        ))
                        .at(container.header, "the second one")
                        .related(first.header, "the first one"),
                );
            } else {
                seen.insert(&container.label, container);
            }
        }
    }

    fn check_port_names(&self, report: &mut Report) {
        let mut seen: BTreeMap<&str, &Labeled<Port>> = BTreeMap::new();
        for (_, container) in self.containers() {
            for (i, port) in container.port.iter().enumerate() {
                let repeated = container.port[..i].iter().any(|p| p.label == port.label);
                match seen.get(port.label.as_str()) {
                    Some(first) if !repeated => report.push(
                        Diagnostic::error("duplicate-port", "port name stands twice")
                            .detail(format!(
                                "Services find a port of a pod by its name, but two containers have a port \"{}\".",
                                port.label
                            ))
                            .at(port.label_span, "the second one")
                            .related(first.label_span, "the first one"),
                    ),
                    Some(_) => {}
                    None => {
                        seen.insert(&port.label, port);
                    }
                }
            }
        }
    }

    fn check_volume_names(&self, world: &World<'_>, report: &mut Report) {
        let mut seen: BTreeMap<String, &Item<'_>> = BTreeMap::new();
        for (volume, _) in self.uses() {
            let Some((item, declared)) = volume.known().and_then(|v| world.volume(&v.address)) else {
                continue;
            };
            let name = pod_volume_name(item, declared);
            match seen.get(&name) {
                Some(first) if first.block.address != item.block.address => report.push(
                    Diagnostic::error("duplicate-volume", "two volumes have one name in a pod")
                        .detail(format!(
                            "{} and {} are both called `{name}` in this pod.",
                            first.block.address, item.block.address
                        ))
                        .at(volume.span, "mounted here")
                        .related(first.block.header_span, "the first one")
                        .related(item.block.header_span, "the second one"),
                ),
                _ => {
                    seen.insert(name, item);
                }
            }
        }
    }

    /// The pod template's `spec`.
    pub fn node(&self, item: &Item<'_>, world: &World<'_>, selector: &Node) -> Tree {
        let mut tree = Tree::new();
        let mut init = Vec::new();
        let mut main = Vec::new();
        for (place, container) in self.containers() {
            let node = container::node(container, place, world);
            if place == Place::Main { main.push(node) } else { init.push(node) }
        }
        tree.list("initContainers", init);
        tree.list("containers", main);
        let volumes = self.volumes(world);
        let sources = volumes.values().filter_map(|(item, declared)| declared.pod_volume(item, world));
        tree.list("volumes", sources.collect());
        let secrets = self.image_pull_secrets.iter().filter_map(|s| {
            let mut name = Tree::new();
            name.put("name", Node::leaf(world.object_name(&s.known()?.address)?, s.origin.clone()));
            Some(Node::Map(name.into_entries(), s.origin.clone()))
        });
        tree.list("imagePullSecrets", secrets.collect());
        let account = self.service_account.as_ref().and_then(|a| account_node(a, world));
        tree.put("serviceAccountName", account);
        tree.map("affinity", affinity::nodes(self, item, world));
        if let Some(security) = &self.security_context {
            NestedField::write(&self.security_context, "securityContext", &mut tree);
            tree.change("securityContext", |context| security.write_sysctls(context));
        }
        let gates = self.readiness_gates.iter().map(|gate| {
            let mut tree = Tree::new();
            tree.attr("conditionType", gate);
            Node::Map(tree.into_entries(), gate.origin.clone())
        });
        tree.list("readinessGates", gates.collect());
        self.network.write_dns(&mut tree);
        self.isolation.write_os(&mut tree);
        tree.list("topologySpreadConstraints", scheduling::spread_nodes(&self.topology_spread, selector));
        tree
    }

    /// The hash of all configs that the pods read, as an annotation's value.
    pub fn config_hash(&self, world: &World<'_>) -> Option<Node> {
        config::hash(&self.data_blocks(world), world)
    }

    /// The hash of all secrets that the pods read, as an annotation's value.
    pub fn secret_hash(&self, world: &World<'_>) -> Option<Node> {
        secret::hash(&self.data_blocks(world), world)
    }
}
