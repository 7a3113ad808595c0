//! A configuration read, evaluated and compiled for one environment: everything that needs no cluster.

use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use plimsoll_blocks::{Decoded, PlimsollVocabulary};
use plimsoll_graph::Graph;
use plimsoll_lang::allow;
use plimsoll_lang::{Facts, Inputs, Loaded, NoFacts};
use plimsoll_model::{
    Address, Body, Config, ConfigBlock, Desired, Edge, Node, Report, SourceMap, Span, Value,
};

use crate::facts::LiveFacts;

/// A configuration, as far as it could be read.
#[derive(Debug)]
pub struct Offline {
    /// Its folder.
    pub dir: PathBuf,
    /// The environment that was asked for.
    pub env: Option<String>,
    /// What was brought along.
    pub inputs: Inputs,
    /// The evaluated configuration; none where nothing could be evaluated.
    pub config: Option<Config>,
    /// What it wants; none where nothing could be evaluated.
    pub desired: Option<Desired>,
    /// Everything that was found.
    pub report: Report,
    loaded: Loaded,
}

/// Reads, evaluates and compiles the configuration in `dir` for one environment.
pub fn offline(dir: &Path, env: Option<&str>, inputs: &Inputs) -> Offline {
    let mut report = Report::new();
    let loaded = plimsoll_lang::load(dir, &mut report);
    offline_of(dir, loaded, env, inputs, report)
}

/// The same from texts in memory: pairs of path and text.
pub fn offline_texts(files: &[(&str, &str)], env: Option<&str>, inputs: &Inputs) -> Offline {
    let mut report = Report::new();
    let loaded = plimsoll_lang::load_texts(files, &mut report);
    offline_of(Path::new("."), loaded, env, inputs, report)
}

/// Evaluates and compiles one environment of what was read, and finds an order for it.
///
/// Findings go to `report`. None where nothing could be evaluated.
pub fn compile(
    loaded: &mut Loaded,
    env: Option<&str>,
    inputs: &Inputs,
    facts: &dyn Facts,
    report: &mut Report,
) -> Option<(Config, Desired)> {
    plimsoll_lang::prepare(loaded, inputs, report);
    plimsoll_lang::unread(loaded, report);
    let compiled = compile_prepared(loaded, env, inputs, facts, report);
    let allowances = allow::allowances(loaded);
    allow::silence(&allowances, report, &mut vec![false; allowances.len()]);
    allow::without_reason(&allowances, report);
    compiled
}

/// The findings of several environments, in their order: each is evaluated and compiled, and what
/// it wants is dropped. One thread evaluates them one after the other, and what it evaluated another one checks
/// meanwhile. Most memory is taken and given back while evaluating, by one thread, which uses it again; at most two
/// evaluated environments are there at once.
pub fn check(loaded: &mut Loaded, environments: &[Option<String>], inputs: &Inputs) -> Vec<Report> {
    let mut prepared = Report::new();
    plimsoll_lang::prepare(loaded, inputs, &mut prepared);
    plimsoll_lang::unread(loaded, &mut prepared);
    let loaded = &*loaded;
    let mut all: Vec<Report> = std::thread::scope(|scope| {
        // Room for none: two that are evaluated are the most that is there at once.
        let (send, receive) = std::sync::mpsc::sync_channel::<Evaluated>(0);
        let check = move || {
            let mut failed = Report::new();
            let checked = plimsoll_lang::on_large_stack(&mut failed, || {
                let mut ordered = None;
                receive.into_iter().map(|evaluated| evaluated.check(&mut ordered)).collect::<Vec<Report>>()
            });
            (checked.unwrap_or_default(), failed)
        };
        let mut failed = Report::new();
        let checker = std::thread::Builder::new().name("check".into()).spawn_scoped(scope, check);
        let evaluate = || {
            for environment in environments {
                if send.send(Evaluated::of(loaded, environment.as_deref(), inputs)).is_err() {
                    break;
                }
            }
            drop(send);
        };
        plimsoll_lang::on_large_stack(&mut failed, evaluate);
        let (checked, no_checker) = match checker.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(checked)) => checked,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(e) => (Vec::new(), plimsoll_lang::no_thread(&e)),
        };
        failed.extend(no_checker);
        let own = checked.into_iter().map(Some).chain(std::iter::repeat_with(|| None));
        let whole = |own: Option<Report>| {
            let mut report = prepared.clone();
            report.extend(own.unwrap_or_else(|| failed.clone()));
            report
        };
        own.take(environments.len()).map(whole).collect()
    });
    silence(loaded, &mut all);
    all
}

