//! The canonical layout of a text, as `terraform fmt` lays it out.
//!
//! Text in, text out: writes no files. What does not parse is reported and left alone.
//!
//! Where `terraform fmt` needs a second run, one is enough here. Three things differ, because it
//! loses text or breaks it there: a comment between the labels of a block stays; a label with a lone
//! `$` or `%` stays; quotes stay around an interpolation with a comment that would end its line.

mod layout;
mod rewrite;
mod token;

use std::path::Path;

use plimsoll_model::{Report, SourceMap};

use crate::files::read_text;
use crate::load::unreadable;
use crate::syntax::parse::parse;

const BOM: char = '\u{feff}';

/// The canonical layout of a file's text; none where it does not parse, which is reported.
///
/// The text is added to `sources`, where the report's places point. Comments, blank lines and the
/// texts of heredocs stay; what the configuration means does not change.
pub fn format(path: &str, text: &str, sources: &mut SourceMap, report: &mut Report) -> Option<String> {
    let id = sources.add(path, text);
    let plain = text.strip_prefix(BOM).unwrap_or(text);
    let mut found = Report::new();
    let parsed = parse(plain, text.len() - plain.len(), id, &mut found);
    let broken = found.has_errors() || !parsed.broken.is_empty();
    report.extend(found);
    (!broken).then(|| lay_out(plain))
}

/// A file's text, and its canonical layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formatted {
    /// The text as it is.
    pub before: String,
    /// The text as it should be.
    pub after: String,
}

/// Reads a file and lays its text out; none where it cannot be read or does not parse, which is
/// reported.
pub fn format_file(path: &Path, sources: &mut SourceMap, report: &mut Report) -> Option<Formatted> {
    let shown = path.display().to_string();
    match read_text(path) {
        Ok(before) => {
            let after = format(&shown, &before, sources, report)?;
            Some(Formatted { before, after })
        }
        Err(error) => {
            let finding = unreadable(&shown, error, None, sources);
            report.push(finding);
            None
        }
    }
}

/// The layout of a text that parses.
fn lay_out(text: &str) -> String {
    let (tokens, trailing) = token::tokens(text);
    let mut tokens = rewrite::rewrite(tokens);
    layout::lay_out(&mut tokens);
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for token in &tokens {
        out.extend(std::iter::repeat_n(' ', token.spaces));
        out.push_str(&token.text);
    }
    out.extend(std::iter::repeat_n(' ', trailing));
    out
}

#[cfg(test)]
mod tests;
