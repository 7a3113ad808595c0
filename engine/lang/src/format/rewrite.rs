//! What changes beside blanks: labels get quotes, a string that is nothing but one interpolation
//! loses them, and so do the type names of old.
//!
//! Walks the items of a body over its tokens. Never changes what a configuration means.

use std::borrow::Cow;
use std::fmt::Write;

use super::token::{Tok, Token};
use crate::syntax::heredoc::unescape;

/// Rewrites the tokens of a file.
pub fn rewrite(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let mut walk = Walk { tokens, at: 0, out: Vec::new() };
    walk.out.reserve(walk.tokens.len());
    walk.file();
    walk.out
}

struct Walk<'s> {
    tokens: Vec<Token<'s>>,
    at: usize,
    out: Vec<Token<'s>>,
}

impl<'s> Walk<'s> {
    fn kind(&self, at: usize) -> Option<Tok> {
        self.tokens.get(at).map(|t| t.kind)
    }

    /// Copies tokens up to one.
    fn copy_to(&mut self, end: usize) {
        let end = end.min(self.tokens.len());
        if self.at < end {
            self.out.extend_from_slice(&self.tokens[self.at..end]);
            self.at = end;
        }
    }

    /// Walks all bodies; the stack holds the types of the blocks around the current item.
    fn file(&mut self) {
        let mut around: Vec<String> = Vec::new();
        while let Some(kind) = self.kind(self.at) {
            match kind {
                Tok::Ident => self.item(&mut around),
                Tok::CloseBrace => {
                    around.pop();
                    self.copy_to(self.at + 1);
                }
                _ => self.copy_to(self.at + 1),
            }
        }
    }

    /// An attribute, or the header of a block.
    fn item(&mut self, around: &mut Vec<String>) {
        let after = self.skip_comments(self.at + 1);
        if self.kind(after) == Some(Tok::Equal) {
            let in_variable = matches!(around.as_slice(), [one] if one == "variable");
            let is_type = in_variable && self.tokens[self.at].text == "type";
            let start = self.skip_comments(after + 1);
            self.copy_to(start);
            self.value(is_type);
            return;
        }
        around.push(self.tokens[self.at].text.to_string());
        self.copy_to(self.at + 1);
        while let Some(kind) = self.kind(self.at) {
            match kind {
                Tok::OpenBrace => return self.copy_to(self.at + 1),
                Tok::Newline => return,
                Tok::Ident => {
                    let name = self.tokens[self.at].text.clone();
                    self.quoted(name);
                    self.at += 1;
                }
                Tok::OpenQuote
                    if self.kind(self.at + 1) == Some(Tok::Text)
                        && self.kind(self.at + 2) == Some(Tok::CloseQuote) =>
                {
                    let text = &self.tokens[self.at + 1].text;
                    match unescape(text) {
                        Ok(plain) => self.quoted(Cow::Owned(escape(&plain))),
                        Err(_) => self.quoted(text.clone()),
                    }
                    self.at += 3;
                }
                _ => self.copy_to(self.at + 1),
            }
        }
    }

    /// Puts a label between quotes.
    fn quoted(&mut self, text: Cow<'s, str>) {
        let mut open = Token::new(Tok::OpenQuote, "\"");
        open.spaces = 1;
        self.out.extend([open, Token::new(Tok::Text, text), Token::new(Tok::CloseQuote, "\"")]);
    }

    fn skip_comments(&self, mut at: usize) -> usize {
        while self.kind(at) == Some(Tok::Comment) {
            at += 1;
        }
        at
    }

    /// The value of an attribute, up to the end of its line or of the block that it stands in.
    fn value(&mut self, is_type: bool) {
        let end = self.value_end();
        let mut value = self.tokens[self.at..end].to_vec();
        let comments = value.iter().rev().take_while(|t| t.kind == Tok::Comment).count();
        let after = value.split_off(value.len() - comments);
        let line_ends = after.is_empty() && self.kind(end).is_none_or(|kind| kind == Tok::Newline);
        let value = if is_type { plain_type(value) } else { unwrapped(value, line_ends) };
        self.out.extend(value);
        self.out.extend(after);
        self.at = end;
    }

    fn value_end(&self) -> usize {
        let mut open = 0i64;
        let mut heredocs = 0i64;
        for (i, token) in self.tokens.iter().enumerate().skip(self.at) {
            let change = token.bracket();
            let outside = open == 0 && heredocs == 0;
            if outside && (change < 0 || token.ends_line()) {
                return i;
            }
            open += change;
            heredocs += match token.kind {
                Tok::OpenHeredoc => 1,
                Tok::CloseHeredoc => -1,
                _ => 0,
            };
        }
        self.tokens.len()
    }
}

