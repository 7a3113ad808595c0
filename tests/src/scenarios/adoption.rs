//! What `kubectl apply` made, taken over by a configuration.

use serde_json::{Value as Json, json};

use crate::world::{World, get};

fn theirs(world: &World) -> Json {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": "web", "namespace": world.namespace(), "labels": {"app": "web", "team": "theirs"},
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}
        },
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "web:1", "env": [{"name": "COLOR", "value": "blue"}]}]}
            }
        }
    })
}

fn ours(image: &str, import: &str) -> String {
    format!(
        r#"project "shop" {{}}

app "web" {{
  replicas = 2
  selector = {{ app = "web" }}
  container "web" {{ image = "{image}" }}
}}
{import}"#
    )
}

const IMPORT: &str = r#"
import {
  to = app.web
  id = "web"
}
"#;

/// Without an `import` block it is refused with the block to write; with it the same object goes on, with what
/// changes and who managed it in the plan. What others added stays, and the block may stay too.
pub async fn what_kubectl_applied_is_taken_over(world: World) {
    let object = theirs(&world);
    let resource =
        kube::api::ApiResource::from_gvk(&kube::api::GroupVersionKind::gvk("apps", "v1", "Deployment"));
    let client = world.client().await;
    let api: kube::Api<kube::api::DynamicObject> =
        kube::Api::namespaced_with(client.clone(), world.namespace(), &resource);
    let manager = kube::api::PostParams {
        field_manager: Some("kubectl-client-side-apply".into()),
        ..Default::default()
    };
    api.create(&manager, &serde_json::from_value(object.clone()).unwrap()).await.unwrap();
    let before = get(&client, &object).await.unwrap();
    drop((api, client));

    world.configure(&ours("web:2", ""));
    let refused = world.run(&["plan"]).expect_code(1);
    for part in ["object-exists", "kubectl-client-side-apply", "to = app.web", "id = \"web\""] {
        assert!(refused.all().contains(part), "the refusal tells {part}\n{}", refused.all());
    }
    world.configure(&ours("web:2", IMPORT));
    let plan = world.run(&["plan"]).expect_code(0);
    for part in [
        "app.web will be adopted",
        "\"web:1\" → \"web:2\"",
        "(until now managed by kubectl-client-side-apply (Update)",
        "1 to adopt, 0 to add, 0 to change, 0 to destroy",
    ] {
        assert!(plan.all().contains(part), "the plan tells {part}\n{}", plan.all());
    }
    world.run(&["plan", "-out", "adopt.plan"]).expect_code(0);
    let shown = world.run(&["show", "-json", "adopt.plan"]).expect_code(0);
    world.run(&["apply", "adopt.plan"]).expect_code(0);
    world.assert_came_true(&crate::planned::Planned(serde_json::from_str(&shown.stdout).unwrap())).await;
    let after = get(&world.client().await, &object).await.unwrap();
    assert_eq!(after["metadata"]["uid"], before["metadata"]["uid"], "it was made anew");
    assert_eq!(after["metadata"]["labels"]["team"], "theirs", "what others set stays");

    // Done is done: the block may stay. What others added is no change, and is never passed over either.
    let settled = world.run(&["plan", "-detailed-exitcode"]);
    assert_eq!(settled.code, Some(0), "{}", settled.all());
    assert!(settled.all().contains("others added"), "{}", settled.all());
    world.configure(&ours("web:3", ""));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    world.run(&["destroy", "-auto-approve"]).expect_code(0);
    assert!(get(&world.client().await, &object).await.is_none(), "it is ours, so it is destroyed");
}
