//! The tokens of a text as layout sees them: what each one is, and how many blanks stand before it.
//!
//! Splits as HCL's own scanner does, templates and heredocs included. Expects a text that parses;
//! any other is split somehow, without loss: the texts of the tokens and the blanks between them
//! are the source.

use std::borrow::Cow;

/// What a token is, as far as layout cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tok {
    /// A name or keyword.
    Ident,
    /// A number.
    Number,
    /// A comment; one that ends with its line holds the line break.
    Comment,
    /// A line break.
    Newline,
    /// `{`
    OpenBrace,
    /// `}`
    CloseBrace,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `(`
    OpenParen,
    /// `)`
    CloseParen,
    /// The quote that opens a string.
    OpenQuote,
    /// The quote that closes it.
    CloseQuote,
    /// Text between quotes.
    Text,
    /// `<<NAME` with its line break.
    OpenHeredoc,
    /// The line of a heredoc's end marker, without its line break.
    CloseHeredoc,
    /// Text of a heredoc.
    HeredocText,
    /// `${`, with its `~` where it has one.
    OpenInterpolation,
    /// `%{`, with its `~` where it has one.
    OpenDirective,
    /// The `}` of either, with its `~` where it has one.
    CloseTemplate,
    /// `=`
    Equal,
    /// `.`
    Dot,
    /// `,`
    Comma,
    /// `...`
    Ellipsis,
    /// `::`
    DoubleColon,
    /// `!`
    Bang,
    /// `-`
    Minus,
    /// Another operator or separator after which a value starts.
    Operator,
    /// Anything else.
    Other,
}

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<'s> {
    /// What it is.
    pub kind: Tok,
    /// Its text.
    pub text: Cow<'s, str>,
    /// How many blanks stand before it.
    pub spaces: usize,
}

impl<'s> Token<'s> {
    /// A token without blanks before it.
    pub fn new(kind: Tok, text: impl Into<Cow<'s, str>>) -> Token<'s> {
        Token { kind, text: text.into(), spaces: 0 }
    }

    /// Whether its line ends with it.
    pub fn ends_line(&self) -> bool {
        self.kind == Tok::Newline || (self.kind == Tok::Comment && self.text.ends_with('\n'))
    }

    /// 1 where it opens a bracket, -1 where it closes one, else 0.
    pub fn bracket(&self) -> i64 {
        match self.kind {
            Tok::OpenBrace
            | Tok::OpenBracket
            | Tok::OpenParen
            | Tok::OpenInterpolation
            | Tok::OpenDirective => 1,
            Tok::CloseBrace | Tok::CloseBracket | Tok::CloseParen | Tok::CloseTemplate => -1,
            _ => 0,
        }
    }
}

/// Where the scanner is.
enum Mode<'s> {
    /// In code; how many braces are open in it.
    Code { braces: usize },
    /// Between quotes.
    Quoted,
    /// In a heredoc with this marker.
    Heredoc { marker: &'s str, line_start: bool },
}

/// The tokens of a text, and how many blanks stand at its end.
pub fn tokens(source: &str) -> (Vec<Token<'_>>, usize) {
    let mut scanner = Scanner { source, at: 0, modes: Vec::new(), out: Vec::new() };
    scanner.modes.push(Mode::Code { braces: 0 });
    let trailing = loop {
        let spaces = scanner.skip_blanks();
        if scanner.at >= source.len() {
            break spaces;
        }
        scanner.next(spaces);
    };
    (scanner.out, trailing)
}

struct Scanner<'s> {
    source: &'s str,
    at: usize,
    modes: Vec<Mode<'s>>,
    out: Vec<Token<'s>>,
}

