//! What conditions may cost: their size as text, the steps of their loops, and their regular expressions.
//!
//! CEL ends always, but three loops inside of each other over a few thousand keys end next year. The evaluator counts
//! nothing itself, so that all is bounded before it is asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use cel::common::ast::{EntryExpr, Expr};
use cel::extractors::This;
use cel::{Context, ExecutionError, IdedExpr};
use regex::{Regex, RegexBuilder};
use serde_json::Value as Json;

/// The longest condition, in bytes.
const LONGEST: usize = 4096;

/// What goes through lists inside of a condition; each one inside of another multiplies the work.
const LOOPS: &[&str] = &[".all(", ".exists(", ".exists_one(", ".filter(", ".map("];

/// How many of [`LOOPS`] a condition may have.
const MOST_LOOPS: usize = 3;

/// How deep brackets may nest: the parser and the evaluator go down with them.
const DEEPEST: usize = 32;

/// How many characters of operators a condition may have: each one may be a level of its tree.
const MOST_OPERATORS: usize = 128;

/// How many steps all policies together may take over all objects.
const MOST_STEPS: u64 = if cfg!(test) { 4_000_000 } else { 40_000_000 };

/// How large a compiled regular expression may be, in bytes.
const LARGEST_PATTERN: usize = 256 << 10;

/// How many different regular expressions one condition may come to, where they are computed.
const MOST_PATTERNS: usize = 100;

/// Why a condition is refused by its text alone.
pub fn refusal(text: &str) -> Option<String> {
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let loops: usize = LOOPS.iter().map(|l| dense.matches(l).count()).sum();
    let operators = dense.chars().filter(|c| "!-+*/%<>=&|?:".contains(*c)).count();
    (text.len() > LONGEST || loops > MOST_LOOPS || operators > MOST_OPERATORS || depth(&dense) > DEEPEST).then(
        || {
            format!(
                "A condition has at most {LONGEST} bytes, {MOST_LOOPS} loops such as `all`, {MOST_OPERATORS} characters of operators and {DEEPEST} brackets inside of each other."
            )
        },
    )
}

/// How deep brackets nest, those in texts too.
fn depth(text: &str) -> usize {
    let (mut now, mut most) = (0usize, 0usize);
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => now += 1,
            ')' | ']' | '}' => now = now.saturating_sub(1),
            _ => {}
        }
        most = most.max(now);
    }
    most
}

/// What a condition takes for an object, as far as the object decides about it.
#[derive(Debug)]
pub struct Cost {
    /// How many loops stand inside of each other.
    nesting: u32,
    /// How many elements the lists may have that the condition writes out.
    written: u64,
    /// How many lists it may put together.
    joined: u64,
}

impl Cost {
    /// The cost of a condition and its tree.
    pub fn of(text: &str, tree: &IdedExpr) -> Cost {
        let count = |c: char| text.matches(c).count() as u64 + 1;
        Cost { nesting: nesting(tree), written: count(','), joined: count('+') }
    }

    /// At most so many steps are needed for an object: the turns of the innermost loop, each of which may look at
    /// the whole object.
    fn steps(&self, object: &Json) -> u64 {
        let (widest, bytes) = extent(object);
        let turns = self.written.max(widest).saturating_mul(self.joined).saturating_pow(self.nesting);
        turns.saturating_mul(1 + bytes / 1024)
    }
}

/// How many loops stand inside of each other.
fn nesting(e: &IdedExpr) -> u32 {
    let most = |all: &[&IdedExpr]| all.iter().map(|e| nesting(e)).max().unwrap_or(0);
    match &e.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => 0,
        Expr::Call(call) => most(&call.args.iter().chain(call.target.as_deref()).collect::<Vec<_>>()),
        Expr::Comprehension(of) => {
            most(&[&of.iter_range, &of.accu_init]).max(1 + most(&[&of.loop_cond, &of.loop_step, &of.result]))
        }
        Expr::List(list) => most(&list.elements.iter().collect::<Vec<_>>()),
        Expr::Select(select) => nesting(&select.operand),
        Expr::Map(map) => entries(map.entries.iter().map(|e| &e.expr)),
        Expr::Struct(of) => entries(of.entries.iter().map(|e| &e.expr)),
    }
}

fn entries<'e>(all: impl Iterator<Item = &'e EntryExpr>) -> u32 {
    let one = |e: &EntryExpr| match e {
        EntryExpr::StructField(field) => nesting(&field.value),
        EntryExpr::MapEntry(entry) => nesting(&entry.key).max(nesting(&entry.value)),
    };
    all.map(one).max().unwrap_or(0)
}

/// The length of the longest list or map in a value, and about how many bytes it has.
fn extent(json: &Json) -> (u64, u64) {
    let join = |(w, b): (u64, u64), (wide, bytes): (u64, u64)| (w.max(wide), b + bytes);
    match json {
        Json::String(text) => (0, text.len() as u64),
        Json::Array(items) => items.iter().map(extent).fold((items.len() as u64, 0), join),
        Json::Object(map) => {
            let one = |(key, value): (&String, &Json)| join((0, key.len() as u64), extent(value));
            map.iter().map(one).fold((map.len() as u64, 0), join)
        }
        _ => (0, 8),
    }
}

/// The steps that are left for all policies together.
#[derive(Debug)]
pub struct Steps(u64);

impl Steps {
    /// All of them.
    pub fn all() -> Steps {
        Steps(MOST_STEPS)
    }

    /// Takes what a condition needs for an object; why not, where so much is not left.
    pub fn take(&mut self, cost: &Cost, object: &Json) -> Result<(), String> {
        let wanted = cost.steps(object);
        match self.0.checked_sub(wanted) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => Err(format!(
                "All policies together may take {MOST_STEPS} steps, which this object exceeds: its longest list or map counts once for each loop inside of another."
            )),
        }
    }
}

/// Adds `matches`, as CEL has it, with bounds; each regular expression is compiled once for the context.
///
/// # Errors
/// Where the context has such a function already.
pub fn add_matches(context: &mut Context<'_, '_>) -> Result<(), String> {
    let known: Mutex<HashMap<String, Result<Regex, String>>> = Mutex::default();
    let matches = move |This(text): This<Arc<String>>, pattern: Arc<String>| {
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_PATTERNS && !known.contains_key(pattern.as_str()) {
            return Err(ExecutionError::function_error("matches", "too many patterns"));
        }
        let compiled = known.entry(pattern.to_string()).or_insert_with(|| {
            RegexBuilder::new(&pattern).size_limit(LARGEST_PATTERN).build().map_err(|e| e.to_string())
        });
        match compiled {
            Ok(regex) => Ok(regex.is_match(&text)),
            Err(why) => Err(ExecutionError::function_error("matches", why)),
        }
    };
    context.add_function("matches", matches).map_err(|e| e.to_string())
}
