//! JSON, Base64, URLs and files.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plimsoll_model::Value;

use super::{Fault, Function, Inside, Param, Want, nullable, param, text};
use crate::files::ReadError;
use crate::load::Loaded;
use crate::value::json::read_json;
use crate::value::print::json;

/// Functions of encodings and files.
pub const FUNCTIONS: &[Function] = &[
    encoding("jsonencode", "A value as JSON.", &[nullable("val", Want::Any)], |_, a| {
        json(&a[0]).map(Value::string).map_err(Fault::Call)
    }),
    Function {
        returns: Want::Any,
        ..encoding(
            "jsondecode",
            "The value that a JSON text means; numbers stay exact.",
            &[param("str", Want::String)],
            jsondecode,
        )
    },
    encoding(
        "base64encode",
        "A text as Base64 of its UTF-8 bytes.",
        &[param("str", Want::String)],
        |_, a| Ok(Value::string(STANDARD.encode(text(a, 0)))),
    ),
    encoding("base64decode", "The text that Base64 means.", &[param("str", Want::String)], base64decode),
    encoding("urlencode", "A text as part of a URL.", &[param("str", Want::String)], |_, a| {
        Ok(Value::string(urlencode(text(a, 0))))
    }),
    encoding(
        "file",
        "The text of a file below the configuration's folder.",
        &[param("path", Want::String)],
        file,
    ),
    Function {
        returns: Want::Bool,
        ..encoding(
            "fileexists",
            "Whether there is a file below the configuration's folder.",
            &[param("path", Want::String)],
            fileexists,
        )
    },
];

type Call = fn(&Loaded, &[Value]) -> Result<Value, Fault>;

const fn encoding(name: &'static str, doc: &'static str, params: &'static [Param], call: Call) -> Function {
    Function { name, doc, params, rest: None, inside: Inside::Reads, returns: Want::String, call }
}

fn jsondecode(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    read_json(text(args, 0)).map_err(Fault::Call)
}

fn base64decode(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let given = text(args, 0);
    let bytes =
        STANDARD.decode(given).map_err(|_| Fault::call(format!("failed to decode base64 data {given:?}")))?;
    String::from_utf8(bytes)
        .map(Value::string)
        .map_err(|_| Fault::call("the result of decoding the provided string is not valid UTF-8"))
}

fn urlencode(given: &str) -> String {
    let mut out = String::new();
    for b in given.bytes() {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(b as char),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

fn read(loaded: &Loaded, path: &str) -> Result<String, ReadError> {
    if let Ok(read) = loaded.read.lock()
        && let Some(text) = read.get(path)
    {
        return Ok(text.clone());
    }
    let text = loaded.files.read_below(path)?;
    if let Ok(mut read) = loaded.read.lock() {
        read.insert(path.to_string(), text.clone());
    }
    Ok(text)
}

fn file(loaded: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let path = text(args, 0);
    read(loaded, path).map(Value::string).map_err(|e| {
        Fault::argument(
            0,
            match e {
                ReadError::Missing => format!("no file exists at {path:?}"),
                other => format!("cannot read {path:?}: {}", other.reason()),
            },
        )
    })
}

fn fileexists(loaded: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let path = text(args, 0);
    match read(loaded, path) {
        Ok(_) | Err(ReadError::NotUtf8(_) | ReadError::TooLarge) => Ok(Value::bool(true)),
        Err(ReadError::Missing) => Ok(Value::bool(false)),
        Err(other) => Err(Fault::argument(0, format!("cannot read {path:?}: {}", other.reason()))),
    }
}
