//! One environment of a configuration, from syntax trees to a [`Config`].

use std::collections::HashMap;

use plimsoll_model::config::{Project, Reference};
use plimsoll_model::{Address, Config, ConfigBlock, Data, Diagnostic, InstanceKey, Report, Span, Vocabulary};

use crate::catalog::{MODULE, OWN_BLOCKS, label};
use crate::conditions;
use crate::declaration;
use crate::environment::{self, Chosen};
use crate::eval::Evaluator;
use crate::eval::instances::{INSTANCE_ATTRS, Kind as InstanceKind};
use crate::eval::reference::Recorder;
use crate::eval::scope::Scope;
use crate::eval::traversal::step_name;
use crate::imports;
use crate::inputs::{Facts, Inputs};
use crate::load::Loaded;
use crate::modules;
use crate::moves;
use crate::outputs::outputs;
use crate::policies;
use crate::project;
use crate::removed;
use crate::suggest::did_you_mean;
use crate::syntax::ast::{Attr, Block, Expr, Kind, StepKind};
use crate::variables;

/// The stack of the thread that evaluates: expressions may nest, and values may depend on values.
const STACK: usize = 512 << 20;

/// Runs `f` on a stack that fits the evaluator's own limit of depth. None, and reported, where there is none.
pub fn on_large_stack<T: Send>(report: &mut Report, f: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let thread =
            std::thread::Builder::new().name("evaluate".into()).stack_size(STACK).spawn_scoped(scope, f);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(out)) => Some(out),
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(e) => {
                report.extend(no_thread(&e));
                None
            }
        }
    })
}

/// That the system starts no thread.
pub fn no_thread(error: &std::io::Error) -> Report {
    let mut report = Report::new();
    report.push(
        Diagnostic::error("no-thread", "cannot start a thread")
            .detail(format!("The system refuses: {error}.")),
    );
    report
}

/// Evaluates a configuration for one environment; `env` may be none where at most one is declared.
///
/// Findings go to `report`. None where there is no project or no such environment; otherwise what
/// could be evaluated, with poison where an expression failed.
pub fn evaluate(
    loaded: &mut Loaded,
    env: Option<&str>,
    inputs: &Inputs,
    vocabulary: &dyn Vocabulary,
    facts: &dyn Facts,
    report: &mut Report,
) -> Option<Config> {
    prepare(loaded, inputs, report);
    evaluate_again(loaded, env, inputs, vocabulary, facts, report)
}

/// Reads what comes from outside of the configuration, once for all of its environments, which can
/// then be evaluated side by side with [`evaluate_again`].
pub fn prepare(loaded: &mut Loaded, inputs: &Inputs, report: &mut Report) {
    variables::prepare(loaded, inputs, report);
}

/// Evaluates once more what [`evaluate`] evaluated with the same inputs, over what was read then:
/// no file is read again.
pub fn evaluate_again(
    loaded: &Loaded,
    env: Option<&str>,
    inputs: &Inputs,
    vocabulary: &dyn Vocabulary,
    facts: &dyn Facts,
    report: &mut Report,
) -> Option<Config> {
    let (config, found) = on_large_stack(report, || {
        let mut found = Report::new();
        let config = evaluate_and_take(loaded, env, inputs, vocabulary, facts, &mut found, |_| ());
        (config, found)
    })?;
    report.extend(found);
    config.map(|(config, _)| config)
}

/// The same on the caller's own stack, which [`on_large_stack`] makes, with something taken from each block
/// as soon as it is evaluated: what `take` leaves in a block is what the configuration holds of it, so that
/// bodies need not live side by side. What it took is returned in the order of the configuration's blocks.
pub fn evaluate_and_take<T>(
    loaded: &Loaded,
    env: Option<&str>,
    inputs: &Inputs,
    vocabulary: &dyn Vocabulary,
    facts: &dyn Facts,
    report: &mut Report,
    mut take: impl FnMut(&mut ConfigBlock) -> T,
) -> Option<(Config, Vec<T>)> {
    let config = run(loaded, env, inputs, vocabulary, facts, report, |ev, project, chosen| {
        let mut blocks = Vec::with_capacity(ev.catalog().blocks.len());
        unit_blocks(ev, &Vec::new(), &mut |mut block: ConfigBlock| {
            let taken = take(&mut block);
            blocks.push((block, taken));
        });
        blocks.sort_by(|(a, _), (b, _)| a.address.cmp(&b.address));
        let (blocks, taken): (Vec<_>, _) = blocks.into_iter().unzip();
        let outputs = outputs(ev);
        let imports = imports::imports(ev, &blocks);
        let released = removed::released(ev, &blocks);
        let policies = policies::policies(ev);
        let variables = ev.variables.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
        let environment = chosen.environment;
        let config = Config {
            project: project?,
            environment,
            variables,
            blocks,
            imports,
            released,
            policies,
            outputs,
        };
        Some((config, taken))
    });
    config.flatten()
}

