//! A part of a configuration: `-target`, `-exclude`, and `-replace`.

use serde_json::{Value as Json, json};

use crate::world::{World, get};

fn two_apps(tag: &str) -> String {
    let app = |name: &str| {
        format!(
            "app \"{name}\" {{\n  container \"{name}\" {{\n    image = \"{name}:{tag}\"\n    env   = {{ MODE = config.{name}.keys.MODE }}\n  }}\n}}\n\n\
             config \"{name}\" {{\n  data = {{ MODE = \"{tag}\" }}\n}}\n"
        )
    };
    format!("project \"shop\" {{}}\n\n{}\n{}", app("web"), app("api"))
}

async fn image(world: &World, name: &str) -> Option<Json> {
    let object = get(&world.client().await, &of(world, "apps/v1", "Deployment", name)).await?;
    Some(object["spec"]["template"]["spec"]["containers"][0]["image"].clone())
}

fn of(world: &World, api: &str, kind: &str, name: &str) -> Json {
    json!({"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": world.namespace()}})
}

/// A target is made with what it needs, from a saved plan; the rest is made later, goes and stays alone.
pub async fn a_part_is_applied_replaced_and_destroyed(world: World) {
    world.configure(&two_apps("1"));
    let plan = world.run(&["plan", "-target", "app.web", "-out", "web.plan"]).expect_code(0);
    for part in ["partial-plan", "app.web will be created", "config.web will be created"] {
        assert!(plan.all().contains(part), "the plan tells {part}\n{}", plan.all());
    }
    assert!(!plan.all().contains("api"), "{}", plan.all());
    world.run(&["apply", "-target", "app.api", "web.plan"]).expect_code(1);
    world.run(&["apply", "web.plan"]).expect_code(0);
    assert_eq!(image(&world, "web").await, Some("web:1".into()));
    assert_eq!(image(&world, "api").await, None);
    world.run(&["plan", "-target", "app.web", "-detailed-exitcode"]).expect_code(0);

    world.configure(&two_apps("2"));
    world.run(&["apply", "-auto-approve", "-exclude", "config.web"]).expect_code(0);
    assert_eq!(image(&world, "web").await, Some("web:1".into()), "app.web needs what is left out");
    assert_eq!(image(&world, "api").await, Some("api:2".into()));
    world.apply_exactly().await;
    world.assert_settled();

    let client = world.client().await;
    let deployment = of(&world, "apps/v1", "Deployment", "web");
    let before = get(&client, &deployment).await.unwrap();
    drop(client);
    let plan = world.run(&["plan", "-replace", "app.web", "-out", "anew.plan"]).expect_code(0);
    assert!(plan.all().contains("app.web must be replaced"), "{}", plan.all());
    world.run(&["apply", "anew.plan"]).expect_code(0);
    let after = get(&world.client().await, &deployment).await.unwrap();
    assert_ne!(before["metadata"]["uid"], after["metadata"]["uid"]);
    world.assert_settled();

    world.run(&["destroy", "-auto-approve", "-target", "config.web"]).expect_code(0);
    let client = world.client().await;
    assert!(get(&client, &deployment).await.is_none(), "it needs what goes");
    assert!(get(&client, &of(&world, "v1", "ConfigMap", "web")).await.is_none());
    drop(client);
    assert_eq!(image(&world, "api").await, Some("api:2".into()));
    world.run(&["plan", "-detailed-exitcode"]).expect_code(2);
}

fn two_sites(world: &World, tag: &str) -> String {
    let site = |name: &str| {
        format!(
            r#"
app "{name}" {{
  container "{name}" {{
    image = "{name}:{tag}"
    port "http" {{ container_port = 80 }}
  }}
}}

service "{name}" {{ app = app.{name} }}

ingress "{name}" {{
  rule {{
    host = "{name}-{tag}.{}.test"
    path "/" {{ backend = service.{name}.ports.http }}
  }}
}}
"#,
            world.namespace()
        )
    };
    format!("project \"shop\" {{}}\n{}{}", site("web"), site("api"))
}

/// A part with a host and a rollout tells of its own host and its own pods, and those of the rest are not touched.
pub async fn a_part_tells_of_its_own_hosts_and_pods(world: World) {
    world.configure(&two_sites(&world, "1"));
    world.apply_exactly().await;
    let seen = async |kind: &str, api: &str, name: &str| {
        get(&world.client().await, &of(&world, api, kind, name)).await.unwrap()
    };
    let before =
        (seen("Deployment", "apps/v1", "api").await, seen("Ingress", "networking.k8s.io/v1", "api").await);

    world.configure(&two_sites(&world, "2"));
    let host = |name: &str, tag: &str| format!("{name}-{tag}.{}.test", world.namespace());
    let plan = world
        .run(&["plan", "-target", "ingress.web", "-target", "app.web", "-out", "web.plan"])
        .expect_code(0);
    for part in [
        "partial-plan",
        "1 pod replaced, no gap: image, main.hcl:5",
        &format!("! {} stops answering", host("web", "1")),
    ] {
        assert!(plan.all().contains(part), "the plan tells {part}\n{}", plan.all());
    }
    assert!(!plan.all().contains("api"), "nothing of the rest is told\n{}", plan.all());
    world.run(&["apply", "web.plan"]).expect_code(0);
    assert_eq!(image(&world, "web").await, Some("web:2".into()));
    let web = seen("Ingress", "networking.k8s.io/v1", "web").await;
    assert_eq!(web["spec"]["rules"][0]["host"], host("web", "2").as_str());
    let after =
        (seen("Deployment", "apps/v1", "api").await, seen("Ingress", "networking.k8s.io/v1", "api").await);
    for (before, after) in [(&before.0, &after.0), (&before.1, &after.1)] {
        assert_eq!(before["metadata"]["generation"], after["metadata"]["generation"]);
        assert_eq!(before["spec"], after["spec"]);
    }

    // A host that the rest still answers for does not stop with the part.
    let shared = two_sites(&world, "2").replace(&host("api", "2"), &host("web", "2"));
    let shared = shared.replacen("path \"/\"", "path \"/web\"", 1);
    world.configure(&shared);
    world.apply_exactly().await;
    let moved = shared.replacen(&host("web", "2"), &host("web", "3"), 1);
    world.configure(&moved);
    let plan = world.run(&["plan", "-target", "ingress.web"]).expect_code(0);
    assert!(
        plan.all().contains(&host("web", "3")) && !plan.all().contains("stops answering"),
        "{}",
        plan.all()
    );
    world.apply_exactly().await;
}
