//! Claims of a StatefulSet that are to be larger: they grow, and no pod is restarted because of it.

use kube::Client;
use kube::api::{Patch, PatchParams};
use serde_json::{Value as Json, json};

use crate::world::{World, get};

/// A set with one claim for each pod.
struct Set {
    image: &'static str,
    replicas: usize,
    size: &'static str,
    class: String,
}

impl Set {
    fn hcl(&self) -> String {
        format!(
            r#"project "shop" {{}}

volume "data" {{
  claim {{
    per_replica   = true
    size          = "{}"
    storage_class = "{}"
  }}
}}

app "db" {{
  kind     = "StatefulSet"
  replicas = {}
  container "db" {{
    image = "db:{}"
    port "sql" {{ container_port = 5432 }}
    resources {{ requests = {{ cpu = "10m" }} }}
    mount "/data" {{ volume = volume.data }}
  }}
}}
"#,
            self.size, self.class, self.replicas, self.image
        )
    }
}

/// Makes a class of storage for this world alone, and gives its name.
pub async fn class(world: &World, grows: bool) -> String {
    let name = format!("claims-{}-{grows}", world.namespace());
    let class = serde_json::from_value(json!({
        "metadata": {"name": name}, "provisioner": "kubernetes.io/host-path", "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate", "allowVolumeExpansion": grows,
    }));
    let api: kube::Api<k8s_openapi::api::storage::v1::StorageClass> = kube::Api::all(world.client().await);
    api.create(&Default::default(), &class.unwrap()).await.expect("the class is made");
    name
}

async fn look(world: &World, client: &Client, api: &str, kind: &str, name: &str) -> Json {
    let object =
        json!({"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": world.namespace()}});
    get(client, &object).await.unwrap_or(Json::Null)
}

/// The uids of the set and of its pods.
pub async fn uids(world: &World, pods: usize) -> (Json, Vec<Json>) {
    let client = world.client().await;
    let mut out = Vec::new();
    for i in 0..pods {
        let pod = look(world, &client, "v1", "Pod", &format!("db-{i}")).await;
        assert!(pod["metadata"]["uid"].is_string(), "pod db-{i} is not there");
        out.push(pod["metadata"]["uid"].clone());
    }
    (look(world, &client, "apps/v1", "StatefulSet", "db").await["metadata"]["uid"].clone(), out)
}

/// The sizes that the claims of the set ask for, by ordinal.
pub async fn sizes(world: &World, claims: usize) -> Vec<Json> {
    let client = world.client().await;
    let mut out = Vec::new();
    for i in 0..claims {
        let claim = look(world, &client, "v1", "PersistentVolumeClaim", &format!("data-db-{i}")).await;
        out.push(claim["spec"]["resources"]["requests"]["storage"].clone());
    }
    out
}

/// Claims grow, also that of a pod which is not there any more; the set is made anew around its pods.
pub async fn claims_grow_and_no_pod_is_restarted(world: World) {
    let class = class(&world, true).await;
    let set = |replicas, size, image| Set { image, replicas, size, class: class.clone() }.hcl();
    world.configure(&set(3, "1Gi", "1"));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    world.configure(&set(2, "1Gi", "1"));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    let (old_set, pods) = uids(&world, 2).await;

    world.configure(&set(2, "2Gi", "1"));
    let plan = world.run(&["plan", "-out", "exact.plan"]).expect_code(0);
    for part in [
        "app.db will be made anew around its pods, which stay",
        "no restart",
        "data-db-0  claim, grows with its data: 1Gi → 2Gi",
        "data-db-1  claim, grows with its data: 1Gi → 2Gi",
        "data-db-2  claim, grows with its data: 1Gi → 2Gi",
        "1 to add, 0 to change, 1 to destroy",
    ] {
        assert!(plan.all().contains(part), "the plan tells {part}\n{}", plan.all());
    }
    assert_eq!(sizes(&world, 3).await, ["1Gi", "1Gi", "1Gi"], "planning writes nothing");
    world.apply_exactly().await;
    let (new_set, same) = uids(&world, 2).await;
    assert_ne!(new_set, old_set, "the set is the same");
    assert_eq!(same, pods, "pods were made anew");
    assert_eq!(sizes(&world, 3).await, ["2Gi", "2Gi", "2Gi"]);

    // A change of the pods in the same plan rolls them as it does without.
    world.configure(&set(2, "3Gi", "2"));
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["replace app.db"]);
    let (_, rolled) = uids(&world, 2).await;
    assert!(rolled.iter().zip(&pods).all(|(new, old)| new != old), "the pods were not rolled");
    assert_eq!(sizes(&world, 3).await, ["3Gi", "3Gi", "3Gi"]);

    world.configure(&set(2, "2Gi", "2"));
    let refused = world.run(&["plan", "-allow-replace", "app.db"]).expect_code(1);
    for part in ["claim-shrinks", "have 3Gi, and would get 2Gi", "main.hcl:6", "size = \"3Gi\""] {
        assert!(refused.all().contains(part), "the refusal tells {part}\n{}", refused.all());
    }
}

