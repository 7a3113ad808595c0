//! Objects that change, vanish or come back while nobody asked Plimsoll.

use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value as Json, json};

use super::ownership::{app, patch, web};
use crate::world::{World, get};

fn editor() -> PatchParams {
    PatchParams { field_manager: Some("kubectl-edit".into()), ..Default::default() }
}

async fn deployments(world: &World) -> kube::Api<kube::api::DynamicObject> {
    let resource =
        kube::api::ApiResource::from_gvk(&kube::api::GroupVersionKind::gvk("apps", "v1", "Deployment"));
    kube::Api::namespaced_with(world.client().await, world.namespace(), &resource)
}

async fn live(world: &World) -> Json {
    get(&world.client().await, &web(world)).await.expect("the Deployment is there")
}

/// Deletes the Deployment and waits until it is gone.
async fn delete(world: &World) {
    let api = deployments(world).await;
    api.delete("web", &DeleteParams::background()).await.unwrap();
    for _ in 0..100 {
        if api.get_opt("web").await.unwrap().is_none() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the Deployment stays");
}

/// What was deleted is planned as a create, and made again.
pub async fn a_deleted_object_comes_back(world: World) {
    world.configure(&app(""));
    world.apply_exactly().await;
    delete(&world).await;
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["create app.web"]);
}

/// An object of the same name that somebody else made is refused, and left alone; a saved plan
/// made before it was recreated does not touch it either.
pub async fn a_recreated_object_is_not_taken_for_ours(world: World) {
    world.configure(&app(""));
    world.apply_exactly().await;
    world.configure(&app("").replace("web:1", "web:2"));
    world.run(&["plan", "-out", "before.plan"]).expect_code(0);
    delete(&world).await;
    let theirs = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "theirs"}},
            "template": {"metadata": {"labels": {"app": "theirs"}}, "spec": {"containers": [{"name": "theirs", "image": "theirs:1"}]}}
        }
    });
    deployments(&world)
        .await
        .create(&Default::default(), &serde_json::from_value(theirs).unwrap())
        .await
        .unwrap();
    let uid = live(&world).await["metadata"]["uid"].clone();
    world.run(&["apply", "before.plan"]).expect_code(4);
    let plan = world.run(&["plan"]).expect_code(1);
    assert!(plan.all().contains("app.web") && plan.all().contains("exists"), "{}", plan.all());
    world.run(&["destroy", "-auto-approve"]);
    let after = live(&world).await;
    assert_eq!(after["metadata"]["uid"], uid, "somebody else's object was deleted");
    assert_eq!(after["spec"]["template"]["spec"]["containers"][0]["image"], "theirs:1");
}

/// An object that somebody made between plan and apply, without a field that ours would be in
/// conflict with, is named and left as it is: no field and no manager of ours is on it.
pub async fn a_create_leaves_alone_what_somebody_made_first(world: World) {
    world.configure("project \"shop\" {}\n\nconfig \"site\" { data = { ours = \"1\" } }\n");
    world.run(&["plan", "-out", "create.plan"]).expect_code(0);
    let resource = kube::api::ApiResource::from_gvk(&kube::api::GroupVersionKind::gvk("", "v1", "ConfigMap"));
    let maps = async || {
        kube::Api::<kube::api::DynamicObject>::namespaced_with(
            world.client().await,
            world.namespace(),
            &resource,
        )
    };
    let theirs = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "site"}, "data": {"theirs": "1"}});
    let theirs = serde_json::from_value(theirs).unwrap();
    let before = maps().await.create(&Default::default(), &theirs).await.unwrap();
    let run = world.run(&["apply", "create.plan"]).expect_code(1);
    for part in ["the object changed in between", "ConfigMap", "somebody else made it first"] {
        assert!(run.all().contains(part), "{}", run.all());
    }
    assert_eq!(maps().await.get("site").await.unwrap(), before);
    assert_eq!(world.run(&["state", "list"]).expect_code(0).stdout.trim(), "");
}

/// A value at one of our fields that a person edited is shown, and set back.
pub async fn an_edited_field_is_set_back(world: World) {
    world.configure(&app(""));
    world.apply_exactly().await;
    let edit = json!({"spec": {"replicas": 4}});
    patch(&world, &web(&world), editor(), Patch::Merge(edit)).await;
    let plan = world.run(&["plan", "-detailed-exitcode"]).expect_code(2);
    assert!(plan.stdout.contains("replicas") && plan.stdout.contains("4"), "{}", plan.all());
    world.apply_exactly().await;
    assert_eq!(live(&world).await["spec"]["replicas"], 1);
}

