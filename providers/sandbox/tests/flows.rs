//! The sandbox under the real client: what a person, the driver and a restarted process see.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{ConfigMap, Event, Namespace, Node, PersistentVolumeClaim, Pod, Service};
use k8s_openapi::api::networking::v1::Ingress;
use kube::api::{
    Api, DeleteParams, DynamicObject, ListParams, LogParams, Patch, PatchParams, PostParams,
    PropagationPolicy, WatchEvent, WatchParams,
};
use kube::{Client, Discovery, ResourceExt};
use plimsoll_sandbox::{ManualClock, Sandbox, SandboxError};
use serde_json::{Value as Json, json};

fn sandbox() -> (Sandbox, Client) {
    let sandbox = Sandbox::in_memory(7, ManualClock::at(1_700_000_000));
    let client = Client::new(sandbox.service(), "default");
    (sandbox, client)
}

fn ours() -> PatchParams {
    PatchParams { field_manager: Some("plimsoll:test".into()), ..PatchParams::default() }
}

fn web(replicas: i64, image: &str) -> Json {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": image}]},
            },
        },
    })
}

fn db(replicas: i64) -> Json {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"},
        "spec": {
            "replicas": replicas, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}},
            "template": {
                "metadata": {"labels": {"app": "db"}},
                "spec": {"containers": [{
                    "name": "db", "image": "postgres:16", "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                }]},
            },
            "volumeClaimTemplates": [{
                "metadata": {"name": "data"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
            }],
        },
    })
}

fn config(name: &str, data: Json) -> Json {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
}

async fn apply<K>(api: &Api<K>, object: &Json) -> kube::Result<K>
where
    K: Clone + serde::de::DeserializeOwned + std::fmt::Debug,
{
    api.patch(object["metadata"]["name"].as_str().unwrap(), &ours(), &Patch::Apply(object)).await
}

fn status(error: kube::Error) -> (u16, String, String) {
    match error {
        kube::Error::Api(status) => (status.code, status.reason.clone(), status.message.clone()),
        other => panic!("{other:?}"),
    }
}

async fn names<K>(api: &Api<K>) -> Vec<String>
where
    K: Clone + serde::de::DeserializeOwned + std::fmt::Debug + kube::Resource<DynamicType = ()>,
{
    api.list(&ListParams::default()).await.unwrap().items.iter().map(ResourceExt::name_any).collect()
}

#[tokio::test]
async fn a_new_cluster_has_what_a_user_expects() {
    let (sandbox, client) = sandbox();
    let namespaces: Api<Namespace> = Api::all(client.clone());
    assert_eq!(names(&namespaces).await, ["default", "kube-node-lease", "kube-public", "kube-system"]);
    assert_eq!(namespaces.get("kube-system").await.unwrap().uid().unwrap(), sandbox.uid());
    assert_eq!(names(&Api::<Node>::all(client.clone())).await.len(), 3);
    assert_eq!(names(&Api::<ConfigMap>::default_namespaced(client.clone())).await, ["kube-root-ca.crt"]);
    let kubernetes = Api::<Service>::default_namespaced(client.clone()).get("kubernetes").await.unwrap();
    assert_eq!(kubernetes.spec.unwrap().cluster_ip.unwrap(), "10.96.0.1");
    assert_eq!(client.apiserver_version().await.unwrap().minor, "36");
}

#[tokio::test]
async fn discovery_finds_kinds_both_ways() {
    let (_, client) = sandbox();
    let old = Discovery::new(client.clone()).run().await.unwrap();
    let new = Discovery::new(client.clone()).run_aggregated().await.unwrap();
    for discovery in [old, new] {
        let gvk = kube::api::GroupVersionKind::gvk("apps", "v1", "Deployment");
        let (resource, capabilities) = discovery.resolve_gvk(&gvk).unwrap();
        assert_eq!(resource.plural, "deployments");
        assert!(capabilities.subresources.iter().any(|(r, _)| r.plural == "scale"));
        let pods = kube::api::GroupVersionKind::gvk("", "v1", "Pod");
        assert!(discovery.resolve_gvk(&pods).is_some());
    }
}

