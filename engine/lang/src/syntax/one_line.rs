//! Blocks on one line that HCL does not allow, and the lines to type instead.

use super::scan::{Tok, Token};

/// A block on one line that holds more than one attribute.
#[derive(Debug, PartialEq, Eq)]
pub struct OneLine {
    /// First byte of the header.
    pub start: usize,
    /// One past the closing brace, or the end of the line.
    pub end: usize,
    /// What is wrong with it.
    pub why: &'static str,
    /// The same block on several lines, indented as the first.
    pub lines: String,
}

/// The outermost block of the line at `offset` that is written on one line and may not be.
pub fn find(text: &str, tokens: &[Token], offset: usize) -> Option<OneLine> {
    let line_start = text.get(..offset)?.rfind('\n').map_or(0, |p| p + 1);
    let first = tokens.iter().position(|t| t.start >= line_start)?;
    let (open, _) = header(text, &tokens[first..])?;
    let body = &tokens[first + open + 1..];
    // Something must follow the brace on the line: otherwise the block is not on one line.
    if matches!(body.first()?.kind, Tok::Newline | Tok::Comment) {
        return None;
    }
    let close = closing(body);
    let line_end = text[line_start..].find('\n').map_or(text.len(), |p| line_start + p);
    let end = close.and_then(|c| body.get(c)).map_or(line_end, |t| t.end);
    let items = items(text, &body[..close.unwrap_or(body.len())]);
    let why = match items.as_slice() {
        [Item::Attr(_)] if ends_later(&body[..close.unwrap_or(body.len())]) => {
            "its brace closes on another line"
        }
        [Item::Attr(_)] | [] => return None,
        many if many.iter().any(|i| matches!(i, Item::Block(..))) => "it holds a block",
        _ => "it holds several attributes",
    };
    let head = text.get(tokens[first].start..tokens[first + open].start)?.trim();
    let indent = text.get(line_start..tokens[first].start)?;
    let mut lines = String::new();
    write_block(head, &items, indent, &mut lines);
    Some(OneLine { start: tokens[first].start, end, why, lines: lines.trim_end().to_string() })
}

/// What stands on one line inside of a body, the place where an attribute ends and the next one begins among it.
pub fn several(text: &str, tokens: &[Token], offset: usize) -> Option<OneLine> {
    let line_start = text.get(..offset)?.rfind('\n').map_or(0, |p| p + 1);
    let first = tokens.iter().position(|t| t.start >= line_start)?;
    let line = &tokens[first..];
    let line = &line[..line_length(line)];
    if line.first()?.kind != Tok::Ident || line.get(1)?.text(text) != "=" {
        return None;
    }
    let items = items(text, line);
    if items.len() < 2 || offset < line.get(2)?.end {
        return None;
    }
    let indent = text.get(line_start..tokens[first].start)?;
    let mut lines = String::new();
    items.iter().for_each(|item| write_item(item, indent, &mut lines));
    let (start, end) = (tokens[first].start, line.last()?.end);
    Some(OneLine { start, end, why: "one line holds several", lines: lines.trim_end().to_string() })
}

/// How many tokens there are before the line ends outside of brackets, or before what closes the body.
fn line_length(tokens: &[Token]) -> usize {
    let mut depth = 0usize;
    let ends = |t: &Token| {
        match t.kind {
            Tok::Open(_) => depth += 1,
            Tok::Close(_) if depth == 0 => return true,
            Tok::Close(_) => depth -= 1,
            Tok::Newline | Tok::Comment => return depth == 0,
            _ => {}
        }
        false
    };
    tokens.iter().position(ends).unwrap_or(tokens.len())
}

/// Whether a line ends in a body, outside of the brackets of its values.
fn ends_later(body: &[Token]) -> bool {
    line_length(body) < body.len()
}

enum Item<'a> {
    Attr(&'a str),
    Block(&'a str, Vec<Item<'a>>),
}

/// The index of the brace after `name labels…`, and the index after it.
fn header(text: &str, tokens: &[Token]) -> Option<(usize, usize)> {
    let (first, rest) = tokens.split_first()?;
    if first.kind != Tok::Ident || first.text(text).is_empty() {
        return None;
    }
    for (i, t) in rest.iter().enumerate() {
        match t.kind {
            Tok::Str | Tok::Ident => {}
            Tok::Open(b'{') => return Some((i + 1, i + 2)),
            _ => return None,
        }
    }
    None
}

/// The index of the bracket that closes what was opened before the tokens.
fn closing(tokens: &[Token]) -> Option<usize> {
    let mut depth = 0usize;
    for (i, t) in tokens.iter().enumerate() {
        match t.kind {
            Tok::Open(_) => depth += 1,
            Tok::Close(_) if depth == 0 => return Some(i),
            Tok::Close(_) => depth -= 1,
            _ => {}
        }
    }
    None
}

/// What stands in a body, in whatever separation. Depth is bounded by the recursion's own count.
fn items<'a>(text: &'a str, tokens: &[Token]) -> Vec<Item<'a>> {
    items_at(text, tokens, 0)
}

