//! What an apply waits for although it changes nothing, and what it has seen to end.

use std::time::Duration;

use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams};
use serde_json::{Value as Json, json};

use crate::world::{World, get};

fn app(world: &World) -> String {
    format!(
        r#"project "shop" {{}}

app "web" {{
  container "web" {{
    image = "web:1"
  }}
  node_affinity {{
    required {{
      match "plimsoll.test/{}" {{ in = ["yes"] }}
    }}
  }}
  timeouts {{
    update = "3s"
  }}
}}
"#,
        world.namespace()
    )
}

/// An apply that did not wait leaves a pod that no node takes; the next ones change nothing and do not succeed
/// before it runs.
pub async fn an_apply_without_changes_waits_for_what_is_not_ready(world: World) {
    world.configure(&app(&world));
    world.run(&["apply", "-auto-approve", "-no-wait"]).expect_code(0);
    world.assert_settled();
    let failed = world.run(&["apply", "-auto-approve"]).expect_code(1);
    for part in [
        "error[not-ready]",
        "0 of 1 pod available",
        "app.web: the object did not become ready",
        "main.hcl:13",
    ] {
        assert!(failed.all().contains(part), "the apply tells {part}\n{}", failed.all());
    }
    world.run(&["apply", "-auto-approve", "-no-wait"]).expect_code(0);
    // A saved plan waits as well.
    world.run(&["plan", "-out", "same.plan"]).expect_code(0);
    world.run(&["apply", "same.plan"]).expect_code(1);

    let client = world.client().await;
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "Node"));
    let nodes: Api<DynamicObject> = Api::all_with(client.clone(), &resource);
    let first = nodes.list(&ListParams::default()).await.unwrap().items.remove(0).metadata.name.unwrap();
    let label = |value: Json| json!({"metadata": {"labels": {format!("plimsoll.test/{}", world.namespace()): value}}});
    nodes.patch(&first, &PatchParams::default(), &Patch::Merge(label(json!("yes")))).await.unwrap();
    drop((client, nodes));
    let ready = world.run(&["apply", "-auto-approve"]).expect_code(0);
    assert!(ready.stdout.contains("Apply complete: 0 added, 0 changed, 0 destroyed"), "{}", ready.all());

    world.run(&["destroy", "-auto-approve"]).expect_code(0);
    let nodes: Api<DynamicObject> = Api::all_with(world.client().await, &resource);
    nodes.patch(&first, &PatchParams::default(), &Patch::Merge(label(Json::Null))).await.unwrap();
}

fn migrate(image: &str) -> String {
    format!(
        r#"project "shop" {{}}

job "migrate" {{
  ttl_seconds_after_finished = 0
  container "migrate" {{ image = "{image}" }}
}}
"#
    )
}

/// A job that its time to live deletes does not run again once an apply saw it complete; where none waited, the
/// plan says what is not known.
pub async fn a_job_that_its_time_to_live_deleted_does_not_run_again(world: World) {
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate", "namespace": world.namespace()}});
    let gone = async || {
        for _ in 0..200 {
            if get(&world.client().await, &job).await.is_none() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the job stays");
    };
    world.configure(&migrate("migrate:1"));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    gone().await;
    world.assert_settled();

    world.configure(&migrate("migrate:2"));
    world.run(&["apply", "-auto-approve", "-no-wait"]).expect_code(0);
    gone().await;
    let plan = world.run(&["plan", "-detailed-exitcode"]).expect_code(2);
    assert!(plan.stderr.contains("warning[job-end-unseen]"), "{}", plan.all());
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    gone().await;
    world.assert_settled();
}
