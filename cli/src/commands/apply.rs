//! `apply`: plan and carry it out, or carry out a plan that was saved and reviewed.

use std::path::{Path, PathBuf};

use plimsoll_driver::{Offline, Options, Outcome, Session, Signals};
use plimsoll_lang::Inputs;
use plimsoll_model::{Diagnostic, Report};
use plimsoll_plan::{Plan, Variable, file};
use plimsoll_report::{Style, safe};
use serde_json::Value as Json;

use crate::arguments::{ApplyArguments, Target};
use crate::commands::plan::named;
use crate::commands::status::table;
use crate::configuration::{tell, tell_one};
use crate::exit::Exit;
use crate::online::{Checked, Online, block_on, duration};
use crate::progress::{Progress, why};
use crate::saved;
use crate::terminal::Terminal;

/// The largest plan after which everything that stands is listed; `status` lists any number.
const LISTED_AFTERWARDS: usize = 50;

/// Runs the command.
pub fn run(terminal: &Terminal, arguments: ApplyArguments) -> Exit {
    block_on(terminal, apply(terminal, &arguments))
}

async fn apply(terminal: &Terminal, arguments: &ApplyArguments) -> Result<Exit, Exit> {
    let timeout = duration(terminal, "--request-timeout", &arguments.request_timeout)?;
    let lock_timeout = duration(terminal, "--lock-timeout", &arguments.lock_timeout)?;
    let options = Options {
        parallelism: arguments.parallelism.into(),
        wait: !arguments.no_wait,
        delete_unrecorded: arguments.delete_unrecorded,
        allow_replace: arguments.replacements.allow_replace.iter().cloned().collect(),
        allow_loss: arguments.replacements.allow_loss.iter().cloned().collect(),
        named: named(&arguments.part, &arguments.replacements),
        ..Options::default()
    };
    let (folder, plan) = match &arguments.what {
        Some(path) if !path.is_dir() => {
            let plan = read_plan(terminal, path)?;
            (saved::configuration(path, &plan).map_err(|d| refuse(terminal, *d))?, Some(plan))
        }
        folder => (folder.clone(), None),
    };
    let mut target = arguments.target.clone();
    if let Some(plan) = &plan {
        refuse_names(terminal, &options)?;
        choose_environment(terminal, &mut target, plan)?;
    }
    let carried = |inputs: &mut Inputs| {
        if let Some(plan) = &plan {
            carry_variables(inputs, plan);
        }
    };
    let checked = Checked::read(terminal, folder.as_deref(), &target, carried)?;
    // What is not allowed is said before anybody needs a way to the cluster.
    match &plan {
        Some(plan) => refuse_deletes(terminal, plan, arguments.allow_destroy)?,
        None => refuse_protected(terminal, &checked.offline, "apply", folder.as_deref())?,
    }
    let online = checked.connect(terminal, timeout).await?;
    let session = online.session(options);
    match plan {
        Some(plan) => {
            let style = Style { colour: terminal.colour() };
            terminal.out(&plimsoll_report::text::heading(&plan, style));
            terminal.out(&plimsoll_report::text::summary(&plan, style));
            let mut locked =
                session.lock("apply", lock_timeout).await.map_err(|stop| online.stop(terminal, &stop))?;
            for resolved in locked.resolved() {
                terminal.out(&safe::line(&resolved.message()));
            }
            carry_out(terminal, &online, &session, &mut locked, &plan).await
        }
        None => {
            plan_and_carry_out(terminal, &online, &session, "apply", lock_timeout, arguments.auto_approve)
                .await
        }
    }
}

/// Plans under the lock, asks, and carries the plan out.
pub async fn plan_and_carry_out(
    terminal: &Terminal,
    online: &Online,
    session: &Session<'_>,
    command: &str,
    lock_timeout: std::time::Duration,
    auto_approve: bool,
) -> Result<Exit, Exit> {
    let stop = |stop| online.stop(terminal, &stop);
    let mut locked = session.lock(command, lock_timeout).await.map_err(stop)?;
    for resolved in locked.resolved() {
        terminal.out(&safe::line(&resolved.message()));
    }
    let planned = locked.plan().await.map_err(stop)?;
    terminal.out(&plimsoll_report::text::plan(&planned.plan, Style { colour: terminal.colour() }));
    tell(terminal, &planned.report, online.offline.sources());
    if planned.plan.errored() || planned.report.has_errors() {
        return Err(Exit::Error);
    }
    let plan = &planned.plan;
    if plan.has_changes() && !auto_approve {
        approve(terminal, command)?;
    }
    if !plan.header.destroy || plan.has_changes() {
        carry_out(terminal, online, session, &mut locked, plan).await?;
    }
    refuse_success(terminal, plan)
}

