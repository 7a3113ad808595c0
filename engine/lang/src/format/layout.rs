//! Where tokens go: indentation, blanks between tokens, and what lines up with its neighbours.
//!
//! Changes nothing but the number of blanks before a token. A line has three cells: what it
//! starts with, the value that is assigned in it, and the comment that ends it. Cells of
//! neighbouring lines line up. The rules are those of `terraform fmt`.

use unicode_segmentation::UnicodeSegmentation;

use super::token::{Tok, Token};

/// Blanks of one level.
const INDENT: usize = 2;

/// One line: the range of tokens of each cell. The ranges follow each other, and some are empty.
#[derive(Debug)]
struct Line {
    start: usize,
    assign: usize,
    comment: usize,
    end: usize,
}

impl Line {
    fn has_assign(&self) -> bool {
        self.assign < self.comment
    }

    fn has_comment(&self) -> bool {
        self.comment < self.end
    }
}

/// Sets the blanks before each token.
pub fn lay_out(tokens: &mut [Token]) {
    let lines = lines(tokens);
    indent(&lines, tokens);
    for line in &lines {
        space(&mut tokens[line.start..line.assign], None);
        space(&mut tokens[line.assign..line.comment], Some(1));
    }
    line_up(&lines, tokens, |line| line.has_assign().then_some(line.assign));
    line_up(&lines, tokens, |line| line.has_comment().then_some(line.comment));
}

fn lines(tokens: &[Token]) -> Vec<Line> {
    let mut out = Vec::new();
    let mut start = 0;
    for line in tokens.split_inclusive(Token::ends_line) {
        let end = start + line.len();
        out.push(cells(tokens, start, end));
        start = end;
    }
    out
}

fn cells(tokens: &[Token], start: usize, end: usize) -> Line {
    let line = &tokens[start..end];
    let last_is_comment = line.len() > 1 && line.last().is_some_and(|t| t.kind == Tok::Comment);
    let comment = if last_is_comment { end - 1 } else { end };
    // What opens a bracket and leaves it open is not lined up.
    let equal = (start + 1..comment)
        .find(|i| tokens[*i].kind == Tok::Equal)
        .filter(|i| tokens[*i..comment].iter().map(Token::bracket).sum::<i64>() == 0);
    Line { start, assign: equal.unwrap_or(comment), comment, end }
}

/// Each line that opens more brackets than it closes starts one level, whatever their number;
/// the level ends where as many are closed. What stands in a heredoc does not count on the line
/// that opens it.
fn indent(lines: &[Line], tokens: &mut [Token]) {
    let mut levels: Vec<i64> = Vec::new();
    for line in lines {
        let code = &tokens[line.start..line.comment];
        let Some(first) = code.first() else { continue };
        if first.kind == Tok::Newline {
            tokens[line.start].spaces = 0;
            continue;
        }
        let before_heredoc = code.iter().take_while(|t| t.kind != Tok::OpenHeredoc);
        let net: i64 = before_heredoc.map(Token::bracket).sum();
        if net < 0 {
            close(&mut levels, -net);
        }
        tokens[line.start].spaces = INDENT * levels.len();
        if net > 0 {
            levels.push(net);
        }
    }
}

/// Ends as many levels as `closed` brackets end.
fn close(levels: &mut Vec<i64>, mut closed: i64) {
    while closed > 0
        && let Some(open) = levels.last_mut()
    {
        if closed < *open {
            *open -= closed;
            return;
        }
        closed -= *open;
        levels.pop();
    }
}

/// Sets the blanks between the tokens of one cell, and before the first where `lead` says so.
fn space(cell: &mut [Token], lead: Option<usize>) {
    if let (Some(first), Some(lead)) = (cell.first_mut(), lead) {
        first.spaces = lead;
    }
    for i in 1..cell.len() {
        let before = i.checked_sub(2).and_then(|b| cell.get(b));
        cell[i].spaces = usize::from(parted(before, &cell[i - 1], &cell[i]));
    }
}

/// Whether a blank stands between two tokens of a line; `before` is the one before both.
fn parted(before: Option<&Token>, left: &Token, right: &Token) -> bool {
    use Tok::*;
    match (left.kind, right.kind) {
        (_, Newline) => false,
        (Ident, OpenParen) | (Ident, DoubleColon) | (DoubleColon, Ident) => false,
        (Dot, _) | (_, Dot | Comma | Ellipsis) => false,
        (Comma, _) => true,
        // Blanks inside of a text would be part of it.
        (Text | HeredocText | OpenQuote | OpenHeredoc, _) => false,
        (_, Text | HeredocText | CloseQuote | CloseHeredoc) => false,
        // `for x in [1, 2]`
        (Ident, _) if left.text == "in" && before.is_some_and(|b| b.kind == Ident) => true,
        (Ident | Number, OpenBracket) => false,
        (_, OpenBracket) if left.bracket() < 0 => false,
        (Bang, _) => false,
        (Minus, _) => before.is_some_and(ends_value),
        (OpenBrace, CloseBrace) => false,
        (OpenBrace, _) | (_, CloseBrace) => true,
        // `${ {a = 1} }` would read as an escape otherwise.
        (OpenInterpolation | OpenDirective, OpenBrace) | (CloseBrace, CloseTemplate) => true,
        (CloseTemplate, OpenInterpolation | OpenDirective) => false,
        _ => left.bracket() <= 0 && right.bracket() >= 0,
    }
}

/// Whether a minus after this token subtracts.
fn ends_value(token: &Token) -> bool {
    use Tok::*;
    !matches!(token.kind, OpenParen | OpenBrace | OpenBracket | Equal | Comma | Minus | Bang | Operator)
}

/// Lines up one cell of neighbouring lines that all have it, one blank after the widest.
fn line_up(lines: &[Line], tokens: &mut [Token], cell: impl Fn(&Line) -> Option<usize>) {
    let mut rest = lines;
    while let Some(first) = rest.iter().position(|line| cell(line).is_some()) {
        rest = &rest[first..];
        let length = rest.iter().position(|line| cell(line).is_none()).unwrap_or(rest.len());
        let (group, after) = rest.split_at(length);
        rest = after;
        let widths: Vec<(usize, usize)> = group
            .iter()
            .filter_map(|line| cell(line).map(|at| (at, width(&tokens[line.start..at]))))
            .collect();
        let widest = widths.iter().map(|(_, width)| *width).max().unwrap_or(0);
        for (at, width) in widths {
            tokens[at].spaces = widest - width + 1;
        }
    }
}

/// Columns: what a reader sees as one character is one.
fn width(tokens: &[Token]) -> usize {
    tokens
        .iter()
        .map(|t| {
            let columns = if t.text.is_ascii() { t.text.len() } else { t.text.graphemes(true).count() };
            t.spaces + columns
        })
        .sum()
}