/// A text as it stands between the quotes of a label.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' | '\\' => out.extend(['\\', c]),
            '$' | '%' if chars.peek() == Some(&'{') => out.extend([c, c]),
            _ if is_printed(c) => out.push(c),
            _ if u32::from(c) < 0x10000 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
        }
    }
    out
}

/// Whether a character can be seen, alone or on the one before it.
fn is_printed(c: char) -> bool {
    c.is_ascii_graphic() || c == ' ' || format!("a{c}").escape_debug().count() == 2
}

/// `"${a}"` as `a`, however often it is wrapped; anything else as it is. `line_ends` says whether
/// nothing follows on the line.
fn unwrapped(mut value: Vec<Token<'_>>, line_ends: bool) -> Vec<Token<'_>> {
    while let Some(inside) = unwrapped_once(&value, line_ends) {
        value = inside;
    }
    value
}

fn unwrapped_once<'s>(value: &[Token<'s>], line_ends: bool) -> Option<Vec<Token<'s>>> {
    let [quote, open, inside @ .., close, last] = value else { return None };
    let kinds = [quote.kind, open.kind, close.kind, last.kind];
    let wrapped = [Tok::OpenQuote, Tok::OpenInterpolation, Tok::CloseTemplate, Tok::CloseQuote];
    if kinds != wrapped || inside.is_empty() || !is_one_interpolation(inside) {
        return None;
    }
    let inside = without_outer_newlines(inside);
    let many_lines = inside.iter().any(|t| t.kind == Tok::Newline);
    let in_parens = matches!(inside, [a, .., z] if a.kind == Tok::OpenParen && z.kind == Tok::CloseParen);
    let parens = many_lines && !in_parens;
    // A comment at the very end may end the line, where nothing else stands on it.
    let checked = if line_ends { inside.split_last().map_or(inside, |(_, rest)| rest) } else { inside };
    if !parens && ends_early(checked) {
        return None;
    }
    let mut out = Vec::with_capacity(inside.len() + 2);
    out.extend(parens.then(|| Token::new(Tok::OpenParen, "(")));
    out.extend_from_slice(inside);
    out.extend(parens.then(|| Token::new(Tok::CloseParen, ")")));
    if let Some(token) = out.first_mut() {
        token.spaces = quote.spaces;
    }
    Some(out)
}

fn without_outer_newlines<'t, 's>(mut tokens: &'t [Token<'s>]) -> &'t [Token<'s>] {
    while let [first, rest @ ..] = tokens
        && first.kind == Tok::Newline
    {
        tokens = rest;
    }
    while let [rest @ .., last] = tokens
        && last.kind == Tok::Newline
    {
        tokens = rest;
    }
    tokens
}

/// Whether a comment outside of brackets ends the line, and the value with it.
fn ends_early(tokens: &[Token]) -> bool {
    let mut brackets = 0;
    tokens.iter().any(|token| {
        brackets += token.bracket();
        brackets == 0 && token.ends_line()
    })
}

/// Whether what stands between `"${` and `}` holds no end of the interpolation.
fn is_one_interpolation(inside: &[Token]) -> bool {
    let mut quotes = 0i64;
    for token in inside {
        match token.kind {
            Tok::OpenQuote => quotes += 1,
            Tok::CloseQuote => quotes -= 1,
            Tok::OpenInterpolation | Tok::CloseTemplate | Tok::Text if quotes <= 0 => return false,
            _ => {}
        }
    }
    true
}

/// The type of a variable without the quotes of old; a bare collection holds anything.
fn plain_type(value: Vec<Token>) -> Vec<Token> {
    let spaces = value.first().map_or(0, |t| t.spaces);
    let texts: Vec<(Tok, &str)> = value.iter().map(|t| (t.kind, &*t.text)).collect();
    let (name, argument) = match texts.as_slice() {
        [(Tok::Ident, name @ ("list" | "map" | "set"))] => (*name, Some("any")),
        [(Tok::OpenQuote, _), (Tok::Text, name @ ("list" | "map")), _] => (*name, Some("string")),
        [(Tok::OpenQuote, _), (Tok::Text, "string"), _] => ("string", None),
        _ => return value,
    };
    let mut first = Token::new(Tok::Ident, name.to_string());
    first.spaces = spaces;
    let mut out = vec![first];
    if let Some(argument) = argument {
        out.extend([
            Token::new(Tok::OpenParen, "("),
            Token::new(Tok::Ident, argument),
            Token::new(Tok::CloseParen, ")"),
        ]);
    }
    out
}
