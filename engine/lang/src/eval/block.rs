//! Exports: what expressions read from a block, computed by the vocabulary's table.

use std::rc::Rc;

use plimsoll_model::{Address, Block, BlockScope, Diagnostic, Export, Span, Value};

use super::Evaluator;
use super::instances::Kind;
use super::node::{Memo, NodeId};
use super::reference::Target;
use super::scope::Scope;
use super::unit::Unit;
use crate::suggest::{did_you_mean, quoted_list};
use crate::syntax::ast;
use crate::value::marks::unknown_of;

impl Evaluator<'_> {
    /// `handle.name`: an attribute that the handle carries, or an export of its block.
    pub(crate) fn handle_attr(&self, value: &Value, name: &str, span: Span) -> Value {
        let Some(handle) = value.as_handle() else { return Value::poison() };
        if let Some(v) = handle.attrs.get(name) {
            let v = v.clone().sensitive_if(value.sensitive);
            if let (Some(_), Some(target)) =
                (unknown_of(&v), handle.address.as_ref().and_then(|a| self.locate(a)))
            {
                self.record(target, span, true);
            }
            return v;
        }
        let exports = self.vocabulary.exports(&handle.kind);
        let (Some(exports), Some(address)) = (exports, &handle.address) else {
            let names: Vec<&str> = handle.attrs.names().collect();
            return self.no_attr(value, name, &names, span);
        };
        let Some(export) = exports.iter().find(|e| e.name == name) else {
            let names: Vec<&str> = exports.iter().map(|e| e.name).collect();
            return self.no_attr(value, name, &names, span);
        };
        let Some(target) = self.locate(address) else { return Value::poison() };
        let v = self.export(target, export, Some(span));
        self.record(target, span, unknown_of(&v).is_some());
        v.sensitive_if(value.sensitive)
    }

    fn no_attr(&self, value: &Value, name: &str, names: &[&str], span: Span) -> Value {
        let of = value
            .as_handle()
            .and_then(|h| h.address.as_ref())
            .map_or_else(|| value.describe(), ToString::to_string);
        let d = Diagnostic::error("unsupported-attribute", "unsupported attribute")
            .detail(format!("{of} has no attribute named {name:?} that can be read."))
            .at(span, "");
        self.fail(match did_you_mean(name, names.iter().copied()) {
            Some(near) => d.help(format!("did you mean {near}?")),
            None if names.is_empty() => d,
            None => d.help(format!("it has {}", quoted_list(names))),
        })
    }

    /// Where an address stands; none where there is no such instance.
    pub(crate) fn locate(&self, address: &Address) -> Option<Target> {
        let unit = self.unit_at(&address.modules)?;
        self.inside(unit, || {
            let block = *self.catalog().block_index.get(&*address.block)?.get(&*address.name)?;
            let found = self.instances(block, None);
            let instance = match &address.key {
                None if found.kind == Kind::One && !found.items.is_empty() => 0,
                None => return None,
                Some(key) => *found.index.get(key)?,
            };
            Some(Target { unit, block, instance })
        })
    }

    /// An export, computed once.
    pub(crate) fn export(&self, target: Target, export: &'static Export, at: Option<Span>) -> Value {
        let Some(unit) = self.unit_of(target.unit) else { return Value::poison() };
        let key = (target.block, target.instance, export.name);
        let memo = unit.exports.borrow().get(&key).cloned();
        match memo {
            Some(Memo::Done(v)) => v,
            Some(Memo::Active) => self.cycle(&NodeId::Export(target, export.name), at),
            _ => {
                unit.exports.borrow_mut().insert(key, Memo::Active);
                let (value, _) = self.enter(NodeId::Export(target, export.name), at, || {
                    self.inside(target.unit, || {
                        self.deeper(|| match View::new(self, target) {
                            Some(mut view) => (export.eval)(&mut view),
                            None => Value::poison(),
                        })
                        .unwrap_or_else(Value::poison)
                    })
                });
                unit.exports.borrow_mut().insert(key, Memo::Done(value.clone()));
                value
            }
        }
    }
}

