//! Regular expressions as RE2 writes them, for the `regex` crate, which reads most of them alike.
//!
//! Differences: classes such as `\d` are ASCII in RE2; braces that are no repetition stand for
//! themselves; classes hold no operators; `\Q…\E` quotes; a repetition is not repeated.

/// The same expression for the `regex` crate.
///
/// # Errors
/// What RE2 refuses and the crate would take, with RE2's words.
pub fn translate(pattern: &str) -> Result<String, String> {
    let mut t = Translator { rest: pattern, out: String::with_capacity(pattern.len()), repeated: None };
    while !t.rest.is_empty() {
        t.item()?;
    }
    Ok(t.out)
}

struct Translator<'p> {
    rest: &'p str,
    out: String,
    /// The repetition that was just read: another one may not follow.
    repeated: Option<&'p str>,
}

impl<'p> Translator<'p> {
    fn take(&mut self, bytes: usize) -> &'p str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn one(&mut self) -> &'p str {
        self.take(self.rest.chars().next().map_or(0, char::len_utf8))
    }

    fn copy(&mut self, bytes: usize) {
        let taken = self.take(bytes);
        self.out.push_str(taken);
    }

    fn item(&mut self) -> Result<(), String> {
        let before = self.repeated.take();
        match self.rest.as_bytes().first() {
            Some(b'\\') => return self.escape(),
            Some(b'[') => return self.class(),
            Some(b'*' | b'+' | b'?') => return self.repetition(before, 1),
            Some(b'{') => match counted(self.rest) {
                Some(length) => return self.repetition(before, length),
                None => {
                    self.take(1);
                    self.out.push_str("\\{");
                }
            },
            Some(b'}') => {
                self.take(1);
                self.out.push_str("\\}");
            }
            Some(b'(') if self.rest.starts_with("(?") => return self.group(),
            _ => {
                let one = self.one();
                self.out.push_str(one);
            }
        }
        Ok(())
    }

    /// A repetition, with the `?` that makes it lazy.
    fn repetition(&mut self, before: Option<&'p str>, length: usize) -> Result<(), String> {
        if self.out.is_empty()
            || self.out.ends_with('(')
            || (self.out.ends_with('|') && !self.out.ends_with("\\|"))
        {
            let shown = self.rest.get(..length).unwrap_or("");
            return Err(format!("missing argument to repetition operator: `{shown}`"));
        }
        let most = |n: &str| n.parse::<u32>().is_ok_and(|n| n > 1000);
        let counts = self.rest.get(..length).unwrap_or("").trim_matches(['{', '}']);
        if counts.split(',').any(most) {
            return Err(format!("invalid repeat count: `{{{counts}}}`"));
        }
        let lazy = usize::from(self.rest.as_bytes().get(length) == Some(&b'?'));
        let taken = self.take(length + lazy);
        if let Some(before) = before {
            return Err(format!("invalid nested repetition operator: `{before}{taken}`"));
        }
        self.repeated = Some(taken);
        self.out.push_str(taken);
        Ok(())
    }

    /// `(?:`, `(?P<name>`, `(?i)` and so on; flags that RE2 does not have are refused.
    fn group(&mut self) -> Result<(), String> {
        let inner = self.rest.get(2..).unwrap_or("");
        if inner.starts_with("P<") || inner.starts_with('<') {
            let end = inner.find('>').map_or(inner.len(), |n| n + 1);
            let name = inner.get(..end).unwrap_or("");
            self.take(2 + end);
            // A name may start with a digit there, and with none here: groups are found by number.
            self.out.push_str("(?P<");
            let bare = name.trim_start_matches('P').trim_start_matches('<').trim_end_matches('>');
            if bare.starts_with(|c: char| c.is_ascii_digit()) {
                self.out.push_str(DIGIT_NAME);
            }
            self.out.push_str(bare);
            self.out.push('>');
            return Ok(());
        }
        let flags = inner.find([':', ')']).and_then(|end| inner.get(..end)).unwrap_or(inner);
        if flags.chars().any(|c| !matches!(c, 'i' | 'm' | 's' | 'U' | '-')) {
            let shown: String = inner.chars().take(1).collect();
            return Err(format!("invalid or unsupported Perl syntax: `(?{shown}`"));
        }
        self.copy(2 + flags.len());
        Ok(())
    }

