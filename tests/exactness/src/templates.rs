//! The blocks that configurations are made of, none of them declared yet.
//!
//! What may stand in them comes from the tables of `plimsoll-random`, and from `rows.rs`.

use plimsoll_random::{apps, kinds, pods, volumes};

use crate::config::{About, Block, Config, Item, Row};
use crate::rows;

type Choices = &'static [&'static str];

/// A name that no other sequence has, for objects of the cluster as a whole.
fn unique_name(name: &str) -> Item {
    Item::Fixed(format!("name = \"{}-{name}\"", crate::config::UNIQUE))
}

fn row(kind: &'static str, choices: Choices) -> Item {
    // Right, but not to be played: a job of 200,000 pods takes hours, and what has a finalizer that nobody takes
    // away never goes.
    let played = |c: &&'static str| !c.contains("completions = 200000") && !c.contains("finalizers");
    let choices = choices.iter().copied().filter(played).collect();
    Item::Row(Row { choices, now: 0, kind, about: About::Value })
}

fn order(kind: &'static str, choices: Choices) -> Item {
    Item::Row(Row { choices: choices.to_vec(), now: 0, kind, about: About::Order })
}

fn all(kind: &'static str, table: &[Choices]) -> Vec<Item> {
    table.iter().map(|choices| row(kind, choices)).collect()
}

fn orders(kind: &'static str, table: &[Choices]) -> Vec<Item> {
    table.iter().map(|choices| order(kind, choices)).collect()
}

fn inner(word: &'static str, label: &'static str, items: Vec<Item>) -> Item {
    Item::Block(block(word, label, &[], items))
}

fn block(word: &'static str, key: &'static str, makes: &'static [&'static str], items: Vec<Item>) -> Block {
    Block { word, key, label: key.to_string(), items, present: false, pinned: None, makes }
}

/// A block with labels and annotations, which all of its objects carry.
fn labelled(
    word: &'static str,
    key: &'static str,
    makes: &'static [&'static str],
    mut items: Vec<Item>,
) -> Block {
    items.extend([row("", rows::LABELS), row("", rows::ANNOTATIONS)]);
    block(word, key, makes, items)
}

/// All blocks: around an app of `kind`, and beside it.
pub fn config(kind: &'static str, unique: &str, namespace: &str) -> Config {
    let mut blocks = vec![app(kind)];
    let (rules, class) = (&apps::INGRESS[1..], &apps::INGRESS[..1]);
    let service = |key, own: Item, table| {
        let items = [vec![own], all("Service", table), orders("Service", rows::SERVICE_ORDER)].concat();
        labelled("service", key, &["Service"], items)
    };
    blocks.push(service("web", Item::Fixed("app = app.web".into()), apps::SERVICE));
    blocks.push(service("other", Item::Fixed(String::new()), apps::OTHER_SERVICE));
    let routes =
        |kind| [vec![inner("rule", "", all(kind, rules))], orders(kind, rows::INGRESS_ORDER)].concat();
    let ingress =
        [all("Ingress", class), routes("Ingress"), vec![row("Ingress", rows::INGRESS_TLS)]].concat();
    blocks.push(labelled("ingress", "web", &["Ingress"], ingress));
    let gateway = vec![Item::Fixed("gateway = \"default/public\"".into())];
    blocks.push(labelled("ingress", "route", &["HTTPRoute"], [gateway, routes("HTTPRoute")].concat()));
    let scaled = "HorizontalPodAutoscaler";
    let target = vec![Item::Fixed("target = app.web".into())];
    let items = [target, all(scaled, apps::AUTOSCALE), orders(scaled, rows::AUTOSCALE_ORDER)].concat();
    blocks.push(labelled("autoscale", "web", &["HorizontalPodAutoscaler"], items));
    blocks.extend(volumes());
    blocks.push(labelled("config", "c", &["ConfigMap"], all("ConfigMap", rows::CONFIG)));
    blocks.push(labelled("secret", "s", &["Secret"], all("Secret", rows::SECRET)));
    for key in ["r", "q"] {
        blocks.push(block("secret", key, &[], vec![Item::Fixed(format!("existing = {key:?}"))]));
    }
    blocks.push(job("run", "Job", &["Job"], vec![]));
    let schedule =
        Item::Row(Row { choices: kinds::JOB[0][1..].to_vec(), now: 0, kind: "CronJob", about: About::Value });
    blocks.push(job("tick", "CronJob", &["CronJob"], vec![schedule]));
    let policy = [all("NetworkPolicy", kinds::POLICY), orders("NetworkPolicy", rows::POLICY_ORDER)].concat();
    blocks.push(labelled("network_policy", "web", &["NetworkPolicy"], policy));
    blocks.push(account());
    blocks.push(labelled("namespace", "more", &["Namespace"], vec![unique_name("more")]));
    blocks.extend(manifests());
    Config { unique: unique.into(), namespace: namespace.into(), blocks, moved: Vec::new() }
}

