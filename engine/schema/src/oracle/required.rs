//! Required fields: which ones the API server misses, field by field.
//!
//! For every place of a kind where a type with required fields may stand, the smallest object that holds one there is
//! shown to the server's validation, whole and without one of the fields. A field counts as asked for where its absence
//! is complained of at every place at which the whole object is not refused anyway.

#![expect(clippy::disallowed_methods, reason = "a test harness: it reads and writes what was recorded")]

use std::collections::BTreeMap;
use std::{env, fs};

use serde_json::json;

use super::ask::Oracle;
use crate::{Json, Kind, Shape, Type, kinds};

const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/required.txt");

/// How deep a place may lie.
const DEPTH: usize = 12;

/// A question: the type, its field that is left out, where that would be, the object without it, and with it.
struct Case {
    ty: String,
    field: String,
    path: String,
    object: Json,
    whole: Json,
}

/// The smallest value of a type.
fn smallest(ty: &Type, depth: usize) -> Json {
    match &ty.shape {
        Shape::Struct { fields, .. } if depth < DEPTH => {
            let required = fields.iter().filter(|f| f.required);
            required.map(|f| (f.name.clone(), smallest(f.ty.get(), depth + 1))).collect()
        }
        Shape::Struct { .. } | Shape::Map { .. } | Shape::Object | Shape::Any | Shape::Raw => json!({}),
        Shape::List { item, .. } => json!([smallest(item.get(), depth + 1)]),
        Shape::Int32 | Shape::Int64 | Shape::Number | Shape::IntOrString => json!(1),
        Shape::Boolean => json!(true),
        Shape::Quantity => json!("1"),
        Shape::Bytes => json!("eA=="),
        Shape::Time => json!("2024-01-31T10:00:00Z"),
        Shape::String => json!("x"),
    }
}

/// Adds the questions about a type that stands at a path; `whole` makes the object around a value of it.
fn cases(
    ty: &'static Type,
    path: &str,
    above: &[&'static str],
    whole: &dyn Fn(Json) -> Json,
    out: &mut Vec<Case>,
) {
    match &ty.shape {
        Shape::Struct { fields, .. } if !above.contains(&ty.name.as_str()) && above.len() < DEPTH => {
            let mut above = above.to_vec();
            above.push(&ty.name);
            let own = smallest(ty, 0);
            for field in fields {
                let (name, inner) = (&field.name, field.ty.get());
                let at = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                if field.required {
                    let mut value = own.clone();
                    value.as_object_mut().unwrap().remove(name);
                    let (ty, field) = (ty.name.clone(), name.clone());
                    let (object, whole) = (whole(value), whole(own.clone()));
                    out.push(Case { ty, field, path: at.clone(), object, whole });
                }
                if above.len() == 1 && matches!(name.as_str(), "metadata" | "status") {
                    continue;
                }
                let with = |value: Json| {
                    let mut own = own.clone();
                    own[name] = value;
                    whole(own)
                };
                cases(inner, &at, &above, &with, out);
            }
        }
        Shape::List { item, .. } => {
            cases(item.get(), &format!("{path}[0]"), above, &|value| whole(json!([value])), out);
        }
        Shape::Map { value, .. } => {
            cases(value.get(), &format!("{path}[x]"), above, &|value| whole(json!({"x": value})), out);
        }
        _ => {}
    }
}

fn of_kind(kind: &'static Kind) -> Vec<Case> {
    let mut out = Vec::new();
    let whole = |mut value: Json| {
        value["metadata"] = json!({"name": "x"});
        value
    };
    cases(kind.root.get(), "", &[], &whole, &mut out);
    out
}

/// Type and field, and at how many places the server asks for it, of how many.
fn missed(oracle: &mut Oracle) -> BTreeMap<(String, String), (usize, usize)> {
    let mut all: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    for kind in kinds().filter(|k| !k.custom) {
        let cases = of_kind(kind);
        let mut ask = |object: fn(&Case) -> &Json| {
            let gvk = super::gvk(kind);
            let request = |c| json!({"op": "validate", "gvk": gvk, "object": object(c)});
            oracle.ask(&cases.iter().map(request).collect::<Vec<_>>())
        };
        let (without, with) = (ask(|c| &c.object), ask(|c| &c.whole));
        for ((case, without), with) in cases.iter().zip(&without).zip(&with) {
            // Kinds that it has no validation of.
            let (Some(without), Some(with)) = (errors(without), errors(with)) else { continue };
            let above = |field: &str| !field.is_empty() && is_below(&case.path, field);
            let is_told = without.iter().any(|(field, detail)| {
                is_below(field, &case.path) || (above(field) && !with.contains(&(field, detail)))
            });
            let is_refused_anyway = with.iter().any(|(field, _)| above(field) && *field != case.path);
            let counted = all.entry((case.ty.clone(), case.field.clone())).or_default();
            counted.0 += usize::from(is_told);
            counted.1 += usize::from(is_told || !is_refused_anyway);
        }
    }
    all
}

/// Field and detail of each complaint.
fn errors(answer: &Json) -> Option<Vec<(&str, &str)>> {
    let errors = answer["errors"].as_array()?;
    Some(errors.iter().map(|e| (text(e, "field"), text(e, "detail"))).collect())
}

fn text<'a>(error: &'a Json, key: &str) -> &'a str {
    error[key].as_str().unwrap_or_default()
}

/// Whether a field is another one, or stands in it.
fn is_below(field: &str, other: &str) -> bool {
    field.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[test]
fn what_is_asked_for_is_what_the_api_server_misses() {
    let Ok(binary) = env::var("PLIMSOLL_ORACLE") else { return };
    let found = missed(&mut Oracle::start(&binary));
    let text: String =
        found.iter().map(|((ty, field), (told, of))| format!("{ty} {field} {told}/{of}\n")).collect();
    if env::var("PLIMSOLL_RECORD").is_ok() {
        fs::write(RECORDED, &text).unwrap();
    }
    assert_eq!(
        text,
        fs::read_to_string(RECORDED).unwrap(),
        "the server misses something else than was recorded"
    );
}
