//! Diagnostics: what happened, where, why and what to type; and the report that collects them.
//!
//! Rendering lives elsewhere. A summary is constant for its code; the detail names the case.

use std::borrow::Cow;

use crate::source::Span;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The run cannot succeed.
    Error,
    /// The run goes on; somebody should look.
    Warning,
}

/// A place that a diagnostic points at, with what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Note {
    /// The place.
    pub span: Span,
    /// What is there; may be empty.
    pub message: String,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Its code in kebab case, such as `unknown-attribute`: stable, for `explain` and silencing.
    pub code: Cow<'static, str>,
    /// One line without a full stop, starting in lower case: what happened.
    pub summary: String,
    /// Why, in full sentences; may be empty.
    pub detail: String,
    /// The place to look at first.
    pub at: Option<Note>,
    /// The other ends.
    pub related: Vec<Note>,
    /// What to type.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error.
    pub fn error(code: impl Into<Cow<'static, str>>, summary: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code: code.into(),
            summary: summary.into(),
            detail: String::new(),
            at: None,
            related: Vec::new(),
            help: None,
        }
    }

    /// A warning.
    pub fn warning(code: impl Into<Cow<'static, str>>, summary: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, summary) }
    }

    /// Says why.
    #[must_use]
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.detail = text.into();
        self
    }

    /// Says where to look first.
    #[must_use]
    pub fn at(mut self, span: Span, message: impl Into<String>) -> Self {
        self.at = Some(Note { span, message: message.into() });
        self
    }

    /// Says where to look first, where there is a place.
    #[must_use]
    pub fn at_some(self, span: Option<Span>, message: impl Into<String>) -> Self {
        match span {
            Some(s) => self.at(s, message),
            None => self,
        }
    }

    /// Adds another end.
    #[must_use]
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Note { span, message: message.into() });
        self
    }

    /// Names the calls of modules that lead to where it was made, by name and header, where it does not yet.
    pub fn called_by(self, calls: &[(String, Span)]) -> Self {
        calls.iter().fold(self, |d, (name, header)| {
            match d.at.iter().chain(&d.related).any(|n| n.span == *header) {
                true => d,
                false => d.related(*header, format!("module.{name} is called here")),
            }
        })
    }

    /// The first place that lies in the configuration's own files.
    pub fn configured_at(&self) -> Option<Span> {
        self.at.iter().chain(&self.related).map(|n| n.span).find(|s| !s.source.is_included())
    }

    /// Says what to type.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}

/// All findings of a run, in the order in which they were made, without repeats.
#[derive(Debug, Default, Clone)]
pub struct Report {
    items: Vec<Diagnostic>,
    seen: std::collections::HashSet<Diagnostic>,
}

impl Report {
    /// An empty report.
    pub fn new() -> Report {
        Report::default()
    }

    /// Adds a finding, unless the very same one is there already.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.seen.insert(diagnostic.clone()) {
            self.items.push(diagnostic);
        }
    }

    /// Adds all findings of another report.
    pub fn extend(&mut self, other: Report) {
        for d in other.items {
            self.push(d);
        }
    }

    /// Takes out the findings that are not to be kept.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.items.retain(keep);
    }

    /// Whether there is an error.
    pub fn has_errors(&self) -> bool {
        self.items.iter().any(|d| d.severity == Severity::Error)
    }

    /// How many findings of a severity there are.
    pub fn count(&self, severity: Severity) -> usize {
        self.items.iter().filter(|d| d.severity == severity).count()
    }

    /// The findings as they were made.
    pub fn items(&self) -> &[Diagnostic] {
        &self.items
    }

    /// The findings as they are shown: errors first, then by place in the configuration, those of a file that
    /// it includes as they were made.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut all: Vec<_> = self.items.iter().collect();
        all.sort_by_key(|d| (d.severity, d.configured_at()));
        all
    }
}
