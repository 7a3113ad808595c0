//! Plans come true on the real control plane: the same sequences as on the sandbox, some of them.

use plimsoll_exactness::long::{Options, run};
use plimsoll_exactness::place::Target;

#[test]
fn plans_come_true() {
    let kubeconfig = std::env::var_os("PLIMSOLL_TEST_KUBECONFIG").expect("started by tests/cluster/run");
    let options = Options {
        seed: 1,
        sequences: Some(10),
        steps: 5,
        total: 0,
        least: 0,
        jobs: 2,
        keep_going: true,
        target: Target::Real(kubeconfig.into()),
    };
    let summary = run(&options, &|_| {}).unwrap();
    let failed: Vec<String> = summary
        .failed
        .iter()
        .map(|played| format!("seed {}: {}", played.seed, played.failure.as_ref().unwrap()))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(summary.table.steps > 35, "only {} steps were possible", summary.table.steps);
}
