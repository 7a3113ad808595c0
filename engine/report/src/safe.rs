//! Text from elsewhere, made safe to print: control characters become visible escapes.

use std::fmt::Write;

/// One line: every control character, line breaks and direction marks included, is escaped.
pub fn line(text: &str) -> String {
    escape(text, false)
}

/// Several lines: as [`line`], with line breaks kept and tabs as spaces.
pub fn lines(text: &str) -> String {
    escape(text, true)
}

fn escape(text: &str, keep_lines: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' if keep_lines => out.push('\n'),
            '\t' if keep_lines => out.push_str("    "),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || is_invisible(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// Marks that change how the text around them is shown.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(line("a\u{1b}[31mb\r\n\tc\u{202e}\u{9b}"), "a\\u{1b}[31mb\\r\\n\\tc\\u{202e}\\u{9b}");
        assert_eq!(lines("a\n\tb\u{7}"), "a\n    b\\u{7}");
        assert_eq!(line("größe ✓ 日本"), "größe ✓ 日本");
    }
}
