//! The instances of a block: `for_each`, `count`, `enabled`; and references to them.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use plimsoll_model::{Address, Data, Diagnostic, Handle, HandleAttrs, InstanceKey, Origin, Span, Value};

use super::Evaluator;
use super::expr::{Condition, at};
use super::for_expr::each_of;
use super::node::{Memo, NodeId};
use super::reference::{Recorder, Target};
use super::scope::Scope;
use super::traversal::step_name;
use crate::catalog::MODULE;
use crate::suggest::did_you_mean;
use crate::syntax::ast::{Attr, Block, Expr, Name, Step, StepKind};
use crate::value::constraint::Constraint;
use crate::value::convert::convert;

/// Attributes that say which instances there are.
pub const INSTANCE_ATTRS: [&str; 4] = ["count", "depends_on", "enabled", "for_each"];

/// More instances of one block than this are a mistake.
const MAX_COUNT: u64 = 100_000;

/// The instances of a block.
#[derive(Debug, Default)]
pub struct Instances {
    /// What made them.
    pub kind: Kind,
    /// The instances that are enabled.
    pub items: Vec<Instance>,
    /// Instances by key.
    pub index: HashMap<InstanceKey, usize>,
    /// Where the only instance was disabled.
    pub disabled: Option<Span>,
    /// Whether evaluating them failed: nothing can be said to be missing.
    pub failed: bool,
    /// What was read to find them.
    pub read: Recorder,
}

/// What makes instances.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// There is one, without a key.
    #[default]
    One,
    /// `count`
    Count,
    /// `for_each`
    ForEach,
}

/// The key of an instance to be, and `each` or `count`.
type Keyed = (Option<InstanceKey>, Vec<(Name, Value)>);

/// One instance.
#[derive(Debug)]
pub struct Instance {
    /// Its address.
    pub address: Address,
    /// `each`, `count` and `self`.
    pub bindings: Vec<(Name, Value)>,
    /// The reference to it.
    pub handle: Arc<Handle>,
}

