//! Units: the configuration itself, and every instance of a module that it calls.
//!
//! Holds what was evaluated of each, and which one the evaluation stands in. Says nothing of what
//! a module takes and gives: that is `module.rs`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use plimsoll_model::{Diagnostic, ModuleStep, Span, Value};

use super::Evaluator;
use super::instances::Instances;
use super::node::{Local, Memo};
use super::reference::Recorder;
use crate::catalog::Catalog;
use crate::syntax::ast::Name;

/// What is known of named parts of block instances: block, instance, name.
type Memos<N> = HashMap<(usize, usize, N), Memo<Value>>;

/// What is known of things by their index.
type Slots<T> = RefCell<Vec<Memo<Rc<T>>>>;

/// The configuration, or an instance of a module.
pub struct Unit<'a> {
    /// Its number: 0 is the configuration itself.
    pub id: usize,
    /// What it declares.
    pub catalog: &'a Catalog,
    /// Its folder, relative to the configuration's: `.` for the configuration itself.
    pub dir: &'a str,
    /// The calls that lead to it, outermost first.
    pub path: Vec<ModuleStep>,
    /// Who calls it; none for the configuration itself.
    pub call: Option<Call>,
    pub(super) locals: Slots<Local>,
    pub(super) inputs: Slots<Local>,
    pub(super) outputs: Slots<Local>,
    pub(super) instances: Slots<Instances>,
    pub(super) exports: RefCell<Memos<&'static str>>,
    pub(super) attrs: RefCell<Memos<Name>>,
    /// The units of the modules that it calls, by block and instance.
    pub(super) children: RefCell<HashMap<(usize, usize), usize>>,
}

/// A call of a module.
pub struct Call {
    /// The unit that calls.
    pub unit: usize,
    /// The `module` block, by its index there.
    pub block: usize,
    /// Its header.
    pub header: Span,
    /// `each` or `count` of the instance.
    pub bindings: Vec<(Name, Value)>,
    /// What was read to find the instances of this call, and of the calls around it.
    pub read: Recorder,
}

impl<'a> Unit<'a> {
    /// A unit of which nothing is evaluated yet.
    pub fn new(
        id: usize,
        catalog: &'a Catalog,
        dir: &'a str,
        path: Vec<ModuleStep>,
        call: Option<Call>,
    ) -> Unit<'a> {
        fn slots<T>(length: usize) -> Slots<T> {
            RefCell::new(vec![Memo::New; length])
        }
        Unit {
            id,
            catalog,
            dir,
            path,
            locals: slots(catalog.locals.items.len()),
            inputs: slots(if call.is_some() { catalog.variables.items.len() } else { 0 }),
            outputs: slots(if call.is_some() { catalog.outputs.items.len() } else { 0 }),
            instances: slots(catalog.blocks.len()),
            exports: RefCell::new(HashMap::new()),
            attrs: RefCell::new(HashMap::new()),
            children: RefCell::new(HashMap::new()),
            call,
        }
    }

    /// `module.shop["eu"].` for names in it; empty for the configuration itself.
    pub fn prefix(&self) -> String {
        self.path.iter().fold(String::new(), |mut out, step| {
            out.push_str("module.");
            out.push_str(&step.name);
            out.extend(step.key.as_ref().map(ToString::to_string));
            out.push('.');
            out
        })
    }
}

impl<'a> Evaluator<'a> {
    /// The unit that the evaluation stands in.
    pub(crate) fn unit(&self) -> Rc<Unit<'a>> {
        self.current.borrow().clone()
    }

    /// What the unit declares that the evaluation stands in.
    pub(crate) fn catalog(&self) -> &'a Catalog {
        self.current.borrow().catalog
    }

    /// A unit by its number.
    pub(crate) fn unit_of(&self, id: usize) -> Option<Rc<Unit<'a>>> {
        self.units.borrow().get(id).cloned()
    }

    /// The unit at the end of a path of calls; none where it was not reached yet.
    pub(crate) fn unit_at(&self, path: &[ModuleStep]) -> Option<usize> {
        if path.is_empty() { Some(0) } else { self.unit_index.borrow().get(path).copied() }
    }

    /// Runs `f` with the evaluation standing in another unit.
    pub(crate) fn inside<T>(&self, id: usize, f: impl FnOnce() -> T) -> T {
        let Some(unit) = self.unit_of(id).filter(|u| u.id != self.current.borrow().id) else { return f() };
        let before = self.current.replace(unit);
        let out = f();
        self.current.replace(before);
        out
    }

    /// The calls that lead to where the evaluation stands, the innermost first: name and header.
    pub(crate) fn calls(&self) -> Vec<(String, Span)> {
        let mut out = Vec::new();
        let mut unit = self.unit();
        while let Some(call) = &unit.call {
            out.push((unit.path.last().map_or_else(String::new, |s| s.name.to_string()), call.header));
            match self.unit_of(call.unit) {
                Some(parent) => unit = parent,
                None => break,
            }
        }
        out
    }

    /// The finding with the calls that lead to where it was made.
    pub(super) fn with_calls(&self, d: Diagnostic) -> Diagnostic {
        d.called_by(&self.calls())
    }
}
