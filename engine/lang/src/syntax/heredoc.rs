//! The text of templates: strip markers, the flush of `<<-`, escapes.
//!
//! Follows HCL's own rules, which work on tokens (a heredoc has one for each line) before
//! anything is evaluated. The parser's tree has lost these tokens, so they are made again from
//! the source text of its literals.

/// A template as a flat list of tokens, in source order.
#[derive(Debug)]
pub enum Flat<T> {
    /// Text; one line at most in a heredoc.
    Text(String),
    /// An interpolation or one tag of a directive.
    Tag {
        /// What it is.
        tag: T,
        /// `~` after the opening brace.
        strip_before: bool,
        /// `~` before the closing brace.
        strip_after: bool,
    },
}

/// Splits the raw text of a heredoc's literal into lines and resolves its escapes.
pub fn heredoc_lines<T>(raw: &str, out: &mut Vec<Flat<T>>) {
    for line in raw.split_inclusive('\n') {
        out.push(Flat::Text(line.replace("$${", "${").replace("%%{", "%{")));
    }
}

/// Resolves the escapes of a quoted literal.
///
/// # Errors
/// The byte offset in `raw` of the escape that HCL does not know.
pub fn unescape(raw: &str) -> Result<String, usize> {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['\\', '$', '%']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("$${") {
            out.push_str("${");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("%%{") {
            out.push_str("%{");
            rest = after;
        } else if rest.starts_with('\\') {
            let (c, len) = escape(rest).ok_or(raw.len() - rest.len())?;
            out.push(c);
            rest = &rest[len..];
        } else {
            out.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn escape(text: &str) -> Option<(char, usize)> {
    let hex = |n: usize| {
        let digits = text.get(2..2 + n)?;
        Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, 2 + n))
    };
    match text.as_bytes().get(1)? {
        b'n' => Some(('\n', 2)),
        b'r' => Some(('\r', 2)),
        b't' => Some(('\t', 2)),
        b'"' => Some(('"', 2)),
        b'\\' => Some(('\\', 2)),
        b'u' => hex(4),
        b'U' => hex(8),
        _ => None,
    }
}

/// Applies strip markers: each reaches into the one token next to it, if that is text.
pub fn strip<T>(tokens: &mut [Flat<T>]) {
    let mut after = false;
    for i in 0..tokens.len() {
        match &mut tokens[i] {
            Flat::Text(text) => {
                if after {
                    *text = text.trim_start().to_string();
                }
                after = false;
            }
            Flat::Tag { strip_before, strip_after, .. } => {
                after = *strip_after;
                if *strip_before
                    && let Some(Flat::Text(before)) = i.checked_sub(1).and_then(|p| tokens.get_mut(p))
                {
                    before.truncate(before.trim_end().len());
                }
            }
        }
    }
}

/// Removes the smallest indentation of any line from all of them, as `<<-` asks for. Blank lines
/// do not count.
pub fn flush<T>(tokens: &mut [Flat<T>]) {
    let mut least = usize::MAX;
    let mut line_start = true;
    let mut adjust = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        if line_start {
            line_start = false;
            let mut spaces = 0;
            if let Flat::Text(text) = token {
                let trimmed = text.trim_start();
                if trimmed.is_empty() && text.ends_with('\n') {
                    spaces = usize::MAX;
                } else {
                    spaces = text[..text.len() - trimmed.len()].chars().count();
                    adjust.push(i);
                }
            }
            least = least.min(spaces);
        }
        if let Flat::Text(text) = token {
            line_start |= text.ends_with('\n');
        }
    }
    if least == usize::MAX {
        return;
    }
    for i in adjust {
        if let Some(Flat::Text(text)) = tokens.get_mut(i) {
            *text = text.chars().skip(least).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_hcl() {
        assert_eq!(
            unescape(r#"a\n\t\"\\é\U0001F600 $${x} %%{y} $ %"#).unwrap(),
            "a\n\t\"\\é😀 ${x} %{y} $ %"
        );
        assert_eq!(unescape(r"ab\q"), Err(2));
        assert_eq!(unescape(r"\u12"), Err(0));
    }
}
