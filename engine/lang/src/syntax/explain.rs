//! What a parse error means, and what to type instead.
//!
//! The parser says which characters it would have taken. Here the text around the place is
//! scanned for what people really did: a string or bracket left open, a block on one line, an
//! expression in a label, a name given twice.

use plimsoll_model::{Diagnostic, SourceId, Span};

use super::one_line;
use super::scan::{Tok, Token, tokens};

/// The diagnostic for a parse error at byte `offset` of `text`, which starts at byte `base` of
/// its source.
pub fn explain(text: &str, offset: usize, message: &str, base: usize, source: SourceId) -> Diagnostic {
    let all = tokens(text);
    let found = Finder { text, tokens: &all, offset: offset.min(text.len()), base, source };
    found
        .limits(message)
        .or_else(|| found.twice(message))
        .or_else(|| found.open_text())
        .or_else(|| found.label_expression())
        .or_else(|| found.one_line_block())
        .or_else(|| found.open_bracket())
        .or_else(|| found.several_on_a_line())
        .or_else(|| found.broken_line())
        .or_else(|| found.odd_character(message))
        .unwrap_or_else(|| found.plain(message))
}

/// The same for a text that is one expression, where no block and no attribute may stand.
pub fn explain_expression(
    text: &str,
    offset: usize,
    message: &str,
    base: usize,
    source: SourceId,
) -> Diagnostic {
    let all = tokens(text);
    let found = Finder { text, tokens: &all, offset: offset.min(text.len()), base, source };
    found
        .limits(message)
        .or_else(|| found.twice(message))
        .or_else(|| found.open_text())
        .or_else(|| found.unfinished())
        .or_else(|| found.open_bracket())
        .or_else(|| found.left_open())
        .or_else(|| found.extra(message))
        .unwrap_or_else(|| found.plain(message))
}

struct Finder<'a> {
    text: &'a str,
    tokens: &'a [Token],
    offset: usize,
    base: usize,
    source: SourceId,
}

fn syntax_error() -> Diagnostic {
    Diagnostic::error("syntax", "invalid syntax")
}

/// What is said of an opening bracket that nothing closes.
fn unclosed(open: &Token) -> Diagnostic {
    let closing = match open.kind {
        Tok::Open(b'[') => "]",
        Tok::Open(b'(') => ")",
        _ => "}",
    };
    Diagnostic::error("open-bracket", "bracket is not closed")
        .detail(format!("No `{closing}` closes it."))
        .help(format!("type the closing {closing}"))
}

