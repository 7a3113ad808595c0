//! Fields that somebody else owns too.

use kube::api::{Patch, PatchParams};
use serde_json::json;

use crate::world::{World, get};

/// One app with one container, and room for more.
pub(super) fn app(extra: &str) -> String {
    format!(
        r#"project "shared" {{}}

app "web" {{
  replicas = 1
  container "web" {{
    image = "web:1"
    port "http" {{ container_port = 80 }}
    resources {{ requests = {{ cpu = "100m" }} }}
  }}
}}
{extra}"#
    )
}

/// The Deployment of [`app`], as far as naming it goes.
pub(super) fn web(world: &World) -> serde_json::Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": world.namespace()}})
}

/// Sends a patch as another field manager.
pub(super) async fn patch(
    world: &World,
    object: &serde_json::Value,
    parameters: PatchParams,
    patch: Patch<serde_json::Value>,
) {
    let resource =
        kube::api::ApiResource::from_gvk(&kube::api::GroupVersionKind::gvk("apps", "v1", "Deployment"));
    let api: kube::Api<kube::api::DynamicObject> =
        kube::Api::namespaced_with(world.client().await, world.namespace(), &resource);
    api.patch(object["metadata"]["name"].as_str().unwrap(), &parameters, &patch)
        .await
        .expect("the patch is taken");
}

/// With `autoscale`, a replica count that somebody else scaled to survives plan and apply.
pub async fn a_replica_count_that_somebody_scaled_to_survives(world: World) {
    let scaled = r#"
autoscale "web" {
  target       = app.web
  min_replicas = 1
  max_replicas = 5
  metric "cpu" { average_utilization = 70 }
}
"#;
    world.configure(&app(scaled));
    world.apply_exactly().await;
    {
        let resource =
            kube::api::ApiResource::from_gvk(&kube::api::GroupVersionKind::gvk("apps", "v1", "Deployment"));
        let api: kube::Api<kube::api::DynamicObject> =
            kube::Api::namespaced_with(world.client().await, world.namespace(), &resource);
        let scale = json!({"spec": {"replicas": 3}});
        api.patch_scale(
            "web",
            &PatchParams { field_manager: Some("scaler".into()), ..Default::default() },
            &Patch::Merge(scale),
        )
        .await
        .expect("the scale is set");
    }
    world.assert_settled();
    world.configure(&app(scaled).replace("web:1", "web:2"));
    world.apply_exactly().await;
    let live = get(&world.client().await, &web(&world)).await.unwrap();
    assert_eq!(live["spec"]["replicas"], 3);
    assert_eq!(live["spec"]["template"]["spec"]["containers"][0]["image"], "web:2");
}

/// A field that another manager applies is a conflict, named in full; nothing is written.
pub async fn a_conflict_names_the_other_manager_and_both_values(world: World) {
    world.configure(&app(""));
    world.apply_exactly().await;
    let theirs = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"template": {"spec": {"containers": [{"name": "web", "image": "theirs:9"}]}}}
    });
    patch(&world, &web(&world), PatchParams::apply("other-controller").force(), Patch::Apply(theirs)).await;
    let before = get(&world.client().await, &web(&world)).await.unwrap();
    let plan = world.run(&["plan"]).expect_code(1);
    for part in ["other-controller", "image", "theirs:9", "web:1"] {
        assert!(plan.all().contains(part), "the conflict names {part}\n{}", plan.all());
    }
    world.run(&["apply", "-auto-approve"]).expect_code(1);
    let after = get(&world.client().await, &web(&world)).await.unwrap();
    assert_eq!(after["metadata"]["generation"], before["metadata"]["generation"], "something was written");
    assert_eq!(after["spec"], before["spec"]);
}
