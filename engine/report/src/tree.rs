//! Fields of an object as an indented tree, the way people write it.
//!
//! Chains of single steps share a row (`affinity.nodeAffinity`), a list item stands with its list
//! (`containers[name=web]`), and the key that names an item is not repeated below it.

use plimsoll_plan::FieldChange;

/// One row of the tree.
#[derive(Debug)]
pub(crate) struct Row<'c> {
    pub(crate) depth: usize,
    pub(crate) name: String,
    /// The field, where the row is one; none for what only holds others.
    pub(crate) change: Option<&'c FieldChange>,
}

/// The rows of some changes, in their order.
pub(crate) fn rows<'c>(changes: &[&'c FieldChange]) -> Vec<Row<'c>> {
    let entries: Vec<(Vec<String>, &FieldChange)> =
        changes.iter().filter(|c| !repeats_its_key(c)).map(|c| (joined(&c.steps), *c)).collect();
    let mut out = Vec::new();
    below(&entries, 0, 0, &mut out);
    out
}

/// Steps with each list item joined to its list.
fn joined(steps: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for step in steps {
        match out.last_mut() {
            Some(last) if step.starts_with('[') => last.push_str(step),
            _ => out.push(step.clone()),
        }
    }
    out
}

/// `containers[name=web].name`: the item says it already.
fn repeats_its_key(change: &FieldChange) -> bool {
    let [.., item, field] = change.steps.as_slice() else { return false };
    let keys = item.strip_prefix('[').and_then(|i| i.strip_suffix(']'));
    keys.is_some_and(|keys| keys.split(',').any(|k| k.split_once('=').is_some_and(|(name, _)| name == field)))
}

fn below<'c>(entries: &[(Vec<String>, &'c FieldChange)], skip: usize, depth: usize, out: &mut Vec<Row<'c>>) {
    let mut rest = entries;
    while let Some((first, _)) = rest.first() {
        let Some(name) = first.get(skip) else { return };
        let same = rest.iter().take_while(|(steps, _)| steps.get(skip) == Some(name)).count();
        let (group, after) = rest.split_at(same);
        rest = after;
        let shared = group.iter().map(|(steps, _)| common(first, steps)).min().unwrap_or(skip + 1);
        let name = first.get(skip..shared).unwrap_or_default().join(".");
        match group {
            [(_, change)] => out.push(Row { depth, name: full(first, skip), change: Some(change) }),
            _ => {
                out.push(Row { depth, name, change: None });
                below(group, shared, depth + 1, out);
            }
        }
    }
}

fn full(steps: &[String], skip: usize) -> String {
    steps.get(skip..).unwrap_or_default().join(".")
}

/// How many steps both begin with, but never all of either.
fn common(a: &[String], b: &[String]) -> usize {
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    same.min(a.len().saturating_sub(1)).min(b.len().saturating_sub(1)).max(1)
}
