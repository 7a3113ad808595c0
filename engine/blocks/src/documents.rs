//! YAML as the API's tools read it: documents to object trees, with the place of each field.
//!
//! Where the text is a file's, the places are places in that file. Words such as `yes` are truth values, as Kubernetes' own reader takes them. Nothing is known here
//! of what the documents mean.

use std::collections::BTreeMap;

use granit_parser::{Event, Marker, Options, Parser, ScalarStyle, StrInput};
use indexmap::IndexMap;
use plimsoll_model::{Leaf, Node, Origin, Span};
use serde_json::Value as Json;

/// How deep documents may nest.
const MAX_DEPTH: usize = 128;
/// How many values the documents of a text may have, aliases expanded.
const MAX_VALUES: usize = 1_000_000;

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line of the text, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// First byte of the text, and one past the last.
    bytes: (usize, usize),
    /// The same in the file whose text it is.
    pub span: Option<Span>,
}

/// What keeps a text from being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Where.
    pub at: Place,
    /// What, as the end of a sentence.
    pub what: String,
    /// The other end, and what is there.
    pub other: Option<(Place, &'static str)>,
}

/// One document.
#[derive(Debug)]
pub struct Document {
    /// Its values.
    pub root: Node,
    /// Where it starts.
    pub at: Place,
    /// Where fields and items stand, by their path.
    pub places: BTreeMap<Vec<String>, Place>,
}

impl Document {
    /// Where a path stands: what it names, or the nearest thing around it.
    pub fn place(&self, path: &[String]) -> Place {
        (0..=path.len()).rev().find_map(|n| self.places.get(&path[..n])).copied().unwrap_or(self.at)
    }

    /// The documents of `items`, where this is a list of objects, else itself.
    pub fn unfolded(self) -> Vec<Document> {
        let is_list = self.root.get("kind").and_then(Node::as_str) == Some("List");
        let items = match self.root.get("items") {
            Some(Node::List(items, _)) if is_list => items.clone(),
            _ => return vec![self],
        };
        items
            .into_iter()
            .enumerate()
            .map(|(i, root)| {
                let prefix = ["items".to_string(), i.to_string()];
                let inside = self.places.iter().filter(|(path, _)| path.starts_with(&prefix));
                Document {
                    root,
                    at: self.place(&prefix),
                    places: inside.map(|(path, at)| (path[2..].to_vec(), *at)).collect(),
                }
            })
            .collect()
    }
}

/// Reads all documents of a text; empty ones are left out. Each leaf is `sensitive` as the text is, and comes
/// from its place in the file that `origin` names, or else from `origin`.
///
/// # Errors
/// What is wrong first, and where.
pub fn read(text: &str, origin: &Origin, sensitive: bool) -> Result<Vec<Document>, Box<Unreadable>> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    let events = Parser::new_from_str_with_options(text, options);
    let mut reader = Reader {
        events,
        text,
        origin,
        sensitive,
        anchors: BTreeMap::new(),
        made: 0,
        path: Vec::new(),
        places: BTreeMap::new(),
    };
    let mut documents = Vec::new();
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => return Ok(documents),
            (Event::StreamStart | Event::DocumentStart(..), _) => {}
            (Event::DocumentEnd, _) => reader.anchors.clear(),
            (event, at) => {
                reader.places = BTreeMap::new();
                let (root, _) = reader.value(event, at, at)?;
                let places = std::mem::take(&mut reader.places);
                if !matches!(&root, Node::Leaf(Leaf { value: Json::Null, .. })) {
                    documents.push(Document { root, at, places });
                }
            }
        }
    }
}

struct Reader<'t> {
    events: Parser<'t, StrInput<'t>>,
    text: &'t str,
    origin: &'t Origin,
    sensitive: bool,
    /// Values by the number of their anchor, with how many values they hold; none while being read.
    anchors: BTreeMap<usize, Option<(Node, usize)>>,
    made: usize,
    path: Vec<String>,
    places: BTreeMap<Vec<String>, Place>,
}

