//! A configuration as the command line finds it: folder, environment, variables from outside,
//! and everything that was found wrong so far.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use plimsoll_lang::{Facts, Inputs, Loaded, NoFacts, inputs::PROCESS_PREFIX};
use plimsoll_model::{Config, Desired, Diagnostic, Report};

use crate::arguments::Target;
use crate::commands::explain;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// A folder that was read, and what it was read with.
pub struct Configuration {
    /// The folder.
    pub folder: PathBuf,
    /// Its files.
    pub loaded: Loaded,
    /// Variables from outside.
    pub inputs: Inputs,
    /// The environment that was asked for.
    pub wanted: Option<String>,
    /// What was found so far.
    pub report: Report,
}

impl Configuration {
    /// Reads a folder (the current one where none is named).
    pub fn read(folder: Option<&Path>, target: &Target) -> Configuration {
        let folder = folder.map_or_else(|| PathBuf::from("."), Path::to_path_buf);
        let mut report = Report::new();
        let inputs = inputs(target, &mut report);
        let loaded = plimsoll_lang::load(&folder, &mut report);
        Configuration { folder, loaded, inputs, wanted: target.env.clone(), report }
    }

    /// The names of the environments, the implied one included.
    pub fn environments(&self) -> Vec<Option<String>> {
        let declared = plimsoll_lang::environment_names(&self.loaded);
        if declared.is_empty() {
            vec![None]
        } else {
            declared.into_iter().map(|(name, _)| Some(name)).collect()
        }
    }

    /// Evaluates and compiles one environment.
    pub fn compile(&mut self, environment: Option<&str>, facts: &dyn Facts) -> Option<(Config, Desired)> {
        plimsoll_driver::offline::compile(
            &mut self.loaded,
            environment,
            &self.inputs,
            facts,
            &mut self.report,
        )
    }

    /// Evaluates and compiles several environments. What is wrong in some of them only, says in which.
    pub fn check(&mut self, environments: &[Option<String>]) {
        let mut found: Vec<(Diagnostic, Vec<&str>)> = Vec::new();
        let mut known: HashMap<Diagnostic, usize> = HashMap::new();
        let reports = plimsoll_driver::offline::check(&mut self.loaded, environments, &self.inputs);
        for (environment, own) in environments.iter().zip(reports) {
            let name = environment.as_deref().unwrap_or("default");
            for diagnostic in own.items() {
                match known.get(diagnostic).and_then(|i| found.get_mut(*i)) {
                    Some((_, names)) => names.push(name),
                    None => {
                        known.insert(diagnostic.clone(), found.len());
                        found.push((diagnostic.clone(), vec![name]));
                    }
                }
            }
        }
        for (diagnostic, names) in found {
            let everywhere = names.len() == environments.len() || self.report.items().contains(&diagnostic);
            self.report.push(if everywhere { diagnostic } else { in_environments(diagnostic, &names) });
        }
        self.check_codes();
    }

    /// Comments that silence a code which no finding has.
    fn check_codes(&mut self) {
        for allowance in plimsoll_lang::allow::allowances(&self.loaded) {
            let code = allowance.code.as_str();
            if code.is_empty() || explain::is_code(code) {
                continue;
            }
            // That it silences nothing follows.
            self.report.retain(|d| {
                d.code != "allow-of-nothing" || d.at.as_ref().is_none_or(|at| at.span != allowance.span)
            });
            self.report.push(
                Diagnostic::warning("allow-of-unknown-code", "no finding has the code that is silenced")
                    .detail(format!("There is no code {code}."))
                    .at(allowance.span, "")
                    .help(match explain::nearest_code(code) {
                        Some(near) => format!("did you mean {near}?"),
                        None => "plimsoll explain, for a list of all codes".to_string(),
                    }),
            );
        }
    }

