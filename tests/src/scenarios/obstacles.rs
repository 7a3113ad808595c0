//! Objects in a bad state: being deleted and held, without their field managers, immutable, owned by a controller. What is
//! wrong is named with its place, what does not depend on it goes on, and a second apply converges.

use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams,
};
use serde_json::{Value as Json, json};

use crate::program::Run;
use crate::world::{World, get};

/// Two branches: `web` reads the config, `other` does not.
fn two_branches(image: &str, color: &str) -> String {
    format!(
        r#"project "shop" {{}}

config "site" {{
  data = {{ color = "{color}" }}
}}

app "web" {{
  container "web" {{
    image    = "{image}"
    env_from = [config.site]
  }}
}}

app "other" {{
  container "other" {{ image = "{image}" }}
}}
"#
    )
}

fn api(world: &World, client: kube::Client, group: &str, kind: &str) -> Api<DynamicObject> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, "v1", kind));
    Api::namespaced_with(client, world.namespace(), &resource)
}

fn id(world: &World, api_version: &str, kind: &str, name: &str) -> Json {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": world.namespace()}})
}

async fn image(world: &World, name: &str) -> Json {
    let live = get(&world.client().await, &id(world, "apps/v1", "Deployment", name)).await.unwrap();
    live["spec"]["template"]["spec"]["containers"][0]["image"].clone()
}

#[track_caller]
fn tells(run: &Run, parts: &[&str]) {
    for part in parts {
        assert!(run.all().contains(part), "it tells {part}\n{}", run.all());
    }
}

/// An object that somebody deleted and a finalizer holds cannot be written: that is said before anything is, with what
/// holds it. What does not need it can go on by itself.
pub async fn an_object_that_is_being_deleted_stops_what_needs_it(world: World) {
    world.configure(&two_branches("web:1", "blue"));
    world.apply_exactly().await;
    {
        let configs = api(&world, world.client().await, "", "ConfigMap");
        let hold = json!({"metadata": {"finalizers": ["plimsoll.test/hold"]}});
        configs.patch("site", &PatchParams::default(), &Patch::Merge(hold)).await.unwrap();
        configs.delete("site", &DeleteParams::default()).await.unwrap();
    }
    world.configure(&two_branches("web:2", "blue"));
    for arguments in [&["plan"][..], &["apply", "-auto-approve"]] {
        let refused = world.run(arguments).expect_code(1);
        tells(&refused, &["error[object-terminating]", "held by plimsoll.test/hold", "main.hcl:3"]);
    }
    assert_eq!(image(&world, "other").await, "web:1");
    let part = world.run(&["apply", "-auto-approve", "-exclude", "config.site"]).expect_code(0);
    tells(&part, &["0 added, 1 changed, 0 destroyed"]);
    assert_eq!((image(&world, "web").await, image(&world, "other").await), (json!("web:1"), json!("web:2")));

    let free = json!({"metadata": {"finalizers": null}});
    let configs = api(&world, world.client().await, "", "ConfigMap");
    configs.patch("site", &PatchParams::default(), &Patch::Merge(free)).await.unwrap();
    drop(configs);
    world.apply_exactly().await;
    assert_eq!(image(&world, "web").await, "web:2");
}

fn held(image: &str) -> String {
    format!(
        r#"project "shop" {{}}

job "migrate" {{
  container "migrate" {{ image = "{image}" }}
  timeouts {{
    delete = "2s"
  }}
}}

app "web" {{
  depends_on = [job.migrate]
  container "web" {{ image = "{image}" }}
}}

app "other" {{
  container "other" {{ image = "{image}" }}
}}
"#
    )
}

