//! Attributes that stay as the cluster has them.

use kube::api::{Patch, PatchParams};
use serde_json::json;

use super::ownership::{patch, web};
use crate::world::{World, get};

/// An app whose number of replicas and image are what others make of them.
fn app(image: &str, replicas: u32, ignored: &str) -> String {
    format!(
        r#"project "ignored" {{}}

locals {{ labels = {{ team = "web", tier = "front" }} }}

app "web" {{
  replicas = {replicas}
  labels   = local.labels
  lifecycle {{
    ignore_changes = [{ignored}]
  }}
  container "web" {{
    image = "{image}"
    env   = {{ MODE = "fast", LEVEL = "1" }}
    port "http" {{ container_port = 80 }}
  }}
}}
"#
    )
}

/// What is ignored is made once, and stays as it is whoever changes it; what is not ignored any more is
/// planned again.
pub async fn what_is_ignored_is_made_once_and_then_left_alone(world: World) {
    const IGNORED: &str = "replicas, container.web.image, container.web.env[\"MODE\"], labels[\"tier\"]";
    world.configure(&app("web:1", 1, IGNORED));
    world.apply_exactly().await;
    world.assert_settled();
    let first = get(&world.client().await, &web(&world)).await.unwrap();
    assert_eq!(first["spec"]["template"]["spec"]["containers"][0]["image"], "web:1");

    // The configuration says something else: nothing is planned, and it is told.
    world.configure(&app("web:2", 3, IGNORED).replace("fast", "slow").replace("front", "back"));
    let plan = world.run(&["plan", "-detailed-exitcode"]).expect_code(0);
    for part in
        ["spec.replicas stays 1", "image stays \"web:1\"", "\"fast\"", "metadata.labels.tier", "main.hcl:9"]
    {
        assert!(plan.all().contains(part), "the plan says {part}\n{}", plan.all());
    }
    // Nor where it says nothing of it any more.
    world.configure(
        &app("web:2", 3, IGNORED).replace("  replicas = 3\n", "").replace("MODE = \"fast\", ", ""),
    );
    world.run(&["plan", "-detailed-exitcode"]).expect_code(0);

    // Somebody else changes it in the cluster: it is theirs from now on.
    let image = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"template": {"spec": {"containers": [{"name": "web", "image": "web:9"}]}}}
    });
    patch(&world, &web(&world), PatchParams::apply("image-updater").force(), Patch::Apply(image)).await;
    let editor = PatchParams { field_manager: Some("kubectl-edit".into()), ..Default::default() };
    patch(&world, &web(&world), editor, Patch::Merge(json!({"spec": {"replicas": 2}}))).await;
    world.configure(&app("web:2", 3, IGNORED));
    world.run(&["plan", "-detailed-exitcode"]).expect_code(0);

    // Another change is made, and leaves it alone.
    world.configure(&app("web:2", 3, IGNORED).replace("LEVEL = \"1\"", "LEVEL = \"2\""));
    world.apply_exactly().await;
    let live = get(&world.client().await, &web(&world)).await.unwrap();
    let container = &live["spec"]["template"]["spec"]["containers"][0];
    assert_eq!((&live["spec"]["replicas"], &container["image"]), (&json!(2), &json!("web:9")));
    assert_eq!(container["env"], json!([{"name": "LEVEL", "value": "2"}, {"name": "MODE", "value": "fast"}]));
    assert_eq!(live["metadata"]["uid"], first["metadata"]["uid"]);

    // What is ignored no longer is planned again: a person's number is set back, the other's image is a conflict.
    let settled = app("web:2", 3, IGNORED).replace("LEVEL = \"1\"", "LEVEL = \"2\"");
    world.configure(&settled.replace(IGNORED, "container.web.image"));
    let plan = world.run(&["plan"]).expect_code(0);
    for part in ["spec.replicas: 2 → 3", "image stays \"web:9\""] {
        assert!(plan.all().contains(part), "the plan says {part}\n{}", plan.all());
    }
    world.apply_exactly().await;
    world.configure(&settled.replace(IGNORED, ""));
    let plan = world.run(&["plan"]).expect_code(1);
    assert!(plan.all().contains("image-updater"), "{}", plan.all());
}

/// With `all`, an object is made and never changed again.
pub async fn an_object_that_is_ignored_as_a_whole_is_made_and_deleted(world: World) {
    let config = |color: &str| {
        format!(
            "project \"ignored\" {{}}\nconfig \"site\" {{\n  data = {{ color = \"{color}\" }}\n  lifecycle {{ ignore_changes = all }}\n}}\n"
        )
    };
    world.configure(&config("blue"));
    world.apply_exactly().await;
    world.configure(&config("red").replace("data =", "labels = { a = \"b\" }\n  data ="));
    world.run(&["plan", "-detailed-exitcode"]).expect_code(0);
    world.configure("project \"ignored\" {}\n");
    world.apply_exactly().await;
    let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "site", "namespace": world.namespace()}});
    assert!(get(&world.client().await, &object).await.is_none());
}