/// One environment, evaluated. Each block is decoded as soon as it is evaluated, and what it was decoded from is dropped.
struct Evaluated {
    /// None where nothing could be evaluated.
    what: Option<(Config, Vec<Decoded>)>,
    report: Report,
}

impl Evaluated {
    fn of(loaded: &Loaded, env: Option<&str>, inputs: &Inputs) -> Evaluated {
        let mut report = Report::new();
        let decode = |block: &mut ConfigBlock| {
            let decoded = Decoded::new(block);
            block.body = Body::empty(block.body.span);
            decoded
        };
        let what = plimsoll_lang::evaluate_and_take(
            loaded,
            env,
            inputs,
            &PlimsollVocabulary,
            &NoFacts,
            &mut report,
            decode,
        );
        Evaluated { what, report }
    }

    /// Has all its findings; its objects get no content. `ordered` is a digest of what was found to have an order:
    /// most environments differ in values, not in what refers to what.
    fn check(self, ordered: &mut Option<blake3::Hash>) -> Report {
        let Evaluated { what, mut report } = self;
        if let Some((config, decoded)) = what {
            let relations = plimsoll_blocks::check(&config, decoded, &mut report);
            drop(config);
            let digest = Digest::of(&relations);
            if *ordered != Some(digest) && order(relations.addresses, relations.edges, &mut report) {
                *ordered = Some(digest);
            }
        }
        report
    }
}

/// A digest of whatever can be hashed, long enough to stand for it.
#[derive(Default)]
struct Digest(blake3::Hasher);

impl Digest {
    fn of(value: &impl Hash) -> blake3::Hash {
        let mut digest = Digest::default();
        value.hash(&mut digest);
        digest.0.finalize()
    }
}

impl Hasher for Digest {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Its first bytes; [`Digest::of`] takes all of them.
    fn finish(&self) -> u64 {
        self.0.finalize().as_bytes().first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
    }
}

/// The warnings that only a plan has: offline nobody can tell whether a comment silences one.
const PLANNED: [&str; 5] =
    ["block-renamed", "claims-found", "claims-lost", "object-left-alone", "state-not-found"];

/// Takes out of the findings of several environments what comments allow. A comment that allows
/// nothing is told where all environments were looked at, and nothing stopped one early.
fn silence(loaded: &Loaded, all: &mut [Report]) {
    let allowances = allow::allowances(loaded);
    let mut used = vec![false; allowances.len()];
    let declared = plimsoll_lang::environment_names(loaded).len();
    let whole = all.len() >= declared && !all.iter().any(Report::has_errors);
    all.iter_mut().for_each(|report| allow::silence(&allowances, report, &mut used));
    for report in all {
        allow::without_reason(&allowances, report);
        if whole {
            allow::unused(&allowances, &used, &PLANNED, report);
        }
    }
}

/// Reports cycles; whether there are none.
fn order(addresses: Vec<Address>, edges: Vec<Edge>, report: &mut Report) -> bool {
    let built = Graph::build(addresses, edges);
    if let Err(cycles) = &built {
        cycles.iter().for_each(|cycle| report.push(cycle.diagnostic()));
    }
    built.is_ok()
}

fn compile_prepared(
    loaded: &Loaded,
    env: Option<&str>,
    inputs: &Inputs,
    facts: &dyn Facts,
    report: &mut Report,
) -> Option<(Config, Desired)> {
    let config = plimsoll_lang::evaluate_again(loaded, env, inputs, &PlimsollVocabulary, facts, report)?;
    let desired = plimsoll_blocks::compile(&config, report);
    order(desired.objects.iter().map(|o| o.address.clone()).collect(), desired.edges.clone(), report);
    Some((config, desired))
}