impl<'s> Scanner<'s> {
    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or("")
    }

    /// Skips blanks where they mean nothing, and counts them.
    fn skip_blanks(&mut self) -> usize {
        if !matches!(self.modes.last(), Some(Mode::Code { .. })) {
            return 0;
        }
        let rest = self.rest();
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        self.at += blanks;
        blanks
    }

    fn push(&mut self, kind: Tok, length: usize, spaces: usize) {
        let end = self.at + length;
        let text = self.source.get(self.at..end).unwrap_or("");
        self.out.push(Token { kind, text: Cow::Borrowed(text), spaces });
        self.at = end;
    }

    fn next(&mut self, spaces: usize) {
        match self.modes.last() {
            Some(Mode::Quoted) => self.quoted(),
            Some(Mode::Heredoc { .. }) => self.heredoc(),
            _ => self.code(spaces),
        }
    }

    fn code(&mut self, spaces: usize) {
        let rest = self.rest();
        if let Some((kind, length)) = fixed(rest) {
            return self.push(kind, length, spaces);
        }
        let first = rest.chars().next().unwrap_or('\0');
        match first {
            '{' => {
                if let Some(Mode::Code { braces }) = self.modes.last_mut() {
                    *braces += 1;
                }
                self.push(Tok::OpenBrace, 1, spaces);
            }
            '}' => self.close_brace(1, spaces),
            '~' if rest.starts_with("~}") && self.in_template() => self.close_brace(2, spaces),
            '"' => {
                self.push(Tok::OpenQuote, 1, spaces);
                self.modes.push(Mode::Quoted);
            }
            '<' => match heredoc_start(rest) {
                Some((length, marker)) => {
                    self.push(Tok::OpenHeredoc, length, spaces);
                    self.modes.push(Mode::Heredoc { marker, line_start: true });
                }
                None => self.push(Tok::Operator, 1, spaces),
            },
            '0'..='9' => self.push(Tok::Number, number_length(rest), spaces),
            c if c == '_' || c.is_ascii_alphabetic() || !c.is_ascii() => {
                let length = rest.find(|c: char| !is_ident(c)).unwrap_or(rest.len());
                self.push(Tok::Ident, length, spaces);
            }
            c => self.push(Tok::Other, c.len_utf8(), spaces),
        }
    }

    /// Whether a `}` would end an interpolation or directive here.
    fn in_template(&self) -> bool {
        self.modes.len() > 1 && matches!(self.modes.last(), Some(Mode::Code { braces: 0 }))
    }

    fn close_brace(&mut self, length: usize, spaces: usize) {
        if self.in_template() {
            self.modes.pop();
            return self.push(Tok::CloseTemplate, length, spaces);
        }
        if let Some(Mode::Code { braces }) = self.modes.last_mut() {
            *braces = braces.saturating_sub(1);
        }
        self.push(Tok::CloseBrace, length, spaces);
    }

    /// `${` or `%{` at the start of `rest`; its kind and length.
    fn template_start(rest: &str) -> Option<(Tok, usize)> {
        let kind = match rest.get(..2)? {
            "${" => Tok::OpenInterpolation,
            "%{" => Tok::OpenDirective,
            _ => return None,
        };
        Some((kind, if rest[2..].starts_with('~') { 3 } else { 2 }))
    }

    fn open_template(&mut self, kind: Tok, length: usize) {
        self.push(kind, length, 0);
        self.modes.push(Mode::Code { braces: 0 });
    }

    fn quoted(&mut self) {
        let rest = self.rest();
        if rest.starts_with('"') {
            self.modes.pop();
            return self.push(Tok::CloseQuote, 1, 0);
        }
        if let Some((kind, length)) = Scanner::template_start(rest) {
            return self.open_template(kind, length);
        }
        let mut at = 0;
        while let Some(c) = rest[at..].chars().next() {
            let here = &rest[at..];
            if c == '"' || Scanner::template_start(here).is_some() {
                break;
            }
            at += c.len_utf8();
            if c == '\\' {
                at += rest[at..].chars().next().map_or(0, char::len_utf8);
            } else if here.starts_with("$${") || here.starts_with("%%{") {
                at += 2;
            }
        }
        self.push(Tok::Text, at, 0);
    }

    fn heredoc(&mut self) {
        let rest = self.rest();
        if let Some(Mode::Heredoc { marker, line_start: true }) = self.modes.last() {
            let line = rest.split('\n').next().unwrap_or("");
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.trim() == *marker {
                self.modes.pop();
                return self.push(Tok::CloseHeredoc, line.len(), 0);
            }
        }
        if let Some((kind, length)) = Scanner::template_start(rest) {
            self.set_line_start(false);
            return self.open_template(kind, length);
        }
        let mut at = 0;
        while let Some(c) = rest[at..].chars().next() {
            let here = &rest[at..];
            if Scanner::template_start(here).is_some() {
                break;
            }
            at += c.len_utf8();
            if c == '\n' {
                break;
            }
            if here.starts_with("$${") || here.starts_with("%%{") {
                at += 2;
            }
        }
        self.set_line_start(rest[..at].ends_with('\n'));
        self.push(Tok::HeredocText, at, 0);
    }

    fn set_line_start(&mut self, yes: bool) {
        if let Some(Mode::Heredoc { line_start, .. }) = self.modes.last_mut() {
            *line_start = yes;
        }
    }
}