/// Resolves the environment and its variables, then runs `f` with the evaluator.
pub(crate) fn run<T>(
    loaded: &Loaded,
    env: Option<&str>,
    inputs: &Inputs,
    vocabulary: &dyn Vocabulary,
    facts: &dyn Facts,
    report: &mut Report,
    f: impl FnOnce(&Evaluator, Option<Project>, Chosen) -> T,
) -> Option<T> {
    let catalog = &loaded.catalog;
    let nothing = HashMap::new();
    let fixed = Evaluator::new(loaded, vocabulary, facts, &nothing, "", "");
    let project = project::read(catalog, &fixed, report);
    let chosen = environment::choose(catalog, env, &fixed, report);
    let Some(chosen) = chosen else {
        report.extend(fixed.take_report());
        return None;
    };
    let values = variables::resolve(loaded, &fixed, &chosen, inputs, report);
    report.extend(fixed.take_report());
    let name = chosen.environment.name.clone();
    let namespace = chosen.environment.namespace.clone();
    let ev = Evaluator::new(loaded, vocabulary, facts, &values, &name, &namespace);
    variables::validate(&ev, loaded);
    let out = f(&ev, project, chosen);
    report.extend(ev.take_report());
    Some(out)
}

/// What a block waits for: addresses, and where that is written.
type Waits = Vec<(Address, Span)>;

/// The blocks of the unit that the evaluation stands in, and of every module that it calls.
/// `waits` is what the calls that lead to it wait for.
fn unit_blocks(ev: &Evaluator, waits: &Waits, out: &mut dyn FnMut(ConfigBlock)) {
    let unit = ev.unit();
    let catalog = unit.catalog;
    for i in 0..catalog.locals.items.len() {
        ev.local(i, None);
    }
    for block in &catalog.unnamed {
        if is_known(ev, block)
            && let Err(d) = label(block)
        {
            ev.report(*d);
        }
    }
    if unit.call.is_some() {
        imports::refuse(ev);
        policies::refuse(ev);
        for (i, block) in catalog.variables.items.iter().enumerate() {
            let input = ev.input(i, None);
            declaration::validate(ev, block, &input.value);
        }
        for i in 0..catalog.outputs.items.len() {
            ev.output(&unit, i, None);
        }
    }
    let mut found = Report::new();
    moves::check(ev.loaded, catalog, &mut found);
    removed::check(ev.loaded, catalog, &mut found);
    ev.report_all(found);
    for block in &catalog.checks.items {
        conditions::of_check(ev, block);
    }
    for (index, block) in catalog.blocks.iter().enumerate() {
        if &*block.ty == MODULE {
            calls(ev, index, block, waits, out);
        } else if is_known(ev, block) {
            instances(ev, index, block, waits, out);
        }
    }
}

/// The blocks of every instance of a `module` block.
fn calls(ev: &Evaluator, index: usize, block: &Block, waits: &Waits, out: &mut dyn FnMut(ConfigBlock)) {
    let found = ev.instances(index, None);
    if let Some(module) = ev.catalog().calls.get(&index).and_then(|i| ev.loaded.modules.get(*i)) {
        modules::check_call(block, module).into_iter().for_each(|d| ev.report(d));
    }
    for (i, instance) in found.items.iter().enumerate() {
        let Some(child) = ev.child(index, i) else { continue };
        let mut waits = waits.clone();
        if let Some(a) = block.body.attr("depends_on") {
            waits.extend(depends_on(ev, a, &Scope::ROOT.with(&instance.bindings)));
        }
        ev.inside(child.id, || unit_blocks(ev, &waits, out));
    }
}

/// Whether the vocabulary knows the type of a block; reported where it does not.
fn is_known(ev: &Evaluator, block: &Block) -> bool {
    if ev.vocabulary.exports(&block.ty).is_some() {
        return true;
    }
    let names = ev.vocabulary.block_names();
    let d = Diagnostic::error("unknown-block", "unknown block")
        .detail(format!("There is no block {:?}.", &*block.ty))
        .at(block.header_span, "");
    ev.report(match did_you_mean(&block.ty, names.iter().copied().chain(OWN_BLOCKS)) {
        Some(near) => d.help(format!("did you mean {near}?")),
        None => {
            let mut all: Vec<&str> = names.iter().copied().chain(OWN_BLOCKS).collect();
            all.sort_unstable();
            all.dedup();
            d.help(format!("there are {}", all.join(", ")))
        }
    });
    false
}

