//! The functions of expressions: one table, one file for each family.
//!
//! Results and failures are Terraform's; `oracle/` records what it answers. Functions are pure
//! (but for those of files, which read below the configuration's folder) and see converted
//! arguments. None reads a clock, draws a random number or asks where the folder lies: the same
//! input gives the same bytes, and [`LEFT_OUT`] names Terraform's functions that cannot be had then.

mod address;
mod charset;
mod collection;
mod csv;
mod encoding;
mod expression;
mod file;
mod format;
mod glob;
mod hash;
pub(crate) mod limits;
mod list;
mod map;
mod number;
mod re2;
mod reference;
mod set;
mod string;
mod time;
mod timestamp;
mod types;
mod yaml;

use std::collections::HashMap;
use std::sync::LazyLock;

use plimsoll_model::Value;

pub use file::read_text;
pub use reference::{index, page, pages, signature};

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
    /// A list of numbers.
    Numbers,
    /// A list.
    List,
    /// A set.
    Set,
    /// A set of strings.
    StringSet,
    /// A map.
    Map,
    /// A list of bools.
    Bools,
    /// A map of lists of strings.
    StringLists,
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
            Want::Numbers => Constraint::List(boxed(Constraint::Number)),
            Want::StringSet => Constraint::Set(boxed(Constraint::String)),
            Want::Map => Constraint::Map(boxed(Constraint::Any)),
            Want::Bools => Constraint::List(boxed(Constraint::Bool)),
            Want::StringLists => Constraint::Map(boxed(Constraint::List(boxed(Constraint::String)))),
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
pub struct Fault {
    /// The argument that is wrong (from 0); none where it is the call as a whole.
    pub argument: Option<usize>,
    /// What is wrong, as the end of a sentence.
    pub why: String,
    /// Whether the types of the arguments alone decide it, whatever their values turn out to be.
    pub of_types: bool,
}

impl Fault {
    /// A fault of the call as a whole.
    pub fn call(text: impl Into<String>) -> Fault {
        Fault { argument: None, why: text.into(), of_types: false }
    }

    /// A fault of an argument.
    pub fn argument(index: usize, text: impl Into<String>) -> Fault {
        Fault { argument: Some(index), why: text.into(), of_types: false }
    }

    /// The same fault, seen from the types of the arguments alone.
    pub fn of_types(self) -> Fault {
        Fault { of_types: true, ..self }
    }
}

/// How a function is computed.
#[derive(Clone, Copy)]
pub enum Call {
    /// From arguments that are converted, known and not poisoned.
    Values(fn(&Loaded, &[Value]) -> Result<Value, Fault>),
    /// By the evaluator, which evaluates the arguments itself: `try` and `can`.
    Expressions,
    /// By the evaluator, as a template; how its text is found.
    Template(Source),
}

/// Where the text of a template comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The first argument names its file.
    File,
    /// The first argument is a reference to it.
    Text,
}

/// A function.
#[derive(Clone, Copy)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it gives, in one sentence, for the reference pages.
    pub doc: &'static str,
    /// Its parameters.
    pub params: &'static [Param],
    /// A parameter that repeats after them.
    pub rest: Option<Param>,
    /// What marks inside of arguments do.
    pub inside: Inside,
    /// The type of its result, for results that are unknown.
    pub returns: Want,
    /// Calls with what they give, as `jsonencode` writes it; a test evaluates them.
    pub examples: &'static [(&'static str, &'static str)],
    /// Whether the types of the arguments alone decide the type of its result.
    pub typed: bool,
    /// Whether it takes arguments that are unknown.
    pub unknown: bool,
    /// More about it for the reference page: limits, and where it differs from Terraform's.
    pub notes: &'static str,
    /// How it is computed.
    pub call: Call,
}

impl Function {
    const fn new(name: &'static str, doc: &'static str, params: &'static [Param], call: Compute) -> Function {
        Function {
            name,
            doc,
            params,
            rest: None,
            inside: Inside::Reads,
            returns: Want::Any,
            examples: &[],
            typed: false,
            unknown: false,
            notes: "",
            call: Call::Values(call),
        }
    }

    const fn gives(self, returns: Want) -> Function {
        Function { returns, ..self }
    }

    const fn rest(self, param: Param) -> Function {
        Function { rest: Some(param), ..self }
    }

    /// Moves elements about: their marks stay on them.
    const fn keeps(self) -> Function {
        Function { inside: Inside::Keeps, ..self }
    }

    /// The types of its arguments alone decide the type of its result.
    const fn typed(self) -> Function {
        Function { typed: true, ..self }
    }

    /// It takes arguments that are unknown.
    const fn takes_unknown(self) -> Function {
        Function { unknown: true, ..self }
    }

    const fn example(self, examples: &'static [(&'static str, &'static str)]) -> Function {
        Function { examples, ..self }
    }

    const fn note(self, notes: &'static str) -> Function {
        Function { notes, ..self }
    }
}

type Compute = fn(&Loaded, &[Value]) -> Result<Value, Fault>;

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

const FAMILIES: [&[Function]; 15] = [
    address::FUNCTIONS,
    charset::FUNCTIONS,
    collection::FUNCTIONS,
    encoding::FUNCTIONS,
    expression::FUNCTIONS,
    file::FUNCTIONS,
    format::FUNCTIONS,
    hash::FUNCTIONS,
    list::FUNCTIONS,
    map::FUNCTIONS,
    number::FUNCTIONS,
    set::FUNCTIONS,
    string::FUNCTIONS,
    time::FUNCTIONS,
    types::FUNCTIONS,
];

/// Terraform's functions that do not exist here, and why.
pub const LEFT_OUT: &[(&str, &str)] = &[
    ("abspath", "a plan would differ with the folder that the configuration lies in"),
    ("bcrypt", "it draws a random salt: every plan would show a change"),
    ("ephemeralasnull", "there are no ephemeral values"),
    ("pathexpand", "it names a folder outside of the configuration's, which no function may read"),
    ("plantimestamp", "it reads the clock: every plan would show a change"),
    (
        "rsadecrypt",
        "it decrypts the password of a virtual machine, and there are none; Kubernetes keeps secrets itself",
    ),
    ("timestamp", "it reads the clock: every plan would show a change"),
    ("uuid", "it draws a random number: every plan would show a change; uuidv5 makes one from a name"),
];

/// Every function of the language, by family.
pub fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().flat_map(|f| f.iter())
}

/// A function by name.
pub fn find(name: &str) -> Option<&'static Function> {
    static BY_NAME: LazyLock<HashMap<&'static str, &'static Function>> =
        LazyLock::new(|| all().map(|f| (f.name, f)).collect());
    BY_NAME.get(name).copied()
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
mod tests;