fn unreadable<T>(at: Place, what: impl Into<String>) -> Result<T, Box<Unreadable>> {
    Err(Box::new(Unreadable { at, what: what.into(), other: None }))
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Place), Box<Unreadable>> {
        loop {
            return match self.events.next() {
                None => Ok((Event::StreamEnd, self.place(&Marker::new(0, 1, 0), None))),
                Some(Ok((Event::Anchor(..), _))) => continue,
                Some(Ok((event, span))) => Ok((event, self.place(&span.start, span.end.byte_offset()))),
                Some(Err(e)) => unreadable(self.place(e.marker(), None), e.info()),
            };
        }
    }

    fn place(&self, start: &Marker, end: Option<usize>) -> Place {
        let first = start.byte_offset().unwrap_or(0).min(self.text.len());
        let place = Place { line: start.line(), column: start.col() + 1, bytes: (first, first), span: None };
        self.until(place, end.unwrap_or(first))
    }

    /// The same place, up to another byte.
    fn until(&self, place: Place, end: usize) -> Place {
        let bytes = (place.bytes.0, end.max(place.bytes.0));
        let span = self.origin.text().map(|file| Span::new(file, bytes.0, bytes.1));
        Place { bytes, span, ..place }
    }

    /// Where what stands at a place comes from.
    fn origin_of(&self, at: Place) -> Origin {
        at.span.map_or_else(|| self.origin.clone(), Origin::at)
    }

    fn count(&mut self, more: usize, at: Place) -> Result<(), Box<Unreadable>> {
        self.made = self.made.saturating_add(more);
        match self.made > MAX_VALUES {
            true => unreadable(at, format!("there are more than {MAX_VALUES} values, aliases expanded")),
            false => Ok(()),
        }
    }

    fn leaf(&self, value: Json, at: Place) -> Node {
        Node::Leaf(Leaf { value, unknown: None, sensitive: self.sensitive, origin: self.origin_of(at) })
    }

    /// The value that an event at a place starts, and how many values it holds. `held` is its key, or itself.
    fn value(&mut self, event: Event<'t>, at: Place, held: Place) -> Result<(Node, usize), Box<Unreadable>> {
        if self.path.len() > MAX_DEPTH {
            return unreadable(at, "it nests too deeply");
        }
        let before = self.made;
        self.count(1, at)?;
        let (anchor, node) = match event {
            Event::Alias(id) => {
                return match self.anchors.get(&id).cloned() {
                    Some(Some((node, size))) => {
                        self.count(size, at)?;
                        Ok((node, size))
                    }
                    Some(None) => unreadable(at, "an anchor is used inside of itself"),
                    None => unreadable(at, "there is no such anchor in the document"),
                };
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.map(|t| t.suffix().to_string());
                let value = match tag.as_deref() {
                    Some("str" | "binary") => Json::from(&*text),
                    _ if style == ScalarStyle::Plain => plain(&text),
                    _ => Json::from(&*text),
                };
                (anchor, self.leaf(value, at))
            }
            Event::SequenceStart(_, anchor, _) => {
                self.anchors.insert(anchor, None);
                (anchor, self.sequence(held)?)
            }
            Event::MappingStart(_, anchor, _) => {
                self.anchors.insert(anchor, None);
                (anchor, self.mapping(held)?)
            }
            _ => return unreadable(at, "a list or map ends too early"),
        };
        let size = self.made - before;
        if anchor > 0 {
            self.anchors.insert(anchor, Some((node.clone(), size)));
        }
        Ok((node, size))
    }

    fn below(
        &mut self,
        step: String,
        at: Place,
        event: Event<'t>,
        own: Place,
    ) -> Result<Node, Box<Unreadable>> {
        self.path.push(step);
        self.places.insert(self.path.clone(), at);
        let (node, _) = self.value(event, own, at)?;
        self.path.pop();
        Ok(node)
    }

    fn sequence(&mut self, held: Place) -> Result<Node, Box<Unreadable>> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Node::List(items, self.origin_of(held))),
                (event, at) => {
                    let item = self.below(items.len().to_string(), at, event, at)?;
                    items.push(item);
                }
            }
        }
    }

    fn mapping(&mut self, held: Place) -> Result<Node, Box<Unreadable>> {
        let mut fields = IndexMap::new();
        let mut merged = Vec::new();
        loop {
            let (key, at) = match self.next()? {
                (Event::MappingEnd, _) => {
                    for (key, node) in merged {
                        fields.entry(key).or_insert(node);
                    }
                    return Ok(Node::Map(fields, self.origin_of(held)));
                }
                (Event::Scalar(key, style, ..), at) => (
                    if style == ScalarStyle::Plain && key == "<<" { None } else { Some(key.to_string()) },
                    at,
                ),
                (_, at) => return unreadable(at, "only text can be a key"),
            };
            let (event, own) = self.next()?;
            let Some(key) = key else {
                match self.value(event, own, own)?.0 {
                    Node::Map(map, _) => merged.extend(map),
                    Node::List(maps, _) if maps.iter().all(|m| matches!(m, Node::Map(..))) => {
                        for map in maps {
                            if let Node::Map(map, _) = map {
                                merged.extend(map);
                            }
                        }
                    }
                    _ => return unreadable(own, "only maps can be merged into a map"),
                }
                continue;
            };
            if fields.contains_key(&key) {
                self.path.push(key.clone());
                let first = self.places.get(&self.path).map(|first| (*first, "the first one"));
                return Err(Box::new(Unreadable {
                    at,
                    what: format!("the key `{key}` stands twice"),
                    other: first,
                }));
            }
            let node = self.below(key.clone(), at, event, own)?;
            fields.insert(key, node);
        }
    }
}