/// A destroy that left something behind did not do what was asked, and a pipeline must not believe it did.
fn refuse_success(terminal: &Terminal, plan: &Plan) -> Result<Exit, Exit> {
    if !plan.header.destroy || plan.unrecorded_deletes.is_empty() {
        return Ok(Exit::Success);
    }
    let left: Vec<String> =
        plan.unrecorded_deletes.iter().map(|o| safe::line(&format!("{} ({})", o.address, o.id))).collect();
    tell_one(
        terminal,
        Diagnostic::error("objects-left", "objects are left")
            .detail(format!("Only their labels mark them as ours: {}.", left.join(", ")))
            .help("plimsoll destroy -delete-unrecorded"),
    );
    Err(Exit::Error)
}

/// A saved plan is carried out as it was reviewed: what names a part of a plan, or what is replaced, was said
/// when it was made.
fn refuse_names(terminal: &Terminal, options: &Options) -> Result<(), Exit> {
    if options.named.is_empty() && options.allow_replace.is_empty() && options.allow_loss.is_empty() {
        return Ok(());
    }
    tell_one(
        terminal,
        Diagnostic::error("saved-plan-named", "a saved plan is carried out as it is")
            .detail(
                "-target, -exclude, -replace, -allow-replace and -allow-loss are said when a plan is made.",
            )
            .help("leave them out, or plan again with them: plimsoll plan … -out FILE"),
    );
    Err(Exit::Error)
}

/// Refuses the deletes of a saved plan in a protected environment, unless they are allowed by name.
fn refuse_deletes(terminal: &Terminal, plan: &Plan, allowed: bool) -> Result<(), Exit> {
    let deletes: Vec<String> = plan
        .operations
        .iter()
        .filter(|o| o.action == plimsoll_plan::Action::Delete)
        .map(|o| safe::line(&o.address.to_string()))
        .collect();
    if !plan.header.protected || allowed || deletes.is_empty() {
        return Ok(());
    }
    tell_one(
        terminal,
        Diagnostic::error("protected", "the environment is protected")
            .detail(format!("The plan deletes {} in {}.", deletes.join(", "), plan.header.environment))
            .help("review the deletes, then add --allow-destroy"),
    );
    Err(Exit::Error)
}

/// Refuses to change a protected environment without a reviewed plan.
pub fn refuse_protected(
    terminal: &Terminal,
    offline: &Offline,
    command: &str,
    folder: Option<&Path>,
) -> Result<(), Exit> {
    let Some(environment) = offline.config.as_ref().map(|c| &c.environment).filter(|e| e.protected) else {
        return Ok(());
    };
    let place = folder.map_or(String::new(), |f| format!("{} ", f.display()));
    let destroy = if command == "destroy" { "-destroy " } else { "" };
    let mut report = Report::new();
    report.push(
        Diagnostic::error("protected", "the environment is protected")
            .detail(format!(
                "{command} changes {} only from a plan that was saved and can be reviewed.",
                environment.name
            ))
            .at_some(environment.span, "protected = true stands in this block")
            .help(format!(
                "plimsoll plan {place}{destroy}-e {name} -out {name}.plan, then plimsoll apply {name}.plan",
                name = environment.name
            )),
    );
    tell(terminal, &report, offline.sources());
    Err(Exit::Error)
}

fn refuse(terminal: &Terminal, diagnostic: Diagnostic) -> Exit {
    tell_one(terminal, diagnostic);
    Exit::Error
}

/// Asks whether it may be done; says what to type where nobody can be asked.
pub fn approve(terminal: &Terminal, command: &str) -> Result<(), Exit> {
    if !terminal.interactive() {
        tell_one(
            terminal,
            Diagnostic::error("not-approved", "nobody can be asked")
                .detail("Standard input is no terminal, so the change cannot be approved here.")
                .help(match command {
                    "destroy" => "plimsoll destroy -auto-approve, or plan -destroy -out FILE and apply FILE",
                    "state rebuild" => "plimsoll state rebuild -auto-approve",
                    _ => "plimsoll apply -auto-approve, or plan -out FILE and apply FILE",
                }),
        );
        return Err(Exit::Error);
    }
    let answer = terminal.ask("\nDo it? Only 'yes' is taken for an answer: ");
    if answer.as_deref() == Some("yes") {
        return Ok(());
    }
    terminal.out("Not approved: nothing was changed.");
    Err(Exit::Error)
}

async fn carry_out(
    terminal: &Terminal,
    online: &Online,
    session: &Session<'_>,
    locked: &mut plimsoll_driver::Locked<'_, '_>,
    plan: &Plan,
) -> Result<Exit, Exit> {
    let signals = Signals::new();
    let listener = tokio::spawn(listen(signals.clone()));
    let progress = Progress::new(terminal);
    let outcome = locked.apply(plan, &|event| progress.show(event), &signals).await;
    listener.abort();
    let outcome = outcome.map_err(|stop| online.stop(terminal, &stop))?;
    if outcome.succeeded() && !plan.header.destroy && plan.operations.len() <= LISTED_AFTERWARDS {
        // What controllers made of it belongs to the answer; an apply is done without it, though.
        match session.status().await {
            Ok(rows) if !rows.is_empty() => terminal.out(&format!("\n{}\n", table(rows))),
            Ok(_) => {}
            Err(stop) => drop(online.stop(terminal, &stop)),
        }
    }
    tell_outcome(terminal, online, plan, &outcome);
    if outcome.succeeded() { Ok(Exit::Success) } else { Err(Exit::Error) }
}

