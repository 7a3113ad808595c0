//! The journal's format: one record a line, each with a checksum.
//!
//! ```text
//! {"sum":"<16 hex digits>","len":<bytes of the record>,"record":{…}}
//! ```
//!
//! A sum covers the record and the sum of the line before it, so a line that was changed, lost,
//! repeated or moved is noticed. The length tells a line that was cut off while it was written,
//! which is what a crash leaves and is ignored, from one that was damaged, which is refused.

use serde::{Deserialize, Serialize};

use crate::operation::{Intent, OperationId, Outcome};
use crate::snapshot::VERSION;
use crate::state::State;

/// One record of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Record {
    /// The first one: to which state the others belong.
    Begin(Begin),
    /// An operation is about to be sent.
    Intent { index: u64, intent: Box<Intent> },
    /// An operation ended.
    Outcome { index: u64, outcome: Outcome },
}

/// The first record of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Begin {
    pub(crate) version: u64,
    pub(crate) lineage: String,
    /// The serial that the apply leads to: one more than the snapshot's that it starts from.
    pub(crate) serial: u64,
}

/// A journal, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parsed {
    pub(crate) begin: Begin,
    /// Where each record after the first starts: its line, from 1, and its byte.
    records: Vec<(Position, Record)>,
    /// Whether the last line was cut off.
    pub(crate) torn: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) byte: usize,
}

/// Why bytes are no journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadJournal {
    Damaged(Position, String),
    Newer(u64),
}

/// The running checksum of a journal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chain(String);

impl Chain {
    /// Appends the line of a record to `out`.
    pub(crate) fn encode(&mut self, record: &Record, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        let json = serde_json::to_string(record)?;
        self.0 = self.sum(json.as_bytes());
        out.extend_from_slice(format!("{SUM}{}{LEN}{}{RECORD}{json}{END}\n", self.0, json.len()).as_bytes());
        Ok(())
    }

    fn sum(&self, json: &[u8]) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.0.as_bytes()).update(json);
        let mut hex = hasher.finalize().to_hex().to_string();
        hex.truncate(SUM_DIGITS);
        hex
    }
}

const SUM: &str = "{\"sum\":\"";
const SUM_DIGITS: usize = 16;
const LEN: &str = "\",\"len\":";
const RECORD: &str = ",\"record\":";
const END: &str = "}";

impl Parsed {
    /// Whether a snapshot of this serial includes the journal already.
    pub(crate) fn is_included_in(&self, serial: u64) -> bool {
        self.begin.serial <= serial
    }

    /// How many records there are, without the first.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// Does to the state what the journal recorded.
    pub(crate) fn replay(&self, state: &mut State) -> Result<(), BadJournal> {
        state.serial = self.begin.serial;
        let mut next = 0;
        for (position, record) in &self.records {
            let damaged = |why: String| BadJournal::Damaged(*position, why);
            let id = |index| OperationId { serial: self.begin.serial, index };
            match record {
                Record::Begin(_) => return Err(damaged("a journal begins a second time".to_string())),
                Record::Intent { index, intent } if *index == next => {
                    next += 1;
                    state.intend(id(*index), Intent::clone(intent));
                }
                Record::Intent { index, .. } => {
                    return Err(damaged(format!("operation {index} follows where {next} was expected")));
                }
                Record::Outcome { index, outcome } => {
                    state.settle(id(*index), outcome).map_err(|e| damaged(e.to_string()))?;
                }
            }
        }
        Ok(())
    }
}

/// Reads a journal; none where not even its first line was written in full.
pub(crate) fn parse(bytes: &[u8]) -> Result<Option<Parsed>, BadJournal> {
    let bytes = without_unwritten_end(bytes);
    let mut chain = Chain::default();
    let (mut begin, mut records, mut torn) = (None, Vec::new(), false);
    let mut position = Position { line: 1, byte: 0 };
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let complete = line.strip_suffix(b"\n");
        let json = match split(complete.unwrap_or(line)) {
            Line::Whole { sum, json } if sum == chain.sum(json).as_bytes() => json,
            Line::Short if complete.is_none() => {
                torn = true;
                break;
            }
            Line::Whole { .. } => {
                return Err(BadJournal::Damaged(position, "its checksum does not match".to_string()));
            }
            Line::Short | Line::Bad => {
                return Err(BadJournal::Damaged(
                    position,
                    "it does not have the form of a record".to_string(),
                ));
            }
        };
        chain.0 = chain.sum(json);
        match begin {
            None => begin = Some(first(json, position)?),
            Some(_) => records.push((position, decode(json, position)?)),
        }
        position = Position { line: position.line + 1, byte: position.byte + line.len() };
    }
    Ok(begin.map(|begin| Parsed { begin, records, torn }))
}

/// After a power loss a file may be as long as it should be and end in zeros.
fn without_unwritten_end(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
    &bytes[..end]
}

fn first(json: &[u8], position: Position) -> Result<Begin, BadJournal> {
    #[derive(Deserialize)]
    struct Version {
        version: u64,
    }
    #[derive(Deserialize)]
    struct First {
        begin: Version,
    }
    match serde_json::from_slice::<First>(json) {
        Ok(f) if f.begin.version > VERSION => return Err(BadJournal::Newer(f.begin.version)),
        _ => {}
    }
    match decode(json, position)? {
        Record::Begin(begin) => Ok(begin),
        _ => Err(BadJournal::Damaged(position, "the journal does not begin with its beginning".to_string())),
    }
}

fn decode(json: &[u8], position: Position) -> Result<Record, BadJournal> {
    serde_json::from_slice(json)
        .map_err(|e| BadJournal::Damaged(position, format!("it does not hold a record ({e})")))
}

enum Line<'a> {
    /// As long as it says.
    Whole { sum: &'a [u8], json: &'a [u8] },
    /// The beginning of a line.
    Short,
    /// Not even that.
    Bad,
}

fn split(line: &[u8]) -> Line<'_> {
    fn literal<'a>(rest: &'a [u8], wanted: &str) -> Result<&'a [u8], Line<'a>> {
        match rest.strip_prefix(wanted.as_bytes()) {
            Some(after) => Ok(after),
            None if wanted.as_bytes().starts_with(rest) => Err(Line::Short),
            None => Err(Line::Bad),
        }
    }
    fn whole(line: &[u8]) -> Result<Line<'_>, Line<'_>> {
        let rest = literal(line, SUM)?;
        let hex = rest.iter().take(SUM_DIGITS).take_while(|b| b.is_ascii_hexdigit()).count();
        if hex < SUM_DIGITS {
            return Err(if hex == rest.len() { Line::Short } else { Line::Bad });
        }
        let (sum, rest) = rest.split_at(SUM_DIGITS);
        let rest = literal(rest, LEN)?;
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == rest.len() {
            return Err(Line::Short);
        }
        let (len, rest) = rest.split_at(digits);
        let len: usize = std::str::from_utf8(len).ok().and_then(|l| l.parse().ok()).ok_or(Line::Bad)?;
        let rest = literal(rest, RECORD)?;
        if rest.len() <= len {
            return Err(Line::Short);
        }
        let (json, rest) = rest.split_at(len);
        if rest == END.as_bytes() { Ok(Line::Whole { sum, json }) } else { Err(Line::Bad) }
    }
    whole(line).unwrap_or_else(|e| e)
}
