//! A decoded attribute: known, unknown until apply, or failed; with its marks.

use std::sync::Arc;

use plimsoll_model::{Origin, Span};

/// What is known of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Content<T> {
    /// Its value.
    Known(T),
    /// Known after apply; the text says what it is.
    Unknown(Arc<str>),
    /// Decoding failed, and was reported: stays silent.
    Poison,
}

/// An attribute's value with what a plan needs to know about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Val<T> {
    /// What is known.
    pub content: Content<T>,
    /// Whether it may never be shown.
    pub sensitive: bool,
    /// Where it came from; empty for a default.
    pub origin: Origin,
    /// Where diagnostics point: its expression, or the header of the block that lacks it.
    pub span: Span,
}

impl<T> Val<T> {
    /// A value that failed and was reported.
    pub fn poison(span: Span) -> Val<T> {
        Val { content: Content::Poison, sensitive: false, origin: Origin::NONE, span }
    }

    /// A value that nobody wrote.
    pub fn generated(value: T, span: Span) -> Val<T> {
        Val { content: Content::Known(value), sensitive: false, origin: Origin::NONE, span }
    }

    /// The value, where it is known.
    pub fn known(&self) -> Option<&T> {
        match &self.content {
            Content::Known(v) => Some(v),
            _ => None,
        }
    }

    /// Whether decoding failed.
    pub fn is_poison(&self) -> bool {
        matches!(self.content, Content::Poison)
    }

    /// The same marks around another content.
    pub fn map<U>(&self, f: impl FnOnce(&T) -> U) -> Val<U> {
        Val {
            content: match &self.content {
                Content::Known(v) => Content::Known(f(v)),
                Content::Unknown(what) => Content::Unknown(what.clone()),
                Content::Poison => Content::Poison,
            },
            sensitive: self.sensitive,
            origin: self.origin.clone(),
            span: self.span,
        }
    }
}

impl Val<String> {
    /// The text, where it is known.
    pub fn text(&self) -> Option<&str> {
        self.known().map(String::as_str)
    }

    /// The text as a diagnostic may quote it.
    pub fn shown(&self) -> String {
        match (&self.content, self.sensitive) {
            (_, true) => "(sensitive)".into(),
            (Content::Known(t), _) => format!("\"{t}\""),
            (Content::Unknown(what), _) => format!("({what}, known after apply)"),
            (Content::Poison, _) => "(invalid)".into(),
        }
    }
}