/// What plain text stands for.
fn plain(text: &str) -> Json {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Json::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => {
            return true.into();
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => {
            return false.into();
        }
        _ => {}
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let starts = |c: char| c.is_ascii_digit() || c == '.';
    if !digits.starts_with(starts) {
        return text.into();
    }
    let digits = digits.replace('_', "");
    let radix = |prefix: &str, radix: u32| {
        digits.strip_prefix(prefix).and_then(|d| i64::from_str_radix(&format!("{sign}{d}"), radix).ok())
    };
    let whole = radix("0x", 16).or_else(|| radix("0b", 2)).or_else(|| radix("0o", 8));
    let whole = whole.or_else(|| match digits.len() > 1 {
        true => radix("0", 8),
        false => None,
    });
    if let Some(n) = whole.or_else(|| format!("{sign}{digits}").parse().ok()) {
        return n.into();
    }
    let is_number = digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
    match format!("{sign}{digits}").parse::<f64>() {
        Ok(n) if is_number && n.is_finite() => n.into(),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Json {
        read(text, &Origin::NONE, false).unwrap()[0].root.to_json()
    }

    #[test]
    fn words_and_numbers_as_kubernetes_reads_them() {
        let read = first(
            "a: yes\nb: \"yes\"\nc: 0644\nd: 1.5\ne: 10.0.0.1\nf: 1e3x\ng: 0x1F\nh: -3\ni: ~\nj: 1_000\nk: !!str 1",
        );
        assert_eq!(
            read,
            serde_json::json!({"a": true, "b": "yes", "c": 420, "d": 1.5, "e": "10.0.0.1", "f": "1e3x",
                "g": 31, "h": -3, "i": null, "j": 1000, "k": "1"})
        );
    }

    #[test]
    fn documents_lists_anchors_and_merges() {
        let text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n---\n# nothing\n---\nkind: List\nitems:\n- c: 1\n- d: 2\n";
        let documents = read(text, &Origin::NONE, false).unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(documents[0].root.get("b").unwrap().to_json(), serde_json::json!({"y": 3, "x": 1}));
        let items: Vec<_> = documents.into_iter().nth(1).unwrap().unfolded();
        assert_eq!(items[1].root.to_json(), serde_json::json!({"d": 2}));
        let place = items[1].place(&["d".into(), "unknown".into()]);
        assert_eq!((place.line, place.column, place.span), (9, 3, None));
    }

    #[test]
    fn what_cannot_be_read_says_where() {
        let fails = |text: &str| {
            let e = read(text, &Origin::NONE, false).unwrap_err();
            format!("{}:{}: {}", e.at.line, e.at.column, e.what)
        };
        assert_eq!(fails("a: 1\na: 2"), "2:1: the key `a` stands twice");
        assert_eq!(fails("a: &x [*x]"), "1:8: an anchor is used inside of itself");
        assert_eq!(fails("? [a]\n: 1"), "1:3: only text can be a key");
        assert!(fails("a: [1").starts_with("1:") || fails("a: [1").starts_with("2:"));
        assert!(fails(&"[".repeat(500)).contains("limit"));
        let deep: String = (0..200).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
        assert!(fails(&deep).contains("deep"), "{}", fails(&deep));
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_string();
        for i in 1..9 {
            let of = format!("*a{},", i - 1).repeat(10);
            bomb.push_str(&format!("a{i}: &a{i} [{of}]\n"));
        }
        assert!(fails(&bomb).contains("more than"));
    }
}
