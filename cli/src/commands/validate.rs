//! `validate`: everything that can be found without a cluster, for every environment.

use plimsoll_model::Severity;

use crate::arguments::{Target, ValidateArguments};
use crate::configuration::Configuration;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: ValidateArguments) -> Exit {
    let target = Target { env: arguments.env, variables: arguments.variables };
    let mut configuration = Configuration::read(arguments.folder.as_deref(), &target);
    let environments = match &configuration.wanted {
        Some(name) => vec![Some(name.clone())],
        None => configuration.environments(),
    };
    configuration.check(&environments);
    let report = &configuration.report;
    let exit = if report.has_errors() { Exit::Error } else { Exit::Success };
    if arguments.json {
        terminal
            .out(&format!("{:#}", plimsoll_report::diagnostics::json(report, &configuration.loaded.sources)));
        return exit;
    }
    let _ = configuration.tell(terminal);
    if exit == Exit::Success {
        let names: Vec<_> = environments.iter().map(|e| e.as_deref().unwrap_or("default")).collect();
        let warnings = report.count(Severity::Warning);
        let but = match warnings {
            0 => String::new(),
            1 => ", with 1 warning".into(),
            n => format!(", with {n} warnings"),
        };
        terminal.out(&format!("The configuration is valid{but} (environments: {}).", names.join(", ")));
    }
    // The process ends here: giving back piece by piece what was read takes a tenth of the time.
    std::mem::forget(configuration);
    exit
}
