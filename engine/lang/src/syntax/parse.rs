//! Parsing a file, block by block where it is broken.
//!
//! The parser stops at its first error and returns no tree. A file that it refuses is split into
//! its top-level items; each one that fails is reported and left out, and the rest stands.

use plimsoll_model::{Diagnostic, Report, SourceId, Span};

use super::ast::{Body, Expr};
use super::explain::{explain, explain_expression};
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
    let chunks = chunks(text, false);
    if let Some((body, found)) = parse_chunks(text, base, source, &chunks) {
        report.extend(found);
        parsed.body = body;
        return parsed;
    }
    match hcl_edit::parser::parse_body(text) {
        Ok(tree) => {
            let around = Span::new(source, base, base + text.len());
            parsed.body = Lowering::new(text, base, source, report).body(&tree, around);
        }
        Err(error) => {
            let before = report.items().len();
            for chunk in chunks {
                recover(text, base, source, chunk, report, &mut parsed);
            }
            if report.items().len() == before {
                // The items parse one by one, yet the whole does not: say what the parser said.
                report.push(explain(text, place(text, &error), error.message(), base, source));
            }
        }
    }
    parsed
}

/// Texts above this many bytes are parsed on several threads.
const LARGE: usize = 256 << 10;

/// Parses a text item by item: its trees are small and short-lived, which is faster than one tree
/// of everything. None where an item does not parse.
fn parse_chunks(text: &str, base: usize, source: SourceId, chunks: &[Chunk]) -> Option<(Body, Report)> {
    let threads = if text.len() < LARGE {
        1
    } else {
        std::thread::available_parallelism().map_or(1, usize::from).min(8)
    };
    let part = chunks.len().div_ceil(threads).max(1);
    let parts: Vec<Option<(Body, Report)>> = if threads == 1 {
        vec![parse_part(text, base, source, chunks)]
    } else {
        std::thread::scope(|scope| {
            let started: Vec<_> = chunks
                .chunks(part)
                .map(|some| {
                    std::thread::Builder::new()
                        .stack_size(PARSER_STACK)
                        .spawn_scoped(scope, move || parse_part(text, base, source, some))
                })
                .collect();
            started.into_iter().map(|t| t.ok()?.join().ok()?).collect()
        })
    };
    let mut body = Body::default();
    let mut report = Report::new();
    for part in parts {
        let (more, found) = part?;
        body.attrs.extend(more.attrs);
        body.blocks.extend(more.blocks);
        report.extend(found);
    }
    Some((body, report))
}

/// The parser bounds its own depth; this fits its deepest.
const PARSER_STACK: usize = 16 << 20;

fn parse_part(text: &str, base: usize, source: SourceId, chunks: &[Chunk]) -> Option<(Body, Report)> {
    let mut report = Report::new();
    let mut body = Body::default();
    for chunk in chunks {
        let part = text.get(chunk.start..chunk.end)?;
        let tree = hcl_edit::parser::parse_body(part).ok()?;
        let at = base + chunk.start;
        let around = Span::new(source, at, base + chunk.end);
        let more = Lowering::new(part, at, source, &mut report).body(&tree, around);
        body.attrs.extend(more.attrs);
        body.blocks.extend(more.blocks);
    }
    Some((body, report))
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
        let smaller = chunks(part, true);
        if smaller.len() > 1 {
            for c in smaller {
                let c = Chunk { start: chunk.start + c.start, end: chunk.start + c.end, closed: true };
                recover(text, base, source, c, report, out);
            }
            return;
        }
    }
    report.push(explain(part, place(part, &error), error.message(), at, source));
    out.broken.push(match header(part, &toks) {
        Some((ty, labels)) => (ty.to_string(), labels.iter().map(ToString::to_string).collect()),
        None => (String::new(), Vec::new()),
    });
}

/// The byte of an error. The parser's own is never past the last byte, and may lie inside a character;
/// its column tells the end of the text apart.
fn place(text: &str, error: &hcl_edit::parser::Error) -> usize {
    let mut at = error.location().offset().min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let line = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let column = text[line..at].chars().count() + 1;
    let last = text[at..].chars().next().map_or(0, char::len_utf8);
    if at + last == text.len() && error.location().column() > column { text.len() } else { at }
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
            let at = place(trimmed, &error);
            report.push(explain_expression(trimmed, at, error.message(), base, source));
            None
        }
    }
}

/// Parses the text of a template, such as a file's: no escapes but `$${` and `%%{`.
///
/// # Errors
/// The byte at which it is wrong, and what the parser said.
pub fn parse_template(text: &str, source: SourceId, report: &mut Report) -> Result<Expr, (usize, String)> {
    match hcl_edit::parser::parse_template(text) {
        Ok(tree) => Ok(Lowering::new(text, 0, source, report).text(&tree, Span::new(source, 0, text.len()))),
        Err(error) => Err((place(text, &error), error.message().to_string())),
    }
}
