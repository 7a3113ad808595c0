//! Values from JSON, numbers exact as they are written.

use std::collections::BTreeMap;

use plimsoll_model::Value;

use crate::functions::limits::MAX_VALUES;

/// How deep JSON may nest.
const MAX_DEPTH: usize = 128;

/// Reads a JSON text: objects, tuples, strings, numbers, bools and null.
///
/// # Errors
/// What is wrong, as the end of a sentence.
pub fn read_json(text: &str) -> Result<Value, String> {
    let mut reader = Reader { text, at: 0, made: 0 };
    let value = reader.value(0)?;
    reader.blanks();
    if reader.at < text.len() { Err("extraneous data after JSON object".into()) } else { Ok(value) }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// How many values were made.
    made: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn unexpected<T>(&self) -> Result<T, String> {
        match self.text.get(self.at..).and_then(|r| r.chars().next()) {
            None => Err("EOF".into()),
            Some(c) => Err(format!("invalid character {c:?} at byte {}", self.at)),
        }
    }

    /// Takes a byte after blanks, if it is the next one.
    fn take(&mut self, byte: u8) -> bool {
        self.blanks();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err("nested too deeply".into());
        }
        self.made += 1;
        if self.made > MAX_VALUES {
            return Err(format!("it has more than {MAX_VALUES} values"));
        }
        self.blanks();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Value::string),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                let rest = self.text.get(self.at..).unwrap_or("");
                let words =
                    [("true", Value::bool(true)), ("false", Value::bool(false)), ("null", Value::null())];
                match words.into_iter().find(|(word, _)| rest.starts_with(word)) {
                    Some((word, value)) => {
                        self.at += word.len();
                        Ok(value)
                    }
                    None => self.unexpected(),
                }
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut fields = BTreeMap::new();
        if self.take(b'}') {
            return Ok(Value::object(fields));
        }
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return self.unexpected();
            }
            let key = self.string()?;
            if !self.take(b':') {
                return self.unexpected();
            }
            let value = self.value(depth + 1)?;
            fields.insert(key, value);
            if self.take(b'}') {
                return Ok(Value::object(fields));
            }
            if !self.take(b',') {
                return self.unexpected();
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Value::tuple(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.take(b']') {
                return Ok(Value::tuple(items));
            }
            if !self.take(b',') {
                return self.unexpected();
            }
        }
    }

    fn string(&mut self) -> Result<String, String> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err("EOF".into()),
                Some(b'\\') => self.at += 2,
                Some(b'"') => break,
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        let raw = self.text.get(start..self.at).unwrap_or("");
        serde_json::from_str(raw).map_err(|_| format!("invalid string at byte {start}"))
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
            self.at += 1;
        }
        let raw = self.text.get(start..self.at).unwrap_or("");
        let digits = raw.strip_prefix('-').unwrap_or(raw);
        let leading_zero =
            digits.starts_with('0') && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        let bare_point = digits.starts_with('.') || digits.ends_with('.') || digits.contains(".e");
        match raw.parse::<plimsoll_model::Number>() {
            Ok(n) if !leading_zero && !bare_point => Ok(Value::number(n)),
            _ => Err(format!("invalid number {raw}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::show;

    #[test]
    fn json_is_read_exactly_and_strictly() {
        let check = |text: &str| read_json(text).map(|v| show(&v));
        assert_eq!(
            check(r#" {"a": [1.10, -2e3, true, null], "b": {"c\n": "\u00e9\"x"}} "#),
            Ok(r#"{a: [1.1, -2000, true, null], b: {c
: "é\"x"}}"#
                .into())
        );
        for bad in
            ["", "{", "[1,]", "{\"a\"}", "{a:1}", "01", "1.", "tru", "\"\\q\"", "\"", "\"\\", "1 2", "-"]
        {
            assert!(read_json(bad).is_err(), "{bad}");
        }
        assert!(read_json(&"[".repeat(100_000)).is_err());
    }
}
