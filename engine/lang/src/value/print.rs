//! Values and types as Terraform writes them: `jsonencode` and `type`.

use plimsoll_model::{Data, Type, Value};

use crate::functions::limits::MAX_TEXT;

/// The value as `jsonencode` writes it: keys sorted, no blanks, `<`, `>` and `&` escaped.
///
/// # Errors
/// What cannot be written: an unknown or a reference without a scalar, as the end of a sentence.
pub fn json(value: &Value) -> Result<String, String> {
    let mut out = String::new();
    write_json(value, &mut out)?;
    Ok(out)
}

fn write_json(value: &Value, out: &mut String) -> Result<(), String> {
    if out.len() > MAX_TEXT {
        return Err(format!("the text would be larger than {} MiB", MAX_TEXT >> 20));
    }
    match &value.data {
        Data::Null(_) | Data::Poison => out.push_str("null"),
        Data::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Data::Number(n) => out.push_str(&n.to_string()),
        Data::String(s) => write_text(s, out),
        Data::Unknown(_, what) => return Err(format!("{what} is known only after apply")),
        Data::Handle(h) => match &h.scalar {
            Some(s) => write_json(s, out)?,
            None => match &h.address {
                Some(a) => write_text(&a.to_string(), out),
                None => return Err(format!("{} has no text", value.describe())),
            },
        },
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            out.push('[');
            for (i, v) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_json(v, out)?;
            }
            out.push(']');
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            out.push('{');
            for (i, (k, v)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_text(k, out);
                out.push(':');
                write_json(v, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// The type as Terraform's `type` writes it, on several lines where it is an object or a tuple.
pub fn type_text(ty: &Type) -> String {
    let mut out = String::new();
    write_type(ty, 0, &mut out);
    out
}

fn write_type(ty: &Type, depth: usize, out: &mut String) {
    let pad = |n: usize, out: &mut String| out.push_str(&"    ".repeat(n));
    match ty {
        Type::Any => out.push_str("dynamic"),
        Type::List(t) | Type::Set(t) | Type::Map(t) => {
            out.push_str(match ty {
                Type::List(_) => "list(",
                Type::Set(_) => "set(",
                _ => "map(",
            });
            let mut inner = String::new();
            write_type(t, depth + 1, &mut inner);
            if inner.contains('\n') && !matches!(**t, Type::List(_) | Type::Set(_) | Type::Map(_)) {
                out.push('\n');
                pad(depth + 1, out);
                out.push_str(&inner);
                out.push_str(",\n");
                pad(depth, out);
            } else if inner.contains('\n') {
                write_type(t, depth, out);
            } else {
                out.push_str(&inner);
            }
            out.push(')');
        }
        Type::Tuple(ts) if ts.is_empty() => out.push_str("tuple([])"),
        Type::Tuple(ts) => {
            out.push_str("tuple([\n");
            for t in ts {
                pad(depth + 1, out);
                write_type(t, depth + 1, out);
                out.push_str(",\n");
            }
            pad(depth, out);
            out.push_str("])");
        }
        Type::Object(fields) if fields.is_empty() => out.push_str("object({})"),
        Type::Object(fields) => {
            out.push_str("object({\n");
            for (k, f) in fields {
                pad(depth + 1, out);
                out.push_str(k);
                out.push_str(": ");
                write_type(&f.ty, depth + 1, out);
                out.push_str(",\n");
            }
            pad(depth, out);
            out.push_str("})");
        }
        other => out.push_str(&other.to_string()),
    }
}
