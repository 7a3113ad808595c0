//! Edits: what is done to a configuration, or behind its back, before a plan.

use std::fmt;

use plimsoll_random::Random;

use crate::config::{About, Config};
use crate::outside::Act;

/// The sorts of edits: the columns of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// An attribute gets another value.
    Change,
    /// An attribute or a block inside is added.
    Add,
    /// An attribute or a block inside goes.
    Remove,
    /// A block is added.
    Declare,
    /// A block goes.
    Drop,
    /// A block gets another label.
    Rename,
    /// A block gets another label, and `moved` says so.
    Move,
    /// Another number of pods.
    Scale,
    /// The items of a list change places.
    Swap,
    /// Another manager applies fields of its own.
    Other,
    /// The number of pods is set through the scale subresource.
    Autoscaler,
    /// A person edits fields of ours, or adds some.
    Kubectl,
    /// Somebody deletes the object.
    Delete,
    /// Another controller takes a field of ours by force.
    Conflict,
}

/// All sorts, in the order of the table.
pub const SORTS: [Sort; 14] = [
    Sort::Change,
    Sort::Add,
    Sort::Remove,
    Sort::Declare,
    Sort::Drop,
    Sort::Rename,
    Sort::Move,
    Sort::Scale,
    Sort::Swap,
    Sort::Other,
    Sort::Autoscaler,
    Sort::Kubectl,
    Sort::Delete,
    Sort::Conflict,
];

impl Sort {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Sort::Change => "change",
            Sort::Add => "add",
            Sort::Remove => "remove",
            Sort::Declare => "declare",
            Sort::Drop => "drop",
            Sort::Rename => "rename",
            Sort::Move => "move",
            Sort::Scale => "scale",
            Sort::Swap => "swap",
            Sort::Other => "other",
            Sort::Autoscaler => "hpa",
            Sort::Kubectl => "kubectl",
            Sort::Delete => "delete",
            Sort::Conflict => "conflict",
        }
    }

    /// Whether somebody else does it, in the cluster.
    pub fn is_outside(self) -> bool {
        matches!(self, Sort::Other | Sort::Autoscaler | Sort::Kubectl | Sort::Delete | Sort::Conflict)
    }
}

/// An edit; blocks are named by their positions.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Another choice in a place.
    Choose {
        /// The block.
        block: usize,
        /// The place in it.
        place: Vec<usize>,
        /// The choice.
        choice: usize,
        /// What that is.
        sort: Sort,
    },
    /// A block is declared, with what it needs.
    Declare(usize),
    /// A block goes.
    Drop(usize),
    /// A block gets another label.
    Rename(usize, String),
    /// The same, and the object keeps its name.
    Move {
        /// The block.
        block: usize,
        /// Its new label.
        label: String,
        /// The name of its object.
        name: String,
    },
    /// Somebody does something in the cluster.
    Outside(Act),
    /// The configuration is edited and planned; then somebody does something before the plan is carried out.
    Late(Box<Edit>, Act),
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Edit::Choose { block, place, choice, sort } => {
                write!(f, "{} in block {block}, place {place:?}: choice {choice}", sort.name())
            }
            Edit::Declare(block) => write!(f, "declare block {block}"),
            Edit::Drop(block) => write!(f, "drop block {block}"),
            Edit::Rename(block, label) => write!(f, "rename block {block} to {label}"),
            Edit::Move { block, label, name } => {
                write!(f, "move block {block} to {label}; it keeps the name {name}")
            }
            Edit::Outside(act) => write!(f, "{act}"),
            Edit::Late(edit, act) => write!(f, "{edit}; between plan and apply, {act}"),
        }
    }
}

impl Edit {
    /// Its column.
    pub fn sort(&self) -> Sort {
        match self {
            Edit::Choose { sort, .. } => *sort,
            Edit::Declare(_) => Sort::Declare,
            Edit::Drop(_) => Sort::Drop,
            Edit::Rename(..) => Sort::Rename,
            Edit::Move { .. } => Sort::Move,
            Edit::Outside(act) | Edit::Late(_, act) => act.sort(),
        }
    }

    /// What somebody does in the cluster.
    pub fn act(&self) -> Option<&Act> {
        match self {
            Edit::Outside(act) | Edit::Late(_, act) => Some(act),
            _ => None,
        }
    }

