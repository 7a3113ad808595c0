//! The names that an expression reads from outside of itself.

use plimsoll_model::Span;

use super::ast::{Expr, Key, Kind, Name, Part, StepKind};

/// Every name that is read and not bound by a `for` around it, with where it stands, in source order.
pub fn free_names(e: &Expr) -> Vec<(Name, Span)> {
    let mut walk = Walk::default();
    walk.expr(e);
    walk.found
}

/// What an expression reads of the names outside of it.
#[derive(Debug, Default)]
pub struct Reads {
    /// Members of a name, such as `var.image`: the name, and the member.
    pub members: Vec<(Name, Name)>,
    /// Names that are read as a whole, or with a member that is computed.
    pub whole: Vec<Name>,
    /// Whether a part could not be understood.
    pub invalid: bool,
}

/// Every member and every whole name that is read and not bound by a `for` around it.
pub fn reads(e: &Expr) -> Reads {
    let mut walk = Walk::default();
    walk.expr(e);
    walk.reads
}

#[derive(Default)]
struct Walk {
    bound: Vec<Name>,
    found: Vec<(Name, Span)>,
    reads: Reads,
}

impl Walk {
    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {}
            Kind::Invalid => self.reads.invalid = true,
            Kind::Tuple(items) => items.iter().for_each(|i| self.expr(i)),
            Kind::Object(items) => {
                for item in items {
                    if let Key::Expr(key) = &item.key {
                        self.expr(key);
                    }
                    self.expr(&item.value);
                }
            }
            Kind::Template(parts) => self.parts(parts),
            Kind::Wrapped(inner) | Kind::Paren(inner) | Kind::Unary(_, inner) => self.expr(inner),
            Kind::Variable(name) => {
                if !self.bound.contains(name) {
                    self.found.push((name.clone(), e.span));
                    self.reads.whole.push(name.clone());
                }
            }
            Kind::Traversal(t) => {
                self.root(&t.root, t.steps.first().map(|s| &s.kind));
                for step in &t.steps {
                    if let StepKind::Index(index) = &step.kind {
                        self.expr(index);
                    }
                }
            }
            Kind::Call(call) => call.args.iter().for_each(|a| self.expr(a)),
            Kind::Conditional(parts) => parts.iter().for_each(|p| self.expr(p)),
            Kind::Binary(_, sides) => sides.iter().for_each(|s| self.expr(s)),
            Kind::For(f) => {
                self.expr(&f.collection);
                self.binding(f.key_var.as_ref(), &f.value_var, |walk| {
                    f.key.iter().chain([&f.value]).chain(&f.cond).for_each(|e| walk.expr(e));
                });
            }
        }
    }

    fn root(&mut self, root: &Expr, first: Option<&StepKind>) {
        let member = match first {
            Some(StepKind::Attr(name)) => Some(name),
            Some(StepKind::Index(Expr { kind: Kind::String(name), .. })) => Some(name),
            _ => None,
        };
        match (&root.kind, member) {
            (Kind::Variable(name), Some(member)) if !self.bound.contains(name) => {
                self.found.push((name.clone(), root.span));
                self.reads.members.push((name.clone(), member.clone()));
            }
            _ => self.expr(root),
        }
    }

    fn parts(&mut self, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Literal(_) => {}
                Part::Interpolation(e) => self.expr(e),
                Part::If { cond, then, otherwise } => {
                    self.expr(cond);
                    self.parts(then);
                    self.parts(otherwise);
                }
                Part::For { key_var, value_var, collection, body } => {
                    self.expr(collection);
                    self.binding(key_var.as_ref(), value_var, |walk| walk.parts(body));
                }
            }
        }
    }

    fn binding(&mut self, key: Option<&Name>, value: &Name, f: impl FnOnce(&mut Walk)) {
        let before = self.bound.len();
        self.bound.extend(key.cloned());
        self.bound.push(value.clone());
        f(self);
        self.bound.truncate(before);
    }
}
