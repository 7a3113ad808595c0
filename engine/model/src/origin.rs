//! Where a value came from: its expression and every variable that was read for it.

use std::sync::Arc;

use crate::source::{SourceId, Span};

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
    Read(Span, Arc<Read>),
    /// From outside of every expression.
    Outside(Arc<Read>),
}

/// What was read on the way to a value.
#[derive(Debug, Default, PartialEq, Eq)]
struct Read {
    variables: Vec<VariableOrigin>,
    text: Option<SourceId>,
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
        variables.sort();
        variables.dedup();
        Origin::of(span, Read { variables, text: None })
    }

    fn of(span: Option<Span>, read: Read) -> Origin {
        if read == Read::default() {
            return span.map_or(Origin::NONE, Origin::at);
        }
        Origin::shared_at(span, Arc::new(read))
    }

    fn shared_at(span: Option<Span>, read: Arc<Read>) -> Origin {
        Origin(match span {
            Some(span) => Kind::Read(span, read),
            None => Kind::Outside(read),
        })
    }

    /// The same, of a value that is the whole text of a file, unchanged.
    #[must_use]
    pub fn with_text(&self, file: Option<SourceId>) -> Origin {
        match file == self.text() {
            true => self.clone(),
            false => Origin::of(self.span(), Read { variables: self.variables().to_vec(), text: file }),
        }
    }

    /// The file whose whole text the value is: positions in the value are positions there.
    pub fn text(&self) -> Option<SourceId> {
        self.shared()?.text
    }

    /// The expression.
    pub fn span(&self) -> Option<Span> {
        match &self.0 {
            Kind::None | Kind::Outside(_) => None,
            Kind::At(span) | Kind::Read(span, _) => Some(*span),
        }
    }

    fn shared(&self) -> Option<&Arc<Read>> {
        match &self.0 {
            Kind::Read(_, read) | Kind::Outside(read) => Some(read),
            Kind::None | Kind::At(_) => None,
        }
    }

    /// Every variable that was read, by name.
    pub fn variables(&self) -> &[VariableOrigin] {
        self.shared().map_or(&[], |read| read.variables.as_slice())
    }

    /// What a plan prints: the line of the variable where there is exactly one and a file set it,
    /// else the expression.
    pub fn shown(&self) -> Option<Span> {
        match self.variables() {
            [VariableOrigin { source: VariableSource::File(span), .. }] => Some(*span),
            _ => self.span(),
        }
    }

    /// The variables of both; the span of `self`, or of `other` where `self` has none. Whose text the value is,
    /// `self` says.
    pub fn merge(&self, other: &Origin) -> Origin {
        let span = self.span().or(other.span());
        match (self.shared(), other.shared()) {
            (None, None) => span.map_or(Origin::NONE, Origin::at),
            (Some(mine), None) => Origin::shared_at(span, mine.clone()),
            (None, Some(theirs)) if theirs.text.is_none() => Origin::shared_at(span, theirs.clone()),
            (Some(mine), Some(theirs)) if mine.variables == theirs.variables => {
                Origin::shared_at(span, mine.clone())
            }
            _ => {
                let both = self.variables().iter().chain(other.variables()).cloned();
                Origin::new(span, both.collect()).with_text(self.text())
            }
        }
    }

    /// The same under another expression.
    pub fn with_span(&self, span: Span) -> Origin {
        Origin(match self.shared() {
            Some(read) => Kind::Read(span, read.clone()),
            None => Kind::At(span),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_text_a_value_is_stays_with_the_value_alone() {
        let span = |start| Span::new(SourceId(0), start, start + 1);
        let variable = VariableOrigin { name: "v".into(), source: VariableSource::CommandLine };
        let file = Some(SourceId(7));
        let text = Origin::at(span(1)).with_text(file);
        assert_eq!(text.with_span(span(2)).text(), file);
        assert_eq!(text.merge(&Origin::new(None, vec![variable.clone()])).text(), file);
        assert_eq!(
            text.merge(&Origin::new(None, vec![variable.clone()])).variables(),
            std::slice::from_ref(&variable)
        );
        assert_eq!(Origin::at(span(3)).merge(&text), Origin::at(span(3)));
        assert_eq!(Origin::new(None, vec![variable]).merge(&text).text(), None);
        assert_eq!(text.with_text(None), Origin::at(span(1)));
    }
}
