//! Addresses, values, objects, sources and diagnostics: the nouns that every other crate speaks in.
//!
//! Holds data and the rules that belong to data alone. Does not read files, evaluate, compile,
//! plan or talk to anything.

pub mod address;
pub mod body;
pub mod config;
pub mod desired;
pub mod diagnostic;
pub mod json;
pub mod node;
pub mod number;
pub mod object;
pub mod origin;
pub mod path;
pub mod selection;
pub mod source;
pub mod types;
pub mod value;
pub mod vocabulary;

pub use address::{Address, InstanceKey, ModuleStep};
pub use body::{Attr, Attrs, Block, Body, Label};
pub use config::{Config, ConfigBlock, Environment, Import, Policy, Released, Target};
pub use desired::{
    ConflictPolicy, ConflictRule, Desired, DesiredObject, Drift, Edge, EdgeKind, Ignored, Output, Timeout,
    Timeouts,
};
pub use diagnostic::{Diagnostic, Note, Report, Severity};
pub use node::{Leaf, Node};
pub use number::Number;
pub use object::{Gvk, ObjectId};
pub use origin::{Origin, VariableOrigin, VariableSource};
pub use path::{Path, PathElement};
pub use selection::Selection;
pub use source::{SourceId, SourceMap, Span};
pub use types::Type;
pub use value::{Data, Handle, HandleAttrs, Value};
pub use vocabulary::{BadArgument, BlockScope, Export, Vocabulary, VocabularyFunction};
