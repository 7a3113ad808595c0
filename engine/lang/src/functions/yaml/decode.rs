//! Reading YAML: the parser's events to a value, aliases expanded within limits.

use std::collections::BTreeMap;

use granit_parser::{Event, Options, Parser, ScalarStyle, Tag};
use plimsoll_model::Value;

use super::scalar::{CORE, plain, tagged};
use crate::functions::limits::MAX_VALUES;
use crate::value::constraint::Constraint;
use crate::value::convert::convert;

/// How deep YAML may nest.
const MAX_DEPTH: usize = 128;

/// Reads a YAML text of one document.
///
/// # Errors
/// What is wrong, as the end of a sentence.
pub fn decode(text: &str) -> Result<Value, String> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    let mut reader = Reader {
        events: Parser::new_from_str_with_options(text, options),
        anchors: BTreeMap::new(),
        names: BTreeMap::new(),
        made: 0,
    };
    let mut document = None;
    loop {
        match reader.next()? {
            Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
            Event::StreamEnd => {
                return document.ok_or_else(|| "on line 1, column 1: missing start of document".into());
            }
            _ if document.is_some() => return Err("unexpected extra content after value".into()),
            event => document = Some(reader.value(event, 0)?.0),
        }
    }
}

type Events<'t> = Parser<'t, granit_parser::StrInput<'t>>;

/// An anchor: its value with its size, or that it is being read.
type Anchor = Option<(Value, usize)>;

struct Reader<'t> {
    events: Events<'t>,
    anchors: BTreeMap<usize, Anchor>,
    names: BTreeMap<usize, String>,
    /// How many values were made, those of aliases counted again.
    made: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Event<'t>, String> {
        loop {
            return match self.events.next() {
                None => Ok(Event::StreamEnd),
                Some(Ok((Event::Anchor(id, name), _))) => {
                    self.names.insert(id, name.into_owned());
                    continue;
                }
                Some(Ok((event, _))) => Ok(event),
                Some(Err(e)) => {
                    let at = e.marker();
                    Err(format!("on line {}, column {}: {}", at.line(), at.col() + 1, e.info()))
                }
            };
        }
    }

    fn count(&mut self, more: usize) -> Result<(), String> {
        self.made = self.made.saturating_add(more);
        if self.made > MAX_VALUES {
            return Err(format!("it has more than {MAX_VALUES} values, aliases expanded"));
        }
        Ok(())
    }

    /// The value that an event starts, and how many values it is made of.
    fn value(&mut self, event: Event<'t>, depth: usize) -> Result<(Value, usize), String> {
        if depth > MAX_DEPTH {
            return Err("nested too deeply".into());
        }
        self.count(1)?;
        let before = self.made;
        let (anchor, value) = match event {
            Event::Alias(id) => {
                let name = self.names.get(&id).cloned().unwrap_or_default();
                return match self.anchors.get(&id).cloned() {
                    Some(Some((value, size))) => {
                        self.count(size)?;
                        Ok((value, size))
                    }
                    Some(None) => {
                        Err(format!("cannot refer to anchor {name:?} from inside its own definition"))
                    }
                    None => Err(format!("reference to undefined anchor {name:?}")),
                };
            }
            Event::Scalar(text, style, anchor, tag) => (anchor, scalar(&text, style, tag.as_deref())?),
            Event::SequenceStart(_, anchor, tag) => {
                self.open(anchor);
                only(tag.as_deref(), "seq", "sequence")?;
                (anchor, self.sequence(depth)?)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open(anchor);
                only(tag.as_deref(), "map", "mapping")?;
                (anchor, self.mapping(depth)?)
            }
            _ => return Err("unexpected end of a collection".into()),
        };
        let size = self.made.saturating_sub(before) + 1;
        if anchor > 0 {
            self.anchors.insert(anchor, Some((value.clone(), size)));
        }
        Ok((value, size))
    }

    fn open(&mut self, anchor: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, None);
        }
    }

    fn sequence(&mut self, depth: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(Value::tuple(items)),
                event => items.push(self.value(event, depth + 1)?.0),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, String> {
        let mut fields: BTreeMap<String, Value> = BTreeMap::new();
        let mut merged: BTreeMap<String, Value> = BTreeMap::new();
        loop {
            let key = match self.next()? {
                Event::MappingEnd => {
                    merged.extend(fields);
                    return Ok(Value::object(merged));
                }
                event => event,
            };
            let merge = matches!(&key, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = self.value(key, depth + 1)?.0;
            let event = self.next()?;
            let value = self.value(event, depth + 1)?.0;
            if merge {
                match value.as_entries() {
                    Some(entries) => merged.extend(entries.iter().map(|(k, v)| (k.clone(), v.clone()))),
                    None => {
                        let kind =
                            if value.as_items().is_some() { "tuple".into() } else { value.ty().to_string() };
                        return Err(format!("cannot merge {kind} into mapping"));
                    }
                }
                continue;
            }
            if key.is_null() {
                return Err("mapping key cannot be null".into());
            }
            match convert(&key, &Constraint::String).ok().as_ref().and_then(Value::as_str) {
                Some(key) => fields.insert(key.to_string(), value),
                None => return Err("only strings are allowed as mapping keys".into()),
            };
        }
    }
}

fn full(tag: &Tag) -> String {
    format!("{}{}", tag.handle(), tag.suffix())
}

/// Refuses a tag that asks for another collection than there is.
fn only(tag: Option<&Tag>, wanted: &str, what: &str) -> Result<(), String> {
    match tag {
        None => Ok(()),
        Some(tag) if full(tag) == format!("{CORE}{wanted}") || full(tag) == "!" => Ok(()),
        Some(tag) if full(tag).starts_with(CORE) => Err(format!("can't interpret {what} as {}", full(tag))),
        Some(tag) => Err(format!("unsupported tag {:?}", full(tag))),
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    let tag = tag.map(full);
    let kind = match tag.as_deref() {
        None => None,
        Some("!") => Some("str"),
        Some(full) => match full.strip_prefix(CORE) {
            Some(kind) => Some(kind),
            None => return Err(format!("unsupported tag {full:?}")),
        },
    };
    if style != ScalarStyle::Plain {
        return Ok(Value::string(text));
    }
    match kind {
        None => plain(text),
        Some(kind) => tagged(text, kind).ok_or_else(|| format!("cannot parse {text:?} as {CORE}{kind}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::show;

    #[test]
    fn documents_become_values_and_bombs_do_not() {
        let check = |text: &str| decode(text).map(|v| show(&v));
        assert_eq!(check("a: &x [1, yes]\nb: *x\n"), Ok("{a: [1, true], b: [1, true]}".into()));
        assert_eq!(
            check("a: *a"),
            Err("on line 1, column 4: while parsing node, found unknown anchor".into())
        );
        assert!(decode(&"[".repeat(10_000)).is_err());
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..12 {
            let refs = vec![format!("*a{}", i - 1); 10].join(", ");
            bomb.push_str(&format!("a{i}: &a{i} [{refs}]\n"));
        }
        assert_eq!(check(&bomb), Err("it has more than 1000000 values, aliases expanded".into()));
    }
}