/// Not only letters: what is no ASCII stands in names only, and splitting one would change it.
fn is_ident(c: char) -> bool {
    c == '_' || c == '-' || c.is_ascii_alphanumeric() || !c.is_ascii()
}

/// Tokens that need no look at where they stand.
fn fixed(rest: &str) -> Option<(Tok, usize)> {
    if rest.starts_with("/*") {
        return Some((Tok::Comment, rest.find("*/").map_or(rest.len(), |end| end + 2)));
    }
    if rest.starts_with('#') || rest.starts_with("//") {
        return Some((Tok::Comment, rest.find('\n').map_or(rest.len(), |end| end + 1)));
    }
    const FIXED: [(&str, Tok); 30] = [
        ("\r\n", Tok::Newline),
        ("\n", Tok::Newline),
        ("...", Tok::Ellipsis),
        ("::", Tok::DoubleColon),
        ("==", Tok::Operator),
        ("!=", Tok::Operator),
        ("<=", Tok::Operator),
        (">=", Tok::Operator),
        ("=>", Tok::Other),
        ("&&", Tok::Operator),
        ("||", Tok::Operator),
        ("[", Tok::OpenBracket),
        ("]", Tok::CloseBracket),
        ("(", Tok::OpenParen),
        (")", Tok::CloseParen),
        ("=", Tok::Equal),
        (".", Tok::Dot),
        (",", Tok::Comma),
        ("!", Tok::Bang),
        ("-", Tok::Minus),
        ("+", Tok::Operator),
        ("*", Tok::Operator),
        ("/", Tok::Operator),
        ("%", Tok::Operator),
        (">", Tok::Operator),
        ("?", Tok::Operator),
        (":", Tok::Operator),
        ("&", Tok::Other),
        ("|", Tok::Other),
        (";", Tok::Other),
    ];
    FIXED.iter().find(|(text, _)| rest.starts_with(text)).map(|(text, kind)| (*kind, text.len()))
}

/// The length of a number: digits, a fraction, an exponent.
fn number_length(rest: &str) -> usize {
    let digits = |from: usize| {
        rest.get(from..).map_or(0, |r| r.find(|c: char| !c.is_ascii_digit()).unwrap_or(r.len()))
    };
    let mut at = digits(0);
    if rest[at..].starts_with('.') && digits(at + 1) > 0 {
        at += 1 + digits(at + 1);
    }
    if rest[at..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[at + 1..].starts_with(['+', '-']));
        let exponent = digits(at + 1 + sign);
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    at
}

/// `<<NAME` or `<<-NAME` with its line break: the length, and the name.
fn heredoc_start(rest: &str) -> Option<(usize, &str)> {
    let after = rest.strip_prefix("<<")?;
    let after = after.strip_prefix('-').unwrap_or(after);
    let marker = &after[..after.find(|c: char| !is_ident(c)).unwrap_or(after.len())];
    let tail = after[marker.len()..].trim_start_matches([' ', '\t']);
    let tail = tail.strip_prefix('\r').unwrap_or(tail);
    if marker.is_empty() {
        return None;
    }
    tail.starts_with('\n').then(|| (rest.len() - tail.len() + 1, marker))
}
