//! Warnings that are silenced in place: `# plimsoll:allow CODE reason`.
//!
//! A comment covers the line it ends, or the next line that says something, and the whole of a
//! block or attribute that begins there. Knows no code by name; never silences an error.

use plimsoll_model::{Diagnostic, Report, Severity, SourceId, SourceMap, Span};

use crate::load::Loaded;
use crate::syntax::ast::{Attr, Block};
use crate::syntax::scan::{Tok, tokens};

/// What such a comment begins with, after its `#` or `//`.
const MARK: &str = "plimsoll:allow";

/// One comment that silences.
#[derive(Debug, Clone)]
pub struct Allowance {
    /// The code of the warning.
    pub code: String,
    /// The comment.
    pub span: Span,
    /// Whether it says why: without a reason nothing is silenced.
    pub has_reason: bool,
    /// First byte that it covers, and one past the last.
    covers: Span,
}

/// The comments of a configuration and its modules that silence, in the order of files.
pub fn allowances(loaded: &Loaded) -> Vec<Allowance> {
    let mut found: Vec<Allowance> =
        loaded.sources.ids().flat_map(|id| of_text(&loaded.sources, id)).collect();
    if found.is_empty() {
        return found;
    }
    let catalogs = std::iter::once(&loaded.catalog).chain(loaded.modules.iter().map(|m| &m.catalog));
    for catalog in catalogs {
        catalog.blocks().for_each(|b| widen_block(b, &mut found));
        catalog.locals.items.iter().for_each(|a| widen_attr(a, &mut found));
    }
    found
}

/// Takes the warnings out of a report that a comment allows, and marks in `used` which ones did.
pub fn silence(all: &[Allowance], report: &mut Report, used: &mut [bool]) {
    if all.is_empty() {
        return;
    }
    report.retain(|d| {
        let Some(at) = d.configured_at().filter(|_| d.severity == Severity::Warning) else { return true };
        let mut keep = true;
        for (allowance, used) in all.iter().zip(used.iter_mut()) {
            if allowance.has_reason && allowance.code == d.code && holds(allowance.covers, at) {
                (keep, *used) = (false, true);
            }
        }
        keep
    });
}

/// What is wrong with the comments themselves: those without a reason.
pub fn without_reason(all: &[Allowance], report: &mut Report) {
    for allowance in all.iter().filter(|a| !a.has_reason) {
        let code = if allowance.code.is_empty() { "CODE" } else { &allowance.code };
        report.push(
            Diagnostic::warning("allow-without-reason", "a warning is silenced without a reason")
                .detail("Whoever reads it next has to know why it may stay; until then, nothing is silenced.")
                .at(allowance.span, "")
                .help(format!("# {MARK} {code} why it may stay")),
        );
    }
}

/// The comments that silenced nothing, in any environment. Nothing is said of codes that are found
/// `elsewhere` only.
pub fn unused(all: &[Allowance], used: &[bool], elsewhere: &[&str], report: &mut Report) {
    let judged = |a: &Allowance| a.has_reason && !elsewhere.contains(&a.code.as_str());
    for (allowance, _) in all.iter().zip(used).filter(|(a, used)| judged(a) && !**used) {
        report.push(
            Diagnostic::warning("allow-of-nothing", "a comment silences nothing")
                .detail(format!(
                    "There is no warning {} in what it stands above or beside; errors cannot be silenced.",
                    allowance.code
                ))
                .at(allowance.span, "")
                .help("remove the comment"),
        );
    }
}

fn holds(covers: Span, at: Span) -> bool {
    covers.source == at.source && covers.start <= at.start && at.start < covers.end
}

fn of_text(sources: &SourceMap, id: SourceId) -> Vec<Allowance> {
    let text = sources.text(id);
    if !text.contains(MARK) {
        return Vec::new();
    }
    let mut out: Vec<Allowance> = Vec::new();
    let mut line_start = 0;
    let mut says = false;
    let mut waiting: Vec<Allowance> = Vec::new();
    for token in tokens(&text) {
        match token.kind {
            Tok::Newline => {
                if says {
                    let covers = Span::new(id, line_start, token.start);
                    out.extend(waiting.drain(..).map(|a| Allowance { covers, ..a }));
                }
                (line_start, says) = (token.end, false);
            }
            Tok::Comment => {
                waiting.extend(of_comment(token.text(&text), Span::new(id, token.start, token.end)))
            }
            _ => says = true,
        }
    }
    let covers = Span::new(id, line_start, if says { text.len() } else { line_start });
    out.extend(waiting.into_iter().map(|a| Allowance { covers, ..a }));
    out
}

fn of_comment(comment: &str, span: Span) -> Option<Allowance> {
    let rest = comment.trim_start_matches(['#', '/']).trim_start().strip_prefix(MARK)?;
    if rest.starts_with(|c: char| !c.is_whitespace()) {
        return None;
    }
    let mut words = rest.split_whitespace();
    let code = words.next().unwrap_or_default().to_string();
    let has_reason = words.any(|word| word.chars().any(char::is_alphanumeric));
    Some(Allowance { code, span, has_reason, covers: span })
}

fn widen_block(block: &Block, all: &mut [Allowance]) {
    widen(block.header_span, block.body_span, all);
    block.body.attrs.iter().for_each(|a| widen_attr(a, all));
    block.body.blocks.iter().for_each(|b| widen_block(b, all));
}

fn widen_attr(attr: &Attr, all: &mut [Allowance]) {
    widen(attr.name_span, attr.span, all);
}

/// Lets a comment that covers the line where something begins cover all of it.
fn widen(begin: Span, whole: Span, all: &mut [Allowance]) {
    for allowance in all.iter_mut().filter(|a| holds(a.covers, begin)) {
        allowance.covers.end = allowance.covers.end.max(whole.end);
    }
}

#[cfg(test)]
mod tests;
