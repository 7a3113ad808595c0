//! Plans come true: a sequence for each kind, and every sort of edit among them. The long run is a
//! command of its own, `docs/explanation/exactness.md`.

use plimsoll_exactness::long::{Options, run};
use plimsoll_exactness::place::Target;

#[test]
fn plans_come_true() {
    let options = Options {
        seed: 1,
        sequences: Some(26),
        steps: 6,
        total: 0,
        least: 0,
        jobs: 2,
        keep_going: true,
        target: Target::Sandbox,
    };
    let summary = run(&options, &|_| {}).unwrap();
    let failed: Vec<String> = summary
        .failed
        .iter()
        .map(|played| format!("seed {}: {}", played.seed, played.failure.as_ref().unwrap()))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(summary.table.steps > 120, "only {} steps were possible", summary.table.steps);
}
