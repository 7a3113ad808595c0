//! One environment of a configuration, from syntax trees to a [`Config`].

use std::collections::HashMap;

use plimsoll_model::config::{Project, Reference};
use plimsoll_model::{
    Address, Config, ConfigBlock, Data, Diagnostic, InstanceKey, Output, Report, Span, Value, Vocabulary,
};

use crate::catalog::{OWN_BLOCKS, label};
use crate::environment::{self, Chosen};
use crate::eval::Evaluator;
use crate::eval::instances::{INSTANCE_ATTRS, Kind as InstanceKind};
use crate::eval::reference::Recorder;
use crate::eval::scope::Scope;
use crate::eval::traversal::step_name;
use crate::inputs::{Facts, Inputs};
use crate::load::Loaded;
use crate::project;
use crate::shape::check_shape;
use crate::suggest::did_you_mean;
use crate::syntax::ast::{Attr, Block, Expr, Kind, StepKind};
use crate::value::marks::deep_sensitive;
use crate::variables;

/// The stack of the thread that evaluates: expressions may nest, and values may depend on values.
const STACK: usize = 512 << 20;

/// Runs `f` on a stack that fits the evaluator's own limit of depth.
pub(crate) fn on_large_stack<T: Send>(report: &mut Report, f: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let thread =
            std::thread::Builder::new().name("evaluate".into()).stack_size(STACK).spawn_scoped(scope, f);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(out)) => Some(out),
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(e) => {
                report.push(
                    Diagnostic::error("no-thread", "cannot start a thread")
                        .detail(format!("The system refuses: {e}.")),
                );
                None
            }
        }
    })
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
    variables::prepare(loaded, inputs, report);
    evaluate_again(loaded, env, inputs, vocabulary, facts, report)
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
        let config = run(loaded, env, inputs, vocabulary, facts, &mut found, |ev, project, chosen| {
            let mut blocks = blocks(ev);
            blocks.sort_by(|a, b| a.address.cmp(&b.address));
            let outputs = outputs(ev);
            let variables =
                ev.variables.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
            Some(Config { project: project?, environment: chosen.environment, variables, blocks, outputs })
        });
        (config.flatten(), found)
    })?;
    report.extend(found);
    config
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

fn blocks(ev: &Evaluator) -> Vec<ConfigBlock> {
    let catalog = &ev.loaded.catalog;
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
    let mut out = Vec::with_capacity(catalog.blocks.len());
    for (index, block) in catalog.blocks.iter().enumerate() {
        if is_known(ev, block) {
            instances(ev, index, block, &mut out);
        }
    }
    out
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
        None => d.help(format!("there are {}", names.join(", "))),
    });
    false
}

fn instances(ev: &Evaluator, index: usize, block: &Block, out: &mut Vec<ConfigBlock>) {
    let found = ev.instances(index, None);
    for instance in &found.items {
        let scope = Scope::ROOT.with(&instance.bindings);
        let (body, mut read) =
            ev.recording(|| ev.body(&block.body, block.body_span, &scope, &INSTANCE_ATTRS));
        found.read.iter().for_each(|(target, at, unknown)| read.add(target, at, unknown));
        let depends_on = block.body.attr("depends_on").map(|a| depends_on(ev, a, &scope)).unwrap_or_default();
        out.push(ConfigBlock {
            address: instance.address.clone(),
            header_span: block.header_span,
            body,
            references: references(ev, &read, &instance.address),
            depends_on,
        });
    }
}

fn references(ev: &Evaluator, read: &Recorder, own: &Address) -> Vec<Reference> {
    let mut out: Vec<Reference> = read
        .iter()
        .filter_map(|((block, instance), span, unknown)| {
            let found = ev.instances(block, None);
            let to = found.items.get(instance)?.address.clone();
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
    ev.vocabulary.exports(ty)?;
    let (first, rest) = t.steps.split_first()?;
    let name = step_name(first)?;
    let Some(block) = ev.find_block(ty, &name, item.span) else { return Some(Vec::new()) };
    let found = ev.instances(block, Some(item.span));
    let key = match rest {
        [] => return Some(found.items.iter().map(|i| i.address.clone()).collect()),
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
    match found.index.get(&wanted).and_then(|i| found.items.get(*i)) {
        Some(i) => Some(vec![i.address.clone()]),
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

fn outputs(ev: &Evaluator) -> Vec<Output> {
    let mut out = Vec::new();
    for block in &ev.loaded.catalog.outputs.items {
        let mut shape = Report::new();
        check_shape(block, &["description", "sensitive", "value"], &[], &mut shape);
        shape.items().iter().for_each(|d| ev.report(d.clone()));
        let name = block.labels.first().map_or_else(String::new, |l| l.text.to_string());
        let Some(attr) = block.body.attr("value") else {
            ev.report(
                Diagnostic::error("missing-value", "output has no value")
                    .detail("An output shows a value.")
                    .at(block.header_span, "")
                    .help("value = …"),
            );
            continue;
        };
        let value = ev.eval(&attr.expr, &Scope::ROOT);
        let sensitive = block.body.attr("sensitive").map(|a| ev.eval(&a.expr, &Scope::ROOT));
        let marked = sensitive.and_then(|v: Value| v.as_bool()) == Some(true);
        if deep_sensitive(&value) && !marked {
            ev.report(
                Diagnostic::error("sensitive-output", "output refers to sensitive values")
                    .detail("To show or keep it anyway, say so.")
                    .at(attr.expr.span, "this is sensitive")
                    .help("type sensitive = true in the output; it is then never shown"),
            );
        }
        out.push(Output { name, value: value.sensitive_if(marked), span: block.header_span });
    }
    out
}

#[cfg(test)]
mod tests;
