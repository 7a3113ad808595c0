//! Hashes of texts, and names made from them. Hashes of files stand in `file.rs`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use plimsoll_model::Value;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha256, Sha512};
use uuid::Uuid;

use super::{Compute, Fault, Function, Param, Want, param, text};

const STR: &[Param] = &[param("str", Want::String)];

/// Functions of hashes.
pub const FUNCTIONS: &[Function] = &[
    hash("md5", "The MD5 of a text's UTF-8 bytes, in hexadecimal.", |_, a| {
        Ok(Value::string(md5(text(a, 0).as_bytes())))
    })
    .example(&[("md5(\"hello\")", "\"5d41402abc4b2a76b9719d911017c592\"")]),
    hash("sha1", "The SHA-1 of a text's UTF-8 bytes, in hexadecimal.", |_, a| {
        Ok(Value::string(sha1(text(a, 0).as_bytes())))
    })
    .example(&[("sha1(\"hello\")", "\"aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d\"")]),
    hash("sha256", "The SHA-256 of a text's UTF-8 bytes, in hexadecimal.", |_, a| {
        Ok(Value::string(sha256(text(a, 0).as_bytes())))
    })
    .example(&[(
        "sha256(\"hello\")",
        "\"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\"",
    )]),
    hash("sha512", "The SHA-512 of a text's UTF-8 bytes, in hexadecimal.", |_, a| {
        Ok(Value::string(sha512(text(a, 0).as_bytes())))
    })
    .example(&[("substr(sha512(\"hello\"), 0, 16)", "\"9b71d224bd62f378\"")]),
    hash("base64sha256", "The SHA-256 of a text's UTF-8 bytes, in Base64.", |_, a| {
        Ok(Value::string(base64sha256(text(a, 0).as_bytes())))
    })
    .example(&[("base64sha256(\"hello\")", "\"LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=\"")]),
    hash("base64sha512", "The SHA-512 of a text's UTF-8 bytes, in Base64.", |_, a| {
        Ok(Value::string(base64sha512(text(a, 0).as_bytes())))
    })
    .example(&[("length(base64sha512(\"hello\"))", "88")]),
    Function::new(
        "uuidv5",
        "The UUID of a name in a namespace, by version 5: the same name gives the same UUID.",
        &[param("namespace", Want::String), param("name", Want::String)],
        |_, a| uuidv5(text(a, 0), text(a, 1)),
    )
    .gives(Want::String)
    .example(&[("uuidv5(\"dns\", \"example.com\")", "\"cfbff0d1-9375-5685-968c-48ce8b15ae17\"")])
    .note("The namespace is `dns`, `url`, `oid`, `x500` or a UUID."),
];

const fn hash(name: &'static str, doc: &'static str, call: Compute) -> Function {
    Function::new(name, doc, STR, call).gives(Want::String)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// MD5 in hexadecimal.
pub(super) fn md5(bytes: &[u8]) -> String {
    hexadecimal(&Md5::digest(bytes))
}

/// SHA-1 in hexadecimal.
pub(super) fn sha1(bytes: &[u8]) -> String {
    hexadecimal(&Sha1::digest(bytes))
}

/// SHA-256 in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// SHA-512 in hexadecimal.
pub(super) fn sha512(bytes: &[u8]) -> String {
    hexadecimal(&Sha512::digest(bytes))
}

/// SHA-256 in Base64.
pub(super) fn base64sha256(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}

/// SHA-512 in Base64.
pub(super) fn base64sha512(bytes: &[u8]) -> String {
    STANDARD.encode(Sha512::digest(bytes))
}

fn uuidv5(namespace: &str, name: &str) -> Result<Value, Fault> {
    let namespace = match namespace {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        given => Uuid::try_parse(given).map_err(|_| {
            Fault::call(format!("uuidv5() doesn't support namespace {given:?}: it is no UUID"))
        })?,
    };
    Ok(Value::string(Uuid::new_v5(&namespace, name.as_bytes()).to_string()))
}
