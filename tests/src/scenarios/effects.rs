//! What a plan says will happen: who is rolled, which host stops, and rollouts that could not finish.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value as Json, json};

use super::walk::watching_pods;
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

fn workload(kind: &str, replicas: u32, image: &str, lines: &str) -> String {
    format!(
        r#"project "shop" {{}}

app "web" {{
  kind     = "{kind}"
  replicas = {replicas}
  container "web" {{ image = "{image}" }}
  {lines}
}}
"#
    )
}

/// The uids of the pods that are there to stay.
async fn uids(world: &World) -> BTreeSet<String> {
    let api: Api<Pod> = Api::namespaced(world.client().await, world.namespace());
    let list = api.list(&ListParams::default().labels("plimsoll.dev/app=web")).await.unwrap();
    let stays = list.items.into_iter().filter(|p| p.metadata.deletion_timestamp.is_none());
    stays.map(|p| p.metadata.uid.unwrap()).collect()
}

/// What a line about pods promises.
struct Promise {
    /// How many pods stay the same ones.
    stay: usize,
    /// How many of those before go.
    go: usize,
    /// How many come.
    come: usize,
}

/// Applies a configuration of which the plan says `line`, and holds the pods of before and after against it; what came and
/// went meanwhile, on a cluster that can be watched.
async fn comes_true(world: &World, text: &str, line: &str, promise: Promise) -> Vec<String> {
    let before = uids(world).await;
    world.configure(text);
    let plan = world.run(&["plan"]).expect_code(0);
    assert!(plan.stdout.contains(line), "the plan tells {line}\n{}", plan.all());
    let (_, order) = watching_pods(world, async || world.apply_exactly().await).await;
    let after = uids(world).await;
    let counted = (
        before.intersection(&after).count(),
        before.difference(&after).count(),
        after.difference(&before).count(),
    );
    assert_eq!(counted, (promise.stay, promise.go, promise.come), "{line}: {before:?}, then {after:?}");
    order
}

/// How many more pods there were than before after each event.
fn balance(order: &[String]) -> Vec<i32> {
    let mut now = 0;
    let step = |event: &String| {
        now += if event.starts_with('+') { 1 } else { -1 };
        now
    };
    order.iter().map(step).collect()
}

/// Destroys, and waits until the collector of garbage has seen to the pods.
async fn gone(world: &World) {
    world.run(&["destroy", "-auto-approve"]).expect_code(0);
    for _ in 0..300 {
        if uids(world).await.is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the pods stay");
}

/// Each kind of line about pods, held against the pods themselves.
pub async fn what_a_plan_says_of_pods_comes_true(world: World) {
    let all = |stay, go, come| Promise { stay, go, come };
    let rolling = |image: &str, lines: &str| workload("Deployment", 3, image, lines);
    comes_true(&world, &rolling("web:1", ""), "3 pods start", all(0, 0, 3)).await;
    let line = "3 pods replaced one at a time, no gap: image, main.hcl:6";
    let order = comes_true(&world, &rolling("web:2", ""), line, all(0, 3, 3)).await;
    assert!(balance(&order).iter().all(|more| (0..=1).contains(more)), "{order:?}");
    // Nothing of the pods changes.
    let deadline = "progress_deadline_seconds = 700";
    comes_true(&world, &rolling("web:2", deadline), "no restart", all(3, 0, 0)).await;
    let more = workload("Deployment", 4, "web:2", deadline);
    comes_true(&world, &more, "1 pod starts: replicas, main.hcl:5", all(3, 0, 1)).await;
    let fewer = workload("Deployment", 2, "web:2", deadline);
    comes_true(&world, &fewer, "2 pods stop: replicas, main.hcl:5", all(2, 2, 0)).await;
    // All at once.
    let recreate = "update_strategy {\n    type = \"Recreate\"\n  }";
    let text = |image: &str| workload("Deployment", 2, image, recreate);
    // The API server does not let a Deployment change to it in place: the finding says what to type.
    world.configure(&text("web:2"));
    let refused = world.run(&["plan"]).expect_code(1);
    assert!(
        refused.all().contains("help: an app that rolled step by step cannot change to Recreate in place"),
        "{}",
        refused.all()
    );
    assert!(refused.all().contains("plimsoll plan -replace app.web"), "{}", refused.all());
    world.run(&["plan", "-replace", "app.web", "-out", "anew.plan"]).expect_code(0);
    world.run(&["apply", "anew.plan"]).expect_code(0);
    let line = "Recreate: 2 pods stop, then 2 start; down until ready: image, main.hcl:6";
    let order = comes_true(&world, &text("web:3"), line, all(0, 2, 2)).await;
    let first_new = order.iter().position(|event| event.starts_with('+'));
    let last_old = order.iter().rposition(|event| event.starts_with('-'));
    assert!(first_new >= last_old, "a new pod came before the last old one went: {order:?}");
    // Held back from the start, and let go.
    gone(&world).await;
    let paused = "raw = { spec = { paused = true } }";
    let held = "no pod starts while it is paused or suspended: paused, main.hcl:7";
    comes_true(&world, &rolling("web:1", paused), held, all(0, 0, 0)).await;
    comes_true(&world, &rolling("web:1", ""), "3 pods start: paused", all(0, 0, 3)).await;
    // A set keeps what is below its partition.
    gone(&world).await;
    let set = |image: &str| workload("StatefulSet", 3, image, "update_strategy {\n    partition = 2\n  }");
    comes_true(&world, &set("web:1"), "3 pods start, one after the other", all(0, 0, 3)).await;
    let line = "1 of 3 pods replaced, the partition keeps 2, at least 2 stay ready: image, main.hcl:6";
    comes_true(&world, &set("web:2"), line, all(2, 1, 1)).await;
    gone(&world).await;
}
