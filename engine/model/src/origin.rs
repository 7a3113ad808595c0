//! Where a value came from: its expression and every variable that was read for it.

use std::sync::Arc;

use crate::source::Span;

/// Where the value of a variable was set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VariableSource {
    /// In a file: the variable's default, an environment's `values`, a values file.
    File(Span),
    /// On the command line, with `--var`.
    CommandLine,
    /// In an environment variable of the process, by its name.
    Process(String),
}

/// A variable that was read on the way to a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariableOrigin {
    /// The variable's name.
    pub name: String,
    /// Where the value in force was set.
    pub source: VariableSource,
}

/// Where a value came from. Cheap to clone; empty for values that nobody wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin(Option<Arc<Inner>>);

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    span: Option<Span>,
    variables: Vec<VariableOrigin>,
}

impl Origin {
    /// Nobody wrote this value: a default or a generated part.
    pub const NONE: Origin = Origin(None);

    /// A value written at `span`.
    pub fn at(span: Span) -> Origin {
        Origin(Some(Arc::new(Inner { span: Some(span), variables: Vec::new() })))
    }

    /// A value written at `span`, for which `variables` were read (sorted, without repeats).
    pub fn new(span: Option<Span>, mut variables: Vec<VariableOrigin>) -> Origin {
        if span.is_none() && variables.is_empty() {
            return Origin::NONE;
        }
        variables.sort();
        variables.dedup();
        Origin(Some(Arc::new(Inner { span, variables })))
    }

    /// The expression.
    pub fn span(&self) -> Option<Span> {
        self.0.as_ref().and_then(|i| i.span)
    }

    /// Every variable that was read, by name.
    pub fn variables(&self) -> &[VariableOrigin] {
        self.0.as_ref().map_or(&[], |i| &i.variables)
    }

    /// What a plan prints: the line of the variable where there is exactly one and a file set it,
    /// else the expression.
    pub fn shown(&self) -> Option<Span> {
        match self.variables() {
            [VariableOrigin { source: VariableSource::File(span), .. }] => Some(*span),
            _ => self.span(),
        }
    }

    /// The variables of both; the span of `self`, or of `other` where `self` has none.
    pub fn merge(&self, other: &Origin) -> Origin {
        if other.variables().is_empty() && (self.span().is_some() || other.span().is_none()) {
            return self.clone();
        }
        let variables = self.variables().iter().chain(other.variables()).cloned().collect();
        Origin::new(self.span().or(other.span()), variables)
    }

    /// The same variables under another expression.
    pub fn with_span(&self, span: Span) -> Origin {
        if self.span() == Some(span) {
            return self.clone();
        }
        Origin::new(Some(span), self.variables().to_vec())
    }
}