impl Evaluator<'_> {
    /// `app.web`
    pub(crate) fn block_name(&self, block: usize) -> String {
        let unit = self.unit();
        let name =
            |b: &Block| format!("{}{}.{}", unit.prefix(), b.ty, b.labels.first().map_or("?", |l| &*l.text));
        unit.catalog.blocks.get(block).map_or_else(String::new, name)
    }

    /// `app.web["eu"]`
    pub(crate) fn instance_name(&self, target: Target) -> String {
        match self.instance_address(target) {
            Some(address) => address.to_string(),
            None => self.inside(target.unit, || self.block_name(target.block)),
        }
    }

    /// The address of an instance whose block was looked at already.
    pub(crate) fn instance_address(&self, target: Target) -> Option<Address> {
        let unit = self.unit_of(target.unit)?;
        let instances = unit.instances.borrow();
        match instances.get(target.block) {
            Some(Memo::Done(found)) => Some(found.items.get(target.instance)?.address.clone()),
            _ => None,
        }
    }

    /// The instances of a block of the unit that the evaluation stands in, read at `at`.
    pub(crate) fn instances(&self, block: usize, at: Option<Span>) -> Rc<Instances> {
        let unit = self.unit();
        let memo = unit.instances.borrow().get(block).cloned();
        let set = |memo| {
            if let Some(slot) = unit.instances.borrow_mut().get_mut(block) {
                *slot = memo;
            }
        };
        let failed = || Rc::new(Instances { failed: true, ..Instances::default() });
        let id = NodeId::Instances(unit.id, block);
        match memo {
            Some(Memo::Done(i)) => i,
            Some(Memo::Active) => {
                self.cycle(&id, at);
                failed()
            }
            Some(Memo::New) => {
                let Some(b) = unit.catalog.blocks.get(block) else { return failed() };
                set(Memo::Active);
                let (mut found, read) = self.enter(id, at, || self.find_instances(b));
                found.read = read;
                found.index = found
                    .items
                    .iter()
                    .enumerate()
                    .filter_map(|(i, x)| Some((x.address.key.clone()?, i)))
                    .collect();
                let found = Rc::new(found);
                set(Memo::Done(found.clone()));
                found
            }
            None => failed(),
        }
    }

    fn find_instances(&self, b: &Block) -> Instances {
        let name = b.labels.first().map_or("", |l| &*l.text);
        let address = Address { modules: self.unit().path.clone(), ..Address::new(&*b.ty, name) };
        let (count, for_each) = (b.body.attr("count"), b.body.attr("for_each"));
        let mut out = Instances::default();
        if let (Some(c), Some(f)) = (count, for_each) {
            self.report(
                Diagnostic::error("count-and-for-each", "invalid combination of \"count\" and \"for_each\"")
                    .detail("A block has one of them.")
                    .at(f.name_span, "here")
                    .related(c.name_span, "and here"),
            );
            out.failed = true;
            return out;
        }
        let keys = match (count, for_each) {
            (Some(c), _) => {
                out.kind = Kind::Count;
                self.count_keys(c)
            }
            (_, Some(f)) => {
                out.kind = Kind::ForEach;
                self.each_keys(f)
            }
            _ => Some(vec![(None, Vec::new())]),
        };
        let Some(keys) = keys else {
            out.failed = true;
            return out;
        };
        if out.kind != Kind::One && !self.may_make(keys.len(), b.header_span) {
            out.failed = true;
            return out;
        }
        for (key, mut bindings) in keys {
            let address = match key {
                Some(k) => address.clone().with_key(k),
                None => address.clone(),
            };
            let handle = Arc::new(Handle {
                kind: b.ty.to_string(),
                address: Some(address.clone()),
                attrs: HandleAttrs::default(),
                scalar: None,
            });
            if &*b.ty != MODULE {
                bindings.push((Arc::from("self"), Value::new(Data::Handle(handle.clone()))));
            }
            if let Some(enabled) = b.body.attr("enabled") {
                match self.is_enabled(enabled, &bindings) {
                    Some(true) => {}
                    Some(false) => {
                        if out.kind == Kind::One {
                            out.disabled = Some(enabled.span);
                        }
                        continue;
                    }
                    None => {
                        out.failed = true;
                        continue;
                    }
                }
            }
            out.items.push(Instance { address, bindings, handle });
        }
        out
    }

    /// The value that decides about instances: known, else reported.
    fn decider(&self, attr: &Attr, v: &Value) -> Option<()> {
        let what = &attr.name;
        let bad = |detail: String, help: &str| {
            self.report(
                Diagnostic::error("bad-instances", format!("invalid {what} argument"))
                    .detail(detail)
                    .at(attr.expr.span, "")
                    .help(help),
            );
            None
        };
        if v.is_poison() {
            return None;
        }
        if let Data::Unknown(_, unknown) = &v.data {
            return bad(
                format!("The {what} value depends on {unknown}, which only the cluster knows after apply."),
                "use a value that is known while planning",
            );
        }
        if v.sensitive {
            return bad(
                format!("Sensitive values cannot be used in {what}: they would show in addresses."),
                "nonsensitive(…) says that this value may be shown",
            );
        }
        if v.is_null() {
            return bad(
                format!("The given {what} value is null."),
                "leave the attribute out, or give it a value",
            );
        }
        Some(())
    }

    fn count_keys(&self, attr: &Attr) -> Option<Vec<Keyed>> {
        let v = self.eval(&attr.expr, &Scope::ROOT);
        self.decider(attr, &v)?;
        let n = convert(&v, &Constraint::Number).ok().and_then(|n| n.as_number().cloned());
        let Some(n) = n.as_ref().and_then(plimsoll_model::Number::as_u64).filter(|n| *n <= MAX_COUNT) else {
            self.report(
                Diagnostic::error("bad-instances", "invalid count argument")
                    .detail(format!("The given value is not a whole number from 0 to {MAX_COUNT}."))
                    .at(attr.expr.span, ""),
            );
            return None;
        };
        let keys = (0..n).map(|i| {
            let index = Value::number(i as i64).with_origin(v.origin.clone());
            let count = Value::object(BTreeMap::from([("index".to_string(), index)]));
            (Some(InstanceKey::Index(i)), vec![(Arc::from("count"), count)])
        });
        Some(keys.collect())
    }

    fn each_keys(&self, attr: &Attr) -> Option<Vec<Keyed>> {
        let v = self.eval(&attr.expr, &Scope::ROOT);
        self.decider(attr, &v)?;
        let bad = |detail: String| {
            self.report(
                Diagnostic::error("bad-instances", "invalid for_each argument")
                    .detail(detail)
                    .at(attr.expr.span, "")
                    .help("toset([ … ]) makes a set of a list"),
            );
            None
        };
        let pairs = match &v.data {
            Data::Map(..) | Data::Object(_) => each_of(&v)?,
            Data::Set(_, items) if items.iter().all(|i| i.as_str().is_some()) => each_of(&v)?,
            Data::Set(_, items) => {
                let odd = items.iter().find(|i| i.as_str().is_none())?;
                if odd.is_poison() {
                    return None;
                }
                return bad(format!(
                    "for_each supports maps and sets of strings, but this set holds {}.",
                    odd.describe()
                ));
            }
            _ => {
                return bad(format!(
                    "for_each must be a map, or set of strings, and this is {}.",
                    v.describe()
                ));
            }
        };
        let keys = pairs.into_iter().filter_map(|(key, value)| {
            let name = key.as_str()?.to_string();
            let each =
                Value::object(BTreeMap::from([("key".to_string(), key), ("value".to_string(), value)]));
            Some((Some(InstanceKey::Name(name)), vec![(Arc::from("each"), each)]))
        });
        Some(keys.collect())
    }

    fn is_enabled(&self, attr: &Attr, bindings: &[(Name, Value)]) -> Option<bool> {
        let v = self.eval(&attr.expr, &Scope::ROOT.with(bindings));
        self.decider(attr, &v)?;
        match self.condition(&v, attr.expr.span) {
            Condition::Known(b) => Some(b),
            _ => None,
        }
    }

    /// `app.web`, `app.web["eu"]`, and what follows.
    pub(crate) fn block_reference(
        &self,
        ty: &Name,
        root: &Expr,
        steps: &[Step],
        span: Span,
        scope: &Scope,
    ) -> Value {
        let Some((first, rest)) = steps.split_first() else {
            return self.fail(
                Diagnostic::error("bare-root", "incomplete reference")
                    .detail(format!("Blocks are read by name: {ty}.name."))
                    .at(root.span, ""),
            );
        };
        let name_at = root.span.to(first.span);
        let Some(name) = step_name(first) else {
            return self.fail(
                Diagnostic::error("bare-root", "incomplete reference")
                    .detail(format!("Blocks are read by name: {ty}.name."))
                    .at(name_at, ""),
            );
        };
        let Some(block) = self.find_block(ty, &name, name_at) else { return Value::poison() };
        let found = self.instances(block, Some(span));
        self.record_all(&found.read, span);
        let (value, rest) = match (found.kind, rest.split_first()) {
            (Kind::One, _) => match found.items.first() {
                Some(i) => (self.handle_to(block, 0, i, span), rest),
                None => (self.no_instance(block, &found, name_at), rest),
            },
            (_, Some((Step { kind: StepKind::Index(e), span: key_span }, after))) => {
                let key = self.eval(e, scope);
                (self.keyed(block, &found, &key, *key_span, span), after)
            }
            _ => (self.all_instances(block, &found, span), rest),
        };
        at(self.steps(value, rest, scope), span)
    }

    /// The index of a block by name; reports where there is none.
    pub(crate) fn find_block(&self, ty: &str, name: &str, at: Span) -> Option<usize> {
        let catalog = self.catalog();
        let names = catalog.block_index.get(ty);
        if let Some(i) = names.and_then(|n| n.get(name)) {
            return Some(*i);
        }
        if catalog.is_broken(ty, name) {
            return None;
        }
        let d = Diagnostic::error("unknown-block", "reference to undeclared block")
            .detail(format!("There is no {ty} {name:?}."))
            .at(at, "");
        let near = names.and_then(|n| did_you_mean(name, n.keys().map(|k| &**k)));
        self.report(match near {
            Some(near) => d.help(format!("did you mean {ty}.{near}?")),
            None => d.help(format!("declare it: {ty} \"{name}\" {{ … }}")),
        });
        None
    }

    pub(super) fn no_instance(&self, block: usize, found: &Instances, at: Span) -> Value {
        let Some(disabled) = found.disabled.filter(|_| !found.failed) else { return Value::poison() };
        let name = self.block_name(block);
        self.fail(
            Diagnostic::error("disabled-block", "reference to a block that is not enabled")
                .detail(format!("{name} is not enabled in environment {}.", self.environment))
                .at(at, "read here")
                .related(disabled, "disabled here")
                .help(format!("try({name}, null) where it may be missing")),
        )
    }

    fn handle_to(&self, block: usize, instance: usize, i: &Instance, at: Span) -> Value {
        let unit = self.unit().id;
        self.record(Target { unit, block, instance }, at, false);
        Value::new(Data::Handle(i.handle.clone())).with_origin(Origin::at(at))
    }

    fn keyed(&self, block: usize, found: &Instances, key: &Value, key_span: Span, span: Span) -> Value {
        match self.keyed_instance(block, found, key, key_span) {
            Some((i, x)) => self.handle_to(block, i, x, span),
            None => Value::poison(),
        }
    }

    /// The instance with a key; what is wrong with the key is reported.
    pub(super) fn keyed_instance<'i>(
        &self,
        block: usize,
        found: &'i Instances,
        key: &Value,
        key_span: Span,
    ) -> Option<(usize, &'i Instance)> {
        if key.is_poison() || found.failed {
            return None;
        }
        if let Data::Unknown(_, what) = &key.data {
            self.report(
                Diagnostic::error("invalid-index", "invalid index")
                    .detail(format!("Which block is meant must be known while planning, and {what} is not."))
                    .at(key_span, ""),
            );
            return None;
        }
        let wanted = match (found.kind, &key.data) {
            (Kind::Count, _) => convert(key, &Constraint::Number)
                .ok()
                .and_then(|n| n.as_number().and_then(plimsoll_model::Number::as_u64))
                .map(InstanceKey::Index),
            _ => convert(key, &Constraint::String)
                .ok()
                .and_then(|s| s.as_str().map(|s| InstanceKey::Name(s.into()))),
        };
        let instance = wanted.as_ref().and_then(|k| found.index.get(k)).copied();
        match instance.and_then(|i| found.items.get(i).map(|x| (i, x))) {
            Some(found) => Some(found),
            None => {
                let name = self.block_name(block);
                let shown = match (wanted, key.as_str()) {
                    (Some(k), _) => k.to_string(),
                    (None, Some(text)) => format!("[{text:?}]"),
                    (None, None) => key.describe(),
                };
                let known: Vec<String> = found
                    .items
                    .iter()
                    .take(8)
                    .filter_map(|i| i.address.key.as_ref().map(ToString::to_string))
                    .collect();
                self.report(
                    Diagnostic::error("invalid-index", "invalid index")
                        .detail(format!("{name} has no instance {shown}."))
                        .at(key_span, "")
                        .help(if known.is_empty() {
                            "it has none".into()
                        } else {
                            format!("it has {}", known.join(", "))
                        }),
                );
                None
            }
        }
    }

    fn all_instances(&self, block: usize, found: &Instances, span: Span) -> Value {
        if found.failed {
            return Value::poison();
        }
        let handles = found.items.iter().enumerate().map(|(i, x)| (x, self.handle_to(block, i, x, span)));
        let data = if found.kind == Kind::Count {
            Data::Tuple(Arc::new(handles.map(|(_, h)| h).collect()))
        } else {
            Data::Object(Arc::new(
                handles
                    .filter_map(|(x, h)| match &x.address.key {
                        Some(InstanceKey::Name(n)) => Some((n.clone(), h)),
                        _ => None,
                    })
                    .collect(),
            ))
        };
        Value::new(data).with_origin(Origin::at(span))
    }
}