#[tokio::test]
async fn an_applied_deployment_is_ready_when_it_is_looked_at() {
    let (_, client) = sandbox();
    let deployments: Api<Deployment> = Api::default_namespaced(client.clone());
    let created = apply(&deployments, &web(3, "nginx:1.27")).await.unwrap();
    assert_eq!(created.metadata.generation, Some(1));
    assert!(
        created.status.unwrap_or_default().replicas.is_none(),
        "the answer is from before the controllers ran"
    );
    let status = deployments.get("web").await.unwrap().status.unwrap();
    assert_eq!(
        (status.replicas, status.ready_replicas, status.observed_generation),
        (Some(3), Some(3), Some(1))
    );
    let pods: Api<Pod> = Api::default_namespaced(client.clone());
    let log = pods.logs(&names(&pods).await[0], &LogParams::default()).await.unwrap();
    assert!(log.contains("nginx:1.27"), "{log}");
}

#[tokio::test]
async fn a_broken_image_holds_a_rollout_and_says_why() {
    let (_, client) = sandbox();
    let deployments: Api<Deployment> = Api::default_namespaced(client.clone());
    apply(&deployments, &web(2, "nginx:1.27")).await.unwrap();
    apply(&deployments, &web(2, "nginx:broken")).await.unwrap();
    let held = deployments.get("web").await.unwrap().status.unwrap();
    assert_eq!(
        (held.available_replicas, held.updated_replicas, held.unavailable_replicas),
        (Some(2), Some(1), Some(1))
    );
    let pods: Api<Pod> = Api::default_namespaced(client.clone());
    let waiting: Vec<String> = pods
        .list(&ListParams::default().fields("status.phase=Pending"))
        .await
        .unwrap()
        .items
        .into_iter()
        .map(|p| {
            let container = &p.status.as_ref().unwrap().container_statuses.as_ref().unwrap()[0];
            container.state.as_ref().unwrap().waiting.as_ref().unwrap().reason.clone().unwrap()
        })
        .collect();
    assert_eq!(waiting, ["ImagePullBackOff"]);
    let events: Api<Event> = Api::default_namespaced(client.clone());
    let told =
        events.list(&ListParams::default().fields("involvedObject.kind=Pod,type=Warning")).await.unwrap();
    assert_eq!(told.items[0].reason.as_deref(), Some("Failed"));
    apply(&deployments, &web(2, "nginx:1.28")).await.unwrap();
    let mended = deployments.get("web").await.unwrap().status.unwrap();
    assert_eq!(
        (mended.available_replicas, mended.updated_replicas, mended.replicas),
        (Some(2), Some(2), Some(2))
    );
}

