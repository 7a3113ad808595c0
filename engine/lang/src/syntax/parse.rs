//! Parsing a file, block by block where it is broken.
//!
//! The parser stops at its first error and returns no tree. A file that it refuses is split into
//! its top-level items; each one that fails is reported and left out, and the rest stands.

use plimsoll_model::{Diagnostic, Report, SourceId, Span};

use super::ast::{Body, Expr};
use super::explain::explain;
use super::lower::Lowering;
use super::scan::{Chunk, Tok, chunks, header, tokens};

/// A parsed file.
#[derive(Debug, Default)]
pub struct Parsed {
    /// What could be parsed.
    pub body: Body,
    /// The headers of what could not: type and labels. The type is empty where even that is unclear.
    pub broken: Vec<(String, Vec<String>)>,
}

/// Parses the text of a file. `base` is the byte at which `text` starts in its source.
pub fn parse(text: &str, base: usize, source: SourceId, report: &mut Report) -> Parsed {
    let mut parsed = Parsed::default();
    if let Some(at) = text.find('\0') {
        report.push(
            Diagnostic::error("nul-byte", "file holds a NUL byte")
                .detail("It is not a text file, or it was saved in another encoding than UTF-8.")
                .at(Span::new(source, base + at, base + at + 1), "here"),
        );
        parsed.broken.push((String::new(), Vec::new()));
        return parsed;
    }
    if text.is_empty() {
        return parsed;
    }
    let repaired = without_empty_heredocs(text);
    let text = repaired.as_deref().unwrap_or(text);
    match hcl_edit::parser::parse_body(text) {
        Ok(tree) => {
            let around = Span::new(source, base, base + text.len());
            parsed.body = Lowering::new(text, base, source, report).body(&tree, around);
        }
        Err(error) => {
            let all = tokens(text);
            let before = report.items().len();
            for chunk in chunks(text, &all, false) {
                recover(text, base, source, chunk, report, &mut parsed);
            }
            if report.items().len() == before {
                // The items parse one by one, yet the whole does not: say what the parser said.
                report.push(explain(text, error.location().offset(), error.message(), base, source));
            }
        }
    }
    parsed
}

/// The text with each empty heredoc as an empty string of the same length: the parser would look
/// for its end marker further down. None where there is nothing to change.
fn without_empty_heredocs(text: &str) -> Option<String> {
    let empty = |at: usize| {
        let after = text.get(at + 2..)?;
        let after = after.strip_prefix('-').unwrap_or(after);
        let (marker, rest) = after.split_once('\n')?;
        let line = rest.split('\n').next()?;
        (!marker.trim().is_empty() && line.trim() == marker.trim()).then_some(())
    };
    if !text.match_indices("<<").any(|(at, _)| empty(at).is_some()) {
        return None;
    }
    let mut out = text.to_string();
    for t in tokens(text).iter().filter(|t| t.kind == Tok::Heredoc && empty(t.start).is_some()) {
        let blank = format!("\"\"{}", " ".repeat((t.end - t.start).saturating_sub(2)));
        out.replace_range(t.start..t.end, &blank);
    }
    Some(out)
}

fn recover(text: &str, base: usize, source: SourceId, chunk: Chunk, report: &mut Report, out: &mut Parsed) {
    let Some(part) = text.get(chunk.start..chunk.end) else { return };
    let at = base + chunk.start;
    let error = match hcl_edit::parser::parse_body(part) {
        Ok(tree) => {
            let around = Span::new(source, at, base + chunk.end);
            let body = Lowering::new(part, at, source, report).body(&tree, around);
            out.body.attrs.extend(body.attrs);
            out.body.blocks.extend(body.blocks);
            return;
        }
        Err(error) => error,
    };
    let toks = tokens(part);
    if !chunk.closed {
        let smaller = chunks(part, &toks, true);
        if smaller.len() > 1 {
            for c in smaller {
                let c = Chunk { start: chunk.start + c.start, end: chunk.start + c.end, closed: true };
                recover(text, base, source, c, report, out);
            }
            return;
        }
    }
    report.push(explain(part, error.location().offset(), error.message(), at, source));
    out.broken.push(match header(part, &toks) {
        Some((ty, labels, _)) => (ty.to_string(), labels.iter().map(ToString::to_string).collect()),
        None => (String::new(), Vec::new()),
    });
}

/// Parses one expression, as the console and `--var` do.
pub fn parse_expression(text: &str, source: SourceId, report: &mut Report) -> Option<Expr> {
    let trimmed = text.trim();
    let base = text.len() - text.trim_start().len();
    match hcl_edit::parser::parse_expr(trimmed) {
        Ok(tree) => {
            let around = Span::new(source, base, base + trimmed.len());
            Some(Lowering::new(trimmed, base, source, report).expr(&tree, around))
        }
        Err(error) => {
            report.push(explain(trimmed, error.location().offset(), error.message(), base, source));
            None
        }
    }
}
