//! A state that was lost, made anew from the cluster.

use serde_json::{Value as Json, json};

use crate::world::{World, get};

/// A set that left a claim behind, what it needs, and an output; `old` is what goes later.
fn configuration(replicas: u32, old: &str) -> String {
    format!(
        r#"project "rebuilt" {{}}

config "site" {{
  data = {{ color = "blue" }}
}}

volume "data" {{
  claim {{
    per_replica = true
    size        = "1Gi"
  }}
}}

app "db" {{
  name     = "store"
  kind     = "StatefulSet"
  replicas = {replicas}
  container "db" {{
    image    = "db:1"
    env_from = [config.site]
    port "sql" {{ container_port = 5432 }}
    mount "/data" {{ volume = volume.data }}
  }}
  lifecycle {{ prevent_destroy = true }}
}}

service "db" {{ app = app.db }}

output "host" {{ value = service.db.host }}
{old}"#
    )
}

/// A config, and an object of a type that no block becomes.
const OLD: &str = r#"
config "old" {
  data = { color = "red" }
}

manifest "pods" {
  object = {
    apiVersion = "v1"
    kind       = "PodTemplate"
    metadata   = { name = "pods" }
    template   = { spec = { containers = [{ name = "web", image = "web:1" }] } }
  }
}
"#;

fn lose(world: &World) {
    std::fs::remove_dir_all(world.path().join(".plimsoll/state")).unwrap();
}

/// The state as it is written, without what differs from one to the next.
fn state(world: &World) -> Json {
    let states = world.path().join(".plimsoll/state");
    let mut folders = std::fs::read_dir(states).unwrap().map(|f| f.unwrap().path());
    let folder = folders.find(|f| f.join("state.json").exists()).expect("a state");
    let text = std::fs::read_to_string(folder.join("state.json")).unwrap();
    let start = text.find('{').unwrap();
    let mut state: Json =
        serde_json::Deserializer::from_str(&text[start..]).into_iter().next().unwrap().unwrap();
    for key in ["lineage", "serial", "history", "checksum"] {
        if let Some(map) = state.as_object_mut() {
            map.remove(key);
        }
    }
    // The key of the digests was lost as well.
    for resource in state["resources"].as_object_mut().into_iter().flat_map(|map| map.values_mut()) {
        resource["digest"] = (resource["digest"].as_str() != Some("")).into();
    }
    state
}

/// What is declared is found again with its addresses, uids and edges, and the next plan is empty; what is not declared is
/// told and stays, until it was declared again.
pub async fn a_lost_state_is_rebuilt_and_prunes_again(world: World) {
    world.configure(&configuration(2, OLD));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    world.configure(&configuration(1, OLD));
    world.apply_exactly().await;
    let before = state(&world);
    let refused = world.run(&["state", "rebuild", "-auto-approve"]).expect_code(1);
    assert!(refused.all().contains("state-exists"), "{}", refused.all());

    lose(&world);
    let asked = world.run(&["state", "rebuild"]).expect_code(1);
    assert!(asked.all().contains("not-approved"), "{}", asked.all());
    assert_eq!(world.run(&["state", "list"]).expect_code(0).stdout, "", "a state was written unasked");
    let mut written = std::fs::read_dir(world.path().join(".plimsoll/state")).unwrap();
    assert!(!written.any(|f| f.unwrap().path().join("key").exists()), "a key was written unasked");
    let told = world.run(&["state", "rebuild", "-auto-approve"]).expect_code(0);
    for part in [
        "app.db (StatefulSet ",
        "manifest.pods (PodTemplate ",
        "data-store-1 (stays behind)",
        "6 objects are recorded",
    ] {
        assert!(told.all().contains(part), "it tells {part}\n{}", told.all());
    }
    assert_eq!(state(&world), before, "another state than the lost one");
    world.assert_settled();

    // What is declared no more by then is found all the same, whatever its type, and stays.
    lose(&world);
    world.configure(&configuration(1, ""));
    let told = world.run(&["state", "rebuild", "-auto-approve"]).expect_code(0);
    let all = told.all();
    let (_, others) = all.split_once("Not declared, so not recorded").expect("they are told apart");
    for part in ["config.old (ConfigMap ", "manifest.pods (PodTemplate ", "4 objects are recorded"] {
        assert!(others.contains(part), "it tells {part}\n{}", told.all());
    }
    world.assert_settled();
    let client = world.client().await;
    let old = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "old", "namespace": world.namespace()}});
    assert!(get(&client, &old).await.is_some(), "the config was deleted");

    // Declared again they are recorded again. A state that is there is put aside only where that is said.
    world.configure(&configuration(1, OLD));
    let told = world.run(&["state", "rebuild", "-auto-approve", "-force"]).expect_code(0);
    assert!(told.all().contains("put aside: "), "{}", told.all());
    assert_eq!(state(&world), before);
    world.assert_settled();
    world.configure(&configuration(1, ""));
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["delete config.old", "delete manifest.pods"]);
    assert!(get(&client, &old).await.is_none(), "the config was not deleted");
}