#[tokio::test]
async fn a_pod_waits_for_its_config_and_starts_when_it_comes() {
    let (_, client) = sandbox();
    let deployments: Api<Deployment> = Api::default_namespaced(client.clone());
    let mut object = web(1, "nginx");
    object["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "site", "key": "a"}}}]);
    apply(&deployments, &object).await.unwrap();
    let ready = || async { deployments.get("web").await.unwrap().status.unwrap().ready_replicas };
    assert_eq!(ready().await, None);
    let configs: Api<ConfigMap> = Api::default_namespaced(client.clone());
    apply(&configs, &config("site", json!({"b": "1"}))).await.unwrap();
    assert_eq!(ready().await, None, "the key is missing");
    apply(&configs, &config("site", json!({"a": "1"}))).await.unwrap();
    assert_eq!(ready().await, Some(1));
}

#[tokio::test]
async fn stateful_pods_come_and_go_in_order_and_keep_their_claims() {
    let (_, client) = sandbox();
    let sets: Api<StatefulSet> = Api::default_namespaced(client.clone());
    let pods: Api<Pod> = Api::default_namespaced(client.clone());
    let claims: Api<PersistentVolumeClaim> = Api::default_namespaced(client.clone());
    let from = pods.list(&ListParams::default()).await.unwrap().metadata.resource_version.unwrap();
    apply(&sets, &db(3)).await.unwrap();
    apply(&sets, &db(1)).await.unwrap();
    let seen: Vec<String> = pods
        .watch(&WatchParams::default().timeout(1), &from)
        .await
        .unwrap()
        .try_filter_map(|event| async move {
            Ok(match event {
                WatchEvent::Added(pod) => Some(format!("+{}", pod.name_any())),
                WatchEvent::Deleted(pod) => Some(format!("-{}", pod.name_any())),
                _ => None,
            })
        })
        .try_collect()
        .await
        .unwrap();
    assert_eq!(seen, ["+db-0", "+db-1", "+db-2", "-db-2", "-db-1"]);
    assert_eq!(names(&claims).await, ["data-db-0", "data-db-1", "data-db-2"]);
    let before = (pods.get("db-0").await.unwrap(), claims.get("data-db-0").await.unwrap());
    pods.delete("db-0", &DeleteParams::default()).await.unwrap();
    let after = (pods.get("db-0").await.unwrap(), claims.get("data-db-0").await.unwrap());
    assert_ne!(before.0.uid(), after.0.uid());
    assert_eq!(before.1.uid(), after.1.uid());
    sets.delete("db", &DeleteParams::foreground()).await.unwrap();
    assert_eq!(names(&pods).await.len(), 0);
    assert_eq!(names(&claims).await.len(), 3);
}

#[tokio::test]
async fn a_dry_run_answers_the_same_and_leaves_nothing() {
    let (_, client) = sandbox();
    let services: Api<Service> = Api::default_namespaced(client.clone());
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"type": "NodePort", "selector": {"app": "web"}, "ports": [{"port": 80}]},
    });
    let dry = PatchParams { dry_run: true, ..ours() };
    let tried = services.patch("web", &dry, &Patch::Apply(&service)).await.unwrap();
    assert!(services.get_opt("web").await.unwrap().is_none());
    let made = apply(&services, &service).await.unwrap();
    let port = |s: &Service| s.spec.as_ref().unwrap().ports.as_ref().unwrap()[0].node_port;
    assert!(port(&tried).is_some_and(|p| (30_000..=32_767).contains(&p)));
    assert_ne!(port(&tried), port(&made), "what is allocated is no promise");
    assert_ne!(tried.uid(), made.uid());
    let plain = |mut s: Service| {
        s.metadata.uid = None;
        s.metadata.resource_version = None;
        let spec = s.spec.as_mut().unwrap();
        (spec.cluster_ip, spec.cluster_ips, spec.ports.as_mut().unwrap()[0].node_port) = (None, None, None);
        s
    };
    assert_eq!(plain(tried), plain(made));
    let delete = DeleteParams { dry_run: true, ..DeleteParams::default() };
    services.delete("web", &delete).await.unwrap();
    assert!(services.get_opt("web").await.unwrap().is_some());
}

#[tokio::test]
async fn an_apply_without_effect_writes_nothing() {
    let clock = std::sync::Arc::new(ManualClock::at(1_700_000_000));
    let sandbox = Sandbox::in_memory(7, clock.clone());
    let deployments: Api<Deployment> = Api::default_namespaced(Client::new(sandbox.service(), "default"));
    apply(&deployments, &web(1, "nginx:1.27")).await.unwrap();
    let before = deployments.get("web").await.unwrap();
    clock.advance(60);
    let after = apply(&deployments, &web(1, "nginx:1.27")).await.unwrap();
    assert_eq!(before, after);
}

#[tokio::test]
async fn lists_come_in_pages_of_one_moment() {
    let (_, client) = sandbox();
    let configs: Api<ConfigMap> = Api::default_namespaced(client.clone());
    for name in ["a", "b", "c", "d"] {
        apply(&configs, &config(name, json!({}))).await.unwrap();
    }
    let page = configs.list(&ListParams::default().limit(2)).await.unwrap();
    assert_eq!(page.metadata.remaining_item_count, Some(3));
    configs.delete("c", &DeleteParams::default()).await.unwrap();
    apply(&configs, &config("bb", json!({}))).await.unwrap();
    let next = ListParams::default().limit(9).continue_token(&page.metadata.continue_.unwrap());
    let rest = configs.list(&next).await.unwrap();
    let rest: Vec<_> = rest.items.iter().map(ResourceExt::name_any).collect();
    assert_eq!(rest, ["c", "d", "kube-root-ca.crt"]);
}

