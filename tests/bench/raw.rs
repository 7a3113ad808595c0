//! The requests that no program can avoid, sent as fast as the same concurrency allows.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt, stream};
use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams,
};
use kube::{Client, Config};
use serde_json::json;

/// How long controllers may take for one namespace.
const MOST_QUIET: Duration = Duration::from_secs(600);

/// A client for the control plane under test.
pub struct Cluster {
    client: Client,
}

fn resource(group: &str, version: &str, kind: &str) -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind))
}

impl Cluster {
    /// Connects with the context `plimsoll-test`.
    pub async fn connect(kubeconfig: &Path) -> Cluster {
        let file = kube::config::Kubeconfig::read_from(kubeconfig).unwrap();
        let options =
            kube::config::KubeConfigOptions { context: Some("plimsoll-test".into()), ..Default::default() };
        let mut config = Config::from_custom_kubeconfig(file, &options).await.unwrap();
        config.default_retry = false;
        Cluster { client: Client::try_from(config).unwrap() }
    }

    fn api(&self, namespace: &str, resource: &ApiResource) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), namespace, resource)
    }

    /// Makes a namespace of its own.
    pub async fn namespace(&self, prefix: &str) -> String {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("{prefix}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let api: Api<DynamicObject> = Api::all_with(self.client.clone(), &resource("", "v1", "Namespace"));
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        api.create(&Default::default(), &serde_json::from_value(object).unwrap()).await.unwrap();
        name
    }

    /// Starts the deletion of namespaces.
    pub async fn forget(&self, namespaces: &[&str]) {
        let api: Api<DynamicObject> = Api::all_with(self.client.clone(), &resource("", "v1", "Namespace"));
        for name in namespaces {
            api.delete(name, &DeleteParams::default()).await.unwrap();
        }
    }

    /// Waits until the controllers have made everything that they make of `pairs` Deployments and Services: what is
    /// measured next would share the machine with them.
    pub async fn quiet(&self, namespace: &str, pairs: usize) {
        let (deployments, slices) =
            (resource("apps", "v1", "Deployment"), resource("discovery.k8s.io", "v1", "EndpointSlice"));
        let start = Instant::now();
        loop {
            let all = self.api(namespace, &deployments).list(&ListParams::default()).await.unwrap().items;
            let seen = all.iter().filter(|d| d.data["status"]["observedGeneration"].is_number()).count();
            let slices = self.api(namespace, &slices).list(&ListParams::default()).await.unwrap().items.len();
            if seen == pairs && slices >= pairs {
                return;
            }
            assert!(
                start.elapsed() < MOST_QUIET,
                "{seen} Deployments and {slices} EndpointSlices of {pairs}"
            );
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Seconds for creating `pairs` Deployments and Services by server-side apply, or for the dry
    /// runs of that.
    pub async fn creates(&self, namespace: &str, pairs: usize, parallelism: usize, dry_run: bool) -> f64 {
        let (deployments, services) = (resource("apps", "v1", "Deployment"), resource("", "v1", "Service"));
        let start = Instant::now();
        stream::iter(0..pairs * 2)
            .map(|i| {
                // In the order of an apply, since what the controllers make of a Deployment slows down what comes later.
                let name = format!("raw-{}", i % pairs);
                let (resource, object) =
                    if i < pairs { (&services, service(&name)) } else { (&deployments, deployment(&name)) };
                let api = self.api(namespace, resource);
                let parameters = PatchParams { dry_run, ..PatchParams::apply("raw") };
                async move { api.patch(&name, &parameters, &Patch::Apply(object)).await }
            })
            .buffer_unordered(parallelism)
            .try_for_each(|_| async { Ok(()) })
            .await
            .unwrap();
        start.elapsed().as_secs_f64()
    }

    /// Seconds for the dry runs of another image in `pairs` Deployments that [`Cluster::creates`] made.
    pub async fn images(&self, namespace: &str, pairs: usize, parallelism: usize) -> f64 {
        let deployments = resource("apps", "v1", "Deployment");
        let start = Instant::now();
        stream::iter(0..pairs)
            .map(|i| {
                let name = format!("raw-{i}");
                let mut object = deployment(&name);
                let image = format!("registry.example.com/team/{name}:1.28");
                object["spec"]["template"]["spec"]["containers"][0]["image"] = image.into();
                let api = self.api(namespace, &deployments);
                let parameters = PatchParams { dry_run: true, ..PatchParams::apply("raw") };
                async move { api.patch(&name, &parameters, &Patch::Apply(object)).await }
            })
            .buffer_unordered(parallelism)
            .try_for_each(|_| async { Ok(()) })
            .await
            .unwrap();
        start.elapsed().as_secs_f64()
    }

    /// Seconds for deleting what [`Cluster::creates`] made.
    pub async fn deletes(&self, namespace: &str, pairs: usize, parallelism: usize) -> f64 {
        let (deployments, services) = (resource("apps", "v1", "Deployment"), resource("", "v1", "Service"));
        let start = Instant::now();
        stream::iter(0..pairs * 2)
            .map(|i| {
                let name = format!("raw-{}", i / 2);
                let api = self.api(namespace, if i % 2 == 0 { &services } else { &deployments });
                async move { api.delete(&name, &DeleteParams::background()).await }
            })
            .buffer_unordered(parallelism)
            .try_for_each(|_| async { Ok(()) })
            .await
            .unwrap();
        start.elapsed().as_secs_f64()
    }

    /// Seconds for one paginated LIST of every kind that a plan must list, by the project's labels.
    pub async fn lists(&self, namespace: &str, parallelism: usize) -> f64 {
        let kinds: Vec<_> = plimsoll_plan::observe::LISTED
            .iter()
            .map(|(group, version, kind, namespaced)| (resource(group, version, kind), *namespaced))
            .collect();
        let start = Instant::now();
        stream::iter(&kinds)
            .map(|(kind, namespaced)| {
                let api = match namespaced {
                    true => self.api(namespace, kind),
                    false => Api::all_with(self.client.clone(), kind),
                };
                async move {
                    let mut parameters = ListParams::default()
                        .labels("plimsoll.dev/project=bench,plimsoll.dev/environment=bench")
                        .limit(500);
                    loop {
                        let page = api.list(&parameters).await.unwrap();
                        match page.metadata.continue_.filter(|c| !c.is_empty()) {
                            Some(next) => parameters = parameters.continue_token(&next),
                            None => return,
                        }
                    }
                }
            })
            .buffer_unordered(parallelism)
            .for_each(|()| async {})
            .await;
        start.elapsed().as_secs_f64()
    }
}

fn service(name: &str) -> serde_json::Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "labels": labels(name)},
        "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 8080, "targetPort": 8080, "protocol": "TCP"}]}
    })
}

fn deployment(name: &str) -> serde_json::Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": labels(name)},
        "spec": {
            "replicas": 0, "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name, "team": "bench"}},
                "spec": {"containers": [{
                    "name": "main", "image": format!("registry.example.com/team/{name}:1.27"),
                    "env": [{"name": "NEXT", "value": "http://next"}, {"name": "INDEX", "value": "1"}],
                    "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
                    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"cpu": "100m", "memory": "64Mi"}},
                    "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}, "initialDelaySeconds": 3, "periodSeconds": 10}
                }]}
            }
        }
    })
}

fn labels(name: &str) -> serde_json::Value {
    json!({"app": name, "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "bench", "app.kubernetes.io/managed-by": "raw"})
}
