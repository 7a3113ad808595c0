//! Modules: references to them, what they take and what they give.
//!
//! A module instance is a unit of its own; its variables are nodes that the caller's expressions
//! give their values to, its outputs are nodes that the caller reads. Where a module lies and how
//! it is read is not known here.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use plimsoll_model::{Data, Diagnostic, InstanceKey, ModuleStep, Origin, Report, Span, Value};

use super::Evaluator;
use super::expr::at;
use super::instances::{Instances, Kind};
use super::node::{Local, NodeId};
use super::reference::Recorder;
use super::scope::Scope;
use super::traversal::step_name;
use super::unit::{Call, Unit};
use crate::catalog::MODULE;
use crate::declaration::{Declaration, Given, annotate_input, declare};
use crate::suggest::{did_you_mean, quoted_list};
use crate::syntax::ast::{self, Attr, Block, Expr, Step, StepKind};

/// Attributes of a `module` block that are not inputs.
pub const CALL_ATTRS: [&str; 7] =
    ["count", "depends_on", "enabled", "for_each", "providers", "source", "version"];

/// More module instances than this are a mistake.
const MAX_UNITS: usize = 20_000;

/// The variables of modules, by module and index; none where a declaration is wrong.
pub type Declarations<'a> = HashMap<(usize, usize), Option<Rc<Declaration<'a>>>>;

impl<'a> Evaluator<'a> {
    /// `module.shop`, `module.shop["eu"].url`, and what follows.
    pub(crate) fn module_reference(&self, root: &Expr, steps: &[Step], span: Span, scope: &Scope) -> Value {
        let named = steps.split_first().and_then(|(first, rest)| Some((step_name(first)?, first, rest)));
        let Some((name, first, rest)) = named else {
            return self.fail(
                Diagnostic::error("bare-root", "incomplete reference")
                    .detail("Modules are read by name: module.name.")
                    .at(root.span, ""),
            );
        };
        let name_at = root.span.to(first.span);
        let Some(block) = self.find_block(MODULE, &name, name_at) else { return Value::poison() };
        let found = self.instances(block, Some(span));
        self.record_all(&found.read, span);
        let (value, rest) = match (found.kind, rest.split_first()) {
            (Kind::One, _) if found.items.is_empty() => (self.no_instance(block, &found, name_at), rest),
            (Kind::One, _) => self.module_value(block, 0, rest, span),
            (_, Some((Step { kind: StepKind::Index(e), span: key_span }, after))) => {
                let key = self.eval(e, scope);
                match self.keyed_instance(block, &found, &key, *key_span) {
                    Some((i, _)) => self.module_value(block, i, after, span),
                    None => (Value::poison(), after),
                }
            }
            _ => (self.all_modules(block, &found, span), rest),
        };
        at(self.steps(value, rest, scope), span)
    }