#[tokio::test]
async fn a_watch_follows_a_selection() {
    let (_, client) = sandbox();
    let configs: Api<ConfigMap> = Api::default_namespaced(client.clone());
    let watch = WatchParams::default().labels("tier=front").timeout(5);
    let mut events = configs.watch(&watch, "0").await.unwrap().boxed();
    let labelled = |tier: &str| {
        let mut config = config("site", json!({}));
        config["metadata"]["labels"] = json!({"tier": tier});
        config
    };
    apply(&configs, &config("other", json!({}))).await.unwrap();
    for tier in ["back", "front", "back"] {
        apply(&configs, &labelled(tier)).await.unwrap();
    }
    assert!(
        matches!(events.try_next().await.unwrap().unwrap(), WatchEvent::Added(c) if c.name_any() == "site")
    );
    assert!(
        matches!(events.try_next().await.unwrap().unwrap(), WatchEvent::Deleted(c) if c.name_any() == "site")
    );
}

#[tokio::test]
async fn a_quiet_watch_ends_in_time_with_a_bookmark() {
    let (_, client) = sandbox();
    let configs: Api<ConfigMap> = Api::default_namespaced(client.clone());
    let version = configs.list(&ListParams::default()).await.unwrap().metadata.resource_version.unwrap();
    let events: Vec<_> = configs
        .watch(&WatchParams::default().timeout(1), &version)
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    assert!(matches!(events.as_slice(), [WatchEvent::Bookmark(_)]), "{events:?}");
}

#[tokio::test]
async fn a_runtime_watcher_restarts_after_410() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::open(folder.path()).unwrap();
    let configs: Api<ConfigMap> = Api::default_namespaced(Client::new(sandbox.service(), "default"));
    apply(&configs, &config("a", json!({}))).await.unwrap();
    // Another handle knows no events from before it was opened.
    let other = Sandbox::open(folder.path()).unwrap();
    Sandbox::reset(folder.path()).unwrap();
    let configs: Api<ConfigMap> = Api::default_namespaced(Client::new(other.service(), "default"));
    let mut events = configs.watch(&WatchParams::default(), "1").await.unwrap().boxed();
    let gone = events.try_next().await.unwrap().unwrap();
    assert!(matches!(&gone, WatchEvent::Error(status) if status.code == 410), "{gone:?}");
    let mut watched = kube::runtime::watcher(configs, Default::default()).boxed();
    let first = tokio::time::timeout(Duration::from_secs(5), watched.try_next()).await.unwrap();
    assert!(matches!(first, Ok(Some(kube::runtime::watcher::Event::Init))));
}

#[tokio::test]
async fn deleting_a_namespace_empties_it() {
    let (_, client) = sandbox();
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let shop = serde_json::from_value(json!({"metadata": {"name": "shop"}})).unwrap();
    namespaces.create(&PostParams::default(), &shop).await.unwrap();
    let sets: Api<StatefulSet> = Api::namespaced(client.clone(), "shop");
    apply(&sets, &db(2)).await.unwrap();
    namespaces.delete("shop", &DeleteParams::default()).await.unwrap();
    assert!(namespaces.get_opt("shop").await.unwrap().is_none());
    assert_eq!(names(&Api::<Pod>::namespaced(client.clone(), "shop")).await.len(), 0);
    assert_eq!(names(&Api::<PersistentVolumeClaim>::namespaced(client.clone(), "shop")).await.len(), 0);
    let volumes: Api<k8s_openapi::api::core::v1::PersistentVolume> = Api::all(client.clone());
    assert_eq!(names(&volumes).await.len(), 0, "made for their claims, they go with them");
    let refused = status(apply(&sets, &db(1)).await.unwrap_err());
    assert_eq!(refused, (404, "NotFound".into(), "namespaces \"shop\" not found".into()));
}