    /// Edits the configuration; whether it could be done.
    pub fn edit(&self, config: &mut Config) -> bool {
        config.moved.clear();
        match self {
            Edit::Outside(_) => true,
            Edit::Late(edit, _) => edit.edit(config),
            Edit::Choose { block, place, choice, .. } => {
                let block = config.blocks.get_mut(*block).filter(|b| b.present);
                let Some(row) = block.and_then(|b| b.row(place)) else { return false };
                let other = *choice < row.choices.len() && *choice != row.now;
                row.now = *choice;
                config.close();
                other
            }
            Edit::Declare(index) => {
                let Some(block) = config.blocks.get_mut(*index).filter(|b| !b.present) else { return false };
                block.present = true;
                config.close();
                true
            }
            Edit::Drop(index) => {
                if config.is_needed(*index) {
                    return false;
                }
                let Some(block) = config.blocks.get_mut(*index).filter(|b| b.present) else { return false };
                block.present = false;
                true
            }
            Edit::Rename(index, label) => {
                let Some(block) = config.blocks.get_mut(*index).filter(|b| b.present) else { return false };
                block.label.clone_from(label);
                block.pinned = None;
                true
            }
            Edit::Move { block: index, label, name } => {
                let Some(block) = config.blocks.get_mut(*index).filter(|b| b.present) else { return false };
                let from = block.address();
                block.label.clone_from(label);
                block.pinned = Some(name.clone());
                let to = block.address();
                config.moved.push((from, to));
                true
            }
        }
    }
}

/// The edits of a sort that concern a kind. `fresh` is a number that no label has; `name` is the name
/// of a block's object.
pub fn candidates(
    config: &Config,
    kind: &'static str,
    sort: Sort,
    fresh: usize,
    name: impl Fn(usize) -> Option<String>,
) -> Vec<Edit> {
    let mut out = Vec::new();
    for (index, block) in config.blocks.iter().enumerate() {
        let makes = block.makes.contains(&kind);
        match sort {
            Sort::Declare if makes && !block.present => out.push(Edit::Declare(index)),
            Sort::Drop if makes && block.present => out.push(Edit::Drop(index)),
            Sort::Rename if makes && block.present => {
                out.push(Edit::Rename(index, format!("{}_{fresh}", block.key)));
            }
            Sort::Move if makes && block.present => out.extend(name(index).map(|name| Edit::Move {
                block: index,
                label: format!("{}_{fresh}", block.key),
                name,
            })),
            _ => {}
        }
        if !block.present {
            continue;
        }
        for (place, row) in block.rows() {
            if row.kind != row_kind(kind) && !(row.kind.is_empty() && makes) {
                continue;
            }
            for (choice, text) in row.choices.iter().enumerate().filter(|(i, _)| *i != row.now) {
                let fits = match (row.about, row.text().is_empty(), text.is_empty()) {
                    (_, true, _) => sort == Sort::Add || (sort == Sort::Declare && makes_by_row(kind)),
                    (_, _, true) => sort == Sort::Remove || (sort == Sort::Drop && makes_by_row(kind)),
                    (About::Value, ..) => sort == Sort::Change,
                    (About::Order, ..) => sort == Sort::Swap,
                    (About::Replicas, ..) => sort == Sort::Scale,
                };
                if fits {
                    out.push(Edit::Choose { block: index, place: place.clone(), choice, sort });
                }
            }
        }
    }
    out
}

/// Kinds whose objects come and go with an attribute of a block that makes something else.
pub fn makes_by_row(kind: &str) -> bool {
    matches!(kind, "PodDisruptionBudget" | "Role" | "RoleBinding" | "ClusterRole" | "ClusterRoleBinding")
}

/// The kind in the places that objects of a kind come from: a binding comes with its role.
pub fn row_kind(kind: &'static str) -> &'static str {
    match kind {
        "RoleBinding" => "Role",
        "ClusterRoleBinding" => "ClusterRole",
        _ => kind,
    }
}

/// One of several.
pub fn one_of<'a, T>(random: &mut Random, all: &'a [T]) -> Option<&'a T> {
    if all.is_empty() { None } else { all.get(random.below(all.len())) }
}
