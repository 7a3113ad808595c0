//! Nodes: what is evaluated once and may be read from anywhere; and the cycles between them.

use std::cell::RefCell;
use std::rc::Rc;

use plimsoll_model::{Diagnostic, Span, Value};

use super::Evaluator;
use super::reference::{Recorder, Target};
use super::scope::Scope;
use crate::catalog::Catalog;
use crate::syntax::ast::{Block, Name};

/// What is known of a node.
#[derive(Debug, Clone)]
pub enum Memo<T> {
    /// Nobody read it yet.
    New,
    /// It is being evaluated.
    Active,
    /// It was evaluated.
    Done(T),
}

/// A local value (or an input or output of a module) with everything that was read for it.
#[derive(Debug)]
pub struct Local {
    /// What it yields.
    pub value: Value,
    /// The blocks that were read for it.
    pub read: Recorder,
}

/// A node under evaluation.
#[derive(Debug, Clone)]
pub struct Active {
    /// Which one.
    pub id: NodeId,
    /// The expression that reads it; none where the run itself asked.
    pub read_at: Option<Span>,
}

/// Names a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeId {
    /// A local value, by unit and index.
    Local(usize, usize),
    /// A variable of a module, by unit and index.
    Input(usize, usize),
    /// An output of a module, by unit and index.
    Output(usize, usize),
    /// The instances of a block, by unit and index.
    Instances(usize, usize),
    /// An export of a block's instance.
    Export(Target, &'static str),
    /// An attribute of a block's instance, read by an export.
    Attr(Target, Name),
}

impl Evaluator<'_> {
    /// Runs `f` as the evaluation of a node: with its own record of what it reads, its findings
    /// going to the run.
    pub(crate) fn enter<T>(&self, id: NodeId, read_at: Option<Span>, f: impl FnOnce() -> T) -> (T, Recorder) {
        self.active.borrow_mut().push(Active { id, read_at });
        let out = self.recording(|| self.outside(f));
        self.active.borrow_mut().pop();
        out
    }

    /// Runs `f` with its own record of what it reads.
    pub(crate) fn recording<T>(&self, f: impl FnOnce() -> T) -> (T, Recorder) {
        self.recorders.borrow_mut().push(Recorder::default());
        let out = f();
        let read = self.recorders.borrow_mut().pop().unwrap_or_default();
        (out, read)
    }

    /// Notes that a block was read.
    pub(crate) fn record(&self, target: Target, at: Span, unknown: bool) {
        if let Some(r) = self.recorders.borrow_mut().last_mut() {
            r.add(target, at, unknown);
        }
    }

    /// Notes everything that a node read, as read by the expression at `at`.
    pub(crate) fn record_all(&self, read: &Recorder, at: Span) {
        if read.is_empty() {
            return;
        }
        if let Some(r) = self.recorders.borrow_mut().last_mut() {
            read.iter().for_each(|(target, _, unknown)| r.add(target, at, unknown));
        }
    }

    /// Names a cycle in full: `id` is read at `at` while it is being evaluated.
    pub(crate) fn cycle(&self, id: &NodeId, at: Option<Span>) -> Value {
        let active = self.active.borrow();
        let start = active.iter().position(|a| a.id == *id).unwrap_or(0);
        let ring = &active[start..];
        let mut way: Vec<String> = ring.iter().map(|a| self.node_name(&a.id)).collect();
        way.push(self.node_name(id));
        let mut d = Diagnostic::error("reference-cycle", "values depend on each other in a circle")
            .detail(format!("{}.", way.join(" → ")))
            .help("give one of them a value that does not come from the others");
        if let Some(at) = at {
            let from = ring.last().map_or_else(String::new, |a| self.node_name(&a.id));
            d = d.at(at, format!("{from} reads {} here", self.node_name(id)));
        }
        for pair in ring.windows(2) {
            if let [from, to] = pair
                && let Some(span) = to.read_at
            {
                d = d.related(
                    span,
                    format!("{} reads {} here", self.node_name(&from.id), self.node_name(&to.id)),
                );
            }
        }
        drop(active);
        self.report_always(d);
        Value::poison()
    }

    /// A node's name, as one writes it.
    fn node_name(&self, id: &NodeId) -> String {
        let named = |unit: usize, root: &str, name: fn(&Catalog, usize) -> Option<&Name>, index: usize| {
            self.unit_of(unit).map_or_else(String::new, |u| {
                let name = name(u.catalog, index).map_or("?", |n| &**n);
                format!("{}{root}{name}", u.prefix())
            })
        };
        fn label(block: Option<&Block>) -> Option<&Name> {
            block?.labels.first().map(|l| &l.text)
        }
        match id {
            NodeId::Local(u, i) => named(*u, "local.", |c, i| c.locals.items.get(i).map(|a| &a.name), *i),
            NodeId::Input(u, i) => named(*u, "var.", |c, i| label(c.variables.items.get(i)), *i),
            NodeId::Output(u, i) => named(*u, "", |c, i| label(c.outputs.items.get(i)), *i),
            NodeId::Instances(u, b) => self.inside(*u, || self.block_name(*b)),
            NodeId::Export(t, export) => format!("{}.{export}", self.instance_name(*t)),
            NodeId::Attr(t, name) => format!("{} ({name})", self.instance_name(*t)),
        }
    }

    /// The value of a local, read at `at`.
    pub(crate) fn local(&self, index: usize, at: Option<Span>) -> Rc<Local> {
        let unit = self.unit();
        let Some(attr) = unit.catalog.locals.items.get(index) else { return Local::poison() };
        let id = NodeId::Local(unit.id, index);
        self.node(id, &unit.locals, index, at, || self.eval(&attr.expr, &Scope::ROOT))
    }

    /// The value of a node, computed once by `f`.
    pub(super) fn node(
        &self,
        id: NodeId,
        slots: &RefCell<Vec<Memo<Rc<Local>>>>,
        index: usize,
        at: Option<Span>,
        f: impl FnOnce() -> Value,
    ) -> Rc<Local> {
        let memo = slots.borrow().get(index).cloned();
        let set = |memo| {
            if let Some(slot) = slots.borrow_mut().get_mut(index) {
                *slot = memo;
            }
        };
        match memo {
            Some(Memo::Done(local)) => local,
            Some(Memo::Active) => {
                self.cycle(&id, at);
                Local::poison()
            }
            Some(Memo::New) => {
                set(Memo::Active);
                let (value, read) = self.enter(id, at, f);
                let local = Rc::new(Local { value, read });
                set(Memo::Done(local.clone()));
                local
            }
            None => Local::poison(),
        }
    }
}

impl Local {
    fn poison() -> Rc<Local> {
        Rc::new(Local { value: Value::poison(), read: Recorder::default() })
    }
}
