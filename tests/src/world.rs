//! A folder with a configuration, and the cluster behind it.

use std::path::{Path, PathBuf};
use std::process::Command;

use kube::Client;
use tempfile::TempDir;

use serde_json::Value as Json;

use crate::planned::{Planned, differences, left_open_without_a_rule};
use crate::program::{Run, command, run};

/// Which cluster a world has.
#[derive(Debug, Clone)]
pub enum Cluster {
    /// The embedded one of the world's folder.
    Sandbox,
    /// A real control plane, by the kubeconfig that names it.
    Real(PathBuf),
}

/// A folder and a cluster. The namespace is the world's own; on a real control plane it is made
/// with the world, and deleted with it.
#[derive(Debug)]
pub struct World {
    folder: TempDir,
    cluster: Cluster,
    namespace: String,
}

impl World {
    /// A new world on the sandbox, with the namespace `default`.
    pub fn sandbox() -> World {
        World {
            folder: tempfile::tempdir().expect("a temporary folder"),
            cluster: Cluster::Sandbox,
            namespace: "default".into(),
        }
    }

    /// A new world on the real control plane that `PLIMSOLL_TEST_KUBECONFIG` names, in a new
    /// namespace that starts with `name`.
    pub async fn real(name: &str) -> World {
        let kubeconfig = std::env::var_os("PLIMSOLL_TEST_KUBECONFIG")
            .expect("PLIMSOLL_TEST_KUBECONFIG names a kubeconfig; start these tests with tests/cluster/run");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let name = name.replace('_', "-");
        let unique =
            folder.path().file_name().unwrap().to_string_lossy().to_lowercase().replace(['.', '_'], "");
        let world = World {
            folder,
            cluster: Cluster::Real(kubeconfig.into()),
            namespace: format!("{name}-{unique}"),
        };
        let namespaces: kube::Api<k8s_openapi::api::core::v1::Namespace> =
            kube::Api::all(world.client().await);
        let object =
            serde_json::from_value(serde_json::json!({"metadata": {"name": world.namespace}})).unwrap();
        namespaces.create(&Default::default(), &object).await.expect("the namespace is made");
        world
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The namespace that objects go to.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Whether the cluster is a real one.
    pub fn is_real(&self) -> bool {
        matches!(self.cluster, Cluster::Real(_))
    }

    /// The `environment` block that leads to the cluster; empty for the sandbox, where none is needed.
    pub fn environment(&self) -> String {
        match &self.cluster {
            Cluster::Sandbox => String::new(),
            Cluster::Real(kubeconfig) => format!(
                "environment \"test\" {{\n  context    = \"plimsoll-test\"\n  kubeconfig = \"{}\"\n  namespace  = \"{}\"\n}}\n",
                kubeconfig.display(),
                self.namespace
            ),
        }
    }

    /// The lines of an `environment` block that lead to the cluster.
    pub fn target_lines(&self) -> String {
        match &self.cluster {
            Cluster::Sandbox => "  sandbox {}".into(),
            Cluster::Real(kubeconfig) => {
                format!("  context     = \"plimsoll-test\"\n  kubeconfig  = \"{}\"", kubeconfig.display())
            }
        }
    }

    /// Every file below the folder, with its content.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let (mut out, mut folders) = (Vec::new(), vec![self.path().to_path_buf()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    out.push((path.display().to_string(), std::fs::read(&path).unwrap()));
                }
            }
        }
        out.sort();
        out
    }

    /// Writes the configuration: `text` in `main.hcl`, the environment beside it.
    pub fn configure(&self, text: &str) {
        self.write("main.hcl", text);
        let environment = self.environment();
        if !environment.is_empty() {
            self.write("environment.hcl", &environment);
        }
    }

    /// Writes a file of the folder.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path().join(name), text).expect("the file is written");
    }

    /// Reads a file of the folder.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).expect("the file is read")
    }

    /// A command that runs the program here.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(self.path());
        command.args(arguments);
        command
    }

    /// Runs the program here.
    pub fn run(&self, arguments: &[&str]) -> Run {
        run(self.command(arguments))
    }

    /// A client for the cluster, to act behind the program's back. On the sandbox it holds the
    /// cluster's lock while it lives: drop it before the program runs again.
    pub async fn client(&self) -> Client {
        match &self.cluster {
            Cluster::Sandbox => {
                let sandbox = plimsoll_sandbox::Sandbox::open(&self.path().join(".plimsoll/sandbox"))
                    .expect("the sandbox opens");
                Client::new(sandbox.service(), "default")
            }
            Cluster::Real(kubeconfig) => {
                let file = kube::config::Kubeconfig::read_from(kubeconfig).expect("the kubeconfig is read");
                let options = kube::config::KubeConfigOptions {
                    context: Some("plimsoll-test".into()),
                    ..Default::default()
                };
                let config =
                    kube::Config::from_custom_kubeconfig(file, &options).await.expect("a configuration");
                Client::try_from(config).expect("a client")
            }
        }
    }
}