    /// What a module instance gives: the one output that the first step reads, else all of them.
    fn module_value<'s>(
        &self,
        block: usize,
        instance: usize,
        steps: &'s [Step],
        span: Span,
    ) -> (Value, &'s [Step]) {
        let Some(unit) = self.child(block, instance) else { return (Value::poison(), steps) };
        match steps.split_first().and_then(|(first, rest)| Some((step_name(first)?, first.span, rest))) {
            Some((name, name_at, rest)) => {
                let label = rest.first().and_then(step_name);
                (self.named_output(&unit, &name, label.as_deref(), name_at, span), rest)
            }
            None => (self.all_outputs(&unit, span), steps),
        }
    }

    /// An output by its name; `label` is what is read from it, if anything.
    fn named_output(
        &self,
        unit: &Rc<Unit<'a>>,
        name: &str,
        label: Option<&str>,
        name_at: Span,
        span: Span,
    ) -> Value {
        let outputs = &unit.catalog.outputs;
        if let Some(index) = outputs.index.get(name) {
            return self.read_output(unit, *index, span);
        }
        if unit.catalog.is_broken("output", name) {
            return Value::poison();
        }
        let called = unit.prefix();
        let called = called.trim_end_matches('.');
        let names: Vec<&str> = outputs.items.iter().filter_map(|b| Some(&*b.labels.first()?.text)).collect();
        let d = Diagnostic::error("unsupported-attribute", "unsupported attribute")
            .detail(format!("{called} has no output named {name:?}."))
            .at(name_at, "");
        let d = match &unit.call {
            Some(call) => d.related(call.header, format!("the module in {} is called here", unit.dir)),
            None => d,
        };
        if let Some(label) = label.filter(|_| self.vocabulary.exports(name).is_some()) {
            let block = format!("{name}.{label}");
            let gives = outputs.items.iter().find(|b| gives_block(b, name, label));
            let output = gives.and_then(|b| b.labels.first()).map(|l| l.text.to_string());
            let d = d.detail(format!(
                "Blocks of a module are read through its outputs, so {called} has no {block}."
            ));
            return self.fail(d.help(match output {
                Some(output) => format!("{called}.{output}"),
                None => format!(
                    "declare it in {}: output \"{label}\" {{ value = {block} }}, and read {called}.{label}",
                    unit.dir
                ),
            }));
        }
        self.fail(match did_you_mean(name, names.iter().copied()) {
            Some(near) => d.help(format!("did you mean {near}?")),
            None if names.is_empty() => {
                d.help(format!("declare it in {}: output \"{name}\" {{ value = … }}", unit.dir))
            }
            None => d.help(format!("it has {}", quoted_list(&names))),
        })
    }

    fn read_output(&self, unit: &Rc<Unit<'a>>, index: usize, span: Span) -> Value {
        let output = self.output(unit, index, Some(span));
        self.record_all(&output.read, span);
        if let Some(block) = unit.catalog.outputs.items.get(index)
            && let Some(message) = deprecation(block)
        {
            let name = block.labels.first().map_or("", |l| &*l.text);
            self.report(
                Diagnostic::warning("deprecated", "use of something deprecated")
                    .detail(format!("The output {name:?} of the module in {}: {message}", unit.dir))
                    .at(span, "read here")
                    .related(block.header_span, "declared here"),
            );
        }
        output.value.clone()
    }

    fn all_outputs(&self, unit: &Rc<Unit<'a>>, span: Span) -> Value {
        let names = unit.catalog.outputs.items.iter().enumerate();
        let all = names
            .filter_map(|(i, b)| Some((b.labels.first()?.text.to_string(), self.read_output(unit, i, span))));
        Value::object(all.collect()).with_origin(Origin::at(span))
    }

    fn all_modules(&self, block: usize, found: &Instances, span: Span) -> Value {
        if found.failed {
            return Value::poison();
        }
        let outputs = |i: usize| match self.child(block, i) {
            Some(unit) => self.all_outputs(&unit, span),
            None => Value::poison(),
        };
        let all = found.items.iter().enumerate().map(|(i, x)| (&x.address.key, outputs(i)));
        let data = if found.kind == Kind::Count {
            Data::Tuple(Arc::new(all.map(|(_, v)| v).collect()))
        } else {
            let named = all.filter_map(|(key, v)| match key {
                Some(InstanceKey::Name(n)) => Some((n.clone(), v)),
                _ => None,
            });
            Data::Object(Arc::new(named.collect()))
        };
        Value::new(data).with_origin(Origin::at(span))
    }

    /// The unit of an instance of a `module` block of the unit that the evaluation stands in; none
    /// where the module could not be read (which was reported).
    pub(crate) fn child(&self, block: usize, instance: usize) -> Option<Rc<Unit<'a>>> {
        let parent = self.unit();
        let known = parent.children.borrow().get(&(block, instance)).copied();
        if let Some(id) = known {
            return self.unit_of(id);
        }
        let module = self.loaded.modules.get(*parent.catalog.calls.get(&block)?)?;
        let found = self.instances(block, None);
        let item = found.items.get(instance)?;
        let header = parent.catalog.blocks.get(block)?.header_span;
        let id = self.units.borrow().len();
        if id > MAX_UNITS {
            self.report_always(
                Diagnostic::error("too-many-modules", "too many module instances")
                    .detail(format!("Modules have more than {MAX_UNITS} instances together."))
                    .at(header, "while calling this one"),
            );
            return None;
        }
        let mut path = parent.path.clone();
        path.push(ModuleStep { name: item.address.name.clone(), key: item.address.key.clone() });
        let mut read = Recorder::default();
        read.add_all(&found.read);
        if let Some(call) = &parent.call {
            read.add_all(&call.read);
        }
        let call = Call { unit: parent.id, block, header, bindings: item.bindings.clone(), read };
        self.unit_index.borrow_mut().insert(path.clone(), id);
        let unit = Rc::new(Unit::new(id, &module.catalog, &module.dir, path, Some(call)));
        self.units.borrow_mut().push(unit.clone());
        parent.children.borrow_mut().insert((block, instance), id);
        Some(unit)
    }

    /// An output of a module instance.
    pub(crate) fn output(&self, unit: &Rc<Unit<'a>>, index: usize, at: Option<Span>) -> Rc<Local> {
        self.node(NodeId::Output(unit.id, index), &unit.outputs, index, at, || {
            self.inside(unit.id, || match unit.catalog.outputs.items.get(index) {
                Some(block) => self.output_value(block),
                None => Value::poison(),
            })
        })
    }

    /// A variable of the module instance that the evaluation stands in.
    pub(crate) fn input(&self, index: usize, at: Option<Span>) -> Rc<Local> {
        let unit = self.unit();
        self.node(NodeId::Input(unit.id, index), &unit.inputs, index, at, || self.input_value(&unit, index))
    }

    fn input_value(&self, unit: &Unit<'a>, index: usize) -> Value {
        let Some(d) = self.declared(unit, index) else { return Value::poison() };
        let Some((call, caller)) = self.calling(unit) else { return Value::poison() };
        self.inside(call.unit, || {
            let mut report = Report::new();
            let value = match caller.body.attr(d.name) {
                Some(a) => {
                    let value = self.eval(&a.expr, &Scope::ROOT.with(&call.bindings));
                    self.given(&d, value, a, &mut report)
                }
                None if d.default.is_some() => d.default.clone(),
                None => {
                    report.push(missing(&d, unit, call.header));
                    None
                }
            };
            self.report_all(report);
            value.map_or_else(Value::poison, |v| v.sensitive_if(d.sensitive))
        })
    }

    fn given(&self, d: &Declaration<'a>, value: Value, a: &Attr, report: &mut Report) -> Option<Value> {
        if value.is_poison() {
            return None;
        }
        if let Some(message) = deprecation(d.block) {
            report.push(
                Diagnostic::warning("deprecated", "use of something deprecated")
                    .detail(format!("The variable {:?}: {message}", &**d.name))
                    .at(a.name_span, "set here")
                    .related(d.block.header_span, "declared here"),
            );
        }
        if value.is_null() && !d.nullable {
            return match &d.default {
                Some(default) => Some(default.clone()),
                None => {
                    report.push(d.not_null(Some(a.expr.span)));
                    None
                }
            };
        }
        let given = Given::in_file(value, a.expr.span);
        let value = d.accept(&given, report)?;
        Some(annotate_input(&value, d.name))
    }

    /// The call of a unit, and the block that calls.
    pub(crate) fn calling<'u>(&self, unit: &'u Unit<'a>) -> Option<(&'u Call, &'a Block)> {
        let call = unit.call.as_ref()?;
        Some((call, self.unit_of(call.unit)?.catalog.blocks.get(call.block)?))
    }

    /// A variable that a module declares; what is wrong with the declaration is reported once.
    pub(crate) fn declared(&self, unit: &Unit<'a>, index: usize) -> Option<Rc<Declaration<'a>>> {
        let (call, _) = self.calling(unit)?;
        let module = *self.unit_of(call.unit)?.catalog.calls.get(&call.block)?;
        let known = self.declarations.borrow().get(&(module, index)).cloned();
        if let Some(known) = known {
            return known;
        }
        let block = unit.catalog.variables.items.get(index)?;
        let name = &block.labels.first()?.text;
        let mut report = Report::new();
        let mut made = declare(name, block, self, &mut report).map(Rc::new);
        if CALL_ATTRS.contains(&&**name) {
            report.push(
                Diagnostic::error("bad-name", "name cannot be referred to")
                    .detail(format!(
                        "A call of the module could not set {name:?}: the word has a meaning there."
                    ))
                    .at(block.header_span, "rename this variable"),
            );
            made = None;
        }
        self.report_all(report);
        self.declarations.borrow_mut().insert((module, index), made.clone());
        made
    }
}

/// Why something should not be used any more, where it is deprecated.
pub fn deprecation(block: &Block) -> Option<&str> {
    match &block.body.attr("deprecated")?.expr.bare().kind {
        ast::Kind::String(message) => Some(message),
        _ => None,
    }
}

fn missing(d: &Declaration, unit: &Unit, header: Span) -> Diagnostic {
    Diagnostic::error("missing-variable", "no value for required variable")
        .detail(format!("The module in {} needs a value for {:?}.", unit.dir, &**d.name))
        .at(header, "this call sets none")
        .related(d.block.header_span, "declared here")
        .help(format!("type {} = … in the call", d.name))
}

/// Whether an output gives a block and nothing else.
fn gives_block(output: &Block, ty: &str, label: &str) -> bool {
    let Some(value) = output.body.attr("value") else { return false };
    match &value.expr.bare().kind {
        ast::Kind::Traversal(t) => {
            matches!(&t.root.kind, ast::Kind::Variable(root) if **root == *ty)
                && matches!(t.steps.as_slice(), [one] if step_name(one).as_deref() == Some(label))
        }
        _ => false,
    }
}
