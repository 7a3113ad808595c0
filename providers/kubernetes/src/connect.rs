//! Finding the cluster: kubeconfig files, contexts, the pod's service account.
//!
//! The active context is never used: a context is always named.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use plimsoll_model::{Diagnostic, Span};

use crate::cluster::KubernetesCluster;

/// Why there is no way to a cluster, before anything was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// A kubeconfig is missing, unreadable or malformed.
    #[error("{file}: {reason}")]
    Kubeconfig {
        /// Which file, as it was found.
        file: String,
        /// What is wrong with it.
        reason: String,
        /// Where the file's name came from: `the environment`, `KUBECONFIG`, `the home folder`.
        from: &'static str,
    },
    /// The kubeconfig has no such context.
    #[error("no context {context} in {file}")]
    Context {
        /// The context that was asked for.
        context: String,
        /// Which file.
        file: String,
        /// The contexts that it has, sorted.
        known: Vec<String>,
    },
    /// The context is there, but its cluster or its credentials cannot be used.
    #[error("context {context} in {file}: {reason}")]
    Unusable {
        /// The context.
        context: String,
        /// Which file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// This process does not run in a pod.
    #[error("no service account of a pod: {0}")]
    NotInCluster(String),
}

impl ConnectError {
    /// What is shown; `at` is where the environment names its context.
    pub fn diagnostic(&self, at: Option<Span>) -> Diagnostic {
        match self {
            ConnectError::Kubeconfig { file, reason, from } => {
                Diagnostic::error("kubeconfig-unusable", "the kubeconfig cannot be used")
                    .detail(format!("{file}, named by {from}: {reason}."))
                    .at_some(at, "this context is looked up there")
                    .help("set kubeconfig = \"path\" in the environment block, or KUBECONFIG")
            }
            ConnectError::Context { context, file, known } => {
                let d = Diagnostic::error("unknown-context", "the kubeconfig has no such context")
                    .detail(format!(
                        "{file} has no context \"{context}\"; it has {}. The active context is never used.",
                        if known.is_empty() { "none".to_string() } else { known.join(", ") }
                    ))
                    .at_some(at, format!("\"{context}\" is asked for here"));
                match nearest(context, known) {
                    Some(name) => d.help(format!("context = \"{name}\"")),
                    None => d.help(format!("kubectl --kubeconfig {file} config get-contexts")),
                }
            }
            ConnectError::Unusable { context, file, reason } => {
                Diagnostic::error("context-unusable", "the context cannot be used")
                    .detail(format!("Context \"{context}\" in {file}: {reason}."))
                    .at_some(at, "the context named here")
                    .help(format!("kubectl --kubeconfig {file} --context {context} cluster-info"))
            }
            ConnectError::NotInCluster(reason) => {
                Diagnostic::error("not-in-cluster", "this process does not run in a pod")
                    .detail(format!("in_cluster = true needs the service account of a pod: {reason}."))
                    .help("name a context = \"…\" in the environment block instead")
            }
        }
    }
}

/// The name that was probably meant: the one that shares the longest run at either end.
fn nearest<'a>(wanted: &str, known: &'a [String]) -> Option<&'a String> {
    let common = |name: &str| {
        let front = wanted.chars().zip(name.chars()).take_while(|(a, b)| a == b).count();
        let back = wanted.chars().rev().zip(name.chars().rev()).take_while(|(a, b)| a == b).count();
        front.max(back)
    };
    known
        .iter()
        .map(|n| (common(n), n))
        .filter(|(c, _)| *c * 2 >= wanted.len())
        .max_by_key(|(c, _)| *c)
        .map(|(_, n)| n)
}

impl KubernetesCluster {
    /// Connects through a context of a kubeconfig: the file given, else those of `KUBECONFIG`,
    /// else the home folder's. Nothing is sent yet.
    ///
    /// # Errors
    /// The file, the context or its credentials cannot be used.
    pub async fn connect(
        kubeconfig: Option<&Path>,
        context: &str,
    ) -> Result<KubernetesCluster, ConnectError> {
        let found = Found::read(kubeconfig)?;
        let mut known: Vec<String> = found.config.contexts.iter().map(|c| c.name.clone()).collect();
        known.sort();
        if !known.iter().any(|n| n == context) {
            return Err(ConnectError::Context { context: context.into(), file: found.file, known });
        }
        let unusable = |reason: String| ConnectError::Unusable {
            context: context.to_string(),
            file: found.file.clone(),
            reason: reason.trim_end_matches('.').to_string(),
        };
        let options = KubeConfigOptions { context: Some(context.into()), cluster: None, user: None };
        let config = Config::from_custom_kubeconfig(found.config.clone(), &options)
            .await
            .map_err(|e| unusable(e.to_string()))?;
        client(config).map_err(|e| unusable(chain(&e)))
    }

