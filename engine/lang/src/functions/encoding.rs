//! JSON, YAML, CSV, Base64 and URLs.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use flate2::{Compression, GzBuilder};
use plimsoll_model::types::Field;
use plimsoll_model::{Data, Type, Value};

use super::{Compute, Fault, Function, Param, Want, csv, nullable, param, text, yaml};
use crate::load::Loaded;
use crate::value::json::read_json;
use crate::value::print::json;

const STR: &[Param] = &[param("str", Want::String)];

/// Functions of encodings.
pub const FUNCTIONS: &[Function] = &[
    encoding("jsonencode", "A value as JSON.", &[nullable("val", Want::Any)], |_, a| {
        json(&a[0]).map(Value::string).map_err(Fault::call)
    })
    .example(&[("jsonencode({ b = [1, true], a = null })", "\"{\\\"a\\\":null,\\\"b\\\":[1,true]}\"")])
    .note("A reference to a block is written as its address."),
    encoding("jsondecode", "The value that a JSON text means; numbers stay exact.", STR, |_, a| {
        read_json(text(a, 0)).map_err(Fault::call)
    })
    .gives(Want::Any)
    .example(&[("jsondecode(\"{\\\"a\\\": [1, 2.50]}\")", "{\"a\":[1,2.5]}")]),
    encoding("yamlencode", "A value as YAML.", &[nullable("value", Want::Any)], |_, a| {
        yaml::encode(&a[0]).map(Value::string).map_err(Fault::call)
    })
    .example(&[("yamlencode({ a = [1, \"x\"] })", "\"\\\"a\\\":\\n- 1\\n- \\\"x\\\"\\n\"")]),
    encoding("yamldecode", "The value that a YAML document means; numbers stay exact.", &[param("src", Want::String)], |_, a| {
        yaml::decode(text(a, 0)).map_err(Fault::call)
    })
    .gives(Want::Any)
    .example(&[("yamldecode(\"a: [1, yes]\\nb: &x { c: 2 }\\nd: *x\")", "{\"a\":[1,true],\"b\":{\"c\":2},\"d\":{\"c\":2}}")])
    .note("The text holds one document. Words as `yes` and `on` are bools, as in YAML 1.1; infinity and NaN are errors."),
    encoding("csvdecode", "The rows of comma-separated values, each as an object named by the first row.", STR, csvdecode)
        .gives(Want::Any)
        .example(&[("csvdecode(\"a,b\\n1,2\\n\")", "[{\"a\":\"1\",\"b\":\"2\"}]")]),
    encoding("base64encode", "A text as Base64 of its UTF-8 bytes.", STR, |_, a| {
        Ok(Value::string(STANDARD.encode(text(a, 0))))
    })
    .example(&[("base64encode(\"Hello\")", "\"SGVsbG8=\"")]),
    encoding("base64decode", "The text that Base64 means.", STR, base64decode)
        .example(&[("base64decode(\"SGVsbG8=\")", "\"Hello\"")]),
    encoding("base64gzip", "A text as Base64 of its UTF-8 bytes, compressed with gzip.", STR, base64gzip)
        .example(&[("startswith(base64gzip(\"Hello\"), \"H4sI\")", "true")])
        .note("Every compressor has bytes of its own: they differ from Terraform's, and mean the same text."),
    encoding("urlencode", "A text as part of a URL.", STR, |_, a| Ok(Value::string(urlencode(text(a, 0)))))
        .example(&[("urlencode(\"a b&c\")", "\"a+b%26c\"")]),
];

const fn encoding(
    name: &'static str,
    doc: &'static str,
    params: &'static [Param],
    call: Compute,
) -> Function {
    Function::new(name, doc, params, call).gives(Want::String)
}

fn csvdecode(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let mut rows = csv::read(text(args, 0)).map_err(|e| Fault::call(format!("CSV parse {e}")))?.into_iter();
    let header = rows.next().ok_or_else(|| Fault::call("missing header line"))?;
    let mut columns = BTreeMap::new();
    for name in &header {
        if columns.insert(name.clone(), Field { ty: Type::String, optional: false }).is_some() {
            return Err(Fault::call(format!("duplicate column name {name:?}")));
        }
    }
    let rows = rows
        .map(|row| Value::object(header.iter().cloned().zip(row.into_iter().map(Value::string)).collect()))
        .collect();
    Ok(Value::new(Data::List(Type::Object(columns), Arc::new(rows))))
}

fn base64gzip(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    // No time and no name stand in the header: the same text gives the same bytes.
    let mut writer =
        GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::default());
    let bytes = writer.write_all(text(args, 0).as_bytes()).and_then(|()| writer.finish());
    bytes.map(|b| Value::string(STANDARD.encode(b))).map_err(|e| Fault::call(e.to_string()))
}

/// Base64 as Go reads it: line breaks do not count, nor do bits after the last byte.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

fn base64decode(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let given = text(args, 0);
    let bytes = LENIENT
        .decode(given.replace(['\r', '\n'], ""))
        .map_err(|_| Fault::call(format!("failed to decode base64 data {given:?}")))?;
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
