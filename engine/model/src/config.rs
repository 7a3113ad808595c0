//! An evaluated configuration for one environment: the language's output, the vocabulary's input.

use std::collections::BTreeMap;

use crate::address::Address;
use crate::body::Body;
use crate::desired::Output;
use crate::diagnostic::Severity;
use crate::selection::Selection;
use crate::source::Span;
use crate::value::Value;

/// One environment of a configuration, evaluated.
#[derive(Debug, Clone)]
pub struct Config {
    /// The `project` block.
    pub project: Project,
    /// The environment it was evaluated for.
    pub environment: Environment,
    /// Every variable with the value in force, by name.
    pub variables: BTreeMap<String, Value>,
    /// Every enabled instance of every block of the vocabulary, sorted by address.
    pub blocks: Vec<ConfigBlock>,
    /// Objects that are taken over, sorted by address.
    pub imports: Vec<Import>,
    /// What is let go without being deleted, sorted by what it is.
    pub released: Vec<Released>,
    /// What must hold of every object, in source order.
    pub policies: Vec<Policy>,
    /// Outputs, in source order.
    pub outputs: Vec<Output>,
}

/// A `policy` block: what must hold of the objects of a configuration.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Its label.
    pub name: String,
    /// An expression in CEL over `object`, and where it is written.
    pub condition: (String, Span),
    /// What is said where it does not hold.
    pub message: String,
    /// The kinds of objects that it is about, each with its place; empty for all.
    pub kinds: Vec<(String, Span)>,
    /// What a violation is.
    pub severity: Severity,
    /// Its header.
    pub span: Span,
}

/// An `import` block: the objects of a block that exist already are taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The instance whose objects they are.
    pub to: Address,
    /// The name that the block's main object has in the cluster, where it is written, and where.
    pub name: Option<(String, Span)>,
    /// The header of the `import` block.
    pub span: Span,
}

/// A `removed` block with `destroy = false`: objects that are declared no more stay, and are managed no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// Whose objects they are.
    pub from: Selection,
    /// Where it is written.
    pub span: Span,
}

/// The `project` block.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its label.
    pub name: String,
    /// Its header.
    pub span: Span,
    /// What stands in it (`required_version`, `state`).
    pub body: Body,
}

/// An environment: where a configuration goes.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Its label; `default` where none is declared.
    pub name: String,
    /// Which cluster.
    pub target: Target,
    /// The namespace of objects that name none.
    pub namespace: String,
    /// Where the namespace is set; none for the default.
    pub namespace_span: Option<Span>,
    /// Whether changes need a saved plan.
    pub protected: bool,
    /// Labels for every object.
    pub labels: BTreeMap<String, String>,
    /// The block's header; none for the implied environment.
    pub span: Option<Span>,
}

/// Which cluster an environment names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The embedded cluster of the configuration's folder.
    Sandbox,
    /// A context of a kubeconfig; the file named, else `KUBECONFIG`, else the home folder's.
    Context {
        /// The context's name.
        context: String,
        /// The file, relative to the configuration's folder.
        kubeconfig: Option<String>,
        /// Where the context is written.
        span: Option<Span>,
    },
    /// The service account of the pod that this process runs in.
    InCluster,
}

/// One instance of a block of the vocabulary.
#[derive(Debug, Clone)]
pub struct ConfigBlock {
    /// Its address.
    pub address: Address,
    /// The address that the names of its objects follow from, where a `moved` block says that it had
    /// another one.
    pub named_as: Option<Address>,
    /// The block's type and labels.
    pub header_span: Span,
    /// What stands in it, without `for_each`, `count`, `enabled` and `depends_on`.
    pub body: Body,
    /// Every other block that an expression of the body read, sorted by address, one entry each.
    pub references: Vec<Reference>,
    /// `depends_on`.
    pub depends_on: Vec<(Address, Span)>,
    /// The calls of modules that lead to it, the innermost first: the call's name and its header.
    pub calls: Vec<(String, Span)>,
}

/// A block that another one read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The block that was read.
    pub to: Address,
    /// The first expression that read it.
    pub span: Span,
    /// Whether something read from it is unknown until it is applied.
    pub unknown: bool,
}