/// Evaluates and compiles what was read for one environment. `report` is what reading found.
pub fn offline_of(
    dir: &Path,
    mut loaded: Loaded,
    env: Option<&str>,
    inputs: &Inputs,
    mut report: Report,
) -> Offline {
    let (config, desired) = compile(&mut loaded, env, inputs, &NoFacts, &mut report).unzip();
    Offline {
        dir: dir.to_path_buf(),
        env: env.map(str::to_string),
        inputs: inputs.clone(),
        config,
        desired,
        report,
        loaded,
    }
}

impl Offline {
    /// The files that were read.
    pub fn sources(&self) -> &SourceMap {
        &self.loaded.sources
    }

    /// What was read, as the language knows it.
    pub fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// Takes out of a report the warnings that comments of the configuration allow, those of
    /// planning among them.
    pub fn silence(&self, report: &mut Report) {
        let allowances = allow::allowances(&self.loaded);
        allow::silence(&allowances, report, &mut vec![false; allowances.len()]);
    }

    /// The declared environments; empty where none is, which means the implied `default`.
    pub fn environments(&self) -> Vec<(String, Span)> {
        plimsoll_lang::environment_names(&self.loaded)
    }

    /// The configuration and what it wants, where nothing is wrong with them.
    pub fn complete(&self) -> Option<(&Config, &Desired)> {
        match self.report.has_errors() {
            true => None,
            false => self.config.as_ref().zip(self.desired.as_ref()),
        }
    }

    /// The variables in force, by name.
    pub fn variables(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.config.iter().flat_map(|c| &c.variables)
    }

    /// A digest of every file and plain variable that the configuration was evaluated from.
    pub fn digest(&self) -> String {
        let bytes = plimsoll_lang::configuration_digest(&self.loaded, &self.inputs);
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.env.as_deref().unwrap_or_default().as_bytes());
        hasher.update(&[0]);
        hasher.update(&(bytes.len() as u64).to_be_bytes());
        hasher.update(&bytes);
        for (name, value) in self.variables().filter(|(_, v)| !v.contains_sensitive()) {
            for part in [name.as_str(), &Node::from_value(value).to_json().to_string()] {
                hasher.update(&(part.len() as u64).to_be_bytes());
                hasher.update(part.as_bytes());
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    /// What the configuration wants now that the cluster told some of what was unknown. Evaluates what
    /// was read at the start: an edit of a file in between belongs to the next plan.
    pub(crate) fn with_facts(&self, facts: &LiveFacts, report: &mut Report) -> Option<Desired> {
        let config = plimsoll_lang::evaluate_again(
            &self.loaded,
            self.env.as_deref(),
            &self.inputs,
            &PlimsollVocabulary,
            facts,
            report,
        )?;
        Some(plimsoll_blocks::compile_with(&config, &facts.live, report))
    }
}

/// The findings for every declared environment, each evaluated on its own: what `validate` shows,
/// and what planning one environment says about the others. The inputs' `--var` count for all.
pub fn check_all(dir: &Path, inputs: &Inputs) -> Vec<(Option<String>, Offline)> {
    let mut report = Report::new();
    let names = plimsoll_lang::environment_names(&plimsoll_lang::load(dir, &mut report));
    match names.is_empty() {
        true => vec![(None, offline(dir, None, inputs))],
        false => names
            .into_iter()
            .map(|(name, _)| (Some(name.clone()), offline(dir, Some(&name), inputs)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_cluster_told_is_put_into_what_was_read_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let write = |text: &str, value: &str| {
            std::fs::write(folder.path().join("main.hcl"), text).unwrap();
            std::fs::write(folder.path().join("value.txt"), value).unwrap();
        };
        let text = "project \"shop\" {}\nconfig \"site\" { data = { a = file(\"value.txt\") } }\n";
        write(text, "first");
        let offline = offline(folder.path(), None, &Inputs::default());
        let planned = offline.desired.clone().unwrap();
        write("project \"shop\" {}\n", "second");
        let again = offline.with_facts(&LiveFacts::default(), &mut Report::new()).unwrap();
        assert_eq!(format!("{again:?}"), format!("{planned:?}"));
    }
}