    fn escape(&mut self) -> Result<(), String> {
        let mut chars = self.rest.chars().skip(1);
        let Some(c) = chars.next() else { return Err("trailing backslash at end of expression: ``".into()) };
        let length = 1 + c.len_utf8();
        match c {
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => {
                self.take(length);
                self.out.push_str(ascii(c, false));
            }
            'b' | 'B' => {
                self.take(length);
                self.out.push_str(if c == 'b' { "(?-u:\\b)" } else { "(?-u:\\B)" });
            }
            'Q' => {
                self.take(length);
                let end = self.rest.find("\\E").unwrap_or(self.rest.len());
                let quoted = self.take(end);
                self.take(2);
                self.out.push_str(&regex::escape(quoted));
            }
            'p' | 'P' | 'x' if self.rest.as_bytes().get(2) == Some(&b'{') => {
                let end = self.rest.find('}').map_or(self.rest.len(), |n| n + 1);
                self.copy(end);
            }
            'p' | 'P' | 'x' | 'a' | 'f' | 'n' | 'r' | 't' | 'v' | 'A' | 'z' => self.copy(length),
            '0' => {
                let digits =
                    self.rest.bytes().skip(1).take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
                let octal = self.take(1 + digits).trim_start_matches('\\');
                let code = u32::from_str_radix(octal, 8).unwrap_or(0);
                self.out.push_str(&format!("\\x{{{code:x}}}"));
            }
            c if c.is_ascii_punctuation() => {
                self.take(length);
                self.out.push_str(&regex::escape(&c.to_string()));
            }
            _ => return Err(format!("invalid escape sequence: `\\{c}`")),
        }
        Ok(())
    }

    /// A class: no set of its own may stand in it, and no operator.
    fn class(&mut self) -> Result<(), String> {
        self.copy(1);
        if self.rest.starts_with('^') {
            self.copy(1);
        }
        let mut first = true;
        while let Some(c) = self.rest.chars().next() {
            match c {
                ']' if !first => {
                    self.copy(1);
                    return Ok(());
                }
                '[' if self.rest.starts_with("[:") => {
                    let end = self.rest.find(":]").map_or(1, |n| n + 2);
                    self.copy(end);
                }
                '\\' => match self.rest.chars().nth(1) {
                    Some(c @ ('d' | 'D' | 's' | 'S' | 'w' | 'W')) => {
                        if self.out.ends_with('-') && !self.out.ends_with("\\-") {
                            return Err(format!("invalid escape sequence: `\\{c}`"));
                        }
                        self.take(2);
                        self.out.push_str(ascii(c, true));
                    }
                    _ => self.escape()?,
                },
                '[' | ']' | '&' | '~' => {
                    self.take(1);
                    self.out.push('\\');
                    self.out.push(c);
                }
                // A hyphen is one at either end, after a class, and where it ends a range.
                '-' => {
                    self.take(1);
                    let range = !first && !self.rest.starts_with(']') && !self.out.ends_with(']');
                    self.out.push_str(if range && !self.rest.starts_with('-') { "-" } else { "\\-" });
                }
                c => self.copy(c.len_utf8()),
            }
            first = false;
        }
        Ok(())
    }
}

/// Stands before a group's name that starts with a digit.
pub const DIGIT_NAME: &str = "_digit_";

fn ascii(c: char, inside: bool) -> &'static str {
    match (c, inside) {
        ('d', _) => "[0-9]",
        ('D', _) => "[^0-9]",
        ('s', _) => "[\\t\\n\\f\\r ]",
        ('S', _) => "[^\\t\\n\\f\\r ]",
        ('w', _) => "[0-9A-Za-z_]",
        _ => "[^0-9A-Za-z_]",
    }
}

/// The length of `{n}`, `{n,}` or `{n,m}` at the start of a text; none where there is none.
fn counted(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('{')?.split_once('}')?.0;
    let number = |t: &str| !t.is_empty() && t.len() < 5 && t.bytes().all(|b| b.is_ascii_digit());
    let valid = match inner.split_once(',') {
        Some((from, "")) => number(from),
        Some((from, to)) => number(from) && number(to),
        None => number(inner),
    };
    valid.then_some(inner.len() + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(pattern: &str, text: &str) -> Result<String, String> {
        let made = regex::Regex::new(&translate(pattern)?).map_err(|e| e.to_string())?;
        Ok(made.find(text).map_or("", |m| m.as_str()).to_string())
    }

    #[test]
    fn what_re2_reads_otherwise_is_rewritten() {
        for (pattern, text, found) in [
            (r"\Qa.b\E+", "xa.bbb", "a.bbb"),
            ("a{,2}", "a{,2}", "a{,2}"),
            ("a{2", "a{2", "a{2"),
            ("[a&&b]+", "&a", "&a"),
            ("[[a]]", "[]", "[]"),
            (r"[\d-]+", "a1-2", "1-2"),
            (r"\w+", "éa1_", "a1_"),
            (r"\bfoo\b", "a foo b", "foo"),
            ("[^]a]", "]ab", "b"),
            (r"\<a", "<a", "<a"),
            ("(?P<1a>a)", "a", "a"),
            ("[--a]+", "-.", "-."),
            (r"\07", "\u{7}", "\u{7}"),
        ] {
            assert_eq!(matched(pattern, text), Ok(found.to_string()), "{pattern}");
        }
        for bad in ["a**", "(?x)a", r"\u0041", r"\Z", "a{2}{3}", r"(a)\1", "(?=a)", r"\", r"\é"] {
            assert!(translate(bad).is_err(), "{bad}");
        }
    }
}
