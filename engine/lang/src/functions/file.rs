//! Files below the configuration's folder, and paths as texts.
//!
//! What lies outside of the folder cannot be read, whatever the path says; reading itself stands
//! in `files.rs`.

use std::sync::{Arc, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plimsoll_model::{Data, Origin, SourceId, Type, Value};

use super::glob::Glob;
use super::{Compute, Fault, Function, Param, Want, hash, param, text};
use crate::files::{Folder, ReadError};
use crate::load::Loaded;

const PATH: &[Param] = &[param("path", Want::String)];

/// Functions of files and paths.
pub const FUNCTIONS: &[Function] = &[
    of_file("file", "The text of a file below the configuration's folder.", |l, a| {
        let file = include(l, text(a, 0))?;
        Ok(Value::string(l.sources.text(file)).with_origin(Origin::NONE.with_text(Some(file))))
    })
    .example(&[("file(\"texts/hello.txt\")", "\"hello\\n\"")]),
    of_file("fileexists", "Whether there is a file below the configuration's folder.", fileexists)
        .gives(Want::Bool)
        .example(&[("fileexists(\"texts/hello.txt\")", "true")]),
    Function::new(
        "fileset",
        "The files below a folder whose paths match a pattern.",
        &[param("path", Want::String), param("pattern", Want::String)],
        fileset,
    )
    .gives(Want::StringSet)
    .example(&[("fileset(\"texts\", \"*.txt\")", "[\"hello.txt\"]"), ("fileset(\"texts\", \"**/*.md\")", "[\"sub/readme.md\"]")])
    .note(
        "`*` stands for any characters but a slash, `?` for one, `[a-z]` for one of a range, `{a,b}` for alternatives, and \
         `**` for any number of folders. Links to folders are not followed.",
    ),
    of_file("filebase64", "The bytes of a file below the configuration's folder, in Base64.", |l, a| {
        bytes(l, a).map(|b| Value::string(STANDARD.encode(b.as_slice())))
    })
    .example(&[("filebase64(\"texts/hello.txt\")", "\"aGVsbG8K\"")]),
    hashed("filemd5", "The MD5 of a file's bytes, in hexadecimal.", |l, a| digest(l, a, hash::md5))
        .example(&[("filemd5(\"texts/hello.txt\")", "\"b1946ac92492d2347c6235b4d2611184\"")]),
    hashed("filesha1", "The SHA-1 of a file's bytes, in hexadecimal.", |l, a| digest(l, a, hash::sha1))
        .example(&[("filesha1(\"texts/hello.txt\")", "\"f572d396fae9206628714fb2ce00f72e94f2258f\"")]),
    hashed("filesha256", "The SHA-256 of a file's bytes, in hexadecimal.", |l, a| digest(l, a, hash::sha256)).example(&[(
        "filesha256(\"texts/hello.txt\")",
        "\"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\"",
    )]),
    hashed("filesha512", "The SHA-512 of a file's bytes, in hexadecimal.", |l, a| digest(l, a, hash::sha512))
        .example(&[("substr(filesha512(\"texts/hello.txt\"), 0, 16)", "\"e7c22b994c59d9cf\"")]),
    hashed("filebase64sha256", "The SHA-256 of a file's bytes, in Base64.", |l, a| digest(l, a, hash::base64sha256))
        .example(&[("filebase64sha256(\"texts/hello.txt\")", "\"WJG1tSLV3whtD/CxEPvZ0hu0/HFjrzTQgoai6Eb2vgM=\"")]),
    hashed("filebase64sha512", "The SHA-512 of a file's bytes, in Base64.", |l, a| digest(l, a, hash::base64sha512))
        .example(&[("length(filebase64sha512(\"texts/hello.txt\"))", "88")]),
    Function::new("basename", "The last part of a path.", PATH, |_, a| Ok(Value::string(basename(text(a, 0)))))
        .gives(Want::String)
        .example(&[("basename(\"conf/nginx/site.conf\")", "\"site.conf\"")]),
    Function::new("dirname", "A path without its last part.", PATH, |_, a| Ok(Value::string(dirname(text(a, 0)))))
        .gives(Want::String)
        .example(&[("dirname(\"conf/nginx/site.conf\")", "\"conf/nginx\"")]),
];

const fn of_file(name: &'static str, doc: &'static str, call: Compute) -> Function {
    Function::new(name, doc, PATH, call).gives(Want::String)
}

const fn hashed(name: &'static str, doc: &'static str, call: Compute) -> Function {
    of_file(name, doc, call)
}

/// Why a file cannot be read, as the fault of the first argument.
fn refused(path: &str, e: ReadError) -> Fault {
    Fault::argument(
        0,
        match e {
            ReadError::Missing => format!("no file exists at {path:?}"),
            other => format!("cannot read {path:?}: {}", other.reason()),
        },
    )
}

fn read(loaded: &Loaded, path: &str) -> Result<Arc<Vec<u8>>, ReadError> {
    if let Ok(read) = loaded.read.lock()
        && let Some(bytes) = read.get(path)
    {
        return Ok(bytes.clone());
    }
    let bytes = Arc::new(loaded.files.bytes_below(path)?);
    if let Ok(mut read) = loaded.read.lock() {
        read.insert(path.to_string(), bytes.clone());
    }
    Ok(bytes)
}

fn bytes(loaded: &Loaded, args: &[Value]) -> Result<Arc<Vec<u8>>, Fault> {
    let path = text(args, 0);
    read(loaded, path).map_err(|e| refused(path, e))
}

/// The text of a file that the first argument names.
///
/// # Errors
/// Why it cannot be read, as the fault of the first argument.
pub fn read_text(loaded: &Loaded, path: &str) -> Result<String, Fault> {
    let bytes = read(loaded, path).map_err(|e| refused(path, e))?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(text.to_string()),
        Err(_) => Err(Fault::call(format!(
            "contents of {path:?} are not valid UTF-8; use the filebase64 function to obtain the Base64 encoded \
             contents or the other file functions (e.g. filemd5, filesha256) to obtain file hashing results instead"
        ))),
    }
}