/// A finalizer that never ends holds what is to be replaced: the wait for it ends in its time and names it, what
/// depends on it is skipped, the rest is done. Once it is free, the same apply goes through.
pub async fn a_finalizer_that_never_ends_is_named_and_the_rest_goes_on(world: World) {
    world.configure(&held("web:1"));
    world.apply_exactly().await;
    let hold = |finalizers: Json| json!({"metadata": {"finalizers": finalizers}});
    let jobs = api(&world, world.client().await, "batch", "Job");
    let held_by = hold(json!(["plimsoll.test/hold"]));
    jobs.patch("migrate", &PatchParams::default(), &Patch::Merge(held_by)).await.unwrap();
    drop(jobs);

    world.configure(&held("web:2"));
    let failed = world.run(&["apply", "-auto-approve"]).expect_code(1);
    let whole = [
        "error[not-gone]",
        "it is held by plimsoll.test/hold",
        "main.hcl:6: the time is set here",
        "Done (1):\n  app.other",
        "Failed (1):\n  job.migrate",
        "Skipped (1):\n  app.web: it needs job.migrate",
    ];
    tells(&failed, &whole);
    assert_eq!((image(&world, "web").await, image(&world, "other").await), (json!("web:1"), json!("web:2")));
    tells(&world.run(&["plan"]).expect_code(1), &["error[object-terminating]", "main.hcl:3"]);

    let jobs = api(&world, world.client().await, "batch", "Job");
    jobs.patch("migrate", &PatchParams::default(), &Patch::Merge(hold(Json::Null))).await.unwrap();
    drop(jobs);
    world.apply_exactly().await;
    assert_eq!(image(&world, "web").await, "web:2");
}

/// Somebody cleared the field managers of an object: the state knows it by its uid, so it stays ours, and its fields
/// are taken back.
pub async fn an_object_without_field_managers_stays_ours(world: World) {
    world.configure(&two_branches("web:1", "blue"));
    world.apply_exactly().await;
    let before = get(&world.client().await, &id(&world, "v1", "ConfigMap", "site")).await.unwrap();
    let configs = api(&world, world.client().await, "", "ConfigMap");
    let clear = json!({"metadata": {"managedFields": [{}]}});
    configs.patch("site", &PatchParams::default(), &Patch::Merge(clear.clone())).await.unwrap();
    drop(configs);
    world.configure(&two_branches("web:1", "red"));
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["update app.web", "update config.site"]);
    let after = get(&world.client().await, &id(&world, "v1", "ConfigMap", "site")).await.unwrap();
    assert_eq!(
        (&after["metadata"]["uid"], &after["data"]["color"]),
        (&before["metadata"]["uid"], &json!("red"))
    );
    // Cleared once more, it goes with the rest.
    let configs = api(&world, world.client().await, "", "ConfigMap");
    configs.patch("site", &PatchParams::default(), &Patch::Merge(clear.clone())).await.unwrap();
    drop(configs);
    world.run(&["destroy", "-auto-approve"]).expect_code(0);
    assert!(get(&world.client().await, &before).await.is_none(), "it stays");
    // Let go, it loses our labels.
    world.configure(&two_branches("web:1", "blue"));
    world.apply_exactly().await;
    let configs = api(&world, world.client().await, "", "ConfigMap");
    configs.patch("site", &PatchParams::default(), &Patch::Merge(clear)).await.unwrap();
    drop(configs);
    let removed = "removed {\n  from = config.site\n  lifecycle { destroy = false }\n}\n";
    world.configure(&format!("project \"shop\" {{}}\n{removed}"));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    let left = get(&world.client().await, &before).await.unwrap();
    assert!(!left["metadata"].to_string().contains("plimsoll"), "a mark is left: {left}");
}

