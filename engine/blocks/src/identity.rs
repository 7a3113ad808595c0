//! What makes an object ours: its labels and annotations, and what pods are selected by.

use plimsoll_model::{Node, Origin};

use crate::declare::{Map, ToNode, Tree};
use crate::world::{Item, World};

/// The project's name, on every object.
pub const PROJECT: &str = "plimsoll.dev/project";
/// The environment's name, on every object.
pub const ENVIRONMENT: &str = "plimsoll.dev/environment";
/// The app's object name, on its pods and claims.
pub const APP: &str = "plimsoll.dev/app";
/// The job's object name, on its pods.
pub const JOB: &str = "plimsoll.dev/job";
/// The address, on every object.
pub const ADDRESS: &str = "plimsoll.dev/address";
/// A hash of the configs that a pod uses, on pods.
pub const CONFIG_HASH: &str = "plimsoll.dev/config-hash";

/// A hash of the secrets that a pod uses, under their salts, on pods.
pub const SECRET_HASH: &str = "plimsoll.dev/secret-hash";
/// What the hash of a secret's data is keyed by, on the Secret.
pub const SALT: &str = "plimsoll.dev/salt";

/// Who manages an object, on every object.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// Labels with this prefix are ours alone.
pub const RESERVED: &str = "plimsoll.dev/";

/// Whether a label or an annotation is one that only Plimsoll writes.
pub fn is_reserved(key: &str) -> bool {
    key.starts_with(RESERVED) || key == MANAGED_BY
}

/// Labels of an object: the environment's, the user's, ours.
pub fn object_labels(world: &World<'_>, item: &Item<'_>, labels: &Map<String>) -> Tree {
    let mut tree = Tree::new();
    let environment = &world.config.environment;
    let origin = environment.span.map_or(Origin::NONE, Origin::at);
    for (key, value) in &environment.labels {
        tree.put(key, Node::leaf(value.clone(), origin.clone()));
    }
    common(world, item, labels, &mut tree);
    tree
}

/// Labels of an app's pods: the user's, ours, and what selects them.
pub fn pod_labels(world: &World<'_>, item: &Item<'_>, labels: &Map<String>, selector: &Map<String>) -> Tree {
    let mut tree = Tree::new();
    common(world, item, labels, &mut tree);
    for (key, value) in selector {
        tree.attr(key, value);
    }
    tree.fixed(APP, item.name.clone());
    tree
}

/// Labels of a job's pods: the user's, ours, and the job's name.
pub fn job_labels(world: &World<'_>, item: &Item<'_>, labels: &Map<String>) -> Tree {
    let mut tree = Tree::new();
    common(world, item, labels, &mut tree);
    tree.fixed(JOB, item.name.clone());
    tree
}

fn common(world: &World<'_>, item: &Item<'_>, labels: &Map<String>, tree: &mut Tree) {
    tree.fixed("app.kubernetes.io/name", item.base.clone());
    tree.fixed("app.kubernetes.io/part-of", world.config.project.name.clone());
    for (key, value) in labels {
        tree.attr(key, value);
    }
    tree.fixed(MANAGED_BY, "plimsoll");
    tree.fixed(PROJECT, world.config.project.name.clone());
    tree.fixed(ENVIRONMENT, world.config.environment.name.clone());
}

/// What selects an app's pods.
pub fn selector(world: &World<'_>, app: &Item<'_>, own: &Map<String>) -> Node {
    if !own.is_empty()
        && let Some(node) = own.to_node()
    {
        return node;
    }
    let mut tree = Tree::new();
    tree.fixed(PROJECT, world.config.project.name.clone());
    tree.fixed(APP, app.name.clone());
    tree.node()
}

/// The labels that [`selector`] compares.
pub fn selector_keys(own: &Map<String>) -> Vec<&str> {
    match own.is_empty() {
        true => vec![PROJECT, APP],
        false => own.keys().map(String::as_str).collect(),
    }
}

/// Labels of a claim template, which can never change.
pub fn claim_labels(world: &World<'_>, app: &Item<'_>) -> Tree {
    let mut tree = Tree::new();
    tree.fixed(PROJECT, world.config.project.name.clone());
    tree.fixed(ENVIRONMENT, world.config.environment.name.clone());
    tree.fixed(APP, app.name.clone());
    tree
}
