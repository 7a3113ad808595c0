//! What cannot change in place: deleted and made again, where that is allowed.

use serde_json::json;

use crate::world::{World, get};

fn set(management: &str) -> String {
    format!(
        r#"project "shop" {{}}

app "db" {{
  kind                  = "StatefulSet"
  replicas              = 2
  pod_management_policy = "{management}"
  container "db" {{
    image = "db:1"
    port "sql" {{ container_port = 5432 }}
    mount "/data" {{ volume = volume.data }}
  }}
}}

volume "data" {{
  claim {{
    size        = "1Gi"
    per_replica = true
  }}
}}
"#
    )
}

/// A set is replaced only when its address is given; its claims stay, and the new pods use them.
pub async fn a_set_is_replaced_by_its_address_and_keeps_its_claims(world: World) {
    world.configure(&set("OrderedReady"));
    world.apply_exactly().await;
    let of = |api: &str, kind: &str, name: &str| json!({"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": world.namespace()}});
    let (db, claim, pod) = (
        of("apps/v1", "StatefulSet", "db"),
        of("v1", "PersistentVolumeClaim", "data-db-0"),
        of("v1", "Pod", "db-0"),
    );
    let client = world.client().await;
    let (before, kept) = (get(&client, &db).await.unwrap(), get(&client, &claim).await.unwrap());
    let old_pod = get(&client, &pod).await.unwrap();
    drop(client);

    world.configure(&set("Parallel"));
    let refused = world.run(&["plan"]).expect_code(1);
    for part in
        ["replace-not-allowed", "spec.podManagementPolicy", "-allow-replace 'app.db'", "its claims stay"]
    {
        assert!(refused.all().contains(part), "the refusal tells {part}\n{}", refused.all());
    }
    let plan = world.run(&["plan", "-allow-replace", "app.db", "-out", "replace.plan"]).expect_code(0);
    for part in [
        "app.db must be replaced",
        "replaced: 2 pods stop, then 2 start; down until ready: pod_management_policy, main.hcl:6",
        "1 to add, 0 to change, 1 to destroy",
    ] {
        assert!(plan.all().contains(part), "the plan tells {part}\n{}", plan.all());
    }
    // What was allowed and reviewed needs no second word.
    let shown = world.run(&["show", "-json", "replace.plan"]).expect_code(0);
    world.run(&["apply", "replace.plan"]).expect_code(0);
    world.assert_came_true(&crate::planned::Planned(serde_json::from_str(&shown.stdout).unwrap())).await;
    world.assert_settled();
    let client = world.client().await;
    let after = get(&client, &db).await.unwrap();
    assert_ne!(after["metadata"]["uid"], before["metadata"]["uid"]);
    assert_eq!(after["spec"]["podManagementPolicy"], "Parallel");
    let now = get(&client, &claim).await.unwrap();
    assert_eq!(now["metadata"]["uid"], kept["metadata"]["uid"], "the claim is another one");
    assert_ne!(get(&client, &pod).await.unwrap()["metadata"]["uid"], old_pod["metadata"]["uid"]);
}