#[tokio::test]
async fn dependents_may_be_left_behind() {
    let (_, client) = sandbox();
    let deployments: Api<Deployment> = Api::default_namespaced(client.clone());
    apply(&deployments, &web(2, "nginx")).await.unwrap();
    let orphan =
        DeleteParams { propagation_policy: Some(PropagationPolicy::Orphan), ..DeleteParams::default() };
    deployments.delete("web", &orphan).await.unwrap();
    let pods: Api<Pod> = Api::default_namespaced(client.clone());
    assert_eq!(names(&pods).await.len(), 2);
    let before = names(&pods).await;
    apply(&deployments, &web(2, "nginx")).await.unwrap();
    assert_eq!(names(&pods).await, before, "the same pods are taken in again");
    deployments.delete("web", &DeleteParams::background()).await.unwrap();
    assert_eq!(names(&pods).await.len(), 0);
}

#[tokio::test]
async fn access_from_outside_gets_an_address() {
    let (_, client) = sandbox();
    let ingresses: Api<Ingress> = Api::default_namespaced(client.clone());
    let ingress = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web"},
        "spec": {"ingressClassName": "nginx", "defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
    });
    apply(&ingresses, &ingress).await.unwrap();
    let status = ingresses.get("web").await.unwrap().status.unwrap();
    assert_eq!(status.load_balancer.unwrap().ingress.unwrap()[0].ip.as_deref(), Some("203.0.113.10"));
}

#[tokio::test]
async fn the_same_seed_gives_the_same_cluster() {
    let dump = |client: Client| async move {
        let pods: Api<DynamicObject> =
            Api::default_namespaced_with(client, &kube::api::ApiResource::erase::<Pod>(&()));
        serde_json::to_string(&pods.list(&ListParams::default()).await.unwrap().items).unwrap()
    };
    let mut dumps = Vec::new();
    for _ in 0..2 {
        let (_, client) = sandbox();
        apply(&Api::<Deployment>::default_namespaced(client.clone()), &web(3, "nginx")).await.unwrap();
        dumps.push(dump(client).await);
    }
    assert_eq!(dumps[0], dumps[1]);
}

fn cluster_file(folder: &Path) -> std::path::PathBuf {
    folder.join("cluster.jsonl")
}

#[tokio::test]
async fn consecutive_processes_see_the_same_cluster() {
    let folder = tempfile::tempdir().unwrap();
    let first = Sandbox::open(folder.path()).unwrap();
    let client = Client::new(first.service(), "default");
    apply(&Api::<StatefulSet>::default_namespaced(client.clone()), &db(2)).await.unwrap();
    let all = |client: Client| async move {
        let pods = Api::<Pod>::default_namespaced(client.clone()).list(&ListParams::default()).await.unwrap();
        let sets = Api::<StatefulSet>::default_namespaced(client).list(&ListParams::default()).await.unwrap();
        (pods.items, sets.items)
    };
    let before = all(client.clone()).await;
    let second = Sandbox::open(folder.path()).unwrap();
    assert_eq!(first.uid(), second.uid());
    let other = Client::new(second.service(), "default");
    assert_eq!(before, all(other.clone()).await);
    // Both are open, and each sees what the other writes.
    apply(&Api::<StatefulSet>::default_namespaced(other.clone()), &db(3)).await.unwrap();
    apply(&Api::<ConfigMap>::default_namespaced(client.clone()), &config("a", json!({}))).await.unwrap();
    assert_eq!(all(client).await, all(other.clone()).await);
    assert!(Api::<ConfigMap>::default_namespaced(other).get_opt("a").await.unwrap().is_some());
}

