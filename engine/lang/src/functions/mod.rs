//! The functions of expressions: one table, one file for each family.
//!
//! Results and failures are Terraform's; `oracle/` records what it answers. Functions are pure
//! (but for `file`, which reads below the configuration's folder) and see converted arguments.

mod collection;
mod encoding;
mod format;
mod number;
mod set;
mod string;
mod types;

use plimsoll_model::Value;

use crate::load::Loaded;
use crate::value::constraint::Constraint;

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// Any value.
    Any,
    /// A string.
    String,
    /// A number.
    Number,
    /// A bool.
    Bool,
    /// A list of strings.
    Strings,
    /// A list.
    List,
    /// A set.
    Set,
}

impl Want {
    /// The constraint that arguments are converted to.
    pub fn constraint(self) -> Constraint {
        let boxed = Box::new;
        match self {
            Want::Any => Constraint::Any,
            Want::String => Constraint::String,
            Want::Number => Constraint::Number,
            Want::Bool => Constraint::Bool,
            Want::Strings => Constraint::List(boxed(Constraint::String)),
            Want::List => Constraint::List(boxed(Constraint::Any)),
            Want::Set => Constraint::Set(boxed(Constraint::Any)),
        }
    }
}

/// A parameter.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub want: Want,
    /// Whether it may be null.
    pub null: bool,
}

/// A parameter that takes no null.
const fn param(name: &'static str, want: Want) -> Param {
    Param { name, want, null: false }
}

/// A parameter that may be null.
const fn nullable(name: &'static str, want: Want) -> Param {
    Param { name, want, null: true }
}

/// How a function treats what is unknown or sensitive inside of its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inside {
    /// It reads everything: one unknown makes the result unknown, one secret makes it sensitive.
    Reads,
    /// It moves elements about: their marks stay on them.
    Keeps,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// An argument (from 0) is wrong, and how.
    Argument(usize, String),
    /// The call as a whole.
    Call(String),
}

impl Fault {
    /// A fault of the call as a whole.
    pub fn call(text: impl Into<String>) -> Fault {
        Fault::Call(text.into())
    }

    /// A fault of an argument.
    pub fn argument(index: usize, text: impl Into<String>) -> Fault {
        Fault::Argument(index, text.into())
    }
}

/// A function.
#[derive(Clone, Copy)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// One sentence for the reference pages.
    pub doc: &'static str,
    /// Its parameters.
    pub params: &'static [Param],
    /// A parameter that repeats after them.
    pub rest: Option<Param>,
    /// What marks inside of arguments do.
    pub inside: Inside,
    /// The type of its result, for results that are unknown.
    pub returns: Want,
    /// Computes it from arguments that are converted, known and not poisoned.
    pub call: fn(&Loaded, &[Value]) -> Result<Value, Fault>,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

const FAMILIES: [&[Function]; 7] = [
    collection::FUNCTIONS,
    encoding::FUNCTIONS,
    format::FUNCTIONS,
    number::FUNCTIONS,
    set::FUNCTIONS,
    string::FUNCTIONS,
    types::FUNCTIONS,
];

/// Every function of the language, by family. `try` and `can` are part of the evaluator.
pub fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().flat_map(|f| f.iter())
}

/// A function by name.
pub fn find(name: &str) -> Option<&'static Function> {
    all().find(|f| f.name == name)
}

/// The text of a converted argument.
fn text(args: &[Value], i: usize) -> &str {
    args.get(i).and_then(Value::as_str).unwrap_or("")
}

/// The elements of a converted argument.
fn items(args: &[Value], i: usize) -> &[Value] {
    args.get(i).and_then(Value::as_items).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_documented_and_named_once() {
        let mut names: Vec<_> = all().map(|f| f.name).collect();
        assert!(all().all(|f| f.doc.ends_with('.')));
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(count > 60, "{count}");
    }
}
