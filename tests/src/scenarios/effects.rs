//! What a plan says will happen: who is rolled, which host stops, and rollouts that could not finish.

use kube::api::{Api, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use serde_json::{Value as Json, json};

use crate::world::{World, get};

fn api(client: kube::Client, group: &str, kind: &str, namespace: &str) -> Api<DynamicObject> {
    let resource = kube::api::ApiResource::from_gvk(&kube::api::GroupVersionKind::gvk(group, "v1", kind));
    Api::namespaced_with(client, namespace, &resource)
}

fn web(image: &str, strategy: &str) -> String {
    format!(
        r#"project "shop" {{}}

app "web" {{
  replicas = 2
  {strategy}
  container "web" {{ image = "{image}" }}
}}
"#
    )
}

/// A quota of as many pods as there are: a rollout that needs one more is refused before anything is written,
/// and one that takes an old pod away first goes through.
pub async fn a_rollout_beyond_the_quota_is_refused(world: World) {
    world.configure(&web("web:1", ""));
    world.apply_exactly().await;
    let object = json!({"apiVersion": "v1", "kind": "ResourceQuota",
        "metadata": {"name": "team", "namespace": world.namespace()}, "spec": {"hard": {"pods": "2"}}});
    let client = world.client().await;
    let quotas = api(client.clone(), "", "ResourceQuota", world.namespace());
    quotas.create(&PostParams::default(), &serde_json::from_value(object.clone()).unwrap()).await.unwrap();
    if !world.is_real() {
        // The embedded cluster counts nothing.
        let status = json!({"status": {"hard": {"pods": "2"}, "used": {"pods": "2"}}});
        quotas.patch_status("team", &PatchParams::default(), &Patch::Merge(&status)).await.unwrap();
    }
    let counted = |quota: &Json| quota["status"]["used"]["pods"] == "2";
    let mut waited = 0;
    while !counted(&get(&client, &object).await.unwrap()) {
        waited += 1;
        assert!(waited < 300, "the quota counts two pods");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    drop((client, quotas));

    world.configure(&web("web:2", ""));
    let refused = world.run(&["apply", "-auto-approve"]).expect_code(1);
    for part in ["quota-too-small", "a new one, pods 1, has to fit beside the 2 old ones", "0 is left"] {
        assert!(refused.all().contains(part), "the refusal tells {part}\n{}", refused.all());
    }
    let strategy = "update_strategy {\n    max_surge       = 0\n    max_unavailable = 1\n  }";
    world.configure(&web("web:2", strategy));
    let plan = world.run(&["plan"]).expect_code(0);
    let told = "2 pods replaced one at a time, at least 1 stays ready: image, main.hcl:9";
    assert!(plan.stdout.contains(told), "{}", plan.all());
    world.apply_exactly().await;
}

fn site(color: &str, host: &str) -> String {
    format!(
        r#"project "shop" {{}}

config "site" {{
  data = {{ color = "{color}" }}
}}

app "web" {{
  container "web" {{
    image    = "web:1"
    env_from = [config.site]
    port "http" {{ container_port = 80 }}
  }}
}}

service "web" {{ app = app.web }}

ingress "web" {{
  rule {{
    host = "{host}"
    path "/" {{ backend = service.web.ports.http }}
  }}
}}
"#
    )
}

/// A config names the app that it rolls, and the app the config; a host that goes stops answering, and one
/// that an Ingress of another namespace names is told.
pub async fn who_is_rolled_and_which_host_moves(world: World) {
    let (first, second) =
        (format!("one.{}.test", world.namespace()), format!("two.{}.test", world.namespace()));
    world.configure(&site("blue", &first));
    world.apply_exactly().await;
    let other = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": format!("claims-{}", world.namespace()), "namespace": "kube-public"},
        "spec": {"rules": [{"host": second, "http": {"paths": [{"path": "/", "pathType": "Prefix",
            "backend": {"service": {"name": "blog", "port": {"number": 80}}}}]}}]}});
    let name = other["metadata"]["name"].as_str().unwrap();
    let client = world.client().await;
    let ingresses = api(client.clone(), "networking.k8s.io", "Ingress", "kube-public");
    ingresses.create(&PostParams::default(), &serde_json::from_value(other.clone()).unwrap()).await.unwrap();
    drop((client, ingresses));

    world.configure(&site("red", &second));
    let plan = world.run(&["plan"]).expect_code(0);
    for part in [
        "~ rolls app.web",
        "1 pod replaced, no gap: config.site, main.hcl:4",
        &format!("! {first} stops answering"),
        &format!("is to answer for {second}, which Ingress kube-public/{name} claims already"),
    ] {
        assert!(plan.all().contains(part), "the plan tells {part}\n{}", plan.all());
    }
    let shown = plan.stdout.find("# ingress.web").unwrap();
    assert!(shown < plan.stdout.find("# config.site").unwrap(), "what is lost stands first\n{}", plan.stdout);
    world.apply_exactly().await;
    let ingresses = api(world.client().await, "networking.k8s.io", "Ingress", "kube-public");
    ingresses.delete(name, &DeleteParams::default()).await.unwrap();
}

/// Pods that name a class of priority that is not there could never be made: nothing is written.
pub async fn a_class_that_no_pod_can_be_made_without(world: World) {
    let app = "priority_class = \"no-such-class\"";
    world.configure(&web("web:1", app));
    let refused = world.run(&["apply", "-auto-approve"]).expect_code(1);
    for part in ["pod-class-missing", "PriorityClass no-such-class", "main.hcl:5"] {
        assert!(refused.all().contains(part), "the refusal tells {part}\n{}", refused.all());
    }
    let object = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": world.namespace()}});
    assert!(get(&world.client().await, &object).await.is_none(), "something was written");
}
