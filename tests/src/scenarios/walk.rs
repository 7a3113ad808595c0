//! The walk through the reference application: create, list, scale up and down, change the image,
//! change and delete the access objects, lose a pod, destroy.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod};
use kube::api::{Api, DeleteParams, ListParams, WatchEvent, WatchParams};

use crate::world::World;

/// The reference application without its autoscale.
struct Application {
    replicas: u32,
    image: &'static str,
    service_port: u16,
    ingress_host: Option<&'static str>,
}

impl Application {
    fn text(&self) -> String {
        let Application { replicas, image, service_port, .. } = self;
        let ingress = self.ingress_host.map_or(String::new(), |host| {
            format!(
                r#"
ingress "nginx" {{
  class = "nginx"
  rule {{
    host = "{host}"
    path "/" {{ backend = service.nginx.ports.http }}
  }}
}}
"#
            )
        });
        include_str!("../../../examples/01-nginx/main.hcl")
            .split("\ningress \"nginx\"")
            .next()
            .unwrap()
            .replace("  replicas = 2 ", &format!("  replicas = {replicas} "))
            .replace("\"nginx:1.27\"", &format!("\"{image}\""))
            .replace("    port        = 80", &format!("    port        = {service_port}"))
            + &ingress
    }
}

/// Names of the pods of `nginx`, sorted, with their uids.
async fn pods(world: &World) -> BTreeMap<String, String> {
    let api: Api<Pod> = Api::namespaced(world.client().await, world.namespace());
    let list = api.list(&ListParams::default().labels("plimsoll.dev/app=nginx")).await.unwrap();
    list.items.into_iter().map(|p| (p.metadata.name.unwrap(), p.metadata.uid.unwrap())).collect()
}

/// Names of the claims, sorted, with their uids.
async fn claims(world: &World) -> BTreeMap<String, String> {
    let api: Api<PersistentVolumeClaim> = Api::namespaced(world.client().await, world.namespace());
    let list = api.list(&ListParams::default()).await.unwrap();
    list.items.into_iter().map(|p| (p.metadata.name.unwrap(), p.metadata.uid.unwrap())).collect()
}

fn names(all: &BTreeMap<String, String>) -> Vec<&str> {
    all.keys().map(String::as_str).collect()
}

/// Runs `work` and gives the names of pods in the order in which they were added and told to go
/// meanwhile. Only a real control plane can be watched while the program holds it.
pub(super) async fn watching_pods<T>(world: &World, work: impl AsyncFnOnce() -> T) -> (T, Vec<String>) {
    if !world.is_real() {
        return (work().await, Vec::new());
    }
    let api: Api<Pod> = Api::namespaced(world.client().await, world.namespace());
    let from = api.list(&ListParams::default()).await.unwrap().metadata.resource_version.unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let record = seen.clone();
    let watcher = tokio::spawn(async move {
        let mut events = api.watch(&WatchParams::default(), &from).await.unwrap().boxed();
        let mut going = BTreeSet::new();
        while let Some(Ok(event)) = events.next().await {
            let (sign, pod) = match event {
                WatchEvent::Added(pod) => ('+', pod),
                // It goes as soon as it is told to: no controller counts it any more.
                WatchEvent::Modified(pod) if pod.metadata.deletion_timestamp.is_some() => ('-', pod),
                WatchEvent::Deleted(pod) => ('-', pod),
                _ => continue,
            };
            if sign == '+' || going.insert(pod.metadata.uid) {
                record.lock().unwrap().push(format!("{sign} {}", pod.metadata.name.unwrap()));
            }
        }
    });
    let result = work().await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    watcher.abort();
    let order = seen.lock().unwrap().clone();
    (result, order)
}

