//! The planner's rules, each with the test that is named after it, over a scripted cluster.

mod adoption;
mod conflicts;
mod drift;
mod effects;
mod environments;
mod growth;
mod held;
mod ignored;
mod losses;
mod ownership;
mod refusals;
mod releases;
mod removals;
mod replaces;
mod saved;
mod scope;
mod stateful;
mod surroundings;
mod verdicts;

use expect_test::{Expect, expect};
use plimsoll_model::EdgeKind;
use serde_json::json;

use crate::plan::Plan;
use crate::request::{Answer, Refusal};
use crate::scripted::{MANAGER, Scene, deployment, id, labelled, service, stateful_set, text};

#[track_caller]
fn check(scene: &mut Scene, expect: Expect) {
    expect.assert_eq(&scene.text());
}

fn web(image: &str) -> Scene {
    let mut scene = Scene::new();
    scene.want("app.web", deployment("web", image));
    scene.settle();
    scene
}
