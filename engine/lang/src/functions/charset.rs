//! Texts in other encodings than UTF-8.

use base64::engine::general_purpose::STANDARD;
use base64::{DecodeError, Engine};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use plimsoll_model::Value;

use super::{Fault, Function, Want, param, text};
use crate::load::Loaded;

/// Functions of text encodings.
pub const FUNCTIONS: &[Function] = &[
    Function::new(
        "textencodebase64",
        "A text in another encoding than UTF-8, as Base64.",
        &[param("string", Want::String), param("encoding", Want::String)],
        encode,
    )
    .gives(Want::String)
    .example(&[("textencodebase64(\"Hello\", \"UTF-16LE\")", "\"SABlAGwAbABvAA==\"")]),
    Function::new(
        "textdecodebase64",
        "The text that Base64 means, read in another encoding than UTF-8.",
        &[param("source", Want::String), param("encoding", Want::String)],
        decode,
    )
    .gives(Want::String)
    .example(&[("textdecodebase64(\"SABlAGwAbABvAA==\", \"UTF-16LE\")", "\"Hello\"")]),
];

/// An encoding, and what it lacks.
struct Charset {
    encoding: &'static Encoding,
    name: String,
    /// The largest character that it has, where the encoding that stands in for it has more.
    most: char,
}

/// An encoding by its name in IANA's registry.
fn named(given: &str) -> Result<Charset, Fault> {
    let unknown = || {
        Fault::argument(
            1,
            format!("{given:?} is not a supported IANA encoding name or alias in this Terraform version"),
        )
    };
    let upper = given.to_ascii_uppercase();
    let most = match upper.as_str() {
        "US-ASCII" | "ASCII" | "ANSI_X3.4-1968" => '\u{7f}',
        // The web reads Latin-1 as Windows' code page, which has more characters.
        "ISO-8859-1" | "ISO_8859-1" | "LATIN1" | "L1" | "IBM819" | "CP819" => '\u{ff}',
        _ => char::MAX,
    };
    let label = match upper.as_str() {
        // Names of the web that are not registered.
        "UTF8" | "CP1252" | "ASCII" | "SJIS" | "UNICODE" => return Err(unknown()),
        name if name.starts_with("X-") => return Err(unknown()),
        "US-ASCII" | "ISO-8859-1" | "LATIN1" => "windows-1252",
        "UTF-16" => "utf-16be",
        _ => given,
    };
    let encoding = Encoding::for_label_no_replacement(label.as_bytes()).ok_or_else(unknown)?;
    Ok(Charset { encoding, name: upper, most })
}

fn encode(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let charset = named(text(args, 1))?;
    let given = text(args, 0);
    let bytes = match charset.encoding {
        e if e == UTF_16LE => given.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        e if e == UTF_16BE => {
            let units = given.encode_utf16().flat_map(u16::to_be_bytes);
            // The plain name asks for a mark of the byte order.
            let mark: &[u8] = if charset.name == "UTF-16" { &[0xfe, 0xff] } else { &[] };
            mark.iter().copied().chain(units).collect()
        }
        e => {
            let (bytes, _, lossy) = e.encode(given);
            if lossy || given.chars().any(|c| c > charset.most) {
                return Err(Fault::argument(
                    0,
                    format!(
                        "the given string contains characters that cannot be represented in {}",
                        charset.name
                    ),
                ));
            }
            bytes.into_owned()
        }
    };
    Ok(Value::string(STANDARD.encode(bytes)))
}

fn decode(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let charset = named(text(args, 1))?;
    let given = text(args, 0);
    let bytes = STANDARD.decode(given).map_err(|e| {
        let at = match e {
            DecodeError::InvalidByte(at, _) => at,
            _ => given.len() / 4 * 4,
        };
        Fault::argument(0, format!("the given value is has an invalid base64 symbol at offset {at}"))
    })?;
    let (text, broken) = if charset.name == "UTF-16" {
        let (text, _, broken) = charset.encoding.decode(&bytes);
        (text, broken)
    } else {
        charset.encoding.decode_without_bom_handling(&bytes)
    };
    if broken {
        return Err(Fault::argument(
            0,
            format!("the given string contains symbols that are not defined for {}", charset.name),
        ));
    }
    Ok(Value::string(text.as_ref()))
}
