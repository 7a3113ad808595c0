//! What two environments of a configuration want, compared field by field. Asks no cluster: what
//! defaults and webhooks add to both is not here.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::{Address, Desired, DesiredObject, Leaf, Node, ObjectId, SourceMap};

use crate::change::{Cause, FieldChange, Side};
use crate::observe::ENVIRONMENT_LABEL;
use crate::plan::OutputChange;

/// What stands for sensitive values instead of their hashes, for which there is no key here: only
/// values that differ are told.
const FIRST: &str = "first";
const SECOND: &str = "second";

/// What one environment wants, and where it goes by default.
#[derive(Debug, Clone, Copy)]
pub struct Wants<'a> {
    /// Its objects and outputs.
    pub desired: &'a Desired,
    /// Its namespace.
    pub namespace: &'a str,
}

/// How two environments differ.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Comparison {
    /// Objects of the first one alone.
    pub only_first: Vec<(Address, ObjectId)>,
    /// Objects of the second one alone.
    pub only_second: Vec<(Address, ObjectId)>,
    /// Objects of both that differ, each with its fields; the object is the second one's.
    pub different: Vec<(Address, ObjectId, Vec<FieldChange>)>,
    /// How many objects are the same in both.
    pub same: usize,
    /// Outputs that differ.
    pub outputs: Vec<OutputChange>,
}

/// Compares two environments. What differs in every object is left out: the label that names the
/// environment, and the environment's own namespace.
pub fn compare(first: Wants<'_>, second: Wants<'_>, sources: &SourceMap) -> Comparison {
    let by_address = |wants: Wants<'_>| -> BTreeMap<Address, DesiredObject> {
        wants.desired.objects.iter().map(|o| (o.address.clone(), o.clone())).collect()
    };
    let (ones, others) = (by_address(first), by_address(second));
    let mut out = Comparison { outputs: outputs(first.desired, second.desired), ..Comparison::default() };
    for (address, one) in &ones {
        let Some(other) = others.get(address) else {
            out.only_first.push((address.clone(), one.id.clone()));
            continue;
        };
        let changes = changes(&fields(one, first.namespace), &fields(other, second.namespace), sources);
        match changes.is_empty() {
            true => out.same += 1,
            false => out.different.push((address.clone(), other.id.clone(), changes)),
        }
    }
    let alone = others.iter().filter(|(address, _)| !ones.contains_key(*address));
    out.only_second = alone.map(|(address, o)| (address.clone(), o.id.clone())).collect();
    out
}

type Fields = BTreeMap<Vec<String>, Leaf>;

fn fields(object: &DesiredObject, namespace: &str) -> Fields {
    let mut out = Fields::new();
    flatten(&object.root, &mut Vec::new(), &mut out);
    if let Some(first) = object.first_replicas {
        // The first number is wanted too, although another manager applies it.
        let leaf = Leaf { value: first.into(), unknown: None, sensitive: false, origin: Default::default() };
        out.entry(vec!["spec".into(), "replicas".into()]).or_insert(leaf);
    }
    out.retain(|path, leaf| {
        let own = path == &["metadata", "namespace"] && leaf.value.as_str() == Some(namespace);
        !own && path.last().is_none_or(|last| last != ENVIRONMENT_LABEL)
    });
    out
}

/// Leaves by path; items of a list by their names where they have some, else by their place.
fn flatten(node: &Node, path: &mut Vec<String>, out: &mut Fields) {
    match node {
        Node::Leaf(leaf) => drop(out.insert(path.clone(), leaf.clone())),
        Node::Map(map, _) => {
            for (key, child) in map {
                path.push(key.clone());
                flatten(child, path, out);
                path.pop();
            }
        }
        Node::List(items, _) => {
            let names: Vec<Option<&str>> =
                items.iter().map(|i| i.get("name").and_then(Node::as_str)).collect();
            let unique: BTreeSet<_> = names.iter().flatten().collect();
            let named = unique.len() == items.len();
            for (i, (item, name)) in items.iter().zip(names).enumerate() {
                path.push(match name.filter(|_| named) {
                    Some(name) => format!("[name={name}]"),
                    None => format!("[{i}]"),
                });
                flatten(item, path, out);
                path.pop();
            }
        }
    }
}

fn changes(first: &Fields, second: &Fields, sources: &SourceMap) -> Vec<FieldChange> {
    let paths: BTreeSet<&Vec<String>> = first.keys().chain(second.keys()).collect();
    let differs = |path: &&Vec<String>| {
        let bare = |leaf: Option<&Leaf>| leaf.map(|l| (l.value.clone(), l.unknown.clone()));
        bare(first.get(*path)) != bare(second.get(*path))
    };
    let change = |path: &Vec<String>| {
        let (before, after) = (first.get(path), second.get(path));
        let written = after.or(before).and_then(|leaf| leaf.origin.shown());
        FieldChange {
            path: joined(path),
            steps: path.clone(),
            before: side(before, FIRST),
            after: side(after, SECOND),
            cause: if after.is_some() { Cause::Ours } else { Cause::Removed },
            reorder: false,
            source: written.map(|span| sources.locate(span)),
            variables: Vec::new(),
            set_by: None,
            accept: None,
        }
    };
    paths.into_iter().filter(differs).map(change).collect()
}

fn joined(path: &[String]) -> String {
    let mut out = String::new();
    for step in path {
        if !out.is_empty() && !step.starts_with('[') {
            out.push('.');
        }
        out.push_str(step);
    }
    out
}

fn side(leaf: Option<&Leaf>, which: &str) -> Side {
    match leaf {
        None => Side::Absent,
        Some(leaf) if leaf.sensitive => Side::Sensitive(which.to_string()),
        Some(Leaf { unknown: Some(what), .. }) => Side::Unknown(what.clone()),
        Some(leaf) => Side::Known(leaf.value.clone()),
    }
}

fn outputs(first: &Desired, second: &Desired) -> Vec<OutputChange> {
    let nodes = |desired: &Desired| -> BTreeMap<String, Node> {
        desired.outputs.iter().map(|o| (o.name.clone(), Node::from_value(&o.value))).collect()
    };
    let (ones, others) = (nodes(first), nodes(second));
    let names: BTreeSet<&String> = ones.keys().chain(others.keys()).collect();
    let whole = |node: Option<&Node>, which: &str| match node {
        None => Side::Absent,
        Some(node) => {
            let leaves = node.leaves();
            if leaves.iter().any(|(_, leaf)| leaf.sensitive) {
                return Side::Sensitive(which.to_string());
            }
            match leaves.into_iter().find_map(|(_, leaf)| leaf.unknown.clone()) {
                Some(what) => Side::Unknown(what),
                None => Side::Known(node.to_json()),
            }
        }
    };
    let bare = |node: Option<&Node>| {
        let unknown = |n: &Node| n.leaves().into_iter().filter_map(|(_, l)| l.unknown.clone()).collect();
        node.map(|n| (n.to_json(), unknown(n)))
    };
    let differs = |name: &&String| -> bool {
        let of = |nodes: &BTreeMap<String, Node>| -> Option<(_, Vec<String>)> { bare(nodes.get(*name)) };
        of(&ones) != of(&others)
    };
    names
        .into_iter()
        .filter(differs)
        .map(|name| OutputChange {
            name: name.clone(),
            before: whole(ones.get(name), FIRST),
            after: whole(others.get(name), SECOND),
        })
        .collect()
}