#[tokio::test]
async fn a_watch_sees_what_another_process_writes() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (Sandbox::open(folder.path()).unwrap(), Sandbox::open(folder.path()).unwrap());
    let configs: Api<ConfigMap> = Api::default_namespaced(Client::new(one.service(), "default"));
    let version = configs.list(&ListParams::default()).await.unwrap().metadata.resource_version.unwrap();
    let mut events = configs.watch(&WatchParams::default().timeout(10), &version).await.unwrap().boxed();
    let others: Api<ConfigMap> = Api::default_namespaced(Client::new(two.service(), "default"));
    apply(&others, &config("a", json!({}))).await.unwrap();
    let seen = events.try_next().await.unwrap().unwrap();
    assert!(matches!(&seen, WatchEvent::Added(c) if c.name_any() == "a"), "{seen:?}");
}

#[tokio::test]
async fn a_request_that_was_cut_off_never_happened() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::open(folder.path()).unwrap();
    let configs: Api<ConfigMap> = Api::default_namespaced(Client::new(sandbox.service(), "default"));
    apply(&configs, &config("a", json!({}))).await.unwrap();
    let whole = std::fs::read(cluster_file(folder.path())).unwrap();
    apply(&configs, &config("b", json!({}))).await.unwrap();
    let longer = std::fs::read(cluster_file(folder.path())).unwrap();
    for cut in [whole.len() + 1, whole.len() + 30, longer.len() - 1] {
        std::fs::write(cluster_file(folder.path()), &longer[..cut]).unwrap();
        let reopened = Sandbox::open(folder.path()).unwrap();
        let configs: Api<ConfigMap> = Api::default_namespaced(Client::new(reopened.service(), "default"));
        assert_eq!(names(&configs).await, ["a", "kube-root-ca.crt"], "cut at {cut}");
        apply(&configs, &config("c", json!({}))).await.unwrap();
        let again = Sandbox::open(folder.path()).unwrap();
        let configs: Api<ConfigMap> = Api::default_namespaced(Client::new(again.service(), "default"));
        assert_eq!(names(&configs).await, ["a", "c", "kube-root-ca.crt"]);
    }
}

#[tokio::test]
async fn damage_and_newer_formats_are_told_and_reset_helps() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::open(folder.path()).unwrap();
    let uid = sandbox.uid();
    let configs: Api<ConfigMap> = Api::default_namespaced(Client::new(sandbox.service(), "default"));
    for name in ["a", "b"] {
        apply(&configs, &config(name, json!({}))).await.unwrap();
    }
    let mut bytes = std::fs::read(cluster_file(folder.path())).unwrap();
    let third = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').nth(1).unwrap().0 + 40;
    bytes[third] ^= 1;
    std::fs::write(cluster_file(folder.path()), &bytes).unwrap();
    let error = Sandbox::open(folder.path()).unwrap_err();
    assert!(matches!(error, SandboxError::Damaged { line: 3, .. }), "{error:?}");
    assert_ne!(Sandbox::reset(folder.path()).unwrap(), uid);
    assert_ne!(sandbox.uid(), uid, "an open handle follows");
    assert_eq!(names(&configs).await, ["kube-root-ca.crt"]);
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_cluster() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    Sandbox::open(folder.path()).unwrap();
    let mode = std::fs::metadata(cluster_file(folder.path())).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_folder_that_cannot_be_used_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Sandbox::open(&file.join("sandbox")).unwrap_err();
    assert!(matches!(error, SandboxError::Io { .. }), "{error:?}");
}

