//! The evaluator: expressions and bodies of one environment, lazily and each once.
//!
//! Every local value, block instance and export is a node that is evaluated when it is first
//! read and then kept; a node that is read while it is being evaluated closes a cycle. Reads no
//! clock and no file (but through `file()`), and knows no block by name.

pub mod block;
pub mod body;
pub mod budget;
pub mod call;
pub mod expr;
pub mod for_expr;
pub mod instances;
pub mod module;
pub mod names;
pub mod node;
pub mod operators;
pub mod reference;
pub mod scope;
pub mod template;
pub mod text;
pub mod traversal;
pub mod unit;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use plimsoll_model::{Diagnostic, ModuleStep, Report, Span, Value, Vocabulary};

use crate::inputs::Facts;
use crate::load::Loaded;
use crate::syntax::ast::Name;

use module::Declarations;
use node::Active;
use reference::Recorder;
use unit::Unit;

/// How many instances and nested blocks a configuration may make by repeating, together: bounds
/// memory and time where `dynamic` blocks, modules and counts multiply.
const MAX_MADE: usize = 250_000;

/// How many expressions may be under evaluation inside each other: bounds the stack.
const MAX_DEPTH: usize = 6_000;

/// Evaluates one environment.
pub struct Evaluator<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) vocabulary: &'a dyn Vocabulary,
    pub(crate) facts: &'a dyn Facts,
    /// Variables by name, converted.
    pub(crate) variables: &'a HashMap<Name, Value>,
    /// The name of the environment.
    pub(crate) environment: &'a str,
    /// Its namespace.
    pub(crate) namespace: &'a str,
    /// Where findings go: the last one is in force, the first one is the run's.
    sinks: RefCell<Vec<Report>>,
    /// Who reads what: the last one is in force.
    recorders: RefCell<Vec<Recorder>>,
    /// The nodes under evaluation, outermost first.
    active: RefCell<Vec<Active>>,
    /// The configuration and every instance of a module, in the order in which they were reached.
    units: RefCell<Vec<Rc<Unit<'a>>>>,
    unit_index: RefCell<HashMap<Vec<ModuleStep>, usize>>,
    /// The unit that the evaluation stands in.
    current: RefCell<Rc<Unit<'a>>>,
    /// The variables of modules.
    declarations: RefCell<Declarations<'a>>,
    depth: Cell<usize>,
    /// How many instances and nested blocks were made so far by repeating.
    made: Cell<usize>,
    budget: budget::Budget,
    /// Whether a template of `templatefile` or `templatestring` is being evaluated.
    in_template: Cell<bool>,
}

impl<'a> Evaluator<'a> {
    /// An evaluator for one environment.
    pub fn new(
        loaded: &'a Loaded,
        vocabulary: &'a dyn Vocabulary,
        facts: &'a dyn Facts,
        variables: &'a HashMap<Name, Value>,
        environment: &'a str,
        namespace: &'a str,
    ) -> Self {
        let root = Rc::new(Unit::new(0, &loaded.catalog, ".", Vec::new(), None));
        Evaluator {
            loaded,
            vocabulary,
            facts,
            variables,
            environment,
            namespace,
            sinks: RefCell::new(vec![Report::new()]),
            recorders: RefCell::new(vec![Recorder::default()]),
            active: RefCell::new(Vec::new()),
            units: RefCell::new(vec![root.clone()]),
            unit_index: RefCell::new(HashMap::new()),
            current: RefCell::new(root),
            declarations: RefCell::default(),
            depth: Cell::new(0),
            made: Cell::new(0),
            budget: budget::Budget::default(),
            in_template: Cell::new(false),
        }
    }

    /// Reports a finding where the evaluation stands, and poisons.
    pub(crate) fn fail(&self, diagnostic: Diagnostic) -> Value {
        self.report(diagnostic);
        Value::poison()
    }

    /// Reports a finding where the evaluation stands: inside a `try`, only to it.
    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        let diagnostic = self.with_calls(diagnostic);
        if let Some(sink) = self.sinks.borrow_mut().last_mut() {
            sink.push(diagnostic);
        }
    }

    /// Reports findings where the evaluation stands.
    pub(crate) fn report_all(&self, report: Report) {
        report.items().iter().for_each(|d| self.report(d.clone()));
    }

    /// Reports a finding to the run, even inside a `try`.
    pub(crate) fn report_always(&self, diagnostic: Diagnostic) {
        let diagnostic = self.with_calls(diagnostic);
        if let Some(sink) = self.sinks.borrow_mut().first_mut() {
            sink.push(diagnostic);
        }
    }

    /// Runs `f` and returns its findings apart.
    pub(crate) fn capture<T>(&self, f: impl FnOnce() -> T) -> (T, Report) {
        self.sinks.borrow_mut().push(Report::new());
        let out = f();
        let report = self.sinks.borrow_mut().pop().unwrap_or_default();
        (out, report)
    }

    /// Runs `f`; its findings go to the run.
    pub(crate) fn outside<T>(&self, f: impl FnOnce() -> T) -> T {
        let nested = self.sinks.borrow().len() > 1;
        if !nested {
            return f();
        }
        let (out, report) = self.capture(f);
        if let Some(sink) = self.sinks.borrow_mut().first_mut() {
            sink.extend(report);
        }
        out
    }

    /// Everything that was found.
    pub fn take_report(&self) -> Report {
        self.sinks.borrow_mut().first_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Counts what is made by repeating; false, and one finding, where it is too much.
    pub(crate) fn may_make(&self, more: usize, at: Span) -> bool {
        let before = self.made.get();
        self.made.set(before.saturating_add(more));
        if self.made.get() <= MAX_MADE {
            return true;
        }
        if before <= MAX_MADE {
            self.report_always(
                Diagnostic::error("too-many-instances", "too many blocks")
                    .detail(format!(
                        "count, for_each and dynamic make more than {MAX_MADE} blocks together; what follows is left out."
                    ))
                    .at(at, "while repeating this"),
            );
        }
        false
    }

    /// Runs `f` one level deeper; false where that would be too deep.
    pub(crate) fn deeper<T>(&self, f: impl FnOnce() -> T) -> Option<T> {
        if self.depth.get() >= MAX_DEPTH {
            return None;
        }
        self.depth.set(self.depth.get() + 1);
        let out = f();
        self.depth.set(self.depth.get() - 1);
        Some(out)
    }
}