impl World {
    /// Plans, asserts the exit code of `-detailed-exitcode`, and gives the plan as JSON.
    #[track_caller]
    pub fn plan(&self) -> Planned {
        let run = self.run(&["plan", "-json"]).expect_code(0);
        Planned(serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}\n{}", run.all())))
    }

    /// Asserts that there is nothing to change: by exit code, and in words.
    #[track_caller]
    pub fn assert_settled(&self) {
        let run = self.run(&["plan", "-detailed-exitcode"]);
        assert_eq!(run.code, Some(0), "the plan is not empty\n{}", run.all());
        assert!(run.stdout.contains("No changes"), "{}", run.all());
    }

    /// Plans to a file, applies that file, and asserts that every object which the plan showed is
    /// the object that the cluster now holds, and that the next plan is empty.
    pub async fn apply_exactly(&self) -> (Planned, Run) {
        self.run(&["plan", "-out", "exact.plan"]).expect_code(0);
        let shown = self.run(&["show", "-json", "exact.plan"]).expect_code(0);
        let planned = Planned(serde_json::from_str(&shown.stdout).unwrap());
        let run = self.run(&["apply", "exact.plan"]).expect_code(0);
        self.assert_came_true(&planned).await;
        self.assert_settled();
        (planned, run)
    }

    /// Asserts that the cluster holds what the plan said.
    pub async fn assert_came_true(&self, planned: &Planned) {
        let client = self.client().await;
        for change in planned.changes() {
            let object = if change.action == "delete" { &change.before } else { &change.after };
            let live = get(&client, object).await;
            let open = left_open_without_a_rule(&change);
            assert!(open.is_empty(), "the plan leaves open {open:?} of {}", change.address);
            if change.action == "delete" {
                let uid = &change.before["metadata"]["uid"];
                assert!(
                    live.is_none_or(|l| &l["metadata"]["uid"] != uid),
                    "{} was not deleted",
                    change.address
                );
                continue;
            }
            let mut live = live.unwrap_or_else(|| panic!("{} is not there", change.address));
            if change.action == "replace" {
                let uid = &change.before["metadata"]["uid"];
                assert_ne!(&live["metadata"]["uid"], uid, "{} was not replaced", change.address);
            }
            let mut after = change.after.clone();
            for tree in [&mut live, &mut after] {
                forget_what_moves(tree);
            }
            let different = differences(&after, &live, [&change.after_unknown, &change.after_sensitive]);
            assert!(
                different.is_empty(),
                "{} is not what the plan showed:\n{}",
                change.address,
                different.join("\n")
            );
        }
    }
}

/// What changes without anybody's plan: the status, and the server's bookkeeping.
fn forget_what_moves(object: &mut Json) {
    let Some(map) = object.as_object_mut() else { return };
    map.remove("status");
    if let Some(metadata) = map.get_mut("metadata").and_then(Json::as_object_mut) {
        for key in ["managedFields", "resourceVersion", "uid", "creationTimestamp", "generation"] {
            metadata.remove(key);
        }
        // Written by the Deployment controller when it has seen the new generation.
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Json::as_object_mut) {
            annotations.remove("deployment.kubernetes.io/revision");
        }
    }
}

/// The live object that has the type, namespace and name of `object`.
pub async fn get(client: &Client, object: &Json) -> Option<Json> {
    let api_version = object["apiVersion"].as_str().expect("apiVersion");
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let gvk = kube::api::GroupVersionKind::gvk(group, version, object["kind"].as_str().expect("kind"));
    let resource = kube::api::ApiResource::from_gvk(&gvk);
    let api: kube::Api<kube::api::DynamicObject> = match object["metadata"]["namespace"].as_str() {
        Some(namespace) => kube::Api::namespaced_with(client.clone(), namespace, &resource),
        None => kube::Api::all_with(client.clone(), &resource),
    };
    let name = object["metadata"]["name"].as_str().expect("a name");
    let found = match api.get_opt(name).await {
        // A type that went takes its path with it.
        Err(kube::Error::Api(status)) if status.code == 404 => None,
        found => found.expect("the object is read"),
    };
    found.map(|o| serde_json::to_value(o).unwrap())
}