/// The whole walk.
pub async fn the_reference_application(world: World) {
    let mut application =
        Application { replicas: 2, image: "nginx:1.27", service_port: 80, ingress_host: Some("foo.bar.com") };

    // Create.
    world.configure(&application.text());
    let (planned, run) = world.apply_exactly().await;
    let created =
        ["create app.nginx", "create app.nginx:headless", "create ingress.nginx", "create service.nginx"];
    assert_eq!(planned.summary(), created);
    assert!(run.stdout.contains("foo.bar.com"), "the address is told\n{}", run.all());
    assert_eq!(names(&pods(&world).await), ["nginx-0", "nginx-1"]);
    let first_claims = claims(&world).await;
    assert_eq!(names(&first_claims), ["disk-ssd-nginx-0", "disk-ssd-nginx-1"]);

    // List.
    let listed = world.run(&["state", "list"]).expect_code(0);
    assert_eq!(
        listed.stdout.lines().collect::<Vec<_>>(),
        ["app.nginx", "app.nginx:headless", "ingress.nginx", "service.nginx"]
    );
    let status = world.run(&["status"]).expect_code(0);
    for name in ["nginx-0", "nginx-1", "disk-ssd-nginx-0", "disk-ssd-nginx-1", "nginx-svc", "StatefulSet"] {
        assert!(status.stdout.contains(name), "status lists {name}\n{}", status.all());
    }

    // Scale to 3.
    application.replicas = 3;
    world.configure(&application.text());
    let told = world.run(&["plan", "-detailed-exitcode"]).expect_code(2);
    for line in ["+ nginx-2", "+ disk-ssd-nginx-2"] {
        assert!(told.stdout.contains(line), "the plan names {line}\n{}", told.all());
    }
    let ((planned, _), order) = watching_pods(&world, async || world.apply_exactly().await).await;
    assert_eq!(planned.summary(), ["update app.nginx"]);
    assert_eq!(names(&pods(&world).await), ["nginx-0", "nginx-1", "nginx-2"]);
    assert_eq!(names(&claims(&world).await), ["disk-ssd-nginx-0", "disk-ssd-nginx-1", "disk-ssd-nginx-2"]);
    if world.is_real() {
        assert_eq!(order, ["+ nginx-2"]);
    }

    // And down to 1: the highest ordinal goes first, the claims stay and are listed.
    application.replicas = 1;
    world.configure(&application.text());
    let told = world.run(&["plan"]).expect_code(0);
    for line in ["- nginx-2", "- nginx-1", "disk-ssd-nginx-1", "disk-ssd-nginx-2"] {
        assert!(told.stdout.contains(line), "the plan names {line}\n{}", told.all());
    }
    let (_, order) = watching_pods(&world, async || world.apply_exactly().await).await;
    assert_eq!(names(&pods(&world).await), ["nginx-0"]);
    let kept = claims(&world).await;
    assert_eq!(names(&kept), ["disk-ssd-nginx-0", "disk-ssd-nginx-1", "disk-ssd-nginx-2"]);
    if world.is_real() {
        assert_eq!(order, ["- nginx-2", "- nginx-1"]);
    }

    // Up again: ascending, each after the one before it, with the claims of before.
    application.replicas = 3;
    world.configure(&application.text());
    let (_, order) = watching_pods(&world, async || world.apply_exactly().await).await;
    assert_eq!(claims(&world).await, kept);
    if world.is_real() {
        assert_eq!(order, ["+ nginx-1", "+ nginx-2"]);
    }

    // Change the image.
    application.image = "nginx:1.28";
    world.configure(&application.text());
    let told = world.run(&["plan"]).expect_code(0);
    assert!(told.stdout.contains("nginx:1.27") && told.stdout.contains("nginx:1.28"), "{}", told.all());
    assert!(told.stdout.contains("main.hcl:"), "the source line is told\n{}", told.all());
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["update app.nginx"]);

    // Change the Service and the Ingress, then delete the Ingress.
    application.service_port = 8080;
    application.ingress_host = Some("www.bar.com");
    world.configure(&application.text());
    let (planned, _) = world.apply_exactly().await;
    let after = &planned.change("service.nginx").after;
    assert_eq!(after["spec"]["ports"][0]["port"], 8080);
    assert_eq!(planned.change("ingress.nginx").after["spec"]["rules"][0]["host"], "www.bar.com");
    application.ingress_host = None;
    world.configure(&application.text());
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["delete ingress.nginx"]);

    // Lose a pod: the same name and the same claim come back.
    let (before, claims_before) = (pods(&world).await, claims(&world).await);
    {
        let api: Api<Pod> = Api::namespaced(world.client().await, world.namespace());
        api.delete("nginx-1", &DeleteParams::default()).await.unwrap();
    }
    let mut after = pods(&world).await;
    for _ in 0..100 {
        if after.len() == 3 && after["nginx-1"] != before["nginx-1"] {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        after = pods(&world).await;
    }
    assert_eq!(names(&after), ["nginx-0", "nginx-1", "nginx-2"]);
    assert_ne!(after["nginx-1"], before["nginx-1"]);
    assert_eq!(claims(&world).await, claims_before);
    world.assert_settled();

    // Destroy: the claims survive and are listed by name.
    let run = world.run(&["destroy", "-auto-approve"]).expect_code(0);
    for name in ["disk-ssd-nginx-0", "disk-ssd-nginx-1", "disk-ssd-nginx-2"] {
        assert!(run.stdout.contains(name), "destroy names the claim that stays, {name}\n{}", run.all());
    }
    assert_eq!(names(&pods(&world).await), Vec::<&str>::new());
    assert_eq!(claims(&world).await, claims_before);
    assert_eq!(world.run(&["state", "list"]).expect_code(0).stdout.trim(), "");
}
