//! A tolerant scanner: tokens of any text, for recovery and for explaining parse errors.
//!
//! Never fails and never recurses. Not a parser: it runs only where the parser gave up.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tok {
    /// A name.
    Ident,
    /// A quoted string, its interpolations included.
    Str,
    /// A quoted string that ends with its line.
    OpenStr,
    /// A heredoc, from `<<` to its end marker.
    Heredoc,
    /// `<<NAME` whose end marker is missing.
    OpenHeredoc,
    /// A comment.
    Comment,
    /// A line break.
    Newline,
    /// `{`, `[`, `(`
    Open(u8),
    /// `}`, `]`, `)`
    Close(u8),
    /// Anything else, one character, or a number.
    Other,
}

/// One token with its byte range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Tok,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Token {
    /// Its text.
    pub fn text<'a>(&self, source: &'a str) -> &'a str {
        source.get(self.start..self.end).unwrap_or("")
    }
}

fn is_ident(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

/// The tokens of a text, one after the other.
#[derive(Debug, Clone)]
pub struct Scanner<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Scanner<'s> {
    /// A scanner at the start of a text.
    pub fn new(source: &'s str) -> Scanner<'s> {
        Scanner { source, at: 0 }
    }

    /// The kind and the end of the token at a byte that is no blank.
    fn token(&self, i: usize) -> (Tok, usize) {
        let bytes = self.source.as_bytes();
        let next = bytes.get(i + 1).copied();
        match bytes[i] {
            b'\n' => (Tok::Newline, i + 1),
            b'#' => (Tok::Comment, line_end(bytes, i)),
            b'/' if next == Some(b'/') => (Tok::Comment, line_end(bytes, i)),
            b'/' if next == Some(b'*') => {
                (Tok::Comment, find(bytes, i + 2, b"*/").map_or(bytes.len(), |e| e + 2))
            }
            b'"' => match string_end(bytes, i) {
                Some(end) => (Tok::Str, end),
                None => (Tok::OpenStr, line_end(bytes, i)),
            },
            b'<' if next == Some(b'<') => match heredoc_end(self.source, i) {
                Heredoc::Ends(end) => (Tok::Heredoc, end),
                Heredoc::Open(end) => (Tok::OpenHeredoc, end),
                Heredoc::No => (Tok::Other, i + 1),
            },
            b @ (b'{' | b'[' | b'(') => (Tok::Open(b), i + 1),
            b @ (b'}' | b']' | b')') => (Tok::Close(b), i + 1),
            b if b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80 => {
                let rest = self.source.get(i..).unwrap_or("");
                let len = rest.find(|c: char| !is_ident(c)).unwrap_or(rest.len());
                let first = rest.chars().next().map_or(1, char::len_utf8);
                let ident = !b.is_ascii_digit() && len > 0;
                (if ident { Tok::Ident } else { Tok::Other }, i + len.max(first))
            }
            _ => (Tok::Other, i + 1),
        }
    }
}

impl Iterator for Scanner<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let bytes = self.source.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\t' | b'\r')) {
            self.at += 1;
        }
        let start = self.at;
        if start >= bytes.len() {
            return None;
        }
        let (kind, end) = self.token(start);
        self.at = end;
        Some(Token { kind, start, end })
    }
}

/// All tokens of a text, blanks left out.
pub fn tokens(source: &str) -> Vec<Token> {
    Scanner::new(source).collect()
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |p| from + p)
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    bytes.get(from..)?.windows(what.len()).position(|w| w == what).map(|p| from + p)
}

/// The end of a quoted string that starts at `from`; none where its line ends first.
fn string_end(bytes: &[u8], from: usize) -> Option<usize> {
    // true: inside quotes; false: inside an interpolation's or an object's braces
    let mut stack = vec![true];
    let mut i = from + 1;
    while let Some(&b) = bytes.get(i) {
        let quoted = *stack.last()?;
        match b {
            b'\n' if quoted => return None,
            b'\\' if quoted => i += 1,
            b'"' if quoted => {
                stack.pop();
                if stack.is_empty() {
                    return Some(i + 1);
                }
            }
            b'"' => stack.push(true),
            b'$' | b'%' if quoted && bytes.get(i + 1) == Some(&b) && bytes.get(i + 2) == Some(&b'{') => {
                i += 2
            }
            b'$' | b'%' if quoted && bytes.get(i + 1) == Some(&b'{') => {
                stack.push(false);
                i += 1;
            }
            b'{' if !quoted => stack.push(false),
            b'}' if !quoted => {
                stack.pop();
            }
            _ => {}
        }
        i += 1;
    }
    None
}

enum Heredoc {
    Ends(usize),
    Open(usize),
    No,
}

