//! What a plan sends, by the API server's own audit log.

use plimsoll_tests::world::World;
use serde_json::Value as Json;

/// The requests in the world's namespace since `from` (a position in the log) that neither the
/// control plane nor the played nodes sent, as `verb uri`; and the position now.
fn requests(world: &World, from: usize) -> (Vec<String>, usize) {
    let path = std::env::var_os("PLIMSOLL_AUDIT").expect("tests/cluster/run sets PLIMSOLL_AUDIT");
    let text = std::fs::read_to_string(path).unwrap();
    let place = format!("/namespaces/{}/", world.namespace());
    let sent = text[from..]
        .lines()
        .filter_map(|line| serde_json::from_str::<Json>(line).ok())
        .filter(|event| event["requestURI"].as_str().is_some_and(|uri| uri.contains(&place)))
        .filter(|event| {
            let agent = event["userAgent"].as_str().unwrap_or_default();
            !["kube-", "kwok"].iter().any(|other| agent.starts_with(other))
        })
        .map(|event| format!("{} {}", event["verb"].as_str().unwrap(), event["requestURI"].as_str().unwrap()))
        .collect();
    (sent, text.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_only_reads_and_a_settled_one_sends_no_dry_run() {
    let world = World::real("requests").await;
    world.configure(&plimsoll_tests::kills::application("1"));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    let (applied, at) = requests(&world, 0);
    assert!(applied.iter().any(|r| r.starts_with("patch") && !r.contains("dryRun")), "{applied:#?}");

    world.assert_settled();
    let (settled, at) = requests(&world, at);
    assert!(!settled.is_empty() && settled.iter().all(|r| r.starts_with("list")), "{settled:#?}");

    world.configure(&plimsoll_tests::kills::application("2"));
    world.run(&["plan", "-detailed-exitcode"]).expect_code(2);
    let (planned, _) = requests(&world, at);
    assert!(planned.iter().any(|r| r.contains("dryRun=All")), "{planned:#?}");
    let reads = |r: &String| r.starts_with("list") || r.starts_with("get");
    assert!(planned.iter().all(|r| reads(r) || r.contains("dryRun=All")), "{planned:#?}");
}