fn instances(ev: &Evaluator, index: usize, block: &Block, waits: &Waits, out: &mut dyn FnMut(ConfigBlock)) {
    let found = ev.instances(index, None);
    let unit = ev.unit();
    let calls = ev.calls();
    for instance in &found.items {
        let scope = Scope::ROOT.with(&instance.bindings);
        let (mut body, mut read) =
            ev.recording(|| ev.body(&block.ty, &block.body, block.body_span, &scope, &INSTANCE_ATTRS));
        conditions::of_lifecycle(ev, &mut body, block.header_span);
        read.add_all(&found.read);
        if let Some(call) = &unit.call {
            read.add_all(&call.read);
        }
        let mut depends_on =
            block.body.attr("depends_on").map(|a| depends_on(ev, a, &scope)).unwrap_or_default();
        depends_on.extend(waits.iter().cloned());
        out(ConfigBlock {
            address: instance.address.clone(),
            named_as: ev.named_as(&instance.address),
            header_span: block.header_span,
            body,
            references: references(ev, &read, &instance.address),
            depends_on,
            calls: calls.clone(),
        });
    }
}

fn references(ev: &Evaluator, read: &Recorder, own: &Address) -> Vec<Reference> {
    let mut out: Vec<Reference> = read
        .iter()
        .filter_map(|(target, span, unknown)| {
            let to = ev.instance_address(target)?;
            (to != *own).then_some(Reference { to, span, unknown })
        })
        .collect();
    out.sort_by(|a, b| a.to.cmp(&b.to));
    out
}

fn depends_on(ev: &Evaluator, attr: &Attr, scope: &Scope) -> Vec<(Address, Span)> {
    let bad = |span: Span, detail: String| {
        ev.report(
            Diagnostic::error("bad-depends-on", "invalid depends_on")
                .detail(detail)
                .at(span, "")
                .help("depends_on = [app.db, job.migrate]"),
        );
    };
    let Kind::Tuple(items) = &attr.expr.bare().kind else {
        bad(attr.expr.span, "depends_on is a list of references.".into());
        return Vec::new();
    };
    let mut out = Vec::new();
    for item in items {
        match dependency(ev, item, scope) {
            Some(found) => out.extend(found.into_iter().map(|a| (a, item.span))),
            None => bad(item.span, "Each element names a block, such as app.db.".into()),
        }
    }
    out
}

/// The instances that an element of `depends_on` names; none where it names nothing.
fn dependency(ev: &Evaluator, item: &Expr, scope: &Scope) -> Option<Vec<Address>> {
    let Kind::Traversal(t) = &item.bare().kind else { return None };
    let Kind::Variable(ty) = &t.root.kind else { return None };
    if &**ty != MODULE {
        ev.vocabulary.exports(ty)?;
    }
    let (first, rest) = t.steps.split_first()?;
    let name = step_name(first)?;
    let Some(block) = ev.find_block(ty, &name, item.span) else { return Some(Vec::new()) };
    let found = ev.instances(block, Some(item.span));
    let key = match rest {
        [] => return Some((0..found.items.len()).flat_map(|i| below(ev, block, i)).collect()),
        [one] => match &one.kind {
            StepKind::Index(e) => ev.eval(e, scope),
            _ => return None,
        },
        _ => return None,
    };
    let wanted = match &key.data {
        Data::Poison => return Some(Vec::new()),
        Data::String(s) => InstanceKey::Name(s.to_string()),
        Data::Number(n) => InstanceKey::Index(n.as_u64()?),
        _ => return None,
    };
    match found.index.get(&wanted) {
        Some(i) => Some(below(ev, block, *i)),
        None if found.failed || found.kind == InstanceKind::One => None,
        None => {
            ev.report(
                Diagnostic::error("invalid-index", "invalid index")
                    .detail(format!("{ty}.{name} has no instance {wanted}."))
                    .at(item.span, ""),
            );
            Some(Vec::new())
        }
    }
}

/// The instance itself; every block of it where it is a module.
fn below(ev: &Evaluator, block: usize, instance: usize) -> Vec<Address> {
    if ev.catalog().blocks.get(block).is_some_and(|b| &*b.ty == MODULE) {
        let Some(child) = ev.child(block, instance) else { return Vec::new() };
        return ev.inside(child.id, || {
            let blocks = child.catalog.blocks.iter().enumerate();
            let known = blocks.filter(|(_, b)| &*b.ty == MODULE || ev.vocabulary.exports(&b.ty).is_some());
            known
                .flat_map(|(i, _)| {
                    let found = ev.instances(i, None);
                    (0..found.items.len()).flat_map(|k| below(ev, i, k)).collect::<Vec<_>>()
                })
                .collect()
        });
    }
    let found = ev.instances(block, None);
    found.items.get(instance).map(|i| i.address.clone()).into_iter().collect()
}

#[cfg(test)]
mod tests;
