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

/// What the READMEs invite to try: example, file, what is written instead of what, what is found.
const TRIED: [(&str, &str, &str, &str, &str); 17] = [
    (
        "03-guestbook",
        "main.hcl",
        "  app  = app.redis_leader\n",
        "  app  = app.redis_leader\n  port \"http\" { port = 81 }\n",
        "no container declares this port",
    ),
    (
        "04-wordpress",
        "wordpress.hcl",
        "app \"wordpress\" {",
        "app \"wordpress\" {\n  replicas = 2",
        "several pods share a claim for one node",
    ),
    (
        "05-redis",
        "main.hcl",
        "min_available = 2",
        "min_available = 3",
        "disruption budget never lets a pod go",
    ),
    ("06-boutique", "services.hcl", "address.shipping", "address.shiping", "unsupported attribute"),
    ("06-boutique", "services.hcl", "    payment        = { listen = 50051 }\n", "", "unsupported attribute"),
    ("07-batch", "jobs.hcl", "0 5 * * 1", "0 25 * * *", "schedule is malformed"),
    ("07-batch", "jobs.hcl", "Europe/Berlin", "Berlin", "value is malformed"),
    (
        "07-batch",
        "jobs.hcl",
        "  backoff_limit   = 6",
        "  restart_policy  = \"OnFailure\"",
        "rules of failed pods do not fit the job",
    ),
    (
        "08-log-agent",
        "main.hcl",
        "\"DaemonSet\"",
        "\"DaemonSet\"\n  replicas = 3",
        "a DaemonSet has no replicas",
    ),
    (
        "08-log-agent",
        "main.hcl",
        "    operator = \"Exists\"",
        "    operator = \"Exists\"\n    value    = \"x\"",
        "toleration contradicts itself",
    ),
    (
        "09-nas-oss",
        "main.hcl",
        "    mount \"/var/log/nginx\" { volume = volume.logs }\n",
        "",
        "log files do not lie on a mount",
    ),
    ("09-nas-oss", "main.hcl", "release = \"v1\"", "release_name = \"v1\"", "key is malformed"),
    (
        "10-gpu-inference",
        "main.hcl",
        "memory = \"20G\", \"nvidia.com/gpu\" = \"1\"",
        "memory = \"20G\"",
        "resource cannot be promised twice",
    ),
    (
        "10-gpu-inference",
        "main.hcl",
        "memory = \"6G\", \"nvidia.com/gpu\" = \"1\"",
        "memory = \"6G\", \"nvidia.com/gpu\" = \"2\"",
        "request is above its limit",
    ),
    ("10-gpu-inference", "main.hcl", "gt = 20000", "gt = 20.5", "wrong type"),
    (
        "10-gpu-inference",
        "main.hcl",
        "{ gt = 20000 }",
        "{\n        gt     = 20000\n        exists = true\n      }",
        "match takes exactly one operator",
    ),
    ("11-tenants", "main.hcl", "    globex  =", "    Globex  =", "invalid value for variable"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn find_what_their_readmes_invite_to_try() {
    for (example, file, from, to, summary) in TRIED {
        let world = World::sandbox();
        lay_out(&world, example).await;
        let text = world.read(file);
        assert!(text.contains(from), "{example} has no {from:?}");
        world.write(file, text.replace(from, to));
        let run = world.run(&["validate"]);
        assert!(run.all().contains(&format!(": {summary}\n")), "{example}, {to:?}\n{}", run.all());
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
