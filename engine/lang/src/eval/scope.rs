//! Names that are bound around an expression: loop variables, `each`, `count`, `self`.

use plimsoll_model::Value;

use crate::syntax::ast::Name;

/// A frame of bindings, and the frames around it.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'s> {
    around: Option<&'s Scope<'s>>,
    bindings: &'s [(Name, Value)],
    /// Where nothing may be read: why.
    fixed: Option<&'static str>,
}

impl<'s> Scope<'s> {
    /// No bindings.
    pub const ROOT: Scope<'static> = Scope { around: None, bindings: &[], fixed: None };

    /// A scope in which nothing may be read, such as a variable's default; `why` ends the
    /// sentence that says so.
    pub const fn fixed(why: &'static str) -> Scope<'static> {
        Scope { around: None, bindings: &[], fixed: Some(why) }
    }

    /// Bindings inside another scope.
    pub fn with(&'s self, bindings: &'s [(Name, Value)]) -> Scope<'s> {
        Scope { around: Some(self), bindings, fixed: self.fixed }
    }

    /// A binding, the innermost first.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let mut scope = self;
        loop {
            if let Some((_, v)) = scope.bindings.iter().find(|(n, _)| &**n == name) {
                return Some(v);
            }
            scope = scope.around?;
        }
    }

    /// Why nothing may be read, where that is so.
    pub fn why_fixed(&self) -> Option<&'static str> {
        self.fixed
    }

    /// Every bound name, the innermost first.
    pub fn names(&self) -> Vec<Name> {
        let mut out = Vec::new();
        let mut scope = Some(self);
        while let Some(s) = scope {
            out.extend(s.bindings.iter().map(|(n, _)| n.clone()));
            scope = s.around;
        }
        out
    }
}
