//! What is declared no more and stays in the cluster: `removed` with `destroy = false`.

use kube::Client;
use serde_json::{Value as Json, json};

use crate::kills::{Afterwards, assert_recovers, crash_at};
use crate::world::{World, get};

const APP: &str = r#"
app "web" {
  replicas = 2
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
"#;

const SERVICE: &str = "service \"web\" { app = app.web }\n";

const CONFIG: &str = "config \"site\" {\n  data = { color = \"blue\" }\n}\n";

const REMOVED: &str = r#"
removed {
  from = app.web
  lifecycle { destroy = false }
}
removed {
  from = service.web
  lifecycle { destroy = false }
}
removed { from = config.site }
"#;

async fn objects(world: &World, client: &Client) -> Vec<Json> {
    let mut out = Vec::new();
    for (api, kind, name) in
        [("apps/v1", "Deployment", "web"), ("v1", "Service", "web-svc"), ("v1", "ConfigMap", "site")]
    {
        let object = json!({"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": world.namespace()}});
        out.push(get(client, &object).await.unwrap_or(Json::Null));
    }
    out
}

async fn pods(world: &World) -> Vec<String> {
    let api: kube::Api<k8s_openapi::api::core::v1::Pod> =
        kube::Api::namespaced(world.client().await, world.namespace());
    let found = api.list(&Default::default()).await.expect("the pods are listed");
    let mut uids: Vec<String> = found.items.into_iter().filter_map(|pod| pod.metadata.uid).collect();
    uids.sort();
    uids
}

/// Objects that are let go stay as they are, are nobody's, and can be taken over again.
pub async fn what_is_let_go_stays_and_is_nobodys(world: World) {
    let configure = |text: &str| world.configure(&format!("project \"shop\" {{}}\n{text}"));
    configure(&format!("{APP}{SERVICE}{CONFIG}"));
    world.apply_exactly().await;
    let before = objects(&world, &world.client().await).await;
    let running = pods(&world).await;

    configure(REMOVED);
    let plan = world.run(&["plan"]).expect_code(0);
    for part in [
        "app.web stays, and will be managed no longer",
        "service.web stays, and will be managed no longer",
        "config.site will be destroyed",
        "0 to add, 0 to change, 1 to destroy. 2 to let go, not deleted.",
    ] {
        assert!(plan.all().contains(part), "the plan tells {part}\n{}", plan.all());
    }
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["delete config.site", "forget app.web", "forget service.web"]);
    let after = objects(&world, &world.client().await).await;
    assert_let_go(&before, &after);
    assert_eq!(pods(&world).await, running, "pods were restarted");
    assert_eq!(world.run(&["state", "list"]).expect_code(0).stdout, "");

    // The block may go; nothing is left that a later plan would take for ours.
    configure("");
    world.assert_settled();
    world.run(&["apply", "-auto-approve", "-delete-unrecorded"]).expect_code(0);
    world.run(&["destroy", "-auto-approve"]).expect_code(0);
    assert_eq!(
        objects(&world, &world.client().await).await[0]["metadata"]["uid"],
        before[0]["metadata"]["uid"]
    );

    configure(&format!("{APP}{SERVICE}"));
    let refused = world.run(&["plan"]).expect_code(1);
    assert!(refused.all().contains("object-exists"), "{}", refused.all());
    configure(&format!("{APP}{SERVICE}import {{\n  to = app.web\n}}\nimport {{\n  to = service.web\n}}\n"));
    world.apply_exactly().await;
    let again = objects(&world, &world.client().await).await;
    assert_eq!(again[0]["metadata"]["uid"], before[0]["metadata"]["uid"]);
    assert_eq!(pods(&world).await, running, "pods were restarted");
}

/// Asserts that what was let go is there as it was, without a mark of ours, and that the rest is gone.
#[track_caller]
fn assert_let_go(before: &[Json], after: &[Json]) {
    for (before, after) in before.iter().zip(after).take(2) {
        assert_eq!(after["metadata"]["uid"], before["metadata"]["uid"]);
        assert_eq!(after["spec"]["selector"], before["spec"]["selector"]);
        let text = after["metadata"].to_string();
        assert!(!text.contains("plimsoll"), "a mark is left: {text}");
    }
    assert!(after[2].is_null(), "the config was not deleted");
}

/// Applies, and lets go with an apply that is interrupted at a point; whether it was. The end is the one of
/// an apply that nobody interrupted.
pub async fn interrupted(world: World, point: &str, afterwards: Afterwards) -> bool {
    world.configure(&format!("project \"shop\" {{}}\n{APP}{SERVICE}{CONFIG}"));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    let before = objects(&world, &world.client().await).await;
    world.configure(&format!("project \"shop\" {{}}\n{REMOVED}"));
    let killed = crash_at(&world, point, &["apply", "-auto-approve"]);
    assert_recovers(&world, afterwards, point);
    assert_let_go(&before, &objects(&world, &world.client().await).await);
    killed
}
