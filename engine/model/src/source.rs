//! Source files and positions in them.
//!
//! A [`Span`] is a byte range in one file of a [`SourceMap`]; lines and columns are computed on
//! demand, so that positions cost eight bytes until somebody reads them.

use std::fmt;
use std::sync::Arc;

/// The number of a file in a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A byte range in one source file: `start` inclusive, `end` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span of `source` from byte `start` to byte `end`.
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        Span { source, start: start as u32, end: end as u32 }
    }

    /// The smallest span that covers both; `self` where they lie in different files.
    pub fn to(self, other: Span) -> Span {
        if self.source != other.source {
            return self;
        }
        Span { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A line and a column, both counted from 1; columns count characters, `byte` counts bytes from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Byte offset in the file, from 0.
    pub byte: usize,
}

const BOM: &str = "\u{feff}";

#[derive(Debug)]
struct File {
    path: String,
    text: Arc<str>,
    line_starts: Vec<u32>,
}

/// All files that were read, in the order in which they were added.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: Vec<File>,
}

impl SourceMap {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file; `path` is shown to users as given (relative to the configuration folder).
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        let text = text.into();
        let mut line_starts = vec![0];
        line_starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1));
        self.files.push(File { path: path.into(), text, line_starts });
        SourceId(self.files.len() as u32 - 1)
    }

    /// The path of a file, as it was given.
    pub fn path(&self, id: SourceId) -> &str {
        self.files.get(id.0 as usize).map_or("", |f| &f.path)
    }

    /// The whole text of a file.
    pub fn text(&self, id: SourceId) -> Arc<str> {
        self.files.get(id.0 as usize).map_or_else(|| Arc::from(""), |f| f.text.clone())
    }

    /// The text under a span; empty where the span lies outside the file.
    pub fn snippet(&self, span: Span) -> &str {
        self.files
            .get(span.source.0 as usize)
            .and_then(|f| f.text.get(span.start as usize..span.end as usize))
            .unwrap_or("")
    }

    /// Line and column of a byte offset.
    pub fn position(&self, id: SourceId, byte: u32) -> Position {
        let Some(file) = self.files.get(id.0 as usize) else {
            return Position { line: 1, column: 1, byte: byte as usize };
        };
        let line = file.line_starts.partition_point(|s| *s <= byte).max(1) - 1;
        let start = file.line_starts[line] as usize;
        // A byte order mark is no character of the first line.
        let start = if line == 0 && file.text.starts_with(BOM) { start + BOM.len() } else { start };
        let column = file.text.get(start..byte as usize).map_or(0, |t| t.chars().count());
        Position { line: line + 1, column: column + 1, byte: byte as usize }
    }

    /// The whole line (without its end) that holds a byte offset.
    pub fn line_text(&self, id: SourceId, byte: u32) -> &str {
        let Some(file) = self.files.get(id.0 as usize) else { return "" };
        let line = file.line_starts.partition_point(|s| *s <= byte).max(1) - 1;
        let start = file.line_starts[line] as usize;
        let end = file.line_starts.get(line + 1).map_or(file.text.len(), |e| *e as usize);
        file.text[start..end].trim_start_matches(BOM).trim_end_matches(['\n', '\r'])
    }

    /// `path:line` of a span's first byte, as plans and diagnostics print it.
    pub fn locate(&self, span: Span) -> Location {
        Location {
            path: self.path(span.source).to_string(),
            line: self.position(span.source, span.start).line,
        }
    }

    /// The ids of all files, in order of addition.
    pub fn ids(&self) -> impl Iterator<Item = SourceId> {
        (0..self.files.len() as u32).map(SourceId)
    }
}

/// A path and a line, printed as `path:line`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Location {
    /// Path as shown to users.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let mut map = SourceMap::new();
        let id = map.add("a.hcl", "äb\ncd\n");
        assert_eq!(map.position(id, 0), Position { line: 1, column: 1, byte: 0 });
        assert_eq!(map.position(id, 2), Position { line: 1, column: 2, byte: 2 });
        assert_eq!(map.position(id, 4), Position { line: 2, column: 1, byte: 4 });
        assert_eq!(map.line_text(id, 5), "cd");
        assert_eq!(map.locate(Span::new(id, 4, 6)).to_string(), "a.hcl:2");
        let id = map.add("b.hcl", "\u{feff}ab\n");
        assert_eq!(map.position(id, 4), Position { line: 1, column: 2, byte: 4 });
        assert_eq!(map.line_text(id, 4), "ab");
    }
}