impl Finder<'_> {
    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, self.base + start, self.base + end.max(start))
    }

    fn token_span(&self, t: &Token) -> Span {
        self.span(t.start, t.end)
    }

    /// The token at the error, comments left out; none at the end of the text.
    fn at(&self) -> Option<&Token> {
        self.tokens.iter().find(|t| t.end > self.offset && t.kind != Tok::Comment)
    }

    fn before(&self) -> Option<&Token> {
        let skip = |k| matches!(k, Tok::Comment | Tok::Newline);
        self.tokens.iter().rev().find(|t| t.end <= self.offset && !skip(t.kind))
    }

    fn at_span(&self) -> Span {
        match self.at() {
            Some(t) if t.start <= self.offset => {
                let c = self.text.get(self.offset..).and_then(|r| r.chars().next()).map_or(1, char::len_utf8);
                let end = if t.kind == Tok::Ident { t.end } else { (self.offset + c).min(t.end) };
                self.span(self.offset, end)
            }
            _ => self.span(self.offset, self.offset),
        }
    }

    fn limits(&self, message: &str) -> Option<Diagnostic> {
        if message.contains("nesting depth") {
            return Some(
                Diagnostic::error("nesting-too-deep", "nested too deeply")
                    .detail("Expressions, templates and blocks may nest 64 levels.")
                    .at(self.at_span(), "the 65th level")
                    .help("name an inner part in locals { … } and refer to it"),
            );
        }
        message.contains("chained binary operators").then(|| {
            Diagnostic::error("nesting-too-deep", "nested too deeply")
                .detail("One expression may chain 128 operators.")
                .at(self.at_span(), "the 129th operator")
                .help("name a part in locals { … } and refer to it")
        })
    }

    fn twice(&self, message: &str) -> Option<Diagnostic> {
        let key = message.contains("redefined object key");
        if !key && !message.contains("redefined attribute") {
            return None;
        }
        let at = self.tokens.iter().position(|t| t.start >= self.offset)?;
        let again = self.tokens.get(at)?;
        let name = again.text(self.text);
        let mut depth = 0usize;
        let mut first = None;
        for (i, t) in self.tokens[..at].iter().enumerate().rev() {
            match t.kind {
                Tok::Close(_) => depth += 1,
                Tok::Open(_) if depth == 0 => break,
                Tok::Open(_) => depth -= 1,
                _ if depth == 0 && t.text(self.text) == name => {
                    let next = self.tokens.get(i + 1).map(|n| n.text(self.text));
                    if matches!(next, Some("=" | ":")) {
                        first = Some(t);
                    }
                }
                _ => {}
            }
        }
        let d = if key {
            Diagnostic::error("duplicate-key", "object key given twice")
        } else {
            Diagnostic::error("duplicate-attribute", "attribute given twice")
        };
        let d = d.detail(format!("{name} can have one value.")).at(self.token_span(again), "again here");
        Some(match first {
            Some(t) => d.related(self.token_span(t), "first here"),
            None => d,
        })
    }

    fn open_text(&self) -> Option<Diagnostic> {
        let t = self.tokens.iter().find(|t| matches!(t.kind, Tok::OpenStr | Tok::OpenHeredoc))?;
        let name = t.text(self.text).trim_start_matches(['<', '-']);
        Some(if t.kind == Tok::OpenStr {
            Diagnostic::error("open-string", "string is not closed")
                .detail("A quoted string ends on the line on which it starts.")
                .at(self.span(t.start, t.start + 1), "starts here")
                .help("type the closing \", or \\\" for a quote inside the text")
        } else {
            Diagnostic::error("open-heredoc", "heredoc is not closed")
                .detail(format!("No line holds only its end marker {name}."))
                .at(self.token_span(t), "starts here")
                .help(format!("type {name} on a line of its own"))
        })
    }

    fn label_expression(&self) -> Option<Diagnostic> {
        let line_start = self.text[..self.offset].rfind('\n').map_or(0, |p| p + 1);
        let mut line = self.tokens.iter().skip_while(|t| t.start < line_start);
        if line.next()?.kind != Tok::Ident {
            return None;
        }
        for t in line {
            match t.kind {
                Tok::Str if t.text(self.text).contains("${") || t.text(self.text).contains("%{") => {
                    return Some(
                        Diagnostic::error("label-expression", "a label cannot hold an expression")
                            .detail("Labels are fixed text; computed values are attributes.")
                            .at(self.token_span(t), "this label")
                            .help("use an attribute of the block, or dynamic \"…\" with labels = [ … ]"),
                    );
                }
                Tok::Str | Tok::Ident => {}
                _ => return None,
            }
        }
        None
    }

    fn one_line_block(&self) -> Option<Diagnostic> {
        let found = one_line::find(self.text, self.tokens, self.offset)?;
        let span = self.span(found.start, found.end);
        Some(
            Diagnostic::error("one-line-block", "a block on one line holds at most one attribute")
                .detail("HCL allows `name { attribute = value }` on one line, and nothing more.")
                .at(span, found.why)
                .help(format!("type\n{}", found.lines)),
        )
    }

    fn several_on_a_line(&self) -> Option<Diagnostic> {
        let found = one_line::several(self.text, self.tokens, self.offset)?;
        Some(
            Diagnostic::error("several-on-a-line", "attributes stand on one line")
                .detail("An attribute ends with its line; nothing separates two of them on one.")
                .at(self.span(found.start, found.end), found.why)
                .help(format!("type\n{}", found.lines)),
        )
    }

    fn open_bracket(&self) -> Option<Diagnostic> {
        let mut open: Vec<&Token> = Vec::new();
        for t in self.tokens.iter().take_while(|t| t.start <= self.offset || self.at().is_none()) {
            match t.kind {
                Tok::Open(_) => open.push(t),
                Tok::Close(c) => {
                    let fits = |o: u8| matches!((o, c), (b'{', b'}') | (b'[', b']') | (b'(', b')'));
                    let last = open.pop();
                    if let Some(Token { kind: Tok::Open(o), .. }) = last
                        && !fits(*o)
                    {
                        let o = last?;
                        return Some(
                            syntax_error()
                                .detail(format!(
                                    "`{}` does not close `{}`.",
                                    t.text(self.text),
                                    o.text(self.text)
                                ))
                                .at(self.token_span(t), "this one")
                                .related(self.token_span(o), "opened here"),
                        );
                    }
                }
                _ => {}
            }
        }
        if self.at().is_some_and(|t| t.kind != Tok::Newline) {
            return None;
        }
        let rest_is_blank = self.text.get(self.offset..).is_none_or(|r| r.trim().is_empty());
        let o = open.last().filter(|_| rest_is_blank)?;
        Some(unclosed(o).at(self.token_span(o), "opened here"))
    }

    /// An expression that goes on in the next line outside of brackets.
    fn broken_line(&self) -> Option<Diagnostic> {
        let ends = self.at().is_none_or(|t| t.kind == Tok::Newline);
        let before = self.before()?;
        let operator = matches!(
            before.text(self.text),
            "?" | ":" | "+" | "-" | "*" | "/" | "%" | "&" | "|" | "=" | "<" | ">"
        );
        if !ends || !operator {
            return None;
        }
        let d =
            syntax_error().at(self.span(before.start, before.end), "an expression is expected after this");
        Some(if before.text(self.text) == "=" {
            d.detail("The line ends where a value is expected.").help("type the value on the same line")
        } else {
            d.detail("An expression ends with its line, unless a bracket is open.")
                .help("put the whole expression in parentheses: ( … )")
        })
    }

    /// An expression whose last word wants something after it.
    fn unfinished(&self) -> Option<Diagnostic> {
        let last = self.tokens.iter().rev().find(|t| !matches!(t.kind, Tok::Comment | Tok::Newline))?;
        let text = last.text(self.text);
        let wanted = match text {
            "." => "the name of an attribute",
            "!" | "?" | ":" | "+" | "-" | "*" | "/" | "%" | "&" | "|" | "=" | "<" | ">" => "a value",
            _ => return None,
        };
        let double = ["==", "!=", "<=", ">=", "&&", "||"];
        let start = last.end.saturating_sub(2);
        let whole = self.text.get(start..last.end).filter(|two| double.contains(two));
        let span = if whole.is_some() { self.span(start, last.end) } else { self.token_span(last) };
        Some(
            syntax_error()
                .detail(format!("The expression ends after `{}`.", whole.unwrap_or(text)))
                .at(span, format!("{wanted} is expected after this")),
        )
    }

    /// A bracket that nothing closes up to the end of the text.
    fn left_open(&self) -> Option<Diagnostic> {
        let mut open: Vec<&Token> = Vec::new();
        for t in self.tokens {
            match t.kind {
                Tok::Open(_) => open.push(t),
                Tok::Close(_) => drop(open.pop()?),
                _ => {}
            }
        }
        open.last().map(|o| unclosed(o).at(self.token_span(o), "opened here"))
    }

    /// A whole expression with something behind it.
    fn extra(&self, message: &str) -> Option<Diagnostic> {
        let said = ["expression", "structure", "expected `"].iter().any(|word| message.contains(word));
        let t = self.at().filter(|_| !said)?;
        let next = self.tokens.iter().find(|n| n.start >= self.offset && n.kind != Tok::Comment).unwrap_or(t);
        if let Tok::Close(_) = next.kind {
            let d = syntax_error().detail(format!("`{}` closes nothing that is open.", next.text(self.text)));
            return Some(d.at(self.token_span(next), "").help("remove it"));
        }
        let d = syntax_error().detail("One expression ends before this; what follows belongs to none.");
        Some(d.at(self.token_span(next), "not part of the expression"))
    }

    /// Characters of other languages.
    fn odd_character(&self, message: &str) -> Option<Diagnostic> {
        if message.contains("escape sequence") || message.contains("hex code") {
            let at = self.text.get(..self.offset)?.rfind('\\')?;
            return Some(
                Diagnostic::error("bad-escape", "unknown escape sequence")
                    .detail("HCL knows \\n, \\r, \\t, \\\", \\\\, \\uNNNN and \\UNNNNNNNN.")
                    .at(self.span(at, self.offset), "")
                    .help("type \\\\ for a backslash"),
            );
        }
        let t = self.at()?;
        let (detail, help) = match t.text(self.text).chars().next()? {
            '\'' => ("A single quote means nothing here.", "strings stand in double quotes: \"…\""),
            ':' if message.contains("structure") => {
                ("A colon means nothing here.", "attributes are set with an equals sign: name = value")
            }
            '}' if message.starts_with("unexpected") => {
                ("It closes nothing that is open.", "remove it, or look for a `{` that is missing above")
            }
            '\n' if message.ends_with("`{`") => {
                ("The line ends where `{` is expected.", "the `{` of a block stands on the line of its name")
            }
            _ => return None,
        };
        Some(syntax_error().detail(detail).at(self.at_span(), "").help(help))
    }

    fn plain(&self, message: &str) -> Diagnostic {
        let found = match self.at() {
            None => "the end of the text".to_string(),
            Some(t) if t.kind == Tok::Newline => "the end of the line".to_string(),
            Some(t) => {
                let end = if t.kind == Tok::Ident { t.end } else { t.end.min(t.start + 20) };
                let shown = self.text.get(t.start.max(self.offset.min(t.end))..end).unwrap_or("");
                format!("`{}`", shown.split('\n').next().unwrap_or(""))
            }
        };
        let wanted = if message.contains("expression") {
            "a value was expected".to_string()
        } else if message.contains("invalid structure") {
            "an attribute (name = value) or a block (name \"label\" { … }) was expected".to_string()
        } else {
            match message.split_once("expected ").filter(|_| !message.starts_with("unexpected")) {
                Some((_, what)) => {
                    format!("expected {}", what.replace("newline or eof", "the end of the line"))
                }
                None => "an attribute or a block was expected".to_string(),
            }
        };
        syntax_error().detail(format!("Found {found}; {wanted}.")).at(self.at_span(), "")
    }
}