/// Somebody made a config immutable: it is replaced by one that says what the configuration does.
pub async fn a_config_that_somebody_made_immutable_is_replaced(world: World) {
    world.configure(&two_branches("web:1", "blue"));
    world.apply_exactly().await;
    let configs = api(&world, world.client().await, "", "ConfigMap");
    let freeze = json!({"immutable": true});
    configs.patch("site", &PatchParams::default(), &Patch::Merge(freeze)).await.unwrap();
    drop(configs);
    world.configure(&two_branches("web:1", "red"));
    tells(&world.run(&["plan"]).expect_code(0), &["config.site must be replaced", "main.hcl:4"]);
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["replace config.site", "update app.web"]);
    let live = get(&world.client().await, &id(&world, "v1", "ConfigMap", "site")).await.unwrap();
    assert_eq!(live["data"]["color"], "red");
}

/// What a controller made and looks after is nobody's to take.
pub async fn what_a_controller_looks_after_is_refused(world: World) {
    let owner = id(&world, "v1", "ConfigMap", "owner");
    let client = world.client().await;
    let configs = api(&world, client.clone(), "", "ConfigMap");
    configs.create(&PostParams::default(), &serde_json::from_value(owner.clone()).unwrap()).await.unwrap();
    let uid = get(&client, &owner).await.unwrap()["metadata"]["uid"].clone();
    let mut owned = id(&world, "v1", "ConfigMap", "site");
    owned["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid, "controller": true}]);
    configs.create(&PostParams::default(), &serde_json::from_value(owned.clone()).unwrap()).await.unwrap();
    drop((client, configs));
    let import = "import {\n  to = config.site\n  id = \"site\"\n}\n";
    for text in [two_branches("web:1", "blue"), format!("{}{import}", two_branches("web:1", "blue"))] {
        world.configure(&text);
        let refused = world.run(&["apply", "-auto-approve"]).expect_code(1);
        tells(&refused, &["error[object-exists]", "a controller made it and looks after it", "main.hcl:3"]);
        assert!(get(&world.client().await, &id(&world, "apps/v1", "Deployment", "other")).await.is_none());
    }
    // Without it, everything goes through.
    let configs = api(&world, world.client().await, "", "ConfigMap");
    configs.delete("site", &DeleteParams::default()).await.unwrap();
    drop(configs);
    world.configure(&two_branches("web:1", "blue"));
    world.apply_exactly().await;
}

/// A definition whose schema leaves a type out is refused while planning, with the block; what is in the same
/// configuration and does not need it goes on by itself.
pub async fn a_definition_without_a_structural_schema_is_refused(world: World) {
    let group = format!("{}.example.com", world.namespace());
    let text = |ty: &str| {
        format!(
            r#"project "shop" {{}}

manifest "type" {{
  object = {{
    apiVersion = "apiextensions.k8s.io/v1"
    kind       = "CustomResourceDefinition"
    metadata   = {{ name = "looses.{group}" }}
    spec = {{
      group = "{group}"
      scope = "Namespaced"
      names = {{ kind = "Loose", plural = "looses" }}
      versions = [{{
        name    = "v1"
        served  = true
        storage = true
        schema = {{ openAPIV3Schema = {{
          type       = "object"
          properties = {{ spec = {{ {ty} }} }}
        }} }}
      }}]
    }}
  }}
}}

manifest "loose" {{
  object = {{
    apiVersion = "{group}/v1"
    kind       = "Loose"
    spec       = {{ size = 3 }}
  }}
}}

app "other" {{
  container "other" {{ image = "web:1" }}
}}
"#
        )
    };
    world.configure(&text("properties = { size = { type = \"integer\" } }"));
    let refused = world.run(&["plan"]).expect_code(1);
    tells(&refused, &["refused-by-cluster", "must not be empty for specified object fields", "main.hcl:"]);
    world.run(&["apply", "-auto-approve", "-exclude", "manifest.type"]).expect_code(0);
    assert_eq!(image(&world, "other").await, "web:1");
    // Fields that no schema knows are kept where the definition says so.
    world.configure(&text("type = \"object\", \"x-kubernetes-preserve-unknown-fields\" = true"));
    world.apply_exactly().await;
    world.run(&["destroy", "-auto-approve"]).expect_code(0);
}
