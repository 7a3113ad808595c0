//! Diagnostics as text for people and as JSON in Terraform's form.
//!
//! Shows one line of source for each place, whatever the size of the file.

use plimsoll_model::{Diagnostic, Note, Report, Severity, SourceMap, Span};
use serde_json::{Map, Value as Json, json};

use crate::safe;
use crate::style::Style;

/// The most characters of a source line that are shown.
const WINDOW: usize = 120;

/// All findings, errors first, each with its places, the reason and what to type.
pub fn human(report: &Report, sources: &SourceMap, style: Style) -> String {
    report.sorted().into_iter().map(|d| one(d, sources, style)).collect::<Vec<_>>().join("\n")
}

/// Where to read more about findings: the line at the end of a run, for the code of its first one.
pub fn more(code: &str) -> String {
    format!("For more: plimsoll explain {}", safe::line(code))
}

/// One finding: its severity with its code, which `plimsoll explain` takes, and what happened.
pub fn one(diagnostic: &Diagnostic, sources: &SourceMap, style: Style) -> String {
    let code = safe::line(&diagnostic.code);
    let word = match diagnostic.severity {
        Severity::Error => style.red(&format!("error[{code}]")),
        Severity::Warning => style.yellow(&format!("warning[{code}]")),
    };
    let mut out = format!("{word}: {}\n", style.bold(&safe::line(&diagnostic.summary)));
    for (i, note) in diagnostic.at.iter().chain(&diagnostic.related).enumerate() {
        out.push_str(&place(note, sources, i == 0 && diagnostic.at.is_some(), style));
    }
    if !diagnostic.detail.is_empty() {
        out.push_str(&indented(&safe::lines(&diagnostic.detail), "  "));
    }
    if let Some(help) = &diagnostic.help {
        let text = indented(&safe::lines(help), "        ");
        out.push_str(&format!("  {}: {}", style.green("help"), text.trim_start()));
    }
    out
}

fn indented(text: &str, indent: &str) -> String {
    text.lines().map(|line| format!("{indent}{line}").trim_end().to_string() + "\n").collect()
}

fn place(note: &Note, sources: &SourceMap, first: bool, style: Style) -> String {
    let location = sources.locate(note.span);
    let message =
        if note.message.is_empty() { String::new() } else { format!(": {}", safe::line(&note.message)) };
    let mut out = format!("  {}{message}\n", style.blue(&safe::line(&location.to_string())));
    let window = Window::of(note.span, sources);
    let number = location.line.to_string();
    let gutter = " ".repeat(number.len());
    if !window.text.trim().is_empty() {
        let mark = if first { "^" } else { "-" };
        let carets = mark.repeat(window.length.max(1));
        let carets = if first { style.red(&carets) } else { style.blue(&carets) };
        out.push_str(&format!("    {} {}\n", style.dim(&format!("{number} |")), window.text));
        out.push_str(&format!(
            "    {} {}{carets}\n",
            style.dim(&format!("{gutter} |")),
            " ".repeat(window.start)
        ));
    }
    out
}

/// The part of a line that is shown, and where the span lies in it.
struct Window {
    text: String,
    start: usize,
    length: usize,
}

impl Window {
    fn of(span: Span, sources: &SourceMap) -> Window {
        let line = sources.line_text(span.source, span.start);
        let begin = sources.position(span.source, span.start);
        let column = begin.column.saturating_sub(1);
        let until = sources.position(span.source, span.end);
        let total = line.chars().count();
        let end = if until.line == begin.line { until.column.saturating_sub(1) } else { total };
        let skip = if total <= WINDOW { 0 } else { column.saturating_sub(WINDOW / 3) };
        let part = |from: usize, to: usize| -> String {
            safe::lines(&line.chars().skip(from).take(to.saturating_sub(from)).collect::<String>())
        };
        let last = (skip + WINDOW).min(total);
        let lead = if skip > 0 { "…" } else { "" };
        let tail = if last < total { "…" } else { "" };
        let (end, column) = (end.clamp(column.min(last), last), column.min(last));
        Window {
            text: format!("{lead}{}{tail}", part(skip, last)),
            start: lead.chars().count() + part(skip, column).chars().count(),
            length: part(column, end).chars().count(),
        }
    }
}

/// `validate --json`: Terraform's form, with code, help and related places added.
pub fn json(report: &Report, sources: &SourceMap) -> Json {
    let errors = report.count(Severity::Error);
    document(errors == 0, report.sorted().into_iter().map(|d| entry(d, sources)).collect())
}

/// What a command prints instead of its document when it failed: the form of [`json`] over entries
/// that [`entry`] made.
pub fn failure(entries: Vec<Json>) -> Json {
    document(false, entries)
}

fn document(valid: bool, entries: Vec<Json>) -> Json {
    let count = |severity: &str| entries.iter().filter(|e| e["severity"] == severity).count();
    json!({
        "format_version": "1.0",
        "valid": valid,
        "error_count": count("error"),
        "warning_count": count("warning"),
        "diagnostics": entries,
    })
}

/// One finding as JSON.
pub fn entry(diagnostic: &Diagnostic, sources: &SourceMap) -> Json {
    let mut out = Map::new();
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    out.insert("severity".into(), severity.into());
    out.insert("code".into(), diagnostic.code.to_string().into());
    out.insert("summary".into(), safe::line(&diagnostic.summary).into());
    out.insert("detail".into(), safe::lines(&diagnostic.detail).into());
    if let Some(at) = &diagnostic.at {
        out.insert("range".into(), range(at.span, sources));
        out.insert("snippet".into(), snippet(at.span, sources));
        if !at.message.is_empty() {
            out.insert("message".into(), safe::line(&at.message).into());
        }
    }
    if let Some(help) = &diagnostic.help {
        out.insert("help".into(), safe::lines(help).into());
    }
    let related: Vec<Json> = diagnostic
        .related
        .iter()
        .map(|note| json!({"message": safe::line(&note.message), "range": range(note.span, sources)}))
        .collect();
    if !related.is_empty() {
        out.insert("related".into(), related.into());
    }
    Json::Object(out)
}

fn range(span: Span, sources: &SourceMap) -> Json {
    let position = |byte: u32| {
        let p = sources.position(span.source, byte);
        json!({"line": p.line, "column": p.column, "byte": p.byte})
    };
    json!({"filename": sources.path(span.source), "start": position(span.start), "end": position(span.end)})
}

fn snippet(span: Span, sources: &SourceMap) -> Json {
    let line = sources.line_text(span.source, span.start);
    let start = sources.position(span.source, span.start);
    let column = line.char_indices().nth(start.column.saturating_sub(1)).map_or(line.len(), |(i, _)| i);
    let end = (column + (span.end.saturating_sub(span.start)) as usize).min(line.len());
    json!({
        "context": null,
        "code": safe::lines(line),
        "start_line": start.line,
        "highlight_start_offset": column,
        "highlight_end_offset": end,
        "values": [],
    })
}