/// A block instance, as its exports see it.
struct View<'e, 'a> {
    ev: &'e Evaluator<'a>,
    unit: Rc<Unit<'a>>,
    target: Target,
    ast: &'a ast::Block,
    address: Address,
    bindings: Vec<(ast::Name, Value)>,
}

impl<'e, 'a> View<'e, 'a> {
    /// The evaluation stands in the unit of `target`.
    fn new(ev: &'e Evaluator<'a>, target: Target) -> Option<Self> {
        let unit = ev.unit();
        let ast = unit.catalog.blocks.get(target.block)?;
        let found = ev.instances(target.block, None);
        let i = found.items.get(target.instance)?;
        Some(View { ev, unit, target, ast, address: i.address.clone(), bindings: i.bindings.clone() })
    }

    fn walk(&self, body: &ast::Body, path: &[&str], scope: &Scope, out: &mut Vec<Block>) {
        let Some((first, rest)) = path.split_first() else { return };
        self.ev.unfold(
            body,
            scope,
            &mut |block, labels, body, scope| {
                if &*block.ty != *first && labels.dynamic != Some(*first) {
                    return;
                }
                if rest.is_empty() {
                    out.push(self.ev.nested_block(block, labels, body, scope));
                } else {
                    self.walk(body, rest, scope, out);
                }
            },
            Some(first),
        );
    }
}

impl BlockScope for View<'_, '_> {
    fn address(&self) -> &Address {
        &self.address
    }

    fn naming_address(&self) -> Address {
        self.ev.named_as(&self.address).unwrap_or_else(|| self.address.clone())
    }

    fn header_span(&self) -> Span {
        self.ast.header_span
    }

    fn attr(&mut self, name: &str) -> Option<Value> {
        let attr = self.ast.body.attr(name)?;
        let key = (self.target.block, self.target.instance, attr.name.clone());
        let memo = self.unit.attrs.borrow().get(&key).cloned();
        let id = || NodeId::Attr(self.target, attr.name.clone());
        Some(match memo {
            Some(Memo::Done(v)) => v,
            Some(Memo::Active) => self.ev.cycle(&id(), Some(attr.expr.span)),
            _ => {
                self.unit.attrs.borrow_mut().insert(key.clone(), Memo::Active);
                let scope = Scope::ROOT.with(&self.bindings);
                let (v, _) = self.ev.enter(id(), None, || self.ev.eval(&attr.expr, &scope));
                self.unit.attrs.borrow_mut().insert(key, Memo::Done(v.clone()));
                v
            }
        })
    }

    fn nested(&mut self, path: &[&str]) -> Vec<Block> {
        let mut out = Vec::new();
        let scope = Scope::ROOT.with(&self.bindings);
        self.walk(&self.ast.body, path, &scope, &mut out);
        out
    }

    fn export_of(&mut self, address: &Address, export: &str, at: Span) -> Value {
        let exports = self.ev.vocabulary.exports(&address.block).unwrap_or(&[]);
        let found = exports.iter().find(|e| e.name == export);
        match (self.ev.locate(address), found) {
            (Some(target), Some(export)) => self.ev.export(target, export, Some(at)),
            (None, _) if self.ev.catalog().is_broken(&address.block, &address.name) => Value::poison(),
            _ => self.ev.fail(
                Diagnostic::error("unknown-block", "reference to undeclared block")
                    .detail(format!("There is no {address}.{export}."))
                    .at(at, ""),
            ),
        }
    }

    fn namespace(&self) -> String {
        self.ev.namespace.to_string()
    }

    fn fact(&self, part: Option<&str>, path: &str) -> Option<Value> {
        self.ev.facts.fact(&self.address, part, path)
    }
}
