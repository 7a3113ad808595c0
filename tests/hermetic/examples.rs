//! What the examples print without a cluster but the embedded one: nothing to find fault with, laid
//! out by `fmt`, and the plans that stand beside them. `UPDATE_EXPECT=1` writes `plan.txt` anew.

use plimsoll_tests::examples::{files, folder, lay_out, names};
use plimsoll_tests::world::World;
use serde_json::Value as Json;

/// Findings that an example is about; each is named in its README.
const MEANT: [(&str, &[&str]); 1] = [("08-log-agent", &["host-path", "host-path"])];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn are_valid_without_findings() {
    for example in names() {
        let world = World::sandbox();
        lay_out(&world, &example).await;
        let run = world.run(&["validate", "-json"]).expect_code(0);
        let json: Json = serde_json::from_str(&run.stdout).unwrap();
        let found: Vec<_> =
            json["diagnostics"].as_array().unwrap().iter().map(|d| d["code"].as_str().unwrap()).collect();
        let meant = MEANT.iter().find(|(name, _)| *name == example).map_or(&[][..], |(_, codes)| codes);
        assert_eq!(found, meant, "{example}\n{}", run.all());
    }
}

#[test]
fn are_laid_out() {
    for example in names() {
        let folder = folder().join(&example);
        let run = World::sandbox().run(&["fmt", "-check", "-recursive", folder.to_str().unwrap()]);
        assert_eq!(run.code, Some(0), "{}", run.all());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plan_what_stands_beside_them() {
    for example in names() {
        let world = World::sandbox();
        let mut plans = Vec::new();
        for environment in lay_out(&world, &example).await {
            plans.push(world.run(&["plan", "-e", environment]).expect_code(0).stdout);
        }
        let text = plans.join("\n");
        assert!(
            !text.contains("(no changes)") && text.contains("to add, 0 to change, 0 to destroy."),
            "{text}"
        );
        expect_test::expect_file![folder().join(&example).join("plan.txt")].assert_eq(&text);
    }
}

#[test]
fn say_where_their_facts_come_from_and_what_to_try() {
    for example in names() {
        let folder = folder().join(&example);
        let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
        assert!(readme.starts_with("# ") && readme.contains("$ plimsoll "), "{example}");
        if !["01-nginx", "02-three-tier"].contains(&example.as_str()) {
            assert!(readme.contains("facts") && readme.contains("https://"), "{example}");
            assert!(readme.contains("Things to try"), "{example}");
        }
        assert!(files(&example).iter().any(|f| f.extension().is_some_and(|e| e == "hcl")), "{example}");
    }
}
