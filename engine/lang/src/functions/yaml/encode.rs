//! Writing YAML in the layout that Terraform writes: block collections, quoted strings folded after
//! eighty columns, literal blocks for texts of several lines.

use plimsoll_model::{Data, Value};

use crate::functions::limits::MAX_TEXT;
use crate::value::print::json;

/// Columns after which a quoted text is folded at its next blank.
const WIDTH: usize = 80;

/// Blanks for each level.
const STEP: usize = 2;

/// The longest key that is written without a question mark before it, in bytes.
const MAX_KEY: usize = 128;

/// A value as a YAML document.
///
/// # Errors
/// What cannot be written, as the end of a sentence.
pub fn encode(value: &Value) -> Result<String, String> {
    let mut writer = Writer { out: String::new(), column: 0 };
    writer.node(value, None, false)?;
    let plain = matches!(value.data, Data::Null(_) | Data::Bool(_) | Data::Number(_));
    writer.out.push('\n');
    if plain {
        writer.out.push_str("...\n");
    }
    // A literal block ends its last line itself.
    if writer.out.ends_with("\n\n")
        && matches!(&value.data, Data::String(s) if literal(s) && s.ends_with('\n'))
    {
        writer.out.pop();
    }
    Ok(writer.out)
}

struct Writer {
    out: String,
    column: usize,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn line(&mut self, indent: usize) {
        if !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }

    /// Writes a value after what stands on the line. `indent` is that of the collection around it;
    /// `in_mapping` whether that is a mapping.
    fn node(&mut self, value: &Value, indent: Option<usize>, in_mapping: bool) -> Result<(), String> {
        if self.out.len() > MAX_TEXT {
            return Err(format!("the text would be larger than {} MiB", MAX_TEXT >> 20));
        }
        let inner = indent.map_or(0, |n| n + STEP);
        match &value.data {
            Data::String(text) if literal(text) => self.literal(text, indent.map_or(STEP, |n| n + STEP)),
            Data::String(text) => self.quoted(text, Some(indent.map_or(STEP, |n| n + STEP))),
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
                if items.is_empty() {
                    self.put("[]");
                    return Ok(());
                }
                // A sequence below a key starts where the key does.
                let at = if in_mapping { indent.unwrap_or(0) } else { inner };
                for (i, item) in items.iter().enumerate() {
                    if i > 0 || in_mapping {
                        self.line(at);
                    }
                    self.put("- ");
                    self.node(item, Some(at), false)?;
                }
            }
            Data::Map(_, entries) | Data::Object(entries) => {
                if entries.is_empty() {
                    self.put("{}");
                    return Ok(());
                }
                for (i, (key, item)) in entries.iter().enumerate() {
                    if i > 0 || in_mapping {
                        self.line(inner);
                    }
                    if key.len() > MAX_KEY || key.contains('\n') {
                        self.put("? ");
                        self.node(&Value::string(key.as_str()), Some(inner), false)?;
                        self.line(inner);
                    } else {
                        self.quoted(key, None);
                    }
                    self.put(":");
                    let block = item.children().next().is_some();
                    if !block {
                        self.put(" ");
                    }
                    self.node(item, Some(inner), true)?;
                }
            }
            _ => self.put(&json(value)?),
        }
        Ok(())
    }

    /// A quoted text; folded below `indent`, where there is one.
    fn quoted(&mut self, text: &str, indent: Option<usize>) {
        self.put("\"");
        let mut blanks = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let inside = at > 0 && chars.peek().is_some();
            match (c, indent) {
                (' ', Some(indent)) if !blanks && self.column > WIDTH && inside => {
                    self.line(indent);
                    if chars.peek().is_some_and(|(_, c)| *c == ' ') {
                        self.put("\\");
                    }
                    blanks = true;
                }
                (' ', _) => {
                    self.put(" ");
                    blanks = true;
                }
                _ => {
                    self.put(&escaped(c));
                    blanks = false;
                }
            }
        }
        self.put("\"");
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.put("|");
        if text.starts_with([' ', '\n']) {
            self.put("2");
        }
        if !text.ends_with('\n') {
            self.put("-");
        } else if text == "\n" || text.ends_with("\n\n") {
            self.put("+");
        }
        let body = text.strip_suffix('\n').unwrap_or(text);
        for line in body.split('\n') {
            self.out.push('\n');
            if !line.is_empty() {
                self.out.extend(std::iter::repeat_n(' ', indent));
                self.out.push_str(line);
            }
        }
        if text.ends_with('\n') {
            self.out.push('\n');
        }
    }
}

/// Whether a text is written as a literal block.
fn literal(text: &str) -> bool {
    text.contains('\n') && !text.ends_with(' ') && !text.contains(" \n") && text.chars().all(printable)
}

/// What YAML's writers leave as it is, outside of ASCII too; not what needs more than 16 bits.
fn printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}

fn escaped(c: char) -> String {
    match c {
        '"' => "\\\"".into(),
        '\\' => "\\\\".into(),
        '\0' => "\\0".into(),
        '\u{7}' => "\\a".into(),
        '\u{8}' => "\\b".into(),
        '\t' => "\\t".into(),
        '\n' => "\\n".into(),
        '\u{b}' => "\\v".into(),
        '\u{c}' => "\\f".into(),
        '\r' => "\\r".into(),
        '\u{1b}' => "\\e".into(),
        '\u{85}' => "\\N".into(),
        '\u{a0}' => "\\_".into(),
        '\u{2028}' => "\\L".into(),
        '\u{2029}' => "\\P".into(),
        c if printable(c) => c.to_string(),
        c if (c as u32) <= 0xff => format!("\\x{:02X}", c as u32),
        c if (c as u32) <= 0xffff => format!("\\u{:04X}", c as u32),
        c => format!("\\U{:08X}", c as u32),
    }
}
