//! One configuration, two environments: separate states, strictness for both, the right cluster.

use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::api::Api;
use serde_json::json;

use crate::world::World;

/// Writes the example of three tiers into the world, its environments led to the world's cluster
/// and to two namespaces of the world's own; gives the names of the namespaces.
pub async fn three_tiers(world: &World) -> [String; 2] {
    let namespaces = if world.is_real() {
        ["dev", "prod"].map(|e| format!("{}-{e}", world.namespace()))
    } else {
        ["shop-dev".to_string(), "shop".to_string()]
    };
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/02-three-tier");
    for entry in std::fs::read_dir(example).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "hcl") {
            continue;
        }
        let text: String = std::fs::read_to_string(&path)
            .unwrap()
            .lines()
            .map(|line| {
                let word = line.trim_start();
                let line = if word.starts_with("context ") { world.target_lines() } else { line.to_string() };
                let line = if word.starts_with("namespace ") && line.contains("\"shop-dev\"") {
                    line.replace("\"shop-dev\"", &format!("\"{}\"", namespaces[0]))
                } else if word.starts_with("namespace ") && line.contains("\"shop\"") {
                    line.replace("\"shop\"", &format!("\"{}\"", namespaces[1]))
                } else {
                    line
                };
                line + "\n"
            })
            .collect();
        world.write(path.file_name().unwrap().to_str().unwrap(), text);
    }
    let client = world.client().await;
    for name in &namespaces {
        let api: Api<Namespace> = Api::all(client.clone());
        api.create(
            &Default::default(),
            &serde_json::from_value(json!({"metadata": {"name": name}})).unwrap(),
        )
        .await
        .unwrap();
        let api: Api<Secret> = Api::namespaced(client.clone(), name);
        let secret = json!({"metadata": {"name": "shop-db"}, "stringData": {"password": "canary-7f3a91"}});
        api.create(&Default::default(), &serde_json::from_value(secret).unwrap()).await.unwrap();
    }
    namespaces
}

/// Both environments plan and apply, each with its own state; the protected one from a saved
/// plan only; the secret's value is found in no file and no output.
pub async fn two_environments_with_separate_states(world: World) {
    let namespaces = three_tiers(&world).await;
    let mut printed = world.run(&["validate"]).expect_code(0).all();
    let dev = world.run(&["apply", "-e", "dev", "-auto-approve"]).expect_code(0);
    printed += &dev.all();
    printed += &world.run(&["plan", "-e", "dev", "-detailed-exitcode"]).expect_code(0).all();
    // The other environment is untouched: everything is still to be made.
    printed += &world.run(&["plan", "-e", "prod", "-detailed-exitcode"]).expect_code(2).all();
    // It is protected.
    let refused = world.run(&["apply", "-e", "prod", "-auto-approve"]).expect_code(1);
    assert!(refused.all().contains("protected"), "{}", refused.all());
    printed += &world.run(&["plan", "-e", "prod", "-out", "prod.plan"]).expect_code(0).all();
    printed += &world.run(&["apply", "prod.plan"]).expect_code(0).all();
    printed += &world.run(&["plan", "-e", "prod", "-detailed-exitcode"]).expect_code(0).all();
    printed += &world.run(&["plan", "-e", "dev", "-detailed-exitcode"]).expect_code(0).all();
    printed += &world.run(&["show", "-json", "prod.plan"]).expect_code(0).all();

    let count = |environment: &str| {
        world.run(&["state", "list", "-e", environment]).expect_code(0).stdout.lines().count()
    };
    assert_eq!(count("prod"), count("dev") + 1, "prod has the autoscale besides");
    let client = world.client().await;
    for (namespace, replicas) in namespaces.iter().zip([1, 3]) {
        let api: Api<k8s_openapi::api::apps::v1::Deployment> = Api::namespaced(client.clone(), namespace);
        let web = api.get("web").await.unwrap();
        assert_eq!(web.spec.unwrap().replicas, Some(replicas), "{namespace}");
    }
    drop(client);

    let secrets = ["canary-7f3a91", "Y2FuYXJ5LTdmM2E5MQ"];
    for secret in secrets {
        assert!(!printed.contains(secret), "an output holds the secret");
    }
    for (path, bytes) in world.files() {
        // The sandbox stands for a cluster: its file holds what etcd would.
        if path.contains("/sandbox/") {
            continue;
        }
        let text = String::from_utf8_lossy(&bytes);
        assert!(!secrets.iter().any(|s| text.contains(s)), "{path} holds the secret");
    }
}

/// A mistake that only breaks `prod` is reported while planning `dev`.
pub async fn a_mistake_in_prod_is_told_while_planning_dev(world: World) {
    three_tiers(&world).await;
    let values = world.read("prod.values.hcl");
    world.write("prod.values.hcl", values.replacen("replicas", "replica", 1));
    let run = world.run(&["plan", "-e", "dev"]).expect_code(1);
    assert!(run.all().contains("prod.values.hcl:") && run.all().contains("replica"), "{}", run.all());
}
