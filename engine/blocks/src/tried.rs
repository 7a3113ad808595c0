//! For tests: random configurations try every word of the blocks that most is declared with.

use std::collections::BTreeSet;

use plimsoll_random::apps::{AUTOSCALE, OTHER_SERVICE, SERVICE};
use plimsoll_random::kinds;
use plimsoll_random::pods::{APP, CONTAINER, ENVIRONMENTS, STATEFUL};
use plimsoll_random::volumes::VOLUMES;

use crate::declare::BlockSchema;
use crate::schema;

/// Words that every table has in common with others, or that no object shows.
const ELSEWHERE: &[&str] =
    &["alibaba", "depends_on", "lifecycle", "prevent_destroy", "raw", "target", "timeouts"];

fn words(block: &BlockSchema, path: &str, all: &mut BTreeSet<(String, String)>) {
    for name in block.all_attrs().map(|a| a.name) {
        all.insert((name.to_string(), format!("{path}.{name}")));
    }
    for nested in block.all_blocks().filter(|b| !ELSEWHERE.contains(&b.name)) {
        let path = format!("{path}.{}", nested.name);
        all.insert((nested.name.to_string(), path.clone()));
        words(nested.block, &path, all);
    }
}

#[test]
fn every_word_of_these_blocks_is_tried() {
    let apps = [APP, kinds::APP, CONTAINER, ENVIRONMENTS, STATEFUL, VOLUMES];
    let beside = [SERVICE, OTHER_SERVICE, AUTOSCALE];
    let tables = [apps.concat(), beside.concat()].concat();
    let text: String = tables.concat().join("\n");
    let tried: BTreeSet<_> = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    let mut all = BTreeSet::new();
    for block in schema().iter().filter(|b| matches!(b.name, "app" | "volume" | "service" | "autoscale")) {
        words(block, block.name, &mut all);
    }
    let missing: Vec<_> = all
        .iter()
        .filter(|(word, _)| !tried.contains(word.as_str()) && !ELSEWHERE.contains(&word.as_str()))
        .map(|(_, path)| path)
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
