//! What every command that talks to a cluster does first: read the configuration, check all its
//! environments, find the state and the cluster.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use plimsoll_driver::{Cluster, Offline, Options, Reason, Session, Stop};
use plimsoll_lang::Inputs;
use plimsoll_model::{Diagnostic, Report, SourceMap};
use plimsoll_state::Store;

use crate::arguments::Target;
use crate::cluster;
use crate::configuration::{Configuration, tell, tell_one};
use crate::exit::Exit;
use crate::terminal::Terminal;

/// A checked configuration of one environment, before anything is asked of a cluster.
pub struct Checked {
    /// Its folder.
    pub folder: PathBuf,
    /// The configuration; complete.
    pub offline: Offline,
}

/// A checked configuration of one environment, its state and the way to its cluster.
pub struct Online {
    /// The configuration.
    pub offline: Offline,
    /// The state's folder.
    pub store: Store,
    /// The cluster; nothing was sent yet.
    pub cluster: Arc<dyn Cluster>,
}

impl Checked {
    /// Reads the environment that the arguments name; says what is wrong where something is.
    ///
    /// A mistake that only breaks another environment stops this one too: it would be found later,
    /// by somebody else.
    pub fn read(
        terminal: &Terminal,
        folder: Option<&Path>,
        target: &Target,
        inputs: impl FnOnce(&mut Inputs),
    ) -> Result<Checked, Exit> {
        let mut configuration = Configuration::read(folder, target);
        let mut read = configuration.report.clone();
        inputs(&mut configuration.inputs);
        if !configuration.report.has_errors() {
            // A mistyped environment is told before what is wrong in the ones that exist.
            configuration.environment_name(terminal)?;
        }
        let environments = configuration.environments();
        let all = environments.len() > 1 || configuration.report.has_errors();
        if all {
            configuration.check(&environments);
        }
        if configuration.report.has_errors() {
            tell(terminal, &configuration.report, &configuration.loaded.sources);
            return Err(Exit::Error);
        }
        let name = configuration.environment_name(terminal)?;
        let wanted = environments.iter().any(Option::is_some).then_some(name.as_str());
        let Configuration { folder, mut loaded, inputs, .. } = configuration;
        if all {
            // What other environments read with `file` is no part of this one, nor of its digest.
            read = Report::new();
            loaded = plimsoll_lang::load(&folder, &mut read);
        }
        let offline = plimsoll_driver::offline_of(&folder, loaded, wanted, &inputs, read);
        if offline.complete().is_none() {
            tell(terminal, &offline.report, offline.sources());
            return Err(Exit::Error);
        }
        Ok(Checked { folder, offline })
    }

    /// Finds the state and the way to the cluster.
    pub async fn connect(self, terminal: &Terminal, timeout: Duration) -> Result<Online, Exit> {
        let Checked { folder, offline } = self;
        let Some((config, _)) = offline.complete() else { return Err(Exit::Error) };
        let store = Store::of(&folder, &config.environment.name).map_err(|error| {
            tell_one(terminal, error.diagnostic());
            Exit::Error
        })?;
        let cluster = match cluster::connect(&folder, &config.environment, timeout).await {
            Ok(cluster) => Arc::new(cluster),
            Err(diagnostic) => {
                let mut report = Report::new();
                report.push(*diagnostic);
                tell(terminal, &report, offline.sources());
                return Err(Exit::Error);
            }
        };
        Ok(Online { offline, store, cluster })
    }
}

impl Online {
    /// A checked configuration, and the way to its cluster.
    pub async fn prepare(
        terminal: &Terminal,
        folder: Option<&Path>,
        target: &Target,
        timeout: Duration,
    ) -> Result<Online, Exit> {
        Checked::read(terminal, folder, target, |_| {})?.connect(terminal, timeout).await
    }

    /// A session over it.
    pub fn session(&self, options: Options) -> Session<'_> {
        Session::new(&self.offline, Arc::clone(&self.cluster), &self.store, options)
    }

    /// Says why a command cannot go on.
    pub fn stop(&self, terminal: &Terminal, stop: &Stop) -> Exit {
        stopped(terminal, stop, self.offline.sources())
    }
}

/// Says why a command cannot go on, and gives the exit code for it.
pub fn stopped(terminal: &Terminal, stop: &Stop, sources: &SourceMap) -> Exit {
    tell(terminal, &stop.report, sources);
    match stop.reason {
        Reason::Error => Exit::Error,
        Reason::Locked => Exit::Locked,
        Reason::Stale => Exit::Stale,
    }
}

/// Runs a command's asynchronous part to its end.
pub fn block_on(terminal: &Terminal, work: impl Future<Output = Result<Exit, Exit>>) -> Exit {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(work).unwrap_or_else(|exit| exit),
        Err(error) => {
            terminal.err(&format!("error: cannot start: {error}"));
            Exit::Error
        }
    }
}

/// Reads a duration such as `30s`, `5m` or `1h30m`.
pub fn duration(terminal: &Terminal, flag: &str, text: &str) -> Result<Duration, Exit> {
    let read = text.parse::<jiff::SignedDuration>().ok().and_then(|d| Duration::try_from(d).ok());
    read.ok_or_else(|| {
        tell_one(
            terminal,
            Diagnostic::error("bad-duration", "this is no duration")
                .detail(format!("{flag} is `{text}`."))
                .help(format!("{flag} 30s, or {flag} 5m")),
        );
        Exit::Error
    })
}
