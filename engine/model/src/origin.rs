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
pub struct Origin(Kind);

/// Most values have an expression and no variable: those take no memory of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    None,
    At(Span),
    Read(Span, Arc<Vec<VariableOrigin>>),
    /// Variables from outside of every file.
    Outside(Arc<Vec<VariableOrigin>>),
}

impl Origin {
    /// Nobody wrote this value: a default or a generated part.
    pub const NONE: Origin = Origin(Kind::None);

    /// A value written at `span`.
    pub fn at(span: Span) -> Origin {
        Origin(Kind::At(span))
    }

    /// A value written at `span`, for which `variables` were read (sorted, without repeats).
    pub fn new(span: Option<Span>, mut variables: Vec<VariableOrigin>) -> Origin {
        if variables.is_empty() {
            return span.map_or(Origin::NONE, Origin::at);
        }
        variables.sort();
        variables.dedup();
        let variables = Arc::new(variables);
        Origin(match span {
            Some(span) => Kind::Read(span, variables),
            None => Kind::Outside(variables),
        })
    }

    /// The expression.
    pub fn span(&self) -> Option<Span> {
        match &self.0 {
            Kind::None | Kind::Outside(_) => None,
            Kind::At(span) | Kind::Read(span, _) => Some(*span),
        }
    }

    fn shared(&self) -> Option<&Arc<Vec<VariableOrigin>>> {
        match &self.0 {
            Kind::Read(_, variables) | Kind::Outside(variables) => Some(variables),
            Kind::None | Kind::At(_) => None,
        }
    }

    /// Every variable that was read, by name.
    pub fn variables(&self) -> &[VariableOrigin] {
        self.shared().map_or(&[], |variables| variables.as_slice())
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
        let span = self.span().or(other.span());
        match (self.shared(), other.shared()) {
            (_, None) if self.span() == span => self.clone(),
            (Some(mine), Some(theirs)) if !Arc::ptr_eq(mine, theirs) && mine != theirs => {
                Origin::new(span, mine.iter().chain(theirs.iter()).cloned().collect())
            }
            (Some(variables), _) | (None, Some(variables)) => match span {
                Some(span) => Origin(Kind::Read(span, variables.clone())),
                None => Origin(Kind::Outside(variables.clone())),
            },
            (None, None) => span.map_or(Origin::NONE, Origin::at),
        }
    }

    /// The same variables under another expression.
    pub fn with_span(&self, span: Span) -> Origin {
        Origin(match self.shared() {
            Some(variables) => Kind::Read(span, variables.clone()),
            None => Kind::At(span),
        })
    }
}