/// A file as a source, once for each path: what is found in its text can be shown there.
fn include(loaded: &Loaded, path: &str) -> Result<SourceId, Fault> {
    let mut files = loaded.included.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(file) = files.get(path) {
        return Ok(*file);
    }
    let file = loaded.sources.include(path, read_text(loaded, path)?);
    files.insert(path.to_string(), file);
    Ok(file)
}

fn digest(loaded: &Loaded, args: &[Value], with: fn(&[u8]) -> String) -> Result<Value, Fault> {
    bytes(loaded, args).map(|b| Value::string(with(&b)))
}

fn fileexists(loaded: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let path = text(args, 0);
    match read(loaded, path) {
        Ok(_) | Err(ReadError::TooLarge) => Ok(Value::bool(true)),
        Err(ReadError::Missing) => Ok(Value::bool(false)),
        Err(ReadError::Refused(why)) if why == crate::files::IS_FOLDER => {
            Err(Fault::argument(0, format!("{path:?} is a folder, not a file")))
        }
        Err(other) => Err(Fault::argument(0, format!("cannot read {path:?}: {}", other.reason()))),
    }
}

fn fileset(loaded: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let (path, pattern) = (text(args, 0), text(args, 1));
    let broken = || {
        Fault::call(format!(
            "failed to glob pattern {:?}: syntax error in pattern",
            clean(&format!("{path}/{pattern}"))
        ))
    };
    Glob::read(pattern).ok_or_else(broken)?;
    // A pattern may climb out of its folder, and only then name files.
    let whole = clean(&format!("{}/{pattern}", if path.is_empty() { "/" } else { path }));
    let glob = Glob::read(&whole).ok_or_else(broken)?;
    let base = clean(path);
    let prefix = if base == "." { String::new() } else { format!("{base}/") };
    let fixed: Vec<&str> = whole.split('/').take_while(|p| !p.contains(['*', '?', '[', '{', '\\'])).collect();
    let start = fixed.join("/");
    let files = match loaded.files.below(if start.is_empty() { "." } else { &start }) {
        Ok(Folder::Files(files)) => files,
        Ok(Folder::Missing) => Vec::new(),
        Err(e) => return Err(refused(path, e)),
    };
    let mut found: Vec<String> = files
        .into_iter()
        .filter(|f| glob.matches(f))
        .filter_map(|f| f.strip_prefix(&prefix).map(str::to_string))
        .collect();
    found.sort();
    if let Ok(mut read) = loaded.read.lock() {
        // What there is decides the result as much as what stands in it.
        read.insert(format!("fileset({path:?}, {pattern:?})"), Arc::new(found.join("\n").into_bytes()));
    }
    let found = found.into_iter().map(Value::string).collect();
    Ok(Value::new(Data::Set(Type::String, Arc::new(found))))
}

/// A path without what does not matter in it: `a//b/./../c` is `a/c`.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|p| *p != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".into(),
        (false, false) => joined,
    }
}

fn basename(path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    match (path.is_empty(), trimmed.rsplit('/').next()) {
        (true, _) => ".".into(),
        (_, Some("") | None) => "/".into(),
        (_, Some(last)) => last.to_string(),
    }
}

fn dirname(path: &str) -> String {
    match path.rfind('/') {
        Some(at) => clean(path.get(..=at).unwrap_or("")),
        None => ".".into(),
    }
}
