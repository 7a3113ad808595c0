//! The way to an environment's cluster: the embedded one, a context, the pod's service account.

use std::path::{Path, PathBuf};
use std::time::Duration;

use plimsoll_kubernetes::KubernetesCluster;
use plimsoll_model::{Diagnostic, Environment, Target};
use plimsoll_sandbox::{Sandbox, SandboxError};

/// Where the sandbox of a configuration's folder lives.
pub fn sandbox_folder(folder: &Path) -> PathBuf {
    folder.join(".plimsoll").join("sandbox")
}

/// What is said when the sandbox cannot be used.
pub fn sandbox_diagnostic(error: &SandboxError) -> Diagnostic {
    let cause = std::error::Error::source(error).map_or(String::new(), |s| format!(": {s}"));
    Diagnostic::error("sandbox-unusable", "the sandbox cannot be used")
        .detail(format!("{error}{cause}."))
        .help("plimsoll sandbox reset")
}

/// Connects to the cluster of an environment; nothing is sent yet.
pub async fn connect(
    folder: &Path,
    environment: &Environment,
    timeout: Duration,
) -> Result<KubernetesCluster, Box<Diagnostic>> {
    let cluster = match &environment.target {
        Target::Sandbox => {
            let sandbox =
                Sandbox::open(&sandbox_folder(folder)).map_err(|e| Box::new(sandbox_diagnostic(&e)))?;
            Ok(KubernetesCluster::from_service(sandbox.service()))
        }
        Target::Context { context, kubeconfig, span } => {
            let kubeconfig = kubeconfig.as_ref().map(|k| folder.join(k));
            KubernetesCluster::connect(kubeconfig.as_deref(), context)
                .await
                .map_err(|e| Box::new(e.diagnostic(*span)))
        }
        Target::InCluster => {
            KubernetesCluster::in_cluster().await.map_err(|e| Box::new(e.diagnostic(environment.span)))
        }
    };
    cluster.map(|c| c.with_deadline(timeout))
}