fn items_at<'a>(text: &'a str, tokens: &[Token], depth: usize) -> Vec<Item<'a>> {
    let mut out = Vec::new();
    let mut i = 0;
    while i < tokens.len() && depth < 64 {
        let t = tokens[i];
        if matches!(t.kind, Tok::Newline | Tok::Comment) || matches!(t.text(text), "," | ";") {
            i += 1;
        } else if let Some((open, after)) = header(text, &tokens[i..]) {
            let body = &tokens[i + after..];
            let close = closing(body).unwrap_or(body.len());
            let head = text.get(t.start..tokens[i + open].start).unwrap_or("").trim();
            out.push(Item::Block(head, items_at(text, &body[..close], depth + 1)));
            i += after + close + 1;
        } else {
            let end = attribute_end(text, &tokens[i..]);
            let last = tokens[i + end - 1];
            out.push(Item::Attr(text.get(t.start..last.end).unwrap_or("")));
            i += end;
        }
    }
    out
}

/// How many tokens an attribute takes: to a comma, a line end, or the next `name =` or `name {`.
fn attribute_end(text: &str, tokens: &[Token]) -> usize {
    let mut depth = 0usize;
    for (i, t) in tokens.iter().enumerate() {
        match t.kind {
            Tok::Open(_) => depth += 1,
            Tok::Close(_) => depth = depth.saturating_sub(1),
            Tok::Newline if depth == 0 => return i.max(1),
            _ if depth == 0 && matches!(t.text(text), "," | ";") => return i.max(1),
            Tok::Ident if depth == 0 && i > 2 => {
                let next = tokens.get(i + 1).map(|n| n.text(text));
                let after = tokens.get(i + 2).map(|n| n.text(text));
                let before = tokens[i - 1].text(text);
                let assigns = next == Some("=") && after != Some("=") && !matches!(before, "." | "=");
                let opens = header(text, &tokens[i..]).is_some();
                if assigns || (opens && !matches!(before, "." | "=")) {
                    return i;
                }
            }
            _ => {}
        }
    }
    tokens.len().max(1)
}

fn write_block(head: &str, items: &[Item], indent: &str, out: &mut String) {
    out.push_str(indent);
    out.push_str(head);
    if items.is_empty() {
        out.push_str(" {}\n");
        return;
    }
    out.push_str(" {\n");
    let inner = format!("{indent}  ");
    items.iter().for_each(|item| write_item(item, &inner, out));
    out.push_str(indent);
    out.push_str("}\n");
}

fn write_item(item: &Item, indent: &str, out: &mut String) {
    match item {
        Item::Attr(text) => {
            out.push_str(indent);
            out.push_str(text);
            out.push('\n');
        }
        Item::Block(head, items) => write_block(head, items, indent, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::scan::tokens;

    fn lines(text: &str) -> String {
        find(text, &tokens(text), text.len() - 1).map_or_else(String::new, |f| f.lines)
    }

    #[test]
    fn what_people_type_first_gets_its_lines() {
        assert_eq!(lines("volume \"l\" { empty_dir {} }\n"), "volume \"l\" {\n  empty_dir {}\n}");
        assert_eq!(
            lines("  port \"x\" { a = 1, b = f(2, 3) }\n"),
            "  port \"x\" {\n    a = 1\n    b = f(2, 3)\n  }"
        );
        assert_eq!(
            lines("port \"x\" { a = 1 b = { c = 2 } }\n"),
            "port \"x\" {\n  a = 1\n  b = { c = 2 }\n}"
        );
        assert_eq!(
            lines("post_start { exec { command = [\"a\"] } }\n"),
            "post_start {\n  exec {\n    command = [\"a\"]\n  }\n}"
        );
        assert_eq!(lines("a { b = 1 }\n"), "");
        assert_eq!(
            lines("c \"w\" { image = var.x port \"h\" { p = 1 } }\n"),
            "c \"w\" {\n  image = var.x\n  port \"h\" {\n    p = 1\n  }\n}"
        );
        let text = "c \"w\" { image = \"x\"\n}\n";
        let found = find(text, &tokens(text), 17).map(|f| (f.why, f.lines));
        assert_eq!(found, Some(("its brace closes on another line", "c \"w\" {\n  image = \"x\"\n}".into())));
        assert_eq!(
            find("c { a = {\nb = 1\n} }\n", &tokens("c { a = {\nb = 1\n} }\n"), 8).map(|f| f.why),
            None
        );
    }

    #[test]
    fn attributes_of_one_line_get_a_line_each() {
        let lines = |text: &str, at: &str| {
            several(text, &tokens(text), text.find(at).unwrap()).map_or_else(String::new, |f| f.lines)
        };
        let app = "app {\n  image = \"x\" port = f(1, 2) # so\n}\n";
        assert_eq!(lines(app, "port"), "  image = \"x\"\n  port = f(1, 2)");
        assert_eq!(lines("  a = 1, b = [2], c = 3\n", ", b"), "  a = 1\n  b = [2]\n  c = 3");
        assert_eq!(lines("  a = 1 p \"x\" { b = 2 }\n", "p "), "  a = 1\n  p \"x\" {\n    b = 2\n  }");
        assert_eq!(lines("  a = { b = 1 c = 2 }\n", "c"), "");
        assert_eq!(lines("  a = 1 2\n", "2"), "");
    }
}