#[tokio::test]
async fn many_writers_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut tasks = Vec::new();
    for writer in 0..4 {
        let sandbox = Sandbox::open(folder.path()).unwrap();
        tasks.push(tokio::spawn(async move {
            let configs: Api<ConfigMap> = Api::default_namespaced(Client::new(sandbox.service(), "default"));
            for i in 0..10 {
                apply(&configs, &config(&format!("c-{writer}-{i}"), json!({}))).await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let sandbox = Sandbox::open(folder.path()).unwrap();
    let configs: Api<ConfigMap> = Api::default_namespaced(Client::new(sandbox.service(), "default"));
    assert_eq!(names(&configs).await.len(), 41);
}

#[tokio::test]
async fn the_file_does_not_grow_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (Sandbox::open(folder.path()).unwrap(), Sandbox::open(folder.path()).unwrap());
    let configs: Api<ConfigMap> = Api::default_namespaced(Client::new(one.service(), "default"));
    let others: Api<ConfigMap> = Api::default_namespaced(Client::new(two.service(), "default"));
    let (mut written, big) = (0, "x".repeat(900_000));
    for i in 0..20 {
        apply(&configs, &config("big", json!({"n": i.to_string(), "big": big}))).await.unwrap();
        written += big.len();
    }
    let length = std::fs::metadata(cluster_file(folder.path())).unwrap().len();
    assert!(usize::try_from(length).unwrap() < written * 2 / 3, "{length}");
    let seen = others.get("big").await.unwrap().data.unwrap();
    assert_eq!(seen["n"], "19", "a handle from before the file was replaced follows");
    let reopened = Sandbox::open(folder.path()).unwrap();
    let configs: Api<ConfigMap> = Api::default_namespaced(Client::new(reopened.service(), "default"));
    assert_eq!(configs.get("big").await.unwrap().data.unwrap()["n"], "19");
    assert_eq!(reopened.uid(), one.uid());
}

fn autoscaler(name: &str, min: i64, max: i64) -> Json {
    json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "minReplicas": min, "maxReplicas": max,
        },
    })
}

#[tokio::test]
async fn an_autoscaler_keeps_its_target_between_the_bounds_and_no_more() {
    use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
    let (_, client) = sandbox();
    let deployments: Api<Deployment> = Api::default_namespaced(client.clone());
    let autoscalers: Api<HorizontalPodAutoscaler> = Api::default_namespaced(client.clone());
    let replicas = || async { deployments.get("web").await.unwrap().spec.unwrap().replicas };
    let scale = |n: i64| Patch::Merge(json!({"spec": {"replicas": n}}));
    apply(&deployments, &web(2, "nginx")).await.unwrap();
    apply(&autoscalers, &autoscaler("web", 3, 6)).await.unwrap();
    assert_eq!(replicas().await, Some(3), "fewer than the least");
    deployments.patch_scale("web", &PatchParams::default(), &scale(5)).await.unwrap();
    assert_eq!(replicas().await, Some(5), "between the bounds nobody interferes");
    deployments.patch_scale("web", &PatchParams::default(), &scale(9)).await.unwrap();
    assert_eq!(replicas().await, Some(6), "more than the most");
    // Two that disagree must not drive the controllers round in circles.
    apply(&autoscalers, &autoscaler("rival", 8, 9)).await.unwrap();
    assert_eq!(replicas().await, Some(6));
}

#[tokio::test]
async fn a_partition_counts_from_the_first_ordinal() {
    let (_, client) = sandbox();
    let sets: Api<StatefulSet> = Api::default_namespaced(client.clone());
    let pods: Api<Pod> = Api::default_namespaced(client.clone());
    let with = |image: &str, partition: i64| {
        let mut db = db(3);
        db["spec"]["ordinals"] = json!({"start": 5});
        db["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
        db["spec"]["updateStrategy"] =
            json!({"type": "RollingUpdate", "rollingUpdate": {"partition": partition}});
        db
    };
    let images = || async {
        let all = pods.list(&ListParams::default()).await.unwrap();
        let image = |p: &Pod| p.spec.as_ref().unwrap().containers[0].image.clone().unwrap();
        all.items.iter().map(|p| format!("{}={}", p.name_any(), image(p))).collect::<Vec<_>>()
    };
    apply(&sets, &with("db:1", 0)).await.unwrap();
    apply(&sets, &with("db:2", 6)).await.unwrap();
    assert_eq!(
        images().await,
        ["db-5=db:1", "db-6=db:1", "db-7=db:1"],
        "beyond the last, nothing is replaced"
    );
    apply(&sets, &with("db:2", 2)).await.unwrap();
    assert_eq!(images().await, ["db-5=db:1", "db-6=db:1", "db-7=db:2"]);
    let status = sets.get("db").await.unwrap().status.unwrap();
    assert_eq!((status.replicas, status.ready_replicas, status.updated_replicas), (3, Some(3), Some(1)));
}
