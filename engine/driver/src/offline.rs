//! A configuration read, evaluated and compiled for one environment: everything that needs no cluster.

use std::path::{Path, PathBuf};

use plimsoll_blocks::PlimsollVocabulary;
use plimsoll_graph::Graph;
use plimsoll_lang::{Facts, Inputs, Loaded, NoFacts};
use plimsoll_model::{Config, Desired, Node, Report, SourceMap, Span, Value};

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
    evaluated(dir, loaded, env, inputs, report)
}

/// The same from texts in memory: pairs of path and text.
pub fn offline_texts(files: &[(&str, &str)], env: Option<&str>, inputs: &Inputs) -> Offline {
    let mut report = Report::new();
    let loaded = plimsoll_lang::load_texts(files, &mut report);
    evaluated(Path::new("."), loaded, env, inputs, report)
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
    let config = plimsoll_lang::evaluate(loaded, env, inputs, &PlimsollVocabulary, facts, report)?;
    let desired = plimsoll_blocks::compile(&config, report);
    let nodes = desired.objects.iter().map(|o| o.address.clone()).collect();
    if let Err(cycles) = Graph::build(nodes, desired.edges.clone()) {
        cycles.iter().for_each(|cycle| report.push(cycle.diagnostic()));
    }
    Some((config, desired))
}

fn evaluated(
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
    pub(crate) fn with_facts(&self, facts: &dyn Facts, report: &mut Report) -> Option<Desired> {
        let config = plimsoll_lang::evaluate_again(
            &self.loaded,
            self.env.as_deref(),
            &self.inputs,
            &PlimsollVocabulary,
            facts,
            report,
        )?;
        Some(plimsoll_blocks::compile(&config, report))
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
    use crate::facts::LiveFacts;

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
