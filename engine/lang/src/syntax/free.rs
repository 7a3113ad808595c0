//! The names that an expression reads from outside of itself.

use plimsoll_model::Span;

use super::ast::{Expr, Key, Kind, Name, Part, StepKind};

/// Every name that is read and not bound by a `for` around it, with where it stands, in source order.
pub fn free_names(e: &Expr) -> Vec<(Name, Span)> {
    let mut walk = Walk { bound: Vec::new(), found: Vec::new() };
    walk.expr(e);
    walk.found
}

struct Walk {
    bound: Vec<Name>,
    found: Vec<(Name, Span)>,
}

impl Walk {
    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Invalid => {}
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
                }
            }
            Kind::Traversal(t) => {
                self.expr(&t.root);
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