fn heredoc_end(source: &str, from: usize) -> Heredoc {
    let after = &source[from + 2..];
    let after = after.strip_prefix('-').unwrap_or(after);
    let len = after.find(|c: char| !is_ident(c)).unwrap_or(after.len());
    let marker = &after[..len];
    let rest = &after[len..];
    if marker.is_empty() || !(rest.starts_with('\n') || rest.starts_with("\r\n")) {
        return Heredoc::No;
    }
    let body = source.len() - rest.len();
    let mut at = body + rest.find('\n').map_or(rest.len(), |p| p + 1);
    for line in source[at..].split_inclusive('\n') {
        let trimmed = line.trim_start_matches([' ', '\t']);
        if let Some(tail) = trimmed.strip_prefix(marker)
            && !tail.starts_with(is_ident)
        {
            return Heredoc::Ends(at + (line.len() - trimmed.len()) + marker.len());
        }
        at += line.len();
    }
    Heredoc::Open(body)
}

/// A top-level item: from its first token to the end of its last line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Whether its brackets are closed.
    pub closed: bool,
}

/// Splits a text into its top-level items. With `by_margin`, a line that starts at the margin
/// with the header of a block starts an item even where brackets are still open.
pub fn chunks(source: &str, by_margin: bool) -> Vec<Chunk> {
    let mut out = Vec::new();
    let mut start: Option<usize> = None;
    let mut depth = 0usize;
    let mut scanner = Scanner::new(source);
    while let Some(t) = scanner.next() {
        if by_margin
            && let Some(s) = start
            && depth > 0
            && at_margin(source, &t)
            && starts_header(t, &scanner)
        {
            out.push(Chunk { start: s, end: t.start, closed: false });
            start = Some(t.start);
            depth = 0;
        }
        match t.kind {
            Tok::Open(_) => depth += 1,
            Tok::Close(_) => depth = depth.saturating_sub(1),
            // A brace on the next line belongs to the header before it, although HCL does not allow it.
            Tok::Newline if depth == 0 && start.is_some() && brace_follows(&scanner) => continue,
            Tok::Newline if depth == 0 => {
                if let Some(s) = start.take() {
                    out.push(Chunk { start: s, end: t.end, closed: true });
                }
                continue;
            }
            Tok::Newline => continue,
            Tok::Comment if start.is_none() => continue,
            _ => {}
        }
        start.get_or_insert(t.start);
    }
    if let Some(s) = start {
        out.push(Chunk { start: s, end: source.len(), closed: depth == 0 });
    }
    out
}

fn brace_follows(scanner: &Scanner) -> bool {
    scanner.clone().next().is_some_and(|n| n.kind == Tok::Open(b'{'))
}

/// Whether a token and those after it are `name labels… {`.
fn starts_header(first: Token, rest: &Scanner) -> bool {
    let after = rest.clone().find(|t| !matches!(t.kind, Tok::Ident | Tok::Str));
    first.kind == Tok::Ident && after.is_some_and(|t| t.kind == Tok::Open(b'{'))
}

fn at_margin(source: &str, t: &Token) -> bool {
    t.start == 0 || source.as_bytes().get(t.start - 1) == Some(&b'\n')
}

/// The name and the labels (without quotes) of a block's header, where tokens start with one, and
/// also of a header that is not finished.
pub fn header<'a>(source: &'a str, tokens: &[Token]) -> Option<(&'a str, Vec<&'a str>)> {
    let (first, rest) = tokens.split_first()?;
    if first.kind != Tok::Ident {
        return None;
    }
    let mut labels = Vec::new();
    for t in rest {
        match t.kind {
            Tok::Ident => labels.push(t.text(source)),
            Tok::Str => labels.push(t.text(source).trim_matches('"')),
            Tok::OpenStr => labels.push(t.text(source).trim_matches(['"', ' ', '{', '\r'])),
            Tok::Open(b'{') => return Some((first.text(source), labels)),
            _ => break,
        }
    }
    // An unfinished header still names its block.
    (!labels.is_empty()).then(|| (first.text(source), labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(source: &str, by_margin: bool) -> Vec<&str> {
        chunks(source, by_margin).iter().map(|c| source[c.start..c.end].trim_end()).collect()
    }

    #[test]
    fn items_end_where_their_brackets_and_strings_do() {
        let source = concat!(
            "# {\napp \"a\" {\n  x = \"}${ { a = \"{\" } }\"\n}\n",
            "b {\n  y = <<EOT\n}}\n  EOT\n} // }\n/* { */ c = [\n1 ]\n"
        );
        assert_eq!(
            split(source, false),
            [
                "app \"a\" {\n  x = \"}${ { a = \"{\" } }\"\n}",
                "b {\n  y = <<EOT\n}}\n  EOT\n} // }",
                "c = [\n1 ]"
            ]
        );
    }

    #[test]
    fn an_open_block_ends_before_the_next_header_at_the_margin() {
        let source = "app \"a\" {\n  x = [1\n\napp \"b\" {\n}\n";
        assert_eq!(split(source, false).len(), 1);
        assert_eq!(split(source, true), ["app \"a\" {\n  x = [1", "app \"b\" {\n}"]);
    }

    #[test]
    fn an_unclosed_string_ends_with_its_line() {
        let source = "a = \"x\nb = 1\n";
        assert_eq!(split(source, false), ["a = \"x", "b = 1"]);
        assert_eq!(tokens(source)[2].kind, Tok::OpenStr);
    }
}
