//! Source files and positions in them.
//!
//! A [`Span`] is a byte range in one file of a [`SourceMap`]; lines and columns are computed on
//! demand, so that positions cost eight bytes until somebody reads them.

use std::fmt;
use std::sync::{Arc, OnceLock};

use elsa::sync::FrozenVec;

/// The number of a file in a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// Numbers of included files begin here.
const INCLUDED: u32 = 1 << 31;

impl SourceId {
    /// Whether the configuration includes the file (`file("app.yaml")`): it is none of its own. In which
    /// order such files were added may differ from run to run, so nothing may be sorted by their numbers.
    pub fn is_included(self) -> bool {
        self.0 >= INCLUDED
    }
}

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
    /// How many lines end before each stretch of the text; counted when the first position is asked for.
    lines_before: OnceLock<Vec<usize>>,
}

/// Bytes of a stretch. Counting the ends of lines of a whole text is fast, noting each of them is not: of a file of
/// 5 MB with one mistake that took longer than everything else about the mistake.
const STRETCH: usize = 16 << 10;

impl File {
    fn new(path: impl Into<String>, text: impl Into<Arc<str>>) -> File {
        File { path: path.into(), text: text.into(), lines_before: OnceLock::new() }
    }

    fn lines_before(&self) -> &[usize] {
        self.lines_before.get_or_init(|| {
            let ends = self.text.as_bytes().chunks(STRETCH).scan(0, |lines, stretch| {
                *lines += memchr::memchr_iter(b'\n', stretch).count();
                Some(*lines)
            });
            std::iter::once(0).chain(ends).collect()
        })
    }

    /// The number of the line (from 0) that holds a byte, and its first byte.
    fn line_of(&self, byte: u32) -> (usize, usize) {
        let bytes = self.text.as_bytes();
        let before = bytes.get(..byte as usize).unwrap_or(bytes);
        let stretch = before.len() / STRETCH;
        let counted = self.lines_before().get(stretch).copied().unwrap_or_default();
        let rest = before.get(stretch * STRETCH..).unwrap_or_default();
        let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        (counted + memchr::memchr_iter(b'\n', rest).count(), start)
    }

    /// The first byte behind the line that holds a byte, its end included.
    fn line_end(&self, byte: u32) -> usize {
        let rest = self.text.as_bytes().get(byte as usize..).unwrap_or_default();
        memchr::memchr(b'\n', rest).map_or(self.text.len(), |end| byte as usize + end + 1)
    }
}

/// All files that were read, in the order in which they were added; apart from them, those that expressions
/// include, which are added while others look files up.
#[derive(Default)]
pub struct SourceMap {
    files: Vec<File>,
    included: FrozenVec<Box<File>>,
}

impl fmt::Debug for SourceMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceMap")
            .field("files", &self.files)
            .field("included", &self.included.len())
            .finish()
    }
}

impl SourceMap {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file; `path` is shown to users as given (relative to the configuration folder).
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        self.files.push(File::new(path, text));
        SourceId(self.files.len() as u32 - 1)
    }

    /// Adds a file that an expression of the configuration reads: a file of YAML, a text for a config.
    pub fn include(&self, path: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        let number = self.included.push_get_index(Box::new(File::new(path, text)));
        SourceId(INCLUDED + number as u32)
    }

    fn file(&self, id: SourceId) -> Option<&File> {
        match id.0.checked_sub(INCLUDED) {
            Some(number) => self.included.get(number as usize),
            None => self.files.get(id.0 as usize),
        }
    }

    /// The path of a file, as it was given.
    pub fn path(&self, id: SourceId) -> &str {
        self.file(id).map_or("", |f| &f.path)
    }

    /// The whole text of a file.
    pub fn text(&self, id: SourceId) -> Arc<str> {
        self.file(id).map_or_else(|| Arc::from(""), |f| f.text.clone())
    }

    /// The text under a span; empty where the span lies outside the file.
    pub fn snippet(&self, span: Span) -> &str {
        self.file(span.source).and_then(|f| f.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }

    /// Line and column of a byte offset.
    pub fn position(&self, id: SourceId, byte: u32) -> Position {
        let Some(file) = self.file(id) else {
            return Position { line: 1, column: 1, byte: byte as usize };
        };
        let (line, start) = file.line_of(byte);
        // A byte order mark is no character of the first line.
        let start = if line == 0 && file.text.starts_with(BOM) { start + BOM.len() } else { start };
        let column = file.text.get(start..byte as usize).map_or(0, |t| t.chars().count());
        Position { line: line + 1, column: column + 1, byte: byte as usize }
    }

    /// The whole line (without its end) that holds a byte offset.
    pub fn line_text(&self, id: SourceId, byte: u32) -> &str {
        let Some(file) = self.file(id) else { return "" };
        let ((_, start), end) = (file.line_of(byte), file.line_end(byte));
        file.text.get(start..end).unwrap_or("").trim_start_matches(BOM).trim_end_matches(['\n', '\r'])
    }

    /// `path:line` of a span's first byte, as plans and diagnostics print it.
    pub fn locate(&self, span: Span) -> Location {
        Location {
            path: self.path(span.source).to_string(),
            line: self.position(span.source, span.start).line,
        }
    }

    /// The ids of the configuration's own files, in order of addition.
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
    fn lines_are_counted_over_all_stretches_of_a_text() {
        let mut map = SourceMap::new();
        // Lines of 16 and of 1 byte, so that ends fall on both sides of the borders of stretches.
        let text: String = (0..4000).map(|i| if i % 3 == 0 { "\n" } else { "fifteen letters\n" }).collect();
        let id = map.add("a.hcl", text.as_str());
        let mut start = 0;
        for (i, line) in text.split_inclusive('\n').enumerate() {
            let end = start + line.len();
            for byte in [start, end - 1] {
                let expected = Position { line: i + 1, column: byte - start + 1, byte };
                assert_eq!(map.position(id, byte as u32), expected);
                assert_eq!(map.line_text(id, byte as u32), line.trim_end());
            }
            start = end;
        }
        assert_eq!(map.position(id, start as u32), Position { line: 4001, column: 1, byte: start });
    }

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

    #[test]
    fn included_files_are_added_while_others_are_read() {
        let mut map = SourceMap::new();
        let own = map.add("a.hcl", "a\n");
        let shown = map.path(own);
        let id = map.include("b.yaml", "x: 1\ny: 2\n");
        assert_eq!((shown, map.path(id), map.line_text(id, 5)), ("a.hcl", "b.yaml", "y: 2"));
        assert!(id.is_included() && !own.is_included());
        assert_eq!(map.locate(Span::new(id, 5, 6)).to_string(), "b.yaml:2");
        assert_eq!(map.ids().collect::<Vec<_>>(), [own]);
    }
}