    /// Connects with the service account of the pod that this process runs in.
    ///
    /// # Errors
    /// This process does not run in a pod.
    pub async fn in_cluster() -> Result<KubernetesCluster, ConnectError> {
        let config = Config::incluster().map_err(|e| ConnectError::NotInCluster(chain(&e)))?;
        client(config).map_err(|e| ConnectError::NotInCluster(chain(&e)))
    }
}

fn client(mut config: Config) -> kube::Result<KubernetesCluster> {
    // Retries belong to the driver, which knows what is idempotent.
    config.default_retry = false;
    config.connect_timeout = Some(Duration::from_secs(5));
    // Every call has its own deadline, and watches stay open for minutes.
    config.read_timeout = None;
    let server = config.cluster_url.to_string();
    Ok(KubernetesCluster::from_client(Client::try_from(config)?).at_server(server.trim_end_matches('/')))
}

/// A kubeconfig with the name of where it was found.
struct Found {
    config: Kubeconfig,
    file: String,
}

impl Found {
    fn read(given: Option<&Path>) -> Result<Found, ConnectError> {
        let (files, from): (Vec<PathBuf>, _) = match given {
            Some(path) => (vec![path.to_path_buf()], "the environment"),
            None => match std::env::var_os("KUBECONFIG").filter(|v| !v.is_empty()) {
                Some(list) => (
                    std::env::split_paths(&list).filter(|p| !p.as_os_str().is_empty()).collect(),
                    "KUBECONFIG",
                ),
                None => (vec![home().join(".kube").join("config")], "the home folder"),
            },
        };
        let file = files.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(":");
        let mut merged = Kubeconfig::default();
        for path in &files {
            let bad = |reason: String| ConnectError::Kubeconfig {
                file: path.display().to_string(),
                reason: reason.trim_end_matches('.').to_string(),
                from,
            };
            // Read first: the library's own message hides why a file cannot be read.
            if let Err(e) = std::fs::metadata(path) {
                return Err(bad(e.to_string()));
            }
            let one = Kubeconfig::read_from(path).map_err(|e| bad(chain(&e)))?;
            merged = merged.merge(one).map_err(|e| bad(chain(&e)))?;
        }
        Ok(Found { config: merged, file })
    }
}

fn home() -> PathBuf {
    std::env::home_dir().unwrap_or_default()
}

/// An error with everything that caused it, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        next = cause.source();
    }
    text.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
apiVersion: v1
kind: Config
current-context: other
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: u, user: {token: t}}]
contexts:
- {name: kind-dev, context: {cluster: c, user: u}}
- {name: other, context: {cluster: missing, user: u}}
"#;

    async fn refused(text: Option<&str>, context: &str) -> (tempfile::TempDir, Diagnostic) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        let Err(error) = KubernetesCluster::connect(Some(&path), context).await else { panic!("connected") };
        (dir, error.diagnostic(None))
    }

    #[tokio::test]
    async fn a_missing_file_is_named() {
        let (dir, d) = refused(None, "kind-dev").await;
        assert_eq!(d.code, "kubeconfig-unusable");
        assert!(d.detail.contains(&dir.path().join("config").display().to_string()), "{}", d.detail);
        assert!(d.detail.contains("No such file"), "{}", d.detail);
    }

    #[tokio::test]
    async fn an_unknown_context_lists_the_known_ones_and_suggests_one() {
        let (_dir, d) = refused(Some(FILE), "kind-devv").await;
        assert_eq!(d.code, "unknown-context");
        assert!(d.detail.contains("it has kind-dev, other"), "{}", d.detail);
        assert_eq!(d.help.as_deref(), Some("context = \"kind-dev\""));
    }

    #[tokio::test]
    async fn a_context_without_its_cluster_is_unusable() {
        let (_dir, d) = refused(Some(FILE), "other").await;
        assert_eq!(d.code, "context-unusable");
        assert!(d.detail.contains("missing"), "{}", d.detail);
    }

    #[tokio::test]
    async fn a_malformed_file_is_refused() {
        let (_dir, d) = refused(Some("{ not yaml"), "x").await;
        assert_eq!(d.code, "kubeconfig-unusable");
    }

    #[tokio::test]
    async fn a_good_context_connects_without_sending_anything() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        std::fs::write(&path, FILE).unwrap();
        assert!(KubernetesCluster::connect(Some(&path), "kind-dev").await.is_ok());
    }
}
