//! Where a sequence runs: a cluster, a namespace, a state, and a clock.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kube::Client;
use plimsoll_driver::{Offline, Options, Session, Surroundings};
use plimsoll_kubernetes::KubernetesCluster;
use plimsoll_sandbox::{ManualClock, Sandbox};
use plimsoll_state::Store;
use tempfile::TempDir;

use crate::record::Recorder;

/// Which cluster.
#[derive(Debug, Clone)]
pub enum Target {
    /// A new embedded one for each sequence.
    Sandbox,
    /// A real one, by its kubeconfig.
    Real(std::path::PathBuf),
}

/// Where a sequence runs.
pub struct Place {
    /// The way of everybody else to the cluster.
    pub client: Client,
    /// The way of Plimsoll to the cluster.
    pub cluster: Arc<KubernetesCluster>,
    /// What went that way.
    pub recorder: Recorder,
    /// Where the state lives.
    pub store: Store,
    /// A text that no other sequence has.
    pub unique: String,
    /// Whether the cluster is a real one.
    pub real: bool,
    surroundings: Surroundings,
    clock: Option<Arc<ManualClock>>,
    _folder: TempDir,
}

/// A moment in 2026, at which the clock of every sandbox starts.
const START: i64 = 1_780_000_000;

impl Place {
    /// A new place. The same seed gives the same sandbox.
    pub async fn new(target: &Target, seed: u64) -> Result<Place, String> {
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let mut unique = format!("x{seed:x}");
        let (client, clock, surroundings) = match target {
            Target::Sandbox => {
                let clock = Arc::new(ManualClock::at(START));
                let sandbox = Sandbox::in_memory(seed, clock.clone());
                let surroundings = repeatable(seed, clock.clone());
                (Client::new(sandbox.service(), "default"), Some(clock), surroundings)
            }
            Target::Real(kubeconfig) => {
                let name = folder.path().file_name().map(|n| n.to_string_lossy().to_lowercase());
                unique = format!("{unique}-{}", name.unwrap_or_default().replace(['.', '_'], ""));
                (connect(kubeconfig).await?, None, Surroundings::system())
            }
        };
        // The environment is called like the namespace: sequences beside each other are other environments.
        let store = Store::of(folder.path(), &unique).map_err(|e| e.to_string())?;
        let recorder = Recorder::new(client.clone());
        let cluster = Arc::new(KubernetesCluster::from_service(recorder.clone()));
        let real = clock.is_none();
        Ok(Place { client, cluster, recorder, store, unique, real, surroundings, clock, _folder: folder })
    }

    /// A session over a configuration.
    pub fn session<'a>(&'a self, offline: &'a Offline) -> Session<'a> {
        let addresses = offline.desired.iter().flat_map(|d| &d.objects).map(|o| o.address.clone());
        let options = Options {
            // What never becomes ready is written all the same, and that is what is judged.
            wait: false,
            wait_timeout: Duration::from_secs(60),
            allow_replace: addresses.collect(),
            ..Options::default()
        };
        let mut session = Session::new(offline, self.cluster.clone(), &self.store, options);
        session.surroundings = self.surroundings.clone();
        session
    }

    /// Lets time pass.
    pub fn tick(&self) {
        if let Some(clock) = &self.clock {
            clock.advance(7);
        }
    }
}

async fn connect(kubeconfig: &Path) -> Result<Client, String> {
    let file = kube::config::Kubeconfig::read_from(kubeconfig).map_err(|e| e.to_string())?;
    let options =
        kube::config::KubeConfigOptions { context: Some("plimsoll-test".into()), ..Default::default() };
    let config = kube::Config::from_custom_kubeconfig(file, &options).await.map_err(|e| e.to_string())?;
    Client::try_from(config).map_err(|e| e.to_string())
}

/// Time and chance that are the same in every run.
fn repeatable(seed: u64, clock: Arc<ManualClock>) -> Surroundings {
    use plimsoll_sandbox::Clock;
    let drawn = Arc::new(AtomicU64::new(seed));
    let next = move || {
        let step =
            |n: u64| Some(n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
        drawn.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step).unwrap_or_default() >> 33
    };
    let bytes = next.clone();
    Surroundings {
        now: Arc::new(move || jiff::Timestamp::from_second(clock.now()).unwrap_or_default()),
        random: Arc::new(move || next() as f64 / f64::from(1_u32 << 31)),
        secret: Arc::new(move || std::array::from_fn(|_| bytes() as u8)),
    }
}
