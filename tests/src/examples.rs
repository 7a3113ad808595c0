//! The applications under `examples/`, walked from the first plan to the end on any cluster: what
//! is planned is what comes true, nothing is left to do, and destroy leaves what it says.
//!
//! What their plans look like in text is compared in `tests/hermetic`, where every name is known.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use k8s_openapi::api::core::v1::{Node, PersistentVolumeClaim};
use kube::api::{Api, ListParams};
use serde_json::json;

use crate::scenarios::environments::three_tiers;
use crate::world::{World, get};

/// The folder of all examples.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("examples")
}

/// The names of all examples, sorted.
pub fn names() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The files of an example's configuration, relative to its folder, sorted: not its README, not
/// its plan, and nothing that a run left behind.
pub fn files(example: &str) -> Vec<PathBuf> {
    let top = folder().join(example);
    let (mut out, mut folders) = (Vec::new(), vec![top.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with('.') || name == "README.md" || name == "plan.txt" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                out.push(path.strip_prefix(&top).unwrap().to_path_buf());
            }
        }
    }
    out.sort();
    out
}

/// Copies an example into the world and leads it to the world's cluster; makes what it expects to
/// find there. Gives the environments that it has.
pub async fn lay_out(world: &World, example: &str) -> Vec<&'static str> {
    if example == "02-three-tier" {
        three_tiers(world).await;
        return vec!["dev", "prod"];
    }
    for file in files(example) {
        let to = world.path().join(&file);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(folder().join(example).join(&file), to).unwrap();
    }
    let environment = world.environment();
    if !environment.is_empty() {
        world.write("environment.hcl", environment);
    }
    if example == "10-gpu-inference" {
        make_node_with_gpu(world).await;
    }
    vec![if world.is_real() { "test" } else { "default" }]
}

/// A node with a GPU, which keeps away whatever does not tolerate that.
async fn make_node_with_gpu(world: &World) {
    let capacity = json!({"cpu": "64", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "100", "nvidia.com/gpu": "8"});
    let node = json!({
        "metadata": {
            "name": "gpu-1",
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {
                "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": "gpu-1", "kubernetes.io/os": "linux",
                "nvidia.com/gpu.present": "true", "nvidia.com/gpu.memory": "46068",
                "nvidia.com/gpu.product": "NVIDIA-L40S",
            },
        },
        "spec": {"taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}]},
        "status": {
            "capacity": capacity, "allocatable": capacity,
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": ""}],
        },
    });
    let api: Api<Node> = Api::all(world.client().await);
    api.create(&Default::default(), &serde_json::from_value(node).unwrap()).await.expect("the node is made");
}

/// Names of all claims, with their namespaces.
async fn claims(world: &World) -> BTreeSet<String> {
    let api: Api<PersistentVolumeClaim> = Api::all(world.client().await);
    let list = api.list(&ListParams::default()).await.unwrap();
    list.items
        .into_iter()
        .map(|c| format!("{}/{}", c.metadata.namespace.unwrap(), c.metadata.name.unwrap()))
        .collect()
}

/// The walk of one environment: plan, apply exactly that, plan again, destroy.
async fn walk_environment(world: &World, environment: &str) {
    let in_it = ["-e", environment];
    let run = |arguments: &[&str]| world.run(&[arguments, &in_it[..]].concat());
    let before = claims(world).await;
    run(&["plan", "-out", "example.plan"]).expect_code(0);
    let shown = world.run(&["show", "-json", "example.plan"]).expect_code(0);
    let planned = crate::planned::Planned(serde_json::from_str(&shown.stdout).unwrap());
    assert!(!planned.changes().is_empty());
    assert!(planned.changes().iter().all(|c| c.action == "create"), "{:#?}", planned.summary());
    world.run(&["apply", "example.plan"]).expect_code(0);
    world.assert_came_true(&planned).await;
    let second = run(&["plan", "-detailed-exitcode"]).expect_code(0);
    assert!(second.stdout.contains("No changes"), "{}", second.all());

    // Where an environment is protected, what is lost is named: with the words that the findings give.
    let asked = run(&["plan", "-destroy"]).all();
    let allowed: Vec<&str> =
        asked.split("-allow-loss '").skip(1).filter_map(|rest| rest.split('\'').next()).collect();
    let words = allowed.iter().flat_map(|address| ["-allow-loss", address]);
    let destroy: Vec<&str> = ["plan", "-destroy", "-out", "destroy.plan"].into_iter().chain(words).collect();
    run(&destroy).expect_code(0);
    let gone = world.run(&["apply", "destroy.plan", "-allow-destroy"]).expect_code(0);
    assert_eq!(run(&["state", "list"]).expect_code(0).stdout.trim(), "");
    let client = world.client().await;
    for change in planned.changes() {
        let live = get(&client, &change.after).await;
        assert!(live.is_none(), "{} is still there: {live:#?}", change.address);
    }
    drop(client);
    let said: BTreeSet<String> = gone
        .stdout
        .lines()
        .filter_map(|line| line.trim().strip_prefix("PersistentVolumeClaim "))
        .map(str::to_string)
        .collect();
    // On a real cluster others work at the same time; namespaces of this world start with its own.
    let own = |claim: &&String| !world.is_real() || claim.starts_with(world.namespace());
    let left: BTreeSet<String> = claims(world).await.difference(&before).filter(own).cloned().collect();
    assert_eq!(left, said, "what stays is what destroy says\n{}", gone.all());
}

/// The whole walk of an example, through all its environments.
pub async fn walk(world: World, example: &str) {
    for environment in lay_out(&world, example).await {
        walk_environment(&world, environment).await;
    }
}

/// Makes a test of every example, in a world that the expression makes from the test's name, and
/// one that holds that none is forgotten.
#[macro_export]
macro_rules! every_example {
    ($world:expr) => {
        $crate::every_example!(@each $world;
            nginx = "01-nginx",
            three_tier = "02-three-tier",
            guestbook = "03-guestbook",
            wordpress = "04-wordpress",
            redis = "05-redis",
            boutique = "06-boutique",
            batch = "07-batch",
            log_agent = "08-log-agent",
            nas_oss = "09-nas-oss",
            gpu_inference = "10-gpu-inference",
            tenants = "11-tenants",
            operator = "12-operator",
        );
    };
    (@each $world:expr; $($test:ident = $example:literal),* $(,)?) => {
        mod every_example {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let make = $world;
                    $crate::examples::walk(make(stringify!($test)).await, $example).await;
                }
            )*
            #[test]
            fn is_walked() {
                assert_eq!($crate::examples::names(), [$($example),*]);
            }
        }
    };
}
