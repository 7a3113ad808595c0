//! The syntax tree that the evaluator walks: every node has its span, templates are normalised.
//!
//! No type of the parser stands in it.

use std::sync::Arc;

use plimsoll_model::{Number, Span};

/// A shared name.
pub type Name = Arc<str>;

/// What stands between two braces, or in a file.
#[derive(Debug, Default)]
pub struct Body {
    /// Attributes, in source order, names unique.
    pub attrs: Vec<Attr>,
    /// Blocks, in source order.
    pub blocks: Vec<Block>,
}

impl Body {
    /// An attribute by name.
    pub fn attr(&self, name: &str) -> Option<&Attr> {
        self.attrs.iter().find(|a| &*a.name == name)
    }
}

/// `name = expression`.
#[derive(Debug)]
pub struct Attr {
    /// The name.
    pub name: Name,
    /// Where the name stands.
    pub name_span: Span,
    /// Name, equals sign and expression.
    pub span: Span,
    /// The expression.
    pub expr: Expr,
}

/// `type "label" { … }`.
#[derive(Debug)]
pub struct Block {
    /// Its type.
    pub ty: Name,
    /// Type and labels.
    pub header_span: Span,
    /// Its labels.
    pub labels: Vec<Label>,
    /// From the opening to the closing brace.
    pub body_span: Span,
    /// What stands in it.
    pub body: Body,
}

/// A label of a block.
#[derive(Debug)]
pub struct Label {
    /// Its text.
    pub text: Name,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// An expression.
#[derive(Debug)]
pub struct Expr {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of expression.
#[derive(Debug)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` and `false`
    Bool(bool),
    /// A number, exact from its text.
    Number(Number),
    /// A quoted string or heredoc without interpolation.
    String(Name),
    /// `[a, b]`
    Tuple(Vec<Expr>),
    /// `{ a = b }`
    Object(Vec<Item>),
    /// A string with interpolations or directives.
    Template(Vec<Part>),
    /// `"${a}"`: the value itself, whatever its type.
    Wrapped(Box<Expr>),
    /// `(a)`
    Paren(Box<Expr>),
    /// A name without anything after it.
    Variable(Name),
    /// A value with steps after it.
    Traversal(Box<Traversal>),
    /// `f(a, b...)`
    Call(Box<Call>),
    /// `a ? b : c`
    Conditional(Box<[Expr; 3]>),
    /// `!a`, `-a`
    Unary(Unary, Box<Expr>),
    /// `a + b`
    Binary(Binary, Box<[Expr; 2]>),
    /// `[for …]`, `{for …}`
    For(Box<For>),
    /// Something that was reported while lowering.
    Invalid,
}

/// `key = value` of an object.
#[derive(Debug)]
pub struct Item {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Expr,
}

/// A key of an object.
#[derive(Debug)]
pub enum Key {
    /// A bare name.
    Name(Name, Span),
    /// Anything else.
    Expr(Expr),
}

/// A root with its steps.
#[derive(Debug)]
pub struct Traversal {
    /// What is read from.
    pub root: Expr,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug)]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// Where it stands, its dot or brackets included.
    pub span: Span,
}

/// The kinds of step.
#[derive(Debug)]
pub enum StepKind {
    /// `.name`
    Attr(Name),
    /// `[expression]`
    Index(Expr),
    /// `.0`
    LegacyIndex(u64),
    /// `.*`
    AttrSplat,
    /// `[*]`
    FullSplat,
}

/// A function call.
#[derive(Debug)]
pub struct Call {
    /// The function; namespaces joined by `::`.
    pub name: Name,
    /// Where the name stands.
    pub name_span: Span,
    /// The arguments.
    pub args: Vec<Expr>,
    /// Whether the last argument is spread with `...`.
    pub expand: bool,
}

/// A `for` expression.
#[derive(Debug)]
pub struct For {
    /// The name of the key or index.
    pub key_var: Option<Name>,
    /// The name of the element.
    pub value_var: Name,
    /// What is walked.
    pub collection: Expr,
    /// The key of an object result; none for a list.
    pub key: Option<Expr>,
    /// The value.
    pub value: Expr,
    /// The condition.
    pub cond: Option<Expr>,
    /// Whether values group by key.
    pub group: bool,
}

/// A part of a template.
#[derive(Debug)]
pub enum Part {
    /// Text.
    Literal(Name),
    /// `${a}`
    Interpolation(Expr),
    /// `%{if a}…%{else}…%{endif}`
    If {
        /// The condition.
        cond: Expr,
        /// What stands where it holds.
        then: Vec<Part>,
        /// What stands where it does not.
        otherwise: Vec<Part>,
    },
    /// `%{for a, b in c}…%{endfor}`
    For {
        /// The name of the key or index.
        key_var: Option<Name>,
        /// The name of the element.
        value_var: Name,
        /// What is walked.
        collection: Expr,
        /// What is repeated.
        body: Vec<Part>,
    },
}

/// Unary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    /// `-`
    Neg,
    /// `!`
    Not,
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each says what it is")]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    And,
    Or,
    Eq,
    NotEq,
    Less,
    LessEq,
    Greater,
    GreaterEq,
}

impl Expr {
    /// The expression without the parentheses around it.
    pub fn bare(&self) -> &Expr {
        let mut e = self;
        while let Kind::Paren(inner) = &e.kind {
            e = inner;
        }
        e
    }
}