fn app(kind: &'static str) -> Block {
    let budget = "PodDisruptionBudget";
    let mut items = vec![Item::Fixed(format!("kind = {kind:?}"))];
    if kind != "DaemonSet" {
        let about = About::Replicas;
        items.push(Item::Row(Row { choices: rows::REPLICAS.to_vec(), now: 0, kind, about }));
    }
    if kind == "StatefulSet" {
        items.extend(all(kind, pods::STATEFUL));
    }
    // Labels and annotations are carried by everything that the app makes.
    items.extend(all("", &pods::APP[1..3]));
    items.extend(all(kind, &pods::APP[3..]).into_iter().map(|item| match (kind, item) {
        // A server whose feature gate is off takes the field and drops it: what an apply would find out is not
        // foreseen where nothing could be asked.
        ("StatefulSet", Item::Row(mut row)) => {
            row.choices.retain(|text| !text.contains("max_unavailable"));
            Item::Row(row)
        }
        (_, item) => item,
    }));
    items.extend(orders(kind, rows::PODS_ORDER));
    items.push(row(budget, kinds::APP[1]));
    items.push(row(kind, kinds::APP[2]));
    let tables = [pods::ENVIRONMENTS, pods::CONTAINER, rows::MOUNTS].concat();
    let container = [all(kind, &tables), orders(kind, rows::CONTAINER_ORDER)].concat();
    items.push(inner("container", "web", container));
    let makes: &[&str] = match kind {
        "Deployment" => &["Deployment", "PodDisruptionBudget"],
        "DaemonSet" => &["DaemonSet", "PodDisruptionBudget"],
        _ => &["StatefulSet", "PodDisruptionBudget"],
    };
    block("app", "web", makes, items)
}

/// The volumes of the tables, which stand there as whole blocks.
fn volumes() -> Vec<Block> {
    let mut out = Vec::new();
    for choices in volumes::VOLUMES {
        let Some(key) = choices.first().and_then(|text| text.strip_prefix("volume \"")) else { continue };
        let Some((key, _)) = key.split_once('"') else { continue };
        let bodies: Vec<&'static str> = choices.iter().filter_map(|text| body(text)).collect();
        let row = Row { choices: bodies, now: 0, kind: "PersistentVolumeClaim", about: About::Value };
        out.push(labelled("volume", key, &[], vec![Item::Row(row)]));
    }
    out.push(labelled(
        "volume",
        "k",
        &["PersistentVolumeClaim"],
        vec![row("PersistentVolumeClaim", rows::CLAIM)],
    ));
    let both: &[&str] = &["PersistentVolume", "PersistentVolumeClaim"];
    out.push(labelled("volume", "n", both, vec![unique_name("n"), row("PersistentVolume", rows::NAS)]));
    out
}

/// What stands between the braces of a block.
fn body(text: &'static str) -> Option<&'static str> {
    let (_, rest) = text.split_once('{')?;
    Some(rest.trim_end().strip_suffix('}')?.trim())
}

fn job(key: &'static str, kind: &'static str, makes: &'static [&'static str], first: Vec<Item>) -> Block {
    // A job that goes when it has run is known to have run by who waited for it, and here nobody waits.
    let stays = |choices: &&Choices| !choices.iter().any(|c| c.starts_with("ttl_seconds_after_finished"));
    let table: Vec<Choices> = kinds::JOB[2..].iter().filter(stays).copied().collect();
    let mut items = [first, all(kind, &table)].concat();
    items.extend(orders(kind, &rows::PODS_ORDER[..2]));
    let container = [all(kind, kinds::JOB_CONTAINER), orders(kind, &rows::CONTAINER_ORDER[..1])].concat();
    items.push(inner("container", "run", container));
    labelled("job", key, makes, items)
}

fn account() -> Block {
    let makes: &[&str] = &["ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"];
    let items = vec![
        row("ServiceAccount", kinds::ACCOUNT[0]),
        row("Role", kinds::ACCOUNT[1]),
        row("ClusterRole", kinds::ACCOUNT[2]),
        row("", kinds::ACCOUNT[3]),
        order("ServiceAccount", rows::ACCOUNT_ORDER),
        order("Role", rows::ROLE_ORDER),
        order("ClusterRole", rows::CLUSTER_ROLE_ORDER),
    ];
    labelled("service_account", "web", makes, items)
}

fn manifests() -> Vec<Block> {
    let manifest = |key, makes, items| labelled("manifest", key, makes, items);
    vec![
        manifest(
            "quota",
            &["ResourceQuota"],
            vec![row("ResourceQuota", rows::QUOTA), order("ResourceQuota", rows::QUOTA_ORDER)],
        ),
        manifest("limits", &["LimitRange"], vec![row("LimitRange", rows::LIMITS)]),
        manifest("limited", &["LimitRange"], vec![order("LimitRange", rows::LIMITS_ORDER)]),
        manifest("template", &["PodTemplate"], vec![row("PodTemplate", rows::TEMPLATE)]),
        manifest("templates", &["PodTemplate"], vec![order("PodTemplate", rows::TEMPLATE_ORDER)]),
        manifest("inside", &["ConfigMap"], vec![row("ConfigMap", rows::INSIDE)]),
        manifest(
            "type",
            &["CustomResourceDefinition"],
            vec![
                row("CustomResourceDefinition", rows::TYPE),
                order("CustomResourceDefinition", rows::TYPE_ORDER),
            ],
        ),
        manifest(
            "widget",
            &["Widget"],
            vec![row("Widget", rows::WIDGET), order("Widget", rows::WIDGET_ORDER)],
        ),
    ]
}