    /// The name of the environment that was asked for, or of the only one.
    pub fn environment_name(&mut self, terminal: &Terminal) -> Result<String, Exit> {
        let declared = plimsoll_lang::environment_names(&self.loaded);
        let names: Vec<&str> = declared.iter().map(|(name, _)| name.as_str()).collect();
        let diagnostic = match (&self.wanted, names.as_slice()) {
            (None, []) => return Ok("default".into()),
            (None, [only]) => return Ok((*only).to_string()),
            (Some(wanted), names)
                if names.contains(&wanted.as_str()) || (names.is_empty() && wanted == "default") =>
            {
                return Ok(wanted.clone());
            }
            (Some(wanted), _) => {
                let mut report = Report::new();
                report.push(plimsoll_lang::unknown_environment(&self.loaded, wanted));
                tell(terminal, &report, &self.loaded.sources);
                return Err(Exit::Error);
            }
            (None, _) => {
                let each: Vec<String> = names.iter().map(|n| format!("-e {n}")).collect();
                Diagnostic::error("which-environment", "it is not clear which environment is meant")
                    .detail(format!("There is more than one: {}.", names.join(", ")))
                    .help(each.join(", or "))
            }
        };
        tell_one(terminal, diagnostic);
        Err(Exit::Error)
    }

    /// Whether the environment is protected, as far as the configuration can be evaluated.
    pub fn is_protected(&mut self) -> bool {
        let wanted = self.wanted.clone();
        self.compile(wanted.as_deref(), &NoFacts).is_some_and(|(config, _)| config.environment.protected)
    }

    /// Prints what was found, and says whether the command may go on.
    pub fn tell(&self, terminal: &Terminal) -> Result<(), Exit> {
        tell(terminal, &self.report, &self.loaded.sources);
        if self.report.has_errors() { Err(Exit::Error) } else { Ok(()) }
    }
}

/// Prints diagnostics to standard error.
pub fn tell(terminal: &Terminal, report: &Report, sources: &plimsoll_model::SourceMap) {
    if !report.items().is_empty() {
        let style = plimsoll_report::Style { colour: terminal.colour_err() };
        terminal.err(&plimsoll_report::diagnostics::human(report, sources, style));
        terminal.keep(report.sorted().into_iter().map(|d| plimsoll_report::diagnostics::entry(d, sources)));
    }
}

/// Prints one diagnostic that has no place in a file.
pub fn tell_one(terminal: &Terminal, diagnostic: Diagnostic) {
    let mut report = Report::new();
    report.push(diagnostic);
    tell(terminal, &report, &plimsoll_model::SourceMap::new());
}

fn inputs(target: &Target, report: &mut Report) -> Inputs {
    let mut inputs = Inputs { var_files: target.variables.var_files.clone(), ..Inputs::default() };
    for pair in &target.variables.vars {
        match pair.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                inputs.vars.push((name.trim().to_string(), value.to_string()));
            }
            _ => report.push(
                Diagnostic::error("bad-var", "--var needs a name and a value")
                    .detail(format!("`--var {pair}` is not of the form NAME=VALUE."))
                    .help(match pair.trim_matches(|c: char| c == '=' || c.is_whitespace()) {
                        "" => "--var NAME=VALUE".to_string(),
                        name => format!("--var '{name}=VALUE'"),
                    }),
            ),
        }
    }
    for (name, value) in std::env::vars_os() {
        let Some(name) = name.to_str().filter(|n| n.starts_with(PROCESS_PREFIX)) else { continue };
        match value.into_string() {
            Ok(value) => {
                inputs.process.insert(name.to_string(), value);
            }
            Err(_) => report.push(
                Diagnostic::error("bad-var", "a variable of the process is no text")
                    .detail(format!("The value of {name} is not UTF-8.")),
            ),
        }
    }
    inputs
}

/// The finding, with the environments in which it holds where it does not name them itself.
fn in_environments(mut diagnostic: Diagnostic, names: &[&str]) -> Diagnostic {
    let named = |name: &&str| {
        let words: Vec<&str> = diagnostic.detail.split_whitespace().collect();
        let is_it = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()) == *name;
        words.windows(2).any(|pair| matches!(pair, ["environment", word] if is_it(word)))
    };
    if !names.iter().all(named) {
        let word = if names.len() > 1 { "environments" } else { "environment" };
        let space = if diagnostic.detail.is_empty() { "" } else { " " };
        diagnostic.detail =
            format!("In {word} {}:{space}{}", names.join(", "), std::mem::take(&mut diagnostic.detail));
    }
    diagnostic
}