/// A container that `kubectl edit` added is outside our fields: it stays, it is named, and the
/// plan does not claim that nothing changed.
pub async fn an_added_container_is_never_called_no_changes(world: World) {
    world.configure(&app(""));
    world.apply_exactly().await;
    let add = json!([{"op": "add", "path": "/spec/template/spec/containers/-", "value": {"name": "debug", "image": "debug:1"}}]);
    patch(&world, &web(&world), editor(), Patch::Json(serde_json::from_value(add).unwrap())).await;
    let plan = world.run(&["plan", "-detailed-exitcode"]).expect_code(0);
    assert!(plan.stdout.contains("debug") && plan.stdout.contains("kubectl-edit"), "{}", plan.all());
    assert!(!plan.stdout.lines().any(|l| l.trim() == "No changes."), "{}", plan.all());
    // It survives an apply of something else.
    world.configure(&app("").replace("web:1", "web:2"));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    let containers = live(&world).await["spec"]["template"]["spec"]["containers"].clone();
    let names: Vec<_> = containers.as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["web", "debug"]);
}

/// Two init containers that changed places leave every keyed value equal, and still are a change.
pub async fn swapped_init_containers_are_put_back(world: World) {
    let text = app("").replace(
        "  container \"web\" {",
        "  init_container \"one\" { image = \"one:1\" }\n  init_container \"two\" { image = \"two:1\" }\n  container \"web\" {",
    );
    world.configure(&text);
    world.apply_exactly().await;
    let now = live(&world).await["spec"]["template"]["spec"]["initContainers"].clone();
    let swap =
        json!([{"op": "replace", "path": "/spec/template/spec/initContainers", "value": [now[1], now[0]]}]);
    patch(&world, &web(&world), editor(), Patch::Json(serde_json::from_value(swap).unwrap())).await;
    let plan = world.run(&["plan", "-detailed-exitcode"]).expect_code(2);
    assert!(plan.stdout.contains("initContainers"), "{}", plan.all());
    world.apply_exactly().await;
    let after = live(&world).await["spec"]["template"]["spec"]["initContainers"].clone();
    assert_eq!((&after[0]["name"], &after[1]["name"]), (&json!("one"), &json!("two")));
}

/// A namespace goes only when nothing of somebody else's is in it, whatever its type; then it does.
pub async fn a_namespace_with_somebodys_quota_stays(world: World) {
    let name = format!("{}-own", world.namespace());
    let with = format!("project \"shop\" {{}}\n\nnamespace \"own\" {{ name = \"{name}\" }}\n");
    world.configure(&with);
    world.apply_exactly().await;
    let resource =
        kube::api::ApiResource::from_gvk(&kube::api::GroupVersionKind::gvk("", "v1", "ResourceQuota"));
    let quotas = |client| kube::Api::<kube::api::DynamicObject>::namespaced_with(client, &name, &resource);
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "theirs"},
        "spec": {"hard": {"pods": "10"}}});
    let quota = serde_json::from_value(quota).unwrap();
    quotas(world.client().await).create(&Default::default(), &quota).await.unwrap();
    let refused = world.run(&["plan", "-destroy"]).expect_code(1);
    let words = format!("ResourceQuota {name}/theirs");
    assert!(
        refused.all().contains("still holds something") && refused.all().contains(&words),
        "{}",
        refused.all()
    );
    // Nobody sees it while planning: it is still seen before the delete.
    quotas(world.client().await).delete("theirs", &DeleteParams::default()).await.unwrap();
    world.run(&["plan", "-destroy", "-out", "destroy.plan"]).expect_code(0);
    quotas(world.client().await).create(&Default::default(), &quota).await.unwrap();
    let refused = world.run(&["apply", "destroy.plan"]).expect_code(1);
    assert!(refused.all().contains(&words), "{}", refused.all());
    quotas(world.client().await).delete("theirs", &DeleteParams::default()).await.unwrap();
    world.run(&["destroy", "-auto-approve"]).expect_code(0);
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    assert!(get(&world.client().await, &namespace).await.is_none(), "the namespace stays");
}
