//! A folder with a configuration, and the cluster behind it.

use std::path::{Path, PathBuf};
use std::process::Command;

use kube::Client;
use tempfile::TempDir;

use crate::planned::Planned;
use crate::program::{Run, command, run};
use crate::promises::broken;
pub use crate::promises::get;

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
        let broken = broken(&self.client().await, planned).await;
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }
}
