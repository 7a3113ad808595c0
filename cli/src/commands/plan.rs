//! `plan`: what apply would change.

use plimsoll_driver::Options;
use plimsoll_plan::{Named, Variable};
use plimsoll_report::Style;

use crate::arguments::{Part, PlanArguments, Replacements};
use crate::configuration::{tell, tell_one};
use crate::exit::Exit;
use crate::online::{Online, block_on, duration};
use crate::saved;
use crate::terminal::Terminal;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: PlanArguments) -> Exit {
    block_on(terminal, plan(terminal, &arguments))
}

async fn plan(terminal: &Terminal, arguments: &PlanArguments) -> Result<Exit, Exit> {
    let timeout = duration(terminal, "--request-timeout", &arguments.request_timeout)?;
    let folder = arguments.folder.as_deref();
    let online = Online::prepare(terminal, folder, &arguments.target, timeout).await?;
    let options = Options {
        parallelism: arguments.parallelism.into(),
        destroy: arguments.destroy,
        probe: !arguments.no_probe,
        allow_replace: arguments.replacements.allow_replace.iter().cloned().collect(),
        allow_loss: arguments.replacements.allow_loss.iter().cloned().collect(),
        named: named(&arguments.part, &arguments.replacements),
        describe_unchanged: arguments.json || arguments.out.is_some(),
        ..Options::default()
    };
    let mut planned = online.session(options).plan().await.map_err(|stop| online.stop(terminal, &stop))?;
    planned.plan.header.folder = folder.and_then(saved::folder_from_here);
    let plan = &planned.plan;
    for resolved in &planned.resolved {
        terminal.err(&resolved.message());
    }
    if arguments.json {
        terminal.out(&format!("{:#}", plimsoll_report::json::plan(plan)));
    } else if arguments.markdown {
        terminal.out(&plimsoll_report::markdown::plan(plan));
    } else if arguments.order {
        terminal.out(&plimsoll_report::order::order(plan, Style { colour: terminal.colour() }));
    } else {
        terminal.out(&plimsoll_report::text::plan(plan, Style { colour: terminal.colour() }));
    }
    tell(terminal, &planned.report, online.offline.sources());
    if plan.errored() || planned.report.has_errors() {
        return Err(Exit::Error);
    }
    if let Some(path) = &arguments.out {
        saved::write(path, plan).map_err(|diagnostic| {
            tell_one(terminal, *diagnostic);
            Exit::Error
        })?;
        if !arguments.json && !arguments.markdown {
            // Sensitive variables are in no file: they are given again.
            let hidden = plan.header.variables.iter().filter(|(_, v)| matches!(v, Variable::Hash(_)));
            let again: String = hidden.map(|(name, _)| format!(" -var {name}=VALUE")).collect();
            terminal.out(&format!("\nSaved. To carry it out:\n  plimsoll apply {}{again}", path.display()));
        }
    }
    Ok(if arguments.detailed_exitcode && plan.has_changes() { Exit::Changes } else { Exit::Success })
}

/// What the command line names for one plan.
pub fn named(part: &Part, replacements: &Replacements) -> Named {
    Named {
        targets: part.targets.iter().cloned().collect(),
        exclude: part.exclude.iter().cloned().collect(),
        replace: replacements.replace.iter().cloned().collect(),
        allowed: part.allow_protected,
    }
}