/// Turns Ctrl-C and SIGTERM into wishes to stop.
async fn listen(signals: Signals) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return;
    };
    loop {
        tokio::select! {
            _ = interrupt.recv() => signals.interrupt(),
            _ = terminate.recv() => signals.interrupt(),
        }
    }
}

fn tell_outcome(terminal: &Terminal, online: &Online, plan: &Plan, outcome: &Outcome) {
    let style = Style { colour: terminal.colour() };
    let mut report = Report::new();
    for diagnostic in outcome.failed.iter().map(|(_, d)| d).chain(&outcome.notes) {
        report.push(diagnostic.clone());
    }
    tell(terminal, &report, online.offline.sources());
    let counts = |action| outcome.done.iter().filter(|(s, _)| s.action == action).count();
    use plimsoll_plan::Action::{Create, Delete, Replace, Update};
    let mut lines = Vec::new();
    if !outcome.succeeded() {
        let list = |title: &str, of: Vec<String>| {
            let mut all = vec![style.bold(&format!("{title} ({}):", of.len()))];
            all.extend(of.into_iter().map(|l| format!("  {l}")));
            if all.len() > 1 { all } else { Vec::new() }
        };
        let address = |s: &plimsoll_driver::Subject| safe::line(&s.address.to_string());
        lines.extend(list("Done", outcome.done.iter().map(|(s, _)| address(s)).collect()));
        lines.extend(list("Not ready", outcome.unready.iter().map(address).collect()));
        lines.extend(list(
            "Failed",
            outcome
                .failed
                .iter()
                .map(|(s, d)| format!("{}: {}", address(s), safe::line(&d.summary)))
                .collect(),
        ));
        lines.extend(list(
            "Skipped",
            outcome.skipped.iter().map(|(s, b)| format!("{}: {}", address(s), why(b))).collect(),
        ));
        if outcome.left {
            lines.push(
                "The journal holds what was sent; the next apply asks the cluster how it ended.".into(),
            );
        }
    }
    let verb = if plan.header.destroy { "Destroy" } else { "Apply" };
    let end = if outcome.succeeded() { "complete" } else { "incomplete" };
    lines.push(style.bold(&format!(
        "{verb} {end}: {} added, {} changed, {} destroyed.",
        counts(Create) + counts(Replace),
        counts(Update),
        counts(Delete) + counts(Replace)
    )));
    if !outcome.retained_claims.is_empty() {
        lines.push("Claims that stay, with their data:".into());
        lines.extend(outcome.retained_claims.iter().map(|id| format!("  {}", safe::line(&id.to_string()))));
    }
    for (name, value) in &outcome.outputs {
        lines.push(format!("{} = {}", safe::line(name), safe::line(&value.to_string())));
    }
    for name in &outcome.sensitive_outputs {
        lines.push(format!("{} = (sensitive value)", safe::line(name)));
    }
    if let Some(address) = &outcome.answers_at {
        lines.push(format!("It answers at {}", safe::line(address)));
    }
    terminal.out(&lines.join("\n"));
}

fn read_plan(terminal: &Terminal, path: &PathBuf) -> Result<Plan, Exit> {
    let plain = std::fs::read(path).is_ok_and(|bytes| !file::is_plan(&bytes));
    let help = if plain { "plimsoll apply takes a folder, or a file that plan -out wrote" } else { "" };
    saved::read(path).map_err(|diagnostic| {
        let diagnostic = if help.is_empty() { *diagnostic } else { diagnostic.help(help) };
        refuse(terminal, diagnostic)
    })
}

/// The environment of a saved plan is the plan's; another one on the command line is a mistake.
fn choose_environment(terminal: &Terminal, target: &mut Target, plan: &Plan) -> Result<(), Exit> {
    let named = &plan.header.environment;
    match &target.env {
        Some(env) if env != named => {
            tell_one(
                terminal,
                Diagnostic::error("other-environment", "the plan was made for another environment")
                    .detail(format!("The plan is for {named}; -e says {env}."))
                    .help("leave -e out: the plan knows its environment"),
            );
            Err(Exit::Stale)
        }
        _ => {
            target.env = Some(named.clone());
            Ok(())
        }
    }
}

/// Plain variables come from the plan; sensitive ones are given again.
fn carry_variables(inputs: &mut Inputs, plan: &Plan) {
    for (name, variable) in &plan.header.variables {
        if let Variable::Value(value) = variable {
            // A bare text is taken as it is; anything else is read as an expression, in which a
            // dollar or percent sign before a brace would begin a template.
            let text = match value {
                Json::Null => continue,
                Json::String(text) => text.clone(),
                other => other.to_string().replace("${", "$${").replace("%{", "%%{"),
            };
            inputs.vars.insert(0, (name.clone(), text));
        }
    }
}