/// The number that an autoscaler's workload was scaled to goes on: no pod is stopped on the way.
pub async fn an_autoscaled_set_grows_with_all_of_its_pods(world: World) {
    let world = scaled(world).await;
    let (_, pods) = uids(&world, 4).await;
    world.apply_exactly().await;
    assert_eq!(uids(&world, 4).await.1, pods, "pods were made anew");
    assert_eq!(sizes(&world, 4).await, ["2Gi", "2Gi", "2Gi", "2Gi"]);
}

/// A set that an autoscaler scaled from two to four pods, and whose claims are to grow.
pub async fn scaled(world: World) -> World {
    let class = class(&world, true).await;
    let scaled = |size| {
        let set = Set { image: "1", replicas: 2, size, class: class.clone() }.hcl();
        format!(
            "{set}\nautoscale \"db\" {{\n  target       = app.db\n  max_replicas = 5\n  metric \"cpu\" {{ average_utilization = 70 }}\n}}\n"
        )
    };
    world.configure(&scaled("1Gi"));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    scale(&world, 4).await;
    ready(&world, 4).await;
    world.configure(&scaled("2Gi"));
    world
}

async fn scale(world: &World, replicas: i64) {
    let api: kube::Api<k8s_openapi::api::apps::v1::StatefulSet> =
        kube::Api::namespaced(world.client().await, world.namespace());
    let by = PatchParams { field_manager: Some("scaler".into()), ..Default::default() };
    let patch = Patch::Merge(json!({"spec": {"replicas": replicas}}));
    api.patch_scale("db", &by, &patch).await.expect("it is scaled");
}

/// A set that is scaled between the plan and the apply: the claims of its new pods have the old size, so it is
/// left as it is, and planned again it grows with all of its pods.
pub async fn a_set_that_is_scaled_after_the_plan_loses_no_pod(world: World) {
    let world = scaled(world).await;
    let (old_set, _) = uids(&world, 4).await;
    world.run(&["plan", "-out", "old.plan"]).expect_code(0);
    scale(&world, 5).await;
    ready(&world, 5).await;
    let refused = world.run(&["apply", "old.plan"]).expect_code(1);
    assert!(refused.all().contains("data-db-4"), "the claim is named\n{}", refused.all());
    assert_eq!(uids(&world, 5).await.0, old_set, "the set was made anew");
    let (_, pods) = uids(&world, 5).await;
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    let (new_set, same) = uids(&world, 5).await;
    assert_ne!(new_set, old_set, "the set is the same");
    assert_eq!(same, pods, "pods were made anew");
    assert_eq!(sizes(&world, 5).await, ["2Gi", "2Gi", "2Gi", "2Gi", "2Gi"]);
}

/// Waits until the set has that many ready pods.
async fn ready(world: &World, pods: i64) {
    for _ in 0..300 {
        let set = look(world, &world.client().await, "apps/v1", "StatefulSet", "db").await;
        if set["status"]["readyReplicas"] == pods {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the set never has {pods} ready pods");
}

/// A class that lets no disk grow is named before anything is written.
pub async fn a_class_that_lets_nothing_grow_is_named(world: World) {
    let class = class(&world, false).await;
    let set = |size| Set { image: "1", replicas: 1, size, class: class.clone() }.hcl();
    world.configure(&set("1Gi"));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    let before = uids(&world, 1).await;
    world.configure(&set("2Gi"));
    for command in ["plan", "apply"] {
        let arguments: &[&str] = if command == "plan" { &["plan"] } else { &["apply", "-auto-approve"] };
        let refused = world.run(arguments).expect_code(1);
        for part in ["claim-cannot-grow", "data-db-0", &class, "allowVolumeExpansion", "main.hcl:6"] {
            assert!(refused.all().contains(part), "{command} tells {part}\n{}", refused.all());
        }
    }
    assert_eq!(uids(&world, 1).await, before);
    assert_eq!(sizes(&world, 1).await, ["1Gi"]);
}

/// A set whose claims are to grow, prepared for interruptions.
pub async fn prepared(world: World) -> World {
    let class = class(&world, true).await;
    let set = |size| Set { image: "1", replicas: 2, size, class: class.clone() }.hcl();
    world.configure(&set("1Gi"));
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    world.configure(&set("2Gi"));
    world
}
